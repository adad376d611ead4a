"""8.7 Forward mode with dual numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

import tidu
from autograder.exercises.e08_jvp.tensors import tensor
from autograder.judging.draw import LAYOUTS, Args, Draw, need
from autograder.judging.exercise import Exercise, Part

#: One instruction alone, and programs that use a value more than once.
SINGLE = {name: ((name, 0, 0),) if name in ("add", "mul") else ((name, 0),) for name in ("add", "mul", "sin", "exp")}
REUSING = {
    "x sin x": (("sin", 0), ("mul", 0, 1)),
    "exp sin x²": (("mul", 0, 0), ("sin", 1), ("exp", 2)),
    "both orders": (("sin", 0), ("exp", 1), ("mul", 2, 1), ("add", 0, 3)),
    "2x · x": (("add", 0, 0), ("mul", 0, 0)),
    "sin² x": (("sin", 0), ("mul", 1, 1)),
    "x + x, late": (("sin", 0), ("exp", 0), ("mul", 1, 2), ("add", 0, 0)),
    "x³ + x²": (("mul", 0, 0), ("mul", 1, 0), ("add", 2, 1)),
}


def _random_tape(draw: Draw):
    """Six instructions; exp is taken of sines alone, so that nothing overflows, and sin not of products and sums: the
    sine of a large number is another one when the number is rounded another way."""
    tape: list[tuple[Any, ...]] = []
    sines, small = [0], [0]
    for place in range(1, 7):
        name = draw.one_of(["add", "mul", "sin", "exp"])
        if name == "exp":
            tape.append((name, draw.one_of(sines)))
            small.append(place)
        elif name == "sin":
            tape.append((name, draw.one_of(small)))
            sines.append(place)
            small.append(place)
        else:
            tape.append((name, draw.integer(0, place - 1), place - 1))
    return tuple(tape)


def _make(pick, draw: Draw) -> Args:
    tape = {**SINGLE, **REUSING, "empty": ()}.get(pick.tape) if pick.tape != "long" else _random_tape(draw)
    shape = draw.shape(pick.ndim, pick.lengths)
    x = draw.values(shape) / 2
    if pick.x == "steep":
        x = np.pi / 2 + 1e-6 * x  # where the derivative of sin all but vanishes
    elif pick.x == "large":
        x = 6 + 2 * np.abs(x)
    need(pick.x != "large" or pick.tape in SINGLE)
    return tape, draw.lay_out(x, pick.layout, pick.dtype), draw.upstream(shape, pick.layout, pick.dtype, pick.t)


def _run_tape(tape, x):
    functions: dict[str, Any] = {"add": tidu.add, "mul": tidu.mul, "sin": tidu.sin, "exp": tidu.exp}
    values = [x]
    for name, *places in tape:
        values.append(functions[name](*(values[i] for i in places)))
    return values[-1]


def _jvp(tape, x, t):
    y, ty = tidu.autograd.functional.jvp(lambda z: _run_tape(tape, z), tensor(x), tensor(t))
    return y.numpy(), ty.numpy()


jvp_dual = Exercise(
    "jvp_dual",
    difficulty=3,
    importance=2,
    minutes=15,
    units=40,
    returns=("y", "ty"),
    reference=_jvp,
    make=_make,
    parts=[
        Part(
            "values",
            3,
            tape=tuple(SINGLE),
            ndim=(1, 2),
            lengths=("distinct",),
            t=("plain", "thousands", "zero"),
            x=("plain", "steep", "large"),
            layout=("dense",),
            dtype=("float64",),
        ),
        Part("reuse", 3, tape=(*REUSING, "long")),
        Part("edge", 1, ndim=(0,), lengths=("zero first", "one first"), tape=("empty",)),
        Part("layout", 1, layout=LAYOUTS[1:], dtype=("float32",)),
    ],
)


def follow(tape, x, t, **wrong):
    """Run the tape on (value, tangent) pairs, by the right rules except for those given."""
    functions = {"add": np.add, "mul": np.multiply, "sin": np.sin, "exp": np.exp}
    tangents: dict[str, Any] = dict(
        add=lambda a, b, ta, tb: ta + tb,
        mul=lambda a, b, ta, tb: ta * b + a * tb,
        sin=lambda a, ta: np.cos(a) * ta,
        exp=lambda a, ta: np.exp(a) * ta,
    )
    tangents.update(wrong)
    values, moves = [x], [t]
    for name, *places in tape:
        operands = [values[i] for i in places]
        moves.append(tangents[name](*operands, *(moves[i] for i in places)))
        values.append(functions[name](*operands))
    return values[-1], moves[-1]


@jvp_dual.mistake(
    zh="乘积的切向量不是切向量的乘积。乘法法则：ȧb + aḃ。",
    en="The tangent of a product is not the product of the tangents. The product rule: ȧb + aḃ.",
)
def multiplies_tangents(tape, x, t):
    return follow(tape, x, t, mul=lambda a, b, ta, tb: ta * tb)


@jvp_dual.mistake(
    zh="乘法法则只写了一半：ȧb + aḃ 的两项都要。",
    en="That is half of the product rule: ȧb + aḃ needs both terms.",
)
def half_the_product_rule(tape, x, t):
    return follow(tape, x, t, mul=lambda a, b, ta, tb: ta * b)


@jvp_dual.mistake(
    zh="sin 和 exp 的切向量里丢了链式法则的后一半：导数还要乘上输入的切向量 ȧ。",
    en="The tangents of sin and exp lack the second half of the chain rule: multiply by the input's tangent ȧ.",
)
def no_chain_rule(tape, x, t):
    return follow(tape, x, t, sin=lambda a, ta: np.cos(a), exp=lambda a, ta: np.exp(a))


@jvp_dual.mistake(
    zh="sin 的切向量里少了 ȧ：cos a 只是导数，还要乘上输入的切向量。",
    en="The tangent of sin lacks ȧ: cos a is only the derivative, to be multiplied by the tangent of the input.",
)
def sine_without_its_tangent(tape, x, t):
    return follow(tape, x, t, sin=lambda a, ta: np.cos(a))


@jvp_dual.mistake(
    zh="exp 的切向量里少了 ȧ：eᵃ 只是导数，还要乘上输入的切向量。",
    en="The tangent of exp lacks ȧ: eᵃ is only the derivative, to be multiplied by the tangent of the input.",
)
def exp_without_its_tangent(tape, x, t):
    return follow(tape, x, t, exp=lambda a, ta: np.exp(a))


@jvp_dual.mistake(
    zh="导数总是在 x 处取的。每一步的导数要在「这一步输入」的值 a 处取：走到第二步，输入已经不是 x 了。",
    en="The derivatives are all taken at x. Take each at the value a of that step's own input: by the second step it "
    "is no longer x.",
)
def derivatives_at_x(tape, x, t):
    return follow(
        tape, x, t,
        mul=lambda a, b, ta, tb: ta * x + x * tb,
        sin=lambda a, ta: np.cos(x) * ta,
        exp=lambda a, ta: np.exp(x) * ta,
    )  # fmt: skip


@jvp_dual.mistake(
    zh="每一步用的都是 x，没有看指令里的编号：编号 0 才是 x，编号 i 是第 i 步得到的值。",
    en="Every step works on x, whatever numbers its instruction names: number 0 is x, number i is what step i made.",
)
def operands_are_all_x(tape, x, t):
    return follow([(name, *(0 for _ in places)) for name, *places in tape], x, t)


@jvp_dual.mistake(
    zh="每一步用的都是上一步的结果，没有看指令里的编号：更早的值也会再用到。",
    en="Every step works on the result of the one before, whatever numbers its instruction names: earlier values are "
    "used again too.",
)
def operands_are_the_last(tape, x, t):
    return follow([(name, *(i for _ in places)) for i, (name, *places) in enumerate(tape)], x, t)


@jvp_dual.mistake(
    zh="方向 t 没有用上：x 的切向量就是 t，不是 1。",
    en="The direction t is not used: the tangent of x is t, not 1.",
)
def direction_of_ones(tape, x, t):
    return follow(tape, x, np.ones_like(x))


@jvp_dual.mistake(
    zh="每一步都要乘「这一步输入」的切向量，不是最初的 t：走到第二步，切向量已经变了。",
    en="Each step multiplies by the tangent of its own input, not by the first t: by the second step it has changed.",
)
def always_the_first_tangent(tape, x, t):
    return follow(
        tape, x, t,
        add=lambda a, b, ta, tb: t + t,
        mul=lambda a, b, ta, tb: t * b + a * t,
        sin=lambda a, ta: np.cos(a) * t,
        exp=lambda a, ta: np.exp(a) * t,
    )  # fmt: skip


@jvp_dual.mistake(
    zh="sin 的导数是 cos，前面没有负号；−sin 是 cos 的导数。",
    en="The derivative of sin is cos, without a minus sign; −sin is the derivative of cos.",
)
def sign_of_cosine(tape, x, t):
    return follow(tape, x, t, sin=lambda a, ta: -np.cos(a) * ta)


@jvp_dual.mistake(
    zh="差分只是近似。对偶数给出的是准确的导数，检查时容得下的只有舍入误差。",
    en="A finite difference is an approximation. Dual numbers give the exact derivative, and the check leaves room for "
    "rounding only.",
)
def central_difference(tape, x, t):
    def run(z):
        return follow(tape, z, z)[0]

    step = 1e-6
    return run(x), (run(x + step * t) - run(x - step * t)) / (2 * step)
