"""CPU time and peak memory, measured so that a busy machine does not change the verdict.

CPU time is compared as a ratio to a baseline that runs in the same call; memory is a peak
above the level at the start. Neither asks what time it is.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

from labkit.compare import same


def cpu_seconds(env: Mapping[str, Any]) -> float:
    """CPU seconds used so far by the process in which the student's code runs.

    >>> cpu_seconds({}) > 0
    True
    """
    meter = getattr(env, "cpu_seconds", time.process_time)
    return float(meter())


def cpu_ratio(
    env: Mapping[str, Any],
    answer: Callable[..., Any],
    baseline: Callable[..., Any],
    fresh: Callable[[], tuple[Any, ...]],
    *,
    repeats: int = 3,
) -> float:
    """How many times the CPU time of `answer` the `baseline` takes: above 1, the answer is faster.

    Each repetition calls both, one after the other, with the arguments that `fresh()` makes
    anew, so nothing can be remembered; the smallest time of each counts. What `answer`
    returns must be the `same` as what `baseline` returns, or AssertionError is raised before
    any time is looked at. The baseline should take at least 30 ms.

    >>> def loop(n):
    ...     return sum(i for i in range(n))
    >>> cpu_ratio({}, lambda n: n * (n - 1) // 2, loop, lambda: (300_000,)) > 4
    True
    """
    baseline_times, answer_times = [], []
    for _ in range(repeats):
        arguments = fresh()
        start = time.process_time()
        wanted = baseline(*arguments)
        baseline_times.append(time.process_time() - start)
        start = cpu_seconds(env)
        got = answer(*arguments)
        answer_times.append(cpu_seconds(env) - start)
        assert same(got, wanted), "the code to be timed does not return what the plain loop returns"
    return min(baseline_times) / max(min(answer_times), 1e-6)


def peak_memory(env: Mapping[str, Any], function: Callable[[], Any]) -> int:
    """Bytes by which memory peaks, while `function()` runs, above its level before.

    In a notebook `tracemalloc` counts: it sees NumPy's arrays, but no memory maps and no
    other process. Never time anything inside: it is several times slower.

    >>> import numpy as np
    >>> peak_memory({}, lambda: np.zeros(1_000_000, np.uint8)) // 1_000_000
    1
    """
    meter = getattr(env, "peak_memory", _traced_peak)
    return int(meter(function))


def _traced_peak(function: Callable[[], Any]) -> int:
    gc.collect()
    was_tracing = tracemalloc.is_tracing()
    if not was_tracing:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        function()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not was_tracing:
            tracemalloc.stop()
