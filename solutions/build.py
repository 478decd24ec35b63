"""Builds what students open (`labs/`) and what grades them, from the masters in `solutions/`.

A master is a notebook as MyST text, in the format of `otter assign`: prompts, solutions and
checks in one file. `python -m solutions.build` writes each `labs/labNN/`: the notebook without
solutions, the public checks, and a copy of `labkit`, so that one folder is all a student needs.
The result is the same to the byte on every machine.
"""

import argparse
import contextlib
import io
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from otter.assign import main as otter_assign

ROOT = Path(__file__).resolve().parent.parent
MASTERS = ROOT / "solutions"
LABS = ROOT / "labs"
TO_DO = 'raise NotImplementedError("your code here")'


def lab_names() -> list[str]:
    """The labs that have a master, in order.

    >>> lab_names()[0]
    'lab01'
    """
    return sorted(path.stem for path in MASTERS.glob("lab[0-9]*.md"))


def repository() -> str:
    """The repository's address, as `pyproject.toml` has it.

    >>> repository().startswith("https://")
    True
    """
    with open(ROOT / "pyproject.toml", "rb") as file:
        return str(tomllib.load(file)["project"]["urls"]["repository"])


def assign(lab: str, out: Path, *, run_tests: bool = False) -> None:
    """Run `otter assign` on a master: `out/student`, and `out/autograder` with the otter zip.

    Raises FileNotFoundError for a lab without a master.
    """
    master = MASTERS / f"{lab}.md"
    if not master.exists():
        raise FileNotFoundError(f"no master {master.name}; the labs are {', '.join(lab_names())}")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        notebook = work / f"{lab}.ipynb"
        nbformat.write(_read_master(master), notebook)
        shutil.copytree(LABS / "labkit", work / "labkit", ignore=_left_out)
        shutil.copy(MASTERS / "requirements.txt", work)
        with _quiet():
            otter_assign(str(notebook), str(out), no_run_tests=not run_tests, no_pdfs=True)


def build_lab(lab: str, labs: Path = LABS) -> Path:
    """Write the student's folder of one lab under `labs`, replacing the old one whole."""
    with tempfile.TemporaryDirectory(dir=labs, prefix=".building-") as folder:
        assign(lab, Path(folder))
        student = Path(folder) / "student"
        _tidy(student / f"{lab}.ipynb")
        target = labs / lab
        if target.exists():
            target.rename(Path(folder) / "old")
        student.rename(target)
    return target


def _read_master(master: Path) -> nbformat.NotebookNode:
    """The master as a notebook without cell ids, which would differ from build to build."""
    notebook = jupytext.read(master)
    notebook.nbformat, notebook.nbformat_minor = 4, 4
    for cell in notebook.cells:
        cell.pop("id", None)
    notebook.metadata.pop("jupytext", None)
    return notebook


def _tidy(path: Path) -> None:
    """Leave only what a student needs: plain metadata, and an error where code is to be written."""
    notebook = nbformat.read(path, as_version=4)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    language = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.metadata = {"kernelspec": kernel, "language_info": language}
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.source = cell.source.replace("REPOSITORY", repository())
            cell.source = re.sub(r"^( *)\.\.\.$", r"\1" + TO_DO, cell.source, flags=re.MULTILINE)
    nbformat.write(notebook, path)


def _left_out(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__"}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what otter prints, and show it if it fails."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield
    except BaseException:
        print(printed.getvalue())
        raise


def build_autograder(lab: str, folder: Path) -> Path:
    """Write otter's own autograder of one lab, for Gradescope and `otter run`, into `folder`.

    It holds solutions and hidden checks: keep it out of what students can read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{lab}-autograder.zip"
    with tempfile.TemporaryDirectory() as built:
        assign(lab, Path(built))
        (archive,) = (Path(built) / "autograder").glob("*.zip")
        shutil.copyfile(archive, target)
    return target


def main() -> None:
    """The command line: build the labs that are named, or all."""
    parser = argparse.ArgumentParser(description="Build the labs' student notebooks.")
    parser.add_argument("labs", nargs="*", default=lab_names(), help="such as lab01; default: all")
    parser.add_argument(
        "--autograders", type=Path, metavar="FOLDER", help="write otter's zips there instead"
    )
    options = parser.parse_args()
    for lab in options.labs:
        if options.autograders is None:
            print(f"{lab}: {build_lab(lab).relative_to(ROOT)}")
        else:
            print(f"{lab}: {build_autograder(lab, options.autograders)}")


if __name__ == "__main__":
    main()
