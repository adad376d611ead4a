"""Pooling layers with windows of random sizes. 分数步长最大池化层。"""

from __future__ import annotations

from typing import Any

from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.conv import each
from tidu.nn.modules.module import Module


class _FractionalMaxPool(Module):
    ndim: int

    def __init__(
        self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        n = self.ndim
        self.kernel_size = each(kernel_size, n)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each(output_size, n)
        self.output_ratio = None if output_ratio is None else each(output_ratio, n)
        if output_size is None and output_ratio is None:
            raise ValueError("FractionalMaxPool requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        pool = getattr(F, f"fractional_max_pool{self.ndim}d")
        return pool(input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices,
                    self._random_samples)  # fmt: skip


class FractionalMaxPool2d(_FractionalMaxPool):
    """二维分数步长最大池化层 / The largest elements of windows that begin at random distances: (N, C, H, W).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html
    """

    ndim = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """三维分数步长最大池化层 / The largest elements of windows that begin at random distances: (N, C, D, H, W)."""

    ndim = 3
