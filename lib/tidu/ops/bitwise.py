"""Integers as bits, and their common divisors: no gradients. 位运算与整数。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._define import binary, publish, unary
from tidu._tensor import Tensor

bitwise_not = unary("bitwise_not", np.invert, kinds="biu", out="same", doc="按位取反 / Bitwise not.")
bitwise_and = binary("bitwise_and", np.bitwise_and, fast="biu", kinds="biu", dunder="and", doc="按位与 / Bitwise and.")
bitwise_or = binary("bitwise_or", np.bitwise_or, fast="biu", kinds="biu", dunder="or", doc="按位或 / Bitwise or.")
bitwise_xor = binary(
    "bitwise_xor", np.bitwise_xor, fast="biu", kinds="biu", dunder="xor", doc="按位异或 / Bitwise exclusive or."
)  # fmt: skip


def _invert(self: Tensor) -> Tensor:
    if self._array.dtype.kind not in "biu":
        raise TypeError(
            f"~ (operator.invert) is only implemented on integer and Boolean-type tensors: got {self.dtype}"
        )
    return bitwise_not.public(self)


setattr(Tensor, "__invert__", _invert)


def _in_range(y: Any, width: int) -> Any:
    return (y >= 0) & (y < width)


def _shift_left(x: Any, y: Any) -> Any:
    """By as many bits as there are, or by a negative number, nothing is left."""
    fits = _in_range(y, 8 * x.itemsize)
    return np.where(fits, np.left_shift(x, np.where(fits, y, 0).astype(x.dtype)), x.dtype.type(0))


def _shift_right(x: Any, y: Any) -> Any:
    """By as many bits as there are, or by a negative number, the sign is left."""
    last = 8 * x.itemsize - 1
    shifted = np.right_shift(x, np.where(_in_range(y, last + 1), y, last).astype(x.dtype))
    return shifted if x.dtype.kind == "i" else np.where(_in_range(y, last + 1), shifted, x.dtype.type(0))


bitwise_left_shift = binary(
    "bitwise_left_shift", _shift_left, fast="iu", kinds="iu", dunder="lshift",
    doc="左移 / ``input`` shifted left by ``other`` bits: multiplied by a power of two, without a check for overflow.",
)  # fmt: skip
bitwise_right_shift = binary(
    "bitwise_right_shift", _shift_right, fast="iu", kinds="iu", dunder="rshift",
    doc="右移 / ``input`` shifted right by ``other`` bits; the sign stays.",
)  # fmt: skip
gcd = binary("gcd", np.gcd, fast="iu", kinds="iu", numbers=False, doc="最大公约数 / Greatest common divisor.")
lcm = binary(
    "lcm", np.lcm, fast="iu", kinds="iu", numbers=False, doc="最小公倍数 / Least common multiple."
)  # fmt: skip
for _name in ("gcd_", "lcm_"):
    publish(_name, getattr(Tensor, _name))
