"""Samples of sorting, searching, counting, statistics and distances."""

from __future__ import annotations

from math import inf, nan

from tests.ops.cases_reduce import along, whole
from tests.ops.sample import b, f, f32, i, of, op, pos, v

TIES = [3.0, nan, 1.0, 3.0, -0.0, 0.0, nan, -inf, 1.0]
LONG = [7, 3, 3, 1, 0, 9, 2, 3, 1, 7, 5, 5]

# sorting

_o = op("sort")
_o(f(5))(f(3, 4))(f(3, 4), 0)(f(2, 3, 4), 1, True)(f(2, 3, 4), -3, descending=True)(f())(f(), 0)(f(), -1, True)(f(1))(
    f(0)
)(f(3, 0))(f(0, 3), 1)(f(4, 3).T, 1)(f(3, 4).S, 0)(f(2, 3, 4).T, 0)(f(3, 2).E, 1)(f(3, 2).E, 0)(v(TIES))(
    v(TIES), descending=True
)(v(TIES), stable=True)(v(TIES, "float32"), stable=True, dim=0, descending=True)(v(LONG))(v(LONG), descending=True)(
    b(3, 4)
)(b(5), descending=True)(v([255, 0, 3, 255], "uint8"))(v([-128, 5, 127, -1], "int8"), descending=True)(
    i(3, 4, dtype="int16")
)(i(3, 4, dtype="int32"), 0)(f32(3, 4))(v([2.0, nan, -1.0], "float16"))(f(3, 4), stable=False)(f(3), dim=0)
_o.error(IndexError, f(3, 4), 2).error(IndexError, f(), 1).error(TypeError, f(3), "a").error(TypeError, "a").error(
    TypeError, f(3), 0, True, True
).error(TypeError, f(3), descending="a").error(TypeError, f(3), stable=2.5).error(RuntimeError, v([1j, 2]))
_o.call(lambda t, x: t.sort(x).values * 2, f(3, 4)).call(lambda t, x: x.sort(0)[1], f(3, 4)).call(
    lambda t, x: t.sort(x, out=(t.empty(0, dtype=x.dtype), t.empty(0, dtype=t.int64))), f(3, 4).const
).call(lambda t, x: t.sort(x, out=t.empty(3)), f(3), raises=TypeError).call(
    lambda t, x: t.sort(x, out=(t.empty(3), t.empty(3))), f32(3), raises=RuntimeError
).call(lambda t, x: t.sort(x[1:], out=(x[:-1], t.empty(2, dtype=t.int64))), f(3).const, raises=RuntimeError)
for _dtype in ("int64", "int32", "float32", "float64", "int16", "bool"):  # above the size where other kernels take over
    _o.call(lambda t, x: t.sort(x, stable=True), i(3, 1000, dtype=_dtype, lo=0, hi=2 if _dtype == "bool" else 50))
    _o.call(
        lambda t, x: t.sort(x, dim=0, descending=True, stable=True),
        i(1500, 2, dtype=_dtype, lo=0, hi=2 if _dtype == "bool" else 50),
    )
_o.call(lambda t, x: t.sort(t.where(x > 0.7, nan, x), stable=True, descending=True), f(2500).const)
_o.call(lambda t, x: t.sort(x * 2**60, stable=True), i(2500, lo=-4, hi=4))

_o = op("argsort", grad=False)
_o(f(5))(f(3, 4), 0)(f(3, 4), -1, True)(f(2, 3, 4), dim=1, descending=True)(f())(f(0))(f(3, 0), 0)(v(TIES))(
    v(TIES), stable=True
)(v(TIES), stable=True, descending=True)(v(LONG))(b(4))(i(3, 4, dtype="int32"))(f(4, 3).T, 0)(f(3, 2).E)
_o.error(IndexError, f(3), 1).error(TypeError, f(3), "a").error(RuntimeError, v([1j, 2]))
op("msort")(f(3, 4))(f(5))(f())(f(0, 3))(i(4, 2))(b(3))(f(4, 3).T)(v(TIES)).error(RuntimeError, v([1j])).error(
    TypeError, "a"
)

_o = op("topk")
_o(f(5), 2)(f(3, 4), 2)(f(3, 4), 2, 0)(f(3, 4), 2, -2, False)(f(3, 4), 4)(f(3, 4), 0)(f(3, 4), k=1, dim=0)(
    f(2, 3, 4), 2, 1, largest=False, sorted=True
)(f(), 1)(f(), 0)(f(3, 0), 2, 0)(v([3.0, nan, 1.0, 7.0]), 3)(v([3.0, nan, 1.0, 7.0]), 4, largest=False)(f(4, 3).T, 2)(
    f(3, 4).S, 1, 0
)(f(3, 2).E, 1)(v([5, 9, 2, 7]), 2)(v([250, 3, 9], "uint8"), 2)(f32(6), 3)(i(1, 4, dtype="int16"), 1, 0)
_o.error(RuntimeError, f(3), 4).error(RuntimeError, f(3), -1).error(IndexError, f(3), 1, 1).error(
    TypeError, f(3)
).error(TypeError, f(3), "a").error(RuntimeError, b(3), 1).error(RuntimeError, v([1j]), 1)
_o.call(lambda t, x: t.topk(x, 2).indices, f(3, 4)).call(lambda t, x: x.topk(2)[0].sum(), f(3, 4))
for _k in (1, 5, 700):
    _o.call(lambda t, x, k=_k: t.topk(x, k), f(3000)).call(lambda t, x, k=_k: t.topk(x, k, 0, False), f32(3000, 2))
_o.call(lambda t, x: t.topk(x, 3), f(2, 5000)).call(lambda t, x: t.topk(x, 3)[0], i(5000))

for _name in ("sort", "argsort", "mode"):  # in which order equal ones, where it is not said
    _o = op(_name).call(lambda t, x, n=_name: getattr(t, n)(x), i(3, 40))
    _o.call(lambda t, x, n=_name: getattr(t, n)(x, 0), i(100, 2, dtype="int32"))
    if _name != "mode":
        _o.call(lambda t, x, n=_name: getattr(t, n)(x.round(), descending=True), f(60).const)(b(30))
_o = op("topk")
for _k in (1, 2, 5, 11):  # which of equal ones
    _o(v(LONG), _k)(v(LONG), _k, 0, False)(v(LONG), _k, sorted=False)(v([LONG * 8] * 2), _k)(
        v([LONG * 8] * 2), _k, largest=False
    )
    op("kthvalue")(v(LONG), _k)(v([LONG * 8] * 2), _k)
_o = op("kthvalue")
_o(f(5), 2)(f(3, 4), 1)(f(3, 4), 3, 0)(f(3, 4), 3, 0, True)(f(2, 3, 4), k=2, dim=-2, keepdim=True)(f(), 1)(
    v([2.0, nan, 1.0]), 3
)(v([2.0, nan, 1.0]), 2)(v([5, 9, 2, 7]), 2)(f(4, 3).T, 2)(f(3, 4).S, 1, 0)(f32(6), 3)(v([250, 3, 9], "uint8"), 3)
_o.error(RuntimeError, f(3), 4).error(RuntimeError, f(3), 0).error(IndexError, f(3), 1, 1).error(
    IndexError, f(0), 1
).error(TypeError, f(3)).error(NotImplementedError, b(3), 1).error(NotImplementedError, v([1j]), 1)
_o.call(lambda t, x: t.kthvalue(x, 1200), f(3000)).call(lambda t, x: t.kthvalue(x, 700, 0), f(1000, 3)).call(
    lambda t, x: t.kthvalue(x, 2900)[0], i(3000)
)

# median, nanmedian and mode; the plain ones stand with the reductions

_o = along(whole(op("nanmedian")), several=False, expanded=False)
_o(v([1.0, nan, 2.0]))(v([nan, nan]))(v([[1.0, nan, 0.0], [nan, nan, nan], [3.0, 1.0, 2.0]]), 1)(v([4, 1, 3, 5, 2]))(
    v([[4, 1, 3], [5, 2, 6]]), 0, True
)(f(0))(f32(5)).error(IndexError, f(0, 3), 0).error(NotImplementedError, b(3)).error(TypeError, f(3), f(3))
op("median").call(lambda t, x: t.median(x), f(3000)).call(lambda t, x: t.median(x, 1), f(3, 1001)).error(
    TypeError, f(3), f(3)
).call(lambda t, x: t.median(x, 0, out=(t.empty(0, dtype=x.dtype), t.empty(0, dtype=t.int64))), f(3, 4).const)
op("mode").call(lambda t, x: t.mode(x, 0)[0], i(3000)).call(lambda t, x: t.mode(x, 1, True)[0], i(4, 500)).error(
    TypeError, "a"
)(b(5))(v([[1.0, 1.0, 2.0, 2.0]]), keepdim=True)(f32(3, 4).T)

# running extremes and log-sum-exp

for _name in ("cummax", "cummin"):
    _o = along(op(_name), several=False, keepdim=False)
    _o(v([1, 1, 2, 0, 2]), 0)(v([1.0, nan, 2.0, nan, 3.0]), 0)(b(3, 4), 1)(f32(3, 4), 0)(f(0, 3), 0)(f(0, 3), 1)(
        v([3, 200, 100], "uint8"), 0
    ).error(TypeError, f(3)).error(NotImplementedError, v([1j]), 0)
    _o.call(lambda t, x, n=_name: getattr(x, n)(0).values, f(3, 4))
_o = along(op("logcumsumexp"), several=False, keepdim=False)
_o(f32(3, 4), 1)(v([1000.0, 1000.5, -1000.0]), 0)(v([-inf, 0.0, inf]).const, 0)(v([0.0, nan, 1.0]), 0)(
    f(0, 3).const, 0
)(f(0, 3), 1).error(TypeError, f(3)).error(NotImplementedError, i(3), 0)
op("cumsum").call(lambda t, x: t.cumsum(x, 0), f32(40000)).call(lambda t, x: t.cumsum(x, 1), f32(3, 1000))

# several results at once

_o = op("aminmax")
_o(f(3, 4))(f())(f(4, 3).T)(f(3, 2).E)(f(3, 4), dim=0)(f(3, 4), dim=-1, keepdim=True)(f(), dim=0)(
    f(3, 4), keepdim=True
)(v([[1.0, 2.0, 2.0], [2.0, 1.0, 1.0]]))(v([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]]), dim=1)(i(3, 4), dim=1)(b(3, 4), dim=0)(
    v([1.0, nan, 2.0])
)(f(3, 0), dim=0)
_o.error(RuntimeError, f(0)).error(IndexError, f(0, 3), dim=0).error(IndexError, f(3), dim=1).error(
    TypeError, f(3), 0
).error(TypeError, f(3), dim=(0,)).error(NotImplementedError, v([1j]))
for _name in ("std_mean", "var_mean"):
    _o = along(op(_name))
    _o(f(3, 4))(f(4, 3).T)(f(3, 2).E)(f32(5))(f(3, 4), correction=0)(f(3, 4), 1, correction=2)(f(3, 4), unbiased=False)(
        f(3, 4), False
    )(f(3, 4), 0, False)(f(3, 4), 0, True, True)(f(1))(f())(f(2, 3), dim=None, correction=1.5).error(
        RuntimeError, i(3)
    ).error(TypeError, "a")

_o = along(whole(op("nansum")))
_o(v([1.0, nan, 2.0]))(v([[1.0, nan], [nan, nan]]), 1)(i(3, 4))(b(3, 4), 0)(f32(5), dtype=of.float64)(
    i(3), dtype=of.float32
)(f(3, 4), ())(f(0, 3), 0)(v([200, 100], "uint8")).error(RuntimeError, v([1j]))
_o = along(whole(op("nanmean")))
_o(v([1.0, nan, 2.0]))(v([[1.0, nan], [nan, nan]]), 1)(f32(5), dtype=of.float64)(f(0, 3), 0)(f(3, 4), None, True).error(
    RuntimeError, i(3)
).error(RuntimeError, v([1j]))

_o = op("cov")
_o(f(3, 4))(f(4))(f())(f(1, 4))(f(4, 3).T)(i(3, 4))(f32(3, 4))(f(3, 4), correction=0)(f(3, 4), correction=4)(
    f(3, 4), fweights=v([1, 2, 3, 1])
)(f(3, 4), aweights=pos(4))(f(3, 4), fweights=v([1, 2, 3, 1]), aweights=pos(4))(
    f(3, 4), fweights=v([1, 2, 3, 1]), aweights=pos(4), correction=0
)(f(0, 3))(f(3, 0)).error(RuntimeError, f(2, 2, 2)).error(RuntimeError, b(3)).error(
    RuntimeError, f(2), fweights=f(2)
).error(RuntimeError, f(2), fweights=v([-1, 2])).error(RuntimeError, f(2), fweights=v([1, 2, 3])).error(
    RuntimeError, f(2), fweights=v([[1, 2]])
).error(RuntimeError, f(2), aweights=v([1, 2])).error(RuntimeError, f(2), fweights=v([0, 0])).error(
    TypeError, f(2), correction="a"
).error(TypeError, "a")
op("corrcoef")(f(3, 4))(f(4))(f())(f(4, 3).T)(i(3, 4))(f32(3, 4)).error(RuntimeError, f(2, 2, 2)).error(TypeError, "a")

for _name in ("quantile", "nanquantile"):
    _o = op(_name)
    _o(f(5), 0.3)(f(3, 4), 0.5)(f(3, 4), 0.25, 0)(f(3, 4), 0.25, -1, True)(f(3, 4), 0.7, keepdim=True)(
        f(3, 4), v([0.1, 0.5, 1.0])
    )(f(3, 4), v([0.1, 0.9]), dim=0)(f(3, 4), v([0.1, 0.9]), 1, True)(f(2, 3, 4), v(0.4), 1)(f(), 0.5)(f(), v([0.5]))(
        f(4, 3).T, 0.4, 0
    )(v([1.0, nan, 3.0, 2.0]), 0.4)(v([[1.0, nan, 3.0], [2.0, 5.0, 4.0], [nan, nan, nan]]), 0.4, 1)(f32(5), 0.0)(
        f32(5), 1.0
    )
    for _way in ("linear", "lower", "higher", "midpoint", "nearest"):
        _o(f(5), 0.3, interpolation=_way)(f(3, 4), v([0.2, 0.6]), 1, interpolation=_way)
    _o.error(RuntimeError, i(3), 0.5).error(RuntimeError, f(3), 1.5).error(RuntimeError, f(0), 0.5).error(
        RuntimeError, f(3), 0.5, interpolation="x"
    ).error(RuntimeError, f(3), v([[0.5]])).error(RuntimeError, f(3), v(0.5, "float32")).error(
        RuntimeError, f(3), v([0.5, -0.5])
    ).error(IndexError, f(3), 0.5, 1).error(TypeError, f(3), "a").error(TypeError, "a", 0.5)

# distinct elements

_o = op("unique")
_o(v(LONG))(v([[3, 1], [1, 2], [3, 1]]))(v([[3, 1], [1, 2], [3, 1]]), return_inverse=True)(
    v([[3, 1], [1, 2], [3, 1]]), return_counts=True
)(v(LONG), True, True, True)(v(LONG), sorted=False, return_inverse=True)(v(TIES))(v(TIES), return_inverse=True)(
    v(TIES), return_counts=True
)(v([-0.0, 0.0, 1.0]))(v([[3, 1], [1, 2], [3, 1]]), dim=0)(v([[3, 1], [1, 2], [3, 1]]), True, True, True, 0)(
    v([[3, 1], [1, 2], [3, 1]]), dim=1, return_inverse=True
)(v([[[1, 2], [1, 2]], [[1, 3], [1, 3]]]), dim=-2, return_counts=True)(b(5), return_counts=True)(v(3))(
    v(3), return_inverse=True, return_counts=True
)(i(0), return_inverse=True, return_counts=True)(f(0, 3).const, dim=0, return_inverse=True)(
    f(0, 2).const, True, True, True
)(i(4, 3).T, return_inverse=True)(i(3, 4, dtype="uint8"))(f32(3, 4).const)
_o.error(RuntimeError, f(3, 0), dim=0).error(IndexError, f(3), dim=1).error(IndexError, f(), dim=0).error(
    TypeError, "a"
).error(NotImplementedError, v([1j])).error(TypeError, i(3), "a")
_o.call(lambda t, x: x.unique(return_counts=True)[1], i(9))
_o.call(lambda t, x: t.unique(x.requires_grad_()).sum().backward(), f(3).const, raises=NotImplementedError).call(
    lambda t, x: t.unique(x, return_inverse=True, return_counts=True), i(3000)
)
_o = op("unique_consecutive")
_o(v([1, 1, 2, 2, 1]))(v([1, 1, 2, 2, 1]), return_inverse=True)(v([1, 1, 2, 2, 1]), True, True)(
    v([1, 1, 2]), return_counts=True
)(v([[1, 1], [2, 2]]), return_inverse=True)(v([nan, nan, 0.0, -0.0]), True, True)(
    v([[1, 2], [1, 2], [3, 1], [1, 2]]), True, True, 0
)(v([[1, 1, 2], [3, 3, 3]]), dim=1)(v(3), True, True)(i(0), True, True)(f(0, 2).const, True, True, dim=0)(b(6))
_o.error(RuntimeError, f(2, 0), dim=0).error(IndexError, f(3), dim=1).error(TypeError, "a")

# searching

_SORTED = v([1, 3, 3, 5])
_o = op("searchsorted", grad=False)
_o(_SORTED, 4)(_SORTED, 3)(_SORTED, 3, right=True)(_SORTED, v([[0, 3], [5, 9]]))(
    _SORTED, v([[0, 3], [5, 9]]), side="right"
)(_SORTED, v([3.0, 2.5]))(_SORTED, v(4))(v([1.0, 2.0, nan]), v([nan, inf, 2.0]))(
    v([1.0, 2.0, nan]), v([nan, inf, 2.0]), right=True
)(v([[1, 3, 5], [2, 4, 6]]), v([[3, 6, 9], [3, 6, 9]]))(
    v([[1, 3, 5], [2, 4, 6]]), v([[3], [4]]), side="left", out_int32=True
)(v([5, 1, 3]), v([3, 4]), sorter=v([1, 2, 0]))(f(0), f(2))(_SORTED, i(0))(_SORTED, 2.5)
_o.error(RuntimeError, _SORTED, v([3]), side="x").error(RuntimeError, _SORTED, v([3]), right=True, side="left").error(
    RuntimeError, _SORTED, v([3]), sorter=v([0, 1])
).error(RuntimeError, v([1, 3]), v([3]), sorter=v([0, 7])).error(RuntimeError, v([1, 3]), v([3]), sorter=f(2)).error(
    RuntimeError, v([[1, 3, 5]]), v([3])
).error(RuntimeError, v([[1, 3, 5]]), 3).error(RuntimeError, v(1), v([3])).error(NotImplementedError, b(2), b(2)).error(
    TypeError, 3, v([3])
).error(TypeError, _SORTED, "a")
_o.call(lambda t, x, y: t.searchsorted(t.sort(x)[0], y), f(6000), f(5000))
_o = op("bucketize", grad=False)
_o(v([1, 4, 3]), _SORTED)(v([1, 4, 3]), _SORTED, right=True)(3, _SORTED)(2.5, _SORTED, out_int32=True)(
    f(3, 4).T, v([-1.0, 0.0, 1.0])
)(v([nan]), v([1.0]))(i(0), _SORTED)
_o.error(RuntimeError, v([1.0]), v([[1.0]])).error(TypeError, "a", _SORTED).error(TypeError, 3, 4)

# counting

_o = op("bincount", grad=False)
_o(v([1, 2, 2, 5]))(v([1, 2, 2]), minlength=6)(v([1, 2, 2]), f(3))(v([1, 2, 2]), f32(3))(
    v([1, 2, 2]), weights=v([1, 2, 3])
)(i(0))(i(0), minlength=3)(v([1, 2], "uint8"))(v([1, 2], "int32"), None, 4)
_o.error(RuntimeError, v([-1, 2])).error(RuntimeError, v([[1]])).error(RuntimeError, v([1]), minlength=-1).error(
    RuntimeError, v([1]), f(2)
).error(NotImplementedError, f(3)).error(NotImplementedError, b(3)).error(TypeError, "a")
_o = op("histc", grad=False)
_o(f(9), 4)(f(9))(f(3, 4), bins=3, min=-1, max=1)(v([2.0, 2.0]), 4)(f(0), 4)(v([1.0, nan, 3.0]), 3, 0, 3)(
    f32(9), 4, -2, 2
)(f(4, 3).T, 5)(v([1.0, 2.0, 3.0]), 2, 1, 1)(v([0.0, 0.5, 1.0]), 2)
_o.error(RuntimeError, f(3), 0).error(RuntimeError, f(3), 3, 2, 1).error(RuntimeError, v([1.0, nan])).error(
    RuntimeError, f(3), 3, nan
).error(NotImplementedError, i(3)).error(TypeError, f(3), "a").error(TypeError, "a")
_o = op("histogram", grad=False)
_o(f(9), 4)(f(9))(f(3, 4), bins=3, range=(-1.0, 1.0))(f(9), v([-1.0, 0.0, 0.5, 2.0]))(f(9), 4, weight=f(9))(
    f(9), 4, weight=pos(9), density=True
)(f(3, 4), v([-1.0, 0.0, 2.0]), weight=pos(3, 4), density=True)(f(0), 3)(v([1.0, nan, 3.0]), 3, range=(0.0, 3.0))(
    f(), 3
)(f32(9), 5)(v([1.0, 2.0]), 2, range=(3.0, 3.0))(f(3), v([1.0, 0.0]))
_o.error(RuntimeError, f(3), 0).error(RuntimeError, f(3), 2, range=(1.0, 0.0)).error(
    RuntimeError, f(3), 2, range=(1.0,)
).error(RuntimeError, f(3), v([0, 1])).error(RuntimeError, f(3), v([[0.0, 1.0]])).error(
    RuntimeError, f(3), v([1.0])
).error(RuntimeError, f(3), 2, weight=f(2)).error(RuntimeError, f(3), 2, weight=i(3)).error(
    RuntimeError, v([1.0, nan]), 3
).error(NotImplementedError, i(3), 2).error(TypeError, f(3), "a").error(
    TypeError, f(3), v([0.0, 1.0]), range=(0.0, 1.0)
)
_o = op("histogramdd", grad=False)
_o(f(9, 2), 3)(f(9, 2), [2, 3])(f(3, 3, 2), (2, 3), range=[-1.0, 1.0, -2.0, 2.0])(
    f(9, 2), [v([-1.0, 0.0, 1.0]), v([0.0, 2.0])]
)(f(9, 2), [2, 2], weight=pos(9), density=True)(f(0, 2), [1, 1])
_o.error(RuntimeError, f(3), [2]).error(RuntimeError, f(3, 2), [2]).error(RuntimeError, f(3, 2), [2, 0]).error(
    RuntimeError, f(3, 2), [2, 2], range=[0.0, 1.0]
).error(TypeError, f(3, 2), "a")

# sampled functions

_o = op("diff")
_o(f(5))(f(3, 4))(f(3, 4), 2)(f(3, 4), 1, 0)(f(3, 4), n=2, dim=-2)(f(3, 4), 0)(f(3), 5)(i(5))(b(5))(b(3, 4), 2, 0)(
    f(4, 3).T
)(f(3, 4), prepend=f(3, 1))(f(3, 4), 1, 0, f(2, 4), f(1, 4))(f(5), append=f(2), n=2)(i(3), prepend=f(1))(f(1))(
    v([200, 100], "uint8")
)
_o.error(RuntimeError, f()).error(RuntimeError, f(3), -1).error(RuntimeError, f(3), prepend=f()).error(
    RuntimeError, f(3, 4), prepend=f(2, 1)
).error(IndexError, f(3), 1, 1).error(TypeError, f(3), "a").error(TypeError, "a")
_o = op("gradient")
_o(f(5))(f(3, 4))(f(3, 4), dim=1)(f(3, 4), dim=(1, 0))(f(3, 4), spacing=2.0)(f(3, 4), spacing=[2.0, 0.5])(
    f(3, 4), spacing=0.5, edge_order=2
)(f(4), edge_order=2, spacing=3)(f(4), spacing=(v([0.0, 1.0, 3.0, 4.0]),))(
    f(4, 3), spacing=(v([0.0, 1.0, 3.0, 4.0]), v([0.0, 2.0, 5.0])), edge_order=2
)(f(3, 4), dim=1, spacing=[v([0.0, 1.0, 3.0, 4.0])])(i(4))(i(4, dtype="int32"), spacing=2)(f())(f(4, 3).T)(f32(3, 3))(
    f(2)
)
_o.error(RuntimeError, f(3, 4), dim=(0, 0)).error(RuntimeError, f(3, 4), spacing=[1.0, 2.0, 3.0]).error(
    RuntimeError, f(1)
).error(RuntimeError, f(2), edge_order=2).error(RuntimeError, f(3), edge_order=3).error(
    RuntimeError, v([1, 2], "uint8")
).error(TypeError, f(3), spacing=f(2)).error(TypeError, f(3), spacing="a").error(RuntimeError, b(3)).error(
    IndexError, f(3), dim=1
).error(TypeError, "a")
for _name in ("trapezoid", "trapz"):
    _o = op(_name)
    _o(f(5))(f(3, 4))(f(3, 4), dim=0)(f(3, 4), dx=0.5)(f(3, 4), f(4))(f(3, 4), f(3), dim=0)(f(3, 4), f(3, 4), dim=0)(
        i(4)
    )(i(4), v([1, 2, 4, 5]))(f(1))(f(0))(f(2, 0))(f(4, 3).T)(f(2, 3, 4), f(3, 4))(f32(4), dx=2)
    _o.error(IndexError, f()).error(RuntimeError, f(3), f(4)).error(RuntimeError, b(3)).error(
        RuntimeError, f(3), b(3)
    ).error(IndexError, f(3), dim=1).error(TypeError, "a")
_o = op("cumulative_trapezoid")
_o(f(5))(f(3, 4))(f(3, 4), dim=0)(f(3, 4), dx=0.5)(f(3, 4), f(4))(f(3, 4), f(3), dim=0)(f(3, 4), f(3, 4), dim=0)(i(4))(
    f(1)
)(f(4, 3).T)
_o.error(IndexError, f()).error(RuntimeError, f(3), f(4)).error(RuntimeError, b(3)).error(IndexError, f(3), dim=1)

# distances

_o = op("cdist")
_o(f(3, 2), f(4, 2))(f(3, 2), f(4, 2), 1)(f(3, 2), f(4, 2), p=inf)(f(3, 2), f(4, 2), 0)(f(3, 2), f(4, 2), 3)(
    f(3, 2), f(4, 2), 0.5
)(f(2, 3, 2), f(2, 4, 2))(f(2, 3, 2), f(4, 2), 1)(f(1, 3, 2), f(5, 4, 2))(f(0, 2), f(3, 2))(f(2, 0), f(3, 0))(
    f32(3, 2), f32(4, 2)
)(f(3, 2).T, f(4, 2))(f(30, 2), f(4, 2))(f(30, 2), f(4, 2), compute_mode="donot_use_mm_for_euclid_dist")(
    f(3, 2), f(4, 2), compute_mode="use_mm_for_euclid_dist"
)
_o.error(RuntimeError, f(3), f(3)).error(RuntimeError, f(3, 2), f(3, 3)).error(RuntimeError, i(3, 2), i(3, 2)).error(
    RuntimeError, f(3, 2), f(3, 2), -1
).error(ValueError, f(3, 2), f(3, 2), compute_mode="x").error(RuntimeError, f(2, 3, 2), f(3, 3, 2)).error(
    RuntimeError, f(3, 2), f32(3, 2)
).error(TypeError, f(3, 2)).error(TypeError, f(3, 2), f(3, 2), "a")
_o.call(lambda t, x: t.cdist(x, x), f(3, 2))  # a distance of zero has no direction
op("pdist")(f(4, 3))(f(4, 3), 1)(f(4, 3), inf)(f(4, 3), 3)(f(4, 3), 0)(f(1, 3))(f(3, 0))(f(3, 4).T)(f32(4, 3)).error(
    RuntimeError, f(3)
).error(RuntimeError, f(3, 2), -1)
op("pdist").call(lambda t, x: t.nn.functional.pdist(x), f(4, 3))
op("pairwise_distance")(f(3, 4), f(3, 4))(f(3, 4), f(4), 1)(f(4), f(4), 2.0, 1e-3, True)(f(3, 4), f(3, 4), p=inf).error(
    RuntimeError, f(3), f(4)
).error(TypeError, f(3))
_o = op("cosine_similarity")
_o(f(3, 4), f(3, 4))(f(3, 4), f(3, 4), 0)(f(3, 4), f(1, 4), dim=-1)(f(4), f(4), 0, 1e-6)(f(2, 3, 4), f(2, 3, 4))(
    v([[0.0, 0.0]]).const, f(1, 2)
)(f32(3, 4), f32(3, 4))
_o.error(RuntimeError, f(3, 4), f(3, 5)).error(IndexError, f(3), f(3)).error(TypeError, f(3))
_o = op("renorm")
_o(f(3, 4), 2, 0, 1)(f(3, 4), 2, 1, 1.5)(f(3, 4), 1, -1, 0.5)(f(3, 4), inf, 0, 1)(f(2, 3, 4), 3, 1, 1.0)(
    f(3, 4), p=2, dim=0, maxnorm=0
)(f(4, 3).T, 2, 0, 1)(f32(3, 4), 2, 0, 1)(f(3, 4), 0.5, 0, 1)
_o.error(RuntimeError, f(3), 2, 0, 1).error(RuntimeError, i(3, 4), 2, 0, 1).error(
    RuntimeError, f(3, 4), -1, 0, 1
).error(RuntimeError, f(3, 4), 2, 0, -1).error(IndexError, f(3, 4), 2, 2, 1).error(TypeError, f(3, 4), 2, 0)

# choices

_o = op("combinations")
_o(f(4))(f(4), 3)(f(3), 1)(f(3), 0)(i(3), with_replacement=True)(f(3), 3, True)(f(2), 3)(f(0))(f(0), 2, True)(
    b(3)
).error(RuntimeError, f(2, 2)).error(RuntimeError, f(2), -1).error(TypeError, "a").error(TypeError, f(3), "a")
_o = op("cartesian_prod")
_o(f(2), f(3))(f(2), f(3), f(2))(i(2), i(0))(f(3)).error(RuntimeError, f(2), f(1, 1)).error(
    RuntimeError, i(2), f(2)
).error(TypeError, f(2), 3)
_o.call(lambda t: t.cartesian_prod(), raises=RuntimeError)

op("counts without a derivative").call(lambda t, x: t.histogram(x, 3).hist, f(6)).call(
    lambda t, x, w: t.histogram(x, 3, weight=w).bin_edges, f(6).const, pos(6)
).call(lambda t, x: t.histogramdd(x, [2, 2]).hist, f(6, 2))
