"""What a worker does, wherever it runs: fetch samples and make batches of them.

`Fetcher` is that work. The loader calls it itself when it has no workers; `threads` and
`processes` call it in theirs. Both kinds of workers offer `submit` and `collect`, and `in_order`
drives either: it keeps a bounded number of batches under way and hands them on in a fixed order.
`get_worker_info` tells a dataset in which worker it is, so that a stream can be split.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, Protocol

import numpy as np

from reference_impl.collate import default_collate
from reference_impl.dataset import IterableDataset, at_epoch, batch_length, prefetch

GRACE = 1.0  # seconds that workers get to finish what they are at when they are stopped


class WorkerInfo(NamedTuple):
    """Who a worker is: `id` from 0 below `num_workers`, a `seed` of its own, its `dataset`."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


class End:
    """What a worker whose stream is over answers."""


class _Here(threading.local):
    info: WorkerInfo | None = None


_here = _Here()


def get_worker_info() -> WorkerInfo | None:
    """Which worker this is, or None outside of workers.

    A stream must be split over workers, or each of them delivers all of it:

    >>> class Numbers(IterableDataset[int]):
    ...     def __iter__(self) -> Iterator[int]:
    ...         info = get_worker_info()
    ...         first, step = (info.id, info.num_workers) if info else (0, 1)
    ...         return iter(range(first, 8, step))
    >>> from reference_impl.loader import DataLoader
    >>> [batch.tolist() for batch in DataLoader(Numbers(), batch_size=2, num_workers=2)]
    [[0, 2], [1, 3], [4, 6], [5, 7]]
    """
    return _here.info


class Fetcher(NamedTuple):
    """Loads from `dataset`: a batch of given indices, one sample, or a stream of batches.

    `place(samples, count)` replaces `default_collate` where a worker has a place for the batch.
    """

    dataset: Any
    collate_fn: Callable[[Any], Any] | None
    batch_size: int | None
    drop_last: bool
    batched: bool
    place: Callable[[Iterable[Any], int], Any] | None = None

    @property
    def streams(self) -> bool:
        """Whether the dataset brings its own order."""
        return isinstance(self.dataset, IterableDataset)

    @property
    def whole(self) -> bool:
        """Whether a batch is fetched in one call, and not sample by sample."""
        return self.collate_fn is None and hasattr(self.dataset, "__getitems__")

    def at_epoch(self, epoch: int) -> "Fetcher":
        """The same for the samples of `epoch`, where they depend on it."""
        return self._replace(dataset=at_epoch(self.dataset, epoch))

    def load(self, request: Any) -> Any:
        """The batch of the indices `request`, or the sample of that index without batches."""
        if not self.batched:
            sample = self.load_sample(request)
            return self.collate_fn(sample) if self.collate_fn else sample
        try:
            if not self.whole:
                indices = as_list(request)
                return self.join(map(self.load_sample, indices), len(indices))
            batch = self.dataset.__getitems__(request)
            return self.join(batch, len(batch)) if isinstance(batch, list) else batch
        except BaseException as error:
            name_samples(error, request)
            raise

    def load_sample(self, index: Any) -> Any:
        """One sample, not collated."""
        try:
            return self.dataset[index]
        except BaseException as error:
            name_samples(error, [index])
            raise

    def stream(self) -> Iterator[Any]:
        """The batches of an iterable dataset, or its samples without batches."""
        try:
            samples = iter(self.dataset)
            if self.batch_size is None:
                yield from map(self.collate_fn, samples) if self.collate_fn else samples
                return
            take = None if self.collate_fn else getattr(samples, "take", None)
            take = take or (lambda count: list(islice(samples, count)) or None)
            while (batch := take(self.batch_size)) is not None:
                if self.drop_last and batch_length(batch) < self.batch_size:
                    return
                yield self.join(batch, len(batch)) if isinstance(batch, list) else batch
        except Exception as error:
            name_samples(error, None)
            raise

    def join(self, samples: Iterable[Any], count: int) -> Any:
        """One batch of `count` samples."""
        if self.collate_fn is None and self.place is not None:
            return self.place(samples, count)
        return (self.collate_fn or default_collate)(list(samples))


class Setup(NamedTuple):
    """What workers are made from: the loader's options that concern them."""

    fetcher: Fetcher
    num_workers: int
    timeout: float
    worker_init_fn: Callable[[int], None] | None
    seed: int
    prefetch_factor: int

    def begin(self, worker: int) -> None:
        """Let the calling thread be `worker`, and run `worker_init_fn` in it."""
        seed = self.seed + worker
        _here.info = WorkerInfo(worker, self.num_workers, seed, self.fetcher.dataset)
        if self.worker_init_fn:
            self.worker_init_fn(worker)


class Workers(Protocol):
    """Threads or processes that load. What is submitted to one of them is collected in order."""

    num_workers: int

    def start(self, epoch: int) -> None:
        """Begin a pass over the data, and forget what an earlier one left."""

    def submit(self, worker: int, request: Any) -> Any:
        """Have `worker` load `request`; the ticket to collect it with."""

    def collect(self, worker: int, ticket: Any) -> Any:
        """The batch, End after the last one of a stream, or the error that loading raised."""

    def close(self) -> None:
        """Stop the workers and wait for them."""


def in_order(workers: Workers, requests: Iterator[Any], prefetch_factor: int) -> Iterator[Any]:
    """What `workers` load, in the order of `requests`, which go to them in turn.

    At most `prefetch_factor` batches a worker are under way. A worker whose stream has ended is
    left out of the turns that follow.
    """
    window: deque[tuple[int, Any]] = deque()

    def submit(worker: int) -> None:
        for request in islice(requests, 1):
            window.append((worker, workers.submit(worker, request)))

    for turn in range(workers.num_workers * prefetch_factor):
        submit(turn % workers.num_workers)
    while window:
        worker, ticket = window.popleft()
        batch = workers.collect(worker, ticket)
        if batch is not End:
            submit(worker)
            yield batch
        del batch


def read_ahead(dataset: Any, requests: Iterator[Any], count: int) -> Iterator[Any]:
    """`requests` as they are, each announced to `dataset` when `count` are still before it."""
    window: deque[Any] = deque()
    for request in requests:
        prefetch(dataset, request)
        window.append(request)
        if len(window) > count:
            yield window.popleft()
    yield from window


def overdue(worker: str, what: str, timeout: float) -> TimeoutError:
    """The error of a worker that takes too long for `what`."""
    return TimeoutError(
        f"{worker} has not finished {what} in timeout={timeout} seconds; "
        "look for what keeps it, or raise timeout"
    )


def as_list(indices: Any) -> list[Any]:
    """Indices as Python objects, one by one."""
    return indices.tolist() if isinstance(indices, np.ndarray) else list(indices)


def describe(request: Any) -> str:
    """What a request is about, for an error message.

    >>> describe(7), describe([3]), describe(np.arange(9))
    ('sample 7', 'sample 3', 'samples 0, 1, 2, 3 and 5 more')
    """
    if request is None:
        return "the next batch of the stream"
    if isinstance(request, str) or not hasattr(request, "__len__"):
        return f"sample {request!r}"
    names = [repr(index) for index in as_list(request)]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"sample{'s' * (len(names) != 1)} {', '.join(names[:4])}{more}"


def name_samples(error: BaseException, request: Any) -> None:
    """Note on `error` which samples it is about, unless the note is there."""
    if not any(note.startswith("while loading ") for note in getattr(error, "__notes__", ())):
        error.add_note(f"while loading {describe(request)}")
