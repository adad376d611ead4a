"""Batch normalisation layers. 批归一化层。

Source: https://docs.pytorch.org/docs/stable/nn.html#normalization-layers
"""

from __future__ import annotations

from typing import Any

from tidu import _dtypes
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn import init
from tidu.nn.modules.lazy import LazyModuleMixin
from tidu.nn.modules.module import Module
from tidu.nn.parameter import Parameter, UninitializedBuffer, UninitializedParameter

empty, zeros, ones, tensor = (FUNCTIONS[name] for name in ("empty", "zeros", "ones", "tensor"))


class _NormBase(Module):
    """What batch and instance normalisation share: weight, bias, and running statistics."""

    running_mean: Any
    running_var: Any
    num_batches_tracked: Any
    weight: Any
    bias: Any
    ranks: tuple[int, ...] = ()  # of inputs
    _version = 2

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        made = {"device": device, "dtype": dtype}
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.register_parameter("weight", Parameter(empty(num_features, **made)) if affine else None)
        self.register_parameter("bias", Parameter(empty(num_features, **made)) if affine and bias else None)
        self.register_buffer("running_mean", zeros(num_features, **made) if track_running_stats else None)
        self.register_buffer("running_var", ones(num_features, **made) if track_running_stats else None)
        count = tensor(0, dtype=_dtypes.int64, device=device) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """运行统计量归零 / Mean 0, variance 1, no batches seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """重新初始化 / Weight 1, bias 0, and the running statistics anew."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        if self.ranks and input.ndim not in self.ranks:
            raise ValueError(f"expected {' or '.join(f'{n}D' for n in self.ranks)} input (got {input.ndim}D input)")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: Any,
        unexpected_keys: Any, error_msgs: Any,
    ) -> None:  # fmt: skip
        """States that were saved before version 2 do not count batches."""
        version = local_metadata.get("version", None)
        key = f"{prefix}num_batches_tracked"
        if (version is None or version < 2) and self.track_running_stats and key not in state_dict:
            state_dict[key] = self.num_batches_tracked if self.num_batches_tracked is not None else tensor(0)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )


class _BatchNorm(_NormBase):
    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the average over all batches
                momentum = 1.0 / float(self.num_batches_tracked)
        own = self.training or (self.running_mean is None and self.running_var is None)
        tracked = not self.training or self.track_running_stats
        mean, var = (self.running_mean, self.running_var) if tracked else (None, None)
        return F.batch_norm(input, mean, var, self.weight, self.bias, own, momentum, self.eps)


class BatchNorm1d(_BatchNorm):
    """批归一化层（一维）/ Each channel of (N, C) or (N, C, L) shifted and scaled to mean 0 and variance 1.

    In training by the batch's statistics, in evaluation by the running ones; ``momentum=None`` averages all batches.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
    """

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """批归一化层（二维）/ Each channel of (N, C, H, W) shifted and scaled to mean 0 and variance 1.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
    """

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """批归一化层（三维）/ Each channel of (N, C, D, H, W) shifted and scaled to mean 0 and variance 1."""

    ranks = (5,)


class SyncBatchNorm(_BatchNorm):
    """同步批归一化层 / Batch normalisation with statistics over all processes of a group; here there is one.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, process_group: Any = None, device: Any = None, dtype: Any = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"expected at least 2D input (got {input.dim()}D input)")
        if input.size(1) == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """换成同步的 / The module, all its batch normalisations ``SyncBatchNorm`` with the same tensors."""
        made = module
        if isinstance(module, _BatchNorm):
            made = SyncBatchNorm(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                process_group, bias=module.bias is not None,
            )  # fmt: skip
            made.weight, made.bias = module.weight, module.bias
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                setattr(made, name, getattr(module, name))
            made.training = module.training
        for name, child in module.named_children():
            made.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return made


class _LazyNorm(LazyModuleMixin):
    """A normalisation whose ``num_features`` the first input tells."""

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(0, eps, momentum, False, False, device, dtype)
        module: Any = self
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        module.affine, module.track_running_stats = affine, track_running_stats
        if affine:
            module.weight = UninitializedParameter(**made)
            module.bias = UninitializedParameter(**made) if bias else None
        if track_running_stats:
            module.running_mean = UninitializedBuffer(**made)
            module.running_var = UninitializedBuffer(**made)
            module.num_batches_tracked = tensor(0, dtype=_dtypes.int64, device=device)

    def reset_parameters(self) -> None:
        module: Any = self
        if not self.has_uninitialized_params() and module.num_features != 0:
            module.cls_to_become.reset_parameters(module)

    def initialize_parameters(self, input: Tensor) -> None:
        module: Any = self
        if not self.has_uninitialized_params():
            return
        module.num_features = input.shape[1]
        for value in (module.weight, module.bias, module.running_mean, module.running_var):
            if value is not None:
                value.materialize((module.num_features,))
        self.reset_parameters()


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """推迟定型的批归一化层（一维）/ A ``BatchNorm1d`` whose ``num_features`` the first input tells."""

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """推迟定型的批归一化层（二维）/ A ``BatchNorm2d`` whose ``num_features`` the first input tells."""

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """推迟定型的批归一化层（三维）/ A ``BatchNorm3d`` whose ``num_features`` the first input tells."""

    cls_to_become = BatchNorm3d
