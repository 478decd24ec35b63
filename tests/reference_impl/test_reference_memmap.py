"""MemmapDataset: rows of .npy files."""

import os
import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import DataLoader, MemmapDataset, Subset, TensorDataset
from reference_impl.memmap_dataset import PAGE, _spans

X = np.arange(24, dtype=np.float32).reshape(6, 4)
Y = np.arange(6)


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    np.save(x, X)
    np.save(y, Y)
    return x, y


def fails(error: type[Exception], message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert str(caught.value) == message


def test_rows_and_batches_are_those_of_the_arrays(paths: Any) -> None:
    dataset, wanted = MemmapDataset(*paths), TensorDataset(X, Y)
    assert len(dataset) == 6
    for index in (0, -1):
        row, label = dataset[index]
        assert row.tolist() == X[index].tolist() and label == Y[index]
    for batch, whole in zip(DataLoader(dataset, 4), DataLoader(wanted, 4), strict=True):
        assert all(map(np.array_equal, batch, whole))


def test_rows_are_read_only_views_of_the_file(paths: Any) -> None:
    dataset = MemmapDataset(paths[0])
    row, batch = dataset[1][0], dataset.__getitems__([1])[0]
    assert np.shares_memory(row, dataset.arrays[0]) and not row.flags.writeable
    assert type(row) is type(batch) is np.ndarray and batch.flags.writeable


def test_a_pickle_holds_paths_and_the_files_are_mapped_at_the_first_read(paths: Any) -> None:
    sent = pickle.dumps(MemmapDataset(*paths))
    assert len(sent) < 1000
    there = pickle.loads(sent)
    assert "arrays" not in vars(there)
    assert there[2][1] == 2 and type(there[2][0]) is np.ndarray and there.arrays is there.arrays
    absent = pickle.loads(sent)
    paths[0].unlink()
    with pytest.raises(FileNotFoundError, match=r"x[.]npy"):
        absent[0]


@pytest.mark.parametrize("looks", ["a row is not in the cache", "cannot tell"])
def test_reading_ahead_asks_for_the_pages_of_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: str
) -> None:
    def not_cached(file: int, buffers: Any, offset: int, flags: int) -> int:
        raise BlockingIOError

    asked = []
    if looks == "cannot tell":
        monkeypatch.delattr(os, "RWF_NOWAIT", raising=False)
    else:
        monkeypatch.setattr(os, "RWF_NOWAIT", 8, raising=False)
        monkeypatch.setattr(os, "preadv", not_cached, raising=False)

    def advise(file: int, start: int, length: int, advice: int) -> None:
        asked.append((os.fstat(file).st_size, start, length))

    monkeypatch.setattr(os, "posix_fadvise", advise, raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_WILLNEED", 3, raising=False)
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((100, 2 * PAGE), np.uint8))
    dataset = MemmapDataset(path)
    Subset(dataset, np.arange(100)[::-1]).prefetch([0, 79, 78, 0])
    size = path.stat().st_size
    assert asked == [(size, 20 * 2 * PAGE, 5 * PAGE), (size, 99 * 2 * PAGE, 3 * PAGE)]


def test_rows_that_are_in_the_cache_are_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def advise(file: int, start: int, length: int, advice: int) -> None:
        raise AssertionError("asked for rows that are there")

    looked = []
    monkeypatch.setattr(os, "posix_fadvise", advise, raising=False)
    monkeypatch.setattr(os, "RWF_NOWAIT", 8, raising=False)
    monkeypatch.setattr(os, "preadv", lambda *asked: looked.append(asked) or 1, raising=False)
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((100, 2 * PAGE), np.uint8))
    MemmapDataset(path).prefetch(np.arange(100))
    assert 1 <= len(looked) <= 8


def test_reading_ahead_changes_no_sample_and_works_everywhere(
    paths: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = MemmapDataset(*paths)
    dataset.prefetch([0, 3])
    dataset.prefetch([])
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    dataset.prefetch([0, 3])
    assert dataset.__getitems__([3])[1] == 3


@given(st.lists(st.integers(0, 200_000), min_size=1), st.integers(1, 10_000))
def test_spans_cover_every_row_and_lie_apart(starts: list[int], size: int) -> None:
    starts = sorted(starts)
    firsts, ends = _spans(np.array(starts, dtype=np.int64), size)
    spans = list(zip(firsts.tolist(), ends.tolist(), strict=True))
    assert all(a % PAGE == b % PAGE == 0 and a < b for a, b in spans)
    assert all(end < first for (_, end), (first, _) in pairwise(spans))
    wanted = {page for s in starts for page in range(s // PAGE, (s + size - 1) // PAGE + 1)}
    assert {page for a, b in spans for page in range(a // PAGE, b // PAGE)} == wanted


def test_a_file_that_is_not_whole_is_named(paths: Any) -> None:
    path = paths[0]
    whole = path.read_bytes()
    for kept in (0, 3, 100, len(whole) - 1):
        path.write_bytes(whole[:kept])
        with pytest.raises(ValueError) as caught:
            MemmapDataset(path)
        message = str(caught.value)
        assert message.startswith(f"{path} is not a whole .npy file that can be mapped: ")
        assert "\n" not in message
    path.write_bytes(b"label,pixel\n1,2\n" * 20)
    with pytest.raises(ValueError, match=r"is not a whole [.]npy file"):
        MemmapDataset(path)


def test_files_that_are_no_rows_are_refused(tmp_path: Path, paths: Any) -> None:
    path = tmp_path / "other.npy"
    np.save(path, np.arange(4))
    message = (
        f"{path}, {paths[1]}: arrays must have one length, got 4 for array 0 and 6 for array 1"
    )
    fails(ValueError, message, MemmapDataset, path, paths[1])
    np.save(path, np.array(3))
    message = f"{path}: array 0 must have at least one axis, got a scalar"
    fails(ValueError, message, MemmapDataset, path)
    np.save(path, np.asfortranarray(X))
    message = f"{path} is stored column by column; save it with np.ascontiguousarray(array)"
    fails(ValueError, message, MemmapDataset, path)
    np.save(path, np.array([{}], dtype=object))
    with pytest.raises(ValueError, match=r"is not a whole [.]npy file that can be mapped"):
        MemmapDataset(path)
    with pytest.raises(FileNotFoundError, match=r"absent[.]npy"):
        MemmapDataset(tmp_path / "absent.npy")


def test_a_row_out_of_range_is_refused(paths: Any) -> None:
    dataset = MemmapDataset(*paths)
    message = "index 6 is out of range for a dataset of 6 samples"
    fails(IndexError, message, dataset.__getitem__, 6)
    fails(IndexError, message, dataset.prefetch, [6])
