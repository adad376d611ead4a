"""Convolution on arrays: the three products that it and all its derivatives are made of. 卷积的内核。

With x the input, w the weight and y the output, the sum over all of ``x[i] * w[k] * y[o]`` where tap k at output o
reads input i is linear in each of the three. Its derivatives in them are ``to_output``, ``to_weight`` and ``to_input``,
and a transposed convolution is ``to_input`` read forward.

How: "im2col". The padded input is laid out in columns, one for each output position, which hold what the taps read
there; the product with the weight as a matrix is then one GEMM, and the way back adds columns up where they came from.
Columns take ``taps`` times the memory of the input, so they are made a few samples at a time, in a scratch block that
stays in the cache, and made again for the gradient of the weight.

With stride 1 the columns are "wide": each tap reads the whole of each plane's rows, gaps at their ends included, as one
run of memory, which copies seven times as fast as rows do; what is computed for the gaps is dropped.
Source: Chellapilla, Puri, Simard 2006, "High performance convolutional neural networks for document processing".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from tidu._backend import Array, row_major, strided, zeros_beside
from tidu._kernels import scratch
from tidu._threads import blas_yields, get_num_threads, one_blas_thread, share

Sizes = tuple[int, ...]

CHUNK = 1 << 20  # bytes of columns at a time
WORTH = 1 << 22  # bytes of columns from which threads are woken for them
WASTE = 1.5  # how much larger than the output wide columns may be


@dataclass(frozen=True)
class Frame:
    """How a convolution's window moves: sizes of input, output and kernel, and what is between them, a dimension each.

    ``lower``: zeros before the input; those behind it follow from the output's size.
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
        """Where each tap stands in what ``_taps`` gives."""
        return [(slice(None), *tap) for tap in np.ndindex(self.kernel)]

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

    def rows(self, start: int, stop: int) -> tuple[slice, Frame]:
        """Of the output's rows ``start`` to ``stop`` alone: the rows of the input that they read, and the frame."""
        s, low, span = self.stride[0], self.lower[0], (self.kernel[0] - 1) * self.dilation[0] + 1
        first = min(max(0, start * s - low), self.size[0])
        last = min(max(first, (stop - 1) * s + span - low), self.size[0])
        size, out = (last - first, *self.size[1:]), (stop - start, *self.out[1:])
        lower = (first - (start * s - low), *self.lower[1:])
        return slice(first, last), Frame(size, out, self.kernel, self.stride, lower, self.dilation, self.groups)


framed = lru_cache(1024)(Frame)  # what it knows, it computes once


@dataclass(frozen=True)
class Chunk:
    """Some samples, and of them some rows of the output and the rows of the input that those read."""

    samples: slice
    block: slice
    read: slice
    frame: Frame


@lru_cache(1024)
def _plan(count: int, channels: int, itemsize: int, frame: Frame, threads: int) -> list[list[Chunk]]:
    """Chunks whose columns take about ``CHUNK`` bytes, in a list for each thread that is worth waking."""
    row = channels * math.prod(frame.kernel) * math.prod(frame.grid[1:]) * itemsize
    one = row * frame.grid[0]
    shares = min(threads, count) if one * count >= WORTH else 1
    rows = max(1, CHUNK // row) if one > 2 * CHUNK else frame.out[0]
    blocks = [(slice(a, min(a + rows, frame.out[0])), *frame.rows(a, min(a + rows, frame.out[0])))
              for a in range(0, frame.out[0], rows)]  # fmt: skip
    if len(blocks) == 1:
        blocks = [(slice(None), slice(None), frame)]
    each = max(1, CHUNK // one)
    plan = []
    for k in range(shares):
        start, stop = count * k // shares, count * (k + 1) // shares
        groups = [slice(a, min(a + each, stop)) for a in range(start, stop, each)]
        plan.append([Chunk(samples, *block) for samples in groups for block in blocks])
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

    def run(a: Array, b: Array, frame: Frame, bias: Array | None = None) -> Array:
        given = [v for v in (a, b, bias) if v is not None]
        if a.dtype != np.float16:
            return kernel(a, b, frame, *given[2:])
        a, b, *rest = [v.astype(np.float32) for v in given]
        return kernel(a, b, frame, *rest).astype(np.float16)

    return run


@_in_single
def to_output(x: Array, w: Array, frame: Frame, bias: Array | None = None) -> Array:
    """The convolution: (N, C, *size) and (O, C / groups, *kernel) -> (N, O, *out)."""
    groups = frame.groups
    out = np.empty((len(x), len(w), *frame.out), x.dtype, like=x)
    matrix = _as_matrix(w, frame)
    shift = None if bias is None else bias.reshape(groups, -1, 1, *[1] * len(frame.out))
    if frame.plain or not x.size or not w.size:
        out[...] = 0
        if x.size and w.size:
            split = [a.reshape(len(x), groups, -1, math.prod(frame.out)) for a in (x, out)]
            np.matmul(matrix, split[0], out=split[1])
        return out if bias is None else _shifted(out, bias)
    plan = _plan(len(x), x.shape[1], x.itemsize, frame, _threads(x))

    def work(i: int) -> None:
        for c in plan[i]:
            columns = _columns(x[c.samples, :, c.read], c.frame)
            y = scratch("output", len(w) * columns.shape[-1], x).reshape(groups, -1, columns.shape[-1])
            np.matmul(matrix, columns, out=y)
            target = _by_group(out[c.samples, :, c.block], groups)
            y = y.reshape(*target.shape[:3], *c.frame.grid)[(..., *c.frame.kept)]
            if shift is None:
                target[...] = y
            else:
                np.add(y, shift, out=target)

    _run(work, plan)
    return out


@_in_single
def to_input(y: Array, w: Array, frame: Frame, bias: Array | None = None) -> Array:
    """The gradient in the input, and the transposed convolution: (N, O, *out) and the weight -> (N, C, *size)."""
    groups, taps = frame.groups, math.prod(frame.kernel)
    channels = w.shape[1] * groups
    matrix = _as_matrix(w, frame).swapaxes(1, 2)
    x = zeros_beside(y, (len(y), channels, *frame.size))
    plan = _plan(len(y), channels, y.itemsize, frame, _threads(y)) if y.size and w.size else [[]]

    def work(i: int) -> None:
        for c in plan[i]:
            wide = _spread(y[c.samples, :, c.block], c.frame)
            columns = scratch("columns", channels * taps * wide.shape[-1], y).reshape(groups, -1, wide.shape[-1])
            np.matmul(matrix, wide, out=columns)
            target = x[c.samples, :, c.read][(..., *c.frame.read)]
            target += _gathered(columns, len(target), c.frame)

    if frame.plain and x.size and w.size:
        split = [a.reshape(len(y), groups, -1, math.prod(frame.out)) for a in (y, x)]
        np.matmul(matrix, split[0], out=split[1])
    else:
        _run(work, plan)
    return x if bias is None else _shifted(x, bias)


@_in_single
def to_weight(x: Array, y: Array, frame: Frame) -> Array:
    """The gradient in the weight: (N, C, *size) and (N, O, *out) -> (O, C / groups, *kernel)."""
    groups = frame.groups
    plan = _plan(len(x), x.shape[1], x.itemsize, frame, _threads(x)) if x.size and y.size else [[]]
    matrix = zeros_beside(x, (len(plan), groups, y.shape[1] // groups, math.prod(frame.kernel) * x.shape[1] // groups))

    def work(i: int) -> None:
        for c in plan[i]:
            wide = _spread(y[c.samples, :, c.block], c.frame)
            columns = _columns(x[c.samples, :, c.read], c.frame)
            matrix[i] += np.matmul(wide, columns.swapaxes(1, 2))

    _run(work, plan)
    total = matrix.sum(axis=0).reshape(y.shape[1], *frame.kernel, -1)
    return row_major(np.moveaxis(total, -1, 1))


def _shifted(a: Array, bias: Array) -> Array:
    a += bias.reshape(-1, *[1] * (a.ndim - 2))
    return a


def _as_matrix(w: Array, frame: Frame) -> Array:
    """(O, C / groups, *kernel) -> (groups, O / groups, taps * C / groups), in the order of ``_columns``."""
    taps_first = w.transpose(0, *range(2, w.ndim), 1)
    return taps_first.reshape(frame.groups, len(w) // frame.groups, math.prod(w.shape[1:]))


def _by_group(a: Array, groups: int) -> Array:
    """(N, C, ...) seen as (groups, C / groups, N, ...)."""
    return a.reshape(len(a), groups, a.shape[1] // groups, *a.shape[2:]).transpose(1, 2, 0, *range(3, a.ndim + 1))


def _taps(planes: Array, count: int, channels: int, frame: Frame) -> Array:
    """What each tap reads in padded planes: (groups, *kernel, C / groups, N, *grid), a view."""
    tap, step, plane, _ = frame.steps
    inner = channels // frame.groups
    shape = (frame.groups, *frame.kernel, inner, count, *frame.grid)
    strides = (inner * plane, *tap, plane, channels * plane, *step)
    return strided(planes, shape, tuple(s * planes.itemsize for s in strides))


def _columns(x: Array, frame: Frame) -> Array:
    """The input as (groups, taps * C / groups, N * grid)."""
    count, channels = x.shape[:2]
    plane, beyond = frame.steps[2:]
    total = count * channels * plane
    planes = scratch("planes", total + beyond, x)
    planes[total if frame.inside == frame.whole else 0 :] = 0
    inner = planes[:total].reshape(count, channels, *frame.padded)[(..., *frame.inside)]
    inner[...] = x[(..., *frame.read)]
    view = _taps(planes, count, channels, frame)
    columns = scratch("columns", view.size, x)
    columns.reshape(view.shape)[...] = view
    return columns.reshape(frame.groups, -1, count * math.prod(frame.grid))


def _gathered(columns: Array, count: int, frame: Frame) -> Array:
    """The way back from columns: all that was read at a place, added up: (N, C, *what is read)."""
    channels = columns.shape[0] * columns.shape[1] // math.prod(frame.kernel)
    plane, beyond = frame.steps[2:]
    total = count * channels * plane
    planes = scratch("planes", total + beyond, columns)
    planes[...] = 0
    view = _taps(planes, count, channels, frame)
    columns = columns.reshape(view.shape)
    for tap in frame.taps:
        target = view[tap]
        np.add(target, columns[tap], out=target)
    return planes[:total].reshape(count, channels, *frame.padded)[(..., *frame.inside)]


def _spread(y: Array, frame: Frame) -> Array:
    """The output as (groups, O / groups, N * grid), zero in the gaps."""
    source = _by_group(y, frame.groups)
    wide = scratch("wide", math.prod((*source.shape[:3], *frame.grid)), y).reshape(*source.shape[:3], *frame.grid)
    if frame.grid != frame.out:
        wide[...] = 0
    wide[(..., *frame.kept)] = source
    return wide.reshape(*source.shape[:2], -1)
