"""7.5 Cutting a graph with detach."""

from __future__ import annotations

import tidu
from autograder.exercises.e07_graph.stages import stage_run_in_stretches
from autograder.judging.draw import Args, Draw
from autograder.judging.exercise import Exercise, Part

#: Steps, and how many of them make a stretch.
STEPS = {
    "one stretch": ((2, 2), (4, 4)),
    "not full": ((2, 3), (3, 5)),
    "two": ((4, 2), (6, 3)),
    "short last": ((3, 2), (7, 3)),
    "of one step": ((3, 1), (4, 1)),
    "one step": ((1, 1), (1, 2)),
}


def _make(pick, draw: Draw) -> Args:
    steps, every = STEPS[pick.stretches][0 if draw.readable else 1]
    n = {"one": 1, "several": 2 if draw.readable else 3}[pick.state]
    w, xs = draw.values((n,)) / 2, draw.values((steps, n)) / 2
    return w, xs, every, draw.upstream((steps, n))


def _run_in_stretches(w, xs, every):
    states, h = [], tidu.zeros_like(w)
    for t, x in enumerate(xs):
        if t % every == 0:
            h = h.detach()
        h = tidu.tanh(w * h + x)
        states.append(h)
    return tidu.stack(states)


run_in_stretches = Exercise(
    "run_in_stretches",
    difficulty=3,
    importance=3,
    minutes=15,
    allow="tidu",
    units=10,
    stage=stage_run_in_stretches,
    returns=("states", "w.grad", "xs.grad"),
    reference=_run_in_stretches,
    make=_make,
    parts=[
        Part("values", 2, stretches=("one stretch", "not full"), state=("several", "one")),
        Part("cut", 3, stretches=("two", "short last")),
        Part("edge", 1, stretches=("of one step", "one step")),
    ],
)


def run(w, xs, cut, keep=lambda h: h):
    """All states, where ``cut(t, h)`` goes into step ``t``; ``keep`` is what is collected of each."""
    states, h = [], tidu.zeros_like(w)
    for t, x in enumerate(xs):
        h = tidu.tanh(w * cut(t, h) + x)
        states.append(keep(h))
    return tidu.stack(states)


@run_in_stretches.mistake(
    zh="一刀也没有剪：梯度从最后一步一直走回第一步。每一段开头，先 `h = h.detach()`。",
    en="Nothing is cut, and gradients walk from the last step all the way to the first. At the start of every "
    "stretch, `h = h.detach()`.",
)
def never_cuts(w, xs, every):
    return run(w, xs, lambda t, h: h)


@run_in_stretches.mistake(
    zh="每一步都剪断了，梯度一步也走不回去。只在每一段的开头剪。",
    en="Every step is cut off, and no gradient gets back by even one. Cut at the start of each stretch only.",
)
def cuts_every_step(w, xs, every):
    return run(w, xs, lambda t, h: h.detach())


@run_in_stretches.mistake(
    zh="剪断的地方差了一步：第 0 步到第 `every - 1` 步是一段，第 `every` 步之前剪，也就是 `t % every == 0` 的时候。",
    en="The cut is off by one: steps 0 to `every - 1` are one stretch, and the cut comes before step `every`, that "
    "is, where `t % every == 0`.",
)
def cuts_one_step_late(w, xs, every):
    return run(w, xs, lambda t, h: h.detach() if (t - 1) % every == 0 else h)


@run_in_stretches.mistake(
    zh="剪断的地方早了一步：第 `every` 步之前剪，不是第 `every - 1` 步之前。",
    en="The cut comes one step early: it is before step `every`, not before step `every - 1`.",
)
def cuts_one_step_early(w, xs, every):
    return run(w, xs, lambda t, h: h.detach() if (t + 1) % every == 0 else h)


@run_in_stretches.mistake(
    zh="状态换成了 0，后面的值就都变了。`detach` 不改数，只忘掉它是怎么来的。",
    en="The state is set to 0, which changes all values after it. `detach` leaves the numbers as they are and "
    "forgets where they came from.",
)
def starts_again_from_zero(w, xs, every):
    return run(w, xs, lambda t, h: tidu.zeros_like(h) if t % every == 0 else h)


@run_in_stretches.mistake(
    zh="收集起来的是剪断的状态，梯度从它们走不回去。收集 `h` 本身，只把走进下一步的那一个剪断。",
    en="What is collected is cut off itself, and no gradient gets back from it. Collect `h` as it is; cut only what "
    "goes into the next step.",
)
def collects_what_is_cut(w, xs, every):
    return run(w, xs, lambda t, h: h.detach() if t % every == 0 else h, lambda h: h.detach())


@run_in_stretches.mistake(
    zh="每一段的最后一个状态，收集的是剪断之后的：它自己的梯度也丢了。先收集，再剪断。",
    en="The last state of each stretch is collected after it was cut, and so its own gradient is lost. Collect "
    "first, then cut.",
)
def cuts_before_collecting(w, xs, every):
    states, h = [], tidu.zeros_like(w)
    for t, x in enumerate(xs):
        h = tidu.tanh(w * h + x)
        if (t + 1) % every == 0:
            h = h.detach()
        states.append(h)
    return tidu.stack(states)


@run_in_stretches.mistake(
    zh="`w` 也剪断了：每一段里，它还是要得到梯度的。剪的只是从上一段来的状态。",
    en="`w` is cut off too, and it is to get a gradient from every step. Cut nothing but the state that comes from "
    "the stretch before.",
)
def cuts_the_weight_too(w, xs, every):
    states, h = [], tidu.zeros_like(w)
    for t, x in enumerate(xs):
        first = t % every == 0
        h = tidu.tanh((w.detach() * h.detach() if first else w * h) + x)
        states.append(h)
    return tidu.stack(states)
