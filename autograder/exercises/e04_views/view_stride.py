"""4.6 The rule of view."""

from __future__ import annotations

from math import prod

from autograder.exercises.borrowed import merge_runs
from autograder.exercises.e04_views.geometry import laid_out
from autograder.exercises.e04_views.merge_runs import make_geometry
from autograder.judging.draw import Args, Draw, need, row_major
from autograder.judging.exercise import Exercise, Part


def _viewed(shape, stride, new_shape):
    try:
        return tuple(laid_out(shape, stride).view(new_shape).stride())
    except RuntimeError:
        return None


def _factors(n: int) -> list[int]:
    """4 is 2 · 2; 2, 3 and 5 stay."""
    return [2, 2] if n == 4 else [n] if n > 1 else []


def _make(pick, draw: Draw) -> Args:
    shape, stride = make_geometry(pick, draw)
    kept = [n for n in shape if n != 1]
    if pick.new == "unchanged":
        return shape, stride, tuple(kept)
    if pick.new == "flat":
        return shape, stride, (prod(kept),) if kept else ()
    if pick.new == "merged":
        need(len(kept) >= 2)
        at = draw.integer(0, len(kept) - 2)
        return shape, stride, (*kept[:at], kept[at] * kept[at + 1], *kept[at + 2 :])
    factors = [p for n in kept for p in _factors(n)]
    if pick.new == "split":
        need(len(factors) > len(kept))
        return shape, stride, tuple(factors)
    need(len(factors) >= 2)
    if pick.new == "shuffled":
        factors = [factors[i] for i in draw.order(len(factors))]
    at = draw.integer(1, len(factors) - 1)
    return shape, stride, (prod(factors[:at]), *factors[at:])


view_stride = Exercise(
    "view_stride",
    difficulty=4,
    importance=3,
    minutes=20,
    allow="python",
    uses=[merge_runs],
    reference=_viewed,
    make=_make,
    parts=[
        Part(
            "values",
            3,
            new=("flat", "merged", "split", "regrouped", "unchanged"),
            ndim=(2, 3, 1, 4),
            lengths=("distinct", "equal"),
            stride=("dense", "permuted", "last in place"),
            at_one=("plain",),
        ),
        Part("sparse", 3, stride=("stepped last", "stepped first", "broadcast first", "broadcast last", "all zero")),
        Part("partly", 2, stride=("partly first", "partly last", "one too many", "nearly dense"), new=("shuffled",)),
        Part("length_one", 1, lengths=("one between", "one first", "one last", "two ones", "ones"), at_one=("any",)),
        Part("edge", 1, ndim=(0,)),
    ],
)


@view_stride.mistake(
    zh="你直接给出了新形状的连续步幅。内存并不总是连续的：不能合并时 `view` 应当拒绝（返回 None），"
    "能合并时也要带上最里面那一维的步幅。",
    en="These are the contiguous strides of the new shape. The memory need not be contiguous: where dimensions do not "
    "merge, `view` refuses (return None), and where they do, the innermost stride carries over.",
)
def always_possible(shape, stride, new_shape):
    return row_major(new_shape)


@view_stride.mistake(
    zh="`view` 不要求整个张量连续，只要求被合并的那些维彼此接得上。不连续的张量也常常可以用它。",
    en="`view` does not need the whole tensor contiguous. It only requires that merged dimensions follow on, so it "
    "often works on a tensor that is not contiguous.",
)
def only_if_contiguous(shape, stride, new_shape):
    dense = row_major(shape)
    return row_major(new_shape) if all(n == 1 or s == d for n, s, d in zip(shape, stride, dense)) else None


def _dealt(runs, new_shape, base=True):
    """Deal the new dimensions out to the runs from the right; ``base`` False forgets the stride of the run."""
    new = list(new_shape)
    found: list[int] = []
    for count, step in reversed(runs):
        filled = 1
        while new and filled < count:
            found.insert(0, filled * (step if base else 1))
            filled *= new.pop()
        if filled != count:
            return None
    return tuple(found)


@view_stride.mistake(
    zh="合并前没有比较步幅：左边的步幅必须等于右边的长度乘右边的步幅，中间有空隙就不能合并。",
    en="Strides were not compared before merging: the left stride has to be the length times the stride on its right, "
    "and a gap between them keeps them apart.",
)
def gaps_ignored(shape, stride, new_shape):
    kept = [(n, s) for n, s in zip(shape, stride) if n != 1]
    return _dealt([(prod(n for n, _ in kept), kept[-1][1])] if kept else [], new_shape)


@view_stride.mistake(
    zh="能不能拆分判断对了，但步幅没有乘上这一段原来最小的步幅：跳步的内存，新步幅也要跳。",
    en="Where it splits is right, but the new strides lack the smallest stride that the run had: memory with steps "
    "keeps its steps.",
)
def base_forgotten(shape, stride, new_shape):
    return _dealt(merge_runs(shape, stride), new_shape, base=False)


@view_stride.mistake(
    zh="长度为 1 的维步幅用不上，不能让它挡住两维的合并：先把它们去掉。",
    en="A dimension of length 1 never uses its stride and must not keep two others from merging: drop it first.",
)
def ones_in_the_way(shape, stride, new_shape):
    runs: list[tuple[int, int]] = []
    for n, s in zip(shape, stride):
        if runs and runs[-1][1] == n * s:
            runs[-1] = (runs[-1][0] * n, s)
        else:
            runs.append((n, s))
    return _dealt(runs, new_shape)


@view_stride.mistake(
    zh="每一维可以单独拆开，但相邻的维接得上时也可以合并：`view` 不是只能拆。",
    en="Each dimension may be split by itself, but neighbours that follow on from each other also merge: `view` does "
    "more than split.",
)
def never_merges(shape, stride, new_shape):
    return _dealt([(n, s) for n, s in zip(shape, stride) if n != 1], new_shape)


@view_stride.mistake(
    zh="新的一维跨过了两段的边界：一段分到的长度乘起来必须恰好等于这一段的长度，超过了就返回 None。",
    en="A new dimension reaches across the border of two runs: the lengths dealt to a run have to multiply to exactly "
    "its length, and where they go beyond, return None.",
)
def across_borders(shape, stride, new_shape):
    new = list(new_shape)
    found: list[int] = []
    for count, step in reversed(merge_runs(shape, stride)):
        dealt = 1
        while new and dealt < count:
            found.insert(0, dealt * step)
            dealt *= new.pop()
    return tuple(found)


@view_stride.mistake(
    zh="步幅递减不等于接得上：合并之前，左边的步幅必须正好等于右边的长度乘右边的步幅。",
    en="Decreasing strides do not yet follow on from each other: to merge, the left one has to be exactly the length "
    "times the stride on its right.",
)
def decreasing_is_enough(shape, stride, new_shape):
    runs: list[tuple[int, int]] = []
    for n, s in zip(shape, stride):
        if n == 1:
            continue
        if runs and runs[-1][1] >= s:
            runs[-1] = (runs[-1][0] * n, s)
        else:
            runs.append((n, s))
    return _dealt(runs, new_shape)
