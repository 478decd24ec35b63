"""Datasets: where samples come from.

A map-style dataset answers two questions, `len(dataset)` and `dataset[index]`; an iterable
dataset only knows how to produce its samples in order. Everything else here is one of those
made from another: columns of arrays, a part of a dataset, several datasets end to end.

A dataset may also offer `__getitems__(indices)`, which fetches a whole batch in one call. It
returns the batch itself, equal to `default_collate([dataset[i] for i in indices])`, or a list of
samples that is still to be collated (torch's loader knows only the list). One array operation for
a batch in place of one Python call for each sample is most of what makes a loader fast.
"""

import operator
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import floor, isclose
from numbers import Integral, Real
from typing import Any, Generic, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T_co = TypeVar("T_co", covariant=True)

Indices = NDArray[np.int64] | Sequence[int]


class Dataset(ABC, Generic[T_co]):
    """A map-style dataset: it has a length, and a sample for each index.

    >>> class Squares(Dataset[int]):
    ...     def __len__(self) -> int:
    ...         return 4
    ...     def __getitem__(self, index: SupportsIndex) -> int:
    ...         return check_index(index, len(self)) ** 2
    >>> squares = Squares()
    >>> squares[-1], list(squares)
    (9, [0, 1, 4, 9])
    """

    @abstractmethod
    def __len__(self) -> int:
        """The number of samples."""

    @abstractmethod
    def __getitem__(self, index: SupportsIndex, /) -> T_co:
        """The sample at `index`."""

    def __iter__(self) -> Iterator[T_co]:
        return (self[index] for index in range(len(self)))


class IterableDataset(ABC, Generic[T_co]):
    """A stream of samples: it can be iterated, and need not know its length.

    >>> class Countdown(IterableDataset[int]):
    ...     def __iter__(self) -> Iterator[int]:
    ...         return iter((3, 2, 1))
    >>> list(Countdown())
    [3, 2, 1]
    """

    @abstractmethod
    def __iter__(self) -> Iterator[T_co]:
        """A fresh pass over the samples."""


class TensorDataset(Dataset[tuple[Any, ...]]):
    """Arrays of equal length, seen as rows: sample `i` is a tuple of row `i` of each array.

    Nothing is copied: a row is a view of its array (an element of a 1-D array is a NumPy scalar).

    Raises ValueError where there is no array, an array has no axis or holds Python objects, or
    lengths differ.

    >>> dataset = TensorDataset(np.arange(6).reshape(3, 2), np.array([7, 8, 9]))
    >>> len(dataset), dataset[1]
    (3, (array([2, 3]), np.int64(8)))
    >>> dataset.__getitems__([2, 0])
    (array([[4, 5], [0, 1]]), array([9, 7]))
    """

    def __init__(self, *arrays: ArrayLike) -> None:
        if not arrays:
            raise ValueError("TensorDataset needs at least one array, got none")
        self.arrays = tuple(np.asarray(array) for array in arrays)
        for position, array in enumerate(self.arrays):
            if array.ndim == 0:
                raise ValueError(f"array {position} must have at least one axis, got a scalar")
            if array.dtype.hasobject:
                raise ValueError(
                    f"array {position} holds Python objects, which have no rows to stack; "
                    "write a Dataset for ragged samples and collate them with pad_collate"
                )
            if len(array) != len(self.arrays[0]):
                raise ValueError(
                    f"arrays must have one length, got {len(self.arrays[0])} for array 0 "
                    f"and {len(array)} for array {position}"
                )

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: SupportsIndex) -> tuple[Any, ...]:
        row = check_index(index, len(self))
        return tuple(array[row] for array in self.arrays)

    def __getitems__(self, indices: Indices) -> tuple[NDArray[Any], ...]:
        """The batch of these rows, one `take` an array; indices are checked as for one sample."""
        rows = _index_array(indices)
        try:
            return tuple(array.take(rows, axis=0) for array in self.arrays)
        except IndexError:
            raise _out_of_range(rows, len(self)) from None


class Subset(Dataset[T_co]):
    """The samples of `dataset` at `indices`, in that order.

    Raises IndexError at once if an index lies outside the dataset.

    >>> part = Subset(TensorDataset(np.array([10, 20, 30])), [2, 0])
    >>> len(part), part[0]
    (2, (np.int64(30),))
    """

    def __init__(self, dataset: Dataset[T_co] | Sequence[T_co], indices: Indices) -> None:
        self.dataset = dataset
        self.indices = _index_array(indices)
        length = len(dataset)
        if len(self.indices) and not -length <= self.indices.min() <= self.indices.max() < length:
            raise _out_of_range(self.indices, length)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: SupportsIndex) -> T_co:
        return self.dataset[int(self.indices[check_index(index, len(self))])]

    def __getitems__(self, indices: Indices) -> Any:
        """The batch of these samples, or a list of them if the dataset fetches no batches."""
        positions = _index_array(indices)
        try:
            inner = self.indices.take(positions)
        except IndexError:
            raise _out_of_range(positions, len(self)) from None
        fetch = getattr(self.dataset, "__getitems__", None)
        return fetch(inner) if fetch else [self.dataset[index] for index in inner.tolist()]


class ConcatDataset(Dataset[T_co]):
    """Several datasets, one after another.

    Raises ValueError for no dataset, TypeError for one that has no length or no index.

    >>> joined = ConcatDataset([TensorDataset([1, 2]), TensorDataset([3])])
    >>> len(joined), joined[2]
    (3, (np.int64(3),))
    """

    def __init__(self, datasets: Iterable[Dataset[T_co] | Sequence[T_co]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset needs at least one dataset, got none")
        for position, dataset in enumerate(self.datasets):
            if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
                raise TypeError(
                    f"ConcatDataset needs datasets with a length and an index, "
                    f"but dataset {position} is {type(dataset).__name__}"
                )
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: SupportsIndex) -> T_co:
        position = check_index(index, len(self))
        owner = bisect_right(self.cumulative_sizes, position)
        start = self.cumulative_sizes[owner - 1] if owner else 0
        return self.datasets[owner][position - start]


def random_split(
    dataset: Dataset[T_co] | Sequence[T_co],
    lengths: Sequence[int] | Sequence[float],
    seed: int | None = None,
) -> list[Subset[T_co]]:
    """Split `dataset` at random into parts that share no sample and leave none out.

    `lengths` are counts that sum to `len(dataset)`, or fractions that sum to 1. A fraction is
    rounded down; samples left over go one each to the first parts. The same `seed` gives the
    same split; `seed=None` gives a new one each time.

    Raises ValueError where lengths are negative or do not sum to the right total.

    >>> train, test = random_split(range(10), [0.75, 0.25], seed=0)
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (8, 2, True)
    """
    counts = _split_counts(len(dataset), list(lengths))
    order = np.random.default_rng(seed).permutation(len(dataset))
    parts = np.split(order, np.cumsum(counts)[:-1])
    return [Subset(dataset, part) for part in parts]


def _split_counts(total: int, lengths: list[int] | list[float]) -> list[int]:
    if not lengths or not all(isinstance(n, Real) and n >= 0 for n in lengths):
        raise ValueError(f"lengths must be counts or fractions, none negative, got {lengths}")
    if all(isinstance(n, Integral) for n in lengths):
        if sum(lengths) != total:
            raise ValueError(
                f"lengths must sum to the {_samples(total)} of the dataset, "
                f"got {lengths} with sum {sum(lengths)}"
            )
        return [int(n) for n in lengths]
    if not isclose(sum(lengths), 1):
        raise ValueError(f"fractions must sum to 1, got {lengths} with sum {sum(lengths)}")
    counts = [floor(total * fraction) for fraction in lengths]
    for part in range(total - sum(counts)):
        counts[part % len(counts)] += 1
    return counts


def check_index(index: SupportsIndex, length: int) -> int:
    """The position from 0 that `index` means in `length` samples; negative counts from the end.

    Raises TypeError if it is no integer, IndexError if it is out of range.

    >>> check_index(-1, 10)
    9
    """
    try:
        position = operator.index(index)
    except TypeError:
        raise TypeError(
            f"index must be an integer, got {type(index).__name__}; "
            "for several samples use Subset or a DataLoader"
        ) from None
    if not -length <= position < length:
        raise _out_of_range(position, length)
    return position % length


def _index_array(indices: Indices) -> NDArray[np.int64]:
    array = np.asarray(indices)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise TypeError(
            "indices must be a list or a 1-D array of integers, "
            f"got {array.ndim} axes of {array.dtype}"
        )
    return array.astype(np.int64, copy=False)


def _out_of_range(indices: ArrayLike, length: int) -> IndexError:
    """The error that names the first of `indices` that has no sample."""
    array = np.atleast_1d(indices)
    first = array[(array < -length) | (array >= length)][0]
    return IndexError(f"index {first} is out of range for a dataset of {_samples(length)}")


def _samples(count: int) -> str:
    return f"{count} sample" if count == 1 else f"{count} samples"
