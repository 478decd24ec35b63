"""Datasets made of datasets: batches, epochs, read-ahead, caches and tasks."""

import pickle
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import (
    CachedDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    MultiTaskDataset,
    Subset,
    TensorDataset,
    default_collate,
)
from reference_impl.dataset import as_samples, at_epoch, prefetch

Pair = namedtuple("Pair", "left right")


class Listed(Dataset[Any]):
    """A dataset without batched fetch, which counts its reads."""

    def __init__(self, items: Any) -> None:
        self.items = items
        self.reads: list[int] = []

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        self.reads.append(index)
        return self.items[index]


class Batched(Listed):
    """The same with batched fetch, and it notes what it is told to prefetch."""

    def __init__(self, items: Any) -> None:
        super().__init__(items)
        self.ahead: list[int] = []

    def __getitems__(self, indices: Any) -> Any:
        self.reads.extend(indices)
        return default_collate([self.items[i] for i in indices])

    def prefetch(self, indices: Any) -> None:
        self.ahead.extend(indices)


class Epochs(Dataset[Any]):
    """Samples are (epoch, index)."""

    def __init__(self, epoch: int = 0) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: Any) -> Any:
        return (self.epoch, index)

    def at_epoch(self, epoch: int) -> "Epochs":
        return Epochs(epoch)


def fails(error: type[Exception], message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert str(caught.value) == message


def same(left: Any, right: Any) -> bool:
    """Whether two batches are equal in structure, types and values."""
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right)
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, tuple | list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def sample(structure: str, number: int) -> Any:
    row = np.array([number, -number], dtype=np.int16)
    return {
        "number": number,
        "text": str(number),
        "tuple": (row, number / 2),
        "dict": {"row": row, "name": str(number), "pair": [number, (number,)]},
        "named": Pair(row, {"x": b"%d" % number}),
    }[structure]


STRUCTURES = st.sampled_from(["number", "tuple", "dict", "named"])


@given(STRUCTURES, st.lists(st.integers(0, 4), min_size=1, max_size=5), st.data())
def test_a_batch_of_a_concatenation_is_the_collation_of_its_samples(
    structure: str, sizes: list[int], data: Any
) -> None:
    numbers = iter(range(100))
    parts = [[sample(structure, next(numbers)) for _ in range(size)] for size in sizes]
    joined = ConcatDataset([Batched(part) for part in parts])
    total = sum(sizes)
    if not total:
        return
    index = st.integers(-total, total - 1)
    indices = data.draw(st.lists(index, min_size=1, max_size=12))
    wanted = default_collate([joined[i] for i in indices])
    assert same(joined.__getitems__(indices), wanted)


def test_each_dataset_of_a_concatenation_is_asked_once() -> None:
    parts = [Batched([0, 1, 2]), Batched([3, 4]), Batched([5])]
    batch = ConcatDataset(parts).__getitems__([4, 0, 3, 0])
    assert batch.tolist() == [4, 0, 3, 0]
    assert [part.reads for part in parts] == [[0, 0], [1, 0], []]


def test_dtypes_of_a_concatenation_are_joined_as_collation_joins_them() -> None:
    joined = ConcatDataset([TensorDataset(np.arange(2)), TensorDataset(np.ones(2, np.float32))])
    wanted = default_collate([joined[i] for i in (2, 0)])
    assert same(joined.__getitems__([2, 0]), wanted) and wanted[0].dtype == np.float64


def test_a_part_without_batched_fetch_makes_a_list_of_samples() -> None:
    parts = [Batched([(np.arange(2), "a"), (np.arange(2), "b")]), Listed([(np.arange(2), "c")])]
    batch = ConcatDataset(parts).__getitems__([2, 1, 0])
    assert isinstance(batch, list) and [text for _, text in batch] == ["c", "b", "a"]
    assert parts[0].reads == [1, 0]
    pair = ConcatDataset([Listed([np.arange(2)]), Listed([np.arange(2, 4)])])
    assert [row.tolist() for row in pair.__getitems__([1, 0])] == [[2, 3], [0, 1]]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"x": np.zeros(3)}, "field 'x': shapes (2,) and (3,) cannot be stacked"),
        ({"y": np.zeros(2)}, "samples must have the same fields, got keys ['x'] and keys ['y']"),
        ({"x": np.zeros(2), "y": 1}, "samples must have the same fields"),
        ((np.zeros(2),), "samples must be of one type, got dict and tuple"),
    ],
)
def test_what_differs_between_parts_is_named_by_collation(other: Any, message: str) -> None:
    joined = ConcatDataset([Batched([{"x": np.zeros(2)}]), Batched([other])])
    with pytest.raises((TypeError, ValueError)) as caught:
        next(iter(DataLoader(joined, 2)))
    assert str(caught.value).startswith(message)


def test_an_empty_batch_of_a_concatenation_is_that_of_its_first_dataset() -> None:
    assert ConcatDataset([TensorDataset([1]), Listed([])]).__getitems__([])[0].shape == (0,)


def test_an_index_outside_a_concatenation_is_named() -> None:
    joined = ConcatDataset([TensorDataset([1, 2]), TensorDataset([3])])
    message = "index -4 is out of range for a dataset of 3 samples"
    fails(IndexError, message, joined.__getitems__, [0, -4])
    fails(IndexError, message, joined.prefetch, [-4])


def test_a_dataset_without_epochs_is_itself_in_every_epoch() -> None:
    plain = TensorDataset([1, 2])
    for dataset in (
        plain,
        [1, 2],
        Subset(plain, [0]),
        ConcatDataset([plain, plain]),
        CachedDataset(plain, 1),
        MultiTaskDataset(plain, {"a": plain}),
    ):
        assert at_epoch(dataset, 3) is dataset


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: Subset(inner, [0, 1, 2, 3]),
        lambda inner: ConcatDataset([inner, [7]]),
        lambda inner: CachedDataset(inner, 10),
        lambda inner: Subset(ConcatDataset([CachedDataset(inner, 10)]), range(4)),
    ],
)
def test_an_epoch_reaches_the_dataset_inside_and_disturbs_no_other(wrap: Any) -> None:
    outer = wrap(Epochs())
    second, third = at_epoch(outer, 2), at_epoch(outer, 3)
    assert [third[1], second[1], outer[1], third[1]] == [(3, 1), (2, 1), (0, 1), (3, 1)]
    assert as_samples(second.__getitems__([2, 0]), 2) == [(2, 2), (2, 0)]


def test_the_epoch_of_tasks_is_that_of_inputs_and_targets() -> None:
    tasks = MultiTaskDataset(Epochs(), {"a": Epochs(), "b": [5, 6, 7, 8]})
    assert at_epoch(tasks, 2)[1] == ((2, 1), {"a": (2, 1), "b": 6})
    assert tasks[1] == ((0, 1), {"a": (0, 1), "b": 6})


def test_read_ahead_reaches_the_datasets_inside() -> None:
    first, second = Batched(range(3)), Batched(range(5))
    tasks = MultiTaskDataset(ConcatDataset([first, second]), {"a": list(range(8))})
    prefetch(Subset(CachedDataset(tasks, 1), [7, 1, 6]), [0, 1])
    assert (first.ahead, second.ahead) == ([1], [4])
    prefetch(Subset(first, [2]), np.int64(0))
    assert first.ahead == [1, 2]


def test_what_cannot_be_read_ahead_is_left_to_the_read() -> None:
    inner = Batched(range(3))
    for dataset, indices in (([1, 2], [0]), (Subset(inner, [2]), [7]), (Subset(inner, [2]), 0.5)):
        prefetch(dataset, indices)
    assert inner.ahead == []


def test_a_cache_drops_what_was_used_longest_ago() -> None:
    inner = Listed("abcd")
    cached = CachedDataset(inner, capacity=2)
    assert "".join(cached[i] for i in (0, 1, 0, 2, 0, 1)) == "abacab"
    assert inner.reads == [0, 1, 2, 1]
    assert (cached.hits, cached.misses, cached.hit_rate) == (2, 4, 2 / 6)


@given(st.lists(st.lists(st.integers(-5, 4), min_size=1)), st.integers(1, 6), st.booleans())
def test_a_cache_is_not_seen_in_the_samples(batches: Any, capacity: int, batched: bool) -> None:
    inner = (Batched if batched else Listed)([(np.arange(i), i) for i in [3] * 5])
    inner.items = [(np.arange(3) + i, i) for i in range(5)]
    cached = CachedDataset(inner, capacity)
    for batch in batches:
        wanted = default_collate([inner.items[i] for i in batch])
        assert same(default_collate(cached.__getitems__(batch)), wanted)
        assert same(default_collate([cached[batch[0]]]), default_collate([inner.items[batch[0]]]))
    assert cached.misses == len(inner.reads) and len(cached._cache.entries) <= capacity
    assert cached.hits + cached.misses == sum(map(len, batches)) + len(batches)


def test_a_batch_asks_for_what_is_missing_in_one_call() -> None:
    calls = []

    class Noted(TensorDataset):
        def __getitems__(self, indices: Any) -> Any:
            calls.append(list(indices))
            return super().__getitems__(indices)

    cached = CachedDataset(Noted(np.arange(5)), 5)
    cached[1]
    assert [int(x) for (x,) in cached.__getitems__([3, 1, -1, 3])] == [3, 1, 4, 3]
    assert calls == [[3, 4]] and (cached.hits, cached.misses) == (2, 3)


def test_a_cache_bounded_in_bytes_holds_no_more() -> None:
    inner = Listed([np.zeros(n, np.uint8) for n in (40, 50, 30, 200)])
    cached = CachedDataset(inner, max_bytes=100)
    held = []
    for index in (0, 1, 2, 3, 2):
        cached[index]
        held.append(cached.nbytes)
    assert held == [40, 90, 80, 80, 80] and inner.reads == [0, 1, 2, 3]


def test_both_bounds_of_a_cache_hold_together() -> None:
    cached = CachedDataset([np.zeros(10, np.uint8)] * 9, capacity=3, max_bytes=25)
    list(cached)
    assert cached.nbytes == 20 and len(cached._cache.entries) == 2


def test_a_kept_row_keeps_no_larger_array_alive() -> None:
    rows = np.zeros((100, 4))
    cached = CachedDataset(TensorDataset(rows), 10)
    kept = [cached[0], *cached.__getitems__([1, 2])]
    assert all(row.base is None for (row,) in kept)
    assert cached[1][0] is kept[1][0] and cached.nbytes == 3 * rows[0].nbytes


def test_samples_of_another_epoch_are_no_hit() -> None:
    cached = CachedDataset(Epochs(), 10)
    later = at_epoch(cached, 1)
    assert [cached[0], later[0], later[0], at_epoch(cached, 1)[0]] == [(0, 0), *[(1, 0)] * 3]
    assert (cached.hits, cached.misses) == (2, 2)


def test_a_cache_travels_empty_and_with_its_bounds() -> None:
    cached = CachedDataset(list(range(9)), capacity=2, max_bytes=1000)
    list(cached)
    there = pickle.loads(pickle.dumps(cached))
    assert (there.misses, there.nbytes) == (0, 0) and list(there) == list(range(9))
    assert len(there._cache.entries) == 2 and there._cache.max_bytes == 1000


def test_threads_can_share_a_cache() -> None:
    cached = CachedDataset(TensorDataset(np.arange(50)), capacity=10)

    def work(seed: int) -> None:
        for index in np.random.default_rng(seed).integers(50, size=300).tolist():
            assert cached[index] == (index,)
            assert [int(x) for (x,) in cached.__getitems__([index, 0])] == [index, 0]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert cached.hits + cached.misses == 4 * 300 * 3
    assert len(cached._cache.entries) == 10
    assert cached.nbytes == sum(size for _, size in cached._cache.entries.values())


def test_a_sample_that_two_threads_read_at_once_is_kept_once() -> None:
    both = Barrier(2)

    class Slow(Listed):
        def __getitem__(self, index: Any) -> Any:
            both.wait(timeout=60)
            return np.zeros(10, np.uint8)

    cached = CachedDataset(Slow([0]), 5)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(cached.__getitem__, [0, 0]))
    assert cached.nbytes == 10 and (cached.hits, cached.misses) == (0, 2)


def test_a_cache_before_its_first_sample_has_no_hits() -> None:
    assert CachedDataset([1], 1).hit_rate == 0


def test_a_cache_without_a_proper_bound_is_refused() -> None:
    message = "CachedDataset needs a bound: give capacity, max_bytes or both"
    fails(ValueError, message, CachedDataset, [1])
    message = "capacity must be a positive integer, got 0"
    fails(ValueError, message, CachedDataset, [1], 0)
    message = "max_bytes must be a positive integer, got 1.5"
    fails(ValueError, message, CachedDataset, [1], max_bytes=1.5)
    message = "index 1 is out of range for a dataset of 1 sample"
    fails(IndexError, message, CachedDataset([1], 1).__getitem__, 1)


TASKS = MultiTaskDataset(
    TensorDataset(np.arange(8).reshape(4, 2)),
    {"digit": np.arange(4), "box": TensorDataset(np.ones((4, 4)), np.arange(4))},
)


def test_a_batch_of_tasks_is_the_collation_of_its_samples() -> None:
    indices = [3, 0, -1]
    batch = TASKS.__getitems__(indices)
    assert isinstance(batch, tuple) and batch[1]["digit"].tolist() == [3, 0, 3]
    assert same(batch, default_collate([TASKS[i] for i in indices]))


def test_a_task_without_batched_fetch_makes_a_list_of_samples() -> None:
    tasks = MultiTaskDataset(TASKS, {"name": ["a", "b", "c", "d"]})
    batch = tasks.__getitems__([2, 1])
    assert isinstance(batch, list)
    assert same(default_collate(batch), default_collate([tasks[2], tasks[1]]))
    assert next(iter(DataLoader(tasks, 2)))[1] == {"name": ["a", "b"]}


def test_tasks_must_have_a_target_for_each_input() -> None:
    message = "each input needs a target of each task, got 2 inputs and 3 targets of task 'b'"
    fails(ValueError, message, MultiTaskDataset, [1, 2], {"a": [1, 2], "b": [1, 2, 3]})
    message = "MultiTaskDataset needs targets for at least one task, got none"
    fails(ValueError, message, MultiTaskDataset, [1, 2], {})
    message = "index 4 is out of range for a dataset of 4 samples"
    fails(IndexError, message, TASKS.__getitem__, 4)
    fails(IndexError, message, TASKS.__getitems__, [0, 4])
