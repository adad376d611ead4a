"""Curves and histograms by matplotlib, in the page's ink and fonts: the browser sets the text, in any language."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

from autograder.judging.palette import HUES, line
from autograder.student.pictures.picture import Picture, number, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours that stand in the figure for what only the page knows.
_INK = "#010203"
_MARKERS = "os^Dv"
#: How many stretches a histogram is told in.
TOLD = 10


def loglog(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], xlabel: str = "", ylabel: str = ""
) -> Picture:
    """双对数坐标的曲线 / Curves over powers of ten, each drawn as a line with points.

    curves          for each name, its x and its y, all positive
    xlabel, ylabel  what the axes count
    """
    if not curves:
        raise ValueError("curves must hold at least one curve")
    for name, (x, y) in curves.items():
        if len(x) != len(y):
            raise ValueError(f"curves[{name!r}] must have as many x as y, got {len(x)} and {len(y)}")
        if not all(value > 0 for value in (*x, *y)):
            raise ValueError(f"curves[{name!r}] must be positive to stand on a scale of powers of ten")
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    with style():
        figure = Figure(figsize=(6.4, 3.8))
        axes = figure.add_subplot()
        for i, (name, (x, y)) in enumerate(curves.items()):
            axes.loglog(x, y, color=HUES[i % len(HUES)], marker=_MARKERS[i % len(_MARKERS)], label=name)
        axes.minorticks_off()
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            few = high < 100 * low  # too few powers of ten to read a number off them
            axis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
            axis.set_major_formatter(_plain if few else _power)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        axes.grid(True, alpha=0.25)
        axes.legend()
        svg = drawn(figure)
    told = [words("plot_told", xlabel=xlabel, ylabel=ylabel)]
    for name, (x, y) in curves.items():
        told.append(f"{name}: " + ", ".join(f"({number(a, 3)}, {number(b, 3)})" for a, b in zip(x, y, strict=True)))
    return told_picture(svg, told)


def histogram(numbers: Mapping[str, Sequence[float]], low: float, high: float, bins: int = 60) -> Picture:
    """直方图 / How often numbers fall where, from ``low`` to ``high``: one plot for each name, on the same scales.

    numbers  for each name, its numbers: a list, or a tensor of 1 dimension
    """
    if not numbers or not low < high:
        raise ValueError(f"numbers must hold at least one name, and low be below high, got {low} and {high}")
    from matplotlib.figure import Figure

    lists = {name: [float(value) for value in found] for name, found in numbers.items()}
    with style():
        figure = Figure(figsize=(3 * len(lists), 2.4))
        for axes, (name, found), hue in zip(
            figure.subplots(1, len(lists), sharey=True, squeeze=False)[0], lists.items(), HUES, strict=False
        ):
            counts = [0] * bins
            for value in found:
                if low <= value < high:
                    counts[int((value - low) / (high - low) * bins)] += 1
            axes.stairs(counts, [low + i * (high - low) / bins for i in range(bins + 1)], fill=True, color=hue)
            axes.set_title(name, fontsize=10)
        svg = drawn(figure)
    told = []
    for name, found in lists.items():
        mean = sum(found) / len(found)
        spread = (sum((value - mean) ** 2 for value in found) / len(found)) ** 0.5
        told.append(words("histogram_told", name=name, count=len(found), mean=f"{mean:.2f}", spread=f"{spread:.2f}"))
        told.append(_counts(found, low, high, min(bins, TOLD)))
    return told_picture(svg, told)


def _counts(found: Sequence[float], low: float, high: float, bins: int) -> str:
    """How many numbers fall into each of a few stretches, the shape of a histogram in words."""
    edges = [low + i * (high - low) / bins for i in range(bins + 1)]
    counts = [sum(a <= value < b for value in found) for a, b in pairwise(edges)]
    told = [f"{number(a, 3)}…{number(b, 3)}: {n}" for (a, b), n in zip(pairwise(edges), counts, strict=True)]
    outside = len(found) - sum(counts)
    return ", ".join([*told, *([words("histogram_outside", count=outside)] if outside else [])])


def told_picture(svg: str, told: Sequence[str]) -> Picture:
    """A plot as a picture, told in these lines."""
    text = "\n".join(told)
    return Picture(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(text)}" ', 1), text)


@contextmanager
def style() -> Iterator[None]:
    """Text as text, in the page's ink; a font that lacks a character does not matter, for the browser has it."""
    import matplotlib

    with warnings.catch_warnings(), matplotlib.rc_context():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcParams.update(matplotlib.rcParamsDefault)
        matplotlib.rcParams.update(
            {
                "text.color": _INK,
                "axes.edgecolor": _INK,
                "axes.labelcolor": _INK,
                "xtick.color": _INK,
                "ytick.color": _INK,
                "grid.color": _INK,
                "axes.facecolor": "none",
                "axes.spines.right": False,
                "axes.spines.top": False,
                "figure.facecolor": "none",
                "font.family": "DejaVu Sans",
                "font.size": 10,
                "legend.frameon": False,
                "lines.markersize": 4.5,
                "savefig.facecolor": "none",
                "svg.fonttype": "none",
                "svg.hashsalt": "tidu",
            }
        )
        yield


def drawn(figure: Figure) -> str:
    """A figure as an SVG element that takes the page's ink and fonts and fits its width."""
    drawn = BytesIO()
    figure.savefig(drawn, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    svg = drawn.getvalue().decode("utf-8")
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg[svg.index("<svg ") :], flags=re.DOTALL)
    # A style inside an SVG is the whole page's, and so are names: a plot leaves the page alone.
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' id="[\w.]+_\d+"| clip-path="[^"]*"| xmlns(?::xlink)?="[^"]*"| version="[^"]*"', "", svg)
    svg = re.sub(r"<clipPath.*?</clipPath>|<defs>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = svg.replace("xlink:href", "href").replace("<svg ", '<svg class="tidu-svg" stroke-linejoin="round" ', 1)
    svg = svg.replace(_INK, "currentColor").replace(" font-family: 'DejaVu Sans';", "")
    for hue in HUES:
        svg = svg.replace(f"stroke: {hue}", f"stroke: {line(hue)}").replace(f"fill: {hue}", f"fill: {line(hue)}")
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", svg)).strip()


def _power(value: float, position: float = 0) -> str:
    """A power of ten in plain characters."""
    exponent = f"{value:.0e}".partition("e")[2]
    return "10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _plain(value: float, position: float = 0) -> str:
    return number(value, 6)
