"""Operations that users define, forward and backward. 自定义算子。

``Function.apply`` calls ``forward`` where no history is recorded, and makes of the ``ctx`` that it got a node of the
graph. What becomes of the outputs stands in ``_custom``.
Source: https://docs.pytorch.org/docs/stable/notes/extending.html
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._graph import FREED, Gradient, Node, unbroadcast
from tidu._modes import modes, switch
from tidu._tensor import Tensor, wrap
from tidu.autograd import _custom
from tidu.autograd._custom import as_tuple

__all__ = [
    "BackwardCFunction", "Function", "FunctionCtx", "FunctionMeta", "InplaceFunction", "NestedIOFunction",
    "once_differentiable",
]  # fmt: skip


class FunctionCtx:
    """What ``forward`` leaves for ``backward``. forward 留给 backward 的东西。

    The attributes that these methods set last until ``apply`` is done; other attributes stay as long as the node.
    """

    __slots__ = ()
    to_save: Any
    saved_for_forward: Any
    dirty_tensors: Any
    non_differentiable: Any
    materialize_grads: Any

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``backward``, checked there against in-place changes. 保存张量。"""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``jvp``, which finds them in ``saved_tensors``. 为前向模式保存张量。"""
        if not all(t is None or isinstance(t, Tensor) for t in tensors):
            raise AssertionError(
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on "
                f"ctx: got {', '.join(type(t).__name__ for t in tensors)}"
            )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Declare inputs that ``forward`` changed in place. 声明被原地修改的输入。"""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Has no effect: shared memory is known without it. 已无作用。"""
        warnings.warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that "
            "calls to `set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Declare outputs that have no gradient. 声明不可导的输出。"""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients reach ``backward`` as zeros (default) or None. 缺失梯度是否补零。"""
        self.materialize_grads = value


class BackwardCFunction(FunctionCtx, Node):
    """The node of a custom function, and the ``ctx`` of its methods. 自定义算子的节点。"""

    _forward_cls: type[Function]
    to_save: tuple[Any, ...] | None = None
    saved_for_forward: tuple[Any, ...] | None = None
    dirty_tensors: tuple[Any, ...] | None = None
    non_differentiable: tuple[Any, ...] | None = None
    needs_input_grad: tuple[bool, ...] = ()
    makes = False  # who wrote the backward may keep what it returns
    wants_zeros = True
    freed = False
    read = False  # whether what was saved was asked for, where that is allowed once
    entries: Sequence[_custom.Saved | None] = ()
    inputs: Sequence[tuple[Any, Any] | None] = ()  # of each argument that is a tensor: shape and dtype
    results: Sequence[Any] = ()  # of each output: what zeros for it are made like, and their shape

    __repr__ = object.__repr__

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What ``save_for_backward`` kept. 取回保存的张量。"""
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        if self.freed:
            raise RuntimeError(FREED)
        if self.read:
            raise RuntimeError(
                "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
                "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
            )
        found = tuple([None if entry is None else entry.tensor(self) for entry in self.entries])
        if self._forward_cls.clear_saved_tensors_on_access:
            self.entries, self.read = (), True
        return found

    @property
    def saved_variables(self) -> tuple[Tensor | None, ...]:
        """The old name of ``saved_tensors``. 旧名。"""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def _write_only(self) -> Any:
        raise AttributeError(f"attribute 'materialize_grads' of '{type(self).__name__}' objects is not readable")

    def _set_materialize(self, value: bool) -> None:
        self.wants_zeros = bool(value)

    materialize_grads = property(_write_only, _set_materialize)

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient goes on from here. 是否有梯度要传下去。"""
        return any(e is not None for e in self.edges)

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes that made the arguments which are tensors. 上游节点。"""
        return tuple([pair for pair, meta in zip(super().next_functions, self.inputs, strict=True) if meta is not None])

    def apply(self, *grad_outputs: Any) -> Any:
        """Call ``backward`` (or ``vjp``) as its author wrote it. 调用用户写的反向。"""
        return self._forward_cls.call_backward(self, grad_outputs)

    def apply_jvp(self, *grad_inputs: Any) -> Any:
        """Call ``jvp`` as its author wrote it. 调用用户写的前向模式规则。"""
        return self._forward_cls.jvp(self, *grad_inputs)

    def backward(self, g: Gradient, tensors: bool) -> Sequence[Gradient | None]:
        given = [gi if gi is None or tensors else wrap(gi) for gi in (g if isinstance(g, list) else [g])]
        if self.wants_zeros:
            for i, made in enumerate(self.results):
                if given[i] is None and made is not None:
                    given[i] = wrap(np.zeros_like(made[0], shape=made[1]))
        got = as_tuple(self.apply(*given))
        metas = self.inputs
        n = len(metas)
        if len(got) < n or any(x is not None for x in got[n:]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {n}, got {len(got)})"
            )
        below: list[Gradient | None] = []
        for i, (gi, meta) in enumerate(zip(got, metas, strict=False)):
            if gi is None:
                below.append(None)
            elif meta is None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {i + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
            elif not isinstance(gi, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(gi).__name__}) from {self.name()}")
            else:
                below.append(None if self.edges[i] is None else _fit(self, i, gi, meta, tensors))
        return below

    def release(self) -> None:
        self.freed = True
        self.entries = ()


def _fit(node: Node, i: int, g: Tensor, meta: tuple[Any, Any], tensors: bool) -> Gradient:
    """A gradient as what it is of: its shape, and its dtype."""
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
        if g._array.dtype.kind == "c" and dtype.kind != "c":
            raise RuntimeError(
                f"Function {node.name()} returned a complex gradient at index {i} for an input that is not complex"
            )
        value = value.to(_dtypes.of(dtype)) if tensors else value.astype(dtype)
    return value


class FunctionMeta(type):
    """The class of such classes: each gets a class of nodes, named as PyTorch names it. 自定义算子的元类。"""

    _backward_cls: type[BackwardCFunction]

    def __init__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> None:
        cls._backward_cls = type(
            attrs.get("_shown_node", name + "Backward"),
            (BackwardCFunction,),
            {"_forward_cls": cls, "__module__": __name__},
        )
        super().__init__(name, bases, attrs)

    def call_backward(cls: Any, ctx: Any, grads: Sequence[Any]) -> Any:
        """``backward``, or ``vjp``, as its author wrote it. 调用用户写的反向。"""
        if cls.backward is not Function.backward and cls.vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        user = cls.backward if cls.vjp is Function.vjp else cls.vjp
        return user(ctx, list(grads)) if cls.boxed_grads_call else user(ctx, *grads)


class Function(FunctionCtx, metaclass=FunctionMeta):
    """Base of user-defined operations: static ``forward(ctx, …)`` and ``backward(ctx, *grads)``. 自定义算子的基类。

    Call as ``Exp.apply(x)``. ``backward`` (or ``vjp``, another name of it) returns one gradient for each argument of
    ``forward``, None where there is none; ``jvp(ctx, *tangents)``, the forward mode, is needed only there. With
    ``setup_context(ctx, inputs, output)``, ``forward`` is written without ``ctx``.

    ``generate_vmap_rule``  whether ``vmap`` may run the methods themselves on batched tensors; else ``vmap(info,
                            in_dims, *args)`` returns outputs and where their batch dimensions are
    ``clear_saved_tensors_on_access``  let go of saved tensors as soon as ``backward`` has read them
    ``boxed_grads_call``    give ``backward`` its gradients in one list, from which it may take what it is done with
    """

    generate_vmap_rule = False
    clear_saved_tensors_on_access = False
    boxed_grads_call = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            f"https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function): call {type(self).__name__}.apply"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """``forward(ctx, *args)``, or ``forward(*args)`` beside ``setup_context``: the operation itself. 前向。"""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep what ``backward`` will need, after ``forward`` ran without ``ctx``. 保存反向所需。"""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments, from those of the outputs. 反向。"""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Forward mode: the outputs' tangents, from the arguments' (None where there is none). 前向模式。"""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> Any:
        """The operation on a batch: outputs, and where the batch dimension of each is. 批量运行。"""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` and record it. 运行并记录。"""
        separate = cls.setup_context is not Function.setup_context
        if kwargs or separate:
            args = _in_order(cls, args, kwargs, separate)
        if modes.transforms and not separate:
            raise RuntimeError(_custom.ALONE)
        if modes.levels:
            from tidu.autograd import _custom_vmap  # which who does without ``vmap`` need not load

            return _custom_vmap.run(Function, cls, args, separate)
        return _custom.run(cls._backward_cls(), args, separate)


def _in_order(cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any], separate: bool) -> tuple[Any, ...]:
    """The arguments of ``forward`` one after the other: each gets a gradient; ``setup_context`` sees defaults too."""
    signature = cls.__dict__.get("_signature")
    if signature is None:
        signature = cls._signature = inspect.signature(cls.forward)  # type: ignore[attr-defined]
    bound = signature.bind(*(() if separate else (None,)), *args, **kwargs)
    if separate or bound.kwargs:
        bound.apply_defaults()
    if bound.kwargs:
        raise TypeError(f"forward() got an unexpected keyword argument '{next(iter(bound.kwargs))}'")
    return tuple(bound.args if separate else bound.args[1:])


class _DelayedError(Function):
    """The identity, with a backward that says why there is none."""

    _shown_node = "Error"
    generate_vmap_rule = True

    @staticmethod
    def forward(*tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple([t.detach() for t in tensors])

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


setattr(_DelayedError._backward_cls, "name", lambda self: "torch::autograd::Error")


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a ``backward`` that is not itself differentiable: a second derivative raises. 只能求一次导。"""

    @functools.wraps(fn)
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        previous = switch(False)
        try:
            grads = fn(ctx, *grad_outputs)
        finally:
            switch(previous)
        if not modes.grad or not any(isinstance(g, Tensor) and g.requires_grad for g in grad_outputs):
            return grads
        listed = list(as_tuple(grads))
        real = [i for i, g in enumerate(listed) if g is not None]
        refused = _DelayedError.apply(*(listed[i].detach().requires_grad_() for i in real))
        for i, g in zip(real, refused, strict=True):
            listed[i] = g
        return tuple(listed)

    return backward


class InplaceFunction(Function):
    """The old base of functions with an ``inplace`` option, which ``Function`` serves as well. 旧版的原地函数。"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """The old base of functions of nested lists, whose calls belonged to instances. 旧版的嵌套函数。"""

    def __call__(self, *args: Any) -> Any:
        raise AttributeError(
            f"'{type(self).__name__}' object has no attribute '_do_forward': functions are no longer called as objects"
        )

    def forward_extended(self, *args: Any) -> None:
        """前向 / What a subclass computes, of nested arguments."""
        raise NotImplementedError

    def backward_extended(self, *grad_output: Any) -> None:
        """反向 / Its gradients."""
        raise NotImplementedError
