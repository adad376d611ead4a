"""1.1 The shape of nested data."""

from __future__ import annotations

from math import prod
from typing import Any

import tidu
from autograder.exercises.e01_creation.nested import nest
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _shape_or_none(data):
    try:
        return tuple(tidu.tensor(data).shape)
    except (TypeError, ValueError):
        return None


def _changed(draw: Draw, data: Any, how: str, at: int) -> Any:
    """``data``, whose item ``at`` no longer has the shape of its neighbours."""
    item = data[at]
    if how == "a longer row":
        item = [*item, item[-1]]
    elif how == "a shorter row":
        item = item[:-1]
    elif how == "a number for a row":
        item = draw.integer(1, 9)
    elif how == "a row for a number":
        item = [item]
    elif how == "an empty row":
        item = []
    return [*data[:at], item, *data[at + 1 :]]


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths, longest=4)
    deep = pick.ragged in ("deep inside", "in every row")
    if draw.readable and deep and pick.ndim == 3 and pick.lengths == "distinct":
        shape = (1 if pick.odd != "middle" else 3, 2, 2)  # three or four numbers are enough to show it
    values: list[float] = [draw.integer(-9, 9) for _ in range(max(prod(shape), 1))]
    if pick.numbers == "floats":
        values = [value + 0.5 for value in values]
    data = nest(values, shape, tuple if pick.container == "tuples" else list)
    if pick.ragged == "none":
        return (data,)
    # Which of the data's rows is the odd one, and at which depth.
    how = pick.ragged if not deep else draw.one_of(["a longer row", "a shorter row"])
    need(
        len(shape) >= (3 if deep else 1 if how == "a row for a number" else 2)
        and min(shape) >= 1
        and min(shape[deep:]) >= 2
    )
    need(pick.container == "lists" and (how != "a row for a number" or len(shape) == 1))
    need(pick.odd != "middle" or shape[0] > 2)
    at = {"last": shape[0] - 1, "first": 0, "middle": 1}[pick.odd]
    # An empty row in front ends the search for PyTorch, which then reads no further.
    need(how != "an empty row" or at > 0)
    if pick.ragged == "in every row":
        return ([_changed(draw, item, how, 0 if pick.odd == "first" else shape[1] - 1) for item in data],)
    if deep:
        inner = _changed(draw, data[at], how, 0 if pick.odd == "first" else shape[1] - 1)
        return ([*data[:at], inner, *data[at + 1 :]],)
    return (_changed(draw, data, how, at),)


shape_of = Exercise(
    "shape_of",
    difficulty=2,
    importance=3,
    minutes=15,
    allow="python",
    reference=_shape_or_none,
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(2, 3, 1), lengths=("distinct", "equal", "one first", "one last"), numbers=("ints", "floats"),
            container=("lists", "tuples"), ragged=("none",), odd=("last", "first"),
        ),
        Part("edge", 2, ndim=(0,), lengths=("zero last", "zero first", "zero between")),
        Part(
            "ragged", 3,
            ragged=(
                "a shorter row", "a longer row", "a number for a row", "a row for a number", "an empty row",
                "deep inside", "in every row",
            ),
            odd=("middle",),
        ),
    ],
)  # fmt: skip


def _is_row(data):
    return isinstance(data, (list, tuple))


def _along_first_items(data):
    shape = []
    while _is_row(data):
        shape.append(len(data))
        if not data:
            break
        data = data[0]
    return tuple(shape)


@shape_of.mistake(
    zh="只沿着每一层的第 0 项往里走，别的行有多长没有看：各行不一样长时，不存在这样的张量，应返回 None。",
    en="Only item 0 of each level is followed, and the other rows are never looked at: where rows differ there is no "
    "such tensor, so return None.",
)
def first_items_only(data):
    return _along_first_items(data)


@shape_of.mistake(
    zh="只比较了最外面一层的各行。更里面的行也可能不一样长：每一层都要比较。",
    en="Only the rows of the outermost level are compared. Rows further in may differ too: compare at every level.",
)
def outer_rows_only(data):
    shape = _along_first_items(data)
    if len(shape) > 1 and any(not _is_row(row) or len(row) != shape[1] for row in data):
        return None
    if len(shape) == 1 and any(_is_row(row) for row in data):
        return None
    return shape


@shape_of.mistake(
    zh="这是「行数和列数」，总是两个。形状有几个数，要看嵌套了几层。",
    en="These are the rows and columns, always two numbers. A shape has as many numbers as the data has levels.",
)
def rows_and_columns(data):
    return len(data), len(data[0])


@shape_of.mistake(
    zh="顺序倒了：最外层的长度在最前面。",
    en="Back to front: the length of the outermost level comes first.",
)
def inside_out(data):
    shape = _whole(data)
    return None if shape is None else shape[::-1]


def _whole(data, rows=(list, tuple)):
    """The right answer, for mistakes that go on from there; ``rows`` are the types that count as rows."""
    if not isinstance(data, rows):
        return ()
    inner = [_whole(item, rows) for item in data]
    if any(shape is None or shape != inner[0] for shape in inner):
        return None
    return (len(data), *(inner[0] if inner else ()))


@shape_of.mistake(
    zh="一个单独的数没有维：它的形状是 ()，不是 (1,)。(1,) 是装着一个数的列表。",
    en="A single number has no dimensions: its shape is (), and not (1,). (1,) is a list that holds one number.",
)
def number_as_a_list(data):
    return _whole(data) or (None if _whole(data) is None else (1,))


@shape_of.mistake(
    zh="空列表也有一维，长度是 0：[] 的形状是 (0,)，[[], []] 的是 (2, 0)。那一维不能丢掉。",
    en="An empty list has a dimension too, of length 0: the shape of [] is (0,), that of [[], []] is (2, 0). Keep it.",
)
def empty_lists_dropped(data):
    shape = _whole(data)
    return shape if shape is None else tuple(n for n in shape if n)


@shape_of.mistake(
    zh="元组和列表一样可以嵌套：(1, 2) 不是一个数，而是两个。",
    en="Tuples nest just as lists do: (1, 2) is not one number but two.",
)
def lists_only(data):
    return _whole(data, list)
