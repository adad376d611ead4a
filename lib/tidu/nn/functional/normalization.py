"""Normalisation as functions. 归一化函数。"""

from __future__ import annotations

import math
from typing import Any

from tidu._operands import check_tensors, write_out
from tidu._tensor import Tensor
from tidu.nn.functional.pooling import avg_pool2d, avg_pool3d
from tidu.ops import normalization as ops
from tidu.ops.padding import pad

rms_norm = ops.rms_norm


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """批归一化 / Each channel (dimension 1) shifted and scaled to mean 0 and variance 1, then ``weight``, ``bias``.

    In training by the batch's own statistics, which the running ones then follow; else by the running ones.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
    """
    check_tensors("batch_norm", input=input)
    if training:
        shape = list(input.shape)
        if len(shape) > 1 and shape[0] * math.prod(shape[2:]) == 1:
            raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    return ops.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """层归一化 / The last dimensions shifted and scaled to mean 0 and variance 1, then ``weight`` and ``bias``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html
    """
    return ops.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """组归一化 / ``num_groups`` groups of each sample's channels, each shifted and scaled to mean 0 and variance 1.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html
    """
    check_tensors("group_norm", input=input)
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    shape = list(input.shape)
    if shape[0] * shape[1] // num_groups * math.prod(shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {shape}")
    return ops.group_norm(input, num_groups, weight, bias, eps)


def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """实例归一化 / Each channel of each sample shifted and scaled to mean 0 and variance 1.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.instance_norm.html
    """
    check_tensors("instance_norm", input=input)
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    return ops.instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """局部响应归一化 / ``x / (k + alpha * mean of the squares of ``size`` neighbouring channels) ** beta``.

    Source: Krizhevsky, Sutskever, Hinton 2012, section 3.3.
    """
    check_tensors("local_response_norm", input=input)
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.ndim} dimensions)")
    if not input.numel():
        return input
    squares = input.mul(input)
    if input.ndim == 3:
        squares = pad(squares.unsqueeze(1), (0, 0, size // 2, (size - 1) // 2))
        squares = avg_pool2d(squares, (size, 1), stride=1).squeeze(1)
    else:
        shape = input.shape
        squares = squares.view(shape[0], 1, shape[1], shape[2], -1)
        squares = pad(squares, (0, 0, 0, 0, size // 2, (size - 1) // 2))
        squares = avg_pool3d(squares, (size, 1, 1), stride=1).squeeze(1).view(shape)
    made: Tensor = input / squares.mul(alpha).add(k).pow(beta)
    return made


def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Tensor:
    """化为单位长度 / ``input`` divided by its p-norm along ``dim``, or by ``eps`` where that is larger.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
    """
    check_tensors("normalize", input=input)
    length = input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    made: Tensor = input / length
    return made if out is None else write_out("normalize", made, out, (input,))
