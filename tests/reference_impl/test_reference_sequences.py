"""SequenceDataset: windows over one array or several."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import DataLoader, SequenceDataset, default_collate


def fails(error: type[Exception], message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert str(caught.value) == message


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.integers(1, 5), st.integers(1, 6))
def test_windows_are_all_that_fit_and_none_crosses_a_boundary(
    steps: list[int], length: int, stride: int
) -> None:
    numbers = np.arange(2 * sum(steps)).reshape(-1, 2)
    sequences = np.split(numbers, np.cumsum(steps)[:-1])
    wanted = [
        sequence[start : start + length]
        for sequence in sequences
        for start in range(0, len(sequence) - length + 1, stride)
    ]
    if not wanted:
        with pytest.raises(ValueError, match="no sequence is as long as a window"):
            SequenceDataset(sequences, length, stride)
        return
    windows = SequenceDataset(sequences, length, stride)
    assert len(windows) == len(wanted)
    assert all(map(np.array_equal, windows, wanted))
    back = range(len(wanted))[::-1]
    batch = windows.__getitems__(back)
    assert np.array_equal(batch, default_collate(wanted[::-1])) and batch.flags.c_contiguous


def test_a_window_is_a_view_of_its_sequence() -> None:
    long = np.arange(10)
    window = SequenceDataset(long, length=4)[-1]
    assert np.shares_memory(window, long) and window.tolist() == [6, 7, 8, 9]


def test_windows_of_a_memory_map_are_read_when_asked_for(tmp_path: Any) -> None:
    tokens = np.memmap(tmp_path / "tokens", dtype=np.uint16, mode="w+", shape=1000)
    tokens[:] = np.arange(1000)
    windows = SequenceDataset(tokens, length=9, stride=8)
    assert np.shares_memory(windows[0], tokens)
    batch = next(iter(DataLoader(windows, 4, shuffle=True, seed=0)))
    assert batch.shape == (4, 9) and (np.diff(batch.astype(int)) == 1).all()


def test_a_sequence_dataset_can_be_sent_to_another_process() -> None:
    windows = pickle.loads(pickle.dumps(SequenceDataset([np.arange(3), np.arange(5)], 3)))
    assert [w.tolist() for w in windows] == [[0, 1, 2], [0, 1, 2], [1, 2, 3], [2, 3, 4]]


def test_what_has_no_windows_is_refused() -> None:
    message = "no sequence is as long as a window of length=4; the longest of 2 has 3 steps"
    fails(ValueError, message, SequenceDataset, [np.arange(3), np.arange(2)], 4)
    message = "no sequence is as long as a window of length=4; the longest of 0 has 0 steps"
    fails(ValueError, message, SequenceDataset, [], 4)
    message = (
        "sequence 0 must have at least one axis, got a scalar; give one array, or a list of arrays"
    )
    fails(ValueError, message, SequenceDataset, [1, 2, 3], 2)
    message = (
        "sequences must have one dtype and one shape of a step, "
        "got int64 of shape (2,) for sequence 0 and float32 of shape () for sequence 1"
    )
    pair = [np.zeros((3, 2), np.int64), np.zeros(3, np.float32)]
    fails(ValueError, message, SequenceDataset, pair, 2)


@pytest.mark.parametrize("name", ["length", "stride"])
def test_length_and_stride_are_positive(name: str) -> None:
    message = f"{name} must be a positive integer, got 0"
    options = {"length": 2, "stride": 1, name: 0}
    fails(ValueError, message, SequenceDataset, np.arange(5), **options)


def test_a_window_out_of_range_is_refused() -> None:
    windows = SequenceDataset(np.arange(5), 2, stride=2)
    message = "index 2 is out of range for a dataset of 2 samples"
    fails(IndexError, message, windows.__getitem__, 2)
    fails(IndexError, message, windows.__getitems__, [2])
