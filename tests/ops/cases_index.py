"""Samples of indexing, gathering, joining and rearranging."""

from __future__ import annotations

from math import nan
from typing import Any

from tests.ops.sample import ANY, b, f, f32, i, op, v

# reading by index: views for integers, slices, None and ...; copies for everything else

_get = op("getitem")
for _index in (
    0, -1, slice(1, None), slice(None, None, 2), slice(5, 1), slice(-2, None), ..., None, (), (0, 1), (slice(None), 1), (..., 0),
    (None, slice(1, 3)), (1, None, slice(0, 2)), (slice(1, 3), slice(None, None, 3)), (..., None), (0, ...), (slice(0, 0),),
    [0, 2], [0, -1, 0], [[0, 1], [2, 2]], (slice(None), [0, 2]), ([0, 1], [1, 2]), ([0, 1], slice(1, 3)), ([[0], [1]], [1, 2]), (0, [1, 2]),
    ([0, 2], None), (None, [0, 2]), True, False, [], (..., [0, 1]), [True, False, True], (slice(None), [True, False, False, True]), (1, 2),
):  # fmt: skip
    _get.call(lambda t, x, k=_index: x[k], f(3, 4))
for _index in (
    slice(None),
    (0, slice(None), [1, 2]),
    ([0, 1], slice(None), [1, 2]),
    (slice(None), [0, 1], [1, 2]),
    (slice(None), 1, [0, 0]),
    ([1, 0], 2),
):
    _get.call(lambda t, x, k=_index: x[k], f(2, 3, 4))
_get.call(lambda t, x: x[1:, ::2], f(4, 3).T).call(lambda t, x: x[:, 1], f(3, 4).S).call(
    lambda t, x: x[[0, 1]], f(3, 2).E
).call(lambda t, x, k: x[k], f(3, 4), v([2, 0])).call(lambda t, x, k: x[k], f(3, 4), v([[2, 0], [1, -1]])).call(
    lambda t, x, k: x[:, k], f(3, 4), v([3, 3, 0])
).call(lambda t, x, k: x[k], f(3, 4), v([True, False, True])).call(lambda t, x, k: x[k], f(3, 4), b(3, 4)).call(
    lambda t, x, k, j: x[k, j], f(3, 4), v([0, 1]), v([[1], [2]])
).call(lambda t, x: x[x > 0], f(3, 4)).call(lambda t, x: x[...], f()).call(lambda t, x: x[None], f()).call(
    lambda t, x, k: x[k], f(3), v(1)
).call(lambda t, x, k: x[k], f(3), v(True)).call(lambda t, x, k: x[k], f(3, 4), v([1, 0], "int32")).call(
    lambda t, x: x[0], f32(3, 4)
).call(lambda t, x: x[[2, 1]], i(4)).call(lambda t, x: x[t.tensor([0, 1]), 1:], f(3, 4)).call(
    lambda t, x, k: x[k], f(3, 4), v([], "int64")
).call(lambda t, x: list(x)[1], f(3, 4)).call(lambda t, x: x[(slice(0, 2), (0, 1))], f(3, 4))
for _bad in (
    3, -4, (0, 4), (0, 0, 0), 1.5, "a", slice(None, None, -1), [3], (0, [4]), ([0, 1], [0, 1, 2]), [True, False], (..., ...), [0.5], {},
):  # fmt: skip
    _get.call(lambda t, x, k=_bad: x[k], f(3, 4), raises=ANY)
_get.call(lambda t, x, k: x[k], f(3, 4), f(2), raises=IndexError).call(
    lambda t, x, k: x[k], f(3, 4), b(2), raises=IndexError
).call(lambda t, x: x[0], f(), raises=IndexError).call(lambda t, x, k: x[k], f(3, 4), b(3, 3), raises=IndexError).call(
    lambda t, x: iter(x), f(), raises=TypeError
)

# writing by index


def put(index: Any) -> Any:
    def call(t: Any, x: Any, value: Any = 2.5) -> Any:
        x = x.clone()
        x[index] = value
        return x

    return call


_set = op("setitem")
for _index in (
    0,
    -1,
    slice(1, None),
    (slice(None), 1),
    (1, 2),
    ...,
    [0, 2],
    (slice(None), [0, 3]),
    ([0, 1], [1, 2]),
    [True, False, True],
    None,
):
    _set.call(put(_index), f(3, 4)).call(put(_index), i(3, 4)).call(put(_index), f(3, 4).T)
_set.call(put(1), f(3, 4), f(4)).call(put((slice(None), 1)), f(3, 4), f(3)).call(put(slice(0, 2)), f(3, 4), f(4)).call(
    put([0, 2]), f(3, 4), f(2, 4)
).call(put([0, 2]), f(3, 4), f(1, 4)).call(put(([0, 1], [1, 2])), f(3, 4), f(2)).call(put(...), f(3, 4), f(4)).call(
    put(0), f(3, 4), f()
).call(put(0), f(3, 4), i(4)).call(put(0), i(3, 4), f(4)).call(put(0), f32(3, 4), f(4)).call(
    put(0), f(3, 4), f(1, 4)
).call(put((slice(None), slice(1, 3))), f(3, 4), f(3, 1)).call(put([True, False, True]), f(3, 4), f(2, 4))
_set.call(lambda t, x, k, y: put(k)(t, x, y), f(3, 4), b(3, 4), f()).call(
    lambda t, x: put(x > 0)(t, x, 0.0), f(3, 4)
).call(lambda t, x, k, y: put(k)(t, x, y), f(3, 4), v([2, 0]), f(2, 4)).call(
    lambda t, x, y: put(t.tensor([True, False, True]))(t, x, y), f(3, 4), f(4)
)
_set.call(put(3), f(3), raises=IndexError).call(put(0), f(3, 4), f(3), raises=RuntimeError).call(
    put([0, 5]), f(3), raises=IndexError
).call(put((0, 0)), f(3), raises=IndexError).call(put([0, 1]), f(3, 4), f(3, 4), raises=RuntimeError).call(
    lambda t, x: put(0)(t, x, "a"), f(3), raises=TypeError
).call(put(1.5), f(3), raises=ANY).call(lambda t, x: put(0)(t, x, [1.0, 2.0]), f(3, 2), raises=ANY)

_rows = v([[0, 2, 1, 0], [1, 1, 0, 2]])
op("gather")(f(3, 4), 0, _rows)(f(2, 4), 1, v([[0, 3], [1, 1]]))(f(2, 4), -1, v([[0], [1]]))(f(3), 0, v([2, 0, 2]))(
    f(), 0, v(0)
)(f(3, 4).T, 0, _rows)(i(3, 4), 0, _rows)(f32(3, 4).S, 0, _rows)(f(2, 4), 1, v([[], []], "int64"))(
    f(0, 3), 0, v([], "int64")
).error(RuntimeError, f(2, 4), 1, v([[4]])).error(RuntimeError, f(2, 4), 1, v([0])).error(
    RuntimeError, f(2, 4), 1, f(2, 2)
).error(IndexError, f(2, 4), 2, _rows).error(RuntimeError, f(1, 4), 1, _rows).error(TypeError, f(2, 4), 1)
op("scatter")(f(3, 4), 0, _rows, f(2, 4))(f(3, 4), 0, _rows, 2.5)(f(2, 4), 1, v([[0, 3], [1, 2]]), f(2, 4).const)(
    f(3), 0, v([2, 0]), f(2)
)(f(3, 4).T, 0, _rows, f(2, 4))(i(3, 4), 0, v([[0, 2, 1, 0]]), 7)(f(3), -1, v([1]), f(1))(
    i(3, 4), 0, v([[0, 2, 1, 0]]), 7, reduce="multiply"
)(i(3), 0, v([1, 1]), i(2), reduce="multiply")(i(3), 0, v([1, 1]), i(2), reduce="add").error(
    RuntimeError, f(3), 0, v([1, 1]), f(2), reduce="sum"
).error(RuntimeError, f(2, 4), 1, v([[4]]), f(1, 1)).error(RuntimeError, f(2, 4), 1, v([0]), f(1)).error(
    RuntimeError, f(3), 0, v([0, 1]), f32(2)
).error(RuntimeError, f(3), 0, v([0, 1]), f(1)).error(IndexError, f(3), 1, v([0]), f(1))
op("scatter_add")(f(3, 4), 0, _rows, f(2, 4))(f(2, 4), 1, v([[0, 0], [1, 1]]), f(2, 4).const)(
    f(3), 0, v([2, 2, 2]), f(3)
)(f(3, 4).T, 0, _rows, f(3, 4).const)(i(3, 4), 0, _rows, i(2, 4)).error(
    RuntimeError, f(2, 4), 1, v([[4]]), f(1, 1)
).error(RuntimeError, f(3), 0, v([0]), f32(1)).error(TypeError, f(3), 0, v([0]), 2.5)
op("index_select")(f(3, 4), 0, v([2, 0, 0]))(f(3, 4), 1, v([3]))(f(3, 4), -1, v([0, 1]))(f(3), 0, v([1], "int32"))(
    f(3, 4), 0, v([], "int64")
)(f(4, 3).T, 0, v([2, 1]))(f(), 0, v([0]))(f(3), 0, v(1))(i(3, 2), 1, v([1, 0])).error(
    IndexError, f(3), 0, v([3])
).error(IndexError, f(3), 1, v([0])).error(IndexError, f(3), 0, v([[0]])).error(RuntimeError, f(3), 0, f(1)).error(
    TypeError, f(3), 0
)
op("index_add")(f(3, 4), 0, v([2, 0, 0]), f(3, 4))(f(3, 4), 1, v([3]), f(3, 1))(f(3), 0, v([1, 1]), f(2), alpha=2)(
    f(3, 4).T, -1, v([0, 1]), f(3, 2)
)(i(3), 0, v([0, 0]), i(2)).error(IndexError, f(3), 0, v([3]), f(1)).maybe(f(3), 0, v([0]), f(2)).error(
    RuntimeError, f(3), 0, v([0]), f32(1)
).error(TypeError, f(3), 0, v([0]))
op("masked_select")(f(3, 4), b(3, 4))(f(3, 4), b(4))(f(4), b(3, 1))(i(3), b(3))(f(), v(True))(f(4, 3).T, b(4, 3))(
    f(0), b(0)
).error(RuntimeError, f(3), b(4)).error(RuntimeError, f(3), i(3)).error(TypeError, f(3), "a")
op("take")(f(3, 4), v([0, 11, -1, 0]))(f(4, 3).T, v([[1, 2], [3, 3]]))(f(3), v(1))(i(5), v([4]))(
    f(3), v([], "int64")
).error(IndexError, f(3), v([3])).error(RuntimeError, f(3), f(1)).error(TypeError, f(3), 0)
op("nonzero")(v([0, 1, 2]))(v([[0.0, 1.0], [2.0, 0.0]]))(b(3, 4))(f())(v(0))(f(0, 2))(i(4, 3, lo=0, hi=2).T)(
    v([0, 1]), as_tuple=True
)(v([[0.0, nan], [2.0, 0.0]]), as_tuple=True).error(TypeError, "a")

# joining

op("cat")([f(2, 3), f(1, 3)])([f(2, 3), f(2, 1)], 1)([f(2, 3), f(2, 3)], dim=-1)((f(2), f(3), f(1)))(
    [f(3, 2).T, f(3, 2).T]
)([f32(2), f(2)])([i(2), f32(2)])([f(0), f(2, 3)])([f(2, 0), f(2, 3)], 1)([f(2)])([b(2), i(2)])([f(2).const, f(2)])(
    [f(3, 4).S, f(1, 4)]
)([i(2), i(2, dtype="int32")]).error(RuntimeError, [f(2, 3), f(2, 2)]).error(RuntimeError, [f(2), f(2, 2)]).error(
    RuntimeError, [f(), f()]
).error(IndexError, [f(2), f(2)], 1).maybe([]).error(TypeError, f(2, 3)).error(TypeError, [f(2), 3])
op("stack")([f(2, 3), f(2, 3)])([f(2, 3), f(2, 3)], 1)([f(2), f(2)], dim=-1)([f(), f(), f()])([f(2)])([f32(2), f(2)])(
    [i(2), f32(2)]
)([f(3, 2).T, f(3, 2).T])([f(0), f(0)])([f(2), f(2).const], 1).error(RuntimeError, [f(2), f(3)]).error(
    IndexError, [f(2), f(2)], 2
).maybe([]).error(TypeError, f(2, 3)).error(TypeError, [f(2), 3])

# rearranging

op("repeat")(f(2, 3), 2, 1)(f(3), 2)(f(3), 4, 2)(f(2, 3), (1, 2))(f(), 3)(f(2), 0)(f(3, 2).T, 2, 2)(i(2), 2)(
    f(2, 3), 2, 1, 3
)(f(0, 2), 2, 2)(f(2), [2]).error(RuntimeError, f(2, 3), 2).error(RuntimeError, f(3), -1).error(TypeError, f(3), "a")
op("tile")(f(2, 3), (2, 1))(f(2, 3), (2,))(f(3), (4, 2))(f(), (2,))(f(3, 2).T, (1, 2))(i(2), (2,))(f(3), ()).call(
    lambda t, x: x.tile(2, 2), f(2, 3)
).error(TypeError, f(3), "a")
op("flip")(f(2, 3), (0,))(f(2, 3), (0, 1))(f(2, 3), [-1])(f(3, 2).T, (1,))(f(3, 4).S, (0,))(i(3), (0,))(f(0, 2), (0,))(
    f(2), ()
).call(lambda t, x: x.flip(0, 1), f(2, 3)).error(IndexError, f(2), (1,)).error(RuntimeError, f(2), (0, 0)).error(
    TypeError, f(2), "a"
)
op("roll")(f(5), 2)(f(2, 3), 1)(f(2, 3), 1, 0)(f(2, 3), -1, 1)(f(2, 3), (1, 2), (0, 1))(f(3, 2).T, 1, 1)(f(5), 7, 0)(
    i(4), 1
)(f(0), 1)(f(2, 3), shifts=1, dims=-1).error(RuntimeError, f(2, 3), (1, 2), 0).error(IndexError, f(2), 1, 1).error(
    TypeError, f(2), "a"
)
for _name in ("tril", "triu"):
    op(_name)(f(3, 4))(f(4, 3), 1)(f(3, 3), -1)(f(2, 3, 3), diagonal=1)(f(4, 3).T)(i(3, 3))(b(3, 3))(f(0, 3))(
        f32(3, 4).S, 2
    )(f(3, 3), 9).error(RuntimeError, f(3)).error(TypeError, f(3, 3), "a")
op("diag")(f(3))(f(3), 1)(f(3), -2)(f(3, 4))(f(3, 4), 1)(f(4, 3).T, -1)(i(3))(f(3, 3), 5)(f(0))(f(4).S).error(
    RuntimeError, f(2, 3, 4)
).error(RuntimeError, f()).error(TypeError, f(3), "a")
op("repeat_interleave")(f(2, 3), 2)(f(2, 3), 2, 0)(f(2, 3), 2, dim=1)(f(3), v([1, 0, 2]))(f(2, 3), v([2, 1]), 0)(
    f(2, 3), v([1, 0, 2]), dim=-1
)(i(3), 2)(f(), 3)(f(3, 2).T, 2, 1)(f(3), v([2]))(v([1, 2, 0]))(f(2), 0).error(RuntimeError, f(3), v([1, 2])).error(
    RuntimeError, f(3), -1
).error(IndexError, f(3), 2, 1).maybe(f(3), f(3)).error(TypeError, f(3), "a")
