"""The course's exercises, a folder for each notebook: ``e08_jvp`` has those of notebook ``08_jvp``.

An instructor's own stand in the same way in the folder ``exercises`` of the class, and :func:`also_from` finds them.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import sys
from functools import cache
from pathlib import Path
from typing import overload

from autograder.judging import catalogue
from autograder.judging.exercise import Exercise

#: Folders of exercises beside the course's own, for the processes that this one starts.
OTHERS = "TIDU_EXERCISES"


def also_from(folder: str | Path) -> None:
    """Find the exercises of this folder too, its hints, and what its classes of inputs are called; for good.

    A folder that does not exist, or holds no exercises, changes nothing. A notebook of the course's own keeps its name.
    """
    place = Path(folder).absolute()
    if str(place) in __path__ or not any(place.glob("e[0-9][0-9]_*/__init__.py")):
        return
    known = [name for name in os.environ.get(OTHERS, "").split(os.pathsep) if name]
    os.environ[OTHERS] = os.pathsep.join([*known, str(place)]) if str(place) not in known else os.environ[OTHERS]
    __path__.append(str(place))
    importlib.invalidate_caches()
    notebooks.cache_clear()
    catalogue.read_again(place)


def forget(notebook: str) -> None:
    """Load the exercises of a notebook anew when they are asked for next: they were written since."""
    for name in [name for name in sys.modules if name.startswith(f"{__name__}.e{notebook}")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    notebooks.cache_clear()
    _exercises.cache_clear()
    catalogue.read_again()


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


for _folder in os.environ.get(OTHERS, "").split(os.pathsep):
    if _folder:
        also_from(_folder)
