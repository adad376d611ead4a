"""What every picture is: an SVG in the page's own colours, and the same in words.

A page may strip what it does not trust. JupyterLab takes styles, scripts and inline SVG out of the outputs of a
notebook that it does not trust, and leaves images: so a picture brings itself once more as an image on paper of its
own, which the style of the inline one hides wherever styles are let through.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from autograder.judging import palette
from autograder.judging.catalogue import message
from autograder.student import settings

STYLE = (
    f".tidu-svg{{color:{palette.INK};font:13px {palette.FONT};max-width:100%;height:auto;display:block}}"
    ".tidu-svg text{fill:currentColor;font-variant-numeric:tabular-nums}"
    ".tidu-svg .m{text-anchor:middle}.tidu-svg .e{text-anchor:end}.tidu-svg .b{font-weight:600}"
    f".tidu-svg .q{{fill-opacity:{palette.QUIET:g}}}.tidu-svg .s{{font-size:11px}}.tidu-svg .xs{{font-size:10px}}"
    ".tidu-svg .c{fill:none;stroke:currentColor;stroke-opacity:.45}"
    ".tidu-svg .a{fill:none;stroke-width:1.8}.tidu-svg .d{stroke-dasharray:5 3}"
    + "".join(
        f".tidu-svg .t{i}{{fill:{palette.tint(hue)}}}.tidu-svg .f{i}{{fill:{palette.line(hue)}}}"
        f".tidu-svg .l{i}{{stroke:{palette.line(hue)}}}.tidu-svg .w{i}{{fill:{palette.word(hue)}}}"
        for i, hue in enumerate(palette.HUES)
    )
)
#: The paper of a picture that stands alone: of the reader's system, for such an image cannot see the page's theme.
_ALONE = (
    ".tidu-svg{color:#1b1b1b;background:#fff}@media (prefers-color-scheme:dark){.tidu-svg{color:#f0f0f0;"
    "background:#111}}"
)
_SHOWN = ".tidu-live{display:block!important}.tidu-live+img{display:none!important}"
#: What the two that can be played with put around their drawing.
CONTROLS = (
    ".tidu-play{font-size:13px;line-height:1.5}.tidu-play form{display:flex;flex-wrap:wrap;gap:.35em 1.1em;"
    "align-items:center;margin:.3em 0}"
    ".tidu-play button{font:inherit;color:inherit;background:none;cursor:pointer;border-radius:.5em;padding:.1em .6em;"
    "border:1px solid color-mix(in srgb,currentColor 40%,transparent)}"
    f".tidu-play button:hover,.tidu-play button[aria-pressed=true]{{background:{palette.tint(palette.BLUE)}}}"
    f".tidu-play :focus-visible{{outline:2px solid {palette.line(palette.BLUE)};outline-offset:1px}}"
    ".tidu-play label{display:inline-flex;gap:.5em;align-items:center}.tidu-play input{width:7.5em;margin:0}"
    ".tidu-play output{min-width:1.6em;font-variant-numeric:tabular-nums}"
    ".tidu-play .say{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "margin:.25em 0;min-height:1.5em;white-space:pre-wrap}"
    + "".join(f".tidu-play .o{i}{{color:{palette.word(hue)}}}" for i, hue in enumerate(palette.HUES))
)
#: JupyterLab leaves the arrow keys to an element that has this itself; on one around it, it is too late.
KEYS = 'data-lm-suppress-shortcuts="true"'


class Picture:
    """一幅图：在笔记本里显示自己，也能写成文字 / A picture that shows itself in a notebook, and tells itself in words.

    svg     the drawing; it may use the classes of ``STYLE``
    told    the same in words, in the reader's language
    around  HTML that the drawing stands in, with ``{svg}`` where it stands
    """

    def __init__(self, svg: str, told: str, around: str = "{svg}") -> None:
        self.svg, self._told, self._around = svg, told, around

    def __repr__(self) -> str:
        return self._told

    def _repr_svg_(self) -> str:
        """The drawing alone, with all it needs."""
        opening, mark, rest = self.svg.partition(">")
        return f'{opening} xmlns="http://www.w3.org/2000/svg"{mark}<style>{STYLE}{_ALONE}</style>{rest}'

    def _repr_html_(self) -> str:
        alone = b64encode(self._repr_svg_().encode()).decode()
        return (
            f"<style>{STYLE}{_SHOWN}</style>"
            f'<div class="tidu-live" hidden="hidden">{self._around.replace("{svg}", self.svg)}</div>'
            f'<img alt="{escape(self._told)}" src="data:image/svg+xml;base64,{alone}">'
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": self._told}

    def save(self, path: str) -> None:
        """写入文件（.svg 或 .html）/ Write the picture to ``path``, which ends in .svg or .html."""
        ending = Path(path).suffix.lower()
        if ending not in (".svg", ".html"):
            raise ValueError(f"path must end in .svg or .html, got {path!r}")
        page = f"<!doctype html><meta charset=utf-8><meta name=color-scheme content='light dark'>{self._repr_html_()}"
        Path(path).write_text(self._repr_svg_() if ending == ".svg" else page, encoding="utf-8")


class Drawing:
    """Marks on a plane that grows to hold them."""

    def __init__(self) -> None:
        self.marks: list[str] = []
        self._left = self._top = float("inf")
        self._right = self._bottom = -float("inf")

    def hold(self, x: float, y: float) -> None:
        """Make room for a point."""
        self._left, self._right = min(self._left, x), max(self._right, x)
        self._top, self._bottom = min(self._top, y), max(self._bottom, y)

    @property
    def right(self) -> float:
        return self._right

    @property
    def bottom(self) -> float:
        return self._bottom

    def rect(self, x: float, y: float, width: float, height: float, cls: str = "c", more: str = "") -> None:
        self.hold(x, y)
        self.hold(x + width, y + height)
        more = f" {more}" if more else ""
        self.marks.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" class="{cls}"{more}/>')

    def text(self, x: float, y: float, content: object, cls: str = "") -> None:
        """A line of text whose baseline is at ``y``; among the classes, m is centred and e ends at ``x``."""
        kinds = cls.split()
        size = 10 if "xs" in kinds else 11 if "s" in kinds else 13
        width = text_width(str(content), size, bold="b" in kinds)
        start = x - width / 2 if "m" in kinds else x - width if "e" in kinds else x
        self.hold(start, y - size)
        self.hold(start + width, y + size * 0.3)
        self.marks.append(f'<text x="{x:g}" y="{y:g}" class="{cls}">{escape(str(content))}</text>')

    def path(self, points: str, cls: str = "a", more: str = "") -> None:
        """A path; whoever draws it holds its room."""
        more = f" {more}" if more else ""
        self.marks.append(f'<path d="{points}" class="{cls}"{more}/>')

    def head(self, x: float, y: float, dx: float, dy: float, cls: str, size: float = 6.5) -> None:
        """An arrow's head whose tip is at (x, y), pointing along (dx, dy), a vector of length one."""
        bx, by = x - size * dx, y - size * dy
        wx, wy = -dy * size * 0.55, dx * size * 0.55
        self.path(f"M{x:.4g} {y:.4g}L{bx + wx:.4g} {by + wy:.4g}L{bx - wx:.4g} {by - wy:.4g}z", cls)

    def svg(self, told: str, margin: float = 6) -> str:
        left, top = self._left - margin, self._top - margin
        width, height = self._right + margin - left, self._bottom + margin - top
        return (
            f'<svg class="tidu-svg" role="img" aria-label="{escape(told)}" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}">{"".join(self.marks)}</svg>'
        )


def words(key: str, **values: object) -> str:
    """A label of the catalogue's section ``picture``, in the reader's language."""
    return message(f"picture.{key}", **values).text(settings.language(), " / ")


def text_width(content: str, size: float = 13, bold: bool = False) -> float:
    """About how wide a browser sets a line of text."""
    wide = sum(1.0 if east_asian_width(c) in "WF" else 0.58 for c in content)
    return wide * size * (1.12 if bold else 1.0)


def number(value: Any, digits: int = 4) -> str:
    """A number as one writes it: no trailing zeros, a real minus sign."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    text = f"{value:.{digits}g}" if isinstance(value, float) else str(value)
    return text.replace("-", "−")


def listed(values: Iterable[object], most: int = 40) -> str:
    """Things in words, with spaces, the first of them when there are many."""
    texts = [number(value) for value in values]
    return " ".join(texts[:most]) + (" …" if len(texts) > most else "")


def nested(value: Any) -> str:
    """The numbers of a tensor with the brackets around its rows, as it is typed."""
    return f"[{' '.join(map(nested, value))}]" if isinstance(value, list) else number(value)


def data(state: Mapping[str, object]) -> str:
    """What a script starts from, as an attribute of its element."""
    return f'data-state="{escape(json.dumps(state, ensure_ascii=False))}"'


def script(name: str) -> str:
    """A script that lies beside this file."""
    return f"<script>{Path(__file__).with_name(name).read_text(encoding='utf-8')}</script>"
