"""One notebook run twice: at home, in a real IPython shell with ``check``, and in grading, in a worker."""

from __future__ import annotations

import builtins
import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from autograder.grading import sandbox
from autograder.grading.examiner import examine
from autograder.grading.intake import Cell
from autograder.grading.session import Budget
from autograder.judging.exercise import Exercise, Part
from autograder.judging.result import Result
from autograder.student import calling, history, lookup
from tests.course.notebook import Notebook, notebook

START = "from autograder.student import check, hint, lang, progress\nimport tidu as torch\nimport numpy as np"
CHECK = "check "


def scaling(id: str, **more: Any) -> Exercise:
    """An exercise in plain Python: ``f(x, k)`` multiplies each number of ``x`` by ``k``."""
    inputs = {"several": ((1, 2, 3), 2), "one": ((5,), 3), "none": ((), 2), "zero": ((0, -4), 0)}
    return Exercise(
        id,
        reference=lambda x, k: tuple(n * k for n in x),
        make=lambda classes, draw: inputs[classes.numbers],
        parts=[Part("values", 2, numbers=("several", "one")), Part("edge", 3, numbers=("none", "zero"))],
        **{"allow": "python", **more},
    )


@dataclass(frozen=True)
class Graded:
    """What one exercise came to in the two places."""

    home: Result
    away: Result

    def agree(self) -> None:
        assert _told(self.home) == _told(self.away)


def _told(result: Result) -> dict[str, Any]:
    """A result as a student reads it, but for how the cell of an error is called."""
    told = copy.deepcopy(result.to_json())
    if told["status"] == "missing":
        del told["messages"][1:]  # why the cell failed, which at home its own output says
    if told["failure"] and told["failure"]["where"]:
        told["failure"]["where"]["cell"] = ""
    return told


@contextmanager
def at_home() -> Iterator[Notebook]:
    """A notebook whose reader speaks English, answers 3 to every question, and keeps no scores."""
    with pytest.MonkeyPatch.context() as patch, notebook(START) as opened:
        patch.setenv("TIDU_LANG", "en")
        patch.setattr(builtins, "input", lambda prompt="": "3")
        patch.setattr(history, "record", lambda *a, **more: None)
        yield opened


def run_at_home(
    opened: Notebook,
    cells: Sequence[str],
    exercises: Sequence[Exercise],
    modules: Mapping[str, str] | None = None,
) -> dict[str, Result]:
    """Run cells in a kernel that was started anew; ``check NAME`` stands for the check cell of an exercise."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "load", lambda *a: {"90_rule": list(exercises)})
        patch.setattr(calling, "modules_beside", lambda folder: modules or {})
        opened.again()
        for cell in cells:
            if cell.startswith(CHECK):
                found[cell.removeprefix(CHECK)] = opened.check(cell.removeprefix(CHECK))
            else:
                opened.run(cell)
    return found


def run_in_grading(
    cells: Sequence[str],
    exercises: Sequence[Exercise],
    modules: Mapping[str, str] | None = None,
    budget: Budget | None = None,
) -> dict[str, Result]:
    """Grade the same cells; an exercise's own cell is the one before its check."""
    made = [Cell("other", "setup", START, 0)]
    for index, cell in enumerate(cells):
        following = cells[index + 1] if index + 1 < len(cells) else ""
        if cell.startswith(CHECK):
            made.append(Cell("check", f"{cell.removeprefix(CHECK)}_check", cell, index + 1))
        elif following.startswith(CHECK):
            made.append(Cell("answer", following.removeprefix(CHECK), cell, index + 1))
        else:
            made.append(Cell("extra", "", cell, index + 1))
    done = examine(made, exercises, seed=0, tier=sandbox.choose(), budget=budget, modules=modules)
    assert done.failures == {}
    return done.results
