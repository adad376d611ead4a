"""Layers that make pixels of channels, and back. 像素重排层。"""

from __future__ import annotations

from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.module import Module


class PixelShuffle(Module):
    """像素重排层（放大）/ (*, C r^2, H, W) -> (*, C, H r, W r).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        made: Tensor = F.pixel_shuffle(input, self.upscale_factor)
        return made

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """像素重排层（缩小）/ (*, C, H r, W r) -> (*, C r^2, H, W)."""

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        made: Tensor = F.pixel_unshuffle(input, self.downscale_factor)
        return made

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"
