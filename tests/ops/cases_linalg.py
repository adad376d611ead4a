"""Samples of the products of matrices and vectors, and of softmax."""

from __future__ import annotations

from math import inf

from tests.ops.sample import b, f, f32, i, of, op, v

op("matmul")(f(2, 3), f(3, 4))(f(3), f(3))(f(2, 3), f(3))(f(3), f(3, 4))(f(2, 3, 4), f(2, 4, 2))(f(2, 3, 4), f(4, 2))(
    f(3, 4), f(2, 4, 3)
)(f(2, 3, 4), f(4))(f(3), f(2, 3, 4))(f(2, 1, 3, 4), f(5, 4, 2))(f(1, 3, 4), f(2, 4, 1))(f(2, 3).T, f(3, 4).T)(
    f(2, 3).S, f(3, 4).S
)(f(2, 3, 4).T, f(2, 4, 2))(f32(2, 3), f32(3, 2))(i(2, 3), i(3, 2))(i(3), i(3))(f(0, 3), f(3, 2))(f(2, 0), f(0, 3))(
    f(2, 3, 0), f(0, 4)
)(f(1, 1), f(1, 1))(f(2, 3).const, f(3, 2))(f(3, 3).E, f(3, 2)).call(lambda t, x, y: x @ y, f(2, 3), f(3, 2)).call(
    lambda t, x: x @ x.T, f(2, 3)
).error(RuntimeError, f(2, 3), f(2, 3)).error(RuntimeError, f(3), f(4)).error(RuntimeError, f(), f(3)).error(
    RuntimeError, f(2, 3), f32(3, 2)
).error(TypeError, f(2, 3), 2.0).error(RuntimeError, f(2, 2, 3), f(3, 3, 2)).error(RuntimeError, f(2, 3), f(4)).call(
    lambda t, x: x @ 2, f(2), raises=TypeError
).maybe(b(2, 2), b(2, 2))
op("mm")(f(2, 3), f(3, 4))(f(2, 3).T, f(3, 4))(f(2, 3).S, f(3, 4).T)(f32(1, 3), f32(3, 1))(i(2, 3), i(3, 2))(
    f(0, 3), f(3, 2)
)(f(2, 0), f(0, 3)).error(RuntimeError, f(2, 3), f(2, 3)).error(RuntimeError, f(3), f(3, 2)).error(
    RuntimeError, f(2, 3), f(3)
).error(RuntimeError, f(2, 3), f32(3, 2)).error(TypeError, f(2, 3))
op("bmm")(f(2, 3, 4), f(2, 4, 5))(f(2, 3, 4).T, f(2, 4, 1).S)(f32(1, 2, 3), f32(1, 3, 2))(i(2, 2, 3), i(2, 3, 2))(
    f(0, 2, 3), f(0, 3, 2)
)(f(2, 2, 0), f(2, 0, 3)).error(RuntimeError, f(2, 3, 4), f(3, 4, 5)).error(RuntimeError, f(2, 3, 4), f(2, 3, 5)).error(
    RuntimeError, f(3, 4), f(4, 5)
).error(RuntimeError, f(2, 3, 4), f32(2, 4, 5))
op("mv")(f(2, 3), f(3))(f(2, 3).T, f(3))(f(2, 3).S, f(3).S)(f32(2, 3), f32(3))(i(2, 3), i(3))(f(0, 3), f(3))(
    f(2, 0), f(0)
).error(RuntimeError, f(2, 3), f(2)).error(RuntimeError, f(3), f(3)).error(RuntimeError, f(2, 3), f32(3)).error(
    TypeError, f(2, 3), 2
)
op("dot")(f(3), f(3))(f(3).S, f(3))(f32(4), f32(4))(i(3), i(3))(f(0), f(0))(f(1), f(1)).error(
    RuntimeError, f(3), f(4)
).error(RuntimeError, f(2, 3), f(3)).error(RuntimeError, f(3), f32(3)).error(TypeError, f(3), 2)
op("outer")(f(3), f(4))(f(3).S, f(2))(f32(2), f32(2))(i(3), f(2))(f(0), f(3)).error(RuntimeError, f(2, 2), f(2)).error(
    TypeError, f(3), 2
)
op("trace")(f(3, 3))(f(2, 3))(f(4, 3).T)(i(3, 3))(f(0, 0))(f32(3, 3).S).error(RuntimeError, f(3)).error(
    RuntimeError, f(2, 2, 2)
)
op("addmm")(f(2, 4), f(2, 3), f(3, 4))(f(4), f(2, 3), f(3, 4))(f(2, 1), f(2, 3), f(3, 4), beta=0.5, alpha=2)(
    f(), f(2, 3), f(3, 4)
)(f(2, 2), f(2, 3).T, f(3, 2).T, beta=0)(f(2, 2), f(2, 0), f(0, 2), beta=2)(i(2, 2), i(2, 3), i(3, 2), beta=2)(
    f32(2, 2), f32(2, 3).S, f32(3, 2)
).error(RuntimeError, f(3), f(2, 3), f(3, 4)).error(RuntimeError, f(4), f(2, 3), f(4, 4)).error(
    RuntimeError, f(4), f32(2, 3), f32(3, 4)
).error(TypeError, f(4), f(2, 3))
op("addmv")(f(2), f(2, 3), f(3))(f(1), f(2, 3), f(3), beta=0.5, alpha=2)(f(), f(2, 3), f(3))(
    f(2), f(2, 3).T, f(3).S, beta=0
)(i(2), i(2, 3), i(3)).error(RuntimeError, f(3), f(2, 3), f(3)).error(RuntimeError, f(2), f(2, 3), f(2)).error(
    RuntimeError, f(2), f32(2, 3), f32(3)
)
op("addr")(f(3, 4), f(3), f(4))(f(4), f(3), f(4), beta=0.5, alpha=2)(f(), f(3), f(4))(f(3, 4).T, f(3), f(4).S, beta=0)(
    i(3, 2), i(3), i(2)
).error(RuntimeError, f(4, 3), f(3), f(4)).error(RuntimeError, f(3, 4), f(3, 1), f(4)).error(TypeError, f(3, 4), f(3))
# PyTorch's addbmm_ resizes what it writes to where the shapes broadcast: not in place at all, and not asked for here
op("addbmm")(f(3, 5), f(2, 3, 4), f(2, 4, 5)).call(
    lambda t, x, a, b: t.addbmm(x, a, b, beta=0.5, alpha=2), f(5), f(2, 3, 4), f(2, 4, 5)
).call(lambda t, x, a, b: t.addbmm(x, a, b, beta=0), f(), f(1, 2, 3), f(1, 3, 2))(
    i(2, 2), i(2, 2, 3), i(2, 3, 2)
).error(RuntimeError, f(3, 4), f(2, 3, 4), f(2, 4, 5)).error(RuntimeError, f(3, 5), f(2, 3, 4), f(3, 4, 5)).error(
    IndexError, f(3, 5), f(3, 4), f(4, 5)
)
op("baddbmm")(f(2, 3, 5), f(2, 3, 4), f(2, 4, 5))(f(5), f(2, 3, 4), f(2, 4, 5), beta=0.5, alpha=2)(
    f(3, 1), f(2, 3, 4), f(2, 4, 5)
)(f(2, 2, 2), f(2, 2, 0), f(2, 0, 2))(f(1), f(1, 2, 3), f(1, 3, 2), beta=0)(i(2, 2, 2), i(2, 2, 3), i(2, 3, 2)).error(
    RuntimeError, f(2, 3, 4), f(2, 3, 4), f(2, 4, 5)
).error(RuntimeError, f(5), f(2, 3, 4), f(3, 4, 5))

for _name in ("softmax", "log_softmax"):
    op(_name)(f(3, 4), 1)(f(3, 4), 0)(f(3, 4), -1)(f(2, 3, 4), 1)(f(), 0)(f(4, 3).T, 1)(f(3, 4).S, 0)(f(0, 3), 1)(
        f(3, 0), 1
    )(f(3, 1), 1)(f32(3, 4), 1)(f32(3, 4), 1, dtype=of.float64)(i(3, 4), 1, dtype=of.float32)(
        v([[1000.0, -1000.0, 999.0], [-inf, 0.0, 1.0]]), 1
    )(v([[-inf, -inf]]), 1)(f(3, 2).E, 0)(f(3, 4), dim=0).error(IndexError, f(3, 4), 2).maybe(i(3, 4), 1).error(
        TypeError, f(3)
    ).error(TypeError, f(3), "a").call(lambda t, x, n=_name: getattr(t.nn.functional, n)(x, dim=1), f(3, 4))
