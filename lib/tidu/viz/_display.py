"""A graph on a page: in the page's ink, whoever laid it out, and laid out here where Graphviz is not. / 页面上的图。"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import NamedTuple
from unicodedata import east_asian_width

from tidu.viz.layers import Point, layered

#: What a box's colour in DOT is on a page: a little of it over any paper, with the page's own ink on it.
SURFACES = {
    "lightblue": "rgba(0,114,178,.24)",
    "darkolivegreen1": "rgba(0,158,115,.3)",
    "darkolivegreen3": "rgba(0,158,115,.42)",
    "palegreen": "rgba(0,158,115,.18)",
    "orange": "rgba(213,94,0,.3)",
    "lightgrey": "rgba(128,128,128,.14)",
    "white": "none",
}
# Graphviz writes colours that SVG has no name for by their numbers.
_WRITTEN = {"darkolivegreen1": "#caff70", "darkolivegreen3": "#a2cd5a"}
_INK = "color:var(--jp-content-font-color1,var(--vscode-foreground,inherit))"
_MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_STATEMENT = re.compile(
    r'\s*(?P<a>"(?:\\.|[^"\\])*"|[\w.]+)(?: -> (?P<b>"(?:\\.|[^"\\])*"|[\w.]+))?(?: \[(?P<attributes>.*)\])?\s*\Z',
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r'(\w+)=("(?:\\.|[^"\\])*"|[^\s\]]+)', re.DOTALL)
LINE, CHARACTER = 14.0, 7.3
#: A larger picture is not brought twice.
ALONE = 100_000


class Box(NamedTuple):
    lines: list[tuple[str, bool]]  # text, and whether it is flushed left
    surface: str

    @property
    def size(self) -> tuple[float, float]:
        return max((_width(text) for text, _ in self.lines), default=0.0) + 16, len(self.lines) * LINE + 9


class Arrow(NamedTuple):
    ends: tuple[str, str]
    style: str
    head: bool


def page(svg: str, told: str) -> str:
    """The picture as HTML, in the page's colours, or an image where a page takes no inline SVG. / HTML 形式。"""
    if len(svg) > ALONE:
        return svg
    alone = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    image = b64encode(re.sub(r'style="[^"]*"', 'style="background:#fff;color:#111"', alone, count=1).encode()).decode()
    return (
        "<style>.tidu-graph{display:block!important}.tidu-graph+img{display:none!important}</style>"
        f'<div class="tidu-graph" hidden="hidden">{svg}</div>'
        f'<img alt="{escape(told)}" src="data:image/svg+xml;base64,{image}">'
    )


def told(body: Iterable[str]) -> str:
    """The graph in words: every box and what it leads to."""
    boxes, arrows = read(body)
    after: dict[str, list[str]] = {}
    for arrow in arrows:
        after.setdefault(arrow.ends[0], []).append(arrow.ends[1])
    names = {name: " ".join(text.strip() for text, _ in box.lines) for name, box in boxes.items()}
    lines = [f"{names[name]} → {', '.join(names[b] for b in after[name])}" for name in boxes if name in after]
    return "\n".join(lines or names.values())


def themed(svg: str, words: str) -> str:
    """Graphviz's SVG, with the page's colours in place of its own."""
    svg = svg[svg.index("<svg") :]
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    shape = re.search(r'viewBox="[^"]*"', svg)
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    inner = re.sub(r"<!--.*?-->|<title>.*?</title>| id=\"[^\"]*\"", "", inner, flags=re.DOTALL)
    for name, surface in SURFACES.items():
        inner = inner.replace(f'fill="{_WRITTEN.get(name, name)}"', f'fill="{surface}"')
    inner = re.sub(r'(fill|stroke)="black"', r'\1="currentColor"', inner)
    inner = inner.replace('stroke="white"', 'stroke="none"').replace("<text ", '<text fill="currentColor" ')
    wide, high = (size[1], size[2]) if size else ("400", "300")
    return _svg(f'width="{wide}pt" height="{high}pt" {shape[0] if shape else ""}', re.sub(r">\s+<", "><", inner), words)


def drawn(body: Iterable[str], words: str) -> str:
    """The graph as an SVG, laid out by this library alone."""
    boxes, arrows = read(body)
    layout = layered({name: box.size for name, box in boxes.items()}, [arrow.ends for arrow in arrows])
    seen: dict[tuple[str, str], int] = {}
    count = {arrow.ends: [a.ends for a in arrows].count(arrow.ends) for arrow in arrows} if len(arrows) < 400 else {}
    marks = []
    for arrow, route in zip(arrows, layout.routes, strict=True):
        number = seen[arrow.ends] = seen.get(arrow.ends, -1) + 1
        aside = 22.0 * (number - (count.get(arrow.ends, 1) - 1) / 2)
        marks.append(_arrow(curve(route, aside), route[-1], arrow))
    for name, box in boxes.items():
        marks.append(_box(layout.centres[name], box))
    points = [point for route in layout.routes for point in route]
    for name, (x, y) in layout.centres.items():
        width, height = boxes[name].size
        points += [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]
    left, top = (min((point[i] for point in points), default=0) - 8 for i in (0, 1))
    right, bottom = (max((point[i] for point in points), default=0) + 8 for i in (0, 1))
    wide, high = right - left, bottom - top
    frame = f'width="{wide:.0f}" height="{high:.0f}" viewBox="{left:.0f} {top:.0f} {wide:.0f} {high:.0f}"'
    return _svg(frame, "".join(marks), words)


def read(body: Iterable[str]) -> tuple[dict[str, Box], list[Arrow]]:
    """The boxes and arrows of DOT source as the package graphviz writes it, a statement a line."""
    boxes: dict[str, Box] = {}
    arrows: list[Arrow] = []
    for statement in body:
        found = _STATEMENT.match(statement)
        if not found or found["a"] in ("graph", "node", "edge"):
            continue
        attributes = dict(_ATTRIBUTE.findall(found["attributes"] or ""))
        a = _plain(found["a"])
        if found["b"] is None:
            surface = SURFACES.get(_plain(attributes.get("fillcolor", "lightgrey")), SURFACES["lightgrey"])
            boxes[a] = Box(_lines(str(attributes.get("label", found["a"]))), surface)
            continue
        b = _plain(found["b"])
        for name in (a, b):
            boxes.setdefault(name, Box([(name, False)], SURFACES["lightgrey"]))
        arrows.append(Arrow((a, b), attributes.get("style", ""), attributes.get("dir") != "none"))
    return boxes, arrows


def curve(route: list[Point], aside: float = 0.0) -> str:
    """A path through the points of a route that leaves and arrives upright; ``aside`` bends it away from a twin."""
    (x, y), path = route[0], ""
    path = f"M{x:.1f} {y:.1f}"
    for nx, ny in route[1:]:
        half = (y + ny) / 2
        path += f"C{x + aside:.1f} {half:.1f} {nx + aside:.1f} {half:.1f} {nx:.1f} {ny:.1f}"
        x, y = nx, ny
    return path


def _svg(frame: str, inner: str, words: str) -> str:
    return (
        f'<svg style="{_INK};max-width:100%;height:auto;display:block" role="img" aria-label="{escape(words)}" {frame}>'
        f"{inner}</svg>"
    )


def _arrow(path: str, tip: Point, arrow: Arrow) -> str:
    dashes = {"dotted": ' stroke-dasharray="1.5 3"', "dashed": ' stroke-dasharray="5 3"'}.get(arrow.style, "")
    line = f'<path d="{path}" fill="none" stroke="currentColor"{dashes}/>'
    x, y = tip
    head = f'<path d="M{x:.1f} {y:.1f}l-3.5 -8h7z" fill="currentColor"/>' if arrow.head else ""
    return line + head


def _box(centre: Point, box: Box) -> str:
    (x, y), (width, height) = centre, box.size
    left, top = x - width / 2, y - height / 2
    marks = [
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3" fill="{box.surface}" '
        'stroke="currentColor"/>'
    ]
    for i, (text, flushed) in enumerate(box.lines):
        place = f'x="{left + 8:.1f}"' if flushed else f'x="{x:.1f}" text-anchor="middle"'
        marks.append(
            f'<text {place} y="{top + 15 + i * LINE:.1f}" fill="currentColor" font-size="12" font-family="{_MONO}" '
            f'xml:space="preserve">{escape(text)}</text>'
        )
    return "".join(marks)


def _plain(token: str) -> str:
    """A DOT name or value without its quotes."""
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL) if token.startswith('"') else token


def _lines(token: str) -> list[tuple[str, bool]]:
    text = token[1:-1] if token.startswith('"') else token
    lines: list[tuple[str, bool]] = []
    line = ""
    for piece in re.findall(r"\\.|\n|[^\\\n]+", text, re.DOTALL):
        if piece in (r"\l", r"\n", "\n"):
            lines.append((line, piece == r"\l"))
            line = ""
        else:
            line += piece[1:] if piece.startswith("\\") else piece
    return [*lines, (line, False)] if line or not lines else lines


def _width(text: str) -> float:
    return sum(12.0 if east_asian_width(c) in "WF" else CHARACTER for c in text)
