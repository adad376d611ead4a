"""Samples of layers that resize and rearrange images."""

from __future__ import annotations

from tests.nn.sample import layer
from tests.ops.sample import b, f, i

_x = f(2, 4, 3, 4)
layer("Upsample", scale_factor=2)(_x).error(NotImplementedError, f(3, 4))
layer("Upsample", (5, 6), mode="bilinear", align_corners=True)(_x)
layer("Upsample", scale_factor=(1.5, 2), mode="bicubic")(_x)
layer("UpsamplingNearest2d", scale_factor=2)(_x)
layer("UpsamplingBilinear2d", 5)(_x)
layer("PixelShuffle", 2)(_x).error(RuntimeError, f(2, 3, 2, 2))
layer("PixelUnshuffle", 2)(f(1, 4, 6)).error(RuntimeError, f(1, 3, 4))
layer("ChannelShuffle", 2)(_x).error(RuntimeError, f(2, 3, 2, 2))
layer("Unfold", 2, padding=1)(_x).error(RuntimeError, f(1, 1, 1, 1, 1))
layer("Fold", (3, 4), 2)(f(2, 8, 6)).error(RuntimeError, f(2, 7, 6))

# dtypes that the layers have no kernels for

for _n in (1, 2, 3):
    _x = (1, 2, *[4] * _n)
    layer(f"AvgPool{_n}d", 2).error(NotImplementedError, i(*_x, dtype="int32"))
    for _name in (f"ReflectionPad{_n}d", f"ReplicationPad{_n}d"):
        layer(_name, 1).error(NotImplementedError, b(*_x))
    layer(f"MaxUnpool{_n}d", 2).error(NotImplementedError, i(*_x), i(*_x, lo=0, hi=1))
