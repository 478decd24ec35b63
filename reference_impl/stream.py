"""Streams: shuffling what can only be read in order, and splitting it over workers.

A stream's iterator may offer `take(count)`: the next samples as one batch (or as a list of
samples), fewer at the end, then None. It stands to a stream as `__getitems__` to a dataset: with
it a batch costs a few array operations, whatever its size.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from reference_impl.dataset import IterableDataset, at_epoch, batch_length, map_columns, replace
from reference_impl.sampler import check_integer, make_seed
from reference_impl.worker import get_worker_info

T_co = TypeVar("T_co", covariant=True)

MOST_AT_ONCE = 1024


class Unbatched(IterableDataset[Any]):
    """The samples of `batches`, one by one or, with `take`, many at a time.

    A batch is an array, a tuple or dict of columns of one length, or a list of samples. So a file
    that is read in blocks becomes a stream that can be shuffled and cut anew. What comes out are
    views of a batch, which must not be changed after it was handed over.

    >>> stream = Unbatched([np.array([1, 2, 3]), np.array([4, 5])])
    >>> list(stream), iter(stream).take(4)
    ([np.int64(1), np.int64(2), np.int64(3), np.int64(4), np.int64(5)], array([1, 2, 3, 4]))
    """

    def __init__(self, batches: Iterable[Any]) -> None:
        self.batches = batches

    def at_epoch(self, epoch: int) -> "Unbatched":
        """These samples as they are in `epoch`."""
        view: Unbatched = replace(self, batches=at_epoch(self.batches, epoch))
        return view

    def __iter__(self) -> "BatchIterator":
        return BatchIterator(iter(self.batches))


class ShuffleBuffer(IterableDataset[T_co]):
    """The samples of a stream in a locally random order, with `buffer_size` of them in memory.

    The buffer is filled; then samples drawn from it are handed out, and the next of the stream
    take their places. Each sample comes exactly once, and none more than about `buffer_size`
    places early. The order is a function of (seed, epoch), whatever the batch size, and the same
    in every worker, so that a stream can be split before the buffer or after it. `at_epoch(e)` is
    the same stream in epoch `e`, which the loader asks for; on its own it is in epoch 0.

    A stream whose iterator offers `take` is shuffled as arrays, without a step for each sample.
    Of any other the samples themselves are kept, and with a view the whole array behind it.

    Raises ValueError for a bad `buffer_size` or `seed`, and for arrays whose dtype or row shape
    changes within the stream.

    >>> order = [int(n) for n in ShuffleBuffer(Unbatched([np.arange(100)]), 20, seed=0)]
    >>> sorted(order) == list(range(100)), order == sorted(order)
    (True, False)
    """

    def __init__(
        self, dataset: IterableDataset[T_co], buffer_size: int, seed: int | None = None
    ) -> None:
        self.dataset = dataset
        self.buffer_size = check_integer("buffer_size", buffer_size, minimum=1)
        self.seed = make_seed(seed)
        self.epoch = 0

    def at_epoch(self, epoch: int) -> "ShuffleBuffer[T_co]":
        """These samples as they are in `epoch`."""
        view: ShuffleBuffer[T_co] = replace(
            self, dataset=at_epoch(self.dataset, epoch), epoch=epoch
        )
        return view

    def __iter__(self) -> "BatchIterator":
        return BatchIterator(self._batches(np.random.default_rng([self.seed, self.epoch])))

    def _batches(self, rng: "np.random.Generator") -> Iterator[Any]:
        samples = iter(self.dataset)
        take = samples.take if hasattr(samples, "take") else partial(_take_boxed, samples)
        first = take(self.buffer_size)
        if first is None:
            return
        buffer = map_columns(np.array, map_columns(_boxed, first))
        step = max(1, min(self.buffer_size // 8, MOST_AT_ONCE))
        while (fresh := take(step)) is not None:
            slots = rng.choice(batch_length(buffer), batch_length(fresh), replace=False)
            yield _rows(buffer, slots)
            map_columns(partial(_put, slots), buffer, map_columns(_boxed, fresh))
        order = rng.permutation(batch_length(buffer))
        for start in range(0, len(order), step):
            yield _rows(buffer, order[start : start + step])


class SplitByWorker(IterableDataset[T_co]):
    """Worker k of n gets every n-th sample of `dataset`, starting with sample k.

    Outside of workers it is the whole stream. Each worker reads all of it; a source that can skip
    cheaply should ask `get_worker_info` itself.

    >>> from reference_impl import DataLoader
    >>> loader = DataLoader(SplitByWorker(Unbatched([np.arange(6)])), 2, num_workers=2)
    >>> [batch.tolist() for batch in loader]
    [[0, 2], [1, 3], [4], [5]]
    """

    def __init__(self, dataset: IterableDataset[T_co]) -> None:
        self.dataset = dataset

    def at_epoch(self, epoch: int) -> "SplitByWorker[T_co]":
        """These samples as they are in `epoch`."""
        view: SplitByWorker[T_co] = replace(self, dataset=at_epoch(self.dataset, epoch))
        return view

    def __iter__(self) -> Iterator[T_co]:
        info = get_worker_info()
        samples = iter(self.dataset)
        if info is None:
            return samples
        if hasattr(samples, "take"):
            return BatchIterator(_every(samples.take, info.id, info.num_workers))
        return islice(samples, info.id, None, info.num_workers)


class BatchIterator(Iterator[Any]):
    """Walks batches sample by sample, or in batches of another size.

    >>> samples = BatchIterator(iter([np.arange(3), np.arange(3, 5)]))
    >>> next(samples), samples.take(3), samples.take(3), samples.take(3)
    (np.int64(0), array([1, 2, 3]), array([4]), None)
    """

    def __init__(self, batches: Iterator[Any]) -> None:
        self._batches = batches
        self._batch: Any = None
        self._position = self._end = 0

    def __next__(self) -> Any:
        if self._left() == 0:
            raise StopIteration
        self._position += 1
        return map_columns(itemgetter(self._position - 1), self._batch)

    def take(self, count: int) -> Any:
        """The next `count` samples as one batch; fewer at the end, then None.

        Samples that are no arrays come as a list.
        """
        parts = []
        while count and (left := self._left()):
            stop = self._position + min(count, left)
            parts.append(_rows(self._batch, slice(self._position, stop)))
            count -= stop - self._position
            self._position = stop
        if not parts:
            return None
        batch = parts[0] if len(parts) == 1 else map_columns(_join, *parts)
        return map_columns(_unboxed, batch)

    def _left(self) -> int:
        """How many samples of the current batch are left; 0 at the end of the stream."""
        while self._position == self._end:
            self._batch = next(self._batches, None)
            if self._batch is None:
                self._batches, self._position, self._end = iter(()), 0, 0
                return 0
            self._batch = _boxed(self._batch)
            self._position, self._end = 0, batch_length(self._batch)
        return self._end - self._position


def _take_boxed(samples: Iterator[Any], count: int) -> NDArray[Any] | None:
    """The next samples as an array of Python objects; None at the end."""
    boxes = np.fromiter(islice(samples, count), object)
    return boxes if len(boxes) else None


def _every(take: Callable[[int], Any], first: int, step: int) -> Iterator[Any]:
    """Every `step`-th sample, in batches."""
    while (batch := take(max(1, MOST_AT_ONCE // step) * step)) is not None:
        yield _rows(_boxed(batch), slice(first, None, step))


def _boxed(column: Any) -> Any:
    """A list as an array of Python objects; arrays, and what is made of them, as they are."""
    return np.fromiter(column, object) if isinstance(column, list) else column


def _unboxed(column: Any) -> Any:
    boxed = isinstance(column, np.ndarray) and column.dtype.hasobject
    return column.tolist() if boxed else column


def _join(*columns: Any) -> Any:
    lists = isinstance(columns[0], list)
    return list(chain(*columns)) if lists else np.concatenate(columns)


def _rows(batch: Any, rows: Any) -> Any:
    return map_columns(itemgetter(rows), batch)


def _put(rows: NDArray[np.int64], column: NDArray[Any], new: NDArray[Any]) -> None:
    if (new.dtype, new.shape[1:]) != (column.dtype, column.shape[1:]):
        raise ValueError(
            "batches of a stream must have one dtype and row shape, got "
            f"{column.dtype} {column.shape[1:]} and {new.dtype} {new.shape[1:]}"
        )
    column[rows] = new
