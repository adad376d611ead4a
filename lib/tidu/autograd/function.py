"""Operations that users define, forward and backward. 自定义算子。

Source: https://docs.pytorch.org/docs/stable/notes/extending.html
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._graph import FREED, Gradient, Node, edge, modified, next_sequence, port, unbroadcast
from tidu._modes import Volatile, modes, switch
from tidu._op import link
from tidu._tangents import give
from tidu._tensor import Tensor, wrap


class FunctionCtx(Node):
    """What ``forward`` leaves for ``backward``; also the node itself. forward 留给 backward 的东西。"""

    _function: type[Function]
    _to_save: tuple[Any, ...] = ()
    _for_jvp: tuple[Any, ...] | None = None  # what ``save_for_forward`` kept
    _pushing = False  # while ``jvp`` runs
    _dirty: tuple[Tensor, ...] = ()
    _without_gradient: tuple[Tensor, ...] = ()
    _materialize = True
    makes = False  # who wrote the backward may keep what it returns
    _shapes: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()
    _freed = False

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``backward``, checked there against in-place changes. 保存张量。"""
        for i, t in enumerate(tensors):
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}"
                )
        self._to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``jvp``, which finds them in ``saved_tensors``. 为前向模式保存张量。"""
        if not all(t is None or isinstance(t, Tensor) for t in tensors):
            raise AssertionError(
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on "
                f"ctx: got {', '.join(type(t).__name__ for t in tensors)}"
            )
        self._for_jvp = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Declare inputs that ``forward`` changed in place. 声明被原地修改的输入。"""
        self._dirty = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Declare outputs that have no gradient. 声明不可导的输出。"""
        self._without_gradient = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients reach ``backward`` as zeros (default) or None. 缺失梯度是否补零。"""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What ``save_for_backward`` kept. 取回保存的张量。"""
        if self._pushing and self._for_jvp is not None:
            return tuple(None if t is None else _without_tangent(t) for t in self._for_jvp)
        if self._freed:
            raise RuntimeError(FREED)
        found: list[Tensor | None] = []
        for entry in self.__dict__.get("_kept", ()):
            found.append(None if entry is None else _unpack(self, *entry))
        return tuple(found)

    def backward(self, g: Gradient, tensors: bool) -> Sequence[Gradient | None]:
        grads = g if isinstance(g, list) else [g]
        given: list[Tensor | None] = []
        for gi, (shape, dtype) in zip(grads, self._shapes, strict=True):
            if gi is None and self._materialize:
                given.append(wrap(np.zeros(shape, dtype)))
            else:
                given.append(gi if gi is None or tensors else wrap(gi))
        got = self._function.backward(self, *given)
        got = got if isinstance(got, (tuple, list)) else (got,)
        n = len(self.needs_input_grad)
        if len(got) > n and any(x is not None for x in got[n:]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {n}, got {len(got)})"
            )
        if len(got) < n:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {n}, got {len(got)})"
            )
        below: list[Gradient | None] = []
        for i, (gi, meta) in enumerate(zip(got, self.__dict__["_inputs"], strict=False)):
            if gi is None or meta is None:
                below.append(None)
                continue
            if not isinstance(gi, Tensor):
                raise TypeError(f"function {self.name()}: gradient {i} must be Tensor or None, not {type(gi).__name__}")
            below.append(_fit(self, i, gi, meta, tensors))
        return below

    def release(self) -> None:
        self._freed = bool(self._to_save)
        self.__dict__.pop("_kept", None)


def _fit(node: FunctionCtx, i: int, g: Tensor, meta: tuple[Any, ...], tensors: bool) -> Gradient:
    shape, dtype = meta
    value: Gradient = g if tensors else g._array
    if value.shape != shape:
        try:
            fits = np.broadcast_shapes(shape, g._array.shape) == g._array.shape
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {node.name()} returned an invalid gradient at index {i} - got {list(g.shape)} but expected "
                f"shape compatible with {list(shape)}"
            )
        value = unbroadcast(value, shape)
    if g._array.dtype != dtype:
        value = value.to(_torch_dtype(dtype)) if tensors else value.astype(dtype)
    return value


def _torch_dtype(dtype: np.dtype) -> Any:
    return _dtypes.of(dtype)


def _unpack(node: FunctionCtx, t: Tensor, version: int, output: int | None) -> Tensor:
    if t._version != version:
        raise modified(t, t._version, version, t._node)
    if output is None:
        return t
    out = wrap(t._array)  # an output was kept without its history: it would be a cycle
    out._storage = t.untyped_storage()
    out._node, out._requires_grad = (node if node.outputs == 1 else port(node, output)), True
    return out


class Function:
    """Base of user-defined operations: static ``forward(ctx, …)`` and ``backward(ctx, *grads)``. 自定义算子的基类。

    Call as ``Exp.apply(x)``. ``backward`` returns one gradient for each argument of ``forward``, None where there is
    none; ``jvp(ctx, *tangents)``, the forward mode, is needed only there.
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Forward mode: the outputs' tangents, from the arguments' (None where there is none)."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            "new-style autograd function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function), and call "
            f"{type(self).__name__}.apply"
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` and record it. 运行并记录。"""
        ctx: Any = _node_class(cls)()
        if kwargs or hasattr(cls, "setup_context"):
            args = _in_order(cls, args, kwargs)
        needs = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        ctx.needs_input_grad = needs
        volatile = Volatile.among(args)
        recorded = modes.grad and any(needs) and not volatile
        edges = tuple(edge(a) if need and recorded else None for a, need in zip(args, needs, strict=True))
        tangents = [a._tangent if isinstance(a, Tensor) else None for a in args] if modes.dual else []
        previous, dual, modes.dual = switch(False), modes.dual, 0
        try:
            if hasattr(cls, "setup_context"):
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
            else:
                result = cls.forward(ctx, *args)
        finally:
            switch(previous)
            modes.dual = dual
        several = isinstance(result, (tuple, list))
        outs: list[Any] = list(result) if several else [result]
        inputs = [a for a in args if isinstance(a, Tensor)]
        for i, out in enumerate(outs):
            if isinstance(out, Tensor) and any(out is a for a in inputs) and not any(out is d for d in ctx._dirty):
                outs[i] = out.view_as(out) if not recorded else _alias(out)
                if recorded:
                    link(outs[i], out, (_itself, {}), "custom")
            elif recorded and isinstance(out, Tensor) and out._view is not None:
                if any(out._storage is a._storage for a in inputs):
                    out._view.kind = "custom"
        if recorded:
            ctx._function = cls
            ctx.below = edges
            ctx.sequence = next_sequence()
            ctx._inputs = [
                (a._array.shape, a._array.dtype) if isinstance(a, Tensor) and need else None
                for a, need in zip(args, needs, strict=True)
            ]
            ctx.outputs = len(outs)
            ctx._shapes = tuple(
                (o._array.shape, o._array.dtype) if isinstance(o, Tensor) else ((), np.dtype("f4")) for o in outs
            )
            for d in ctx._dirty:
                d.untyped_storage().version += 1
            for i, out in enumerate(outs):
                if not isinstance(out, Tensor) or out._array.dtype.kind not in "fcV":
                    continue
                if any(out is n or result is n for n in ctx._without_gradient):
                    continue
                out._node, out._requires_grad = (ctx if len(outs) == 1 else port(ctx, i)), True
        if any(t is not None for t in tangents):
            _push_tangents(cls, ctx, tangents, outs)
        if volatile:
            for out in outs:
                if isinstance(out, Tensor):
                    out._tangent = Volatile.mark
        originals = list(result) if several else [result]
        ctx._kept = [None if t is None else _keep(t, originals, outs, recorded) for t in ctx._to_save]
        return tuple(outs) if several else outs[0]


def _itself(base: Any) -> Any:
    return base


def _in_order(cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of ``forward`` one after the other: each gets a gradient; ``setup_context`` sees defaults too."""
    separate = hasattr(cls, "setup_context")
    bound = inspect.signature(cls.forward).bind(*(() if separate else (None,)), *args, **kwargs)
    if separate or bound.kwargs:
        bound.apply_defaults()
    if bound.kwargs:
        raise TypeError(f"forward() got an unexpected keyword argument '{next(iter(bound.kwargs))}'")
    return bound.args if separate else bound.args[1:]


def _push_tangents(cls: type[Function], ctx: Any, tangents: list[Any], outs: list[Any]) -> None:
    ctx._pushing = True
    try:
        pushed = cls.jvp(ctx, *tangents)
    finally:
        ctx._pushing = False
    pushed = pushed if isinstance(pushed, (tuple, list)) else (pushed,)
    if len(pushed) != len(outs):
        raise RuntimeError(f"{cls.__name__}.jvp returned {len(pushed)} tangents for {len(outs)} outputs of forward")
    for out, tangent in zip(outs, pushed, strict=True):
        if isinstance(out, Tensor):
            give(out, tangent)


def _without_tangent(t: Tensor) -> Tensor:
    out = _alias(t)
    out._node, out._requires_grad = t._node, t._requires_grad
    return out


def _alias(t: Tensor) -> Tensor:
    out = wrap(t._array)
    out._storage = t.untyped_storage()
    return out


def _keep(t: Tensor, originals: list[Any], outs: list[Any], recorded: bool) -> tuple[Tensor, int, int | None]:
    for i, original in enumerate(originals):
        if t is original and recorded:
            bare = wrap(t._array)
            bare._storage = t.untyped_storage()
            return bare, bare._version, i
    return t, t._version, None


def _node_class(cls: type[Function]) -> type[FunctionCtx]:
    made = cls.__dict__.get("_node_class")
    if made is None:
        made = type(getattr(cls, "_shown_node", f"{cls.__name__}Backward"), (FunctionCtx,), {})
        cls._node_class = made  # type: ignore[attr-defined]
    return made


class _Refused(Function):
    """The identity, with a backward that says why there is none."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(map(_alias, tensors))

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a ``backward`` that is not itself differentiable: a second derivative raises. 只能求一次导。"""

    @functools.wraps(fn)
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        twice = modes.grad and any(isinstance(g, Tensor) and g.requires_grad for g in grad_outputs)
        previous = switch(False)
        try:
            grads = fn(ctx, *grad_outputs)
        finally:
            switch(previous)
        if not twice:
            return grads
        several = isinstance(grads, tuple)
        listed = list(grads) if several else [grads]
        real = [i for i, g in enumerate(listed) if g is not None]
        refused = _Refused.apply(*(listed[i].detach().requires_grad_() for i in real))
        for i, g in zip(real, refused, strict=True):
            listed[i] = g
        return tuple(listed) if several else listed[0]

    return backward
