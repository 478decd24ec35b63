"""Normalizer: statistics in one pass, as good as in two."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import DataLoader, Digits, Normalizer, TensorDataset


@given(
    st.integers(1, 60), st.integers(1, 25), st.sampled_from([0.0, 1e4, -1e8]), st.integers(0, 99)
)
def test_one_pass_over_batches_equals_two_over_everything(
    n: int, batch_size: int, offset: float, seed: int
) -> None:
    data = offset + np.random.default_rng(seed).normal(size=(n, 3, 2, 2))
    normalizer = Normalizer().fit(DataLoader(TensorDataset(data), batch_size))
    assert normalizer.count == n * 4
    np.testing.assert_allclose(normalizer.mean, data.mean(axis=(0, 2, 3)), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(normalizer.std, data.std(axis=(0, 2, 3)), rtol=1e-6)


def test_a_large_mean_costs_no_digits_where_sums_of_squares_lose_them_all() -> None:
    values = 1e9 + np.random.default_rng(0).normal(size=(10_000, 1))
    naive = np.mean(values**2) - np.mean(values) ** 2
    ours = Normalizer().fit(np.split(values, 100)).std[0]
    assert abs(ours / values.std() - 1) < 1e-8 < abs(naive - 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_transformed_data_has_mean_zero_and_deviation_one(dtype: Any) -> None:
    data = np.random.default_rng(0).integers(0, 256, (50, 3, 4, 4)).astype(dtype)
    before = data.copy()
    result = Normalizer().fit_transform(data)
    assert result.dtype == np.float32
    assert abs(result.mean(axis=(0, 2, 3), dtype=np.float64)).max() < 1e-6
    assert abs(result.std(axis=(0, 2, 3), dtype=np.float64) - 1).max() < 1e-6
    assert np.array_equal(data, before)


@given(st.sampled_from([(4, 3), (4, 3, 2, 2), (4, 3, 5)]), st.sampled_from(["CHW", "HWC"]))
def test_inverse_undoes_transform_for_batches_and_samples(
    shape: tuple[int, ...], layout: Any
) -> None:
    data = np.random.default_rng(0).normal(5, 3, shape).astype(np.float32)
    data = np.moveaxis(data, 1, -1) if layout == "HWC" else data
    normalizer = Normalizer(layout).fit(data)
    there = normalizer.transform(data)
    np.testing.assert_allclose(normalizer.inverse(there), data, rtol=1e-5, atol=1e-5)
    assert np.array_equal(normalizer.transform(data[1]), there[1])
    np.testing.assert_allclose(normalizer.inverse(there[1]), data[1], rtol=1e-5, atol=1e-5)


def test_a_loader_of_tuples_gives_its_first_field() -> None:
    images = Digits().images
    normalizer = Normalizer().fit(DataLoader(Digits(), batch_size=100))
    assert normalizer.mean == pytest.approx([images.mean(dtype=np.float64)], rel=1e-13)
    assert normalizer.std == pytest.approx([images.std(dtype=np.float64)], rel=1e-13)


def test_fitting_again_starts_again() -> None:
    normalizer = Normalizer().fit(np.zeros((3, 2)))
    assert normalizer.fit(np.full((5, 4), 2.0)).count == 5
    assert normalizer.mean.tolist() == [2.0] * 4


def test_a_channel_that_never_varies_is_only_shifted() -> None:
    data = np.full((3, 1), 7.0)
    normalizer = Normalizer()
    assert normalizer.fit_transform(data).tolist() == [[0.0]] * 3
    assert normalizer.inverse(np.zeros((3, 1))).tolist() == data.tolist()


def test_only_one_batch_is_in_memory() -> None:
    batch = 100_000 * 8

    def stream() -> Any:
        for seed in range(30):
            yield np.random.default_rng(seed).random((10_000, 10))

    tracemalloc.start()
    try:
        Normalizer().fit(stream())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * batch


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Normalizer("NHWC"),  # type: ignore[arg-type]
            "layout must be 'CHW' or 'HWC', got 'NHWC'",
        ),
        (
            lambda: Normalizer().fit([]),
            "Normalizer.fit needs finite numbers, but the data is empty",
        ),
        (
            lambda: Normalizer().fit(np.array([[np.nan]])),
            "Normalizer.fit needs finite numbers, but the data is not finite",
        ),
        (
            lambda: Normalizer().fit([np.zeros((2, 3)), np.zeros((2, 4))]),
            "a batch has 4 channels, after 3",
        ),
        (
            lambda: Normalizer().fit(np.zeros(4)),
            "a batch must have an axis of samples and one of channels, got shape (4,)",
        ),
        (
            lambda: Normalizer().transform(np.zeros((2, 3))),
            "Normalizer knows no mean yet; call fit first",
        ),
        (
            lambda: Normalizer().fit(np.ones((2, 3, 4, 4))).transform(np.ones((4, 4, 3))),
            "Normalizer was fitted on 3 channels in batches of 4 axes, "
            "got values of shape (4, 4, 3)",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(call: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
