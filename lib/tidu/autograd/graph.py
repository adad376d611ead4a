"""The graph for those who walk it, and what it saves for backward. 计算图与它保存的值。

Source: https://docs.pytorch.org/docs/stable/autograd.html#autograd-graph
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tidu._backend import copied
from tidu._graph import AccumulateGrad, GradientEdge, Node, edge
from tidu._hooks import RemovableHandle
from tidu._inference import UNTRACKED
from tidu._modes import modes
from tidu._overlap import may_overlap
from tidu._saving import pack_what_is_set
from tidu._tensor import Tensor, wrap

__all__ = [
    "AccumulateGrad", "GradientEdge", "Node", "RemovableHandle", "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks", "get_gradient_edge", "increment_version", "region_activation_memory_budget",
    "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks", "set_override_stale_capture_stream",
    "set_warn_on_accumulate_grad_stream_mismatch",
]  # fmt: skip


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """张量梯度所在的边 / Where the gradient of a tensor arrives; ``RuntimeError`` if it requires none."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node = edge(tensor)
    assert node is not None
    made = GradientEdge(node.port_of or node, node.nr)
    made.like = tensor._array[:0] if tensor._array.ndim and not tensor._array.size else _without_memory(tensor)
    return made


def _without_memory(t: Tensor) -> Any:
    """An array of the shape and dtype that is one element."""
    from numpy import broadcast_to, zeros_like

    return broadcast_to(zeros_like(t._array, shape=()), t._array.shape)


class saved_tensors_hooks:
    """保存值的钩子 / Inside, what the graph saves is packed by ``pack_hook`` and comes back by ``unpack_hook``.

    ``pack_hook(tensor)`` may return anything, ``unpack_hook`` of that has to be a tensor of the same values. Of several
    pairs the innermost counts. Writes are not told: a saved tensor that may be written has to be copied.
    """

    threads = 0  # how often hooks are set now, in all threads

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if modes.unpacked is not None:
            raise RuntimeError(modes.unpacked)
        modes.packing = (*modes.packing, (self.pack_hook, self.unpack_hook))
        saved_tensors_hooks.threads += 1
        setattr(Node, "__setattr__", pack_what_is_set)

    def __exit__(self, *exc: object) -> None:
        modes.packing = modes.packing[:-1]
        saved_tensors_hooks.threads -= 1
        if not saved_tensors_hooks.threads:
            del Node.__setattr__


class save_on_cpu(saved_tensors_hooks):
    """把保存的值放在主存 / Inside, what the graph saves waits in the computer's own memory, and not on a GPU."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        def pack(t: Tensor) -> tuple[Any, Tensor]:
            return t.device, t.cpu()

        def unpack(packed: tuple[Any, Tensor]) -> Tensor:
            return packed[1].to(packed[0])

        super().__init__(pack, unpack)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """禁用保存值的钩子 / Inside, setting ``saved_tensors_hooks`` is a ``RuntimeError`` with this message."""
    before = modes.unpacked
    if modes.packing:
        raise RuntimeError(error_message)
    modes.unpacked = error_message
    try:
        yield
    finally:
        modes.unpacked = before


class _Handle:
    """A saved tensor as ``allow_mutation_on_saved_tensors`` keeps it: its array, until somebody writes there."""

    __slots__ = ("array", "__weakref__")

    def __init__(self, array: Any) -> None:
        self.array = array


class _AllowMutationOnSavedContext:
    """What ``allow_mutation_on_saved_tensors`` gives: ``cloned`` are the values that were copied before a write."""

    def __init__(self) -> None:
        self.known: weakref.WeakSet[_Handle] = weakref.WeakSet()
        self.cloned: weakref.WeakKeyDictionary[_Handle, Tensor] = weakref.WeakKeyDictionary()

    def clear(self) -> None:
        """Forget all. 清空。"""
        self.known.clear()
        self.cloned.clear()

    def pack(self, t: Tensor) -> _Handle:
        handle = _Handle(t._array)
        self.known.add(handle)
        return handle

    def unpack(self, handle: _Handle) -> Tensor:
        if modes.cloning != self.before_writing:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was "
                "originally recorded."
            )
        return self.cloned[handle] if handle in self.cloned else wrap(handle.array)

    def before_writing(self, t: Tensor) -> None:
        for handle in list(self.known):
            if may_overlap(handle.array, t._array):
                self.known.discard(handle)
                handle.array = copied(handle.array)
                self.cloned[handle] = wrap(handle.array)


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_AllowMutationOnSavedContext]:
    """允许修改保存的值 / Inside, saved tensors may be written: they are copied before. Backward has to run inside, too.

    Source: https://docs.pytorch.org/docs/stable/autograd.html#torch.autograd.graph.allow_mutation_on_saved_tensors
    """
    context = _AllowMutationOnSavedContext()
    if modes.cloning is not None:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    with saved_tensors_hooks(context.pack, context.unpack):
        modes.cloning = context.before_writing
        try:
            yield context
        finally:
            modes.cloning = None
            context.clear()


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """版本号加一 / Count a write to these tensors' memory, as autograd's version checks see it."""
    tensors = (tensor,) if isinstance(tensor, Tensor) else tensor
    if not isinstance(tensors, Iterable):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    for t in tensors:
        if t.untyped_storage().version is not UNTRACKED:
            t.untyped_storage().version += 1


class _MultiHandle(RemovableHandle):
    """Takes several hooks away at once."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __getstate__(self) -> Any:
        return self.handles

    def __setstate__(self, state: Any) -> None:
        self.handles = state


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], None], *, mode: str = "all"
) -> _MultiHandle:
    """多个张量的梯度钩子 / Call ``fn(grads)`` when the gradients of all these tensors are there, in each backward pass.

    None stands for those that a pass does not come to. ``mode="any"``: ``fn(grad)`` of the first of them. What ``fn``
    returns is not used. Source: https://docs.pytorch.org/docs/stable/autograd.html#autograd-graph
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    nodes = [edge(t) for t in tensors]
    if any(n is None for n in nodes):
        raise AssertionError("Expected gradient function to be set")
    passes: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def each(i: int) -> Callable[[Tensor], None]:
        def hook(g: Tensor) -> None:
            if mode == "any":
                if modes.walk not in passes:
                    passes[modes.walk] = True
                    fn(g)
                return
            if modes.walk not in passes:
                coming = modes.walk.reached()
                passes[modes.walk] = [None] * len(nodes), sum([n in coming for n in nodes])
            found, missing = passes[modes.walk]
            found[i] = g
            passes[modes.walk] = found, missing - 1
            if missing == 1:
                del passes[modes.walk]
                fn(found)

        return hook

    return _MultiHandle([t.register_hook(each(i)) for i, t in enumerate(tensors)])


def set_warn_on_accumulate_grad_stream_mismatch(enabled: bool) -> None:
    """流不一致的警告 / Whether PyTorch warns of gradients from another CUDA stream; here there is one stream."""


def set_override_stale_capture_stream(enabled: bool) -> None:
    """捕获流 / About CUDA graphs, which tidu does not capture: nothing depends on it."""


def region_activation_memory_budget(budget: float) -> Any:
    """编译时的显存预算 / About ``torch.compile``; outside of that a ``RuntimeError``, so always here."""
    raise RuntimeError(
        "region_activation_memory_budget() only has an effect under torch.compile; it was used outside of a compiled "
        "region."
    )
