"""Runs a student's cells in the confined process and answers the grader's requests.

`main` is given the descriptor of the socket to the grader. The cells run in a module called
`__main__`, as in a notebook.
"""

import gc
import linecache
import os
import queue
import resource
import socket
import sys
import types
from collections.abc import Callable
from typing import Any

from grading.inside.wire import Lent, Peer, describe


class Notebook:
    """What `otter.Notebook()` and `get_ipython()` give here: any method, which does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


class Shell(Notebook):
    """The magics that change what the code does; the others are passed over."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """`%%writefile` writes; `%%time` and `%%timeit` run their cell once."""
        if name in ("writefile", "file"):
            append, path = "-a" in line.split(), line.split()[-1].strip("'\"")
            with open(path, "a" if append else "w", encoding="utf-8") as file:
                file.write(cell)
        elif name in ("time", "timeit", "capture"):
            exec(compile(cell, "<cell>", "exec"), self.namespace)

    def run_line_magic(self, name: str, line: str, *args: Any, **kwargs: Any) -> None:
        """`%time` runs its statement once."""
        if name == "time":
            exec(compile(line, "<cell>", "exec"), self.namespace)


def main_module() -> dict[str, Any]:
    """A fresh `__main__` with what a notebook has, and a stand-in for otter."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    shell = Shell(module.__dict__)
    otter = types.ModuleType("otter")
    otter.Notebook = Notebook  # type: ignore[attr-defined]
    sys.modules["otter"] = otter
    module.__dict__.update(get_ipython=lambda: shell, display=lambda *args, **kwargs: None)
    return module.__dict__


class Worker(Peer):
    """The confined end: it runs cells, and lends what they define."""

    tells_tracebacks = True

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self.tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.on_main = self.tasks
        self.namespace = main_module()
        self.held: dict[int, Any] = {}

    def serve(self, operation: str, arguments: list[Any]) -> Any:
        """Run a cell, look up a name, place a value, or what any peer does."""
        if operation == "run":
            return self.run(*arguments)
        if operation == "name":
            return self.namespace.get(*arguments)
        if operation == "names":
            return [name for name in self.namespace if isinstance(name, str)]
        if operation == "place":
            return Lent(arguments[0])
        if operation == "settle":
            return gc.collect()
        result = super().serve(operation, arguments)
        if operation == "next":
            # A loop in a notebook keeps its batch while the next one is made.
            self.held[id(arguments[0])] = result
        return result

    def run(self, name: str, source: str) -> dict[str, Any] | None:
        """Execute one cell; returns what went wrong, if anything did."""
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        try:
            exec(compile(source, name, "exec"), self.namespace)
        except BaseException as error:
            return describe(error)
        return None

    def _allowed(self, target: Any, name: str) -> str:
        return name


def main(descriptor: int, address_space: int, file_size: int) -> None:
    """Serve requests until the grader hangs up, within limits in bytes."""
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    worker = Worker(socket.socket(fileno=descriptor))
    worker.start()
    for answer in iter(worker.tasks.get, None):
        answer()
    # Threads that the student's code left behind must not keep the process.
    os._exit(0)
