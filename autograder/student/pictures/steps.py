"""A computation graph stepped through as ``backward`` walks it.

On each edge stands the value that went down it, and under it the gradient that comes back up. The steps are radio
buttons and style alone, so that they work wherever a page keeps both; with neither, all steps are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from autograder.judging.palette import BLUE, ORANGE, line, tint
from autograder.student.pictures.picture import KEYS, Drawing, Picture, number, text_width, words
from autograder.student.pictures.trace import Edge, Key, Trace, trace

LINE = 17.0
FORWARD, BACKWARD = 0, 1  # hues: blue goes down, orange comes back


def backward(out: Any, params: Mapping[str, Any] | None = None, gradient: Any = None) -> Picture:
    """反向传播，一步一步 / How ``out.backward(gradient)`` walks the graph that computed ``out``, step by step.

    out       a tensor of tidu or of PyTorch that has a graph; its graph is kept, and no ``.grad`` changes
    params    names for tensors: leaves, and tensors in between
    gradient  what backward starts with, of the shape of out; needed unless out has one element
    """
    for name, tensor in [("out", out), *(params or {}).items()]:
        if not hasattr(tensor, "grad_fn"):
            raise TypeError(f"{name} must be a tensor, not {type(tensor).__name__}")
    if out.grad_fn is None:
        raise ValueError("out has no graph: nothing that it was computed from requires a gradient")
    if gradient is None and len(out.reshape(-1)) != 1:
        raise ValueError(f"gradient is needed: out has shape {tuple(out.shape)}, and backward starts from one number")
    names = dict((params or {}).items())
    end = next((name for name, tensor in names.items() if tensor is out), "out")
    walk = _Walk(trace(out, names, gradient), end, int(out.output_nr))
    told = walk.told()
    return Picture(walk.drawing().svg(told), told, walk.around())


@dataclass
class _Label:
    """What an edge says, and where: beside its line, left or right of it."""

    lines: list[tuple[str, str]]
    left: bool = False
    paired: bool = False

    @property
    def size(self) -> tuple[float, float]:
        wide = max((text_width(text, 12) for text, _ in self.lines), default=0.0) + 12
        return (wide if self.paired else 2 * wide), LINE * 2 + 4


class _Walk:
    """A trace, and the step at which each of its gradients is there."""

    def __init__(self, found: Trace, end: str, nr: int) -> None:
        self.found, self.end = found, end
        self.result = (0, nr)
        # The edge from the last node to the result is nobody's operand: it is drawn like the others.
        self.edges = [*found.edges, Edge(self.result, -1, found.seed)]
        self.step = {node: i + 2 for i, node in enumerate(found.ran)}
        self.titles = self._titles()
        self.last = 0 if found.freed else len(found.ran) + 1

    def appears(self, edge: Edge) -> int:
        return 1 if edge.target < 0 else self.step.get(edge.target, self.last)

    def title(self, node: int) -> str:
        return self.end if node < 0 else self.titles[node]

    def _titles(self) -> list[str]:
        """What the nodes are called; those of one name are numbered, in the order in which backward runs them."""
        found = []
        for node, kind in enumerate(self.found.titles):
            name = self.found.names.get((node, 0))
            title = kind or words("leaf")
            found.append(f"{name} · {title}" if name else title)
        seen: Counter[str] = Counter()
        often = Counter(found)
        for node in dict.fromkeys([*self.found.ran, *range(len(found))]):
            title = found[node]
            if often[title] > 1:
                seen[title] += 1
                found[node] = f"{title} #{seen[title]}"
        return found

    def value(self, key: Key) -> str:
        value = self.found.values.get(key)
        return shown(value) if value is not None else ""

    def arrivals(self, node: int) -> list[Edge]:
        """The edges by which gradients reach a node."""
        return [edge for edge in self.edges if edge.source[0] == node and edge.gradient is not None]

    def total(self, node: int) -> str:
        """What a node receives, added up where it comes by several edges into one output."""
        gradients = [edge.gradient for edge in self.arrivals(node) if edge.gradient is not None]
        if not gradients:
            return ""
        if len({edge.source for edge in self.arrivals(node)}) > 1 or len({g.shape for g in gradients}) > 1:
            return f" {words('and')} ".join(shown(g) for g in gradients)
        return added(gradients)

    def sentences(self) -> list[str]:
        """What happens at each step."""
        if self.found.freed:
            return [words("freed")]
        seed = shown(self.found.seed) if self.found.seed is not None else ""
        told = [words("step_forward"), words("step_seed", name=self.end, gradient=seed)]
        for node in self.found.ran:
            sent = [shown(e.gradient) for e in self.edges if e.target == node and e.gradient is not None]
            both = f" {words('and')} ".join(sent)
            told.append(words("step_node", name=self.title(node), received=self.total(node), sent=both))
        for node in sorted(self.found.leaves):
            told[-1] += f" {self.found.titles[node]}.grad += {self.total(node)}" if self.total(node) else ""
        return told

    def told(self) -> str:
        lines = []
        for edge in self.edges:
            gradient = shown(edge.gradient) if edge.gradient is not None else words("unknown")
            value = self.value(edge.source) or words("unknown")
            ends = {"source": self.title(edge.source[0]), "target": self.title(edge.target)}
            lines.append(words("edge_told", **ends, value=value, gradient=gradient))
        return "\n".join([*lines, *self.sentences()])

    def boxes(self) -> dict[str, list[tuple[str, str]]]:
        """What stands in each box: its title, and the sum of what arrives where there is one to tell."""
        found: dict[str, list[tuple[str, str]]] = {}
        for node in (*range(len(self.found.titles)), -1):
            rows = [(self.title(node), "m b")]
            arrivals = self.arrivals(node)
            step = max((self.appears(edge) for edge in arrivals), default=0)
            if arrivals and node in self.found.leaves:
                name = f"{self.found.titles[node]}.grad" if self.found.titles[node] else "grad"
                rows.append((f"{name} += {self.total(node)}", f"m w{BACKWARD} k{step}"))
            elif len(arrivals) > 1:
                rows.append((self.total(node), f"m w{BACKWARD} k{step}"))
            found[str(node)] = rows
        return found

    def drawing(self) -> Drawing:
        from tidu.viz.layers import layered  # beside make_dot, which needs the package graphviz

        boxes, labels, arrows = self.boxes(), self.labels(), []
        sizes = {name: self.box_size(rows) for name, rows in boxes.items()}
        for i, edge in enumerate(self.edges):
            sizes[f"e{i}"] = labels[i].size
            arrows += [(str(edge.source[0]), f"e{i}"), (f"e{i}", str(edge.target))]
        layout = layered(sizes, arrows, across=10, down=9)
        drawing = Drawing()
        for i, label in enumerate(labels):
            (x, y), (wide, high) = layout.centres[f"e{i}"], label.size
            if label.paired:  # the line stands at the label's side that faces its twin
                x += wide / 2 - 6 if label.left else 6 - wide / 2
            above, below = layout.routes[2 * i], layout.routes[2 * i + 1]
            points = [*above[:-1], (x, y - high / 2), (x, y + high / 2), *below[1:]]
            drawing.path(_through(points), f"a l{FORWARD}")
            tip = points[-1]
            drawing.head(tip[0], tip[1], 0, 1, f"f{FORWARD}")
            for row, (text, cls) in enumerate(label.lines):
                side = " e" if label.left else ""
                drawing.text(x - 7 if label.left else x + 7, y - 5 + row * LINE, text, cls + side)
        for name, rows in boxes.items():
            (x, y), (wide, high) = layout.centres[name], sizes[name]
            leaf = int(name) < 0 or int(name) in self.found.leaves
            drawing.rect(
                x - wide / 2, y - high / 2, wide, high, "c t0" if leaf else "c", f'rx="4"{self.marks(int(name))}'
            )
            for row, (text, cls) in enumerate(rows):
                drawing.text(x, y - high / 2 + 18 + row * LINE, text, cls)
        bottom = drawing.bottom + 24
        left = min(x for x, _ in layout.centres.values()) - 120
        drawing.text(left, bottom, words("legend_forward"), f"s w{FORWARD}")
        if self.last:
            drawing.text(left, bottom + 16, words("legend_backward"), f"s w{BACKWARD}")
        return drawing

    def marks(self, node: int) -> str:
        """An attribute that tells the style at which step a box is at work."""
        step = 1 if node < 0 else self.step.get(node, 0)
        return f' data-n="{step}"' if step else ""

    @staticmethod
    def box_size(rows: list[tuple[str, str]]) -> tuple[float, float]:
        return max(text_width(text, 13, bold=True) for text, _ in rows) + 20, 27 + LINE * (len(rows) - 1)

    def labels(self) -> list[_Label]:
        labels = []
        twins: dict[tuple[int, int], list[int]] = {}
        for i, edge in enumerate(self.edges):
            value, lines = self.value(edge.source), []
            lines.append((f"↓ {value}" if value else "", f"w{FORWARD}"))
            if edge.gradient is not None:
                lines.append((f"↑ {shown(edge.gradient)}", f"w{BACKWARD} k{self.appears(edge)}"))
            labels.append(_Label(lines))
            twins.setdefault((edge.source[0], edge.target), []).append(i)
        for same in twins.values():
            if len(same) > 1:
                for i in same:
                    labels[i].paired, labels[i].left = True, i == same[0]
        return labels

    def around(self) -> str:
        """The buttons, the sentence of each step, and the style that shows what has happened by then."""
        sentences = [escape(sentence) for sentence in self.sentences()]
        if self.last == 0:
            return f"<div>{sentences[0]}</div>{{svg}}"
        rules, buttons = [], []
        for step, _sentence in enumerate(sentences):
            on = f".tidu-steps:has(.r{step}:checked)"
            later = ",".join(f".k{k}" for k in range(step + 1, self.last + 1))
            if later:
                rules.append(f"{on} :is({later}){{visibility:hidden}}")
            at_work = f"stroke:{line(ORANGE)};stroke-width:3;stroke-opacity:1"
            rules.append(f"{on} .p{step}{{display:block}}{on} [data-n='{step}']{{{at_work}}}")
            checked = " checked" if step == self.last else ""
            label = words("forward") if step == 0 else str(step)
            buttons.append(
                f'<label><input type="radio" name="step" class="r{step}"{checked} {KEYS}>{escape(label)}</label>'
            )
        style = (
            ".tidu-steps form{display:flex;flex-wrap:wrap;gap:.3em;align-items:center;margin:.2em 0}"
            ".tidu-steps label{border:1px solid color-mix(in srgb,currentColor 40%,transparent);border-radius:.5em;"
            "padding:.1em .6em;cursor:pointer;position:relative}.tidu-steps input{position:absolute;opacity:0}"
            f".tidu-steps label:has(:checked){{background:{tint(ORANGE)};font-weight:600}}"
            f".tidu-steps label:has(:focus-visible){{outline:2px solid {line(BLUE)}}}"
            ".tidu-steps p{display:none;margin:.2em 0 .6em;min-height:1.5em}"
        )
        shown_sentences = "".join(f'<p class="p{step}" aria-live="polite">{s}</p>' for step, s in enumerate(sentences))
        return (
            f'<style>{style}{"".join(rules)}</style><div class="tidu-steps"><form method="dialog">'
            f"<span>{escape(words('steps'))}</span>{''.join(buttons)}</form>{shown_sentences}{{svg}}</div>"
        )


def shown(value: np.ndarray) -> str:
    """A tensor's numbers in a few characters: one for all where all are equal, the shape where there are many."""
    flat = value.reshape(-1)
    if value.ndim == 0 or (flat.size and np.all(flat == flat[0])):
        one = number(float(flat[0]))
        return one if value.size == 1 else f"{words('all')} {one}"
    if value.size > 6:
        return f"({', '.join(map(str, value.shape))})"
    return _nested(value.tolist())


def added(gradients: list[np.ndarray]) -> str:
    """Gradients and their sum, as one writes it."""
    total = np.sum(gradients, axis=0)
    if len(gradients) == 1:
        return shown(total)
    if total.size > 1 and all(np.all(g == g.reshape(-1)[0]) for g in gradients):
        parts = [number(float(g.reshape(-1)[0])) for g in (*gradients, total)]
        return f"{words('all')} {' + '.join(parts[:-1])} = {parts[-1]}"
    each = shown if total.size > 6 else lambda g: _nested(g.tolist())
    return f"{' + '.join(each(g) for g in gradients)} = {each(total)}"


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_nested, value))}]"
    return number(float(value), 3)


def _through(points: list[tuple[float, float]]) -> str:
    """A line through points, upright at each of them."""
    (x, y) = points[0]
    path = f"M{x:.1f} {y:.1f}"
    for nx, ny in points[1:]:
        half = (y + ny) / 2
        path += f"L{nx:.1f} {ny:.1f}" if nx == x else f"C{x:.1f} {half:.1f} {nx:.1f} {half:.1f} {nx:.1f} {ny:.1f}"
        x, y = nx, ny
    return path
