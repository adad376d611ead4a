"""7.6 Walking downhill: no_grad, detach and clone."""

from __future__ import annotations

import tidu
from autograder.exercises.e07_graph.stages import stage_descend
from autograder.judging.draw import Args, Draw
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    n = 2 if draw.readable else 3
    steps = {"one": 1, "several": 2 if draw.readable else 4, "none": 0}[pick.walk]
    w, bottom = draw.values((n,)), draw.values((n,))
    steep = draw.rng.choice([1.0, 2.0, 3.0], n) if draw.readable else 1 + 2 * draw.rng.random(n)
    bottom = bottom + (bottom == w)  # there is somewhere to go
    before = draw.upstream((n,)) if pick.before == "gradients" else None
    return w, steep, bottom, draw.one_of([0.5, 0.25]), steps, before, pick.look


def _descend(loss, w, lr, steps):
    path = [w.detach().clone()]
    for _ in range(steps):
        w.grad = None
        loss(w).backward()
        with tidu.no_grad():
            w -= lr * w.grad
        path.append(w.detach().clone())
    return path


descend = Exercise(
    "descend",
    difficulty=3,
    importance=5,
    minutes=15,
    allow="tidu",
    units=10,
    stage=stage_descend,
    returns=("path", "w afterwards", "told by look"),
    reference=_descend,
    make=_make,
    parts=[
        Part("values", 2, walk=("one",), before=("nothing",), look=("points",)),
        Part("steps", 3, walk=("several",), before=("gradients",)),
        Part("history", 1, look=("history",)),
        Part("recording", 1, look=("recording",)),
        Part("edge", 1, walk=("none",)),
    ],
)


def walk(loss, w, lr, steps, keep, clear=True):
    """The path, made of what ``keep`` takes of ``w`` each time."""
    path = [keep(w)]
    for _ in range(steps):
        if clear:
            w.grad = None
        loss(w).backward()
        with tidu.no_grad():
            w -= lr * w.grad
        path.append(keep(w))
    return path


@descend.mistake(
    zh="路上的每个点都是 `w` 自己：它在原地走，最后个个都在终点。要留下当时的值，用 `w.detach().clone()`。",
    en="Every point of the path is `w` itself, which moves in place, so in the end all of them are where it ended. "
    "To keep the values of the moment, `w.detach().clone()`.",
)
def the_same_tensor(loss, w, lr, steps):
    return walk(loss, w, lr, steps, lambda w: w)


@descend.mistake(
    zh="`detach()` 不复制：它与 `w` 共用内存，`w` 走一步，留下的点也跟着走。再加上 `.clone()`。",
    en="`detach()` copies nothing: it shares the memory of `w`, and when `w` takes a step, the points that were kept "
    "move with it. Add `.clone()`.",
)
def shares_memory(loss, w, lr, steps):
    return walk(loss, w, lr, steps, lambda w: w.detach())


@descend.mistake(
    zh="`clone()` 复制了数，却也记在计算图里：留下的点还连着 `w`。先 `detach()`。",
    en="`clone()` copies the numbers, but is recorded in the computation graph: the points that are kept are still "
    "tied to `w`. `detach()` first.",
)
def keeps_history(loss, w, lr, steps):
    return walk(loss, w, lr, steps, lambda w: w.clone())


@descend.mistake(
    zh="梯度没有清零：`backward` 是往 `w.grad` 里加的，从第二步起，走的就是几次梯度之和。每一步先 `w.grad = None`。",
    en="The gradient is never cleared: `backward` adds to `w.grad`, so from the second step on this follows a sum of "
    "gradients. Begin each step with `w.grad = None`.",
)
def never_clears(loss, w, lr, steps):
    return walk(loss, w, lr, steps, lambda w: w.detach().clone(), clear=False)


@descend.mistake(
    zh="只在开头清零了一次。每一步都要清，否则第二步会把第一步的梯度再走一遍。",
    en="The gradient is cleared once, at the start. Clear it at every step, or the second walks the first gradient "
    "again.",
)
def clears_once(loss, w, lr, steps):
    w.grad = None
    return walk(loss, w, lr, steps, lambda w: w.detach().clone(), clear=False)


@descend.mistake(
    zh="`w = w - …` 造了一个新张量，只是也叫 `w`；调用者的那一个一步也没有动。要就地改：`w -= …`，放在 "
    "`torch.no_grad()` 里。",
    en="`w = w - …` makes a new tensor that is called `w` too, and the caller's has not moved at all. Change it in "
    "place, `w -= …`, inside `torch.no_grad()`.",
)
def another_tensor(loss, w, lr, steps):
    path = [w.detach().clone()]
    for _ in range(steps):
        w.grad = None
        loss(w).backward()
        w = (w - lr * w.grad).detach().requires_grad_()
        path.append(w.detach().clone())
    return path


@descend.mistake(
    zh="需要梯度的叶子不能就地改，会报错：引擎要记录这一步，可是叶子不是由谁算出来的。这一步不该记录，放进 `with "
    "torch.no_grad():`。",
    en="A leaf that needs a gradient cannot be changed in place; that raises an error, since the engine would have "
    "to record the step, and a leaf is computed from nothing. The step is not to be recorded: put it into `with "
    "torch.no_grad():`.",
)
def records_the_step(loss, w, lr, steps):
    path = [w.detach().clone()]
    for _ in range(steps):
        w.grad = None
        loss(w).backward()
        w -= lr * w.grad
        path.append(w.detach().clone())
    return path


@descend.mistake(
    zh="记录关掉了，却没有再打开：之后算的都没有计算图。用 `with torch.no_grad():`，出了这一段自动恢复。",
    en="Recording was turned off and never on again: nothing that is computed afterwards has a computation graph. "
    "With `with torch.no_grad():` it comes back by itself.",
)
def recording_left_off(loss, w, lr, steps):
    path = [w.detach().clone()]
    for _ in range(steps):
        w.grad = None
        tidu.set_grad_enabled(True)
        loss(w).backward()
        tidu.set_grad_enabled(False)
        w -= lr * w.grad
        path.append(w.detach().clone())
    tidu.set_grad_enabled(False)
    return path


@descend.mistake(
    zh="方向反了：梯度指向上坡，下坡要减。",
    en="The wrong direction: the gradient points uphill, so subtract it.",
)
def uphill(loss, w, lr, steps):
    return walk(loss, w, -lr, steps, lambda w: w.detach().clone())


@descend.mistake(
    zh="少了出发点：走 `steps` 步，经过 `steps + 1` 个点。",
    en="The point of departure is missing: `steps` steps go through `steps + 1` points.",
)
def without_the_start(loss, w, lr, steps):
    return walk(loss, w, lr, steps, lambda w: w.detach().clone())[1:]


@descend.mistake(
    zh="少了终点：每一步是走完之后再记下，出发点另外先记。",
    en="The last point is missing: note each point after its step, and the point of departure before all.",
)
def without_the_end(loss, w, lr, steps):
    return walk(loss, w, lr, steps, lambda w: w.detach().clone())[:-1]
