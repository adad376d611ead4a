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
from tidu._kernels import copy_rows, kept_room
from tidu._threads import get_num_threads, share
from tidu.ops.conv_kernels import Frame
from tidu.ops.pointwise import LATER

BLOCK = 1 << 17  # elements at a time
WORTH = 1 << 20  # elements from which threads are woken


def lowest(dtype: np.dtype) -> Any:
    return -math.inf if dtype.kind == "f" else np.iinfo(dtype).min


@lru_cache(1024)
def _row(frame: Frame) -> tuple[int, int]:
    """Steps in a row, windows that do not begin there included, and its elements."""
    steps = -(-frame.padded[-1] // frame.stride[-1])
    return steps, steps * frame.stride[-1]


def _in_blocks(work: Callable[[slice], None], count: int, frame: Frame) -> None:
    """``work`` on slices of so many planes."""
    elements = count * math.prod(frame.padded)
    if 0 < elements <= BLOCK:
        work(slice(count))
        return
    pieces = -(-elements // BLOCK)
    if elements >= WORTH:
        pieces += -pieces % get_num_threads()
    step = max(1, -(-count // max(pieces, 1)))

    def piece(i: int) -> None:
        work(slice(i * step, min((i + 1) * step, count)))

    pieces = -(-count // step)
    share(piece, pieces, elements < WORTH)


@lru_cache(1024)
def _exact(frame: Frame) -> bool:
    """Whether the padded planes, with rows of whole steps, are the planes themselves."""
    return frame.size == (*frame.padded[:-1], _row(frame)[1]) and not any(frame.lower)


@lru_cache(1024)
def _apart(frame: Frame) -> bool:
    """Whether no element is in two windows."""
    return all(k <= s and d == 1 for k, s, d in zip(frame.kernel, frame.stride, frame.dilation, strict=True))


@lru_cache(1024)
def _small(frame: Frame) -> Any:
    """What the number of a tap fits into."""
    return np.uint8 if math.prod(frame.kernel) <= 256 else np.int32


class Room:
    """Memory for some planes as the arrays that windows over them work on, made once: see ``kept_room``.

    ``planes``  the planes with their padding, in rows of whole steps; None where ``exact``: they are so themselves
    ``rows``    for each row of the window: the rows of the planes that it reads, the place for these in a line, and
                its taps: the number of each, and what it reads of the line, an element for each step of each row
    ``best``, ``value``, ``more``, ``tap``, ``later``: vectors like these: numbers, bools, and numbers of taps
    ``found``, ``taken``: what of ``best`` and ``tap`` belongs to windows
    """

    def __init__(self, layout: tuple[Frame, int, np.dtype], memory: Array) -> None:
        frame, count, dtype = layout
        steps, width = _row(frame)
        self.frame, self.exact, self.apart = frame, _exact(frame), _apart(frame)
        self.full = self.apart and frame.kernel == frame.stride
        stride, gap = frame.stride[-1], frame.dilation[-1]
        runs = count * math.prod(frame.out[:-1])
        size, beyond = runs * width, max(0, (frame.kernel[-1] - 1) * gap + 1 - stride)
        used = 0

        def take(n: int, kind: Any) -> Array:
            nonlocal used
            start = used
            used += -(-n * np.dtype(kind).itemsize // 64) * 64
            return memory[start:used].view(kind)[:n]

        self.planes: Any = None
        self.inside: Any = None
        if not self.exact:
            shape = count, *frame.padded[:-1], width
            self.planes = take(math.prod(shape), dtype).reshape(shape)
            self.inside = self.planes[(slice(None), *frame.inside)]
        self.line = take(size + beyond, dtype)
        self.beyond = self.line[size:]
        place = self.line[:size].reshape(count, *frame.out[:-1], width)
        last = (runs * steps - 1) * stride + 1
        taps = [self.line[t * gap : t * gap + last : stride] for t in range(frame.kernel[-1])]
        along = list(zip(frame.out, frame.stride, frame.dilation, strict=True))[:-1]
        self.rows: list[tuple[Any, Array, list[tuple[int, Array]]]] = []
        for k, at in enumerate(np.ndindex(frame.kernel[:-1])):
            read = [slice(t * d, t * d + (o - 1) * s + 1, s) for t, (o, s, d) in zip(at, along, strict=True)]
            self.rows.append(((slice(None), *read), place, [*enumerate(taps, k * frame.kernel[-1])]))
        self.best, self.value = take(runs * steps, dtype), take(runs * steps, dtype)
        self.more = take(runs * steps, bool)
        self.tap, self.later = take(runs * steps, _small(frame)), take(runs * steps, _small(frame))
        self.found, self.taken = self.kept(self.best), self.kept(self.tap)

    def reads(self, x: Array, fill: Any) -> Iterator[tuple[int, Array]]:
        """Each tap's number, and what it reads in the planes; a vector is gone with the next row of the window."""
        if self.exact:
            planes = x
        else:
            planes = self.planes
            planes[...] = fill
            copy_rows(self.inside, x[(slice(None), *self.frame.read)])
        if self.beyond.size:
            self.beyond[...] = 0
        for read, place, taps in self.rows:
            copy_rows(place, planes[read])
            yield from taps

    def writes(self, x: Array) -> Iterator[tuple[int, Array]]:
        """The way back: each tap's number, and a vector for what is added where it reads; then ``x`` is their sum.

        The vector is for the consumer to add to; where windows do not overlap, what it holds at first may be anything.
        """
        planes = x if self.exact else self.planes
        if not (self.exact and self.full):
            planes[...] = 0
        for read, place, taps in self.rows:
            if not self.full:
                self.line[...] = 0
            yield from taps
            if self.apart:
                copy_rows(planes[read], place)
            else:
                target = planes[read]
                target += place
        if not self.exact:
            if not self.frame.covers:
                x[...] = 0
            copy_rows(x[(slice(None), *self.frame.read)], self.inside)

    def stepped(self, values: Array, room: Array) -> Array:
        """The output's values as a vector like those of ``reads``, zero where no window begins; in ``room``, if so."""
        steps, _ = _row(self.frame)
        if steps == self.frame.out[-1]:
            return values.reshape(-1)
        wide = room.reshape(*values.shape[:-1], steps)
        wide[...] = 0
        wide[..., : self.frame.out[-1]] = values
        return room

    def kept(self, values: Array) -> Array:
        """Of a vector like those of ``reads``, what belongs to windows."""
        return values.reshape(-1, *self.frame.out[:-1], _row(self.frame)[0])[..., : self.frame.out[-1]]


@lru_cache(1024)
def _bytes(frame: Frame, count: int, itemsize: int) -> int:
    steps, width = _row(frame)
    runs = count * math.prod(frame.out[:-1])
    numbers = runs * (width + 2 * steps) + (frame.kernel[-1] - 1) * frame.dilation[-1] + 1
    if not _exact(frame):
        numbers += count * math.prod(frame.padded[:-1]) * width
    return numbers * itemsize + runs * steps * (1 + 2 * np.dtype(_small(frame)).itemsize) + 8 * 64


def _room(planes: Array, frame: Frame) -> Room:
    count, dtype = len(planes), planes.dtype
    made: Room = kept_room("pooling", (frame, count, dtype), _bytes(frame, count, dtype.itemsize), planes, Room)
    return made


def _planes(x: Array, frame: Frame) -> Array:
    return x.reshape(-1, *x.shape[x.ndim - len(frame.size) :])


def largest(x: Array, frame: Frame) -> tuple[Array, Array]:
    """The largest element of each window, and the number of the tap that reads it: of equals the first, of NaN the
    last."""
    lead = x.shape[: x.ndim - len(frame.size)]
    small = _small(frame)
    out = np.empty((math.prod(lead), *frame.out), x.dtype, like=x)
    taps = np.empty(out.shape, small, like=x)
    planes = _planes(x, frame)

    def work(at: slice) -> None:
        mine = planes[at]
        room = _room(mine, frame)
        best, value, more, tap, later = room.best, room.value, room.more, room.tap, room.later
        ones = more.view(np.uint8)  # a bool would be cast, which takes longer than to multiply
        for t, v in room.reads(mine, lowest(x.dtype)):
            if t == 0:
                best[...] = v
                tap[...] = 0
                continue
            if not v.flags.c_contiguous:  # to read every other number three times takes longer
                value[...] = v
                v = value
            np.greater(v, best, out=more)
            if t == 1:
                tap[...] = more
            else:
                np.maximum(tap, np.multiply(ones, small(t), out=later), out=tap)  # later taps have larger numbers
            np.maximum(v, best, out=best) if LATER else np.maximum(best, v, out=best)  # the first of 0. and -0.
        out[at], taps[at] = room.found, room.taken
        if any(frame.lower) and (low := out[at] == lowest(x.dtype)).any():  # or else it is the padding that was read
            taps[at] = np.where(low, _first_inside(frame, taps), taps[at])
        if x.dtype.kind == "f" and (top := np.maximum.reduce(room.best)) != top:  # there is a NaN
            for t, v in room.reads(mine, lowest(x.dtype)):
                taps[at][room.kept(np.isnan(v))] = t

    _in_blocks(work, len(planes), frame)
    return out.reshape(*lead, *frame.out), taps.reshape(*lead, *frame.out)


def sums(x: Array, frame: Frame, taps: Array | None = None) -> Array:
    """The sum of each window, or of it the element that the tap of this number reads."""
    lead = x.shape[: x.ndim - len(frame.size)]
    out = np.empty((math.prod(lead), *frame.out), x.dtype, like=x)
    planes = _planes(x, frame)
    chosen = None if taps is None else _planes(taps, frame)

    def work(at: slice) -> None:
        mine = planes[at]
        if chosen is not None:
            out[at].reshape(-1)[...] = mine.reshape(-1)[_read(chosen[at], frame)]
            return
        room = _room(mine, frame)
        total = room.best
        total[...] = 0
        for _, v in room.reads(mine, 0):
            np.add(total, v, out=total)
        out[at] = room.found

    _in_blocks(work, len(planes), frame)
    return out.reshape(*lead, *frame.out)


def spread(g: Array, frame: Frame, taps: Array | None = None) -> Array:
    """The gradient of ``sums``: each number added wherever its window reads, or where the tap of this number does."""
    lead = g.shape[: g.ndim - len(frame.size)]
    x = np.empty((math.prod(lead), *frame.size), g.dtype, like=g)
    values = _planes(g, frame)
    chosen = None if taps is None else _planes(taps, frame)
    alone = _apart(frame)  # no two windows read the same element
    masked = alone or chosen is None or g.dtype.kind != "f" or bool(np.isfinite(g.sum()))

    def work(at: slice) -> None:
        mine = x[at]
        if chosen is not None and alone:
            mine[...] = 0
            mine.reshape(-1)[_read(chosen[at], frame)] = values[at].reshape(-1)
            return
        room = _room(mine, frame)
        value = room.stepped(values[at], room.value)
        tap = None if chosen is None else room.stepped(chosen[at], room.tap)
        for t, target in room.writes(mine):
            if tap is not None:
                target += value * (tap == t) if masked else np.where(tap == t, value, value.dtype.type(0))
            elif room.apart:
                target[...] = value
            else:
                target += value

    _in_blocks(work, len(values), frame)
    return x.reshape(*lead, *frame.size)


def places(taps: Array, frame: Frame) -> Array:
    """The position in its plane of what a window's tap of this number reads."""
    tap, window = _tables(frame, 1, taps)
    return tap[taps] + window.reshape(frame.out)


def _read(taps: Array, frame: Frame) -> Array:
    """The same of planes that lie one after the other, as a vector."""
    tap, window = _tables(frame, len(taps), taps)
    found = tap[taps.reshape(-1)]
    found += window
    return found


def _tables(frame: Frame, count: int, like: Array) -> list[Array]:
    """How far from its window's begin each tap reads, and where in so many planes each window begins."""
    small = count * math.prod(frame.out) <= BLOCK
    tables = (_made_tables if small else _made_tables.__wrapped__)(frame, count)  # what is large is not kept
    return tables if type(like) is np.ndarray else [np.asarray(table, like=like) for table in tables]


@lru_cache(32)
def _made_tables(frame: Frame, count: int) -> list[Array]:
    taps, windows = np.zeros((), np.int64), np.arange(count) * math.prod(frame.size)
    for d in range(len(frame.size)):
        step = math.prod(frame.size[d + 1 :])
        taps = taps[..., None] + np.arange(frame.kernel[d]) * frame.dilation[d] * step
        windows = windows[..., None] + (np.arange(frame.out[d]) * frame.stride[d] - frame.lower[d]) * step
    return [taps.reshape(-1), windows.reshape(-1)]


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
