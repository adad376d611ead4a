"""8.5 The VJP of softmax."""

from __future__ import annotations

import numpy as np

import tidu
from autograder.exercises.e08_jvp.tensors import gradients
from autograder.judging.draw import LAYOUTS, MAGNITUDES, Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim, pick.lengths)
    dim = int(pick.dim)
    need(-pick.ndim <= dim < pick.ndim)
    need(shape[dim] > 0)  # a softmax of nothing has no maximum
    x = draw.values(shape, pick.magnitude if pick.magnitude in MAGNITUDES else "plain")
    if pick.magnitude == "thousands":
        x = np.abs(x)
    elif pick.magnitude == "minus thousands":
        x = x - 1000
    elif pick.magnitude == "slices apart":
        # each slice along dim is a softmax of its own, a thousand from the next
        need(pick.ndim >= 2 and x.size > x.shape[dim])
        slices = x.sum(axis=dim, keepdims=True)
        x = x + 1000 * np.arange(slices.size).reshape(slices.shape)
    return draw.upstream(shape, pick.layout, pick.dtype), draw.lay_out(x, pick.layout, pick.dtype), dim


vjp_softmax = Exercise(
    "vjp_softmax",
    difficulty=4,
    importance=3,
    minutes=20,
    units=15,
    returns=("gx",),
    reference=lambda v, x, dim: gradients(lambda t: tidu.softmax(t, dim), (x,), v)[0],
    make=_make,
    parts=[
        Part(
            "values", 3,
            ndim=(1,), dim=("0",), lengths=("distinct", "equal"), magnitude=("plain", "equal", "zero"),
            layout=("dense",), dtype=("float64",),
        ),
        Part("dims", 3, ndim=(2, 3, 4), dim=("-1", "-2", "-3", "-4", "1", "2", "3")),
        Part("stable", 2, magnitude=("thousands", "spread", "minus thousands", "slices apart", "one high", "tens")),
        Part("edge", 1, lengths=("one first", "one last", "zero first", "zero last")),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)  # fmt: skip


def softmax(x, dim):
    e = np.exp(x - x.max(axis=dim, keepdims=True))
    return e / e.sum(axis=dim, keepdims=True)


@vjp_softmax.mistake(
    zh="这里只用了雅可比矩阵的对角线 s(1−s)。softmax 的每个输出还依赖别的输入：非对角元 −sᵢsⱼ 不能丢。",
    en="This uses only the diagonal s(1−s) of the Jacobian. Every output of softmax depends on the other inputs too: "
    "the off-diagonal −sᵢsⱼ belongs in.",
)
def diagonal_only(v, x, dim):
    s = softmax(x, dim)
    return v * s * (1 - s)


@vjp_softmax.mistake(
    zh="这是 log_softmax 的梯度。softmax 的梯度是 s * (v − Σ v·s)。",
    en="This is the gradient of log_softmax. That of softmax is s * (v − Σ v·s).",
)
def of_log_softmax(v, x, dim):
    s = softmax(x, dim)
    return v - s * v.sum(axis=dim, keepdims=True)


@vjp_softmax.mistake(
    zh="上游梯度 v 丢了：你返回的是雅可比矩阵的对角线，没有与 v 相乘。",
    en="The upstream gradient v is missing: this is the diagonal of the Jacobian, not multiplied by v.",
)
def no_upstream(v, x, dim):
    s = softmax(x, dim)
    return s * (1 - s)


@vjp_softmax.mistake(
    zh="求和与归一化只能沿 dim 进行，不是对整个数组：每一行（列）是各自独立的一个 softmax。",
    en="Normalise and sum along dim only, not over the whole array: each row (or column) is a softmax of its own.",
)
def over_everything(v, x, dim):
    if x.size == 0:
        return x
    s = softmax(x, None)
    return s * (v - (v * s).sum())


@vjp_softmax.mistake(
    zh="dim 没有用上：总是沿最后一维。",
    en="dim is not used: this always works along the last dimension.",
)
def always_last(v, x, dim):
    s = softmax(x, -1)
    return s * (v - (v * s).sum(axis=-1, keepdims=True))


@vjp_softmax.mistake(
    zh="x 很大时 exp(x) 溢出成 inf，inf / inf 就成了 nan。先减去沿 dim 的最大值，softmax 的值不变。",
    en="For large x, exp(x) overflows to inf, and inf / inf is nan. Subtract the maximum along dim first: softmax "
    "stays the same.",
)
def overflows(v, x, dim):
    e = np.exp(x)
    s = e / e.sum(axis=dim, keepdims=True)
    return s * (v - (v * s).sum(axis=dim, keepdims=True))


@vjp_softmax.mistake(
    zh="括号放错了：先算 `v − Σ v·s`，再整个乘 s。你的式子里只有 v 乘了 s，那个和没有乘。",
    en="A bracket is missing: first `v − Σ v·s`, then all of it times s. Here s multiplies v alone, not the sum.",
)
def sum_not_scaled(v, x, dim):
    s = softmax(x, dim)
    return s * v - (v * s).sum(axis=dim, keepdims=True)


@vjp_softmax.mistake(
    zh="减去的是最小值：x 相差很大时 exp 照样溢出。要减最大值，指数才都不大于 0。",
    en="This subtracts the minimum, and exp still overflows where x is spread out. Subtract the maximum: then no "
    "exponent is above 0.",
)
def subtracts_the_minimum(v, x, dim):
    e = np.exp(x - x.min(axis=dim, keepdims=True))
    s = e / e.sum(axis=dim, keepdims=True)
    return s * (v - (v * s).sum(axis=dim, keepdims=True))


@vjp_softmax.mistake(
    zh="减去的最大值要沿 dim 取，不能取整个数组的：一条切片比另一条小得多时，它的指数会全部下溢成 0。",
    en="Take the maximum along dim, not over the whole array: where one slice is far below another, all of "
    "its exponentials become 0.",
)
def subtracts_one_maximum(v, x, dim):
    e = np.exp(x - x.max()) if x.size else np.exp(x)
    s = e / e.sum(axis=dim, keepdims=True)
    return s * (v - (v * s).sum(axis=dim, keepdims=True))


@vjp_softmax.mistake(
    zh="v·s 的和少了 `keepdims=True`：那一维没有了，与 v 相减时会对到别的维上，或者对不上。",
    en="The sum of v·s lacks `keepdims=True`: its dimension is gone, and taken from v it lines up with another one or "
    "with none.",
)
def sum_without_keepdims(v, x, dim):
    s = softmax(x, dim)
    return s * (v - (v * s).sum(axis=dim))


@vjp_softmax.mistake(
    zh="归一化时少了 `keepdims=True`：除数没有了 dim 那一维，除的就不是自己那一条的和。",
    en="Normalising lacks `keepdims=True`: without the dimension dim, numbers are divided by the sum of another slice.",
)
def normalised_without_keepdims(v, x, dim):
    e = np.exp(x - x.max(axis=dim, keepdims=True))
    s = e / e.sum(axis=dim)
    return s * (v - (v * s).sum(axis=dim, keepdims=True))


@vjp_softmax.mistake(
    zh="最大值与两个和都少了 `keepdims=True`：三处都要留住 dim 那一维，才能与原来的数组对齐。",
    en="The maximum and both sums lack `keepdims=True`: all three have to keep the dimension dim, to line up with the "
    "arrays they go with.",
)
def nothing_keeps_its_dim(v, x, dim):
    e = np.exp(x - x.max(axis=dim))
    s = e / e.sum(axis=dim)
    return s * (v - (v * s).sum(axis=dim))


@vjp_softmax.mistake(
    zh="s 沿 dim 算对了，v·s 却加到了整个数组上：这个和也只沿 dim 求，每一条有自己的。",
    en="s is right along dim, but v·s is added up over the whole array: that sum goes along dim too, one for each "
    "slice.",
)
def summed_over_everything(v, x, dim):
    s = softmax(x, dim)
    return s * (v - (v * s).sum())


@vjp_softmax.mistake(
    zh="s 除的是整个数组的和：softmax 沿 dim 归一化，每一条各自加起来是 1。",
    en="s is divided by the sum of the whole array: softmax normalises along dim, and each slice adds up to 1.",
)
def normalised_over_everything(v, x, dim):
    e = np.exp(x - x.max(axis=dim, keepdims=True))
    s = e / e.sum()
    return s * (v - (v * s).sum(axis=dim, keepdims=True))
