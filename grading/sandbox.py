"""Starts the confined process that holds one student's code, and watches what it uses.

With bubblewrap (`bwrap`) the process sees Python, NumPy, `labkit` and its own temporary
files: no network, no other process, nothing of the grader. Without it, the same process runs
with limits alone, and `confinement()` says so.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import labkit

INSIDE = Path(__file__).parent / "inside"
STAGE = "/course"
PROC = Path("/proc")
START = (
    "import os, sys; sys.path[:0] = [os.getcwd(), sys.argv[2]]; "
    "from grading.inside.worker import main; main(*map(int, sys.argv[1:2] + sys.argv[3:]))"
)


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds of waiting, bytes of memory and files, processes."""

    cell_seconds: float = 20.0
    check_seconds: float = 20.0
    seconds_after_a_stop: float = 5.0
    memory: int = 2 << 30
    file_size: int = 64 << 20
    processes: int = 100


class Unsupported(Exception):
    """This system lacks what grading needs."""


def confinement() -> str:
    """How processes are confined here: "bubblewrap" where it works, else "limits".

    Raises Unsupported where there is no /proc to measure by: marks for speed and memory would be
    given away.
    """
    if not (PROC / "self" / "status").exists():
        raise Unsupported(
            "grading measures time and memory through /proc, which this system lacks; "
            "run it on Linux, or build otter's own autograder with solutions.build --autograders"
        )
    if shutil.which("bwrap") is None:
        return "limits"
    trial = subprocess.run(["bwrap", *_namespaces(), "/usr/bin/true"], capture_output=True)
    return "bubblewrap" if trial.returncode == 0 else "limits"


class Workspace:
    """The folder of one grading run; a context manager that removes it.

    `stage` in it holds the code of the inside and `labkit`.
    """

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="grading-"))
        self.root.chmod(0o755)
        self.stage = self.root / "stage"
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(INSIDE, self.stage / "grading" / "inside", ignore=leave_out)
        shutil.copytree(Path(labkit.__file__).parent, self.stage / "labkit", ignore=leave_out)

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


class Sandbox:
    """One confined process. `connection` is the socket to it; `kill` ends it and all it started.

    `shared` is a folder that the grader writes and the process reads.
    """

    def __init__(self, workspace: Workspace, limits: Limits, confined_by: str) -> None:
        self.limits = limits
        self.scratch = Path(tempfile.mkdtemp(dir=workspace.root, prefix="scratch-"))
        self.shared = self.scratch / "shared"
        self.shared.mkdir()
        self.connection, theirs = socket.socketpair()
        stage = STAGE if confined_by == "bubblewrap" else str(workspace.stage)
        bounds = [str(limits.memory + (1 << 30)), str(limits.file_size)]
        python = [sys.executable, "-I", "-c", START, str(theirs.fileno()), stage, *bounds]
        command = python
        if confined_by == "bubblewrap":
            command = ["bwrap", *_namespaces(), *_mounts(workspace, self.shared), *python]
        self.process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.scratch,
            env=_variables(),
            start_new_session=True,
        )
        theirs.close()

    def tree(self) -> list[int]:
        """The process ids of the process and of all that descend from it."""
        found, waiting = [], [self.process.pid]
        while waiting:
            process = waiting.pop()
            found.append(process)
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{process}/task"):
                    children = Path(f"/proc/{process}/task/{task}/children").read_text()
                    waiting += [int(child) for child in children.split()]
        return found

    def cpu_seconds(self) -> float:
        """CPU seconds used by the tree, with those of its processes that have ended."""
        ticks = os.sysconf("SC_CLK_TCK")
        total = 0.0
        for process in self.tree():
            with contextlib.suppress(OSError):
                total += time.clock_gettime((~process << 3) | 2)
                fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
                total += (int(fields[13]) + int(fields[14])) / ticks
        return total

    def memory(self, field: str = "VmRSS") -> int:
        """Bytes that the tree holds, by a field of /proc/PID/status."""
        total = 0
        for process in self.tree():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{process}/status").read_text().splitlines():
                    if line.startswith(field + ":"):
                        total += int(line.split()[1]) * 1024
        return total

    def reset_peak(self) -> None:
        """Let VmHWM, the peak of the memory held, start again from what is held now."""
        for process in self.tree():
            with contextlib.suppress(OSError):
                Path(f"/proc/{process}/clear_refs").write_text("5")

    def excess(self) -> str | None:
        """What the tree uses beyond its limits, in words, or None."""
        if len(self.tree()) > self.limits.processes:
            return f"it started more than {self.limits.processes} processes"
        if self.memory() > self.limits.memory:
            return f"it used more than {self.limits.memory >> 20} MiB of memory"
        return None

    def kill(self) -> None:
        """End the process and all that it started; safe to call twice."""
        for process in self.tree():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, 9)
        self.process.wait()
        self.connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


def _namespaces() -> list[str]:
    options = ["--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534"]
    options += ["--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"]
    options += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"):
        if Path(folder).exists():
            options += ["--ro-bind", folder, folder]
    return options


def _mounts(workspace: Workspace, shared: Path) -> list[str]:
    options = ["--size", str(64 << 20), "--tmpfs", "/tmp", "--chdir", "/tmp"]
    for folder in dict.fromkeys([sys.base_prefix, sys.prefix]):
        if not folder.startswith("/usr"):
            options += ["--ro-bind", folder, folder]
    options += ["--ro-bind", str(workspace.stage), STAGE]
    options += ["--ro-bind", str(shared), str(shared)]
    for name, value in _variables().items():
        options += ["--setenv", name, value]
    return options


def _variables() -> dict[str, str]:
    one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    # Big arrays go back to the system at once, so that the peak of one is seen each time.
    allocator = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
    plain = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "MPLBACKEND": "agg"}
    return {**plain, **one_thread, **allocator, "PYTHONDONTWRITEBYTECODE": "1"}
