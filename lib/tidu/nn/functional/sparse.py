"""Embeddings as functions. 嵌入。

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#sparse-functions
"""

from __future__ import annotations

import numpy as np

from tidu import _dtypes
from tidu._backend import zeros_beside
from tidu._define import by_example
from tidu._modes import no_grad
from tidu._operands import check_tensors
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops import embedding as ops

__all__ = ["embedding", "embedding_bag", "one_hot"]


@by_example
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """独热编码 / A 1 at each number's place and zeros elsewhere: (...) int64 gives (..., num_classes) int64.

    ``num_classes`` -1 is one more than the largest number. ``RuntimeError`` for numbers outside.
    """
    check_tensors("one_hot", tensor=tensor)
    if tensor.dtype is not _dtypes.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not tensor.numel():
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return tensor.new_zeros((*tensor.shape, num_classes))
    least, most = int(tensor.min()), int(tensor.max())
    if least < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = most + 1
    elif most >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    classes = tensor._array.reshape(-1)
    rows = zeros_beside(classes, (len(classes), num_classes))
    rows[np.arange(len(classes), like=classes), classes] = 1
    return wrap(rows.reshape(*tensor.shape, num_classes))


def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """按编号取行 / The rows of a (n, d) table with these numbers: (...) gives (..., d).

    Row ``padding_idx`` gets no gradient; with ``max_norm`` the rows taken are first shortened in the table, in place.
    ``sparse`` is accepted; gradients are dense.
    """
    if padding_idx is not None:
        n = weight.size(0)
        if not -n <= padding_idx < n:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= n
    else:
        padding_idx = -1
    if max_norm is not None:
        with no_grad():
            ops.embedding_renorm_(weight, input, max_norm, norm_type)
    made: Tensor = FUNCTIONS["embedding"](weight, input, padding_idx, scale_grad_by_freq, sparse)
    return made


def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None, norm_type: float = 2,
    scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """按袋取行并归并 / Rows of a table in bags, each summed, averaged or its maxima taken: (bags, d).

    (bags, length) numbers, or a row of numbers with the ``offsets`` at which bags begin. ``sparse`` is accepted;
    gradients are dense.
    """
    if isinstance(weight, Tensor) and weight.dtype.is_floating_point is False and isinstance(input, Tensor):
        if input.dtype.is_floating_point:  # before PyTorch 0.4 the arguments came the other way round
            input, weight = weight, input
    check_tensors("embedding_bag", input=input, weight=weight)
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        offsets = FUNCTIONS["arange"](0, input.numel(), input.size(1), dtype=input.dtype)
        input = input.reshape(-1)
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights.reshape(-1)
    elif input.dim() == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.dim() != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    else:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    if mode not in ops.MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if max_norm is not None:
        with no_grad():
            ops.embedding_renorm_(weight, input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}')."
        )
    return ops.embedding_bag(
        weight, input, offsets, scale_grad_by_freq, ops.MODES.index(mode), sparse, per_sample_weights,
        include_last_offset, padding_idx,
    )[0]  # fmt: skip
