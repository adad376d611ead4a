"""8.6 The Jacobian, row by row."""

from __future__ import annotations

import numpy as np

import tidu
from autograder.exercises.e08_jvp.tensors import tensor
from autograder.exercises.given import net, net_vjp
from autograder.judging.draw import LAYOUTS, Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    n, m, b = draw.shape(3)
    if draw.readable and pick.x == "matrix":
        n, m, b = draw.one_of([(1, 2, 2), (2, 1, 2)])  # a Jacobian of four dimensions is long as it is
    if pick.sizes == "all alike":
        n = m = b = 3
    if pick.sizes == "square":
        n = m = 2
    elif pick.sizes == "one output":
        m = 1
    elif pick.sizes == "one input":
        n = 1
    elif pick.sizes == "one column":
        need(pick.x == "matrix")
        b = 1
    scale = {"plain": 0.25, "large": 2.0, "tiny": 1e-5, "zero": 0.0}[pick.magnitude]
    x = draw.values((n, b) if pick.x == "matrix" else (n,)) * scale
    w = draw.values((m, n)) / 2
    return draw.lay_out(x, pick.layout, pick.dtype), draw.lay_out(w, pick.layout, pick.dtype)


jacobian_by_rows = Exercise(
    "jacobian_by_rows",
    difficulty=3,
    importance=2,
    minutes=15,
    units=11,
    given=[net, net_vjp],
    returns=("jacobian",),
    reference=lambda x, w: tidu.autograd.functional.jacobian(lambda t: tidu.tanh(tensor(w) @ t), tensor(x)).numpy(),
    make=_make,
    parts=[
        Part(
            "values",
            3,
            x=("vector",),
            sizes=("distinct", "square", "all alike"),
            magnitude=("plain", "large", "tiny", "zero"),
            layout=("dense",),
            dtype=("float64",),
        ),
        Part("matrix", 3, x=("matrix",)),
        Part("edge", 1, sizes=("one output", "one input", "one column")),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)


@jacobian_by_rows.mistake(
    zh="v 全为 1 时，一次 VJP 得到的是 J 各行之和。要一行一行地取，每次只让 v 的一个元素为 1。",
    en="With a v of ones, one VJP gives the sum of the rows of J. Take them one at a time: a single 1 in v each time.",
)
def rows_added_up(x, w):
    return net_vjp(np.ones_like(net(x, w)), x, w)


@jacobian_by_rows.mistake(
    zh="转置了：J[i, j] = ∂yᵢ/∂xⱼ，输出的下标在前。",
    en="Transposed: J[i, j] = ∂yᵢ/∂xⱼ, the index of the output comes first.",
)
def inputs_first(x, w):
    y = net(x, w)
    rows = np.array([net_vjp(v.reshape(y.shape), x, w) for v in np.eye(y.size)])
    return np.moveaxis(rows, 0, -1).reshape(x.shape + y.shape)


@jacobian_by_rows.mistake(
    zh="v 没有清零：前面的 1 还在，第 i 行得到的是到第 i 行为止各行之和。每一行都用新的 one-hot。",
    en="v was not cleared: the earlier ones are still there, so row i holds the sum of all rows up to it. Use a "
    "fresh one-hot each time.",
)
def never_cleared(x, w):
    y = net(x, w)
    v = np.zeros_like(y)
    rows = np.zeros(y.shape + x.shape)
    for i in np.ndindex(*y.shape):
        v[i] = 1
        rows[i] = net_vjp(v, x, w)
    return rows


@jacobian_by_rows.mistake(
    zh="数是对的，形状不对：J 的形状是 y.shape + x.shape，输入输出是矩阵时不要压平成二维。",
    en="The numbers are right, the shape is not: J has the shape y.shape + x.shape; do not flatten it when x and y "
    "are matrices.",
)
def flattened(x, w):
    y = net(x, w)
    return np.array([net_vjp(v.reshape(y.shape), x, w).ravel() for v in np.eye(y.size)])


@jacobian_by_rows.mistake(
    zh="差分只是近似，误差大约是步长那么大。VJP 给出的是准确的导数。",
    en="A finite difference is an approximation, off by about the size of its step. VJPs give the exact derivative.",
)
def finite_difference(x, w):
    y, step = net(x, w), 1e-6
    columns = []
    for j in np.ndindex(*x.shape):
        moved = x.copy()
        moved[j] += step
        columns.append((net(moved, w) - y) / step)
    return np.moveaxis(np.array(columns), 0, -1).reshape(y.shape + x.shape)


@jacobian_by_rows.mistake(
    zh="只数了 y 的行。y 是矩阵时，每个元素都要有自己的 one-hot v，不能一次把一整行都设成 1。",
    en="This loops over the rows of y only. When y is a matrix, every element needs a one-hot v of its own; setting a "
    "whole row to 1 adds up several rows of J.",
)
def loops_over_rows_only(x, w):
    y = net(x, w)
    rows = np.zeros(y.shape + x.shape, x.dtype)
    for i in range(len(y)):
        v = np.zeros_like(y)
        v[i] = 1
        rows[i] = net_vjp(v, x, w)
    return rows


@jacobian_by_rows.mistake(
    zh="中心差分更准，但仍是近似。VJP 给出的是准确的导数，检查时容得下的只有舍入误差。",
    en="A central difference comes closer and is still an approximation. VJPs give the exact derivative, and the check "
    "leaves room for rounding only.",
)
def central_difference(x, w):
    y, step = net(x, w), 1e-6
    columns = []
    for j in np.ndindex(*x.shape):
        right, left = x.astype(float), x.astype(float)
        right[j] += step
        left[j] -= step
        columns.append((net(right, w) - net(left, w)) / (2 * step))
    return np.moveaxis(np.array(columns).reshape(x.size, *y.shape), 0, -1).reshape(y.shape + x.shape)
