"""Worker processes: each has its own copy of the dataset; batches come back through a ring.

Processes help where loading keeps Python itself busy. They are always spawned, never forked: a
fork copies locks and threads in whatever state they are, and a spawned worker behaves alike on
every system. What is spawned must be importable, so datasets are classes of a module.

Each worker has one pipe, and a thread beside the one that loads, which takes requests in and
notices the end of the parent, so a worker is gone at once when the parent is, whatever it is
busy with.
"""

import multiprocessing as mp
import os
import pickle
import signal
import traceback
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import DupFd, ForkingPickler
from operator import methodcaller
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from reference_impl.ring import Receiver, Sender, open_memory
from reference_impl.worker import GRACE, End, Fetcher, Setup, describe, overdue

LENT = 2  # slots of a ring for batches that the training loop holds: this one and the last

Request = tuple[str, int, Any] | None


class Parcel:
    """What is pickled when a worker starts, and arrives as bytes, for the worker to unpickle."""

    def __init__(self, content: Any) -> None:
        self._content = content

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return bytes, (bytes(ForkingPickler.dumps(self._content, 5)),)


class Descriptor:
    """An open file that goes along to a worker when it starts, where it is a number again."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> Any:
        return methodcaller("detach"), (DupFd(self._number),)


class Worker:
    """One process, seen from the loader: its pipe, its ring, and what it has been asked for."""

    def __init__(self, number: int, setup: Setup) -> None:
        self.ready = False
        self.under_way: deque[tuple[int, Any]] = deque()
        self.connection, theirs = mp.Pipe()
        self._memory = open_memory()
        memory = None if self._memory is None else Descriptor(self._memory)
        slots = setup.prefetch_factor + LENT
        self.receiver = Receiver(self.connection, self._memory, slots)
        arguments = (number, theirs, memory, slots, Parcel(setup))
        name = f"DataLoader worker {number}"
        self.process = mp.get_context("spawn").Process(None, _work, name, arguments, daemon=True)
        try:
            with _interrupts_held_back():
                self.process.start()
        except BaseException:
            self.close()
            raise
        finally:
            theirs.close()
        self.name = f"worker {number} (process {self.process.pid})"

    def send(self, message: Request) -> None:
        """Send; whether the process is still there shows when its answer is awaited."""
        with suppress(OSError):
            self.connection.send_bytes(pickle.dumps(message))

    def receive(self, timeout: float) -> tuple[str, Any]:
        """The kind and the value of the answer to the request that has waited longest.

        `timeout` does not count while the process starts.
        """
        slot, request = self.under_way.popleft()
        while True:
            limit = timeout or None if self.ready else None
            if not wait([self.connection, self.process.sentinel], limit):
                raise overdue(self.name, describe(request), timeout)
            try:
                kind, value = self.receiver.receive(slot if self.ready else None)
            except (EOFError, OSError):
                raise RuntimeError(self._how_it_ended(request)) from None
            if kind != "ready":
                return kind, value
            self.ready = True

    def _how_it_ended(self, request: Any) -> str:
        self.process.join()
        code = self.process.exitcode or 0
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        hint = "if memory ran out, use fewer workers or a lower prefetch_factor"
        if not self.ready:
            hint = (
                "its own message is above. Use the loader under if __name__ == '__main__', and "
                "move classes of a notebook into a module, or use worker_type='thread'"
            )
        return f"{self.name} {how} while loading {describe(request)}; {hint}"

    def close(self) -> None:
        """Close the pipe, by which the process knows that it is over, and the ring's file."""
        self.connection.close()
        if self._memory is not None:
            os.close(self._memory)
            self._memory = None


class ProcessWorkers:
    """Processes that load with a copy of the fetcher of `setup` each.

    Raises what loading and `worker_init_fn` raise; TypeError for what cannot be pickled,
    TimeoutError where a batch is not there in time, and RuntimeError where a process has died.
    """

    def __init__(self, setup: Setup) -> None:
        self.num_workers = setup.num_workers
        self._timeout = setup.timeout
        self._workers: list[Worker] = []
        self._stop = weakref.finalize(self, _stop, self._workers)
        try:
            for worker in range(self.num_workers):
                self._workers.append(Worker(worker, setup))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise TypeError(
                f"{_culprit(setup)} cannot be pickled and sent to worker processes ({error}); "
                "use worker_type='thread', or define it in a module and open files, locks and "
                "the like when the first sample is read"
            ) from error
        finally:
            if len(self._workers) < self.num_workers:
                self.close()

    def start(self, epoch: int) -> None:
        """Begin a pass over the data, and forget what an earlier one left."""
        for worker in self._workers:
            while worker.under_way:
                worker.receive(self._timeout)
            worker.send(("epoch", 0, epoch))

    def submit(self, worker: int, request: Any) -> None:
        """Have `worker` load `request`."""
        chosen = self._workers[worker]
        slot = chosen.receiver.free.pop()
        chosen.under_way.append((slot, request))
        chosen.send(("load", slot, request))

    def collect(self, worker: int, ticket: None) -> Any:
        """The batch, End after the last one of a stream, or the error that loading raised."""
        chosen = self._workers[worker]
        kind, value = chosen.receive(self._timeout)
        if kind == "batch":
            return value
        pickled, text = value
        error = pickle.loads(pickled)
        error.add_note(f"in {chosen.name}, where its traceback was:\n{text}")
        raise error

    def close(self) -> None:
        """Stop the processes and wait for them; those that are busy are killed."""
        self._stop()


def _stop(workers: list[Worker]) -> None:
    for worker in workers:
        worker.close()
    deadline = monotonic() + GRACE
    for worker in workers:
        worker.process.join(max(0.0, deadline - monotonic()))
        worker.process.kill()
        worker.process.join()
        worker.process.close()
    workers.clear()


def _culprit(setup: Setup) -> str:
    """The first of the things sent that cannot be pickled."""
    things = {**setup.fetcher._asdict(), "worker_init_fn": setup.worker_init_fn}
    for name, value in things.items():
        try:
            ForkingPickler.dumps(value)
        except RuntimeError:  # a lock, say, that can be pickled only when a worker starts
            continue
        except Exception:
            return f"{name} {getattr(value, '__qualname__', type(value).__name__)}"
    return f"dataset {type(setup.fetcher.dataset).__name__}"


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C reaches all processes of a terminal; it is for the loader's, not for its workers."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(
    number: int, connection: Connection, memory: int | None, slots: int, parcel: bytes
) -> None:
    """What a worker process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=_listen, args=(connection, requests), daemon=True).start()
    sender = Sender(connection, memory, slots)
    with suppress(BrokenPipeError, ConnectionResetError):
        try:
            setup: Setup = pickle.loads(parcel)
            sender.send("ready", None)
            setup.begin(number)
        except Exception as error:
            sender.send("error", _pickled(error))
        else:
            _serve(setup.fetcher._replace(place=sender.place_samples), requests, sender)


def _listen(connection: Connection, requests: "SimpleQueue[Request]") -> None:
    """Take requests in, so that the loader never waits to send one.

    The pipe ends when the loader has closed it, or when the loader's whole process is gone.
    """
    with suppress(EOFError, OSError):
        while True:
            requests.put(connection.recv())
    requests.put(None)
    parent = mp.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _serve(fetcher: Fetcher, requests: "SimpleQueue[Request]", sender: Sender) -> None:
    bound, stream = fetcher, iter(())
    while (request := requests.get()) is not None:
        kind, slot, content = request
        try:
            if kind == "epoch":
                bound = fetcher.at_epoch(content)
                stream = bound.stream()
                continue
            sender.use(slot)
            sender.send("batch", next(stream, End) if bound.streams else bound.load(content))
        except BaseException as error:
            sender.send("error", _pickled(error))


def _pickled(error: BaseException) -> tuple[bytes, str]:
    """The error and its traceback, or a RuntimeError that names it where it cannot travel."""
    text = "".join(traceback.format_exception(error))
    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:
        substitute = RuntimeError(f"{type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", ()):
            substitute.add_note(note)
        data = pickle.dumps(substitute)
    return data, text
