"""Samples of creation: contents, dtypes, and the random streams of PyTorch's CPU generator, draw for draw."""

from __future__ import annotations

from math import inf, nan

import numpy as np

from tests.ops.sample import ANY, b, f, f32, i, of, op, v

_tensor = op("tensor")
for _data in (1, 2.5, True, [1, 2], [1.0, 2], [[1, 2], [3, 4]], [True, False], [True, 2], [True, 2.0], [], [[], []], (1, 2), range(3), [(1, 2), (3, 4)],
              [1, nan, inf], np.float32(2), np.arange(3, dtype="int64"), np.ones((2, 2), "float32"), [np.float64(1), 2], [np.arange(2, dtype="int64"), np.arange(2, dtype="int64")],
              [2**40], np.array(3, "uint8"), np.zeros((0, 2))):  # fmt: skip
    _tensor(_data)
_tensor([1, 2], dtype=of.float32)([1.7, 2], dtype=of.int64)([0, 1], dtype=of.bool)(3, dtype=of.uint8)(
    [1.0], requires_grad=True
)([1.0], dtype=of.float64, device="cpu")([f(), f()])([[i(), 2]]).call(lambda t, x: t.tensor(x), f(2, 2)).call(
    lambda t: t.tensor([1.0, 2.0], dtype=float)
).call(lambda t: t.tensor([1], dtype=t.double))
for _bad in ([[1, 2], [3]], ["a"], "a", None, [None], [[1], 2], {1: 2}):
    _tensor.error(BaseException, _bad)
_tensor.error(TypeError, 5, 3).error(TypeError).error(RuntimeError, [1], requires_grad=True).error(
    TypeError, [1], dtype=3
)
for _name in ("zeros", "ones", "rand", "randn", "empty"):
    _o = op(
        _name, values=_name != "empty", **({"tol": 4e-7} if _name == "randn" else {"tol": 0} if _name == "rand" else {})
    )
    _o(2, 3)((2, 3))([2, 3])(3)(())(0, 3)(2, 3, dtype=of.float64)(2, requires_grad=True)(2, 3, 4)(size=(2,)).maybe(
        2, dtype=of.int64
    ).maybe(2, dtype=of.bool)
    _o.error(RuntimeError, -1).error(TypeError, "a").error(TypeError, 2.5).error(TypeError, (2, "a")).maybe(
        2, dtype=of.uint8
    )
op("rand")(1000)(17, dtype=of.float64)(40, 40)
op("randn")(1000)(15)(16)(17)(40, 40)(33, dtype=of.float64)(5, dtype=of.float64)
op("full")((2, 3), 1.5)((2,), 3)((2,), True)((), 2)((0, 2), 1)([2], 1, dtype=of.float64)((2,), 2.5, dtype=of.int64)(
    (2,), nan
).error(RuntimeError, (-1,), 0).error(TypeError, (2,)).error(TypeError, 2, 3).error(TypeError, (2,), "a")
op("arange")(5)(2, 7)(2, 7, 2)(7, 2, -2)(5.0)(0, 1, 0.25)(0, 1.1, 0.25)(1, 2.5)(5, dtype=of.float32)(
    0, 5, dtype=of.int32
)(0)(3, 3)(start=1, end=4)(0.5, 3)(1, 0, -0.3, dtype=of.float64)(3, requires_grad=False)(0, 1, 0.1).error(
    RuntimeError, 0, 5, 0
).error(RuntimeError, 5, 0).error(RuntimeError, 0, 5, -1).error(RuntimeError, -3).error(TypeError).error(
    TypeError, "a"
).error(RuntimeError, 0, inf).error(RuntimeError, 0, nan).call(lambda t, x: t.arange(x.item()), v(3))
op("linspace")(0, 1, 5)(1, 10, 4)(0, 1, 1)(0, 1, 0)(5, -5, 11)(0, 10, 5, dtype=of.int64)(
    0, 1, steps=3, dtype=of.float64
)(3, 3, 2)(0, 1, 100, requires_grad=True).error(TypeError, 0, 1).error(RuntimeError, 0, 1, -1).error(
    TypeError, 0, 1, 2.5
).error(TypeError, "a", 1, 3)
op("logspace")(0, 2, 3)(-1, 1, 5)(0, 3, 4, base=2)(0, 1, 0)(0, 2, 1)(0, 2, 3, dtype=of.float64).error(
    TypeError, 0, 1
).error(RuntimeError, 0, 1, -1)
op("eye")(3)(2, 3)(3, 2)(0)(2, dtype=of.int64)(3, dtype=of.bool)(1, 4, dtype=of.float64).error(RuntimeError, -1).error(
    TypeError, 2.5
).error(TypeError)
op("randint", tol=0)(10, (20,))(3, 10, (4, 5))(-5, 5, (20,), dtype=of.int32)(0, 2, (30,), dtype=of.bool)(
    256, (10,), dtype=of.uint8
)(5, ())(10, (5,), dtype=of.float32)(2**40, (5,))(0, 2**33, (5,)).error(RuntimeError, 5, 5, (2,)).error(
    RuntimeError, 5, 2, (2,)
).error(TypeError, 5).error(TypeError, 5, 3).error(TypeError, 2.5, (2,))
op("randperm")(5)(1)(0)(100)(10, dtype=of.int32)(5, dtype=of.float32).error(RuntimeError, -1).error(
    TypeError, 2.5
).error(TypeError)
op("normal", tol=4e-7)(0.0, 1.0, (3, 4))(2.0, 0.5, (20,))(f32(3), 2.0)(0.0, v([1.0, 2.0, 3.0], "float32"))(
    f32(3), v([1.0, 2.0, 3.0], "float32")
)(mean=1.0, std=2.0, size=(2,))(0, 1, (2, 3))(f(20), 1.0).error(RuntimeError, 0.0, -1.0, (2,)).error(
    TypeError, 0.0, 1.0
).error(TypeError, "a", 1.0, (2,)).error(RuntimeError, f32(3), v([1.0, 2.0]))
for _name in ("zeros_like", "ones_like", "rand_like", "randn_like", "empty_like"):
    _o = op(_name, values=_name != "empty_like", grad=False, tol=4e-7)(f(2, 3))(f32(3))(f(4, 3).T)(f(3, 4).S)(
        f(3, 2).E
    )(f())(f(0, 2))(f(2, 3), dtype=of.float32)(f(2), requires_grad=True)
    _o.maybe(i(3)).maybe(b(3)).maybe(f(3), dtype=of.int64).error(TypeError, 3).error(TypeError)
op("full_like", grad=False)(f(2, 3), 2.5)(i(3), 2)(f(4, 3).T, 1)(f(3), 1, dtype=of.int64)(b(2), True).maybe(
    i(3), 2.5
).error(TypeError, f(3)).error(TypeError, f(3), "a")
op("randint_like", grad=False, tol=0)(f32(8), 10)(i(5), -3, 3)(f32(3), 5, dtype=of.int64).error(
    RuntimeError, i(3), 2, 2
)
for _name in ("new_zeros", "new_ones", "new_empty"):
    op(_name, values=_name != "new_empty", grad=False)(f(2), 2, 3)(i(2), (2, 3))(f32(1), [2])(f(2), 2, dtype=of.int32)(
        f(2), ()
    )(f(1), 2, requires_grad=True).error(RuntimeError, f(1), -1).error(TypeError, f(1), "a")
op("new_full", grad=False)(f(2), (2, 3), 1.5)(i(2), (2,), 3)(f(2), (2,), 3, dtype=of.int64).error(TypeError, f(1), (2,))
op("new_tensor", grad=False)(f32(2), [1, 2])(i(2), [1.7])(f(2), 3)(f(1), [1], dtype=of.int64)(
    f(1), [1.0], requires_grad=True
).error(BaseException, f(1), "a")
_from = op("from_numpy")
for _array in (np.arange(6.0), np.arange(6, dtype="int64").reshape(2, 3), np.arange(6.0).reshape(2, 3).T, np.arange(10.0)[1::2], np.zeros((0, 3)),
               np.array(2.5), np.array([True]), np.arange(3, dtype="uint8"), np.arange(6.0).reshape(2, 3)[:, 1:]):  # fmt: skip
    _from(_array).call(lambda t, a=_array: t.from_numpy(a.copy()).numpy().tolist() == a.tolist())
    _from.call(lambda t, a=_array: t.from_numpy(a).storage_offset())
_from.error(BaseException, np.array(["a"])).error(BaseException, [1, 2]).error(ValueError, np.arange(3)[::-1]).error(
    BaseException, np.array([None])
).call(lambda t: _write_through(t))


def _write_through(t):
    array = np.zeros(3)
    x = t.from_numpy(array)
    array[0] = 5
    x[1] = 7
    x += 1
    return [x, t.tensor(array), t.tensor(x.numpy())]


op("as_tensor")([1, 2])(np.arange(3, dtype="int64"))(2.5)([1.0], dtype=of.float64).call(
    lambda t, x: t.as_tensor(x) is x, f(3)
)
op("manual_seed", tol=4e-7).call(lambda t: [t.manual_seed(s) and t.rand(3) for s in (0, 1, 42, 2**31, 2**40 + 1)]).call(
    lambda t: (
        t.manual_seed(3),
        t.rand(5),
        t.randn(3),
        t.randint(10, (4,)),
        t.rand(2),
        t.randn(20),
        t.randperm(7),
        t.rand(1),
    )[1:]
).call(lambda t: (t.manual_seed(3), t.randn(1), t.randn(1), t.rand(1), t.randn(2), t.randn(16), t.randn(1))[1:]).call(
    lambda t: (t.manual_seed(5), t.empty(4).uniform_(2, 3), t.empty(4).normal_(1, 2), t.empty(30).normal_(), t.rand(1))[
        1:
    ]
).call(lambda t: (t.manual_seed(5), t.rand(3, dtype=t.float64), t.randn(3, dtype=t.float64), t.rand(3))[1:]).call(
    lambda t: (t.manual_seed(1), t.rand(700), t.rand(5))[1:]
).call(lambda t: t.manual_seed("a"), raises=ANY)
