"""W4: random rows of a file larger than what one wants in memory, page cache warm and cold."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Contestant, Epochs, Target, Workload
from benchmarks.workloads import peers
from benchmarks.workloads.setting import Setting
from reference_impl import DataLoader, MemmapDataset, Subset

BATCH_SIZE = 128
ROW = 3072
Rows = NDArray[np.uint8]


def random_reads(setting: Setting) -> Iterator[Workload]:
    """The same rows in the same random order for all, from the page cache and from the disk."""
    path = setting.folder / "rows.npy"
    count = setting.size(1_048_576, least=4096)
    write_rows(path, count)
    order = np.random.default_rng(0).permutation(count)[: setting.size(20_480, least=512)]
    title = "20,480 random rows of 3 KiB of a 3.2 GB memory-mapped file, batches of 128, "
    yield Workload(
        "W4 warm",
        title + "page cache warm",
        _contestants(path, order, again=False),
        [Target("ours", 2.5)],
        before=partial(_read_all, path),
    )
    if hasattr(os, "posix_fadvise"):
        yield Workload(
            "W4 cold",
            title + "page cache emptied before each epoch",
            _contestants(path, order, again=True),
            [Target("ours", 5)],
            before=partial(_drop_from_page_cache, path),
        )


def write_rows(path: Path, count: int) -> None:
    """A file of `count` rows of 3 KiB of random bytes."""
    rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(count, ROW))
    rng = np.random.default_rng(0)
    for start in range(0, count, 16_384):
        rows[start : start + 16_384] = np.frombuffer(
            rng.bytes(len(rows[start : start + 16_384]) * ROW), np.uint8
        ).reshape(-1, ROW)
    rows.flush()
    _drop_from_page_cache(path)


def _contestants(path: Path, order: NDArray[np.int64], again: bool) -> list[Contestant]:
    """With `again` everyone maps the file anew each epoch.

    The system does not drop the pages of a file from its cache while it is mapped.
    """

    def make(start: Callable[[], Iterable[Any]]) -> Callable[[], Iterable[Any]]:
        return (lambda: Epochs(start)) if again else start

    return [
        Contestant("torch", make(lambda: _torch(path, order, 0)), needs="torch"),
        Contestant("ours", make(lambda: _ours(path, order))),
        Contestant("torch, 2 workers", make(lambda: _torch(path, order, 2)), needs="torch"),
        Contestant("grain", make(lambda: _grain(path, order)), needs="grain"),
        Contestant("naive loop", lambda: Epochs(lambda: _naive(path, order))),
        Contestant(
            "sequential read", lambda: Epochs(lambda: _sequential(path, len(order))), limit=True
        ),
    ]


def _ours(path: Path, order: NDArray[np.int64]) -> DataLoader:
    return DataLoader(Subset(MemmapDataset(path), order), BATCH_SIZE, shuffle=True, seed=0)


def _torch(path: Path, order: NDArray[np.int64], workers: int) -> Any:
    import torch
    from torch.utils.data import DataLoader, Subset

    class Mapped:
        def __init__(self) -> None:
            # torch wants memory that it could write to; mode "c" keeps such writes from the file.
            self.rows = np.load(path, mmap_mode="c")

        def __len__(self) -> int:
            return len(self.rows)

        def __getitem__(self, index: int) -> Any:
            return torch.from_numpy(self.rows[index])

    return DataLoader(
        Subset(Mapped(), order.tolist()),
        BATCH_SIZE,
        shuffle=True,
        num_workers=workers,
        timeout=120 if workers else 0,
    )


def _grain(path: Path, order: NDArray[np.int64]) -> Any:
    class Mapped:
        def __init__(self) -> None:
            self.rows = np.load(path, mmap_mode="r")

        def __len__(self) -> int:
            return len(order)

        def __getitem__(self, index: int) -> Rows:
            return np.array(self.rows[order[index]])

    return peers.grain_batches(Mapped(), BATCH_SIZE, shuffle=True)


def _naive(path: Path, order: NDArray[np.int64]) -> Iterator[Rows]:
    rows = np.asarray(np.load(path, mmap_mode="r"))
    indices = order.tolist()
    for start in range(0, len(indices), BATCH_SIZE):
        yield np.stack([rows[i] for i in indices[start : start + BATCH_SIZE]])


def _sequential(path: Path, count: int) -> Iterator[Rows]:
    """As many rows, from the first on."""
    with path.open("rb", buffering=0) as file:
        for _ in range(0, count, BATCH_SIZE):
            batch = np.empty((BATCH_SIZE, ROW), np.uint8)
            file.readinto(batch.data)
            yield batch


def _read_all(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def _drop_from_page_cache(path: Path) -> None:
    if not hasattr(os, "posix_fadvise"):
        return
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
