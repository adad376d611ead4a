"""A notebook goes on without an answer: the course's own function stands in, and says so."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from autograder.judging.catalogue import message
from autograder.student import lookup, settings
from autograder.student.calling import Home


def or_ours(*answers: Callable[..., Any]) -> tuple[Callable[..., Any], ...]:
    """通过检查的用学生自己的，没通过的用课程的，并说明 / Each answer that passes its check, else the course's own.

    answers   functions of exercises, under the names that the exercises have
    Prints a line for each that says whose it is.
    """
    home = Home.around(sys._getframe(1).f_globals)
    return tuple(_chosen(home, answer) for answer in answers)


def _chosen(home: Home, answer: Callable[..., Any]) -> Callable[..., Any]:
    name = getattr(answer, "__name__", str(answer))
    exercise = lookup.exercise(name)
    status = home.grade(exercise, answer, name).status
    key = {"ok": "own_here", "not answered": "own_here_open"}.get(status, "own_here_wrong")
    print(message(f"training.{key}", id=name).text(settings.language(), " / "))
    return answer if status == "ok" else exercise.reference
