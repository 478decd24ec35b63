"""Streams: shuffled in bounded memory, split over workers, and never ending."""

from collections import Counter
from collections.abc import Iterator
from itertools import count, islice, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import DataLoader, IterableDataset, ShuffleBuffer, SplitByWorker, Unbatched


class Numbers(IterableDataset[Any]):
    """0, 1, 2 ... as samples of any kind, and how many have been read."""

    def __init__(self, n: int | None, wrap: Any = int) -> None:
        self.n, self.wrap, self.read = n, wrap, 0

    def __iter__(self) -> Iterator[Any]:
        for number in count() if self.n is None else range(self.n):
            self.read += 1
            yield self.wrap(number)


def blocks(n: int, size: int) -> Unbatched:
    return Unbatched(np.split(np.arange(n), range(size, n, size)))


@given(st.integers(0, 300), st.integers(1, 200), st.integers(1, 50), st.booleans())
def test_everything_comes_exactly_once_and_nothing_much_too_early(
    n: int, buffer_size: int, size: int, arrays: bool
) -> None:
    source: Any = blocks(n, size) if arrays else Numbers(n)
    order = [int(x) for x in ShuffleBuffer(source, buffer_size, seed=0)]
    assert sorted(order) == list(range(n))
    early = [number - place for place, number in enumerate(order)]
    assert max(early, default=0) <= buffer_size
    if buffer_size == 1:
        assert order == list(range(n))


@given(st.integers(1, 400), st.integers(1, 100), st.lists(st.integers(0, 90), max_size=20))
def test_the_order_is_the_same_however_it_is_taken_and_read(
    n: int, buffer_size: int, cuts: list[int]
) -> None:
    wanted = [int(x) for x in ShuffleBuffer(Numbers(n), buffer_size, seed=1)]
    for source in (blocks(n, 7), blocks(n, 64), Numbers(n)):
        samples = iter(ShuffleBuffer(source, buffer_size, seed=1))
        got: list[int] = []
        for size in cuts:
            part = samples.take(size + 1)
            got += [] if part is None else list(part)
            got += islice(samples, 1)
        got += samples
        assert list(map(int, got)) == wanted
        assert samples.take(1) is None


def test_epochs_differ_and_can_be_named() -> None:
    buffer = ShuffleBuffer(blocks(500, 50), 100, seed=3)
    epochs = [[int(x) for x in buffer.at_epoch(epoch)] for epoch in (0, 1, 1, 2)]
    assert epochs[1] == epochs[2] and epochs[0] == [int(x) for x in buffer]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    loader = DataLoader(buffer, 100)
    assert [x for b in loader for x in b.tolist()] == epochs[0]
    assert [x for b in loader for x in b.tolist()] == epochs[1]


def test_the_order_is_well_mixed_inside_the_buffer() -> None:
    order = np.array([int(x) for x in ShuffleBuffer(blocks(20_000, 100), 5000, seed=0)])
    first = order[:1000]
    assert abs(first.mean() - 2500) < 300 and abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < 0.95
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.15
    waits = np.argsort(order) - np.arange(20_000)
    assert waits.max() > 5000


def test_a_stream_that_fits_into_the_buffer_is_shuffled_too() -> None:
    order = [int(x) for x in ShuffleBuffer(blocks(50, 10), 100, seed=0)]
    assert sum(b == a + 1 for a, b in pairwise(order)) < 10


def test_memory_is_bounded_by_the_buffer() -> None:
    source = Numbers(None)
    samples = iter(ShuffleBuffer(source, 64, seed=0))
    for taken in range(1, 500):
        next(samples)
        assert source.read <= taken + 64 + 8


def test_an_endless_stream_is_shuffled_and_loaded() -> None:
    loader = DataLoader(ShuffleBuffer(Numbers(None), 50, seed=0), batch_size=10)
    batches = list(islice(loader, 30))
    numbers = np.concatenate(batches)
    assert len(set(numbers.tolist())) == 300 and numbers.max() < 370

    def forever() -> Iterator[Any]:
        for start in count(0, 100):
            yield np.arange(start, start + 100)

    endless = iter(ShuffleBuffer(Unbatched(forever()), 50, seed=0))
    assert len(set(endless.take(1000).tolist())) == 1000


def text(number: int) -> str:
    return "x" * (number % 5) + str(number)


@pytest.mark.parametrize(
    "wrap",
    [
        text,
        lambda n: (np.full(3, n), n, text(n)),
        lambda n: {"x": np.full((2, 2), n), "key": text(n)},
        lambda n: np.arange(n % 4),
    ],
)
def test_samples_of_every_kind_come_through(wrap: Any) -> None:
    samples = list(ShuffleBuffer(Numbers(60, wrap), 20, seed=0))
    assert Counter(map(repr, samples)) == Counter(repr(wrap(n)) for n in range(60))


def test_batches_of_fields_are_shuffled_row_by_row() -> None:
    rows = np.arange(90)
    batches = [
        {"x": r[:, None] * 2, "pair": (r, [text(n) for n in r.tolist()])}
        for r in np.split(rows, [11, 40])
    ]
    for batch in (None, 8):
        samples = iter(ShuffleBuffer(Unbatched(batches), 30, seed=0))
        seen = []
        while (part := next(samples, None) if batch is None else samples.take(batch)) is not None:
            if batch is None:
                part = {"x": part["x"][None], "pair": ([part["pair"][0]], [part["pair"][1]])}
            for x, n, name in zip(part["x"], *part["pair"], strict=True):
                assert x[0] == 2 * n and name == text(int(n))
                seen.append(int(n))
        assert sorted(seen) == rows.tolist() and seen != rows.tolist()


def test_a_source_that_changes_its_dtype_is_refused() -> None:
    stream = Unbatched([np.arange(10), np.arange(10) / 2])
    with pytest.raises(ValueError) as caught:
        list(ShuffleBuffer(stream, 10))
    assert str(caught.value) == (
        "batches of a stream must have one dtype and row shape, got int64 () and float64 ()"
    )


def test_a_buffer_leaves_the_batches_that_it_was_filled_with_alone() -> None:
    batches = np.split(np.arange(100), 5)
    before = np.concatenate(batches)
    list(ShuffleBuffer(Unbatched(batches), 10))
    list(ShuffleBuffer(Unbatched([np.concatenate(batches), before]), 100))
    assert np.array_equal(np.concatenate(batches), before)


def test_lists_of_samples_are_unbatched_too() -> None:
    stream = Unbatched([["a", "b"], [], ["c"]])
    assert list(stream) == ["a", "b", "c"] and iter(stream).take(5) == ["a", "b", "c"]
    pairs = Unbatched([[(1, "a"), (2, "b")]])
    assert list(pairs) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_workers_share_a_stream_without_overlap(workers: int) -> None:
    stream = SplitByWorker(Numbers(50))
    shuffled = ShuffleBuffer(stream, 10, seed=0)
    arrays = SplitByWorker(blocks(50, 7))
    lists = SplitByWorker(ShuffleBuffer(Numbers(50), 10, seed=0))
    for dataset in (stream, shuffled, arrays, lists):
        batches = list(DataLoader(dataset, 4, num_workers=workers, timeout=60))
        numbers = [int(x) for batch in batches for x in batch]
        assert sorted(numbers) == list(range(50))
    pairs = zip(
        DataLoader(stream, 4, num_workers=workers),
        DataLoader(arrays, 4, num_workers=workers),
        strict=True,
    )
    assert all(np.array_equal(one, other) for one, other in pairs)
    by_first = [next(iter(b)) for b in DataLoader(stream, 4, num_workers=workers, timeout=60)]
    assert by_first[: max(1, workers)] == list(range(max(1, workers)))


def test_one_worker_gives_the_stream_of_none() -> None:
    buffer = ShuffleBuffer(SplitByWorker(blocks(100, 9)), 30, seed=2)
    alone, helped = (
        [x for b in DataLoader(buffer, 7, num_workers=n, timeout=60) for x in b.tolist()]
        for n in (0, 1)
    )
    assert alone == helped


@pytest.mark.parametrize("size", [0, -3, 1.5, True, None])
def test_a_buffer_holds_a_positive_number_of_samples(size: Any) -> None:
    with pytest.raises(ValueError) as caught:
        ShuffleBuffer(Numbers(3), size)
    assert str(caught.value) == f"buffer_size must be a positive integer, got {size!r}"
