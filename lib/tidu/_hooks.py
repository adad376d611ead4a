"""Hooks on gradients: registering and removing them, and what the engine does when it comes to one. 梯度钩子。"""

from __future__ import annotations

import itertools
import math
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tidu._backend import copied
from tidu._dtypes import TYPE_NAMES
from tidu._tensor import Tensor, wrap

if TYPE_CHECKING:
    from tidu._graph import Gradient, Node


class RemovableHandle:
    """What registering a hook returns; ``remove()`` takes the hook away, also at the end of a ``with``. 钩子句柄。

    ``beside`` are dicts in which it is noted what kind of hook it is, ``first`` puts it before the others.
    """

    _ids = itertools.count()

    def __init__(self, hooks: Any, hook: Any, *beside: dict[Any, bool], first: bool = False) -> None:
        self.id = next(self._ids)
        self._hooks, self._beside = hooks, beside
        hooks[self.id] = hook
        for noted in beside:
            noted[self.id] = True
        if first:
            hooks.move_to_end(self.id, last=False)

    def remove(self) -> None:
        """Take the hook away; a second call does nothing. 移除钩子。"""
        for noted in (self._hooks, *self._beside):
            noted.pop(self.id, None)

    def __getstate__(self) -> tuple[Any, ...]:
        """As PyTorch's, of which a saved module may keep one."""
        return self._hooks, self.id, self._beside

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._hooks, self.id, self._beside = state[0] or {}, state[1], tuple(state[2] or ()) if state[2:] else ()
        RemovableHandle._ids = itertools.count(max(next(self._ids), self.id + 1))  # the next one is another's

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class OnLeaves:
    """Whether hooks were ever put on a leaf: then a backward pass tells when a leaf's gradient is complete."""

    used = False


def around(n: Node, table: str, hook: Any) -> RemovableHandle:
    """Put a hook before or after a node (``pre_hooks``, ``post_hooks``)."""
    if getattr(n, table) is None:
        setattr(n, table, {})
    n.hooked, n.quick = True, None
    OnLeaves.used = OnLeaves.used or n.sequence < 0
    return RemovableHandle(getattr(n, table), hook)


def run_hooks(n: Node, g: Gradient | None, tensors: bool) -> Gradient:
    """The hooks on a tensor's gradient see Tensors, whichever reading runs; a returned Tensor replaces the gradient."""
    hooks = n.hooks if n.sequence >= 0 else n.variable._hooks
    for hook in [hooks[k] for k in sorted(hooks)] if hooks else ():
        given: Any = g if tensors or g is None else wrap(g)
        got = hook(given)
        if got is not None:
            check_replaced(hook, given, got)
            g = got if tensors else got._array
    return g


def check_replaced(hook: Any, given: Any, got: Any) -> None:
    """What a hook may give back in a gradient's place."""
    if given is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(got, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(got).__name__}'")
    name = f"hook '{getattr(hook, '__name__', type(hook).__name__)}'"
    if got._array.dtype != given._array.dtype:
        was, new = (TYPE_NAMES.get(t.dtype, "Tensor") for t in (given, got))
        raise RuntimeError(f"{name} has changed the type of value (was torch.{was} got torch.{new})")
    if got._array.shape != given._array.shape:
        raise RuntimeError(
            f"{name} has changed the size of value: it was given {list(given.shape)} and returned {list(got.shape)}"
        )


def run_around(n: Node, g: Gradient, tensors: bool) -> Sequence[Gradient | None]:
    """What a node gives, with the hooks before and after it."""
    several = isinstance(g, list)
    outputs = _as_tensors(g if several else [g], tensors)
    for hook in list((n.pre_hooks or {}).values()):
        outputs = _replaced(hook, outputs, hook(outputs))
    if n.pre_hooks:
        given = [t if t is None or tensors else t._array for t in outputs]
        g = given if several else given[0]
    below = list(n.backward(g, tensors))
    order = range(len(below)) if n.listed is None else n.listed  # as ``next_functions`` lists them
    for hook in list((n.post_hooks or {}).values()):
        inputs = _as_tensors([below[i] for i in order], tensors)
        got = hook(inputs, outputs)
        if got is not None:
            for i, t in zip(order, _replaced(hook, inputs, got), strict=True):
                below[i] = t if t is None or tensors else t._array
    return below


def _as_tensors(grads: Sequence[Gradient | None], tensors: bool) -> tuple[Tensor | None, ...]:
    return tuple([g if g is None or tensors else wrap(g) for g in grads])


def _replaced(hook: Any, given: tuple[Tensor | None, ...], got: Any) -> tuple[Tensor | None, ...]:
    if got is None:
        return given
    if not isinstance(got, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(got).__name__}'")
    if len(got) != len(given):
        name = getattr(hook, "__name__", type(hook).__name__)
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(got)}, but expected {len(given)})"
        )
    for old, new in zip(given, got, strict=True):
        if new is not None:
            check_replaced(hook, old, new)
    return got


def run_accumulated(variable: Tensor) -> None:
    """The hooks after ``.grad`` was added to."""
    for hook in list(variable.__dict__.get("_accumulated_hooks", {}).values()):
        got = hook(variable)
        if isinstance(got, Tensor):
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        if got is not None:
            raise TypeError(f"expected Variable, but hook returned '{type(got).__name__}'")


def _register_hook(self: Tensor, hook: Any) -> Any:
    """Call ``hook(grad)`` whenever this tensor's gradient is computed; a returned tensor replaces it. 注册梯度钩子。"""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._view is not None:
        self._synchronise()
    owner: Any = self if self._node is None else self._node
    table = "_hooks" if self._node is None else "hooks"
    OnLeaves.used = OnLeaves.used or self._node is None
    if getattr(owner, table) is None:
        setattr(owner, table, {})
    return RemovableHandle(getattr(owner, table), hook)


def _register_post_accumulate_grad_hook(self: Tensor, hook: Any) -> Any:
    """Call ``hook(tensor)`` after a leaf's ``.grad`` has been updated. 叶子梯度累积后的钩子。"""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._node is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    OnLeaves.used = True
    return RemovableHandle(self.__dict__.setdefault("_accumulated_hooks", {}), hook)


def _retain_grad(self: Tensor) -> None:
    """Have ``backward`` fill ``.grad`` of this non-leaf tensor too. 让非叶子张量也保留梯度。"""
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self._node is None or self._retains_grad:  # a leaf, or what was one when last asked: PyTorch asks no further
        return
    if self._view is not None:
        self._synchronise()
    owner = weakref.ref(self)  # the node must not keep its own output alive

    def store(g: Tensor | None) -> None:
        t = owner()
        if t is not None and g is not None:
            if t._grad is not None:
                t._grad = t._grad + g
            else:
                t._grad = g if g.requires_grad else wrap(copied(g._array))

    if self._node.hooks is None:
        self._node.hooks = {}
    self._node.hooks[math.inf] = store  # after all other hooks: what is kept is what flows on
    self._retains_grad = True


def _backward_hooks(self: Tensor) -> Any:
    """The hooks on this tensor's gradient, by their numbers. 梯度钩子。"""
    return self._hooks if self._node is None else self._node.hooks


setattr(Tensor, "_backward_hooks", property(_backward_hooks))
setattr(Tensor, "_post_accumulate_grad_hooks", property(lambda self: self.__dict__.get("_accumulated_hooks")))
setattr(Tensor, "register_hook", _register_hook)
setattr(Tensor, "register_post_accumulate_grad_hook", _register_post_accumulate_grad_hook)
setattr(Tensor, "retain_grad", _retain_grad)
