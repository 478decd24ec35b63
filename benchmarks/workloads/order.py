"""W7: the order of an epoch over many samples."""

import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from benchmarks.measure import Contestant, Epochs, Target, Workload
from benchmarks.workloads.setting import Setting
from reference_impl import BatchSampler, LazyRandomSampler, RandomSampler

BATCH_SIZE = 256


def shuffling(setting: Setting) -> Iterator[Workload]:
    """Every index once, in random order, in batches."""
    count = setting.size(1_000_000, least=10_000)
    yield Workload(
        "W7",
        "a random order of 1,000,000 indices, cut into batches of 256",
        [
            Contestant("random.shuffle", lambda: Epochs(lambda: listed(count))),
            Contestant("ours", lambda: held_in_memory(count)),
            Contestant("ours, constant memory", lambda: constant_memory(count)),
            Contestant("torch", lambda: _torch(count), needs="torch"),
            Contestant("torch.randperm", lambda: Epochs(lambda: _randperm(count)), needs="torch"),
            Contestant("count upwards", lambda: Epochs(lambda: _upwards(count)), limit=True),
        ],
        [Target("ours", 15)],
        identify=lambda batch: list(map(int, batch)),
    )


def held_in_memory(count: int) -> Iterable[Any]:
    """The order that `shuffle=True` means: a permutation, held as one array."""
    return BatchSampler(RandomSampler(range(count)), BATCH_SIZE, drop_last=False)


def constant_memory(count: int) -> Iterable[Any]:
    """The order that is computed index by index, however many there are."""
    return BatchSampler(LazyRandomSampler(range(count)), BATCH_SIZE, drop_last=False)


def listed(count: int) -> Iterator[list[int]]:
    """The order as a list of Python integers."""
    order = list(range(count))
    random.shuffle(order)
    for start in range(0, count, BATCH_SIZE):
        yield order[start : start + BATCH_SIZE]


def _torch(count: int) -> Any:
    from torch.utils.data import BatchSampler, RandomSampler

    return BatchSampler(RandomSampler(range(count)), BATCH_SIZE, drop_last=False)


def _randperm(count: int) -> Iterator[Any]:
    import torch

    yield from torch.randperm(count).split(BATCH_SIZE)


def _upwards(count: int) -> Iterator[Any]:
    order = np.arange(count)
    for start in range(0, count, BATCH_SIZE):
        yield order[start : start + BATCH_SIZE]
