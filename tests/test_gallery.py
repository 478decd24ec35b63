"""Every check is right in both directions, in the notebook and from outside."""

from collections import Counter

import lab_answers as labs
import pytest

from labkit import IDEAS

EVERY_QUESTION = [
    pytest.param(lab, question.name, id=f"{lab}-{question.name}")
    for lab in labs.LABS
    for question in labs.questions(lab)
]


@pytest.mark.parametrize("lab", labs.LABS)
def test_a_blank_notebook_scores_nothing(lab):
    does_nothing = labs.built(lab) / "student" / f"{lab}.ipynb"
    raises = labs.ROOT / "labs" / lab / f"{lab}.ipynb"
    for blank in map(labs.read_cells, (does_nothing, raises)):
        assert labs.mark_from_outside(lab, blank).total == 0
        for question in labs.questions(lab):
            assert labs.points_of(labs.check_in_notebook(lab, question.name, blank)) == 0


@pytest.mark.parametrize("lab", labs.LABS)
def test_the_reference_scores_full_marks(lab):
    cells = labs.cells_of(labs.notebook_with(lab, {}))
    marks = labs.mark_from_outside(lab, cells)
    assert [failures(results) for results in marks.questions.values() if failures(results)] == []
    assert marks.total == sum(question.points for question in labs.questions(lab)) > 0
    for question in labs.questions(lab):
        assert failures(labs.check_in_notebook(lab, question.name, cells)) == {}


@pytest.mark.parametrize("answer", labs.gallery("right"), ids=str)
def test_a_right_answer_scores_full_marks(answer):
    for results in graded_both_ways(answer):
        assert failures(results) == {}


@pytest.mark.parametrize("answer", labs.gallery("wrong"), ids=str)
def test_a_wrong_answer_fails_the_check_it_is_named_for(answer):
    assert answer.check in check_names(answer.lab, answer.question), answer.check
    assert answer.idea in IDEAS
    in_notebook, outside = map(failures, graded_both_ways(answer))
    assert answer.check in in_notebook, f"it passed; what failed: {in_notebook}"
    assert f"[{answer.idea}:" in in_notebook[answer.check]
    assert f"[{answer.idea}:" in outside.get(answer.check, "it passed from outside")
    assert in_notebook.keys() == outside.keys()


@pytest.mark.parametrize(("lab", "question"), EVERY_QUESTION)
def test_each_question_has_eight_wrong_and_three_right_answers(lab, question):
    count = Counter(
        kind
        for kind in ("wrong", "right")
        for answer in labs.gallery(kind)
        if (answer.lab, answer.question) == (lab, question)
    )
    assert count["wrong"] >= 8
    assert count["right"] >= 3


@pytest.mark.parametrize(("lab", "question"), EVERY_QUESTION)
def test_every_check_is_failed_by_some_wrong_answer(lab, question):
    named = {a.check for a in labs.gallery("wrong") if (a.lab, a.question) == (lab, question)}
    assert check_names(lab, question) == named


def graded_both_ways(answer):
    notebook = labs.notebook_with(answer.lab, {answer.question: answer.source})
    cells = labs.cells_of(notebook)
    yield labs.check_in_notebook(answer.lab, answer.question, cells)
    marks = labs.mark_from_outside(answer.lab, cells, only=answer.question)
    yield marks.questions[answer.question]


def check_names(lab, question):
    found = next(q for q in labs.questions(lab) if q.name == question)
    return {check.name for check in found.checks}


def failures(results):
    return {result.check: result.message for result in results if result.message}
