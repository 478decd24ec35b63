"""What the site serves holds no solution, no hidden check and no marker of a master."""

import io
import re
import zipfile

import pytest
from bs4 import BeautifulSoup

MARKERS = [
    "ASSIGNMENT CONFIG",
    "BEGIN QUESTION",
    "BEGIN SOLUTION",
    "END SOLUTION",
    "# SOLUTION",
    "BEGIN TESTS",
    "TEST CONFIG",
    "hidden=True",
]
CELL = re.compile(r"^```\{code-cell\}.*?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SOLUTION = re.compile(r"# BEGIN SOLUTION\n(.*?)# END SOLUTION", re.DOTALL)


def hidden_checks(master: str) -> set[str]:
    """The names of a master's hidden checks."""
    hidden = [
        cell for cell in CELL.findall(master) if re.search(r"^hidden: *true", cell, re.M | re.I)
    ]
    return {name for cell in hidden for name in re.findall(r"def (test_\w+)", cell)}


def solution_lines(master: str) -> set[str]:
    """A master's solution lines that are long enough to be no one else's."""
    marked, rest = [], []
    for cell in CELL.findall(master):
        blocks = SOLUTION.findall(cell)
        marked += [line for block in blocks for line in block.splitlines()]
        for line in SOLUTION.sub("", cell).splitlines():
            (marked if line.endswith("# SOLUTION") else rest).append(line)
    given = {line.strip() for line in rest}
    solved = {line.removesuffix("# SOLUTION").strip() for line in marked}
    return {line for line in solved if len(line) >= 25 and line not in given}


def texts(name: str, content: bytes) -> dict[str, str]:
    """The text of a served file, or of each file in a served zip."""
    if name.endswith(".zip"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        inner = {f"{name}/{entry}": archive.read(entry) for entry in archive.namelist()}
        return {key: text for item in inner.items() for key, text in texts(*item).items()}
    text = content.decode("utf-8", errors="replace")
    return {name: BeautifulSoup(text, "html.parser").get_text() if name.endswith("html") else text}


@pytest.fixture(scope="module")
def served(site):
    """Every text that the site serves, by its path; the theme's own files left out."""
    paths = [path for path in site.rglob("*") if path.is_file()]
    own = [path for path in paths if "_static" not in path.relative_to(site).parts]
    files = {path.relative_to(site).as_posix(): path.read_bytes() for path in own}
    return {key: text for item in files.items() for key, text in texts(*item).items()}


@pytest.fixture(scope="module")
def masters(root):
    return {path.stem: path.read_text("utf-8") for path in root.glob("solutions/lab*.md")}


def holders(served, needles):
    return [(name, needle) for name, text in served.items() for needle in needles if needle in text]


def test_each_lab_is_served_with_its_notebook_and_its_checks(root, served):
    for lab in root.glob("labs/lab[0-9]*"):
        inside = {name for name in served if name.startswith(f"_downloads/{lab.name}.zip/")}
        prefix = f"_downloads/{lab.name}.zip/{lab.name}"
        assert f"{prefix}/{lab.name}.ipynb" in inside
        assert any(name.startswith(f"{prefix}/tests/") for name in inside)


def test_no_marker_of_a_master_is_served(served):
    assert not holders(served, MARKERS)


def test_no_hidden_check_is_served(served, masters):
    names = {name for master in masters.values() for name in hidden_checks(master)}
    assert not holders(served, names)


def test_no_line_of_a_solution_is_served_with_its_lab(served, masters):
    leaks = []
    for lab, master in masters.items():
        for name, text in served.items():
            if lab in name:
                # In a notebook a line stands in quotes, with its line break spelt out.
                lines = {
                    line.strip().strip('",').removesuffix("\\n").strip()
                    for line in text.splitlines()
                }
                leaks += [(name, line) for line in solution_lines(master) & lines]
    assert not leaks


def test_the_readers_of_masters_see_hidden_checks_and_solutions():
    master = '''
```{code-cell} ipython3
def double(x):
    """Twice x."""
    # BEGIN SOLUTION
    a_long_enough_name = x + x
    # END SOLUTION
    return a_long_enough_name * 1  # SOLUTION
```

```{code-cell} ipython3
""" # BEGIN TEST CONFIG
points: 1
hidden: true
""" # END TEST CONFIG
def test_doubles(env):
    pass
```
'''
    assert hidden_checks(master) == {"test_doubles"}
    assert solution_lines(master) == {
        "a_long_enough_name = x + x",
        "return a_long_enough_name * 1",
    }
