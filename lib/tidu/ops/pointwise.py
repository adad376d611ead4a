"""Elementwise operations. 逐元素运算。

In a formula ``g`` is the gradient of the result; ``x``, ``y``, ``out`` are saved because they are named.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes, _inplace
from tidu._args import As, Int, Number, OptionalNumber, Str
from tidu._op import NUMBERS, Op, binary, check_castable, op, publish, unary, write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap


def zeros(g: Any) -> Any:
    """The gradient of a step function, in either reading."""
    return wrap(np.zeros_like(g._array)) if isinstance(g, Tensor) else np.zeros_like(g)


# ---- arithmetic

add = binary("add", np.add, lambda g: g, lambda g: g, jvp="linear", dunder="add", fast="biufc", doc="加法 / Sum.")
sub = binary("sub", np.subtract, lambda g: g, lambda g: -g, jvp="linear", dunder="sub", doc="减法 / Difference.")
mul = binary("mul", np.multiply, lambda g, y: g * y, lambda g, x: g * x, dunder="mul", doc="乘法 / Product.")
div = binary(
    "div", np.true_divide, lambda g, y: g / y, lambda g, x, y: -g * ((x / y) / y),
    dtype="float", fast="fc", dunder="truediv", doc="除法 / Quotient.",
    jvp=lambda tangents, operands, out: (
        tangents[0] / operands[1] if tangents[1] is None
        else ((0 if tangents[0] is None else tangents[0]) - tangents[1] * out) / operands[1]
    ),
)  # fmt: skip
def _by_tensor(args: Any, attrs: Any) -> int:
    """PyTorch counts the overload with a tensor as 0, the one with a number as 1."""
    return int(not isinstance(args[-1], Tensor))


rsub = binary(
    "rsub", lambda x, y: np.subtract(y, x), lambda g: -g, lambda g: g, jvp="linear", inplace=False, out=False,
    variant=_by_tensor, public=False, doc="被减 / ``other - input``.",
)  # fmt: skip


def _by_number(args: Any, attrs: Any) -> int:
    """PyTorch counts the overload with a number as 0, the one with a tensor as 1."""
    return int(isinstance(args[-1], Tensor))


def _whole_division(kernel: Any) -> Any:
    """Integers cannot hold the infinity that floats give."""

    def run(x: Any, y: Any) -> Any:
        if x.dtype.kind in "iu" and not np.all(y):
            raise RuntimeError("ZeroDivisionError: integer division by zero: argument 'other' holds a 0")
        return kernel(x, y)

    return run


def _no_derivative(g: Any) -> Any:
    raise RuntimeError("derivative for aten::floor_divide is not implemented")


floor_divide = binary(
    "floor_divide", _whole_division(np.floor_divide), _no_derivative, _no_derivative, grad_name="NotImplemented", out="quiet",
    dunder="floordiv", fast="if", kinds="iuf",
    doc="向下取整的除法 / Quotient rounded down.",
)  # fmt: skip
remainder = binary(
    "remainder", _whole_division(np.mod), lambda g: g, lambda g, x, y: -g * floor(x / y), dunder="mod", fast="if",
    kinds="iuf", variant=_by_number,
    doc="余数，符号随除数 / Remainder with the sign of the divisor.",
)  # fmt: skip
fmod = binary(
    "fmod", _whole_division(np.fmod), lambda g: g, lambda g, x, y: -g * trunc(x / y), fast="if",
    kinds="iuf", variant=_by_number,
    doc="余数，符号随被除数 / Remainder with the sign of the dividend.",
)  # fmt: skip
maximum = binary(
    "maximum", np.maximum, lambda g, x, y: _of_larger(g, x, y), lambda g, x, y: _of_larger(g, y, x), inplace=False,
    numbers=False, jvp=lambda tangents, operands, out: _tangent_of(operands[0] > operands[1], *operands, *tangents),
    doc="逐元素较大者 / The larger of the two; a tie shares the gradient.",
)  # fmt: skip
minimum = binary(
    "minimum", np.minimum, lambda g, x, y: _of_larger(g, y, x), lambda g, x, y: _of_larger(g, x, y), inplace=False,
    numbers=False, jvp=lambda tangents, operands, out: _tangent_of(operands[0] < operands[1], *operands, *tangents),
    doc="逐元素较小者 / The smaller of the two; a tie shares the gradient.",
)  # fmt: skip
atan2 = binary(
    "atan2", np.arctan2, lambda g, x, y: g * (y * reciprocal(x * x + y * y)),
    lambda g, x, y: g * (-x * reciprocal(x * x + y * y)), dtype="float", fast="f", numbers=False, doc="方位角 / Angle of the point (other, input).",
)  # fmt: skip
hypot = binary(
    "hypot", np.hypot, lambda g, x, out: g * (x / out), lambda g, y, out: g * (y / out), fast="f", kinds="f", numbers=False,
    doc="直角三角形的斜边 / Length of the hypotenuse.",
)  # fmt: skip


def _of_larger(g: Any, x: Any, y: Any) -> Any:
    return where(x < y, 0.0, where(x == y, g * 0.5, g))


def _tangent_of(first: Any, x: Any, y: Any, tx: Any, ty: Any) -> Any:
    """The tangent of the operand that is picked; a tie takes the mean, a nan the second."""
    tx, ty = (zeros(v) if t is None else t for v, t in ((x, tx), (y, ty)))
    return where(x == y, (tx + ty) * 0.5, where(first, tx, ty))


@op(lambda g, y, rounding_mode: zeros(g), lambda g, rounding_mode: zeros(g), name="div_rounded", elementwise=True,
    dtype="promote", inplace=True, public=False, grad_name="DivBackward0",
    variant=lambda args, attrs: 3 - isinstance(args[1], Tensor))  # fmt: skip
def div_rounded(x, y, rounding_mode: Str = None):
    """取整的除法 / Quotient rounded towards zero or down."""
    if rounding_mode == "floor":
        return np.floor_divide(x, y)
    if x.dtype.kind in "iu":
        return np.where((x < 0) ^ (y < 0), -(np.abs(x) // np.abs(y)), np.abs(x) // np.abs(y)).astype(x.dtype)
    return np.trunc(np.true_divide(x, y))


def _subtract(x: Any, y: Any) -> Any:
    if x.dtype.kind == "b":
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    return np.subtract(x, y)


sub.kernel = _subtract  # bools never take the operator's short path, so only the long one looks


def _no_bools(*operands: Any) -> None:
    kinds = [a._array.dtype.kind if isinstance(a, Tensor) else "b" if isinstance(a, bool) else "" for a in operands]
    if kinds == ["b", "b"]:
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    if "b" in kinds:
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )


def _scaled(base: Op, in_place: bool) -> Callable[..., Any]:
    """``add`` and ``sub`` take ``alpha``, a factor on the second operand."""
    plain = _inplace.method(base) if in_place else base.public

    def function(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
        if base is sub:
            _no_bools(input, other)
        if alpha != 1:
            integral = [getattr(a, "dtype", None) for a in (input, other) if isinstance(a, Tensor)]
            if isinstance(alpha, float) and all(not d.is_floating_point for d in integral):
                raise RuntimeError(
                    f"{base.name}(): For integral input tensors, argument alpha must not be a floating point number: "
                    f"got {alpha}"
                )
            both = all(d is None or d.name == "bool" for d in integral)
            other = other * (bool(alpha) if both and not isinstance(other, (int, float)) else alpha)
        return plain(input, other) if out is None else plain(input, other, out=out)

    return function


for _op, _symbol in ((add, "add"), (sub, "sub")):
    publish(_op.name, _scaled(_op, False), _op.__doc__)
    publish(_op.name + "_", _scaled(_op, True), f"In-place form of ``{_op.name}``. 原地版本。", namespace=False)
setattr(Tensor, "__rsub__", lambda self, n: rsub.public(self, n) if isinstance(n, NUMBERS) else NotImplemented)
setattr(Tensor, "__rtruediv__", lambda self, n: reciprocal.public(self) * n if isinstance(n, NUMBERS) else NotImplemented)


def _rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """被减 / ``other - alpha * input``."""
    return rsub.public(input if alpha == 1 else input * alpha, other)


publish("rsub", _rsub, method=False)
setattr(Tensor, "__pos__", lambda self: self)


_UNSAID = object()


def _divide(in_place: bool) -> Callable[..., Any]:
    plain, rounded = (_inplace.method(div), _inplace.method(div_rounded)) if in_place else (div.public, None)

    def function(input: Any, other: Any, *, rounding_mode: Any = _UNSAID, out: Any = None) -> Any:
        if rounding_mode is _UNSAID or rounding_mode is None:
            result = plain(input, other) if out is None else plain(input, other, out=out)
            if rounding_mode is None and result._node is not None:  # PyTorch counts this as another overload
                result._node.plan = result._node.plan
                result._node.__class__ = div.numbered(2)
            return result
        if rounding_mode not in ("trunc", "floor"):
            raise RuntimeError(
                f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
            )
        if rounded is not None:
            return rounded(input, other, rounding_mode=rounding_mode)
        return div_rounded.public(input, other, rounding_mode=rounding_mode, **({} if out is None else {"out": out}))

    return function


publish("div", _divide(False), "除法 / Quotient; ``rounding_mode`` None, 'trunc' or 'floor'.")
publish("div_", _divide(True), "In-place form of ``div``. 原地版本。", namespace=False)
for _name, _meaning in (("subtract", "sub"), ("multiply", "mul"), ("divide", "div"), ("true_divide", "div")):
    publish(_name, FUNCTIONS[_meaning])
    publish(_name + "_", getattr(Tensor, _meaning + "_"), namespace=False)


@op(lambda g, x, exponent: _power_gradient(g, x, exponent), name="pow", elementwise=True, public=False)
def power(x, exponent: As):
    """幂，指数是数 / Power with a number for exponent."""
    if exponent == 2:
        return np.multiply(x, x)
    if exponent == 3:
        return np.multiply(np.multiply(x, x), x)
    if exponent == 0.5:
        return np.sqrt(x)
    return np.power(x, np.asarray(exponent).astype(x.dtype))


def _power_gradient(g: Any, x: Any, exponent: float) -> Any:
    if exponent == 0:
        return zeros(g)
    if exponent == 2:
        return g * (x * 2)
    return g * (exponent * power(x, exponent - 1))


power_tensor = binary(
    "pow_tensor", np.power,
    lambda g, x, y: where(y == 0, zeros(g), g * (y * power_tensor(x, y - 1))),
    lambda g, x, y, out: g * where((x == 0) & (y >= 0), zeros(out), out * log(x)),
    grad_name="PowBackward1", fast="f", kinds="iufc", variant=lambda args, attrs: 2 - isinstance(args[0], Tensor),
    public=False, doc="幂，指数是张量 / Power with a tensor for exponent.",
)  # fmt: skip


def _pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """幂 / ``input ** exponent``; either may be a number."""
    if isinstance(exponent, Tensor) or not isinstance(input, Tensor):
        return power_tensor.public(input, exponent) if out is None else power_tensor.public(input, exponent, out=out)
    if not isinstance(exponent, NUMBERS):
        raise TypeError(f"pow(): argument 'exponent' (position 2) must be Number or Tensor, not {type(exponent).__name__}")
    kind = input._array.dtype.kind
    if kind in "biu" and (isinstance(exponent, float) or kind == "b"):
        input = input.to(_common(input, exponent))  # type: ignore[attr-defined]
    if input._array.dtype.kind in "iu" and exponent < 0:
        raise RuntimeError(f"pow(): Integers to negative integer powers are not allowed: argument 'exponent' is {exponent}")
    result = power.record((input,), {"exponent": exponent})
    return result if out is None else write_out("pow", result, out, (input,))


def _common(x: Tensor, number: Any) -> Any:
    return _dtypes.of(_dtypes.result_type([x._array, number]))


def _pow_(self: Tensor, exponent: Any) -> Tensor:
    """In-place form of ``pow``. 原地版本。"""
    if isinstance(exponent, Tensor):
        return _inplace.run(power_tensor, self, [exponent], {})
    check_castable(_dtypes.result_type([self._array, exponent]), self._array.dtype)
    return _inplace.run(power, self, [], {"exponent": exponent})


publish("pow", _pow)
publish("pow_", _pow_, namespace=False)
for _name, _function in (
    ("__pow__", lambda self, other: _pow(self, other) if isinstance(other, (Tensor, *NUMBERS)) else NotImplemented),
    ("__rpow__", lambda self, other: power_tensor.public(other, self) if isinstance(other, NUMBERS) else NotImplemented),
    ("__ipow__", _pow_),
):
    setattr(Tensor, _name, _function)


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
    return x.copy() if x.dtype.kind == "b" else np.subtract(x > 0, x < 0, dtype=x.dtype)


neg = unary("neg", _negative, lambda g: -g, jvp="linear", dunder="neg", doc="取负 / Negation.")
abs_ = unary("abs", np.abs, lambda g, x: g * sign(x), dunder="abs", kinds="iufc", doc="绝对值 / Absolute value.")
sign = unary("sign", _sign, lambda g: zeros(g), doc="符号 / Sign: -1, 0 or 1.")
square = unary(
    "square", lambda x: np.square(x, dtype=np.int64 if x.dtype.kind == "b" else None), lambda g, x: g * (x * 2),
    dtype="promote", fast="iufc", grad_name="PowBackward0", doc="平方 / Square.",
)  # fmt: skip
floor = unary("floor", _whole(np.floor), lambda g: zeros(g), kinds="iuf", doc="向下取整 / Rounded down.")
ceil = unary("ceil", _whole(np.ceil), lambda g: zeros(g), kinds="iuf", doc="向上取整 / Rounded up.")
trunc = unary("trunc", _whole(np.trunc), lambda g: zeros(g), kinds="iuf", doc="向零取整 / Rounded towards zero.")
frac = unary("frac", lambda x: x - np.trunc(x), lambda g: g, kinds="f", doc="小数部分 / Fractional part.")
relu = unary("relu", lambda x: _rectify(x), lambda g, out: g * ~(out <= 0), out=False, doc="线性整流 / max(x, 0).")


def _rectify(x: Any) -> Any:
    if x.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu: argument 'input' is a bool tensor, a number tensor is wanted")
    return np.maximum(x, _zero(x.dtype))


def _zero(d: np.dtype) -> Any:
    return _ZEROS.get(d) if d in _ZEROS else _ZEROS.setdefault(d, np.zeros((), d))


_ZEROS: dict[np.dtype, Any] = {}


def real(name: str, kernel: Callable[..., Any], formula: Callable[..., Any], doc: str, **options: Any) -> Op:
    """A function of real analysis: integers are taken as floats."""
    return unary(name, kernel, formula, doc=doc, dtype="float", **options)


def _sigmoid(x: Any) -> Any:
    z = np.negative(x)
    z = np.exp(z, out=z) if z.ndim else np.exp(z)
    z = np.add(z, 1, out=z) if z.ndim else z + 1
    return np.reciprocal(z, out=z) if z.ndim else np.reciprocal(z)


_erf = np.frompyfunc(math.erf, 1, 1)

exp = real("exp", np.exp, lambda g, out: g * out, "指数 / e to the x.")
exp2 = real("exp2", np.exp2, lambda g, out: g * (out * math.log(2)), "二的幂 / 2 to the x.")
expm1 = real("expm1", np.expm1, lambda g, out: g * (out + 1), "e^x - 1, accurate near 0.")
log = real("log", np.log, lambda g, x: g / x, "自然对数 / Natural logarithm.")
log2 = real("log2", np.log2, lambda g, x: g / (x * math.log(2)), "以 2 为底的对数 / Logarithm to base 2.")
log10 = real("log10", np.log10, lambda g, x: g / (x * math.log(10)), "常用对数 / Logarithm to base 10.")
log1p = real("log1p", np.log1p, lambda g, x: g / (x + 1), "log(1 + x), accurate near 0.")
sqrt = real("sqrt", np.sqrt, lambda g, out: g / (2 * out), "平方根 / Square root.")
rsqrt = real("rsqrt", lambda x: 1 / np.sqrt(x), lambda g, out: g * (out * out * out * -0.5), "平方根的倒数 / 1 / sqrt(x).")
reciprocal = real("reciprocal", lambda x: 1 / x, lambda g, out: -g * (out * out), "倒数 / 1 / x.")
sin = real("sin", np.sin, lambda g, x: g * cos(x), "正弦 / Sine.")
cos = real("cos", np.cos, lambda g, x: g * -sin(x), "余弦 / Cosine.")
tan = real("tan", np.tan, lambda g, out: g * (1 + out * out), "正切 / Tangent.")
asin = real("asin", np.arcsin, lambda g, x: g * rsqrt(1 - x * x), "反正弦 / Inverse sine.")
acos = real("acos", np.arccos, lambda g, x: g * -rsqrt(1 - x * x), "反余弦 / Inverse cosine.")
atan = real("atan", np.arctan, lambda g, x: g / (x * x + 1), "反正切 / Inverse tangent.")
sinh = real("sinh", np.sinh, lambda g, x: g * cosh(x), "双曲正弦 / Hyperbolic sine.")
cosh = real("cosh", np.cosh, lambda g, x: g * sinh(x), "双曲余弦 / Hyperbolic cosine.")
tanh = real("tanh", np.tanh, lambda g, out: g * (1 - out * out), "双曲正切 / Hyperbolic tangent.")
asinh = real("asinh", np.arcsinh, lambda g, x: g * rsqrt(x * x + 1), "反双曲正弦 / Inverse hyperbolic sine.")
acosh = real("acosh", np.arccosh, lambda g, x: g * rsqrt(x * x - 1), "反双曲余弦 / Inverse hyperbolic cosine.")
atanh = real("atanh", np.arctanh, lambda g, x: g / (1 - x * x), "反双曲正切 / Inverse hyperbolic tangent.")
sigmoid = real("sigmoid", _sigmoid, lambda g, out: g * (out * (1 - out)), "S 形函数 / 1 / (1 + exp(-x)).")
erf = real("erf", lambda x: np.asarray(_erf(x)).astype(x.dtype), lambda g, x: g * (exp(-(x * x)) * (2 / math.sqrt(math.pi))),
           "误差函数 / Error function.")  # fmt: skip


@op(lambda g, decimals: zeros(g), name="round", elementwise=True, inplace=True, kinds="iuf", out="same",
    variant=lambda args, attrs: int(attrs["decimals"] != 0))  # fmt: skip
def round_(x, *, decimals: Int = 0):
    """四舍六入五成双 / Rounded to ``decimals`` digits, halves to even."""
    if x.dtype.kind in "iu":
        if decimals:
            raise NotImplementedError(f"\"round_cpu\" not implemented for integers: argument 'decimals' is {decimals}, not 0")
        return x.copy()
    return np.round(x, decimals)


@op(lambda g, x, beta, threshold: g * where(x * beta > threshold, x * 0 + 1, sigmoid(x * beta)), elementwise=True,
    dtype="float", public=False)  # fmt: skip
def softplus(x, beta: Number = 1, threshold: Number = 20):
    """光滑的整流 / log(1 + exp(beta x)) / beta, linear above ``threshold``."""
    z = x * beta
    return np.where(z > threshold, x, np.log1p(np.exp(z)) / beta)


# ---- predicates and comparisons: no gradients

for _name, _kernel, _dunder, _doc in (
    ("eq", np.equal, "eq", "相等 / Equal."),
    ("ne", np.not_equal, "ne", "不等 / Not equal."),
    ("lt", np.less, "lt", "小于 / Less."),
    ("le", np.less_equal, "le", "小于等于 / Less or equal."),
    ("gt", np.greater, "gt", "大于 / Greater."),
    ("ge", np.greater_equal, "ge", "大于等于 / Greater or equal."),
):
    binary(_name, _kernel, fast="biufc", inplace=False, dunder=_dunder, doc=_doc)
    _written = binary(
        f"_{_name}", _kernel, lambda g: zeros(g), lambda g, y: zeros(y), fast="", variant=_by_number, public=False,
        grad_name=f"{_name.title()}Backward0", doc=_doc,
    )  # fmt: skip
    publish(f"{_name}_", _inplace.method(_written), f"In-place form of ``{_name}``. 原地版本。", namespace=False)

isnan = unary("isnan", np.isnan, inplace=False, out=False, doc="是否 nan / Whether not a number.")
isinf = unary("isinf", np.isinf, inplace=False, out=False, doc="是否无穷 / Whether infinite.")
isfinite = unary("isfinite", np.isfinite, inplace=False, out=False, doc="是否有限 / Whether finite.")
logical_not = unary("logical_not", np.logical_not, doc="逻辑非 / Logical not.")
bitwise_not = unary("bitwise_not", np.invert, dunder="invert", kinds="biu", out="same", doc="按位取反 / Bitwise not.")
logical_and = binary("logical_and", np.logical_and, fast="biuf", numbers=False, doc="逻辑与 / Logical and.")
logical_or = binary("logical_or", np.logical_or, fast="biuf", numbers=False, doc="逻辑或 / Logical or.")
logical_xor = binary("logical_xor", np.logical_xor, fast="biuf", numbers=False, doc="逻辑异或 / Logical exclusive or.")
bitwise_and = binary("bitwise_and", np.bitwise_and, fast="biu", kinds="biu", dunder="and", doc="按位与 / Bitwise and.")
bitwise_or = binary("bitwise_or", np.bitwise_or, fast="biu", kinds="biu", dunder="or", doc="按位或 / Bitwise or.")
bitwise_xor = binary("bitwise_xor", np.bitwise_xor, fast="biu", kinds="biu", dunder="xor", doc="按位异或 / Bitwise exclusive or.")


# ---- several operands


@op(None, lambda g, c: where(c, g, 0.0), lambda g, c: where(c, 0.0, g), name="where", elementwise=True,
    dtype="promote", promote=(1, 2), public=False)  # fmt: skip
def where(c, x, y):
    """按条件选择 / ``x`` where ``c`` holds, else ``y``."""
    return np.where(c, x, y)


def _where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """按条件选择 / ``input`` where ``condition``, else ``other``; with the condition alone, the indices where it holds."""
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if not isinstance(condition, Tensor):
        raise TypeError(f"where(): argument 'condition' (position 1) must be Tensor, not {type(condition).__name__}")
    if condition._array.dtype.kind != "b" and condition._array.dtype != np.uint8:
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}")
    for position, (name, value) in enumerate((("input", input), ("other", other)), 2):
        if not isinstance(value, (Tensor, *NUMBERS)):
            raise TypeError(f"where(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}")
    if out is not None:
        where.check_operands([condition, input, other], False)
    result = where.record((condition.bool(), input, other), {})  # type: ignore[attr-defined]
    return result if out is None else write_out("where", result, out, (input, other))


publish("where", _where, method=False)
setattr(Tensor, "where", lambda self, condition, other: _where(condition, self, other))


@op(lambda g, x, min, max: g * _inside(x, min, max), elementwise=True, public=False, inplace=True,
    variant=lambda args, attrs: 1)  # fmt: skip
def clamp(x, min: OptionalNumber = None, max: OptionalNumber = None):
    """限制在区间内 / Limited to ``[min, max]``."""
    return np.clip(x, min, max)


@op(lambda g, x, min, max: g * _inside(x, min, max), lambda g, x, min, max: g * _below(x, min, max),
    lambda g, x, min, max: g * _above(x, min, max), name="_clamp_tensor", elementwise=True, dtype="promote", inplace=True,
    public=False, grad_name="ClampBackward0")  # fmt: skip
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
            made, operands, attrs = clamp_tensor, [min, max], {}
            clamp_tensor.check_operands([input, min, max])
        else:
            _, attrs = clamp.bind((input, min, max), {})
            made, operands = clamp, []
        common = _dtypes.result_type([a._array if isinstance(a, Tensor) else a for a in (input, min, max) if a is not None])
        if in_place:
            check_castable(common, input._array.dtype)
            return _inplace.run(made, input, operands, attrs)
        result = made.record((input.to(_dtypes.of(common)), *operands), attrs)  # type: ignore[attr-defined]
        return result if out is None else write_out("clamp", result, out, (input, min, max), "same")

    return function


for _name in ("clamp", "clip"):
    publish(_name, _clamp(False), "限制在区间内 / Limited to ``[min, max]``, numbers or tensors.")
    publish(_name + "_", _clamp(True), "In-place form of ``clamp``. 原地版本。")


@op(lambda g, weight: g * (1 - weight), lambda g, weight: g * weight, lambda g, x, end: g * (end - x),
    elementwise=True, inplace=True, variant=_by_number)  # fmt: skip
def lerp(x, end, weight):
    """线性插值 / ``x + weight (end - x)``."""
    for name, a in (("end", end), ("weight", weight)):
        if a.dtype != x.dtype if hasattr(a, "dtype") else False:
            raise RuntimeError(f"lerp(): expected dtype {x.dtype} for `{name}` but got dtype {a.dtype}")
    return np.where(np.abs(weight) < 0.5, x + weight * (end - x), end - (end - x) * (1 - weight)).astype(x.dtype)


@op(lambda g: g, lambda g, tensor2, value: g * (tensor2 * value), lambda g, tensor1, value: g * (tensor1 * value),
    elementwise=True, inplace=True, dtype="promote")  # fmt: skip
def addcmul(x, tensor1, tensor2, *, value: Number = 1):
    """加上乘积 / ``x + value * tensor1 * tensor2``."""
    return x + value * tensor1 * tensor2


@op(lambda g: g, lambda g, tensor2, value: g * (value / tensor2),
    lambda g, tensor1, tensor2, value: g * (tensor1 * -value / (tensor2 * tensor2)),
    elementwise=True, inplace=True, dtype="promote")  # fmt: skip
def addcdiv(x, tensor1, tensor2, *, value: Number = 1):
    """加上商 / ``x + value * tensor1 / tensor2``."""
    return x + value * tensor1 / tensor2


def _no_integers(function: Callable[..., Any]) -> Callable[..., Any]:
    def checked(input: Any, tensor1: Any, tensor2: Any, **kwargs: Any) -> Any:
        if all(isinstance(t, Tensor) and t._array.dtype.kind in "biu" for t in (tensor1, tensor2)):
            raise RuntimeError(
                "Integer division with addcdiv is no longer supported: arguments 'tensor1' and 'tensor2' are integers, "
                "floats are wanted. Use (input + value * torch.trunc(tensor1 / tensor2)) for the old result."
            )
        return function(input, tensor1, tensor2, **kwargs)

    checked.__name__ = function.__name__
    return checked


publish("addcdiv", _no_integers(addcdiv.public), addcdiv.__doc__)
publish("addcdiv_", _no_integers(_inplace.method(addcdiv)), "In-place form of ``addcdiv``. 原地版本。", namespace=False)


@op(lambda g, mask: where(mask, 0.0, g), None, lambda g, mask: where(mask, g, 0.0), elementwise=True, inplace=True,
    promote=(), variant=_by_number, public=False)  # fmt: skip
def masked_fill(x, mask, value):
    """按掩码填充 / ``x`` with ``value`` where ``mask`` is True."""
    return np.where(mask, np.asarray(value).astype(x.dtype), x)


def _masked(in_place: bool) -> Callable[..., Any]:
    def function(input: Any, mask: Any, value: Any) -> Tensor:
        masked_fill.check_operands([input, mask, value])
        if not isinstance(mask, Tensor):
            raise TypeError(f"masked_fill(): argument 'mask' (position 2) must be Tensor, not {type(mask).__name__}")
        if mask._array.dtype.kind != "b":
            raise RuntimeError(f"masked_fill only supports boolean masks, but got mask with dtype {mask.dtype}")
        if isinstance(value, Tensor) and value.ndim:
            raise RuntimeError(
                f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
            )
        if in_place:
            return _inplace.run(masked_fill, input, [mask, value], {})
        return masked_fill.record((input.contiguous(), mask, value), {})  # type: ignore[attr-defined]

    return function


publish("masked_fill", _masked(False), "按掩码填充 / A copy with ``value`` where the boolean ``mask`` is True.")
publish("masked_fill_", _masked(True), "In-place form of ``masked_fill``. 原地版本。", namespace=False)


# ---- writing: in-place only


@op(lambda g: zeros(g), lambda g: g, name="copy", elementwise=True, grad_name="CopyBackwards", public=False)
def copy(x, y):
    """拷贝 / The values of ``y``."""
    return np.broadcast_to(y, x.shape) if x.shape != y.shape else y


@op(lambda g: zeros(g), lambda g: g, name="fill", elementwise=True, public=False, promote=(),
    variant=lambda args, attrs: 2 + isinstance(args[1], Tensor))  # fmt: skip
def fill(x, value):
    """填充 / Every element ``value``."""
    return np.asarray(value).astype(x.dtype)


@op(lambda g: zeros(g), name="zero", elementwise=True, public=False)
def zero(x):
    """清零 / Every element 0."""
    return np.zeros((), x.dtype)


def _copy_(self: Tensor, other: Tensor, non_blocking: bool = False) -> Tensor:
    """拷入 ``other`` 的值 / Copy the values of ``other`` (broadcast, cast to this dtype) into this tensor."""
    if not isinstance(other, Tensor):
        raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    if other._array.dtype != self._array.dtype:
        other = other.to(self.dtype)  # type: ignore[attr-defined]
    return _inplace.run(copy, self, [other], {})


def _fill_(self: Tensor, value: Any) -> Tensor:
    """填充 / Set every element to ``value``, a number or a 0-d tensor."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
    elif not isinstance(value, NUMBERS):
        raise TypeError(f"fill_(): argument 'value' (position 1) must be Number, not {type(value).__name__}")
    return _inplace.run(fill, self, [value], {})


def _zero_(self: Tensor) -> Tensor:
    """清零 / Set every element to 0."""
    return _inplace.run(zero, self, [], {})


publish("copy_", _copy_, namespace=False)
publish("fill_", _fill_)
publish("zero_", _zero_)
