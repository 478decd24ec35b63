"""The few calls that let one check run in a notebook and from another process.

A check is called with `env`, a mapping of the names that the student defined. In a notebook
it is the notebook's own namespace. When an instructor grades, it is a `grading.Environment`
whose classes live in another, confined process, and which has methods of its own where
that makes a difference. A check that keeps to these calls need not know which it has.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


def place(env: Mapping[str, Any], value: Any) -> Any:
    """Put `value` where the student's code runs, so that passing it on costs nothing.

    In a notebook that is `value` itself. Do it before a measurement, not inside.

    >>> place({}, 3)
    3
    """
    put = getattr(env, "place", None)
    return value if put is None else put(value)


def collect(iterable: Iterable[Any]) -> list[Any]:
    """`list(iterable)`, in one message where the iterable lives in another process.

    >>> collect(range(3))
    [0, 1, 2]
    """
    remote = getattr(type(iterable), "__collect__", None)
    return list(iterable) if remote is None else remote(iterable)


@contextmanager
def folder(env: Mapping[str, Any]) -> Iterator[str]:
    """A temporary folder that the check can write and the student's code can read.

    >>> import os
    >>> with folder({}) as path:
    ...     os.path.isdir(path)
    True
    """
    shared = getattr(env, "folder", None)
    # Windows keeps a file that the student's code has not closed.
    with tempfile.TemporaryDirectory(dir=shared, prefix="lab-", ignore_cleanup_errors=True) as path:
        yield path
