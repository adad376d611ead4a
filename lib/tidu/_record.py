"""What a recorded call leaves in the graph. 一次调用如何成为计算图的节点。

``attach`` makes the node: its edges, and what its formulas read. ``watch`` and ``noting`` tell it of memory that it
keeps and that is none of its operands'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tidu._graph import Node, Plan, edge, next_sequence
from tidu._kernels import LARGE
from tidu._modes import modes
from tidu._saving import apart
from tidu._tensor import Tensor

if TYPE_CHECKING:
    from tidu._op import Op


def attach(op: Op, out: Tensor, args: Sequence[Any], attrs: dict[str, Any], mask: int) -> Node:
    """Record that ``op`` made ``out`` of ``args``; bit i of ``mask`` says that operand i requires grad.

    A view made under no_grad requires grad and has no way back: beside other operands, nothing is saved for it.
    """
    array = out._array
    dtype = array.dtype
    edges: list[Node | None] = []
    bit, mixed = 1, False
    for a in args:
        found = None
        if isinstance(a, Tensor):
            if mask & bit:
                found = a._node
                if found is None or a._view is not None:
                    found = edge(a)
                    if found is None and len(args) > 1:
                        mask &= ~bit
            if a._array.dtype is not dtype and a._array.dtype != dtype:
                mixed = True
        edges.append(found)
        bit += bit
    plan = op.plans.get(mask)
    if plan is None:
        plan = op.plans[mask] = Plan(op, mask)
    node = plan.node_class() if op.variant is None else plan.named(op.variant(args, attrs))()
    node.below = tuple(edges)
    node.saved, node.result, node.hooks = (), None, None
    node.sequence = next_sequence()  # after the edges: reading a stale view makes nodes
    if op.broadcasts:
        shape = array.shape
        for i, a in enumerate(args):
            if mask >> i & 1 and a._array.shape != shape:
                node.shapes = tuple([a._array.shape if isinstance(a, Tensor) else None for a in args])
                node.quick = None
                break
    if plan.tensors:
        kept = tuple(map(args.__getitem__, plan.tensors))
        node.saved = kept[0] if len(kept) == 1 and kept[0] is not None else kept
        note_versions(node, kept)
    if plan.shapes:
        sources: Any = [args] * len(plan.shapes) if op.variadic else map(args.__getitem__, plan.shapes)
        node.constants = (*map(shape_of, sources), *map(attrs.__getitem__, plan.attrs))
    elif plan.attrs:
        node.constants = tuple(map(attrs.__getitem__, plan.attrs))
    if plan.out:
        storage = out._storage
        node.result = array if storage is None else (array, storage, storage.version)
    if mixed:
        node.dtypes, node.quick = tuple([a._array.dtype if isinstance(a, Tensor) else None for a in args]), None
    if op.elementwise and array.size >= LARGE:
        node.quick = None  # the engine takes the way on which it works in blocks
    if dtype.kind in "Vc":
        if dtype.kind == "V":
            node.quick = None  # and the one on which NumPy's lack of kernels is made up for
        elif op.holomorphic:
            node.holomorphic, node.quick = True, None
    out._node = node
    out._requires_grad = True
    return node


def note_versions(node: Node, saved: Sequence[Any]) -> None:
    """Remember how often the memory of what a node saves was written to, unless it never was."""
    versions, written = [], False
    for t in saved:
        storage = t._storage if isinstance(t, Tensor) else None
        version = 0 if storage is None else storage.version
        versions.append(version)
        if version:  # of an inference tensor the question is an error
            written = True
    if written:
        node.versions = tuple(versions)


def watch(node: Node, tensors: Iterable[Tensor]) -> None:
    """Note the versions of tensors whose arrays the node keeps, but which are none of its operands: an index, a mask.

    Numbers that were written since would lead a gradient to the wrong places.
    """
    if modes.packing:  # whoever sets hooks is not told of writes: what the node keeps is its own
        node.constants = tuple(map(apart, node.constants))
        return
    for t in tensors:
        storage = t.untyped_storage()
        node.watched = (*node.watched, (t._array, storage, storage.version or 0))


def rename(node: Node, variant: int | str) -> None:
    """Give a node the name that PyTorch has for it in this call: the number of another overload, or another name."""
    node.below, node.plan = node.edges, node.plan  # which its class told until now
    node.__class__ = node.op.numbered(variant)


def noting(out: Tensor, *tensors: Tensor | None) -> Tensor:
    """``out``, whose node keeps the arrays of these, too (``watch``): a loss and its target."""
    node = out._node
    if node is not None:
        watch(node.port_of or node, [t for t in tensors if t is not None])
    return out


def shape_of(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value._array.shape
    return tuple(map(shape_of, value)) if isinstance(value, (tuple, list)) else ()
