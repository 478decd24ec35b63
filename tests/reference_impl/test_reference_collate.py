"""Collation: samples to a batch, and ragged samples to a padded one."""

from collections import namedtuple
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reference_impl import DataLoader, default_collate, pad_collate

Point = namedtuple("Point", ["x", "y"])


def fails(error: type[Exception], message: str, call: Any, *args: Any, **options: Any) -> None:
    with pytest.raises(error) as caught:
        call(*args, **options)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("samples", "dtype"),
    [
        ([1, 2], np.int64),
        ([0.5, 1.5], np.float64),
        ([True, False], np.bool_),
        ([1j, 2j], np.complex128),
        ([np.float32(1), np.float32(2)], np.float32),
        ([np.array(1, np.uint8), np.array(2, np.uint8)], np.uint8),
    ],
)
def test_numbers_become_an_array_of_their_type(samples: list[Any], dtype: type) -> None:
    batch = default_collate(samples)
    assert batch.dtype == dtype and batch.tolist() == [np.asarray(s).item() for s in samples]


def test_arrays_are_stacked_along_a_new_first_axis() -> None:
    batch = default_collate([np.zeros((3, 4), np.uint8)] * 5)
    assert batch.shape == (5, 3, 4) and batch.dtype == np.uint8


def test_text_and_bytes_stay_a_list() -> None:
    assert default_collate(["a", "bc"]) == ["a", "bc"]
    assert default_collate((b"a", b"bc")) == [b"a", b"bc"]


@pytest.mark.parametrize("kind", [tuple, list])
def test_tuples_and_lists_stay_what_they_are(kind: Any) -> None:
    batch = default_collate([kind([1, "a"]), kind([2, "b"])])
    assert type(batch) is kind
    assert batch[0].tolist() == [1, 2] and batch[1] == ["a", "b"]


def test_named_tuples_keep_their_names() -> None:
    batch = default_collate([Point(1, 2.0), Point(3, 4.0)])
    assert type(batch) is Point
    assert batch.x.tolist() == [1, 3] and batch.y.tolist() == [2.0, 4.0]


def test_dicts_keep_their_keys_whatever_their_order() -> None:
    batch = default_collate([{"a": 1, "b": 2}, {"b": 4, "a": 3}])
    assert list(batch) == ["a", "b"]
    assert batch["a"].tolist() == [1, 3] and batch["b"].tolist() == [2, 4]


LEAVES = st.sampled_from(
    [
        st.integers(-(2**60), 2**60),
        st.floats(allow_nan=False),
        st.booleans(),
        st.text(max_size=3),
        st.binary(max_size=3),
        arrays(np.int16, (2, 3)),
        arrays(np.float32, (), elements=st.floats(width=32, allow_nan=False)),
    ]
)
SAMPLES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda fields: st.tuples(*fields)),
        st.lists(inner, min_size=1, max_size=3).map(lambda f: st.tuples(*f).map(list)),
        st.tuples(inner, inner).map(lambda fields: st.builds(Point, *fields)),
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(st.fixed_dictionaries),
    ),
    max_leaves=6,
)
BATCHES = SAMPLES.flatmap(lambda sample: st.lists(sample, min_size=1, max_size=4))


def sample_of(batch: Any, index: int) -> Any:
    """The sample at `index`, taken out of a batch again."""
    if isinstance(batch, dict):
        return {key: sample_of(value, index) for key, value in batch.items()}
    if isinstance(batch, np.ndarray) or all(isinstance(item, str | bytes) for item in batch):
        return batch[index]
    fields = [sample_of(field, index) for field in batch]
    return Point(*fields) if isinstance(batch, Point) else type(batch)(fields)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, tuple | list):
        return type(left) is type(right) and all(map(same, left, right))
    return np.array_equal(left, right)


@given(BATCHES)
def test_every_sample_can_be_taken_out_of_its_batch_again(samples: list[Any]) -> None:
    for collate in (default_collate, pad_collate):
        if collate is pad_collate and isinstance(samples[0], np.ndarray):
            continue
        batch = collate(samples)
        for index, sample in enumerate(samples):
            assert same(sample, sample_of(batch, index))


@pytest.mark.parametrize(
    ("samples", "where"),
    [
        ([np.zeros(3), np.zeros(5)], ""),
        ([(0, np.zeros(3)), (1, np.zeros(5))], "field 1: "),
        ([{"tokens": np.zeros(3)}, {"tokens": np.zeros(5)}], "field 'tokens': "),
        ([Point(np.zeros(3), 0), Point(np.zeros(5), 0)], "field 'x': "),
        ([{"a": [0, np.zeros(3)]}, {"a": [0, np.zeros(5)]}], "field 'a'[1]: "),
    ],
)
def test_ragged_arrays_are_refused_by_field_and_shape(samples: list[Any], where: str) -> None:
    message = (
        f"{where}shapes (3,) and (5,) cannot be stacked; "
        "pad ragged samples with collate_fn=pad_collate"
    )
    fails(ValueError, message, default_collate, samples)


def test_samples_of_different_fields_are_refused() -> None:
    advice = "make a ragged field an array and use collate_fn=pad_collate"
    fails(
        ValueError,
        f"field 0: samples must have the same fields, got 2 items and 3 items; {advice}",
        default_collate,
        [([1, 2],), ([1, 2, 3],)],
    )
    fails(
        ValueError,
        f"samples must have the same fields, got keys ['a'] and keys ['a', 'b']; {advice}",
        default_collate,
        [{"a": 1}, {"a": 1, "b": 2}],
    )


def test_samples_of_different_types_are_refused() -> None:
    fails(
        TypeError,
        "field 1: samples must be of one type, got int and str",
        default_collate,
        [(0, 1), (0, "1")],
    )


def test_what_has_no_collation_is_refused() -> None:
    message = (
        "field 'mask': NoneType cannot be collated; make it an array, "
        "number, text, tuple, list or dict, or pass a collate_fn"
    )
    fails(TypeError, message, default_collate, [{"mask": None}])
    fails(TypeError, message, pad_collate, [{"mask": np.zeros(2)}, {"mask": None}])


def test_an_empty_batch_is_refused() -> None:
    message = "cannot collate an empty batch; a batch holds at least one sample"
    fails(ValueError, message, default_collate, [])


SEQUENCES = st.lists(
    st.integers(0, 6).flatmap(lambda n: arrays(np.int32, (n, 2))), min_size=1, max_size=5
)


@given(SEQUENCES, st.integers(-5, 5))
def test_padding_loses_nothing_and_fills_the_rest(sequences: list[Any], value: int) -> None:
    padded, lengths = pad_collate(sequences, padding_value=value)
    assert padded.shape == (len(sequences), max(map(len, sequences)), 2)
    assert padded.dtype == np.int32 and lengths.dtype == np.int64
    for row, length, sequence in zip(padded, lengths, sequences, strict=True):
        assert np.array_equal(row[:length], sequence)
        assert (row[length:] == value).all()


def test_only_ragged_fields_are_padded() -> None:
    image = np.ones((2, 2))
    samples = [{"tokens": np.arange(n), "image": image, "label": n} for n in (1, 3)]
    batch = pad_collate(samples)
    padded, lengths = batch["tokens"]
    assert padded.tolist() == [[0, 0, 0], [0, 1, 2]] and lengths.tolist() == [1, 3]
    assert batch["image"].shape == (2, 2, 2) and batch["label"].tolist() == [1, 3]


def test_a_field_of_one_length_stays_plain_unless_it_is_named() -> None:
    samples = [(np.arange(3), 0), (np.arange(3), 1)]
    assert pad_collate(samples)[0].shape == (2, 3)
    padded, lengths = pad_collate(samples, fields=[0])[0]
    assert padded.shape == (2, 3) and lengths.tolist() == [3, 3]
    named = pad_collate([Point(np.arange(3), 0)], fields=["x"])
    assert named.x[1].tolist() == [3]


def test_with_named_fields_every_batch_of_a_loader_has_one_form() -> None:
    samples = [(np.arange(n), n) for n in range(7)]
    loader = DataLoader(samples, batch_size=3, collate_fn=partial(pad_collate, fields=[0]))
    seen = [
        padded[row, :length].tolist()
        for (padded, lengths), _ in loader
        for row, length in enumerate(lengths)
    ]
    assert seen == [list(range(n)) for n in range(7)]


def test_what_cannot_be_padded_is_refused() -> None:
    advice = "pad_collate pads the first axis, and the others must be equal"
    fails(
        ValueError,
        f"field 0: shapes (3, 2) and (4, 5) cannot be padded; {advice}",
        pad_collate,
        [(np.zeros((3, 2)),), (np.zeros((4, 5)),)],
    )
    fails(
        ValueError,
        f"shapes () and (2,) cannot be padded; {advice}",
        pad_collate,
        [np.array(1), np.zeros(2)],
    )


def test_a_named_field_without_an_array_is_refused() -> None:
    message = "pad_collate found no array in the fields ['label', 'tokns']"
    samples = [{"tokens": np.zeros(2), "label": 1}]
    fails(ValueError, message, pad_collate, samples, fields=["tokns", "tokens", "label"])


@pytest.mark.parametrize("value", [-1, 0.5, 256, float("nan")])
def test_a_padding_value_that_does_not_fit_is_refused(value: float) -> None:
    samples = [(np.zeros(1, np.uint8),), (np.zeros(2, np.uint8),)]
    message = f"field 0: padding_value {value} does not fit into uint8"
    fails(ValueError, message, pad_collate, samples, padding_value=value)


def test_floats_may_be_padded_with_nan() -> None:
    padded, _ = pad_collate([np.zeros(1), np.zeros(2)], padding_value=float("nan"))
    assert np.isnan(padded).tolist() == [[False, True], [False, False]]
