"""What becomes of a custom function's call: history, views, in-place changes and tangents of its outputs.

PyTorch's rules, in the order in which it looks: what is not differentiable loses its history; what was changed in place
gets a new one; an input that is returned as it is becomes a view of itself; anything else is an output of the node. A
view may not be written to afterwards: its history would pass the custom backward by.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tidu._graph import edge, modified, next_sequence, port
from tidu._inplace import rebase
from tidu._modes import Rider, Volatile, modes, switch
from tidu._op import link
from tidu._saving import Packed
from tidu._tangents import give, write
from tidu._tensor import Tensor, wrap
from tidu._writable import check_history

if TYPE_CHECKING:
    from tidu.autograd.function import BackwardCFunction

MORE = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
ALONE = (
    "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override "
    f"the setup_context staticmethod. {MORE}"
)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """What a user's method returned: several values in a tuple, or one."""
    return value if isinstance(value, tuple) else (value,)


def alias(t: Tensor) -> Tensor:
    """The same memory without history."""
    out = wrap(t._array)
    out._storage = t.untyped_storage()
    return out


class Saved:
    """A tensor that is saved for ``backward``, with the version that its memory had, or what hooks made of it.

    An output (``nr``) is kept without its history, which would be a cycle, and gets it again when it is asked for.
    """

    __slots__ = ("kept", "version", "nr")

    def __init__(self, t: Tensor, node: BackwardCFunction) -> None:
        made = t._node
        own = made is not None and (made is node or made.port_of is node)
        self.nr = made.nr if own and made is not None else -1
        self.kept: Tensor | Packed
        if modes.packing:
            self.kept, self.version = Packed(t, *modes.packing[-1], own=own), 0
            return
        if own:
            tangent = t._tangent
            t = alias(t)
            if tangent is None or isinstance(tangent, Rider):
                t._tangent = tangent
            else:
                give(t, tangent)
        self.kept, self.version = t, t._version

    def tensor(self, node: BackwardCFunction) -> Tensor:
        """What was saved, as it was; ``RuntimeError`` if it was written to since."""
        t = self.kept
        own = None if self.nr < 0 else node if node.outputs == 1 else port(node, self.nr)
        if isinstance(t, Packed):
            return t.tensor(own)
        if t._version != self.version:
            raise modified(t, t._version, self.version, own or t._node)
        if own is None:
            return t
        out = alias(t)
        out._node, out._requires_grad, out._tangent = own, True, t._tangent
        return out


def run(ctx: BackwardCFunction, args: tuple[Any, ...], separate: bool) -> Any:
    """Call ``forward`` on ``args``, where nothing is recorded, and make ``ctx`` the history of what it returns.

    ``separate``  whether ``forward`` is written without ``ctx``, beside ``setup_context``
    """
    cls = ctx._forward_cls
    tensors = [a for a in args if isinstance(a, Tensor)]
    needs = tuple([isinstance(a, Tensor) and a.requires_grad for a in args])
    ctx.needs_input_grad = needs
    volatile = Volatile.among(args)
    recorded = modes.grad and any(needs) and not volatile
    if recorded:
        ctx.below = tuple([edge(a) if need else None for a, need in zip(args, needs, strict=True)])
    ctx.inputs = [(a._array.shape, a._array.dtype) if isinstance(a, Tensor) else None for a in args]
    previous, dual, modes.dual = switch(False), modes.dual, 0
    try:
        if separate:
            result = cls.forward(*args)
            cls.setup_context(ctx, args, result)
        else:
            result = cls.forward(ctx, *args)
    finally:
        switch(previous)
        modes.dual = dual
    originals = as_tuple(result)
    dirty = _marked(ctx.dirty_tensors, "mark_dirty can only accept variables, but argument {} is of type {}")
    fixed = _marked(ctx.non_differentiable, "mark_non_differentiable only accepts variable arguments, but got {1}")
    for t in dirty:
        t.untyped_storage().version += 1
    if not all(any(t is out for out in originals) for t in dirty):
        raise RuntimeError(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
            "modified inplace must all be outputs of the Function."
        )
    outs = list(originals)
    if recorded:
        ctx.outputs, ctx.sequence = len(outs), next_sequence()
        ctx.results = [
            (np.empty_like(o._array, shape=()), o._array.shape) if isinstance(o, Tensor) else None for o in outs
        ]
    differentiable = 0
    for i, out in enumerate(outs):
        if not isinstance(out, Tensor):
            continue
        changed, given = _among(out, dirty), _among(out, tensors)
        if recorded and not _among(out, fixed) and out._array.dtype.kind in "fcV":
            differentiable += 1
            outs[i] = _recorded(ctx, out, i, changed, given)
        else:
            outs[i] = _unrecorded(out, changed, given)
        v = outs[i]._view
        if v is not None and not (changed and given):
            v.kind = "custom"
            if recorded:
                v.seen = outs[i]._storage.version
    if differentiable > 1:
        for out in outs:
            if isinstance(out, Tensor) and out._view is not None:
                out._view.kind = "multi"
    if modes.dual and any(_tangent(a) is not None for a in tensors):
        _push(ctx, args, originals, outs, dirty, fixed)
    if volatile:
        for out in outs:
            if isinstance(out, Tensor):
                out._tangent = Volatile.mark
    if recorded and ctx.to_save is not None:
        ctx.entries = [_saved(ctx, i, t) for i, t in enumerate(ctx.to_save)]
    ctx.to_save = ctx.dirty_tensors = ctx.non_differentiable = ctx.saved_for_forward = None
    return tuple(outs) if isinstance(result, tuple) else outs[0]


def _among(t: Any, others: Sequence[Any]) -> bool:
    return any(t is o for o in others)


def _tangent(t: Any) -> Any:
    found = t._tangent if isinstance(t, Tensor) else None
    return None if found is Volatile.mark else found


def _marked(marked: Any, message: str) -> Sequence[Any]:
    for i, t in enumerate(marked or ()):
        if not isinstance(t, Tensor):
            raise RuntimeError(message.format(i, type(t).__name__))
    return marked or ()


def _saved(ctx: BackwardCFunction, i: int, t: Any) -> Saved | None:
    if t is not None and not isinstance(t, Tensor):
        raise TypeError(f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}")
    return None if t is None else Saved(t, ctx)


def _itself(base: Any) -> Any:
    return base


def _view(t: Tensor) -> Tensor:
    """An input that is returned as it is: a view, which is another tensor."""
    out = alias(t)
    link(out, t, (_itself, {}), "custom")
    return out


def _recorded(ctx: BackwardCFunction, out: Tensor, i: int, changed: bool, given: bool) -> Tensor:
    """An output that has a gradient, as output ``i`` of the node."""
    node = ctx if ctx.outputs == 1 else port(ctx, i)
    if changed:
        if out._requires_grad and out._node is None and (out._view is None or out.is_leaf):
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
        if not given:
            warnings.warn(
                "Only input Tensors should be given to ctx.mark_dirty(). If a Tensor is not an input, there is no need "
                "to pass it to mark_dirty().",
                UserWarning,
                stacklevel=4,
            )
        if out._view is not None and ctx.outputs > 1:
            raise RuntimeError(
                "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot "
                "return more than one Tensor. This is not supported by the current autograd engine. You should either "
                "make sure the input is not a view (using .clone() for example) or make your Function only return one "
                "Tensor (potentially splitting it into two Functions: one doing the inplace that returns a single "
                "Tensor and a second one that does the other operations). You can ask on the forum "
                "https://discuss.pytorch.org/ if you need help to do this change."
            )
        check_history(out)
        after = alias(out)
        after._node, after._requires_grad = node, True
        rebase(out, after)
        out._grad = None  # of what it was before
        return out
    if given:
        out = _view(out)
    out._node, out._requires_grad = node, True
    return out


def _unrecorded(out: Tensor, changed: bool, given: bool) -> Tensor:
    """An output that has no gradient, or of a call that is not recorded."""
    if not out.requires_grad:
        return _view(out) if given and not changed else out
    if given:  # that the caller's own tensor requires grad is none of our business
        return alias(out)
    if out._view is None:
        out._node, out._requires_grad = None, False
    return out


def _push(
    ctx: BackwardCFunction, args: Sequence[Any], originals: Sequence[Any], outs: Sequence[Any],
    dirty: Sequence[Any], fixed: Sequence[Any],
) -> None:  # fmt: skip
    """Give the outputs their tangents, which ``jvp`` computes of the inputs'."""
    tangents: list[Any] = []
    for a in args:
        t = _tangent(a)
        if t is None and ctx.wants_zeros and isinstance(a, Tensor) and a._array.dtype.kind in "fcV":
            t = wrap(np.zeros_like(a._array))
        tangents.append(t)
    versions = [0 if t is None else t._version for t in tangents]
    # ``jvp`` is to see the values that were kept for it, and they themselves: a tensor's history hangs on it
    bare = {id(t): (t, t._tangent) for t in ctx.saved_for_forward or () if isinstance(t, Tensor)}
    for t, _ in bare.values():
        t._tangent = None
    try:
        pushed = as_tuple(ctx.apply_jvp(*tangents))
    finally:
        for t, kept in bare.values():
            t._tangent = kept
    if len(pushed) != len(outs):
        raise RuntimeError(
            f"Function's jvp returned an invalid number of forward gradients (expected {len(outs)} but got "
            f"{len(pushed)})"
        )
    for i, (original, out, tangent) in enumerate(zip(originals, outs, pushed, strict=True)):
        if tangent is not None and not isinstance(tangent, Tensor):
            raise RuntimeError(f"expected Variable or None (got {type(tangent).__name__}) for grad output {i}.")
        if not isinstance(out, Tensor):
            continue
        if _among(original, fixed) or out._array.dtype.kind not in "fcV":
            if tangent is not None:
                raise RuntimeError(
                    f"Function's jvp returned a gradient at position {i}, but the corresponding forward output is not "
                    "a differentiable Tensor. You should return None at that position instead."
                )
            continue
        at = next((k for k, a in enumerate(args) if a is original), -1)
        if _among(original, dirty):
            if at < 0:
                raise RuntimeError(
                    "Only input Tensors should be given to ctx.mark_dirty(). If a Tensor is not an input, there is no "
                    "need to pass it to mark_dirty()"
                )
            if _tangent(args[at]) is not None:
                _check_changed(tangent, tangents[at], versions[at])
            write(out, tangent)
        else:
            if out._view is not None:
                _check_view(out, tangent, args)
            if tangent is not None and tangent._array.shape != out._array.shape:
                raise RuntimeError(
                    "Trying to set a forward gradient that has a different size than that of the original Tensor, this "
                    f"is not supported. Tensor is of size {list(out.shape)} while the given forward gradient is of "
                    f"size {list(tangent.shape)}."
                )
            give(out, tangent)


def _check_changed(tangent: Any, given: Tensor, version: int) -> None:
    """What changes a value in place has to change its tangent in place."""
    if tangent is None or tangent._version == version:
        raise RuntimeError(
            "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is "
            "modifying an input inplace, then the jvp function must modify the corresponding gradient inplace."
        )
    if tangent is not given:
        raise RuntimeError(
            "An inplace custom Function is not returning the forward mode gradients as-is. If the forward is modifying "
            "an input inplace, then the jvp function must modify the gradient inplace and return it as-is."
        )


def _root(t: Tensor) -> Tensor:
    return t if t._view is None else t._view.base


def _check_view(out: Tensor, tangent: Any, args: Sequence[Any]) -> None:
    """The tangent of a view has to be a view of the tangent."""
    of = next((a for a in args if isinstance(a, Tensor) and _root(a) is _root(out)), None)
    given = _tangent(of)
    if given is None:
        return
    if tangent is None or tangent._view is None:
        raise RuntimeError(
            "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view."
        )
    if _root(tangent) is not _root(given):
        same = "the same base as " if given._view is not None else ""
        raise RuntimeError(
            f"A custom Function is returning a view but the jvp is not returning a view of {same}the given grad input."
        )
