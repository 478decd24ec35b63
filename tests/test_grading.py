"""An instructor's run: what comes in, what comes out, and what a bad submission costs."""

import csv
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from grading.__main__ import main
from grading.checks import read_questions
from grading.environment import Environment
from grading.marking import Marker
from grading.report import results
from grading.run import grade
from grading.sandbox import Limits, Workspace, confinement
from grading.submissions import Cell, Unreadable, find_submissions, read_cells

CHECKS = """
from otter.test_files import test_case
OK_FORMAT = False
name = "{name}"
points = None

@test_case(points=1, hidden=False)
def test_small(env):
    assert env["{function}"](3) == {factor} * 3, "3 goes in"

@test_case(points=2, hidden=True)
def test_large(env):
    secret = 1_000_003
    assert env["{function}"](secret) == {factor} * secret, "the secret goes in"
"""
GOOD = ["def double(x):\n    return 2 * x\n", "def triple(x):\n    return 3 * x\n"]
LIMITS = Limits(cell_seconds=2, check_seconds=2, memory=512 << 20)


@pytest.fixture(scope="module", autouse=True)
def bubblewrap(require_program):
    require_program("bwrap", package="bubblewrap")


@pytest.fixture(scope="module")
def tests_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tests")
    for name, function, factor in (("q1", "double", 2), ("q2", "triple", 3)):
        text = CHECKS.format(name=name, function=function, factor=factor)
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def marker(tests_folder):
    with Workspace() as workspace:
        yield Marker(read_questions(tests_folder), workspace, LIMITS, confinement())


def mark(marker, *sources):
    return marker.mark("answer", [Cell(number, text) for number, text in enumerate(sources, 1)])


def scores(marks):
    return {name: marks.score(name) for name in marks.questions}


def notebook(*sources, **metadata):
    cells = [
        {
            "cell_type": "code",
            "source": text,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for text in sources
    ]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


def test_a_good_submission_gets_full_marks(marker):
    assert scores(mark(marker, *GOOD)) == {"q1": 3, "q2": 3}


@pytest.mark.parametrize("bad", ["while True: pass", "import os; os._exit(0)", "1 / 0"])
def test_without_bubblewrap_limits_give_the_same_marks(tests_folder, bad):
    with Workspace() as workspace:
        unconfined = Marker(read_questions(tests_folder), workspace, LIMITS, "limits")
        marks = mark(unconfined, GOOD[0], bad, f"def triple(x):\n    {bad}")
    assert scores(marks) == {"q1": 3, "q2": 0}


def test_a_cell_that_raises_costs_only_what_it_would_have_defined(marker):
    marks = mark(marker, "1 / 0", "def double(x):\n    return 2 * x\nraise ValueError", GOOD[1])
    assert scores(marks) == {"q1": 3, "q2": 3}
    assert [(error.cell, error.message) for error in marks.cell_errors] == [
        (1, "ZeroDivisionError: division by zero"),
        (2, "ValueError"),
    ]


def test_a_syntax_error_costs_its_cell(marker):
    marks = mark(marker, GOOD[0], "def triple(x)\n    return 3 * x")
    assert scores(marks) == {"q1": 3, "q2": 0}
    assert "SyntaxError" in marks.cell_errors[0].message
    assert "triple is not defined" in marks.questions["q2"][0].message


def test_a_deleted_question_costs_that_question(marker):
    assert scores(mark(marker, GOOD[1])) == {"q1": 0, "q2": 3}


@pytest.mark.parametrize(
    "deadly",
    [
        "while True: pass",
        "import time; time.sleep(1000)",
        "import os; os._exit(0)",
        "import os; os.kill(os.getpid(), 9)",
        "import ctypes; ctypes.string_at(0)",
        "import os; os.kill(os.getppid(), 9); os.abort()",
    ],
)
def test_a_cell_that_ends_or_stops_the_process_costs_that_cell(marker, deadly):
    marks = mark(marker, GOOD[0], deadly, GOOD[1])
    assert scores(marks) == {"q1": 3, "q2": 3}
    assert [error.cell for error in marks.cell_errors] == [2]
    assert "left out" in marks.cell_errors[0].message


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("while True: pass", "did not finish in time"),
        ("import os; os._exit(0)", "the process ended"),
        ("import sys; sys.exit()", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("exit()", "SystemExit"),
    ],
)
def test_a_function_that_stops_costs_the_checks_that_call_it(marker, body, told):
    marks = mark(marker, f"def double(x):\n    {body}", GOOD[1])
    assert scores(marks) == {"q1": 0, "q2": 3}
    assert told in marks.questions["q1"][0].message


def test_a_memory_bomb_is_stopped_and_costs_its_question(marker):
    bomb = "def double(x):\n    hold = []\n    while True: hold.append(bytearray(1 << 24))"
    marks = mark(marker, bomb, GOOD[1])
    assert scores(marks) == {"q1": 0, "q2": 3}


def test_many_processes_that_hold_memory_together_are_stopped(marker):
    bomb = (
        "def double(x):\n    import os, time\n    for _ in range(8):\n        if os.fork() == 0:\n"
        "            hold = b'1' * (100 << 20)\n            time.sleep(60)\n    time.sleep(60)"
    )
    marks = mark(marker, bomb, GOOD[1])
    assert scores(marks) == {"q1": 0, "q2": 3}
    assert "MiB of memory" in marks.questions["q1"][0].message


def test_two_hundred_megabytes_of_output_change_nothing(marker):
    shout = "for _ in range(200): print('x' * (1 << 20))"
    assert scores(mark(marker, shout, *GOOD)) == {"q1": 3, "q2": 3}


def test_endless_cells_do_not_take_for_ever(marker):
    marks = mark(marker, *GOOD, *["while True: pass"] * 30)
    assert scores(marks) == {"q1": 3, "q2": 3}
    assert len(marks.cell_errors) <= 5


def test_what_cells_leave_running_cannot_keep_the_grader_for_ever(marker, monkeypatch):
    class StoppedAfterItsCells(Environment):
        def run(self, number, source):
            error = super().run(number, source)
            if number == 2:
                self.stopped = "it used more than 512 MiB of memory"
                self.close()
            return error

    monkeypatch.setattr("grading.marking.Environment", StoppedAfterItsCells)
    marks = mark(marker, *GOOD)
    assert scores(marks) == {"q1": 0, "q2": 0}
    assert "used more than 512 MiB" in marks.questions["q1"][0].message


def test_nothing_is_left_running(marker):
    daemon = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(987654)'],"
        " start_new_session=True)"
    )
    assert scores(mark(marker, daemon, *GOOD)) == {"q1": 3, "q2": 3}
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "987654" not in listed


def test_the_grader_its_checks_and_the_network_are_out_of_reach(marker, tests_folder):
    look = f"""
import os, socket
def double(x):
    assert not os.path.exists({str(tests_folder)!r}), "the checks can be seen"
    assert not os.path.exists({str(tests_folder.parent)!r}), "the grader's files can be seen"
    assert all(not name.isdigit() or int(name) < 10 for name in os.listdir("/proc"))
    try:
        socket.create_connection(("127.0.0.1", 1), timeout=1)
    except ConnectionRefusedError:
        pass
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except OSError as error:
        assert error.errno == 101, error
    try:
        from reference_impl import TensorDataset
    except ImportError:
        pass
    else:
        raise AssertionError("the reference can be imported")
    try:
        open("/usr/x", "w")
    except OSError:
        return 2 * x
"""
    marks = mark(marker, look, GOOD[1])
    assert marks.questions["q1"][0].message == ""


@pytest.mark.parametrize(
    "forged",
    [
        "b'garbage' * 100",
        "struct.pack('>II', 1 << 30, 0)",
        "struct.pack('>II', 2, 0) + b'[]'",
        "struct.pack('>II', 4, 0) + b'null'",
        "struct.pack('>II', 100_000, 0) + b'[' * 100_000",
    ],
)
def test_forged_messages_are_a_failure_and_no_crash(marker, forged):
    attack = f"""
import os, struct
def double(x):
    for descriptor in range(3, 40):
        try:
            os.write(descriptor, {forged})
        except OSError:
            pass
    import time; time.sleep(5)
"""
    assert scores(mark(marker, attack, GOOD[1])) == {"q1": 0, "q2": 3}


def test_a_patched_numpy_or_clock_does_not_reach_the_checks(marker):
    patch = "import numpy, time\nnumpy.array_equal = lambda *a, **k: True\ntime.process_time = int"
    assert scores(mark(marker, patch, "def double(x):\n    return 7", GOOD[1])) == {
        "q1": 0,
        "q2": 3,
    }


def test_an_object_that_equals_everything_is_not_believed(marker):
    cheat = "class Any:\n    def __eq__(self, other): return True\ndef double(x): return Any()"
    assert scores(mark(marker, cheat, GOOD[1])) == {"q1": 0, "q2": 3}


def test_magics_are_understood(marker):
    cells = ["%%writefile mine.py\ndef double(x):\n    return 2 * x", "%matplotlib inline\n!ls"]
    plain = read_source(*cells, "from mine import double", "%%time\ndef triple(x): return 3 * x")
    assert scores(mark(marker, *plain)) == {"q1": 3, "q2": 3}


def read_source(*sources):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ipynb"
        path.write_text(notebook(*sources))
        return [cell.source for cell in read_cells(path)]


def test_the_kernel_that_saved_the_notebook_does_not_matter(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(notebook(*GOOD, kernelspec={"name": "myenv", "language": "python"}))
    assert [cell.source for cell in read_cells(path)] == GOOD


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"cells": [', "not a notebook: JSONDecodeError"),
        ("", "not a notebook: JSONDecodeError"),
        ("[]", "not a notebook"),
        ('{"cells": 3}', "not a notebook"),
        ("[" * 200_000, "not a notebook: RecursionError"),
        (notebook("1", kernelspec={"language": "R"}), "language is 'r'"),
    ],
)
def test_a_file_that_is_no_python_notebook_says_so(tmp_path, content, told):
    path = tmp_path / "a.ipynb"
    path.write_text(content)
    with pytest.raises(Unreadable, match=told):
        read_cells(path)


def test_an_export_zip_is_read_without_its_log(tmp_path):
    path = tmp_path / "lab01_2026.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lab01.ipynb", notebook(*GOOD))
        archive.writestr(".OTTER_LOG", b"a pickle that must not be opened")
        archive.writestr("__MACOSX/._lab01.ipynb", "junk")
    assert [cell.source for cell in read_cells(path)] == GOOD


@pytest.mark.parametrize("names", [[], ["a.ipynb", "b.ipynb"]])
def test_a_zip_without_exactly_one_notebook_says_what_it_holds(tmp_path, names):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, notebook())
    with pytest.raises(Unreadable, match=f"one notebook, found {len(names)}"):
        read_cells(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ipynb", b" " * (100 << 20))
    with pytest.raises(Unreadable, match="larger than 64 MiB"):
        read_cells(path)


def test_submissions_are_found_by_their_path(tmp_path):
    for name in ("ann/lab01.ipynb", "bob.ipynb", "bob.zip", ".ipynb_checkpoints/bob.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    assert list(find_submissions(tmp_path)) == ["ann/lab01", "bob.ipynb", "bob.zip"]


def test_no_word_of_a_hidden_check_is_in_the_results(marker):
    marks = mark(marker, "def double(x):\n    return 6", GOOD[1])
    told = json.dumps(results(marks, marker.questions))
    assert "hidden checks: 0 of 1 passed" in told
    assert "secret" not in told
    assert "1000003" not in told


def test_every_submission_has_a_row_and_a_result(tests_folder, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "ann").mkdir(parents=True)
    (folder / "ann" / "lab.ipynb").write_text(notebook(*GOOD))
    (folder / "bad.ipynb").write_text("no")
    (folder / "cy.ipynb").write_text(notebook(GOOD[0], "import os; os._exit(0)"))
    found = find_submissions(folder)
    graded = grade(found, tests_folder, out, limits=LIMITS, confined_by=confinement(), jobs=2)
    marks = {marks.name: marks for marks in graded}
    assert {name: m.total for name, m in marks.items()} == {"ann/lab": 6, "bad": 0, "cy": 3}
    assert marks["bad"].status.startswith("not a notebook")
    told = json.loads((out / "ann-lab" / "results.json").read_text())
    assert told["score"] == sum(row["score"] for row in told["tests"]) == 6
    assert "could not be marked" in json.loads((out / "bad" / "results.json").read_text())["output"]


def test_the_command_writes_grades_for_a_real_lab(tmp_path):
    import lab_answers as labs

    folder = tmp_path / "in"
    folder.mkdir()
    solved = labs.notebook_with("lab01", {})
    (folder / "solved.ipynb").write_text(json.dumps(solved))
    (folder / "=blank.ipynb").write_text((labs.ROOT / "labs/lab01/lab01.ipynb").read_text())
    command = [sys.executable, "-m", "grading", "labs/lab01", str(folder), "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=labs.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "grades.csv", newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert rows["solved"]["total"] == rows["solved"]["possible"]
    assert rows["'=blank"]["total"] == "0"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["labs/lab99", "."], "no master lab99.md; the labs are lab01"),
        (["labs/lab01", "nowhere"], "no folder nowhere"),
    ],
)
def test_a_wrong_command_says_what_is_wrong_in_one_line(tmp_path, arguments, told):
    import lab_answers as labs

    (tmp_path / "a.ipynb").write_text("{}")
    places = [str(tmp_path) if word == "." else word for word in arguments]
    command = [sys.executable, "-m", "grading", *places, "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=labs.ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_system_without_proc_is_told_so_and_no_mark_is_given(tmp_path, monkeypatch, capsys):
    (tmp_path / "a.ipynb").write_text(notebook(*GOOD))
    monkeypatch.setattr("grading.sandbox.PROC", tmp_path / "no proc")
    assert main(["labs/lab01", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "run it on Linux" in capsys.readouterr().err
    assert not (tmp_path / "out" / "grades.csv").exists()


def test_arrays_come_back_exactly(marker):
    env = Environment(marker.workspace, LIMITS, marker.confined_by)
    try:
        env.run(1, "def same(x): return x")
        for value in (
            np.arange(6, dtype=">i2").reshape(2, 3)[:, ::-1],
            np.zeros((0, 3), np.float32),
            np.float32(1.5),
            np.array("text"),
            [(1, {"a": None, 2: b"bytes"}), {3}, slice(1, None), range(3), float("inf")],
        ):
            back = env["same"](value)
            assert type(back) is type(value)
            if isinstance(value, (np.ndarray, np.generic)):
                assert back.dtype == value.dtype
                np.testing.assert_array_equal(back, value)
            else:
                assert back == value
    finally:
        env.close()
