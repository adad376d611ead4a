"""Comparisons, predicates and logic: no gradients. 比较、判断与逻辑。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _dtypes, _inplace
from tidu._args import type_name
from tidu._backend import as_array
from tidu._define import binary, by_example, publish, unary
from tidu._operands import NUMBERS, broadcast_error, write_out
from tidu._tensor import Tensor, wrap
from tidu.ops.pointwise import by_number, zeros

for _name, _kernel, _kinds, _doc in (
    ("eq", np.equal, "biufc", "相等 / Equal."),
    ("ne", np.not_equal, "biufc", "不等 / Not equal."),
    ("lt", np.less, "biuf", "小于 / Less."),
    ("le", np.less_equal, "biuf", "小于等于 / Less or equal."),
    ("gt", np.greater, "biuf", "大于 / Greater."),
    ("ge", np.greater_equal, "biuf", "大于等于 / Greater or equal."),
):
    binary(_name, _kernel, fast="biufc", kinds=_kinds, numbers=[1], inplace=False, dunder=_name, doc=_doc)
    _written = binary(
        f"_{_name}", _kernel, lambda g: zeros(g), lambda g, y: zeros(y), fast="", variant=by_number, public=False,
        grad_name=f"{_name.title()}Backward0", kinds=_kinds, doc=_doc,
    )  # fmt: skip
    publish(f"{_name}_", _inplace.method(_written), f"In-place form of ``{_name}``. 原地版本。", namespace=False)

isnan = unary("isnan", np.isnan, inplace=False, out=False, doc="是否 nan / Whether not a number.")
isinf = unary("isinf", np.isinf, inplace=False, out=False, doc="是否无穷 / Whether infinite.")
isfinite = unary("isfinite", np.isfinite, inplace=False, out=False, doc="是否有限 / Whether finite.")
logical_not = unary("logical_not", np.logical_not, doc="逻辑非 / Logical not.")
logical_and = binary("logical_and", np.logical_and, fast="biuf", numbers=False, doc="逻辑与 / Logical and.")
logical_or = binary("logical_or", np.logical_or, fast="biuf", numbers=False, doc="逻辑或 / Logical or.")
logical_xor = binary("logical_xor", np.logical_xor, fast="biuf", numbers=False, doc="逻辑异或 / Logical exclusive or.")


def _infinite(name: str, bound: float, doc: str) -> None:
    def kernel(x: Any) -> Any:
        if x.dtype.kind == "c":
            raise RuntimeError(f"{name} does not support complex inputs: argument 'input' is {x.dtype}")
        return np.equal(x, bound)

    unary(name, kernel, inplace=False, out="same quiet", doc=doc)


_infinite("isposinf", np.inf, "是否正无穷 / Whether positive infinity.")
_infinite("isneginf", -np.inf, "是否负无穷 / Whether negative infinity.")
signbit = unary(
    "signbit", lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0, inplace=False, kinds="biuf", out="same quiet",
    doc="符号位 / Whether the sign is minus, -0. included.",
)  # fmt: skip


@by_example
def _isin(
    elements: Any = None, test_elements: Any = None, *, element: Any = None, test_element: Any = None,
    assume_unique: bool = False, invert: bool = False, out: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """是否在其中 / For each of ``elements`` whether it is one of ``test_elements``; either may be a number.

    A number may be given by the names ``element`` and ``test_element``.
    """
    elements = element if elements is None else elements
    test_elements = test_element if test_elements is None else test_elements
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError(
            f"isin(): argument 'elements' or 'test_elements' must be Tensor, not {type_name(elements)} and "
            f"{type_name(test_elements)}"
        )
    arrays: list[Any] = []
    for position, (name, value) in enumerate((("elements", elements), ("test_elements", test_elements)), 1):
        if not isinstance(value, (Tensor, *NUMBERS)):
            raise TypeError(f"isin(): argument '{name}' (position {position}) must be Tensor, not {type_name(value)}")
        arrays.append(value._array if isinstance(value, Tensor) else value)
        if _dtypes.result_type(arrays[-1:]).kind in "bc":
            raise RuntimeError(f"Unsupported input type encountered for isin(): argument '{name}' is bool or complex")
    common = _dtypes.result_type(arrays)
    wanted, among = (as_array(a).astype(common) for a in arrays)
    found = wrap(np.isin(wanted, among, invert=invert))
    return found if out is None else write_out("isin", found, out, (elements, test_elements), "same quiet")


publish("isin", _isin, method=False)


def _is_nonzero(input: Tensor) -> bool:
    """是否非零 / Whether the one element of a tensor is not 0; ``RuntimeError`` for more or fewer."""
    if not isinstance(input, Tensor):
        raise TypeError(f"is_nonzero(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return bool(input)


def _is_same_size(input: Tensor, other: Tensor) -> bool:
    """形状是否相同 / Whether two tensors have the same shape."""
    _both_tensors("is_same_size", input, other)
    return input._array.shape == other._array.shape


def _is_signed(input: Tensor) -> bool:
    """是否有符号类型 / Whether the dtype has negative numbers."""
    _both_tensors("is_signed", input, input)
    return input.dtype.is_signed


publish("is_nonzero", _is_nonzero)
publish("is_same_size", _is_same_size)
publish("is_signed", _is_signed)


# ---- of whole tensors, and within a tolerance


def _both_tensors(name: str, input: Any, other: Any) -> None:
    for position, (argument, value) in enumerate((("input", input), ("other", other)), 1):
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type_name(value)}"
            )


@by_example
def _equal(input: Tensor, other: Tensor) -> bool:
    """是否完全相同 / Whether shape and all elements are the same."""
    _both_tensors("equal", input, other)
    a, b = input._array, other._array
    return a.shape == b.shape and bool((a == b).all())


def _comparable(name: str, input: Any, other: Any, rtol: float, atol: float) -> None:
    _both_tensors(name, input, other)
    for argument, least in (("rtol", rtol), ("atol", atol)):
        if least < 0:
            raise RuntimeError(f"{name}(): {argument} must be greater than or equal to zero, but got {least}")
    if input._array.dtype != other._array.dtype:
        raise RuntimeError(f"{name}(): argument 'other' has dtype {other.dtype}, but dtype {input.dtype} is wanted")
    if apart := broadcast_error([input._array, other._array]):
        raise apart


@by_example
def _isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """逐元素是否接近 / |input - other| <= atol + rtol * |other|, elementwise."""
    _comparable("isclose", input, other, rtol, atol)
    return wrap(np.isclose(input._array, other._array, rtol, atol, equal_nan))


@by_example
def _allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """是否处处接近 / Whether all elements are close."""
    _comparable("allclose", input, other, rtol, atol)
    return bool(np.allclose(input._array, other._array, rtol, atol, equal_nan))


publish("equal", _equal)
publish("isclose", _isclose)
publish("allclose", _allclose)
