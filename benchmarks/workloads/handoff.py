"""W8: batches handed over by one worker process."""

import operator
from collections.abc import Iterator
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Contestant, Epochs, Target, Workload
from benchmarks.workloads.setting import Setting
from reference_impl import DataLoader, Dataset

Rows = NDArray[np.uint8]

BATCH_SIZE = 64
KIB = 1024
SIZES = {"64 KiB": 64 * KIB, "384 KiB": 384 * KIB, "1.5 MiB": 1536 * KIB, "19 MiB": 19456 * KIB}
TARGETS = {"1.5 MiB": 6, "19 MiB": 3}


class Source(Dataset[Rows]):
    """More samples than memory holds: its rows come again and again. A batch is one gather."""

    def __init__(self, length: int, batch_bytes: int) -> None:
        self.length = length
        rng = np.random.default_rng(0)
        self.rows = rng.integers(0, 256, (8 * BATCH_SIZE, batch_bytes // BATCH_SIZE), np.uint8)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: SupportsIndex) -> Rows:
        row: Rows = self.rows[operator.index(index) % len(self.rows)]
        return row

    def __getitems__(self, indices: Any) -> Rows:
        rows = np.asarray(indices) % len(self.rows)
        batch: Rows = self.rows.take(rows, axis=0)
        return batch


def from_a_worker(setting: Setting) -> Iterator[Workload]:
    """The same gather in one worker process, handed over in four sizes."""
    batches = setting.size(400, least=4)
    for name, size in SIZES.items():
        yield _handed_over(name, Source(batches * BATCH_SIZE, size))


def _handed_over(name: str, source: Source) -> Workload:
    ours = "ours, 1 process"
    return Workload(
        f"W8 {name}",
        f"400 batches of {name} from one worker process that persists",
        [
            Contestant("torch, 1 worker", lambda: _torch(source), needs="torch"),
            Contestant(ours, lambda: _ours(source)),
            Contestant(
                "the same work in process", lambda: Epochs(lambda: _in_process(source)), limit=True
            ),
        ],
        [Target(ours, TARGETS[name])] if name in TARGETS else [],
    )


def _ours(source: Source) -> DataLoader:
    return DataLoader(
        source,
        BATCH_SIZE,
        num_workers=1,
        worker_type="process",
        persistent_workers=True,
        timeout=120,
    )


def _torch(source: Source) -> Any:
    import torch
    from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

    class Gather:
        rows = torch.from_numpy(source.rows)

        def __len__(self) -> int:
            return len(source)

        def __getitem__(self, indices: list[int]) -> Any:
            return self.rows.index_select(0, torch.tensor(indices) % len(self.rows))

    return DataLoader(
        Gather(),
        batch_size=None,
        sampler=BatchSampler(SequentialSampler(range(len(source))), BATCH_SIZE, drop_last=False),
        num_workers=1,
        persistent_workers=True,
        timeout=120,
    )


def _in_process(source: Source) -> Iterator[Rows]:
    for start in range(0, len(source), BATCH_SIZE):
        yield source.__getitems__(np.arange(start, start + BATCH_SIZE))
