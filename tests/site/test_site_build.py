"""The site is built from executed cells, and a failing cell fails the build."""

import shutil
from pathlib import Path

import pytest
import yaml

HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3, language: python}
---
# A page
"""


def chapters(root: Path) -> list[Path]:
    return [
        path for path in sorted((root / "book").glob("*.md")) if "{code-cell" in path.read_text()
    ]


@pytest.fixture
def small_book(root, tmp_path):
    """A book of one page with this site's own configuration; returns the page's path."""
    for name in ("_config.yml", "pyproject.toml"):
        shutil.copy(root / name, tmp_path)
    for name in ("_ext", "_root", "_static"):
        shutil.copytree(root / "book" / name, tmp_path / "book" / name)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/intro\n")
    return tmp_path / "book" / "intro.md"


def test_every_page_of_the_contents_is_built(root, pages):
    contents = yaml.safe_load((root / "_toc.yml").read_text())
    named = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    assert {f"{name}.html" for name in [contents["root"], *named]} <= pages.keys()


def test_every_file_with_cells_says_that_it_is_a_notebook(root):
    for path in chapters(root):
        front_matter = yaml.safe_load(path.read_text().split("---\n")[1])
        assert front_matter["kernelspec"]["name"] == "python3", path.name


def test_chapters_show_what_their_cells_printed(root, pages):
    assert chapters(root)
    for path in chapters(root):
        assert pages[f"book/{path.stem}.html"].select("div.cell_output"), path.name


def test_labs_are_shown_as_students_open_them_without_outputs(pages):
    labs = [page for name, page in pages.items() if name.startswith("labs/")]
    assert labs
    assert not [output for lab in labs for output in lab.select("div.cell_output")]


@pytest.mark.parametrize(("cell", "fails"), [("1 / 1", False), ("1 / 0", True)])
def test_a_failing_cell_fails_the_build(small_book, build_book, cell, fails):
    small_book.write_text(f"{HEADER}\n```{{code-cell}}\n{cell}\n```\n")
    done = build_book(small_book.parent.parent, small_book.parent.parent / "out")
    assert (done.returncode != 0) == fails, done.stdout
    assert ("ZeroDivisionError" in done.stdout) == fails


def test_a_cell_that_warns_fails_the_strict_build(small_book, build_book):
    small_book.write_text(
        f"{HEADER}\n```{{code-cell}}\nimport warnings; warnings.warn('old')\n```\n"
    )
    done = build_book(small_book.parent.parent, small_book.parent.parent / "out", "-W")
    assert done.returncode != 0
    assert "stderr" in done.stdout


def test_a_formula_that_cannot_be_drawn_fails_the_strict_build(small_book, build_book):
    small_book.write_text("# A page\n\n$\\nosuchcommand$\n")
    done = build_book(small_book.parent.parent, small_book.parent.parent / "out", "-W")
    assert done.returncode != 0
    assert "nosuchcommand" in done.stdout
