"""Samples of pooling."""

from __future__ import annotations

from typing import Any

from tests.ops.sample import Arg, b, f, f32, i, op, v

SIZES = {1: (7,), 2: (5, 6), 3: (4, 5, 3)}
NAN, INF = float("nan"), float("inf")
HALF = "float16"


def each(ndim: int, *values: int) -> tuple[int, ...]:
    return tuple(values[d % len(values)] for d in range(ndim))


for _n in (1, 2, 3):
    _size = SIZES[_n]
    _x, _ties = f(2, 3, *_size), Arg((2, 3, *_size), "float64", data=None, domain=(0, 0.001))
    for _name in (f"max_pool{_n}d", f"nn.functional.avg_pool{_n}d" if _n > 1 else "avg_pool1d"):
        o = op(_name, out=False)
        o(_x, 2)(f(3, *_size), 2)(_x, each(_n, 2, 3), each(_n, 1, 2))(_x, 3, 2, 1)(_x, [2])(_x, 2, [])(_x.S, 2)
        o(_x, 3, 2, 1, ceil_mode=True)(_x, 2, 3, ceil_mode=True)(f(0, 3, *_size), 2)(f32(2, 3, *_size), 2)(
            f(1, 1, *_size), 3, 1
        )
        o(_x, kernel_size=2, stride=1, padding=1).maybe(Arg((2, 3, *_size), HALF, grad=False), 2)
        o.error(RuntimeError, _x, 0).error(RuntimeError, _x, 9).error(RuntimeError, _x, 2, 0).error(
            RuntimeError, _x, 2, 1, 2
        )
        o.error(RuntimeError, _x, (2, 2, 2, 2)).error(TypeError, _x, 2.5).error(RuntimeError, f(2, 0, *_size), 2)
        o.error(TypeError, 2, 2).error(RuntimeError, _x, 2, -1).error(RuntimeError, _x, 3, 1, -1)
        o.error(NotImplementedError, b(2, 3, *_size), 2).maybe(i(2, 3, *_size), 2)
    o(_x, 3, 2, 1, False, False)(_x, 3, 2, 1, True, False)
    if _n > 1:
        o(_x, 2, divisor_override=3).error(RuntimeError, _x, 2, divisor_override=0)
    o = op(f"max_pool{_n}d")
    o(_x, 2, 1, 1, 2).maybe(_x, 3, 1, 0, each(_n, 2, 1))(i(2, 3, *_size) if _n > 1 else _x, 2, 2, 1)
    o.error(RuntimeError, _x, 2, dilation=0)
    o = op(f"nn.functional.max_pool{_n}d", out=False)
    o(_x, 2, return_indices=True)(f(3, *_size), 3, 2, 1, 1, True, True)(
        i(2, 3, *_size, lo=0, hi=2), 2, 1, 1, return_indices=True
    )

# ties, infinities and NaN: which element is the largest, and where
for _data in (
    [1, 1, 0, 2, 2, 1],
    [NAN, 1, 0, NAN, NAN, 2],
    [-INF, -INF, -INF, -INF, INF, INF],
    [0.0, -0.0, -0.0, 0.0, 1, 1],
):
    _x = v([[_data]], "float64")
    op("nn.functional.max_pool1d")(_x, 3, 1, 1, return_indices=True)(_x, 2, return_indices=True)(
        _x, 2, 2, 1, 2, return_indices=True
    )
    op("nn.functional.adaptive_max_pool1d", out=False)(_x, 4, return_indices=True)
op("max_pool1d_with_indices", out=False)(f(2, 3, 7), 3)(f(3, 7), 2, 1, 1)
# a window of more than 256 elements
op("nn.functional.max_pool2d")(f32(1, 1, 20, 21), (17, 18), 1, return_indices=True)

for _n in (1, 2, 3):
    _size = SIZES[_n]
    _x = f(2, 3, *_size)
    for _kind in ("avg", "max"):
        o = op(f"nn.functional.adaptive_{_kind}_pool{_n}d", out=False)
        o(_x, 2)(_x, 3)(_x, 1)(_x, each(_n, 4, 2, 5))(f(3, *_size), 2)(_x, 9)(f(0, 3, *_size), 2)(f32(2, 3, *_size), 3)
        o(_x.const, 0)
        o.error(RuntimeError, _x, -1).error(NotImplementedError, i(2, 3, *_size), 2).maybe(f(2, 0, *_size).const, 2)
        o.maybe(f(3), 2).maybe(_x, (2, 2, 2, 2)).error(TypeError, _x, 2.5)
        if _n > 1:
            o(_x, (None, *[2] * (_n - 1))).error(ValueError, f(*_size), (2,) * _n)
        if _kind == "max":
            o(_x, 3, return_indices=True)
    o = op(f"nn.functional.lp_pool{_n}d", out=False)
    o(_x, 2, 2)(_x, 3.0, 2, 1)(f(3, *_size), 1, 2)(_x, 2, 2, ceil_mode=True)

    def there_and_back(n: int, *args: Any, **kwargs: Any) -> Any:
        def call(t: Any, x: Any) -> Any:
            functional = t.nn.functional
            values, indices = getattr(functional, f"max_pool{n}d")(x, *args, return_indices=True)
            return getattr(functional, f"max_unpool{n}d")(values, indices, *args, **kwargs)

        return call

    o = op(f"nn.functional.max_unpool{_n}d", out=False)
    o.call(there_and_back(_n, 2, output_size=_size), _x).call(there_and_back(_n, 2, output_size=(2, 3, *_size)), _x)
    o.call(there_and_back(_n, 2), f(2, 3, *[4] * _n)).call(there_and_back(_n, 2), f(3, *[4] * _n))
    o.call(there_and_back(_n, 3, 1, 1), f32(2, 3, *_size))
    o.call(there_and_back(_n, 2, output_size=(20,) * _n), _x, raises=ValueError)
    o.call(there_and_back(_n, 2, output_size=(20,)), _x, raises=ValueError)
    _y = f(1, 1, *[2] * _n)
    o.error(RuntimeError, _y, f(1, 1, *[2] * _n), 2).error(RuntimeError, _y, i(1, 1, *[3] * _n, lo=0, hi=2), 2)
    o.error(RuntimeError, _y, i(1, 1, *[2] * _n, lo=100, hi=101), 2)
