"""A lab's checks, as otter reads them: public and hidden, with their points."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otter.test_files.exception_test import ExceptionTestFile


@dataclass(frozen=True)
class Check:
    """One check: `call(env)` returns if it passes and raises if it fails."""

    name: str
    points: float
    hidden: bool
    call: Callable[[Any], None]


@dataclass(frozen=True)
class Question:
    """A question of a lab and its checks."""

    name: str
    checks: tuple[Check, ...]

    @property
    def points(self) -> float:
        """What the question is worth."""
        return sum(check.points for check in self.checks)


def read_questions(tests: Path) -> list[Question]:
    """The questions of a folder of otter's exception-format test files, in order of name.

    Raises FileNotFoundError if there are none.
    """
    files = sorted(tests.glob("*.py"))
    if not files:
        raise FileNotFoundError(f"no checks in {tests}; build the lab with `make labs`")
    return [_read(path) for path in files]


def _read(path: Path) -> Question:
    file = ExceptionTestFile.from_file(str(path))
    checks = [
        Check(case.body.test_func.__name__, float(case.points), case.hidden, case.body.call_func)
        for case in file.test_cases
    ]
    return Question(file.name, tuple(checks))
