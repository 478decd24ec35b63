"""Finds the submissions in a folder and reads their code cells.

A submission is a notebook, or a zip with one notebook in it, as `grader.export` makes it. It
is only ever read as text: nothing in it is unpickled, extracted to disk, or run here.
"""

import json
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from IPython.core.inputtransformer2 import TransformerManager

SIZE_LIMIT = 64 << 20


class Unreadable(Exception):
    """A submission that holds no notebook that can be read; the text says why."""


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among the code cells, from 1, and its Python source."""

    number: int
    source: str


def find_submissions(folder: Path) -> dict[str, Path]:
    """Every `.ipynb` and `.zip` under `folder` (or the one file), by name, in order of name.

    The name is the path below the folder without its ending. Hidden files and checkpoints are
    left out. Raises FileNotFoundError if the folder is not there.
    """
    if not folder.exists():
        raise FileNotFoundError(f"no folder {folder}; give a folder of notebooks and zips")
    if folder.is_file():
        return {folder.stem: folder}
    found: list[tuple[str, Path]] = []
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        hidden = any(part.startswith((".", "__MACOSX")) for part in inner.parts)
        if path.suffix.lower() in (".ipynb", ".zip") and path.is_file() and not hidden:
            found.append((inner.with_suffix("").as_posix(), path))
    count = Counter(name for name, _ in found)
    return {name if count[name] == 1 else name + path.suffix: path for name, path in found}


def read_cells(path: Path) -> list[Cell]:
    """The code cells of a notebook or of the notebook in a zip, magics turned into Python.

    The kernel that saved the notebook does not matter, as long as its language is Python.
    Raises Unreadable with what was found and what is wanted.
    """
    try:
        notebook = json.loads(_notebook_bytes(path))
        cells = notebook["cells"]
        sources = [_source(cell) for cell in cells if cell["cell_type"] == "code"]
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"not a notebook: {type(error).__name__}: {error}"[:300]) from error
    language = _language(notebook)
    if language != "python":
        raise Unreadable(f"the notebook's language is {language!r}; save it with a Python kernel")
    return [Cell(number, _plain_python(source)) for number, source in enumerate(sources, 1)]


def _notebook_bytes(path: Path) -> bytes:
    if path.suffix.lower() == ".ipynb":
        if path.stat().st_size > SIZE_LIMIT:
            raise Unreadable(
                f"the notebook is larger than {SIZE_LIMIT >> 20} MiB; clear its outputs"
            )
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        inside = [
            member
            for member in archive.infolist()
            if PurePosixPath(member.filename).suffix.lower() == ".ipynb"
            and not any(
                part.startswith((".", "__MACOSX")) for part in PurePosixPath(member.filename).parts
            )
        ]
        if len(inside) != 1:
            names = ", ".join(member.filename for member in inside) or "none"
            raise Unreadable(f"the zip should hold one notebook, found {len(inside)}: {names}")
        with archive.open(inside[0]) as file:
            data = file.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise Unreadable(f"the notebook is larger than {SIZE_LIMIT >> 20} MiB; clear its outputs")
    return data


def _source(cell: dict[str, object]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(map(str, source))  # type: ignore[call-overload]


def _language(notebook: dict[str, object]) -> str:
    metadata = notebook.get("metadata")
    if not isinstance(metadata, dict):
        return "python"
    for section in ("language_info", "kernelspec"):
        told = metadata.get(section)
        if isinstance(told, dict):
            language = told.get("name") if section == "language_info" else told.get("language")
            if isinstance(language, str):
                return language.lower().removeprefix("i")
    return "python"


def _plain_python(source: str) -> str:
    try:
        transformed: str = TransformerManager().transform_cell(source)
    except Exception:
        # What cannot be transformed cannot be Python; let the compiler tell the student.
        return source
    return transformed
