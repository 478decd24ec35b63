"""Samplers: orders, epochs and batches of indices."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import BatchSampler, RandomSampler, SequentialSampler

SIZES = st.integers(0, 50)


def test_a_sequential_sampler_counts_up() -> None:
    assert list(SequentialSampler("abc")) == [0, 1, 2]
    assert len(SequentialSampler("abc")) == 3


@given(SIZES, st.integers(0, 2**70), st.integers(0, 100))
def test_an_epoch_is_a_permutation_named_by_seed_and_epoch(n: int, seed: int, epoch: int) -> None:
    sampler = RandomSampler(range(n), seed=seed)
    sampler.set_epoch(epoch)
    wanted = np.random.default_rng([seed, epoch]).permutation(n)
    assert list(sampler) == wanted.tolist()


def test_epochs_differ_and_can_be_chosen_again() -> None:
    sampler = RandomSampler(range(100), seed=0)
    epochs = [list(sampler) for _ in range(5)]
    assert len({tuple(epoch) for epoch in epochs}) == 5
    assert sampler.epoch == 5
    sampler.set_epoch(3)
    assert list(sampler) == epochs[3]
    assert sampler.epoch == 4


def test_without_a_seed_one_is_drawn_once_and_reported() -> None:
    sampler, other = RandomSampler(range(100)), RandomSampler(range(100))
    assert sampler.seed != other.seed
    assert list(RandomSampler(range(100), seed=sampler.seed)) == list(sampler)


def test_two_passes_at_once_are_two_whole_epochs() -> None:
    sampler = RandomSampler(range(50), seed=0)
    one, two = iter(sampler), iter(sampler)
    pairs = list(zip(one, two, strict=True))
    sampler.set_epoch(0)
    assert [list(sampler), list(sampler)] == [[a for a, _ in pairs], [b for _, b in pairs]]


def test_samplers_yield_python_integers() -> None:
    for sampler in (SequentialSampler("ab"), RandomSampler("ab")):
        assert {type(index) for index in sampler} == {int}


@given(st.integers(1, 20), st.integers(1, 100))
def test_more_samples_than_data_run_on_into_further_permutations(n: int, wanted: int) -> None:
    sampler = RandomSampler(range(n), num_samples=wanted, seed=1)
    order = list(sampler)
    assert len(order) == len(sampler) == wanted
    for start in range(0, wanted - n + 1, n):
        assert sorted(order[start : start + n]) == list(range(n))
    assert len(set(order[wanted - wanted % n :])) == wanted % n


def test_draws_with_replacement_are_independent_and_uniform() -> None:
    order = list(RandomSampler(range(4), replacement=True, num_samples=4000, seed=0))
    counts = np.bincount(order, minlength=4)
    assert counts.sum() == 4000
    assert abs(counts - 1000).max() < 5 * np.sqrt(4000 * 0.25 * 0.75)
    whole = list(RandomSampler(range(1000), replacement=True, seed=0))
    assert len(whole) == 1000 and 550 < len(set(whole)) < 700


@pytest.mark.parametrize("replacement", [False, True])
def test_no_data_is_an_empty_epoch(replacement: bool) -> None:
    assert list(RandomSampler([], replacement)) == []


def test_an_order_costs_eight_bytes_an_index() -> None:
    n = 200_000
    sampler = BatchSampler(RandomSampler(range(n), seed=0), 100, drop_last=False)
    tracemalloc.start()
    try:
        for _ in sampler:
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * n * 1.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_samples": 0}, "num_samples must be a positive integer, got 0"),
        ({"num_samples": 1.5}, "num_samples must be a positive integer, got 1.5"),
        ({"seed": -1}, "seed must be a non-negative integer, got -1"),
        ({"seed": "0"}, "seed must be a non-negative integer, got '0'"),
    ],
)
def test_bad_options_of_a_random_sampler_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        RandomSampler(range(3), **options)
    assert str(caught.value) == message


def test_samples_cannot_be_drawn_from_nothing() -> None:
    with pytest.raises(ValueError) as caught:
        RandomSampler([], num_samples=2)
    assert str(caught.value) == "cannot draw num_samples=2 from an empty data source"


def test_a_bad_epoch_is_refused() -> None:
    with pytest.raises(ValueError) as caught:
        RandomSampler("ab").set_epoch(-1)
    assert str(caught.value) == "epoch must be a non-negative integer, got -1"


@given(SIZES, st.integers(1, 12), st.booleans(), st.booleans())
def test_batches_are_the_order_cut_in_pieces(
    n: int, batch_size: int, drop_last: bool, plain: bool
) -> None:
    order: Any = list(range(n)) if plain else SequentialSampler(range(n))
    sampler = BatchSampler(order, batch_size, drop_last)
    batches = [list(batch) for batch in sampler]
    assert len(batches) == len(sampler)
    kept = n - n % batch_size if drop_last else n
    assert [index for batch in batches for index in batch] == list(range(kept))
    assert all(len(batch) == batch_size for batch in batches[: n // batch_size])


def test_batches_of_an_order_are_views_and_of_another_sampler_lists() -> None:
    (batch,) = BatchSampler(SequentialSampler("abc"), 5, drop_last=False)
    assert isinstance(batch, np.ndarray) and batch.dtype == np.int64 and batch.base is not None
    assert list(BatchSampler(iter([7, 8, 9]), 2, drop_last=False)) == [[7, 8], [9]]


def test_a_sampler_whose_order_is_overridden_is_believed() -> None:
    class Backwards(SequentialSampler):
        def __iter__(self) -> Any:
            return reversed(range(len(self)))

    assert list(BatchSampler(Backwards("abc"), 2, drop_last=False)) == [[2, 1], [0]]


def test_an_epoch_starts_when_iteration_is_asked_for() -> None:
    random = RandomSampler(range(9), seed=0)
    batches = BatchSampler(random, 9, drop_last=False)
    late = iter(batches)
    random.set_epoch(7)
    assert list(next(late)) == np.random.default_rng([0, 0]).permutation(9).tolist()
    batches.set_epoch(5)
    assert random.epoch == 5


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, "3", True, None])
def test_a_batch_size_must_be_a_positive_integer(batch_size: Any) -> None:
    with pytest.raises(ValueError) as caught:
        BatchSampler(SequentialSampler("abc"), batch_size, drop_last=False)
    assert str(caught.value) == f"batch_size must be a positive integer, got {batch_size!r}"
