"""Samples of convolutions."""

from __future__ import annotations

from tests.ops.sample import Arg, b, f, f32, i, op

SIZES = {1: (7,), 2: (5, 6), 3: (4, 3, 5)}
KERNELS = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}


def each(ndim: int, *values: int) -> tuple[int, ...]:
    """Different numbers for different dimensions."""
    return tuple(values[d % len(values)] for d in range(ndim))


for _n in (1, 2, 3):
    _size, _kernel = SIZES[_n], KERNELS[_n]
    _x, _w, _b = f(2, 4, *_size), f(6, 4, *_kernel), f(6)
    o = op(f"conv{_n}d")
    o(_x, _w)(_x, _w, _b)(f(4, *_size), _w, _b)(_x, _w, None, each(_n, 2, 1), each(_n, 1, 0))
    o(_x, _w, _b, stride=2, padding=each(_n, 1, 2))(_x, _w, padding="same")(_x, _w, padding="valid")
    o(_x, f(6, 2, *_kernel), _b, groups=2)(_x, f(4, 1, *_kernel), groups=4, padding=1)(_x, f(8, 1, *_kernel), groups=4)
    o(_x, _w, dilation=each(_n, 2, 1), padding=2)(_x, f(3, 4, *[1] * _n))(_x, f(3, 4, *[1] * _n), f(3), stride=2)
    o(f(0, 4, *_size), _w, _b)(f32(2, 2, *_size), f32(1, 2, *_kernel), f32(1))(_x.T if _n == 1 else _x.S, _w.T, _b.S)
    o(i(2, 4, *_size), i(6, 4, *_kernel))(_x, _w.const, _b.const)(f(1, 4, *_kernel), _w)
    o(Arg((2, 4, *_size), "float16", grad=False), Arg((6, 4, *_kernel), "float16", grad=False))
    o.error(RuntimeError, f(*_size), _w).error(RuntimeError, f(2, 3, *_size), _w).error(RuntimeError, _x, _w, f(5))
    o.error(RuntimeError, _x, _w, padding="other").error(RuntimeError, _x, _w, padding="same", stride=2)
    o.error(RuntimeError, _x, _w, stride=0).error(RuntimeError, _x, _w, padding=-1).error(
        RuntimeError, _x, _w, groups=2
    )
    o.error(RuntimeError, _x, _w, groups=0).error(RuntimeError, _x, _w, dilation=0).error(
        RuntimeError, _x, f32(6, 4, *_kernel)
    )
    o.error(RuntimeError, _x, _w, stride=(1, 1, 1, 1)).error(TypeError, _x, _w, stride=1.5).error(TypeError, _x, 2)
    o.error(RuntimeError, f(2, 4, *[1] * _n), _w).error(TypeError, _x).error(TypeError, _x, _w, other=1)
    o.error(RuntimeError, _x, f(5, 2, *_kernel), groups=2).error(RuntimeError, _x, _w, f32(6))
    o.maybe(b(2, 4, *_size), b(6, 4, *_kernel))

    o = op(f"conv_transpose{_n}d")
    _w = f(4, 6, *_kernel)
    o(_x, _w)(_x, _w, _b)(f(4, *_size), _w, _b)(_x, _w, None, each(_n, 2, 1), each(_n, 1, 0))
    o(_x, _w, _b, stride=2, output_padding=1)(_x, f(4, 3, *_kernel), _b, groups=2)(_x, f(4, 2, *_kernel), groups=4)
    o(_x, _w, stride=each(_n, 1, 2), dilation=each(_n, 3, 2), output_padding=each(_n, 2, 1))(_x, f(4, 6, *[1] * _n), _b)
    o(f(0, 4, *_size), _w)(f32(2, 1, *_size), f32(1, 2, *_kernel), f32(2))(_x.S, _w.T)
    o(i(2, 4, *_size), i(4, 6, *_kernel))
    o.error(RuntimeError, f(2, 3, *_size), _w).error(RuntimeError, _x, _w, f(4)).error(RuntimeError, _x, _w, padding=7)
    o.error(RuntimeError, _x, _w, stride=2, output_padding=2).error(RuntimeError, _x, _w, groups=3)
    o.error(RuntimeError, _x, _w, output_padding=-1).error(TypeError, _x, _w, padding="same")
    o.maybe(i(2, 4, *_size, dtype="int32"), i(4, 6, *_kernel, dtype="int32"))

_call = ([1, 1], [0, 0], [1, 1], False, [0, 0], 1)
_x, _w = f(2, 4, 5, 6), f(6, 4, 3, 2)
op("convolution")(_x, _w, None, *_call)(_x, _w, f(6), *_call)(_x, f(4, 6, 3, 2), None, [2], [1], [1], True, [1], 1)
op("convolution").error(TypeError, _x, _w, None, 1, 0, 1, False, 0, 1).error(RuntimeError, f(4, 5, 6), _w, None, *_call)


def complex_product(name: str, **kwargs: object) -> object:
    """Convolutions of complex numbers made of pairs of reals, through which gradients are compared."""

    def call(t: object, x: object, w: object, b: object) -> object:
        x, w, b = (t.view_as_complex(v) for v in (x, w, b))
        return t.view_as_real(getattr(t, name)(x, w, b, **kwargs)) * 1

    return call


op("conv2d").call(complex_product("conv2d", padding=1, groups=2), f(2, 4, 3, 4, 2), f(6, 2, 3, 2, 2), f(6, 2))
op("conv_transpose1d").call(complex_product("conv_transpose1d", stride=2), f(2, 4, 3, 2), f(4, 3, 3, 2), f(3, 2))
