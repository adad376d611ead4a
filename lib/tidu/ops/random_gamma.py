"""Numbers of gamma and Dirichlet distributions, and how they move with the parameters. 伽马分布与狄利克雷分布的抽样。

Drawn one by one as PyTorch draws them, so that the stream goes on at the same place. A sample is differentiated by
keeping its rank: x moves so that the probability of less than x stays what it was. The series for that are summed to
full precision; PyTorch's approximations differ from them in the fourth digit.
Source: Marsaglia & Tsang 2000 (sampling), Figurnov et al. 2018 (implicit gradients),
https://docs.pytorch.org/docs/stable/distributions.html
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._args import As
from tidu._backend import beside, host, quiet
from tidu._define import drawing, op
from tidu._op import Op, enter
from tidu._rng import Stream
from tidu._tensor import Tensor, wrap
from tidu.ops.gamma_kernels import digamma
from tidu.ops.generator import generator_of
from tidu.ops.random import array_of
from tidu.ops.reduce import sum_

_TERMS = 20_000


def _one(alpha: Any, g: Stream) -> float:
    """A gamma number; ``alpha`` is in the tensor's own precision, the rest in double."""
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = (1 - g.one()) ** float(1 / alpha)
        alpha = alpha + alpha.dtype.type(1)
    d = float(alpha - alpha.dtype.type(np.float32(1) / np.float32(3)))
    c = 1 / math.sqrt(9 * d)
    while True:
        x = g.one_normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v, u, square = y * y * y, 1 - g.one(), x * x
        if u < 1 - 0.033100001513957977 * square * square:  # the constant is one of single precision
            return scale * d * v
        if math.log(u) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v


def _drawn(alphas: np.ndarray, g: Stream) -> np.ndarray:
    flat = np.ascontiguousarray(host(alphas)).reshape(-1)
    return np.asarray([_one(a, g) for a in flat], np.float64).reshape(alphas.shape)


def _summed(term: Callable[[int], tuple[Any, Any]]) -> Any:
    """The sum of weight times value until the weights no longer count."""
    total: Any = 0.0
    reached: Any = 0.0
    for n in range(_TERMS):
        weight, value = term(n)
        total = total + weight * value
        reached = reached + weight
        if n > 8 and not np.any(np.abs(weight * (1 + np.abs(value))) > 1e-17 * np.abs(reached)):
            break
    return total


def _gamma_slope(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """dx/da at a constant P(a, x), from the series of P."""
    weight, psi = 1 / a, digamma(a + 1)
    log_x = np.log(x)

    def term(n: int) -> tuple[Any, Any]:
        nonlocal weight, psi
        if n:
            weight = weight * x / (a + n)
            psi = psi + 1 / (a + n)
        return weight, log_x - psi

    return -x * _summed(term)


def _beta_slopes(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """dx/da and dx/db at a constant I_x(a, b), from its series, which wants x <= 1/2."""
    weight, both, one = np.ones_like(x), digamma(a + b), digamma(a + 1)
    log_x, log_y, psi_b = np.log(x), np.log1p(-x), digamma(b)

    def term(n: int) -> tuple[Any, Any]:
        nonlocal weight, both, one
        if n:
            weight = weight * x * (a + b + n - 1) / (a + n)
            both = both + 1 / (a + b + n - 1)
            one = one + 1 / (a + n)
        return weight, np.stack([log_x + both - one, log_y + both - psi_b])

    first, second = -x * (1 - x) / a * _summed(term)
    return first, second


def _in_double(f: Callable[..., np.ndarray], *values: Any) -> Any:
    """``f`` of arrays or tensors as a constant of the same kind."""
    arrays = [v._array if isinstance(v, Tensor) else v for v in values]
    with quiet():
        made = f(*(host(a).astype(np.float64) for a in arrays)).astype(arrays[0].dtype)
    made = beside(made, arrays[0])
    return wrap(made) if isinstance(values[0], Tensor) else made


def _dirichlet_slope(c: np.ndarray, x: np.ndarray) -> np.ndarray:
    """How each part moves with its own concentration, over what is left of 1."""
    rest = c.sum(-1, keepdims=True) - c
    low = x <= 0.5
    a, b, part = np.where(low, c, rest), np.where(low, rest, c), np.where(low, x, 1 - x)
    first, second = _beta_slopes(a, b, part)
    return np.where(low, first, -second) / (1 - x)


def _refuse(g: Any) -> Any:
    raise NotImplementedError("the derivative for '_standard_gamma_grad' is not implemented.")


once: Op = enter(Op(lambda x: x, [lambda g: _refuse(g)], name="_gamma_gradient"))


@op(lambda g, x, out: once(g * _in_double(_gamma_slope, x, out)), name="_standard_gamma", public=False,
    elementwise=True, kinds="f", grad_name="StandardGammaBackward0")  # fmt: skip
def _standard_gamma(x, drawn: As):
    """伽马分布的数 / Numbers of gamma distributions of rate 1 with these concentrations."""
    return np.maximum(drawn.astype(x.dtype), np.finfo(x.dtype).tiny)


@op(lambda g, x, out: once(_in_double(_dirichlet_slope, x, out) * (g - sum_(g * out, (g.ndim - 1,), True))),
    name="_dirichlet", public=False, kinds="f", grad_name="_DirichletBackward")  # fmt: skip
def _dirichlet(x, drawn: As):
    """狄利克雷分布的数 / Parts that sum to 1, with these concentrations along the last dimension."""
    parts = (drawn / drawn.sum(-1, keepdims=True)).astype(x.dtype)
    return np.clip(parts, np.nextafter(x.dtype.type(0), 1), np.nextafter(x.dtype.type(1), 0))


@drawing
def standard_gamma(concentration: Tensor, generator: Any = None) -> Tensor:
    """伽马分布 / Numbers of gamma distributions of rate 1, which gradients flow through to ``concentration``."""
    alphas = array_of(concentration, "_standard_gamma")
    drawn = _drawn(alphas, generator_of(generator, "_standard_gamma"))
    return _standard_gamma.record((concentration,), {"drawn": beside(drawn, alphas)})


@drawing
def dirichlet(concentration: Tensor, generator: Any = None) -> Tensor:
    """狄利克雷分布 / Parts of 1 along the last dimension, which gradients flow through to ``concentration``."""
    alphas = array_of(concentration, "_sample_dirichlet")
    drawn = _drawn(alphas.astype(np.float64), generator_of(generator, "_sample_dirichlet"))
    return _dirichlet.record((concentration,), {"drawn": beside(drawn, alphas)})
