"""``backward`` as a sequence of pictures, a node at a time. / 反向传播，一步一步。

On each edge stands the value that went down it and, from the step on at which it is sent, the gradient that comes back
up. A page with scripts has a slider; elsewhere a strip of small pictures shows all steps; in a terminal it is a table.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import east_asian_width

import numpy as np

from tidu.viz._strip import strip
from tidu.viz._trace import Edge, Trace, trace
from tidu.viz.layers import Layout, Point, layered

LINE = 17.0
BLUE, ORANGE = "#0072b2", "#d55e00"  # blue goes down, orange comes back
_INK = "var(--jp-content-font-color1,var(--vscode-foreground,inherit))"
_FONT = "var(--jp-content-font-family,system-ui,-apple-system,'Segoe UI',sans-serif)"
#: Hue and ink mixed: darker on light paper, lighter on dark.
_WORD, _LINE = (f"color-mix(in srgb,{{}} {share},currentColor)" for share in ("46%", "75%"))
STYLE = (
    f".tidu-step{{color:{_INK};font:13px/1.5 {_FONT}}}"
    ".tidu-step form{display:flex;flex-wrap:wrap;gap:.4em;align-items:center;margin:.3em 0}"
    ".tidu-step button{font:inherit;color:inherit;background:none;cursor:pointer;border-radius:.5em;padding:.1em .9em;"
    "border:1px solid color-mix(in srgb,currentColor 40%,transparent)}.tidu-step button:disabled{opacity:.45;"
    "cursor:default}.tidu-step input{flex:0 1 16em;min-width:6em;margin:0;accent-color:" + ORANGE + "}"
    ".tidu-step output{min-width:4em;font-variant-numeric:tabular-nums}"
    f".tidu-step :focus-visible{{outline:2px solid {_LINE.format(BLUE)};outline-offset:1px}}"
    ".tidu-step .say{min-height:3.2em;margin:.3em 0 .5em}.tidu-step .say p{margin:0}"
    ".tidu-step .stage{overflow:auto;max-height:75vh}"
    ".tidu-step svg{display:block;height:auto;max-width:100%}"
    ".tidu-step text{fill:currentColor;font-variant-numeric:tabular-nums}.tidu-step .m{text-anchor:middle}"
    ".tidu-step .e{text-anchor:end}.tidu-step .b{font-weight:600}.tidu-step .s{font-size:11px}"
    ".tidu-step .box{fill:none;stroke:currentColor;stroke-opacity:.45}.tidu-step .leaf{fill:rgba(0,114,178,.2)}"
    f".tidu-step .box.now{{fill:rgba(213,94,0,.22);stroke:{_LINE.format(ORANGE)};stroke-width:2.5;stroke-opacity:1}}"
    f".tidu-step .down{{fill:none;stroke:{_LINE.format(BLUE)}}}.tidu-step .head{{fill:{_LINE.format(BLUE)}}}"
    f".tidu-step .up{{fill:none;stroke:{_LINE.format(ORANGE)};stroke-width:2}}"
    f".tidu-step .tip{{fill:{_LINE.format(ORANGE)}}}"
    f".tidu-step .w0{{fill:{_WORD.format(BLUE)}}}.tidu-step .w1{{fill:{_WORD.format(ORANGE)}}}"
    ".tidu-step .later:not(.box){visibility:hidden}.tidu-step text.now{font-weight:600}"
    "@media(prefers-reduced-motion:no-preference){"
    ".tidu-step .box{transition:fill .25s}.tidu-step .up.now{stroke-dasharray:1;animation:tidu-flow .6s ease-out}"
    "@keyframes tidu-flow{from{stroke-dashoffset:1}to{stroke-dashoffset:0}}}"
    ".tidu-step[data-live]+img{display:none!important}"
    "@media print{.tidu-step{display:none!important}.tidu-step[data-live]+img{display:block!important}}"
)
#: JupyterLab leaves the arrow keys to an element that has this.
_KEYS = 'data-lm-suppress-shortcuts="true"'


def step(out: Any, params: Mapping[str, Any] | None = None, gradient: Any = None) -> Steps:
    """一步一步看 backward / How ``out.backward(gradient)`` walks the graph that computed ``out``, a node at a time.

    out       a tensor that has a graph, of at most 60 nodes
    params    names for tensors: leaves, and tensors in between; ``dict(model.named_parameters())`` is usual
    gradient  what backward starts with, of the shape of out; needed unless out has one element
    returns   ``Steps``: in a notebook a picture with a slider, printed a table; ``.save(path)``
    raises    TypeError for what is no tensor; ValueError for a tensor without a graph, a gradient that is missing, a
              graph too large; RuntimeError where backward has freed the graph

    The engine itself runs, so the order is its own and hooks are called as by ``backward``. What the graph saved is
    kept, and no ``.grad`` changes: ``out.backward()`` may follow.
    """
    if params is not None and not isinstance(params, Mapping):
        raise TypeError(f"step(): argument 'params' must be a dict from names to tensors, not {type(params).__name__}")
    named = {"argument 'out'": out, **{f"params[{name!r}]": tensor for name, tensor in (params or {}).items()}}
    if gradient is not None:
        named["argument 'gradient'"] = gradient
    for name, tensor in named.items():
        if not (hasattr(tensor, "grad_fn") and hasattr(tensor, "shape")):
            raise TypeError(f"step(): {name} must be a tensor, not {type(tensor).__name__}")
    if out.grad_fn is None:
        why = "it is a leaf" if out.requires_grad else "nothing that it was computed from requires a gradient"
        raise ValueError(f"step(): out has no graph: {why}")
    shape = tuple(out.shape)
    if gradient is None and out.numel() != 1:
        raise ValueError(f"step(): gradient is needed: out has shape {shape}, and backward starts from one number")
    if gradient is not None and tuple(gradient.shape) != shape:
        raise ValueError(f"step(): gradient must have the shape of out, {shape}, not {tuple(gradient.shape)}")
    names = dict((params or {}).items())
    end = next((str(name) for name, tensor in names.items() if tensor is out), "out")
    return Steps(trace(out, names, gradient), end, int(out.output_nr))


class Row(NamedTuple):
    """A line of text in a box, and the step from which and that until which it stands."""

    text: str
    cls: str
    line: int
    at: int = 0
    until: int | None = None


class Steps:
    """反向传播的各步 / ``backward`` in steps: a picture with a slider; without scripts a strip; printed a table."""

    def __init__(self, found: Trace, end: str, nr: int) -> None:
        self._found, self._end = found, end
        # The edge from the last node to the result is nobody's operand: it is drawn like the others.
        self._edges = [*found.edges, Edge((0, nr), -1, found.seed)]
        self._at = {-1: 1} | {node: i + 2 for i, node in enumerate(found.ran)}
        self._titles = self._named()

    def __len__(self) -> int:
        """How many steps, the forward pass not counted."""
        return len(self._found.ran) + 1

    def __repr__(self) -> str:
        return _table([("步 step", "节点 node", "收到 receives", "传出 sends"), *self._rows])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self._page(), "image/svg+xml": self._strip, "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        return self._page()

    def save(self, path: str) -> None:
        """写入文件（.svg 或 .html）/ Write the strip (.svg), or a page with the slider (.html), to ``path``."""
        ending = Path(path).suffix.lower()
        if ending not in (".svg", ".html"):
            raise ValueError(f"path must end in .svg or .html, got {path!r}")
        head = "<!doctype html><meta charset=utf-8><meta name=color-scheme content='light dark'><title>backward</title>"
        Path(path).write_text(self._strip if ending == ".svg" else head + self._page(), encoding="utf-8")

    def _named(self) -> dict[int, str]:
        """What the nodes are called; those of one name are numbered, in the order in which backward runs them."""
        found = {-1: self._end}
        for node, kind in enumerate(self._found.titles):
            name = self._found.names.get((node, 0))
            title = kind or "叶子 leaf"
            found[node] = f"{name} · {title}" if name else title
        often, seen = Counter(found.values()), Counter[str]()
        for node in dict.fromkeys([-1, *self._found.ran, *found]):
            title = found[node]
            if often[title] > 1:
                seen[title] += 1
                found[node] = f"{title} #{seen[title]}"
        return found

    def _arrivals(self, node: int) -> list[tuple[int, int, np.ndarray]]:
        """The gradients that reach a node, in the order in which they come: step, output, gradient."""
        came = [
            (self._at[edge.target], edge.source[1], edge.gradient)
            for edge in self._edges
            if edge.source[0] == node and edge.gradient is not None
        ]
        return sorted(came, key=lambda arrival: arrival[0])

    def _received(self, node: int, by: int | None = None) -> str:
        """What has reached a node by a step, added up where it comes into one output."""
        if node < 0:
            return "" if self._found.seed is None else shown(self._found.seed)
        outputs: dict[int, list[np.ndarray]] = {}
        for at, nr, gradient in self._arrivals(node):
            if by is None or at <= by:
                outputs.setdefault(nr, []).append(gradient)
        told = {nr: added(parts) + self._hooked(node, nr, parts) for nr, parts in sorted(outputs.items())}
        return "".join(told.values()) if len(told) == 1 else ", ".join(f"[{nr}] {text}" for nr, text in told.items())

    def _hooked(self, node: int, nr: int, parts: list[np.ndarray]) -> str:
        """What a hook made of the gradient that arrived, once all of it has."""
        given = self._found.given.get((node, nr))
        if given is None or len(parts) < sum(output == nr for _, output, _ in self._arrivals(node)):
            return ""
        same = np.allclose(np.sum(parts, axis=0), given, rtol=1e-3, equal_nan=True)
        return "" if same else f", hook → {shown(given)}"

    def _kept(self, leaf: int, name: str | None = None) -> str:
        """What becomes of a leaf's ``.grad``."""
        name = f"{self._found.titles[leaf] if name is None else name}.grad"
        total = self._found.given[leaf, 0]
        before = self._found.before.get(leaf)
        return f"{name} = {shown(total) if before is None else added([before, total])}"

    def _sends(self, node: int) -> list[tuple[str, str]]:
        """What a node sends on: to which, and the gradient."""
        sent = [(edge.source[0], edge.gradient) for edge in self._edges if edge.target == node]
        return [(self._titles[to], shown(gradient)) for to, gradient in sent if gradient is not None]

    @cached_property
    def _rows(self) -> list[tuple[str, str, str, str]]:
        """A row a step: its number, the node, what it receives and what it sends."""
        rows = []
        for node, at in self._at.items():
            if node in self._found.leaves:
                sent = self._kept(node)
            else:
                sent = ", ".join(f"{gradient} → {to}" for to, gradient in self._sends(node))
            rows.append((str(at), self._titles[node], self._received(node), sent))
        return rows

    def _told(self) -> list[tuple[str, str]]:
        """What happens at each step, in both languages."""
        told = [
            (
                "前向已经算完：↓ 是沿每条边送下去的值。按 ▶ 开始反向。",
                "The forward pass is done: ↓ is the value that went down each edge. Press ▶ to go backward.",
            )
        ]
        for node, row in zip(self._at, self._rows, strict=True):
            _, title, received, sent = row
            if node < 0:
                told.append(
                    (f"从 {title} 出发，梯度为 {received}。", f"Start at {title} with the gradient {received}.")
                )
            elif node in self._found.leaves:
                told.append(
                    (f"叶子 {title} 收到 {received}：{sent}。", f"The leaf {title} receives {received}: {sent}.")
                )
            else:
                sent = sent or "None"
                told.append((f"{title} 收到 {received}，传出 {sent}。", f"{title} receives {received}, sends {sent}."))
        return told

    @cached_property
    def _boxes(self) -> dict[str, list[Row]]:
        """What stands in each box: its title, what has reached it by then, a leaf's ``.grad``."""
        found: dict[str, list[Row]] = {}
        for node, title in self._titles.items():
            rows = [Row(title, "m b", 0)]
            came = self._arrivals(node)
            steps = sorted({at for at, _, _ in came})
            if len(came) > 1 or (node >= 0 and "hook" in self._received(node)):
                for at, until in zip(steps, [*steps[1:], None], strict=True):
                    rows.append(Row(self._received(node, at), "m w1", 1, at, until))
            if node in self._found.leaves and node in self._at:
                rows.append(Row(self._kept(node, ""), "m w1 b", 1 + rows[-1].line, self._at[node]))
            found[str(node)] = rows
        return found

    @cached_property
    def _labels(self) -> list[tuple[str, str]]:
        """What each edge says: the value, and the gradient."""
        found = []
        for edge in self._edges:
            value = self._found.values.get(edge.source)
            gradient = edge.gradient
            found.append(
                ("" if value is None else f"↓ {shown(value)}", "" if gradient is None else f"↑ {shown(gradient)}")
            )
        return found

    @cached_property
    def _sizes(self) -> dict[str, tuple[float, float]]:
        """The room that each box takes, and each edge's label."""
        sizes = {}
        for name, rows in self._boxes.items():
            wide = max(width(row.text, bold="b" in row.cls) for row in rows) + 20
            sizes[name] = wide, 27 + LINE * max(row.line for row in rows)
        for i, pair in enumerate(self._labels):
            sizes[f"e{i}"] = 2 * max(map(width, pair)) + 26, LINE * 2 + 6
        return sizes

    @cached_property
    def _layout(self) -> Layout:
        arrows = []
        for i, edge in enumerate(self._edges):
            arrows += [(str(edge.source[0]), f"e{i}"), (f"e{i}", str(edge.target))]
        return layered(self._sizes, arrows, across=10, down=13)

    def _svg(self) -> str:
        marks: list[str] = []
        for i, edge in enumerate(self._edges):
            (x, y), (wide, high) = self._layout.centres[f"e{i}"], self._sizes[f"e{i}"]
            above, below = self._layout.routes[2 * i], self._layout.routes[2 * i + 1]
            points = [*above[:-1], (x, y - high / 2), (x, y + high / 2), *below[1:]]
            tip = points[-1]
            marks.append(f'<path d="{_through(points)}" class="down"/>')
            marks.append(f'<path d="M{tip[0]:.1f} {tip[1]:.1f}l-3.5 -7h7z" class="head"/>')
            value, gradient = self._labels[i]
            if gradient:
                back = [(px - 6, py) for px, py in reversed(points)]
                at = self._at[edge.target]
                (tx, ty) = back[-1]
                marks.append(f'<path d="{_through(back)}" pathLength="1" class="up" data-at="{at}"/>')
                marks.append(f'<path d="M{tx:.1f} {ty:.1f}l-4 8h8z" class="tip" data-at="{at}"/>')
                marks.append(_text(x + 7, y + 13, gradient, "w1", at))
            if value:
                marks.append(_text(x + 7, y - 4, value, "w0"))
        for name, rows in self._boxes.items():
            (x, y), (wide, high) = self._layout.centres[name], self._sizes[name]
            kind = "box leaf" if int(name) < 0 or int(name) in self._found.leaves else "box"
            when = f' data-at="{self._at[int(name)]}"' if int(name) in self._at else ""
            marks.append(
                f'<rect x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="4" '
                f'class="{kind}"{when}/>'
            )
            for row in rows:
                marks.append(_text(x, y - high / 2 + 18 + row.line * LINE, row.text, row.cls, row.at, row.until))
        left, top, right, bottom = self._frame
        marks.append(_text(left, bottom + 22, "↓ 值 value", "s w0"))
        marks.append(_text(left + 90, bottom + 22, "↑ 梯度 gradient", "s w1"))
        wide, high = max(right - left, 200) + 12, bottom - top + 40
        return (
            f'<svg role="img" aria-label="{escape(repr(self))}" width="{wide:.0f}" height="{high:.0f}" '
            f'viewBox="{left - 6:.0f} {top - 6:.0f} {wide:.0f} {high:.0f}" style="min-width:{0.8 * wide:.0f}px">'
            f"{''.join(marks)}</svg>"
        )

    @cached_property
    def _frame(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of all that is drawn."""
        corners: list[Point] = [point for route in self._layout.routes for point in route]
        for name, (x, y) in self._layout.centres.items():
            wide, high = self._sizes[name]
            corners += [(x - (0 if name.startswith("e") else wide / 2), y - high / 2), (x + wide / 2, y + high / 2)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs) - 7, min(ys), max(xs), max(ys)

    @cached_property
    def _strip(self) -> str:
        """All steps small, or the essential ones, as an image that stands alone."""
        titles = {str(node): title for node, title in self._titles.items()}
        rects = {name: (*self._layout.centres[name], *self._sizes[name]) for name in titles}
        edges = [
            (str(edge.source[0]), str(edge.target), self._at[edge.target] if edge.gradient is not None else None)
            for edge in self._edges
        ]
        leaves = {str(leaf) for leaf in self._found.leaves}
        panels = []
        for node, (at, title, received, sent) in zip(self._at, self._rows, strict=True):
            lines = [f"← {received}"] if received else []
            if str(node) in leaves:
                lines.append(sent)
            else:
                lines += [f"→ {to}: {gradient}" for to, gradient in self._sends(node)]
            panels.append((str(node), int(at), f"{at}  {title}", lines))
        return strip(rects, edges, leaves, panels, repr(self))

    def _page(self) -> str:
        told = self._told()
        image = b64encode(self._strip.encode()).decode()
        label = {"back": "上一步 previous step", "next": "下一步 next step", "slide": "第几步 step"}
        return (
            f'<style>{STYLE}</style><div class="tidu-step" hidden="hidden" '
            f'data-told="{escape(json.dumps(told, ensure_ascii=False))}"><form method="dialog">'
            f'<button type="button" aria-label="{label["back"]}" title="{label["back"]}" {_KEYS}>◀</button>'
            f'<input type="range" min="0" max="{len(self)}" value="0" step="1" aria-label="{label["slide"]}" {_KEYS}>'
            f'<button type="button" aria-label="{label["next"]}" title="{label["next"]}" {_KEYS}>▶</button>'
            '<output aria-hidden="true"></output></form><div class="say" aria-live="polite"><p lang="zh"></p>'
            f'<p lang="en"></p></div><div class="stage" tabindex="0" {_KEYS}>{self._svg()}</div></div>'
            f'<img style="max-width:100%" alt="{escape(repr(self))}" src="data:image/svg+xml;base64,{image}">'
            f"<script>{Path(__file__).with_name('_step.js').read_text(encoding='utf-8')}</script>"
        )


def shown(value: np.ndarray) -> str:
    """A tensor's numbers in a few characters: all of a small one, of a large one its shape and norm."""
    flat = value.reshape(-1)
    if value.ndim == 0:
        return number(flat[0])
    if value.size <= 6:
        text = _nested(value.tolist())
        if len(text) <= 26:
            return text
    if flat.size and np.all(flat == flat[0]):
        return f"{_shape(value)} ≡ {number(flat[0])}"
    return f"{_shape(value)} ‖·‖ {number(np.linalg.norm(flat), 3)}"


def added(gradients: list[np.ndarray]) -> str:
    """Gradients and their sum, as one writes it."""
    parts = [*gradients, np.sum(gradients, axis=0)]
    if len(gradients) == 1:
        return shown(parts[0])
    return " = ".join([" + ".join(map(shown, parts[:-1])), shown(parts[-1])])


def number(value: Any, digits: int = 4) -> str:
    """A number as one writes it: no trailing zeros, a real minus sign."""
    value = complex(value)
    text = f"{value:.{digits}g}" if value.imag else f"{value.real:.{digits}g}"
    return text.replace("-", "−")


def width(content: str, size: float = 13, bold: bool = False) -> float:
    """About how wide a browser sets a line of text."""
    wide = sum(1.0 if east_asian_width(c) in "WF" else 0.58 for c in content)
    return wide * size * (1.12 if bold else 1.0)


def _shape(value: np.ndarray) -> str:
    return f"({', '.join(map(str, value.shape))}{',' if value.ndim == 1 else ''})"


def _nested(value: Any) -> str:
    return f"[{', '.join(map(_nested, value))}]" if isinstance(value, list) else number(value, 3)


def _text(x: float, y: float, content: str, cls: str, at: int = 0, until: int | None = None) -> str:
    when = (f' data-at="{at}"' if at else "") + (f' data-until="{until}"' if until is not None else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{cls}"{when}>{escape(content)}</text>'


def _through(points: list[Point]) -> str:
    """A line through points, upright at each of them."""
    (x, y) = points[0]
    path = f"M{x:.1f} {y:.1f}"
    for nx, ny in points[1:]:
        half = (y + ny) / 2
        path += f"L{nx:.1f} {ny:.1f}" if nx == x else f"C{x:.1f} {half:.1f} {nx:.1f} {half:.1f} {nx:.1f} {ny:.1f}"
        x, y = nx, ny
    return path


def _table(rows: list[tuple[str, ...]]) -> str:
    """Columns one below the other in a terminal, where a Chinese character is two wide."""
    wide = lambda text: sum(2 if east_asian_width(c) in "WF" else 1 for c in text)  # noqa: E731
    columns = [max(map(wide, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(text + " " * (column - wide(text)) for text, column in zip(row, columns, strict=True)).rstrip()
        for row in rows
    )
