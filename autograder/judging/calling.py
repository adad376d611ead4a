"""Call an answer on one input and tell what happened, whatever it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judging.draw import Args, copy_args, copy_layout


class WorkerTimeout(Exception):
    """The process that runs the answer did not reply in time."""


class WorkerCrashed(Exception):
    """The process that runs the answer ended without replying."""


class AnswerError(Exception):
    """An exception that the answer raised, told by name, and ``where``: the student's own line, if there is one.

    where   ``{"function", "line", "text", "cell"}``; the cell is its number at home, the function it defines in grading
    """

    def __init__(self, type_name: str, text: str = "", where: dict[str, Any] | None = None) -> None:
        super().__init__(f"{type_name}: {text}")
        self.type_name, self.text, self.where = type_name, text, where


@dataclass(frozen=True)
class Outcome:
    """What one call came to: ``kind`` is "returned", "error", "not answered", "timeout" or "crashed"."""

    kind: str
    value: Any = None
    error: tuple[str, str] = ("", "")
    where: dict[str, Any] | None = None

    @property
    def fatal(self) -> bool:
        """Whether nothing can be called any more."""
        return self.kind in ("timeout", "crashed")


def kept(value: Any, depth: int = 0) -> Any:
    """``value`` as it is now: an answer may hand out the same list or array again and write other numbers into it."""
    if type(value) is np.ndarray:
        return copy_layout(value) if value.dtype.kind in "biufc" else value
    if type(value) in (tuple, list) and depth < 4:
        return type(value)(kept(item, depth + 1) for item in value)
    if type(value) is dict and depth < 4:
        return {key: kept(item, depth + 1) for key, item in value.items()}
    return value


def layout(args: Args) -> list[Any]:
    """What a call could change of its input, where there are arrays in it: their shape, strides, dtype and bytes, and
    what lists hold. Read-only elements keep nobody from assigning the first three, nor ``np.add.at`` from writing."""
    return [_state(a) for a in args] if any(_holds_array(a) for a in args) else []


def _holds_array(value: Any, depth: int = 0) -> bool:
    if type(value) in (tuple, list) and depth < 4:  # as deep as ``kept``: by now a list may hold itself
        return any(_holds_array(item, depth + 1) for item in value)
    return type(value) is np.ndarray


def _state(value: Any, depth: int = 0) -> Any:
    if type(value) is np.ndarray:
        return value.shape, value.strides, value.dtype, value.tobytes()
    if type(value) in (tuple, list) and depth < 4:
        return [_state(item, depth + 1) for item in value]
    return type(value), value if isinstance(value, (int, float, complex, str)) else id(value)


def call(fn: Callable[..., Any], args: Args, read_only: bool = False) -> Outcome:
    """Call ``fn`` on its own copy of ``args`` and tell what happened."""
    try:
        given = copy_args(args, read_only)
        before = layout(given) if read_only else []
        value = kept(fn(*given))
        if read_only and layout(given) != before:
            raise ValueError("assignment destination is read-only")
        return Outcome("returned", value)
    except NotImplementedError:
        return Outcome("not answered", error=("NotImplementedError", ""))
    except WorkerTimeout:
        return Outcome("timeout")
    except WorkerCrashed:
        return Outcome("crashed")
    except AnswerError as error:
        kind = "not answered" if error.type_name == "NotImplementedError" else "error"
        return Outcome(kind, error=(error.type_name[:80], error.text[:400]), where=error.where)
    except (Exception, SystemExit) as error:
        try:
            text = str(error)
        except Exception:
            text = ""
        return Outcome("error", error=(type(error).__name__[:80], text[:400]))
