"""Samplers: in which order samples are visited, and how they are cut into batches.

A sampler is iterated once an epoch and yields indices. The samplers here hold an epoch's order
as one int64 array, 8 bytes an index, and `BatchSampler` cuts batches from it as views. A shuffled
order is a function of (seed, epoch) alone, so that any epoch can be named and made again.
"""

import operator
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from reference_impl.dataset import Indices
from reference_impl.randomness import shuffled

T_co = TypeVar("T_co", covariant=True)


class Sampler(ABC, Generic[T_co]):
    """Yields the indices of an epoch; `__len__` says how many, where that is known."""

    @abstractmethod
    def __iter__(self) -> Iterator[T_co]:
        """The indices of the next epoch."""


class SeededSampler(Sampler[T_co]):
    """A sampler whose order is a function of (seed, epoch).

    `seed=None` draws a seed once, kept in `.seed`. Each iteration starts the next epoch: `.epoch`.
    """

    def __init__(self, seed: int | None) -> None:
        self.seed = make_seed(seed)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one, counted from 0."""
        self.epoch = check_integer("epoch", epoch, minimum=0)

    def _start_epoch(self) -> "np.random.Generator":
        self.epoch += 1
        return np.random.default_rng([self.seed, self.epoch - 1])


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


class RandomSampler(SeededSampler[int]):
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
        super().__init__(seed)
        self._num_samples = num_samples

    @property
    def num_samples(self) -> int:
        """The number of indices in an epoch."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __len__(self) -> int:
        return self.num_samples

    def __iter__(self) -> OrderIterator:
        rng = self._start_epoch()
        n, wanted = len(self.data_source), self.num_samples
        if self.replacement and n:
            return OrderIterator(rng.integers(n, size=wanted))
        order = rng.permutation(n)
        while len(order) < wanted:
            order = np.concatenate([order, rng.permutation(n)])
        return OrderIterator(order[:wanted])


class LazyRandomSampler(SeededSampler[int]):
    """Every index once in random order, in constant memory and from the first index at once.

    For sources of which even the order is too large to hold. The order is made piece by piece by
    `randomness.shuffled`, and is another one than that of `RandomSampler`.

    >>> sampler = LazyRandomSampler(range(10**12), seed=0)
    >>> len(set(iter(sampler).take(1000).tolist()))
    1000
    """

    def __init__(self, data_source: Sized, seed: int | None = None) -> None:
        self.data_source = data_source
        super().__init__(seed)

    def __len__(self) -> int:
        return len(self.data_source)

    def __iter__(self) -> OrderIterator:
        self.epoch += 1
        return _LazyOrder(self.seed, self.epoch - 1, len(self.data_source))


class _LazyOrder(OrderIterator):
    """An order of which only one piece exists at a time."""

    PIECE = 8192

    def __init__(self, seed: int, epoch: int, length: int) -> None:
        super().__init__(np.empty(0, np.int64))
        self._seed, self._epoch, self._length, self._made = seed, epoch, length, 0

    def __next__(self) -> int:
        self._make(1)
        return super().__next__()

    def take(self, count: int) -> NDArray[np.int64]:
        self._make(count)
        return super().take(count)

    def _make(self, count: int) -> None:
        """Have at least `count` indices ready, unless the order ends before."""
        if len(self._order) - self._position >= count or self._made == self._length:
            return
        stop = min(self._made + max(count, self.PIECE), self._length)
        piece = shuffled(self._seed, self._epoch, np.arange(self._made, stop), self._length)
        self._order = np.concatenate([self._order[self._position :], piece])
        self._position, self._made = 0, stop


class WeightedRandomSampler(SeededSampler[int]):
    """`num_samples` indices, each drawn with a probability in proportion to its weight.

    Without replacement no index comes twice in an epoch; the next is always drawn in proportion
    among those that are left. Epochs and `seed` are as in `RandomSampler`.

    Raises ValueError for weights that are negative, not finite or all 0, and for more samples
    without replacement than there are weights above 0.

    >>> list(WeightedRandomSampler([0, 1, 0], num_samples=4, seed=0))
    [1, 1, 1, 1]
    """

    def __init__(
        self,
        weights: Sequence[float] | NDArray[Any],
        num_samples: int,
        replacement: bool = True,
        seed: int | None = None,
    ) -> None:
        self.weights = np.asarray(weights, np.float64)
        self.num_samples = check_integer("num_samples", num_samples, minimum=1)
        self.replacement = replacement
        super().__init__(seed)
        good = self.weights.ndim == 1 and np.isfinite(self.weights).all()
        if not good or (self.weights < 0).any() or not self.weights.any():
            raise ValueError("weights must be finite numbers of at least 0, and one above 0")
        positive = np.count_nonzero(self.weights)
        if not replacement and num_samples > positive:
            raise ValueError(
                f"cannot draw num_samples={num_samples} without replacement from "
                f"{positive} weights above 0"
            )

    def __len__(self) -> int:
        return self.num_samples

    def __iter__(self) -> OrderIterator:
        rng = self._start_epoch()
        if self.replacement:
            ends = np.cumsum(self.weights)
            return OrderIterator(
                np.searchsorted(ends, rng.random(self.num_samples) * ends[-1], side="right")
            )
        # Each index waits an exponential time at the rate of its weight; the first ones come.
        with np.errstate(divide="ignore"):
            waits = rng.standard_exponential(len(self.weights)) / self.weights
        return OrderIterator(np.argsort(waits)[: self.num_samples])


class ClassBalancedBatchSampler(SeededSampler[Indices]):
    """Batches that hold every class equally often, give or take one.

    `labels` are class numbers or names, one a sample. The samples of a class come in random
    order, all of them before any again: few samples are repeated in an epoch, many are left for
    the next. An epoch has `num_batches` batches, by default `len(labels) // batch_size`, at
    least 1.

    Raises ValueError for labels that are empty or not 1-D, and other numbers below 1.

    >>> labels = np.array([0, 0, 0, 0, 0, 1])
    >>> for batch in ClassBalancedBatchSampler(labels, batch_size=2, seed=0):
    ...     print(sorted(labels[batch].tolist()))
    [0, 1]
    [0, 1]
    [0, 1]
    """

    def __init__(
        self,
        labels: Sequence[Any] | NDArray[Any],
        batch_size: int,
        num_batches: int | None = None,
        seed: int | None = None,
    ) -> None:
        array = np.asarray(labels)
        if array.ndim != 1 or not len(array):
            raise ValueError(
                f"labels must be a list or 1-D array that is not empty, got shape {array.shape}"
            )
        self.batch_size = check_integer("batch_size", batch_size, minimum=1)
        if num_batches is None:
            num_batches = max(1, len(array) // self.batch_size)
        self.num_batches = check_integer("num_batches", num_batches, minimum=1)
        classes, counts = np.unique_counts(array)
        by_class = np.argsort(array, kind="stable")
        self.members = dict(
            zip(classes.tolist(), np.split(by_class, np.cumsum(counts)[:-1]), strict=True)
        )
        super().__init__(seed)

    def __len__(self) -> int:
        return self.num_batches

    def __iter__(self) -> Iterator[Indices]:
        rng = self._start_epoch()
        order = np.empty(self.num_batches * self.batch_size, np.int64)
        # Dealt in turn like cards, no class is more than one ahead in any batch.
        for turn, which in enumerate(rng.permutation(len(self.members))):
            members = list(self.members.values())[which]
            places = order[turn :: len(self.members)]
            for start in range(0, len(places), len(members)):
                part = places[start : start + len(members)]
                part[:] = rng.permutation(members)[: len(part)]
        return iter(rng.permuted(order.reshape(self.num_batches, self.batch_size), axis=1))


class DistributedSampler(SeededSampler[int]):
    """The part of each epoch's order that belongs to process `rank` of `num_replicas`.

    All ranks must be given the same `seed`: they make the same order, and rank r takes every
    `num_replicas`-th index from place r. Ranks get equally many: the order is continued from its
    start, or with `drop_last=True` cut off. `num_replicas` and `rank` are read from the variables
    WORLD_SIZE and RANK, which torchrun sets, where they are not given. Unlike torch's, each
    iteration starts the next epoch even without `set_epoch`.

    Raises ValueError where they are nowhere given, or rank is not below num_replicas.

    >>> ranks = [DistributedSampler(range(5), 2, rank, shuffle=False) for rank in (0, 1)]
    >>> list(ranks[0]), list(ranks[1])
    ([0, 2, 4], [1, 3, 0])
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        self.dataset = dataset
        self.num_replicas = check_integer(
            "num_replicas", _given("num_replicas", num_replicas, "WORLD_SIZE"), minimum=1
        )
        self.rank = check_integer("rank", _given("rank", rank, "RANK"), minimum=0)
        if self.rank >= self.num_replicas:
            raise ValueError(
                f"rank must be below num_replicas={self.num_replicas}, got {self.rank}"
            )
        self.shuffle = shuffle
        super().__init__(check_integer("seed", seed, minimum=0))
        self.drop_last = drop_last

    def __len__(self) -> int:
        return count_batches(len(self.dataset), self.num_replicas, self.drop_last)

    def __iter__(self) -> OrderIterator:
        rng = self._start_epoch()
        n = len(self.dataset)
        order = rng.permutation(n) if self.shuffle else np.arange(n, dtype=np.int64)
        total = len(self) * self.num_replicas
        order = order[:total] if total <= n else np.resize(order, total)
        return OrderIterator(order[self.rank :: self.num_replicas])


class BlockShuffleSampler(SeededSampler[int]):
    """Every index once, in an order that a disk can follow: blocks at random, then mixed.

    The source is cut into blocks of `block_size` consecutive indices. `blocks_mixed` random
    blocks at a time are shuffled together. Larger blocks are read faster, more blocks mixed are
    closer to a true shuffle.

    Raises ValueError where block_size or blocks_mixed is not a positive integer.

    >>> list(BlockShuffleSampler(range(6), block_size=3, blocks_mixed=1, seed=1))
    [0, 1, 2, 5, 3, 4]
    """

    def __init__(
        self, data_source: Sized, block_size: int, blocks_mixed: int, seed: int | None = None
    ) -> None:
        self.data_source = data_source
        self.block_size = check_integer("block_size", block_size, minimum=1)
        self.blocks_mixed = check_integer("blocks_mixed", blocks_mixed, minimum=1)
        super().__init__(seed)

    def __len__(self) -> int:
        return len(self.data_source)

    def __iter__(self) -> OrderIterator:
        rng = self._start_epoch()
        n = len(self.data_source)
        starts = rng.permutation(count_batches(n, self.block_size, False)) * self.block_size
        order, position = np.empty(n, np.int64), 0
        for first in range(0, len(starts), self.blocks_mixed):
            blocks = starts[first : first + self.blocks_mixed, None] + np.arange(self.block_size)
            mixed = rng.permutation(blocks[blocks < n])
            order[position : position + len(mixed)] = mixed
            position += len(mixed)
        return OrderIterator(order)


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


def _given(name: str, value: int | None, variable: str) -> int:
    """`value`, or what the environment says."""
    if value is not None:
        return value
    text = os.environ.get(variable, "")
    if not text.isdecimal():
        raise ValueError(
            f"DistributedSampler needs {name}; pass it, or start with torchrun, which sets "
            f"{variable} (it is {text!r})"
        )
    return int(text)


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
