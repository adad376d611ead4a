"""The pad to draw on. The net comes along, weights and all, and the page runs it: no kernel, no extension.

Where no script runs, a saved drawing stands there with the net's reading, computed here.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from autograder.student.drawing.strokes import BLOCK, INKED, MARGIN, SIDE, STRETCH, THICK, THIN, WIDE, Stroke, pixels
from autograder.student.pictures.picture import CONTROLS, KEYS, Drawing, Picture, data, words

#: The pad, the eight by eight cells that the net sees, and the ten bars, from left to right.
PAD, CELL, BAR, ROW = 224, 18, 150, 22
GRID_X, BARS_X = PAD + 40, PAD + 40 + 8 * CELL + 56
#: What a net may be made of to run on the page.
LAYERS = "Sequential, Conv2d, ReLU, Tanh, MaxPool2d, Flatten, Linear, Dropout"
MOST_WEIGHTS = 200_000


@cache
def drawings() -> Mapping[str, list[list[list[int]]]]:
    """存好的手写数字 / Saved drawings by their names: strokes, which are lists of points (x, y) on a pad of 224×224."""
    found: dict[str, list[list[list[int]]]] = json.loads(
        Path(__file__).with_name("drawings.json").read_text(encoding="utf-8")
    )
    return found


def board(net: Any, mean: float = 0.0, std: float = 1.0, start: str = "3") -> Picture:
    """画一个数字，看网络怎么读 / Draw a digit, and see how the net reads it.

    net        a trained ``nn.Sequential`` from images of shape (N, 1, 8, 8) to ten scores
    mean, std  with which its images were normalised, after ``ToTensor``
    start      the saved drawing that stands there first, one of ``drawings()``
    """
    if start not in drawings():
        raise ValueError(f"start must be one of {', '.join(drawings())}, got {start!r}")
    layers = list(_layers(net))
    strokes = drawings()[start]
    image = pixels(strokes)
    chances = probabilities(net, image, mean, std)
    told = words("board_told", name=start, rows="\n".join(" ".join(map(str, row)) for row in image.tolist()))
    told += "\n" + ", ".join(f"{digit}: {chance:.1%}" for digit, chance in enumerate(chances.tolist()))
    state = {
        "layers": layers, "mean": float(mean), "std": float(std), "start": start, "examples": drawings(),
        "bitmap": [SIDE, BLOCK, WIDE, MARGIN, INKED, THIN, THICK, STRETCH],
        "pad": PAD, "cell": CELL, "bar": BAR,
        "words": {name: words(f"board_{name}") for name in ("clear", "example", "reads", "empty", "lead")},
    }  # fmt: skip
    around = (
        f'<style>{CONTROLS}{_STYLE}</style><div class="tidu-play tidu-board" {data(state)} {KEYS}>'
        f'<div class="lead" hidden>{escape(words("board_lead"))}</div><div class="stage">{{svg}}</div></div>'
        f"<script>{Path(__file__).with_name('board.js').read_text(encoding='utf-8')}</script>"
    )
    return Picture(_drawn(strokes, image, chances).svg(told), told, around)


def probabilities(net: Any, image: np.ndarray, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    """网络对一幅 8×8 图像的十个概率 / The net's ten probabilities for an image of 8×8 integers from 0 to 16."""
    from tidu import from_numpy, no_grad, softmax

    level = (image.astype(np.int64) * 255 + BLOCK * BLOCK // 2) // (BLOCK * BLOCK)
    x = from_numpy(((level.astype(np.float32) / 255 - mean) / std).astype(np.float32).reshape(1, 1, 8, 8))
    training = net.training
    try:
        net.eval()
        with no_grad():
            chances: np.ndarray = softmax(net(x), dim=1)[0].numpy()
    finally:
        net.train(training)
    return chances


def _layers(net: Any) -> Iterator[dict[str, Any]]:
    """The layers as plain values, for the page."""
    from tidu import nn

    if isinstance(net, nn.Sequential):
        for layer in net:
            yield from _layers(layer)
    elif isinstance(net, nn.Conv2d):
        plain = (net.stride, net.dilation, net.groups) == ((1, 1), (1, 1), 1) and not isinstance(net.padding, str)
        if not plain or net.padding_mode != "zeros":
            raise ValueError(f"a Conv2d on the page has stride, dilation and groups of 1, got {net}")
        shape = [net.out_channels, net.in_channels, *net.kernel_size]
        yield {"kind": "conv", "shape": shape, "padding": list(net.padding), **_weights(net)}
    elif isinstance(net, nn.Linear):
        yield {"kind": "linear", "shape": [net.out_features, net.in_features], **_weights(net)}
    elif isinstance(net, nn.MaxPool2d):
        size = net.kernel_size if isinstance(net.kernel_size, int) else -1
        if size < 1 or net.stride != size or net.padding or net.dilation != 1 or net.ceil_mode:
            raise ValueError(f"a MaxPool2d on the page steps by its own size, without padding, got {net}")
        yield {"kind": "pool", "size": size}
    elif isinstance(net, (nn.ReLU, nn.Tanh)):
        yield {"kind": "relu" if isinstance(net, nn.ReLU) else "tanh"}
    elif not isinstance(net, (nn.Flatten, nn.Dropout)):  # these do nothing to numbers in a row, and when evaluating
        raise ValueError(f"net must be made of {LAYERS} to run on the page, got {type(net).__name__}")


def _weights(layer: Any) -> dict[str, str]:
    found = {}
    for name in ("weight", "bias"):
        value = getattr(layer, name)
        if value is None:
            continue
        if value.numel() > MOST_WEIGHTS:
            raise ValueError(f"a layer on the page has at most {MOST_WEIGHTS} weights, got {value.numel()}")
        found[name] = b64encode(value.detach().numpy().astype("<f4").tobytes()).decode()
    return found


_STYLE = (
    ".tidu-board .pad{touch-action:none;cursor:crosshair}"
    ".tidu-svg .ink{fill:none;stroke:currentColor;stroke-width:11;stroke-linecap:round;stroke-linejoin:round}"
    ".tidu-board .say{font-family:inherit;font-weight:600}"
)


def _drawn(strokes: Sequence[Stroke], image: np.ndarray, chances: np.ndarray) -> Drawing:
    """Pad, cells and bars. The script finds them by class and data-…, and changes nothing else."""
    drawing = Drawing()
    top = (PAD - 8 * CELL) / 2
    drawing.rect(0, 0, PAD, PAD, "c pad", 'rx="8" fill-opacity="0" pointer-events="all"')
    for stroke in strokes:
        drawing.path(path(stroke), "ink", 'style="fill:none;stroke:currentColor;stroke-width:11;stroke-linecap:round"')
    drawing.text(PAD / 2, PAD + 18, words("board_pad"), "m s q")
    for i in range(8):
        for j in range(8):
            share = image[i, j] / (BLOCK * BLOCK)
            drawing.marks.append(
                f'<rect x="{GRID_X + j * CELL}" y="{top + i * CELL:g}" width="{CELL}" height="{CELL}" '
                f'data-cell="{8 * i + j}" fill="currentColor" fill-opacity="{share:g}"/>'
            )
    drawing.rect(GRID_X, top, 8 * CELL, 8 * CELL)
    drawing.text(GRID_X + 4 * CELL, PAD + 18, words("board_sees"), "m s q")
    best = int(chances.argmax())
    for digit, chance in enumerate(chances.tolist()):
        y = digit * ROW + 2
        drawing.text(BARS_X - 8, y + 14, digit, "e b")
        drawing.marks.append(f'<g data-digit="{digit}">')
        drawing.rect(BARS_X, y, BAR, 16, "c", 'stroke-opacity="0.2"')
        drawing.rect(BARS_X, y, BAR * chance, 16, "f0" if digit == best else "t0")
        drawing.text(BARS_X + BAR + 8, y + 13, f"{100 * chance:.1f}%", "s")
        drawing.marks.append("</g>")
    drawing.hold(BARS_X + BAR + 60, PAD)
    drawing.text(BARS_X + BAR / 2, PAD + 18, words("board_says"), "m s q")
    return drawing


def path(stroke: Stroke) -> str:
    """A stroke as the path of an SVG; a dot is a line of no length, which round ends make visible."""
    points = [*stroke, stroke[-1]] if len(stroke) == 1 else stroke
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
