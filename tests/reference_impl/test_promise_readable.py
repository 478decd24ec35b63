"""The fourth promise: the stack can be read at one sitting."""

import ast
from pathlib import Path

import pytest

import reference_impl

MODULES = sorted(Path(reference_impl.__file__).parent.glob("*.py"))
every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# The path of a batch, with what changes samples on the way. Particular datasets and tools stand
# beside it, each to be read on its own.
PATH = {"collate", "dataset", "loader", "processes", "ring", "sampler", "threads", "worker"}
CORE = PATH | {"randomness", "transformed_dataset", "transforms"}
PATH_LINES = 1500
CORE_LINES = 1650
FUNCTION_LINES = 40


def docstring_lines(tree):
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS | ast.Module) and ast.get_docstring(node) is not None:
            lines.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def code_lines(path):
    """The lines of a module that are neither blank, nor a comment, nor part of a docstring."""
    source = path.read_text(encoding="utf-8")
    skipped = docstring_lines(ast.parse(source))
    return [
        line
        for number, line in enumerate(source.splitlines(), start=1)
        if number not in skipped and line.strip() and not line.strip().startswith("#")
    ]


def test_the_core_is_within_its_line_budget():
    core = {path.stem: len(code_lines(path)) for path in MODULES if path.stem in CORE}
    assert set(core) == CORE
    assert sum(core[name] for name in PATH) <= PATH_LINES, core
    assert sum(core.values()) <= CORE_LINES, core


@every_module
def test_a_module_opens_with_what_it_is(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", ":"))


@every_module
def test_no_function_is_longer_than_a_screen(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lengths = {
        node.name: len(set(range(node.lineno, node.end_lineno + 1)) - docstring_lines(node))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES} == {}


@every_module
def test_everything_public_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [node for node in tree.body if isinstance(node, DEFINITIONS) and node.name[0] != "_"]
    assert [node.name for node in public if ast.get_docstring(node) is None] == []


def test_the_counts_see_code_and_nothing_else(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        '"""Words.\n\nMore words."""\n\n# why\nx = 1\n\n\ndef f():\n    """One."""\n    return x\n'
    )
    assert code_lines(module) == ["x = 1", "def f():", "    return x"]
