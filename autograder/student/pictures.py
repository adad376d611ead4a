"""The course's pictures: memory as a strip with views over it, and matrices as heat maps.

Labels are in the reader's language where a font for it exists and in English where none does. Text is drawn as
outlines, so a picture looks the same on a machine without the font. Blue and orange are told apart by every kind of
colour vision.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cache, wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import numpy as np

from autograder.judging.catalogue import message
from autograder.student import settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Hiragino Sans GB",
    "Heiti SC", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans CJK JP",
    "Arial Unicode MS",
)  # fmt: skip
#: One tint for each row of a view, so that an element can be followed from the view to the memory.
TINTS = ("#bcd7ee", "#fbd3a8", "#d9d9d9", "#8fc1e3", "#f7b36f", "#bdbdbd", "#e3eef9", "#fdecd9")
INK, MARK = "#222222", "#b34a00"
#: The side of one memory cell, in inches.
UNIT = 0.52


class Picture:
    """A drawn figure that shows itself in a notebook; ``save`` writes it to a file."""

    def __init__(self, figure: Figure, told: str) -> None:
        self.figure, self._told = figure, told

    def __repr__(self) -> str:
        return self._told

    def _repr_svg_(self) -> str:
        drawn = BytesIO()
        with _style():
            self.figure.savefig(drawn, format="svg", bbox_inches="tight", metadata={"Date": None})
        return drawn.getvalue().decode("utf-8")

    def save(self, path: str, **options: Any) -> None:
        """Write the picture to ``path``; its ending chooses the format."""
        with _style():
            self.figure.savefig(path, bbox_inches="tight", **options)


def _styled(draw: Callable[..., Picture]) -> Callable[..., Picture]:
    """Draw with the course's fonts: matplotlib settles a text's font when the text is made."""

    @wraps(draw)
    def styled(*args: Any, **options: Any) -> Picture:
        with _style():
            return draw(*args, **options)

    return styled


@_styled
def memory(base: Any, views: dict[str, Any] | None = None) -> Picture:
    """内存格子与各视图 / The memory of ``base`` as a strip, and under it each view with where its elements lie.

    base    a contiguous tensor that owns the memory
    views   tensors over the same memory, of at most two dimensions, by the name to print; by default base itself
    """
    values = base.reshape(-1).tolist()
    views = views or {"x": base}
    placed = {name: _placed(view) for name, view in views.items()}
    first = next(iter(placed.values()))
    tints: dict[int, str] = {}
    for number, group in enumerate(first if len(first) > 1 else [[place] for place in first[0]]):
        for place in group:
            tints.setdefault(place, TINTS[number % len(TINTS)])
    labels = {name: _label(name, view) for name, view in views.items()}
    widths = {name: max(len(placed[name][0]), 0.22 * _columns(labels[name])) + 1 for name in views}
    deepest = max(len(places) for places in placed.values())
    width, height = max(len(values), sum(widths.values())) + 0.4, deepest + 3.7
    figure, axes = _axes(width * UNIT, height * UNIT)
    _strip(axes, values, tints)
    left = 0.0
    for name, places in placed.items():
        axes.text(left, -0.65, labels[name], va="top", color=INK)
        _grid(axes, left, values, places, tints)
        left += widths[name]
    axes.set_xlim(-0.2, width - 0.2)
    axes.set_ylim(1.6 - height, 1.6)
    told = "; ".join(f"{name}: shape {tuple(v.shape)}, stride {tuple(v.stride())}" for name, v in views.items())
    return Picture(figure, f"<memory of {len(values)} elements; {told}>")


@_styled
def heatmap(
    matrix: Any,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    row: int | None = None,
    column: int | None = None,
) -> Picture:
    """矩阵的热图 / A matrix as a heat map, with its numbers; blue is negative, orange positive.

    rows, columns   names for them; by default their numbers
    row, column     one to outline
    """
    from matplotlib.patches import Rectangle

    numbers = np.asarray(matrix.detach().tolist() if hasattr(matrix, "detach") else matrix, dtype=float)
    if numbers.ndim != 2:
        raise ValueError(f"matrix must have 2 dimensions, got shape {numbers.shape}")
    height, width = numbers.shape
    figure, axes = _axes(width * 0.78 + 0.9, height * 0.55 + 0.6)
    top = float(np.abs(numbers).max()) if numbers.size else 1.0
    axes.imshow(numbers, cmap=_blue_to_orange(), vmin=-(top or 1.0), vmax=top or 1.0, aspect="auto")
    for i, j in itertools.product(range(height), range(width)):
        axes.text(j, i, _two_digits(numbers[i, j]), ha="center", va="center", color=INK, fontsize=9)
    axes.set_axis_on()
    axes.set_xticks(range(width), columns or [str(j) for j in range(width)])
    axes.set_yticks(range(height), rows or [str(i) for i in range(height)])
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False, colors=INK)
    for side in axes.spines.values():
        side.set_visible(False)
    outline: dict[str, Any] = {"fill": False, "edgecolor": MARK, "linewidth": 2.5, "clip_on": False}
    if row is not None:
        axes.add_patch(Rectangle((-0.5, row - 0.5), width, 1, **outline))
    if column is not None:
        axes.add_patch(Rectangle((column - 0.5, -0.5), 1, height, linestyle="--", **outline))
    return Picture(
        figure, f"<heat map of a {height} by {width} matrix, from {numbers.min():.3g} to {numbers.max():.3g}>"
    )


def _placed(view: Any) -> list[list[int]]:
    """For each element of a view, as rows: its place in memory."""
    shape, stride, offset = tuple(view.shape), tuple(view.stride()), view.storage_offset()
    if len(shape) > 2:
        raise ValueError(f"a view must have at most 2 dimensions to be drawn, got shape {shape}")
    if len(shape) < 2:
        shape, stride = (1, *(shape or (1,))), (0, *(stride or (0,)))
    return [[offset + i * stride[0] + j * stride[1] for j in range(shape[1])] for i in range(shape[0])]


def _strip(axes: Axes, values: list[Any], tints: dict[int, str]) -> None:
    axes.text(0, 1.2, _words("memory"), color=INK, va="bottom")
    for place, value in enumerate(values):
        _box(axes, place, 0, _short(value), tints.get(place, "white"))
        axes.text(place + 0.5, -0.12, str(place), ha="center", va="top", fontsize=7, color="#666666")


def _grid(axes: Axes, left: float, values: list[Any], places: list[list[int]], tints: dict[int, str]) -> None:
    for i, row in enumerate(places):
        for j, place in enumerate(row):
            _box(axes, left + j, -3.0 - i, _short(values[place]), tints.get(place, "white"), str(place))


def _two_digits(value: float) -> str:
    """Two decimals, three where two would make a zero of what is none."""
    text = f"{value:.2f}"
    return f"{value:.3f}" if value and not float(text) else text


def _label(name: str, view: Any) -> str:
    lines = [name, f"{_words('shape')} {tuple(view.shape)}", f"{_words('stride')} {tuple(view.stride())}"]
    if view.storage_offset():
        lines[2] += f"  {_words('offset')} {view.storage_offset()}"
    return "\n".join(lines)


def _box(axes: Axes, x: float, y: float, content: str, tint: str, corner: str = "") -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=tint, edgecolor=INK, linewidth=0.8))
    axes.text(x + 0.5, y + 0.5, content, ha="center", va="center", color=INK)
    if corner:
        axes.text(x + 0.94, y + 0.06, corner, ha="right", va="bottom", fontsize=6, color="#555555")


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _columns(label: str) -> int:
    """The width of a label in half-width characters."""
    return max(sum(1 + (east_asian_width(c) in "WF") for c in line) for line in label.splitlines())


def _axes(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def _style() -> Any:
    """Fonts for the reader's language, as outlines."""
    import matplotlib

    font = _cjk_font()
    family = ["DejaVu Sans", font] if font else ["DejaVu Sans"]
    return matplotlib.rc_context(
        {
            "font.family": family,
            "font.size": 10,
            "svg.fonttype": "path",
            "svg.hashsalt": "tidu",
            "savefig.facecolor": "white",
        }
    )


def _blue_to_orange() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("tidu", ["#5fa2d4", "#ffffff", "#ee8f3a"])


@cache
def _cjk_font() -> str:
    """The first installed font that has Chinese characters; empty when there is none."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CJK_FONTS if name in installed), "")


def _words(key: str) -> str:
    """A label in the reader's language, in English when it could not be drawn."""
    return message(f"picture.{key}").text(settings.language() if _cjk_font() else "en", " / ")
