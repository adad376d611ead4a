"""Hooks on gradients: registering and removing them, and what the engine does when it comes to one. 梯度钩子。"""

from __future__ import annotations

import itertools
import math
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tidu._backend import copied
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


def run_hooks(n: Node, g: Gradient | None, tensors: bool) -> Gradient:
    """Hooks see Tensors, whichever reading runs; a returned Tensor replaces the gradient."""
    variable = getattr(n, "variable", None)
    tables: tuple[Any, ...] = (n.hooks,) if variable is None else (variable._hooks, n.hooks)
    for hooks in tables:
        for hook in [hooks[k] for k in sorted(hooks)] if hooks else ():
            given = g if tensors or g is None or isinstance(g, list) else wrap(g)
            got = hook(given)
            if got is None:
                continue
            if given is None:
                raise RuntimeError("can't replace a None gradient with a non-None value")
            if not isinstance(got, Tensor):
                raise TypeError(f"expected Variable, but hook returned '{type(got).__name__}'")
            if got._array.shape != given._array.shape:
                raise RuntimeError(
                    f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value: it was given "
                    f"{list(given.shape)} and returned {list(got.shape)}"
                )
            g = got if tensors else got._array
    return g


def run_post_hooks(n: Node, below: Sequence[Gradient | None], g: Gradient, tensors: bool) -> Sequence[Gradient | None]:
    assert n.post_hooks is not None
    as_tensor = lambda v: v if v is None or tensors else wrap(v)  # noqa: E731
    outputs = tuple(map(as_tensor, g)) if isinstance(g, list) else (as_tensor(g),)
    for hook in list(n.post_hooks.values()):
        got = hook(tuple(map(as_tensor, below)), outputs)
        if got is not None:
            got = got if isinstance(got, tuple) else (got,)
            below = [v if v is None or tensors else v._array for v in got]
    return below


def _register_hook(self: Tensor, hook: Any) -> Any:
    """Call ``hook(grad)`` whenever this tensor's gradient is computed; a returned tensor replaces it. 注册梯度钩子。"""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._view is not None:
        self._synchronise()
    owner: Any = self if self._node is None else self._node
    table = "_hooks" if self._node is None else "hooks"
    if getattr(owner, table) is None:
        setattr(owner, table, {})
    return RemovableHandle(getattr(owner, table), hook)


def _register_post_accumulate_grad_hook(self: Tensor, hook: Any) -> Any:
    """Call ``hook(tensor)`` after a leaf's ``.grad`` has been updated. 叶子梯度累积后的钩子。"""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._node is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
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


setattr(Tensor, "register_hook", _register_hook)
setattr(Tensor, "register_post_accumulate_grad_hook", _register_post_accumulate_grad_hook)
setattr(Tensor, "retain_grad", _retain_grad)
