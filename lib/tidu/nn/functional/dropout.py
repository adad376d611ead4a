"""Dropout as functions. 随机失活。

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#dropout-functions
"""

from __future__ import annotations

import warnings

from tidu._operands import check_tensors
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """随机失活 / Each element becomes 0 with probability ``p``, and the others ``1 / (1 - p)`` as large."""
    _check(p)
    return FUNCTIONS["dropout_" if inplace else "dropout"](input, p, training)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """保持均值与方差的失活 / Dropout to selu's lower limit: mean and variance stay."""
    _check(p)
    return FUNCTIONS["alpha_dropout_" if inplace else "alpha_dropout"](input, p, training)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """整通道的 alpha 失活 / Alpha dropout of whole channels."""
    _check(p)
    return FUNCTIONS["feature_alpha_dropout_" if inplace else "feature_alpha_dropout"](input, p, training)


def _channels(input: Tensor, p: float, training: bool, inplace: bool) -> Tensor:
    return FUNCTIONS["feature_dropout_" if inplace else "feature_dropout"](input, p, training)


def _batched(input: Tensor, p: float, training: bool, inplace: bool, batched: bool) -> Tensor:
    """Channels of a batch, or of a single sample without that dimension."""
    made = _channels(input if batched else _first(input, inplace), p, training, inplace)
    return made if batched else made.squeeze_(0) if inplace else made.squeeze(0)


def _first(input: Tensor, inplace: bool) -> Tensor:
    return input.unsqueeze_(0) if inplace else input.unsqueeze(0)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """整通道失活 / Dropout of whole channels of (N, C, L) or (C, L)."""
    _check(p)
    check_tensors("dropout1d", input=input)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to "
            "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
            "batch dimension (i.e. 2D or 3D inputs)."
        )
    return _batched(input, p, training, inplace, input.dim() == 3)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """整通道失活 / Dropout of whole channels of (N, C, H, W)."""
    _check(p)
    check_tensors("dropout2d", input=input)
    if input.dim() not in (3, 4):
        warnings.warn(
            f"dropout2d: Received a {input.dim()}-D input to dropout2d, which is deprecated and will result in an "
            "error in a future release. To retain the behavior and silence this warning, please use dropout instead. "
            "Note that dropout2d exists to provide channel-wise dropout on inputs with 2 spatial dimensions, a channel "
            "dimension, and an optional batch dimension (i.e. 3D or 4D inputs).",
            stacklevel=2,
        )
    if input.dim() == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired "
            "- input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a "
            "future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain "
            "the 1D channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _channels(input, p, training, inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """整通道失活 / Dropout of whole channels of (N, C, D, H, W) or (C, D, H, W)."""
    _check(p)
    check_tensors("dropout3d", input=input)
    if input.dim() not in (4, 5):
        warnings.warn(
            f"dropout3d: Received a {input.dim()}-D input to dropout3d, which is deprecated and will result in an "
            "error in a future release. To retain the behavior and silence this warning, please use dropout instead. "
            "Note that dropout3d exists to provide channel-wise dropout on inputs with 3 spatial dimensions, a channel "
            "dimension, and an optional batch dimension (i.e. 4D or 5D inputs).",
            stacklevel=2,
        )
    return _batched(input, p, training, inplace, input.dim() == 5)
