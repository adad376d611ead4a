"""``predict(guess, lambda: …)``: say first what will come out, then see it. Nothing is graded."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from typing import Any

from autograder.judging.catalogue import message
from autograder.student import settings
from autograder.student.shown import Shown, code_marked

#: How far a number that somebody guessed may be from a computed fraction.
NEAR = 1e-3


def predict(guess: Any, actual: Callable[[], Any]) -> Shown:
    """先猜，再运行，对照着看；不计分 / Guess first, run, compare; nothing is graded.

    guess    what you expect; an error is named by its class, such as ``RuntimeError``. While it is ``...``, nothing
             is run
    actual   a function without arguments that computes it: ``lambda: x[1, 0]``
    """
    now = settings.language()
    if guess is ... or isinstance(guess, str) and guess.strip() in ("...", "…", "……"):
        told = message("student.predict").text(now, "\n")
        return Shown(told, f'<div style="{_BOX};opacity:.85">{code_marked(told)}</div>')
    try:
        found: Any = actual()
    except Exception as error:  # an error may be what there is to guess
        found = error
    verdict = agrees(guess, found)
    told = "" if verdict is None else message(f"student.predict_{'same' if verdict else 'different'}").text(now, " / ")
    sides = [
        (message("student.predict_guess").text(now, " / "), _written(guess)),
        (message("student.predict_actual").text(now, " / "), _written(found)),
    ]
    text = "\n".join([*(_aligned(title, body) for title, body in sides), *([told] if told else [])])
    panels = "".join(
        f'<div><div style="opacity:.75;font-size:.9em">{escape(title)}</div>'
        f'<pre style="margin:0;background:none;color:inherit;white-space:pre-wrap">{escape(body)}</pre></div>'
        for title, body in sides
    )
    ending = f"<div>{'=' if verdict else '≠'} {escape(told)}</div>" if told else ""
    return Shown(
        text, f'<div style="{_BOX}"><div style="display:flex;flex-wrap:wrap;gap:.4em 3em">{panels}</div>{ending}</div>'
    )


_BOX = "border-left:4px solid #8a8f98;padding:.4em 1em;margin:.3em 0;max-width:60em;line-height:1.5"


def agrees(guess: Any, found: Any) -> bool | None:
    """Whether a guess says what was found; None where that is for the reader to judge."""
    try:
        return _agrees(_plain(guess), _plain(found))
    except Exception:  # of something that cannot be compared
        return None


def _agrees(guess: Any, found: Any) -> bool | None:
    if isinstance(found, BaseException):
        if isinstance(guess, type) and issubclass(guess, BaseException):
            return isinstance(found, guess)
        if isinstance(guess, BaseException):
            return type(guess) is type(found) and (not guess.args or str(guess) == str(found))
        return None if isinstance(guess, str) else False
    if isinstance(guess, BaseException) or isinstance(guess, type) and issubclass(guess, BaseException):
        return False
    if isinstance(guess, str) and not isinstance(found, str):
        return None  # words
    if isinstance(guess, list) and isinstance(found, list):
        return len(guess) == len(found) and all(_agrees(g, f) is True for g, f in zip(guess, found, strict=True))
    if isinstance(guess, bool) or isinstance(found, bool):
        return isinstance(guess, bool) and isinstance(found, bool) and guess == found
    if isinstance(guess, complex | float | int) and isinstance(found, complex | float | int):
        return _near(guess, found)
    return bool(guess == found)


def _near(guess: complex, found: complex) -> bool:
    if isinstance(guess, int) and isinstance(found, int):
        return guess == found
    if isinstance(guess, complex) or isinstance(found, complex):
        return abs(guess - found) <= NEAR * abs(found)
    return math.isnan(guess) and math.isnan(found) or math.isclose(guess, found, rel_tol=NEAR, abs_tol=1e-9)


def _plain(value: Any) -> Any:
    """Tensors and arrays of any library as nested lists or a number; tuples and sizes as lists."""
    if hasattr(value, "tolist"):
        detached = value.detach() if hasattr(value, "detach") else value
        return detached.tolist()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _written(value: Any) -> str:
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}" if str(value) else type(value).__name__
    if isinstance(value, type):
        return value.__name__
    return value if isinstance(value, str) else repr(value)


def _aligned(title: str, body: str) -> str:
    first, *rest = f"{title}  {body}".splitlines() or [""]
    return "\n".join([first, *(" " * (len(title) + 2) + line for line in rest)])
