"""Samplers: in which order samples are visited, and how they are cut into batches.

A sampler is iterated once an epoch and yields indices. The samplers here make an epoch's order
as int64 arrays, at most 8 bytes an index, and `BatchSampler` cuts batches from them as views. A
shuffled order is a function of (seed, epoch) alone, so that any epoch can be named and made again.
"""

import operator
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sized
from itertools import islice
from typing import Any, Generic, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.dataset import Indices, T_co
from reference_impl.randomness import shuffled

Seed = int | None


class Sampler(ABC, Generic[T_co]):
    """Yields the indices of an epoch; `__len__` says how many, where that is known."""

    @abstractmethod
    def __iter__(self) -> Iterator[T_co]:
        """The indices of the next epoch."""


class SeededSampler(Sampler[T_co]):
    """A sampler whose order of `data_source` is a function of (seed, epoch).

    `seed=None` draws a seed once, kept in `.seed`. Each iteration starts the next epoch: `.epoch`.
    """

    def __init__(self, data_source: Sized, seed: Seed = None) -> None:
        self.data_source = data_source
        self.seed = make_seed(seed)
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.data_source)

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one, counted from 0."""
        self.epoch = check_integer("epoch", epoch, minimum=0)

    def _start_epoch(self) -> "np.random.Generator":
        self.epoch += 1
        return np.random.default_rng([self.seed, self.epoch - 1])


class OrderIterator(Iterator[int]):
    """Walks an order that comes in pieces, int64 arrays, index by index or several at a time.

    >>> order = OrderIterator([np.array([3, 1]), np.array([2, 0])])
    >>> next(order), order.take(2), list(order)
    (3, array([1, 2]), [0])
    """

    def __init__(self, pieces: Iterable[NDArray[np.int64]]) -> None:
        self._pieces = iter(pieces)
        self._ready = next(self._pieces, np.empty(0, np.int64))

    def __next__(self) -> int:
        if not len(taken := self.take(1)):
            raise StopIteration
        return int(taken[0])

    def take(self, count: int) -> NDArray[np.int64]:
        """The next `count` indices, a view if one piece holds them; fewer at the end, then none."""
        if len(self._ready) < count:
            ready, missing = [self._ready], count - len(self._ready)
            while missing > 0 and (piece := next(self._pieces, None)) is not None:
                ready.append(piece)
                missing -= len(piece)
            self._ready = np.concatenate(ready)
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken


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
        return OrderIterator([np.arange(len(self.data_source), dtype=np.int64)])


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
        seed: Seed = None,
    ) -> None:
        super().__init__(data_source, seed)
        if num_samples is not None:
            num_samples = check_integer("num_samples", num_samples, minimum=1)
            if len(data_source) == 0:
                raise ValueError(f"cannot draw num_samples={num_samples} from an empty data source")
        self.replacement = replacement
        self.num_samples = num_samples

    def __len__(self) -> int:
        return self.num_samples or len(self.data_source)

    def __iter__(self) -> OrderIterator:
        rng = self._start_epoch()
        n, wanted = len(self.data_source), len(self)
        if self.replacement and n:
            return OrderIterator([rng.integers(n, size=wanted)])
        return OrderIterator(rng.permutation(n)[:left] for left in range(wanted, 0, -max(n, 1)))


class LazyRandomSampler(SeededSampler[int]):
    """Every index once in random order, in constant memory and from the first index at once.

    For sources of which even the order is too large to hold. The order is made piece by piece by
    `randomness.shuffled`, and is another one than that of `RandomSampler`.

    >>> sampler = LazyRandomSampler(range(10**12), seed=0)
    >>> len(set(iter(sampler).take(1000).tolist()))
    1000
    """

    PIECE = 8192

    def __iter__(self) -> OrderIterator:
        epoch, n = self.epoch, len(self)
        self.epoch += 1
        places = (np.arange(s, min(s + self.PIECE, n)) for s in range(0, n, self.PIECE))
        return OrderIterator(shuffled(self.seed, epoch, piece, n) for piece in places)


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
        self, weights: ArrayLike, num_samples: int, replacement: bool = True, seed: Seed = None
    ) -> None:
        self.weights = np.asarray(weights, np.float64)
        super().__init__(self.weights, seed)
        self.num_samples = check_integer("num_samples", num_samples, minimum=1)
        self.replacement = replacement
        good = self.weights.ndim == 1 and np.isfinite(self.weights).all()
        if not good or (self.weights < 0).any() or not self.weights.any():
            raise ValueError("weights must be finite numbers of at least 0, and one above 0")
        positive = np.count_nonzero(self.weights)
        if not replacement and num_samples > positive:
            wanted = f"num_samples={num_samples} without replacement"
            raise ValueError(f"cannot draw {wanted} from {positive} weights above 0")

    def __len__(self) -> int:
        return self.num_samples

    def __iter__(self) -> OrderIterator:
        rng, n = self._start_epoch(), len(self.weights)
        if self.replacement:
            chances = self.weights / self.weights.sum()
            return OrderIterator([rng.choice(n, self.num_samples, p=chances)])
        # Each index waits an exponential time at the rate of its weight; the first ones come.
        with np.errstate(divide="ignore"):
            waits = rng.standard_exponential(n) / self.weights
        return OrderIterator([np.argsort(waits)[: self.num_samples]])


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
        self, labels: ArrayLike, batch_size: int, num_batches: int | None = None, seed: Seed = None
    ) -> None:
        array = np.asarray(labels)
        if array.ndim != 1 or not len(array):
            wanted = "labels must be a list or 1-D array that is not empty"
            raise ValueError(f"{wanted}, got shape {array.shape}")
        super().__init__(array, seed)
        self.batch_size = check_integer("batch_size", batch_size, minimum=1)
        if num_batches is None:
            num_batches = max(1, len(array) // self.batch_size)
        self.num_batches = check_integer("num_batches", num_batches, minimum=1)
        _, counts = np.unique_counts(array)
        self.members = np.split(np.argsort(array, kind="stable"), np.cumsum(counts)[:-1])

    def __len__(self) -> int:
        return self.num_batches

    def __iter__(self) -> Iterator[Indices]:
        rng = self._start_epoch()
        order = np.empty(self.num_batches * self.batch_size, np.int64)
        # Dealt in turn like cards, no class is more than one ahead in any batch.
        for turn, which in enumerate(rng.permutation(len(self.members))):
            members, places = self.members[which], order[turn :: len(self.members)]
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
        super().__init__(dataset, check_integer("seed", seed, minimum=0))
        self.num_replicas = _given("num_replicas", num_replicas, "WORLD_SIZE", minimum=1)
        self.rank = _given("rank", rank, "RANK", minimum=0)
        if self.rank >= self.num_replicas:
            raise ValueError(
                f"rank must be below num_replicas={self.num_replicas}, got {self.rank}"
            )
        self.shuffle = shuffle
        self.drop_last = drop_last

    def __len__(self) -> int:
        return count_batches(len(self.data_source), self.num_replicas, self.drop_last)

    def __iter__(self) -> OrderIterator:
        rng = self._start_epoch()
        n = len(self.data_source)
        order = rng.permutation(n) if self.shuffle else np.arange(n, dtype=np.int64)
        total = len(self) * self.num_replicas
        order = order[:total] if total <= n else np.resize(order, total)
        return OrderIterator([order[self.rank :: self.num_replicas]])


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
        self, data_source: Sized, block_size: int, blocks_mixed: int, seed: Seed = None
    ) -> None:
        super().__init__(data_source, seed)
        self.block_size = check_integer("block_size", block_size, minimum=1)
        self.blocks_mixed = check_integer("blocks_mixed", blocks_mixed, minimum=1)

    def __iter__(self) -> OrderIterator:
        return OrderIterator(self._mixed_blocks(self._start_epoch(), len(self)))

    def _mixed_blocks(self, rng: "np.random.Generator", n: int) -> Iterator[NDArray[np.int64]]:
        starts = rng.permutation(count_batches(n, self.block_size, False)) * self.block_size
        for first in range(0, len(starts), self.blocks_mixed):
            blocks = starts[first : first + self.blocks_mixed, None] + np.arange(self.block_size)
            yield rng.permutation(blocks[blocks < n])


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


def _given(name: str, value: int | None, variable: str, minimum: int) -> int:
    """`value`, or what the environment says."""
    if value is None:
        text = os.environ.get(variable, "")
        if not text.isdecimal():
            advice = f"pass it, or start with torchrun, which sets {variable}"
            raise ValueError(f"DistributedSampler needs {name}; {advice} (it is {text!r})")
        value = int(text)
    return check_integer(name, value, minimum)


def make_seed(seed: Seed) -> int:
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
