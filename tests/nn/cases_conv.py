"""Samples of convolution and pooling layers."""

from __future__ import annotations

from tests.nn.sample import layer, refused
from tests.ops.sample import f, f32

SIZES = {1: (7,), 2: (6, 7), 3: (4, 5, 4)}

for _n in (1, 2, 3):
    _size = SIZES[_n]
    _x = f(2, 4, *_size)
    for _name in (f"Conv{_n}d", f"LazyConv{_n}d"):
        _in = () if "Lazy" in _name else (4,)
        layer(_name, *_in, 6, 3)(_x)(f(4, *_size)).error(RuntimeError, f(*_size))
        layer(_name, *_in, 6, 2, 2, 1, bias=False)(_x)
        layer(_name, *_in, 6, 3, padding="same", groups=2, dilation=2)(_x)
        for _mode in ("reflect", "replicate", "circular"):
            layer(_name, *_in, 2, 3, padding=1, padding_mode=_mode)(_x)
    layer(f"Conv{_n}d", 4, 2, 2, padding="same", padding_mode="circular")(_x).error(RuntimeError, f(2, 3, *_size))
    for _name in (f"ConvTranspose{_n}d", f"LazyConvTranspose{_n}d"):
        _in = () if "Lazy" in _name else (4,)
        layer(_name, *_in, 6, 3)(_x)(f(4, *_size))
        layer(_name, *_in, 6, 2, 2, 1, 1, 2, False)(_x)
    layer(f"ConvTranspose{_n}d", 4, 2, 3, 2)(_x, output_size=tuple(2 * m + 2 for m in _size)).error(
        ValueError, _x, output_size=tuple(2 * m + 4 for m in _size)
    ).error(ValueError, _x, output_size=(1,) * (_n + 1))
    refused(f"ConvTranspose{_n}d", ValueError, 4, 4, 3, padding_mode="reflect")
    for _key, _value in (("groups", 3), ("groups", 0), ("padding", "other"), ("padding_mode", "other")):
        refused(f"Conv{_n}d", ValueError, 4, 4, 3, **{_key: _value})
    refused(f"Conv{_n}d", ValueError, 4, 4, 3, 2, padding="same")
    refused(f"Conv{_n}d", TypeError, 4, 4)

    layer(f"MaxPool{_n}d", 2)(_x)(f(4, *_size))
    layer(f"MaxPool{_n}d", 3, 2, 1, 1, True, True)(_x).error(RuntimeError, f(3))
    layer(f"MaxUnpool{_n}d", 2)
    layer(f"AvgPool{_n}d", 2)(_x)(f(4, *_size))
    layer(f"AvgPool{_n}d", 3, 2, 1, True, False)(_x)
    layer(f"LPPool{_n}d", 2, 2)(_x)
    layer(f"LPPool{_n}d", 3, 2, 1, ceil_mode=True)(_x)
    layer(f"AdaptiveAvgPool{_n}d", 3)(_x)(f(4, *_size))
    layer(f"AdaptiveMaxPool{_n}d", 3, return_indices=True)(_x)
layer("Conv2d", 3, 4, (3, 5), (2, 1), (1, 2), (1, 2))(f(2, 3, 9, 11))
layer("Conv2d", 1, 1, 3, options={"single": True})(f32(1, 1, 4, 4))
layer("AvgPool2d", 2, divisor_override=3)(f(2, 3, 4, 4))
layer("AdaptiveAvgPool2d", (None, 2))(f(2, 3, 4, 4))
for _n in (2, 3):
    layer(f"FractionalMaxPool{_n}d", 2, 2)
    layer(f"FractionalMaxPool{_n}d", 2, output_ratio=0.5, return_indices=True)
    refused(f"FractionalMaxPool{_n}d", ValueError, 2)
    refused(f"FractionalMaxPool{_n}d", ValueError, 2, 2, 0.5)
    refused(f"FractionalMaxPool{_n}d", ValueError, 2, output_ratio=1.5)
