"""A dataset that remembers what was fetched from it, to see how lazy a loader is."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class CountingDataset:
    """A map-style dataset over a sequence that records every index asked for.

    `samples` is anything with `len` and integer indexing. `fetched` lists the indices in the
    order in which they were asked for. Negative and out-of-range indices behave as in a list.

    >>> dataset = CountingDataset("abc")
    >>> dataset[2], dataset[0], dataset.fetched
    ('c', 'a', [2, 0])
    """

    def __init__(self, samples: Sequence[Any] | np.ndarray) -> None:
        self.samples = samples
        self.fetched: list[int] = []

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Any:
        sample = self.samples[index]
        self.fetched.append(int(index))
        return sample


class BatchedCountingDataset(CountingDataset):
    """A `CountingDataset` over an array that also offers `__getitems__`: one call, one batch.

    `batches` lists the indices of each such call; single fetches still go to `fetched`.

    >>> dataset = BatchedCountingDataset(np.arange(10) * 10)
    >>> dataset.__getitems__([3, 1])
    array([30, 10])
    >>> dataset.batches, dataset.fetched
    ([[3, 1]], [])
    """

    def __init__(self, samples: np.ndarray) -> None:
        super().__init__(samples)
        self.batches: list[list[int]] = []

    def __getitems__(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        asked = [int(index) for index in indices]
        batch = np.asarray(self.samples).take(asked, axis=0)
        self.batches.append(asked)
        return batch
