"""Datasets: where samples come from.

A map-style dataset answers two questions, `len(dataset)` and `dataset[index]`; an iterable
dataset only knows how to produce its samples in order. Everything else here is one of those
made from another: columns of arrays, a part of a dataset, several datasets end to end.

A dataset may also offer `__getitems__(indices)`, which fetches a whole batch in one call. It
returns the batch itself, equal to `default_collate([dataset[i] for i in indices])`, or a list of
samples that is still to be collated (torch's loader knows only the list). One array operation for
a batch in place of one Python call for each sample is most of what makes a loader fast.

Two more methods are optional. `at_epoch(epoch)` is for samples that change with the epoch, and
`prefetch(indices)` for samples that can be read ahead. Both reach the dataset that has them
through those that are made from it; call the functions of these names below.
"""

import operator
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from itertools import accumulate, chain
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
                found = f"{len(self.arrays[0])} for array 0 and {len(array)} for array {position}"
                raise ValueError(f"arrays must have one length, got {found}")

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: SupportsIndex) -> tuple[Any, ...]:
        row = check_index(index, len(self))
        return tuple(array[row] for array in self.arrays)

    def __getitems__(self, indices: Indices) -> tuple[NDArray[Any], ...]:
        """The batch of these rows, one `take` an array; indices are checked as for one sample."""
        return _take(self.arrays, indices)


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
        check_indices(self.indices, len(dataset))

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: SupportsIndex) -> T_co:
        return self.dataset[int(self.indices[check_index(index, len(self))])]

    def __getitems__(self, indices: Indices) -> Any:
        """The batch of these samples, or a list of them if the dataset fetches no batches."""
        return fetch(self.dataset, self._inner(indices))

    def at_epoch(self, epoch: int) -> "Subset[T_co]":
        """These samples as they are in `epoch`."""
        dataset = at_epoch(self.dataset, epoch)
        return self if dataset is self.dataset else replace(self, dataset=dataset)

    def prefetch(self, indices: Indices) -> None:
        """Pass on which samples come next."""
        prefetch(self.dataset, self._inner(indices))

    def _inner(self, indices: Indices) -> NDArray[np.int64]:
        (inner,) = _take((self.indices,), indices)
        return inner


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
                wanted = "ConcatDataset needs datasets with a length and an index"
                raise TypeError(f"{wanted}, but dataset {position} is {type(dataset).__name__}")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: SupportsIndex) -> T_co:
        position = check_index(index, len(self))
        owner = bisect_right(self.cumulative_sizes, position)
        start = self.cumulative_sizes[owner - 1] if owner else 0
        return self.datasets[owner][position - start]

    def __getitems__(self, indices: Indices) -> Any:
        """The batch of these samples, fetched once from each dataset that has some of them.

        It is a list of samples where a dataset fetches no batches, or where batches of the
        datasets differ in structure.
        """
        parts = list(by_part(self.cumulative_sizes, check_indices(indices, len(self))))
        batches = [fetch(self.datasets[part], inner) for part, _, inner in parts]
        return batches[0] if len(batches) == 1 else _merge([rows for _, rows, _ in parts], batches)

    def at_epoch(self, epoch: int) -> "ConcatDataset[T_co]":
        """These samples as they are in `epoch`."""
        datasets = [at_epoch(dataset, epoch) for dataset in self.datasets]
        unchanged = all(map(operator.is_, datasets, self.datasets))
        return self if unchanged else replace(self, datasets=datasets)

    def prefetch(self, indices: Indices) -> None:
        """Pass on which samples come next."""
        for part, _, inner in by_part(self.cumulative_sizes, check_indices(indices, len(self))):
            prefetch(self.datasets[part], inner)


def at_epoch(dataset: Any, epoch: int) -> Any:
    """`dataset` as it is in `epoch`: what its `at_epoch` returns, or itself if it has none.

    A dataset whose samples change with the epoch returns a cheap view of itself from
    `at_epoch(epoch)` and stays as it is, so that two iterators never disturb each other. A
    dataset made from others returns itself if none of them changes.

    >>> dataset = TensorDataset([1, 2])
    >>> at_epoch(Subset(dataset, [1]), 3).dataset is dataset
    True
    """
    bind = getattr(dataset, "at_epoch", None)
    return bind(epoch) if bind else dataset


def prefetch(dataset: Any, indices: Any) -> None:
    """Tell `dataset` which sample or samples come next, if it can read ahead; returns at once.

    It is a hint: a wrong index or an absent file is left to the read that meets it.
    """
    read_ahead = getattr(dataset, "prefetch", None)
    if read_ahead:
        with suppress(IndexError, TypeError, OSError):
            read_ahead(indices if hasattr(indices, "__len__") else [indices])


def fetch(dataset: Any, indices: NDArray[np.int64]) -> Any:
    """The samples at `indices`: a batch, or a list where `dataset` fetches no batches.

    >>> fetch(TensorDataset([5, 6, 7]), np.array([2, 0])), fetch("abc", np.array([2, 0]))
    ((array([7, 5]),), ['c', 'a'])
    """
    batched = getattr(dataset, "__getitems__", None)
    if batched:
        return batched(indices)
    if isinstance(dataset, np.ndarray) and not dataset.dtype.hasobject:
        return dataset.take(indices, axis=0)
    return [dataset[index] for index in indices.tolist()]


def as_samples(fetched: Any, count: int) -> list[Any]:
    """What `fetch` returned as a list of `count` samples; those of a batch are views of it.

    >>> as_samples({"x": np.array([[1, 2], [3, 4]]), "name": ["a", "b"]}, 2)
    [{'x': array([1, 2]), 'name': 'a'}, {'x': array([3, 4]), 'name': 'b'}]
    """
    if isinstance(fetched, list):
        return fetched
    return [map_columns(operator.itemgetter(row), fetched) for row in range(count)]


def map_columns(function: Callable[..., Any], *batches: Any) -> Any:
    """`function` of each column of `batches`, in their structure of tuples, lists and dicts.

    A column is whatever has no structure: an array, or a list of text.

    Raises TypeError or ValueError if the batches differ in structure.

    >>> map_columns(lambda a, b: [*a, *b], (np.array([1]), ["x"]), (np.array([2]), ["y"]))
    ([np.int64(1), np.int64(2)], ['x', 'y'])
    """
    first = batches[0]
    keys = first.keys() if isinstance(first, Mapping) else None
    if any(type(b) is not type(first) or (keys and b.keys() != keys) for b in batches):
        raise TypeError("batches differ in structure")
    if keys is not None:
        return {key: map_columns(function, *(b[key] for b in batches)) for key in keys}
    text = isinstance(first, list) and first and isinstance(first[0], str | bytes)
    if text or not isinstance(first, tuple | list):
        return function(*batches)
    columns = [map_columns(function, *fields) for fields in zip(*batches, strict=True)]
    if isinstance(first, list):
        return columns
    return type(first)(*columns) if hasattr(first, "_fields") else tuple(columns)


def batch_length(batch: Any) -> int:
    """The number of samples in a batch, which is the length of each of its columns.

    >>> batch_length((np.zeros((3, 2)), np.zeros(3)))
    3
    """
    while isinstance(batch, tuple | Mapping):
        batch = next(iter(batch.values() if isinstance(batch, Mapping) else batch))
    return len(batch)


def by_part(
    cumulative_sizes: Sequence[int] | NDArray[np.int64], positions: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Positions in parts laid end to end, part by part: the part, the rows, the indices in it.

    >>> for part, rows, inner in by_part([3, 5], np.array([4, 0, 3])):
    ...     print(part, rows, inner)
    0 [1] [0]
    1 [0 2] [1 0]
    """
    parts = np.searchsorted(cumulative_sizes, positions, side="right")
    order = np.argsort(parts, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(parts[order])) + 1):
        part = int(parts[rows[0]]) if len(rows) else 0
        yield part, rows, positions[rows] - (cumulative_sizes[part - 1] if part else 0)


def replace(dataset: Any, /, **attributes: Any) -> Any:
    """A shallow copy of `dataset` with other `attributes`."""
    view = copy(dataset)
    vars(view).update(attributes)
    return view


def _merge(rows: list[NDArray[np.int64]], batches: list[Any]) -> Any:
    """One batch of several, whose samples belong at `rows`; a list of samples if need be."""
    order = np.argsort(np.concatenate(rows))

    def join(*columns: Any) -> Any:
        if isinstance(columns[0], list):
            flat = list(chain(*columns))
            return [flat[position] for position in order.tolist()]
        return np.concatenate(columns).take(order, axis=0)

    if not any(isinstance(batch, list) for batch in batches):
        with suppress(TypeError, ValueError):  # collating the samples names what differs
            return map_columns(join, *batches)
    samples = (as_samples(batch, len(part)) for batch, part in zip(batches, rows, strict=True))
    return join(*samples)


def random_split(
    dataset: Dataset[T_co] | Sequence[T_co], lengths: Sequence[float], seed: int | None = None
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


def _split_counts(total: int, lengths: list[float]) -> list[int]:
    if not lengths or not all(isinstance(n, Real) and n >= 0 for n in lengths):
        raise ValueError(f"lengths must be counts or fractions, none negative, got {lengths}")
    found, samples = f"{lengths} with sum {sum(lengths)}", _samples(total)
    if all(isinstance(n, Integral) for n in lengths):
        if sum(lengths) != total:
            raise ValueError(f"lengths must sum to the {samples} of the dataset, got {found}")
        return [int(n) for n in lengths]
    if not isclose(sum(lengths), 1):
        raise ValueError(f"fractions must sum to 1, got {found}")
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
        problem = f"index must be an integer, got {type(index).__name__}"
        raise TypeError(f"{problem}; for several samples use Subset or a DataLoader") from None
    if not -length <= position < length:
        raise _out_of_range(position, length)
    return position % length


def check_indices(indices: Indices, length: int) -> NDArray[np.int64]:
    """The positions from 0 that `indices` mean in `length` samples, as one int64 array.

    Raises TypeError if they are not a row of integers, IndexError if one is out of range.

    >>> check_indices([-1, 0], 10)
    array([9, 0])
    """
    array = _index_array(indices)
    if len(array) and not -length <= array.min() <= array.max() < length:
        raise _out_of_range(array, length)
    return array % length if length else array


def _index_array(indices: Indices) -> NDArray[np.int64]:
    array = np.asarray(indices)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        found = f"{array.ndim} axes of {array.dtype}"
        raise TypeError(f"indices must be a list or a 1-D array of integers, got {found}")
    return array.astype(np.int64, copy=False)


def _take(arrays: tuple[NDArray[Any], ...], indices: Indices) -> tuple[NDArray[Any], ...]:
    """The rows at `indices` of each of `arrays`; `take` itself finds an index out of range."""
    rows = _index_array(indices)
    try:
        return tuple(array.take(rows, axis=0) for array in arrays)
    except IndexError:
        raise _out_of_range(rows, len(arrays[0])) from None


def _out_of_range(indices: ArrayLike, length: int) -> IndexError:
    """The error that names the first of `indices` that has no sample."""
    array = np.atleast_1d(indices)
    first = array[(array < -length) | (array >= length)][0]
    return IndexError(f"index {first} is out of range for a dataset of {_samples(length)}")


def _samples(count: int) -> str:
    return f"{count} sample" if count == 1 else f"{count} samples"
