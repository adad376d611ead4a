"""Batching rules of views: a view of the batch, so that writing into an example's writes there. 视图的规则。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidu._batch import FUNCTION_RULES, Batch, Level, batch, each_call
from tidu._tensor import Tensor, element_strides
from tidu.ops.batching import ranked, record, rule, shift

Args = Sequence[Any]
Attrs = dict[str, Any]


@rule("view", "_reshape_alias", "_unsafe_view")
def _view(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    return op.record(args, {"size": (level.size, *attrs["size"])})


@rule("expand")
def _expand(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    size = attrs["size"]
    return op.record([ranked(args[0], len(size))], {"size": (level.size, *size)})


@rule("permute")
def _permute(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    return op.record(args, {"dims": (0, *shift(attrs["dims"]))})


@rule("transpose")
def _transpose(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    (x,) = args
    return op.record(args, {k: shift(v) for k, v in attrs.items()}) if x._array.ndim > 1 else _same(x)


@rule("t", "T", "mT")
def _turned(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    (x,) = args
    n = x._array.ndim
    order = (*range(1, n - 2), n - 1, n - 2) if op.name == "mT" else range(n - 1, 0, -1)
    return record("permute", args, dims=(0, *order))


@rule("squeeze")
def _squeeze(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    (x,) = args
    dims = attrs["dims"]
    shape = x._array.shape
    if dims is None:
        dims = [d - 1 for d, n in enumerate(shape) if d and n == 1]
    return op.record(args, {"dims": shift(tuple(dims))}) if len(shape) > 1 else _same(x)


@rule("unsqueeze", "diagonal")
def _along(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    return op.record(args, {k: shift(v) if k != "offset" else v for k, v in attrs.items()})


@rule("slice", "slice_int", "slice_none", "slice_all")
def _slice(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    return op.record(args, {"index": (slice(None), *attrs["index"])})


@rule("unbind", "split")
def _pieces(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    return op.record(args, {**attrs, "dim": shift(attrs["dim"])})


@rule("view_dtype", "view_as_real", "view_as_complex")
def _of_elements(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    return op.record(args, attrs)


@rule("unfold")
def _unfold(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    (x,) = args
    if x._array.ndim == 1:
        return op.record([x.reshape(level.size, 1)], {**attrs, "dimension": 1}).reshape(level.size, attrs["size"])
    return op.record(args, {**attrs, "dimension": attrs["dimension"] + 1})


def _same(x: Tensor) -> Tensor:
    return record("slice_all", [x], index=(...,))


# ---- what gradients of views are made of


@rule("slice_backward")
def _slice_backward(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    shape, index = attrs["shape"], attrs["index"]
    return op.record(args, {"shape": (level.size, *shape), "index": (slice(None), *index)})


@rule("diagonal_backward", "unfold_backward")
def _backward(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    if len(attrs["shape"]) == 0:
        return args[0].sum(1)
    dims = ("dim1", "dim2", "dimension")
    moved = {k: v + 1 if k in dims and v >= 0 else v for k, v in attrs.items()}
    return op.record(args, {**moved, "shape": (level.size, *attrs["shape"])})


# ---- by strides


def _as_strided(rider: Batch, function: Any, args: Any, kwargs: Any) -> Any:
    """Of each example, in its part of the batch's memory: the strides are those of one example."""
    x = args[0]
    if not rider.has(x) or x._tangent.front()._storage is None and not x._tangent.front()._array.flags.c_contiguous:
        return each_call(rider, function, args, kwargs)
    front = x._tangent.front()

    def call(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
        step = element_strides(front._array)[0]
        offset = front.storage_offset() + (0 if storage_offset is None else storage_offset)
        return batch(rider.level, function(front, (rider.level.size, *size), (step, *stride), offset))

    return call(x, *args[1:], **kwargs)


FUNCTION_RULES["as_strided"] = _as_strided
