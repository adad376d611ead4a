"""Orthogonal polynomials, by their recurrences; no gradients, as in PyTorch. 正交多项式。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._define import binary

Array = Any
Rule = Callable[[Array, int, Array, Array], Array]  # of x, k, and the polynomials of degree k and k - 1


def _by_recurrence(first: Callable[[Array], Array], rule: Rule, x: Array, n: Array) -> Array:
    """The polynomial of degree ``n``, element by element: 1, ``first``, and what ``rule`` makes of the last two."""
    before, here = np.ones_like(x), first(x)
    found = np.where(n == 0, before, np.where(n == 1, here, 0))
    for k in range(1, int(n.max()) if n.size else 0):
        before, here = here, rule(x, k, here, before)
        found = np.where(n == k + 1, here, found)
    return found


def _chebyshev(x: Array, k: int, here: Array, before: Array) -> Array:
    return 2 * x * here - before


def _waves(kind: str, x: Array, n: Array) -> Array:
    """Chebyshev's polynomials of high degree between -1 and 1, where they are waves of the angle."""
    angle = np.arccos(x)
    if kind == "t":
        return np.cos(n * angle)
    if kind == "u":
        return np.sin((n + 1) * angle) / np.sin(angle)
    half = angle / 2
    return np.cos((2 * n + 1) * half) / np.cos(half) if kind == "v" else np.sin((2 * n + 1) * half) / np.sin(half)


_FIRST: dict[str, Callable[[Array], Array]] = {
    "t": lambda x: x, "u": lambda x: 2 * x, "v": lambda x: 2 * x - 1, "w": lambda x: 2 * x + 1
}  # fmt: skip


def _chebyshev_polynomial(kind: str, shifted: bool) -> Callable[[Array, Array], Array]:
    def kernel(x: Array, n: Array) -> Array:
        at, degree = np.broadcast_arrays(x.astype(np.float64), np.trunc(n).astype(np.int64))
        at = 2 * at - 1 if shifted else at
        inside = (np.abs(at) < 1) & (degree > 8)
        safe = np.where(inside, at, 0.5)
        found: Array = _by_recurrence(_FIRST[kind], _chebyshev, at, np.where(inside, 0, degree))
        found = np.where(inside, _waves(kind, safe, degree), found)
        return found.astype(x.dtype)

    return kernel


def _polynomial(first: Callable[[Array], Array], rule: Rule) -> Callable[[Array, Array], Array]:
    def kernel(x: Array, n: Array) -> Array:
        at, degree = np.broadcast_arrays(x.astype(np.float64), np.trunc(n).astype(np.int64))
        return _by_recurrence(first, rule, at, degree).astype(x.dtype)

    return kernel


def _define(name: str, kernel: Callable[[Array, Array], Array], doc: str) -> None:
    binary(
        f"special_{name}", kernel, dtype="float", inplace=False, kinds="f", public=False, called=("input", "n"), doc=doc
    )


_ORDINAL = {"t": ("一", "first"), "u": ("二", "second"), "v": ("三", "third"), "w": ("四", "fourth")}
for _kind, (_zh, _en) in _ORDINAL.items():
    for _shifted in (False, True):
        _name = f"{'shifted_' * _shifted}chebyshev_polynomial_{_kind}"
        _define(
            _name,
            _chebyshev_polynomial(_kind, _shifted),
            f"第{_zh}类切比雪夫多项式 / Chebyshev's polynomial of the {_en} kind and degree ``n``"
            f"{', of 2 input - 1' * _shifted}.",
        )
_define("hermite_polynomial_h", _polynomial(lambda x: 2 * x, lambda x, k, p, q: 2 * x * p - 2 * k * q),
        "埃尔米特多项式（物理） / Hermite's polynomial of degree ``n``, the physicists'.")  # fmt: skip
_define("hermite_polynomial_he", _polynomial(lambda x: x, lambda x, k, p, q: x * p - k * q),
        "埃尔米特多项式（概率） / Hermite's polynomial of degree ``n``, the probabilists'.")  # fmt: skip
_define("laguerre_polynomial_l",
        _polynomial(lambda x: 1 - x, lambda x, k, p, q: ((2 * k + 1 - x) * p - k * q) / (k + 1)),
        "拉盖尔多项式 / Laguerre's polynomial of degree ``n``.")  # fmt: skip
_define("legendre_polynomial_p", _polynomial(lambda x: x, lambda x, k, p, q: ((2 * k + 1) * x * p - k * q) / (k + 1)),
        "勒让德多项式 / Legendre's polynomial of degree ``n``.")  # fmt: skip
