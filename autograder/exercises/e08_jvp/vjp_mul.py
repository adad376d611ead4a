"""8.2 The VJP of multiplication."""

from __future__ import annotations

import numpy as np

import tidu
from autograder.exercises.borrowed import unbroadcast
from autograder.exercises.e08_jvp.tensors import gradients
from autograder.judging.draw import LAYOUTS, Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def broadcast_pair(pick, draw: Draw) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two shapes that broadcast: the narrower one lacks dimensions in front or has some of length 1."""
    full = draw.shape(pick.ndim)
    narrow, wide = draw.broadcasting(full, pick.added, pick.stretched), full
    if pick.side == "both":
        # each is stretched where the other is long
        need(len(full) >= 2)
        i, j = draw.order(len(full))[:2]
        narrow = tuple(1 if k == i else n for k, n in enumerate(full))
        wide = tuple(1 if k == j else n for k, n in enumerate(full))
        narrow = narrow[pick.added :]
        need(len(narrow) >= 1)
    if pick.to == "zero":
        grown = [k for k in range(1, len(full) + 1) if len(narrow) < k or narrow[-k] == 1]
        need(len(grown) >= 1 and pick.side != "both")
        wide = tuple(0 if len(full) - k == grown[0] else n for k, n in enumerate(full))
    elif pick.to == "one":
        # both have length 1 there, or one has no such dimension
        need(len(narrow) < len(full) and pick.side != "both")
        wide = (1, *full[1:])
    elif pick.to == "zeros":
        need(len(full) >= 1 and pick.added == pick.stretched == 0 and pick.side != "both")
        wide = narrow = (*full[:-1], 0)
    return (wide, narrow) if pick.side == "y" else (narrow, wide)


def _make(pick, draw: Draw) -> Args:
    x, y = broadcast_pair(pick, draw)
    v = draw.upstream(np.broadcast_shapes(x, y), pick.layout, pick.dtype)
    return v, *(draw.array(shape, pick.magnitude, pick.layout, pick.dtype) for shape in (x, y))


vjp_mul = Exercise(
    "vjp_mul",
    difficulty=2,
    importance=3,
    minutes=10,
    units=50,
    uses=[unbroadcast],
    returns=("gx", "gy"),
    reference=lambda v, x, y: gradients(tidu.mul, (x, y), v),
    make=_make,
    parts=[
        Part(
            "values", 2,
            ndim=(2, 1, 3), added=(0,), stretched=(0,), side=("y",), to=("plain",), layout=("dense",),
            dtype=("float64",), magnitude=("plain", "thousands", "spread", "some zeros", "equal", "zero"),
        ),
        Part("broadcast", 3, added=(1, 2), stretched=(1, 2), side=("x", "both")),
        Part("edge", 1, ndim=(0,), to=("zero", "zeros", "one")),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)  # fmt: skip


@vjp_mul.mistake(
    zh="上游梯度 v 丢了：你返回的是 z 的偏导数，不是 l 的。乘上 v。",
    en="The upstream gradient v is missing: these are derivatives of z, not of l. Multiply by v.",
)
def drops_upstream(v, x, y):
    return unbroadcast(y * np.ones_like(v), x.shape), unbroadcast(x * np.ones_like(v), y.shape)


@vjp_mul.mistake(
    zh="x 和 y 的梯度对调了：∂z/∂x 是 y，不是 x。",
    en="The two gradients are swapped: ∂z/∂x is y, not x.",
)
def swapped(v, x, y):
    return unbroadcast(v * x, x.shape), unbroadcast(v * y, y.shape)


@vjp_mul.mistake(
    zh="被广播的那个输入，每个元素都用了多次；各次的梯度要加起来，形状才能回到它原来的形状。",
    en="An input that was broadcast had each of its elements used several times; add those gradients up to get back "
    "to its shape.",
)
def not_unbroadcast(v, x, y):
    return v * y, v * x


@vjp_mul.mistake(
    zh="广播的维上要求和，不是求平均：用了几次，损失就受几次影响。",
    en="Sum over the broadcast dimensions, do not average: an element used n times moves the loss n times.",
)
def averaged(v, x, y):
    def shrink(g, shape):
        summed = unbroadcast(g, shape)
        return summed * (np.size(summed) / max(np.size(g), 1))

    return shrink(v * y, x.shape), shrink(v * x, y.shape)


@vjp_mul.mistake(
    zh="v 乘了两次。链式法则里，上游梯度只乘一次。",
    en="v was multiplied in twice. The chain rule multiplies by the upstream gradient once.",
)
def upstream_twice(v, x, y):
    return unbroadcast(v * v * y, x.shape), unbroadcast(v * v * x, y.shape)
