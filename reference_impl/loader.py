"""The loader: a dataset, an order and a collate function make a stream of batches.

`DataLoader` is iterated once an epoch. It asks its batch sampler for the indices of a batch, the
dataset for those samples, in one call where the dataset has `__getitems__`, and collates them.
This version loads in the calling process, and only when a batch is asked for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any, Literal, cast

import numpy as np

from reference_impl.collate import default_collate
from reference_impl.dataset import Dataset, Indices, IterableDataset
from reference_impl.sampler import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    check_integer,
    count_batches,
    make_seed,
)


class DataLoader:
    """Batches of `dataset`, again each time it is iterated.

    Arguments mean what they mean in torch. Batches are NumPy arrays, or tuples, lists and dicts
    of them. `batch_size=None` yields samples one by one, uncollated. `collate_fn` gets the list
    of samples, read one by one; without one the dataset's `__getitems__` is used if it has it,
    and `default_collate` if not.

    With `shuffle=True` epoch `e` visits the samples in the order of
    `np.random.default_rng([seed, e]).permutation(n)`. Each `iter(loader)` starts the next epoch,
    and `set_epoch(e)` chooses it. `seed=None` draws a seed once; `loader.seed` reports it.

    Raises ValueError for bad or conflicting options, TypeError for a dataset that can be neither
    indexed nor iterated, NotImplementedError for `num_workers` above 0.

    >>> from reference_impl.dataset import TensorDataset
    >>> loader = DataLoader(TensorDataset(np.arange(5)), batch_size=2)
    >>> len(loader), [x.tolist() for (x,) in loader]
    (3, [[0, 1], [2, 3], [4]])
    """

    def __init__(
        self,
        dataset: Dataset[Any] | IterableDataset[Any] | Sequence[Any],
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        *,
        seed: int | None = None,
        prefetch_factor: int = 2,
        persistent_workers: bool = False,
        worker_type: Literal["thread", "process"] = "thread",
    ) -> None:
        self.dataset: Any = dataset
        self.num_workers = check_integer("num_workers", num_workers, minimum=0)
        self.collate_fn = collate_fn
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.seed = make_seed(seed)
        self.prefetch_factor = check_integer("prefetch_factor", prefetch_factor, minimum=1)
        self.persistent_workers = persistent_workers
        self.worker_type = worker_type
        self._check_workers()
        self._check_dataset(shuffle, sampler, batch_sampler)
        self._choose_order(batch_size, shuffle, sampler, batch_sampler, drop_last)

    def _check_workers(self) -> None:
        if self.worker_type not in ("thread", "process"):
            raise ValueError(f"worker_type must be 'thread' or 'process', got {self.worker_type!r}")
        if not self.timeout >= 0:
            raise ValueError(f"timeout must be 0 or more seconds, got {self.timeout}")
        if self.num_workers > 0:
            raise NotImplementedError(
                f"num_workers={self.num_workers}: this version loads in the calling process; "
                "use num_workers=0"
            )
        if self.persistent_workers:
            raise ValueError("persistent_workers=True needs num_workers above 0, got 0")

    def _check_dataset(self, shuffle: bool, sampler: Any, batch_sampler: Any) -> None:
        name = type(self.dataset).__name__
        if not isinstance(self.dataset, IterableDataset):
            if not hasattr(self.dataset, "__getitem__"):
                raise TypeError(
                    f"dataset must have __len__ and __getitem__ or be an IterableDataset, "
                    f"got {name}"
                )
        elif shuffle or sampler is not None or batch_sampler is not None:
            raise ValueError(
                f"{name} is an IterableDataset and brings its own order; "
                "leave out shuffle, sampler and batch_sampler"
            )

    def _choose_order(
        self, batch_size: int | None, shuffle: bool, sampler: Any, batch_sampler: Any, drop: bool
    ) -> None:
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop:
                raise ValueError(
                    "batch_sampler decides every batch alone; "
                    "leave out batch_size, shuffle, sampler and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop:
            raise ValueError("drop_last=True needs batches, got batch_size=None; leave one out")
        elif batch_size is not None:
            batch_size = check_integer("batch_size", batch_size, minimum=1)
        if sampler is not None and shuffle:
            raise ValueError("sampler decides the order alone; leave out shuffle=True")
        if sampler is None and not isinstance(self.dataset, IterableDataset):
            sampler = (
                RandomSampler(self.dataset, seed=self.seed)
                if shuffle
                else SequentialSampler(self.dataset)
            )
        if batch_size is not None and sampler is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop)
        self.batch_size = batch_size
        self.drop_last = drop
        self.sampler = sampler
        self.batch_sampler = batch_sampler

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one, counted from 0. An order without epochs stays as it is."""
        order = self.sampler if self.batch_sampler is None else self.batch_sampler
        if hasattr(order, "set_epoch"):
            order.set_epoch(epoch)

    def __len__(self) -> int:
        """The number of batches in an epoch; TypeError where the dataset has no length."""
        if not isinstance(self.dataset, IterableDataset):
            return len(self.sampler if self.batch_sampler is None else self.batch_sampler)
        samples = len(cast(Sized, self.dataset))
        if self.batch_size is None:
            return samples
        return count_batches(samples, self.batch_size, self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        """Start the next epoch."""
        if isinstance(self.dataset, IterableDataset):
            return self._stream(iter(self.dataset))
        if self.batch_sampler is None:
            return (self._load_sample(index) for index in iter(self.sampler))
        return (self._load_batch(indices) for indices in iter(self.batch_sampler))

    def _stream(self, samples: Iterator[Any]) -> Iterator[Any]:
        if self.batch_size is None:
            yield from map(self.collate_fn, samples) if self.collate_fn else samples
            return
        while batch := list(islice(samples, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield self._collate(batch)

    def _load_sample(self, index: Any) -> Any:
        sample = self.dataset[index]
        return self.collate_fn(sample) if self.collate_fn else sample

    def _load_batch(self, indices: Indices) -> Any:
        fetch = getattr(self.dataset, "__getitems__", None)
        if fetch is None or self.collate_fn is not None:
            singly = indices.tolist() if isinstance(indices, np.ndarray) else indices
            return self._collate([self.dataset[index] for index in singly])
        batch = fetch(indices)
        return self._collate(batch) if isinstance(batch, list) else batch

    def _collate(self, samples: list[Any]) -> Any:
        return (self.collate_fn or default_collate)(samples)
