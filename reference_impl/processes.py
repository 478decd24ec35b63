"""Worker processes: each has its own copy of the dataset; batches come back through a ring.

Processes help where loading keeps Python itself busy. They are always spawned, never forked: a
fork copies locks and threads in whatever state they are, and a spawned worker behaves alike on
every system. What is spawned must be importable, so datasets are classes of a module.

Each worker has one pipe, and two threads beside the one that loads: one takes requests in, one
waits for the end of the parent, so a worker is gone at once when the parent is, whatever it is
busy with.
"""

import multiprocessing as mp
import os
import pickle
import signal
import traceback
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import DupFd, ForkingPickler
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from reference_impl.ring import Receiver, Sender, open_memory
from reference_impl.worker import END, GRACE, Fetcher, WorkerInfo, describe, set_worker_info

LENT = 2  # slots of a ring for batches that the training loop holds: this one and the last

Request = tuple[str, int, Any] | None


class Parcel:
    """What is pickled when a worker starts, and arrives as bytes, for the worker to unpickle."""

    def __init__(self, **content: Any) -> None:
        self._content = content

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return bytes, (bytes(ForkingPickler.dumps(self._content, 5)),)

    def culprit(self) -> tuple[str, Any]:
        """The name and value of the first thing that cannot be pickled."""
        for name, value in self._content.items():
            try:
                ForkingPickler.dumps(value)
            except RuntimeError:  # a lock, say, that can be pickled only when a worker starts
                continue
            except Exception:
                return name, value
        return next(iter(self._content.items()))


class Descriptor:
    """An open file that goes along to a worker when it starts, where it is a number again."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> Any:
        return _detach, (DupFd(self._number),)


class Worker:
    """One process, seen from the loader: its pipe, its ring, and what it has been asked for."""

    def __init__(self, context: Any, identity: tuple[int, int, int], slots: int, parcel: Parcel):
        self.id = identity[0]
        self.ready = False
        self.under_way: deque[tuple[int, Any]] = deque()
        self.connection, theirs = mp.Pipe()
        self._memory = open_memory()
        self.receiver = Receiver(self.connection, self._memory, slots)
        memory = None if self._memory is None else Descriptor(self._memory)
        self.process = context.Process(
            target=_work,
            args=(identity, theirs, memory, slots, parcel),
            name=f"DataLoader worker {self.id}",
            daemon=True,
        )
        try:
            with _interrupts_held_back():
                self.process.start()
        except BaseException:
            self.close()
            raise
        finally:
            theirs.close()

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
                raise TimeoutError(
                    f"worker {self.id} (process {self.process.pid}) has not finished "
                    f"{describe(request)} in timeout={timeout} seconds; look for what keeps it, "
                    "or raise timeout"
                )
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
        pid = self.process.pid
        return f"worker {self.id} (process {pid}) {how} while loading {describe(request)}; {hint}"

    def close(self) -> None:
        """Close the pipe, by which the process knows that it is over, and the ring's file."""
        self.connection.close()
        if self._memory is not None:
            os.close(self._memory)
            self._memory = None


class ProcessWorkers:
    """`num_workers` processes that load with a copy of `fetcher` each.

    Raises what loading and `worker_init_fn` raise; TypeError for what cannot be pickled,
    TimeoutError where a batch is not there in `timeout` seconds, and RuntimeError where a
    process has died.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        num_workers: int,
        timeout: float,
        worker_init_fn: Callable[[int], None] | None,
        seed: int,
        prefetch_factor: int,
    ) -> None:
        self.num_workers = num_workers
        self.timeout = timeout
        self._workers: list[Worker] = []
        self._stop = weakref.finalize(self, _stop, self._workers)
        context = mp.get_context("spawn")
        parcel = Parcel(
            dataset=fetcher.dataset,
            collate_fn=fetcher.collate_fn,
            worker_init_fn=worker_init_fn,
            rest=(fetcher.batch_size, fetcher.drop_last, fetcher.batched),
        )
        slots = prefetch_factor + LENT
        try:
            for worker in range(num_workers):
                identity = worker, num_workers, seed + worker
                self._workers.append(Worker(context, identity, slots, parcel))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            name, value = parcel.culprit()
            kind = getattr(value, "__qualname__", type(value).__name__)
            raise TypeError(
                f"{name} {kind} cannot be pickled and sent to worker processes ({error}); "
                "use worker_type='thread', or define it in a module and open files, locks and "
                "the like when the first sample is read"
            ) from error
        finally:
            if len(self._workers) < num_workers:
                self.close()

    def start(self, epoch: int) -> None:
        """Begin a pass over the data, and forget what an earlier one left."""
        for worker in self._workers:
            while worker.under_way:
                worker.receive(self.timeout)
            worker.send(("epoch", 0, epoch))

    def submit(self, worker: int, request: Any) -> None:
        """Have `worker` load `request`."""
        chosen = self._workers[worker]
        slot = chosen.receiver.free.pop()
        chosen.under_way.append((slot, request))
        chosen.send(("load", slot, request))

    def collect(self, worker: int, ticket: None) -> Any:
        """The batch, END after the last one of a stream, or the error that loading raised."""
        chosen = self._workers[worker]
        kind, value = chosen.receive(self.timeout)
        if kind == "batch":
            return value
        if kind == "end":
            return END
        pickled, text = value
        error = pickle.loads(pickled)
        where = f"in worker {chosen.id} (process {chosen.process.pid})"
        error.add_note(f"{where}, where its traceback was:\n{text}")
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


def _detach(duplicate: Any) -> int:
    return int(duplicate.detach())


def _work(
    identity: tuple[int, int, int],
    connection: Connection,
    memory: int | None,
    slots: int,
    parcel: bytes,
) -> None:
    """What a worker process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests: SimpleQueue[Request] = SimpleQueue()
    parent = mp.parent_process()
    assert parent is not None
    Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    Thread(target=_listen, args=(connection, requests), daemon=True).start()
    sender = Sender(connection, memory, slots)
    with suppress(BrokenPipeError, ConnectionResetError):
        try:
            content = pickle.loads(parcel)
            fetcher = Fetcher(content["dataset"], content["collate_fn"], *content["rest"])
            sender.post(sender.pack(0, "ready", None))
            set_worker_info(WorkerInfo(*identity, fetcher.dataset))
            if content["worker_init_fn"]:
                content["worker_init_fn"](identity[0])
        except Exception as error:
            sender.post(sender.pack(0, "error", _pickled(error)))
        else:
            _serve(fetcher, requests, sender)


def _listen(connection: Connection, requests: "SimpleQueue[Request]") -> None:
    """Take requests in, so that the loader never waits to send one; None when it has closed."""
    with suppress(EOFError, OSError):
        while True:
            requests.put(connection.recv())
    requests.put(None)


def _end_with(parent: int) -> None:
    wait([parent])
    os._exit(1)


def _serve(fetcher: Fetcher, requests: "SimpleQueue[Request]", sender: Sender) -> None:
    fetcher.place = sender.place_samples
    bound, stream = fetcher, iter(())
    while (request := requests.get()) is not None:
        kind, slot, content = request
        try:
            if kind == "epoch":
                bound = fetcher.at_epoch(content)
                stream = bound.stream()
                continue
            sender.use(slot)
            batch = next(stream, END) if bound.streams else bound.load(content)
            message = sender.pack(slot, *(("end", None) if batch is END else ("batch", batch)))
            del batch
        except BaseException as error:
            message = sender.pack(slot, "error", _pickled(error))
        sender.post(message)


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
