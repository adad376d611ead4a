"""From a result back through its nodes: the computation graph as DOT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import graphviz
import numpy as np

from tidu._repr import format_values, get_printoptions, printoptions
from tidu.viz._render import ComputationGraph

LEAF, OUTPUT, BASE, SAVED, NAMED = "lightblue", "darkolivegreen1", "darkolivegreen3", "orange", "palegreen"


def make_dot(
    var: Any,
    params: Mapping[str, Any] | None = None,
    show_attrs: bool = False,
    show_saved: bool = False,
    max_attr_chars: int = 50,
    *,
    values: bool = False,
    grads: bool = False,
) -> ComputationGraph:
    """Draw the graph that computed a tensor. / 画出算得一个张量的计算图。

    Blue boxes are leaves, grey ones the nodes that ``backward`` visits, green ones results; arrows follow the
    computation. As torchviz 0.0.3 draws it, and more on request.

    var             a tensor, or a tuple or list of them: the result(s)
    params          names for tensors; ``dict(model.named_parameters())`` is usual. An intermediate tensor that is
                    named gets a box of its own
    show_attrs      list what each node saved beside tensors (dims, exponents)
    show_saved      draw the tensors that each node saved for backward (orange)
    max_attr_chars  longest attribute value that is written out
    values, grads   write the tensors' elements, and their ``.grad``, into their boxes
    returns         a ``graphviz.Digraph``: shown inline in a notebook; ``.render(path, format="png")``, ``.view()``,
                    ``.source``
    raises          TypeError for anything but tensors in ``var`` or ``params``

    The graph can be drawn before or after ``backward``; what ``backward`` has freed is marked so.
    """
    results = tuple(var) if isinstance(var, (tuple, list)) else (var,)
    for result in results:
        if not _is_tensor(result):
            raise TypeError(
                f"make_dot(): argument 'var' must be a tensor or a tuple of tensors, not {type(result).__name__}"
            )
    if params is not None and not isinstance(params, Mapping):
        raise TypeError(
            f"make_dot(): argument 'params' must be a dict from names to tensors, not {type(params).__name__}"
        )
    for name, tensor in (params or {}).items():
        if not _is_tensor(tensor):
            raise TypeError(f"make_dot(): params[{name!r}] must be a tensor, not {type(tensor).__name__}")
    drawing = _Drawing(params or {}, show_attrs, show_saved, max(int(max_attr_chars), 3), values, grads)
    for result in results:
        drawing.result(result)
    return drawing.finished()


class _Drawing:
    def __init__(
        self, params: Mapping[str, Any], show_attrs: bool, show_saved: bool, max_chars: int, values: bool, grads: bool
    ) -> None:
        self.show_attrs, self.show_saved, self.max_chars = show_attrs, show_saved, max_chars
        self.values, self.grads = values, grads
        self.dot = ComputationGraph(
            filename="Digraph.gv",
            node_attr=dict(
                style="filled", shape="box", align="left", fontsize="10", ranksep="0.1", height="0.2",
                fontname="monospace",
            ),
        )  # fmt: skip
        self.names = {id(tensor): str(name) for name, tensor in params.items()}
        # Boxes are numbered in the order in which they are met, so that equal graphs have equal source. The objects
        # are kept: an id means something only as long as its object lives.
        self.boxes: dict[int, str] = {}
        self.kept: list[Any] = []
        self.outputs: dict[tuple[int, int], Any] = {}
        self.fed: set[str] = set()  # named intermediate tensors that have their arrow
        for tensor in params.values():
            if tensor.grad_fn is not None:
                self.kept.append(tensor.grad_fn)
                self.outputs[id(tensor.grad_fn), tensor.output_nr] = tensor

    def box(self, thing: Any) -> tuple[str, bool]:
        """The name of a thing's box in the DOT source, and whether it is new."""
        known = self.boxes.get(id(thing))
        if known is not None:
            return known, False
        self.kept.append(thing)
        self.boxes[id(thing)] = name = f"n{len(self.boxes)}"
        return name, True

    def result(self, tensor: Any, color: str = OUTPUT) -> str:
        if id(tensor) in self.boxes:
            return self.boxes[id(tensor)]
        box = self.tensor(tensor, color)
        if tensor.grad_fn is not None:
            self.fed.add(box)
            self.nodes(tensor.grad_fn)
            self.dot.edge(self.box(tensor.grad_fn)[0], box)
        base = tensor._base
        if base is not None:
            self.dot.edge(self.result(base, BASE), box, style="dotted")
        return box

    def nodes(self, start: Any) -> None:
        """Draw a node and all that it depends on; without recursion, for graphs are as deep as loops are long."""
        waiting = [start] if self.box(start)[1] else []
        while waiting:
            node = waiting.pop()
            box = self.box(node)[0]
            self.dot.node(box, self.node_label(node))
            if self.show_saved:
                self.saved_tensors(node, box)
            variable = getattr(node, "variable", None)
            if variable is not None:
                self.dot.edge(self.tensor(variable, LEAF), box)
            for source, nr in node.next_functions:
                if source is None:
                    continue
                before, new = self.box(source)
                if new:
                    waiting.append(source)
                named = self.outputs.get((id(source), nr))
                if named is None:
                    self.dot.edge(before, box)
                    continue
                between = self.tensor(named, NAMED)
                if between not in self.fed:
                    self.fed.add(between)
                    self.dot.edge(before, between)
                self.dot.edge(between, box)

    def tensor(self, tensor: Any, color: str, name: str = "") -> str:
        box, new = self.box(tensor)
        if new:
            self.dot.node(box, self.tensor_label(tensor, name), fillcolor=color)
        return box

    def saved_tensors(self, node: Any, box: str) -> None:
        for name, value in _saved(node):
            parts = {name: value}
            if isinstance(value, tuple):
                parts = {f"{name}[{i}]": part for i, part in enumerate(value)}
            for part_name, tensor in parts.items():
                if not _is_tensor(tensor):
                    continue
                # A saved leaf or named tensor is the box that it has in the graph anyway, and stays in its place there.
                if tensor.is_leaf and tensor.requires_grad:
                    self.dot.edge(self.tensor(tensor, LEAF), box, dir="none", style="dashed", constraint="false")
                elif id(tensor) in self.names or id(tensor) in self.boxes:
                    self.dot.edge(self.tensor(tensor, NAMED), box, dir="none", style="dashed", constraint="false")
                else:
                    self.dot.edge(self.tensor(tensor, SAVED, part_name), box, dir="none")

    def tensor_label(self, tensor: Any, name: str = "") -> str:
        name = name or self.names.get(id(tensor), "")
        shape = f"({', '.join(map(str, tensor.shape))})"
        if not (self.values or self.grads):
            return _centred([name, f" {shape}"] if name else [shape])
        lines = [f"{name} {shape}" if name else shape]
        if self.values:
            lines += _elements(tensor)
        # Asking a tensor that keeps no gradient for one is a warning.
        if self.grads and tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad):
            lines += ["grad None"] if tensor.grad is None else ["grad", *_elements(tensor.grad)]
        return _flushed_left(lines)

    def node_label(self, node: Any) -> str:
        title = node.name().rpartition("::")[2]
        if not self.show_attrs:
            return title
        rows = [(name, _shortened(_attribute(value), self.max_chars)) for name, value in _saved(node)]
        if not rows:
            return title
        left = max(len(name) for name, _ in rows)
        right = max(len(text) for _, text in rows)
        rule = "-" * max(left + right + 2, len(title))
        return _centred([title, rule, *(f"{name:<{left}}: {text:>{right}}" for name, text in rows)])

    def finished(self) -> ComputationGraph:
        # A page grows with the graph, as torchviz lets it grow: text stays readable in a rendered file.
        side = max(12.0, len(self.dot.body) * 0.15)
        self.dot.graph_attr["size"] = f"{side:g},{side:g}"
        return self.dot


def _is_tensor(value: Any) -> bool:
    # By what is used of it: PyTorch's own tensors can be drawn too.
    return hasattr(value, "grad_fn") and hasattr(value, "shape")


def _saved(node: Any) -> Iterator[tuple[str, Any]]:
    """What a node saved, by name."""
    for attribute in dir(node):
        if attribute.startswith("_saved_"):
            try:
                value = getattr(node, attribute)
            except RuntimeError:  # backward has freed it
                value = "[freed]"
            yield attribute.removeprefix("_saved_"), value


def _attribute(value: Any) -> str:
    if _is_tensor(value):
        return "[saved tensor]"
    if isinstance(value, tuple) and any(_is_tensor(part) for part in value):
        return "[saved tensors]"
    return str(value)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _elements(tensor: Any) -> list[str]:
    """A tensor's elements as lines of text, the edges alone of a large one."""
    array: np.ndarray = tensor.detach().cpu().numpy()
    with printoptions(**{**get_printoptions(), "threshold": 36, "edgeitems": 2, "linewidth": 60}):
        return [line for line in format_values(array).splitlines() if line]


def _centred(lines: list[str]) -> str:
    return "\n".join(graphviz.escape(line) for line in lines)


def _flushed_left(lines: list[str]) -> str:
    return "".join(graphviz.escape(line) + r"\l" for line in lines)
