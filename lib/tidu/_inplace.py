"""Writing into a tensor's memory while its history stays true. 原地操作。

An in-place op computes, writes, bumps the version of the memory, and becomes the tensor's new history. When the tensor
is a view, the base gets a node ``CopySlices`` over the two (its value before, with the view's region replaced), and
every other view of that base finds its own history again when somebody next asks: the window that it is on the base.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import _forward
from tidu._backend import QUIET, Array, copied, quiet_reset, quiet_set, repeats, strided
from tidu._graph import attach, rename, short_name, watch
from tidu._modes import modes, switch
from tidu._op import Op, enter
from tidu._operands import NUMBERS, broadcast_error, check_castable
from tidu._overlap import REPEATS, refuse_overlap, same_elements
from tidu._registry import FUNCTIONS, OPS
from tidu._signature import signature
from tidu._tensor import Tensor, wrap


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


def unwritable(t: Tensor, kind: str, what: str) -> RuntimeError:
    """PyTorch's words for views that may not be written to, themselves or through their base."""
    made = None if t._node is None else f"Output {t._node.nr} of {short_name(t._node)} is a view"
    if made is not None and kind in ("multi", "custom"):
        event = f"{made} and {what} modified inplace."
    else:
        view = "A view was" if made is None else f"{made} of a view which was"
        event = f"{view} created in no_grad mode and {what} modified inplace with grad mode enabled."
    return RuntimeError(f"{event} {_FORBIDDEN[kind]}")


_FORBIDDEN = {
    "custom": "This view was created inside a custom Function (or because an input was returned as-is) and the "
    "autograd logic to handle view+inplace would override the custom backward associated with the custom Function, "
    "leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom "
    "Function.",
    "multi": "This view is the output of a function that returns multiple views. Such functions do not allow the "
    "output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "no_grad": "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
    "moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be "
    "tracked) or both outside (if you want the inplace to be tracked).",
}


_COUNTED_APART = frozenset(("acosh", "asinh", "atanh"))  # as another overload than the op itself
_DEPRECATED = {"index_put_": ("tensor[indices] = tensor", 5), "masked_fill_": ("tensor[mask] = scalar", 4),
               "index_fill_": ("tensor[mask] = scalar", 4)}  # fmt: skip


def check_writable(name: str, x: Tensor, rest: Sequence[Any], tracked: bool) -> None:
    """PyTorch's rules on what may be written in place; each breach is a ``RuntimeError``."""
    constant = name in ("fill_", "zero_") and not any(isinstance(a, Tensor) for a in rest)
    constant = constant or (name == "copy_" and same_elements(x._array, rest[0]._array))
    constant = constant or name == "_threshold__"  # which done twice is what it is done once
    if not constant and repeats(x._array):  # no matter how often one number, or what is there, is written
        if name not in _DEPRECATED:
            raise RuntimeError(f"{name}(): {REPEATS}")
        example, caller = _DEPRECATED[name]
        warnings.warn(
            f"Use of {name} on expanded tensors is deprecated. Please clone() the tensor before performing this "
            f"operation. This also applies to advanced indexing e.g. {example}",
            UserWarning,
            stacklevel=caller,
        )
    if tracked or x.requires_grad:
        check_history(x)


def check_history(x: Tensor) -> None:
    """Whether what x is now may get another history; each breach is a ``RuntimeError``."""
    if not modes.grad:
        return
    v = x._view
    if v is not None and v.kind:
        raise unwritable(x, v.kind, "is being")
    if x.requires_grad and v is not None and v.base._node is None:
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    if x.requires_grad and x._node is None:  # or a view that had no history when last asked: PyTorch asks no further
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def _check_overlap(op: Op, target: Array, rest: Sequence[Any], attrs: dict[str, Any]) -> None:
    """An elementwise op may read the very elements it writes; one that writes where an index says may not."""
    # the value that ``fill_`` and its like read once is no matter
    sources = [a._array for a in rest if isinstance(a, Tensor)] if op.promote else []
    if not op.elementwise and "index" not in attrs:
        return
    if not op.elementwise:
        index = attrs["index"]
        at = [i for i in (index if isinstance(index, tuple) else [index]) if hasattr(i, "dtype")]
        masked = all(i.dtype.kind == "b" for i in at)  # with one value it is ``masked_fill_``
        sources = [a for a in sources if not masked or a.size > 1] + at
    refuse_overlap(op.name + "_", target, sources, itself=op.elementwise)


def run(op: Op, x: Tensor, rest: Sequence[Any], attrs: dict[str, Any], watched: Sequence[Tensor] = ()) -> Tensor:
    """``x = op(x, *rest)`` written into x's own memory; ``watched`` are the tensors among the attributes."""
    operands = [x, *rest]
    needs = [isinstance(a, Tensor) and a.requires_grad and bool(op.mask >> i & 1) for i, a in enumerate(operands)]
    tracked = modes.grad and any(needs)
    check_writable(op.name + "_", x, rest, tracked)
    if tracked:
        operands = [_as_read(a) if need and a._view is not None else a for a, need in zip(operands, needs, strict=True)]
        rest = operands[1:]
    if rest:
        _check_overlap(op, x._array, rest, attrs)
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
    if modes.dual and (_forward.has_tangent(args) or x._tangent is not None):
        tangent = _forward.push(op, args, attrs, wrap(np.broadcast_to(result, x._array.shape).copy()))
    token = quiet_set(QUIET)
    try:
        x._array[...] = result
    finally:
        quiet_reset(token)
    x.untyped_storage().version += 1
    if mask:
        _rebase(op, x, args, attrs, mask, watched)
    if modes.dual:
        _write_tangent(x, tangent)
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
    before._tangent = x._tangent
    return before


def _rebase(
    op: Op, x: Tensor, args: Sequence[Any], attrs: dict[str, Any], mask: int, watched: Sequence[Tensor]
) -> None:
    """The op becomes x's history, and CopySlices that of x's base."""
    after = wrap(x._array)
    after._storage = x._storage
    node = op.attach(after, args, attrs, mask)
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


def _write_tangent(x: Tensor, tangent: Tensor | None) -> None:
    owner = x if x._view is None else x._view.base
    if tangent is None and owner._tangent is None:
        return
    strides = owner._array.strides  # a recipe leads through the layout of the base
    whole = _copy_at(np.zeros_like(owner._array) if owner._tangent is None else owner._tangent._array, strides)
    region = whole if x._view is None else replay(whole, x._view.recipe)
    region[...] = 0 if tangent is None else tangent._array
    if x._view is None and tangent is not None and tangent._array.dtype == whole.dtype:
        _forward.give(owner, tangent)  # keeps its history, for higher orders
    else:
        _forward.give(owner, wrap(whole))
    if x._view is not None:
        _forward.give(x, wrap(copied(region)))


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
