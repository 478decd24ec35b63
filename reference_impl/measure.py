"""Measuring a loader: how fast it is, how long the training loop waits for it, how much it needs.

What counts is not how long loading takes but how long the loop stands still for it, the stall
fraction. Each function takes the clock as an argument, so it can be checked on a simulated one.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from time import perf_counter
from typing import Any, NamedTuple

from reference_impl.sampler import check_integer

Clock = Callable[[], float]


class Measurement(NamedTuple):
    """A loop over some batches: `seconds` in all, `waiting` of them for the loader."""

    batches: int
    seconds: float
    waiting: float

    @property
    def throughput(self) -> float:
        """Batches per second."""
        return self.batches / self.seconds if self.seconds else 0.0

    @property
    def stall_fraction(self) -> float:
        """The part of the time that the loop waited for the loader, from 0 to 1."""
        return self.waiting / self.seconds if self.seconds else 0.0


def measure_loop(
    loader: Iterable[Any],
    step: Callable[[Any], object] | None = None,
    batches: int | None = None,
    warmup: int = 0,
    clock: Clock = perf_counter,
) -> Measurement:
    """Run `step(batch)` on the batches of `loader` and time it, in seconds of `clock`.

    The first `warmup` batches, in which workers start, do not count; `batches` limits those that
    do.

    Raises ValueError for a negative `warmup`, or `batches` below 1.

    >>> now = 0.0
    >>> def slow_loader():
    ...     global now
    ...     for batch in range(10):
    ...         now += 3  # seconds
    ...         yield batch
    >>> def step(batch):
    ...     global now
    ...     now += 1
    >>> result = measure_loop(slow_loader(), step, clock=lambda: now)
    >>> result.throughput, result.stall_fraction
    (0.25, 0.75)
    """
    warmup = check_integer("warmup", warmup, minimum=0)
    if batches is not None:
        batches = check_integer("batches", batches, minimum=1)
    source = iter(loader)
    for batch in islice(source, warmup):
        if step is not None:
            step(batch)
    count, waiting = 0, 0.0
    start = asked = clock()
    while count != batches:
        try:
            batch = next(source)
        except StopIteration:
            break
        waiting += clock() - asked
        count += 1
        if step is not None:
            step(batch)
        asked = clock()
    return Measurement(count, asked - start, waiting)


def peak_memory(function: Callable[[], object]) -> int:
    """The most bytes that `function()` held at any time, as far as Python and NumPy know of them.

    What was there before does not count, nor memory shared with worker processes.

    >>> import numpy as np
    >>> 8_000 <= peak_memory(lambda: np.ones(1_000).sum()) < 16_000
    True
    """
    import tracemalloc

    nested = tracemalloc.is_tracing()
    if not nested:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        function()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not nested:
            tracemalloc.stop()


class Tuning(NamedTuple):
    """The number of workers chosen, and the measurement of each candidate."""

    num_workers: int
    measurements: dict[int, Measurement]


def autotune_workers(
    make_loader: Callable[[int], Iterable[Any]],
    candidates: Sequence[int] = (0, 1, 2, 4, 8),
    step: Callable[[Any], object] | None = None,
    batches: int = 50,
    warmup: int = 2,
    tolerance: float = 0.05,
    clock: Clock = perf_counter,
) -> Tuning:
    """Measure `make_loader(n)` for each number of workers and choose one.

    The choice is the smallest candidate whose throughput is within `tolerance` of the best, since
    workers beyond that cost memory and bring nothing. Give the training step as `step`: behind a
    slow one, few workers do. The two of it take turns on the same processor cores otherwise.

    Raises ValueError for no candidates, one that is negative, or a loader without `batches` to
    measure after its warm-up.

    >>> from reference_impl import DataLoader, Digits
    >>> digits = Digits()
    >>> make_loader = lambda workers: DataLoader(digits, 64, num_workers=workers)
    >>> autotune_workers(make_loader, candidates=[0, 2], batches=10).num_workers in (0, 2)
    True
    """
    counts = sorted({check_integer("a candidate", count, minimum=0) for count in candidates})
    if not counts:
        raise ValueError("candidates must name at least one number of workers, got none")
    measurements = {}
    for count in counts:
        result = measure_loop(make_loader(count), step, batches, warmup, clock)
        if not result.batches:
            raise ValueError(
                f"the loader with {count} workers has no batch left after warmup={warmup}; "
                "give it more batches or lower warmup"
            )
        measurements[count] = result
    best = max(result.throughput for result in measurements.values())
    enough = (n for n in counts if measurements[n].throughput >= best * (1 - tolerance))
    return Tuning(next(enough), measurements)
