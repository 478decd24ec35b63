"""Orders beyond the plain shuffle: weighted, balanced, distributed, in blocks, without memory."""

import random
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import (
    BatchSampler,
    BlockShuffleSampler,
    ClassBalancedBatchSampler,
    DistributedSampler,
    LazyRandomSampler,
    RandomSampler,
    WeightedRandomSampler,
)
from reference_impl.sampler import OrderIterator

SAMPLERS: dict[str, Callable[[int], Any]] = {
    "weighted": lambda seed: WeightedRandomSampler(np.arange(200), 150, seed=seed),
    "weighted once": lambda seed: WeightedRandomSampler(np.arange(200), 150, False, seed=seed),
    "distributed": lambda seed: DistributedSampler(range(200), 2, 1, seed=seed),
    "blocks": lambda seed: BlockShuffleSampler(range(200), 8, 3, seed=seed),
    "lazy": lambda seed: LazyRandomSampler(range(20_000), seed=seed),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_an_order_is_a_function_of_seed_and_epoch(name: str) -> None:
    sampler = SAMPLERS[name](3)
    epochs = [list(sampler) for _ in range(3)]
    assert sampler.epoch == 3 and len({tuple(epoch) for epoch in epochs}) == 3
    assert all(len(epoch) == len(sampler) for epoch in epochs)
    again = SAMPLERS[name](3)
    again.set_epoch(2)
    assert list(again) == epochs[2]
    assert list(SAMPLERS[name](4)) != epochs[0]
    with pytest.raises(ValueError, match="epoch must be a non-negative integer, got -1"):
        sampler.set_epoch(-1)


@pytest.mark.parametrize("name", SAMPLERS)
def test_an_order_is_handed_out_as_arrays(name: str) -> None:
    order = iter(SAMPLERS[name](0))
    assert isinstance(order, OrderIterator)
    first = next(order)
    rest = [order.take(7), order.take(100_000), order.take(1)]
    assert type(first) is int and len(rest[0]) == 7 and len(rest[2]) == 0
    assert {part.dtype for part in rest} == {np.dtype(np.int64)}
    assert [first, *np.concatenate(rest).tolist()] == list(SAMPLERS[name](0))


@given(st.integers(0, 300), st.integers(1, 40), st.integers(1, 8), st.integers(0, 2**40))
def test_a_block_shuffle_is_a_permutation_that_mixes_only_some_blocks(
    n: int, block_size: int, blocks_mixed: int, seed: int
) -> None:
    order = np.array(list(BlockShuffleSampler(range(n), block_size, blocks_mixed, seed)), int)
    assert np.array_equal(np.sort(order), np.arange(n))
    blocks = order // block_size
    for block in range(-(-n // block_size)):
        places = np.flatnonzero(blocks == block)
        assert np.ptp(places) < block_size * blocks_mixed
    open_at_once = [len(set(blocks[: k + 1]) & set(blocks[k + 1 :])) for k in range(len(order))]
    assert max(open_at_once, default=0) <= blocks_mixed


def test_blocks_are_visited_at_random_and_mixed_inside() -> None:
    order = np.array(list(BlockShuffleSampler(range(1000), 10, 20, seed=0)))
    assert (np.diff(order) == 1).sum() < 50
    unmixed = np.array(list(BlockShuffleSampler(range(1000), 10, 1, seed=0)))
    assert (np.diff(unmixed[::10] // 10) == 1).sum() < 20


@given(st.integers(0, 30_000), st.integers(1, 20_000), st.integers(0, 2**40))
def test_a_lazy_order_is_a_permutation_however_it_is_cut(n: int, batch: int, seed: int) -> None:
    batches = list(BatchSampler(LazyRandomSampler(range(n), seed), batch, drop_last=False))
    assert all(len(b) == batch for b in batches[:-1])
    order = np.concatenate([*batches, []]).astype(int)
    assert np.array_equal(np.sort(order), np.arange(n))
    assert np.array_equal(order, iter(LazyRandomSampler(range(n), seed)).take(n))


def test_the_first_of_a_million_million_indices_is_there_in_little_memory() -> None:
    n = 10**12
    tracemalloc.start()
    try:
        order = iter(LazyRandomSampler(range(n), seed=0))
        seen = {next(order), *(index for _ in range(30) for index in order.take(1000).tolist())}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(seen) == 30_001 and min(seen) < n / 1000 and max(seen) > n * 0.999
    assert peak < 8 * 2**20


def cpu(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize(("sampler", "at_least"), [(RandomSampler, 10.0), (LazyRandomSampler, 7.0)])
def test_a_million_indices_cost_a_fraction_of_shuffling_a_list(
    sampler: Any, at_least: float
) -> None:
    n = 10**6

    def ours() -> None:
        for _ in BatchSampler(sampler(range(n), seed=0), 256, drop_last=False):
            pass

    def naive() -> None:
        random.Random(0).shuffle(list(range(n)))

    times = [(cpu(ours), cpu(naive)) for _ in range(3)]
    assert min(t for _, t in times) / min(t for t, _ in times) > at_least


@pytest.mark.parametrize(
    "sampler",
    [
        RandomSampler(range(200_000), seed=0),
        BlockShuffleSampler(range(200_000), 100, 5, seed=0),
        LazyRandomSampler(range(200_000), seed=0),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_an_order_costs_eight_bytes_an_index_or_fewer(sampler: Any) -> None:
    next(iter(sampler))  # what NumPy imports at the first draw is no part of the order
    tracemalloc.start()
    try:
        for _ in BatchSampler(sampler, 100, drop_last=False):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 9 * 200_000


@pytest.mark.parametrize("replacement", [True, False])
def test_indices_come_as_often_as_their_weights_say(replacement: bool) -> None:
    weights = np.array([0.0, 1.0, 2.0, 5.0])
    sampler = WeightedRandomSampler(weights, 1, replacement, seed=0)
    firsts = np.array([next(iter(sampler)) for _ in range(4000)])
    counts = np.bincount(firsts, minlength=4)
    share = weights / 8
    assert counts[0] == 0
    assert (abs(counts - 4000 * share) <= 5 * np.sqrt(4000 * share * (1 - share))).all()
    if replacement:
        many = np.bincount(list(WeightedRandomSampler(weights, 4000, seed=1)), minlength=4)
        assert (abs(many - 4000 * share) <= 5 * np.sqrt(4000 * share * (1 - share))).all()


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.integers(0, 99))
def test_without_replacement_nothing_comes_twice(weights: list[float], seed: int) -> None:
    order = list(WeightedRandomSampler([0.0, *weights], len(weights), False, seed))
    assert sorted(order) == list(range(1, len(weights) + 1))


def test_the_second_draw_is_weighted_among_those_left() -> None:
    sampler = WeightedRandomSampler([1, 2, 5], 2, replacement=False, seed=0)
    draws = np.array([list(sampler) for _ in range(6000)])
    after_two = draws[draws[:, 0] == 2][:, 1]
    share = (after_two == 1).mean()
    assert abs(share - 2 / 3) < 5 * np.sqrt(2 / 9 / len(after_two))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 20), st.integers(0, 99))
def test_every_batch_holds_every_class_equally_often(
    classes: list[int], batch_size: int, seed: int
) -> None:
    labels = np.array(classes)
    kinds = np.unique(labels)
    sampler = ClassBalancedBatchSampler(labels, batch_size, seed=seed)
    batches = list(sampler)
    assert len(batches) == len(sampler) == max(1, len(labels) // batch_size)
    for batch in batches:
        counts = (labels[batch][:, None] == kinds).sum(axis=0)
        assert len(batch) == batch_size and np.ptp(counts) <= 1
    times = np.bincount(np.concatenate(batches), minlength=len(labels))
    assert all(np.ptp(times[labels == kind]) <= 1 for kind in kinds)
    sampler.set_epoch(0)
    assert np.array_equal(np.stack(batches), np.stack(list(sampler)))


def test_the_members_of_a_class_come_in_random_order() -> None:
    sampler = ClassBalancedBatchSampler([0] * 100, 10, num_batches=1, seed=0)
    chosen = [frozenset(map(int, batch)) for _ in range(5) for batch in sampler]
    assert len(set(chosen)) == 5


def test_classes_may_have_names_and_epochs_differ() -> None:
    labels = ["cat"] * 50 + ["dog"] * 10
    sampler = ClassBalancedBatchSampler(labels, 4, num_batches=6, seed=0)
    first, second = list(sampler), list(sampler)
    assert not np.array_equal(np.stack(first), np.stack(second))
    assert all(sorted(labels[i] for i in b) == ["cat", "cat", "dog", "dog"] for b in first)
    sampler.set_epoch(1)
    assert np.array_equal(np.stack(list(sampler)), np.stack(second))


@given(st.integers(0, 60), st.integers(1, 9), st.booleans(), st.booleans(), st.integers(0, 2**40))
def test_ranks_are_equally_long_and_together_complete(
    n: int, ranks: int, shuffle: bool, drop_last: bool, seed: int
) -> None:
    samplers = [
        DistributedSampler(range(n), ranks, rank, shuffle, seed, drop_last) for rank in range(ranks)
    ]
    parts = [list(sampler) for sampler in samplers]
    assert {len(part) for part in parts} == {len(samplers[0])}
    every = np.bincount([index for part in parts for index in part], minlength=n)
    surplus = ranks * len(samplers[0]) - n
    if drop_last:
        assert surplus <= 0 and surplus > -ranks and (every <= 1).all()
    else:
        assert 0 <= surplus < ranks and (every >= 1).all() and every.sum() == n + surplus


def test_rank_and_world_size_come_from_the_environment(monkeypatch: Any) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    sampler = DistributedSampler(range(7), shuffle=False)
    assert (sampler.rank, sampler.num_replicas) == (1, 3)
    assert list(sampler) == [1, 4, 0]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("drop_last", [False, True])
def test_ranks_are_cut_as_in_torch(shuffle: bool, drop_last: bool) -> None:
    data = pytest.importorskip("torch.utils.data")
    for n in (1, 5, 8, 13):
        for ranks in (1, 2, 4):
            for rank in range(ranks):
                ours = DistributedSampler(range(n), ranks, rank, shuffle, drop_last=drop_last)
                theirs = data.DistributedSampler(
                    range(n), ranks, rank, shuffle=shuffle, drop_last=drop_last
                )
                assert len(ours) == len(theirs) == len(list(ours))
                if not shuffle:
                    assert list(ours) == list(theirs)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: WeightedRandomSampler([1, -1], 1),
            "weights must be finite numbers of at least 0, and one above 0",
        ),
        (
            lambda: WeightedRandomSampler([0.0, 0.0], 1),
            "weights must be finite numbers of at least 0, and one above 0",
        ),
        (
            lambda: WeightedRandomSampler([1, np.inf], 1),
            "weights must be finite numbers of at least 0, and one above 0",
        ),
        (
            lambda: WeightedRandomSampler([1.0], 0),
            "num_samples must be a positive integer, got 0",
        ),
        (
            lambda: WeightedRandomSampler([1, 0], 2, replacement=False),
            "cannot draw num_samples=2 without replacement from 1 weights above 0",
        ),
        (
            lambda: ClassBalancedBatchSampler([], 2),
            "labels must be a list or 1-D array that is not empty, got shape (0,)",
        ),
        (
            lambda: ClassBalancedBatchSampler([0, 1], 0),
            "batch_size must be a positive integer, got 0",
        ),
        (
            lambda: DistributedSampler(range(3), 2, 2),
            "rank must be below num_replicas=2, got 2",
        ),
        (
            lambda: DistributedSampler(range(3), 2, 0, seed=None),  # type: ignore[arg-type]
            "seed must be a non-negative integer, got None",
        ),
        (
            lambda: BlockShuffleSampler(range(3), 0, 1),
            "block_size must be a positive integer, got 0",
        ),
        (
            lambda: BlockShuffleSampler(range(3), 1, 0),
            "blocks_mixed must be a positive integer, got 0",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(call: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message


def test_a_rank_that_nobody_gave_is_asked_for(monkeypatch: Any) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.setenv("RANK", "first")
    with pytest.raises(ValueError) as caught:
        DistributedSampler(range(3))
    assert str(caught.value) == (
        "DistributedSampler needs num_replicas; pass it, or start with torchrun, "
        "which sets WORLD_SIZE (it is '')"
    )
    with pytest.raises(ValueError) as caught:
        DistributedSampler(range(3), num_replicas=2)
    assert str(caught.value) == (
        "DistributedSampler needs rank; pass it, or start with torchrun, "
        "which sets RANK (it is 'first')"
    )
