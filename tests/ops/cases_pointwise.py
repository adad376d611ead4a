"""Samples of the pointwise ops."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from tests.ops.sample import Arg, Op, b, f, f32, i, of, op, pos, unit, v, within

LAYOUTS_1 = ((3, 4), (), (1,), (0, 3), (2, 1, 3))


def unary(
    name: str, make: Any = f, special: tuple[float, ...] = (0.0, -0.0, nan, inf, -inf, 0.5), **options: Any
) -> Op:
    """Every layout, every dtype, the special values, and what is not a tensor."""
    o = op(name, **options)
    for shape in LAYOUTS_1:
        o(make(*shape))
    o(make(4, 3).T)(make(2, 3).S)(make(2, 3, 4).T)(make(3, 2).E)
    o(Arg((3, 2), "float32", domain=make(1).domain))(v(special, "float32"))
    for dtype in ("int64", "int32", "uint8"):
        o.maybe(v([0, 1, 2, 5], dtype))
    o.maybe(b(3)).maybe(v([-3, 7], "int8"))
    return o.error(TypeError, "not a tensor").error(TypeError, make(2), make(2), make(2), make(2))


unary("abs")(v([-2.0, 0.0, 3.0]))
unary("neg").call(lambda t, x: -x, f(3)).call(lambda t, x: +x, f(3))
unary("exp")
unary("exp2")
unary("expm1")
unary("log", pos)
unary("log2", pos)
unary("log10", pos)
unary("log1p", unit)
unary("sqrt", pos)
unary("rsqrt", pos)
unary("square")(i(3, 2))
unary("reciprocal", pos)
unary("sin")
unary("cos")
unary("tan", unit)
unary("asin", unit)
unary("acos", unit)
unary("atan")
unary("sinh")
unary("cosh")
unary("tanh")
unary("asinh")
unary("acosh", within(1.2, 4))
unary("atanh", unit)
unary("sigmoid")(v([-800.0, 800.0, -40.0]))(v([-100.0, 100.0], "float32"))
unary("relu")(v([-1.0, 0.0, -0.0, 2.0]))(i(4))
unary("erf")
unary("sign")
unary("floor")(v([-1.5, 2.5, -0.2]))
unary("ceil")(v([-1.5, 2.5, -0.2]))
unary("trunc")(v([-1.5, 2.5, -0.2]))
unary("frac")(v([-1.5, 2.5, -0.2]))
unary("round")(v([-1.5, 0.5, 1.5, 2.5]))(v([1.2345, -6.789]), decimals=2)(v([1234.5, 55.0]), decimals=-1).maybe(
    i(3), decimals=1
)
unary("isnan")
unary("isinf")
unary("isfinite")
unary("logical_not")
op("bitwise_not")(i(3, 4))(b(3))(i(3, dtype="uint8", lo=0))(i(0)).error(NotImplementedError, f(3)).call(
    lambda t, x: ~x, i(3)
).call(lambda t, x: ~x, b(2, 2))
op("softplus").call(lambda t, x: t.nn.functional.softplus(x), f(3, 4)).call(
    lambda t, x: t.nn.functional.softplus(x, beta=2.0, threshold=3.0), v([-3.0, 0.5, 1.4, 1.6, 30.0])
).call(lambda t, x: t.nn.functional.softplus(x), f32(3).S)

# two operands: every way of broadcasting, every pair of dtypes, Python scalars on either side, the operators

PAIRS = (
    ((3, 4), (3, 4)), ((3, 4), (4,)), ((4,), (3, 4)), ((3, 1), (1, 4)), ((2, 3, 4), (3, 1)), ((), (3,)), ((), ()),
    ((0, 3), (1, 3)), ((0,), ()), ((1, 1), (3,)), ((2, 1, 2), (2, 3, 1)),
)  # fmt: skip
MIXES = (
    ("float64", "float32", ()), ("float32", "int64", (3,)), ("int64", "int32", (3,)), ("int64", "float32", ()),
    ("float32", "float64", (3,)), ("float32", "float64", ()), ("bool", "bool", (3,)), ("bool", "int64", (3,)),
    ("uint8", "int8", (3,)), ("int32", "int64", ()), ("float32", "int64", ()), ("uint8", "int64", ()),
    ("bool", "float32", ()), ("int8", "bool", (3,)), ("int16", "uint8", (3,)),
)  # fmt: skip


def mixed(dtype: str, shape: tuple[int, ...], domain: tuple[float, float] | None) -> Arg:
    """Operands small and positive where they are integers, so that every op is defined on them."""
    return Arg(shape, dtype, domain=domain if dtype.startswith("float") else (1, 5))


def binary(name: str, make: Any = f, other: Any = None, symbol: Any = None, floats: bool = True, **options: Any) -> Op:
    o, other = op(name, **options), other or make
    if floats:
        for x, y in PAIRS:
            o(make(*x), other(*y))
        o(make(4, 3).T, other(4, 3))(make(4, 3).T, other(4, 3).T)(make(2, 3).S, other(3))(make(3, 2).E, other(3, 2))
        o(make(2, 3).const, other(2, 3))(make(2, 3), other(2, 3).const)
        o.maybe(make(3), 2.5).maybe(make(3), 2).maybe(Arg((3,), "float32", domain=make().domain), 2.5)
        o.maybe(Arg((3,), "float32", domain=make().domain), True).maybe(make(), 3)
    o.maybe(v([5, 7, -3]), 2.5).maybe(v([5, 7, -3]), 2).maybe(v([True, False]), 2).maybe(v([5, 7], "uint8"), 3)
    for left, right, shape in MIXES:
        o.maybe(mixed(left, (3,), make().domain), mixed(right, shape, other().domain))
    if symbol:
        if floats:
            o.call(symbol, make(3), other(3)).call(lambda t, x: symbol(t, x, 2), make(3))
            o.call(lambda t, x: symbol(t, 2.5, x), other(2, 2)).call(
                lambda t, x: symbol(t, 2, x), v([1.0, 2], "float32")
            )
        o.call(lambda t, x: symbol(t, 2, x), v([3, 4])).call(symbol, v([7, 8]), v([2, 3]))
        o.call(lambda t, x: symbol(t, x, "a"), i(3), raises=TypeError)
    return (
        o.error(RuntimeError, i(3), i(4))
        .error(TypeError, i(3), "a")
        .error(TypeError, i(3))
        .error(TypeError, i(3), None)
    )


def far(*shape: int, dtype: str = "float64") -> Arg:
    return Arg(shape, dtype, domain=(-5, 5))


binary("add", symbol=lambda t, x, y: x + y)(f(3), f(3), alpha=2)(f(3), 2, alpha=0.5)(i(3), i(3), alpha=3).error(
    RuntimeError, i(3), i(3), alpha=0.5
).maybe(b(3), b(3), alpha=2).maybe(b(3), True)
binary("sub", symbol=lambda t, x, y: x - y)(f(3), f(3), alpha=2)(i(3), 2, alpha=3).maybe(b(3), b(3))
binary("mul", symbol=lambda t, x, y: x * y)
binary("div", f, pos, symbol=lambda t, x, y: x / y)(far(6), pos(6), rounding_mode="floor")(
    far(6), pos(6), rounding_mode="trunc"
)(v([7, -7, 8]), v([2, 2, -3]), rounding_mode="floor")(v([7, -7, 8]), v([2, 2, -3]), rounding_mode="trunc")(
    v([7, -7]), 2, rounding_mode="floor"
)(v([1.0, -1.0, 0.0]), v([0.0, 0.0, 0.0]))(
    v([1.0, -1.0, 0.0, inf]), v([0.0, 0.0, 0.0, 2.0]), rounding_mode="floor"
).error(RuntimeError, f(3), f(3), rounding_mode="up")(f32(3), f32(3), rounding_mode=None)
binary("floor_divide", far, pos, symbol=lambda t, x, y: x // y, grad=False)(v([7, -7, 8]), v([2, 2, -3])).maybe(
    v([7, 1]), v([2, 0])
)(v([7.0, -7.0]), v([-2.0, 0.0]))
binary("pow", pos, f, symbol=lambda t, x, y: x**y)(f(3, 2), 2)(f(3), 3)(f(3), 0)(f(3), 1)(pos(3), -1)(pos(3), 0.5)(
    v([0.0, -2.0, 3.0]), 2
)(v([0.0, 1.0]), 0.0)(2.0, f(3))(0, v([0.0, 1.0, 2.0]))(v([2, 3]), 2)(2, v([1, 2, 3]))(
    v([0.0, 0.0, 2.0]), v([0.0, 2.0, 3.0])
)(v([2, 3]), 1 + 1j)(v([2.0]).const, 1j)(v([True]), 2j).error(RuntimeError, v([2, 3]), -1)(v([-2.0]), 0.5)(
    v([1.5, 2.0], "float32"), v([2, 3])
)
binary("fmod", far, pos)(v([7, -7, 8]), v([2, 2, -3]))(far(5), -2.5)
binary("remainder", far, pos, symbol=lambda t, x, y: x % y)(v([7, -7, 8]), v([2, 2, -3]))(far(5), -2.5)(
    v([-3.0, -2.0, 2.0, 0.0, -0.0, 3.0]), v([1.5, 2.0, -2.0, -2.0, 2.0, -1.5])
).call(lambda t, x: 7 % x, v([2.0, -3.0]))
binary("atan2")(v([0.0, 1.0, -1.0]), v([-1.0, 0.0, 0.0]))
binary("maximum")(v([1.0, 2.0, nan]), v([1.0, 3.0, 0.0]))
binary("minimum")(v([1.0, 2.0, nan]), v([1.0, 3.0, 0.0]))
binary("hypot")
for _name, _symbol in (
    ("eq", lambda t, x, y: x == y), ("ne", lambda t, x, y: x != y), ("lt", lambda t, x, y: x < y),
    ("le", lambda t, x, y: x <= y), ("gt", lambda t, x, y: x > y), ("ge", lambda t, x, y: x >= y),
):  # fmt: skip
    _o = op(_name)
    for _x, _y in PAIRS:
        _o(f(*_x), f(*_y))
    _o(v([1.0, 2.0, nan]), v([1.0, 3.0, nan]))(i(5), i(5))(f(3), 0)(i(3), 0.5)(b(3), True)(i(4, 3).T, i(4, 3))(
        f32(3), f(3)
    )
    _o.call(_symbol, i(5), i(5)).call(lambda t, x, s=_symbol: s(t, x, 1), i(5)).call(
        lambda t, x, s=_symbol: s(t, 1, x), i(5)
    )
    _o.error(RuntimeError, f(3), f(4)).error(TypeError, f(3)).error(TypeError, f(3), "a")
op("eq").call(lambda t, x: x == "a", i(3)).call(lambda t, x: x == None, i(3))  # noqa: E711
op("ne").call(lambda t, x: x != "a", i(3)).call(lambda t, x: x != None, i(3))  # noqa: E711
for _name in ("logical_and", "logical_or", "logical_xor"):
    _o = op(_name)(b(3, 4), b(4))(i(3, lo=0, hi=2), f(3))(v([0.0, 1.0, nan]), v([0.0, 0.0, 1.0]))(b(3), b())(b(0), b(1))
    _o(b(4, 3).T, b(4, 3)).error(RuntimeError, b(3), b(4)).error(TypeError, b(3), "a").error(TypeError, b(3))
for _name, _symbol in (
    ("bitwise_and", lambda t, x, y: x & y), ("bitwise_or", lambda t, x, y: x | y), ("bitwise_xor", lambda t, x, y: x ^ y),
):  # fmt: skip
    binary(_name, i, symbol=_symbol, floats=False)(i(3, 1), i(1, 4))(b(3), b(3))(i(4, 3).T, i(4, 3).T)(
        i(0, 2), i(2)
    ).call(_symbol, b(3), b(3)).error(NotImplementedError, f(3), f(3)).error(NotImplementedError, i(3), 1.5)

# three operands and more

op("lerp")(f(3, 4), f(4), 0.3)(f(3), f(3), f(3))(f(3, 1), f(1, 4), f(4))(f(), f(3), 0.7)(f32(2).S, f32(2), 0.25)(
    f(0, 2), f(2), 0.5
)(f(4, 3).T, f(4, 3), 2.0).error(RuntimeError, f(3), f32(3), 0.5).error(TypeError, f(3), f(3)).error(
    RuntimeError, f(3), f(4), 0.5
)
op("addcmul")(f(3, 4), f(3, 4), f(4))(f(3), f(3, 1), f(3), value=2)(f(3), f(), f(3), value=-0.5)(
    i(3), i(3), i(3), value=2
)(f(4, 3).T, f(4, 3), f(3))(f32(0), f32(1), f32(1)).maybe(f(3), f32(3), f(3)).error(
    RuntimeError, f(3), f(4), f(3)
).error(TypeError, f(3), f(3))
op("addcdiv")(f(3, 4), f(3, 4), pos(4))(f(3), f(3, 1), pos(3), value=2)(f(3), f(), pos(3), value=-0.5)(
    f(4, 3).T, f(4, 3), pos(3)
).error(RuntimeError, i(3), i(3), i(3)).maybe(f32(3), i(3), i(3)).error(RuntimeError, f(3), f(4), f(3))
op("clamp")(far(3, 4), -1, 1)(far(5), min=0)(far(5), max=1.5)(v([-1.0, 0.0, 1.0, 2.0]), 0.0, 1.0)(v([nan, 3.0]), 0, 1)(
    i(6), -1, 2
)(i(4), 0.5)(far(5), 2, -2)(far(4, 3).T, -1, 1)(far(), -1, 1)(far(0), 0)(far(3, 4), f(4), max=f(3, 1))(far(3), min=f())(
    far(5, dtype="float32"), -0.5, 0.5
).error(RuntimeError, f(3)).error(TypeError, f(3), "a").maybe(b(3), 0, 1)(far(3), min=v([0, 1, 2]))
op("where")(b(3, 4), f(3, 4), f(3, 4))(b(3, 1), f(4), f(3, 4))(b(3), f(), f(3))(b(3), f(3), 2.0)(b(3), 1.5, f32(3))(
    b(3), f32(3), f(3)
)(b(3), i(3), f32(3))(b(0, 2), f(2), f(1, 2))(b(4, 3).T, f(4, 3).T, f(4, 3).T)(b(2, 3))(b())(b(3), 1, 2)(b(3), 1.0, 2)(
    b(3), f(3).const, f(3)
).error(RuntimeError, b(3), f(4), f(3)).maybe(i(3, lo=0, hi=2), f(3), f(3)).maybe(f(3), f(3), f(3)).error(
    TypeError, b(3), f(3)
)
op("masked_fill")(f(3, 4), b(3, 4), 2.5)(f(3, 4), b(4), -1)(f(3), b(3), f())(f(4), b(3, 1), 0.0)(i(3), b(3), 7)(
    f32(3).S, b(3), -inf
)(f(4, 3).T, b(4, 3), 0)(f(0, 2), b(2), 1.0)(f(), b(), 1.0).maybe(i(3), b(3), 0.5).error(
    RuntimeError, f(3), b(4), 0
).error(RuntimeError, f(3), i(3), 0).error(RuntimeError, f(3), b(3), f(2))

# written into

op("copy_")(f(3, 4), f(3, 4))(f(3, 4), f(4))(f(3), f())(f32(3), f(3))(f(3), f32(3))(i(3), f(3))(f(3), i(3))(b(3), f(3))(
    f(4, 3).T, f(4, 3)
)(f(2, 3).S, f(3))(f(0), f(1)).error(RuntimeError, f(3), f(4)).error(RuntimeError, f(3), f(2, 3)).error(
    TypeError, f(3), "a"
)
op("fill_")(f(3, 4), 2.5)(f(3), 2)(i(3), 2)(f(), 1.0)(f(0, 2), 1)(f(4, 3).T, -1)(f(3), f())(f32(3), i())(b(3), True)(
    i(3), 2.7
).error(RuntimeError, f(3), f(2)).error(TypeError, f(3), "a").error(TypeError, f(3))
op("zero_")(f(3, 4))(f(4, 3).T)(i(3))(b(3))(f())(f(0)).error(TypeError, f(3), 1)
op("to")(f(3), of.float32)(f32(3), of.float64)(f(3), of.int64)(i(3), of.float32)(f(3), of.float64)(f(3), of.bool)(
    f(4, 3).T, of.float32
)(f(3), "cpu", of.float32)(f32(3), f(2))(f(3), of.float64, copy=True)(i(3), dtype=of.uint8).error(
    TypeError, f(3), [3.5]
)
