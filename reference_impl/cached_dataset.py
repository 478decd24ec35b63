"""CachedDataset: samples kept in memory, within a bound.

The sample used longest ago makes room for a new one. Shuffled epochs over a dataset of `n`
samples with room for `k` then hit less often than `k / n`, and epochs in order never hit while
`k` is below `n`.
"""

from collections import OrderedDict
from collections.abc import Sequence
from math import inf
from sys import getsizeof
from threading import Lock
from typing import Any, SupportsIndex, TypeVar

import numpy as np

from reference_impl.dataset import (
    Dataset,
    Indices,
    as_samples,
    at_epoch,
    check_index,
    check_indices,
    fetch,
    map_columns,
    prefetch,
    replace,
)
from reference_impl.sampler import check_integer

T_co = TypeVar("T_co", covariant=True)


class CachedDataset(Dataset[T_co]):
    """The samples of `dataset`, the last ones used kept in memory.

    At most `capacity` samples are kept, and at most `max_bytes` bytes of arrays and text. A hit
    returns the very object that is kept, so do not write into it. Threads share one cache; each
    worker process starts an empty one of its own, with the same bound. Put a cache below random
    transforms: samples that change with the epoch are kept for their epoch alone.

    Raises ValueError without a bound, or for one that is not a positive integer.

    >>> cached = CachedDataset(["a", "b", "c"], capacity=2)
    >>> cached[0], cached[0], cached[1], cached[2]
    ('a', 'a', 'b', 'c')
    >>> cached.hits, cached.misses, cached.hit_rate
    (1, 3, 0.25)
    """

    def __init__(
        self,
        dataset: Dataset[T_co] | Sequence[T_co],
        capacity: int | None = None,
        max_bytes: int | None = None,
    ) -> None:
        if capacity is None and max_bytes is None:
            raise ValueError("CachedDataset needs a bound: give capacity, max_bytes or both")
        if capacity is not None:
            check_integer("capacity", capacity, minimum=1)
        if max_bytes is not None:
            check_integer("max_bytes", max_bytes, minimum=1)
        self.dataset = dataset
        self._cache = _Cache(capacity or inf, max_bytes or inf)
        self._epoch: int | None = None

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: SupportsIndex) -> T_co:
        position = check_index(index, len(self))
        found = self._cache.find(self._epoch, [position])
        sample = found[position] if found else self.dataset[position]
        return sample if found else self._cache.keep(self._epoch, position, sample)

    def __getitems__(self, indices: Indices) -> list[T_co]:
        """These samples as a list; those not kept are fetched in one call."""
        wanted = check_indices(indices, len(self)).tolist()
        samples = self._cache.find(self._epoch, wanted)
        missing = [index for index in dict.fromkeys(wanted) if index not in samples]
        if missing:
            fetched = as_samples(fetch(self.dataset, np.array(missing)), len(missing))
            for index, sample in zip(missing, fetched, strict=True):
                samples[index] = self._cache.keep(self._epoch, index, sample)
        return [samples[index] for index in wanted]

    def at_epoch(self, epoch: int) -> "CachedDataset[T_co]":
        """These samples as they are in `epoch`, in the same cache."""
        dataset = at_epoch(self.dataset, epoch)
        return self if dataset is self.dataset else replace(self, dataset=dataset, _epoch=epoch)

    def prefetch(self, indices: Indices) -> None:
        """Pass on which samples come next."""
        prefetch(self.dataset, indices)

    @property
    def hits(self) -> int:
        """How many of the samples asked for were kept."""
        return self._cache.hits

    @property
    def misses(self) -> int:
        """How many samples were read from the dataset."""
        return self._cache.misses

    @property
    def hit_rate(self) -> float:
        """The part of the samples asked for that were kept; 0 before the first."""
        return self.hits / ((self.hits + self.misses) or 1)

    @property
    def nbytes(self) -> int:
        """The bytes of arrays and text that are kept."""
        return self._cache.nbytes


class _Cache:
    """Samples by epoch and index, least recently used first. A pickle of it is empty."""

    def __init__(self, capacity: float, max_bytes: float) -> None:
        self.capacity, self.max_bytes = capacity, max_bytes
        self.entries: OrderedDict[tuple[int | None, int], tuple[Any, int]] = OrderedDict()
        self.nbytes = self.hits = self.misses = 0
        self.lock = Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _Cache, (self.capacity, self.max_bytes)

    def find(self, epoch: int | None, indices: list[int]) -> dict[int, Any]:
        """The samples that are kept, which are now the last ones used."""
        with self.lock:
            found = {}
            for index in indices:
                if (entry := self.entries.get((epoch, index))) is not None:
                    found[index] = entry[0]
                    self.entries.move_to_end((epoch, index))
            missing = len(set(indices).difference(found))
            self.misses += missing
            self.hits += len(indices) - missing
        return found

    def keep(self, epoch: int | None, index: int, sample: Any) -> Any:
        """Keep `sample` if it fits, and drop what then is too much."""
        sample, size = _owned(sample)
        with self.lock:
            if size <= self.max_bytes:
                _, replaced = self.entries.pop((epoch, index), (None, 0))
                self.entries[epoch, index] = sample, size
                self.nbytes += size - replaced
            while len(self.entries) > self.capacity or self.nbytes > self.max_bytes:
                _, (_, freed) = self.entries.popitem(last=False)
                self.nbytes -= freed
        return sample


def _owned(sample: Any) -> tuple[Any, int]:
    """`sample` with views copied, so that it keeps no larger array alive, and its bytes."""
    sizes = []

    def own(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.base is not None:
            value = value.copy()
        sizes.append(value.nbytes if hasattr(value, "nbytes") else getsizeof(value))
        return value

    return map_columns(own, sample), sum(sizes)
