"""Counts what a process holds: child processes, threads, open files, shared memory."""

import gc
import os
import threading
import time
from collections import Counter
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path

GUARD = 60  # seconds after which a test gives up waiting for something to end


def children():
    """The ids of living child processes, but for the tracker that multiprocessing keeps."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z" and "resource_tracker" not in command:
            found.append(int(folder.name))
    return sorted(found)


def alive(pid):
    """Whether a process is there and is more than an entry in the table."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def held():
    """What this process holds now."""
    files = Counter()
    for entry in os.listdir("/proc/self/fd"):
        try:
            files[os.readlink(f"/proc/self/fd/{entry}").split(":")[0]] += 1
        except OSError:
            continue
    maps = Path("/proc/self/maps").read_text()
    return {
        "processes": children(),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "files": files,
        "shared memory": maps.count("memfd:DataLoader"),
        "names in /dev/shm": sorted(name for name in os.listdir("/dev/shm") if "pym" in name),
    }


@contextmanager
def nothing_left():
    """Asserts that what the body starts is gone after it: it fails by showing both counts."""
    resource_tracker.ensure_running()
    gc.collect()
    before = held()
    yield
    deadline = time.monotonic() + GUARD
    while True:
        gc.collect()
        after = held()
        if after == before or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert after == before
