"""Contestants that do one job: checked equal, then timed in turns.

A contestant makes something that can be iterated once an epoch, like a loader. The first epoch of
each is not timed: it warms up, and its samples are compared with those of the first contestant.
Then come the rounds. In each, every contestant runs one epoch, so that a disturbance of the
machine meets all of them; a round's ratio is between epochs that ran next to each other.
"""

import gc
import importlib.util
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Contestant:
    """Someone who does the job; `make` builds what is iterated once an epoch.

    `needs` names a package without which it is left out. With `limit=True` it does only what
    nobody can avoid, so that its output is not compared.
    """

    name: str
    make: Callable[[], Iterable[Any]]
    needs: str | None = None
    limit: bool = False


@dataclass(frozen=True)
class Target:
    """`contestant` is to reach `at_least` times the speed of another; None is the base line."""

    contestant: str
    at_least: float
    of: str | None = None


@dataclass
class Workload:
    """One job; the first contestant is the base line.

    `before` runs before every epoch and is not timed. `step` is the training step: it is called
    with each batch, and is timed. `identify` makes a batch's list of samples that are compared.
    """

    key: str
    title: str
    contestants: list[Contestant]
    targets: list[Target] = field(default_factory=list)
    before: Callable[[], None] | None = None
    step: Callable[[Any], object] | None = None
    identify: Callable[[Any], list[Hashable]] | None = None


class Epochs:
    """A generator function as something that can be iterated again and again.

    >>> again = Epochs(lambda: iter("ab"))
    >>> list(again), list(again)
    (['a', 'b'], ['a', 'b'])
    """

    def __init__(self, start: Callable[[], Iterable[Any]]) -> None:
        self.start = start

    def __iter__(self) -> Iterator[Any]:
        return iter(self.start())


def fingerprints(batch: Any) -> list[Hashable]:
    """One checksum a sample, over the bytes of all its fields.

    >>> one, two, three = fingerprints(np.array([[1, 2], [3, 4], [1, 2]]))
    >>> one == two, one == three
    (False, True)
    """
    fields = batch if isinstance(batch, tuple | list) else (batch,)
    columns = [np.ascontiguousarray(column) for column in fields]
    rows = zip(*columns, strict=True)
    return [zlib.crc32(b"".join(value.tobytes() for value in row)) for row in rows]


def measure(workload: Workload, rounds: int) -> dict[str, Any]:
    """The seconds of every contestant in every round, and who was left out and why.

    Raises ValueError if a contestant yields other samples than the first.
    """
    loaders, left_out = _ready(workload)
    seconds: dict[str, list[float]] = {name: [] for name in loaders}
    for number in range(rounds):
        for name in _turned(list(loaders), number):
            seconds[name].append(_time_epoch(loaders[name], workload))
    names = [contestant.name for contestant in workload.contestants]
    return {
        "title": workload.title,
        "base": names[0],
        "limits": [c.name for c in workload.contestants if c.limit],
        "rounds": rounds,
        "seconds": {name: seconds[name] for name in names if name in seconds},
        "left_out": left_out,
        "targets": [vars(target) for target in workload.targets],
    }


def ratio(seconds: dict[str, list[float]], name: str, base: str) -> dict[str, float]:
    """How many times as fast as `base` a contestant is: median, min and max over the rounds.

    >>> ratio({"slow": [4.0, 6.0, 9.0], "fast": [1.0, 2.0, 2.0]}, "fast", "slow")
    {'median': 4.0, 'min': 3.0, 'max': 4.5}
    """
    ratios = [a / b for a, b in zip(seconds[base], seconds[name], strict=True)]
    return {"median": median(ratios), "min": min(ratios), "max": max(ratios)}


def _ready(workload: Workload) -> tuple[dict[str, Iterable[Any]], dict[str, str]]:
    """Loaders by name that have run one epoch and agree; for the others, why not."""
    loaders: dict[str, Iterable[Any]] = {}
    left_out: dict[str, str] = {}
    expected: list[Hashable] | None = None
    for contestant in workload.contestants:
        if contestant.needs and not importlib.util.find_spec(contestant.needs):
            left_out[contestant.name] = f"{contestant.needs} is not installed"
            continue
        try:
            loader = contestant.make()
            found = _one_epoch(loader, workload, contestant.limit)
        except Exception as error:
            left_out[contestant.name] = f"{type(error).__name__}: {error}".splitlines()[0]
            continue
        if not contestant.limit:
            expected = expected or found
            if found != expected:
                raise ValueError(f"{workload.key}: {contestant.name} yields other samples")
        loaders[contestant.name] = loader
    return loaders, left_out


def _one_epoch(loader: Iterable[Any], workload: Workload, limit: bool) -> list[Hashable]:
    if workload.before:
        workload.before()
    identify = workload.identify or fingerprints
    found = [value for batch in loader for value in (() if limit else identify(batch))]
    return sorted(found, key=repr)


def _time_epoch(loader: Iterable[Any], workload: Workload) -> float:
    gc.collect()
    if workload.before:
        workload.before()
    step = workload.step
    start = perf_counter()
    for batch in loader:
        if step:
            step(batch)
    return perf_counter() - start


def _turned(names: list[str], count: int) -> list[str]:
    start = count % len(names)
    return names[start:] + names[:start]
