"""The chapters keep the book's contract: short cells, no typed numbers, the same sections."""

import re
import statistics
from pathlib import Path

import jupytext
import lab_answers as labs
import pytest

from labkit import IDEAS

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "book").glob("[0-9]*.md"))
SECTIONS = [
    "What you will be able to do",
    "Before you start",
    "Errors worth reading",
    "The same in PyTorch",
    "Questions about systems",
    "Check yourself",
    "Take-aways",
    "Lab",
    "References",
]
UNIT = (
    r"(%|percent\b|times\b|fold\b|\u00d7|x\b(?! \d)"
    r"|(nano|micro|milli)?seconds?\b|[nµm]?s\b|hours?\b"
    r"|bytes?\b|[kKMGT]i?B\b|batches/s\b)"
)
TYPED_NUMBER = re.compile(r"\b\d[\d.,]*[ -]?" + UNIT)

every_chapter = pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.stem)


def text_of(page):
    return page.read_text(encoding="utf-8")


def code_cells(page):
    return [cell for cell in jupytext.read(page).cells if cell.cell_type == "code"]


def prose_of(page):
    """The text without front matter, code, roles, links' targets and what is quoted."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text_of(page), flags=re.DOTALL)
    fence = r"^ *(`{3,})(\{code-cell\}|python|text|console).*?^ *\1$"
    text = re.sub(fence, "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\{[\w:-]+\}`[^`]*`", "", text)
    text = re.sub(r"`+[^`]+`+", "", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return re.sub(r"\"[^\"\n]*(\n[^\"\n]*)?\"", "", text)


def headings(page):
    without_code = re.sub(r"^(`{3,}).*?^\1$", "", text_of(page), flags=re.M | re.S)
    return re.findall(r"^#+ (.*)$", without_code, re.MULTILINE)


def test_there_are_chapters():
    assert CHAPTERS


@every_chapter
def test_cells_are_short(page):
    lengths = [
        sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in code_cells(page)
    ]
    assert statistics.median(lengths) <= 4
    assert statistics.quantiles(lengths, n=10)[-1] <= 12
    assert max(lengths) <= 25


@every_chapter
def test_no_number_with_a_unit_is_typed_in_prose(page):
    assert [match.group() for match in TYPED_NUMBER.finditer(prose_of(page))] == []


def test_the_search_for_typed_numbers_finds_them():
    for text in ("takes 400 ms", "12 MB of", "3.5x faster", "60 % idle", "8 bytes", "a 10-fold"):
        assert TYPED_NUMBER.search(text), text


@every_chapter
def test_the_sections_of_the_template_are_there_in_order(page):
    found = [heading for heading in headings(page) if heading in SECTIONS]
    assert found == SECTIONS


@pytest.mark.parametrize("tag", IDEAS)
def test_the_section_that_a_hint_names_is_in_the_book(tag):
    idea = IDEAS[tag]
    assert idea.section in headings(ROOT / f"{idea.page}.md")


@every_chapter
def test_every_objective_has_its_quiz_item_and_its_lab_check(page):
    text = text_of(page)
    section = text.partition("## What you will be able to do")[2].partition("\n## ")[0]
    objectives = re.findall(r"^\|(.+)\|(.*\d\.\d.*)\|(.*Lab.*)\|$", section, re.MULTILINE)
    assert 3 <= len(objectives) <= 6
    quiz = text.partition("## Check yourself")[2]
    for _, items, checks in objectives:
        for item in re.findall(r"\d\.\d", items):
            assert f"Quiz {item}" in quiz, f"{item} is promised and not asked"
        (lab,) = re.findall(r"Lab (\d)", checks)
        promised = re.findall(r"\d", checks.partition("question")[2])
        assert promised
        known = {question.name for question in labs.questions(f"lab0{lab}")}
        assert {f"q{number}" for number in promised} <= known


@every_chapter
def test_quiz_feedback_names_ideas_that_are_registered(page):
    quiz = text_of(page).partition("## Check yourself")[2].partition("\n## ")[0]
    tags = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", quiz))
    assert tags
    assert tags <= IDEAS.keys()


@every_chapter
def test_the_pytorch_side_runs(page):
    pytest.importorskip("torch")
    section = text_of(page).partition("## The same in PyTorch")[2].partition("\n## ")[0]
    blocks = re.findall(r"^ *```python\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    blocks = [block for block in blocks if "torch" in block]
    assert blocks
    for block in blocks:
        assert "assert" in block
        exec(compile(block, str(page), "exec"), {"__name__": "page"})


@every_chapter
def test_a_page_that_runs_code_says_with_which_kernel(page):
    front = re.match(r"\A---\n(.*?)\n---\n", text_of(page), re.DOTALL)
    assert front
    assert "format_name: myst" in front.group(1)
    assert "name: python3" in front.group(1)
