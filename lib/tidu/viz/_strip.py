"""A strip of small pictures, a step each: what a page shows that runs no scripts. / 连环画。"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape
from unicodedata import east_asian_width

PANEL, GAP, ROW, TALL = 164.0, 14.0, 15.0, 110.0
ACROSS = 4
#: So many panels at most: of more steps the first and the last, and among the others those that have most to tell.
MOST = 12
#: The most characters of a line, and the most lines below a small picture.
CHARACTERS, LINES = 28, 4
#: The paper of a picture that stands alone: of the reader's system, for such an image cannot see the page's theme.
STYLE = (
    "svg{color:#1b1b1b;background:#fff}@media (prefers-color-scheme:dark){svg{color:#f0f0f0;background:#111}"
    ".w{fill:#ff9a57}}"
)
_ORANGE, _BLUE, _WORD = "#d55e00", "#0072b2", "#a34700"

Rect = tuple[float, float, float, float]  # centre, width, height
#: From a node to the one that computed with it, and the step at which its gradient comes back.
Line = tuple[str, str, int | None]
#: The node at work, the step, its heading, and what happens.
Panel = tuple[str, int, str, Sequence[str]]


def strip(
    rects: Mapping[str, Rect], lines: Sequence[Line], leaves: Collection[str], panels: Sequence[Panel], told: str
) -> str:
    """画成连环画 / The steps as one SVG that stands alone.

    rects   by name: where a node's box is in the large picture
    lines   the edges between them
    leaves  which of them are leaves
    panels  the steps
    told    the same in words
    """
    chosen = _essential(panels)
    left = min(x - w / 2 for x, _, w, _ in rects.values())
    top = min(y - h / 2 for _, y, _, h in rects.values())
    wide = max(x + w / 2 for x, _, w, _ in rects.values()) - left
    high = max(y + h / 2 for _, y, _, h in rects.values()) - top
    scale = min(PANEL / wide, TALL / high, 0.5)
    small = {
        name: ((x - left - wide / 2) * scale + PANEL / 2, (y - top) * scale, w * scale, h * scale)
        for name, (x, y, w, h) in rects.items()
    }
    picture, text = high * scale, (1 + min(max(len(p[3]) for p in chosen), LINES)) * ROW
    marks = []
    for i, (node, at, title, happens) in enumerate(chosen):
        x = i % ACROSS * (PANEL + GAP)
        y = i // ACROSS * (picture + text + 2 * GAP + 6)
        marks.append(f'<g transform="translate({x:g} {y:.1f})">{_small(small, lines, leaves, node, at)}')
        for k, line in enumerate([title, *happens[:LINES]]):
            weight = ' font-weight="600"' if not k else f' class="w" fill="{_WORD}"'
            ink = "" if k else ' fill="currentColor"'
            marks.append(f'<text x="0" y="{picture + 18 + k * ROW:.1f}"{ink}{weight}>{escape(_cut(line))}</text>')
        marks.append("</g>")
    columns, rows = min(len(chosen), ACROSS), -(-len(chosen) // ACROSS)
    width = columns * (PANEL + GAP) - GAP + 16
    height = rows * (picture + text + 2 * GAP + 6) + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(told)}" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="-8 -8 {width:.0f} {height:.0f}" font-size="11.5" '
        f"font-family=\"system-ui,-apple-system,'Segoe UI',sans-serif\"><style>{STYLE}</style>{''.join(marks)}</svg>"
    )


def _essential(panels: Sequence[Panel]) -> list[Panel]:
    if len(panels) <= MOST:
        return list(panels)
    inner = sorted(panels[1:-1], key=lambda p: (-len(p[3]) - any(" + " in line for line in p[3]), p[1]))
    return [panels[0], *sorted(inner[: MOST - 2], key=lambda p: p[1]), panels[-1]]


def _small(rects: Mapping[str, Rect], lines: Sequence[Line], leaves: Collection[str], now: str, at: int) -> str:
    """The graph at one step: no words, what has come back by then in orange, the node at work filled."""
    marks = []
    for source, target, when in lines:
        (x1, y1, _, h1), (x2, y2, _, h2) = rects[source], rects[target]
        y1, y2 = y1 + h1 / 2, y2 - h2 / 2
        came = when is not None and when <= at
        stroke = f'"{_ORANGE}" stroke-width="{2.2 if when == at else 1.3}"' if came else '"currentColor" opacity=".5"'
        half = (y1 + y2) / 2
        marks.append(
            f'<path d="M{x1:.1f} {y1:.1f}C{x1:.1f} {half:.1f} {x2:.1f} {half:.1f} {x2:.1f} {y2:.1f}" fill="none" '
            f"stroke={stroke}/>"
        )
    for name, (x, y, w, h) in rects.items():
        fill = f'"{_ORANGE}"' if name == now else f'"{_BLUE}" fill-opacity=".2"' if name in leaves else '"none"'
        marks.append(
            f'<rect x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}" rx="2" fill={fill} '
            'stroke="currentColor" stroke-opacity=".6"/>'
        )
    return "".join(marks)


def _cut(line: str) -> str:
    used, kept = 0.0, ""
    for c in line:
        used += 1.7 if east_asian_width(c) in "WF" else 1
        if used > CHARACTERS:
            return kept[:-1] + "…"
        kept += c
    return line
