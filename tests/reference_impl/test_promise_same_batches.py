"""The first promise: the same batches, to the bit, whatever the workers."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker_datasets import Growing, Images, ImagesAtOnce, Mixed, Numbers

from reference_impl import DataLoader, Subset, pad_collate

pytestmark = pytest.mark.usefixtures("spawns")


def bits(value):
    """Everything about a batch that could differ, as plain values."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.flags.f_contiguous, value.tobytes()
    if isinstance(value, dict):
        return [(key, bits(item)) for key, item in value.items()]
    if isinstance(value, tuple | list):
        return type(value).__name__, [bits(item) for item in value]
    return value


def epochs(dataset, workers=0, kind="thread", count=2, **options):
    persistent = bool(workers) and kind == "process"
    loader = DataLoader(
        dataset, num_workers=workers, worker_type=kind, persistent_workers=persistent, **options
    )
    return [[bits(batch) for batch in loader] for _ in range(count)]


SHUFFLED = {"batch_size": 4, "shuffle": True, "seed": 5}


@pytest.mark.parametrize("dataset", [Images(30), ImagesAtOnce(30), Subset(Images(30), range(22))])
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_threads_bring_the_same_epochs(dataset, workers):
    expected = epochs(dataset, **SHUFFLED)
    assert expected[0] != expected[1]
    assert epochs(dataset, workers, **SHUFFLED) == expected


@pytest.mark.parametrize(
    ("workers", "dataset"), [(1, Images(30)), (2, ImagesAtOnce(30)), (8, Images(30))]
)
def test_processes_bring_the_same_epochs(dataset, workers):
    assert epochs(dataset, workers, "process", **SHUFFLED) == epochs(dataset, **SHUFFLED)


@given(st.integers(0, 25), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_no_combination_of_sizes_changes_them(length, batch_size, workers, prefetch, drop_last):
    options = {"batch_size": batch_size, "drop_last": drop_last, "shuffle": True, "seed": 1}
    expected = epochs(ImagesAtOnce(length), count=1, **options)
    for dataset in (Images(length), ImagesAtOnce(length)):
        found = epochs(dataset, workers, count=1, prefetch_factor=prefetch, **options)
        assert found == expected


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_samples_of_every_kind_arrive_as_they_are(kind):
    for options in ({"batch_size": 2}, {"batch_size": None}, {"batch_size": 3, "collate_fn": list}):
        found = epochs(Mixed(), 1, kind, count=1, **options)
        assert found == epochs(Mixed(), count=1, **options)


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_batches_that_outgrow_the_ring_arrive_as_well(kind):
    options = {"batch_size": 3, "collate_fn": pad_collate, "count": 1}
    dataset = Growing(20, step=200)
    assert epochs(dataset, 2, kind, **options) == epochs(dataset, **options)


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_the_batches_of_a_stream_come_in_turns(kind):
    loader = DataLoader(Numbers(11), 2, num_workers=3, worker_type=kind)
    turns = [[0, 3], [1, 4], [2, 5], [6, 9], [7, 10], [8]]
    assert [batch.tolist() for batch in loader] == turns
    assert [batch.tolist() for batch in loader] == turns


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_loops_over_one_loader_may_be_nested(kind):
    loader = DataLoader(
        Images(8), 4, shuffle=True, seed=2, num_workers=1, worker_type=kind, persistent_workers=True
    )
    plain = DataLoader(Images(8), 4, shuffle=True, seed=2)
    found = [(bits(outer), [bits(inner) for inner in loader]) for outer in loader]
    assert found == [(bits(outer), [bits(inner) for inner in plain]) for outer in plain]


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_several_loaders_take_turns(kind):
    loaders = [DataLoader(Images(n), 3, num_workers=1, worker_type=kind) for n in (12, 9)]
    plain = [DataLoader(Images(n), 3) for n in (12, 9)]
    assert [bits(pair) for pair in zip(*loaders, strict=False)] == [
        bits(pair) for pair in zip(*plain, strict=False)
    ]


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_an_epoch_after_one_left_early_is_whole(kind):
    options = {"batch_size": 2, "shuffle": True, "seed": 3}
    loader = DataLoader(
        Images(20), num_workers=2, worker_type=kind, persistent_workers=True, **options
    )
    for _ in loader:
        break
    assert [bits(batch) for batch in loader] == epochs(Images(20), **options)[1]


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_batches_that_are_kept_stay_what_they_are(kind):
    loader = DataLoader(Images(60), 2, num_workers=1, worker_type=kind)
    kept = []
    for image, label in loader:
        copies = pickle.dumps((image, label))
        kept.append((image[:, 1:][..., 1:][0], label[1:], copies))
        assert image.flags.writeable and label.flags.writeable
    del image, label
    for view, last, copies in kept:
        image, label = pickle.loads(copies)
        assert np.array_equal(view, image[:, 1:][..., 1:][0]) and np.array_equal(last, label[1:])
