"""Worker threads: they share the dataset, and their batches are handed over as they are.

Threads help where loading waits, or works outside Python's lock: reads, decoding, NumPy on large
arrays. A dataset without a batched fetch is loaded sample by sample, each by whichever thread is
free, so that several threads work on one batch; the one that brings the last sample collates.

A thread cannot be stopped from outside. One that is in the middle of a sample when the loader is
done ends with that sample; it is a daemon, and does not keep the interpreter from ending.
"""

import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from time import monotonic
from typing import Any

from reference_impl.worker import (
    GRACE,
    End,
    Fetcher,
    Setup,
    as_list,
    describe,
    get_worker_info,
    name_samples,
    overdue,
)

Task = Callable[[], None]


class Ticket:
    """The promise of an answer, about `what`."""

    def __init__(self, what: Callable[[], str]) -> None:
        self.answer: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self.what = what

    def keep(self, load: Callable[[], Any]) -> None:
        """Load, in a worker, and answer with what came of it."""
        try:
            self.answer.put((load(), None))
        except BaseException as error:
            self.answer.put((None, _signed(error)))


class BatchBySamples:
    """A batch whose samples are loaded by several threads; the last to be done collates."""

    def __init__(self, fetcher: Fetcher, indices: list[Any]) -> None:
        self.ticket = Ticket(partial(describe, indices))
        self._fetcher = fetcher
        self._indices = indices
        self._samples: list[Any] = [None] * len(indices)
        self._errors: dict[int, BaseException] = {}
        self._missing = len(indices)
        self._lock = Lock()

    def load(self, position: int) -> None:
        """Load one of the samples."""
        try:
            self._samples[position] = self._fetcher.load_sample(self._indices[position])
        except BaseException as error:
            self._errors[position] = _signed(error)
        with self._lock:
            self._missing -= 1
            done = not self._missing
        if done:
            self.ticket.keep(self._collate)

    def _collate(self) -> Any:
        if self._errors:
            raise self._errors[min(self._errors)]
        try:
            return self._fetcher.join(self._samples, len(self._samples))
        except BaseException as error:
            name_samples(error, self._indices)
            raise


class ThreadWorkers:
    """Threads that load with the fetcher of `setup`.

    Raises what `worker_init_fn` raises, and TimeoutError where a batch is not there in time.
    """

    def __init__(self, setup: Setup) -> None:
        self.num_workers = setup.num_workers
        self._timeout = setup.timeout
        self._fetcher = self._bound = setup.fetcher
        shared: SimpleQueue[Task | None] = SimpleQueue()
        # A stream belongs to one worker, so its tasks must reach that one.
        streams = setup.fetcher.streams
        self._tasks = [SimpleQueue() if streams else shared for _ in range(self.num_workers)]
        self._streams: list[Iterator[Any]] = []
        threads: list[Thread] = []
        self._stop = weakref.finalize(self, _stop, self._tasks, threads)
        self._starts = [Ticket(lambda: "worker_init_fn") for _ in self._tasks]
        for worker, tasks in enumerate(self._tasks):
            arguments = (tasks, partial(setup.begin, worker), self._starts[worker])
            name = f"DataLoader worker {worker}"
            threads.append(Thread(target=_work, args=arguments, name=name, daemon=True))
            threads[-1].start()

    def start(self, epoch: int) -> None:
        """Begin a pass over the data, and forget what an earlier one left."""
        for worker, ticket in enumerate(self._starts):
            self.collect(worker, ticket)
        self._starts = []
        _drop(self._tasks)
        self._bound = self._fetcher.at_epoch(epoch)
        self._streams = [self._bound.stream() for _ in range(self.num_workers)]

    def submit(self, worker: int, request: Any) -> Ticket:
        """Have `worker` load `request`, or any of the threads where it is no stream."""
        fetcher = self._bound
        if fetcher.batched and not fetcher.whole and not fetcher.streams and len(request):
            batch = BatchBySamples(fetcher, as_list(request))
            for position in range(len(request)):
                self._tasks[worker].put(partial(batch.load, position))
            return batch.ticket
        load = partial(fetcher.load, request)
        if fetcher.streams:
            load = partial(next, self._streams[worker], End)
        ticket = Ticket(partial(describe, request))
        self._tasks[worker].put(partial(ticket.keep, load))
        return ticket

    def collect(self, worker: int, ticket: Ticket) -> Any:
        """The batch, End after the last one of a stream, or the error that loading raised."""
        try:
            batch, error = ticket.answer.get(timeout=self._timeout or None)
        except Empty:
            raise overdue(f"worker {worker} (thread)", ticket.what(), self._timeout) from None
        try:
            if error is not None:
                raise error
            return batch
        finally:
            del batch, error  # an error whose traceback leads back to it would stay for long

    def close(self) -> None:
        """Stop the threads and wait for them."""
        self._stop()


def _work(tasks: "SimpleQueue[Task | None]", begin: Task, started: Ticket) -> None:
    started.keep(begin)
    while task := tasks.get():
        task()
        del task  # or its batch would live until the next task


def _drop(queues: "list[SimpleQueue[Task | None]]") -> None:
    for tasks in queues:
        with suppress(Empty):
            while True:
                tasks.get_nowait()


def _stop(queues: "list[SimpleQueue[Task | None]]", threads: list[Thread]) -> None:
    _drop(queues)
    for tasks in queues:
        tasks.put(None)
    deadline = monotonic() + GRACE
    for thread in threads:
        if thread is not current_thread():  # the garbage collector may run in a worker
            thread.join(max(0.0, deadline - monotonic()))


def _signed(error: BaseException) -> BaseException:
    """`error` with a note on which thread raised it."""
    info = get_worker_info()
    if info is not None and not any("(thread)" in n for n in getattr(error, "__notes__", ())):
        error.add_note(f"in worker {info.id} (thread)")
    return error
