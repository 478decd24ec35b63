"""W5a, W5b: samples that are waited for, as from a far disk; alone, and beside compute."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Contestant, Target, Workload
from benchmarks.workloads import peers
from benchmarks.workloads.setting import Setting
from reference_impl import DataLoader, Dataset

BATCH_SIZE = 32
LATENCY = 0.005
COMPUTE = 0.020


class FarAway(Dataset[NDArray[np.int64]]):
    """Samples that arrive 5 ms after they were asked for."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: SupportsIndex) -> NDArray[np.int64]:
        sleep(LATENCY)
        return np.array([index], np.int64)


class Sleepers:
    """Threads that wait as often, share alike, and hand nothing over: the limit."""

    def __init__(self, length: int, workers: int) -> None:
        self.shares = [length // workers] * workers
        self.pool = ThreadPoolExecutor(workers)

    def __iter__(self) -> Iterator[None]:
        return self.pool.map(self._wait, self.shares)

    def _wait(self, times: int) -> None:
        for _ in range(times):
            sleep(LATENCY)


def waiting(setting: Setting) -> Iterator[Workload]:
    """5 ms a sample and nothing else, with 8 and with 32 workers."""
    dataset = FarAway(BATCH_SIZE * setting.size(40, least=8))
    yield _waiting_with(8, dataset, 0.93)
    yield _waiting_with(32, dataset, 0.85)


def _waiting_with(workers: int, dataset: FarAway, reach: float) -> Workload:
    limit = f"{workers} threads that only wait"
    return Workload(
        f"W5a {workers} workers",
        f"40 batches of 32 samples that take 5 ms each to arrive, {workers} workers",
        [
            Contestant("torch, 2 workers", lambda: _torch(dataset, 2), needs="torch"),
            Contestant("ours", lambda: _ours(dataset, workers)),
            Contestant(
                f"torch, {workers} workers", lambda: _torch(dataset, workers), needs="torch"
            ),
            Contestant(
                f"grain, {workers} threads",
                lambda: peers.grain_batches(dataset, BATCH_SIZE, threads=workers),
                needs="grain",
            ),
            Contestant(limit, lambda: Sleepers(len(dataset), workers), limit=True),
        ],
        [Target("ours", reach, of=limit)],
    )


def waiting_beside_compute(setting: Setting) -> Iterator[Workload]:
    """8 workers need 20 ms for a batch, and so does the training step."""
    dataset = FarAway(BATCH_SIZE * setting.size(25, least=4))
    limit = "compute alone"
    yield Workload(
        "W5b",
        "25 batches of 32 samples of 5 ms each with 8 workers, beside 20 ms of compute a batch",
        [
            Contestant("torch, 8 workers", lambda: _torch(dataset, 8), needs="torch"),
            Contestant("ours", lambda: _ours(dataset, 8)),
            Contestant("ours, no workers", lambda: _ours(dataset, 0)),
            Contestant(
                "grain, 8 threads",
                lambda: peers.grain_batches(dataset, BATCH_SIZE, threads=8),
                needs="grain",
            ),
            Contestant(limit, lambda: range(len(dataset) // BATCH_SIZE), limit=True),
        ],
        [Target("ours", 1.35), Target("ours", 0.87, of=limit)],
        step=lambda batch: sleep(COMPUTE),
    )


def _ours(dataset: FarAway, workers: int) -> DataLoader:
    return DataLoader(dataset, BATCH_SIZE, num_workers=workers)


def _torch(dataset: FarAway, workers: int) -> Any:
    from torch.utils.data import DataLoader

    return DataLoader(
        dataset,
        BATCH_SIZE,
        num_workers=workers,
        timeout=120,
        collate_fn=np.stack,
    )
