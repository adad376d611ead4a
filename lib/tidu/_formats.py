"""Memory formats: in which order a new tensor's elements lie. 内存格式。

Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.memory_format
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._backend import Array, blank_like, repeats
from tidu._kernels import in_rows
from tidu._naming import Named


class layout(metaclass=Named):
    """How a tensor keeps its elements; all tensors here are ``torch.strided``. 存储方式。"""

    _shown = "torch.layout"

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


strided, sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc, _mkldnn = map(
    layout, ("strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "_mkldnn")
)


class memory_format(metaclass=Named):
    """How elements lie in memory, such as ``torch.channels_last``. 内存格式。"""

    _shown = "torch.memory_format"

    def __init__(self, name: str, ndim: int = 0) -> None:
        self.name, self.ndim = name, ndim  # ndim: the rank that channels-last formats are for

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last", 4), memory_format("channels_last_3d", 5)


def parse(value: Any, function: str, default: memory_format = preserve_format) -> memory_format:
    """The argument ``memory_format`` of a function."""
    if value is None:
        return default
    if not isinstance(value, memory_format):
        raise TypeError(
            f"{function}(): argument 'memory_format' must be torch.memory_format, not {type(value).__name__}"
        )
    return value


def follows(x: Array, how: memory_format) -> bool:
    """Whether ``x`` lies in that format without gaps. 是否符合某种格式。"""
    if how.ndim:
        return x.ndim == how.ndim and bool(np.moveaxis(x, 1, -1).flags.c_contiguous)
    return bool(x.flags.c_contiguous)


def suggested(x: Array) -> memory_format:
    """The format that PyTorch takes ``x`` to be in: channels last where its strides say so, else row-major."""
    for how in (channels_last, channels_last_3d):
        if x.ndim == how.ndim and not x.flags.c_contiguous and follows(x, how):
            return how
    return contiguous_format


def strides_in(shape: tuple[int, ...], how: memory_format) -> tuple[int, ...]:
    """Strides, in elements, of a tensor of ``shape`` in a channels-last format."""
    if len(shape) != how.ndim:
        raise RuntimeError(f"required rank {how.ndim} tensor to use {how.name} format, got shape {list(shape)}")
    made = np.moveaxis(np.empty((shape[0], *shape[2:], shape[1]), np.int8), -1, 1)
    return made.strides


def blank(x: Array, dtype: np.dtype, how: memory_format = preserve_format) -> Array:
    """New memory of the shape of ``x``, on its device; ``RuntimeError`` for a format of another rank."""
    if how is preserve_format:
        return blank_like(x, dtype)
    if not how.ndim:
        return np.empty_like(x, dtype, order="C")
    if x.ndim != how.ndim:
        raise RuntimeError(f"required rank {how.ndim} tensor to use {how.name} format, got shape {list(x.shape)}")
    return np.moveaxis(np.empty_like(np.moveaxis(x, 1, -1), dtype, order="C"), -1, 1)


def copied(x: Array, dtype: np.dtype, how: memory_format) -> Array:
    """``x`` in memory of its own, in another dtype and format perhaps."""
    if how.ndim or (how is preserve_format and repeats(x)):
        out = blank(x, dtype, how)
        out[...] = x
        return out
    if x.dtype == dtype and how is not preserve_format:
        return in_rows(x)
    return x.astype(dtype, order="K" if how is preserve_format else "C")
