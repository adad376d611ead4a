"""Describe a value in plain JSON: bounded in size, so that whatever an answer returned can be shown and stored."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.judging.compare import NUMPY_SCALARS, PYTHON_NUMBERS, is_array, number_text, type_name

#: Arrays up to this many elements are drawn whole.
WHOLE = 48
TEXT_LIMIT = 600


def describe(value: Any) -> dict[str, Any]:
    """``value`` as ``{"kind", "text", …}``; arrays also have shape, dtype, strides and, while small, their cells."""
    if is_array(value):
        return _array(value)
    return {"kind": "plain", "text": text_of(value)}


def text_of(value: Any, depth: int = 0) -> str:
    """A short text for a plain value; objects of unknown types are named, not asked."""
    kind = type(value)
    if kind is np.ndarray:
        return _array_text(value) if is_array(value) else type_name(value)
    if value is None or kind in (str, bool):
        return repr(value)[:TEXT_LIMIT]
    if kind in PYTHON_NUMBERS or kind in NUMPY_SCALARS:
        return number_text(value)
    if kind in (tuple, list):
        if depth > 3:
            return "…"
        items = [text_of(item, depth + 1) for item in value[:16]] + ["…"] * (len(value) > 16)
        if kind is list:
            return _short("[" + ", ".join(items) + "]")
        return _short("(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")")
    if kind is dict:
        if depth > 3:
            return "…"
        pairs = [f"{text_of(k, depth + 1)}: {text_of(v, depth + 1)}" for k, v in list(value.items())[:16]]
        return _short("{" + ", ".join(pairs) + "}")
    return f"<{type_name(value)}>"


def _short(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"


def _array(array: np.ndarray) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": "array",
        "text": _array_text(array),
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "strides": None if array.flags.c_contiguous else [s // array.itemsize for s in array.strides],
    }
    if 0 < array.size <= WHOLE and array.ndim <= 2:
        shown["cells"] = [number_text(item) for item in array.ravel()]
        shown["levels"] = _levels(array)
    return shown


def _array_text(array: np.ndarray) -> str:
    if array.size == 0:
        return "[]"
    with np.printoptions(precision=4, suppress=True, threshold=WHOLE, edgeitems=3, linewidth=72):
        return _short(np.array2string(np.array(array), separator=" "))


def _levels(array: np.ndarray) -> list[int]:
    """Colour steps from -4 to 4, zero in the middle; what is not finite gets 9."""
    flat = np.abs(array).ravel() if array.dtype.kind == "c" else array.ravel().astype(float)
    finite = np.isfinite(flat)
    top = float(np.abs(flat[finite]).max()) if finite.any() else 0.0
    scaled = np.zeros(flat.shape) if top == 0.0 else np.where(finite, flat, 0.0) / top * 4
    steps = (np.sign(scaled) * np.ceil(np.abs(scaled))).astype(int)
    return [int(step) if ok else 9 for step, ok in zip(steps, finite, strict=True)]
