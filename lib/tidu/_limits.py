"""What a dtype's numbers can be: ``finfo`` and ``iinfo``. 数值类型的范围。

Source: https://docs.pytorch.org/docs/stable/type_info.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._naming import Named

_BFLOAT16 = {"bits": 16, "eps": 2.0**-7, "max": (2 - 2.0**-7) * 2.0**127, "tiny": 2.0**-126, "resolution": 0.01}


class _Info:
    __slots__ = ()
    dtype: str

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.dtype == getattr(other, "dtype", None)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'torch.{type(self).__name__}' object has no attribute '{name}'")


def _checked(type: Any, name: str) -> _dtypes.dtype:
    if not isinstance(type, _dtypes.dtype):
        raise TypeError(f"{name}(): argument 'type' (position 1) must be torch.dtype, not {type.__class__.__name__}")
    return type


class finfo(_Info, metaclass=Named):
    """Limits of a floating dtype. 浮点类型的范围与精度。

    ``bits eps max min tiny smallest_normal resolution dtype``; of a complex dtype, those of its parts.
    """

    __slots__ = ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype")
    _shown = "torch.finfo"

    def __init__(self, type: Any = None) -> None:
        d = _checked(_dtypes.get_default_dtype() if type is None else type, "finfo").to_real()
        if not d.is_floating_point:
            raise TypeError(
                f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo': {d!r}"
            )
        if d is _dtypes.bfloat16:
            known = _BFLOAT16
        else:
            info = np.finfo(d.numpy)
            known = {"bits": info.bits, "eps": info.eps, "max": info.max, "tiny": info.tiny,
                     "resolution": 10.0**-info.precision}  # fmt: skip
        self.bits = int(known["bits"])
        self.eps, self.max, self.tiny = float(known["eps"]), float(known["max"]), float(known["tiny"])
        self.min, self.smallest_normal, self.resolution = -self.max, self.tiny, float(known["resolution"])
        self.dtype = d.name

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo(_Info, metaclass=Named):
    """Limits of an integer dtype: ``bits max min dtype``. 整数类型的范围。"""

    __slots__ = ("bits", "max", "min", "dtype")
    _shown = "torch.iinfo"

    def __init__(self, type: Any) -> None:
        d = _checked(type, "iinfo")
        if d is _dtypes.bool_:
            raise TypeError("torch.bool is not supported by torch.iinfo: argument 'type'")
        if d.is_floating_point or d.is_complex:
            raise TypeError(
                f"torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo': {d!r}"
            )
        info = np.iinfo(d.numpy)
        self.bits, self.max, self.min, self.dtype = info.bits, int(info.max), int(info.min), d.name

    def __repr__(self) -> str:
        return f"iinfo(min={float(self.min):g}, max={float(self.max):g}, dtype={self.dtype})"
