"""Samples of the views: what they alias, their strides and offsets, and when they are refused."""

from __future__ import annotations

from tests.ops.sample import b, f, f32, i, of, op

op("view")(f(3, 4), 12)(f(3, 4), -1)(f(3, 4), 2, 6)(f(3, 4), (4, -1))(f(3, 4), [2, 2, 3])(f(2, 3, 4), -1, 4)(f(), 1)(
    f(1), ()
)(f(0, 3), 3, 0)(f(4, 3).T, 4, 3)(f(3, 4).S, 3, 2, 2)(f(2, 3, 4).S, 6, 4)(f(1, 3), 3, 1)(i(4), 2, 2)(b(4), 4, 1)(
    f(3, 2).E, 3, 2, 1
).error(RuntimeError, f(4, 3).T, 12).error(RuntimeError, f(3, 4), 5, -1).error(RuntimeError, f(3, 4), -1, -1).error(
    RuntimeError, f(3, 4), 13
).error(RuntimeError, f(0, 3), -1, 0)(f(3, 4).S, 12).error(TypeError, f(3, 4), "a").error(
    TypeError, f(3, 4), 2.5
).error(RuntimeError, f(3, 4), -2, 6).error(TypeError, f(3))(f(3).S, 1, 3).call(
    lambda t, x: x.t().view(2, 2, 3), f(3, 4).T
).maybe(i(4), of.int32).maybe(f(3), of.int64)
op("reshape")(f(3, 4), (12,))(f(3, 4), (-1,))(f(3, 4), (2, 6))(f(4, 3).T, (12,))(f(4, 3).T, (2, 6))(
    f(2, 3, 4).T, (6, 4)
)(f(2, 3, 4).T, (2, 12))(f(), (1, 1))(f(1), ())(f(0, 3), (3, 0))(f(3, 4).S, (12,))(f(3, 4).S, (3, 2, 2))(
    f(3, 2).E, (6,)
)(f(1, 3).T, (3,))(f32(2, 2), (4,))(i(4), (2, -1)).call(lambda t, x: x.reshape(2, 6), f(3, 4)).call(
    lambda t, x: x.reshape(-1), f(4, 3).T
).error(RuntimeError, f(3, 4), (5, -1)).error(RuntimeError, f(3, 4), (13,)).error(
    RuntimeError, f(3, 4), (-1, -1)
).error(TypeError, f(3, 4), "a").error(TypeError, f(3)).error(RuntimeError, f(0, 3), (-1, 0))
op("expand")(f(3, 1), 3, 4)(f(3), 2, 3)(f(), 2, 2)(f(1, 3), -1, 3)(f(3, 1), (3, 4))(f(3, 1), -1, 2)(f(3), 0, 3)(
    f(1), 0
)(f(2, 3), 2, 3)(f(3, 1).T, 2, 3, 1)(i(1), 3).error(RuntimeError, f(3), 4).error(RuntimeError, f(2, 3), 3).error(
    RuntimeError, f(3), -1, 3
).error(TypeError, f(3), "a")
op("expand_as")(f(3, 1), f(3, 4))(f(), f(2, 2))(f(3), f(2, 3)).error(RuntimeError, f(3), f(4)).error(TypeError, f(3), 3)
op("view_as")(f(3, 4), f(12))(f(3, 4), f(2, 6)).error(RuntimeError, f(4, 3).T, f(12)).error(TypeError, f(3), 3)
op("permute")(f(2, 3, 4), (2, 0, 1))(f(2, 3, 4), (0, -1, 1))(f(3, 4), (0, 1))(f(), ())(f(2, 3, 4).T, (1, 2, 0))(
    f(0, 2), (1, 0)
)(i(2, 3), (1, 0)).call(lambda t, x: x.permute(1, 0), f(3, 4).S).error(RuntimeError, f(2, 3), (0, 0)).error(
    RuntimeError, f(2, 3), (0,)
).error(IndexError, f(2, 3), (0, 2)).error(TypeError, f(2, 3), "a")
for _name in ("transpose", "swapaxes"):
    op(_name)(f(2, 3, 4), 0, 2)(f(2, 3, 4), -1, -2)(f(3, 4), 0, 0)(f(), 0, -1)(f(3), 0, 0)(f(3, 4).T, 0, 1)(
        f(3, 4).S, 1, 0
    )(i(0, 3), 0, 1).error(IndexError, f(3, 4), 0, 2).error(IndexError, f(3), 0, 1).error(TypeError, f(3, 4), 0).error(
        TypeError, f(3, 4), 0, "a"
    )
op("t")(f(3, 4))(f(3))(f())(f(3, 4).S)(i(2, 2))(f(0, 2)).error(RuntimeError, f(2, 3, 4)).error(TypeError, f(2, 2), 1)
for _name in ("T", "mT"):
    op(_name).call(lambda t, x, n=_name: getattr(x, n), f(3, 4)).call(
        lambda t, x, n=_name: getattr(x, n), f(3, 4).T
    ).call(lambda t, x, n=_name: getattr(x, n), i(2, 3))
op("T").call(lambda t, x: x.T, f(3)).call(lambda t, x: x.T, f())
op("mT").call(lambda t, x: x.mT, f(2, 3, 4)).call(lambda t, x: x.mT, f(3), raises=RuntimeError)
op("squeeze")(f(1, 3, 1))(f(1, 3, 1), 0)(f(1, 3, 1), 1)(f(1, 3, 1), -1)(f(3, 4))(f())(f(1, 1))(f(1, 3, 1), (0, 2))(
    f(3, 1).T, 1
)(f(), 0)(f(0, 1)).error(IndexError, f(1, 3), 2).error(TypeError, f(1, 3), "a").error(RuntimeError, f(1, 3, 1), (0, 0))
op("unsqueeze")(f(3, 4), 0)(f(3, 4), 1)(f(3, 4), -1)(f(3, 4), -3)(f(), 0)(f(3, 4).T, 1)(f(3, 4).S, 2)(f(0), 1)(
    i(3), 1
).error(IndexError, f(3, 4), 3).error(IndexError, f(3), -3).error(TypeError, f(3)).error(TypeError, f(3), "a")
op("flatten")(f(2, 3, 4))(f(2, 3, 4), 1)(f(2, 3, 4), 0, 1)(f(2, 3, 4), start_dim=-2)(f())(f(3))(f(2, 3, 4).T)(
    f(2, 3, 4).T, 1
)(f(0, 3))(f(2, 3, 4), 1, 1).error(RuntimeError, f(2, 3, 4), 2, 1).error(IndexError, f(2, 3), 2).error(
    TypeError, f(3), "a"
)
op("diagonal")(f(3, 4))(f(3, 4), 1)(f(3, 4), -1)(f(3, 4), offset=5)(f(2, 3, 4), 0, 1, 2)(f(2, 3, 4), dim1=0, dim2=2)(
    f(4, 3).T
)(i(3, 3), 1)(f(0, 3)).error(RuntimeError, f(3, 3), 0, 0, 0).error(IndexError, f(3)).error(
    IndexError, f(3, 3), 0, 0, 2
).error(TypeError, f(3, 3), "a")
op("select")(f(3, 4), 0, 1)(f(3, 4), 1, -1)(f(3), 0, 2)(f(2, 3, 4).T, 1, 0)(f(3, 4).S, 1, 2)(i(3), 0, 0).error(
    IndexError, f(3, 4), 2, 0
).error(IndexError, f(3, 4), 0, 3).error(IndexError, f(3), 0, -4).error(IndexError, f(), 0, 0).error(TypeError, f(3), 0)
op("narrow")(f(5, 3), 0, 1, 3)(f(3, 5), 1, 2, 2)(f(3, 5), -1, 0, 5)(f(5), 0, 5, 0)(f(5), 0, -3, 2)(f(5, 3).T, 0, 1, 2)(
    i(5), 0, 1, 2
).error(RuntimeError, f(5), 0, 4, 2).error(RuntimeError, f(5), 0, 0, -1).error(IndexError, f(5), 1, 0, 1).error(
    IndexError, f(5), 0, 6, 0
).error(TypeError, f(5), 0, 0)
op("unfold").call(lambda t, x: x.unfold(0, 2, 1), f(5)).call(lambda t, x: x.unfold(1, 3, 2), f(2, 7)).call(
    lambda t, x: x.unfold(-1, 2, 2), f(2, 4).T
).call(lambda t, x: x.unfold(0, 3, 3), f(3)).call(lambda t, x: x.unfold(0, 1, 1), f()).call(
    lambda t, x: x.unfold(0, 4, 1), f(3), raises=RuntimeError
).call(lambda t, x: x.unfold(0, 2, 0), f(3), raises=RuntimeError).call(
    lambda t, x: x.unfold(1, 2, 1), f(3), raises=IndexError
).call(lambda t, x: x.unfold(0, -1, 1), f(3), raises=RuntimeError)
op("split")(f(5, 2), 2)(f(5, 2), [1, 4])(f(2, 5), 3, 1)(f(2, 5), [2, 0, 3], dim=1)(f(5), 5)(f(5), 7)(f(5, 4).T, 2)(
    f(0), 1
)(f(4, 2).S, 2).error(RuntimeError, f(5), 0).error(RuntimeError, f(5), [1, 2]).error(RuntimeError, f(5), -1).error(
    IndexError, f(5), 2, 1
).error(TypeError, f(5), "a").error(RuntimeError, f(5), [6, -1])
op("chunk")(f(6, 2), 3)(f(5, 2), 3)(f(2, 5), 2, 1)(f(5), 7)(f(4, 3).T, 2)(f(0, 2), 2).error(
    RuntimeError, f(5), 0
).error(RuntimeError, f(5), -1).error(IndexError, f(5), 2, 1).error(TypeError, f(5), "a").error(RuntimeError, f(), 1)
op("unbind")(f(3, 2))(f(3, 2), 1)(f(2, 3), dim=-1)(f(3))(f(3, 2).T)(i(2, 2))(f(0, 2)).error(IndexError, f(3), 1).error(
    IndexError, f()
).error(TypeError, f(3), "a")
op("as_strided")(f(12), (3, 4), (4, 1))(f(12), (3, 3), (2, 1), 1)(f(3, 4), (4, 3), (1, 4))(f(4), (3, 2), (1, 1))(
    f(4), (2, 2), (0, 1)
)(f(6), (), ())(f(3, 2), (2,), (3,), 1).error(RuntimeError, f(4), (3, 4), (4, 1)).error(
    RuntimeError, f(4), (2,), (1, 1)
).error(RuntimeError, f(4), (2,), (-1,)).error(RuntimeError, f(4), (-2,), (1,)).error(TypeError, f(4), (2,))
op("as_strided")(f(3, 2).E, (2, 2), (0, 1))(f(2, 3).E, (2, 2), (1, 1)).call(
    lambda t, x: x.expand(2, 2).as_strided((2, 2), (0, 1), 0), f(2)
).call(lambda t, x: x.unfold(0, 3, 1).as_strided((4,), (1,), 1), f(5))
op("movedim")(f(2, 3, 4), 0, 2)(f(2, 3, 4), -1, 0)(f(2, 3, 4), (0, 1), (1, 2))(f(2, 3, 4), (2, 0), (0, 1))(f(3), 0, 0)(
    f(2, 3, 4).T, 0, 1
).error(RuntimeError, f(2, 3), (0, 1), (0,)).error(IndexError, f(2, 3), 0, 2).error(
    RuntimeError, f(2, 3), (0, 0), (0, 1)
).error(TypeError, f(2, 3), 0)
op("contiguous")(f(3, 4))(f(4, 3).T)(f(3, 4).S)(f(3, 2).E)(f())(f(0, 3))(i(3, 2).T)
op("clone")(f(3, 4))(f(4, 3).T)(f(3, 4).S)(f(3, 2).E)(f(2, 3, 4).T)(f())(f(0))(i(3))(b(2)).error(TypeError, f(3), 1)
op("detach")(f(3, 4))(f(4, 3).T)(i(3)).call(lambda t, x: x.detach().requires_grad, f(3))
