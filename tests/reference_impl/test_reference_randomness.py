"""Random numbers and orders that are functions of a position."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.randomness import shuffled, uniforms

SEEDS = st.integers(0, 2**70)
EPOCHS = st.integers(0, 1000)
INDICES = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=20)


@given(SEEDS, EPOCHS, INDICES, st.integers(1, 5))
def test_a_sample_draws_alone_what_it_draws_in_a_batch(
    seed: int, epoch: int, indices: list[int], count: int
) -> None:
    batch = uniforms(seed, epoch, indices, count)
    assert batch.shape == (len(indices), count) and batch.dtype == np.float64
    assert ((batch >= 0) & (batch < 1)).all()
    alone = [uniforms(seed, epoch, [index], count)[0] for index in indices]
    assert np.array_equal(batch, np.stack(alone))
    assert np.array_equal(batch, uniforms(seed, epoch, indices, count + 3)[:, :count])


def test_no_numbers_and_no_indices_are_empty_arrays() -> None:
    assert uniforms(0, 0, [1, 2], 0).shape == (2, 0)
    assert uniforms(0, 0, [], 3).shape == (0, 3)


def test_seed_epoch_index_and_column_each_change_the_numbers() -> None:
    keys = [(seed, epoch) for seed in (0, 1, 2**32, 2**64) for epoch in (0, 1, 2)]
    numbers = [uniforms(seed, epoch, range(50), 4) for seed, epoch in keys]
    assert len(np.unique(numbers)) == len(keys) * 50 * 4


def test_numbers_are_uniform() -> None:
    numbers = uniforms(1, 2, np.arange(100_000), 3)
    for column in numbers.T:
        counts = np.bincount((column * 100).astype(int), minlength=100)
        chi_square = ((counts - 1000) ** 2 / 1000).sum()
        assert 40 < chi_square < 190  # 99 degrees of freedom: 6 standard deviations
    assert abs(numbers.mean(axis=0) - 0.5).max() < 6 * np.sqrt(1 / 12 / 100_000)


def test_numbers_of_neighbours_do_not_hang_together() -> None:
    one = uniforms(0, 0, np.arange(100_000), 2)
    pairs = {
        "columns": (one[:, 0], one[:, 1]),
        "indices": (one[:-1, 0], one[1:, 0]),
        "far indices": (one[:-4096, 0], one[4096:, 0]),
        "epochs": (one[:, 0], uniforms(0, 1, np.arange(100_000), 1)[:, 0]),
        "seeds": (one[:, 0], uniforms(1, 0, np.arange(100_000), 1)[:, 0]),
    }
    for name, (x, y) in pairs.items():
        cells = np.bincount((x * 8).astype(int) * 8 + (y * 8).astype(int), minlength=64)
        chi_square = ((cells - len(x) / 64) ** 2 / (len(x) / 64)).sum()
        assert chi_square < 63 + 6 * np.sqrt(2 * 63), name
        assert abs(np.corrcoef(x, y)[0, 1]) < 6 / np.sqrt(len(x)), name


@given(st.integers(0, 20_000), SEEDS, EPOCHS)
def test_a_shuffled_order_is_a_permutation(length: int, seed: int, epoch: int) -> None:
    order = shuffled(seed, epoch, np.arange(length), length)
    assert order.dtype == np.int64
    assert np.array_equal(np.sort(order), np.arange(length))


@given(st.integers(1, 2**62), st.data())
def test_a_place_of_an_order_can_be_asked_for_alone(length: int, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, length - 1), min_size=1, max_size=10, unique=True))
    together = shuffled(3, 1, places, length)
    assert len(set(together.tolist())) == len(places)
    assert ((together >= 0) & (together < length)).all()
    assert [int(shuffled(3, 1, [place], length)[0]) for place in places] == together.tolist()


def test_a_shuffled_order_keeps_no_neighbours_together() -> None:
    length, side = 100_003, 317
    orders = [shuffled(seed, 0, np.arange(length), length) for seed in range(8)]
    for distance in (1, 2, side - 1, side, side + 1, 2 * side):
        together = [np.corrcoef(o[:-distance], o[distance:])[0, 1] for o in orders]
        assert abs(np.mean(together)) < 5 / np.sqrt(8 * length), distance


def test_every_place_gets_every_index_equally_often() -> None:
    length = 5000
    firsts = np.array([shuffled(seed, 0, [0, 1], length) for seed in range(6400)]) * 8 // length
    cells = np.bincount(firsts[:, 0] * 8 + firsts[:, 1], minlength=64)
    assert ((cells - 100) ** 2 / 100).sum() < 63 + 6 * np.sqrt(2 * 63)


def test_the_package_does_not_import_numpys_generators_before_they_are_used() -> None:
    code = "import {}, sys; print('numpy.random' in sys.modules)"
    answers = {
        name: subprocess.run(
            [sys.executable, "-c", code.format(name)], capture_output=True, text=True, check=True
        ).stdout
        for name in ("numpy", "reference_impl")
    }
    assert answers["reference_impl"] == answers["numpy"]
