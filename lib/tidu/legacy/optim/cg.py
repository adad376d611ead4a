"""Conjugate gradients. 共轭梯度法。

Polak and Ribière's directions; along each, a line search by cubic and quadratic polynomials that ends by the
conditions of Wolfe and Powell, as Carl Rasmussen's ``minimize`` has it.
Source: http://learning.eng.cam.ac.uk/carl/code/minimize/
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from tidu._modes import no_grad
from tidu.legacy.optim.step import OpFunc, Options, kept


class _Point(NamedTuple):
    """A point of the line: its value, its slope along the line, its gradient."""

    f: float
    slope: float
    g: Any


def _root(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _ratio(a: float, b: float) -> float:
    return a / b if b else math.nan


def _cubic(near: _Point, far: _Point, z: float) -> tuple[float, float]:
    """Two coefficients of the cubic with these values and slopes, which are ``z`` apart."""
    a = _ratio(6 * (near.f - far.f), z) + 3 * (near.slope + far.slope)
    b = 3 * (far.f - near.f) - z * (far.slope + 2 * near.slope)
    return a, b


@no_grad()
def cg(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, list[float], int]:
    """共轭梯度法 / Minimises until ``maxEval`` evaluations; returns ``x``, the values on the way, how many evaluations.

    ``maxEval`` (1.25 times ``maxIter``), ``maxIter`` (20) evaluations for a line at most; of the line search: ``rho``
    (0.01) how much less it has to be, ``sig`` (0.5) how flat, ``int`` (0.1) how near the ends no guess may be, ``ext``
    (3) how far beyond, ``ratio`` (100) how much longer a first step may be than the last.
    """
    config, _ = kept("cg", config, state)
    rho, sig = config.get("rho", 0.01), config.get("sig", 0.5)
    inside, beyond = config.get("int", 0.1), config.get("ext", 3.0)
    most, longest = config.get("maxIter", 20), config.get("ratio", 100)
    budget = config.get("maxEval", most * 1.25)
    evaluations, s = 0, None

    def at() -> _Point:
        nonlocal evaluations
        evaluations += 1
        f, g = opfunc(x)
        g = g.clone()
        return _Point(float(f), math.nan if s is None else float(g.dot(s)), g)

    def moved(z: float) -> _Point:
        x.add_(s, alpha=z)
        return at()

    here = at()
    values = [here.f]
    s = -here.g
    here = here._replace(slope=-float(s.dot(s)))
    z1 = 1 / (1 - here.slope)
    failed = False
    while evaluations < abs(budget):
        origin, start = x.clone(), here
        now, last, z3 = moved(z1), start, -z1
        left = min(most, budget - evaluations)
        limit = -1.0  # how far it may be at most, once that is known

        def too_far(p: _Point, z: float, start: _Point = start) -> bool:
            return p.f > start.f + z * rho * start.slope or p.slope > -sig * start.slope

        while True:
            while too_far(now, z1) and left > 0:  # between the two points
                limit = z1
                if now.f > start.f:
                    z2 = z3 - _ratio(0.5 * last.slope * z3 * z3, last.slope * z3 + now.f - last.f)
                else:
                    a, b = _cubic(now, last, z3)
                    z2 = _ratio(_root(b * b - a * now.slope * z3 * z3) - b, a)
                z2 = z2 if math.isfinite(z2) else z3 / 2
                z2 = max(min(z2, inside * z3), (1 - inside) * z3)
                z1, now, z3, left = z1 + z2, moved(z2), z3 - z2, left - 1
            found = not too_far(now, z1) and now.slope > sig * start.slope
            if too_far(now, z1) or found or left <= 0:
                break
            a, b = _cubic(now, last, z3)  # beyond them
            z2 = _ratio(-now.slope * z3 * z3, b + _root(b * b - a * now.slope * z3 * z3))
            bounded = limit > -0.5
            if not math.isfinite(z2) or z2 < 0:
                z2 = (limit - z1) / 2 if bounded else z1 * (beyond - 1)
            elif bounded and z2 + z1 > limit:
                z2 = (limit - z1) / 2
            elif not bounded and z2 + z1 > z1 * beyond:
                z2 = z1 * (beyond - 1)
            elif z2 < -z3 * inside:
                z2 = -z3 * inside
            elif bounded and z2 < (limit - z1) * (1 - inside):
                z2 = (limit - z1) * (1 - inside)
            last, z3, z1 = now, -z2, z1 + z2
            now, left = moved(z2), left - 1
        if found:
            values.append(now.f)
            s = s * (float(now.g.dot(now.g) - now.g.dot(start.g)) / float(start.g.dot(start.g))) - now.g
            slope = float(now.g.dot(s))
            if slope > 0:  # no way down: along the gradient
                s = -now.g
                slope = -float(s.dot(s))
            z1 *= min(longest, _ratio(start.slope, slope - 1e-320))
            here, failed = now._replace(slope=slope), False
        else:
            x.copy_(origin)
            here = start
            if failed or evaluations > budget:
                break
            s = -now.g  # as ``minimize`` has it: from here along the other point's gradient
            here = _Point(start.f, -float(s.dot(s)), now.g)
            z1, failed = 1 / (1 - here.slope), True
    return x, values, evaluations
