"""Samples of linear layers and containers."""

from __future__ import annotations

from tests.nn.sample import layer, refused
from tests.ops.sample import f, f32, i

layer("Linear", 3, 2)(f(4, 3))(f(3))(f(2, 4, 3))(f(0, 3))(f(4, 3).T).error(RuntimeError, f(4, 2)).error(
    RuntimeError, f()
).error(RuntimeError, f32(4, 3)).error(RuntimeError, i(4, 3)).error(TypeError, 3)
layer("Linear", 3, 2, bias=False)(f(4, 3))(f(3))(f(2, 4, 3))
layer("Linear", 1, 1, options={"single": True})(f32(2, 1))
layer("Linear", 3, 2, dtype=lambda t: t.float64)(f(4, 3))
refused("Linear", TypeError, "a", 2)
refused("Linear", RuntimeError, -1, 2)
refused("Linear", TypeError, 2)

layer("Identity", 1, x=2)(f(2, 3)).error(TypeError)
layer("Bilinear", 3, 4, 2)(f(5, 3), f(5, 4))(f(3), f(4))(f(2, 5, 3), f(2, 5, 4)).error(
    RuntimeError, f(5, 4), f(5, 4)
).error(RuntimeError, f(5, 3), f(4)).error(RuntimeError, f(5, 3), f(4, 4)).error(TypeError, f(5, 3), 1)
layer("Bilinear", 3, 4, 2, bias=False)(f(5, 3), f(5, 4))
refused("Bilinear", ValueError, 0, 2, 2)

layer("Flatten")(f(2, 3, 4))(f(2, 1)).error(IndexError, f(2)).error(IndexError, f())
layer("Flatten", 0, 1)(f(2, 3, 4)).error(IndexError, f(2))
layer("Unflatten", 1, (2, 3))(f(4, 6)).error(RuntimeError, f(4, 5))
layer("Unflatten", -1, [2, -1])(f(4, 6))
refused("Unflatten", TypeError, 1, 3)
refused("Unflatten", TypeError, 1, (2, 3.0))

layer("LazyLinear", 3)(f(4, 5))(f(2, 4, 5))
layer("LazyLinear", 3, bias=False)(f(4, 5))

layer("Sequential", lambda t: t.nn.Linear(3, 4), lambda t: t.nn.Identity(), lambda t: t.nn.Linear(4, 2))(f(5, 3)).error(
    RuntimeError, f(5, 2)
)
layer("Sequential")(f(2))
refused("Sequential", TypeError, 3)
layer("ModuleList", lambda t: [t.nn.Linear(2, 2), t.nn.Linear(2, 2), t.nn.Linear(3, 2)]).error(
    NotImplementedError, f(2)
)
layer("ModuleDict", lambda t: {"a": t.nn.Linear(2, 2), "b": t.nn.Linear(3, 2)}).error(NotImplementedError, f(2))
layer("ParameterList", lambda t: [t.zeros(2, 3), t.nn.Parameter(t.ones(2)), 3]).error(RuntimeError, f(2))
layer("ParameterDict", lambda t: {"b": t.zeros(2, 3), "a": t.nn.Parameter(t.ones(2))}).error(RuntimeError, f(2))

layer("DataParallel", lambda t: t.nn.Sequential(t.nn.Linear(3, 2), t.nn.Dropout()))(f(4, 3))(input=f(4, 3)).error(
    RuntimeError, f(4, 2)
)
