"""Reductions. 归约。

``unreduce`` is the gradient's way back: a reduced tensor spread out over the dimensions that were reduced.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Dim, DType, Flag, OptionalDim, ReduceDims, type_name
from tidu._backend import as_array, row_major
from tidu._define import op, publish
from tidu._kernels import product, total
from tidu._operands import check_tensors, write_out
from tidu._tensor import Tensor, wrap
from tidu.ops import pointwise as pw
from tidu.ops.arithmetic import maximum, minimum
from tidu.ops.gather import scatter_zero
from tidu.ops.join import cat
from tidu.ops.slicing import along, basic
from tidu.ops.view import expand, reshape


def restore(g: Any, shape: tuple[int, ...], dim: tuple[int, ...] | None, keepdim: bool) -> Any:
    """``g`` with the reduced dimensions back, of size 1."""
    if keepdim or g.ndim == len(shape):
        return g
    return reshape(g, tuple(1 if dim is None or d in dim else n for d, n in enumerate(shape)))


def unreduce(g: Any, shape: tuple[int, ...], dim: tuple[int, ...] | None, keepdim: bool) -> Any:
    """``g`` repeated over the reduced dimensions, without copying."""
    return expand(restore(g, shape, dim, keepdim), shape)


def count(shape: tuple[int, ...], dim: tuple[int, ...] | None) -> int:
    """How many elements each result of a reduction is made of."""
    return math.prod(shape if dim is None else [shape[d] for d in dim])


def _by_dim(args: Any, attrs: dict[str, Any]) -> int:
    """PyTorch's overloads: over everything, or over dims that were named."""
    return int(attrs["dim"] is not None)


def packed(x: Any) -> Any:
    """A reduction's result, row-major as PyTorch allocates it; NumPy would keep the order of the operand's strides."""
    return row_major(as_array(x))


@op(lambda g, x_shape, dim, keepdim: unreduce(g, x_shape, dim, keepdim), name="sum", jvp="linear", dtype="long",
    variant=_by_dim, public=False)  # fmt: skip
def sum_(x, dim: ReduceDims = None, keepdim: Flag = False, *, dtype: DType = None):
    """求和 / Sum over ``dim`` (all dimensions by default); integers are summed as int64."""
    if dtype is not None and dtype.kind == "b":
        return packed(np.any(x, axis=dim, keepdims=keepdim))
    return packed(total(x, dim, keepdim))


@op(lambda g, x_shape, dim, keepdim: unreduce(g, x_shape, dim, keepdim) / count(x_shape, dim), jvp="linear",
    dtype="promote", variant=_by_dim)  # fmt: skip
def mean(x, dim: ReduceDims = None, keepdim: Flag = False, *, dtype: DType = None):
    """平均 / Mean over ``dim``; floating or complex only."""
    if x.dtype.kind not in "fc":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "
            + _dtypes.TYPE_NAMES[_dtypes.of(x.dtype)].removesuffix("Tensor")
        )
    return packed(_mean(x, dim, keepdim))


def _mean(x: Any, dim: Any, keepdim: bool) -> Any:
    """NumPy warns of a mean of nothing; PyTorch gives nan without a word."""
    if x.size and x.dtype.char in "fd":
        return total(x, dim, keepdim) / x.dtype.type(count(x.shape, dim))
    if x.size:
        return x.mean(axis=dim, keepdims=keepdim)
    return x.sum(axis=dim, keepdims=keepdim) / x.dtype.type(0)


@op(
    lambda g, x, out, dim, keepdim: _product_gradient(g, x, out, dim, keepdim),
    dtype="long",
    variant=_by_dim,
    public=False,
)
def prod(x, dim: OptionalDim = None, keepdim: Flag = False, *, dtype: DType = None):
    """连乘 / Product over ``dim``."""
    if dtype is not None and dtype.kind == "b":
        return packed(np.all(x, axis=dim if x.ndim else None, keepdims=keepdim))
    return packed(product(x, dim if x.ndim else None, keepdim))


def accumulating(made: Any, whole_out: bool) -> Callable[..., Any]:
    """The public function of a sum or a product: with ``out=`` it is taken in out's dtype."""
    plain = made.public

    def function(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is None:
            return plain(input, *args, **kwargs)
        if not whole_out and not args and "dim" not in kwargs:
            raise TypeError(f"{made.name}() received an invalid combination of arguments: 'out' without 'dim'")
        if isinstance(out, Tensor):
            kwargs.setdefault("dtype", out.dtype)
        return plain(input, *args, out=out, **kwargs)

    return function


publish("sum", accumulating(sum_, whole_out=False), sum_.__doc__)
publish("prod", accumulating(prod, whole_out=False), prod.__doc__)


def _product_gradient(g: Any, x: Any, out: Any, dim: int | None, keepdim: bool) -> Any:
    """The product of all others: that of all over x or, where there are zeros, of what is before and behind."""
    if math.prod(x.shape if dim is None else x.shape[dim : dim + 1]) > 1 and not (x == 0).any():
        return g * out / x if dim is None else unreduce(g * out, x.shape, (dim,), keepdim) / x
    if dim is None:
        flat = reshape(x, (-1,))
        return reshape(g * _others(flat, 0), x.shape)
    return unreduce(g, x.shape, (dim,), keepdim) * _others(x, dim)


def _others(x: Any, dim: int) -> Any:
    """Along ``dim``, at each position the product of the elements at all other positions."""
    n = x.shape[dim] if x.ndim else 1
    if n <= 1:
        return x * 0 + 1
    take = lambda a, b: narrow_raw(x, dim, a, b)  # noqa: E731
    before = [None] + [take(0, i) for i in range(1, n)]
    parts = []
    for i in range(n):
        left = _fold(before[i], dim)
        right = _fold(take(i + 1, n) if i + 1 < n else None, dim)
        parts.append(right if left is None else left if right is None else left * right)
    return cat(parts, dim)


def _fold(x: Any, dim: int) -> Any:
    return None if x is None else prod(x, dim, True)


def narrow_raw(x: Any, dim: int, start: int, stop: int) -> Any:
    return basic(x, along(dim, slice(start, stop)))


# ---- extreme values


def _spread(g: Any, x: Any, out: Any, dim: Any, keepdim: bool) -> Any:
    """An extreme value's gradient, shared equally among the elements that attain it."""
    hit = x == restore(out, x.shape, dim, keepdim)
    share = cast_like(hit, g) / sum_(cast_like(hit, g), dim, True)
    return restore(g, x.shape, dim, keepdim) * share


def spread_to_all(g: Any, x: Any, out: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The gradient of one element of the whole tensor, shared by those equal to it; a NaN goes to the NaNs."""
    hit = (x == out) | ((x != x) & (out != out))
    count = sum_(cast_like(hit, g), None, False)
    return pw.where(hit, g / (count + (count == 0)), pw.zeros(x))  # none is left where .data was written


def cast_like(mask: Any, g: Any) -> Any:
    """A boolean mask in the dtype of ``g``, in either reading."""
    return wrap(mask._array.astype(g._array.dtype)) if isinstance(mask, Tensor) else mask.astype(g.dtype)


def _extreme(name: str, kernel: Callable[..., Any], doc: str, grad_name: str, formula: Any = _spread) -> Any:
    def run(x, dim: ReduceDims = None, keepdim: Flag = False):
        if x.size == 0 and (dim is None or any(x.shape[d] == 0 for d in dim)):
            raise (RuntimeError if dim is None else IndexError)(
                f"{name.removesuffix('_all')}(): Expected reduction dim to be specified for input.numel() == 0. "
                f"Specify the reduction dim with the 'dim' argument: the input has shape {list(x.shape)}."
            )
        return packed(kernel(x, axis=dim, keepdims=keepdim))

    run.__doc__ = doc
    return op(lambda g, x, out, dim, keepdim: formula(g, x, out, dim, keepdim), name=name, grad_name=grad_name,
              kinds="biuf", public=not name.endswith("_all"),
              out="same" if name in ("amax", "amin") else True)(run)  # fmt: skip


amax = _extreme("amax", np.max, "最大值 / Largest over ``dim``; ties share the gradient.", "AmaxBackward0")
amin = _extreme("amin", np.min, "最小值 / Smallest over ``dim``; ties share the gradient.", "AminBackward0")
max_all = _extreme("max_all", np.max, "最大值 / Largest element.", "MaxBackward1", spread_to_all)
min_all = _extreme("min_all", np.min, "最小值 / Smallest element.", "MinBackward1", spread_to_all)


def with_index(
    name: str, kernel: Callable[..., Any], doc: str, grad_name: str, kinds: str = "biuf", refuses: Any = RuntimeError,
    public: bool = False,
) -> Any:  # fmt: skip
    """Value and position along one dimension; the gradient goes to that position."""

    def run(x, dim: Dim = -1, keepdim: Flag = False):
        if x.ndim == 0:
            return x.copy(), np.zeros((), np.int64, like=x)
        if x.shape[dim] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
        index = np.expand_dims(kernel(x, dim), dim)
        value = np.take_along_axis(x, index, dim)
        index = index.astype(np.int64)
        return (value, index) if keepdim else (value.squeeze(dim), index.squeeze(dim))

    run.__doc__ = doc
    return op(lambda g, x_shape, indices, dim, keepdim: extreme_at(g, x_shape, indices, dim, keepdim),
              name=name if public else f"{name}_dim", outputs=("values", "indices"), public=public, grad_name=grad_name,
              kinds=kinds, refuses=refuses)(run)  # fmt: skip


def extreme_at(g: Any, shape: tuple[int, ...], indices: Any, dim: int, keepdim: bool) -> Any:
    if not shape:
        return g
    index = indices._array if isinstance(indices, Tensor) else indices
    return scatter_zero(restore(g, shape, (dim,), keepdim), restore(index, shape, (dim,), keepdim), shape, dim)


def _nan_first(pick: Callable[..., Any]) -> Callable[..., Any]:
    """NaN counts as the extreme value, the first one wins: NumPy's argmax and argmin already see it so."""
    return lambda x, dim: as_array(pick(x, axis=dim))


max_dim = with_index("max", _nan_first(np.argmax), "最大值与位置 / Largest along ``dim``, and where.", "MaxBackward0")
min_dim = with_index("min", _nan_first(np.argmin), "最小值与位置 / Smallest along ``dim``, and where.", "MinBackward0")


def max_or_min(name: str, whole: Any, along: Any, doc: str, pairwise: Any = None) -> None:
    """The function that reduces everything without ``dim``, one dimension with it, and compares two tensors."""

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
        if pairwise is not None and ((args and isinstance(args[0], Tensor)) or "other" in kwargs):
            return pairwise.public(input, *args, **kwargs)
        if not args and "dim" not in kwargs and "axis" not in kwargs and "keepdim" not in kwargs:
            return whole.public(input, **kwargs)
        return along.public(input, *args, **kwargs)

    publish(name, function, doc)


max_or_min("max", max_all, max_dim, "最大值 / Largest of all; along ``dim`` with positions; or of two.", maximum)
max_or_min("min", min_all, min_dim, "最小值 / Smallest of all; along ``dim`` with positions; or of two.", minimum)


def _argument(name: str, kernel: Callable[..., Any], doc: str) -> Any:
    def run(x, dim: OptionalDim = None, keepdim: Flag = False):
        if x.dtype == bool:
            raise RuntimeError(f"{name}(): does not support bool input: a numeric tensor is wanted")
        if x.size == 0 and (dim is None or x.shape[dim] == 0):
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        if not x.ndim:
            return np.zeros((), np.int64, like=x)
        return as_array(kernel(x, axis=dim, keepdims=keepdim)).astype(np.int64)

    run.__doc__ = doc
    return op(name=name, out="same quiet", kinds="biuf", refuses=RuntimeError)(run)


argmax = _argument("argmax", np.argmax, "最大值的位置 / Position of the largest element.")
argmin = _argument("argmin", np.argmin, "最小值的位置 / Position of the smallest element.")


@op(name="all", out="same quiet")
def all_(x, dim: ReduceDims = None, keepdim: Flag = False):
    """是否全为真 / Whether all are true."""
    return packed(np.all(x, axis=dim, keepdims=keepdim)).astype(x.dtype if x.dtype == np.uint8 else bool)


@op(name="any", out="same quiet")
def any_(x, dim: ReduceDims = None, keepdim: Flag = False):
    """是否有真 / Whether any is true."""
    return packed(np.any(x, axis=dim, keepdims=keepdim)).astype(x.dtype if x.dtype == np.uint8 else bool)


@op(name="count_nonzero", out=False)
def count_nonzero(x, dim: ReduceDims = None):
    """非零元素个数 / Number of elements that are not zero."""
    return packed(np.count_nonzero(x, axis=dim)).astype(np.int64)


# ---- spread


@op(lambda g, x, dim, correction, keepdim: _variance_gradient(g, x, dim, correction, keepdim), public=False)
def var(x, dim: ReduceDims = None, correction: As = 1, keepdim: Flag = False):
    """方差 / Variance over ``dim``, divided by ``n - correction``."""
    n = count(x.shape, dim) - correction
    if x.size:  # measured from an element, so that equal elements have a spread of exactly zero
        x = x - x[tuple(slice(1) if dim is None or d in dim else slice(None) for d in range(x.ndim))]
    away = x - _mean(x, dim, True)
    squares = np.square(away) if x.dtype.kind != "c" else np.square(away.real) + np.square(away.imag)
    return packed(total(squares, dim, keepdim) / max(n, 0))


def _variance_gradient(g: Any, x: Any, dim: Any, correction: float, keepdim: bool) -> Any:
    n = count(x.shape, dim) - correction
    if n <= 0 and (dim is None or not x.ndim):
        level = pw.zeros(x)
        slope = pw.where(x == mean(x, None, True), level + math.nan, level + math.inf)
        return restore(g, x.shape, dim, keepdim) * slope
    if n == 0:
        return restore(g, x.shape, dim, keepdim) * ((x - mean(x, dim, True)) * math.inf)
    return restore(g, x.shape, dim, keepdim) * ((x - mean(x, dim, True)) * (2 / n))


@op(lambda g, x, out, dim, correction, keepdim: _variance_gradient(
        pw.where(out == 0, pw.zeros(g), g / (out * 2)), x, dim, correction, keepdim), public=False)  # fmt: skip
def std(x, dim: ReduceDims = None, correction: As = 1, keepdim: Flag = False):
    """标准差 / Standard deviation over ``dim``."""
    return np.sqrt(var.kernel(x, dim, correction, keepdim))


def spread_options(
    name: str, made: Any, input: Any, dim: Any, unbiased: Any, keepdim: Any, correction: Any, out: Any = None
) -> dict[str, Any]:
    """The attributes of ``made``, a variance, from the arguments that it and its like are called with."""
    if isinstance(dim, bool):  # std(unbiased)
        dim, unbiased = None, dim
    check_tensors(name, input=input)
    if input._array.dtype.kind not in "fcV":
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes: argument 'input' of {name}() is {input.dtype}"
        )
    if out is not None and unbiased is not None and dim is None:
        raise TypeError(f"{name}() received an invalid combination of arguments: 'out' without 'dim'")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    where = () if dim is None else (dim,)
    attrs: dict[str, Any] = made.bind((input, *where), {"keepdim": keepdim, "correction": correction})[1]
    if (count(input._array.shape, attrs["dim"]) if input._array.size else 0) <= correction:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input numel divided by output numel).",
            UserWarning,
            stacklevel=3,
        )
    return attrs


def _spread_function(name: str, made: Any) -> Callable[..., Any]:
    def function(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
                 correction: Any = None, out: Any = None) -> Tensor:  # fmt: skip
        result = made.record((input,), spread_options(name, made, input, dim, unbiased, keepdim, correction, out))
        return result if out is None else write_out(name, result, out, (input,))

    function.__doc__ = made.__doc__
    return function


publish("var", _spread_function("var", var))
publish("std", _spread_function("std", std))


@op(lambda g, x, out, dim, keepdim: restore(g, x.shape, dim, keepdim) * pw.exp(x - restore(out, x.shape, dim, keepdim)),
    dtype="float")  # fmt: skip
def logsumexp(x, dim: ReduceDims, keepdim: Flag = False):
    """指数和的对数 / log(sum(exp(x))) over ``dim``, without overflow."""
    size = x.real  # of exp(x)
    top = size.max(axis=dim, keepdims=True) if x.size else size.dtype.type(0)
    top = np.where(np.isfinite(top), top, size.dtype.type(0))
    total = np.log(np.exp(x - top).sum(axis=dim, keepdims=True)) + top
    if keepdim:
        return packed(total)
    return packed(total.squeeze(axis=dim if dim is not None else tuple(range(x.ndim))))
