"""The course's exercises, a folder for each notebook: ``e08_jvp`` has those of notebook ``08_jvp``."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from typing import overload

from autograder.judging.exercise import Exercise


@cache
def notebooks() -> tuple[str, ...]:
    """Names of the notebooks that have exercises, in the course's order."""
    files = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name[1:] for name in files if re.match(r"e\d\d_", name)))


@cache
def _exercises(notebook: str) -> tuple[Exercise, ...]:
    module = importlib.import_module(f"{__name__}.e{notebook}")
    found: tuple[Exercise, ...] = module.EXERCISES
    for exercise in found:
        exercise.notebook = notebook
        exercise.beside = tuple(one.id for one in found)
    return found


@overload
def load(notebook: str) -> list[Exercise]: ...
@overload
def load() -> dict[str, list[Exercise]]: ...
def load(notebook: str | None = None) -> list[Exercise] | dict[str, list[Exercise]]:
    """The exercises of one notebook in its order, or of all: ``{notebook: exercises}``."""
    if notebook is None:
        return {name: list(_exercises(name)) for name in notebooks()}
    if notebook not in notebooks():
        raise LookupError(f"notebook must be one of {', '.join(notebooks())}; got {notebook!r}")
    return list(_exercises(notebook))


def find(id: str) -> Exercise:
    """The exercise called ``id``, wherever it is."""
    every = {exercise.id: exercise for exercises in load().values() for exercise in exercises}
    if id not in every:
        raise LookupError(f"exercise must be one of {', '.join(every)}; got {id!r}")
    return every[id]
