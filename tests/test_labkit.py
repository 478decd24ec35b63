"""What checks measure with: it counts exactly, and it tells good from bad."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit import (
    IDEAS,
    BatchedCountingDataset,
    Clock,
    CountingDataset,
    SimulatedDisk,
    collect,
    cpu_ratio,
    expect,
    expect_error,
    folder,
    peak_memory,
    place,
    same,
)

nests = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(nests)
def test_a_nest_is_the_same_as_itself(nest):
    assert same(nest, nest)


@given(nests, nests)
def test_being_the_same_is_symmetric(one, other):
    assert same(one, other) == same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, "1"),
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, [1]),
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2), np.array([0.0, 1e-12])),
        (np.array([np.nan]), np.array([0.0])),
    ],
)
def test_what_differs_is_not_the_same(one, other):
    assert not same(one, other)


def test_nan_is_the_same_as_nan_in_an_array():
    assert same(np.array([1.0, np.nan]), np.array([1.0, np.nan]))


def test_a_counting_dataset_remembers_indices_in_order():
    dataset = CountingDataset([10, 20, 30])
    assert [dataset[i] for i in (2, -1, 0)] == [30, 30, 10]
    assert dataset.fetched == [2, -1, 0]


def test_an_index_that_is_not_there_is_not_counted_as_fetched():
    dataset = CountingDataset([10])
    with pytest.raises(IndexError):
        dataset[1]
    assert dataset.fetched == []


def test_a_batched_fetch_is_counted_as_one():
    dataset = BatchedCountingDataset(np.arange(10))
    np.testing.assert_array_equal(dataset.__getitems__(np.array([4, 2])), [4, 2])
    assert (dataset.batches, dataset.fetched) == ([[4, 2]], [])


def test_a_clock_does_not_go_back():
    with pytest.raises(ValueError, match="seconds must not be negative, got -1"):
        Clock().sleep(-1)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 64))
def test_a_disk_charges_a_seek_for_each_jump_and_time_for_each_byte(blocks, size):
    disk = SimulatedDisk({"f": bytes(10 * size)}, seek_time=0.5, bandwidth=1000.0)
    for block in blocks:
        assert disk.read("f", block * size, size) == bytes(size)
    jumps = 1 + sum(after != before + 1 for before, after in pairwise(blocks))
    assert disk.seeks == jumps
    assert disk.reads == len(blocks)
    assert disk.bytes_read == size * len(blocks)
    assert disk.clock.now == pytest.approx(0.5 * jumps + size * len(blocks) / 1000)


def test_a_disk_reads_short_at_the_end_of_a_file():
    assert SimulatedDisk({"f": b"abc"}).read("f", 2, 10) == b"c"


def test_a_file_that_is_not_on_the_disk_is_named():
    with pytest.raises(FileNotFoundError, match=r"no file 'g' on this disk; it has \['f'\]"):
        SimulatedDisk({"f": b""}).read("g", 0, 1)


@pytest.mark.parametrize("options", [{"seek_time": -1}, {"bandwidth": 0}])
def test_a_disk_that_cannot_be_is_refused(options):
    with pytest.raises(ValueError, match="seek_time must be at least 0 and bandwidth above 0"):
        SimulatedDisk({}, **options)


def loop_sum(values):
    total = 0
    for value in values.tolist():
        total += value
    return np.int64(total)


def fresh():
    return (np.random.default_rng(0).integers(0, 100, 600_000),)


def test_a_loop_against_itself_has_a_cpu_ratio_near_one():
    assert 0.5 < cpu_ratio({}, loop_sum, loop_sum, fresh) < 2


def test_compiled_code_is_told_from_a_loop():
    assert cpu_ratio({}, np.sum, loop_sum, fresh) > 5


def test_a_fast_wrong_answer_is_not_timed():
    with pytest.raises(AssertionError, match="does not return what the plain loop returns"):
        cpu_ratio({}, lambda values: np.int64(0), loop_sum, fresh)


def test_peak_memory_counts_what_was_alive_at_once():
    def one_then_another():
        first = np.ones(1_000_000, np.uint8)
        del first
        np.ones(1_000_000, np.uint8)

    def both():
        return np.ones(1_000_000, np.uint8), np.ones(1_000_000, np.uint8)

    assert peak_memory({}, one_then_another) == pytest.approx(1e6, rel=0.05)
    assert peak_memory({}, both) == pytest.approx(2e6, rel=0.05)


def test_peak_memory_does_not_count_what_was_there_before():
    before = np.ones(5_000_000, np.uint8)
    assert peak_memory({}, lambda: before[::2]) < 100_000


def test_in_a_notebook_placing_collecting_and_folders_are_what_they_look_like(tmp_path):
    array = np.zeros(3)
    assert place({}, array) is array
    assert collect(iter("ab")) == ["a", "b"]
    with folder({}) as path:
        open(path + "/file", "w").close()
    with pytest.raises(FileNotFoundError):
        open(path + "/file").close()


def test_every_idea_says_what_is_believed_and_what_is_true():
    for tag, idea in IDEAS.items():
        assert tag == tag.lower().replace(" ", "-").replace("_", "-")
        assert idea.believed.endswith(".")
        assert idea.truth.endswith(".")
        assert idea.believed != idea.truth


def test_expect_names_the_idea_and_where_it_is_taught():
    with pytest.raises(
        AssertionError, match=r'found this\. .* \[usable-once: chapter 2, "A loader'
    ):
        expect(False, "usable-once", "found this")


def test_expect_error_wants_the_kind_and_the_words():
    def raises(error):
        raise error

    expect_error(lambda: raises(ValueError("7 and 5")), ValueError, "lengths-differ", 7, 5)
    with pytest.raises(AssertionError, match="wanted a ValueError, got KeyError"):
        expect_error(lambda: raises(KeyError("7")), ValueError, "lengths-differ", 7)
    with pytest.raises(AssertionError, match="should mention 5"):
        expect_error(lambda: raises(ValueError("7")), ValueError, "lengths-differ", 7, 5)
    with pytest.raises(AssertionError, match="wanted an IndexError, and no error was raised"):
        expect_error(lambda: None, IndexError, "index-out-of-range")
