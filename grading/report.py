"""Writes what came of a grading run: `grades.csv`, and `results.json` per submission."""

import csv
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from grading.checks import Question
from grading.marking import Marks, Result


def write_grades(path: Path, questions: Sequence[Question], graded: Iterable[Marks]) -> None:
    """A row per submission: its name, a column per question, total, possible and status."""
    names = [question.name for question in questions]
    possible = sum(question.points for question in questions)
    with _replacing(path) as file:
        rows = csv.writer(file)
        rows.writerow(["submission", *names, "total", "possible", "status"])
        for marks in graded:
            scores = [_plain(marks.score(name)) for name in names]
            rows.writerow(
                [_cell(marks.name), *scores, _plain(marks.total), _plain(possible), marks.status]
            )


def write_results(path: Path, marks: Marks, questions: Sequence[Question]) -> None:
    """The form that Gradescope reads: a row per question, and what went wrong in words."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(path) as file:
        json.dump(results(marks, questions), file, indent=2)


def results(marks: Marks, questions: Sequence[Question]) -> dict[str, Any]:
    """Gradescope's `results.json` for one submission. No text of a hidden check is in it."""
    rows = [
        {
            "name": question.name,
            "score": marks.score(question.name),
            "max_score": question.points,
            "visibility": "visible",
            "output": _words(marks.questions.get(question.name, [])),
        }
        for question in questions
    ]
    notes = [] if marks.status == "ok" else [f"This could not be marked: {marks.status}."]
    notes += [f"Cell {error.cell}: {error.message}" for error in marks.cell_errors]
    return {
        "score": marks.total,
        "output": "\n".join(notes),
        "execution_time": round(marks.seconds, 3),
        "tests": rows,
    }


def file_name(submission: str) -> str:
    """A submission's name as the name of one folder, whatever characters it has.

    >>> file_name("ann/lab01")
    'ann-lab01'
    >>> file_name("../..")
    'submission'
    """
    return re.sub(r"[^\w.@+-]+", "-", submission).strip(".-")[:120] or "submission"


def printable(text: str) -> str:
    """`text` on one line, without what a terminal would obey.

    >>> printable("ann\\x1b[2J")
    'ann?[2J'
    """
    return "".join(character if character.isprintable() else "?" for character in text)


def _words(results: Sequence[Result]) -> str:
    lines = []
    for result in results:
        if result.hidden:
            continue
        lines.append(f"{result.check}: {'passed' if not result.message else result.message}")
        lines += [result.traceback] if result.traceback else []
    hidden = [result for result in results if result.hidden]
    failed = sum(bool(result.message) for result in hidden)
    if hidden:
        lines.append(f"hidden checks: {len(hidden) - failed} of {len(hidden)} passed")
    return "\n".join(lines)


def _plain(number: float) -> str:
    return f"{number:g}"


def _cell(text: str) -> str:
    """A name that a spreadsheet will not take for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text


class _replacing:
    """A text file that takes the place of `path` only when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Any:
        self.file = tempfile.NamedTemporaryFile(
            "w", dir=self.path.parent, delete=False, encoding="utf-8", newline=""
        )
        return self.file

    def __exit__(self, kind: object, *error: object) -> None:
        self.file.close()
        if kind is None:
            os.chmod(self.file.name, 0o644)
            os.replace(self.file.name, self.path)
        else:
            os.unlink(self.file.name)
