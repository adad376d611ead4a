"""Arithmetic of two and more operands. 算术运算。

In a formula ``g`` is the gradient of the result; ``x``, ``y``, ``out`` are saved because they are named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes, _inplace
from tidu._args import As, Number, Str
from tidu._define import binary, op, publish
from tidu._op import Op
from tidu._operands import NUMBERS, check_castable, held, write_out
from tidu._record import rename
from tidu._tensor import Tensor
from tidu.ops.pointwise import by_number, floor, log, reciprocal, trunc, where, zeros

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


def by_tensor(args: Any, attrs: Any) -> int:
    """PyTorch counts the overload with a tensor as 0, the one with a number as 1."""
    return int(not isinstance(args[-1], Tensor))


rsub = binary(
    "rsub", lambda x, y: np.subtract(y, x), lambda g: -g, lambda g: g, jvp="linear", inplace=False, out=False,
    variant=by_tensor, public=False, numbers=[1], doc="被减 / ``other - input``.",
)  # fmt: skip


def _whole_division(kernel: Any) -> Any:
    """Integers cannot hold the infinity that floats give."""

    def run(x: Any, y: Any) -> Any:
        _refuse_zero(x, y)
        return kernel(x, y)

    return run


def _refuse_zero(x: Any, y: Any) -> None:
    if x.dtype.kind in "iu" and not np.all(y):
        raise RuntimeError("ZeroDivisionError: integer division by zero: argument 'other' holds a 0")


def _modulo(x: Any, y: Any) -> Any:
    """With a float, a remainder of zero has the sign of ``x``, as in PyTorch; Python's has that of ``y``."""
    if x.dtype.kind != "f":
        return np.mod(x, y)
    rest = np.fmod(x, y)
    return np.where((rest != 0) & ((rest < 0) != (y < 0)), rest + y, rest)


def _no_derivative(g: Any) -> Any:
    raise RuntimeError("derivative for aten::floor_divide is not implemented")


floor_divide = binary(
    "floor_divide", _whole_division(np.floor_divide), _no_derivative, _no_derivative, grad_name="NotImplemented",
    out="quiet", dunder="floordiv", fast="if", kinds="iuf",
    doc="向下取整的除法 / Quotient rounded down.",
)  # fmt: skip
remainder = binary(
    "remainder", _whole_division(_modulo), lambda g: g, lambda g, x, y: -g * floor(x / y), dunder="mod", fast="if",
    kinds="iuf", variant=by_number,
    doc="余数，符号随除数 / Remainder with the sign of the divisor.",
)  # fmt: skip
fmod = binary(
    "fmod", _whole_division(np.fmod), lambda g: g, lambda g, x, y: -g * trunc(x / y), fast="if",
    kinds="iuf", numbers=[1], variant=by_number,
    doc="余数，符号随被除数 / Remainder with the sign of the dividend.",
)  # fmt: skip
maximum = binary(
    "maximum", np.maximum, lambda g, x, y: _of_larger(g, x, y), lambda g, x, y: _of_larger(g, y, x), inplace=False,
    kinds="biuf", refuses=RuntimeError,
    numbers=False, jvp=lambda tangents, operands, out: _tangent_of(operands[0] > operands[1], *operands, *tangents),
    doc="逐元素较大者 / The larger of the two; a tie shares the gradient.",
)  # fmt: skip
minimum = binary(
    "minimum", np.minimum, lambda g, x, y: _of_larger(g, y, x), lambda g, x, y: _of_larger(g, x, y), inplace=False,
    kinds="biuf", refuses=RuntimeError,
    numbers=False, jvp=lambda tangents, operands, out: _tangent_of(operands[0] < operands[1], *operands, *tangents),
    doc="逐元素较小者 / The smaller of the two; a tie shares the gradient.",
)  # fmt: skip
atan2 = binary(
    "atan2", np.arctan2, lambda g, x, y: g * (y * _inverse_square(x, y)),
    lambda g, x, y: g * (-x * _inverse_square(x, y)), dtype="float", fast="f", kinds="f", numbers=False,
    doc="方位角 / Angle of the point (other, input).",
)  # fmt: skip
hypot = binary(
    "hypot", np.hypot, lambda g, x, out: g * (x / out), lambda g, y, out: g * (y / out), fast="f", kinds="f",
    numbers=False, doc="直角三角形的斜边 / Length of the hypotenuse.",
)  # fmt: skip


def _inverse_square(x: Any, y: Any) -> Any:
    """1 over the squared length, 0 at the origin, where the angle has no derivative."""
    length = x * x + y * y
    return where(length == 0, zeros(length), reciprocal(length))


def _of_larger(g: Any, x: Any, y: Any) -> Any:
    return where(x < y, 0.0, where(x == y, g * 0.5, g))


def _tangent_of(first: Any, x: Any, y: Any, tx: Any, ty: Any) -> Any:
    """The tangent of the operand that is picked; a tie takes the mean, a nan the second."""
    tx, ty = (zeros(v) if t is None else t for v, t in ((x, tx), (y, ty)))
    return where(x == y, (tx + ty) * 0.5, where(first, tx, ty))


@op(lambda g, y: zeros(g), lambda g, x, y: zeros(g), name="div_rounded", elementwise=True,  # saved as in PyTorch
    dtype="promote", inplace=True, public=False, kinds="biuf", grad_name="DivBackward0",
    variant=lambda args, attrs: 3 - isinstance(args[1], Tensor))  # fmt: skip
def div_rounded(x, y, rounding_mode: Str = None):
    """取整的除法 / Quotient rounded towards zero or down."""
    _refuse_zero(x, y)
    if rounding_mode == "floor":
        return np.floor_divide(x, y)
    if x.dtype.kind in "iu":
        return np.where((x < 0) ^ (y < 0), -(np.abs(x) // np.abs(y)), np.abs(x) // np.abs(y)).astype(x.dtype)
    return np.trunc(np.true_divide(x, y))


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


def _without_bools(made: Op) -> None:
    """Look at the operands before they are promoted; bools never take the operator's short path."""
    promoted = made.promoted

    def checked(args: Any, attrs: Any) -> Any:
        _no_bools(*args)
        return promoted(args, attrs)

    setattr(made, "promoted", checked)


_without_bools(sub)
_without_bools(rsub)


def _times(function: str, scaled: Any, alpha: Any, beside: Any) -> Any:
    """``alpha`` times what is to be added to ``beside``; it may not be of a higher category than their sum."""
    kind = _dtypes.result_type([a._array if isinstance(a, Tensor) else a for a in (scaled, beside)]).kind
    if isinstance(alpha, bool) and kind != "b":
        raise RuntimeError(f"{function}(): Boolean alpha only supported for Boolean results: got {alpha}")
    if isinstance(alpha, float) and kind not in "fcV":
        raise RuntimeError(
            f"{function}(): For integral input tensors, argument alpha must not be a floating point number: got {alpha}"
        )
    if isinstance(alpha, complex) and kind != "c":
        raise RuntimeError(
            f"{function}(): For non-complex input tensors, argument alpha must not be a complex number: got {alpha}"
        )
    if kind == "b":
        return scaled * bool(alpha) if isinstance(scaled, Tensor) else bool(scaled and alpha)
    return scaled * alpha


def _scaled(base: Op, in_place: bool) -> Callable[..., Any]:
    """``add`` and ``sub`` take ``alpha``, a factor on the second operand."""
    plain = _inplace.method(base) if in_place else base.public

    def function(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
        if base is sub:
            _no_bools(input, other)
        if alpha != 1 or isinstance(alpha, bool):
            other = _times(base.name, other, alpha, input)
        return plain(input, other) if out is None else plain(input, other, out=out)

    return function


for _op, _symbol in ((add, "add"), (sub, "sub")):
    publish(_op.name, _scaled(_op, False), _op.__doc__)
    publish(_op.name + "_", _scaled(_op, True), f"In-place form of ``{_op.name}``. 原地版本。", namespace=False)
setattr(Tensor, "__rsub__", lambda self, n: rsub.public(self, n) if isinstance(n, NUMBERS) else NotImplemented)


def _rtruediv(self: Tensor, n: Any) -> Any:
    return reciprocal.public(self) * n if isinstance(n, (*NUMBERS, np.ndarray)) else NotImplemented


for _name in ("__rtruediv__", "__rdiv__"):
    setattr(Tensor, _name, _rtruediv)
for _name in ("div", "idiv"):  # Python 2's names, which PyTorch keeps
    setattr(Tensor, f"__{_name}__", getattr(Tensor, f"__{_name.replace('div', 'truediv')}__"))


def _rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """被减 / ``other - alpha * input``."""
    _no_bools(other, input)
    plain = alpha == 1 and not isinstance(alpha, bool)
    return rsub.public(input if plain else _times("rsub", input, alpha, other), other)


publish("rsub", _rsub, method=False)
setattr(Tensor, "__pos__", lambda self: self)


_UNSAID = object()


def _divide(in_place: bool) -> Callable[..., Any]:
    plain, rounded = (_inplace.method(div), _inplace.method(div_rounded)) if in_place else (div.public, None)

    def function(input: Any, other: Any, *, rounding_mode: Any = _UNSAID, out: Any = None) -> Any:
        if rounding_mode is _UNSAID or rounding_mode is None:
            result = plain(input, other) if out is None else plain(input, other, out=out)
            if rounding_mode is None and result._node is not None:  # PyTorch counts this as another overload
                rename(result._node, 2)
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


@op(lambda g, x, exponent: _power_gradient(g, x, exponent), name="pow", elementwise=True, public=False)
def power(x, exponent: As):
    """幂，指数是数 / Power with a number for exponent."""
    if exponent == 2:
        return np.multiply(x, x)
    if exponent == 3:
        return np.multiply(np.multiply(x, x), x)
    if exponent == 0.5:
        return np.sqrt(x)
    return np.power(x, held(exponent, x.dtype, "pow", "exponent"))


def _power_gradient(g: Any, x: Any, exponent: float) -> Any:
    if exponent == 0:
        return zeros(g)
    if exponent == 2:
        return g * (x * 2)
    return g * (exponent * power(x, exponent - 1))


def _power_of(x: Any, y: Any) -> Any:
    """Of integers with negative exponents only 1 and -1 leave something whole: the rest is 0."""
    if x.dtype.kind != "i" or not (y < 0).any():
        return np.power(x, y)
    ones = np.where(x == 1, 1, np.where(x == -1, 1 - 2 * (y & 1), 0))
    return np.where(y < 0, ones, np.power(x, np.maximum(y, 0))).astype(x.dtype)


power_tensor = binary(
    "pow_tensor", _power_of,
    lambda g, x, y: where(y == 0, zeros(g), g * (y * power_tensor(x, y - 1))),
    lambda g, x, y, out: g * where((x == 0) & (y.real >= 0), zeros(out), out * log(x)),
    grad_name="PowBackward1", fast="f", kinds="iufc", variant=lambda args, attrs: 2 - isinstance(args[0], Tensor),
    public=False, doc="幂，指数是张量 / Power with a tensor for exponent.",
)  # fmt: skip


def _pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """幂 / ``input ** exponent``; either may be a number."""
    if isinstance(exponent, Tensor) or not isinstance(input, Tensor):
        return power_tensor.public(input, exponent) if out is None else power_tensor.public(input, exponent, out=out)
    if not isinstance(exponent, NUMBERS):
        given = type(exponent).__name__
        raise TypeError(f"pow(): argument 'exponent' (position 2) must be Number or Tensor, not {given}")
    kind = input._array.dtype.kind
    if kind == "b" or isinstance(exponent, complex) or (kind in "iu" and isinstance(exponent, (float, np.floating))):
        input = input.to(_common(input, exponent))
    if input._array.dtype.kind in "iu" and not isinstance(exponent, complex) and exponent < 0:
        raise RuntimeError(
            f"pow(): Integers to negative integer powers are not allowed: argument 'exponent' is {exponent}"
        )
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
    ("__rpow__", lambda self, n: power_tensor.public(n, self) if isinstance(n, NUMBERS) else NotImplemented),
    ("__ipow__", lambda self, n: _pow_(self, n) if isinstance(n, (Tensor, *NUMBERS)) else NotImplemented),
):
    setattr(Tensor, _name, _function)


@op(lambda g, weight: g * (1 - weight), lambda g, weight: g * weight, lambda g, x, end: g * (end - x),
    elementwise=True, inplace=True, numbers=[2], variant=by_number)  # fmt: skip
def lerp(x, end, weight):
    """线性插值 / ``x + weight (end - x)``."""
    for name, a in (("end", end), ("weight", weight)):
        if a.dtype != x.dtype if hasattr(a, "dtype") else False:
            raise RuntimeError(f"lerp(): expected dtype {x.dtype} for `{name}` but got dtype {a.dtype}")
    if x.dtype.kind in "biu":
        raise NotImplementedError(f"\"lerp_kernel\" not implemented for '{_dtypes.of(x.dtype)}': lerp() wants floats")
    weight = weight if hasattr(weight, "ndim") else held(weight, x.dtype, "lerp", "weight")
    way, near = end - x, np.abs(weight) < 0.5
    if not near.ndim:
        return (x + way * weight if near else end - way * (1 - weight)).astype(x.dtype, copy=False)
    return np.where(near, x + weight * way, end - way * (1 - weight)).astype(x.dtype, copy=False)


@op(lambda g: g, lambda g, tensor2, value: g * (tensor2 * value), lambda g, tensor1, value: g * (tensor1 * value),
    elementwise=True, inplace=True, dtype="promote", numbers=False, kinds="iufc")  # fmt: skip
def addcmul(x, tensor1, tensor2, *, value: Number = 1):
    """加上乘积 / ``x + value * tensor1 * tensor2``."""
    value = held(value, x.dtype, "addcmul", "value")
    return x + value * tensor1 * tensor2


@op(lambda g: g, lambda g, tensor2, value: g * (value / tensor2),
    lambda g, tensor1, tensor2, value: g * (tensor1 * -value / (tensor2 * tensor2)),
    elementwise=True, inplace=True, dtype="promote", numbers=False)  # fmt: skip
def addcdiv(x, tensor1, tensor2, *, value: Number = 1):
    """加上商 / ``x + value * tensor1 / tensor2``."""
    value = held(value, x.dtype, "addcdiv", "value")
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
