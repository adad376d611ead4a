"""Writing where an index says, several values at one place reduced: their sum, product, mean, largest. 归约地写。

``scatter_reduce`` and ``index_reduce`` differ in how an index says where; the rest is written once (``_reducing``).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Flag, Int, Places, kind_of
from tidu._backend import as_array
from tidu._define import op
from tidu._op import Op, enter
from tidu._tensor import Tensor
from tidu.ops.gather import Indices, Vector, check_grid, check_range, gather, grid, index_select, rows
from tidu.ops.index import clear_index
from tidu.ops.pointwise import where, zeros
from tidu.ops.scatter import corner, index_add, publish_writer, scatter_add, writer_call
from tidu.ops.slicing import slice_backward

_COMBINE = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _start(reduce: str, dtype: np.dtype) -> Any:
    """The value that leaves the others as they are."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod" or dtype.kind == "b":
        return reduce != "amax"
    least = reduce == "amax"
    if dtype.kind in "iu":
        return np.iinfo(dtype).min if least else np.iinfo(dtype).max
    return -np.inf if least else np.inf


def _refuse_again(g: Any) -> Any:
    raise RuntimeError(
        "scatter_reduce(): Double backward is unsupported for src when >1 zeros in src are scattered to the same "
        "position in self"
    )


once: Op = enter(Op(lambda x: x, [lambda g: _refuse_again(g)], name="_once_differentiable"))


def _reducing(
    name: str,
    place: Callable[[Any, int], Any],
    check: Callable[..., None],
    part: Callable[[Any, Any], Any],
    read: Callable[..., Any],
    add: Callable[..., Any],
) -> Op:
    """``place``: the advanced index that an index stands for; ``part``: what of the source it uses; ``read`` and
    ``add``: the ops that take values from there and add values there."""

    def kernel(x, src, dim: Int, index: Places, reduce: As, include_self: As):
        """按下标归约地写 / ``x`` with ``src`` combined into the positions of ``index`` along ``dim``."""
        check(name, x, index, dim, src)
        out = as_array(x).copy()
        if not index.size:
            return out
        flat, at, values = np.atleast_1d(out), place(index, dim), part(src, index)
        if not include_self:
            flat[at] = _start(reduce, x.dtype)
        _COMBINE[reduce].at(flat, at, values)
        if reduce == "mean":
            count = np.full(flat.shape, int(include_self), dtype=np.int64, like=flat)
            np.add.at(count, at, 1)
            count = np.maximum(count, 1)
            flat[...] = flat // count.astype(x.dtype) if x.dtype.kind in "iu" else flat / count.astype(x.dtype)
        return out

    def count(one: Any, two: Any, dim: int, index: Any) -> Any:
        return add(one, two, dim, index)

    def to_x(g: Any, x: Any, src: Any, out: Any, dim: int, index: Any, reduce: str, include_self: bool) -> Any:
        if not index.size:
            return g
        if reduce == "prod":
            known = where(x == 0, 1.0, x)
            g = g * made(known, src, dim, index, reduce, include_self) / known
        elif reduce == "mean":
            g = g / _at_least_one(count(zeros(g) + include_self, _ones(part(src, index)), dim, index))
        elif reduce != "sum":
            g = (x == out) * (g / sharing(x, src, out, dim, index))
        if include_self:
            return g
        return clear_index(g, place(index, dim))

    def to_src(g: Any, x: Any, src: Any, out: Any, dim: int, index: Any, reduce: str, include_self: bool) -> Any:
        if not index.size:
            return zeros(src)
        used = part(src, index)
        if reduce == "prod":
            found = product(g, x, used, out, dim, index, include_self)
        elif reduce == "mean":
            n = _at_least_one(count(zeros(g) + include_self, _ones(used), dim, index))
            found = read(g / n, dim, index)
        elif reduce == "sum":
            found = read(g, dim, index)
        else:
            shared = g / sharing(x, src, out, dim, index)
            found = (used == read(out, dim, index)) * read(shared, dim, index)
        found = found if found.ndim else found.reshape(used.shape)
        if found.shape == src.shape:
            return found
        return slice_backward(found, tuple(src.shape), tuple(slice(n) for n in found.shape))

    def sharing(x: Any, src: Any, out: Any, dim: int, index: Any) -> Any:
        """How many values are the largest, or smallest, at each place: they share its gradient."""
        used = part(src, index)
        mine = where(x == out, 1.0, zeros(x))
        theirs = where(used == read(out, dim, index), 1.0, zeros(used))
        return count(mine, theirs, dim, index)

    def product(g: Any, x: Any, src: Any, out: Any, dim: int, index: Any, include_self: bool) -> Any:
        zero = src == 0
        zeros_there = read(count(zeros(x), where(zero, 1.0, zeros(src)), dim, index), dim, index)
        alone = zero & (zeros_there == 1)
        others = made(x, where(alone, 1.0, src), dim, index, "prod", include_self)
        safe = where(zero, 1.0, src)
        found = where(alone, read(g * others, dim, index), read(g * out, dim, index) / safe)
        several = zeros_there > 1
        return once(found) if (several._array if isinstance(several, Tensor) else several).any() else found

    names = "x src out dim index reduce include_self"
    assert to_x.__code__.co_varnames[1:8] == to_src.__code__.co_varnames[1:8] == tuple(names.split())
    made = op(to_x, to_src, name=name, public=False)(kernel)
    return made


def _ones(x: Any) -> Any:
    return zeros(x) + 1


def _at_least_one(n: Any) -> Any:
    return where(n == 0, 1.0, n)


def _check_rows(function: str, x: Any, index: Any, dim: int, src: Any) -> None:
    check_range(function, index, dim, x.shape[dim] if x.ndim else 1, IndexError if x.ndim else RuntimeError)


scatter_reduce = _reducing(
    "scatter_reduce", lambda index, dim: grid(index, dim), check_grid, lambda src, index: corner(src, index.shape),
    lambda g, dim, index: gather(g, dim, index), lambda x, src, dim, index: scatter_add(x, src, dim, index),
)  # fmt: skip
index_reduce = _reducing(
    "index_reduce", lambda index, dim: rows(dim, index), _check_rows, lambda src, index: src,
    lambda g, dim, index: index_select(g, dim, index), lambda x, src, dim, index: index_add(x, src, dim, index),
)  # fmt: skip


def _check_kind(function: str, self: Tensor, reduce: str) -> None:
    kind = self._array.dtype.kind
    if (kind == "b" and reduce == "mean") or (kind == "c" and reduce in ("amax", "amin")):
        shown = _dtypes.TYPE_NAMES[self.dtype].removesuffix("Tensor")
        raise NotImplementedError(f"\"{function}_{reduce}\" not implemented for '{shown}'")


def _scatter_reduce(
    function: str, self: Any, dim: Any, index: Any, src: Any, reduce: Any, *, include_self: Any = True
) -> Any:
    attrs = writer_call(function, self, dim, index, src, "src", Indices)
    if reduce not in _COMBINE:
        raise RuntimeError(f"{function}(): reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    check_grid(function, self._array, attrs["index"], attrs["dim"], src._array)
    _check_kind(function, self, reduce)
    flag = kind_of(Flag).parse(include_self, function, "include_self", 6, 0)
    return scatter_reduce, src, {**attrs, "reduce": reduce, "include_self": flag}


def _warn_of_beta() -> None:
    warnings.warn("index_reduce() is in beta and the API may change at any time.", UserWarning, stacklevel=5)


def _index_reduce(
    function: str, self: Any, dim: Any, index: Any, source: Any, reduce: Any, *, include_self: Any = True
) -> Any:
    attrs = writer_call(function, self, dim, index, source, "source", Vector)
    if reduce not in _COMBINE or reduce == "sum":
        raise RuntimeError(f"{function}(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    count, given = attrs["index"].size, source._array.shape
    if given and len(given) <= attrs["dim"]:
        raise RuntimeError(
            f"{function}(): Indexing dim {attrs['dim']} is out of bounds of the source tensor with dim {len(given)}"
        )
    _warn_of_beta()
    if (given[attrs["dim"]] if given else 1) != count:
        raise RuntimeError(
            f"{function}(): Number of indices ({count}) should be equal to source.size(dim) of a source of shape "
            f"{list(given)}, for dim: {attrs['dim']}"
        )
    own, dim = self._array.shape, attrs["dim"]
    if own and (*own[:dim], count, *own[dim + 1 :]) != given:
        raise RuntimeError(
            f"{function}(): source tensor shape must match self tensor shape, excluding the specified dimension. Got "
            f"self.shape = {list(own)} source.shape = {list(given)}"
        )
    _check_kind(function, self, reduce)
    flag = kind_of(Flag).parse(include_self, function, "include_self", 6, 0)
    return index_reduce, source, {**attrs, "reduce": reduce, "include_self": flag}


publish_writer(
    "scatter_reduce", _scatter_reduce,
    "沿一维按位置归约地写 / A copy with ``src`` reduced into the positions of ``index`` along ``dim``: ``reduce`` is "
    '"sum", "prod", "mean", "amax" or "amin"; ``include_self`` says whether what was there counts.',
)  # fmt: skip
publish_writer(
    "index_reduce", _index_reduce,
    "沿一维按下标归约地写 / A copy with slices of ``source`` reduced into ``index`` along ``dim``: ``reduce`` is "
    '"prod", "mean", "amax" or "amin"; ``include_self`` says whether what was there counts.',
)  # fmt: skip
