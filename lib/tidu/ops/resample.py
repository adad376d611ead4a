"""Resizing: each element of the result is a weighted sum of a few neighbours, one dimension after the other. 缩放。"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tidu._args import As
from tidu._backend import Array, beside, row_major
from tidu._define import op
from tidu._tensor import Tensor
from tidu.ops.padding import placed
from tidu.ops.pool import wanted_kind

Rule = tuple[str, int, int, float, bool]  # what kind, size before, size after, step between, align_corners


def _linear(at: Array, n: int) -> tuple[Array, Array]:
    at = np.maximum(at, 0)
    first = np.minimum(np.floor(at).astype(np.int64), n - 1)
    share = np.clip(at - first, 0, 1)
    return np.stack([first, np.minimum(first + 1, n - 1)], 1), np.stack([1 - share, share], 1)


def _cubic(t: Array, a: float) -> Array:
    """Keys' convolution kernel at distance ``t`` (1981)."""
    t = np.abs(t)
    near, far = ((a + 2) * t - (a + 3)) * t * t + 1, ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0))


def _bicubic(at: Array, n: int) -> tuple[Array, Array]:
    first = np.floor(at)
    places = first[:, None] + np.arange(-1, 3)
    return np.clip(places, 0, n - 1).astype(np.int64), _cubic(at[:, None] - places, -0.75)


_FILTERS: dict[str, tuple[float, Callable[[Array], Array]]] = {
    "bilinear": (1.0, lambda t: np.maximum(0, 1 - np.abs(t))),
    "bicubic": (2.0, lambda t: _cubic(t, -0.5)),
}


def _smoothed(kind: str, n: int, m: int, step: float) -> tuple[Array, Array]:
    """A filter as wide as the step where the image shrinks, so that nothing between is left out."""
    reach, shape = _FILTERS[kind]
    width = max(step, 1.0)
    centre = step * (np.arange(m) + 0.5)
    first = np.maximum(np.trunc(centre - reach * width + 0.5), 0)
    stop = np.minimum(np.trunc(centre + reach * width + 0.5), n)
    places = first[:, None] + np.arange(int((stop - first).max(initial=1)))
    weights = np.where(places < stop[:, None], shape((places - centre[:, None] + 0.5) / width), 0)
    return np.minimum(places, n - 1).astype(np.int64), weights / weights.sum(axis=1, keepdims=True)


@lru_cache(256)
def _taps(rule: Rule) -> tuple[Array, Array]:
    """For each element of the result the places that it reads and their weights: two arrays (after, taps)."""
    kind, n, m, step, align = rule
    if kind.endswith("-smooth"):
        return _smoothed(kind.removesuffix("-smooth"), n, m, step)
    at = np.arange(m) * step if align else (np.arange(m) + 0.5) * step - 0.5
    return _bicubic(at, n) if kind == "bicubic" else _linear(at, n)


@op(lambda g, rules: _spread(g, rules), jvp="linear", public=False, name="_resample",
    variant=lambda args, attrs: attrs["node"])  # fmt: skip
def _resampled(x, rules: As, node: As = "ResampleBackward0"):
    """The weighted sums."""
    kept = x.dtype
    x = x if kept.kind == "f" and kept != np.float16 else x.astype(np.float32)
    for d, rule in enumerate(rules):
        axis = x.ndim - len(rules) + d
        places, weights = _taps(rule)
        total: Any = 0
        for k in range(places.shape[1]):
            w = beside(weights[:, k].astype(x.dtype), x).reshape(-1, *[1] * (x.ndim - 1 - axis))
            total = total + np.take(x, beside(places[:, k], x), axis=axis) * w
        x = total
    if kept.kind == "u":
        x = np.clip(np.round(x), 0, 255)
    return row_major(x.astype(kept))


@op(lambda g, rules: _resampled(g, rules), jvp="linear", public=False, name="_resample_back")
def _spread(x, rules: As):
    """The way back: each element's share added where it was read."""
    for d, rule in enumerate(rules):
        axis = x.ndim - len(rules) + d
        places, weights = _taps(rule)
        matrix = np.zeros((rule[1], rule[2]))
        np.add.at(matrix, (places, np.arange(rule[2])[:, None]), weights)
        x = np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), beside(matrix.T.astype(x.dtype), x)), -1, axis)
    return row_major(x)


def step_between(n: int, m: int, scale: float | None, align: bool) -> float:
    """How far elements of the result are apart, in elements of the input."""
    if align:
        return (n - 1) / (m - 1) if m > 1 else 0.0
    return 1 / scale if scale is not None and scale > 0 else n / m


NAMES = {"linear": "Linear", "bilinear": "Bilinear", "trilinear": "Trilinear", "bicubic": "Bicubic",
         "nearest": "Nearest", "nearest-exact": "NearestExact"}  # fmt: skip


def resample(
    x: Tensor, size: Sequence[int], scales: Sequence[float] | None, mode: str, align: bool, smooth: bool
) -> Tensor:
    """``x``, (N, C, ...), resized to ``size``; ``scales`` are the factors where those were given."""
    shape = x._array.shape[2:]
    if min(size) <= 0 or min(shape) <= 0:
        raise RuntimeError(
            f"interpolate(): Input and output sizes should be greater than 0, but got input {list(shape)} output "
            f"{list(size)}"
        )
    if x._array.shape[1] == 0:
        raise RuntimeError(
            f"interpolate(): Non-empty {x.ndim}D data tensor expected but got a tensor with sizes {list(x.shape)}"
        )
    if x._array.dtype != np.uint8:
        wanted_kind(f"upsample_{mode}{len(shape)}d", x)
    node = f"Upsample{NAMES[mode]}{len(shape)}D{'Aa' if smooth else ''}Backward0"
    factors: Sequence[float | None] = scales or [None] * len(size)
    steps = [step_between(n, m, s, align) for n, m, s in zip(shape, size, factors, strict=True)]
    if mode.startswith("nearest"):
        half = np.float32(0.5 if mode == "nearest-exact" else 0)
        places = []
        for n, m, step in zip(shape, size, steps, strict=True):
            at = np.floor((np.arange(m, dtype=np.float32) + half) * np.float32(step))
            places.append(tuple(np.minimum(at.astype(np.int64), n - 1).tolist()))
        found: Tensor = placed.record((x,), {"places": tuple(places), "node": node})
        return found
    kind = f"{mode}-smooth" if smooth else "bicubic" if mode == "bicubic" else "linear"
    rules = tuple((kind, n, m, step, align) for n, m, step in zip(shape, size, steps, strict=True))
    made: Tensor = _resampled.record((x,), {"rules": rules, "node": node})
    return made


def sizes_scaled(shape: Sequence[int], scales: Sequence[float]) -> list[int]:
    return [math.floor(float(n) * s) for n, s in zip(shape, scales, strict=True)]
