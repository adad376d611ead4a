"""The dtypes that operations take under ``autocast``. 自动混合精度下的类型。

Products of matrices and convolutions are fast and exact enough in half precision; losses are not.
Source: https://docs.pytorch.org/docs/stable/amp.html#cpu-op-specific-behavior
"""

from __future__ import annotations

from typing import Any

from tidu import _dtypes
from tidu._modes import modes
from tidu._tensor import Tensor


def lowered(*operands: Any) -> tuple[Any, ...]:
    """Single precision in the dtype of ``autocast``; everything else as it is."""
    return tuple(x.to(modes.low) if isinstance(x, Tensor) and x.dtype is not _dtypes.float64
                 and x.is_floating_point() and x.dtype is not modes.low else x for x in operands)  # fmt: skip


def raised(*operands: Any) -> tuple[Any, ...]:
    """Half precision as single precision."""
    half = (_dtypes.float16, _dtypes.bfloat16)
    return tuple(x.float() if isinstance(x, Tensor) and x.dtype in half else x for x in operands)
