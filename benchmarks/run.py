"""The command: measures workloads and costs, and writes what was found."""

import argparse
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import costs, report
from benchmarks.measure import measure
from benchmarks.workloads import WORKLOADS, Setting

HERE = Path(__file__).parent
BUILD = HERE.parent / "_build" / "benchmarks"
QUICK = 0.05
NAMES = [*WORKLOADS, *costs.COSTS]


def main(arguments: list[str] | None = None) -> None:
    """Measure what the command line names, and write after each, so that a stop loses little."""
    warnings.filterwarnings("ignore", module="torch")  # it finds 8 workers many for 2 CPUs
    parser = _parser()
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"NAME must be one of {', '.join(NAMES)}, got {', '.join(unknown)}")
    out = options.out or (BUILD if options.quick else HERE)
    out.mkdir(parents=True, exist_ok=True)
    results = report.read(out / "results.json")
    for name in options.names or NAMES:
        for key, entry in _measured(name, options.rounds, QUICK if options.quick else 1.0):
            entry |= {"quick": options.quick, "date": report.today()}
            results = report.add(results, key, entry)
            report.write(results, out)
            print(report.entry_lines(key, entry), file=sys.stderr)
    print(report.markdown(results))


def _measured(name: str, rounds: int, scale: float) -> Iterator[tuple[str, dict[str, Any]]]:
    if name in costs.COSTS:
        yield name, costs.COSTS[name](rounds)
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=BUILD) as folder:
        for workload in WORKLOADS[name](Setting(Path(folder), scale)):
            yield workload.key, measure(workload, rounds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"what to measure, of {', '.join(NAMES)}; all without a name",
    )
    parser.add_argument("--rounds", type=int, default=5, help="epochs each, 5 without it")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a twentieth of the data, written to _build/benchmarks: to see that it runs",
    )
    parser.add_argument("--out", type=Path, help="the folder of results.json and results.md")
    return parser
