"""3.6 Scatter-add along a dimension."""

from __future__ import annotations

import numpy as np

import tidu
from autograder.exercises.e03_indexing.gather_dim import dimension, smaller
from autograder.exercises.e08_jvp.tensors import tensor
from autograder.judging.draw import LAYOUTS, Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    dim, passed = dimension(pick)
    shape = list(draw.shape(pick.ndim, "equal" if pick.lengths == "equal" else "distinct"))
    if pick.lengths.startswith("one"):
        need(pick.lengths == "one along dim" or pick.ndim >= 2)
        need(pick.others == "same")
        shape[dim] = max(shape[dim], 3)
        shape[dim if pick.lengths == "one along dim" else draw.one_of([i for i in range(pick.ndim) if i != dim])] = 1
    want = smaller(pick, draw, list(shape), dim)
    n = shape[dim]
    if pick.repeats == "none":
        if n > 2 and draw.integer(0, 1):
            want[dim] = n - 1
        lines = np.moveaxis(np.empty(tuple(want), np.int64), dim, -1)
        for at in np.ndindex(lines.shape[:-1]):
            order = draw.order(n)
            if n > 2 and all(order[order[i]] == i for i in range(n)):
                order = (*range(1, n), 0)  # one that is another backwards: sending is not fetching
            lines[at] = order[: want[dim]]
        index = np.moveaxis(lines, -1, dim)
    elif pick.repeats == "all":
        index = np.full(tuple(want), draw.integer(0, n - 1))
    else:
        want[dim] = n + draw.integer(1, 2)
        index = np.array(draw.rng.integers(0, n, tuple(want)))
    if pick.empty == "yes":
        need(pick.repeats == "none")
        want[dim] = 0
        index = index[tuple(slice(m) for m in want)]
    source = list(index.shape)
    if pick.src == "longer along dim":
        source[dim] += draw.integer(1, 2)
    elif pick.src == "longer elsewhere":
        need(pick.ndim >= 2)
        source[draw.one_of([i for i in range(pick.ndim) if i != dim])] += draw.integer(1, 2)
    base = draw.array(tuple(shape), pick.magnitude, pick.layout, pick.dtype)
    src = draw.upstream(tuple(source), pick.layout, pick.dtype)
    return base, passed, draw.lay_out(index, pick.layout, "int64"), src


scatter_add_dim = Exercise(
    "scatter_add_dim",
    difficulty=3,
    importance=3,
    minutes=12,
    units=10,
    forbid=("put_along_axis", "take_along_axis", ".at"),
    reference=lambda base, dim, index, src: tidu.scatter_add(tensor(base), dim, tensor(index), tensor(src)).numpy(),
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(2, 1, 3), dim=("first", "last", "middle"), lengths=("distinct", "equal"), repeats=("none",),
            magnitude=("plain", "zero"), src=("same",), others=("same",), empty=("no",), layout=("dense",),
            dtype=("float64",),
        ),
        Part("repeated", 2, repeats=("some", "all")),
        Part("negative", 1, dim=("negative", "most negative")),
        Part("smaller", 2, others=("one shorter", "all shorter"), src=("longer along dim", "longer elsewhere")),
        Part("edge", 1, lengths=("one along dim", "one elsewhere"), empty=("yes",)),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)  # fmt: skip


def _cut(src, index):
    return src[tuple(slice(n) for n in index.shape)]


def _grid(dim, index):
    grid = list(np.indices(index.shape))
    grid[dim] = index
    return tuple(grid)


def _added(base, dim, index, src):
    result = np.array(base)
    for at in np.ndindex(index.shape):
        target = list(at)
        target[dim] = index[at]
        result[tuple(target)] += src[at]
    return result


@scatter_add_dim.mistake(
    zh="几个数去同一个位置时，只留下了一个：`a[i] += v` 先读、再加、再写，重复的下标后写的盖掉先写的。",
    en="Where several numbers go to one place, only one of them is left: `a[i] += v` reads, adds and writes, and with "
    "a repeated index the last to write wins.",
)
def duplicates_lost(base, dim, index, src):
    result = np.array(base)
    result[_grid(dim, index)] += _cut(src, index)
    return result


@scatter_add_dim.mistake(
    zh="你把原来的数盖掉了；要加上去，不是换掉（那是 scatter）。",
    en="This overwrites what was there: it is to be added to, not replaced, which is plain scatter.",
)
def overwrites(base, dim, index, src):
    result = np.array(base)
    for at in np.ndindex(index.shape):
        target = list(at)
        target[dim] = index[at]
        result[tuple(target)] = src[at]
    return result


@scatter_add_dim.mistake(
    zh="base 没有用上：从 0 加起了。",
    en="base is not used: the sums begin at 0.",
)
def base_ignored(base, dim, index, src):
    return _added(np.zeros_like(base), dim, index, src)


@scatter_add_dim.mistake(
    zh="方向反了：src 的第 [i, j] 个要「送去」index 所说的地方，你却从那里「取来」（那是 gather）。",
    en="The other way round: element [i, j] of src is sent where index says; here it was fetched from there, which is "
    "gather.",
)
def gathers(base, dim, index, src):
    result = np.array(base)
    for at in np.ndindex(tuple(map(min, index.shape, base.shape))):
        source = list(at)
        source[dim] = index[at]
        result[at] += src[tuple(source)]
    return result


@scatter_add_dim.mistake(
    zh="dim 没有用上，总是沿第 0 维送。",
    en="dim is not used: this always sends along dimension 0.",
)
def always_first(base, dim, index, src):
    return _added(base, 0, index, src)


@scatter_add_dim.mistake(
    zh="dim 没有用上，总是沿最后一维送。",
    en="dim is not used: this always sends along the last dimension.",
)
def always_last(base, dim, index, src):
    return _added(base, -1, index, src)


@scatter_add_dim.mistake(
    zh="dim 是负数时，没有哪一维的编号等于它：先加上维数，-1 就是最后一维。",
    en="No dimension has a negative number, so a negative dim matches none: add the number of dimensions first, and -1 "
    "is the last.",
)
def negative_matches_none(base, dim, index, src):
    result = np.array(base)
    for at in np.ndindex(index.shape):
        result[tuple(index[at] if d == dim else at[d] for d in range(base.ndim))] += src[at]
    return result


@scatter_add_dim.mistake(
    zh="src 可以比 index 大，多出来的不用：index 有几个，就只送几个。",
    en="src may be larger than index, and what is beyond it is not used: there are as many to send as index has.",
)
def walks_over_src(base, dim, index, src):
    result = np.array(base)
    for at in np.ndindex(src.shape):
        target = list(at)
        target[dim] = index[at]
        result[tuple(target)] += src[at]
    return result


@scatter_add_dim.mistake(
    zh="送去同一个位置的数应当加起来，不是求平均。",
    en="Numbers sent to one place are added up, not averaged.",
)
def averaged(base, dim, index, src):
    total = _added(np.zeros_like(base), dim, index, src)
    count = _added(np.zeros_like(base), dim, index, np.ones_like(src))
    return base + total / np.maximum(count, 1)


@scatter_add_dim.mistake(
    zh="src 是减去了，不是加上去。",
    en="src was subtracted; add it.",
)
def subtracted(base, dim, index, src):
    return _added(base, dim, index, -src)
