"""Sorting, and elements by their rank: topk, kthvalue, median, mode. 排序与按名次取值。

Values come with the positions they were taken from, and gradients go back there. NaN counts as the largest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

from tidu._args import Dim, Flag, Int, Kind
from tidu._backend import as_array, blank_like, row_major
from tidu._define import op, publish
from tidu._op import Op
from tidu._operands import write_out
from tidu._order import SMALL, bits_of, leading, order, ranked, taken
from tidu._tensor import Tensor
from tidu._ties import ONE_BY_ONE, all_in_order, kth, smallest
from tidu.ops.gather import scatter_zero
from tidu.ops.reduce import extreme_at, max_or_min, spread_to_all, with_index


class _OptionalFlag(Kind):
    wanted = "bool"
    hint = "bool | None"

    def parse(self, value: Any, function: str, name: str, position: int, ndim: int) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise self.error(value, function, name, position)


OptionalFlag = Annotated[bool | None, _OptionalFlag()]


def to_positions(g: Any, shape: tuple[int, ...], indices: Any, dim: int) -> Any:
    """The gradient of values that were taken along ``dim``: zeros with ``g`` added where they were."""
    if not shape:
        return g
    return scatter_zero(g, indices._array if isinstance(indices, Tensor) else indices, shape, dim)


def _last(x: Any, dim: int) -> Any:
    return np.moveaxis(x, dim, -1)


def _laid_like(x: Any, rows: Any, dim: int) -> Any:
    """What was made along the last axis, laid out in the order of the strides of ``x``."""
    made = np.moveaxis(rows, -1, dim)
    if x.flags.c_contiguous:
        return row_major(made)
    out = blank_like(x, made.dtype)
    out[...] = made
    return out


@op(lambda g, x_shape, indices, dim: to_positions(g, x_shape, indices, dim), outputs=("values", "indices"),
    kinds="biuf", refuses=RuntimeError, variant=lambda args, attrs: int(attrs["stable"] is not None))  # fmt: skip
def sort(x, dim: Dim = -1, descending: Flag = False, *, stable: OptionalFlag = None):
    """排序 / ``(values, indices)`` sorted along ``dim``; equal elements keep their order where it is ``stable``.

    NaN is larger than any number. ``RuntimeError`` for complex tensors.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.sort.html
    """
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64, like=x)
    rows = _last(x, dim)
    found = _positions(rows, descending, stable)
    return _laid_like(x, taken(rows, found), dim), _laid_like(x, found, dim)


@op(out="same", kinds="biuf", refuses=RuntimeError)
def argsort(x, dim: Dim = -1, descending: Flag = False, *, stable: OptionalFlag = None):
    """排序的下标 / The positions that sort ``dim``; equal elements keep their order where it is ``stable``."""
    if not x.ndim:
        return np.zeros((), np.int64, like=x)
    return _laid_like(x, _positions(_last(x, dim), descending, stable), dim)


def _overloaded(made: Op) -> Callable[..., Any]:
    """PyTorch's overload with ``stable`` takes all else by name, that of ``argsort`` alone takes ``out``."""
    plain = made.public

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        if (args and "stable" in kwargs) or ("stable" not in kwargs and "out" in kwargs and made is argsort):
            raise TypeError(
                f"{made.name}() received an invalid combination of arguments: {len(args) + 1} by position and "
                f"{', '.join(kwargs)} by name; with 'stable' all others are given by name"
            )
        return plain(input, *args, **kwargs)

    setattr(function, "__signature__", getattr(plain, "__signature__"))
    return function


for _made in (sort, argsort):
    publish(_made.name, _overloaded(_made), _made.__doc__)


def _msort(input: Tensor, *, out: Any = None) -> Tensor:
    """沿第一维排序 / Sorted along the first dimension; no positions."""
    made: Tensor = sort.public(input, 0)[0]
    return made if out is None else write_out("msort", made, out, (input,), "same")


publish("msort", _msort)


_READ = 256  # elements whose order one may look at


def _positions(rows: Any, descending: bool, stable: bool | None) -> Any:
    """What sorts the last axis: stably or, of what is small, in the order that PyTorch's unstable sort gives."""
    found = order(rows, descending)
    if stable or rows.shape[-1] <= ONE_BY_ONE or rows.size > _READ:
        return found
    bits = bits_of(np.ascontiguousarray(taken(rows, found)))
    return _as_pytorch(rows, all_in_order, descending) if (bits[..., 1:] == bits[..., :-1]).any() else found


def _is_open(rows: Any, found: Any, in_order: bool = True) -> bool:
    """Whether other positions would do as well, in an array that is small enough to be read by eye."""
    if rows.size > SMALL:
        return False
    if not in_order:
        return True
    bits, picked = (bits_of(np.ascontiguousarray(a)) for a in (rows, taken(rows, found)))
    return bool(((picked[..., None] == bits[..., None, :]).sum(axis=-1) > 1).any())


def _as_pytorch(rows: Any, select: Callable[[Any], list[int]], largest: bool = False) -> Any:
    """The positions that ``select`` finds in each row of (key, position)."""
    bits = bits_of(np.ascontiguousarray(rows))
    keys = (~bits if largest else bits).reshape(-1, rows.shape[-1]).tolist()
    found = [select([(key, i) for i, key in enumerate(row)]) for row in keys]
    return np.array(found, np.int64, like=rows).reshape(*rows.shape[:-1], -1)


@op(lambda g, x_shape, indices, dim: to_positions(g, x_shape, indices, dim), outputs=("values", "indices"),
    kinds="iuf", refuses=RuntimeError)  # fmt: skip
def topk(x, k: Int, dim: Dim = -1, largest: Flag = True, sorted: Flag = True):
    """最大的 k 个 / ``(values, indices)`` of the ``k`` largest, or smallest, along ``dim``, in order.

    ``RuntimeError`` when there are fewer than ``k``. Which of equal elements an index names is not specified.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.topk.html
    """
    n = x.shape[dim] if x.ndim else 1
    if not 0 <= k <= n:
        raise RuntimeError(f"topk(): selected index k out of range: argument 'k' is {k}, dimension {dim} has size {n}")
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64, like=x)
    rows = _last(x, dim)
    found = leading(rows, k, largest)
    if found.size and _is_open(rows, found, sorted):
        found = _as_pytorch(rows, lambda pairs: smallest(pairs, k, sorted), largest)
    return row_major(np.moveaxis(taken(rows, found), -1, dim)), row_major(np.moveaxis(found, -1, dim))


@op(lambda g, x_shape, indices, dim, keepdim: extreme_at(g, x_shape, indices, dim, keepdim),
    outputs=("values", "indices"), kinds="iuf")  # fmt: skip
def kthvalue(x, k: Int, dim: Dim = -1, keepdim: Flag = False):
    """第 k 小 / ``(values, indices)`` of the ``k``-th smallest element along ``dim``, counted from 1.

    ``RuntimeError`` when there are fewer than ``k``.
    """
    n = x.shape[dim] if x.ndim else 1
    if not n:
        raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
    if not 1 <= k <= n:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}: {k} of {n}")
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64, like=x)
    rows = _last(x, dim)
    index = ranked(rows, k - 1)
    if _is_open(rows, index):
        index = _as_pytorch(rows, lambda pairs: [kth(pairs, k - 1)])
    value = np.moveaxis(taken(rows, index), -1, dim)
    index = np.moveaxis(index, -1, dim).astype(np.int64, copy=False)
    return tuple(row_major(t if keepdim else t.squeeze(dim)) for t in (value, index))


# ---- median and mode


def _median_index(x: Any, dim: int) -> Any:
    """Position of the lower median; a NaN is the median of anything that holds one."""
    rows = _last(x, dim)
    middle = ranked(rows, (rows.shape[-1] - 1) // 2).squeeze(-1)
    if x.dtype.kind != "f":
        return middle
    nan = rows != rows
    return np.where(nan.any(axis=-1), nan.argmax(axis=-1), middle) if nan.any() else middle


def _nanmedian_index(x: Any, dim: int) -> Any:
    """Position of the lower median of what is not NaN."""
    rows = _last(x, dim)
    if x.dtype.kind != "f" or not (missing := np.count_nonzero(rows != rows, axis=-1, keepdims=True)).any():
        return ranked(rows, (rows.shape[-1] - 1) // 2).squeeze(-1)
    middle = np.maximum(rows.shape[-1] - missing - 1, 0) // 2
    return np.take_along_axis(order(rows), middle, -1).squeeze(-1)


def _mode_index(x: Any, dim: int) -> Any:
    """Position of the last occurrence of the smallest among the most frequent values, as PyTorch's CPU mode."""
    rows = _last(x, dim)
    found = _positions(rows, False, False)
    values = taken(rows, found)
    n = rows.shape[-1]
    ends = np.ones(rows.shape, bool, like=rows)
    ends[..., :-1] = values[..., 1:] != values[..., :-1]
    place = np.arange(n, like=rows)
    starts = np.zeros(rows.shape, np.int64, like=rows)
    starts[..., 1:] = np.maximum.accumulate(np.where(ends, place + 1, 0), axis=-1)[..., :-1]
    lengths = np.where(ends, place - starts + 1, 0)
    return np.take_along_axis(found, lengths.argmax(axis=-1, keepdims=True), -1).squeeze(-1)


median_dim = with_index(
    "median", _median_index, "中位数 / Lower median along ``dim``, and where.", "MedianBackward1", "iuf",
    NotImplementedError,
)  # fmt: skip
nanmedian_dim = with_index(
    "nanmedian", _nanmedian_index, "不计 NaN 的中位数 / Lower median along ``dim`` of what is not NaN, and where.",
    "NanmedianBackward1", "iuf", NotImplementedError,
)  # fmt: skip
mode = with_index(
    "mode", _mode_index, "众数 / Most frequent value along ``dim``, and where.", "ModeBackward0",
    refuses=NotImplementedError, public=True,
)  # fmt: skip


def _of_all(name: str, index: Callable[..., Any], doc: str) -> Any:
    def run(x):
        flat = x.reshape(-1)
        if not flat.size:
            empty = np.nan if x.dtype.kind == "f" else np.iinfo(x.dtype).min
            return np.full((), empty, x.dtype, like=x)
        return as_array(flat[index(flat, 0)])

    run.__doc__ = doc
    return op(lambda g, x, out: spread_to_all(g, x, out), name=f"{name}_all", public=False,
              grad_name=f"{name.title()}Backward0", out=False, kinds="iuf")(run)  # fmt: skip


median_all = _of_all("median", _median_index, "中位数 / The lower median of all elements.")
nanmedian_all = _of_all("nanmedian", _nanmedian_index, "不计 NaN 的中位数 / The lower median of what is not NaN.")

max_or_min("median", median_all, median_dim, "中位数 / Lower median of all, or along ``dim``.")
max_or_min(
    "nanmedian", nanmedian_all, nanmedian_dim,
    "不计 NaN 的中位数 / Lower median of what is not NaN: of all, or along ``dim``.",
)  # fmt: skip
