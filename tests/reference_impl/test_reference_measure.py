"""Measuring: throughput, stall fraction, peak memory and the choice of a number of workers."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import DataLoader, TensorDataset
from reference_impl.measure import Measurement, autotune_workers, measure_loop, peak_memory


class Clock:
    """Time that passes only when something takes it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class SimulatedLoader:
    """`workers` read ahead, two batches each, from a disk that serves `channels` at once."""

    def __init__(self, clock, workers, read=8.0, channels=4, start=0.0, batches=200):
        self.clock = clock
        self.workers = workers
        self.read = read
        self.channels = channels
        self.start = start
        self.batches = batches

    def __iter__(self):
        self.clock.now += self.start * self.workers
        lanes = max(1, min(self.workers, self.channels))
        ready = deque()
        free = [self.clock.now] * lanes
        for number in range(self.batches):
            while len(ready) < max(1, 2 * self.workers) and number + len(ready) < self.batches:
                lane = free.index(min(free))
                free[lane] = max(free[lane], self.clock.now) + self.read
                ready.append(free[lane])
            self.clock.now = max(self.clock.now, ready.popleft())
            yield number


def taking(clock, seconds):
    def step(batch):
        clock.now += seconds

    return step


@given(st.floats(0.01, 10), st.floats(0, 10), st.integers(1, 30))
def test_a_loop_without_workers_waits_for_every_batch(read, compute, batches):
    clock = Clock()
    loader = SimulatedLoader(clock, 0, read, batches=batches)
    result = measure_loop(loader, taking(clock, compute), clock=clock)
    assert result.batches == batches
    assert result.throughput == pytest.approx(1 / (read + compute))
    assert result.stall_fraction == pytest.approx(read / (read + compute))


def test_a_loop_behind_enough_workers_hardly_waits():
    clock = Clock()
    loader = SimulatedLoader(clock, 4)
    result = measure_loop(loader, taking(clock, 10.0), warmup=1, clock=clock)
    assert (result.batches, result.stall_fraction) == (199, 0)
    assert result.throughput == pytest.approx(0.1)


def test_warm_up_and_what_follows_the_batches_asked_for_do_not_count():
    clock = Clock()
    loader = iter(SimulatedLoader(clock, 0, read=1.0, start=0.0, batches=10))
    result = measure_loop(loader, taking(clock, 2.0), batches=3, warmup=2, clock=clock)
    assert result == Measurement(3, 9.0, 3.0)
    assert next(loader) == 5


def test_an_empty_loop_is_measured_as_nothing():
    result = measure_loop([], clock=Clock())
    assert result == Measurement(0, 0.0, 0.0)
    assert (result.throughput, result.stall_fraction) == (0.0, 0.0)


def test_peak_memory_counts_what_is_held_at_once():
    batch = 1 << 20
    loader = DataLoader(TensorDataset(np.zeros((16, 1 << 20), np.uint8)), 1)

    def one_at_a_time():
        for _ in loader:
            pass

    assert batch <= peak_memory(one_at_a_time) < 3 * batch
    assert 16 * batch <= peak_memory(lambda: len(list(loader))) < 18 * batch


@pytest.mark.parametrize(
    ("channels", "compute", "best"),
    [(4, 0.0, 4), (2, 0.0, 2), (16, 0.0, 8), (4, 4.0, 2), (8, 100.0, 0)],
)
def test_the_optimum_of_a_simulated_disk_is_found(channels, compute, best):
    clock = Clock()

    def make_loader(workers):
        return SimulatedLoader(clock, workers, channels=channels, start=50.0)

    tuning = autotune_workers(
        make_loader, step=taking(clock, compute), warmup=8, clock=clock, tolerance=0.1
    )
    assert tuning.num_workers == best
    assert list(tuning.measurements) == [0, 1, 2, 4, 8]


def test_what_cannot_be_tuned_is_refused():
    with pytest.raises(ValueError) as caught:
        autotune_workers(lambda workers: [1, 2], candidates=[])
    assert str(caught.value) == "candidates must name at least one number of workers, got none"
    with pytest.raises(ValueError) as caught:
        autotune_workers(lambda workers: [1, 2], candidates=[0])
    assert str(caught.value) == (
        "the loader with 0 workers has no batch left after warmup=2; "
        "give it more batches or lower warmup"
    )
    with pytest.raises(ValueError, match="a candidate must be a non-negative integer, got -1"):
        autotune_workers(lambda workers: [1, 2], candidates=[-1])
