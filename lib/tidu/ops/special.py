"""Special functions: error, gamma, Bessel and theirs, entropies and logits. 特殊函数。

The kernels are SciPy's where it is installed (imported when the first of them is called), else those of
``gamma_kernels`` and ``bessel_kernels``. Source: https://docs.pytorch.org/docs/stable/special.html
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from tidu import _inplace
from tidu._args import Int, OptionalNumber, is_int, type_name
from tidu._backend import as_array
from tidu._define import binary, op, publish, unary
from tidu._op import Op
from tidu._operands import keeping_layout, write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops.floats import no_derivative
from tidu.ops.pointwise import abs_, cos, exp, exp2, log, sign, sin, where
from tidu.ops.reduce import sum_

Kernel = Callable[..., Any]


class _Kernels:
    """The functions of a module that is loaded when the first of them is called. 首次调用时才加载的内核。"""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Kernel:
        def run(*args: Any) -> Any:
            return getattr(import_module(self._module), name)(*args)

        return run


bessel, gamma = _Kernels("tidu.ops.bessel_kernels"), _Kernels("tidu.ops.gamma_kernels")


@cache
def _scipy() -> ModuleType | None:
    """``scipy.special``, or None where it is not installed."""
    try:
        import scipy.special  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return None
    return scipy.special


def _kernel(name: str, fallback: Kernel, edge: Kernel | None = None, single: Kernel | None = None) -> Kernel:
    """SciPy's function of this name, or the fallback, which computes in float64; results in the operands' dtype.

    ``edge(x, result)``: the result where SciPy and PyTorch disagree on it. ``single``: a fallback for float32.
    """

    def run(*operands: Any) -> Any:
        dtype = operands[0].dtype
        special = _scipy()
        if special is not None and all(isinstance(a, np.ndarray) for a in operands):
            result = as_array(getattr(special, name)(*operands)).astype(dtype)
            return result if edge is None else edge(operands[0], result)
        if single is not None and dtype == np.float32:
            return single(*operands)
        return as_array(fallback(*map(_double, operands))).astype(dtype)

    return keeping_layout(run)


def _double(x: Any) -> Any:
    return x if x.dtype == np.float64 else x.astype(np.float64)


def _function(
    name: str, scipy_name: str, fallback: Kernel, *formulas: Kernel | None, doc: str, public: bool = False,
    inplace: bool = True, kinds: str = "biuf", edge: Kernel | None = None, single: Kernel | None = None, **options: Any,
) -> Op:  # fmt: skip
    """A function of one real number: a method and all forms where ``public``, else for ``tidu.special`` alone."""
    return unary(
        name if public else f"special_{name}", _kernel(scipy_name, fallback, edge, single), *formulas, doc=doc,
        dtype="float", kinds=kinds, inplace=inplace and public, public=public, **options,
    )  # fmt: skip


# ---- error functions

_TWO_BY_ROOT_PI = 2 / math.sqrt(math.pi)


erf = _function(
    "erf", "erf", gamma.erf, lambda g, x: g * (exp(-(x * x)) * _TWO_BY_ROOT_PI), public=True,
    single=gamma.single_erf, doc="误差函数 / Error function.",
)  # fmt: skip
erfc = _function(
    "erfc", "erfc", gamma.erfc, lambda g, x: g * (exp(-(x * x)) * -_TWO_BY_ROOT_PI), public=True,
    doc="余误差函数 / ``1 - erf(input)``, accurate where that is small.",
)  # fmt: skip


def _erfinv_slope(x: Any) -> Any:
    y = erfinv(x)  # computed once more: PyTorch keeps what was given, and the result may be written
    return exp(y * y) / _TWO_BY_ROOT_PI


erfinv = _function(
    "erfinv", "erfinv", gamma.erfinv, lambda g, x: g * _erfinv_slope(x), public=True,
    edge=lambda x, result: np.where(x == 0, x, result), single=gamma.single_erfinv,
    doc="误差函数的反函数 / The inverse of ``erf``: infinite at -1 and 1, nan beyond.",
)  # fmt: skip
erfcx = _function(
    "erfcx", "erfcx", gamma.erfcx, lambda g, x, out: g * (2 * x * out - _TWO_BY_ROOT_PI),
    doc="缩放的余误差函数 / ``exp(input ** 2) * erfc(input)``.",
)  # fmt: skip
ndtri = _function(
    "ndtri", "ndtri", gamma.ndtri, lambda g, out: g * (exp(out * out * 0.5) * math.sqrt(2 * math.pi)),
    doc="正态分布的分位数 / The number that a standard normal one falls below with this probability.",
)  # fmt: skip
log_ndtr = _function(
    "log_ndtr", "log_ndtr", gamma.log_ndtr,
    lambda g, x, out: g / erfcx(x * -math.sqrt(0.5)) * math.sqrt(2 / math.pi),  # the result is kept as in PyTorch
    doc="正态分布函数的对数 / The logarithm of the normal distribution function.",
)  # fmt: skip


def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """正态分布函数 / The probability that a standard normal number is below ``input``."""
    erf.check_operands([input])
    result = (1 + erf.public(input * math.sqrt(0.5))) * 0.5
    return result if out is None else write_out("special_ndtr", result, out, (input,))


# ---- gamma and what is made of it

lgamma = _function(
    "lgamma", "gammaln", gamma.lgamma, lambda g, x: g * digamma(x), public=True,
    edge=lambda x, result: np.where(x == -np.inf, -x, result), single=gamma.single_lgamma,
    doc="伽马函数的对数 / The logarithm of the size of the gamma function.",
)  # fmt: skip
digamma = _function(
    "digamma", "psi", gamma.digamma, lambda g, x: g * polygamma(x, n=1), public=True,
    doc="伽马函数对数的导数 / The derivative of ``lgamma``.",
)  # fmt: skip
for _name in ("erfinv_", "lgamma_", "digamma_"):
    FUNCTIONS.pop(_name)  # in PyTorch methods alone


def _polygamma_kernel(x: Any, n: int) -> Any:
    special = _scipy()
    if special is None or not isinstance(x, np.ndarray):
        return as_array(gamma.polygamma(n, _double(x))).astype(x.dtype)
    found = special.polygamma(n, x)
    return (np.where(x == -np.inf, np.nan, found) if n == 1 else as_array(found)).astype(x.dtype)


@op(lambda g, x, n: g * polygamma(x, n=n + 1), elementwise=True, dtype="float", kinds="f", inplace=True, public=False)
def polygamma(x, n: Int):
    """多伽马函数 / The n-th derivative of ``digamma``."""
    return keeping_layout(_polygamma_kernel)(x, n)


def _polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """多伽马函数 / The ``n``-th derivative of ``digamma``; ``RuntimeError`` for a negative ``n``."""
    polygamma.check_operands([input])
    if not is_int(n):
        raise TypeError(f"polygamma(): argument 'n' (position 1) must be int, not {type_name(n)}")
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n: argument 'n' is {n}")
    return polygamma.public(input, n) if out is None else polygamma.public(input, n, out=out)


def _polygamma_method(self: Tensor, n: int) -> Tensor:
    """多伽马函数 / The ``n``-th derivative of ``digamma``."""
    return _polygamma(n, self)


_polygamma_in_place = _inplace.method(polygamma)


def _checked_polygamma_(self: Tensor, n: int) -> Tensor:
    """In-place form of ``polygamma``. 原地版本。"""
    return _polygamma_in_place(self, n)


publish("polygamma", _polygamma, method=False)
publish("polygamma", _polygamma_method, namespace=False)
publish("polygamma_", _checked_polygamma_, namespace=False)


@op(lambda g, x, p: g * sum_(digamma(_shifted(x, p)), (x.ndim,)), elementwise=True, dtype="float", kinds="f",
    inplace=True, public=False)  # fmt: skip
def mvlgamma(x, p: Int):
    """多元伽马函数的对数 / The logarithm of the gamma function of ``p`` dimensions."""
    steps = np.arange(p) * -0.5
    terms = lgamma.kernel(x[..., None] + steps.astype(x.dtype)).sum(-1, dtype=x.dtype)
    return as_array(terms + x.dtype.type(p * (p - 1) / 4 * math.log(math.pi))).copy(order="C")


def _shifted(x: Any, p: int) -> Any:
    """``x``, ``x - 1/2`` and so on, in a new last dimension."""
    parts = [x - 0.5 * i for i in range(p)]
    return FUNCTIONS["stack"](parts, -1) if isinstance(x, Tensor) else np.stack(parts, -1)


def _check_p(p: Any) -> None:
    if not is_int(p):
        raise TypeError(f"mvlgamma(): argument 'p' (position 2) must be int, not {type_name(p)}")
    if p < 1:
        raise RuntimeError(f"mvlgamma(): p has to be greater than or equal to 1: argument 'p' is {p}")


def _mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """多元伽马函数的对数 / The logarithm of the gamma function of ``p`` dimensions."""
    mvlgamma.check_operands([input])
    _check_p(p)
    return mvlgamma.public(input, p) if out is None else mvlgamma.public(input, p, out=out)


_mvlgamma_in_place = _inplace.method(mvlgamma)


def _mvlgamma_(self: Tensor, p: int) -> Tensor:
    """In-place form of ``mvlgamma``. 原地版本。"""
    _check_p(p)
    return _mvlgamma_in_place(self, p)


publish("mvlgamma", _mvlgamma)
publish("mvlgamma_", _mvlgamma_, namespace=False)


def _gamma_density(x: Any, y: Any) -> Any:
    return exp((x - 1) * log(y) - y - lgamma(x))


igamma = binary(
    "igamma", _kernel("gammainc", gamma.gammainc), no_derivative("igamma: input"),
    lambda g, x, y: g * _gamma_density(x, y), kinds="f", numbers=False,
    doc="不完全伽马函数 / The regularised lower incomplete gamma function.",
)  # fmt: skip
igammac = binary(
    "igammac", _kernel("gammaincc", gamma.gammaincc), no_derivative("igammac: input"),
    lambda g, x, y: -g * _gamma_density(x, y), kinds="f", numbers=False,
    doc="不完全伽马函数的余 / The regularised upper incomplete gamma function.",
)  # fmt: skip


def _overload(args: Any, attrs: Any) -> int:
    """PyTorch counts two tensors as 0, a number for the first as 1, for the second as 2."""
    return 0 if all(isinstance(a, Tensor) for a in args) else 2 - isinstance(args[1], Tensor)


zeta = binary(
    "special_zeta", _kernel("zeta", gamma.zeta), no_derivative("zeta"), lambda g, x, y: g * (-x * zeta(x + 1, y)),
    dtype="float", kinds="f", variant=_overload, inplace=False, public=False,
    doc="赫尔维茨 ζ 函数 / Hurwitz's zeta function: the sum of ``(k + other) ** -input``.",
)  # fmt: skip


# ---- logarithms and entropies


def _times_log(x: Any, logarithm: Any, y: Any) -> Any:
    """0 where x is, whatever the logarithm, but nan where y is."""
    return np.where((x == 0) & ~np.isnan(y), x.dtype.type(0), x * logarithm)


xlogy = binary(
    "xlogy", lambda x, y: _times_log(x, np.log(y), y), lambda g, x, y: where((x == 0) & (y <= 0), 0.0, xlogy(g, y)),
    lambda g, x, y: g * x / y, dtype="float", kinds="f", variant=_overload,
    doc="``input * log(other)``，0 时为 0 / ``input * log(other)``, 0 where ``input`` is.",
)  # fmt: skip
publish("xlogy_", getattr(Tensor, "xlogy_"))
xlog1py = binary(
    "special_xlog1py", lambda x, y: _times_log(x, np.log1p(y), y),
    lambda g, x, y: where((x == 0) & (y <= -1), 0.0, xlog1py(g, y)), lambda g, x, y: g * x / (y + 1), dtype="float",
    kinds="f", variant=_overload, inplace=False, public=False, grad_name="SpecialXlog1PyBackward0",
    doc="``input * log1p(other)``，0 时为 0 / ``input * log1p(other)``, 0 where ``input`` is.",
)  # fmt: skip


def _entropy(x: Any) -> Any:
    inside = -x * np.log(x)
    return np.where(x > 0, inside, np.where(x == 0, 0, np.where(x < 0, -np.inf, x))).astype(x.dtype)


entr = unary(
    "special_entr", keeping_layout(_entropy), lambda g, x: g * -(1 + log(x)), dtype="float", kinds="biuf",
    inplace=False, public=False,
    doc="熵 / ``-input * log(input)``: 0 at 0, minus infinity below.",
)  # fmt: skip
sinc = unary(
    "sinc", keeping_layout(lambda x: _sinc(x)), lambda g, x: g * _sinc_slope(x), dtype="float",
    doc="归一化的 sinc / ``sin(pi x) / (pi x)``, 1 at 0.",
)  # fmt: skip


def _sinc(x: Any) -> Any:
    if x.dtype == np.float16:  # pi itself has no good neighbour there
        return _sinc(x.astype(np.float32)).astype(np.float16)
    turn = x * x.dtype.type(math.pi)
    return np.where(x == 0, x.dtype.type(1), np.sin(turn) / np.where(x == 0, x.dtype.type(1), turn))


def _sinc_slope(x: Any) -> Any:
    turn = x * math.pi
    return where(x == 0, 0.0, (turn * cos(turn) - sin(turn)) / where(x == 0, 1.0, turn * x))


@op(lambda g, x, eps: _logit_gradient(g, x, eps), elementwise=True, dtype="float", kinds="f", inplace=True)
def logit(x, eps: OptionalNumber = None):
    """对数几率 / ``log(input / (1 - input))``, of ``input`` kept within ``[eps, 1 - eps]`` where that is given."""
    if eps is not None:
        x = np.clip(x, x.dtype.type(eps), x.dtype.type(1 - eps))
    return np.log(x / (1 - x))


publish("logit_", getattr(Tensor, "logit_"))


def _logit_gradient(g: Any, x: Any, eps: float | None) -> Any:
    slope = g / (x * (1 - x))
    if eps is None:
        return where((x < 0) | (x > 1), math.nan, slope)
    return where((x < eps) | (x > 1 - eps), 0.0, slope)


def _log_of_sum(x: Any, y: Any, log1p_: Any, power: Any) -> Any:
    """From the larger one, so that nothing overflows; two equal infinities are their own sum."""
    if x.dtype.kind == "c":
        return _complex_log_of_sum(x, y)
    top, low = np.maximum(x, y), np.minimum(x, y)
    return np.where(np.isinf(x) & (x == y), x, top + log1p_(power(low - top)))


def _complex_log_of_sum(x: Any, y: Any) -> Any:
    above = x.real >= y.real
    top, low = np.where(above, x, y), np.where(above, y, x)
    return np.where(np.isinf(top.real) & (x == y), x, top + np.log1p(np.exp(low - top)))


logaddexp = binary(
    "logaddexp", lambda x, y: _log_of_sum(x, y, np.log1p, np.exp), lambda g, x, y: g / (1 + exp(y - x)),
    lambda g, x, y: g / (1 + exp(x - y)), kinds="fc", fast="f", numbers=False, inplace=False,
    doc="指数和的对数 / ``log(exp(input) + exp(other))``, without overflow.",
)  # fmt: skip
logaddexp2 = binary(
    "logaddexp2", lambda x, y: _log_of_sum(x, y, lambda z: np.log1p(z) * z.dtype.type(1 / math.log(2)), np.exp2),
    lambda g, x, y: g / (1 + exp2(y - x)), lambda g, x, y: g / (1 + exp2(x - y)), kinds="f", fast="f", numbers=False,
    inplace=False, doc="2 的幂之和的对数 / ``log2(2 ** input + 2 ** other)``, without overflow.",
)  # fmt: skip


# ---- Bessel functions


def _not_at_0(x: Any) -> Any:
    """Where ``out / x`` may be asked for; nearer to 0, and for nan, PyTorch takes the limit."""
    return abs_(x) > float(np.finfo((x._array if isinstance(x, Tensor) else x).dtype).eps)


def _i1_slope(g: Any, x: Any, out: Any) -> Any:
    away = _not_at_0(x)
    x = where(away, x, 1.0)
    return g * where(away, i0(x) - out / x, 0.5)


def _i1e_slope(g: Any, x: Any, out: Any) -> Any:
    away = _not_at_0(x)
    x = where(away, x, 1.0)
    return g * where(away, i0e(x) - out * (sign(x) + 1 / x), 0.5)


def _waves(kernel: Kernel) -> Kernel:
    """A wave has no value at infinity: SciPy says 0 there, PyTorch nan."""
    return lambda x: np.where(np.isinf(x), x.dtype.type(np.nan), kernel(x))


i0 = _function(
    "i0", "i0", bessel.i0, lambda g, x: g * i1(x), public=True,
    doc="零阶修正贝塞尔函数 / The modified Bessel function of the first kind and order 0.",
)  # fmt: skip
i0e = _function("i0e", "i0e", bessel.i0e, lambda g, x, out: g * (i1e(x) - sign(x) * out),
                grad_name="SpecialI0EBackward0", doc="缩放的 i0 / ``exp(-|input|) * i0(input)``.")  # fmt: skip
i1 = _function("i1", "i1", bessel.i1, _i1_slope, doc="一阶修正贝塞尔函数 / The modified Bessel function of order 1.")
i1e = _function("i1e", "i1e", bessel.i1e, _i1e_slope, grad_name="SpecialI1EBackward0",
                doc="缩放的 i1 / ``exp(-|input|) * i1(input)``.")  # fmt: skip


def _spherical_j0(x: Any) -> Any:
    z = x * x
    near = 1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72 * (1 - z / 110))))
    far = np.sin(x) / np.where(x == 0, 1.0, x)
    return np.where(np.isinf(x), 0.0, np.where(np.abs(x) < 0.5, near, far)).astype(x.dtype)


for _name, _scipy_name, _fallback, _doc in (
    ("bessel_j0", "j0", bessel.j0, "贝塞尔函数 J0 / The Bessel function of the first kind and order 0."),
    ("bessel_j1", "j1", bessel.j1, "贝塞尔函数 J1 / The Bessel function of the first kind and order 1."),
    ("bessel_y0", "y0", bessel.y0, "贝塞尔函数 Y0 / The Bessel function of the second kind and order 0."),
    ("bessel_y1", "y1", bessel.y1, "贝塞尔函数 Y1 / The Bessel function of the second kind and order 1."),
    ("modified_bessel_i0", "i0", bessel.i0, "修正贝塞尔函数 I0 / As ``i0``, without a gradient."),
    ("modified_bessel_i1", "i1", bessel.i1, "修正贝塞尔函数 I1 / As ``i1``, without a gradient."),
    ("modified_bessel_k0", "k0", bessel.k0, "修正贝塞尔函数 K0 / The modified one of the second kind and order 0."),
    ("modified_bessel_k1", "k1", bessel.k1, "修正贝塞尔函数 K1 / The modified one of the second kind and order 1."),
    ("scaled_modified_bessel_k0", "k0e", bessel.k0e, "缩放的 K0 / ``exp(input) * modified_bessel_k0(input)``."),
    ("scaled_modified_bessel_k1", "k1e", bessel.k1e, "缩放的 K1 / ``exp(input) * modified_bessel_k1(input)``."),
):
    _made = _kernel(_scipy_name, _fallback)
    _made = keeping_layout(_waves(_made)) if _name.startswith("bessel") else _made
    unary(f"special_{_name}", _made, doc=_doc, dtype="float", kinds="biuf", inplace=False, public=False)
unary(
    "special_spherical_bessel_j0", keeping_layout(_spherical_j0), dtype="float", kinds="biuf", inplace=False,
    public=False, doc="球贝塞尔函数 / ``sin(input) / input``, 1 at 0.",
)  # fmt: skip


def _airy(x: Any) -> Any:
    special = _scipy()
    if special is None or not isinstance(x, np.ndarray):
        return as_array(bessel.airy_ai(_double(x))).astype(x.dtype)
    return as_array(special.airy(x)[0]).astype(x.dtype)


unary(
    "special_airy_ai", keeping_layout(_waves(_airy)), dtype="float", kinds="biuf", inplace=False, public=False,
    doc="艾里函数 / Airy's function Ai.",
)  # fmt: skip
