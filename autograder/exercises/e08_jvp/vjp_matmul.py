"""8.4 The VJP of matrix multiplication."""

from __future__ import annotations

import numpy as np

import tidu
from autograder.exercises.borrowed import unbroadcast
from autograder.exercises.e08_jvp.tensors import gradients
from autograder.judging.draw import LAYOUTS, Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    n, k, m = draw.shape(3) if pick.sizes != "square" else (2, 2, 2)
    if draw.readable and pick.batch and pick.sizes == "distinct":
        n, k, m = draw.one_of([(1, 2, 3), (2, 1, 3), (2, 3, 1), (3, 1, 2)])  # a few lines for each, batch and all
    if pick.sizes == "ones":
        n, k, m = draw.one_of([(1, k, m), (n, 1, m), (n, k, 1), (1, 1, 1)])
    elif pick.sizes == "no rows":
        n = 0
    elif pick.sizes == "nothing summed":
        k = 0
    elif pick.sizes == "no columns":
        m = 0
    batch = draw.shape(pick.batch, pick.lengths)
    if pick.empty == "one":
        need(pick.added >= 1)
        batch = (1, *batch[1:])
    narrow, wide = draw.broadcasting(batch, pick.added, pick.stretched), batch
    if pick.side == "both":
        need(len(batch) >= 2 and pick.stretched == 0)
        wide, narrow = (1, *batch[1:]), (*batch[:-1], 1)
        if pick.added:
            batch = draw.shape(3)
            wide, narrow = (batch[0], 1, batch[2]), (batch[1], 1)
    if pick.empty == "zero":
        grown = [i for i, one in enumerate(narrow) if one == 1]
        need(len(grown) >= 1 and pick.side != "both")
        at = len(batch) - len(narrow) + grown[0]
        wide = tuple(0 if i == at else one for i, one in enumerate(batch))
    a, b = (narrow, wide) if pick.side == "a" else (wide, narrow)
    v = draw.upstream((*np.broadcast_shapes(a, b), n, m), pick.layout, pick.dtype)
    shapes = (*a, n, k), (*b, k, m)
    return v, *(draw.array(shape, pick.magnitude, pick.layout, pick.dtype) for shape in shapes)


vjp_matmul = Exercise(
    "vjp_matmul",
    difficulty=3,
    importance=3,
    minutes=15,
    units=80,
    uses=[unbroadcast],
    returns=("ga", "gb"),
    reference=lambda v, a, b: gradients(tidu.matmul, (a, b), v),
    make=_make,
    parts=[
        Part(
            "values",
            3,
            sizes=("distinct", "square", "ones"),
            batch=(0,),
            lengths=("distinct",),
            added=(0,),
            stretched=(0,),
            side=("b",),
            empty=("plain",),
            layout=("dense",),
            dtype=("float64",),
            magnitude=("plain", "thousands", "equal", "zero"),
        ),
        Part("batch", 3, lengths=("equal",), batch=(1, 2), added=(1, 2), stretched=(1, 2), side=("a", "both")),
        Part("edge", 1, sizes=("no rows", "nothing summed", "no columns"), empty=("zero", "one")),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)


@vjp_matmul.mistake(
    zh="上游梯度 v 丢了：这是 v 全为 1 时的结果。",
    en="The upstream gradient v is missing: this is the result for a v of ones.",
)
def ones_upstream(v, a, b):
    v = np.ones_like(v)
    ga = unbroadcast(v @ np.swapaxes(b, -1, -2), a.shape)
    return ga, unbroadcast(np.swapaxes(a, -1, -2) @ v, b.shape)


@vjp_matmul.mistake(
    zh="少了转置：ga = v bᵀ，gb = aᵀ v。方阵时形状碰巧对得上，数却不对。",
    en="The transposes are missing: ga = v bᵀ and gb = aᵀ v. For square matrices the shapes happen to fit, the "
    "numbers do not.",
)
def not_transposed(v, a, b):
    return unbroadcast(v @ b, a.shape), unbroadcast(a @ v, b.shape)


@vjp_matmul.mistake(
    zh="乘法的顺序反了。矩阵乘法不可交换：v 在 ga 里站左边，在 gb 里站右边。",
    en="The factors are in the wrong order. Matrix products do not commute: v stands on the left in ga and on the "
    "right in gb.",
)
def wrong_order(v, a, b):
    ga = unbroadcast(np.swapaxes(b, -1, -2) @ v, a.shape)
    return ga, unbroadcast(v @ np.swapaxes(a, -1, -2), b.shape)


@vjp_matmul.mistake(
    zh="两个梯度的位置交换了：先返回 a 的，再返回 b 的。",
    en="The two gradients change places: return that of a first, then that of b.",
)
def exchanged(v, a, b):
    ga = unbroadcast(v @ np.swapaxes(b, -1, -2), a.shape)
    return unbroadcast(np.swapaxes(a, -1, -2) @ v, b.shape), ga


@vjp_matmul.mistake(
    zh="`.T` 会把所有维都倒过来，批量维也不例外。只交换最后两维：`np.swapaxes(b, -1, -2)`。",
    en="`.T` reverses all dimensions, the batch ones too. Swap the last two only: `np.swapaxes(b, -1, -2)`.",
)
def transposes_everything(v, a, b):
    return unbroadcast(v @ b.T, a.shape), unbroadcast(a.T @ v, b.shape)


@vjp_matmul.mistake(
    zh="批量维被广播了：同一个矩阵用在了好几个批次里，这些批次的梯度要加起来。",
    en="A batch dimension was broadcast: one matrix served several batches, and their gradients have to be added up.",
)
def batch_not_summed(v, a, b):
    return v @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ v


@vjp_matmul.mistake(
    zh="ga 的形状碰巧对得上，数却不对：v bᵀ 才是 a 的梯度，2vbᵀ、平均之类的倍数都不是。",
    en="The shape of the gradient fits, its size does not: it is v bᵀ, not a multiple of it such as 2 v bᵀ.",
)
def twice(v, a, b):
    ga = unbroadcast(2 * v @ np.swapaxes(b, -1, -2), a.shape)
    return ga, unbroadcast(2 * np.swapaxes(a, -1, -2) @ v, b.shape)


@vjp_matmul.mistake(
    zh="两处都要改：`.T` 把批量维也倒了过来，只该交换最后两维；批量维被广播过的，还要用 `unbroadcast` 加回去。",
    en="Two things: `.T` reverses the batch dimensions as well, where only the last two change places; and a batch "
    "dimension that was broadcast is yet to be added up with `unbroadcast`.",
)
def transposes_everything_unsummed(v, a, b):
    return v @ b.T, a.T @ v
