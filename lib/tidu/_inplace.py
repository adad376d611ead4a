"""Writing into a tensor's memory while its history stays true. 原地操作。

An in-place op computes, writes, bumps the version of the memory, and becomes the tensor's new history. When the tensor
is a view, the base gets a node ``CopySlices`` over the two (its value before, with the view's region replaced), and
every other view of that base finds its own history again when somebody next asks: the window that it is on the base.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import _forward, _tangents
from tidu._backend import QUIET, Array, copied, quiet_reset, quiet_set, repeats, strided
from tidu._graph import Node
from tidu._modes import Rider, modes, switch
from tidu._op import Op, enter
from tidu._operands import NUMBERS, broadcast_error, check_castable
from tidu._overlap import REPEATS
from tidu._record import attach, rename, watch
from tidu._registry import FUNCTIONS, OPS
from tidu._signature import signature
from tidu._tensor import Tensor, wrap
from tidu._writable import check_overlap, check_writable, unwritable


def replay(base: Any, recipe: Sequence[Any]) -> Any:
    """Follow a view's recipe from its base: Tensor or array."""
    for step, attrs in recipe:
        base = step(base, **attrs)
    return base


def synchronise(t: Tensor) -> None:
    """Give a view the history of its base where the memory was written since the view was made."""
    v = t._view
    assert v is not None and t._storage is not None
    if v.seen == t._storage.version or (t._node is None and not v.base.requires_grad):
        return
    if v.kind:
        raise unwritable(t, v.kind, "its base or another view of its base has been")
    v.seen = t._storage.version
    previous = switch(True)
    try:
        if t._array.dtype == v.base._array.dtype:
            fresh = FUNCTIONS["as_strided"](v.base, t.shape, t.stride(), t.storage_offset())  # as PyTorch names it
        else:  # the real numbers that complex ones are made of
            fresh = replay(v.base, v.recipe)
    finally:
        switch(previous)
    if fresh._node is not None:
        _carry_retained(t, fresh._node)
    t._node, t._requires_grad = fresh._node, fresh.requires_grad


setattr(Tensor, "_synchronise", synchronise)


_COUNTED_APART = frozenset(("acosh", "asinh", "atanh"))  # as another overload than the op itself


def run(op: Op, x: Tensor, rest: Sequence[Any], attrs: dict[str, Any], watched: Sequence[Tensor] = ()) -> Tensor:
    """``x = op(x, *rest)`` written into x's own memory; ``watched`` are the tensors among the attributes."""
    if Rider.used and (rider := Rider.among((x, *rest), attrs.values())) and rider.rank:
        return rider.write(op, x, rest, attrs, watched)
    operands = [x, *rest]
    needs = [isinstance(a, Tensor) and a.requires_grad and bool(op.mask >> i & 1) for i, a in enumerate(operands)]
    tracked = modes.grad and any(needs)
    check_writable(op.name + "_", x, rest, tracked)
    if tracked:
        operands = [_as_read(a) if need and a._view is not None else a for a, need in zip(operands, needs, strict=True)]
        rest = operands[1:]
    if rest:
        check_overlap(op, x._array, rest, attrs)
    mask = sum(1 << i for i, need in enumerate(needs) if need) if tracked else 0

    before = _before(op, x, mask)
    args: Sequence[Any] = [before, *rest]
    computed = op.promoted(args, attrs) if op.dtype else args
    args = [a if isinstance(a, Tensor) else c for a, c in zip(args, computed, strict=True)]
    arrays = [a._array if isinstance(a, Tensor) else a for a in computed]
    if op.kinds != "biufc":
        op.check_kinds(arrays)
    token = quiet_set(QUIET)
    try:
        result = op.compute(arrays, attrs)
        if np.shape(result) != x._array.shape:
            if len(np.shape(result)) and np.broadcast_shapes(np.shape(result), x._array.shape) != x._array.shape:
                raise RuntimeError(
                    f"{op.name}_(): output with shape {list(x.shape)} doesn't match the broadcast shape "
                    f"{list(np.shape(result))}"
                )
    except ValueError as error:
        raise broadcast_error(arrays) or RuntimeError(f"{op.name}_(): {error}") from None
    finally:
        quiet_reset(token)
    if op.dtype:
        wanted = np.asarray(result).dtype
        if attrs.get("dtype") is not None and wanted != x._array.dtype:
            raise RuntimeError(f"{op.name}_(): argument 'dtype' must be the tensor's own, {x.dtype}, not {wanted}")
        if op.dtype != "long" or x._array.dtype.kind != "b":
            check_castable(wanted, x._array.dtype)
        elif x._array.size:
            raise NotImplementedError(f"\"{op.name}_out_cpu\" not implemented for 'Bool'")
    tangent = None
    if modes.dual and (_tangents.has_tangent(args) or x._tangent is not None):
        out = wrap(np.broadcast_to(result, x._array.shape).copy())
        if mask:
            attach(op, out, args, attrs, mask)
        tangent = _forward.push(op, args, attrs, out)
    token = quiet_set(QUIET)
    try:
        x._array[...] = result
    finally:
        quiet_reset(token)
    x.untyped_storage().version += 1
    if mask:
        node = _rebase(op, x, args, attrs, mask, watched)
        if tangent is not None and node.result is not None:
            _tangents.give(node, tangent)
    if modes.dual:
        _tangents.write(x, tangent)
    return x


def _as_read(a: Tensor) -> Tensor:
    """A view as an operand reads it: with the history it has now, before the write gives its base another one."""
    a._synchronise()
    if a._node is None and a.requires_grad:
        return a
    now = wrap(a._array)
    now._storage, now._node, now._requires_grad, now._tangent = a._storage, a._node, a._node is not None, a._tangent
    return now


def _before(op: Op, x: Tensor, mask: int) -> Tensor:
    """x as it is now, under its present history; its values are copied only if a formula will want them."""
    plan_saves = any(f is not None and mask >> i & 1 and op.operands[0] in f.names for i, f in enumerate(op.formulas))
    before = wrap(x._array.copy() if plan_saves else x._array)
    before._requires_grad = x.requires_grad
    before._node = x._node
    before._tangent = x._tangent.clone() if modes.dual and x._tangent is not None else x._tangent
    return before


def _rebase(
    op: Op, x: Tensor, args: Sequence[Any], attrs: dict[str, Any], mask: int, watched: Sequence[Tensor]
) -> Node:
    """The op becomes x's history; returns its node."""
    after = wrap(x._array)
    after._storage = x._storage
    node = attach(op, after, args, attrs, mask)
    if op.name in _COUNTED_APART:
        rename(node, 1)
    watch(node, watched)
    if node.versions is not None and node.saved is not None:
        # an operand on the same memory was read before this very write: its saved value is gone
        node.versions = tuple(
            [
                version - (isinstance(t, Tensor) and t._storage is x._storage)
                for t, version in zip(node.kept, node.versions, strict=True)
            ]
        )
    rebase(x, after)
    return node


def rebase(x: Tensor, after: Tensor) -> None:
    """Give x, whose memory was written to, the history of ``after``, and its base that of CopySlices."""
    v = x._view
    if v is None:
        _carry_retained(x, after._node)
        x._node, x._requires_grad = after._node, True
        return
    base = v.base
    old = wrap(base._array)
    old._requires_grad, old._node = base.requires_grad, base._node
    made = wrap(base._array)
    recipe, strides = v.recipe, base._array.strides
    if base._turned:
        place = {"size": x._array.shape, "stride": x.stride(), "x_strides": base.stride()}
        recipe = ((OPS["as_strided"], {**place, "storage_offset": x.storage_offset() - base.storage_offset()}),)
    attach(copy_slices, made, [old, after], {"recipe": recipe, "strides": strides}, 3 if old._requires_grad else 2)
    _carry_retained(base, made._node)
    base._node, base._requires_grad = made._node, True
    v.seen = -1  # replay from the base: the slice of what CopySlices gives
    if x._node is None:
        x._synchronise()


def _carry_retained(t: Tensor, node: Any) -> None:
    """``retain_grad`` means the tensor, whatever writes to it: its hook moves on to the new history."""
    if t._retains_grad and t._node is not None and t._node.hooks:
        hook = t._node.hooks.pop(math.inf, None)
        if hook is not None:
            node.hooks = {math.inf: hook}


def method(op: Op, operator: bool = False) -> Callable[..., Tensor]:
    """The method ``name_`` of an op, or its augmented operator."""

    def function(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        if operator and not isinstance(args[0], (Tensor, *NUMBERS)):
            return NotImplemented
        if not isinstance(self, Tensor):
            raise TypeError(f"{op.name}_(): argument 'input' (position 1) must be Tensor, not {type(self).__name__}")
        operands, attrs = op.bind((self, *args), kwargs)
        return run(op, self, operands[1:], attrs)

    setattr(function, "__signature__", signature(op, inplace=True))
    return function


def _copy_at(x: Array, strides: tuple[int, ...]) -> Array:
    """A copy of ``x`` with the strides of the base: a recipe leads through its layout, whatever that of a gradient."""
    out = copied(x)
    if out.strides == strides or not x.size:
        return out
    reach = 1 + sum((n - 1) * s for n, s in zip(x.shape, strides, strict=True)) // x.itemsize
    out = strided(np.empty(reach, x.dtype, like=x), x.shape, strides)
    out[...] = x
    return out


# In a kernel what has a type is an attribute, and operands have none: mypy has to be told.
def _scatter_kernel(base, src, recipe: Any = (), strides: Any = ()):  # type: ignore[no-untyped-def]
    """The base with the region of a view replaced. 把视图区域换成新值。"""
    out = _copy_at(base, strides)
    replay(out, recipe)[...] = src
    return out


def _fill_kernel(x, recipe: Any = (), strides: Any = ()):  # type: ignore[no-untyped-def]
    """The tensor with the region of a view set to zero. 把视图区域清零。"""
    out = _copy_at(x, strides)
    region = replay(out, recipe)
    if repeats(region):  # PyTorch writes the gradient of an expanded view there, in place
        raise RuntimeError(REPEATS)
    region[...] = 0
    return out


def _layout_kernel(x, strides: Any = ()):  # type: ignore[no-untyped-def]
    """The tensor with other strides. 换一种步幅。"""
    return _copy_at(x, strides)


def _region(g: Any, recipe: Any, strides: tuple[int, ...]) -> Any:
    array = g._array if isinstance(g, Tensor) else g
    return replay(g if array.strides == strides else layout(g, strides=strides), recipe)


layout = enter(Op(_layout_kernel, [lambda g: g], name="_layout", jvp="linear"))
view_fill: Op = enter(
    Op(
        _fill_kernel,
        [lambda g, recipe, strides: view_fill(g, recipe=recipe, strides=strides)],
        name="_view_fill",
        jvp="linear",
    )
)
copy_slices = enter(
    Op(
        _scatter_kernel,
        [
            lambda g, recipe, strides: view_fill(g, recipe=recipe, strides=strides),
            lambda g, recipe, strides: _region(g, recipe, strides),
        ],
        name="_view_scatter",
        jvp="linear",
        grad_name="CopySlices",
    )
)
copy_slices.frees = True  # in PyTorch the node of the write, which it holds
