"""What a computation graph holds: its nodes, the value that went along each edge, the gradient that comes back.

Reads what tidu's and PyTorch's graphs both offer: ``grad_fn``, ``next_functions``, what a node saved, and hooks. A
forward value is known where a tensor at hand holds it, where a node saved it, or where it follows from such by the
node's own arithmetic; elsewhere the graph has forgotten it.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: An output of a node: which node, and which of its outputs.
Key = tuple[int, int]
FREED = (
    "step(): backward has freed what this graph had saved, so it cannot be walked again: run the forward pass once "
    "more, or call step() before backward(), or backward(retain_graph=True)"
)


@dataclass
class Edge:
    """From the output of one node to an operand of another."""

    source: Key
    target: int
    gradient: np.ndarray | None = None


@dataclass
class Trace:
    """A graph from its leaves to its result; nodes are numbered, by the place they have in ``titles``."""

    titles: list[str] = field(default_factory=list)  # "MulBackward0", or a leaf's name
    leaves: set[int] = field(default_factory=set)
    edges: list[Edge] = field(default_factory=list)
    values: dict[Key, np.ndarray] = field(default_factory=dict)
    names: dict[Key, str] = field(default_factory=dict)  # of the tensors in between that have one
    ran: list[int] = field(default_factory=list)  # the order in which backward ran the nodes, the leaves' among them
    given: dict[Key, np.ndarray] = field(default_factory=dict)  # with what it ran: hooks may change what arrives
    seed: np.ndarray | None = None  # the gradient that the result was given
    before: dict[int, np.ndarray] = field(default_factory=dict)  # what leaves had in ``.grad``


def trace(out: Any, params: Mapping[str, Any], gradient: Any = None, most: int = 60) -> Trace:
    """跟踪一次反向传播 / Follow a result back to its leaves, and send a gradient the same way; no ``.grad`` changes."""
    nodes: list[Any] = []  # kept, for an id means something only while its object lives
    number: dict[int, int] = {}
    found = Trace()
    names = {id(tensor): str(name) for name, tensor in params.items()}
    waiting = [out.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in number:
            continue
        number[id(node)] = len(nodes)
        nodes.append(node)
        if len(nodes) > most:
            raise ValueError(
                f"step(): out has a graph of more than {most} nodes: too many to step through; make_dot() draws it"
            )
        variable = getattr(node, "variable", None)
        if variable is not None:
            leaf = number[id(node)]
            found.leaves.add(leaf)
            found.values[leaf, 0] = _array(variable)
            if variable.grad is not None:
                found.before[leaf] = _array(variable.grad)
        found.titles.append(names.get(id(variable), "") if variable is not None else _title(node))
        waiting += [source for source, _ in node.next_functions]
    for i, node in enumerate(nodes):
        found.edges += [Edge((number[id(source)], nr), i) for source, nr in node.next_functions if source is not None]
    for name, tensor in [("", out), *params.items()]:
        _learn(found.values, number, tensor)
        made = tensor.grad_fn
        if name and tensor is not out and made is not None and id(made) in number:
            found.names[number[id(made)], int(tensor.output_nr)] = str(name)
    for node in nodes:
        for tensor in _saved(node).values():
            _learn(found.values, number, tensor)
    _compute(found, nodes)
    _send(found, nodes, out, gradient, [out, *params.values()])
    return found


def _title(node: Any) -> str:
    return str(node.name()).rpartition("::")[2]


def _array(tensor: Any) -> np.ndarray:
    """A tensor's numbers, as a copy: its own memory may be written before the picture is drawn."""
    plain = tensor.detach()
    plain = plain.cdouble() if plain.is_complex() else plain.double()
    return np.array(plain.cpu().resolve_conj().resolve_neg().numpy())


def _learn(values: dict[Key, np.ndarray], number: Mapping[int, int], tensor: Any) -> None:
    made = getattr(tensor, "grad_fn", None)
    if made is not None and id(made) in number:
        values.setdefault((number[id(made)], int(tensor.output_nr)), _array(tensor))


def _saved(node: Any) -> dict[str, Any]:
    """What a node saved, by name; nothing that backward has freed."""
    saved = {}
    for attribute in dir(node):
        if attribute.startswith("_saved_"):
            try:
                saved[attribute.removeprefix("_saved_")] = getattr(node, attribute)
            except RuntimeError:
                continue
    return saved


def _axes(saved: Mapping[str, Any], ndim: int) -> tuple[int, ...] | None:
    dims = saved.get("dim")
    if dims is None or dims == ():
        return None
    # PyTorch hands out -1 as an unsigned number.
    signed = [d - 2**64 if d >= 2**63 else d for d in (dims if isinstance(dims, (tuple, list)) else (dims,))]
    return tuple(d % ndim for d in signed)


def _reduce(how: Callable[..., Any]) -> Callable[..., Any]:
    def reduced(saved: Mapping[str, Any], x: np.ndarray) -> Any:
        return how(x, axis=_axes(saved, x.ndim), keepdims=bool(saved.get("keepdim", False)))

    return reduced


#: What a node computed, from what it saved and its operands; only where it does not keep its result anyway.
_FORWARD: dict[str, Callable[..., Any]] = {
    "Add": lambda saved, x, y: x + saved.get("alpha", 1) * y,
    "Sub": lambda saved, x, y: x - saved.get("alpha", 1) * y,
    "Mul": lambda saved, x, y: x * y,
    "Div": lambda saved, x, y: x / y,
    "Neg": lambda saved, x: -x,
    "Pow": lambda saved, x, *_: x ** float(saved["exponent"]),
    "Sin": lambda saved, x: np.sin(x),
    "Cos": lambda saved, x: np.cos(x),
    "Log": lambda saved, x: np.log(x),
    "T": lambda saved, x: x.T,
    "Sum": _reduce(np.sum),
    "Mean": _reduce(np.mean),
    "Mv": lambda saved, x, y: x @ y,
    "Mm": lambda saved, x, y: x @ y,
    "Addmm": lambda saved, b, x, y: saved.get("beta", 1) * b + saved.get("alpha", 1) * (x @ y),
    "Dot": lambda saved, x, y: x @ y,
}
_OPERANDS = (("self",), ("other", "vec", "mat2", "tensor", "mat1"), ("mat2",))


def _compute(found: Trace, nodes: list[Any]) -> None:
    """Fill in values that follow from known ones, from the leaves on."""
    for i in sorted(range(len(nodes)), key=lambda i: _depth(found, i)):
        rule = _FORWARD.get(re.sub(r"Backward\d*$", "", _title(nodes[i])))
        if rule is None or (i, 0) in found.values or i in found.leaves:
            continue
        saved = _saved(nodes[i])
        sources = [edge.source for edge in found.edges if edge.target == i]
        operands = []
        for k, (source, _) in enumerate(nodes[i].next_functions):
            if source is not None:
                value = found.values.get(sources.pop(0))
            else:
                constant = next((saved[n] for n in _OPERANDS[min(k, 2)] if saved.get(n) is not None), None)
                value = None if constant is None else np.asarray(getattr(constant, "tolist", lambda c=constant: c)())
            operands.append(value)
        if all(value is not None for value in operands):
            try:
                with np.errstate(all="ignore"):
                    found.values[i, 0] = np.asarray(rule(saved, *operands)) * 1.0
            except (TypeError, ValueError, KeyError):  # a node of this name that keeps other things
                continue


def _depth(found: Trace, node: int) -> int:
    """How many nodes lie below one, at most; memory serves, for graphs share."""
    known: dict[int, int] = {}
    stack = [node]
    while stack:
        top = stack[-1]
        below = [edge.source[0] for edge in found.edges if edge.target == top]
        unknown = [b for b in below if b not in known]
        if unknown:
            stack += unknown
            continue
        known[top] = 1 + max((known[b] for b in below), default=0)
        stack.pop()
    return known[node]


def _send(found: Trace, nodes: list[Any], out: Any, gradient: Any, tensors: list[Any]) -> None:
    """Let the engine walk the graph, and listen at every node."""
    engine = sys.modules[type(out).__module__.partition(".")[0]].autograd
    order = sorted(found.leaves)
    leaves = [nodes[i].variable for i in order]

    def listen(i: int) -> Callable[..., None]:
        into = [edge for edge in found.edges if edge.target == i]
        wanted = [k for k, (source, _) in enumerate(nodes[i].next_functions) if source is not None]

        def hear(grad_inputs: Iterable[Any], grad_outputs: Iterable[Any]) -> None:
            found.ran.append(i)
            found.given |= {(i, nr): _array(grad) for nr, grad in enumerate(grad_outputs) if grad is not None}
            told = list(grad_inputs)
            for edge, k in zip(into, wanted, strict=True):
                if k < len(told) and told[k] is not None:
                    edge.gradient = _array(told[k])

        return hear

    def arrived(i: int) -> Callable[[Any], None]:
        def hear(grad: Any) -> None:
            found.ran.append(i)
            found.given[i, 0] = _array(grad)

        return hear

    handles = []
    try:
        for i, node in enumerate(nodes):
            leaf = i in found.leaves
            handles.append(node.variable.register_hook(arrived(i)) if leaf else node.register_hook(listen(i)))
        with _grads_kept(nodes, tensors):
            engine.grad(out, leaves, gradient, retain_graph=True, allow_unused=True)
    except RuntimeError as error:
        if "second time" in str(error):
            raise RuntimeError(FREED) from None
        raise
    finally:
        for handle in handles:
            handle.remove()
    found.seed = np.ones(tuple(out.shape)) if gradient is None else _array(gradient)


@contextmanager
def _grads_kept(nodes: Iterable[Any], tensors: Iterable[Any]) -> Iterator[None]:
    """Tensors in between that retain their gradient would add ours to it."""
    keeping = [t for t in tensors if t.grad_fn is not None and t.retains_grad]
    before = [(t, t.grad) for t in keeping]
    taken = []
    for node in nodes:
        ports = [port() for port in getattr(node, "_ports", {}).values()]
        for hooks in [getattr(part, "hooks", None) for part in (node, *ports)]:
            if hooks and math.inf in hooks:
                taken.append((hooks, hooks.pop(math.inf)))
    try:
        yield
    finally:
        for hooks, hook in taken:
            hooks[math.inf] = hook
        for t, grad in before:
            t.grad = grad
