"""8.1 Undoing a broadcast."""

from __future__ import annotations

import numpy as np

from autograder.exercises.e08_jvp.tensors import gradients
from autograder.judging.draw import LAYOUTS, Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    full = list(draw.shape(pick.ndim + pick.added, "equal" if pick.lengths == "square" else pick.lengths, longest=6))
    if pick.lengths == "square":
        need(pick.added >= 1 and pick.stretched == 0)
    if pick.full == "zero added":
        need(pick.added >= 1)
        full[draw.integer(0, pick.added - 1)] = 0
    if pick.full == "one added":
        need(pick.added >= 1)
        full[draw.integer(0, pick.added - 1)] = 1
    shape = list(draw.broadcasting(tuple(full), pick.added, pick.stretched))
    kept = [i for i, n in enumerate(shape) if n != 1]
    if pick.kept != "plain":
        need(len(kept) >= 1)
        at = draw.one_of(kept)
        shape[at] = full[at + pick.added] = {"one": 1, "zero": 0}[pick.kept]
    if pick.full == "to zero":
        grown = [i for i, n in enumerate(shape) if n == 1 and full[i + pick.added] > 1]
        need(len(grown) >= 1)
        full[grown[0] + pick.added] = 0
    return draw.upstream(tuple(full), pick.layout, pick.dtype, pick.magnitude), tuple(shape)


unbroadcast = Exercise(
    "unbroadcast",
    difficulty=3,
    importance=3,
    minutes=15,
    units=150,
    reference=lambda g, shape: gradients(lambda t: t.expand(g.shape), (np.zeros(shape, g.dtype),), g)[0],
    make=_make,
    parts=[
        Part(
            "values",
            2,
            stretched=(1, 2, 3, 0),
            lengths=("distinct", "equal", "square"),
            ndim=(2, 3, 1),
            added=(0,),
            full=("plain",),
            kept=("plain",),
            layout=("dense",),
            dtype=("float64",),
            magnitude=("plain", "thousands", "zero"),
        ),
        Part("leading", 2, added=(1, 2), ndim=(0,)),
        Part("edge", 1, full=("zero added", "to zero", "one added"), kept=("one", "zero")),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)


@unbroadcast.mistake(
    zh="广播的维上要求和，不是求平均：用了几次，损失就受几次影响。",
    en="Sum over the broadcast dimensions, do not average: an element used n times moves the loss n times.",
)
def averages(g, shape):
    added = tuple(range(g.ndim - len(shape)))
    g = np.mean(g, axis=added) if g.size else np.sum(g, axis=added)
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return np.mean(g, axis=stretched, keepdims=True) if g.size else np.sum(g, axis=stretched, keepdims=True)


@unbroadcast.mistake(
    zh="广播新增的前几维加掉了，被拉长的维（原来长度为 1）还没有加。",
    en="The dimensions that broadcasting added are summed; those that it stretched from length 1 are not.",
)
def stretched_left(g, shape):
    return np.sum(g, axis=tuple(range(g.ndim - len(shape))))


@unbroadcast.mistake(
    zh="被拉长的维加好了，广播在最前面新增的维还没有加掉。",
    en="The stretched dimensions are summed; those that broadcasting added in front are still there.",
)
def added_left(g, shape):
    extra = g.ndim - len(shape)
    return np.sum(g, axis=tuple(extra + i for i, n in enumerate(shape) if n == 1), keepdims=True)


@unbroadcast.mistake(
    zh="求和时丢了长度为 1 的维：要用 keepdims=True，形状才是原来的形状。",
    en="The sum dropped the dimensions of length 1: keepdims=True keeps them, and the shape is the original one.",
)
def ones_dropped(g, shape):
    extra = g.ndim - len(shape)
    return np.sum(g, axis=(*range(extra), *(extra + i for i, n in enumerate(shape) if n == 1)))


@unbroadcast.mistake(
    zh="只取了其中一份梯度。每一份都要算进去：把它们加起来。",
    en="Only one of the gradients was taken. Every one of them counts: add them up.",
)
def first_copy(g, shape):
    for _ in range(g.ndim - len(shape)):
        g = g[0] if len(g) else np.sum(g, axis=0)
    for i, n in enumerate(shape):
        if n == 1:
            g = np.take(g, [0], axis=i) if g.shape[i] else np.sum(g, axis=i, keepdims=True)
    return g


@unbroadcast.mistake(
    zh="多出来的维在最前面，不在最后面：形状从右边对齐。",
    en="The extra dimensions come first, not last: shapes line up from the right.",
)
def sums_the_last(g, shape):
    while g.ndim > len(shape):
        g = np.sum(g, axis=-1)
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return np.sum(g, axis=stretched, keepdims=True)
