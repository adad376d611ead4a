"""Bessel and Airy functions in NumPy, for where SciPy is not installed: float64 in, float64 out. 贝塞尔函数。

Near 0 power series, far away Hankel's asymptotic ones, in between recurrence backwards (J, Y) or the trapezoidal rule,
which for the integrals here doubles its digits with every halving. Source: https://dlmf.nist.gov chapters 9 and 10.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = Any
EULER = 0.5772156649015329


def _series(n: int, t: Array, terms: int) -> Array:
    """The sum of t^k / (k! (k + n)!): I_n for t = x^2 / 4, J_n for its negative, without (x / 2)^n."""
    total = np.ones_like(t)
    for k in range(terms, 0, -1):
        total = 1 + total * t / (k * (k + n))
    return total / math.factorial(n)


def _asymptotic(n: float, terms: int) -> list[float]:
    """The numbers a_k(n) of Hankel's series in 1 / x."""
    found = [1.0]
    for k in range(1, terms):
        found.append(found[-1] * (4 * n * n - (2 * k - 1) ** 2) / (8 * k))
    return found


def _scaled_i(n: int, x: Array) -> Array:
    """exp(-|x|) I_n(x)."""
    size = np.abs(x)
    near = np.minimum(size, 30.0)
    small = _series(n, near * near / 4, 60) * np.exp(-near) * (near / 2) ** n
    far = np.maximum(size, 30.0)
    large = np.zeros_like(far)
    for a in reversed(_asymptotic(n, 28)):
        large = large * (-1 / far) + a
    large = large / np.sqrt(2 * np.pi * far)
    value = np.where(size < 30, small, large)
    return np.where((n % 2 == 1) & (x < 0), -value, value)


def i0e(x: Array) -> Array:
    return _scaled_i(0, x)


def i1e(x: Array) -> Array:
    return _scaled_i(1, x)


def i0(x: Array) -> Array:
    return _grown(i0e(x), np.abs(x))


def i1(x: Array) -> Array:
    return _grown(i1e(x), np.abs(x))


def _grown(scaled: Array, x: Array) -> Array:
    """``scaled`` times e^x, which alone would overflow a little earlier."""
    half = np.exp(x / 2)
    return scaled * half * half


# ---- of the second kind, modified


def _k_series(n: int, x: Array) -> Array:
    """K_0 and K_1 for x <= 2."""
    t = x * x / 4
    psi, term, total = -EULER, np.ones_like(x), np.zeros_like(x)
    for k in range(25):
        total = total + term * (psi if n == 0 else psi + 0.5 / (k + 1))
        term = term * t / ((k + 1) * (k + 1 + n))
        psi += 1 / (k + 1)
    log = np.log(x / 2) * _series(n, t, 25) * (x / 2) ** n
    return total - log if n == 0 else 1 / x + log - x / 2 * total


def _k_integral(n: float, x: Array) -> Array:
    """exp(x) K_n(x) for |x| >= 2, complex ones with a positive real part included."""
    step, total = 0.25, np.zeros_like(x)
    for k in range(28):
        v = k * step
        turn = np.cosh(2 * n * np.arcsinh(v / np.sqrt(2 * x))) if n else 1.0
        total = total + (0.5 if k == 0 else 1.0) * math.exp(-v * v) * 2 / np.sqrt(2 * x + v * v) * turn
    return total * step


def _k(n: int, x: Array, scaled: bool) -> Array:
    near, far = np.clip(x, 1e-320, 2.0), np.maximum(x, 2.0)
    low, high = _k_series(n, near), _k_integral(n, far)
    value = np.where(x <= 2, low * np.exp(near) if scaled else low, high if scaled else high * np.exp(-far))
    return np.where(x == 0, np.inf, np.where(x < 0, np.nan, value))


def k0(x: Array) -> Array:
    return _k(0, x, False)


def k1(x: Array) -> Array:
    return _k(1, x, False)


def k0e(x: Array) -> Array:
    return _k(0, x, True)


def k1e(x: Array) -> Array:
    return _k(1, x, True)


# ---- of the first and second kind


def _near(x: Array) -> tuple[Array, Array, Array, Array]:
    """J_0, J_1, Y_0, Y_1 by power series, for 0 < x <= 3."""
    t = -x * x / 4
    first, second = _series(0, t, 20), _series(1, t, 20) * x / 2
    log = np.log(x / 2) * (2 / np.pi)
    psi, term, sum0 = -EULER, np.ones_like(x), np.zeros_like(x)
    other, sum1 = np.ones_like(x), np.zeros_like(x)
    for k in range(20):
        sum0, sum1 = sum0 + term * psi, sum1 + other * (2 * psi + 1 / (k + 1))
        term, other = term * t / (k + 1) ** 2, other * t / ((k + 1) * (k + 2))
        psi += 1 / (k + 1)
    return first, second, log * first - sum0 * (2 / np.pi), log * second - 2 / (np.pi * x) - sum1 * x / (2 * np.pi)


def _between(x: Array) -> tuple[Array, Array, Array, Array]:
    """The four for 3 <= x <= 25: Miller's recurrence from J_80 = 0 down, and Neumann's series for Y."""
    above, here = np.zeros_like(x), np.full_like(x, 1e-280)
    total, even, odd = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for n in range(80, 0, -1):
        sign = -1 if n // 2 % 2 else 1
        if n % 2 == 0:
            total = total + 2 * here
            even = even + sign * here / (n // 2)
        elif n > 1:
            k = n // 2
            odd = odd + sign * here * n / (k * (k + 1))
        above, here = here, here * (2 * n / x) - above
    total = total + here
    first, second, even, odd = here / total, above / total, even / total, odd / total
    log = np.log(x / 2) + EULER
    y0 = (2 / np.pi) * (log * first - 2 * even)
    y1 = -2 * first / (np.pi * x) + (2 / np.pi) * ((log - 1) * second - odd)
    return first, second, y0, y1


def _far(n: int, x: Array) -> tuple[Array, Array]:
    """J_n and Y_n for x >= 25."""
    a = _asymptotic(n, 30)
    p, q = np.zeros_like(x), np.zeros_like(x)
    square = -1 / (x * x)
    for k in range(28, -1, -2):
        p, q = p * square + a[k], q * square + a[k + 1]
    q = q / x
    sine, cosine = np.sin(x), np.cos(x)
    c, s = (cosine + sine, sine - cosine) if n == 0 else (sine - cosine, -(cosine + sine))
    root = np.sqrt(np.pi * x)
    return (p * c - q * s) / root, (p * s + q * c) / root


def _cylinder(n: int, second: bool, x: Array) -> Array:
    size = np.abs(x)
    which = n + 2 * second
    return np.where(
        size <= 3, _near(np.clip(size, 1e-320, 3.0))[which],
        np.where(size < 25, _between(np.clip(size, 3.0, 25.0))[which], _far(n, np.maximum(size, 25.0))[int(second)]),
    )  # fmt: skip


def j0(x: Array) -> Array:
    return _cylinder(0, False, x)


def j1(x: Array) -> Array:
    return np.where(x == 0, x, np.where(x < 0, -1.0, 1.0) * _cylinder(1, False, x))


def _second(n: int, x: Array) -> Array:
    return np.where(x == 0, -np.inf, np.where(x < 0, np.nan, _cylinder(n, True, x)))


def y0(x: Array) -> Array:
    return _second(0, x)


def y1(x: Array) -> Array:
    return _second(1, x)


# ---- Airy's function


def airy_ai(x: Array) -> Array:
    """Taylor's series between -3 and 2.1; right of it K of order 1/3, left of it the same at an imaginary argument."""
    near = np.clip(x, -3.0, 2.1)
    cube = near**3
    f, g = np.ones_like(near), near.copy()
    term_f, term_g = f, g
    for k in range(1, 30):
        term_f = term_f * cube / ((3 * k - 1) * (3 * k))
        term_g = term_g * cube / ((3 * k) * (3 * k + 1))
        f, g = f + term_f, g + term_g
    middle = 0.3550280538878172 * f - 0.2588194037928068 * g
    right = np.clip(x, 2.1, 110.0)
    z = 2 / 3 * right**1.5
    tail = np.sqrt(right / 3) / np.pi * _k_integral(1 / 3, z) * np.exp(-z)
    left = np.maximum(-x, 3.0)
    z = 2 / 3 * left**1.5
    turn = np.exp(1j * np.pi / 3)
    root = np.sqrt(left / 3) * np.exp(1j * np.pi / 6) / np.pi
    waves = 2 * (turn * root * _k_integral(1 / 3, 1j * z) * np.exp(-1j * z)).real
    return np.where(x > 2.1, np.where(x > 104, 0.0, tail), np.where(x < -3, waves, middle))
