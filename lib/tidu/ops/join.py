"""Joining and rearranging tensors; all of it copies. 拼接与重排。"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import AnyDims, Dim, Int, Ints, NewDim, VarDims, kind_of
from tidu._backend import blank_like, row_major, zeros_beside
from tidu._define import op, publish
from tidu._operands import Away, write_out
from tidu._overlap import SHARED
from tidu._tensor import Tensor, wrap
from tidu.ops.broadcast import at_least_1d, at_least_2d, at_least_3d
from tidu.ops.slicing import basic, index_basic
from tidu.ops.view import diagonal, diagonal_backward, reshape

# ---- joining


@op(lambda g, tensors_shape, dim: _cut(g, tensors_shape, dim), variadic=True, jvp="linear", public=False)
def cat(tensors, dim: Int = 0):
    """拼接 / Tensors joined along an existing dimension."""
    return row_major(np.concatenate(tensors, axis=dim))


def _cut(g: Any, shapes: Sequence[Sequence[int]], dim: int) -> list[Any]:
    parts, start = [], 0
    for shape in shapes:
        parts.append(basic(g, (*[slice(None)] * dim, slice(start, start + shape[dim]), ...)))
        start += shape[dim]
    return parts


@op(lambda g, tensors_shape, dim: [_slice_at(g, dim, i) for i in range(len(tensors_shape))], variadic=True,
    jvp="linear", public=False)  # fmt: skip
def stack(tensors, dim: Int = 0):
    """堆叠 / Tensors of one shape joined along a new dimension."""
    if dim == 0 and tensors[0].ndim:
        return row_major(np.concatenate(tensors)).reshape((len(tensors), *tensors[0].shape))  # np.stack's time is 3x
    if dim == 0 and type(tensors[0]) is np.ndarray:
        return np.array(tensors)  # np.stack's time is 15x
    return row_major(np.stack(tensors, axis=dim))


def _slice_at(g: Any, dim: int, i: int) -> Any:
    at = (*[slice(None)] * dim, i)
    return index_basic(g, at) if isinstance(g, Tensor) else g[(*at, ...)]


def _joined(made: Any, name: str, tensors: Sequence[Tensor], dim: int, out: Any) -> Tensor:
    """The tensors in their common dtype, joined."""
    common = _in_common(tensors)
    target = common[0]._array.dtype
    if isinstance(out, Tensor) and not np.can_cast(target, out._array.dtype, "same_kind"):
        raise TypeError(f"{name}(): argument 'out': input types can't be cast to the desired output type {out.dtype}")
    result = made.record(common, {"dim": dim})
    return result if out is None else write_out(name, result, out, tensors)


def _in_common(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    first = tensors[0]._array.dtype
    if all(t._array.dtype is first for t in tensors):
        return tensors
    target = _dtypes.result_type([t._array for t in tensors])
    return [t if t._array.dtype == target else t.to(_dtypes.of(target)) for t in tensors]


def _cat(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """拼接 / The tensors joined along dimension ``dim``; their other sizes must agree. Dtypes are promoted.

    Empty vectors join anything. Source: https://docs.pytorch.org/docs/stable/generated/torch.cat.html
    """
    if isinstance(tensors, (tuple, list)) and not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    cat.check_operands([tensors])
    if any(t is out for t in tensors):
        raise RuntimeError(f"cat(): argument 'out': {SHARED}")
    shapes = [t._array.shape for t in tensors]
    if () in shapes:
        raise RuntimeError(f"zero-dimensional tensor (at position {shapes.index(())}) cannot be concatenated")
    first = next((s for s in shapes if s != (0,)), (0,))
    d = kind_of(Dim).parse(dim, "cat", "dim", 2, len(first))
    for k, s in enumerate(shapes):
        if s == (0,):
            continue
        if len(s) != len(first):
            raise RuntimeError(f"cat(): Tensors must have same number of dimensions: got {len(first)} and {len(s)}")
        for axis, (a, b) in enumerate(zip(first, s, strict=True)):
            if axis != d and a != b:
                raise RuntimeError(
                    f"cat(): Sizes of tensors must match except in dimension {d}. Expected size {a} but got size {b} "
                    f"for tensor number {k} in the list."
                )
    nothing = (*first[:d], 0, *first[d + 1 :])
    used = [reshape(t, nothing) if t._array.shape == (0,) else t for t in tensors]
    return _joined(cat, "cat", used, d, out)


for _name in ("cat", "concat", "concatenate"):
    publish(_name, _cat, method=False)


def stacked(tensors: Any, room: Callable[[tuple[int, ...], np.dtype], np.ndarray] | None = None) -> Tensor | None:
    """The stack of plain tensors of one shape and dtype, which samples are that become a batch; None for others.

    ``room`` gives the memory for it.
    """
    if Away.used or not isinstance(tensors, (list, tuple)) or not tensors:
        return None
    arrays = []
    dtype = last = None
    for t in tensors:
        if type(t) is not Tensor or t._node is not None or t._requires_grad or t._tangent is not None:
            return None
        view, a = t._view, t._array
        if view is not None and view.base is not last:
            last = view.base
            if last.requires_grad:
                return None
        if a.dtype is not dtype:
            if dtype is not None:
                return None
            dtype = a.dtype
        arrays.append(a)
    first = arrays[0]
    try:
        if not first.ndim or room is None:
            if first.ndim and len(set(map(len, arrays))) > 1:
                return None
            return wrap(stack.kernel(arrays, 0))
        out = room((len(arrays), *first.shape), first.dtype)
        np.concatenate(arrays, out=out.reshape(-1, *first.shape[1:]))
        return wrap(out)
    except (TypeError, ValueError):  # of several shapes
        return None


def _stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """堆叠 / The tensors, all of one shape, along a new dimension ``dim``."""
    if type(dim) is int and dim == 0 and out is None and (made := stacked(tensors)) is not None:
        return made
    stack.check_operands([tensors])
    first = tensors[0]._array
    for k, t in enumerate(tensors):
        if t._array.shape != first.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first.shape)} at entry 0 and "
                f"{list(t._array.shape)} at entry {k}"
            )
    return _joined(stack, "stack", tensors, kind_of(NewDim).parse(dim, "stack", "dim", 2, first.ndim), out)


publish("stack", _stack, method=False)


def _stacking(name: str, prepare: Callable[[Tensor], Tensor], axis: Callable[[Tensor], int], doc: str) -> None:
    """``hstack`` and its like: every tensor brought to a rank, then ``cat``."""

    def function(tensors: Any, *, out: Any = None) -> Tensor:
        if isinstance(tensors, (tuple, list)) and not tensors:
            raise RuntimeError(f"{name} expects a non-empty TensorList")
        cat.check_operands([tensors])
        ready = [prepare(t) for t in tensors]
        return _cat(ready, axis(ready[0]), out=out)

    publish(name, function, doc, method=False)


_stacking("hstack", at_least_1d, lambda first: 0 if first.ndim == 1 else 1,
          "横向拼接 / Tensors side by side: joined along dimension 1, vectors along their only one.")  # fmt: skip
for _name in ("vstack", "row_stack"):
    _stacking(_name, at_least_2d, lambda first: 0, "纵向拼接 / Tensors below each other; a vector is one row.")
_stacking("dstack", at_least_3d, lambda first: 2, "沿第三维拼接 / Tensors behind each other, joined along dimension 2.")
_stacking("column_stack", lambda t: t if t.ndim > 1 else reshape(t, (t.numel(), 1)), lambda first: 1,
          "按列拼接 / Tensors side by side; a vector is one column.")  # fmt: skip


@op(lambda g, tensors_shape: [basic(g, at) for at in _blocks(tensors_shape)], variadic=True, jvp="linear",
    public=False)  # fmt: skip
def block_diag(tensors):
    """分块对角 / Matrices along the diagonal of a larger one, zeros elsewhere."""
    shapes = [t.shape for t in tensors]
    out = zeros_beside(tensors[0], (sum(h for h, _ in shapes), sum(w for _, w in shapes)))
    for t, at in zip(tensors, _blocks(shapes), strict=True):
        out[at] = t
    return out


def _blocks(shapes: Sequence[Sequence[int]]) -> list[tuple[slice, slice]]:
    places, row, column = [], 0, 0
    for height, width in shapes:
        places.append((slice(row, row + height), slice(column, column + width)))
        row, column = row + height, column + width
    return places


def _block_diag(*tensors: Any) -> Tensor:
    """分块对角 / Tensors of at most two dimensions along the diagonal of a matrix, zeros elsewhere.

    ``RuntimeError`` for one with more dimensions.
    """
    if not tensors:
        return wrap(np.zeros((1, 0), _dtypes.default_floating()))
    block_diag.check_operands([tensors])
    for k, t in enumerate(tensors):
        if t.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {k} has {t.ndim} dimensions"
            )
    blocks = [t if t.ndim == 2 else reshape(t, (1, t.numel())) for t in tensors]
    return block_diag.record(_in_common(blocks), {})


publish("block_diag", _block_diag, method=False)


# ---- rearranging


@op(lambda g, dims: flip(g, dims), jvp="linear", out=False)
def flip(x, dims: VarDims):
    """翻转 / Elements in reverse order along ``dims``; a copy."""
    out = blank_like(x)
    out[...] = np.flip(x, dims if dims and x.ndim else ())
    return out


def _flipping(name: str, dim: int) -> None:
    def function(input: Tensor) -> Tensor:
        flip.check_operands((input,))
        if input.ndim <= dim:
            raise RuntimeError(f"{name}(): Input must be >= {dim + 1}-d., got shape {list(input.shape)}")
        return flip.record((input,), {"dims": (dim,)})

    publish(name, function, f"{('上下', '左右')[dim]}翻转 / Elements in reverse order along dimension {dim}; a copy.")


_flipping("flipud", 0)
_flipping("fliplr", 1)


@op(lambda g, k, dims: rot90(g, -k, dims), jvp="linear", out=False, public=False)
def rot90(x, k: Int, dims: Ints):
    """旋转 90 度 / Turned ``k`` times by 90 degrees in the plane of two dimensions."""
    first, second = dims
    if k % 2 == 0:
        return flip.kernel(x, dims) if k % 4 else x.copy()
    return flip.kernel(x, (second if k % 4 == 1 else first,)).swapaxes(first, second)


def _rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """旋转 90 度 / Turned ``k`` times by 90 degrees, from the first of ``dims`` towards the second; a copy."""
    rot90.check_operands((input,))
    turns = kind_of(Int).parse(k, "rot90", "k", 2, 0)
    count = len(kind_of(Ints).parse(dims, "rot90", "dims", 3, 0))
    if count != 2:
        raise RuntimeError(f"rot90(): expected total rotation dims == 2, but got dims = {count}")
    if input.ndim < 2:
        raise RuntimeError(f"rot90(): expected total dims >= 2, but got total dims = {input.ndim}")
    plane = tuple(kind_of(Dim).parse(d, "rot90", "dims", 3, input.ndim) for d in dims)
    if plane[0] == plane[1]:
        raise RuntimeError(f"rot90(): expected rotation dims to be different, but got dim0 = dim1 = {plane[0]}")
    return rot90.record((input,), {"k": turns, "dims": plane})


publish("rot90", _rot90)


@op(lambda g, shifts, dims: roll(g, tuple(-s for s in shifts), dims), jvp="linear", out=False)
def roll(x, shifts: Ints, dims: AnyDims = None):
    """循环移位 / Elements shifted around along ``dims``, or flattened."""
    dims = dims or ()
    if not shifts:
        raise RuntimeError("roll(): argument 'shifts': `shifts` required, got ()")
    if not dims and len(shifts) == 1:
        return row_major(np.roll(x, shifts[0]))
    if dims and not x.ndim:
        raise IndexError(f"roll(): argument 'dims': Dimension specified as {dims[0]} but tensor has no dimensions")
    if len(shifts) != len(dims):
        raise RuntimeError(f"roll(): shifts and dimensions must align. shifts: {len(shifts)}, dims: {len(dims)}")
    return row_major(np.roll(x, shifts, dims))


def _wants_matrix(function: str, x: Any) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"{function}(): argument 'input' must have at least 2 dimensions, got shape {list(x.shape)}")


@op(lambda g, diagonal: tril(g, diagonal), jvp="linear", inplace=True, out="same")
def tril(x, diagonal: Int = 0):
    """下三角 / The elements on and below a diagonal, zeros elsewhere."""
    _wants_matrix("tril", x)
    return row_major(np.tril(x, diagonal))


@op(lambda g, diagonal: triu(g, diagonal), jvp="linear", inplace=True, out="same")
def triu(x, diagonal: Int = 0):
    """上三角 / The elements on and above a diagonal, zeros elsewhere."""
    _wants_matrix("triu", x)
    return row_major(np.triu(x, diagonal))


# ---- diagonals


@op(lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2), jvp="linear", public=False)
def diag_embed(x, offset: Int = 0, dim1: Int = -2, dim2: Int = -1):
    """嵌入对角线 / Zeros with the last dimension of ``x`` on a diagonal of two new dimensions."""
    n = x.shape[-1] + abs(offset)
    shape = list(x.shape[:-1])
    for d in sorted((dim1, dim2)):
        shape.insert(d, n)
    return diagonal_backward.kernel(x, tuple(shape), offset, dim1, dim2)


def _diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """嵌入对角线 / The last dimension on a diagonal of two new dimensions ``dim1`` and ``dim2``, zeros elsewhere."""
    diag_embed.check_operands((input,))
    if not input.ndim:
        raise RuntimeError("diag_embed(): argument 'input' must have at least 1 dimension, got a 0-d tensor")
    first = kind_of(NewDim).parse(dim1, "diag_embed", "dim1", 3, input.ndim)
    second = kind_of(NewDim).parse(dim2, "diag_embed", "dim2", 4, input.ndim)
    if first == second:
        raise RuntimeError(f"diag_embed(): dimensions 'dim1' and 'dim2' cannot be identical: {dim1}, {dim2}")
    shift = kind_of(Int).parse(offset, "diag_embed", "offset", 2, 0)
    return diag_embed.record((input,), {"offset": shift, "dim1": first, "dim2": second})


@op(lambda g, x_shape, offset: diagonal_backward(g, x_shape, offset, 0, 1), jvp="linear", public=False,
    grad_name="DiagonalBackward0_copy")  # fmt: skip
def diagonal_copy(x, offset: Int = 0):
    """取对角线 / The diagonal of a matrix; a copy."""
    return np.diagonal(x, offset).copy()


def _diag(input: Tensor, diagonal: int = 0, *, out: Any = None) -> Tensor:
    """对角线 / The diagonal of a matrix, or a matrix with the vector on its diagonal; both copies."""
    diagonal_copy.check_operands((input,))
    offset = kind_of(Int).parse(diagonal, "diag", "diagonal", 2, 0)
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): argument 'input' must have 1 or 2 dimensions, got shape {list(input.shape)}")
    made = diagonal_copy.record((input,), {"offset": offset}) if input.ndim == 2 else _diag_embed(input, offset)
    if out is None:
        return made
    if isinstance(out, Tensor) and out._array.dtype != made._array.dtype:
        raise RuntimeError(f"diag(): Expected out tensor to have dtype {made.dtype}, but got {out.dtype} instead")
    return write_out("diag", made, out, (), "quiet")


publish("diag_embed", _diag_embed)
publish("diag", _diag)


def _diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """展平后放上对角线 / A matrix with all elements of the input on a diagonal, zeros elsewhere."""
    diag_embed.check_operands((input,))
    return _diag_embed(reshape(input, (input.numel(),)), offset)


publish("diagflat", _diagflat)
