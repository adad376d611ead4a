"""The answers that prove the checks: right ones and wrong ones, as functions in a notebook of their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

from autograder.authoring.banks import Bank, banks
from autograder.authoring.build import release_notebook
from autograder.exercises import load
from autograder.judging.exercise import Exercise
from autograder.judging.result import Result
from tests.course.conftest import ROOT

EXERCISES = [exercise for exercises in load().values() for exercise in exercises]


@cache
def bank(notebook: str) -> dict[str, Bank]:
    return banks(ROOT, notebook)


@cache
def given(notebook: str) -> list[str]:
    """The cells that come with a notebook for answers to use."""
    cells = release_notebook(ROOT, notebook).cells
    return [cell.source for cell in cells if cell.metadata.get("tidu", {}).get("role") == "given"]


@cache
def surroundings(exercise: Exercise) -> str:
    """The given cells, and the right functions of earlier exercises that this one may use."""
    return "\n\n".join([*given(exercise.notebook), *(inspect.getsource(function) for function in exercise.uses)])


def defined(exercise: Exercise, source: str) -> Callable[..., Any]:
    """The function that a notebook with this answer cell would have, as it is called on inputs."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(surroundings(exercise) + "\n\n" + source, "<answer>", "exec"), namespace)
    return exercise.staged(namespace[exercise.id])


@cache
def told_at_home(exercise: Exercise, name: str) -> Result:
    """What a student is told of the named mistake, written as an answer cell."""
    return exercise.grade(defined(exercise, bank(exercise.notebook)[exercise.id].mistakes[name]))


def right_answers(exercise: Exercise) -> list[str]:
    entry = bank(exercise.notebook)[exercise.id]
    return [entry.reference, *entry.alternatives]
