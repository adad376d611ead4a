"""Windows that move over planes: their largest elements and their sums, on arrays. 池化的内核。

The rows that one row of the window reads are copied together, and then each of its columns reads them as one vector
with a constant step: NumPy takes 14 elements at a time in seven times the time of a million. As in ``conv_kernels``,
what is computed for the ends of rows, where no window begins, is dropped. Planes are taken some at a time, so that all
this stays in the cache, and threads take turns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from tidu._backend import Array
from tidu._kernels import copy_rows, scratch
from tidu._threads import get_num_threads, share
from tidu.ops.conv_kernels import Frame
from tidu.ops.pointwise import LATER

BLOCK = 1 << 17  # elements at a time
WORTH = 1 << 18  # elements from which threads are woken


def lowest(dtype: np.dtype) -> Any:
    return -math.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _row(frame: Frame) -> tuple[int, int]:
    """Steps in a row, windows that do not begin there included, and its elements."""
    steps = -(-frame.padded[-1] // frame.stride[-1])
    return steps, steps * frame.stride[-1]


def _in_blocks(work: Callable[[slice], None], count: int, frame: Frame) -> None:
    """``work`` on slices of so many planes."""
    elements = count * math.prod(frame.padded)
    pieces = -(-elements // BLOCK)
    if elements >= WORTH:
        pieces += -pieces % get_num_threads()
    step = max(1, -(-count // max(pieces, 1)))

    def piece(i: int) -> None:
        work(slice(i * step, min((i + 1) * step, count)))

    pieces = -(-count // step)
    if elements >= WORTH:
        share(piece, pieces)
    else:
        for i in range(pieces):
            piece(i)


@lru_cache(256)
def _lines(frame: Frame) -> list[tuple[int, tuple[slice, ...]]]:
    """Each row of the window: the number of its first tap, and the rows of the padded input that it reads."""
    steps = list(zip(frame.out, frame.stride, frame.dilation, strict=True))[:-1]
    found = []
    for k, at in enumerate(np.ndindex(frame.kernel[:-1])):
        rows = tuple(slice(t * d, t * d + (o - 1) * s + 1, s) for t, (o, s, d) in zip(at, steps, strict=True))
        found.append((k * frame.kernel[-1], (slice(None), *rows)))
    return found


def _reads(x: Array, frame: Frame, fill: Any) -> Iterator[tuple[int, Array]]:
    """Each tap's number, and what it reads in some planes: vectors with one element for each step of each row."""
    steps, width = _row(frame)
    exact, planes = _exact(frame), x
    if not exact:
        planes = scratch("padded", len(x) * math.prod(frame.padded[:-1]) * width, x)
        planes = planes.reshape(len(x), *frame.padded[:-1], width)
        planes[...] = fill
        copy_rows(planes[(slice(None), *frame.inside)], x[(slice(None), *frame.read)])
    count = len(x) * math.prod(frame.out[:-1]) * steps
    last = (frame.kernel[-1] - 1) * frame.dilation[-1]
    line = scratch("line", count * frame.stride[-1] + last, x)
    line[count * frame.stride[-1] :] = 0
    for first, rows in _lines(frame):
        copy_rows(line[: count * frame.stride[-1]].reshape(len(x), *frame.out[:-1], width), planes[rows])
        for t in range(frame.kernel[-1]):
            begin = t * frame.dilation[-1]
            yield first + t, line[begin : begin + (count - 1) * frame.stride[-1] + 1 : frame.stride[-1]]


def _exact(frame: Frame) -> bool:
    """Whether the padded planes, with rows of whole steps, are the planes themselves."""
    return frame.size == (*frame.padded[:-1], _row(frame)[1]) and not any(frame.lower)


def _apart(frame: Frame) -> bool:
    """Whether no element is in two windows."""
    return all(k <= s and d == 1 for k, s, d in zip(frame.kernel, frame.stride, frame.dilation, strict=True))


def _writes(x: Array, frame: Frame) -> Iterator[tuple[int, Array]]:
    """The way back: each tap's number, and a vector for what is added where it reads; then ``x`` is their sum.

    The vector is for the consumer to add to; where windows do not overlap, what it holds at first may be anything.
    """
    steps, width = _row(frame)
    apart, exact = _apart(frame), _exact(frame)
    if exact:
        planes = x
    else:
        planes = scratch("padded", len(x) * math.prod(frame.padded[:-1]) * width, x)
        planes = planes.reshape(len(x), *frame.padded[:-1], width)
    full = apart and frame.kernel == frame.stride
    if not (exact and full):
        planes[...] = 0
    count = len(x) * math.prod(frame.out[:-1]) * steps
    line = scratch("line", count * frame.stride[-1] + (frame.kernel[-1] - 1) * frame.dilation[-1], x)
    for first, rows in _lines(frame):
        if not full:
            line[...] = 0
        for t in range(frame.kernel[-1]):
            begin = t * frame.dilation[-1]
            yield first + t, line[begin : begin + (count - 1) * frame.stride[-1] + 1 : frame.stride[-1]]
        target = planes[rows]
        made = line[: count * frame.stride[-1]].reshape(len(x), *frame.out[:-1], width)
        if apart:
            copy_rows(target, made)
        else:
            target += made
    if not exact:
        if not frame.covers:
            x[...] = 0
        copy_rows(x[(slice(None), *frame.read)], planes[(slice(None), *frame.inside)])


def _stepped(values: Array, frame: Frame, name: str) -> Array:
    """The output's values as a vector like those of ``_reads``, zero where no window begins."""
    steps, _ = _row(frame)
    if steps == frame.out[-1]:
        return values.reshape(-1)
    wide = scratch(name, math.prod(values.shape[:-1]) * steps, values).reshape(*values.shape[:-1], steps)
    wide[...] = 0
    wide[..., : frame.out[-1]] = values
    return wide.reshape(-1)


def _kept(values: Array, frame: Frame) -> Array:
    return values.reshape(-1, *frame.out[:-1], _row(frame)[0])[..., : frame.out[-1]]


def _planes(x: Array, frame: Frame) -> Array:
    return x.reshape(-1, *x.shape[x.ndim - len(frame.size) :])


def largest(x: Array, frame: Frame) -> tuple[Array, Array]:
    """The largest element of each window, and the number of the tap that reads it: of equals the first, of NaN the
    last."""
    lead = x.shape[: x.ndim - len(frame.size)]
    small = np.uint8 if math.prod(frame.kernel) <= 256 else np.int32
    out = np.empty((math.prod(lead), *frame.out), x.dtype, like=x)
    taps = np.empty(out.shape, small, like=x)
    mask = np.empty(0, bool, like=x)
    planes = _planes(x, frame)

    def work(at: slice) -> None:
        best = tap = None
        for t, v in _reads(planes[at], frame, lowest(x.dtype)):
            if best is None:
                best, value = scratch("best", v.size, x), scratch("value", v.size, x)
                more = scratch("more", v.size, mask)
                best[...] = v
                tap, later = scratch("tap", v.size, taps), scratch("later", v.size, taps)
                tap[...] = 0
                continue
            assert tap is not None
            if not v.flags.c_contiguous:  # to read every other number three times takes longer
                value[...] = v
                v = value
            np.greater(v, best, out=more)
            np.maximum(tap, np.multiply(more, small(t), out=later), out=tap)  # later taps have larger numbers
            np.maximum(v, best, out=best) if LATER else np.maximum(best, v, out=best)  # the first of 0. and -0.
        out[at], taps[at] = _kept(best, frame), _kept(tap, frame)
        if any(frame.lower) and (low := out[at] == lowest(x.dtype)).any():  # or else it is the padding that was read
            taps[at] = np.where(low, _first_inside(frame, taps), taps[at])
        if x.dtype.kind == "f" and np.isnan(out[at]).any():
            for t, v in _reads(planes[at], frame, lowest(x.dtype)):
                taps[at][_kept(np.isnan(v), frame)] = t

    _in_blocks(work, len(planes), frame)
    return out.reshape(*lead, *frame.out), taps.reshape(*lead, *frame.out)


def sums(x: Array, frame: Frame, taps: Array | None = None) -> Array:
    """The sum of each window, or of it the element that the tap of this number reads."""
    lead = x.shape[: x.ndim - len(frame.size)]
    out = np.empty((math.prod(lead), *frame.out), x.dtype, like=x)
    planes = _planes(x, frame)
    chosen = None if taps is None else _planes(taps, frame)
    masked = _masked if taps is None or x.dtype.kind != "f" or np.isfinite(x.sum()) else _where

    def work(at: slice) -> None:
        total = tap = None
        for t, v in _reads(planes[at], frame, 0):
            if total is None:
                total = scratch("best", v.size, x)
                total[...] = 0
                tap = None if chosen is None else _stepped(chosen[at], frame, "tap")
            np.add(total, v if tap is None else masked(v, tap == t), out=total)
        out[at] = _kept(total, frame)

    _in_blocks(work, len(planes), frame)
    return out.reshape(*lead, *frame.out)


def spread(g: Array, frame: Frame, taps: Array | None = None) -> Array:
    """The gradient of ``sums``: each number added wherever its window reads, or where the tap of this number does."""
    lead = g.shape[: g.ndim - len(frame.size)]
    x = np.empty((math.prod(lead), *frame.size), g.dtype, like=g)
    values, apart = _planes(g, frame), _apart(frame)
    chosen = None if taps is None else _planes(taps, frame)
    masked = _masked if taps is None or g.dtype.kind != "f" or np.isfinite(g.sum()) else _where

    def work(at: slice) -> None:
        value = _stepped(values[at], frame, "value")
        tap = None if chosen is None else _stepped(chosen[at], frame, "tap")
        for t, target in _writes(x[at], frame):
            if not apart:
                np.add(target, value if tap is None else masked(value, tap == t), out=target)
            elif tap is None:
                target[...] = value
            else:
                masked(value, tap == t, out=target)

    _in_blocks(work, len(values), frame)
    return x.reshape(*lead, *frame.size)


def _masked(v: Array, mask: Array, out: Array | None = None) -> Array:
    return np.multiply(v, mask, out=out)


def _where(v: Array, mask: Array, out: Array | None = None) -> Array:
    """As ``_masked`` where there are infinities, which zero times is NaN."""
    found = np.where(mask, v, v.dtype.type(0))
    if out is not None:
        out[...] = found
    return found


def places(taps: Array, frame: Frame) -> Array:
    """The position in its plane of what a window's tap of this number reads."""
    total: Any = 0
    rest = taps.astype(np.int64)
    n = len(frame.size)
    for d in reversed(range(n)):
        rest, at = np.divmod(rest, frame.kernel[d])
        place = at * frame.dilation[d] + _begin(frame, d, taps)
        total = total + place * math.prod(frame.size[d + 1 :])
    return total


def _begin(frame: Frame, d: int, like: Array) -> Array:
    """Where each window begins in dimension ``d``, in a shape that broadcasts with the output's."""
    begin = np.arange(frame.out[d], like=like) * frame.stride[d] - frame.lower[d]
    return begin.reshape(-1, *[1] * (len(frame.size) - 1 - d))


def _first_inside(frame: Frame, like: Array) -> Array:
    """The number of each window's first tap that reads the input and not the padding."""
    total: Any = 0
    for d in range(len(frame.size)):
        total = total * frame.kernel[d] + np.maximum(0, -(_begin(frame, d, like) // frame.dilation[d]))
    return total
