"""MemmapDataset: rows of .npy files, read by the operating system when they are touched.

The files may be larger than memory. What was read stays in the page cache as long as there is
room. `prefetch` says ahead of time which rows come next, so that the disk reads many at once
instead of one after another.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl.dataset import Indices, TensorDataset, check_indices

PAGE = 4096
LOOKS = 8


class MemmapDataset(TensorDataset):
    """Rows of .npy files of equal length: sample `i` is a tuple of row `i` of each file.

    Rows are read-only views of the mapped files; a batch is a copy. A pickle holds the paths
    alone, and the files are mapped anew at the first read, so that each worker has its own map.

    Raises FileNotFoundError for an absent file, and ValueError, naming it, for a file that is
    not a whole .npy file of rows, or for files of different lengths.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "x.npy"
    >>> np.save(path, np.arange(6).reshape(3, 2))
    >>> dataset = MemmapDataset(path)
    >>> len(dataset), dataset[1], dataset.__getitems__([2, 0])
    (3, (array([2, 3]),), (array([[4, 5], [0, 1]]),))
    >>> folder.cleanup()
    """

    def __init__(self, *paths: str | os.PathLike[str]) -> None:
        self.paths = tuple(map(Path, paths))
        maps = [_map(path) for path in self.paths]
        self.offsets = tuple(array.offset for array in maps)
        try:
            super().__init__(*maps)
        except ValueError as error:
            raise ValueError(f"{', '.join(map(str, self.paths))}: {error}") from None

    @cached_property
    def arrays(self) -> tuple[NDArray[Any], ...]:  # type: ignore[override]
        """The mapped files."""
        return tuple(np.asarray(_map(path)) for path in self.paths)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "arrays"}

    def prefetch(self, indices: Indices) -> None:
        """Ask the system to read these rows into the page cache; returns at once.

        Does nothing where the system has no `posix_fadvise`, as macOS and Windows, and where a few
        of the rows, looked at first, are all in the cache already.
        """
        if not hasattr(os, "posix_fadvise") or not len(indices):
            return
        rows = np.sort(check_indices(indices, len(self)))
        for path, array, offset in zip(self.paths, self.arrays, self.offsets, strict=True):
            size = array[:1].nbytes
            starts, stops = _spans(offset + rows * size, size)
            with path.open("rb", buffering=0) as file:
                if _cached(file.fileno(), starts[:: len(starts) // LOOKS + 1].tolist()):
                    continue
                for start, length in zip(starts.tolist(), (stops - starts).tolist(), strict=True):
                    os.posix_fadvise(file.fileno(), start, length, os.POSIX_FADV_WILLNEED)


def _spans(starts: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pages of sorted stretches of `size` bytes, with those that touch made one."""
    starts, stops = starts // PAGE * PAGE, -(-(starts + size) // PAGE) * PAGE
    apart = starts[1:] > stops[:-1]
    return starts[np.r_[True, apart]], stops[np.r_[apart, True]]


def _cached(descriptor: int, offsets: list[int]) -> bool:
    """Whether the bytes at all of `offsets` can be read without waiting for the disk."""
    if not hasattr(os, "RWF_NOWAIT"):
        return False
    byte = [bytearray(1)]
    try:
        return all(os.preadv(descriptor, byte, offset, os.RWF_NOWAIT) for offset in offsets)
    except OSError:
        return False


def _map(path: Path) -> np.memmap[Any, Any]:
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is not a whole .npy file that can be mapped: {error}") from None
    if array.ndim > 1 and not array.flags.c_contiguous:
        raise ValueError(
            f"{path} is stored column by column; save it with np.ascontiguousarray(array)"
        )
    return array
