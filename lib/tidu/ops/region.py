"""A copy with the region of a view replaced: what writing into a view does, as a function. 替换视图区域的拷贝。

``x.diagonal_scatter(src)`` is ``y = x.clone(); y.diagonal().copy_(src)``. The view functions say where a region is; one
op, the one that is the history of a tensor one of whose views was written to, does the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidu._args import Dim, is_int, kind_of, type_name
from tidu._backend import repeats
from tidu._define import by_example, define, publish
from tidu._inference import UNTRACKED
from tidu._inplace import copy_slices
from tidu._op import Op
from tidu._operands import write_out
from tidu._registry import FUNCTIONS
from tidu._storage import Storage
from tidu._tensor import Tensor, wrap
from tidu.ops.slicing import along, index_basic


def _replacing(name: str, region: Callable[..., Tensor], doc: str, has_out: bool = False) -> Callable[..., Tensor]:
    """``region``: the view, from the input and what else the function takes."""
    formulas = [f.function for f in copy_slices.formulas if f is not None]
    made = define(Op(copy_slices.kernel, formulas, name=name, jvp="linear"), public=False)

    @by_example
    def function(input: Tensor, src: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
        if out is not None and not has_out:
            raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
        for position, (argument, value) in enumerate((("input", input), ("src", src)), 1):
            if not isinstance(value, Tensor):
                shown = type_name(value)
                raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {shown}")
        if repeats(input._array):  # a copy of an expanded tensor has room for each of its elements
            input = input.contiguous()
        probe = wrap(input._array)
        storage = input.untyped_storage()  # an inference tensor's keeps no account of views
        probe._storage = Storage(storage.owner) if storage.version is UNTRACKED else storage
        view = region(probe, *args, **kwargs)
        if view._array.shape != src._array.shape:
            raise RuntimeError(
                f"{name}(): expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
                f"slice size = {list(view.shape)}"
            )
        recipe = () if view._view is None else view._view.recipe
        source = src if src.dtype == input.dtype else src.to(input.dtype)
        result = made.record((input, source), {"recipe": recipe, "strides": input._array.strides})
        return result if out is None else write_out(name, result.contiguous(), out, (input, src), "same quiet")

    publish(name, function, doc)
    return function


def _slice(x: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    if not x.ndim:
        raise IndexError("slice_scatter() cannot be applied to a 0-dim tensor.")
    for argument, value in (("start", start), ("end", end), ("step", step)):
        if value is not None and not is_int(value):
            raise TypeError(f"slice_scatter(): argument '{argument}' must be int, not {type_name(value)}")
    if step <= 0:
        raise RuntimeError(f"slice_scatter(): argument 'step': slice step must be positive, got {step}")
    d = kind_of(Dim).parse(dim, "slice_scatter", "dim", 3, x.ndim)
    return index_basic(x, along(d, slice(start, end, step)))


def _select(x: Tensor, dim: int, index: int) -> Tensor:
    return FUNCTIONS["select"](x, dim, index)


def _diagonal(x: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    return FUNCTIONS["diagonal"](x, offset, dim1, dim2)


def _as_strided(x: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    return FUNCTIONS["as_strided"](x, size, stride, storage_offset)


_replacing("select_scatter", _select, "替换一个位置 / A copy with ``src`` at ``index`` of dimension ``dim``.")
_replacing(
    "slice_scatter", _slice, "替换一段切片 / A copy with ``src`` at a slice (start, end, step) of ``dim``.", True
)
_replacing("diagonal_scatter", _diagonal, "替换对角线 / A copy with ``src`` on a diagonal of two dimensions.")
_dense_scatter = _replacing("as_strided_scatter", _as_strided, "")


def _as_strided_scatter(
    input: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: int | None = None
) -> Tensor:
    """按步幅替换 / A copy, of all the storage, with ``src`` where a view by raw strides reads."""
    if not isinstance(input, Tensor):
        return _dense_scatter(input, src, size, stride, storage_offset)
    here = input.storage_offset()
    elements = input.untyped_storage().nbytes() // input.element_size()
    if input.numel() == elements:
        return _dense_scatter(input, src, size, stride, storage_offset)
    whole = input.as_strided((elements,), (1,), 0)
    made = _dense_scatter(whole, src, size, stride, here if storage_offset is None else storage_offset)
    out = made.as_strided(input.shape, input.stride(), here)
    out._view = None  # memory of its own
    return out


publish("as_strided_scatter", _as_strided_scatter)


@by_example
def _fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """填充主对角线 / Write a number on the main diagonal, in place; ``wrap``: again below a tall matrix's square.

    ``RuntimeError`` for fewer than two dimensions, and for more than two of different sizes.
    """
    if self.ndim < 2:
        raise RuntimeError(f"fill_diagonal_(): dimensions must larger than 1, got {self.ndim}")
    shape, strides = self._array.shape, self.stride()
    if self.ndim > 2 and len(set(shape)) > 1:
        raise RuntimeError(f"fill_diagonal_(): all dimensions of input must be of equal length, got {list(shape)}")
    n, step = min(shape), sum(strides)
    self.as_strided((n,), (step,), self.storage_offset()).fill_(fill_value)
    if wrap and self.ndim == 2 and shape[0] > shape[1] + 1:
        below = -(-self.numel() // (shape[1] + 1)) - n
        start = self.storage_offset() + strides[0] * (shape[1] + 1)
        self.as_strided((below,), (step,), start).fill_(fill_value)
    return self


publish("fill_diagonal_", _fill_diagonal_, namespace=False)
