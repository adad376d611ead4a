"""Samples of what layers are made of: affine maps, activations, dropout, embeddings."""

from __future__ import annotations

from tests.ops.sample import f, f32, i, op

_linear = op("linear")
for _args in (
    (f(4, 3), f(2, 3), f(2)), (f(4, 3), f(2, 3)), (f(3), f(2, 3), f(2)), (f(3), f(2, 3)), (f(2, 4, 3), f(2, 3), f(2)),
    (f(2, 4, 3).T, f(5, 3), f(5)), (f(0, 3), f(2, 3), f(2)), (f(4, 3), f(2, 3), f(1)), (f(4, 3), f(2, 3), f()),
    (f(4, 3), f(3)), (f(3), f(3), f()), (f(4, 3).S, f(2, 3).T, f(2).S), (f32(4, 3), f32(2, 3), f32(2)), (f(4, 3), f(2, 3), f(4, 1)),
    (i(4, 3), i(2, 3), i(2)), (f(2, 2, 0), f(3, 0), f(3)),
):  # fmt: skip
    _linear.call(lambda t, *a: t.nn.functional.linear(*a), *_args)
for _args in (
    (f(4, 3), f(2, 4), f(2)), (f(), f(2, 3), f(2)), (f(4, 3), f32(2, 3), f32(2)), (f(4, 3), f(2, 3), f(3)),
    (f(4, 3), f(3), f()),
):  # fmt: skip
    _linear.call(lambda t, *a: t.nn.functional.linear(*a), *_args, raises=RuntimeError)
_linear.call(lambda t, x: t.nn.functional.linear(3, x), f(2, 3), raises=TypeError)

op("bilinear")(f(5, 3), f(5, 4), f(2, 3, 4), f(2))(f(3), f(4), f(2, 3, 4), f(2))(f(5, 3), f(5, 4), f(2, 3, 4), None)(
    f(2, 5, 3), f(2, 5, 4), f(2, 3, 4), f(2)
)(f(0, 3), f(0, 4), f(2, 3, 4), f(2)).error(RuntimeError, f(5, 3), f(5, 4), f(2, 4, 4), f(2)).error(
    RuntimeError, f(5, 3), f(4), f(2, 3, 4), f(2)
).error(RuntimeError, f(5, 3), f(5, 4), f(2, 3, 4), f(3)).error(TypeError, f(5, 3), 2, f(2, 3, 4), f(2))
