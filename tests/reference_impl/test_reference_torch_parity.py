"""The same names do the same things in torch."""

import inspect
from typing import Any

import numpy as np
import pytest

import reference_impl

torch = pytest.importorskip("torch")
data = pytest.importorskip("torch.utils.data")

SIZES = [(n, b, d) for n in (0, 1, 7, 12) for b in (1, 4, 20) for d in (False, True)]


def same(ours: Any, theirs: Any) -> bool:
    """Whether a batch equals one of torch, which makes a tuple a list."""
    if isinstance(theirs, torch.Tensor):
        return bool(np.array_equal(ours, theirs.numpy())) and ours.dtype == theirs.numpy().dtype
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in theirs)
    if isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return bool(ours == theirs)


@pytest.mark.parametrize(
    "samples",
    [
        [1, 2],
        [1.5, 2.5],
        [True, False],
        ["a", "b"],
        [b"a", b"b"],
        [np.float32(1), np.float32(2)],
        [np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32)],
        [(np.arange(3), 1), (np.arange(3), 2)],
        [[1, 2.0], [3, 4.0]],
        [{"x": np.arange(2), "y": ("a", 1)}, {"x": np.arange(2), "y": ("b", 2)}],
    ],
)
def test_collation_equals_that_of_torch(samples: list[Any]) -> None:
    assert same(reference_impl.default_collate(samples), data.default_collate(samples))


@pytest.mark.parametrize("samples", [[None, None], [np.zeros(2), np.zeros(3)], [[1], [1, 2]]])
def test_what_torch_cannot_collate_we_cannot(samples: list[Any]) -> None:
    for collate in (reference_impl.default_collate, data.default_collate):
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            collate(samples)


def test_padding_equals_that_of_torch() -> None:
    sequences = [np.arange(n, dtype=np.float32) for n in (3, 1, 2)]
    padded, lengths = reference_impl.pad_collate(sequences, padding_value=-1)
    theirs = torch.nn.utils.rnn.pad_sequence(
        [torch.from_numpy(s) for s in sequences], batch_first=True, padding_value=-1
    )
    assert same(padded, theirs) and lengths.tolist() == [3, 1, 2]


@pytest.mark.parametrize(("n", "batch_size", "drop_last"), SIZES)
def test_batches_have_the_shapes_of_torch(n: int, batch_size: int, drop_last: bool) -> None:
    images, labels = np.arange(n * 6.0).reshape(n, 2, 3), np.arange(n)
    ours = reference_impl.DataLoader(
        reference_impl.TensorDataset(images, labels), batch_size, drop_last=drop_last
    )
    theirs = data.DataLoader(
        data.TensorDataset(torch.from_numpy(images), torch.from_numpy(labels)),
        batch_size,
        drop_last=drop_last,
    )
    assert len(ours) == len(theirs)
    assert all(same(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(("n", "batch_size", "drop_last"), SIZES)
def test_samplers_have_the_lengths_of_torch(n: int, batch_size: int, drop_last: bool) -> None:
    source = range(n)
    ours = reference_impl.BatchSampler(
        reference_impl.SequentialSampler(source), batch_size, drop_last
    )
    theirs = data.BatchSampler(data.SequentialSampler(source), batch_size, drop_last)
    assert len(ours) == len(theirs)
    assert [list(batch) for batch in ours] == list(theirs)
    if n:
        for options in ({}, {"num_samples": 5}, {"replacement": True, "num_samples": 30}):
            random = reference_impl.RandomSampler(source, **options)  # type: ignore[arg-type]
            wanted = data.RandomSampler(source, **options)
            assert len(random) == len(list(random)) == len(wanted) == len(list(wanted))


@pytest.mark.parametrize("lengths", [[3, 7], [0.5, 0.5], [0.33, 0.33, 0.34], [0.29, 0.71]])
def test_random_split_makes_parts_of_the_sizes_of_torch(lengths: Any) -> None:
    ours = reference_impl.random_split(range(10), lengths)
    assert list(map(len, ours)) == list(map(len, data.random_split(range(10), lengths)))


def test_a_torch_dataset_goes_into_our_loader_and_ours_into_torchs() -> None:
    theirs = data.ConcatDataset([data.TensorDataset(torch.arange(n)) for n in (3, 2)])
    loader = reference_impl.DataLoader(theirs, 2, collate_fn=data.default_collate)
    assert [batch[0].tolist() for batch in loader] == [[0, 1], [2, 0], [1]]
    ours = reference_impl.ConcatDataset([reference_impl.TensorDataset([n]) for n in (4, 5, 6)])
    assert [batch[0].tolist() for batch in data.DataLoader(ours, 2)] == [[4, 5], [6]]


def test_arguments_stand_in_the_order_of_torch() -> None:
    for name in ("Subset", "ConcatDataset", "BatchSampler", "RandomSampler", "random_split"):
        ours = list(inspect.signature(getattr(reference_impl, name)).parameters)
        theirs = list(inspect.signature(getattr(data, name)).parameters)
        shared = [parameter for parameter in theirs if parameter in ours]
        assert ours[: len(shared)] == shared
    parameters = inspect.signature(reference_impl.DataLoader).parameters
    positional = [name for name, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    names_in_torch = inspect.signature(data.DataLoader).parameters
    assert positional == [name for name in names_in_torch if name in positional]
