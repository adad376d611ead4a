"""Batching rules of reading and writing where an index says, which may be a batch itself. 按下标取与写的批处理规则。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu._batch import FUNCTION_RULES, Batch, Level, Outline, each, each_call
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.batching import own, ranked, record, rule, shift, spread, takes_attrs

Args = Sequence[Any]
Attrs = dict[str, Any]
_MASK = (
    "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over indexing with "
    "a boolean mask."
)


def _whole(value: Any, level: Level) -> Any:
    """An index array with the examples in front: of a batch its physical one, of another the same for all."""
    if _is_batch(value, level):
        return value._tangent.front()._array
    return spread(level, wrap(value))._array


def _is_batch(value: Any, level: Level) -> bool:
    return type(value) is Outline and value._tangent.level is level


@rule("gather", "scatter", "scatter_add", "scatter_reduced", "scatter_reduce")
@takes_attrs
def _by_grid(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    ndims = [a._array.ndim - b for a, b in zip(args, batched, strict=True) if isinstance(a, Tensor)]
    if 0 in ndims or not attrs["index"].ndim:
        return each(op, level, args, batched, attrs)
    args = [own(level, a, b) if isinstance(a, Tensor) else a for a, b in zip(args, batched, strict=True)]
    return op.record(args, {**attrs, "dim": shift(attrs["dim"]), "index": _whole(attrs["index"], level)})


@rule("scatter_zero")
@takes_attrs
def _scatter_zero(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    x, shape, dim = args[0] if batched[0] else spread(level, args[0]), attrs["shape"], attrs["dim"]
    if not shape or not attrs["index"].ndim:
        return each(op, level, args, batched, attrs)
    index = _whole(attrs["index"], level)
    return op.record([x], {**attrs, "shape": (level.size, *shape), "dim": shift(dim), "index": index})


@rule("index_select", "index_add_zero")
@takes_attrs
def _along(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    (x,), index, dim = args, attrs["index"], attrs["dim"]
    if not _is_batch(index, level) and x._array.ndim > 1:
        moved = {**attrs, "dim": shift(dim)}
        if "shape" in attrs:
            moved["shape"] = (level.size, *attrs["shape"])
        return op.record(args, moved)
    if op.name == "index_add_zero" or not x._array.ndim - batched[0] or not _usable((index,), level):
        return each(op, level, args, batched, attrs)
    return _index(op, level, args, batched, {"index": (*[slice(None)] * dim, index)})


@rule("index_add", "index_copy", "index_fill", "index_reduce")
def _along_writing(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    x, source = args
    if x._array.ndim - batched[0] == 0 or (isinstance(source, Tensor) and op.name == "index_fill"):
        return each(op, level, args, batched, attrs)
    x, source = (own(level, a, b) if isinstance(a, Tensor) else a for a, b in zip(args, batched, strict=True))
    if isinstance(source, Tensor) and source._array.ndim == 1:
        source = source.reshape(level.size, 1)
    return op.record([x, source], {**attrs, "dim": shift(attrs["dim"])})


@rule("take")
@takes_attrs
def _take(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    x = args[0] if batched[0] else spread(level, args[0])
    n, index = x._array.size // max(level.size, 1), attrs["index"]
    if not level.size or not n or type(index) is not Outline and type(_whole(index, level)) is Outline:
        return each(op, level, args, batched, attrs)
    index = _whole(index, level)
    if type(index) is Outline:
        return each(op, level, args, batched, attrs)
    flat = index.reshape(level.size, -1)
    return record("gather", [x.reshape(level.size, -1)], dim=1, index=np.where(flat < 0, flat + n, flat),
                  sparse_grad=False).reshape(index.shape)  # fmt: skip


# ---- several index arrays


def _arrays(index: Sequence[Any], level: Level) -> list[Any]:
    """Slices and integer arrays: a mask is the positions where it is True, and may not be a batch."""
    found: list[Any] = []
    for item in index:
        if isinstance(item, slice) or item.dtype.kind != "b":
            found.append(item)
        elif type(item) is Outline:
            raise RuntimeError(_MASK)
        else:
            found += np.nonzero(item) if item.ndim else [np.zeros(int(item), np.int64)]
    return found


class _Plan:
    """An index of one example as one of all: the dimensions that arrays index come first.

    ``order``   of the batch's dimensions, in which it is indexed
    ``index``   for that
    ``back``    the order in which the result's dimensions are those that one example gives
    """

    def __init__(self, index: Sequence[Any], level: Level, ndim: int, batched: bool) -> None:
        items = _arrays(index, level)
        items += [slice(None)] * (ndim - len(items))
        at = [d for d, i in enumerate(items) if not isinstance(i, slice)]
        rest = [d for d in range(ndim) if d not in at]
        lead = int(batched)
        self.order = (*range(lead), *[d + lead for d in (*at, *rest)])
        ranks = [items[d].ndim for d in at]
        rank = max(ranks)
        arrays: list[Any] = []
        if batched:
            arrays.append(np.arange(level.size).reshape(-1, *[1] * rank))
        for d, r in zip(at, ranks, strict=True):
            a = items[d]
            if _is_batch(a, level):
                a = ranked(a._tangent.front(), rank)._array
            elif not batched and not any(_is_batch(items[e], level) for e in at[: at.index(d) + 1]) and r < rank:
                pass
            arrays.append(a)
        self.index = tuple(arrays)
        together = at == list(range(at[0], at[-1] + 1))
        first = at[0] if together else 0
        # the result is (examples, *rank, *rest)
        places = [1 + rank + k for k in range(len(rest))]
        self.back = (0, *places[:first], *range(1, 1 + rank), *places[first:])
        self.rank = rank


def _permuted(x: Tensor, order: Sequence[int]) -> Tensor:
    return x if list(order) == list(range(len(order))) else record("permute", [x], dims=tuple(order))


def _usable(index: Sequence[Any], level: Level) -> bool:
    """Whether it has arrays, and none of another level: those are done one by one."""
    arrays = [i for i in index if not isinstance(i, slice)]
    return bool(arrays) and all(
        type(i) is not Outline or (i._tangent.level is level and type(i._tangent.value._array) is not Outline)
        for i in arrays
    )


@rule("index")
@takes_attrs
def _index(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    (x,), index = args, attrs["index"]
    if not _usable(index, level):
        if any(not isinstance(i, slice) and i.dtype.kind == "b" for i in index):
            _arrays(index, level)
        return each(op, level, args, batched, attrs)
    plan = _Plan(index, level, x._array.ndim - batched[0], batched[0])
    return _permuted(record("index", [_permuted(x, plan.order)], index=plan.index), plan.back)


@rule("index_put", "index_put_zero", "clear_index")
@takes_attrs
def _index_put(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    index = attrs["index"]
    if not _usable(index, level):
        _arrays(index, level)
        return each(op, level, args, batched, attrs)
    accumulate, value = attrs.get("accumulate", op.name == "index_put_zero"), args[-1]
    if op.name == "index_put_zero":
        x = FUNCTIONS["zeros"]((level.size, *attrs["shape"]), dtype=value.dtype)
    else:
        x = own(level, args[0], batched[0])
        if op.name == "clear_index":
            value = FUNCTIONS["zeros"]((), dtype=x.dtype)
    n = x._array.ndim - 1
    if not n:
        return each(op, level, args, batched, attrs)
    plan = _Plan(index, level, n, True)
    moved = _permuted(x, plan.order)
    shape = np.broadcast_shapes(*[i.shape for i in plan.index]) + moved._array.shape[len(plan.index) :]
    whole = tuple([shape[d] for d in plan.back])  # as one example's values broadcast to it
    has = batched[-1] and op.name != "clear_index"
    value = ranked(value, len(whole) - 1, has).expand(whole)
    away = sorted(range(len(plan.back)), key=plan.back.__getitem__)
    made = record("index_put", [moved, _permuted(value, away)], index=plan.index, accumulate=accumulate)
    return _permuted(made, sorted(range(len(plan.order)), key=plan.order.__getitem__))


# ---- masks


@rule("masked_select")
@takes_attrs
def _masked_select(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    if _is_batch(attrs["mask"], level):
        raise RuntimeError(
            "vmap: Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support this because for "
            "each batch this would return a differently shaped Tensor."
        )
    return each(op, level, args, batched, attrs)


def _one_hot(rider: Batch, function: Any, args: Any, kwargs: Any) -> Any:
    """How many classes there are, numbers may not decide."""
    classes = args[1] if len(args) > 1 else kwargs.get("num_classes", -1)
    if classes == -1:
        raise RuntimeError(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't "
            "support that yet."
        )
    return each_call(rider, function, args, kwargs)


FUNCTION_RULES["one_hot"] = _one_hot
