"""Who may import whom, as the README's layout says."""

import ast
import sys
from pathlib import Path

import jupytext
import pytest
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent
STANDARD = sys.stdlib_module_names


def imported(source):
    """The top-level packages that Python source imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).split(".")[0])
    return found


def at_top(source):
    """The packages that importing the module imports at once."""
    body = [
        node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return imported(ast.unparse(ast.Module(body, [])))


def code_of(page):
    cells = jupytext.read(page).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    return "\n".join(TransformerManager().transform_cell(source) for source in sources)


def python_files(folder):
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("reference_impl", {"numpy", "PIL", "reference_impl"}),
        ("labs/labkit", {"numpy", "labkit"}),
        ("grading/inside", {"numpy", "grading"}),
        ("grading", {"numpy", "otter", "IPython", "labkit", "grading", "solutions"}),
        ("solutions", {"jupytext", "nbformat", "otter", "solutions"}),
    ],
)
def test_a_package_imports_only_what_it_may(folder, allowed):
    files = python_files(folder)
    assert files
    for path in files:
        adapter = {"torch"} if path.name == "torch.py" else set()
        foreign = imported(path.read_text()) - STANDARD - allowed - adapter
        assert foreign == set(), f"{path.relative_to(ROOT)} imports {foreign}"


def test_pillow_and_torch_are_imported_only_when_they_are_needed():
    for path in python_files("reference_impl"):
        assert not {"PIL", "torch"} & at_top(path.read_text()), path


def test_what_runs_inside_imports_nothing_from_the_rest_of_the_grader():
    for path in python_files("grading/inside"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("grading"):
                assert node.module.startswith("grading.inside"), path


@pytest.mark.parametrize("page", sorted((ROOT / "book").glob("[0-9]*.md")), ids=lambda p: p.stem)
def test_a_chapter_imports_the_library_and_what_it_plots_with(page):
    allowed = {"numpy", "matplotlib", "PIL", "myst_nb", "figures", "reference_impl", "labkit"}
    assert imported(code_of(page)) - STANDARD <= allowed


@pytest.mark.parametrize("page", sorted((ROOT / "solutions").glob("lab*.md")), ids=lambda p: p.stem)
def test_a_lab_needs_numpy_otter_and_labkit(page):
    assert imported(code_of(page)) - STANDARD <= {"numpy", "otter", "labkit"}
