"""Batches between processes: arrays through a ring of shared memory, the rest as bytes.

A worker owns one ring, a piece of memory cut into slots that both processes see. Pickle's
protocol 5 takes the arrays out of a batch; the worker lays them into a slot, and the other side
builds its arrays on the slot itself, with no copy. What does not fit, and all where there is no
room for a ring, travels through the pipe instead.
"""

import errno
import os
import pickle
import sys
import tempfile
import weakref
from collections.abc import Iterable
from mmap import mmap
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl.collate import Path, _collate, _stack

ALIGNMENT = 64
HEADROOM = 1.25  # a slot holds the first batch and a quarter more, for those that differ

Bytes = NDArray[np.uint8]
Place = tuple[int | None, int]  # where in the slot (None: in the pipe), and how many bytes
Message = tuple[tuple[str, bytes, list[Place], int], list[Bytes]]  # header, and what is loose


def open_memory() -> int | None:
    """The descriptor of an empty file for a ring, in memory where the system can; None on Windows.

    The file has no name, so nothing is left of it when the last process has closed it.
    """
    if sys.platform == "win32":
        return None
    if hasattr(os, "memfd_create"):
        return os.memfd_create("DataLoader")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def reserve(descriptor: int, size: int) -> None:
    """Make the file `size` bytes long; OSError if there is no room.

    Without room, a write into the mapped file would end the process with a bus error.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    free = os.statvfs(descriptor)
    if free.f_bavail * free.f_frsize < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.truncate(descriptor, size)


class Sender:
    """The worker's end: places batches in the ring, which it makes when it knows their size.

    Samples that are collated by `place_samples` are written into the slot row by row.
    """

    def __init__(self, connection: Connection, descriptor: int | None, slots: int) -> None:
        self._connection = connection
        self._descriptor = descriptor
        self._slots = slots
        self._slot_size = 0
        self._memory: Bytes | None = None
        self._slot: Bytes = np.empty(0, np.uint8)
        self._used = 0

    def use(self, slot: int) -> None:
        """Place the next batch in `slot`."""
        self._used = 0
        if self._memory is not None:
            self._slot = self._memory[slot * self._slot_size :][: self._slot_size]

    def pack(self, slot: int, kind: str, value: Any) -> Message:
        """A message that carries `value`, its arrays in `slot` if they fit."""
        arrays: list[Bytes] = []
        data = pickle.dumps(value, protocol=5, buffer_callback=lambda b: arrays.append(_flat(b)))
        if self._memory is None and arrays:
            self._make_ring(sum(_aligned(array.nbytes) for array in arrays))
            self.use(slot)
        places = [(self._position(array), array.nbytes) for array in arrays]
        loose = [a for a, (position, size) in zip(arrays, places, strict=True) if position is None]
        return (kind, data, places, self._slot_size), loose

    def post(self, message: Message) -> None:
        """Send what was packed."""
        header, loose = message
        self._connection.send_bytes(pickle.dumps(header))
        for array in loose:
            if array.nbytes:
                self._connection.send_bytes(array.data)

    def _make_ring(self, batch_size: int) -> None:
        if self._descriptor is None or not batch_size:
            return
        size = _aligned(int(batch_size * HEADROOM))
        try:
            reserve(self._descriptor, self._slots * size)
        except OSError:
            self._descriptor = None
            return
        self._memory = np.frombuffer(mmap(self._descriptor, self._slots * size), np.uint8)
        self._slot_size = size

    def _position(self, array: Bytes) -> int | None:
        """Where in the slot the bytes of `array` are, after copying them there if need be."""
        if not array.nbytes or not self._slot.nbytes:
            return None
        position = int(array.ctypes.data - self._slot.ctypes.data)
        if 0 <= position < self._slot.nbytes:
            return position
        room = self._allocate(array.nbytes)
        if room is None:
            return None
        room[:] = array
        return int(room.ctypes.data - self._slot.ctypes.data)

    def _allocate(self, size: int) -> Bytes | None:
        if self._used + size > self._slot.nbytes:
            return None
        room = self._slot[self._used :][:size]
        self._used += _aligned(size)
        return room

    def place_samples(self, samples: Iterable[Any], count: int) -> Any:
        """Collate by default, with each array written into its row in the slot at once.

        A sample can then be dropped as soon as it is loaded.
        """
        blocks: dict[Path, NDArray[Any]] = {}
        rows: dict[Path, int] = {}

        def block_for(array: NDArray[Any], path: Path, row: int) -> NDArray[Any] | None:
            if row == 0 and array.nbytes:
                room = self._allocate(array.nbytes * count)
                if room is not None:
                    blocks[path] = room.view(array.dtype).reshape(count, *array.shape)
            block = blocks.get(path)
            if block is None or block.dtype != array.dtype or block.shape[1:] != array.shape:
                return None
            return block

        def place(value: Any, path: Path, row: int) -> Any:
            if isinstance(value, np.ndarray) and not value.dtype.hasobject:
                block = block_for(value, path, row)
                if block is None:
                    return value
                block[row] = value
                rows[path] = rows.get(path, 0) + 1
                return block[row, ...]
            if type(value) in (tuple, list):
                return type(value)(place(v, (*path, k), row) for k, v in enumerate(value))
            if type(value) is dict:
                return {key: place(v, (*path, key), row) for key, v in value.items()}
            return value

        def join(arrays: Any, path: Path) -> Any:
            return blocks[path] if rows.get(path) == len(arrays) else _stack(arrays, path)

        return _collate([place(sample, (), row) for row, sample in enumerate(samples)], (), join)


class Receiver:
    """The loader's end: lends the slots of the ring, and takes them back.

    A batch holds on to its slot until the last array made on it is gone; then the slot is free
    again. While none is free, batches are copied out, so that a batch under way has one.
    """

    def __init__(self, connection: Connection, descriptor: int | None, slots: int) -> None:
        self.free = list(range(slots))
        self._connection = connection
        self._descriptor = descriptor
        self._memory: mmap | None = None

    def receive(self, slot: int | None) -> tuple[str, Any]:
        """The kind and the value of the next message; EOFError if the worker is gone.

        The message was placed in `slot`, which is lent or free after this.
        """
        kind, data, places, slot_size = self._connection.recv()
        arrays = [self._read(size) if position is None else None for position, size in places]
        if all(position is None for position, _ in places):
            if slot is not None:
                self.free.append(slot)
            return kind, pickle.loads(data, buffers=arrays)
        assert slot is not None and self._descriptor is not None
        if self._memory is None:
            self._memory = mmap(self._descriptor, 0)
        # NumPy keeps an array's views alive by the owner of its memory. The owner is the mapping
        # and no array, so every view of a batch holds on to `lent`, whose end frees the slot.
        lent = np.frombuffer(self._memory, np.uint8, slot_size, slot * slot_size)
        copy_out = not self.free
        for number, (position, size) in enumerate(places):
            if position is not None:
                view = lent[position : position + size]
                arrays[number] = view.copy() if copy_out else view
        if copy_out:
            self.free.append(slot)
        else:
            weakref.finalize(lent, self.free.append, slot).atexit = False
        return kind, pickle.loads(data, buffers=arrays)

    def _read(self, size: int) -> Any:
        room = bytearray(size)
        if size:
            self._connection.recv_bytes_into(room)
        return room


def _flat(buffer: pickle.PickleBuffer) -> Bytes:
    return np.frombuffer(buffer.raw(), np.uint8)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
