"""Repeating a tensor, or its elements; all of it copies. 重复。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import Ints, OptionalDim, is_int, kind_of, type_name
from tidu._define import by_either_name, by_example, op, publish
from tidu._tensor import Tensor, wrap
from tidu.ops.convert import contiguous
from tidu.ops.gather import index_select
from tidu.ops.reduce import sum_
from tidu.ops.view import reshape, sizes_given, view


@op(lambda g, x_shape, repeats: _unrepeat(g, x_shape, repeats), jvp="linear", public=False)
def repeat(x, repeats: Ints):
    """重复 / ``x`` tiled ``repeats`` times along each dimension; a copy."""
    return np.tile(x, repeats)


def _unrepeat(g: Any, shape: Sequence[int], repeats: Sequence[int]) -> Any:
    full = (1,) * (len(repeats) - len(shape)) + tuple(shape)
    blocks = reshape(g, tuple(n for pair in zip(repeats, full, strict=True) for n in pair))
    return reshape(sum_(blocks, tuple(range(0, 2 * len(full), 2))), tuple(shape))


def _repeat(self: Tensor, *sizes: Any, repeats: Any = None) -> Tensor:
    """重复 / This tensor tiled ``repeats`` times along each dimension; a copy. ``RuntimeError`` for too few numbers."""
    times = sizes_given(sizes, repeats, "repeat", "repeats")
    if len(times) < self.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: repeat() was "
            f"given {len(times)} for {self.ndim}"
        )
    if any(n < 0 for n in times):
        raise RuntimeError(
            f"repeat(): argument 'repeats': Trying to create tensor with negative dimension: {list(times)}"
        )
    return repeat.record((self,), {"repeats": times})


def _tile(input: Tensor, *sizes: Any, dims: Any = None) -> Tensor:
    """重复，维数不足时在前面补 1 / As ``repeat``, with leading ones supplied."""
    times = sizes_given(sizes, dims, "tile", "dims")
    return _repeat(input, (1,) * (input.ndim - len(times)) + times)


publish("repeat", _repeat, namespace=False)
publish("tile", _tile)


def _repeat_interleave(
    input: Tensor, repeats: Any, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """逐个重复 / Each element, or each slice along ``dim``, repeated ``repeats`` times (an int or a 1-D tensor)."""
    if not isinstance(input, Tensor):
        raise TypeError(f"repeat_interleave(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    d = kind_of(OptionalDim).parse(dim, "repeat_interleave", "dim", 3, input.ndim)
    if d is None:
        input, d = reshape(input, (-1,)), 0
    shape = input._array.shape
    if is_int(repeats) and not isinstance(repeats, Tensor):
        n = int(repeats)
        if n < 0:
            raise RuntimeError(f"repeat_interleave(): argument 'repeats' can not be negative, got {n}")
        wide = input.unsqueeze(d + 1).expand(*shape[: d + 1], n, *shape[d + 1 :])
        return view.record((contiguous.record((wide,), {}),), {"size": (*shape[:d], shape[d] * n, *shape[d + 1 :])})
    if not isinstance(repeats, Tensor):
        raise TypeError(
            f"repeat_interleave(): argument 'repeats' (position 2) must be int or Tensor, not {type_name(repeats)}"
        )
    counts = _counts(repeats)
    if counts.size not in (1, shape[d]):
        raise RuntimeError(
            "repeat_interleave(): argument 'repeats' must have the same size as input along dim, but got "
            f"repeats.size(0) = {counts.size} and input.size({d}) = {shape[d]}"
        )
    return index_select.record((input,), {"dim": d, "index": np.repeat(np.arange(shape[d], dtype=np.int64), counts)})


def _counts(repeats: Tensor) -> Any:
    counts = repeats._array
    if counts.dtype not in (np.int64, np.int32):
        kind = _dtypes.TYPE_NAMES[repeats.dtype].removesuffix("Tensor")
        raise NotImplementedError(
            f"\"repeat_interleave_cpu\" not implemented for '{kind}': argument 'repeats' must be an integer tensor"
        )
    if (counts < 0).any():
        raise RuntimeError(f"repeat_interleave(): argument 'repeats' can not be negative, got {counts.tolist()}")
    return counts.reshape(-1).astype(np.intp, copy=False)  # which np.repeat asks for


@by_example
def repeat_interleave(*args: Any, **kwargs: Any) -> Tensor:
    """逐个重复 / As ``Tensor.repeat_interleave``; of counts alone, the indices they repeat: [2, 1] gives [0, 0, 1]."""
    counts = args[0] if len(args) == 1 else kwargs.get("repeats") if not args and "input" not in kwargs else None
    if isinstance(counts, Tensor) and kwargs.keys() <= ({"output_size"} if args else {"output_size", "repeats"}):
        return wrap(np.repeat(np.arange(counts._array.size, dtype=np.int64), _counts(counts)))
    return _repeat_interleave(*args, **kwargs)


publish("repeat_interleave", _repeat_interleave)
publish("repeat_interleave", by_either_name(repeat_interleave, True), method=False)
