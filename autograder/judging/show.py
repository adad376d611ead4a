"""Describe a value in plain JSON: bounded in size, so that whatever an answer returned can be shown and stored."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import numpy as np

from autograder.judging.compare import NUMPY_SCALARS, PYTHON_NUMBERS, is_array, number_text, type_name

#: Arrays up to this many elements are drawn whole.
WHOLE = 48
TEXT_LIMIT = 600


#: Digits of the numbers in an array and of one alone; more where two values that differ would look alike.
DIGITS = ((4, 6), (6, 9), (9, 12), (12, 15), (17, 17))


def describe(value: Any, strides: bool = True, digits: tuple[int, int] = DIGITS[0]) -> dict[str, Any]:
    """``value`` as ``{"kind", "text", …}``; arrays also have shape, dtype, strides and, while small, their cells.

    ``strides`` says whether those of an array are told: they are nobody's business where they are not compared.
    """
    if is_array(value):
        return _array(value, strides, digits)
    return {"kind": "plain", "text": text_of(value, digits)}


def describe_both(got: Any, expected: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two values that differ, with the digits that it takes to see it."""
    more = ((describe(got, False, digits), describe(expected, False, digits)) for digits in DIGITS)
    plainest = next(more)
    # What differs in its shape or dtype alone looks alike however many digits there are.
    return next((pair for pair in chain([plainest], more) if pair[0]["text"] != pair[1]["text"]), plainest)


def single(value: Any) -> list[Any]:
    """What is shown on its own: each of several arrays, anything else as a whole."""
    return list(value) if type(value) is tuple and any(map(is_array, value)) else [value]


def text_of(value: Any, digits: tuple[int, int] = DIGITS[0], depth: int = 0) -> str:
    """A short text for a plain value; objects of unknown types are named, not asked."""
    kind = type(value)
    if kind is np.ndarray:
        return _array_text(value, digits[0]) if is_array(value) else type_name(value)
    if value is None or kind in (str, bool):
        return repr(value)[:TEXT_LIMIT]
    if kind in PYTHON_NUMBERS or kind in NUMPY_SCALARS:
        return number_text(value, digits[1])
    if kind in (tuple, list):
        if depth > 3:
            return "…"
        items = [text_of(item, digits, depth + 1) for item in value[:16]] + ["…"] * (len(value) > 16)
        if kind is list:
            return _short("[" + ", ".join(items) + "]")
        return _short("(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")")
    if kind is dict:
        if depth > 3:
            return "…"
        pairs = [
            f"{text_of(k, digits, depth + 1)}: {text_of(v, digits, depth + 1)}" for k, v in list(value.items())[:16]
        ]
        return _short("{" + ", ".join(pairs) + "}")
    return f"<{type_name(value)}>"


def _short(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"


def _array(array: np.ndarray, strides: bool, digits: tuple[int, int]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": "array",
        "text": _array_text(array, digits[0]),
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "strides": None if array.flags.c_contiguous or not strides else [s // array.itemsize for s in array.strides],
    }
    if 0 < array.size <= WHOLE and array.ndim <= 2:
        shown["cells"] = [number_text(item, digits[1]) for item in array.ravel()]
        shown["levels"] = _levels(array)
    return shown


def _array_text(array: np.ndarray, digits: int) -> str:
    if array.size == 0:
        return "[]"
    if array.ndim > 4 and array.size > WHOLE:  # two in each of 17 dimensions are never left out, and take seconds
        array = array.ravel()
    with np.printoptions(precision=digits, suppress=digits < 17, threshold=WHOLE, edgeitems=3, linewidth=72):
        text = np.array2string(np.array(array), separator=" ")
    # NumPy leaves lines empty between blocks: the brackets say as much in half the space.
    return _short(re.sub(r"\n(\s*\n)+", "\n", text))


def _levels(array: np.ndarray) -> list[int]:
    """Colour steps from -4 to 4, zero in the middle; what is not finite gets 9."""
    flat = np.abs(array).ravel() if array.dtype.kind == "c" else array.ravel().astype(float)
    finite = np.isfinite(flat)
    top = float(np.abs(flat[finite]).max()) if finite.any() else 0.0
    scaled = np.zeros(flat.shape) if top == 0.0 else np.where(finite, flat, 0.0) / top * 4
    steps = (np.sign(scaled) * np.ceil(np.abs(scaled))).astype(int)
    return [int(step) if ok else 9 for step, ok in zip(steps, finite, strict=True)]
