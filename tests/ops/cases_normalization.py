"""Samples of normalisation."""

from __future__ import annotations

from typing import Any

from tests.ops.sample import Arg, f, f32, i, op, pos

HALF = "float16"
_rest = (0.1, 1e-5, True)

o = op("batch_norm", out=False)
for _shape in ((4, 3), (2, 3, 4), (2, 3, 2, 3), (2, 3, 2, 2, 1)):
    o(f(*_shape), f(3), f(3), None, None, True, *_rest)(f(*_shape), f(3), f(3), f(3).const, pos(3).const, False, *_rest)
o(f(2, 3, 4), None, None, None, None, True, *_rest)(f(2, 3, 4), f(3), None, None, None, True, 0.1, 0.5, True)
o(f(2, 3, 4).T, f(3), f(3).S, None, None, True, *_rest)(f32(3, 2), f32(2), f32(2), None, None, True, *_rest)
o(f(0, 3, 4), f(3), f(3), f(3).const, pos(3).const, True, *_rest)(f(0), None, None, None, None, True, *_rest)
o(Arg((2, 3, 4), HALF, grad=False), Arg((3,), "float32", grad=False), None, None, None, True, *_rest)
o.error(IndexError, f(3), None, None, None, None, True, *_rest).error(
    RuntimeError, f(2, 3), None, None, None, None, False, *_rest
)
o.error(RuntimeError, f(2, 3), f(4), None, None, None, True, *_rest).error(
    RuntimeError, f(2, 3), f32(3), None, None, None, True, *_rest
)
o.error(RuntimeError, f(2, 3), None, None, f(2), f(2), True, *_rest)
o.error(NotImplementedError, i(2, 3), None, None, None, None, True, *_rest).error(
    TypeError, 2, None, None, None, None, True, *_rest
)


def running(name: str, **kwargs: Any) -> Any:
    """The output and what has become of the running statistics."""

    def call(t: Any, x: Any, mean: Any, var: Any) -> Any:
        out = getattr(t.nn.functional, name)(x, mean, var, **kwargs)
        return out, mean, var

    return call


for _name, _key in (("batch_norm", "training"), ("instance_norm", "use_input_stats")):
    o = op(f"nn.functional.{_name}", out=False)
    o.call(running(_name, **{_key: True}), f(2, 3, 4), f(3).const, pos(3).const)
    o.call(running(_name, momentum=0.3, **{_key: True}), f(2, 3, 2, 2), f(3).const, pos(3).const)
    o.call(running(_name, **{_key: False}), f(2, 3, 4), f(3).const, pos(3).const)
    o.error(ValueError, f(1, 3, 1), None, None, **{_key: True}).maybe(
        f(1, 3, 2).const, f(3).const, None, **{_key: True}
    )
    o(f(2, 3, 4), None, None, weight=f(3), bias=f(3), **{_key: True})

o = op("instance_norm", out=False)
o(f(2, 3, 4), f(3), f(3), None, None, True, *_rest)(f(2, 3, 2, 2), None, None, f(3).const, pos(3).const, False, *_rest)
o.error(RuntimeError, f(2, 3, 4), None, None, None, None, False, *_rest)

o = op("layer_norm", out=False)
o(f(2, 3), (3,))(f(2, 3, 4), (3, 4), f(3, 4), f(3, 4))(f(3), (3,), f(3))(f(4, 3, 2).T, [2], None, f(2))(f(0, 3), (3,))
o(f32(3, 4), (4,), f32(4), f32(4))(f(2, 3), (3,), eps=0.5)(f(2, 1), (1,))(Arg((2, 3), HALF, grad=False), (3,))
o.error(RuntimeError, f(2, 3), (2,)).error(RuntimeError, f(2, 3), ()).error(TypeError, f(2, 3), 3)
o.error(RuntimeError, f(2, 3), (3,), f(2)).error(NotImplementedError, i(2, 3), (3,)).error(
    RuntimeError, f(2, 3), (3,), f32(3)
)

o = op("group_norm", out=False)
o(f(2, 4, 3), 2)(f(2, 4, 3), 4, f(4), f(4))(f(2, 4), 1, f(4))(f(2, 4, 2, 3), 2, None, f(4).const)(f(2, 4, 3).T.T, 2)
o(f32(2, 4, 3), 2, f32(4), f32(4))(f(2, 4, 3), 2, eps=0.5)
o.error(RuntimeError, f(2, 4), 3).error(IndexError, f(4), 2).error(RuntimeError, f(2, 4), 2, f(3))
o.error(NotImplementedError, i(2, 4), 2).error(TypeError, f(2, 4), 2.0)
op("nn.functional.group_norm", out=False)(f(2, 4, 3), 2, f(4), f(4)).error(ValueError, f(1, 4), 4)

o = op("rms_norm", out=False)
o(f(2, 3), (3,))(f(2, 3, 4), (3, 4), f(3, 4))(f(2, 3), (3,), f(3), 0.5)(f32(2, 3), (3,))(
    Arg((2, 3), HALF, grad=False), (3,)
)
o.error(RuntimeError, f(2, 3), (2,)).error(RuntimeError, f(2, 3), (3,), f(2)).error(NotImplementedError, i(2, 3), (3,))

o = op("nn.functional.local_response_norm", out=False)
o(f(2, 4, 3), 2)(f(2, 4, 2, 3), 3, 0.5, 0.5, 2.0)(f(2, 3, 2, 2, 2), 1).error(ValueError, f(2, 3), 2)
o = op("nn.functional.normalize", out=False)
o(f(2, 3))(f(2, 3), 1)(f(2, 3), 3.0, 0)(f(2, 3), float("inf"), -1)(f(2, 3, 2), dim=(1, 2))(f(3), dim=0, eps=10.0)
o.error(IndexError, f(3))
op("nn.functional.batch_norm").error(ValueError, f(2, 3), None, None, training=True, eps=0.0)

op("norm_except_dim")(f(2, 3, 4), 2, 0)(f(2, 3, 4), 1, 1)(f(2, 3).const, 2, -1)(f(3))(f32(2, 3).T, 2, 1).error(
    IndexError, f(2, 3), 2, 2
)(f(2, 3), dim=-2).error(IndexError, f()).error(TypeError, 3)
# derivatives are tested in nn: PyTorch's second ones of the fused form are not those of the same written out
o = op("_weight_norm", grad=False)
o(f(2, 3, 4), pos(2, 1, 1))(f(2, 3, 4), pos(1, 1, 4), 2)(f(2, 3, 4), pos(1, 3, 1), 1)(f(2, 3), pos(), -1)
o(f32(3, 2).T, Arg((3, 1), "float32"))(f(3), pos(3)).error(IndexError, f(2, 3), pos(2, 1), 2)
o.error(TypeError, f(2, 3), 1.0)
