"""Map-style datasets, and what is made of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import (
    array_shapes,
    arrays,
    boolean_dtypes,
    datetime64_dtypes,
    floating_dtypes,
    integer_dtypes,
)

from reference_impl import (
    ConcatDataset,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
)

TEN = TensorDataset(np.arange(20).reshape(10, 2), np.arange(10))


class Listed(Dataset[Any]):
    """A dataset without batched fetch, over a list."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]


def fails(error: type[Exception], message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert str(caught.value) == message


def test_a_dataset_is_iterated_by_its_indices() -> None:
    assert list(Listed(["a", "b"])) == ["a", "b"]
    assert [int(y) for _, y in TEN] == list(range(10))


def test_a_dataset_must_say_its_length_and_its_samples() -> None:
    class Lengthless(Dataset[int]):
        def __getitem__(self, index: Any) -> int:
            return 0

    with pytest.raises(TypeError, match="__len__"):
        Lengthless()  # type: ignore[abstract]


def test_a_sample_of_a_tensor_dataset_is_a_tuple_even_for_one_array() -> None:
    sample = TensorDataset([5, 6])[1]
    assert sample == (6,) and isinstance(sample, tuple)


def test_rows_of_a_tensor_dataset_are_views() -> None:
    images = np.zeros((3, 2, 2))
    row = TensorDataset(images)[1][0]
    assert np.shares_memory(row, images)
    row[:] = 1
    assert images[1].all() and not images[0].any()


def test_rows_of_a_memory_map_are_views_too(tmp_path: Any) -> None:
    disk = np.memmap(tmp_path / "x", dtype=np.uint8, mode="w+", shape=(4, 2))
    dataset = TensorDataset(disk)
    assert np.shares_memory(dataset[2][0], disk)


@given(st.integers(-30, 30))
def test_indices_mean_what_they_mean_for_a_list(index: int) -> None:
    wanted = list(range(10))
    part = Subset(TEN, np.arange(9, -1, -1))
    joined = ConcatDataset([Subset(TEN, range(3)), Subset(TEN, range(3, 10))])
    if -10 <= index < 10:
        assert TEN[index][1] == wanted[index]
        assert part[index][1] == wanted[::-1][index]
        assert joined[index][1] == wanted[index]
    else:
        message = f"index {index} is out of range for a dataset of 10 samples"
        for dataset in (TEN, part, joined):
            fails(IndexError, message, dataset.__getitem__, index)
        fails(IndexError, message, TEN.__getitems__, [0, index])
        fails(IndexError, message, part.__getitems__, [0, index])


@pytest.mark.parametrize("index", [1.0, "1", None, slice(2), np.array([1, 2])])
def test_an_index_that_is_no_integer_is_refused(index: Any) -> None:
    message = (
        f"index must be an integer, got {type(index).__name__}; "
        "for several samples use Subset or a DataLoader"
    )
    for dataset in (TEN, Subset(TEN, [1]), ConcatDataset([TEN])):
        fails(TypeError, message, dataset.__getitem__, index)


def test_a_numpy_integer_is_an_index() -> None:
    assert TEN[np.int64(3)][1] == TEN[np.uint8(3)][1] == 3


@pytest.mark.parametrize(
    ("indices", "what"),
    [([0.5], "1 axes of float64"), ([True], "1 axes of bool"), ([[1]], "2 axes of int64")],
)
def test_indices_of_a_batch_must_be_a_row_of_integers(indices: Any, what: str) -> None:
    message = f"indices must be a list or a 1-D array of integers, got {what}"
    fails(TypeError, message, TEN.__getitems__, indices)
    fails(TypeError, message, Subset, TEN, indices)


def test_a_dataset_of_one_sample_is_counted_in_the_singular() -> None:
    message = "index 1 is out of range for a dataset of 1 sample"
    fails(IndexError, message, TensorDataset([5]).__getitem__, 1)


def test_an_empty_tensor_dataset_has_no_sample() -> None:
    empty = TensorDataset(np.empty((0, 2)))
    assert len(empty) == 0 and list(empty) == []
    message = "index 0 is out of range for a dataset of 0 samples"
    fails(IndexError, message, empty.__getitem__, 0)
    fails(IndexError, message, empty.__getitems__, [0])


def test_arrays_that_cannot_be_a_tensor_dataset_are_refused() -> None:
    fails(ValueError, "TensorDataset needs at least one array, got none", TensorDataset)
    fails(
        ValueError,
        "arrays must have one length, got 3 for array 0 and 2 for array 1",
        TensorDataset,
        np.zeros(3),
        np.zeros(2),
    )
    fails(ValueError, "array 0 must have at least one axis, got a scalar", TensorDataset, 3)
    fails(
        ValueError,
        "array 1 holds Python objects, which have no rows to stack; "
        "write a Dataset for ragged samples and collate them with pad_collate",
        TensorDataset,
        [0],
        np.array([[1, 2]], dtype=object),
    )


# Native byte order, because a NumPy scalar has no other.
DTYPES = st.one_of(
    boolean_dtypes(),
    integer_dtypes(endianness="="),
    floating_dtypes(endianness="="),
    datetime64_dtypes(endianness="="),
)


@st.composite
def datasets_and_indices(draw: Any) -> tuple[TensorDataset, list[int]]:
    """A dataset of one to three arrays of one length, and a batch of its indices."""
    length = draw(st.integers(1, 6))
    shapes = array_shapes(min_dims=0, max_dims=2, max_side=3)
    columns = draw(
        st.lists(
            shapes.flatmap(lambda shape: arrays(DTYPES, (length, *shape))),
            min_size=1,
            max_size=3,
        )
    )
    index = st.integers(-length, length - 1)
    return TensorDataset(*columns), draw(st.lists(index, min_size=1, max_size=8))


def same(left: Any, right: Any) -> bool:
    """Whether two batches are equal in structure, types and values."""
    if isinstance(left, np.ndarray):
        return bool(left.dtype == right.dtype and left.tobytes() == right.tobytes())
    return type(left) is type(right) and all(map(same, left, right))


@given(datasets_and_indices())
def test_a_batched_fetch_is_the_collation_of_its_samples(
    drawn: tuple[TensorDataset, list[int]],
) -> None:
    dataset, indices = drawn
    assert same(dataset.__getitems__(indices), default_collate([dataset[i] for i in indices]))
    part = Subset(dataset, indices)
    back = range(len(part))[::-1]
    assert same(part.__getitems__(back), default_collate([part[i] for i in back]))


def test_a_subset_of_a_dataset_without_batched_fetch_gives_a_list_of_samples() -> None:
    part = Subset(Listed(["a", "b", "c"]), [2, 0])
    assert part.__getitems__([1, 0, 0]) == ["a", "c", "c"]


def test_a_subset_forwards_a_batch_in_one_call() -> None:
    calls = []

    class Counted(Listed):
        def __getitems__(self, indices: Any) -> Any:
            calls.append(list(indices))
            return np.take(self.items, indices)

    part = Subset(Subset(Counted([10, 20, 30]), [2, 1, 0]), [0, 2])
    assert part.__getitems__([1, 0]).tolist() == [10, 30]
    assert calls == [[0, 2]]


@given(st.data(), st.integers(1, 20))
def test_a_subset_of_a_subset_composes_its_indices(data: Any, n: int) -> None:
    outer = data.draw(st.lists(st.integers(-n, n - 1), min_size=1))
    inner = data.draw(st.lists(st.integers(-len(outer), len(outer) - 1)))
    part = Subset(Subset(range(n), outer), inner)
    assert list(part) == [range(n)[outer[i]] for i in inner]


def test_a_subset_refuses_indices_outside_its_dataset_at_once() -> None:
    message = "index 10 is out of range for a dataset of 10 samples"
    fails(IndexError, message, Subset, TEN, [3, 10, 11])


@given(st.lists(st.lists(st.integers()), min_size=1))
def test_a_concatenation_is_its_datasets_end_to_end(parts: list[list[int]]) -> None:
    joined = ConcatDataset(parts)
    flat = [item for part in parts for item in part]
    assert len(joined) == len(flat)
    assert list(joined) == flat
    assert [joined[-i] for i in range(1, len(flat) + 1)] == flat[::-1]


def test_what_cannot_be_concatenated_is_refused() -> None:
    class Stream(IterableDataset[int]):
        def __iter__(self) -> Iterator[int]:
            return iter(())

    fails(ValueError, "ConcatDataset needs at least one dataset, got none", ConcatDataset, [])
    fails(
        TypeError,
        "ConcatDataset needs datasets with a length and an index, but dataset 1 is Stream",
        ConcatDataset,
        [TEN, Stream()],
    )


@st.composite
def totals_and_lengths(draw: Any) -> tuple[int, list[int] | list[float]]:
    counts = draw(st.lists(st.integers(0, 20), min_size=1, max_size=5))
    if sum(counts) and draw(st.booleans()):
        return draw(st.integers(0, 50)), [count / sum(counts) for count in counts]
    return sum(counts), counts


@given(totals_and_lengths(), st.integers(0, 2**40))
def test_a_random_split_is_a_partition(drawn: Any, seed: int) -> None:
    total, lengths = drawn
    parts = random_split(range(total), lengths, seed)
    assert sorted(i for part in parts for i in part) == list(range(total))
    assert len(parts) == len(lengths)
    for part, length in zip(parts, lengths, strict=True):
        wanted = length if isinstance(length, int) else length * total
        assert abs(len(part) - wanted) < 1 + 1e-9


def test_a_random_split_is_shuffled_and_repeats_with_its_seed() -> None:
    first, _ = random_split(range(1000), [500, 500], seed=1)
    again, _ = random_split(range(1000), [0.5, 0.5], seed=1)
    other, _ = random_split(range(1000), [500, 500], seed=2)
    assert list(first) == list(again) != list(other)
    assert list(first) != sorted(first)
    assert list(random_split(range(1000), [1000])[0]) != list(random_split(range(1000), [1000])[0])


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([7, 2], "lengths must sum to the 10 samples of the dataset, got [7, 2] with sum 9"),
        ([0.5, 0.25], "fractions must sum to 1, got [0.5, 0.25] with sum 0.75"),
        ([11, -1], "lengths must be counts or fractions, none negative, got [11, -1]"),
        ([1.5, -0.5], "lengths must be counts or fractions, none negative, got [1.5, -0.5]"),
        (["all"], "lengths must be counts or fractions, none negative, got ['all']"),
        ([], "lengths must be counts or fractions, none negative, got []"),
    ],
)
def test_lengths_that_are_no_split_are_refused(lengths: Any, message: str) -> None:
    fails(ValueError, message, random_split, range(10), lengths)
