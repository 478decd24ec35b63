"""The `env` of a check whose student's code runs in a confined process.

A mapping of names, as a notebook's namespace is, with the methods that `labkit` looks for:
`place`, `cpu_seconds`, `peak_memory` and `folder`.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grading.inside.wire import Peer
from grading.sandbox import Limits, Sandbox, Workspace


class ProcessEnded(Exception):
    """The confined process is gone: it crashed, was stopped for its limits, or ran out of time."""


class NotDefined(KeyError):
    """A name that the notebook does not define."""

    def __str__(self) -> str:
        return f"{self.args[0]} is not defined: its cell is missing, or raised an error"


@dataclass(frozen=True)
class CellError:
    """A cell that went wrong: its number in the notebook, and what Python said."""

    cell: int
    message: str
    traceback: str = ""


class PeakMeter:
    """The peak of a sandbox's memory above its level at the start, in bytes.

    The kernel keeps the peak, but counts the pages of mapped files with it. Where a file was
    seen mapped, the peak of the other pages is the largest of many samples.
    """

    MAPS = 1 << 20

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.peak = 0

    def __enter__(self) -> "PeakMeter":
        self.held, self.mapped = self.sandbox.memory("VmRSS"), self.sandbox.memory("RssFile")
        self.most_own = self.most_mapped = 0
        self.sandbox.reset_peak()
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample, name="peak", daemon=True)
        self._sampler.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._sampler.join()
        self._look()
        self.peak = self.sandbox.memory("VmHWM") - self.held
        if self.most_mapped > self.MAPS:
            self.peak = min(self.peak, self.most_own)
        self.peak = max(0, self.peak)

    def _sample(self) -> None:
        while not self._over.wait(0.002):
            self._look()

    def _look(self) -> None:
        held, mapped = self.sandbox.memory("VmRSS"), self.sandbox.memory("RssFile")
        self.most_mapped = max(self.most_mapped, mapped - self.mapped)
        self.most_own = max(self.most_own, (held - mapped) - (self.held - self.mapped))


class Environment(Mapping[str, Any], Peer):
    """One confined process, as a mapping from the names that the student defined."""

    def __init__(self, workspace: Workspace, limits: Limits, confined_by: str) -> None:
        self.limits = limits
        self.sandbox = Sandbox(workspace, limits, confined_by)
        self.folder = str(self.sandbox.shared)
        self.stopped: str | None = None
        self._deadline = time.monotonic() + limits.cell_seconds
        super().__init__(self.sandbox.connection)
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        self.start()

    def allow(self, seconds: float) -> None:
        """Give what comes next `seconds` of waiting time."""
        self._deadline = time.monotonic() + seconds

    def close(self) -> None:
        """End the process and all that it started."""
        self._over.set()
        self.sandbox.kill()

    def run(self, number: int, source: str) -> CellError | None:
        """Run one cell; returns its error. Raises ProcessEnded where the process ends in it."""
        self.allow(self.limits.cell_seconds)
        told = self.request("run", [f"<cell {number}>", source])
        if told is None:
            return None
        message = f"{told['kinds'][0]}: {told['text']}".removesuffix(": ")
        return CellError(number, message, told["traceback"])

    def place(self, value: Any) -> Any:
        """Put `value` into the process; see `labkit.place`."""
        return self.request("place", [value])

    def cpu_seconds(self) -> float:
        """CPU seconds of the process and of all that it started, ended or not."""
        return self.sandbox.cpu_seconds()

    def peak_memory(self, function: Callable[[], Any]) -> int:
        """Bytes by which the process's memory peaks while `function()` runs, maps left out."""
        self.request("settle", [])
        with PeakMeter(self.sandbox) as meter:
            function()
        return meter.peak

    def timeout(self) -> float:
        """Seconds until the deadline of what is going on."""
        return max(0.0, self._deadline - time.monotonic())

    def ended(self, reason: Exception) -> Exception:
        """Why there is no answer, in words."""
        if self.stopped is None:
            late = isinstance(reason, TimeoutError)
            self.stopped = "it did not finish in time" if late else str(reason)
        self.close()
        return ProcessEnded(self.stopped)

    def __getitem__(self, name: str) -> Any:
        value = self.request("name", [name])
        if value is None:
            raise NotDefined(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.request("names", []))

    def __len__(self) -> int:
        return len(self.request("names", []))

    def _watch(self) -> None:
        """Stop a process that uses too much while nobody waits for it."""
        while not self._over.wait(0.2):
            excess = self.sandbox.excess()
            if excess is not None:
                self.stopped = excess
                self.close()
