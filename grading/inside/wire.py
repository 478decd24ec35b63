"""How values, calls and errors travel between the grader and the confined process.

A frame is a JSON tree and the raw bytes of the arrays that it names. No pickle: whatever
arrives, decoding it runs no code. Plain values (None, bool, int, float, str, bytes, tuples,
lists, dicts, sets, slices, ranges, NumPy scalars and arrays) travel by value. Any other
object stays where it is and travels as a reference, which offers only the protocol methods
that the object has (`PROTOCOL`) and the names in its class's `exposed`.

Both sides hold a `Peer`: a socket, a thread that reads it, and the objects lent to the other
side. A peer serves requests while it waits for its own, so a check may hand its dataset to
the student's loader.
"""

import builtins
import json
import os
import queue
import socket
import struct
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOCOL = ("__call__", "__getitem__", "__getitems__", "__iter__", "__len__", "__next__")
TREE_LIMIT = 16 << 20
FRAME_LIMIT = 256 << 20

Tree = Any


class WireError(Exception):
    """The other side sent something that is no message, or a value cannot be sent."""


class RemoteError(Exception):
    """What an error of the other side becomes when its type is no built-in exception."""


class Lent:
    """A value that is to travel as a reference, plain or not."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Remote:
    """An object that lives on the other side; it is let go there when this one is."""

    def __init__(self, peer: "Peer", number: int, kind: str) -> None:
        self._peer, self._number, self._kind = peer, number, kind

    def __repr__(self) -> str:
        return f"<{self._kind} in another process>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._peer.request("attribute", [self, name])

    def __del__(self) -> None:
        self._peer.dropped.append(self._number)

    def __collect__(self) -> list[Any]:
        return list(self._peer.request("collect", [self]))

    def close(self) -> None:
        """What a generator's `close` does."""
        self._peer.request("method", [self, "close", [], {}])


def _forward(method: str) -> Callable[..., Any]:
    def call(self: Remote, *args: Any, **kwargs: Any) -> Any:
        return self._peer.request("method", [self, method, list(args), kwargs])

    return call


def _next(self: Remote) -> Any:
    more, value = self._peer.request("next", [self])
    if not more:
        raise StopIteration
    return value


def _remote(peer: "Peer", number: int, kind: str, methods: list[str]) -> Remote:
    offered: dict[str, Any] = {name: _forward(name) for name in methods if name in PROTOCOL}
    if "__next__" in offered:
        offered["__next__"] = _next
    made: Remote = type("Remote", (Remote,), offered)(peer, number, kind)
    return made


class Encoder:
    """Turns values into a JSON tree and a list of buffers."""

    def __init__(self, peer: "Peer") -> None:
        self.peer = peer
        self.buffers: list[memoryview] = []

    def encode(self, value: Any) -> Tree:
        """The tree of `value`; objects that are no plain values become references."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, Remote):
            return {"yours": value._number}
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            kind = "list" if isinstance(value, list) else "tuple"
            kind = "set" if isinstance(value, (set, frozenset)) else kind
            return {kind: [self.encode(item) for item in value]}
        if isinstance(value, dict):
            return {"dict": [[self.encode(k), self.encode(v)] for k, v in value.items()]}
        if isinstance(value, (bytes, bytearray)):
            return {"bytes": self._buffer(memoryview(value))}
        if isinstance(value, (slice, range)):
            ends = [self.encode(end) for end in (value.start, value.stop, value.step)]
            return {type(value).__name__: ends}
        if isinstance(value, (bool, int, float, str)):
            base = next(kind for kind in (int, float, str) if isinstance(value, kind))
            return base(value)
        return self.peer.lend(value.value if isinstance(value, Lent) else value)

    def _array(self, value: np.ndarray | np.generic) -> Tree:
        array = np.ascontiguousarray(value)
        if array.dtype.kind not in "biufcSUmM":
            raise WireError(f"got an array of {array.dtype}; an array of numbers or text is wanted")
        raw = memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
        kind = "scalar" if isinstance(value, np.generic) else "array"
        return {kind: self._buffer(raw), "dtype": array.dtype.str, "shape": list(np.shape(value))}

    def _buffer(self, view: memoryview) -> int:
        self.buffers.append(view)
        return len(self.buffers) - 1


class Decoder:
    """Turns a tree and its buffers back into values. Raises WireError on anything else."""

    def __init__(self, peer: "Peer", buffers: list[bytearray]) -> None:
        self.peer, self.buffers = peer, buffers

    def decode(self, tree: Tree) -> Any:
        """The value of `tree`."""
        if not isinstance(tree, dict):
            return tree
        kind = next(iter(tree))
        content = tree[kind]
        if kind in ("list", "tuple", "set"):
            items = [self.decode(item) for item in content]
            return {"list": list, "tuple": tuple, "set": set}[kind](items)
        if kind == "dict":
            return {self.decode(key): self.decode(value) for key, value in content}
        if kind in ("array", "scalar"):
            array = np.frombuffer(self.buffers[content], np.dtype(tree["dtype"]))
            array = array.reshape(tree["shape"])
            return array[()] if kind == "scalar" else array
        if kind == "bytes":
            return bytes(self.buffers[content])
        if kind in ("slice", "range"):
            ends = [self.decode(end) for end in content]
            return slice(*ends) if kind == "slice" else range(*ends)
        if kind == "yours":
            return self.peer.lent[content]
        if kind == "object":
            return _remote(self.peer, content, str(tree["kind"]), tree["methods"])
        raise WireError(f"no such kind of value: {kind!r}")


class Peer:
    """One end of a connection: makes requests, and serves those of the other end.

    `serve` does what the other side asks; by default it allows what a lent object offers and
    no more, and tells an error without its traceback. With `on_main`, requests are put there
    for the main thread to serve.
    """

    tells_tracebacks = False

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.lent: dict[int, Any] = {}
        self.dropped: deque[int] = deque()
        self.on_main: queue.SimpleQueue[Callable[[], None] | None] | None = None
        self._closed: Exception | None = None
        self._replies: dict[int, queue.SimpleQueue[tuple[str, Any]]] = {}
        self._sending = threading.Lock()
        self._count = 0

    def timeout(self) -> float | None:
        """Seconds to wait for a reply."""
        return None

    def ended(self, reason: Exception) -> Exception:
        """The error that a request raises when the other side is gone or silent."""
        return reason

    def start(self) -> None:
        """Begin to read what the other side sends."""
        threading.Thread(target=self._read_loop, name="wire", daemon=True).start()

    def lend(self, value: Any) -> Tree:
        """A reference to `value`, which stays alive here."""
        with self._sending:
            self._count += 1
            number = self._count
        self.lent[number] = value
        methods = [name for name in PROTOCOL if hasattr(type(value), name)]
        return {"object": number, "kind": type(value).__name__, "methods": methods}

    def request(self, operation: str, arguments: list[Any]) -> Any:
        """Have the other side do something; returns its result or raises its error."""
        with self._sending:
            self._count += 1
            number = self._count
            replies = self._replies[number] = queue.SimpleQueue()
        try:
            if self._closed is not None:
                raise self.ended(self._closed)
            dropped = [self.dropped.popleft() for _ in range(len(self.dropped))]
            self._send({"request": number, "do": operation, "dropped": dropped}, arguments)
            outcome, value = replies.get(timeout=self.timeout())
        except queue.Empty:
            raise self.ended(TimeoutError("no answer in time")) from None
        finally:
            del self._replies[number]
        if outcome == "ended":
            raise self.ended(value)
        if outcome == "error":
            raise value
        return value

    def serve(self, operation: str, arguments: list[Any]) -> Any:
        """Do what the other side asks of an object lent to it."""
        target, *rest = arguments
        if operation == "next":
            return _step(target)
        if operation == "collect":
            return list(target)
        if operation == "method":
            name, args, kwargs = rest
            return getattr(target, self._allowed(target, name))(*args, **kwargs)
        if operation == "attribute":
            return getattr(target, self._allowed(target, rest[0]))
        raise WireError(f"no such operation: {operation!r}")

    def _allowed(self, target: Any, name: str) -> str:
        if name in PROTOCOL or name in getattr(type(target), "exposed", ()):
            return name
        raise AttributeError(f"a borrowed {type(target).__name__} does not offer {name!r}")

    def _read_loop(self) -> None:
        try:
            while True:
                header, buffers = self._receive()
                decoder = Decoder(self, buffers)
                if "request" in header:
                    self._take_request(header, decoder)
                else:
                    self._take_reply(header, decoder)
        except EOFError:
            self._close(ConnectionError("the process ended"))
        except Exception as error:
            self._close(WireError(f"what came is no message: {type(error).__name__}: {error}"))

    def _take_request(self, header: Tree, decoder: Decoder) -> None:
        arguments = decoder.decode(header["body"])
        for number in header["dropped"]:
            self.lent.pop(number, None)

        def answer() -> None:
            number = header["request"]
            try:
                result = self.serve(header["do"], arguments)
                self._send({"reply": number, "outcome": "value"}, result)
            except BaseException as error:
                self._send({"reply": number, "outcome": "error"}, self._describe(error))

        if self.on_main is None:
            answer()
        else:
            self.on_main.put(answer)

    def _describe(self, error: BaseException) -> dict[str, Any]:
        told = describe(error)
        return told if self.tells_tracebacks else {**told, "traceback": ""}

    def _take_reply(self, header: Tree, decoder: Decoder) -> None:
        outcome, value = header["outcome"], decoder.decode(header["body"])
        if outcome == "error":
            value = rebuild(value)
        waiting = self._replies.get(header["reply"])
        if waiting is not None:
            waiting.put((outcome, value))

    def _close(self, reason: Exception) -> None:
        self._closed = reason
        for waiting in list(self._replies.values()):
            waiting.put(("ended", reason))
        if self.on_main is not None:
            self.on_main.put(None)

    def _send(self, header: Tree, body: Any) -> None:
        encoder = Encoder(self)
        tree = json.dumps({**header, "body": encoder.encode(body)}).encode()
        sizes = [view.nbytes for view in encoder.buffers]
        head = struct.pack(f">II{len(sizes)}Q", len(tree), len(sizes), *sizes)
        with self._sending:
            try:
                self.connection.sendall(head + tree)
                for view in encoder.buffers:
                    self.connection.sendall(view)
            except OSError as error:
                raise self.ended(ConnectionError(f"it reads no more: {error}")) from error

    def _receive(self) -> tuple[Tree, list[bytearray]]:
        tree_size, count = struct.unpack(">II", self._exactly(8))
        if tree_size > TREE_LIMIT or count > TREE_LIMIT // 8:
            raise WireError(f"a message of {tree_size} bytes; at most {TREE_LIMIT} are taken")
        sizes = struct.unpack(f">{count}Q", self._exactly(8 * count))
        tree = json.loads(self._exactly(tree_size))
        if sum(sizes) > FRAME_LIMIT:
            raise WireError(f"{sum(sizes)} bytes of arrays; at most {FRAME_LIMIT} are taken")
        return tree, [self._exactly(size) for size in sizes]

    def _exactly(self, size: int) -> bytearray:
        data = bytearray(size)
        view, done = memoryview(data), 0
        while done < size:
            got = self.connection.recv_into(view[done:], min(size - done, 1 << 20))
            if not got:
                raise EOFError
            done += got
        return data


def _step(iterator: Iterator[Any]) -> tuple[bool, Any]:
    try:
        return True, next(iterator)
    except StopIteration:
        return False, None


def describe(error: BaseException) -> dict[str, Any]:
    """What is told of an error: the names of its type and bases, its text and traceback."""
    try:
        text = str(error)
    except BaseException:
        text = "(the error's own text could not be made)"
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(HERE):
        frames = frames.tb_next
    trace = "".join(traceback.format_exception(type(error), error, frames, limit=-12))
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"kinds": kinds, "text": text[:4000], "traceback": trace[-20000:]}


def rebuild(told: dict[str, Any]) -> Exception:
    """The error that `describe` told of, as the nearest built-in exception."""
    text = str(told["text"])
    kinds = [str(kind) for kind in told["kinds"]]
    error: Exception = RemoteError(f"{kinds[0]}: {text}")
    for name in kinds:
        kind = getattr(builtins, name, None)
        if name in ("Exception", "StopIteration") or not isinstance(kind, type):
            continue
        if issubclass(kind, Exception):
            try:
                error = kind(text)
            except TypeError:
                error = RemoteError(f"{name}: {text}")
            break
    error.remote_traceback = str(told["traceback"])  # type: ignore[attr-defined]
    return error
