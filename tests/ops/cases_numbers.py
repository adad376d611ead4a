"""Samples of bits, of floats taken apart, and of limits."""

from __future__ import annotations

from math import inf, nan

from tests.ops.cases_pointwise import binary, far, unary
from tests.ops.sample import Arg, b, f, f32, i, op, pos, v

SPECIAL = [0.0, -0.0, nan, inf, -inf, 1.5, -2.5]

for _name, _symbol in (("bitwise_left_shift", lambda t, x, y: x << y), ("bitwise_right_shift", lambda t, x, y: x >> y)):
    binary(_name, lambda *s, **k: i(*s, lo=0, **k), symbol=_symbol, floats=False)(i(3, 1), i(1, 4, lo=0))(
        i(4, 3).T, i(4, 3, lo=0).T
    )(v([1, -5, 7]), v([63, 64, 70]))(v([1, -5, 7]), v([-1, 2, 0]))(v([1, 200], "uint8"), v([7, 9], "uint8"))(
        v([-128, 100], "int8"), 1
    )(i(0, 2), i(2)).maybe(b(3), 1).maybe(b(3), b(3)).maybe(b(3), v([1, 2, 3])).error(
        NotImplementedError, f(3), f(3)
    ).error(NotImplementedError, i(3), 1.5).call(_symbol, f(3), f(3), raises=NotImplementedError)
for _name in ("gcd", "lcm"):
    op(_name, grad=False)(i(3, 4), i(4))(v([0, -4, 12, 0]), v([0, 6, 18, 5]))(v([12], "int8"), v([18], "uint8"))(
        i(4, 3).T, i(4, 3).T
    )(i(), i(3))(i(0), i(1)).maybe(b(3), i(3)).error(NotImplementedError, f(3), i(3)).error(TypeError, i(3), 2).error(
        RuntimeError, i(3), i(4)
    )

binary("copysign", f)(v(SPECIAL), v([-1.0] * 7))(v([1.0, -1.0, 0.0, nan]), v([0.0, -0.0, nan, -1.0]))(i(3), i(3)).maybe(
    b(3), f(3)
)
op("nextafter")(f(3, 4), f(4))(f32(3), f32(3))(v([1.0, 0.0, -0.0, nan, inf, 2.0]), v([inf, -1.0, 0.0, 1.0, 0.0, 2.0]))(
    f(4, 3).T, f(4, 3).T
)(f(0), f(1)).maybe(f(3), f32(3)).error(NotImplementedError, i(3), i(3)).error(TypeError, f(3), 1.0)
op("frexp")(f(3, 4))(f())(f(0, 2))(f(4, 3).T)(f(2, 3).S)(f32(3))(v(SPECIAL))(v([8.0, 0.1, 1e-310])).error(
    RuntimeError, i(3)
).error(TypeError, 2.0)
binary("ldexp", f, lambda *s, **k: Arg(s, k.get("dtype", "float64"), domain=(-3, 3)))(f(3), i(3, lo=0))(
    f32(3), i(3, lo=0)
)(v([1, 2]), v([3, -1]))
op("heaviside", grad=False)(f(3, 4), f(4))(v([-1.0, 0.0, -0.0, 2.0, nan]), v([0.5] * 5))(i(4), i(4))(b(3), b(3))(
    f(4, 3).T, f(4, 3).T
)(f(0), f(1)).error(RuntimeError, f(3), f32(3)).error(RuntimeError, f(3), i(3)).error(TypeError, f(3), 1.0)
op("nan_to_num")(v(SPECIAL))(v(SPECIAL), 1.0)(v(SPECIAL), nan=2.5, posinf=7.0, neginf=-7.0)(v(SPECIAL, "float32"))(
    v(SPECIAL, "float16")
)(i(3))(i(3), nan=2.0)(b(3))(f(3, 4).T)(f(3, 2).E)(f())(f(0))(v([complex(nan, inf), 1j])).error(TypeError, 2.0).error(
    TypeError, f(3), "a"
)
for _name in ("fmax", "fmin"):
    op(_name)(f(3, 4), f(4))(v([1.0, 2.0, nan, nan, 3.0]), v([1.0, 3.0, 0.0, nan, nan]))(f32(3), f(3)).maybe(
        f32(3), i(3)
    )(i(3), i(3))(b(3), b(3))(f(4, 3).T, f(4, 3).T)(f(), f(3))(f(0), f(1)).error(TypeError, f(3), 2.0).error(
        RuntimeError, Arg((2,), "complex64"), Arg((2,), "complex64")
    ).error(RuntimeError, f(3), f(4))
for _name in ("clamp_min", "clamp_max"):
    op(_name)(far(3, 4), 0.5)(far(3, 4), f(4))(far(3, 4), 0)(i(4), 1)(i(4), 1.5)(v([nan, 1.0, 2.0]), 1.0)(
        v([1.0, 2.0]), v([1.0, nan])
    )(far(4, 3).T, 0.0)(far(), 0.0)(far(0), 0.0)(f32(3), 0.5)(f32(3), f(3)).maybe(b(3), 0).error(
        TypeError, f(3), None
    ).error(TypeError, f(3), "a").error(RuntimeError, f(3), f(4)).error(NotImplementedError, Arg((2,), "complex64"), 0)
op("float_power")(pos(3), 2)(pos(3), f(3))(2, f(3))(f32(3), 2)(i(3), 2)(i(3), i(3, lo=0))(b(3), 2)(pos(3, 4).T, 0.5)(
    v([-8.0]), 1 / 3
)(v([1 + 1j]), 2)(pos(3), 1j)(pos(0), 2).error(TypeError, f(3), "a").error(TypeError, 2, 2)
op("positive")(f(3))(i(3))(f(4, 3).T).error(RuntimeError, b(3)).error(TypeError, 2.0)
unary("deg2rad")
unary("rad2deg")
op("fill")(f(3, 4), 2.5)(f(3), f())(i(3), 2)(i(3), 2.7)(f(4, 3).T, 0)(f(0), 1)(b(3), True)(f(3, 2).E, 1.0).error(
    TypeError, f(3), "a"
).error(RuntimeError, f(3), f(2))

for _name in ("isposinf", "isneginf", "signbit"):
    _o = op(_name, grad=False)(v(SPECIAL))(v(SPECIAL, "float32"))(i(3))(b(3))(f(4, 3).T)(f(0))(f())(f(3, 2).E)
    _o.maybe(Arg((2,), "complex64")).error(TypeError, 2.0)
op("isin", grad=False)(i(3, 4), i(5))(f(3), f(3))(v([1.0, 2.0, nan]), v([nan, 2.0]))(i(3), v([1.0, 2.5]))(i(3), 2)(
    2, i(3)
)(i(3, 4).T, i(2))(i(3), i(0))(i(0, 2), i(3))(i(5), i(4), invert=True)(
    v([3, 1, 2]), v([1, 2]), assume_unique=True
).error(TypeError, 1, 2).error(RuntimeError, b(3), i(3)).error(RuntimeError, Arg((2,), "complex64"), i(3)).error(
    TypeError, i(3), "a"
)
op("is_nonzero", grad=False)(v([2.0]))(v(0))(v([[False]])).error(RuntimeError, f(2)).error(RuntimeError, f(0)).error(
    TypeError, 2.0
)
op("is_same_size", grad=False)(f(3), f(3))(f(3), i(3))(f(3), f(3, 1))(f(), f()).error(TypeError, f(3), 2.0)
op("is_signed", grad=False)(f(3))(b(3))(v([1], "uint8"))(i(3)).error(TypeError, 2.0)
op("old_division").call(lambda t, x, y: x.__div__(y), f(3), pos(3)).call(lambda t, x: x.__rdiv__(2), pos(3)).call(
    lambda t, x, y: x.clone().__idiv__(y), f(3), pos(3)
)
