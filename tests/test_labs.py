"""What students get: nothing in it that they are to find out, and all that they need."""

import ast
import filecmp
import json
import re
import shutil

import lab_answers as labs
import nbclient
import nbformat
import pytest

from solutions.build import build_lab

MARKERS = re.compile(r"(BEGIN|END) (SOLUTION|TESTS|TEST CONFIG|QUESTION|PROMPT)|# SOLUTION")
SOLUTION = re.compile(r"^ +# BEGIN SOLUTION\n(.*?)# END SOLUTION", re.DOTALL | re.MULTILINE)
every_lab = pytest.mark.parametrize("lab", labs.LABS)
every_question = pytest.mark.parametrize(
    ("lab", "question"),
    [(lab, question.name) for lab in labs.LABS for question in labs.questions(lab)],
)


def files_of(folder):
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder) for path in found if "__pycache__" not in path.parts}


def student_folder(lab):
    return labs.ROOT / "labs" / lab


def cells_of(lab):
    notebook = json.loads((student_folder(lab) / f"{lab}.ipynb").read_text(encoding="utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def prompt_and_answer(lab, question):
    """The markdown cell and the code cell before a question's `grader.check`."""
    cells = cells_of(lab)
    place = cells.index(("code", f'grader.check("{question}")'))
    (prompt_kind, prompt), (answer_kind, answer) = cells[place - 2 : place]
    assert (prompt_kind, answer_kind) == ("markdown", "code")
    return prompt, answer


def check_functions(lab, question):
    path = labs.built(lab) / "autograder" / "tests" / f"{question}.py"
    return [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]


def solution_lines(lab):
    """The longer lines of a master's solutions, without their indentation."""
    master = (labs.ROOT / "solutions" / f"{lab}.md").read_text(encoding="utf-8")
    blocks = [line for block in SOLUTION.findall(master) for line in block.splitlines()]
    marked = [line.split("# SOLUTION")[0] for line in master.splitlines() if "# SOLUTION" in line]
    lines = {line.strip() for line in [*blocks, *marked]}
    return {line for line in lines if len(line) > 25}


@every_lab
def test_the_committed_lab_is_what_its_master_builds(lab, tmp_path):
    fresh = build_lab(lab, tmp_path)
    committed = student_folder(lab)
    assert files_of(fresh) == files_of(committed)
    for path in files_of(fresh):
        assert (fresh / path).read_bytes() == (committed / path).read_bytes(), (
            f"run make labs: {path}"
        )


@every_lab
def test_the_lab_carries_labkit_as_it_is(lab):
    mine, given = labs.ROOT / "labs" / "labkit", student_folder(lab) / "labkit"
    assert files_of(mine) == files_of(given)
    assert not filecmp.cmpfiles(mine, given, [str(path) for path in files_of(mine)], shallow=False)[
        1
    ]


@every_lab
def test_no_master_marker_is_in_what_students_get(lab):
    for path in files_of(student_folder(lab)):
        text = (student_folder(lab) / path).read_text(encoding="utf-8")
        assert not MARKERS.search(text), path


@every_lab
def test_no_line_of_a_solution_is_in_the_students_notebook(lab):
    notebook = "\n".join(source for _, source in cells_of(lab))
    assert solution_lines(lab)
    assert {line for line in solution_lines(lab) if line in notebook} == set()


@every_lab
def test_no_hidden_check_is_in_what_students_get(lab):
    hidden = [check.name for q in labs.questions(lab) for check in q.checks if check.hidden]
    assert hidden
    for path in files_of(student_folder(lab)):
        text = (student_folder(lab) / path).read_text(encoding="utf-8")
        assert not [name for name in hidden if name in text], path
        assert "hidden=True" not in text, path


@every_lab
def test_cells_hold_no_metadata_and_no_output(lab):
    notebook = json.loads((student_folder(lab) / f"{lab}.ipynb").read_text(encoding="utf-8"))
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    for cell in notebook["cells"]:
        assert cell["metadata"] == {}
        assert not cell.get("outputs")


@every_question
def test_the_prompt_names_what_the_checks_use(lab, question):
    prompt, answer = prompt_and_answer(lab, question)
    in_code = "\n".join(re.findall(r"`+[^`]+`+", prompt))
    for name in sorted(names_used(lab, question)):
        assert re.search(rf"\b{name}\b", in_code), f"the prompt of {question} does not name {name}"
    for name in sorted(names_from_env(lab, question)):
        assert re.search(rf"^(class|def) {name}\b", answer, re.MULTILINE), name


def names_from_env(lab, question):
    """The names N that the checks of a question take as `env["N"]`."""
    return {
        node.slice.value
        for function in check_functions(lab, question)
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "env"
    }


def names_used(lab, question):
    """The names taken from `env`, and the keywords with which they are called."""
    used = set(names_from_env(lab, question))
    for function in check_functions(lab, question):
        local = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("env[")
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in local or re.fullmatch(r"env\['\w+'\]", called):
                    used |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return used


@every_question
def test_the_prompt_tells_the_points_that_the_checks_give(lab, question):
    prompt, _ = prompt_and_answer(lab, question)
    worth = next(q.points for q in labs.questions(lab) if q.name == question)
    assert f"({worth:g} points)" in prompt.splitlines()[0]


@every_lab
def test_checks_have_names_of_their_own(lab):
    names = [check.name for question in labs.questions(lab) for check in question.checks]
    assert len(names) == len(set(names))


def run(folder, notebook):
    """Execute a notebook in a folder; cells may raise."""
    client = nbclient.NotebookClient(
        notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return notebook


def outputs(notebook, kind):
    found = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return [out for out in found if out.output_type == kind]


@pytest.fixture
def alone(tmp_path):
    """A place that holds a lab's folder and nothing else, with an awkward name."""

    def copy(lab):
        return shutil.copytree(student_folder(lab), tmp_path / "mes devoirs été" / lab)

    return copy


@every_lab
def test_a_blank_lab_runs_alone_and_says_what_is_to_do(lab, alone):
    folder = alone(lab)
    notebook = nbformat.read(folder / f"{lab}.ipynb", as_version=4)
    # The last cell exports, and with it grades all once more: that is a test of otter's.
    notebook.cells = [cell for cell in notebook.cells if "grader.export" not in cell.source]
    run(folder, notebook)
    assert [error.ename for error in outputs(notebook, "error")] == []
    feedback = "\n".join(str(out.data) for out in outputs(notebook, "execute_result"))
    assert "NotImplementedError: your code here" in feedback


@every_lab
def test_a_solved_lab_passes_its_own_checks_alone(lab, alone):
    folder = alone(lab)
    notebook = nbformat.reads(json.dumps(labs.notebook_with(lab, {})), as_version=4)
    notebook.cells = [
        cell for cell in notebook.cells if not re.search(r"grader\.(export|check_all)", cell.source)
    ]
    run(folder, notebook)
    assert outputs(notebook, "error") == []
    feedback = [out.data["text/plain"] for out in outputs(notebook, "execute_result")]
    assert feedback == [
        f"{question.name} results: All test cases passed!" for question in labs.questions(lab)
    ]
