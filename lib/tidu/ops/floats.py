"""Floating-point numbers taken apart: sign, exponent, neighbours, and what is none (nan, inf). 浮点数的构造。"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import OptionalNumber, type_name
from tidu._define import binary, op, publish
from tidu._operands import NUMBERS, in_layout_of, number, write_out
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops.arithmetic import by_tensor
from tidu.ops.compare import isfinite, isnan
from tidu.ops.pointwise import picked, where, zeros


def no_derivative(name: str) -> Any:
    """The formula of an operand that PyTorch has no derivative for either: it raises, in PyTorch's words."""

    def formula(g: Any) -> Any:
        if name.startswith("aten::"):
            raise RuntimeError(f"derivative for {name} is not implemented")
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return formula


# ---- sign and exponent


def _same_sign(g: Any, x: Any, out: Any) -> Any:
    return where(x == 0, 0.0, g * (out / where(x == 0, 1.0, x)))


copysign = binary(
    "copysign", np.copysign, lambda g, x, out: _same_sign(g, x, out), lambda g: zeros(g), dtype="float", kinds="f",
    fast="f", numbers=[1], variant=by_tensor,
    doc="取 other 的符号 / The size of ``input`` with the sign of ``other``, a tensor or a number.",
)  # fmt: skip
nextafter = binary(
    "nextafter", np.nextafter, lambda g, x, y: where(x == y, 0.0, g), lambda g: zeros(g), kinds="f",
    fast="f", numbers=False, doc="下一个浮点数 / The next floating number after ``input`` on the way to ``other``.",
)  # fmt: skip


def _times_power(x: Any, y: Any) -> Any:
    return x * np.power(x.dtype.type(2), y.astype(x.dtype, copy=False))


ldexp = binary(
    "ldexp", _times_power, lambda g, y: ldexp(g, y), lambda g, out: g * (out * math.log(2)), dtype="float", fast="fc",
    numbers=False, doc="乘以 2 的幂 / ``input * 2 ** other``.",
)  # fmt: skip


@op(lambda g, exponent: ldexp(g, -exponent), outputs=("mantissa", "exponent"), elementwise=True, public=False,
    kinds="f", refuses=RuntimeError)  # fmt: skip
def frexp(x):
    """尾数与指数 / ``mantissa`` in [0.5, 1) and integer ``exponent`` of ``input = mantissa * 2 ** exponent``."""
    mantissa, exponent = np.frexp(x)
    return mantissa, in_layout_of(np.where(np.isfinite(x), exponent, 0).astype(np.int32), (x,))


def _frexp(input: Tensor, *, out: Any = None) -> Any:
    """尾数与指数 / ``mantissa`` in [0.5, 1) and integer ``exponent`` of ``input = mantissa * 2 ** exponent``."""
    found = frexp.public(input)
    if out is None:
        return found
    return type(found)(write_out("frexp", r, o, (input,)) for r, o in zip(found, out, strict=True))


publish("frexp", _frexp)


# ---- steps, and what is not finite


@op(no_derivative("aten::heaviside"), no_derivative("aten::heaviside"), elementwise=True, inplace=True,
    numbers=False, grad_name="NotImplemented", called=("input", "values"), out="same quiet")  # fmt: skip
def heaviside(x, y):
    """阶跃函数 / 0 where ``input`` is negative, 1 where positive, ``values`` where 0; both of one dtype."""
    if x.dtype.kind == "c" or y.dtype.kind == "c":
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if x.dtype != y.dtype:
        raise RuntimeError(
            f"heaviside is not yet implemented for tensors with different dtypes: 'input' is {x.dtype}, 'values' "
            f"{y.dtype}"
        )
    return np.where(x == 0, y, (x > 0).astype(x.dtype))


@op(lambda g, x: where(isfinite(x), g, 0.0), elementwise=True, inplace=True, adjoint=True, out="same")
def nan_to_num(x, nan: OptionalNumber = None, posinf: OptionalNumber = None, neginf: OptionalNumber = None):
    """替换 nan 与无穷 / nan becomes 0 or ``nan``, an infinity the largest number of its dtype or what is given."""
    if x.dtype.kind in "biu":
        return x.copy()
    if x.dtype.kind == "c":
        parts = [nan_to_num.kernel(p, nan, posinf, neginf) for p in (x.real, x.imag)]
        return (parts[0] + 1j * parts[1]).astype(x.dtype)
    most = np.finfo(x.dtype)
    values = [float(most.max) if posinf is None else posinf, float(most.min) if neginf is None else neginf, nan or 0]
    out, odd = x.copy(order="K"), ~np.isfinite(x)
    if odd.any():  # few are
        found = x[odd]
        for value, at in zip(values, (found == np.inf, found == -np.inf, np.isnan(found)), strict=True):
            found[at] = number(value, x.dtype)
        out[odd] = found
    return in_layout_of(out, (x,))


publish("nan_to_num_", getattr(Tensor, "nan_to_num_"))
publish("ldexp_", getattr(Tensor, "ldexp_"))

# ---- the larger and the smaller, where nan is none


def _found(first: Any, y: Any) -> Any:
    return first | isnan(y)


fmax = binary(
    "fmax", np.fmax, lambda g, x, y: where((x >= y) | isnan(y), g, 0.0),
    lambda g, x, y: where((x >= y) | isnan(y), 0.0, g),
    inplace=False, kinds="biuf", refuses=RuntimeError, numbers=False,
    jvp=lambda tangents, operands, out: picked(_found(operands[0] > operands[1], operands[1]), *tangents),
    doc="较大者，忽略 nan / The larger of the two; of nan and a number, the number.",
)  # fmt: skip
fmin = binary(
    "fmin", np.fmin, lambda g, x, y: where((x <= y) | isnan(y), g, 0.0),
    lambda g, x, y: where((x <= y) | isnan(y), 0.0, g),
    inplace=False, kinds="biuf", refuses=RuntimeError, numbers=False,
    jvp=lambda tangents, operands, out: picked(_found(operands[0] <= operands[1], operands[1]), *tangents),
    doc="较小者，忽略 nan / The smaller of the two; of nan and a number, the number.",
)  # fmt: skip


# ---- powers in double precision


def _double(*operands: Any) -> Any:
    kinds = [a._array.dtype.kind if isinstance(a, Tensor) else _dtypes.of_scalar(a).kind for a in operands]
    return _dtypes.complex128 if "c" in kinds else _dtypes.float64


def _float_power(input: Any, exponent: Any, *, out: Tensor | None = None) -> Tensor:
    """双精度的幂 / ``input ** exponent`` in float64 or complex128; either may be a number."""
    for position, (name, value) in enumerate((("input", input), ("exponent", exponent)), 1):
        if not isinstance(value, (Tensor, *NUMBERS)) or not any(isinstance(a, Tensor) for a in (input, exponent)):
            raise TypeError(
                f"float_power(): argument '{name}' (position {position}) must be Tensor, not {type_name(value)}"
            )
    target = _double(input, exponent)
    if out is not None and isinstance(out, Tensor) and out.dtype is not target:
        raise RuntimeError(f"float_power(): argument 'out' has dtype {out.dtype} but the result is {target}")
    base, power = (a.to(target) if isinstance(a, Tensor) else a for a in (input, exponent))
    return FUNCTIONS["pow"](base, power, out=out)


def _float_power_(self: Tensor, exponent: Any) -> Tensor:
    """In-place form of ``float_power``; ``RuntimeError`` unless the tensor is of the result's dtype. 原地版本。"""
    target = _double(self, exponent)
    if self.dtype is not target:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype} but the operation's result requires dtype {target}"
        )
    return self.pow_(exponent.to(target) if isinstance(exponent, Tensor) else exponent)


publish("float_power", _float_power)
publish("float_power_", _float_power_, namespace=False)
