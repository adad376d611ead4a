"""Elementwise functions of one operand, and choices between operands. 逐元素函数与选择。

In a formula ``g`` is the gradient of the result; ``x``, ``y``, ``out`` are saved because they are named.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes, _inplace
from tidu._args import Int, Number, OptionalNumber, type_name
from tidu._define import binary, op, publish, unary
from tidu._kernels import MANY, choose, zeros_for
from tidu._modes import Rider
from tidu._op import Op
from tidu._operands import NUMBERS, check_castable, held, keeping_layout, scalar, write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap


def zeros(g: Any) -> Any:
    """The gradient of a step function, in either reading."""
    if isinstance(g, Tensor):
        if isinstance(g._tangent, Rider):  # of a batch, what is the same for all
            return FUNCTIONS["zeros"](g._array.shape, dtype=g.dtype)
        return wrap(np.zeros_like(g._array))
    return np.zeros_like(g)


def by_number(args: Any, attrs: Any) -> int:
    """PyTorch counts the overload with a number as 0, the one with a tensor as 1."""
    return int(isinstance(args[-1], Tensor))


# ---- functions of one operand


def _whole(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Integers are whole already: NumPy before 2.1 would turn them into floats."""
    return lambda x: x.copy() if x.dtype.kind in "biu" else kernel(x)


def _negative(x: Any) -> Any:
    if x.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
            "the `~` or `logical_not()` operator instead."
        )
    return np.negative(x)


def _sign(x: Any) -> Any:
    """As np.sign, but 0 at nan, and bools as they are."""
    return x.copy() if x.dtype.kind == "b" else ((x > 0).view(np.int8) - (x < 0).view(np.int8)).astype(x.dtype)


def _direction(x: Any) -> Any:
    size = np.abs(x)
    return np.where(size == 0, x.dtype.type(0), x / np.where(size == 0, size.dtype.type(1), size))


def _direction_gradient(g: Any, x: Any, out: Any) -> Any:
    """What of ``g`` turns the direction, not what lengthens it; the map is its own adjoint."""
    if not is_complex(x):
        return zeros(g)
    size = abs_(x)
    return where(size == 0, 0.0, (g - out * along(out, g)) / where(size == 0, 1.0, size))


def along(direction: Any, g: Any) -> Any:
    """The component of ``g`` along a direction of length 1: a real number."""
    if not is_complex(direction):
        return g * direction
    product = g * FUNCTIONS["conj"](direction) if isinstance(g, Tensor) else g * np.conj(direction)
    return product.real


def is_complex(x: Any) -> bool:
    """Whether a tensor or an array holds complex numbers."""
    return (x._array if isinstance(x, Tensor) else x).dtype.kind == "c"


neg = unary("neg", _negative, lambda g: -g, jvp="linear", dunder="neg", doc="取负 / Negation.")
abs_ = unary(
    "abs", np.abs, lambda g, x: g * sgn(x), dunder="abs", kinds="iufc", doc="绝对值 / Absolute value.", adjoint=True,
    jvp=lambda tangents, operands, out: along(sgn(operands[0]), tangents[0]),
)  # fmt: skip
sgn = unary(
    "sgn", keeping_layout(lambda x: _direction(x) if x.dtype.kind == "c" else _sign(x)),
    lambda g, x, out: _direction_gradient(g, x, out), adjoint=True,
    doc="符号；复数的方向 / Sign; of a complex number its direction ``x / |x|``, 0 for 0.",
)  # fmt: skip
sign = unary("sign", _sign, lambda g: zeros(g), kinds="biuf", doc="符号 / Sign: -1, 0 or 1.")
square = unary(
    "square", lambda x: np.square(x, dtype=np.int64 if x.dtype.kind == "b" else None), lambda g, x: g * (x * 2),
    dtype="promote", fast="iufc", grad_name="PowBackward0", doc="平方 / Square.",
)  # fmt: skip
floor = unary("floor", _whole(np.floor), lambda g: zeros(g), kinds="iuf", doc="向下取整 / Rounded down.")
ceil = unary("ceil", _whole(np.ceil), lambda g: zeros(g), kinds="iuf", doc="向上取整 / Rounded up.")
trunc = unary("trunc", _whole(np.trunc), lambda g: zeros(g), kinds="iuf", doc="向零取整 / Rounded towards zero.")
frac = unary("frac", lambda x: x - np.trunc(x), lambda g: g, kinds="f", doc="小数部分 / Fractional part.")


def _no_complex_in_place(method: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def function(self: Tensor) -> Tensor:
        if self._array.dtype.kind == "c":
            raise RuntimeError("In-place abs is not supported for complex tensors: the result is real")
        return method(self)

    return function


publish("abs_", _no_complex_in_place(FUNCTIONS["abs_"]), FUNCTIONS["abs_"].__doc__)


def _positive(input: Tensor) -> Tensor:
    """正号 / The tensor itself; ``RuntimeError`` for bools."""
    neg.check_operands([input])
    if input._array.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported: argument 'input' is a bool tensor")
    return input


publish("positive", _positive)


def _degrees(name: str, factor: float, doc: str) -> Op:
    def refuse_complex(x: Any) -> Any:
        if x.dtype.kind == "c":
            raise RuntimeError(f"{name} is not supported for complex tensors: argument 'input' is complex")
        return x * x.dtype.type(factor)

    return unary(name, refuse_complex, lambda g: g * factor, jvp="linear", dtype="float", doc=doc)


deg2rad = _degrees("deg2rad", math.pi / 180, "角度化弧度 / Degrees as radians.")
rad2deg = _degrees("rad2deg", 180 / math.pi, "弧度化角度 / Radians as degrees.")


_BITS = {n: np.dtype(f"i{n}") for n in (1, 2, 4, 8)}


@op(lambda h, out: relu_gradient(h, out), lambda h: zeros(h), name="_relu_gradient", public=False,
    jvp=lambda tangents, args, out: None if tangents[0] is None else relu_gradient(tangents[0], args[1]))  # fmt: skip
def relu_gradient(g, out, *, into=None):
    """0 where the result ``out`` is 0, or less, as a write that nobody counts can leave it, even where ``g`` is inf or
    nan; else ``g``.

    Multiplying by the mask would make nan of 0 * inf, and np.where takes several times as long as masking the bits.
    """
    bits = _BITS[g.dtype.itemsize]
    passes = ((out <= 0).view(np.int8) - 1).astype(bits)  # all bits, or none
    if into is not None:
        return np.bitwise_and(g.view(bits), passes, out=into.view(bits))
    return np.bitwise_and(g.view(bits), passes, out=passes if passes.ndim else None).view(g.dtype)


# Which of two equal numbers ``np.maximum`` gives is up to the processor: the later one on x86, the first on others.
LATER = bool(np.signbit(np.maximum(np.zeros(16, "f4"), np.full(16, -0.0, "f4"))).all())


def _rectify(x: Any, *, into: Any = None) -> Any:
    if x.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu: argument 'input' is a bool tensor")
    zero = zeros_for(x)
    pair = (zero, x) if LATER else (x, zero)  # -0. stays, as in PyTorch
    return np.maximum(*pair) if into is None else np.maximum(*pair, out=into)


relu = unary(
    "relu",
    _rectify,
    relu_gradient,
    out=False,
    kinds="biuf",
    doc="线性整流 / max(x, 0).",
)


def real(name: str, kernel: Callable[..., Any], formula: Callable[..., Any], doc: str, **options: Any) -> Op:
    """A function of real analysis: integers are taken as floats."""
    return unary(name, kernel, formula, doc=doc, dtype="float", **options)


_FLOAT32 = np.dtype(np.float32)
_ONE = scalar(1, _FLOAT32)


def _one(dtype: np.dtype) -> np.ndarray:
    return _ONE if dtype is _FLOAT32 else scalar(1, dtype)  # which takes half as long as adding it


def _sigmoid(x: Any, *, into: Any = None) -> Any:
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    z = np.negative(x) if into is None else np.negative(x, out=into)
    if type(z) is not np.ndarray:  # a number, or on a device
        return np.reciprocal(np.exp(z) + 1)
    np.add(np.exp(z, z), _one(z.dtype), z)
    return np.reciprocal(z, z)


# The gradients of the functions that networks are made of are ops: as kernels they do without temporaries, and without
# Python numbers, beside which NumPy takes twice the time; ``out`` as a keyword takes as long as half an operation.


@op(lambda h, out: tanh_gradient(h, out), lambda h, g, out: h * (g * out * -2), name="_tanh_gradient", public=False,
    elementwise=True, blocks=True, grad_name="TanhBackwardBackward0")  # fmt: skip
def tanh_gradient(g, out, *, into=None):
    """``g * (1 - out * out)``"""
    slope = np.multiply(out, out) if into is None else np.multiply(out, out, out=into)
    if type(slope) is not np.ndarray or slope.ndim != g.ndim:  # a number, or on a device, or beside a batch of g
        return g * (1 - slope)
    np.subtract(_one(slope.dtype), slope, slope)
    return np.multiply(g, slope, slope)


@op(lambda h, out: sigmoid_gradient(h, out), lambda h, g, out: h * (g * (1 - 2 * out)), name="_sigmoid_gradient",
    public=False, elementwise=True, blocks=True, grad_name="SigmoidBackwardBackward0")  # fmt: skip
def sigmoid_gradient(g, out, *, into=None):
    """``g * (out * (1 - out))``"""
    if type(out) is not np.ndarray or not out.ndim or out.ndim != g.ndim:
        return g * (out * (1 - out))
    slope = np.subtract(_one(out.dtype), out) if into is None else np.subtract(_one(out.dtype), out, out=into)
    np.multiply(slope, out, slope)
    return np.multiply(g, slope, slope)


# NumPy takes seven times as long for expm1 and log1p of float32 as for exp, log and tanh.


def _slow(x: Any) -> bool:
    return type(x) is np.ndarray and x.dtype == _FLOAT32 and x.size >= MANY


def expm1_below(x: Any) -> Any:
    """``expm1`` of numbers up to 0; what it gives above is of no use: e^x - 1 = 2 tanh(x/2) / (1 - tanh(x/2))."""
    if not _slow(x):
        return np.expm1(x)
    half = np.tanh(x * x.dtype.type(0.5))
    below = np.subtract(_ONE, half)
    half += half
    return np.divide(half, below, half)


def _log1p(x: Any) -> Any:
    """The logarithm of what 1 + x is rounded to, and what the rest adds."""
    if not _slow(x) or not (x.min() > -1 and x.max() < np.inf):
        return np.log1p(x)
    whole = np.add(x, _ONE)
    rest = np.subtract(whole, _ONE)
    rest -= x
    rest /= whole
    return np.subtract(np.log(whole, whole), rest, whole)


def log1p_exp(x: Any) -> Any:
    """log(1 + e^x)"""
    return _log1p(np.exp(x))


exp = real("exp", np.exp, lambda g, out: g * out, "指数 / e to the x.")
exp2 = real("exp2", np.exp2, lambda g, out: g * (out * math.log(2)), "二的幂 / 2 to the x.")
expm1 = real("expm1", np.expm1, lambda g, out: g * (out + 1), "e^x - 1，在 0 附近也精确 / e^x - 1, accurate near 0.")
log = real("log", np.log, lambda g, x: g / x, "自然对数 / Natural logarithm.")
log2 = real("log2", np.log2, lambda g, x: g / (x * math.log(2)), "以 2 为底的对数 / Logarithm to base 2.")
log10 = real("log10", np.log10, lambda g, x: g / (x * math.log(10)), "常用对数 / Logarithm to base 10.")
log1p = real("log1p", _log1p, lambda g, x: g / (x + 1), "log(1 + x)，在 0 附近也精确 / log(1 + x), accurate near 0.")
sqrt = real("sqrt", np.sqrt, lambda g, out: g / (2 * out), "平方根 / Square root.")
rsqrt = real(
    "rsqrt", lambda x: 1 / np.sqrt(x), lambda g, out: g * (out * out * out * -0.5), "平方根的倒数 / 1 / sqrt(x)."
)  # fmt: skip
reciprocal = real("reciprocal", lambda x: 1 / x, lambda g, out: -g * (out * out), "倒数 / One over x.")
sin = real("sin", np.sin, lambda g, x: g * cos(x), "正弦 / Sine.")
cos = real("cos", np.cos, lambda g, x: g * -sin(x), "余弦 / Cosine.")
tan = real("tan", np.tan, lambda g, out: g * (1 + out * out), "正切 / Tangent.")
asin = real("asin", np.arcsin, lambda g, x: g * rsqrt(1 - x * x), "反正弦 / Inverse sine.")
acos = real("acos", np.arccos, lambda g, x: g * -rsqrt(1 - x * x), "反余弦 / Inverse cosine.")
atan = real("atan", np.arctan, lambda g, x: g / (x * x + 1), "反正切 / Inverse tangent.")
sinh = real("sinh", np.sinh, lambda g, x: g * cosh(x), "双曲正弦 / Hyperbolic sine.")
cosh = real("cosh", np.cosh, lambda g, x: g * sinh(x), "双曲余弦 / Hyperbolic cosine.")
tanh = real("tanh", np.tanh, tanh_gradient, "双曲正切 / Hyperbolic tangent.")
asinh = real("asinh", np.arcsinh, lambda g, x: g * rsqrt(x * x + 1), "反双曲正弦 / Inverse hyperbolic sine.")
acosh = real("acosh", np.arccosh, lambda g, x: g * rsqrt(x * x - 1), "反双曲余弦 / Inverse hyperbolic cosine.")
atanh = real("atanh", np.arctanh, lambda g, x: g / (1 - x * x), "反双曲正切 / Inverse hyperbolic tangent.")
sigmoid = real("sigmoid", _sigmoid, sigmoid_gradient, "S 形函数 / 1 / (1 + exp(-x)).")


@op(lambda g, decimals: zeros(g), name="round", elementwise=True, inplace=True, kinds="iuf", out="same",
    variant=lambda args, attrs: int(attrs["decimals"] != 0))  # fmt: skip
def round_(x, *, decimals: Int = 0):
    """四舍六入五成双 / Rounded to ``decimals`` digits, halves to even."""
    if x.dtype.kind in "iu":
        if decimals:
            raise NotImplementedError(
                f"\"round_cpu\" not implemented for integers: argument 'decimals' is {decimals}, not 0"
            )
        return x.copy()
    return np.round(x, decimals)


@op(lambda g, x, beta, threshold: where(x * beta > threshold, g, g * sigmoid(x * beta)), elementwise=True,
    blocks=True, kinds="f", public=False)  # fmt: skip
def softplus(x, beta: Number = 1, threshold: Number = 20):
    """光滑的整流 / log(1 + exp(beta x)) / beta, linear above ``threshold``."""
    z = x * beta
    return choose(z > threshold, x, log1p_exp(z) / beta)


# ---- choices


@op(None, lambda g, c: where(c, g, 0.0), lambda g, c: where(c, 0.0, g), name="where", elementwise=True, blocks=True,
    dtype="promote", promote=(1, 2), public=False)  # fmt: skip
def where(c, x, y):
    """按条件选择 / ``x`` where ``c`` holds, else ``y``."""
    return choose(c, x, y)


def _where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """按条件选择 / ``input`` where ``condition``, else ``other``; of the condition alone, the indices."""
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if not isinstance(condition, Tensor):
        raise TypeError(f"where(): argument 'condition' (position 1) must be Tensor, not {type(condition).__name__}")
    if condition._array.dtype.kind != "b" and condition._array.dtype != np.uint8:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}"
        )
    if condition._array.dtype == np.uint8:
        warnings.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future "
            "version of PyTorch. Use a boolean condition instead.",
            UserWarning,
            stacklevel=2,
        )
    for position, (name, value) in enumerate((("input", input), ("other", other)), 2):
        if not isinstance(value, (Tensor, *NUMBERS)):
            raise TypeError(f"where(): argument '{name}' (position {position}) must be Tensor, not {type_name(value)}")
    if out is not None:
        where.check_operands([condition, input, other], False)
    common = _dtypes.result_type([a._array if isinstance(a, Tensor) else a for a in (input, other)])
    for name, value in (("input", input), ("other", other)):
        if not isinstance(value, Tensor):
            held(value, common, "where", name)
    result = where.record((condition.bool(), input, other), {})
    return result if out is None else write_out("where", result, out, (input, other))


publish("where", _where, method=False)
publish("where", lambda self, condition, other: _where(condition, self, other), _where.__doc__, namespace=False)


@op(lambda g, x, min, max: where(_inside(x, min, max), g, 0.0), elementwise=True, public=False, inplace=True,
    blocks=True, kinds="biuf", variant=lambda args, attrs: 1)  # fmt: skip
def clamp(x, min: OptionalNumber = None, max: OptionalNumber = None):
    """限制在区间内 / Limited to ``[min, max]``."""
    min, max = (b if b is None else held(b, x.dtype, "clamp", n) for n, b in (("min", min), ("max", max)))
    return np.clip(x, min, max)


@op(lambda g, x, min, max: where(_inside(x, min, max), g, 0.0),
    lambda g, x, min, max: where(_below(x, min, max), g, 0.0),
    lambda g, x, min, max: where(_above(x, min, max), g, 0.0), name="_clamp_tensor", elementwise=True, dtype="promote",
    blocks=True, inplace=True, public=False, kinds="biuf", grad_name="ClampBackward0")  # fmt: skip
def clamp_tensor(x, min=None, max=None):
    """限制在张量给出的区间内 / Limited to bounds given by tensors."""
    x = x if min is None else np.maximum(x, min)
    return x if max is None else np.minimum(x, max)


def _inside(x: Any, low: Any, high: Any) -> Any:
    if low is None:
        return x <= high
    return x >= low if high is None else (x >= low) & (x <= high)


def _below(x: Any, low: Any, high: Any) -> Any:
    return x < low if high is None else (x < low) & (low < high)


def _above(x: Any, low: Any, high: Any) -> Any:
    return x > high if low is None else (x > high) | (high < low)


def _clamp(in_place: bool) -> Callable[..., Any]:
    def function(input: Any, min: Any = None, max: Any = None, **kwargs: Any) -> Any:
        out = None if in_place else kwargs.pop("out", None)
        if kwargs:
            raise TypeError(f"clamp() got an unexpected keyword argument '{next(iter(kwargs))}'")
        if min is None and max is None:
            raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
        if not isinstance(input, Tensor):
            raise TypeError(f"clamp(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        if isinstance(min, Tensor) or isinstance(max, Tensor):
            made, operands, attrs = clamp_tensor, [min, max], dict[str, Any]()
            clamp_tensor.check_operands([input, min, max])
        else:
            _, attrs = clamp.bind((input, min, max), {})
            made, operands = clamp, []
        given = [a._array if isinstance(a, Tensor) else a for a in (input, min, max) if a is not None]
        common = _dtypes.result_type(given)
        if in_place:
            check_castable(common, input._array.dtype)
            return _inplace.run(made, input, operands, attrs)
        result = made.record((input.to(_dtypes.of(common)), *operands), attrs)
        return result if out is None else write_out("clamp", result, out, (input, min, max), "same")

    return function


for _name in ("clamp", "clip"):
    publish(_name, _clamp(False), "限制在区间内 / Limited to ``[min, max]``, numbers or tensors.")
    publish(_name + "_", _clamp(True), "In-place form of ``clamp``. 原地版本。")


def picked(first: Any, tx: Any, ty: Any) -> Any:
    """The tangent of a choice between two operands: the first's where ``first``, else the second's; None is zero."""
    return where(first, 0.0 if tx is None else tx, 0.0 if ty is None else ty)


clamp_min = binary(
    "clamp_min", np.maximum, lambda g, x, y: where(x >= y, g, 0.0), lambda g, x, y: where(x < y, g, 0.0), kinds="biuf",
    numbers=[1], variant=by_number, called=("input", "min"), out="same",
    jvp=lambda tangents, operands, out: picked(operands[0] >= operands[1], *tangents),
    doc="不小于 / ``input``, but at least ``min``.",
)  # fmt: skip
clamp_max = binary(
    "clamp_max", np.minimum, lambda g, x, y: where(x <= y, g, 0.0), lambda g, x, y: where(x > y, g, 0.0), kinds="biuf",
    numbers=[1], variant=by_number, called=("input", "max"), out="same",
    jvp=lambda tangents, operands, out: picked(operands[0] <= operands[1], *tangents),
    doc="不大于 / ``input``, but at most ``max``.",
)  # fmt: skip
FUNCTIONS.pop("sgn_")  # in PyTorch a method alone
for _limited in (clamp_min, clamp_max):
    publish(f"{_limited.name}_", FUNCTIONS.get(f"{_limited.name}_") or getattr(Tensor, f"{_limited.name}_"))
