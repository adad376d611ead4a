"""Curves side by side on scales of their own, to compare one run with another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograder.judging.palette import HUES
from autograder.student.pictures.picture import Picture, number, words
from autograder.student.pictures.plot import drawn, style, told_picture

#: The first curve of a panel is what the others are compared with: thin ink.
_FIRST = {"color": "#010203", "linewidth": 1, "alpha": 0.6}
#: Of a long curve, how many points are told.
TOLD = 8


def panels(
    curves: Mapping[str, Mapping[str, Sequence[float]]],
    xlabels: Sequence[str] | str = "",
    levels: Mapping[str, tuple[float, str]] | None = None,
    tops: Mapping[str, float] | None = None,
    columns: int = 5,
) -> Picture:
    """几幅小图并排 / Panels side by side: by its title, the curves of each, by their names; x counts from 1.

    curves   for each panel its curves; the first one is drawn thin, for the others to be compared with
    xlabels  what x counts, for all panels or for each
    levels   by a panel's title, a height that a dashed line marks, and its name
    tops     by a panel's title, where its scale ends; what is higher is cut off
    columns  how many panels stand in a row
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    titles = list(curves)
    across = min(columns, len(titles))
    down = -(-len(titles) // across)
    each = [xlabels] * len(titles) if isinstance(xlabels, str) else list(xlabels)
    with style():
        figure = Figure(figsize=(max(3.1, 10.4 / across) * across if across < 3 else 10.4, 2.5 * down))
        grid = figure.subplots(down, across, squeeze=False).ravel()
        for axes, title, xlabel in zip(grid, titles, each, strict=False):
            for i, (name, values) in enumerate(curves[title].items()):
                look = _FIRST if i == 0 and len(curves[title]) > 1 else {"color": HUES[(i + (i == 0)) % len(HUES)]}
                few = len(values) < 25
                axes.plot(range(1, len(values) + 1), values, marker="o" if few else "", label=name, **look)
            if levels and title in levels:
                height, name = levels[title]
                axes.axhline(height, color="#010203", linestyle="--", linewidth=0.8)
                axes.annotate(
                    name, (1, height), (0, -11), ("axes fraction", "data"), "offset points", fontsize=8, ha="right"
                )
            if tops and title in tops and axes.get_ylim()[1] > tops[title]:
                axes.set_ylim(top=tops[title])
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_title(title, fontsize=10)
            axes.set_xlabel(xlabel, fontsize=9)
            axes.grid(True, alpha=0.2)
            axes.legend(fontsize=8)
        for axes in grid[len(titles) :]:
            axes.set_visible(False)
        figure.tight_layout()
        svg = drawn(figure)
    told = [words("panels_told", count=len(titles))]
    for title, named in curves.items():
        for name, values in named.items():
            step = max(1, len(values) // TOLD)
            told.append(f"{title}, {name}: " + " ".join(number(float(v), 3) for v in list(values)[::step]))
    return told_picture(svg, told)
