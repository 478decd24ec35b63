"""SequenceDataset: windows of fixed length over sequences.

A window is found by arithmetic, so nothing is stored for it: 8 bytes for each sequence, however
many windows overlap.
"""

from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.dataset import Dataset, Indices, by_part, check_index, check_indices
from reference_impl.sampler import check_integer


class SequenceDataset(Dataset[NDArray[Any]]):
    """Windows of `length` steps, one every `stride` steps, none across two sequences.

    `sequences` is one array, whose first axis is time, or a list or tuple of such arrays. A
    sample has shape (length, ...) and is a view of its sequence. A rest too short for a window
    is left out, and so are sequences shorter than `length`.

    Raises ValueError for a `length` or `stride` that is not a positive integer, for sequences
    of different dtypes or shapes after the first axis, and if there is no window at all.

    >>> windows = SequenceDataset(np.arange(7), length=3, stride=2)
    >>> len(windows), windows[1], windows.__getitems__([2, 0])
    (3, array([2, 3, 4]), array([[4, 5, 6], [0, 1, 2]]))
    >>> [w.tolist() for w in SequenceDataset([np.arange(3), np.arange(10, 12)], length=2)]
    [[0, 1], [1, 2], [10, 11]]
    """

    def __init__(
        self, sequences: NDArray[Any] | Sequence[ArrayLike], length: int, stride: int = 1
    ) -> None:
        self.length = check_integer("length", length, minimum=1)
        self.stride = check_integer("stride", stride, minimum=1)
        several = sequences if isinstance(sequences, list | tuple) else [sequences]
        self.sequences = [np.asarray(sequence) for sequence in several]
        self._check_sequences()
        steps = np.array([len(sequence) for sequence in self.sequences], dtype=np.int64)
        windows = np.maximum((steps - self.length) // self.stride + 1, 0)
        self.cumulative_sizes = windows.cumsum()
        if not windows.any():
            raise ValueError(
                f"no sequence is as long as a window of length={self.length}; "
                f"the longest of {len(steps)} has {steps.max(initial=0)} steps"
            )

    def _check_sequences(self) -> None:
        for position, sequence in enumerate(self.sequences):
            if sequence.ndim == 0:
                raise ValueError(
                    f"sequence {position} must have at least one axis, got a scalar; "
                    "give one array, or a list of arrays"
                )
            kinds = [f"{s.dtype} of shape {s.shape[1:]}" for s in (self.sequences[0], sequence)]
            if kinds[0] != kinds[1]:
                raise ValueError(
                    f"sequences must have one dtype and one shape of a step, got {kinds[0]} "
                    f"for sequence 0 and {kinds[1]} for sequence {position}"
                )

    def __len__(self) -> int:
        return int(self.cumulative_sizes[-1])

    def __getitem__(self, index: SupportsIndex) -> NDArray[Any]:
        position = np.array([check_index(index, len(self))])
        ((part, _, window),) = by_part(self.cumulative_sizes, position)
        start = int(window[0]) * self.stride
        return self.sequences[part][start : start + self.length]

    def __getitems__(self, indices: Indices) -> NDArray[Any]:
        """The batch of these windows, of shape (batch, length, ...)."""
        positions = check_indices(indices, len(self))
        steps = np.arange(self.length)
        rows, windows = [], []
        for part, part_rows, window in by_part(self.cumulative_sizes, positions):
            starts = window[:, None] * self.stride
            rows.append(part_rows)
            windows.append(self.sequences[part].take(starts + steps, axis=0))
        if len(windows) == 1:
            return windows[0]
        return np.concatenate(windows).take(np.argsort(np.concatenate(rows)), axis=0)
