"""7.4 A hook that changes a gradient on its way."""

from __future__ import annotations

from autograder.exercises.e07_graph.stages import stage_scale_gradient
from autograder.judging.draw import Args, Draw, need
from autograder.judging.exercise import Exercise, Part


def _make(pick, draw: Draw) -> Args:
    shape = draw.shape(pick.ndim)
    need(pick.of != "a constant" or (pick.direct, pick.times) == ("no", "once"))
    factor = {"any": draw.one_of([-3.0, -2.0, 2.0, 3.0, 0.25]), "-1": -1.0, "0": 0.0}[pick.factor]
    direct = draw.upstream(shape) if pick.direct == "yes" else None
    return draw.values(shape), factor, draw.upstream(shape), pick.of, direct, 2 if pick.times == "twice" else 1


def _scale_gradient(x, factor):
    y = x.clone()
    if y.requires_grad:
        y.register_hook(lambda grad: factor * grad)
    return y


scale_gradient = Exercise(
    "scale_gradient",
    difficulty=3,
    importance=3,
    minutes=12,
    allow="tidu",
    units=10,
    stage=stage_scale_gradient,
    returns=("values", "x.grad", "other.grad"),
    reference=_scale_gradient,
    make=_make,
    parts=[
        Part(
            "values", 2,
            of=("a leaf",), factor=("any", "-1", "0"), ndim=(1, 2), direct=("no",), times=("once",),
        ),
        Part("direct", 2, direct=("yes",)),
        Part("result", 1, of=("a result",), times=("twice",)),
        Part("edge", 1, of=("a constant",), ndim=(0,)),
    ],
)  # fmt: skip


@scale_gradient.mistake(
    zh="钩子挂在了 `x` 自己身上：`x` 在别处用到的梯度也被乘了。先复制一份（`x.clone()`），把钩子挂在副本上。",
    en="The hook is on `x` itself, so gradients from its other uses are multiplied too. Make a copy first, "
    "`x.clone()`, and put the hook on that.",
)
def hook_on_x(x, factor):
    if x.requires_grad:
        x.register_hook(lambda grad: factor * grad)
    return x


@scale_gradient.mistake(
    zh="钩子挂在了 `x` 上，返回的虽是副本，`x` 从各处得到的梯度还是都被乘了。钩子要挂在副本上。",
    en="A copy is returned, but the hook is on `x`, and multiplies the gradients that `x` gets from all sides. It "
    "belongs on the copy.",
)
def hook_on_x_copy_returned(x, factor):
    y = x.clone()
    if x.requires_grad:
        x.register_hook(lambda grad: factor * grad)
    return y


@scale_gradient.mistake(
    zh="值也乘了 `factor`。这里只有梯度要变，值要原样。",
    en="The values are multiplied by `factor` too. Only the gradient is to change, the values are not.",
)
def scales_values(x, factor):
    return x * factor


@scale_gradient.mistake(
    zh="`detach` 把图剪断了，一点梯度也回不去。用 `clone`：它是图里的一步。",
    en="`detach` cuts the graph, and no gradient gets back at all. Use `clone`, which is a step of the graph.",
)
def cut_off(x, factor):
    return x.detach()


@scale_gradient.mistake(
    zh="钩子什么也没有返回（`None`），梯度就照旧。要换一个梯度，得把它 `return` 出来。",
    en="The hook returns nothing, `None`, and the gradient stays as it is. To put another in its place, `return` it.",
)
def returns_no_gradient(x, factor):
    y = x.clone()
    if y.requires_grad:

        def hook(grad):
            grad * factor

        y.register_hook(hook)
    return y


@scale_gradient.mistake(
    zh="钩子就地改了传来的梯度（`mul_`），而同一块内存可能还要传给别人：`y + other` 的两个操作数拿到的是同一个梯度。"
    "返回一个新的，不要改旧的。",
    en="The hook changes the gradient in place, `mul_`, and others may be handed the same memory: the two operands "
    "of `y + other` get one and the same gradient. Return a new one and leave the old one alone.",
)
def in_place(x, factor):
    y = x.clone()
    if y.requires_grad:
        y.register_hook(lambda grad: grad.mul_(factor))
    return y


@scale_gradient.mistake(
    zh="梯度要乘上 `factor`，不是加上它。",
    en="`factor` multiplies the gradient; it is not added to it.",
)
def adds_factor(x, factor):
    y = x.clone()
    if y.requires_grad:
        y.register_hook(lambda grad: grad + factor)
    return y


@scale_gradient.mistake(
    zh="不需要梯度的张量挂不了钩子，会报错。先看 `requires_grad`；不需要时，没有什么可乘的，原样返回就行。",
    en="A tensor that needs no gradient takes no hook and raises an error. Look at `requires_grad` first; where it "
    "is false there is nothing to multiply.",
)
def hook_in_any_case(x, factor):
    y = x.clone()
    y.register_hook(lambda grad: factor * grad)
    return y
