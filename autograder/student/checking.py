"""``check("id")``: judge an answer at home, by the same :meth:`Exercise.grade` and the same source rule as grading."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from typing import Any, TextIO

from autograder.judging.card import as_html, as_text
from autograder.judging.catalogue import message
from autograder.judging.result import Result
from autograder.student import cells, history, lookup, settings
from autograder.student.calling import Home
from autograder.student.shown import Shown

cells.watch()


class Checked(Shown):
    """The card of one check; ``result`` has the points."""

    def __init__(self, result: Result, lang: str, hints_read: int) -> None:
        super().__init__(as_text(result, lang, hints_read), as_html(result, lang, hints_read))
        self.result = result


class FirstLines(io.TextIOBase):
    """Passes on the first lines that are written to it and counts the rest: an answer is called hundreds of times."""

    SHOWN = 10

    def __init__(self, out: TextIO) -> None:
        self.out, self.lines = out, 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        for line in text.splitlines(keepends=True):
            if self.lines < self.SHOWN:
                self.out.write(line)
            self.lines += line.endswith("\n")
        return len(text)

    def flush(self) -> None:
        self.out.flush()

    def close_with(self, lang: str) -> None:
        if self.lines > self.SHOWN:
            print(message("student.printed", count=self.lines - self.SHOWN).text(lang, " / "), file=self.out)


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
    home = Home.around(sys._getframe(1).f_globals)
    answer = home.names.get(id) if fn is None else fn
    name = id if fn is None else next((n for n, v in home.names.items() if v is fn), getattr(fn, "__name__", ""))
    validating = bool(os.environ.get("NBGRADER_VALIDATING"))
    # For Validate, whatever a cell writes there means that it has failed.
    printed = FirstLines(sys.stdout)
    with redirect_stderr(io.StringIO()) if validating else nullcontext(), redirect_stdout(printed):
        result = home.grade(exercise, answer, name)
    printed.close_with(settings.language())
    checked = Checked(result, settings.language(), history.standing(id).hints)
    if not validating:
        history.record(id, "check", status=result.status, earned=result.earned)
    elif result.earned < result.points:
        raise NotPassed(repr(checked))
    return checked
