"""The loader: a dataset, an order and a collate function make a stream of batches.

`DataLoader` is iterated once an epoch. It asks its batch sampler for the indices of a batch, the
dataset for those samples, in one call where the dataset has `__getitems__`, and collates them.
Without workers that happens when a batch is asked for; with them, a bounded number of batches
ahead, in the same order.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from itertools import islice, repeat
from typing import Any, Literal, cast

from reference_impl.dataset import Dataset, IterableDataset
from reference_impl.sampler import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    check_integer,
    count_batches,
    make_seed,
)
from reference_impl.worker import Fetcher, Setup, Workers, in_order, read_ahead

READ_AHEAD = 4  # batches that a dataset which can read ahead is told of before they are loaded


class DataLoader:
    """Batches of `dataset`, again each time it is iterated.

    Arguments mean what they mean in torch. Batches are NumPy arrays, or tuples, lists and dicts
    of them. `batch_size=None` yields samples one by one, uncollated. `collate_fn` gets the list
    of samples, read one by one; without one the dataset's `__getitems__` is used if it has it,
    and `default_collate` if not.

    With `shuffle=True` epoch `e` visits the samples in the order of
    `np.random.default_rng([seed, e]).permutation(n)`. Each `iter(loader)` starts the next epoch,
    and `set_epoch(e)` chooses it. `seed=None` draws a seed once; `loader.seed` reports it.

    `num_workers` threads or processes (`worker_type`) load `prefetch_factor` batches each ahead
    of the loop. Whatever their number, the batches are the same, in the same order. They end with
    the iteration, however that ends; `persistent_workers=True` keeps them for the next one.
    `timeout` is how many seconds a batch may take, 0 for any; `worker_init_fn(id)` runs in each
    worker first. Processes are spawned: dataset and functions must be importable and picklable.

    Raises ValueError for bad or conflicting options, TypeError for a dataset that can be neither
    indexed nor iterated. An error in a worker is raised here, with notes on worker and samples.

    >>> from reference_impl.dataset import TensorDataset
    >>> loader = DataLoader(TensorDataset([0, 1, 2, 3, 4]), batch_size=2)
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
        self._check(shuffle, sampler, batch_sampler)
        self._choose_order(batch_size, shuffle, sampler, batch_sampler, drop_last)
        self._own_sampler = sampler is None and batch_sampler is None
        self._epoch = 0
        self._skip = 0
        self._pass: Pass | None = None
        self._parked: Workers | None = None

    def _check(self, shuffle: bool, sampler: Any, batch_sampler: Any) -> None:
        if self.worker_type not in ("thread", "process"):
            raise ValueError(f"worker_type must be 'thread' or 'process', got {self.worker_type!r}")
        if not self.timeout >= 0:
            raise ValueError(f"timeout must be 0 or more seconds, got {self.timeout}")
        if self.persistent_workers and not self.num_workers:
            raise ValueError("persistent_workers=True needs num_workers above 0, got 0")
        name = type(self.dataset).__name__
        if isinstance(self.dataset, IterableDataset):
            if shuffle or sampler is not None or batch_sampler is not None:
                raise ValueError(
                    f"{name} is an IterableDataset and brings its own order; "
                    "leave out shuffle, sampler and batch_sampler"
                )
        elif not hasattr(self.dataset, "__getitem__"):
            raise TypeError(
                f"dataset must have __len__ and __getitem__ or be an IterableDataset, got {name}"
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
            sampler = SequentialSampler(self.dataset)
            if shuffle:
                sampler = RandomSampler(self.dataset, seed=self.seed)
        if batch_size is not None and sampler is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop)
        self.batch_size = batch_size
        self.drop_last = drop
        self.sampler = sampler
        self.batch_sampler = batch_sampler

    @property
    def _order(self) -> Any:
        """What is iterated for an epoch's indices."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one, counted from 0. An order without epochs stays as it is."""
        epoch = check_integer("epoch", epoch, minimum=0)
        if epoch != self._next_epoch():
            self._skip = 0
        self._epoch = epoch
        if hasattr(self._order, "set_epoch"):
            self._order.set_epoch(epoch)

    def _next_epoch(self) -> int:
        """As the sampler counts, if it counts epochs; or else as the loader does."""
        order = self._order
        while order is not None and not hasattr(order, "epoch"):
            order = getattr(order, "sampler", None)
        return self._epoch if order is None else int(order.epoch)

    def state_dict(self) -> dict[str, int | None]:
        """Where the iteration that was started last is, as plain values that can be saved.

        Batches count when they are handed over, not when a worker has them ready.
        """
        state = {name: getattr(self, name) for name in ("seed", *self._fixed)}
        if self._pass is None or self._pass.finished:
            return {**state, "epoch": self._next_epoch(), "batches": self._skip}
        return {**state, "epoch": self._pass.epoch, "batches": self._pass.batches}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Let the next iteration go on where `state` was taken, with the very next sample.

        The loader must be made as the one that was saved; its workers may differ. Batches seen
        are passed over without loading them. Those of an iterable dataset have to be loaded to
        be passed over, and its number of workers, which decides the order, must be the same.

        Raises ValueError where the loader is made otherwise.
        """
        for name in self._fixed:
            if getattr(self, name) != state[name]:
                raise ValueError(
                    f"the state was saved with {name}={state[name]}, and this loader has "
                    f"{name}={getattr(self, name)}; make it with {name}={state[name]}"
                )
        self.seed = state["seed"]
        if self._own_sampler and hasattr(self.sampler, "seed"):
            self.sampler.seed = self.seed
        self.set_epoch(state["epoch"])
        self._skip = state["batches"]
        self._pass = None

    @property
    def _fixed(self) -> tuple[str, ...]:
        """What a loader that goes on must have in common with the one that was saved."""
        streams = isinstance(self.dataset, IterableDataset)
        return ("batch_size", "drop_last", *(["num_workers"] if streams else []))

    def __len__(self) -> int:
        """The number of batches in an epoch; TypeError where the dataset has no length."""
        if not isinstance(self.dataset, IterableDataset):
            return len(self._order)
        samples = len(cast(Sized, self.dataset))
        if self.batch_size is None:
            return samples
        return count_batches(samples, self.batch_size, self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        """Start the next epoch; workers start with its first batch."""
        current = self._pass = Pass(self._next_epoch(), self._skip)
        self._epoch = current.epoch + 1
        self._skip = 0
        load = self._load_with_workers if self.num_workers else self._load_here
        batches: Iterator[Any]
        if isinstance(self.dataset, IterableDataset):
            batches = islice(load(current.epoch, repeat(None)), current.batches, None)
        else:
            requests: Iterator[Any] = islice(self._order, current.batches, None)
            if self.batch_sampler is not None and hasattr(self.dataset, "prefetch"):
                # What workers are asked for is ahead already.
                ahead = 0 if self.num_workers else READ_AHEAD
                requests = read_ahead(self.dataset, requests, ahead)
            batches = load(current.epoch, requests)
        return self._count(batches, current)

    def _count(self, batches: Iterator[Any], current: "Pass") -> Iterator[Any]:
        for batch in batches:
            current.batches += 1
            yield batch
            del batch
        current.finished = True

    def _load_here(self, epoch: int, requests: Iterator[Any]) -> Iterator[Any]:
        fetcher = self._fetcher().at_epoch(epoch)
        return fetcher.stream() if fetcher.streams else map(fetcher.load, requests)

    def _load_with_workers(self, epoch: int, requests: Iterator[Any]) -> Iterator[Any]:
        workers, self._parked = self._parked or self._make_workers(), None
        keep = self.persistent_workers
        try:
            workers.start(epoch)
            yield from in_order(workers, requests, self.prefetch_factor)
        except GeneratorExit:  # the loop was left, and the workers are well
            raise
        except BaseException:
            keep = False
            raise
        finally:
            if keep and self._parked is None:
                self._parked = workers
            else:
                workers.close()

    def _fetcher(self) -> Fetcher:
        batched = self.batch_sampler is not None
        return Fetcher(self.dataset, self.collate_fn, self.batch_size, self.drop_last, batched)

    def _make_workers(self) -> Workers:
        options = (self.num_workers, self.timeout, self.worker_init_fn, self.seed)
        setup = Setup(self._fetcher(), *options, self.prefetch_factor)
        if self.worker_type == "thread":
            from reference_impl.threads import ThreadWorkers

            return ThreadWorkers(setup)
        from reference_impl.processes import ProcessWorkers

        return ProcessWorkers(setup)


class Pass:
    """One iteration over a loader: its epoch, and how many batches it has handed over."""

    def __init__(self, epoch: int, batches: int) -> None:
        self.epoch = epoch
        self.batches = batches
        self.finished = False
