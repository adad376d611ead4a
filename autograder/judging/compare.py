"""Compare what an answer returned with what was expected, without running any of the answer's code.

A value is looked at only after ``type(value)`` was found to be one of the plain types below: objects of other types
are named and never touched, so that an ``__eq__`` or ``__array__`` of the student's cannot speak for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

NUMPY_SCALARS = frozenset(
    np.dtype(code).type for code in ("?", "b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "e", "f", "d", "F", "D")
)
PYTHON_NUMBERS = (bool, int, float, complex)
NUMERIC_KINDS = "biufc"
#: How far a right answer may be off, in units of rounding, where an exercise has not measured it.
UNITS = 100.0
EPS = {2: 2.0**-10, 4: 2.0**-23, 8: 2.0**-52}

#: The ways in which a value can differ; each has its message ``diff.<code>``.
CODES = ("type", "length", "keys", "shape", "dtype", "scalar", "item", "item_type", "value")


@dataclass(frozen=True)
class Difference:
    """How a value is not the expected one: ``code`` names a message ``diff.<code>``, ``values`` fill it in."""

    code: str
    values: dict[str, str] = field(default_factory=dict)
    index: tuple[int, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "values": self.values, "index": None if self.index is None else list(self.index)}


def is_array(value: object) -> bool:
    """Whether ``value`` is exactly an ndarray of numbers or bools (no subclass, no object dtype)."""
    if type(value) is not np.ndarray or value.dtype.kind not in NUMERIC_KINDS:
        return False
    return value.dtype.itemsize <= (16 if value.dtype.kind == "c" else 8)  # a long double is not told from one by name


def as_array(value: Any) -> np.ndarray | None:
    """A plain number or array as an ndarray; None for everything else."""
    if is_array(value):
        return value
    if type(value) in NUMPY_SCALARS:
        return np.asarray(value)
    if type(value) is int:
        # Beyond int64 NumPy would make an object array.
        if abs(value) >= 2**63:
            return np.asarray(float(value) if abs(value) < 2**1000 else np.inf)
        return np.asarray(value)
    if type(value) in PYTHON_NUMBERS:
        return np.asarray(value)
    return None


def fingerprint(value: Any, depth: int = 0) -> object:
    """Tells values apart that look different, whatever they are; what cannot be looked into is like nothing else."""
    kind = type(value)
    if is_array(value):
        return value.shape, value.dtype, value.tobytes()
    if kind in (tuple, list) and depth < 4:
        return kind, *(fingerprint(item, depth + 1) for item in value)
    if kind is dict and depth < 4:
        return kind, *((fingerprint(name, depth + 1), fingerprint(item, depth + 1)) for name, item in value.items())
    if value is None or kind in (str, int):
        return kind, value
    if kind in PYTHON_NUMBERS or kind in NUMPY_SCALARS:
        return kind, repr(value)  # nan is itself here, and -0.0 is not 0.0
    return object()


def type_name(value: object) -> str:
    kind = type(value)
    if value is None:
        return "None"
    if kind is np.ndarray:
        return f"ndarray of {value.dtype}"  # type: ignore[attr-defined]
    name = kind.__name__ if isinstance(kind.__name__, str) else "object"
    return name[:60]


def number_text(value: Any, digits: int = 6) -> str:
    """One element, short enough for a card."""
    value = value.item() if isinstance(value, np.generic) else value
    if type(value) is bool:
        return str(value)
    if type(value) is int:
        # Python refuses to print integers of thousands of digits.
        return str(value) if abs(value) < 10**20 else f"int of {value.bit_length()} bits"
    if type(value) is complex:
        return f"{value:.{digits}g}"
    text = f"{value:.{digits}g}"
    return text + "." if text.lstrip("-").isdigit() else text


def apart(got: Any, expected: Any) -> dict[str, str]:
    """Two elements as texts that differ, with as many digits as that takes."""
    found = [{"got": number_text(got, n), "expected": number_text(expected, n)} for n in (6, 9, 12, 17)]
    return next((texts for texts in found if texts["got"] != texts["expected"]), found[0])


def difference(got: Any, expected: Any, units: float = UNITS, scale: float = 1.0) -> Difference | None:
    """None when ``got`` is right, otherwise the first thing that is wrong with it."""
    if type(expected) in (tuple, list):
        return _sequence(got, expected, units, scale)
    if type(expected) is dict:
        return _mapping(got, expected, units, scale)
    if type(expected) in (bool, str) or expected is None:
        return _exact(got, expected)
    return _numeric(got, expected, units, scale)


def _sequence(got: Any, expected: tuple | list, units: float, scale: float) -> Difference | None:
    if isinstance(got, tuple):
        got = tuple(tuple.__iter__(got))  # a named tuple is one too; nothing of its own is asked
    if type(got) not in (tuple, list):
        return Difference("type", {"got": type_name(got), "expected": type_name(expected)})
    if len(got) != len(expected):
        return Difference("length", {"got": str(len(got)), "expected": str(len(expected))})
    for place, (one, other) in enumerate(zip(got, expected, strict=True)):
        if type(one) is type(other) is int and one == other:  # as _numeric says, and most that is compared
            continue
        found = difference(one, other, units, scale)
        if found is not None and found.code == "scalar":
            return Difference("item", {"place": str(place), **found.values})
        if found is not None and found.code == "type":
            return Difference("item_type", {"place": str(place), **found.values})
        if found is not None:
            return found
    return None


def _mapping(got: Any, expected: dict, units: float, scale: float) -> Difference | None:
    if type(got) is not dict or any(type(key) not in (str, int, float, bool, tuple) for key in got):
        return Difference("type", {"got": type_name(got), "expected": "dict"})
    if got.keys() != expected.keys():
        keys = {name: repr(sorted(map(str, value)))[:200] for name, value in (("got", got), ("expected", expected))}
        return Difference("keys", keys)
    for key, other in expected.items():
        found = difference(got[key], other, units, scale)
        if found is not None:
            return found
    return None


def _exact(got: Any, expected: Any) -> Difference | None:
    if type(expected) is bool and (type(got) is np.bool_ or (is_array(got) and got.dtype == bool and got.ndim == 0)):
        got = bool(got)
    if type(got) is not type(expected):
        return Difference("type", {"got": type_name(got), "expected": type_name(expected)})
    if got == expected:
        return None
    return Difference("scalar", {"got": repr(got)[:80], "expected": repr(expected)[:80]})


def _numeric(got: Any, expected: Any, units: float, scale: float) -> Difference | None:
    if type(got) is type(expected) is int and got == expected:
        return None
    want, have = as_array(expected), as_array(got)
    assert want is not None, f"a reference returned {type(expected)}"
    if have is None:
        return Difference("type", {"got": type_name(got), "expected": type_name(expected)})
    if have.shape != want.shape:
        return Difference("shape", {"got": str(have.shape), "expected": str(want.shape)})
    if not _dtype_fits(have, want, python_number=type(got) in PYTHON_NUMBERS):
        return Difference("dtype", {"got": str(have.dtype), "expected": str(want.dtype)})
    if have.dtype == want.dtype and not (have != want).any():  # to the last bit, which most right answers are
        return None
    wrong = ~_close(have, want, units, scale)
    if not wrong.any():
        return None
    if want.ndim == 0:
        return Difference("scalar", apart(have[()], want[()]))
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    with np.errstate(all="ignore"):
        error = np.abs(have[wrong].astype(complex) - want[wrong].astype(complex))
    return Difference(
        "value",
        {
            "index": str(list(index)),
            **apart(have[index], want[index]),
            "count": str(int(wrong.sum())),
            "size": str(want.size),
            "worst": f"{np.max(error):.3g}",
        },
        index,
    )


def _dtype_fits(have: np.ndarray, want: np.ndarray, python_number: bool) -> bool:
    kind = want.dtype.kind
    if kind == "b":
        return have.dtype.kind == "b"
    if kind in "iu":
        return have.dtype.kind in "iu"
    if python_number and have.dtype.kind in "if":  # 0-d: a Python number has no width to get wrong
        return True
    # A wider float than needed is welcome; a narrower one has lost digits.
    return have.dtype.kind == kind and have.dtype.itemsize >= want.dtype.itemsize


def _close(have: np.ndarray, want: np.ndarray, units: float, scale: float) -> np.ndarray:
    if want.dtype.kind in "biu":
        return np.equal(have, want)
    eps = EPS.get(want.dtype.itemsize // (2 if want.dtype.kind == "c" else 1), 2.0**-52)
    if have.dtype.kind == want.dtype.kind == "f" and np.isfinite(want).all():
        top = max(scale, float(np.abs(want).max())) if want.size else scale
        return np.abs(have - want) <= units * eps * top  # false for a nan or an inf of the answer's
    finite = np.abs(want[np.isfinite(want)])
    allowed = units * eps * max(scale, float(finite.max()) if finite.size else 0.0)
    return np.isclose(have, want, rtol=0.0, atol=allowed, equal_nan=True)


def magnitude(value: Any) -> float:
    """The largest finite number in a value, at least 1: what errors of rounding are measured against."""
    if isinstance(value, (tuple, list)):
        return max((magnitude(item) for item in value), default=1.0)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        finite = np.abs(value[np.isfinite(value)])
        return max(1.0, float(finite.max())) if finite.size else 1.0
    return 1.0
