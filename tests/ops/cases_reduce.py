"""Samples of the reductions and scans."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from tests.ops.sample import Op, b, f, f32, i, of, op, v


def along(o: Op, make: Any = f, several: bool = True, keepdim: bool = True, expanded: bool = True) -> Op:
    """One dim, a negative one, several, kept; over a 0-d, a non-contiguous and an empty tensor."""
    o(make(3, 4), 0)(make(3, 4), -1)(make(2, 3, 4), 1)(make(), 0)(make(4, 3).T, 1)(make(3, 4).S, 0)(make(1, 3), 0)
    o(make(2, 3, 4).T, 0)
    if expanded:
        o(make(3, 2).E, 0)
    if keepdim:
        o(make(3, 4), 1, True)(make(2, 3), dim=0, keepdim=True)
    if several:
        o(make(2, 3, 4), (0, 2))(make(2, 3, 4), dim=(-1, 0), keepdim=True)(make(2, 3, 4), [0, 1])(make(2, 3, 4), (1,))
        o.error(RuntimeError, make(2, 3), (0, 0))
    return o.error(IndexError, make(3, 4), 2).error(IndexError, make(3), -2).error(TypeError, make(3), "a")


def whole(o: Op, make: Any = f) -> Op:
    o(make(3, 4))(make())(make(1))(make(4, 3).T)(make(2, 3).S)(make(3, 2).E)(make(2, 3, 4).T)
    return o.error(TypeError, "a")


for _name in ("sum", "mean"):
    _o = along(whole(op(_name)))
    _o(f32(3, 4))(f32(3, 4), 1)(f(0, 3))(f(0, 3), 0)(f(0, 3), 1)(f(3, 4), None)(f(3, 4), ())(f(3, 4), None, True)
    _o(f32(5), dtype=of.float64)(f(5), dtype=of.float32)(i(5), dtype=of.float32)(f32(3, 4), 1, dtype=of.float64)
op("sum")(i(3, 4))(i(3, 4), 0)(b(3, 4))(b(3, 4), 1)(i(3, dtype="int32"))(v([200, 100], "uint8"))(i(0))(
    f(3), dtype=of.int64
)
op("mean").error(RuntimeError, i(3)).error(RuntimeError, b(3), 0)

along(whole(op("prod")), several=False)(f(0, 3))(f(0, 3), 0)(v([2.0, 0.0, 3.0]))(v([0.0, 0.0, 3.0]))(
    v([[1.0, 0.0], [2.0, 3.0]]), 1
)(v([[0.0, 0.0], [2.0, 3.0]]), 1)(i(3, 2))(i(3, 2), 0)(b(3))(f32(4), dtype=of.float64)(v([[0.0, 2.0], [2.0, 3.0]]))
for _name in ("amax", "amin"):
    along(whole(op(_name)))(v([[1.0, 2.0, 2.0], [2.0, 0.0, 1.0]]))(v([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]]), 1)(
        i(3, 4), 1
    )(b(3, 4), 0)(v([1.0, nan, 2.0]))(f(3, 0), 0)(f32(3, 4), (0, 1)).error(IndexError, f(0, 3), 0).error(
        RuntimeError, f(0)
    )
for _name in ("max", "min"):
    along(whole(op(_name)), several=False)(v([1.0, 2.0, 2.0]))(v([[1.0, 2.0, 2.0], [3.0, 3.0, 0.0]]), 1)(i(3, 4))(
        i(3, 4), 1
    )(b(3, 4))(b(3, 4), 0)(v([1.0, nan, 2.0]))(v([1.0, nan, 2.0]), 0)(f(3, 4), f(4))(i(3), f(3))(f(3, 1), f(4))(
        f32(4, 3).T, 0
    )(f(3, 0), 0).error(RuntimeError, f(0)).error(IndexError, f(0, 3), 0).call(
        lambda t, x: tuple(t.max(x, 1)), f(3, 4)
    ).call(lambda t, x: t.max(x, dim=1).values * 2, f(3, 4))
    op(_name).call(lambda t, x, n=_name: getattr(x, n)(1)[0], f(3, 4)).call(
        lambda t, x, n=_name: getattr(x, n)(dim=0).indices, f(3, 4)
    )
for _name in ("argmax", "argmin"):
    along(whole(op(_name, grad=False)), several=False)(v([1, 3, 3]))(v([[1.0, 1.0], [0.0, 0.0]]), 1)(i(3, 4), 1, True)(
        f(3, 4), None
    )(v([1.0, nan, 2.0]))(f(3, 4), keepdim=True)(f(3, 0), 0).error(IndexError, f(0)).error(
        IndexError, f(0, 3), 0
    ).maybe(b(3))
for _name in ("all", "any"):
    along(whole(op(_name), b), b)(f(3, 4), 1)(i(3, lo=0, hi=2))(b(0))(b(0, 3), 0)(v([1, 2], "uint8"))(v([0.0, nan]))(
        f32(2, 2), 0, True
    )

for _name in ("std", "var"):
    along(op(_name))(f(3, 4))(f(4, 3).T)(f(3, 4).S)(f(3, 2).E)(f32(5))(f(3, 4), correction=0)(f(3, 4), 1, correction=2)(
        f(3, 4), unbiased=False
    )(f(3, 4), 0, False)(f(3, 4), 0, True, True)(f(3, 4), 1, correction=0, keepdim=True)(f(1))(f(0))(f())(f(3, 1), 1)(
        f(2, 3), dim=None, correction=1.5
    ).error(RuntimeError, i(3)).error(TypeError, "a")
op("norm")(f(3, 4))(f())(f(1))(f(3, 4).T)(f(2, 3).S)(f(3, 2).E)(f(2, 3, 4).T)(f(3, 4), dim=0)(f(3, 4), dim=-1)(
    f(), dim=0
)(f(3, 4).T, dim=1)(f(3, 4), 2)(f(3, 4), 1)(f(3, 4), 3)(f(3, 4), 0)(f(3, 4), inf)(f(3, 4), -inf)(f(3, 4), 0.5)(
    f(3, 4), 2, 1
)(f(3, 4), 1, 0, True)(f(3, 4), p=inf, dim=1)(f(3, 4), dim=(0, 1))(f(2, 3, 4), p=2, dim=(0, 2), keepdim=True)(
    v([0.0, 0.0])
)(v([3.0, 0.0]), 1)(f32(4))(f(3, 4), "fro")(f(0))(v([1.0, -1.0]), inf).error(RuntimeError, i(3)).error(
    IndexError, f(3, 4), dim=2
).error(TypeError, f(3), dim="a").error(RuntimeError, f(3), "a")
along(op("logsumexp"))(f32(3, 4), 1)(v([[1000.0, 1000.5], [-1000.0, -inf]]), 1)(v([-inf, -inf]), 0)(f(0, 3), 0)(
    f(0, 3), 1
)(i(3), 0).error(TypeError, f(3))
for _name in ("cumsum", "cumprod"):
    _o = along(op(_name), several=False, keepdim=False)(f32(3, 4), 1)(i(3, 4), 0).call(
        lambda t, x, n=_name: getattr(t, n)(x, 0), b(4)
    )(f(0, 3), 0)(f(0, 3), 1)(f32(3), 0, dtype=of.float64)
    _o(v([3, 4], "uint8"), 0)(f(2, 3, 4).T, 2).error(TypeError, f(3))
op("cumprod")(v([1.0, 0.0, 3.0, 2.0]), 0)(v([[0.0, 2.0], [0.0, 0.0]]), 0)
# PyTorch's median over an expanded dimension reads memory that is not the tensor's
along(whole(op("median")), several=False, expanded=False)(v([1.0, 3.0, 2.0, 4.0]))(
    v([[5.0, 1.0, 3.0], [2.0, 6.0, 4.0]]), 1
)(v([4, 1, 3, 5, 2]))(v([[4, 1, 3], [5, 2, 6]]), 1)(v([1.0, nan, 2.0]))(f32(4))(
    v([[1.0, nan, 0.0], [3.0, 1.0, 2.0]]), 1
)(f(0)).error(IndexError, f(0, 3), 0)
op("mode")(v([1, 2, 2, 3]))(v([[3, 1, 1], [2, 2, 3]]), 1)(v([[3.0, 1.0, 1.0], [2.0, 2.0, 3.0]]), 0)(
    v([[3.0, 1.0, 1.0], [2.0, 2.0, 3.0]])
)(v([[3.0, 1.0, 1.0]]), 1, True)(f()).error(IndexError, f(3), 1)
op("dist")(f(3, 4), f(3, 4))(f(3), f(3), 1)(f(3), f(3), inf)(f(3, 4), f(4))(f(), f())(f(3), f(3), 3)(f32(3).S, f32(3))(
    f(3), f(3), 0
).error(RuntimeError, f(3), f(4)).error(TypeError, f(3))(v([1.0, 2.0]), v([1.0, 2.0]))
op("count_nonzero")(v([0, 1, 2]))(v([[0.0, 1.0], [nan, 0.0]]), 0)(b(3, 4), 1)(b(2, 3, 4), (0, 2))(f(0))(f())(
    i(4, 3).T
).error(IndexError, i(3), 1)
