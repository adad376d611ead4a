"""4.5 Which neighbouring dimensions merge."""

from __future__ import annotations

from autograder.exercises.e04_views.geometry import laid_out
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _runs(shape, stride):
    """The runs of dimensions that merge, as the library's own ``view`` says of each pair of neighbours."""
    runs: list[tuple[int, int]] = []
    for n, s in zip(shape, stride):
        if n == 1:
            continue
        try:
            merged = laid_out((runs[-1][0], n), (runs[-1][1], s)).view(-1) if runs else None
        except RuntimeError:
            merged = None
        if merged is None:
            runs.append((n, s))
        else:
            runs[-1] = (merged.shape[0], merged.stride(0))
    return tuple(runs)


def make_geometry(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths)
    if pick.stride.startswith("partly"):
        need(pick.ndim >= 3)
        stride = draw.stride(shape, pick.stride.replace("partly", "gap"))
    elif pick.stride == "all zero":
        need(pick.ndim >= 2)
        stride = (0,) * pick.ndim
    else:
        stride = draw.stride(shape, pick.stride)
    if pick.at_one == "any":
        need(1 in shape)
        stride = tuple(draw.one_of([0, 7, 9, 11]) if n == 1 else s for n, s in zip(shape, stride))
    return shape, stride


merge_runs = Exercise(
    "merge_runs",
    difficulty=3,
    importance=3,
    minutes=15,
    allow="python",
    reference=_runs,
    make=make_geometry,
    parts=[
        Part(
            "values",
            3,
            ndim=(2, 3, 4, 1),
            stride=("dense", "partly first", "partly last", "permuted", "last in place"),
            at_one=("plain",),
            lengths=("distinct", "equal"),
        ),
        Part(
            "sparse",
            2,
            stride=(
                "stepped last",
                "stepped first",
                "broadcast first",
                "broadcast last",
                "two zeros",
                "all zero",
                "one too many",
                "nearly dense",
                "any",
            ),
        ),
        Part("length_one", 1, lengths=("one between", "one first", "one last", "two ones", "ones"), at_one=("any",)),
        Part("edge", 1, ndim=(0,)),
    ],
)


def _merged(shape, stride, joins, ones=False):
    """Runs by another rule: ``joins(run, n, s)`` says whether the dimension goes to the run on its left."""
    runs: list[tuple[int, int]] = []
    for n, s in zip(shape, stride):
        if n == 1 and not ones:
            continue
        if runs and joins(runs[-1], n, s):
            runs[-1] = (runs[-1][0] * n, s)
        else:
            runs.append((n, s))
    return tuple(runs)


@merge_runs.mistake(
    zh="步幅递减不等于能合并：左边的步幅必须正好等于右边的长度乘右边的步幅。",
    en="Decreasing strides do not make dimensions merge: the stride on the left has to be exactly the length times "
    "the stride on its right.",
)
def decreasing(shape, stride):
    return _merged(shape, stride, lambda run, n, s: run[1] >= s)


@merge_runs.mistake(
    zh="合并时要看的是右边的步幅，不能假定它是 1：隔一个取一个的内存也能合并。",
    en="The stride on the right counts too; it need not be 1. Memory that takes every second element merges as well.",
)
def right_stride_taken_as_one(shape, stride):
    return _merged(shape, stride, lambda run, n, s: run[1] == n)


@merge_runs.mistake(
    zh="合并之后，这一段的步幅是最右边那一维的步幅（走一小步），不是最左边的。",
    en="A merged run steps as its rightmost dimension does, by the small stride, not by the large one on the left.",
)
def keeps_the_left_stride(shape, stride):
    runs: list[tuple[int, int, int]] = []
    for n, s in zip(shape, stride):
        if n != 1 and runs and runs[-1][2] == n * s:
            runs[-1] = (runs[-1][0] * n, runs[-1][1], s)
        elif n != 1:
            runs.append((n, s, s))
    return tuple((n, left) for n, left, _ in runs)


@merge_runs.mistake(
    zh="并进来以后，这一段的步幅要换成新来那一维的。你留着左边的，下一次比较用的也就是它，本来接得上的就接不上了。",
    en="When a dimension joins, the run takes over its stride. Here the left one stays, so the next comparison is made "
    "with it, and what would merge does not.",
)
def compares_with_the_left_stride(shape, stride):
    runs: list[tuple[int, int]] = []
    for n, s in zip(shape, stride):
        if n == 1:
            continue
        if runs and runs[-1][1] == n * s:
            runs[-1] = (runs[-1][0] * n, runs[-1][1])
        else:
            runs.append((n, s))
    return tuple(runs)


@merge_runs.mistake(
    zh="从左边两维两维地合并，合好一对就放到一边了：它还可能和右边的一维再合并。",
    en="This merges two and two from the left and puts each pair aside, but a pair may merge with the dimension on its "
    "right once more.",
)
def pairs_from_the_left(shape, stride):
    kept = [(n, s) for n, s in zip(shape, stride) if n != 1]
    runs: list[tuple[int, int]] = []
    while kept:
        n, s = kept.pop(0)
        if kept and s == kept[0][0] * kept[0][1]:
            m, s = kept.pop(0)
            n *= m
        runs.append((n, s))
    return tuple(runs)


@merge_runs.mistake(
    zh="左边的步幅比右边的大，只说明元素没有倒着排；要合并，它必须正好等于右边的长度乘右边的步幅。",
    en="A left stride above the right one says only that the order is not reversed. To merge, it has to be exactly the "
    "length times the stride on the right.",
)
def strictly_decreasing(shape, stride):
    return _merged(shape, stride, lambda run, n, s: run[1] > s)


@merge_runs.mistake(
    zh="长度为 1 的维步幅用不上，先去掉，不要让它挡在两维中间，也不要列进结果。",
    en="A dimension of length 1 never uses its stride: drop it first, so that it neither stands between two others nor "
    "appears in the result.",
)
def ones_kept(shape, stride):
    return _merged(shape, stride, lambda run, n, s: run[1] == n * s, ones=True)


@merge_runs.mistake(
    zh="结果从左到右排列；你从最右边一维开始收集，最后要倒过来。",
    en="The runs go from left to right; collected from the last dimension, they have to be turned around at the end.",
)
def back_to_front(shape, stride):
    return _merged(shape, stride, lambda run, n, s: run[1] == n * s)[::-1]


@merge_runs.mistake(
    zh="只看了相邻的一对就停了：能一直合并下去的，要一直合并。",
    en="This stops after one pair: whatever merges on has to go on merging.",
)
def pairs_only(shape, stride):
    kept = [(n, s) for n, s in zip(shape, stride) if n != 1]
    runs: list[tuple[int, int]] = []
    while kept:
        n, s = kept.pop()
        if kept and kept[-1][1] == n * s:
            n *= kept.pop()[0]
        runs.insert(0, (n, s))
    return tuple(runs)
