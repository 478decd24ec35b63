"""Marks many submissions, several at the same time, and writes each result as it comes."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from grading.checks import Question, read_questions
from grading.marking import Marker, Marks
from grading.report import file_name, write_results
from grading.sandbox import Limits, Workspace
from grading.submissions import Unreadable, read_cells


def grade(
    submissions: Mapping[str, Path],
    tests: Path,
    out: Path,
    *,
    limits: Limits,
    confined_by: str,
    jobs: int = 1,
) -> Iterator[Marks]:
    """Mark every submission with the checks in `tests`; yields each as it is done.

    Results go to `out/NAME/results.json`. CPU time is told apart by process, so each job is a
    process of its own. Always yields one `Marks` per submission.
    """
    with (
        Workspace() as workspace,
        ProcessPoolExecutor(
            jobs, initializer=_open, initargs=(tests, workspace, limits, confined_by)
        ) as pool,
    ):
        waiting = {pool.submit(_mark, name, path, out): name for name, path in submissions.items()}
        for done in as_completed(waiting):
            name = waiting[done]
            try:
                yield done.result()
            except Exception as error:
                yield Marks(name, status=f"the grader failed: {type(error).__name__}: {error}")


class _Job:
    """What one job process keeps from submission to submission."""

    marker: Marker
    questions: list[Question]


def _open(tests: Path, workspace: Workspace, limits: Limits, confined_by: str) -> None:
    _Job.questions = read_questions(tests)
    _Job.marker = Marker(_Job.questions, workspace, limits, confined_by)


def _mark(name: str, path: Path, out: Path) -> Marks:
    start = time.monotonic()
    try:
        marks = _Job.marker.mark(name, read_cells(path))
    except Unreadable as error:
        marks = Marks(name, status=str(error))
    marks = replace(marks, seconds=time.monotonic() - start)
    write_results(out / file_name(name) / "results.json", marks, _Job.questions)
    return marks
