"""What the package costs beside time: at import, in memory, and when its trainer is killed.

Each cost runs in processes of its own. A figure has a name, a value and, where there is one, the
most that is wanted.
"""

import os
import random
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

import numpy as np

from benchmarks.measure import Epochs
from benchmarks.workloads.order import constant_memory, held_in_memory, listed

ROOT = Path(__file__).parent.parent
MIB = 2**20
BOUND = 64 * MIB
PATIENCE = 20  # seconds after which workers that still live are killed

IMPORT = "from time import perf_counter as now; a = now(); import {}; print(now() - a)"

EPOCH = """
import resource, sys
import numpy as np
from reference_impl import DataLoader, MemmapDataset

def own_memory():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon"))

loader = DataLoader(MemmapDataset(sys.argv[1]), batch_size=128, shuffle=True, seed=0)
start = own_memory()
print(max(own_memory() for batch in loader) - start)
"""

TRAINER = """
import os, sys
from multiprocessing import active_children
import numpy as np
if __name__ == "__main__":
    if sys.argv[1] == "ours":
        from reference_impl import DataLoader, TensorDataset
        loader = DataLoader(TensorDataset(np.arange(64)), num_workers=2, worker_type="process")
    else:
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        loader = DataLoader(TensorDataset(torch.arange(64)), num_workers=2)
    batches = iter(loader)
    next(batches)
    print(*(child.pid for child in active_children()), flush=True)
    sys.stdin.read()
"""


def import_time(rounds: int) -> dict[str, Any]:
    """The import of the package in units of NumPy's, each in fresh processes, in turns."""
    seconds: dict[str, list[float]] = {"numpy": [], "reference_impl": []}
    for _ in range(4 * rounds + 1):
        for name, found in seconds.items():
            found.append(float(_python("-c", IMPORT.format(name))))
    times = {name: median(found) for name, found in seconds.items()}
    value = times["reference_impl"] / times["numpy"]
    return {
        "title": "importing the package, in units of importing NumPy",
        "figures": [_figure("ours", value, 1.2)],
    }


def memory(rounds: int) -> dict[str, Any]:
    """What an epoch over a memory-mapped file of ten bounds holds beside the file's own pages."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        rows = np.lib.format.open_memmap(path, "w+", np.uint8, (10 * BOUND // 3072, 3072))
        rows[:] = np.arange(3072, dtype=np.uint8)
        rows.flush()
        held = float(_python("-c", EPOCH, str(path)))
    return {
        "title": "memory that an epoch holds, in units of a bound; the file is ten bounds long",
        "figures": [_figure("ours", held / BOUND, 1)],
    }


def orphans(rounds: int) -> dict[str, Any]:
    """How long worker processes live after the training process was killed."""
    wanted = {"ours": 1, "torch": None} if find_spec("torch") else {"ours": 1}
    return {
        "title": f"seconds that workers live after their trainer was killed, {PATIENCE} at most",
        "figures": [
            _figure(name, median(_seconds_to_live(name) for _ in range(3)), at_most)
            for name, at_most in wanted.items()
        ],
    }


def order(rounds: int) -> dict[str, Any]:
    """What an order holds for each index, and how soon a very long one begins."""
    count = 1_000_000
    most = 8.1  # 8 for the index, and the objects around the array
    held = [
        _figure("ours, bytes an index", _peak_bytes(held_in_memory(count)) / count, most),
        _figure(
            "constant memory, bytes an index", _peak_bytes(constant_memory(count)) / count, most
        ),
        _figure("list, bytes an index", _peak_bytes(Epochs(lambda: listed(count))) / count, None),
    ]
    shuffle = median(_seconds(lambda: random.shuffle(list(range(count)))) for _ in range(3))
    first = median(_seconds(lambda: next(iter(constant_memory(10**12)))) for _ in range(rounds))
    soon = "first batch of 1,000,000,000,000 samples, in shuffles of a list of a million"
    return {
        "title": "the order of an epoch of a million samples",
        "figures": [*held, _figure(soon, first / shuffle, 0.01)],
    }


COSTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "import": import_time,
    "memory": memory,
    "orphans": orphans,
    "order": order,
}


def _figure(name: str, value: float, at_most: float | None) -> dict[str, Any]:
    return {"name": name, "value": value, "at_most": at_most}


def _peak_bytes(loader: Any) -> int:
    tracemalloc.start()
    try:
        for _ in loader:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _seconds(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _seconds_to_live(name: str) -> float:
    with TemporaryDirectory() as folder:
        script = Path(folder) / "trainer.py"
        script.write_text(TRAINER)
        trainer = subprocess.Popen(
            [sys.executable, str(script), name],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with trainer:
            assert trainer.stdout
            workers = [int(pid) for pid in trainer.stdout.readline().split()]
            trainer.send_signal(signal.SIGKILL)
            start = perf_counter()
            while (alive := list(filter(_is_alive, workers))) and perf_counter() - start < PATIENCE:
                sleep(0.005)
            seconds = perf_counter() - start
            for worker in alive:
                os.kill(worker, signal.SIGKILL)
            return seconds


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def _python(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=True
    )
    return done.stdout


def _environment() -> dict[str, str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or each import would compile again
    return environment
