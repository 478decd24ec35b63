"""Batches between processes: arrays through a ring of shared memory, the rest as bytes.

A worker owns one ring, a piece of memory cut into slots that both processes see. Pickle's
protocol 5 takes the arrays out of a batch; the worker lays them into a slot, and the other side
builds its arrays on the slot itself, with no copy. What does not fit, and all where there is no
room for a ring, travels through the pipe instead.
"""

import os
import pickle
import sys
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterable
from mmap import mmap
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl.collate import Path, collate_fields, stack_arrays

ALIGNMENT = 64
HEADROOM = 1.25  # a slot holds the first batch and a quarter more, for those that differ

Bytes = NDArray[np.uint8]


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
    else:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(bytes(size))


class Sender:
    """The worker's end: places batches in the ring, which it makes when it knows their size.

    Samples that are collated by `place_samples` are written into the slot row by row.
    """

    def __init__(self, connection: Connection, descriptor: int | None, slots: int) -> None:
        self._connection = connection
        self._descriptor = descriptor
        self._slots = slots
        self._slot_size = 0
        self._memory: Bytes = np.empty(0, np.uint8)
        self.use(0)

    def use(self, slot: int) -> None:
        """Place the next batch in `slot`."""
        self._number = slot
        self._slot = self._memory[slot * self._slot_size :][: self._slot_size]
        self._used = 0

    def send(self, kind: str, value: Any) -> None:
        """Send `value`, its arrays in the slot as far as they fit, and the others after it."""
        buffers: list[pickle.PickleBuffer] = []
        data = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
        arrays = [np.frombuffer(buffer.raw(), np.uint8) for buffer in buffers]
        if not self._slot_size and arrays:
            self._make_ring(sum(_aligned(array.nbytes) for array in arrays))
        # Where in the slot (None: not there), and how many bytes.
        places = [(self._position(array), array.nbytes) for array in arrays]
        self._connection.send_bytes(pickle.dumps((kind, data, places, self._slot_size)))
        for array, (position, size) in zip(arrays, places, strict=True):
            if position is None and size:
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
        self.use(self._number)

    def _position(self, array: Bytes) -> int | None:
        """Where in the slot the bytes of `array` are, after copying them there if need be."""
        position = int(array.ctypes.data - self._slot.ctypes.data)
        if 0 <= position < self._slot.nbytes:
            return position
        room = self._allocate(array.nbytes)
        if room is not None:
            self._slot[room:][: array.nbytes] = array
        return room

    def _allocate(self, size: int) -> int | None:
        """Where in the slot there is room for `size` bytes, which is taken by this."""
        position = self._used
        if not size or position + size > self._slot.nbytes:
            return None
        self._used += _aligned(size)
        return position

    def _block(self, count: int, row: NDArray[Any]) -> NDArray[Any] | None:
        """An array in the slot for `count` rows like `row`, if there is room."""
        size = count * row.nbytes
        position = self._allocate(size)
        if position is None:
            return None
        return self._slot[position:][:size].view(row.dtype).reshape(count, *row.shape)

    def place_samples(self, samples: Iterable[Any], count: int) -> Any:
        """Collate by default, with each array written into its row in the slot at once.

        A sample can then be dropped as soon as it is loaded.
        """
        blocks: dict[Path, NDArray[Any] | None] = {}
        rows: Counter[Path] = Counter()

        def place(value: Any, path: Path, row: int) -> Any:
            if isinstance(value, np.ndarray) and not value.dtype.hasobject:
                if row == 0:
                    blocks[path] = self._block(count, value)
                block = blocks.get(path)
                if block is None or block.dtype != value.dtype or block.shape[1:] != value.shape:
                    return value
                block[row] = value
                rows[path] += 1
                return block[row, ...]
            if type(value) in (tuple, list):
                return type(value)(place(v, (*path, k), row) for k, v in enumerate(value))
            if type(value) is dict:
                return {key: place(v, (*path, key), row) for key, v in value.items()}
            return value

        def join(arrays: Any, path: Path) -> Any:
            return blocks[path] if rows[path] == len(arrays) else stack_arrays(arrays, path)

        return collate_fields(
            [place(sample, (), row) for row, sample in enumerate(samples)], (), join
        )


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
        used = max((at + size for at, size in places if at is not None), default=0)
        lent = self._lend(slot, used, slot_size)
        arrays = [self._read(n) if at is None else lent[at:][:n] for at, n in places]
        return kind, pickle.loads(data, buffers=arrays)

    def _lend(self, slot: int | None, used: int, slot_size: int) -> Bytes:
        """The first `used` bytes of `slot`, or a copy of them where no other slot is free."""
        lent = np.empty(0, np.uint8)
        if used and slot is not None and self._descriptor is not None:
            if self._memory is None:
                self._memory = mmap(self._descriptor, 0)
            # NumPy keeps an array's views alive by the owner of its memory. The owner is the
            # mapping and no array, so every view of a batch holds on to `lent`, whose end frees
            # the slot.
            lent = np.frombuffer(self._memory, np.uint8, used, slot * slot_size)
            if self.free:
                weakref.finalize(lent, self.free.append, slot).atexit = False
                return lent
        if slot is not None:
            self.free.append(slot)
        return lent.copy()

    def _read(self, size: int) -> Any:
        room = bytearray(size)
        if size:
            self._connection.recv_bytes_into(room)
        return room


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
