"""One place on the page whose content is replaced, and numbers as they are told. 页面上不断更新的一处。"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograder.judging.catalogue import message
from autograder.student import settings

#: Numbers that have a name in the catalogue.
KNOWN = ("loss", "accuracy", "validation_loss", "validation_accuracy")


class Place:
    """The output of a cell that shows one thing after another: one output, however often it changes.

    Another cell that goes on with it has its own.
    """

    def __init__(self) -> None:
        self._handle: Any = None
        self._cell: object = None

    def show(self, thing: Any) -> None:
        from IPython.display import display

        cell = running_cell()
        if self._handle is None or cell != self._cell:
            self._handle, self._cell = display(thing, display_id=True), cell
        else:
            self._handle.update(thing)


def shell() -> Any:
    """The shell of a notebook's kernel, or None in a terminal."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    found = get_ipython()
    return found if hasattr(found, "kernel") else None


def running_cell() -> object:
    """What tells one run of a cell from another; None in a terminal."""
    found = shell()
    return None if found is None else found.execution_count


def words(key: str, **values: object) -> str:
    """A text of the catalogue's section ``training``, in the reader's language."""
    return message(f"training.{key}", **values).text(settings.language(), " / ")


def percent(share: float) -> str:
    """A share as a percentage with one place."""
    return f"{share:.1%}"


def told(name: str, value: float) -> str:
    """A number with its name, in the reader's language where it is known; an accuracy as a percentage."""
    named = words(name) if name in KNOWN else name
    return f"{named} {percent(value) if name.endswith('accuracy') else f'{value:.4f}'}"


def one(value: Any, name: str) -> float:
    """A number, from a number or from a tensor of one element."""
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name} must be one number, got {type(value).__name__}: {error}") from None


def array(value: Any) -> np.ndarray:
    """An array of a tensor, tidu's or PyTorch's, also of one that requires gradients; or of anything like an array."""
    detached = value.detach() if hasattr(value, "detach") else value
    return np.asarray(detached.cpu() if hasattr(detached, "cpu") else detached)


def class_names(classes: Any, count: int) -> list[str]:
    """What the classes are called; by default their numbers."""
    if classes is None:
        return [str(i) for i in range(count)]
    names = [str(name) for name in classes]
    if len(names) < count:
        raise ValueError(f"classes must name {count} classes, got {len(names)}")
    return names
