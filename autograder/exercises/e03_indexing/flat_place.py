"""3.1 From an index to a place in memory."""

from __future__ import annotations

import tidu
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths)
    if pick.outside == "no elements":
        need(pick.ndim >= 1 and pick.lengths == "distinct")
        at = draw.integer(0, pick.ndim - 1)
        return tuple(0 if i == at else n for i, n in enumerate(shape)), tuple(0 for _ in shape)
    # From three dimensions on no index is 0, so that every step counts.
    index = [draw.integer(int(n > 1 and pick.ndim >= 3), n - 1) for n in shape]
    if pick.sign != "plain":
        need(pick.ndim >= (2 if pick.sign == "some negative" else 1))
        some = draw.order(pick.ndim)[: draw.integer(1, pick.ndim - 1) if pick.sign == "some negative" else pick.ndim]
        for i in some:
            index[i] = -shape[i] if pick.sign == "most negative" else draw.integer(-shape[i], -1)
    if pick.outside != "none":
        need(pick.ndim >= 1)
        at = draw.integer(0, pick.ndim - 1)
        if pick.outside == "fits when flat":
            # too large for its dimension, and yet its flat place lies among the elements
            need(pick.ndim >= 2)
            index = [0] * pick.ndim
            at = draw.integer(1, pick.ndim - 1)
        past = 0 if pick.outside in ("one past", "fits when flat") else draw.integer(1, 3)
        index[at] = (
            -shape[at] - 1 - draw.integer(0, 2) * (not draw.readable)
            if pick.outside == "too small"
            else (shape[at] + past)
        )
    return shape, tuple(index)


def _reference(shape, index):
    count = 1
    for n in shape:
        count *= n
    try:
        return int(tidu.arange(count).reshape(shape)[index])
    except IndexError:
        return None


flat_place = Exercise(
    "flat_place",
    difficulty=1,
    importance=3,
    minutes=10,
    allow="python",
    reference=_reference,
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(2, 3, 1, 4), lengths=("distinct", "equal"), sign=("plain",), outside=("none",),
        ),
        Part("negative_index", 2, sign=("negative", "some negative", "most negative")),
        Part("outside", 2, outside=("one past", "too large", "too small", "fits when flat", "no elements")),
        Part("edge", 1, ndim=(0,), lengths=("one first", "one last", "ones")),
    ],
)  # fmt: skip


def _placed(shape, index, wrap=lambda i, n: i % n, inside=lambda i, n: -n <= i < n):
    if not all(inside(i, n) for i, n in zip(index, shape)):
        return None
    place = 0
    for i, n in zip(index, shape):
        place = place * n + wrap(i, n)
    return place


@flat_place.mistake(
    zh="这是按列存放（Fortran 序）的位置。PyTorch 按行存放：最后一个下标加 1，位置才加 1。",
    en="This is the place in column-major (Fortran) order. PyTorch stores by rows: it is the last index that moves "
    "the place by 1.",
)
def column_major(shape, index):
    return _placed(shape[::-1], index[::-1])


@flat_place.mistake(
    zh="走一行跨过的是一行的长度，也就是「后面」那一维的长度；你乘的是它自己的长度。",
    en="One step down passes over a whole row, so it is multiplied by the length of the dimension after it, not by "
    "its own.",
)
def own_length(shape, index):
    if _placed(shape, index) is None:
        return None
    place, step = 0, 1
    for i, n in zip(reversed(index), reversed(shape)):
        place += i % n * (step * n if step > 1 or n != shape[-1] or len(shape) == 1 else 1)
        step *= n
    return place


@flat_place.mistake(
    zh="沿某一维走一步，跨过的是它后面「所有」各维长度的乘积，不只是后面那一维的长度：三维以上就看得出差别。",
    en="One step along a dimension passes over the product of all lengths after it, not over the next length alone: "
    "from three dimensions on the two differ.",
)
def next_length_only(shape, index):
    if _placed(shape, index) is None:
        return None
    return sum(i % n * after for i, n, after in zip(index, shape, (*shape[1:], 1)))


@flat_place.mistake(
    zh="负的下标没有换算：-1 是最后一个，也就是 n - 1，要先加上这一维的长度。",
    en="Negative indices are taken as they are: -1 is the last one, n - 1; add the length of the dimension first.",
)
def negative_as_it_is(shape, index):
    return _placed(shape, index, wrap=lambda i, n: i)


@flat_place.mistake(
    zh="负的下标不是取绝对值：-1 是最后一个，不是第 1 个。",
    en="A negative index is not its absolute value: -1 is the last one, not number 1.",
)
def absolute(shape, index):
    return _placed(shape, index, wrap=lambda i, n: abs(i))


@flat_place.mistake(
    zh="-1 是最后一个，-n 是第 0 个；你把负的下标多移了一格。",
    en="-1 is the last one and -n is number 0; negative indices came out one place too far to the front.",
)
def one_off(shape, index):
    return _placed(shape, index, wrap=lambda i, n: i if i >= 0 else n + i - 1)


@flat_place.mistake(
    zh="超出范围的下标没有拦下来：取余数会让它绕回来，PyTorch 不绕，而是报错。这里要返回 None。",
    en="Indices out of range are not stopped: a remainder lets them wrap around, PyTorch does not. Return None there.",
)
def wraps_around(shape, index):
    return _placed(shape, index, wrap=lambda i, n: i % n if n else 0, inside=lambda i, n: True)


@flat_place.mistake(
    zh="每个下标要与它自己那一维的长度比：算出来的位置落在内存里，还不能说下标没有超出范围。",
    en="Compare each index with the length of its own dimension: that the place falls inside the memory does not make "
    "the index valid.",
)
def only_the_place_is_compared(shape, index):
    count, place = 1, 0
    for i, n in zip(index, shape):
        place = place * n + (i + n if i < 0 else i)
        count *= n
    return place if 0 <= place < count else None


@flat_place.mistake(
    zh="下标从 0 数起，最大的下标是 n - 1；n 已经超出范围。",
    en="Indices are counted from 0, so the largest is n - 1; n is out of range already.",
)
def length_is_inside(shape, index):
    return _placed(shape, index, wrap=lambda i, n: i + n if i < 0 else i, inside=lambda i, n: -n <= i <= n)


@flat_place.mistake(
    zh="-n 没有超出范围，它就是第 0 个；最小的下标是 -n，不是 -(n - 1)。",
    en="-n is not out of range, it is number 0: the smallest index is -n, not -(n - 1).",
)
def most_negative_refused(shape, index):
    return _placed(shape, index, inside=lambda i, n: -n < i < n)


@flat_place.mistake(
    zh="太小的下标也要拦：比 -n 还小就超出范围了。",
    en="Indices may be too small as well: below -n they are out of range.",
)
def too_small_let_through(shape, index):
    return _placed(shape, index, wrap=lambda i, n: i + n if i < 0 else i, inside=lambda i, n: i < n)
