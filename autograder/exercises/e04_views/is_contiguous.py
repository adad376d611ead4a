"""4.4 Whether a tensor is contiguous."""

from __future__ import annotations

import itertools
from math import prod

from autograder.exercises.borrowed import contiguous_strides
from autograder.exercises.e04_views.geometry import laid_out
from autograder.judging.draw import Args, Draw, need, row_major
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths)
    stride = list(draw.stride(shape, pick.stride))
    if pick.at_one == "any":
        need(1 in shape)
        stride = [draw.one_of([0, 7, 9, 11]) if n == 1 else s for n, s in zip(shape, stride)]
    return shape, tuple(stride)


is_contiguous = Exercise(
    "is_contiguous",
    difficulty=2,
    importance=3,
    minutes=12,
    allow="python",
    uses=[contiguous_strides],
    reference=lambda shape, stride: laid_out(shape, stride).is_contiguous(),
    make=_make,
    parts=[
        Part(
            "values",
            3,
            ndim=(2, 3, 1, 4),
            lengths=("distinct", "equal", "two equal"),
            at_one=("plain",),
            stride=(
                "dense",
                "permuted",
                "transposed",
                "last in place",
                "stepped first",
                "stepped last",
                "gap first",
                "gap last",
                "broadcast",
                "compensating",
                "one too many",
                "wrong middle",
                "nearly dense",
                "any",
            ),
        ),
        Part("length_one", 2, lengths=("one between", "one first", "one last", "two ones", "ones"), at_one=("any",)),
        Part("edge", 1, ndim=(0,), lengths=("zero first", "zero between", "zero last", "zeros")),
    ],
)


@is_contiguous.mistake(
    zh="长度为 1 的维，步幅用不上（永远只取第 0 个），写成多少都可以。",
    en="The stride of a dimension of length 1 is never used (only index 0 exists), so it may have any value.",
)
def minds_length_one(shape, stride):
    return 0 in shape or tuple(stride) == row_major(shape)


@is_contiguous.mistake(
    zh="只看最后一维的步幅不够：每一行内部连着，行与行之间可能有空隙。",
    en="The last stride alone is not enough: each row may be dense while there are gaps between the rows.",
)
def last_stride_only(shape, stride):
    return len(shape) == 0 or 0 in shape or shape[-1] == 1 or stride[-1] == 1


@is_contiguous.mistake(
    zh="步幅递减不等于连续：还要每一步恰好跨过后面所有的元素，不多不少。",
    en="Decreasing strides are not yet contiguous: each has to step over exactly the elements after it, no more "
    "and no fewer.",
)
def decreasing_strides(shape, stride):
    steps = [s for n, s in zip(shape, stride) if n != 1]
    return 0 in shape or all(a >= b for a, b in itertools.pairwise(steps))


@is_contiguous.mistake(
    zh="内存里没有空隙，还不能说连续：元素的先后也要与行优先的次序相同。转置后的张量就没有空隙。",
    en="Memory without gaps is not yet contiguous: the elements must also come in row-major order. A transposed "
    "tensor has no gaps.",
)
def no_gaps(shape, stride):
    return 0 in shape or 1 + sum((n - 1) * s for n, s in zip(shape, stride)) == prod(shape)


@is_contiguous.mistake(
    zh="没有元素的张量总是连续的，步幅是多少都一样。",
    en="A tensor without elements is always contiguous, whatever its strides.",
)
def empty_forgotten(shape, stride):
    dense = row_major(shape)
    return all(n == 1 or s == d for n, s, d in zip(shape, stride, dense))


@is_contiguous.mistake(
    zh="只比较了相邻两维，漏了最后一维：它的步幅还必须是 1。",
    en="Neighbouring dimensions are compared, the last one is not: its stride has to be 1 as well.",
)
def last_stride_free(shape, stride):
    kept = [(n, s) for n, s in zip(shape, stride) if n != 1]
    return 0 in shape or all(a[1] == b[0] * b[1] for a, b in itertools.pairwise(kept))


@is_contiguous.mistake(
    zh="有长度为 0 的维时，一路乘下来的 step 变成了 0，前面各维就都对不上了。没有元素的张量总是连续的，先把它挑出来。",
    en="With a dimension of length 0 the step that is multiplied on becomes 0, and no dimension before it matches any "
    "more. A tensor without elements is always contiguous: pick it out first.",
)
def zero_stops_the_steps(shape, stride):
    step = 1
    for n, s in zip(reversed(shape), reversed(stride)):
        if n != 1 and s != step:
            return False
        step *= n
    return True


@is_contiguous.mistake(
    zh="步幅从大到小排着、最后一个是 1，还不能说连续：中间可以有空隙，也可以重叠。每一步要恰好跨过后面所有的元素。",
    en="Strides that fall and end in 1 are not yet contiguous: there may be gaps between, or elements read twice. Each "
    "step has to pass over exactly the elements after it.",
)
def falling_to_one(shape, stride):
    steps = [s for n, s in zip(shape, stride) if n != 1]
    return 0 in shape or steps[-1:] in ([], [1]) and all(a >= b for a, b in itertools.pairwise(steps))
