"""1.4 The numbers of linspace."""

from __future__ import annotations

import tidu
from autograder.judging.draw import Args, Draw
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    start: float = draw.integer(-6, 6)
    apart = {"up": draw.integer(1, 9), "down": -draw.integer(1, 9), "none": 0}[pick.direction]
    steps = {"several": draw.integer(3, 5 if draw.readable else 7), "two": 2, "one": 1, "zero": 0}[pick.steps]
    if pick.numbers == "ints":
        return start, start + apart, steps
    start += draw.integer(1, 3) / 4
    return start, start + apart * 1.25, steps


linspace_list = Exercise(
    "linspace_list",
    difficulty=1,
    importance=3,
    minutes=10,
    allow="python",
    reference=lambda start, end, steps: tidu.linspace(start, end, steps, dtype=tidu.float64).tolist(),
    make=_make,
    parts=[
        Part(
            "values", 3,
            steps=("several", "two"), direction=("up", "down"), numbers=("ints", "floats"),
        ),
        Part("one", 2, steps=("one",)),
        Part("edge", 1, steps=("zero",), direction=("none",)),
    ],
)  # fmt: skip


def _spaced(start, end, steps, gaps):
    return [start + i * (end - start) / gaps for i in range(steps)]


@linspace_list.mistake(
    zh="多算了一个间隔：5 个数之间只有 4 个间隔，要除以 steps - 1。",
    en="One gap too many: between 5 numbers there are only 4 gaps, so divide by steps - 1.",
)
def one_gap_too_many(start, end, steps):
    return _spaced(start, end, steps, steps)


@linspace_list.mistake(
    zh="end 也包括在内：linspace 的最后一个数就是 end，这与 arange 不同。",
    en="end is included: the last number of linspace is end, unlike arange.",
)
def without_the_end(start, end, steps):
    return _spaced(start, end, max(steps - 1, 0), max(steps - 1, 1))


@linspace_list.mistake(
    zh="steps 是「几个数」，不是「几段」：数的个数应当恰好是 steps。",
    en="steps is how many numbers there are, not how many gaps: there are exactly steps numbers.",
)
def steps_as_gaps(start, end, steps):
    return _spaced(start, end, steps + 1, steps or 1)


@linspace_list.mistake(
    zh="steps 不是每一步的大小，而是数的个数。",
    en="steps is not the size of a step but how many numbers there are.",
)
def steps_as_size(start, end, steps):
    found: list[float] = []
    while steps and len(found) < 40 and start + len(found) * steps <= end:
        found.append(start + len(found) * steps)
    return found


@linspace_list.mistake(
    zh="只有一个数时，这个数是 start，不是 end。",
    en="When there is a single number it is start, not end.",
)
def one_is_the_end(start, end, steps):
    return [end] if steps == 1 else _spaced(start, end, steps, max(steps - 1, 1))


@linspace_list.mistake(
    zh="只有一个数时，这个数是 start，不是正中间。",
    en="When there is a single number it is start, not the middle.",
)
def one_is_the_middle(start, end, steps):
    return [(start + end) / 2] if steps == 1 else _spaced(start, end, steps, max(steps - 1, 1))


@linspace_list.mistake(
    zh="间隔取整了：`//` 丢掉了小数部分。linspace 的数是浮点数，start 和 end 是整数时也一样。",
    en="The gap is rounded: `//` drops the fraction. The numbers of linspace are floats, even where start and end are "
    "ints.",
)
def whole_gaps(start, end, steps):
    return [start + i * ((end - start) // max(steps - 1, 1)) for i in range(steps)]
