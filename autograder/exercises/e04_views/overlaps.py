"""4.7 Whether two views of one memory have an element in common."""

from __future__ import annotations

import tidu
from autograder.judging.draw import Args, Draw, need, row_major
from autograder.judging.exercise import Exercise, Part


def _places(view):
    shape, stride, offset = view
    found = [offset]
    for n, s in zip(shape, stride):
        found = [place + i * s for place in found for i in range(n)]
    return found


def _memory(view):
    """The cells of a view, read through the view itself from memory that holds the cells' own numbers."""
    shape, stride, offset = view
    size = 1 + offset + sum((n - 1) * s for n, s in zip(shape, stride) if n)
    return set(tidu.arange(size).as_strided(shape, stride, offset).flatten().tolist())


def _blocks(draw: Draw, ndim: int):
    """Two blocks of columns, side by side: their ranges interleave, they have nothing in common."""
    need(ndim >= 2)
    shape = draw.shape(ndim)
    left, right = draw.integer(1, 2), draw.integer(1, 2)
    stride = row_major((*shape[:-1], left + right))
    return ((*shape[:-1], left), stride, 0), ((*shape[:-1], right), stride, left)


def _crossing(draw: Draw, ndim: int):
    """Two views whose steps have no common factor, whose ranges meet, and which have no cell in common."""
    p, q = draw.one_of([(2, 3), (3, 5), (2, 5), (3, 4)])
    a, b = (((draw.integer(2, 3),), (step,), draw.integer(0, 3)) for step in (p, q))
    need(set(_places(a)).isdisjoint(_places(b)) and a[2] <= max(_places(b)) and b[2] <= max(_places(a)))
    return tuple(((1,) * (ndim - 1) + shape, (0,) * (ndim - 1) + stride, offset) for shape, stride, offset in (a, b))


def _make(pick, draw: Draw) -> Args:
    if pick.how == "blocks":
        a, b = _blocks(draw, pick.ndim)
    elif pick.how == "interleaved":
        need(pick.ndim >= 1)
        step = draw.integer(2, 3)
        a, b = (_stepped(draw, pick, step) for _ in range(2))
        b = (b[0], b[1], b[2] + draw.integer(1, step - 1))
    elif pick.how == "other steps":
        need(pick.ndim >= 1)
        a, b = _crossing(draw, pick.ndim)
    else:
        other = max(pick.ndim + {"same": 0, "fewer": -1, "more": 1}[pick.b_ndim], 0)
        need(pick.b_ndim == "same" or other != pick.ndim)
        a, b = (
            (shape := draw.shape(n), draw.stride(shape, pick.stride if n == pick.ndim else "dense"), draw.integer(0, 4))
            for n in (pick.ndim, other)
        )
        if pick.how == "apart":
            first = max(_places(a))
            b = (b[0], b[1], first + draw.integer(1, 3))
        elif pick.how == "one element":
            # somewhere in the middle of either, not only at an end
            cells, others = sorted(set(_places(a))), sorted(set(_places((b[0], b[1], 0))))
            place = draw.one_of(others)
            a, b = (a[0], a[1], a[2] + others[-1]), (b[0], b[1], draw.one_of(cells) + others[-1] - place)
        elif pick.how == "same":
            b = a
    if pick.empty != "none":
        need(pick.ndim >= 1)
        at = draw.integer(0, pick.ndim - 1)
        a = (tuple(0 if i == at else n for i, n in enumerate(a[0])), a[1], a[2])
        if pick.empty == "both":
            b = a
    if pick.far == "yes":
        a, b = (a[0], a[1], a[2] + 5000), (b[0], b[1], b[2] + 5000)
    if pick.swapped == "yes":
        a, b = b, a
    return a, b


def _stepped(draw: Draw, pick, step: int):
    shape = draw.shape(pick.ndim)
    return shape, tuple(step * s for s in draw.stride(shape, pick.stride)), step * draw.integer(0, 2)


overlaps = Exercise(
    "overlaps",
    difficulty=3,
    importance=2,
    minutes=12,
    allow="python",
    reference=lambda a, b: not _memory(a).isdisjoint(_memory(b)),
    make=_make,
    parts=[
        Part(
            "values", 3,
            how=("one element", "interleaved", "apart", "same", "blocks", "other steps", "free"), ndim=(2, 1),
            empty=("none",), b_ndim=("same",), far=("no", "yes"),
            stride=("dense", "permuted"), swapped=("no", "yes"),
        ),
        Part(
            "sparse", 2,
            stride=("stepped first", "stepped last", "gap first", "gap last", "broadcast", "any"), ndim=(3,),
            b_ndim=("fewer", "more"),
        ),
        Part("edge", 1, ndim=(0,), empty=("one", "both")),
    ],
)  # fmt: skip


def _last(view):
    return view[2] + sum((n - 1) * s for n, s in zip(view[0], view[1]))


@overlaps.mistake(
    zh="只比较了范围：两个视图可以交错着而没有一个共同的格子，例如奇数列与偶数列。",
    en="Only the ranges are compared: two views may interleave and yet have no cell in common, like the odd and the "
    "even columns.",
)
def ranges_only(a, b):
    return a[2] <= _last(b) and b[2] <= _last(a) and 0 not in a[0] and 0 not in b[0]


@overlaps.mistake(
    zh="起点不同的两个视图也可能重叠：要看它们的全部格子，不只是第一个。",
    en="Views that begin at different cells can overlap too: look at all of their cells, not at the first alone.",
)
def first_cells_only(a, b):
    return a[2] == b[2] and 0 not in a[0] and 0 not in b[0]


@overlaps.mistake(
    zh="步幅没有用上：每个视图被当成了从偏移开始的一段连续内存。",
    en="Strides are not used: each view is taken for contiguous memory from its offset on.",
)
def strides_ignored(a, b):
    def run(view):
        count = 1
        for n in view[0]:
            count *= n
        return set(range(view[2], view[2] + count))

    return not run(a).isdisjoint(run(b))


@overlaps.mistake(
    zh="偏移没有用上：两个视图都从第 0 格算起了。",
    en="The offsets are not used: both views are taken to begin at cell 0.",
)
def offsets_ignored(a, b):
    return 0 not in a[0] and 0 not in b[0]


@overlaps.mistake(
    zh="有长度为 0 的维就没有元素，没有元素的视图与谁都不重叠。",
    en="With a dimension of length 0 there are no elements, and a view without elements overlaps nothing.",
)
def empty_forgotten(a, b):
    def full(view):
        return tuple(max(n, 1) for n in view[0]), view[1], view[2]

    return not set(_places(full(a))).isdisjoint(_places(full(b)))


@overlaps.mistake(
    zh="问的是有没有共同的格子，不是一个视图是否完全落在另一个里面。",
    en="The question is whether they have a cell in common, not whether one view lies wholly within the other.",
)
def one_inside_the_other(a, b):
    cells, others = set(_places(a)), set(_places(b))
    return bool(cells and others) and (cells <= others or others <= cells)


@overlaps.mistake(
    zh="只看了第一个维度，其余各维的格子没有算进去。",
    en="Only the first dimension is walked along; the cells of the others are missing.",
)
def first_dimension_only(a, b):
    def cells(view):
        shape, stride, offset = view
        return {offset + i * stride[0] for i in range(shape[0])} if shape else {offset}

    return 0 not in a[0] and 0 not in b[0] and not cells(a).isdisjoint(cells(b))
