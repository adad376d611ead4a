"""Boxes and arrows in layers: where each stands when nobody but this file lays them out. / 分层布局。

A box stands below all that points to it; boxes of a layer are ordered so that few arrows cross, and moved towards
their neighbours as far as the order allows (after Sugiyama, Tagawa and Toda).
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Point = tuple[float, float]
#: More bends than this in long arrows, and they are drawn straight.
BENDS = 4000
SWEEPS = 6


class Layout(NamedTuple):
    """Centres of the boxes, and for each arrow the points that it passes, from one box's edge to the other's."""

    centres: dict[str, Point]
    routes: list[list[Point]]


def layered(
    sizes: Mapping[str, tuple[float, float]], arrows: Sequence[tuple[str, str]], across: float = 24, down: float = 34
) -> Layout:
    """排好盒子与箭头 / Place boxes of the given sizes (width, height) in layers, arrows leading down.

    across, down  the least room between boxes of a layer, and between layers
    """
    ranks = _ranks(list(sizes), arrows)
    widths = {name: width for name, (width, _) in sizes.items()}
    layers: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for name in sizes:
        layers[ranks[name]].append(name)
    # A long arrow passes each layer between in a place of its own.
    passes: list[list[str]] = [[] for _ in arrows]
    if sum(max(ranks[b] - ranks[a] - 1, 0) for a, b in arrows) <= BENDS:
        for number, (a, b) in enumerate(arrows):
            for rank in range(ranks[a] + 1, ranks[b]):
                bend = f"\0{number}:{rank}"
                passes[number].append(bend)
                widths[bend] = 8.0
                layers[rank].append(bend)
    above: dict[str, list[str]] = {name: [] for name in widths}
    below: dict[str, list[str]] = {name: [] for name in widths}
    for (a, b), bends in zip(arrows, passes, strict=True):
        chain = [a, *bends, b]
        for upper, lower in itertools.pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
    _ordered(layers, above, below)
    x = _spread(layers, above, below, widths, across)
    y: dict[str, float] = {}
    top = 0.0
    for layer in layers:
        height = max((sizes[name][1] for name in layer if name in sizes), default=0.0)
        y.update(dict.fromkeys(layer, top + height / 2))
        top += height + down
    routes = []
    for (a, b), bends in zip(arrows, passes, strict=True):
        middle = [(x[bend], y[bend]) for bend in bends]
        routes.append([(x[a], y[a] + sizes[a][1] / 2), *middle, (x[b], y[b] - sizes[b][1] / 2)])
    return Layout({name: (x[name], y[name]) for name in sizes}, routes)


def _ranks(names: list[str], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each box: under everything that points to it, and no higher than just above what it points to."""
    after: dict[str, list[str]] = {name: [] for name in names}
    waits: Counter[str] = Counter()
    for a, b in arrows:
        if a != b:
            after[a].append(b)
            waits[b] += 1
    ranks: dict[str, int] = {}
    lowest = dict.fromkeys(names, 0)
    ready = deque(name for name in names if not waits[name])
    sources = set(ready)
    left = deque(names)
    order = []
    while len(ranks) < len(names):
        if not ready:  # arrows run in a circle: begin it somewhere
            while left[0] in ranks:
                left.popleft()
            ready.append(left.popleft())
        name = ready.popleft()
        if name in ranks:
            continue
        ranks[name] = lowest[name]
        order.append(name)
        for b in after[name]:
            lowest[b] = max(lowest[b], lowest[name] + 1)
            waits[b] -= 1
            if not waits[b] and b not in ranks:
                ready.append(b)
    for name in order:  # what nothing points to stands just above what it points to
        if name in sources and after[name]:
            ranks[name] = max(min(ranks[b] for b in after[name]) - 1, 0)
    return ranks


def _ordered(layers: list[list[str]], above: Mapping[str, list[str]], below: Mapping[str, list[str]]) -> None:
    """Order each layer by the middle of its neighbours, down and up again."""
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        rows = range(1, len(layers)) if downward else range(len(layers) - 2, -1, -1)
        beside = above if downward else below
        for row in rows:
            fixed = layers[row - 1] if downward else layers[row + 1]
            place = {name: i for i, name in enumerate(fixed)}
            own = {name: i for i, name in enumerate(layers[row])}

            def middle(name: str, place: dict[str, int] = place, own: dict[str, int] = own) -> float:
                near = [place[other] for other in beside[name] if other in place]  # noqa: B023
                return sum(near) / len(near) if near else float(own[name])

            layers[row].sort(key=middle)


def _spread(
    layers: list[list[str]],
    above: Mapping[str, list[str]],
    below: Mapping[str, list[str]],
    widths: Mapping[str, float],
    across: float,
) -> dict[str, float]:
    """The x of every centre: packed at first, then drawn towards the neighbours, down and up by turns."""
    x: dict[str, float] = {}
    for layer in layers:
        x.update(_packed(layer, [0.0] * len(layer), widths, across))
    for sweep in range(2 * SWEEPS):
        downward = sweep % 2 == 0
        for layer in layers if downward else reversed(layers):
            wishes = []
            for name in layer:
                near = (above if downward else below)[name] or [name]
                wishes.append(sum(x[other] for other in near) / len(near))
            x.update(_packed(layer, wishes, widths, across))
    return x


def _packed(layer: list[str], wishes: list[float], widths: Mapping[str, float], across: float) -> dict[str, float]:
    """As near to the wishes as order and room allow: the least sum of squares, by pooling neighbours that collide."""
    shifts, shift = [], 0.0
    for i, name in enumerate(layer):
        if i:
            shift += (widths[layer[i - 1]] + widths[name]) / 2 + across
        shifts.append(shift)
    pools: list[tuple[float, int]] = []  # mean, how many
    for wish, shift in zip(wishes, shifts, strict=True):
        mean, count = wish - shift, 1
        while pools and pools[-1][0] > mean:
            earlier, many = pools.pop()
            mean, count = (mean * count + earlier * many) / (count + many), count + many
        pools.append((mean, count))
    flat = [mean for mean, count in pools for _ in range(count)]
    return {name: mean + shift for name, mean, shift in zip(layer, flat, shifts, strict=True)}
