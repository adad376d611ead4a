"""The cross entropy of logits that a linear map makes. 线性层与交叉熵合一。"""

from __future__ import annotations

import math
import warnings
from typing import Any

from tidu import _dtypes
from tidu._operands import check_tensors
from tidu._tensor import Tensor
from tidu.nn.functional.linear import linear
from tidu.nn.functional.loss import cross_entropy


def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None,
    weight: Tensor | None = None, reduction: str = "mean", ignore_index: int | None = None,
    label_smoothing: float = 0.0, options: Any = None,
) -> Tensor:  # fmt: skip
    """线性层的交叉熵 / ``cross_entropy(linear(input, linear_weight, linear_bias), target, ...)``.

    A weight (classes, d1, ..., features) makes logits (N, classes, d1, ...). ``options`` say how PyTorch saves memory;
    they are accepted, and the whole logits are made.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear_cross_entropy.html
    """
    check_tensors("linear_cross_entropy", input=input, linear_weight=linear_weight, target=target)
    if not 1 <= input.dim() <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    features = input.shape[-1]
    if features != linear_weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{features} and {linear_weight.shape[-1]}, respectively"
        )
    batch, (classes, *inner) = input.shape[:-1], linear_weight.shape[:-1]
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *inner):
        raise RuntimeError(f"expected linear_bias shape {(classes, *inner)}, got {tuple(linear_bias.shape)}")
    if inner and not batch:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*batch, classes, *inner)
    if target.shape == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if options is not None and (inner or label_smoothing != 0.0 or target.dtype is not _dtypes.int64):
        warnings.warn(
            "linear_cross_entropy: ``options`` ignored; they are for class indices, without label_smoothing and with "
            f"one loss for each input. Got label_smoothing={label_smoothing}, target.dtype={target.dtype}, "
            f"out_features={tuple(inner)}",
            UserWarning,
            stacklevel=2,
        )
    many = math.prod(inner, start=classes)
    bias = None if linear_bias is None else linear_bias.reshape(many)
    logits = linear(input, linear_weight.reshape(many, features), bias)
    return cross_entropy(
        logits.reshape(shape), target, weight, ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction, label_smoothing=label_smoothing,
    )  # fmt: skip
