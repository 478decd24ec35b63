"""What students are given, and what the checks of the labs measure with.

NumPy and the standard library only. Six modules, each one idea: `counting` (a dataset
that remembers what was fetched), `disk` (a disk and a clock that are simulated),
`measure` (CPU time and peak memory), `outside` (the few calls that let one check run in a
notebook and from another process), `ideas` (what is off when a check fails) and `compare`.
"""

from labkit.compare import same
from labkit.counting import BatchedCountingDataset, CountingDataset
from labkit.disk import Clock, SimulatedDisk
from labkit.ideas import IDEAS, Idea, expect, expect_error
from labkit.measure import cpu_ratio, cpu_seconds, peak_memory
from labkit.outside import collect, folder, place

__all__ = [
    "IDEAS",
    "BatchedCountingDataset",
    "Clock",
    "CountingDataset",
    "Idea",
    "SimulatedDisk",
    "collect",
    "cpu_ratio",
    "cpu_seconds",
    "expect",
    "expect_error",
    "folder",
    "peak_memory",
    "place",
    "same",
]
