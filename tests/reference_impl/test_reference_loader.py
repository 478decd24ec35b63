"""DataLoader: batches, orders, epochs and options."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    default_collate,
)


class Counted(Dataset[int]):
    """Its sample is its index; it writes down what it was asked for."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.asked: list[Any] = []

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: Any) -> int:
        self.asked.append(index)
        return int(index)


class Batched(Counted):
    def __getitems__(self, indices: Any) -> Any:
        self.asked.append(list(indices))
        return np.asarray(indices) + 100


class BatchedAsSamples(Counted):
    def __getitems__(self, indices: Any) -> list[tuple[int, str]]:
        return [(int(index), str(index)) for index in indices]


class Stream(IterableDataset[int]):
    def __init__(self, length: int) -> None:
        self.length = length
        self.produced = 0

    def __iter__(self) -> Iterator[int]:
        for value in range(self.length):
            self.produced += 1
            yield value


class SizedStream(Stream):
    def __len__(self) -> int:
        return self.length


def indices_of(loader: DataLoader) -> list[int]:
    return [int(index) for batch in loader for index in batch]


@given(st.integers(0, 40), st.integers(1, 15), st.booleans(), st.booleans(), st.booleans())
def test_an_epoch_holds_every_index_once_in_as_many_batches_as_it_says(
    n: int, batch_size: int, drop_last: bool, shuffle: bool, batched: bool
) -> None:
    dataset = TensorDataset(np.arange(n)) if batched else [(i,) for i in range(n)]
    loader = DataLoader(dataset, batch_size, shuffle, drop_last=drop_last, seed=0)
    batches = [batch.tolist() for (batch,) in loader]
    assert len(batches) == len(loader)
    seen = [index for batch in batches for index in batch]
    if drop_last:
        assert all(len(batch) == batch_size for batch in batches)
        assert len(seen) == len(set(seen)) == n - n % batch_size
    else:
        assert sorted(seen) == list(range(n))


@given(st.integers(1, 15), st.integers(0, 5), st.integers(0, 2**40))
def test_the_order_is_a_function_of_seed_and_epoch_alone(
    batch_size: int, epoch: int, seed: int
) -> None:
    loader = DataLoader(Counted(30), batch_size, shuffle=True, seed=seed)
    loader.set_epoch(epoch)
    for e in (epoch, epoch + 1):
        assert indices_of(loader) == np.random.default_rng([seed, e]).permutation(30).tolist()


def test_each_epoch_is_another_and_can_be_chosen_again() -> None:
    loader = DataLoader(Counted(50), 8, shuffle=True, seed=3)
    first, second = indices_of(loader), indices_of(loader)
    assert first != second
    loader.set_epoch(0)
    assert indices_of(loader) == first


def test_without_a_seed_the_order_is_new_but_can_be_repeated() -> None:
    loader, other = (DataLoader(Counted(50), shuffle=True) for _ in range(2))
    assert loader.seed != other.seed
    assert indices_of(DataLoader(Counted(50), shuffle=True, seed=loader.seed)) == indices_of(loader)


def test_no_global_random_state_is_touched_or_read() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    first = indices_of(DataLoader(Counted(20), shuffle=True, seed=0))
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    assert str(before) == str(after)
    np.random.seed(1)  # noqa: NPY002
    assert indices_of(DataLoader(Counted(20), shuffle=True, seed=0)) == first


def test_two_passes_over_one_loader_do_not_disturb_each_other() -> None:
    loader = DataLoader(Counted(12), 3, shuffle=True, seed=0)
    one, two = iter(loader), iter(loader)
    pairs = list(zip(one, two, strict=True))
    loader.set_epoch(0)
    for position in (0, 1):
        assert indices_of(loader) == [int(i) for pair in pairs for i in pair[position]]


def test_a_pass_left_early_does_not_shorten_the_next() -> None:
    loader = DataLoader(Counted(10), 4)
    for _ in loader:
        break
    assert indices_of(loader) == list(range(10))


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    dataset = Counted(10)
    batches = iter(DataLoader(dataset, 4))
    assert dataset.asked == []
    next(batches)
    assert dataset.asked == [0, 1, 2, 3]


def test_a_dataset_is_indexed_with_python_integers() -> None:
    for options in ({"batch_size": 2}, {"batch_size": None}):
        dataset = Counted(4)
        list(DataLoader(dataset, shuffle=True, **options))
        assert {type(index) for index in dataset.asked} == {int}


def test_a_batch_is_fetched_in_one_call_where_the_dataset_can() -> None:
    dataset = Batched(5)
    batches = [batch.tolist() for batch in DataLoader(dataset, 2)]
    assert batches == [[100, 101], [102, 103], [104]]
    assert dataset.asked == [[0, 1], [2, 3], [4]]


def test_a_list_from_a_batched_fetch_is_samples_and_gets_collated() -> None:
    numbers, texts = next(iter(DataLoader(BatchedAsSamples(5), 2)))
    assert numbers.tolist() == [0, 1] and texts == ["0", "1"]


def test_a_collate_function_gets_the_samples_one_by_one() -> None:
    dataset = Batched(5)
    assert list(DataLoader(dataset, 2, collate_fn=list)) == [[0, 1], [2, 3], [4]]
    assert dataset.asked == [0, 1, 2, 3, 4]


def test_batched_fetch_and_a_loop_over_samples_give_equal_batches() -> None:
    rng = np.random.default_rng(0)
    whole = TensorDataset(rng.random((20, 3)), rng.integers(0, 9, 20))
    for dataset in (whole, Subset(whole, [4, 19, -3, 4]), ConcatDataset([whole, whole])):
        fast = DataLoader(dataset, 6, shuffle=True, seed=0)
        loop = DataLoader(dataset, 6, shuffle=True, seed=0, collate_fn=default_collate)
        for (a, b), (c, d) in zip(fast, loop, strict=True):
            assert np.array_equal(a, c) and np.array_equal(b, d)


def test_batch_size_none_gives_samples_as_they_are() -> None:
    dataset = [("a", [1]), ("b", [2])]
    loader = DataLoader(dataset, batch_size=None)
    assert list(loader) == dataset and len(loader) == 2
    doubled = DataLoader([1, 2], batch_size=None, collate_fn=lambda sample: sample * 2)
    assert list(doubled) == [2, 4]


def test_a_sampler_decides_the_order() -> None:
    loader = DataLoader(Counted(9), 2, sampler=[5, 3, 1])
    assert [batch.tolist() for batch in loader] == [[5, 3], [1]]
    assert len(loader) == 2


def test_a_batch_sampler_decides_the_batches() -> None:
    loader = DataLoader(Counted(9), batch_sampler=[[5], [3, 1]])
    assert [batch.tolist() for batch in loader] == [[5], [3, 1]]
    assert len(loader) == 2 and loader.batch_size is None


def test_set_epoch_reaches_a_sampler_given_by_the_user() -> None:
    random = RandomSampler(range(9), seed=0)
    loaders = (
        DataLoader(Counted(9), sampler=random),
        DataLoader(Counted(9), None, sampler=random),
        DataLoader(Counted(9), batch_sampler=BatchSampler(random, 2, drop_last=False)),
    )
    for epoch, loader in enumerate(loaders):
        loader.set_epoch(epoch + 5)
        assert random.epoch == epoch + 5
    for plain in (DataLoader(Counted(9), sampler=[1]), DataLoader(Stream(2))):
        plain.set_epoch(5)


def test_keys_of_any_kind_may_come_from_a_sampler() -> None:
    ages = {"ada": 36, "alan": 41}
    loader = DataLoader(ages, 2, sampler=["alan", "ada"])  # type: ignore[arg-type]
    assert next(iter(loader)).tolist() == [41, 36]


@given(st.integers(0, 20), st.integers(1, 6), st.booleans())
def test_a_stream_is_cut_in_batches(n: int, batch_size: int, drop_last: bool) -> None:
    loader = DataLoader(SizedStream(n), batch_size, drop_last=drop_last)
    for _ in range(2):
        batches = [batch.tolist() for batch in loader]
        assert len(batches) == len(loader)
        kept = n - n % batch_size if drop_last else n
        assert [value for batch in batches for value in batch] == list(range(kept))


def test_a_stream_is_read_no_further_than_asked() -> None:
    stream = Stream(10)
    next(iter(DataLoader(stream, 3)))
    assert stream.produced == 3


def test_a_stream_without_batches_is_passed_on() -> None:
    assert list(DataLoader(Stream(3), None)) == [0, 1, 2]
    assert list(DataLoader(Stream(3), None, collate_fn=str)) == ["0", "1", "2"]
    assert len(DataLoader(SizedStream(3), None)) == 3


def test_a_stream_without_a_length_makes_a_loader_without_one() -> None:
    loader = DataLoader(Stream(3))
    with pytest.raises(TypeError, match="Stream"):
        len(loader)
    assert indices_of(loader) == [0, 1, 2]


def test_an_error_in_a_dataset_comes_through() -> None:
    with pytest.raises(IndexError, match="index 7 is out of range for a dataset of 5 samples"):
        list(DataLoader(TensorDataset(np.arange(5)), 2, sampler=[1, 7]))


def test_an_empty_dataset_makes_no_batch() -> None:
    for shuffle in (False, True):
        loader = DataLoader(TensorDataset(np.empty(0)), 2, shuffle)
        assert list(loader) == [] and len(loader) == 0


ALONE = (
    "batch_sampler decides every batch alone; leave out batch_size, shuffle, sampler and drop_last"
)
STREAM = (
    "Stream is an IterableDataset and brings its own order; "
    "leave out shuffle, sampler and batch_sampler"
)


@pytest.mark.parametrize(
    ("dataset", "options", "message"),
    [
        ([1], {"batch_size": 0}, "batch_size must be a positive integer, got 0"),
        ([1], {"batch_size": 1.5}, "batch_size must be a positive integer, got 1.5"),
        (Stream(1), {"batch_size": -1}, "batch_size must be a positive integer, got -1"),
        ([1], {"batch_sampler": [[0]], "batch_size": 2}, ALONE),
        ([1], {"batch_sampler": [[0]], "batch_size": None}, ALONE),
        ([1], {"batch_sampler": [[0]], "shuffle": True}, ALONE),
        ([1], {"batch_sampler": [[0]], "sampler": [0]}, ALONE),
        ([1], {"batch_sampler": [[0]], "drop_last": True}, ALONE),
        (
            [1],
            {"sampler": [0], "shuffle": True},
            "sampler decides the order alone; leave out shuffle=True",
        ),
        (
            [1],
            {"batch_size": None, "drop_last": True},
            "drop_last=True needs batches, got batch_size=None; leave one out",
        ),
        (Stream(1), {"shuffle": True}, STREAM),
        (Stream(1), {"sampler": [0]}, STREAM),
        (Stream(1), {"batch_sampler": [[0]]}, STREAM),
        ([1], {"num_workers": -1}, "num_workers must be a non-negative integer, got -1"),
        ([1], {"prefetch_factor": 0}, "prefetch_factor must be a positive integer, got 0"),
        ([1], {"timeout": -1}, "timeout must be 0 or more seconds, got -1"),
        ([1], {"seed": -1}, "seed must be a non-negative integer, got -1"),
        (
            [1],
            {"worker_type": "fork"},
            "worker_type must be 'thread' or 'process', got 'fork'",
        ),
        (
            [1],
            {"persistent_workers": True},
            "persistent_workers=True needs num_workers above 0, got 0",
        ),
    ],
)
def test_bad_and_conflicting_options_are_refused(
    dataset: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        DataLoader(dataset, **options)
    assert str(caught.value) == message


def test_what_is_no_dataset_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        DataLoader(iter([1]))  # type: ignore[arg-type]
    assert str(caught.value) == (
        "dataset must have __len__ and __getitem__ or be an IterableDataset, got list_iterator"
    )


def test_the_parts_of_a_loader_have_the_names_of_torch() -> None:
    loader = DataLoader([1, 2], 2, shuffle=True, drop_last=True)
    assert isinstance(loader.sampler, RandomSampler)
    assert isinstance(loader.batch_sampler, BatchSampler)
    assert isinstance(DataLoader([1]).sampler, SequentialSampler)
    assert (loader.batch_size, loader.drop_last, loader.num_workers) == (2, True, 0)
