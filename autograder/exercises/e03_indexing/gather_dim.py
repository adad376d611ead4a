"""3.5 Gather along a dimension."""

from __future__ import annotations

import numpy as np

import tidu
from autograder.exercises.e08_jvp.tensors import tensor
from autograder.judging.draw import LAYOUTS, Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def dimension(pick) -> tuple[int, int]:
    """The dimension that a class means, counted from the first, and as it is passed."""
    last = pick.ndim - 1
    at = {"first": 0, "last": last, "middle": 1, "negative": last, "most negative": 0}[pick.dim]
    need(pick.dim != "middle" or pick.ndim >= 3)
    need(pick.dim != "last" or pick.ndim >= 2)
    return at, at - pick.ndim if "negative" in pick.dim else at


def smaller(pick, draw: Draw, full: list[int], dim: int) -> list[int]:
    """``full`` with other dimensions than ``dim`` shortened, as the class says."""
    others = [i for i in range(len(full)) if i != dim]
    if pick.others != "same":
        need(len(others) >= (2 if pick.others == "all shorter" else 1))
        for i in others if pick.others == "all shorter" else [draw.one_of(others)]:
            full[i] = draw.integer(1, full[i] - 1)
    return full


def _make(pick, draw: Draw) -> Args:
    dim, passed = dimension(pick)
    shape = list(draw.shape(pick.ndim, "equal" if pick.lengths == "equal" else "distinct"))
    if pick.lengths in ("one along dim", "one elsewhere"):
        need(pick.lengths == "one along dim" or pick.ndim >= 2)
        at = dim if pick.lengths == "one along dim" else draw.one_of([i for i in range(pick.ndim) if i != dim])
        need(pick.others == "same" or at == dim)
        shape[at] = 1
    want = smaller(pick, draw, list(shape), dim)
    want[dim] = {"same": shape[dim], "longer": shape[dim] + draw.integer(1, 2), "shorter": 1, "zero": 0}[pick.along]
    need(pick.along != "shorter" or shape[dim] > 1)
    index = np.array(draw.rng.integers(0, shape[dim], tuple(want)))
    if index.size > 1 and shape[dim] > 1 and np.all(index == index.flat[0]):
        index.flat[0] = (index.flat[0] + 1) % shape[dim]
    return draw.array(tuple(shape), "plain", pick.layout, pick.dtype), passed, draw.lay_out(index, pick.layout, "int64")


gather_dim = Exercise(
    "gather_dim",
    difficulty=2,
    importance=3,
    minutes=12,
    units=10,
    forbid=("take_along_axis", "put_along_axis", "choose"),
    reference=lambda x, dim, index: tidu.gather(tensor(x), dim, tensor(index)).numpy(),
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(2, 1, 3), dim=("first", "last", "middle"), along=("same", "longer", "shorter"),
            lengths=("distinct", "equal"), others=("same",), layout=("dense",), dtype=("float64",),
        ),
        Part("negative", 1, dim=("negative", "most negative")),
        Part("smaller", 2, others=("one shorter", "all shorter")),
        Part("edge", 1, along=("zero",), lengths=("one along dim", "one elsewhere")),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)  # fmt: skip


def gathered(x, dim, index):
    grid = list(np.indices(index.shape))
    grid[dim] = index
    return x[tuple(grid)]


@gather_dim.mistake(
    zh="dim 没有用上，总是沿第 0 维取。",
    en="dim is not used: this always takes along dimension 0.",
)
def always_first(x, dim, index):
    return gathered(x, 0, index)


@gather_dim.mistake(
    zh="dim 没有用上，总是沿最后一维取。",
    en="dim is not used: this always takes along the last dimension.",
)
def always_last(x, dim, index):
    return gathered(x, -1, index)


@gather_dim.mistake(
    zh="方向反了：结果的第 [i, j] 个要从 index 所说的地方取来，你把 x 的第 [i, j] 个送去了那里（那是 scatter）。",
    en="The other way round: element [i, j] of the result is fetched from where index says; here element [i, j] of x "
    "was sent there, which is scatter.",
)
def scattered(x, dim, index):
    result = np.zeros(index.shape, x.dtype)
    for at in np.ndindex(index.shape):
        target = list(at)
        target[dim] = index[at]
        result[tuple(target)] = x[at]
    return result


@gather_dim.mistake(
    zh="这是 `x[index]`：沿第 0 维整块整块地取，维数会变多。gather 每个下标只取一个元素，结果的形状与 index 相同。",
    en="That is `x[index]`, which takes whole slices along dimension 0 and adds dimensions. gather takes one element "
    "for each index, and its result has the shape of index.",
)
def plain_indexing(x, dim, index):
    return x[index]


@gather_dim.mistake(
    zh="这是 index_select（np.take）：沿 dim 整条整条地取。gather 的每个位置各有自己的下标。",
    en="That is index_select (np.take), which takes whole slices along dim. In gather every place has an index of its "
    "own.",
)
def whole_slices(x, dim, index):
    first = np.moveaxis(index, dim, 0).reshape(index.shape[dim], -1)[:, :1].ravel()
    taken = np.take(x, first, axis=dim)
    return taken[tuple(slice(n) for n in index.shape)]


@gather_dim.mistake(
    zh="下标当成了在内存里的位置（那是 take）：index 说的是沿 dim 的第几个。",
    en="The indices are taken for places in memory, which is `take`: index says how far to go along dim.",
)
def flat_places(x, dim, index):
    return x.reshape(-1)[index]


@gather_dim.mistake(
    zh="dim 是负数时，没有哪一维的编号等于它：先加上维数，-1 就是最后一维。",
    en="No dimension has a negative number, so a negative dim matches none: add the number of dimensions first, and -1 "
    "is the last.",
)
def negative_matches_none(x, dim, index):
    result = np.zeros(index.shape, x.dtype)
    for at in np.ndindex(index.shape):
        result[at] = x[tuple(index[at] if d == dim else at[d] for d in range(x.ndim))]
    return result


@gather_dim.mistake(
    zh="index 在别的维上可以比 x 短：只走到 index 那么长，结果的形状是 index 的，不是 x 的。",
    en="In the other dimensions index may be shorter than x: go as far as index goes, for the result has its shape, "
    "not that of x.",
)
def stretched_to_x(x, dim, index):
    full = list(x.shape)
    full[dim] = index.shape[dim]
    return gathered(x, dim, np.resize(index, full))


@gather_dim.mistake(
    zh="np.take(x, index, axis=dim) 把 index 的每个数都换成一整条，维数会变多。gather 每个下标只取一个元素，结果的形"
    "状与 index 相同。",
    en="np.take(x, index, axis=dim) puts a whole slice in place of each number of index and adds dimensions. gather "
    "takes one element for each, and its result has the shape of index.",
)
def np_take(x, dim, index):
    return np.take(x, index, axis=dim)
