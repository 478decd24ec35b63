"""The stock route: otter's own autograder gives the marks that grading from outside gives."""

import itertools
import json
import zipfile
from collections import defaultdict

import lab_answers as labs
import pytest
from otter.api import grade_submission

from solutions.build import build_autograder

# otter 7.0.0 calls pandas in a way that pandas 3.1 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")


def rows(lab):
    """Notebooks that together hold every answer of a lab's gallery, one of each question."""
    columns = defaultdict(list)
    for kind in ("wrong", "right"):
        for answer in labs.gallery(kind):
            if answer.lab == lab:
                columns[answer.question].append(answer)
    for row in itertools.zip_longest(*columns.values()):
        yield {answer.question: answer for answer in row if answer is not None}


def autograder(lab):
    (archive,) = (labs.built(lab) / "autograder").glob("*.zip")
    return str(archive)


def test_the_zip_for_gradescope_is_written_where_it_is_asked_for(tmp_path):
    archive = build_autograder("lab01", tmp_path / "zips")
    assert archive == tmp_path / "zips" / "lab01-autograder.zip"
    with zipfile.ZipFile(archive) as file:
        assert {"run_autograder", "otter_config.json", "tests/q1.py"} <= set(file.namelist())


def otter_marks(lab, path):
    graded = grade_submission(str(path), autograder(lab), quiet=True)
    return {question.name: graded.results[question.name].score for question in labs.questions(lab)}


ROWS = [
    pytest.param(lab, row, id=f"{lab}-{number}")
    for lab in labs.LABS
    for number, row in enumerate(rows(lab))
]


@pytest.mark.parametrize(("lab", "row"), ROWS)
def test_otter_gives_a_row_of_the_gallery_the_same_marks(lab, row, tmp_path):
    answers = {question: answer.source for question, answer in row.items()}
    notebook = labs.notebook_with(lab, answers)
    path = tmp_path / f"{lab}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    ours = labs.mark_from_outside(lab, labs.cells_of(notebook))
    scores = {question.name: ours.score(question.name) for question in labs.questions(lab)}
    assert otter_marks(lab, path) == scores, {q: str(answer) for q, answer in row.items()}


@pytest.mark.parametrize("lab", labs.LABS)
def test_otter_gives_the_reference_all_points_and_a_blank_none(lab, tmp_path):
    full = {question.name: question.points for question in labs.questions(lab)}
    solved = tmp_path / f"{lab}.ipynb"
    solved.write_text(json.dumps(labs.notebook_with(lab, {})), encoding="utf-8")
    assert otter_marks(lab, solved) == full
    blank = labs.ROOT / "labs" / lab / f"{lab}.ipynb"
    assert otter_marks(lab, blank) == dict.fromkeys(full, 0)
