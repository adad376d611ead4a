"""Hooks: what a module calls beside its forward and backward. 模块的钩子。

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from tidu._hooks import RemovableHandle
from tidu._tensor import Tensor
from tidu.autograd.function import Function


class _Everywhere:
    """Hooks of all modules."""

    def __init__(self) -> None:
        self.forward_pre: OrderedDict[int, Any] = OrderedDict()
        self.forward: OrderedDict[int, Any] = OrderedDict()
        self.forward_with_kwargs: dict[int, bool] = {}
        self.forward_always: dict[int, bool] = {}
        self.backward_pre: OrderedDict[int, Any] = OrderedDict()
        self.backward: OrderedDict[int, Any] = OrderedDict()
        self.full_backward: bool | None = None  # of which kind those are
        self.parameter: OrderedDict[int, Any] = OrderedDict()
        self.buffer: OrderedDict[int, Any] = OrderedDict()
        self.module: OrderedDict[int, Any] = OrderedDict()


everywhere = _Everywhere()


def popped(hooks: dict[Any, Any], wanted: Callable[[Any], bool]) -> Any:
    """The first hook of which ``wanted`` holds, taken away; None where there is none."""
    key = next((key for key, hook in hooks.items() if wanted(hook)), None)
    return hooks.pop(key) if key is not None else None


# ---- gradients on their way into and out of a module


class BackwardHookFunction(Function):
    """The identity; ``arrive`` sees the gradients, and may put others in their place."""

    @staticmethod
    def forward(ctx: Any, arrive: Callable[[tuple[Any, ...]], Any], *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.arrive = arrive
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        ctx.set_materialize_grads(False)
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        other = ctx.arrive(grads)
        return None, *(grads if other is None else other)


class BackwardHook:
    """One call of a module with backward hooks: waits for the gradients of its outputs, then of its inputs."""

    def __init__(self, module: Any, hooks: list[Any], pre_hooks: list[Any]) -> None:
        self.module, self.hooks, self.pre_hooks = module, hooks, pre_hooks
        self.grad_outputs: tuple[Any, ...] | None = None
        self.n_inputs, self.n_outputs = -1, -1
        self.inputs: list[int] | None = None  # which arguments are tensors; None where none requires a gradient
        self.outputs: list[int] = []

    def _through(self, arrive: Callable[..., Any], args: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[int] | None]:
        places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        if not any(args[i].requires_grad for i in places):
            return args, None
        passed = BackwardHookFunction.apply(arrive, *[args[i] for i in places])
        found = list(args)
        for i, t in zip(places, passed, strict=True):
            found[i] = t
        return tuple(found), places

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.n_inputs = len(args)
        args, self.inputs = self._through(self._at_inputs, args)
        return args

    def setup_output_hook(self, result: Any) -> Any:
        single = not isinstance(result, tuple)
        args = (result,) if single else result
        self.n_outputs = len(args)
        args, places = self._through(self._at_outputs, args)
        self.outputs = places or []
        return args[0] if single else args

    def _spread(self, places: list[int], grads: tuple[Any, ...], n: int) -> tuple[Any, ...]:
        found: list[Any] = [None] * n
        for i, g in zip(places, grads, strict=True):
            found[i] = g
        return tuple(found)

    def _at_inputs(self, grads: tuple[Any, ...]) -> Any:
        if self.grad_outputs is None:
            return None  # the outputs have had no gradient: another call's backward came through
        assert self.inputs is not None
        given = self._spread(self.inputs, grads, self.n_inputs)
        for hook in self.hooks:
            given = self._replaced(hook(self.module, given, self.grad_outputs), given, "input")
        self.grad_outputs = None
        return tuple(given[i] for i in self.inputs)

    def _at_outputs(self, grads: tuple[Any, ...]) -> Any:
        given = self._spread(self.outputs, grads, self.n_outputs)
        for hook in self.pre_hooks:
            given = self._replaced(hook(self.module, given), given, "output")
        self.grad_outputs = given
        if self.inputs is None:  # there is nothing to wait for
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no "
                "inputs require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
                "#torch.nn.Module.register_full_backward_hook for more details.",
                stacklevel=2,
            )
            for hook in self.hooks:
                result = hook(self.module, (None,) * self.n_inputs, given)
                if result is not None and not (isinstance(result, tuple) and all(r is None for r in result)):
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should always return None or None "
                        "for all gradients."
                    )
            self.grad_outputs = None
        return tuple(given[i] for i in self.outputs)

    def _replaced(self, result: Any, given: tuple[Any, ...], what: str) -> tuple[Any, ...]:
        if result is None:
            return given
        result = result if isinstance(result, tuple) else (result,)
        if len(result) != len(given):
            raise RuntimeError(
                f"Backward hook returned an invalid number of grad_{what}, got {len(result)}, but expected {len(given)}"
            )
        return result


def _warn_of_old(args: tuple[Any, ...], result: Any) -> None:
    """A hook of the old kind sees the last node of a forward alone: what of its inputs that leaves out."""
    outputs = (result,) if isinstance(result, Tensor) else result
    if not isinstance(outputs, tuple) or not all(isinstance(r, Tensor) for r in outputs):
        why = "on a Module that does not return a single Tensor or a tuple of Tensors"
    elif not all(isinstance(a, Tensor) for a in args):
        why = "on a Module that does not take as input a single Tensor or a tuple of Tensors"
    elif len(outputs) > 1:
        why = "when outputs are generated by different autograd Nodes"
    else:
        node = outputs[0].grad_fn
        if node is None or {n for n, _ in node.next_functions} == {t.grad_fn for t in args}:
            return
        why = "when the forward contains multiple autograd Nodes"
    warnings.warn(
        f"Using {'non-full backward hooks' if 'Module' in why else 'a non-full backward hook'} {why} is deprecated and "
        "will be removed in future versions. This hook will be missing some grad_input. Please use "
        "register_full_backward_hook to get the documented behavior.",
        FutureWarning,
        stacklevel=4,
    )


# ---- what a module adds to itself


class Hooks:
    """The part of ``Module`` that registers hooks and calls them."""

    _forward_hooks: OrderedDict[int, Any]
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _forward_pre_hooks: OrderedDict[int, Any]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]
    _backward_hooks: OrderedDict[int, Any]
    _backward_pre_hooks: OrderedDict[int, Any]
    _is_full_backward_hook: bool | None
    forward: Callable[..., Any]

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """前向之前的钩子 / ``hook(module, args)`` before each forward; what it returns takes the arguments' place.

        ``with_kwargs``: ``hook(module, args, kwargs)``, which returns both or None. ``prepend``: before the others.
        """
        beside = (self._forward_pre_hooks_with_kwargs,) if with_kwargs else ()
        return RemovableHandle(self._forward_pre_hooks, hook, *beside, first=prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """前向之后的钩子 / ``hook(module, args, output)`` after each forward; what it returns takes the output's place.

        ``with_kwargs``: ``hook(module, args, kwargs, output)``. ``always_call``: also when forward raises.
        """
        beside = [self._forward_hooks_with_kwargs] if with_kwargs else []
        beside += [self._forward_hooks_always_called] if always_call else []
        return RemovableHandle(self._forward_hooks, hook, *beside, first=prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """反向之前的钩子 / ``hook(module, grad_output)`` when the outputs' gradients are there; may return others."""
        return RemovableHandle(self._backward_pre_hooks, hook, first=prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """反向的钩子 / ``hook(module, grad_input, grad_output)`` when the inputs' gradients are there; may return
        other ``grad_input``."""
        if self._is_full_backward_hook is False:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only "
                "one of them."
            )
        self._is_full_backward_hook = True
        return RemovableHandle(self._backward_hooks, hook, first=prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """旧式的反向钩子 / Old: sees the gradients of the last operation in forward; use the full one."""
        if self._is_full_backward_hook is True:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only "
                "one of them."
            )
        self._is_full_backward_hook = False
        return RemovableHandle(self._backward_hooks, hook)

    def _split_backward_hooks(self) -> tuple[list[Any], list[Any]]:
        """Full hooks and those of the old kind: those of all modules first."""
        full: list[Any] = []
        old: list[Any] = []
        if everywhere.backward:
            (full if everywhere.full_backward else old).extend(everywhere.backward.values())
        if self._backward_hooks:
            (full if self._is_full_backward_hook else old).extend(self._backward_hooks.values())
        return full, old

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        called: set[int] = set()
        try:
            return self._call_in_order(args, kwargs, called)
        except Exception:
            for id, hook in [*everywhere.forward.items(), *self._forward_hooks.items()]:
                always = id in self._forward_hooks_always_called or id in everywhere.forward_always
                if always and id not in called:
                    self._call_after_error(id, hook, args, kwargs)
            raise

    def _call_after_error(self, id: int, hook: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        with_kwargs = id in self._forward_hooks_with_kwargs or id in everywhere.forward_with_kwargs
        try:
            hook(self, args, *((kwargs,) if with_kwargs else ()), None)
        except Exception as error:
            warnings.warn(
                f"module forward hook with ``always_call=True`` raised an exception that was silenced as another error "
                f"was raised in forward: {error}",
                stacklevel=2,
            )

    def _call_in_order(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> Any:
        for id, hook in [*everywhere.forward_pre.items(), *self._forward_pre_hooks.items()]:
            if id in self._forward_pre_hooks_with_kwargs:
                other = hook(self, args, kwargs)
                if other is not None:
                    if not isinstance(other, tuple) or len(other) != 2:
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {other}."
                        )
                    args, kwargs = other
            else:
                other = hook(self, args)
                if other is not None:
                    args = other if isinstance(other, tuple) else (other,)
        full, old = self._split_backward_hooks()
        pre = [*everywhere.backward_pre.values(), *self._backward_pre_hooks.values()]
        around = BackwardHook(self, full, pre) if full or pre else None
        if around is not None:
            args = around.setup_input_hook(args)
        result = self.forward(*args, **kwargs)
        for id, hook in [*everywhere.forward.items(), *self._forward_hooks.items()]:
            called.add(id)
            if id in self._forward_hooks_with_kwargs or id in everywhere.forward_with_kwargs:
                other = hook(self, args, kwargs, result)
            else:
                other = hook(self, args, result)
            if other is not None:
                result = other
        if around is not None:
            if not isinstance(result, (Tensor, tuple)):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                    f"received {type(result)}",
                    stacklevel=3,
                )
            result = around.setup_output_hook(result)
        if old:
            _warn_of_old(args, result)
            self._hook_last_node(old, result)
        return result

    def _hook_last_node(self, hooks: list[Any], result: Any) -> None:
        while not isinstance(result, Tensor):
            values = list(result.values()) if isinstance(result, dict) else result
            result = next((v for v in values if isinstance(v, Tensor)), None) if isinstance(result, dict) else values[0]
            if result is None:
                return
        node = result.grad_fn
        if node is not None:
            for hook in hooks:
                node.register_hook(lambda grad_in, grad_out, hook=hook: hook(self, grad_in, grad_out))


# ---- hooks of all modules


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """所有模块的前向前钩子 / ``hook(module, args)`` before each forward of each module."""
    return RemovableHandle(everywhere.forward_pre, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """所有模块的前向后钩子 / ``hook(module, args, output)`` after each forward of each module."""
    beside = [everywhere.forward_with_kwargs] if with_kwargs else []
    beside += [everywhere.forward_always] if always_call else []
    return RemovableHandle(everywhere.forward, hook, *beside)


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """所有模块的反向前钩子 / ``hook(module, grad_output)`` before each backward of each module."""
    return RemovableHandle(everywhere.backward_pre, hook)


def _register_backward(hook: Callable[..., Any], full: bool) -> RemovableHandle:
    if everywhere.full_backward is (not full):
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a global Module hook. Please use only "
            "one of them."
        )
    everywhere.full_backward = full
    return RemovableHandle(everywhere.backward, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """所有模块的反向钩子 / ``hook(module, grad_input, grad_output)`` in each backward of each module."""
    return _register_backward(hook, True)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """旧式的全局反向钩子 / Old: use the full one."""
    return _register_backward(hook, False)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """注册参数时的钩子 / ``hook(module, name, parameter)`` when a module gets one; may return another."""
    return RemovableHandle(everywhere.parameter, hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """注册缓冲区时的钩子 / ``hook(module, name, buffer)`` when a module gets one; may return another."""
    return RemovableHandle(everywhere.buffer, hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """注册子模块时的钩子 / ``hook(module, name, submodule)`` when a module gets one; may return another."""
    return RemovableHandle(everywhere.module, hook)
