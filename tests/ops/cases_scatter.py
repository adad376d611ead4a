"""Samples of writing where an index, a mask or a view says, in place and as a function."""

from __future__ import annotations

from math import inf, nan

from tests.ops.sample import b, f, f32, i, op, v

_rows = v([[0, 2, 1, 0], [1, 1, 0, 2]])

# along one dimension

op("index_copy")(f(3, 4), 0, v([2, 0]), f(2, 4))(f(3, 4), 1, v([3]), f(3, 1))(f(3), -1, v([1, 0]), f(2).const)(
    f(3, 4).T, 0, v([1]), f(1, 4)
)(i(3), 0, v([0, 1]), i(2))(f(), 0, v([0]), f(1))(f(), 0, v(0), f())(f(3), 0, v([0]), f())(
    f(3), 0, v([], "int64"), f(0)
)(f32(3, 2).S, 0, v([2]), f32(1, 2))(f(3, 2), 0, v([1, 1]), f(2, 2).const).error(
    IndexError, f(3), 0, v([3]), f(1)
).error(IndexError, f(3), 0, v([-1]), f(1)).error(IndexError, f(3), 0, v([0, 1]), f(1)).error(
    RuntimeError, f(3, 4), 0, v([0]), f(1, 3)
).error(RuntimeError, f(3), 0, v([0], "int32"), f(1)).error(RuntimeError, f(3), 0, v([0]), f32(1)).error(
    IndexError, f(3), 0, v([[0]]), f(1)
).error(TypeError, f(3), 0, v([0]), 2.0).error(IndexError, f(3), 1, v([0]), f(1))
op("index_fill")(f(3, 4), 0, v([2, 0]), 2.5)(f(3, 4), 1, v([-1, 0]), f().const)(f(3), 0, v([1, 1]), f())(
    f(4, 3).T, -1, v([1]), 7
)(i(3), 0, v([0]), 2.7)(b(3), 0, v([0]), 1)(f(), 0, v(0), 5)(f(3), 0, v([], "int64"), 1)(f32(3), 0, v(1), f())(
    f(3).S, 0, v([2]), nan
).error(IndexError, f(3), 0, v([3]), 1).error(IndexError, f(3), 0, v([-4]), 1).error(
    IndexError, f(3), 0, v([0], "int32"), 1
).error(RuntimeError, f(3), 0, v([[0]]), 1).error(RuntimeError, f(3), 0, v([0]), f(1)).error(
    RuntimeError, f(3), 0, v([0]), 1j
).error(TypeError, f(3), 0, v([0]), "a").error(RuntimeError, i(3, dtype="uint8"), 0, v([0]), 300)

_few = v([[0.0, 2.0, 2.0, 5.0]])
for _reduce in ("sum", "prod", "mean", "amax", "amin"):
    _op = op("scatter_reduce", transposed=True)
    _op(f(3, 4), 0, _rows, f(2, 4), _reduce)(f(3, 4), 0, _rows, f(2, 4), _reduce, include_self=False)(
        f(2, 3), 1, v([[0, 0, 0], [1, 1, 2]]), f(2, 3).const, reduce=_reduce
    )(f(3, 4).T, 0, _rows, f(2, 4), _reduce)(f(), 0, v(0), f(), _reduce)(i(3, 4), 0, _rows, i(2, 4), _reduce)(
        i(3, 4), 0, _rows, i(2, 4), _reduce, include_self=False
    )(v([2.0, 2.0, 0.0]), 0, v([0, 0, 1, 1, 2]), v([2.0, 1.0, 0.0, 3.0, 0.0]), _reduce)(
        f32(3), 0, v([1, 1]), f32(2), _reduce
    )(v([1.0, nan]), 0, v([0, 1, 0]), v([nan, 1.0, inf]), _reduce).maybe(b(3), 0, v([1, 1]), b(2), _reduce).error(
        RuntimeError, f(3), 0, v([3]), f(1), _reduce
    ).error(RuntimeError, f(3), 0, v([0]), f32(1), _reduce)
    if _reduce != "sum":
        op("index_reduce")(f(3, 4), 0, v([2, 0, 0]), f(3, 4), _reduce)(
            f(3, 4), 1, v([3, 3]), f(3, 2), _reduce, include_self=False
        )(f(3), -1, v([1, 1]), f(2).const, reduce=_reduce)(f(3, 4).T, 0, v([1]), f(1, 4), _reduce)(
            i(3), 0, v([0, 0], "int32"), i(2), _reduce
        )(f(), 0, v([0]), f(), _reduce)(
            v([2.0, 2.0, 0.0]), 0, v([0, 0, 1, 1, 2]), v([2.0, 1.0, 0.0, 3.0, 0.0]), _reduce
        ).error(IndexError, f(3), 0, v([3]), f(1), _reduce).error(RuntimeError, f(3), 0, v([0]), f32(1), _reduce).error(
            RuntimeError, f(3), 0, v([0, 1]), f(1), _reduce
        ).error(RuntimeError, f(3, 4), 0, v([0]), f(1, 3), _reduce).error(IndexError, f(3), 0, v([[0]]), f(1), _reduce)
op("scatter_reduce")(v([1.0, 2.0]), 0, v([0, 0, 1]), v([0.0, 0.0, 3.0]), "prod")  # two zeros in one place
op("scatter_reduce").error(RuntimeError, f(3), 0, v([0]), f(1), "add").error(
    TypeError, f(3), 0, v([0]), 2.0, "sum"
).error(TypeError, f(3), 0, v([0]), f(1))
op("index_reduce").error(RuntimeError, f(3), 0, v([0]), f(1), "sum").error(TypeError, f(3), 0, v([0]), 2.0, "prod")

# flat positions and masks

op("put")(f(3, 4), v([0, -1, 5]), f(3))(f(3, 4), v([[0, 0], [1, 11]]), f(2, 2), accumulate=True)(
    f(4, 3).T, v([1, 2]), f(2)
)(i(4), v([3]), i(1))(f(), v(0), f())(f(3), v([], "int64"), f(0))(f(3, 4).S, v([7]), f(1))(
    f(3), v([1]), f(1).const, True
)(f(2, 3), v([4, 5]), f(1, 2)).error(IndexError, f(3), v([3]), f(1)).error(IndexError, f(3), v([-4]), f(1)).error(
    IndexError, f(3), v([0, 1]), f(1)
).error(RuntimeError, f(3), v([0], "int32"), f(1)).error(RuntimeError, f(3), v([0]), f32(1)).error(
    IndexError, f(0), v([0]), f(1)
).error(TypeError, f(3), v([0]), 2.0)
op("masked_scatter")(f(3, 4), b(3, 4), f(12))(f(3, 4), b(4), f(3, 4))(f(3, 4).T, b(3, 4), f(12))(f(4), b(3, 4), f(12))(
    i(3), v([True, False, True]), i(2)
)(f(), v(True), f(1))(f(0), b(0), f(0))(f(3), v([False, False, True]), f(2, 2))(f(3, 1).const, b(3, 2), f(6)).error(
    RuntimeError, f(3), v([True, True, True]), f(2)
).error(RuntimeError, f(3), i(3), f(3)).error(RuntimeError, f(3), b(3), f32(3)).error(
    RuntimeError, f(3), b(4), f(4)
).error(TypeError, f(3), b(3), 2.0)
op("masked_scatter_").call(lambda t, x, y: x.clone().masked_scatter_(x > 0, y), f(3, 4), f(12)).call(
    lambda t, x, y: x.clone().masked_scatter_(t.tensor([True, False, True]), y), f(2, 3), f(6)
).call(lambda t, x, y: x.masked_scatter_(t.ones(3, 2, dtype=t.bool), y), f(2), f(6), raises=RuntimeError)
op("take_along_dim")(f(3, 4), v([[2, 0, 1, 1]]), 0)(f(3, 4), v([[3], [0], [1]]), 1)(f(3, 4), v([[3]]), -1)(
    f(3, 4), v([5, 0, 11])
)(f(4, 3).T, v([[1]]), dim=1)(i(3), v([2, 2]), 0)(f(3), v([-1]), 0)(f(1, 3), v([[0, 1], [2, 0]]), 1)(
    f(3), v([], "int64"), 0
).error(RuntimeError, f(3, 4), v([0]), 1).error(RuntimeError, f(3), v([0], "int32"), 0).error(
    RuntimeError, f(3), f(1), 0
).error(RuntimeError, f(2, 3), v([[0], [1], [1]]), 1).error(IndexError, f(3), v([0]), 1).error(TypeError, f(3), 0, 0)

# the region of a view

op("select_scatter")(f(3, 4), f(4), 0, 1)(f(3, 4), f(3), 1, -1)(f(3), f(), 0, 2)(f(3, 4).T, f(4), 0, 0)(
    i(3), i(), 0, 0
)(f(3, 4), f32(4), 0, 1)(f(3, 4).S, f(4), 0, 1)(f(2, 3), f(3).const, dim=0, index=1).error(
    RuntimeError, f(3, 4), f(3), 0, 1
).error(IndexError, f(3), f(), 0, 3).error(IndexError, f(3), f(), 1, 0).error(TypeError, f(3), 2.0, 0, 0)
op("slice_scatter")(f(5, 2), f(2, 2), 0, 1, 3)(f(2, 5), f(2, 3), 1, 0, 5, 2)(f(4), f(4))(f(4), f(2), 0, -2)(
    f(4), f(1), start=1, end=-2
)(f(2, 4).T, f(2, 2), 1, 2)(i(3), i(1), 0, 2)(f(3), f(0), 0, 5)(f(5), f32(2), step=3)(f(4).S, f(2), 0, 2).error(
    RuntimeError, f(4), f(2), 0, 0, 3
).error(RuntimeError, f(4), f(4), 0, 0, 4, 0).error(IndexError, f(4), f(4), 1).error(IndexError, f(), f())
op("diagonal_scatter")(f(3, 4), f(3))(f(3, 4), f(3), 1)(f(3, 4), f(2), -1)(f(2, 3, 3), f(2, 3), 0, 1, 2)(
    f(3, 4).T, f(3)
)(i(2, 2), i(2))(f(3, 3), f(0), 5)(f(3, 3).S, f(3).const)(f(3, 3), f32(2), offset=1).error(
    RuntimeError, f(3, 3), f(2)
).error(IndexError, f(3), f(3)).error(RuntimeError, f(3, 3), f(3), 0, 0, 0)
# what PyTorch says is the gradient of the input is what the source covers: only that of the source is asked for
op("as_strided_scatter")(f(12).const, f(3, 4), (3, 4), (4, 1))(f(12).const, f(2, 2), (2, 2), (4, 2), 1)(
    f(3, 4).const, f(3), (3,), (5,)
)(f(4, 3).T.const, f(2).const, (2,), (1,), 2)(i(6), i(2), (2,), (3,))(f(3, 4).S.const, f(2).const, (2,), (1,), 1).error(
    RuntimeError, f(4), f(3), (2,), (1,)
).error(RuntimeError, f(4), f(9), (9,), (1,))
op("fill_diagonal_").call(lambda t, x: (x * 1).fill_diagonal_(2.5), f(3, 4)).call(
    lambda t, x: (x * 1).fill_diagonal_(2, wrap=True), f(7, 3)
).call(lambda t, x: (x * 1).fill_diagonal_(2, True), f(3, 7)).call(
    lambda t, x: (x * 1).fill_diagonal_(2), f(2, 2, 2)
).call(lambda t, x: (x * 1).fill_diagonal_(2), f(3, 4).T).call(lambda t, x: x.clone().fill_diagonal_(2), i(3, 3)).call(
    lambda t, x: x.clone().fill_diagonal_(2), f(0, 3)
).call(lambda t, x: x.fill_diagonal_(2), f(3), raises=RuntimeError).call(
    lambda t, x: x.fill_diagonal_(2), f(2, 3, 2), raises=RuntimeError
).call(lambda t, x: x.fill_diagonal_("a"), i(3, 3), raises=TypeError)
op("fill")(f(3, 4), 2.5)(f(3), f())(i(3), 2.7)(f(4, 3).T, 1)(f(), 3)(b(3), 2)(f(0), 1).error(
    RuntimeError, f(3), f(1)
).error(TypeError, f(3), "a").error(RuntimeError, i(3), 3j)
