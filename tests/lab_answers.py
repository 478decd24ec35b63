"""The galleries of answers, and the three ways in which an answer is graded.

A gallery file, `tests/gallery/labNN/{wrong,right}/qN_name.py`, holds the code of one answer
cell. Its docstring says in a sentence what the answer does; a wrong one goes on with two
lines: `check:`, the check that must fail, and `idea:`, the tag that its message must carry.
"""

import ast
import atexit
import functools
import json
import shutil
import tempfile
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.checks import Question, read_questions
from grading.inside.worker import Notebook
from grading.marking import Marker, Marks, Result
from grading.sandbox import Limits, Workspace, confinement
from grading.submissions import Cell, read_cells
from solutions.build import ROOT, assign, lab_names

GALLERY = ROOT / "tests" / "gallery"


@dataclass(frozen=True)
class Answer:
    """One answer of a gallery."""

    lab: str
    question: str
    name: str
    source: str
    about: str
    check: str | None = None
    idea: str | None = None

    def __str__(self) -> str:
        return f"{self.lab}-{self.question}-{self.name}"


def gallery(kind: str) -> list[Answer]:
    """All answers that are "wrong" or "right", in order."""
    return [_read_answer(path) for path in sorted(GALLERY.glob(f"lab*/{kind}/*.py"))]


def _read_answer(path: Path) -> Answer:
    question, _, name = path.stem.partition("_")
    source = path.read_text(encoding="utf-8")
    about = ast.get_docstring(ast.parse(source)) or ""
    told = dict(
        line.split(": ", 1) for line in about.splitlines() if line.startswith(("check: ", "idea: "))
    )
    lab = path.parent.parent.name
    return Answer(lab, question, name, source, about, told.get("check"), told.get("idea"))


@functools.cache
def built(lab: str) -> Path:
    """What `otter assign` makes of a lab's master: the folders `student` and `autograder`."""
    folder = Path(tempfile.mkdtemp(prefix=f"{lab}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    assign(lab, folder)
    return folder


@functools.cache
def questions(lab: str) -> list[Question]:
    """The lab's questions with all their checks."""
    return read_questions(built(lab) / "autograder" / "tests")


@functools.cache
def _solved(lab: str) -> dict[str, Any]:
    notebook = built(lab) / "autograder" / f"{lab}.ipynb"
    return json.loads(notebook.read_text(encoding="utf-8"))


def notebook_with(lab: str, answers: Mapping[str, str]) -> dict[str, Any]:
    """The lab solved by the reference, except that `answers` (by question) take its place.

    The answer cell of a question is the code cell before its `grader.check`.
    """
    notebook = json.loads(json.dumps(_solved(lab)))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for question, source in answers.items():
        check = f'grader.check("{question}")'
        place = next(i for i, cell in enumerate(code) if "".join(cell["source"]) == check)
        code[place - 1]["source"] = source
    return notebook


def cells_of(notebook: Mapping[str, Any]) -> list[Cell]:
    """The code cells of a notebook, as the grader reads them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "submission.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return read_cells(path)


def check_in_notebook(lab: str, question: str, cells: list[Cell]) -> list[Result]:
    """Run the checks of one question the way a notebook does: in the process of the answer."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    stand_in = types.SimpleNamespace(Notebook=Notebook)
    results = []
    for cell in cells:
        source = cell.source.replace("import otter\n", "")
        namespace["otter"] = stand_in
        try:
            exec(compile(source, f"<cell {cell.number}>", "exec"), namespace)
        except Exception:
            continue
    for check in next(q for q in questions(lab) if q.name == question).checks:
        message = _failure(lambda check=check: check.call(namespace))
        points = 0.0 if message else check.points
        results.append(Result(check.name, points, check.points, check.hidden, message))
    return results


def _failure(call: Callable[[], None]) -> str:
    try:
        call()
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


@functools.cache
def workspace() -> Workspace:
    """One workspace for all tests of a process."""
    made = Workspace()
    atexit.register(shutil.rmtree, made.root, ignore_errors=True)
    return made


def mark_from_outside(lab: str, cells: list[Cell], only: str | None = None) -> Marks:
    """Mark as an instructor does, from outside a confined process; one question, or all."""
    wanted = [question for question in questions(lab) if only in (None, question.name)]
    limits = Limits(cell_seconds=20, check_seconds=60)
    return Marker(wanted, workspace(), limits, confinement()).mark("answer", cells)


def points_of(results: list[Result]) -> float:
    """The points got."""
    return sum(result.points for result in results)


LABS = lab_names()
