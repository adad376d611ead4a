"""``check("id")``: judge an answer at home, by the same :meth:`Exercise.grade` and the same source rule as grading."""

from __future__ import annotations

import dis
import inspect
import io
import os
import sys
import textwrap
from collections.abc import Callable
from contextlib import nullcontext, redirect_stderr
from typing import Any

from autograder.judging.card import as_html, as_text
from autograder.judging.catalogue import Message, message
from autograder.judging.exercise import Exercise
from autograder.judging.policy import LIBRARIES, STANDARD
from autograder.judging.result import Result
from autograder.student import history, lookup, settings
from autograder.student.shown import Shown


class Checked(Shown):
    """The card of one check; ``result`` has the points."""

    def __init__(self, result: Result, lang: str, hints_read: int) -> None:
        super().__init__(as_text(result, lang, hints_read), as_html(result, lang, hints_read))
        self.result = result


class NotPassed(Exception):
    """Points are missing, told to nbgrader's Validate; shows the card, and no traceback into this package."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def check(id: str, fn: Callable[..., Any] | None = None) -> Checked:
    """检查一道练习，显示得分与第一处错误 / Check one exercise: points, and the first thing that is wrong.

    id   the exercise, which is also the name of your function
    fn   the function to check; by default the one of that name in the notebook
    """
    exercise = lookup.exercise(id)
    names = _names(sys._getframe(1).f_globals)
    validating = bool(os.environ.get("NBGRADER_VALIDATING"))
    # For Validate, whatever a cell writes there means that it has failed.
    with redirect_stderr(io.StringIO()) if validating else nullcontext():
        result = _judged(exercise, fn if fn is not None else names.get(id), names)
    checked = Checked(result, settings.language(), history.standing(id).hints)
    if not validating:
        history.record(id, "check", status=result.status, earned=result.earned)
    elif result.earned < result.points:
        raise NotPassed(repr(checked))
    return checked


def _judged(exercise: Exercise, answer: Any, names: dict[str, Any]) -> Result:
    if not callable(answer):
        return exercise.failed("missing")
    refused = _refused(exercise, answer, names)
    return exercise.grade_refused(refused) if refused else exercise.grade(answer)


def _names(caller: dict[str, Any]) -> dict[str, Any]:
    """The notebook's names: those of the caller, or of IPython when ``check`` is called through something else."""
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        if shell is not None:
            return shell.user_ns
    return caller


def _refused(exercise: Exercise, answer: Any, names: dict[str, Any]) -> list[Message]:
    """What grading would refuse: in the answer's own cell, and in the cells of the helpers that it calls."""
    found: list[Message] = []
    seen: set[Any] = set()
    queue = [answer]
    while queue:
        function = queue.pop()
        code = getattr(function, "__code__", None)
        if code is None or code in seen or getattr(function, "__module__", None) != names.get("__name__"):
            continue
        seen.add(code)
        found += exercise.refused(_cell_of(function))
        for name in _used(code) - {exercise.id, *exercise.given}:
            value = names.get(name)
            if inspect.isfunction(value):
                queue.append(value)
            elif inspect.isclass(value):
                queue += [method for method in vars(value).values() if inspect.isfunction(method)]
            elif _foreign(value) and name not in LIBRARIES:  # those names the rule over the source objects to
                found.append(message("policy.value", name=name, module=_package(value)))
    return list(dict.fromkeys(found))


def _foreign(value: Any) -> bool:
    """Whether grading would not have this value: another module, or an object of a library that is not allowed."""
    return _package(value) in LIBRARIES or inspect.ismodule(value) and _package(value) not in ("numpy", *STANDARD)


def _package(value: Any) -> str:
    module = value.__name__ if inspect.ismodule(value) else type(value).__module__
    return str(module).split(".")[0]


def _used(code: Any) -> set[str]:
    """Global names that a function looks up, its inner functions' included."""
    inner = [constant for constant in code.co_consts if inspect.iscode(constant)]
    own = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*(_used(one) for one in inner))


def _cell_of(function: Any) -> str:
    """The whole cell that a function was written in; empty where Python has not kept it."""
    try:
        if os.path.exists(function.__code__.co_filename):  # written in a file, of which it is one of many
            return textwrap.dedent(inspect.getsource(function))
        return "".join(inspect.findsource(function)[0])
    except (OSError, TypeError):
        return ""
