"""1.3 The numbers of arange."""

from __future__ import annotations

import itertools
from math import ceil, floor

import tidu
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _numbers(start, end, step=1):
    floats = any(isinstance(value, float) for value in (start, end, step))
    try:
        return tidu.arange(start, end, step, dtype=tidu.float64 if floats else tidu.int64).tolist()
    except RuntimeError:
        return None


def _make(pick, draw: Draw) -> Args:
    up = 1 if pick.direction == "up" else -1
    if pick.decimals != "no":
        need(pick.ends == "a small rest" and pick.numbers == "floats" and up == 1 and pick.refused == "no")
        need(pick.stepping == "any" and pick.how_many == "several")
        return _decimal(draw, pick.decimals)
    count = {"several": draw.integer(2, 5), "one": 1, "empty": 0}[pick.how_many]
    step, rest = _step(pick, draw)
    distance = (count - 1) * step + rest if count else 0
    # Halves and quarters are exact, so that the number of steps is not in doubt.
    start = draw.integer(-5, 5) + (0.25 if pick.numbers == "floats" else 0.5 if pick.numbers == "start a float" else 0)
    end, step = start + up * distance, up * step
    if pick.numbers == "step a float":
        need(end == int(end))
        end, step = int(end), float(step)
    elif pick.numbers == "start a float":
        need(end == int(end))
        end = int(end)
    elif pick.numbers == "floats":
        step = float(step)
    if pick.refused == "wrong way":
        need(end != start)
        start, end = end, start
    elif pick.refused == "barely the wrong way":
        need(pick.numbers == "floats" and pick.how_many == "one" and pick.ends == "a small rest")
        start, end = end, start
    elif pick.refused == "step 0":
        step *= 0
    if pick.stepping == "omitted":
        need(up == 1 and pick.refused != "step 0" and pick.numbers != "step a float")
        return start, end
    return start, end, step


def _step(pick, draw: Draw) -> tuple[float, float]:
    """A step, and how far it is from the last number to ``end``: the whole step, or less or more than half of it."""
    choices: list[tuple[float, float, float]]
    if pick.numbers == "ints":
        choices = [(3, 1, 2), (5, 1, 4), (5, 2, 3), (4, 1, 3)]
    elif pick.numbers == "floats":
        choices = [(0.75, 0.25, 0.5), (1.25, 0.5, 0.75), (1.75, 0.5, 1.0), (2.25, 0.25, 1.75)]
    elif pick.numbers == "step a float":
        choices = [(1.5, 0.5, 1.0), (2.5, 0.5, 1.5), (2.5, 1.0, 2.0), (3.5, 1.5, 2.0)]
    else:
        choices = [(3, 0.5, 2.5), (5, 1.5, 3.5), (5, 0.5, 4.5)]
    step, small, large = draw.one_of(choices)
    if pick.stepping != "any":
        need(pick.numbers != "step a float")
        step, small, large = 1, 0.25, 0.75
        need(pick.numbers == "floats" or pick.ends == "on the grid")
    need(pick.ends != "on the grid" or pick.numbers not in ("start a float", "end a float"))
    return step, {"a small rest": small, "a large rest": large, "on the grid": step}[pick.ends]


def _decimal(draw: Draw, kind: str) -> Args:
    """Decimals where the length is a matter of rounding, one way or another."""
    found = []
    few, many = range(3, 7), range(7, 13)
    lengths = few if kind in ("one more", "division apart") else many
    for first, tenths, count in itertools.product(range(13), range(1, 5), lengths):
        start, step, end = first / 10, tenths / 10, (first + count * tenths) / 10
        quotient, floored = (end - start) / step, -(-(end - start) // step)
        if kind.startswith("one more"):
            fits = quotient > count and start + count * step >= end
        elif kind.startswith("division apart"):
            fits = quotient == count != floored and start + count * step >= end
        else:
            fits = quotient == count == floored != _steps_added(start, end, step)
        if fits:
            found.append((start, end, step))
    return draw.one_of(found)


def _steps_added(start: float, end: float, step: float) -> int:
    """How many numbers there are when each is the one before plus the step."""
    count = 0
    while start < end:
        start, count = start + step, count + 1
    return count


arange_list = Exercise(
    "arange_list",
    difficulty=2,
    importance=3,
    minutes=15,
    allow="python",
    reference=_numbers,
    make=_make,
    parts=[
        Part(
            "values", 3,
            numbers=("ints", "floats"), ends=("a small rest", "a large rest", "on the grid"), direction=("up",),
            how_many=("several",), stepping=("any", "one"), decimals=("no",), refused=("no",),
        ),
        Part("down", 2, direction=("down",)),
        Part("types", 1, numbers=("start a float", "end a float", "step a float")),
        Part(
            "decimals", 2,
            decimals=("one more", "one more of many", "division apart", "division apart, long", "adding drifts"),
        ),
        Part("edge", 1, how_many=("one", "empty"), stepping=("omitted",)),
        Part("impossible", 1, refused=("wrong way", "barely the wrong way", "step 0")),
    ],
)  # fmt: skip


def _listed(start, step, count):
    return [start + i * step for i in range(count)]


@arange_list.mistake(
    zh="end 不包括在内：arange 到 end 之前为止。",
    en="end is not included: arange stops before it.",
)
def end_included(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    return _listed(start, step, floor((end - start) / step) + 1)


@arange_list.mistake(
    zh="长度向下取整了：最后不满一步的那一段，也还有一个数。要向上取整。",
    en="The length is rounded down, but where the last step would be cut short there is still one more number. "
    "Round up.",
)
def rounded_down(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    return _listed(start, step, floor((end - start) / step))


@arange_list.mistake(
    zh="四舍五入得不到长度：不满一步，不管有多短，都还有一个数。要向上取整。",
    en="Rounding to the nearest does not give the length: however short the last step is, there is one more number. "
    "Round up.",
)
def rounded(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    return _listed(start, step, int((end - start) / step + 0.5))


@arange_list.mistake(
    zh="一步一步加上去，舍入误差越积越多，长度会差一个。先算长度，再用 start + i * step 算每个数。",
    en="Adding step by step piles up rounding errors, until the length is off by one. Compute the length first, then "
    "each number as start + i * step.",
)
def adds_up(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    found, value = [], start
    while (value < end) if step > 0 else (value > end):
        found.append(value)
        value += step
    return found


@arange_list.mistake(
    zh="数学上的长度是对的，PyTorch 的却是用浮点数算出来的：(1.3 - 1.0) / 0.1 略大于 3，所以有 4 个数。",
    en="As mathematics the length is right, but PyTorch computes it with floats: (1.3 - 1.0) / 0.1 is a little more "
    "than 3, so there are 4 numbers.",
)
def exact_length(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    return _listed(start, step, ceil(round((end - start) / step, 6)))


@arange_list.mistake(
    zh="`//` 不是先除再取整：它用精确的商，而 `/` 的商已经舍入过了，两者会差一个。PyTorch 先用 `/`，再向上取整。",
    en="`//` does not divide and then round: it works on the exact quotient, while that of `/` has been rounded, "
    "and the two may differ by one. PyTorch divides with `/` and rounds up then.",
)
def floor_division(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    return _listed(start, step, int(-(-(end - start) // step)))


@arange_list.mistake(
    zh="step 是负数时要往下数：停在 end 之前，是指还大于 end。",
    en="With a negative step it counts down, and stopping before end means while still above it.",
)
def only_up(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    return _listed(start, step, ceil((end - start) / step)) if step > 0 else []


@arange_list.mistake(
    zh="三个参数都是整数时，结果也是整数（int64），不是浮点数。",
    en="With three ints the result is ints (int64), not floats.",
)
def always_floats(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    return _listed(float(start), float(step), ceil((end - start) / step))


@arange_list.mistake(
    zh="结果的类型由三个参数一起决定：start 是整数，step 是小数，各数仍是小数，不能砍成整数。",
    en="The three together decide the type: with an int to start at and a float step the numbers are floats, and "
    "are not cut to ints.",
)
def type_of_start(start, end, step=1):
    if not step or (end - start) * step < 0:
        return None
    return [type(start)(start + i * step) for i in range(ceil((end - start) / step))]


@arange_list.mistake(
    zh="方向不对时，Python 的 range 给空的，PyTorch 则报错：这里应返回 None。",
    en="Where the direction is wrong, Python's range is empty and PyTorch raises an error: return None here.",
)
def empty_the_wrong_way(start, end, step=1):
    if not step:
        return None
    return [start + i * step for i in range(max(ceil((end - start) / step), 0))]


@arange_list.mistake(
    zh="做不到的两种情形（step 为 0，方向不对）在 PyTorch 里都是报错，不是空的结果：这里都应返回 None。",
    en="Both cases that cannot be, a step of 0 and the wrong direction, are errors in PyTorch and not empty results: "
    "return None for each.",
)
def empty_where_it_cannot_be(start, end, step=1):
    if not step or (end - start) * step < 0:
        return []
    return _listed(start, step, ceil((end - start) / step))


@arange_list.mistake(
    zh="做不到的情形没有先挑出来：step 为 0 时除法出错，方向不对时得到空的列表。两种都应返回 None。",
    en="What cannot be is not picked out first: a step of 0 breaks the division, the wrong direction gives an empty "
    "list. Return None for both.",
)
def nothing_refused(start, end, step=1):
    return [start + i * step for i in range(ceil((end - start) / step))]


@arange_list.mistake(
    zh="end 比 start 小，不一定做不到：step 是负数时正是往下数。要看的是 end - start 与 step 的符号合不合。",
    en="An end below the start is not refused by itself: with a negative step that is counting down. What matters is "
    "whether end - start and step have the same sign.",
)
def down_refused(start, end, step=1):
    if not step or end < start:
        return None
    return _listed(start, step, ceil((end - start) / step)) if step > 0 else None
