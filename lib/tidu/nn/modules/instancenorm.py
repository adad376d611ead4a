"""Instance normalisation layers. 实例归一化层。"""

from __future__ import annotations

import warnings
from typing import Any

from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.batchnorm import _LazyNorm, _NormBase


class _InstanceNorm(_NormBase):
    ndim: int

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        n = self.ndim
        if input.ndim not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.ndim}D input)")
        channels = input.shape[-n - 1]
        if channels != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={input.ndim - n - 1} to match num_features ({self.num_features}), "
                    f"but got: {channels}."
                )
            warnings.warn(
                f"input's size at dim={input.ndim - n - 1} does not match num_features. You can silence this warning "
                "by not passing in num_features, which is not used because affine=False",
                UserWarning,
                stacklevel=2,
            )
        batch = input if input.ndim == n + 2 else input.unsqueeze(0)
        made = F.instance_norm(
            batch, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, 0.0 if self.momentum is None else self.momentum, self.eps,
        )  # fmt: skip
        return made if input.ndim == n + 2 else made.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """实例归一化层（一维）/ Each channel of each sample of (N, C, L) or (C, L) shifted and scaled by itself."""

    ndim = 1


class InstanceNorm2d(_InstanceNorm):
    """实例归一化层（二维）/ Each channel of each sample of (N, C, H, W) or (C, H, W) shifted and scaled by itself.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html
    """

    ndim = 2


class InstanceNorm3d(_InstanceNorm):
    """实例归一化层（三维）/ Each channel of each sample of (N, C, D, H, W) or (C, D, H, W) shifted and scaled by
    itself."""

    ndim = 3


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """推迟定型的实例归一化层（一维）/ An ``InstanceNorm1d`` whose ``num_features`` the first input tells."""

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """推迟定型的实例归一化层（二维）/ An ``InstanceNorm2d`` whose ``num_features`` the first input tells."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """推迟定型的实例归一化层（三维）/ An ``InstanceNorm3d`` whose ``num_features`` the first input tells."""

    cls_to_become = InstanceNorm3d
