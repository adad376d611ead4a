"""Computing in bfloat16, for which NumPy has few kernels: in float32, rounded at the end. 用 float32 计算 bfloat16。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tidu import _dtypes
from tidu._backend import as_array

if TYPE_CHECKING:
    from tidu._op import Op

# Products and their like look at their operands' dtypes, which must be one: those of bfloat16 are looked at before.
_ALIKE = frozenset(
    "lerp heaviside mm bmm mv dot vdot matmul_nd addmm addmv addbmm baddbmm linear linalg_cross _trilinear "
    "_embedding_bag".split()
)


def narrows(op: Op, arrays: Sequence[Any], attrs: dict[str, Any]) -> bool:
    """Whether to compute in float32 and round the result to bfloat16, for which NumPy has few kernels."""
    wide = op.view or op.name in ("to", "clone", "contiguous") or attrs.get("dtype") is not None
    wide = wide or "strides" in attrs  # which are those of the memory as it is
    return not wide and any(getattr(a, "dtype", None) == _dtypes.bfloat16.numpy for a in arrays)


def leads_narrow(op: Op, arrays: Sequence[Any]) -> bool:
    """Whether the result has the bfloat16 of some operand: the first floating one decides."""
    kinds = [a.dtype for a in arrays if hasattr(a, "dtype") and a.dtype.kind in "fVc"]
    if op.name in _ALIKE and any(k != kinds[0] for k in kinds):
        names = ", ".join(_dtypes.TYPE_NAMES[_dtypes.of(k)].removesuffix("Tensor") for k in kinds)
        raise RuntimeError(f"{op.name}(): expected all operands to have the same dtype, but got: {names}")
    return bool(kinds[0].kind == "V")


def widened(a: Any) -> Any:
    """An operand of bfloat16 as float32; others as they are."""
    return a.astype(np.float32) if getattr(a, "dtype", None) == _dtypes.bfloat16.numpy else a


def narrowed(result: Any) -> Any:
    """Results of float32 rounded to bfloat16."""
    if isinstance(result, tuple):
        return tuple(map(narrowed, result))
    if getattr(result, "dtype", None) != np.float32:
        return result
    return as_array(result).astype(_dtypes.bfloat16.numpy)
