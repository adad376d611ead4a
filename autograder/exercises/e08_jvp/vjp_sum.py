"""8.3 The VJP of a sum."""

from __future__ import annotations

import numpy as np

from autograder.exercises.e08_jvp.tensors import gradients
from autograder.judging.draw import LAYOUTS, Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _dim(pick, draw: Draw):
    n = pick.ndim
    if pick.dim in ("none", "omitted"):
        return None
    if pick.dim == "no dims":
        need(n == 0)
        return ()
    need(n >= 1)
    if pick.dim in ("first", "last"):
        return n - 1 if pick.dim == "last" else 0
    if pick.dim == "middle":
        need(n >= 3)
        return 1
    if pick.dim == "negative":
        return draw.integer(-n, -1)
    if pick.dim == "one in a tuple":
        return (draw.integer(0, n - 1),)
    if pick.dim == "all":
        return tuple(range(n))
    need(n >= 3)
    chosen = draw.order(n)[: draw.integer(2, max(2, n - 1))]
    if pick.dim == "tuple":
        return tuple(sorted(chosen))
    if pick.dim == "unsorted":
        return tuple(sorted(chosen, reverse=True))
    if pick.dim == "negative in a tuple":
        return tuple(d - n if i else d for i, d in enumerate(sorted(chosen)))
    assert pick.dim == "unsorted negatives", pick.dim
    return tuple(d - n if i % 2 == 0 else d for i, d in enumerate(sorted(chosen, reverse=True)))


def _make(pick, draw: Draw) -> Args:
    shape, dim = draw.shape(pick.ndim, pick.lengths), _dim(pick, draw)
    summed = range(len(shape)) if dim is None else [d % len(shape) for d in ((dim,) if isinstance(dim, int) else dim)]
    kept = tuple(1 if i in summed else n for i, n in enumerate(shape) if pick.keepdim is True or i not in summed)
    x = draw.array(shape, pick.magnitude, pick.layout, pick.dtype)
    v = draw.upstream(kept, pick.layout, pick.dtype)
    if pick.dim == "omitted":
        need(pick.keepdim == "omitted")
        return v, x
    return (v, x, dim) if pick.keepdim == "omitted" else (v, x, dim, pick.keepdim)


def _reference(v, x, dim=None, keepdim=False):
    dims = tuple(range(x.ndim)) if dim is None else dim
    return gradients(lambda t: t.sum(dim=dims, keepdim=keepdim), (x,), v)[0]


vjp_sum = Exercise(
    "vjp_sum",
    difficulty=2,
    importance=3,
    minutes=10,
    units=10,
    returns=("gx",),
    reference=_reference,
    make=_make,
    parts=[
        Part(
            "values",
            2,
            ndim=(2, 3, 1, 4),
            dim=("last", "first", "middle"),
            keepdim=(False,),
            lengths=("distinct", "equal", "two equal"),
            layout=("dense",),
            dtype=("float64",),
            magnitude=("plain", "thousands", "zero"),
        ),
        Part(
            "dims",
            2,
            dim=(
                "negative",
                "none",
                "tuple",
                "unsorted",
                "negative in a tuple",
                "unsorted negatives",
                "one in a tuple",
                "all",
                "omitted",
            ),
        ),
        Part("keepdim", 2, keepdim=(True, "omitted")),
        Part("edge", 1, lengths=("one between", "one first", "one last", "zero first", "zero last"), ndim=(0,)),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)


@vjp_sum.mistake(
    zh="上游梯度 v 丢了：∂z/∂x 确实全是 1，但还要乘上 v。",
    en="The upstream gradient v is missing: ∂z/∂x is indeed all ones, but it has to be multiplied by v.",
)
def all_ones(v, x, dim=None, keepdim=False):
    return np.ones_like(x)


@vjp_sum.mistake(
    zh="不要乘 x：求和对每个元素的导数都是 1，与元素的值无关。",
    en="Do not multiply by x: the derivative of a sum with respect to each element is 1, whatever the element's value.",
)
def times_x(v, x, dim=None, keepdim=False):
    if dim is None:
        return np.reshape(v, ()) * x
    return (v if keepdim else np.expand_dims(v, dim)) * x


@vjp_sum.mistake(
    zh="这是 mean 的梯度。sum 不除以元素个数。",
    en="This is the gradient of mean. A sum is not divided by the number of elements.",
)
def of_mean(v, x, dim=None, keepdim=False):
    wide = np.reshape(v, ()) if dim is None else v if keepdim else np.expand_dims(v, dim)
    return np.broadcast_to(wide / max(x.size // max(np.size(v), 1), 1), x.shape)


@vjp_sum.mistake(
    zh="v 缺了被求和的那一维，直接广播会对齐到错误的维上（广播从最后一维对起）。先把那一维放回来。",
    en="v lacks the summed dimension, so broadcasting lines it up with the wrong one (it aligns from the last). "
    "Put that dimension back first.",
)
def not_put_back(v, x, dim=None, keepdim=False):
    return np.broadcast_to(v, x.shape)


@vjp_sum.mistake(
    zh="`v * np.ones_like(x)` 也靠广播铺开，而广播从最后一维对起：求过和的维不在最后时，v 就对错了地方，或者对不上。先"
    "把那一维放回来。",
    en="`v * np.ones_like(x)` spreads v by broadcasting too, which lines up from the last dimension: where another one "
    "was summed, v meets the wrong one or does not fit. Put that dimension back first.",
)
def times_ones(v, x, dim=None, keepdim=False):
    return v * np.ones_like(x)


@vjp_sum.mistake(
    zh="元组里的维是照给出的次序一个一个插回去的：前面插了一个，后面的位置就变了。先换成非负的，从小到大插，或者一次全部"
    "交给 np.expand_dims。",
    en="The dimensions of a tuple are put back one by one in the order given, and each one moves the places of those "
    "after it. Make them non-negative and go from the smallest, or hand all at once to np.expand_dims.",
)
def one_at_a_time(v, x, dim=None, keepdim=False):
    if not keepdim:
        for d in range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,):
            v = np.expand_dims(v, d)
    return np.broadcast_to(v, x.shape)


@vjp_sum.mistake(
    zh="keepdim=True 时，被求和的维还在（长度 1），不要再插入一次。",
    en="With keepdim=True the summed dimensions are still there (of length 1); do not insert them again.",
)
def inserts_twice(v, x, dim=None, keepdim=False):
    if dim is None:
        return np.ones_like(x) * np.reshape(v, (1,) * (x.ndim * (1 + keepdim)))
    return np.expand_dims(v, dim) * np.ones_like(x)


@vjp_sum.mistake(
    zh="返回的是 v 自己。x 的梯度必须有 x 的形状：v 的每个数要发给参加那次求和的每一个元素。",
    en="This is v itself. The gradient of x must have the shape of x: hand each number of v to every element that "
    "went into that sum.",
)
def unexpanded(v, x, dim=None, keepdim=False):
    return v
