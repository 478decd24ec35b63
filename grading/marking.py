"""Marks one submission: every check of every question, each question in a process of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from grading.checks import Check, Question
from grading.environment import CellError, Environment, NotDefined, ProcessEnded
from grading.sandbox import Limits, Workspace
from grading.submissions import Cell

FATAL_CELLS = 5


@dataclass(frozen=True)
class Result:
    """What came of one check. `message` is empty where it passed."""

    check: str
    points: float
    possible: float
    hidden: bool
    message: str = ""
    traceback: str = ""


@dataclass(frozen=True)
class Marks:
    """What came of one submission. `status` is "ok" or says why nothing could be marked."""

    name: str
    status: str = "ok"
    questions: dict[str, list[Result]] = field(default_factory=dict)
    cell_errors: list[CellError] = field(default_factory=list)
    seconds: float = 0.0

    def score(self, question: str) -> float:
        """The points got in one question."""
        return sum(result.points for result in self.questions.get(question, []))

    @property
    def total(self) -> float:
        """The points got in all."""
        return sum(self.score(question) for question in self.questions)


class Marker:
    """Marks submissions of one lab, one after another.

    A cell that ends its process, or does not finish, is left out from then on, so it costs only
    what depends on it. A check that ends the process fails; the next one gets a new process, and
    less time, for what hung once mostly hangs again.
    """

    def __init__(
        self, questions: Sequence[Question], workspace: Workspace, limits: Limits, confined_by: str
    ) -> None:
        self.questions = questions
        self.workspace, self.limits, self.confined_by = workspace, limits, confined_by

    def mark(self, name: str, cells: Sequence[Cell]) -> Marks:
        """Run every check against the notebook made of `cells`."""
        fatal: dict[int, CellError] = {}
        marks = Marks(name)
        errors: list[CellError] = []
        for question in self.questions:
            results, errors = self._question(question, cells, fatal)
            marks.questions[question.name] = results
        everything = sorted([*errors, *fatal.values()], key=lambda error: error.cell)
        return replace(marks, cell_errors=everything)

    def _question(
        self, question: Question, cells: Sequence[Cell], fatal: dict[int, CellError]
    ) -> tuple[list[Result], list[CellError]]:
        results: list[Result] = []
        patience = self.limits.check_seconds
        env, errors = self._start(cells, fatal)
        for check in question.checks:
            if env.stopped is not None:
                patience = min(patience, self.limits.seconds_after_a_stop)
                env.close()
                env, errors = self._start(cells, fatal)
            results.append(self._check(check, env, patience))
        env.close()
        return results, errors

    def _start(
        self, cells: Sequence[Cell], fatal: dict[int, CellError]
    ) -> tuple[Environment, list[CellError]]:
        """A process that has run every cell but the fatal ones; finds those that are.

        One that is stopped each time, by what its cells left running, is handed on as it is.
        """
        for _ in range(FATAL_CELLS + 2):
            env = Environment(self.workspace, self.limits, self.confined_by)
            errors: list[CellError] = []
            for cell in cells:
                if cell.number in fatal:
                    continue
                if len(fatal) >= FATAL_CELLS and cell.number > max(fatal):
                    break
                try:
                    error = env.run(cell.number, cell.source)
                except ProcessEnded as ended:
                    fatal[cell.number] = CellError(cell.number, f"{ended}, so it is left out")
                    break
                if error is not None:
                    errors.append(error)
            if env.stopped is None:
                break
            env.close()
        return env, errors

    def _check(self, check: Check, env: Environment, seconds: float) -> Result:
        env.allow(seconds)
        failed = Result(check.name, 0.0, check.points, check.hidden)
        try:
            check.call(env)
        except AssertionError as error:
            return replace(failed, message=str(error) or "a check of the result failed")
        except NotDefined as error:
            return replace(failed, message=str(error))
        except ProcessEnded as error:
            return replace(failed, message=f"your code was stopped: {error}")
        except Exception as error:
            told = f"{type(error).__name__}: {error}".removesuffix(": ")
            trace = getattr(error, "remote_traceback", "")
            return replace(failed, message=f"your code raised {told}", traceback=trace)
        if env.stopped is not None:
            return replace(failed, message=f"your code was stopped: {env.stopped}")
        return replace(failed, points=check.points)
