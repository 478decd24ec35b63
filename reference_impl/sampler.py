"""Samplers: in which order samples are visited, and how they are cut into batches.

A sampler is iterated once an epoch and yields indices. The samplers here hold an epoch's order
as one int64 array, 8 bytes an index, and `BatchSampler` cuts batches from it as views. A shuffled
order is a function of (seed, epoch) alone, so that any epoch can be named and made again.
"""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sized
from itertools import islice
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from reference_impl.dataset import Indices

T_co = TypeVar("T_co", covariant=True)


class Sampler(ABC, Generic[T_co]):
    """Yields the indices of an epoch; `__len__` says how many, where that is known."""

    @abstractmethod
    def __iter__(self) -> Iterator[T_co]:
        """The indices of the next epoch."""


class OrderIterator(Iterator[int]):
    """Walks an order that is one int64 array, index by index or several at a time.

    >>> order = OrderIterator(np.array([3, 1, 2, 0]))
    >>> next(order), order.take(2), list(order)
    (3, array([1, 2]), [0])
    """

    def __init__(self, order: NDArray[np.int64]) -> None:
        self._order = order
        self._position = 0

    def __next__(self) -> int:
        if self._position == len(self._order):
            raise StopIteration
        self._position += 1
        return int(self._order[self._position - 1])

    def take(self, count: int) -> NDArray[np.int64]:
        """The next `count` indices as a view; fewer at the end, then none."""
        chunk = self._order[self._position : self._position + count]
        self._position += len(chunk)
        return chunk


class SequentialSampler(Sampler[int]):
    """Every index once, in order.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __len__(self) -> int:
        return len(self.data_source)

    def __iter__(self) -> OrderIterator:
        return OrderIterator(np.arange(len(self.data_source), dtype=np.int64))


class RandomSampler(Sampler[int]):
    """Indices in random order, a new order each epoch.

    Without replacement, epoch `e` is `np.random.default_rng([seed, e]).permutation(n)`; more
    samples than `n` run on into further permutations. With replacement each index is an
    independent draw. `seed=None` draws a seed once, kept in `.seed`; `.epoch` is the next epoch.

    Raises ValueError for a bad `num_samples` or `seed`.

    >>> sampler = RandomSampler(range(5), seed=0)
    >>> first, second = list(sampler), list(sampler)
    >>> sampler.set_epoch(0)
    >>> first == second, first == list(sampler)
    (False, True)
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        seed: int | None = None,
    ) -> None:
        if num_samples is not None:
            num_samples = check_integer("num_samples", num_samples, minimum=1)
            if len(data_source) == 0:
                raise ValueError(f"cannot draw num_samples={num_samples} from an empty data source")
        self.data_source = data_source
        self.replacement = replacement
        self.seed = make_seed(seed)
        self.epoch = 0
        self._num_samples = num_samples

    @property
    def num_samples(self) -> int:
        """The number of indices in an epoch."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one, counted from 0."""
        self.epoch = check_integer("epoch", epoch, minimum=0)

    def __iter__(self) -> OrderIterator:
        rng = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        n, wanted = len(self.data_source), self.num_samples
        if self.replacement and n:
            return OrderIterator(rng.integers(n, size=wanted))
        order = rng.permutation(n)
        while len(order) < wanted:
            order = np.concatenate([order, rng.permutation(n)])
        return OrderIterator(order[:wanted])


class BatchSampler(Sampler[Indices]):
    """Cuts the indices of another sampler into batches of `batch_size`.

    The last batch holds what is left, or is left out with `drop_last=True`. A batch is an int64
    array; it is a list if the sampler is not one of this module.

    Raises ValueError if `batch_size` is not a positive integer.

    >>> [batch.tolist() for batch in BatchSampler(SequentialSampler("abcde"), 2, drop_last=False)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        self.sampler = sampler
        self.batch_size = check_integer("batch_size", batch_size, minimum=1)
        self.drop_last = drop_last

    def __len__(self) -> int:
        return count_batches(len(cast(Sized, self.sampler)), self.batch_size, self.drop_last)

    def set_epoch(self, epoch: int) -> None:
        """Pass `epoch` on to the sampler, if it has epochs."""
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(epoch)

    def __iter__(self) -> Iterator[Indices]:
        indices = iter(self.sampler)
        if isinstance(indices, OrderIterator):
            return self._batches(indices.take)
        return self._batches(lambda count: list(islice(indices, count)))

    def _batches(self, take: Callable[[int], Indices]) -> Iterator[Indices]:
        while len(batch := take(self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch


def count_batches(samples: int, batch_size: int, drop_last: bool) -> int:
    """The number of batches that `samples` make.

    >>> count_batches(10, 4, drop_last=False), count_batches(10, 4, drop_last=True)
    (3, 2)
    """
    full, rest = divmod(samples, batch_size)
    return full if drop_last or not rest else full + 1


def make_seed(seed: int | None) -> int:
    """`seed` itself, or for None a fresh one of 32 bits from the operating system.

    Raises ValueError if it is not a non-negative integer.
    """
    if seed is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return check_integer("seed", seed, minimum=0)


def check_integer(name: str, value: Any, minimum: int) -> int:
    """`value` as an int.

    Raises ValueError if it is not an integer, or below `minimum`, which is 0 or 1.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = minimum - 1
    if number < minimum or isinstance(value, bool):
        wanted = "positive" if minimum else "non-negative"
        raise ValueError(f"{name} must be a {wanted} integer, got {value!r}")
    return number
