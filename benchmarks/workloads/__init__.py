"""The workloads: what a loader is asked to do, and who does it.

`WORKLOADS` maps a name to a function that yields one or more workloads (the same job at several
sizes). Data is made when a workload is, and goes when the next one is asked for.
"""

from collections.abc import Callable, Iterator

from benchmarks.measure import Workload
from benchmarks.workloads import (
    handoff,
    images,
    in_memory,
    latency,
    memory_map,
    order,
    stream,
)
from benchmarks.workloads.setting import Setting

WORKLOADS: dict[str, Callable[[Setting], Iterator[Workload]]] = {
    "W1": in_memory.pictures,
    "W1b": in_memory.table,
    "W2": in_memory.augmented,
    "W3": images.jpeg_files,
    "W4": memory_map.random_reads,
    "W5a": latency.waiting,
    "W5b": latency.waiting_beside_compute,
    "W6": stream.shuffled,
    "W7": order.shuffling,
    "W8": handoff.from_a_worker,
}

__all__ = ["WORKLOADS", "Setting"]
