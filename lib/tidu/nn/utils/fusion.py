"""A batch normalisation in evaluation as part of the layer before it. 把批归一化并入前一层。

In evaluation it is ``y = (x - mean) / sqrt(var + eps) * weight + bias``: a factor and a shift for each channel.
"""

from __future__ import annotations

import copy
from typing import Any

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn.parameter import Parameter

zeros_like, ones_like, rsqrt = (FUNCTIONS[name] for name in ("zeros_like", "ones_like", "rsqrt"))


def _fused(layer: Any, bn: Any, what: str, transpose: bool) -> Any:
    """A copy of a layer, both in evaluation, with the weights that are its own and the normalisation's."""
    if layer.training or bn.training:
        raise AssertionError(f"Fusion only for eval! {what} and batch norm have to be in evaluation mode")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("batch norm has to have running statistics: running_mean and running_var are None")
    made = copy.deepcopy(layer)
    made.weight, made.bias = fuse_conv_bn_weights(
        layer.weight, layer.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return made


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """并入卷积 / A copy of ``conv`` that computes what ``bn(conv(x))`` does, both in evaluation mode.

    ``transpose``: whether it is a transposed convolution, whose weight counts the output channels second.
    """
    return _fused(conv, bn, "convolution", transpose)


def fuse_conv_bn_weights(
    conv_w: Tensor, conv_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None, transpose: bool = False,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """并入卷积的权重 / Weight and bias of a convolution that a batch normalisation follows, as one."""
    weight_dtype, bias_dtype = conv_w.dtype, conv_w.dtype if conv_b is None else conv_b.dtype
    bias = zeros_like(bn_rm) if conv_b is None else conv_b
    factor = (ones_like(bn_rm) if bn_w is None else bn_w) * rsqrt(bn_rv + bn_eps)
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    fused_w = (conv_w * factor.reshape(shape)).to(weight_dtype)
    fused_b = ((bias - bn_rm) * factor + (zeros_like(bn_rm) if bn_b is None else bn_b)).to(bias_dtype)
    trained = conv_b is not None and conv_b.requires_grad
    return Parameter(fused_w, conv_w.requires_grad), Parameter(fused_b, trained)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """并入线性层 / A copy of ``linear`` that computes what ``bn(linear(x))`` does, both in evaluation mode."""
    if linear.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError(
            f"To fuse, linear.out_features == bn.num_features or bn.num_features == 1: they are {linear.out_features} "
            f"and {bn.num_features}"
        )
    return _fused(linear, bn, "linear layer", False)


def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor,
    bn_b: Tensor,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """并入线性层的权重 / Weight and bias of a linear layer that a batch normalisation follows, as one."""
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]
