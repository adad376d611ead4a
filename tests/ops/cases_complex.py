"""Samples of complex numbers, and of gradients through them."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from tests.ops.sample import Arg, Op, b, f, f32, i, op, pos, v

SHAPES = ((3, 4), (), (1,), (0, 3), (2, 1, 3))


def z(*shape: int) -> Arg:
    return Arg(shape, "complex128")


def both(name: str, **options: Any) -> Op:
    """Complex and real operands of every layout; what is not a tensor."""
    o = op(name, **options)
    for shape in SHAPES:
        o(z(*shape)).maybe(f(*shape))
    o(z(4, 3).T)(z(2, 3).S)(z(3, 2).E)(Arg((3,), "complex64"))(v([1 + 1j, 0j, -2.0, -1j]))
    o.maybe(f32(3)).maybe(i(3)).maybe(b(3)).maybe(v([-1.0, nan, 0.0, -0.0, inf]))
    return o.error(TypeError, 2.0)


both("sgn")(f(3, 4).T)(f(3, 2).E)
both("angle")(f(4, 3).T)
both("conj_physical")
both("isreal", grad=False)
both("resolve_conj")
both("resolve_neg")
both("is_neg", grad=False)
op("is_conj")(z(2))(f(2)).error(TypeError, 2.0)
both("real")
both("imag")
both("view_as_real")
for _name in (
    "conj",
    "adjoint",
):  # of complex numbers PyTorch's is a view, with a note on it: values and gradients agree
    _o = op(_name)(f(3, 4))(f32(2, 3).S)(f(2, 3, 4)).error(TypeError, 2.0)
    for _x in (z(3, 4), z(2, 3).S, z(4, 3).T):
        _o.call(lambda t, x, n=_name: getattr(t, n)(x).resolve_conj().contiguous() * 1, _x)
op("H").call(lambda t, x: x.H, f(3, 2)).call(lambda t, x: x.H * 1, z(3, 2)).call(
    lambda t, x: x.H, f(3), raises=RuntimeError
).call(lambda t, x: x.H, f())
op("mH").call(lambda t, x: x.mH, f(2, 3, 2)).call(lambda t, x: x.mH * 1, z(2, 3, 2)).call(
    lambda t, x: x.mH, f(3), raises=RuntimeError
)
op("view_as_complex")(f(3, 2))(f32(2))(f(2, 3, 2)).error(RuntimeError, f(3)).error(RuntimeError, f()).error(
    RuntimeError, i(3, 2)
).error(RuntimeError, f(2, 3).T).error(RuntimeError, f(3, 2).S).error(TypeError, 2.0)
op("complex")(f(3, 4), f(3, 4))(f(3, 1), f(4))(f(), f())(f32(3), f32(3))(f(0, 2), f(2))(f(4, 3).T, f(4, 3).T)(
    v([inf, nan, 0.0]), v([0.0, 1.0, -0.0])
).error(RuntimeError, f(3), f32(3)).error(RuntimeError, i(3), i(3)).error(RuntimeError, f(3), f(4)).error(
    TypeError, f(3), 2.0
)
op("polar")(pos(3, 4), f(3, 4))(pos(3, 1), f(4))(pos(), f())(
    Arg((3,), "float32", domain=(0.5, 2)), Arg((3,), "float32", domain=(-1, 1))
)(pos(0, 2), f(2)).error(RuntimeError, f(3), f32(3)).error(RuntimeError, i(3), i(3)).error(TypeError, f(3), 2.0)

# gradients through complex numbers: real in, real out, and what is complex in between
op("through_complex")
for _between in (
    lambda t, c: c * c,
    lambda t, c: c / (c + 2),
    lambda t, c: c.exp() * (1 + 2j),
    lambda t, c: c.sin() + c.cosh() * c.tanh(),
    lambda t, c: (c + 3).log() * 1j,
    lambda t, c: (c + 3).sqrt(),
    lambda t, c: c**3,
    lambda t, c: (c + 3) ** (c * 0.5),
    lambda t, c: c.sgn() * c,
    lambda t, c: c.conj() * c * c,
    lambda t, c: t.complex(c.real * 2, c.imag).reciprocal(),
    lambda t, c: t.view_as_complex(t.view_as_real(c) * 3),
    lambda t, c: t.where(c.real > 0, c, c * 2j),
    lambda t, c: t.polar(c.abs(), c.angle()) * 2,
):
    op("through_complex").call(
        lambda t, x, y, h=_between: h(t, t.complex(x, y)).abs() + h(t, t.complex(x, y)).imag, pos(3), pos(3)
    )
op("through_complex").call(lambda t, x: (x * (1 + 2j)).angle(), pos(3)).call(
    lambda t, x: (x.to(t.complex128) * x).real, f(3)
).call(lambda t, x: x.to(dtype=t.complex128).square().abs(), f(2, 3).T).call(lambda t, x: x.real.add_(1), z(3)).call(
    lambda t, x: x.clone().imag.mul_(2), z(3)
)
op("part_of").call(lambda t, x: _set(x.clone(), "real", 1.0), z(3)).call(
    lambda t, x, y: _set(x.clone(), "imag", y), z(3), f(3)
).call(lambda t, x: _set(x.clone(), "imag", 1.0), f(3), raises=RuntimeError)


def _set(x: Any, name: str, value: Any) -> Any:
    setattr(x, name, value)
    return x
