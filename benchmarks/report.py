"""results.json, and the tables that are made from it."""

import json
import os
import platform
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.measure import ratio

PACKAGES = ("numpy", "pillow", "torch", "grain", "webdataset")
Entry = dict[str, Any]


def machine() -> dict[str, Any]:
    """Where the measurements were made."""
    return {
        "cpus": os.cpu_count(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    """What was measured; a package that is not installed is left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def today() -> str:
    """The date, as in ISO 8601."""
    return time.strftime("%Y-%m-%d")


def read(path: Path) -> Entry:
    """The results in `path`; none if there is no such file."""
    if not path.exists():
        return {"entries": {}}
    results: Entry = json.loads(path.read_text())
    return results


def add(results: Entry, key: str, entry: Entry) -> Entry:
    """`results` with `entry` under `key`, as measured here and now."""
    entries = dict(sorted((results["entries"] | {key: entry}).items()))
    return {"machine": machine(), "versions": versions(), "entries": entries}


def write(results: Entry, folder: Path) -> None:
    """results.json and results.md in `folder`."""
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "results.md").write_text(markdown(results))


def markdown(results: Entry) -> str:
    """The results as Markdown: what was wanted and reached, then everybody's ratios.

    >>> print(markdown({"entries": {}, "machine": {}, "versions": {}}))
    Nothing was measured.
    <BLANKLINE>
    """
    entries = results["entries"]
    if not entries:
        return "Nothing was measured.\n"
    workloads = {key: entry for key, entry in entries.items() if "seconds" in entry}
    costs = {key: entry for key, entry in entries.items() if "figures" in entry}
    parts = [_where(results), _reached(workloads), _costs(costs)]
    parts += [_details(key, entry) for key, entry in workloads.items()]
    return "\n\n".join(part for part in parts if part) + "\n"


def entry_lines(key: str, entry: Entry) -> str:
    """One entry as Markdown, as soon as it is measured."""
    if "figures" in entry:
        return _costs({key: entry})
    return "\n\n".join(filter(None, [_details(key, entry), _reached({key: entry})]))


def _where(results: Entry) -> str:
    where, what = results["machine"], results["versions"]
    packages = ", ".join(f"{name} {number}" for name, number in what.items())
    return (
        f"Measured on {where['cpus']} CPUs ({where['processor']}), {where['system']}; {packages}. "
        "A ratio is a speed: 2 is twice as fast as the base line. It is the median over the "
        "rounds, with the least and the most beside it."
    )


def _reached(workloads: dict[str, Entry]) -> str:
    """Ours beside what was wanted of it, and beside the limit."""
    rows = [
        (key, *_reached_one(entry, target))
        for key, entry in workloads.items()
        for target in entry["targets"]
    ]
    heads = ("workload", "contestant", "base line (1)", "ratio", "wanted", "reached", "limit")
    return _table(heads, rows)


def _reached_one(entry: Entry, target: Entry) -> tuple[str, ...]:
    name, of = target["contestant"], target["of"] or entry["base"]
    seconds, wanted = entry["seconds"], _number(target["at_least"])
    if not {name, of} <= seconds.keys():
        return name, of, "not measured", wanted, "", ""
    found = ratio(seconds, name, of)
    reached = "yes" if found["median"] >= target["at_least"] else "no"
    limits = [ratio(seconds, limit, of)["median"] for limit in entry["limits"] if limit != of]
    return name, of, _spread(found), wanted, reached, ", ".join(map(_number, limits))


def _details(key: str, entry: Entry) -> str:
    rows = []
    for name in entry["seconds"]:
        found = ratio(entry["seconds"], name, entry["base"]) if _has_base(entry) else None
        shown = f"{name} (limit)" if name in entry["limits"] else name
        rows.append((shown, _spread(found) if found else "no base line"))
    quick = ", a quick run at a small part of the size" if entry.get("quick") else ""
    head = f"**{key}**: {entry['title']}. {entry['rounds']} rounds, {entry.get('date')}{quick}."
    parts = [head, _table(("contestant", "ratio"), rows)]
    parts += [f"Left out: {name} ({reason})." for name, reason in entry["left_out"].items()]
    return "\n\n".join(parts)


def _costs(costs: dict[str, Entry]) -> str:
    rows = []
    for key, entry in costs.items():
        for figure in entry["figures"]:
            value, most = _number(figure["value"]), figure["at_most"]
            reached = "" if most is None else "yes" if figure["value"] <= most else "no"
            wanted = "" if most is None else _number(most)
            rows.append((key, entry["title"], figure["name"], value, wanted, reached))
    return _table(("cost", "what", "figure", "value", "at most", "reached"), rows)


def _has_base(entry: Entry) -> bool:
    return entry["base"] in entry["seconds"]


def _spread(found: dict[str, float]) -> str:
    low, high = _number(found["min"]), _number(found["max"])
    return f"{_number(found['median'])} ({low} to {high})"


def _number(value: float) -> str:
    return f"{value:.3g}"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    if len(lines) == 2:
        return ""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
