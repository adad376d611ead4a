"""Saved values that hooks have packed, and come back through hooks. 被钩子打包的保存值。

Without hooks none of this is ever run. While some are set, and only then, nodes have a ``__setattr__``, which packs the
tensors that are put into them (``autograd.graph.saved_tensors_hooks``).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tidu._modes import modes, switch
from tidu._tensor import Tensor, wrap

if TYPE_CHECKING:
    from tidu._backend import Array
    from tidu._graph import Node

_HELD = frozenset(("saved", "result", "aux"))
_IN_PLACE = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
    "modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to "
    "perform in-place operations on the input to a pack hook."
)


class Packed:
    """What a pack hook made of a saved tensor, the hook that undoes it, and the tensor's place in the graph.

    ``node``  what made the tensor, or the leaf's accumulator; None for the result of the node that saves it (a cycle)
    """

    __slots__ = ("content", "unpack", "node", "recorded")

    def __init__(self, t: Tensor, pack: Callable[..., Any], unpack: Callable[..., Any], *, own: bool = False) -> None:
        before = t._storage and t._storage.version or 0
        outer, modes.packing = modes.packing, ()  # what hooks compute is not packed in turn, nor recorded
        previous = switch(False)
        try:
            self.content = pack(t)
        finally:
            switch(previous)
            modes.packing = outer
        if (t._storage and t._storage.version or 0) != before:
            raise RuntimeError(_IN_PLACE)
        self.unpack, self.recorded = unpack, t.requires_grad
        self.node: Node | None = None if own else t._node or (t._accumulator and t._accumulator())

    def tensor(self, own: Node | None = None) -> Tensor:
        """The tensor again, in its place in the graph; ``own`` is the node whose result it is."""
        got = self.unpack(self.content)
        if not isinstance(got, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(got).__name__}"
            )
        out, node = wrap(got._array), own or self.node
        out._storage, out._requires_grad = got.untyped_storage(), self.recorded
        if node is not None and node.sequence < 0:
            out._accumulator = weakref.ref(node)
        elif self.recorded:
            out._node = node
        return out

    def value(self, tensors: bool, own: Node | None = None) -> Any:
        """As a formula reads it."""
        return self.tensor(own) if tensors else self.tensor(own)._array


def apart(value: Any) -> Any:
    """Arrays in what a node keeps beside its operands, copied."""
    if isinstance(value, tuple):
        parts = map(apart, value)
        return tuple(parts) if type(value) is tuple else value._make(parts)  # type: ignore[attr-defined]
    return value.copy() if isinstance(value, np.ndarray) else value


def pack_what_is_set(node: Node, name: str, value: Any) -> None:
    """``Node.__setattr__`` while there are hooks."""
    if name in _HELD and modes.packing and value is not None:
        value = packed(node, name, value, *modes.packing[-1])
    object.__setattr__(node, name, value)


def packed(node: Node, name: str, value: Any, pack: Callable[..., Any], unpack: Callable[..., Any]) -> Any:
    """What a node keeps under a name, with hooks around its tensors."""

    def around(v: Any) -> Any:
        if isinstance(v, Tensor):
            return Packed(v, pack, unpack)
        return v

    if name == "saved":
        made: Any = tuple(map(around, value)) if type(value) is tuple else around(value)
    elif name == "result":
        array: Array = value[0] if type(value) is tuple else value
        out = wrap(array)
        out._node, out._requires_grad = node, True
        made = Packed(out, pack, unpack, own=True)
    else:
        made = tuple(Packed(wrap(a), pack, unpack) if isinstance(a, np.ndarray) else a for a in value)
    if made is not value:
        object.__setattr__(node, "quick", None)
        object.__setattr__(node, "makes", False)
    return made
