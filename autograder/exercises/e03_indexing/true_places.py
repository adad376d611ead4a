"""3.4 From a mask to indices: where it is true."""

from __future__ import annotations

from math import prod

import tidu
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths)
    count = prod(shape)
    if pick.share == "some" and count == 1:
        return shape, (True,)
    if pick.share in ("none", "all"):
        need(count > 0)
        return shape, (pick.share == "all",) * count
    if pick.share == "one":
        need(count > 0)
        at = draw.integer(0, count - 1)
        return shape, tuple(i == at for i in range(count))
    flags = [draw.integer(0, 1) == 1 for _ in range(count)]
    if count > 2:  # neither alike nor the same backwards
        flags[0], flags[-1] = False, True
        flags[1] = draw.integer(0, 2) > 0
    return shape, tuple(flags)


def _reference(shape, flags):
    mask = tidu.tensor(list(flags), dtype=tidu.bool).reshape(shape)
    return tuple(tuple(index) for index in tidu.nonzero(mask).tolist())


true_places = Exercise(
    "true_places",
    difficulty=2,
    importance=2,
    minutes=10,
    allow="python",
    reference=_reference,
    make=_make,
    parts=[
        Part("values", 4, ndim=(2, 3, 1, 4), lengths=("distinct", "equal"), share=("some", "one", "all", "none")),
        Part("edge", 1, ndim=(0,), lengths=("one first", "one between", "one last", "zero first", "zero last")),
    ],
)


def _at(shape, place):
    index: list[int] = []
    for n in reversed(shape):
        index.insert(0, place % n)
        place //= n
    return tuple(index)


def _true(flags):
    return [place for place, flag in enumerate(flags) if flag]


@true_places.mistake(
    zh="这是在内存里的位置，不是下标：还要把位置拆成每一维各一个数。",
    en="These are places in memory, not indices: each place is yet to be taken apart into a number for each dimension.",
)
def flat_places(shape, flags):
    return tuple(_true(flags))


@true_places.mistake(
    zh="这些位置是按列拆的：位置按行数，最后一维变得最快，要从最后一维拆起。",
    en="The places were taken apart by columns: they are counted row by row, so the last dimension moves fastest and "
    "comes first in taking apart.",
)
def by_columns(shape, flags):
    return tuple(_at(shape[::-1], place)[::-1] for place in _true(flags))


@true_places.mistake(
    zh="拆得对，但下标的次序倒了：从最后一维拆起，得到的要倒过来。",
    en="Taken apart rightly, but each index is back to front: what is found last dimension first is yet to be turned "
    "around.",
)
def back_to_front(shape, flags):
    return tuple(_at(shape, place)[::-1] for place in _true(flags))


@true_places.mistake(
    zh="这是 NumPy 的 nonzero 的写法：每一维各一列。这里要的是每个 True 一个下标。",
    en="That is how NumPy's nonzero answers: one list for each dimension. Asked for is one index for each True.",
)
def one_list_for_each_dim(shape, flags):
    found = [_at(shape, place) for place in _true(flags)]
    return tuple(tuple(index[dim] for index in found) for dim in range(len(shape)))


@true_places.mistake(
    zh="只拆成了两个数：下标有几维就有几个数，商还要继续往下拆。",
    en="The places are taken apart into two numbers only: an index has one for each dimension, so go on with the "
    "quotient.",
)
def rows_and_columns_only(shape, flags):
    if len(shape) < 2:
        return tuple(_at(shape, place) for place in _true(flags))
    return tuple((place // shape[-1], place % shape[-1]) for place in _true(flags))


@true_places.mistake(
    zh="下标从 0 数起，你从 1 数起了。",
    en="Indices are counted from 0; these are counted from 1.",
)
def from_one(shape, flags):
    return tuple(tuple(i + 1 for i in _at(shape, place)) for place in _true(flags))


@true_places.mistake(
    zh="这是 False 的下标；要的是 True 的。",
    en="These are the indices of False; asked for are those of True.",
)
def where_false(shape, flags):
    return tuple(_at(shape, place) for place, flag in enumerate(flags) if not flag)


@true_places.mistake(
    zh="除的是前面那一维的长度：沿某一维的下标，是对它自己的长度取余数。",
    en="The division is by the length of another dimension: an index along a dimension is the remainder by its own "
    "length.",
)
def wrong_length(shape, flags):
    if len(shape) < 2:
        return tuple(_at(shape, place) for place in _true(flags))
    turned = (*shape[1:], shape[0])
    return tuple(_at(turned, place) for place in _true(flags)) if 0 not in shape else ()
