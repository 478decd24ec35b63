"""The command line of `python -m grading`."""

import argparse
import sys
import tempfile
from pathlib import Path

from grading.checks import read_questions
from grading.report import printable, write_grades
from grading.run import grade
from grading.sandbox import Limits, Unsupported, confinement
from grading.submissions import find_submissions
from solutions.build import assign


def main(arguments: list[str] | None = None) -> int:
    """Grade a folder; returns the exit status: 0 when every submission has its row."""
    options = _parser().parse_args(arguments)
    try:
        submissions = find_submissions(options.submissions)
        if not submissions:
            raise FileNotFoundError(
                f"no .ipynb or .zip in {options.submissions}; give the folder of submissions"
            )
        options.out.mkdir(parents=True, exist_ok=True)
        confined_by = confinement()
        if confined_by == "limits":
            print(
                "warning: bubblewrap is not at hand, so submissions run with limits alone and can "
                "read your files; install Debian's package bubblewrap, or use a throw-away machine",
                file=sys.stderr,
            )
        with tempfile.TemporaryDirectory(prefix="checks-") as folder:
            assign(options.lab.name, Path(folder))
            questions = read_questions(Path(folder) / "autograder" / "tests")
            limits = Limits(cell_seconds=options.cell_seconds, check_seconds=options.check_seconds)
            graded = {}
            for marks in grade(
                submissions,
                Path(folder) / "autograder" / "tests",
                options.out,
                limits=limits,
                confined_by=confined_by,
                jobs=options.jobs,
            ):
                graded[marks.name] = marks
                done = f"{len(graded)}/{len(submissions)}"
                print(printable(f"{done}  {marks.total:g}  {marks.name}  {marks.status}"))
        in_order = [graded[name] for name in submissions]
        write_grades(options.out / "grades.csv", questions, in_order)
    except (FileNotFoundError, ValueError, Unsupported) as error:
        print(f"grading: {error}", file=sys.stderr)
        return 2
    print(f"marks: {options.out / 'grades.csv'}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m grading", description="Mark a folder of submissions of one lab."
    )
    parser.add_argument("lab", type=Path, help="the lab's folder, such as labs/lab01")
    parser.add_argument("submissions", type=Path, help="a folder of notebooks and otter's zips")
    parser.add_argument("--out", type=Path, required=True, help="where the results are written")
    parser.add_argument("--jobs", type=int, default=2, help="submissions at the same time")
    parser.add_argument("--cell-seconds", type=float, default=20.0, help="limit for one cell")
    parser.add_argument("--check-seconds", type=float, default=20.0, help="limit for one check")
    return parser


if __name__ == "__main__":
    sys.exit(main())
