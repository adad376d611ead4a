"""Samples of special functions."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from tests.ops.cases_pointwise import binary, unary
from tests.ops.sample import Arg, f, f32, i, op, pos, v, within

open_unit = within(0.05, 0.95)
SPECIAL = [0.0, -0.0, nan, inf, -inf, 0.5, -0.5]
WIDE = [1e-300, 1e-8, 0.3, 2.9, 3.1, 7.5, 24.9, 25.1, 29.9, 30.1, 80.0, 700.0, 1e4]

unary("erfc")(v([1.0, 5.0, 20.0, -5.0]))
unary("erfinv", within(-0.9, 0.9))(v([1.0, -1.0, 1.5, 0.999999, -0.9999999999]))
unary("lgamma", pos)(v([-0.5, -2.5, 0.0, 1e-300, 1e10]))(v([-1.0, -3.0]).const)
unary("digamma", pos, tol=3e-5)(v([-0.5, -2.5, 0.0, -0.0, 1e-10, 1e10]))(v([-1.0, -3.0]).const)
unary("i0")(v(WIDE[:-2]))
unary("sinc")(v([0.0, 1.0, -2.0, 0.01]))(v([1j, 0j, 1 + 1j]))
unary("logit", open_unit, (0.0, nan, inf, -inf, 0.5))(v([0.0, 1.0, -0.5, 1.5]))(open_unit(3), 0.2)(
    v([0.0, 0.5, 1.0, 2.0]), eps=0.1
)
o = op("polygamma", tol=3e-5)
for _n in (0, 1, 2, 5):
    o.call(lambda t, x, n=_n: t.polygamma(n, x), pos(3, 4)).call(lambda t, x, n=_n: x.polygamma(n), f(4, 3).T)
    o.call(lambda t, x, n=_n: x.clone().polygamma_(n) * 1, pos(3)).call(
        lambda t, x, n=_n: t.polygamma(n, x), v([0.1, 1.0, 30.0, -0.5, -2.5, nan])
    )
    o.call(lambda t, x, n=_n: t.special.polygamma(n, x), i(3, lo=1))
o.call(lambda t, x: t.polygamma(-1, x), f(3), raises=RuntimeError)
o.call(lambda t, x: t.polygamma(1.5, x), f(3), raises=TypeError)
large = within(4, 8)
op("mvlgamma", tol=3e-5)(large(3, 4), 1)(large(3), 2)(large(), 3)(large(4, 3).T, 2)(large(0), 2)(i(3, lo=5, hi=9), 2)(
    Arg((3,), "float32", domain=(4, 8)), p=2
).error(RuntimeError, large(3), 0).error(TypeError, large(3), 1.5)
for _name in ("igamma", "igammac"):
    op(_name, grad=False)(pos(3, 4), pos(4))(v([0.5, 3.0, 20.0, 100.0]), v([0.1, 5.0, 18.0, 130.0]))(
        pos(4, 3).T, pos(4, 3).T
    )(v([0.0, 0.0, 1.0, inf, -1.0, nan, 1.0]), v([0.0, 1.0, 0.0, 1.0, 1.0, 1.0, inf]))(pos(0), pos(1))(
        Arg((3,), "float32", domain=(0.5, 3)), Arg((3,), "float32", domain=(0.5, 3))
    ).error(NotImplementedError, i(3), i(3)).error(TypeError, f(3), 2.0).error(RuntimeError, f(3), f(4))
    op(_name).call(lambda t, x, y, n=_name: getattr(t, n)(x, y), pos(3).const, pos(3))
binary("xlogy", f, pos)(2, pos(3))(0, v([0.0, -1.0, nan]))(v([0.0, 0.0, 1.0, nan]), v([0.0, nan, -1.0, 1.0]))(
    v([0.0, 0.0]), v([inf, -1.0])
)
for _name in ("logaddexp", "logaddexp2"):
    op(_name)(f(3, 4), f(4))(v([inf, -inf, inf, -inf, nan]), v([inf, -inf, -inf, 1.0, 1.0]))(
        v([1000.0, -1000.0]), v([1001.0, -999.0])
    )(f32(3), f32(3))(f(4, 3).T, f(4, 3).T)(f(0), f(1)).maybe(f32(3), i(3)).error(
        NotImplementedError, i(3), i(3)
    ).error(TypeError, f(3), 2.0).error(RuntimeError, f(3), f(4))
op("logaddexp")(Arg((3,), "complex128"), Arg((3,), "complex128"))


def special(name: str, *args: Any) -> Any:
    return lambda t, *xs: getattr(t.special, name)(*xs, *args)


def of_one(name: str, make: Any = f, values: list[float] | None = None, **options: Any) -> None:
    """A function of ``torch.special`` that is neither a method nor in the main namespace."""
    o = op(f"special_{name}", **options)
    for x in (make(3, 4), make(), make(0, 3), make(4, 3).T, make(3, 2).E, Arg((3,), "float32", domain=make().domain)):
        o.call(special(name), x)
    o.call(special(name), v(SPECIAL).const if name == "log_ndtr" else v(SPECIAL)).call(special(name), i(3, lo=0)).call(
        special(name), v([True, False])
    )
    if values is not None:
        o.call(special(name), v(values))
    o.call(special(name, 1.0), f(3), raises=TypeError).call(special(name), v([1j]), raises=NotImplementedError)
    o.call(lambda t, x, n=name: getattr(t.special, n)(x, out=t.empty(0, dtype=t.float64)), make(3).const)


BOTH = [*WIDE[:-2], *(-x for x in WIDE[:-2])]
APART = [x for x in BOTH if abs(x) != 1e-8]  # where the second derivative is a difference of equal numbers
BESSEL = {"tol": 1e-5}  # PyTorch's own are 4e-7 off near 5
of_one("entr", pos, [0.0, 1.0, 2.0, -1.0])
of_one("erfcx", f, [1.0, 5.0, 20.0, 1e5, -5.0, -30.0])
of_one("ndtri", open_unit, [0.0, 1.0, 0.5, 1e-10, 1e-300, 0.999, 1.5])
of_one("log_ndtr", f, [-50.0, -5.0, -1.0, 0.0, 5.0])
for _x in (f(3, 4), v(SPECIAL), i(3), f32(3)):
    op("special_ndtr").call(lambda t, x: t.special.ndtr(x) * 1, _x)
of_one("i0e", f, BOTH)
of_one("i1", f, APART)
of_one("i1e", f, APART)
of_one("bessel_j0", f, BOTH, **BESSEL)
of_one("bessel_j1", f, BOTH, **BESSEL)
of_one("bessel_y0", pos, WIDE, **BESSEL)
of_one("bessel_y1", pos, WIDE[1:], **BESSEL)
of_one("modified_bessel_i0", f, BOTH)
of_one("modified_bessel_i1", f, BOTH)
of_one("modified_bessel_k0", pos, WIDE[1:])
of_one("modified_bessel_k1", pos, WIDE[1:])
of_one("scaled_modified_bessel_k0", pos, WIDE[1:])
of_one("scaled_modified_bessel_k1", pos, WIDE[1:])
of_one("spherical_bessel_j0", f, BOTH)
of_one("airy_ai", f, [-30.0, -9.0, -3.1, -2.9, -1.0, 1.0, 2.0, 2.2, 5.0, 60.0, 200.0], **BESSEL)
for _name in ("zeta", "xlog1py"):
    _x, _y = (within(1.5, 4), pos) if _name == "zeta" else (f, pos)
    o = op(f"special_{_name}", tol=3e-5).call(special(_name), _x(3, 4).const, _y(4)).call(special(_name), 2, _y(3))
    o.call(special(_name, 2), _x(3).const).call(special(_name), _x(4, 3).T.const, _y(4, 3).T)
    o.call(special(_name), i(3, lo=2), i(3, lo=1)).call(special(_name), f(3), f(4), raises=RuntimeError)
    o.call(special(_name), 2, 3, raises=TypeError)
op("special_zeta").call(
    special("zeta"), v([1.0, 0.5, 2.0, 2.0, 2.5, 3.0, nan]).const, v([1.0, 1.0, 0.0, -0.5, -0.5, -7.5, 1.0]).const
)
op("special_xlog1py").call(special("xlog1py"), f(3), pos(3)).call(
    special("xlog1py"), v([0.0, 0.0, 1.0]), v([-1.0, nan, -2.0])
)
for _name in (
    *(f"{shift}chebyshev_polynomial_{kind}" for shift in ("", "shifted_") for kind in "tuvw"), "hermite_polynomial_h",
    "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p",
):  # fmt: skip
    o = op(f"special_{_name}", grad=False, tol=1e-6)
    for _n in (-1, 0, 1, 2, 5, 9, 20):
        o.call(special(_name, _n), v([-1.5, -1.0, -0.3, 0.0, 0.4, 0.8, 1.0, 1.5]))
    o.call(special(_name), f32(3, 1), v([0, 3, 4])).call(special(_name), 0.5, v([0, 3, 4])).call(
        special(_name), f(0), i(1)
    )
    o.call(special(_name), i(3), i(3, lo=0)).call(special(_name), f(3), f(4), raises=RuntimeError)
