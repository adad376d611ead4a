"""Layers that resize. 缩放层。"""

from __future__ import annotations

from typing import Any

from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.module import Module


class Upsample(Module):
    """缩放层 / Resizes (N, C, ...) to ``size`` or by ``scale_factor``, as ``F.interpolate`` does.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html
    """

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor: Any = tuple(float(s) for s in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode, self.align_corners, self.recompute_scale_factor = mode, align_corners, recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners,
                             self.recompute_scale_factor)  # fmt: skip

    def extra_repr(self) -> str:
        key = "size" if self.scale_factor is None else "scale_factor"
        return f"{key}={getattr(self, key)!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """最近邻放大层 / Resizes images by their nearest pixels; ``Upsample(..., mode="nearest")``."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """双线性放大层 / Resizes images linearly; ``Upsample(..., mode="bilinear", align_corners=True)``."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
