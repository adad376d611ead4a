"""Samples of broadcasting, splitting, stacking, turning: the functions over views and ``cat``."""

from __future__ import annotations

from tests.ops.sample import b, f, f32, i, of, op, v

# one shape for several; more dimensions

op("broadcast_to")(f(3, 1), (3, 4))(f(3), (2, 3))(f(), (2, 2))(f(1, 3), (-1, 3))(f(1, 3).T, (2, 3))(i(1), (3,))(
    f(2, 3), (2, 3)
)(f(3), (0, 3)).error(RuntimeError, f(3), (4,)).error(RuntimeError, f(2, 3), (3,)).error(TypeError, f(3), "a").error(
    TypeError, f(3)
)
op("broadcast_tensors")(f(3, 1), f(4))(f(2, 3), f())(f(3), f(3))(f(2, 1, 3), f(4, 1), f(1))(i(2, 1), f32(3))(
    f(0), f(2, 1)
)(f(2, 3).T, f(1, 3)).error(RuntimeError, f(2), f(3)).error(TypeError, f(2), 3)
op("broadcast_shapes", grad=False)((2, 1), (3,))(3, (2, 1), ())()((0,), (1,))((2,), [1, 2])(5).error(
    RuntimeError, (2,), (3,)
).error(RuntimeError, 2.5).error(RuntimeError, 2, -1)
for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    op(_name)(f())(f(3))(f(3, 2).T)(f(2, 3, 4))(f(0))(i(3))(f(), f(2))([f(2), f()])(f32(3).S)(b(2, 2)).error(
        TypeError, 3
    ).error(TypeError, [f(2), 3])
op("unflatten")(f(2, 6), 1, (2, 3))(f(6), 0, (2, -1))(f(2, 6), -1, [3, 2])(f(2, 6).T, 1, (3, 2))(f(2, 6).S, 1, (2, 3))(
    i(4), 0, (4,)
)(f(0, 2), 0, (0, 3))(f(4), 0, (1, 4, 1)).call(lambda t, x: x.unflatten(0, (2, 2)), f(4)).error(
    RuntimeError, f(6), 0, (4, 2)
).error(RuntimeError, f(6), 0, (4, -1)).error(RuntimeError, f(6), 0, ()).error(IndexError, f(6), 1, (2, 3)).error(
    TypeError, f(6), 0, 6
).error(RuntimeError, f(6), 0, (-1, -1)).error(RuntimeError, f(0), 0, (-1, 0)).error(RuntimeError, f(), 0, (1,))
op("sum_to_size").call(lambda t, x: x.sum_to_size(3, 1), f(3, 4)).call(lambda t, x: x.sum_to_size((4,)), f(3, 4)).call(
    lambda t, x: x.sum_to_size(1, 4), f(2, 3, 4)
).call(lambda t, x: x.sum_to_size(()), f(3, 4)).call(lambda t, x: x.sum_to_size(3, 4) is x, f(3, 4)).call(
    lambda t, x: x.sum_to_size(1), i(3)
).call(lambda t, x: x.sum_to_size(()), f()).call(lambda t, x: x.sum_to_size(size=[1]), f32(2, 3).T).call(
    lambda t, x: x.sum_to_size(1), b(3)
).call(lambda t, x: x.sum_to_size(2, 4), f(3, 4), raises=RuntimeError).call(
    lambda t, x: x.sum_to_size(1, 3, 4), f(3, 4), raises=RuntimeError
).call(lambda t, x: x.sum_to_size("a"), f(3), raises=TypeError).call(
    lambda t, x: x.sum_to_size(), f(3), raises=TypeError
)

# pieces

op("split_with_sizes")(f(5, 2), [1, 4])(f(2, 5), (2, 0, 3), 1)(f(5, 4).T, [2, 3], dim=-2)(f(4).S, [2, 2])(i(3), [3])(
    f(0), [0, 0]
).error(RuntimeError, f(5), [1, 2]).error(RuntimeError, f(5), [6, -1]).error(IndexError, f(5), [5], 1).error(
    TypeError, f(5), "a"
)
op("tensor_split")(f(7, 2), 3)(f(7), (1, 5))(f(2, 5), 2, 1)(f(2, 5), [2], dim=-1)(f(5, 3).T, (1,), 1)(f(5), 7)(
    f(5), (1, -1)
)(f(5), (4, 2, 9))(f(0), 2)(i(5), 2)(f(6).S, 4)(f(5), ())(f(5), v(2))(f(5), v([1, 3])).call(
    lambda t, x: x.tensor_split(sections=2), f(5)
).call(lambda t, x: x.tensor_split(indices=[2], dim=1), f(2, 5)).error(RuntimeError, f(5), 0).error(
    RuntimeError, f(5), -1
).error(IndexError, f(5), 2, 1).error(RuntimeError, f(), 2).error(TypeError, f(5), 2.5).error(
    RuntimeError, f(5), v([1.0])
).error(RuntimeError, f(5), v([[1]])).error(TypeError, f(5))
op("hsplit")(f(2, 6), 3)(f(6), 2)(f(2, 6), (1, 4))(f(6, 2).T, [2])(i(4), (1,)).call(
    lambda t, x: x.hsplit(1, 3), f(2, 4)
).error(RuntimeError, f(2, 5), 2).error(RuntimeError, f(), 1).error(RuntimeError, f(4), 0).error(
    TypeError, f(4), 2.0
).error(RuntimeError, f(4), -1)
op("vsplit")(f(4, 3), 2)(f(4, 3), (1, 2))(f(4, 3).T, 2)(i(2, 2), [1]).call(lambda t, x: x.vsplit(1, 3), f(4, 2)).error(
    RuntimeError, f(5, 2), 2
).error(RuntimeError, f(4), 2)
op("dsplit")(f(2, 2, 4), 2)(f(2, 2, 4), (1, 2))(f(4, 2, 2).T, 2)(i(1, 1, 3), [1]).error(
    RuntimeError, f(2, 2, 5), 2
).error(RuntimeError, f(2, 4), 2)
for _name, _given in (("unsafe_split", 2), ("unsafe_chunk", 2), ("unsafe_split_with_sizes", [1, 4])):
    op(_name)(f(5, 2), _given)(f(2, 5), _given, 1)(f(5, 2).T, _given)(i(5), _given).call(
        lambda t, x, n=_name, g=_given: [p.mul_(2) for p in getattr(t, n)(x * 1, g)], f(5)
    ).error(IndexError, f(5), _given, 1).error(TypeError, f(5), "a")

# joining

for _name in ("hstack", "vstack", "row_stack", "dstack", "column_stack"):
    op(_name)([f(2), f(2)])([f(2, 3), f(2, 3)])([f(), f()])((f(2, 1, 2), f(2, 1, 2)))([i(2), f32(2)])(
        [f(2, 3).T, f(2, 3)]
    )([f(2)])([f(0), f(0)])([b(2), b(2)]).maybe([f(2), f(3)]).maybe([f(2, 3), f(2)]).error(TypeError, f(2, 3)).error(
        TypeError, [f(2), 3]
    ).error(RuntimeError, [])
op("block_diag")(f(2, 3), f(1, 2))(f(3), f(2, 2))(f(), f(2))(f(2, 2))(i(2), f32(1, 2))(f(3, 2).T, f(1, 1))()(
    f(0).const, f(2).const
)(f(0, 2), f(2, 0)).error(RuntimeError, f(2, 2, 2)).error(TypeError, f(2), 3)

# turning

op("fliplr")(f(2, 3))(f(3, 2).T)(f(2, 3, 2))(i(2, 2))(f(0, 2))(f(3, 4).S).error(RuntimeError, f(3)).error(TypeError, 3)
op("flipud")(f(2, 3))(f(3))(f(3, 2).T)(i(2, 2))(f(0, 2))(f(3, 4).S).error(RuntimeError, f()).error(TypeError, 3)
op("rot90")(f(2, 3))(f(2, 3), 2)(f(2, 3), -1)(f(2, 3), 3, (1, 0))(f(2, 3, 4), 1, (1, -1))(f(3, 2).T, k=5)(i(2, 2))(
    f(0, 2)
)(f(2, 3), 4)(f32(3, 4).S, dims=[0, 1]).error(RuntimeError, f(3)).error(RuntimeError, f(2, 3), 1, (0, 0)).error(
    RuntimeError, f(2, 3), 1, (0,)
).error(IndexError, f(2, 3), 1, (0, 2)).error(TypeError, f(2, 3), 1.5)
op("diagflat")(f(3))(f(2, 2))(f(3), 1)(f(3), -2)(f())(f(3, 2).T)(i(2))(f(0)).error(TypeError, f(3), "a").error(
    TypeError, 3
)

# positions as tensors

op("tril_indices", grad=False)(3, 3)(2, 4)(4, 2, 1)(3, 3, -1)(3, 3, offset=-5)(0, 3)(2, 2, dtype=of.int32).error(
    RuntimeError, -1, 2
).error(TypeError, 2, 2, 1.5).error(NotImplementedError, 2, 2, dtype=of.float32).error(TypeError, 2)
op("triu_indices", grad=False)(3, 3)(2, 4)(4, 2, 1)(3, 3, -1)(3, 3, offset=5)(0, 3)(2, 2, dtype=of.int32).error(
    RuntimeError, 2, -1
).error(TypeError, 2, "a").error(NotImplementedError, 2, 2, dtype=of.bool)
op("unravel_index", grad=False)(v([5, 7, 0]), (2, 3))(v(4), (2, 3))(v([[1, 5]]), (2, 3))(v(-1), (2, 3))(v([3]), 6)(
    v([2, 1], "int32"), (4,)
)(v([], "int64"), (2, 3)).error(TypeError, v([1.0]), (2, 3)).error(ValueError, v([1]), (-2, 3)).error(
    TypeError, v([1]), (2.0, 3)
)
op("argwhere", grad=False)(v([0, 1, 2]))(v([[0.0, 1.0], [2.0, 0.0]]))(b(3, 4))(f())(v(0))(f(0, 2))(
    i(4, 3, lo=0, hi=2).T
).error(TypeError, 3)
