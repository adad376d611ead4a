"""Convolution on arrays: the three products that it and all its derivatives are made of. 卷积的内核。

With x the input, w the weight and y the output, the sum over all of ``x[i] * w[k] * y[o]`` where tap k at output o
reads input i is linear in each of the three. Its derivatives in them are ``to_output``, ``to_weight`` and ``to_input``,
and a transposed convolution is ``to_input`` read forward.

How: "im2col". The padded input is laid out in columns, one for each output position, which hold what the taps read
there; the product with the weight as a matrix is then one GEMM, and the way back adds columns up where they came from.
Columns take ``taps`` times the memory of the input, so they are made a few samples at a time, in a scratch block that
stays in the cache, and made again for the gradient of the weight.

With stride 1 the columns are "wide": each tap reads the whole of each plane's rows, gaps at their ends included, as one
run of memory, which copies seven times as fast as rows do; what is computed for the gaps is dropped. The way back then
mostly adds lines, one for each row of the kernel (``Room``), and few outputs are made several rows at once (``_fold``).
Source: Chellapilla, Puri, Simard 2006, "High performance convolutional neural networks for document processing".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

import numpy as np

from tidu._backend import Array, strided, zeros_beside
from tidu._kernels import copy_rows, kept_room
from tidu._threads import blas_yields, get_num_threads, one_blas_thread, share

Sizes = tuple[int, ...]

CHUNK = 3 << 19  # bytes of columns and output at a time
WORTH = 1 << 22  # bytes of these from which threads are woken for them
TURN = 1.05  # how many more positions a convolution with the kernel turned round may take
SOLO = 64  # positions of a sample's columns from which they are multiplied by themselves
FEW = 8  # outputs of which a product takes as long as of twice as many
FOLD = 3 << 15  # multiplications of one output from which that is worth the rearrangement
WASTE = 1.5  # how much larger than the output wide columns may be


@dataclass(frozen=True, eq=False)  # what is kept for one is found by its identity
class Frame:
    """How a convolution's window moves: sizes of input, output and kernel, and what is between them, a dimension each.

    ``lower``: zeros before the input; those behind it follow from the output's size. ``framed`` gives one for a call.
    """

    size: Sizes
    out: Sizes
    kernel: Sizes
    stride: Sizes
    lower: Sizes
    dilation: Sizes
    groups: int = 1

    @cached_property
    def padded(self) -> Sizes:
        """Sizes of the part of the padded input that is read."""
        steps = zip(self.out, self.kernel, self.stride, self.dilation, strict=True)
        return tuple((o - 1) * s + (k - 1) * d + 1 for o, k, s, d in steps)

    @cached_property
    def inside(self) -> tuple[slice, ...]:
        """Where the input lies in it."""
        return tuple(
            slice(low, max(low, min(low + n, m))) for low, n, m in zip(self.lower, self.size, self.padded, strict=True)
        )

    @cached_property
    def read(self) -> tuple[slice, ...]:
        """The part of the input that is read."""
        return tuple(slice(0, at.stop - at.start) for at in self.inside)

    @cached_property
    def covers(self) -> bool:
        """Whether all of the input is read."""
        return self.read == tuple(slice(0, n) for n in self.size)

    @cached_property
    def whole(self) -> tuple[slice, ...]:
        """All of the padded input."""
        return tuple(slice(0, n) for n in self.padded)

    @cached_property
    def grid(self) -> Sizes:
        """Positions of a column: those of the output, or rows as long as the padded input's."""
        wide = (*self.out[:1], *self.padded[1:])
        straight = all(s == 1 for s in self.stride)
        return wide if straight and math.prod(wide) <= WASTE * math.prod(self.out) else self.out

    @cached_property
    def plain(self) -> bool:
        """Whether columns are nothing but the input: the kernel has one tap, which reads each element once."""
        return self.size == self.out == self.padded and math.prod(self.kernel) == 1

    @cached_property
    def kept(self) -> tuple[slice, ...]:
        """The part of the grid that is the output."""
        return tuple(map(slice, self.out))

    @cached_property
    def taps(self) -> list[tuple[Any, ...]]:
        """Where each tap stands in a room's ``taps``."""
        return [(slice(None), slice(None), *tap) for tap in np.ndindex(self.kernel)]

    @cached_property
    def wide(self) -> bool:
        """Whether positions of the grid follow each other in memory without a gap, as the taps read them."""
        return all(s == 1 for s in self.stride) and self.grid == (*self.out[:1], *self.padded[1:])

    @cached_property
    def line(self) -> int:
        """Elements that the taps of one row of the kernel read of a plane, where columns are wide."""
        return math.prod(self.grid) + (self.kernel[-1] - 1) * self.dilation[-1]

    @cached_property
    def steps(self) -> tuple[Sizes, Sizes, int, int]:
        """Elements between taps, and between positions of the grid; elements of a padded plane, and more that the
        last row of the grid reads beyond it."""
        along: list[int] = []
        plane = 1
        for n in reversed(self.padded):
            along.insert(0, plane)
            plane *= n
        taps = tuple(d * p for d, p in zip(self.dilation, along, strict=True))
        grid = tuple(s * p for s, p in zip(self.stride, along, strict=True))
        last = sum((k - 1) * t for k, t in zip(self.kernel, taps, strict=True))
        last += sum((n - 1) * t for n, t in zip(self.grid, grid, strict=True))
        return taps, grid, plane, max(0, last + 1 - plane)

    @cached_property
    def flipped(self) -> Frame | None:
        """The frame with which the way back is a convolution too, of the output with the kernel turned round: where
        steps are of 1 and that takes no more positions."""
        lower = tuple(d * (k - 1) - p for d, k, p in zip(self.dilation, self.kernel, self.lower, strict=True))
        if any(s > 1 for s in self.stride) or min(lower) < 0:
            return None
        found = framed(self.out, self.size, self.kernel, self.stride, lower, self.dilation, self.groups)
        return found if math.prod(found.grid) <= TURN * math.prod(self.grid) else None

    def folded(self, rows: int) -> Frame:
        """The frame of as many rows of the output at once: they are outputs of their own of a higher kernel."""
        out = -(-self.out[0] // rows), *self.out[1:]
        kernel = self.kernel[0] + rows - 1, *self.kernel[1:]
        return framed(self.size, out, kernel, (rows, *self.stride[1:]), self.lower, self.dilation, self.groups)

    def rows(self, start: int, stop: int) -> tuple[slice, Frame]:
        """Of the output's rows ``start`` to ``stop`` alone: the rows of the input that they read, and the frame."""
        s, low, span = self.stride[0], self.lower[0], (self.kernel[0] - 1) * self.dilation[0] + 1
        first = min(max(0, start * s - low), self.size[0])
        last = min(max(first, (stop - 1) * s + span - low), self.size[0])
        size, out = (last - first, *self.size[1:]), (stop - start, *self.out[1:])
        lower = (first - (start * s - low), *self.lower[1:])
        return slice(first, last), Frame(size, out, self.kernel, self.stride, lower, self.dilation, self.groups)


framed = lru_cache(1024)(Frame)  # what it knows, it computes once


@dataclass(frozen=True, eq=False)
class Layout:
    """Of a chunk: its frame, samples, channels on both sides, and dtype. What lies where in memory follows from it."""

    frame: Frame
    count: int
    channels: int
    outs: int
    dtype: np.dtype

    @cached_property
    def apart(self) -> bool:
        """Whether each sample has columns of its own: where planes are not so small that a product is worth more."""
        return self.count == 1 or math.prod(self.frame.grid) >= SOLO

    @cached_property
    def lines(self) -> bool:
        """Whether the way back makes lines instead of columns: see ``Room``."""
        return self.frame.wide and self.outs <= 4 * self.channels * math.prod(self.frame.kernel[:-1])

    @cached_property
    def sizes(self) -> tuple[Sizes, Sizes]:
        """Elements of the padded planes, of the columns, and of the output; on the way back with lines: of the planes,
        of the lines, and of the output in the steps of a row of the kernel."""
        f = self.frame
        plane, beyond = f.steps[2:]
        grid, line = self.count * math.prod(f.grid), self.count * f.line
        planes, columns = self.count * self.channels * plane + beyond, self.channels * math.prod(f.kernel) * grid
        lines, steps = self.channels * math.prod(f.kernel[:-1]) * line, self.outs * f.kernel[-1] * line
        return (planes, columns, self.outs * grid), (planes, lines, steps) if self.lines else (planes,)

    @cached_property
    def size(self) -> int:
        return max(map(sum, self.sizes))


class Room:
    """A chunk's memory as all the arrays that the products work on.

    ``rim``      what has to be zero before the input is copied
    ``inside``   the place of the input, (N, C, *what is read)
    ``read``     what each tap reads in the padded planes: (N, groups, *kernel, C / groups, *grid), no copy
    ``taps``     the columns in that shape
    ``columns``  the same as matrices: (N, groups, taps * C / groups, grid), or (groups, taps * C / groups, N * grid)
    ``wide``     the output, gaps included: (N, groups, O / groups, grid), or (groups, O / groups, N * grid)
    ``kept``     the same without the gaps: (N, groups, O / groups, *out)
    ``planes``   where on the way back all is added up that taps read: ``back`` says what to what, one after the other

    Where columns are wide, the way back may do without them. The output stands once for each tap of a row, that far
    further on (``steps``, which ``moved`` shows as (N, groups, taps, O / groups, *out)), and a product adds these up to
    a line for each row of the kernel (``lines``): there is less to add, and of many outputs more to copy.
    """

    def __init__(self, layout: Layout, memory: Array) -> None:
        f, n = layout.frame, layout.count
        groups, inner, itemsize = f.groups, layout.channels // f.groups, memory.itemsize

        def cut(sizes: Sizes) -> list[Array]:
            ends = [*accumulate(sizes)]
            return [memory[end - size : end] for size, end in zip(sizes, ends, strict=True)]

        planes, columns, wide = cut(layout.sizes[0])
        tap, step, plane, _ = f.steps
        total, over = n * layout.channels * plane, layout.channels * plane

        def at(shape: Sizes, steps: Sizes, first: int = 0, of: Array = planes) -> Array:
            return strided(of, shape, tuple(s * itemsize for s in steps), first * itemsize)

        def parted(part: Array, *between: int, last: Sizes) -> Array:
            """As (N, groups, *between, *last), wherever in memory the samples lie."""
            if layout.apart:
                return part.reshape(n, groups, *between, *last)
            return np.moveaxis(part.reshape(groups, *between, n, *last), len(between) + 1, 0)

        def whole(part: Array, run: int) -> Array:
            """As the matrices that are multiplied."""
            return part.reshape(n, groups, -1, run) if layout.apart else part.reshape(groups, -1, n * run)

        run, line, outs = math.prod(f.grid), f.line, layout.outs // groups
        self.memory, self.planes = memory, planes
        self.rim = planes[total if f.inside == f.whole else 0 :]
        self.inside = planes[:total].reshape(n, layout.channels, *f.padded)[(..., *f.inside)]
        self.read = at((n, groups, *f.kernel, inner, *f.grid), (over, inner * plane, *tap, plane, *step))
        self.taps = parted(columns, *f.kernel, inner, last=f.grid)
        self.columns, self.wide = whole(columns, run), whole(wide, run)
        self.kept = parted(wide, outs, last=f.grid)[(..., *f.kept)]
        if not layout.lines:
            self.back = [(self.read[t], self.taps[t]) for t in f.taps]
            return
        _, lines, steps = cut(layout.sizes[1])
        self.lines, self.steps = whole(lines, line), whole(steps, line)
        per = parted(steps, f.kernel[-1], outs, last=(line,)).strides
        moves = *per[:2], per[2] + tap[-1] * itemsize, per[3], *[s * itemsize for s in step]
        self.moved = strided(steps, (n, groups, f.kernel[-1], outs, *f.out), moves)
        rows = parted(lines, *f.kernel[:-1], inner, last=(line,))
        self.back = []
        for t in np.ndindex(f.kernel[:-1]):
            first = sum(i * s for i, s in zip(t, tap, strict=False))
            target = at((n, groups, inner, line), (over, inner * plane, plane, 1), first)
            self.back.append((target, rows[(slice(None), slice(None), *t)]))

    def fill(self, x: Array, frame: Frame) -> None:
        """Make the columns of an input."""
        self.rim[...] = 0
        copy_rows(self.inside, x[(..., *frame.read)])
        copy_rows(self.taps, self.read)

    def spread(self, y: Array, frame: Frame) -> None:
        """Take an output, (N, groups, ..., *out), with zeros in the gaps."""
        if frame.grid != frame.out:
            self.wide[...] = 0
        copy_rows(_as_outputs(self.kept, y), y)

    def gather(self, y: Array, matrix: Array, layout: Layout) -> Array:
        """The way back of an output: all that was read at a place, added up: (N, C, *what is read)."""
        if layout.lines:
            self.steps[...] = 0
            copy_rows(self.moved, _by_group(y, layout.frame.groups)[:, :, None])
            np.matmul(matrix, self.steps, out=self.lines)
        else:
            self.spread(_by_group(y, layout.frame.groups), layout.frame)
            np.matmul(matrix, self.wide, out=self.columns)
        self.planes[...] = 0
        for target, source in self.back:
            np.add(target, source, out=target)
        return self.inside


def _room(layout: Layout, like: Array) -> Room:
    made: Room = kept_room("convolution", layout, layout.size * like.itemsize, like, _arranged)
    return made


def _arranged(layout: Layout, memory: Array) -> Room:
    return Room(layout, memory.view(layout.dtype))


@dataclass(frozen=True)
class Chunk:
    """Some samples, and of them some rows of the output and the rows of the input that those read."""

    samples: slice
    block: slice
    read: slice
    layout: Layout


@lru_cache(1024)
def _plan(count: int, channels: int, outs: int, dtype: np.dtype, frame: Frame, threads: int) -> list[list[Chunk]]:
    """Chunks whose columns and output take about ``CHUNK`` bytes, in a list for each thread that is worth waking."""
    one = (channels * math.prod(frame.kernel) + outs) * math.prod(frame.grid) * dtype.itemsize
    shares = 1
    if threads > 1 and one * count >= WORTH:  # where it is much, more than one each: a core may be busy elsewhere
        shares = min(threads * (2 if one * count >= 8 * WORTH else 1), count)
    rows = -(-frame.out[0] // min(frame.out[0], -(-one // CHUNK)))
    blocks = [(slice(a, min(a + rows, frame.out[0])), *frame.rows(a, min(a + rows, frame.out[0])))
              for a in range(0, frame.out[0], rows)]  # fmt: skip
    if len(blocks) == 1:
        blocks = [(slice(None), slice(None), frame)]
    each = max(1, CHUNK // one)
    layouts: dict[tuple[int, Frame], Layout] = {}
    plan = []
    for k in range(shares):
        start, stop = count * k // shares, count * (k + 1) // shares
        chunks = []
        for a in range(start, stop, each):
            samples = slice(a, min(a + each, stop))
            for block, read, part in blocks:
                key = samples.stop - samples.start, part
                layout = layouts.setdefault(key, Layout(part, key[0], channels, outs, dtype))
                chunks.append(Chunk(samples, block, read, layout))
        plan.append(chunks)
    return plan


def _run(work: Callable[[int], None], plan: list[list[Chunk]]) -> None:
    """``work`` on each of the plan's lists: side by side, each with one thread of BLAS."""
    if len(plan) == 1:
        work(0)
        return
    with one_blas_thread():
        share(work, len(plan))


def _threads(x: Array) -> int:
    return get_num_threads() if type(x) is np.ndarray and blas_yields() else 1


def _in_single(kernel: Callable[..., Array]) -> Callable[..., Array]:
    """Half precision adds up in single, as in PyTorch."""

    def run(a: Array, b: Array, frame: Frame, *bias: Array | None) -> Array:
        if a.dtype.char != "e":
            return kernel(a, b, frame, *bias)
        a, b, *rest = [v if v is None else v.astype(np.float32) for v in (a, b, *bias)]
        return kernel(a, b, frame, *rest).astype(np.float16)

    return run


@lru_cache(1024)
def _fold(frame: Frame, count: int, outs: int, inner: int) -> int:
    """How many rows of the output to make at once: where outputs are few, a product takes as long for more of them.

    The rows are outputs of their own of a higher kernel (``Frame.folded``), which share most of what their taps read:
    there are fewer columns, too.
    """
    taps, outs = inner * math.prod(frame.kernel), outs // frame.groups
    if outs > FEW or taps < 3 * FEW or count * math.prod(frame.out) * taps < FOLD:
        return 1
    rows = 4 if outs <= FEW // 2 else 2
    dense = len(frame.kernel) > 1 and frame.stride[0] == frame.dilation[0] == 1 < frame.kernel[0]
    return rows if dense and frame.out[0] >= 2 * rows else 1


def _folded(x: Array, w: Array, frame: Frame, bias: Array | None, rows: int) -> Array:
    """The convolution, so many rows of the output at a time: the weight stands in the higher kernel once for each,
    a row further down."""
    folded, groups = frame.folded(rows), frame.groups
    parts = w.reshape(groups, 1, -1, *w.shape[1:])
    weight = np.zeros((groups, rows, *parts.shape[2:4], *folded.kernel), w.dtype, like=w)
    _a_row_further(weight, 4, frame.kernel[0])[...] = parts
    shift = None if bias is None else bias.reshape(groups, 1, -1, *[1] * len(frame.out))
    out = np.empty((len(x), len(w), folded.out[0] * rows, *frame.out[1:]), x.dtype, like=x)
    _multiply(x, _as_matrix(weight.reshape(-1, *weight.shape[3:]), folded), folded, shift, _by_turns(out, groups, rows))
    return out if out.shape[2] == frame.out[0] else out[:, :, : frame.out[0]].copy()


def _folded_weight(x: Array, y: Array, frame: Frame, rows: int) -> Array:
    """The gradient of ``_folded`` in the weight: (O, *kernel, C / groups)."""
    folded, groups = frame.folded(rows), frame.groups
    if folded.out[0] * rows > frame.out[0]:
        whole = np.zeros((*y.shape[:2], folded.out[0] * rows, *frame.out[1:]), y.dtype, like=y)
        whole[:, :, : frame.out[0]] = y
        y = whole
    made = _weights(x, _by_turns(y, groups, rows), folded)
    made = made.reshape(groups, rows, -1, *folded.kernel, x.shape[1] // groups)
    return np.add.reduce(_a_row_further(made, 3, frame.kernel[0]), axis=1)


def _a_row_further(weight: Array, axis: int, high: int) -> Array:
    """Of a folded weight, (groups, rows, ...), what each of the rows has of it: so many along ``axis``, where the first
    row's stands at 0, the next one's at 1 ..."""
    steps = weight.strides
    shape = *weight.shape[:axis], high, *weight.shape[axis + 1 :]
    return strided(weight, shape, (steps[0], steps[1] + steps[axis], *steps[2:]))


def _by_turns(y: Array, groups: int, rows: int) -> Array:
    """(N, O, H, ...) seen as (N, groups, rows, O / groups, H / rows, ...): rows that are made at once lie next to each
    other."""
    parts = y.reshape(len(y), groups, -1, y.shape[2] // rows, rows, *y.shape[3:])
    return parts.transpose(0, 1, 4, 2, 3, *range(5, parts.ndim))


def _as_outputs(kept: Array, like: Array) -> Array:
    """A room's output, (N, groups, O / groups, *out), with the outputs of a group in several dimensions, as ``like``
    has them; no copy."""
    if kept.ndim == like.ndim:
        return kept
    return kept.reshape(*kept.shape[:2], *like.shape[2 : like.ndim - kept.ndim + 3], *kept.shape[3:])


def _multiply(x: Array, matrix: Array, frame: Frame, shift: Array | None, out: Array) -> None:
    """A weight's matrix times the columns of an input, into ``out``: (N, groups, ..., *out)."""
    among = (slice(None),) * (out.ndim - 1 - len(frame.out))
    plan = _plan(len(x), x.shape[1], frame.groups * matrix.shape[1], x.dtype, frame, _threads(x))

    def work(i: int) -> None:
        for c in plan[i]:
            room = _room(c.layout, x)
            room.fill(x[c.samples, :, c.read], c.layout.frame)
            np.matmul(matrix, room.columns, out=room.wide)
            target = out[(c.samples, *among, c.block)]
            made = _as_outputs(room.kept, target)
            if shift is None:
                copy_rows(target, made)
            else:
                np.add(made, shift, out=target)

    _run(work, plan)


def _weights(x: Array, y: Array, frame: Frame) -> Array:
    """The gradient in the weight: (N, C, *size) and (N, groups, ..., *out) -> (groups, O / groups, taps * C / groups),
    in the order of columns."""
    between = y.shape[2 : y.ndim - len(frame.out)]
    outs, taps = math.prod(between), math.prod(frame.kernel) * (x.shape[1] // frame.groups)
    plan = _plan(len(x), x.shape[1], frame.groups * outs, x.dtype, frame, _threads(x))
    parts = np.empty((len(plan), frame.groups, outs, taps), x.dtype, like=x)
    among = (slice(None),) * (1 + len(between))

    def work(i: int) -> None:
        for c in plan[i]:
            room = _room(c.layout, x)
            room.spread(y[(c.samples, *among, c.block)], c.layout.frame)
            room.fill(x[c.samples, :, c.read], c.layout.frame)
            made = np.matmul(room.wide, room.columns.swapaxes(-1, -2))
            if c.layout.apart:
                made = np.add.reduce(made)
            if c is plan[i][0]:
                parts[i] = made
            else:
                parts[i] += made

    _run(work, plan)
    return parts[0] if len(plan) == 1 else parts.sum(axis=0)


@_in_single
def to_output(x: Array, w: Array, frame: Frame, bias: Array | None = None) -> Array:
    """The convolution: (N, C, *size) and (O, C / groups, *kernel) -> (N, O, *out)."""
    groups = frame.groups
    if not x.size or not w.size:
        out = zeros_beside(x, (len(x), len(w), *frame.out))
        return out if bias is None else _shifted(out, bias)
    if (rows := _fold(frame, len(x), *w.shape[:2])) > 1:
        return _folded(x, w, frame, bias, rows)
    out = np.empty((len(x), len(w), *frame.out), x.dtype, like=x)
    matrix = _as_matrix(w, frame)
    if frame.plain:
        np.matmul(matrix, _flat(x, groups), out=_flat(out, groups))
        return out if bias is None else _shifted(out, bias)
    shift = None if bias is None else bias.reshape(groups, -1, *[1] * len(frame.out))
    _multiply(x, matrix, frame, shift, _by_group(out, groups))
    return out


@_in_single
def to_input(y: Array, w: Array, frame: Frame, bias: Array | None = None) -> Array:
    """The gradient in the input, and the transposed convolution: (N, O, *out) and the weight -> (N, C, *size)."""
    groups = frame.groups
    channels = w.shape[1] * groups
    x: Array
    if not y.size or not w.size:
        x = zeros_beside(y, (len(y), channels, *frame.size))
        return x if bias is None else _shifted(x, bias)
    if frame.flipped is not None and not frame.plain and len(w) <= 2 * channels:
        return to_output(y, _turned(w, groups), frame.flipped, bias)  # columns are quicker laid out than added up
    x = np.empty((len(y), channels, *frame.size), y.dtype, like=y)
    if frame.plain:
        np.matmul(_as_matrix(w, frame).swapaxes(1, 2), _flat(y, groups), out=_flat(x, groups))
        return x if bias is None else _shifted(x, bias)
    plan = _plan(len(y), channels, len(w), y.dtype, frame, _threads(y))
    layout = plan[0][0].layout
    matrix = _as_lines(w, frame) if layout.lines else _as_matrix(w, frame).swapaxes(1, 2)
    whole = layout.frame is frame and frame.covers
    if not whole:
        x[...] = 0

    def work(i: int) -> None:
        for c in plan[i]:
            room = _room(c.layout, y)
            made = room.gather(y[c.samples, :, c.block], matrix, c.layout)
            if whole:
                copy_rows(x[c.samples], made)
            else:
                read: Any = (..., *c.layout.frame.read)
                target = x[c.samples, :, c.read][read]
                target += made

    _run(work, plan)
    return x if bias is None else _shifted(x, bias)


@_in_single
def to_weight(x: Array, y: Array, frame: Frame) -> Array:
    """The gradient in the weight: (N, C, *size) and (N, O, *out) -> (O, C / groups, *kernel)."""
    groups, outs = frame.groups, y.shape[1]
    shape = outs, *frame.kernel, x.shape[1] // groups
    if not x.size or not y.size:
        return zeros_beside(x, (outs, shape[-1], *frame.kernel))
    if (rows := _fold(frame, len(x), outs, shape[-1])) > 1:
        total = _folded_weight(x, y, frame, rows)
    else:
        total = _weights(x, _by_group(y, groups), frame)
    return total.reshape(shape).transpose(0, len(shape) - 1, *range(1, len(shape) - 1)).copy()


def _shifted(a: Array, bias: Array) -> Array:
    a += bias.reshape(-1, *[1] * (a.ndim - 2))
    return a


def _as_matrix(w: Array, frame: Frame) -> Array:
    """(O, C / groups, *kernel) -> (groups, O / groups, taps * C / groups), in the order of columns."""
    taps_first = w.transpose(0, *range(2, w.ndim), 1)
    return taps_first.reshape(frame.groups, len(w) // frame.groups, math.prod(w.shape[1:]))


def _as_lines(w: Array, frame: Frame) -> Array:
    """(O, C / groups, *kernel) -> (groups, rows of the kernel * C / groups, taps of a row * O / groups)."""
    parts = w.reshape(frame.groups, -1, *w.shape[1:])
    turned = parts.transpose(0, *range(3, parts.ndim - 1), 2, parts.ndim - 1, 1)
    return turned.reshape(frame.groups, -1, frame.kernel[-1] * parts.shape[1])


def _turned(w: Array, groups: int) -> Array:
    """(O, C / groups, *kernel) -> (C, O / groups, *kernel), each tap in the opposite place."""
    turned = w.reshape(groups, -1, *w.shape[1:])[(..., *[slice(None, None, -1)] * (w.ndim - 2))]
    return turned.swapaxes(1, 2).reshape(w.shape[1] * groups, -1, *w.shape[2:])


def _flat(a: Array, groups: int) -> Array:
    """(N, C, ...) as (N, groups, C / groups, elements of a plane)."""
    return a.reshape(len(a), groups, a.shape[1] // groups, math.prod(a.shape[2:]))


def _by_group(a: Array, groups: int) -> Array:
    """(N, C, ...) seen as (N, groups, C / groups, ...)."""
    if groups == 1:
        return a[:, None]
    return a.reshape(len(a), groups, a.shape[1] // groups, *a.shape[2:])
