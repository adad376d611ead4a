"""Optimizers that treat each number by itself, which nearly all do: the step around the rule. 逐元素的优化器。

A rule is the algorithm as its paper writes it, with operators only: from a parameter, its gradient and its state it
gives the new parameter and the new state. On arrays it runs block after block, while they are in the cache; on
Tensors, of an optimizer that is ``differentiable``, it is recorded. Where it pays, ``fast`` is the same rule in fewer
passes and without temporaries.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from tidu import _operands
from tidu._backend import QUIET, quiet_reset, quiet_set
from tidu._kernels import BLOCK
from tidu._modes import modes, switch
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu._threads import get_num_threads, share
from tidu.optim.optimizer import Optimizer, evaluated

DEVICES = "['cuda', 'xpu', 'hpu', 'privateuseone', 'xla']"


class Elementwise(Optimizer):
    """逐元素的优化器 / An optimizer whose rule is elementwise: it says what to do with one parameter."""

    def update(self, p: Tensor, g: Tensor, group: dict[str, Any]) -> None:
        raise NotImplementedError

    def each(self, group: dict[str, Any]) -> Callable[[Tensor, Tensor], None]:
        """``update`` for the parameters of a group: where they are many and small, what is the same for all of them is
        better found out once."""
        return partial(self.update, group=group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """更新一步 / Change the parameters by their gradients; ``closure`` computes the loss anew and returns it."""
        previous = switch(bool(self.defaults.get("differentiable")))
        token = quiet_set(QUIET)
        try:
            loss = evaluated(closure)
            for group in self.param_groups:
                update, capturable = self.each(group), group.get("capturable")
                for p in group["params"]:
                    if p._grad is not None or (p._node is not None and p.grad is not None):
                        if capturable and not p.is_cuda:
                            raise AssertionError(
                                f"If capturable=True, params and state_steps must be on supported devices: {DEVICES}."
                            )
                        update(p, p._grad)
        finally:
            quiet_reset(token)
            switch(previous)
        return loss


def counted(state: dict[str, Any]) -> int:
    """One step more: ``state["step"]`` counts them, in a tensor. 步数加一。"""
    count = state["step"]._array
    count += 1
    return int(count)


def begin(state: dict[str, Any], p: Tensor, *names: str) -> dict[str, Any]:
    """The first time: no steps, and zeros like the parameter. 初始状态。"""
    if not state:
        state["step"] = scalar(0)
        for name in names:
            state[name] = zeros_like(p)
    return state


def scalar(value: float) -> Tensor:
    """A number that is state: a float32 tensor without dimensions."""
    return wrap(np.array(value, np.float32))


def zeros_like(p: Tensor) -> Tensor:
    return wrap(np.zeros_like(p._array))


def number(value: Any) -> Any:
    """An option that may be a tensor of one element, as a number; in a recorded step, as it is."""
    return value.item() if isinstance(value, Tensor) and not modes.grad else value


def in_dtype(dtype: Any, options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Options with these, where they are numbers, as arrays without dimensions: NumPy takes them in half the time."""
    if dtype.kind != "f" or modes.grad:
        return options
    return options | {n: _operands.scalar(options[n], dtype) for n in names if isinstance(options.get(n), (int, float))}


def apply(
    rule: Callable[..., Any], p: Tensor, g: Tensor, state: dict[str, Any], names: Sequence[str],
    fast: Callable[..., Any] | None = None, /, **options: Any,
) -> None:  # fmt: skip
    """``p, *states = rule(p, g, *states, **options)``, written where they are."""
    if modes.grad:
        new, *states = rule(p, g, *[state[n] for n in names], **options)
        p.copy_(new)
        state.update(zip(names, states, strict=True))
        return
    first = p._array
    arrays = [first, g._array]
    for n in names:
        arrays.append(state[n]._array)
    storage = p.untyped_storage() if p._storage is None else p._storage
    storage.version += 1
    kind = first.dtype.kind
    if kind == "c":  # real and imaginary parts are parameters of their own
        arrays = [_parts(a) for a in arrays]
        first = arrays[0]
    elif not first.ndim:  # ufuncs give numbers of those, not arrays
        arrays = [a.reshape(1) for a in arrays]
    size = first.size
    alike = True  # whether all are of the host and of one size
    for a in arrays:
        if type(a) is not np.ndarray or a.size != size:
            alike = False
    run = fast if fast is not None and alike and kind in "fc" else _written(rule)
    if size <= BLOCK or not alike or not all(a.flags.c_contiguous for a in arrays):
        run(*arrays, **options)
        return
    flat = [a.reshape(-1) for a in arrays]
    pieces = -(-first.size // BLOCK)
    pieces += -pieces % get_num_threads()
    size = -(-first.size // pieces)

    def work(i: int) -> None:
        run(*[a[i * size : (i + 1) * size] for a in flat], **options)

    share(work, -(-first.size // size))


def _parts(a: Any) -> Any:
    if a.dtype.kind != "c":
        return a
    seen: Any = FUNCTIONS["view_as_real"](wrap(a))._array
    return seen


def _written(rule: Callable[..., Any]) -> Callable[..., None]:
    def run(p: Any, g: Any, *states: Any, **options: Any) -> None:
        read = [p, g, *states]
        if p.dtype.kind == "V":  # bfloat16, which NumPy cannot compute with
            read = [a.astype(np.float32) for a in read]
        for old, new in zip((p, *states), rule(*read, **options), strict=True):
            old[...] = new

    return run


class _Scratch(threading.local):
    def __init__(self) -> None:
        self.memory = np.empty(0, np.uint8)
        self.arrays: dict[Any, Any] = {}  # of this memory, by shape and dtype


_scratch = _Scratch()


def scratch(p: Any) -> Any:
    """Room for an array like ``p``, a block: memory of this thread's, the same every time.

    Fresh memory would be new to the cache, and to the page table.
    """
    key = p.shape, p.dtype
    found = _scratch.arrays.get(key)
    if found is None:
        if _scratch.memory.size < p.nbytes or len(_scratch.arrays) > 256:
            _scratch.memory, _scratch.arrays = np.empty(max(p.nbytes, _scratch.memory.size), np.uint8), {}
        found = _scratch.arrays[key] = _scratch.memory[: p.nbytes].view(p.dtype).reshape(p.shape)
    return found


# ---- what most of them accept, and check


def check_lr(lr: Any) -> None:
    """``ValueError`` for a learning rate that is negative, or a tensor of several. 检查学习率。"""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    check("learning rate", lr, 0.0 <= lr)


def check(what: str, value: Any, fine: Any) -> None:
    """``ValueError`` where an option is not ``fine``."""
    if not fine:
        raise ValueError(f"Invalid {what}: {value}")


def check_betas(betas: Sequence[Any]) -> None:
    for i in range(2):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")


def check_fused(fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
    """Which ways of computing exclude each other in PyTorch; here there is one, whatever is chosen."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def signed(p: Any, g: Any, maximize: bool, weight_decay: Any) -> Any:
    """The gradient to go down by: turned round to maximize, with weight decay as the gradient of wd/2 |p|^2."""
    if maximize:
        g = -g
    return g + weight_decay * p if weight_decay else g
