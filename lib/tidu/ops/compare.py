"""Comparisons, predicates and logic: no gradients. 比较、判断与逻辑。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _inplace
from tidu._args import type_name
from tidu._define import binary, publish, unary
from tidu._tensor import Tensor, wrap
from tidu.ops.pointwise import by_number, zeros

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
        f"_{_name}", _kernel, lambda g: zeros(g), lambda g, y: zeros(y), fast="", variant=by_number, public=False,
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
bitwise_xor = binary(
    "bitwise_xor", np.bitwise_xor, fast="biu", kinds="biu", dunder="xor", doc="按位异或 / Bitwise exclusive or."
)  # fmt: skip


# ---- of whole tensors, and within a tolerance


def _equal(input: Tensor, other: Tensor) -> bool:
    """是否完全相同 / Whether shape and all elements are the same."""
    if not isinstance(other, Tensor):
        raise TypeError(f"equal(): argument 'other' (position 2) must be Tensor, not {type_name(other)}")
    a, b = input._array, other._array
    return a.shape == b.shape and bool((a == b).all())


def _comparable(name: str, input: Tensor, other: Any) -> None:
    if not isinstance(other, Tensor):
        raise TypeError(f"{name}(): argument 'other' (position 2) must be Tensor, not {type_name(other)}")
    if input._array.dtype != other._array.dtype:
        raise RuntimeError(f"{name}(): argument 'other' has dtype {other.dtype}, but dtype {input.dtype} is wanted")


def _isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """逐元素是否接近 / |input - other| <= atol + rtol * |other|, elementwise."""
    _comparable("isclose", input, other)
    return wrap(np.isclose(input._array, other._array, rtol, atol, equal_nan))


def _allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """是否处处接近 / Whether all elements are close."""
    _comparable("allclose", input, other)
    return bool(np.allclose(input._array, other._array, rtol, atol, equal_nan))


publish("equal", _equal)
publish("isclose", _isclose)
publish("allclose", _allclose)
