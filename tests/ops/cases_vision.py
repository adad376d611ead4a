"""Samples of resizing and rearranging images."""

from __future__ import annotations

from tests.ops.sample import Arg, f, f32, i, op

o = op("pixel_shuffle", out=False)
o(f(2, 8, 3, 2), 2)(f(9, 2, 2), 3)(f(1, 2, 4, 2, 3), 2)(f(4, 2, 2), 1)(f(4, 3, 8).T, 2)(i(4, 2, 2), 2)(
    f(0, 4, 2, 2).const, 2
)
o.error(RuntimeError, f(2, 3, 2, 2), 2).error(RuntimeError, f(4, 4), 2).error(RuntimeError, f(4, 2, 2), 0)
o.error(TypeError, f(4, 2, 2), 1.5)
o = op("pixel_unshuffle", out=False)
o(f(2, 2, 4, 6), 2)(f(1, 6, 3), 3)(f(2, 3, 3), 1)(f(2, 4, 4).T, 2)(i(1, 2, 4), 2)
o.error(RuntimeError, f(1, 3, 4), 2).error(RuntimeError, f(1, 4, 3), 2).error(RuntimeError, f(4, 4), 2)
o.error(RuntimeError, f(1, 4, 4), 0)
o = op("channel_shuffle", out=False)
o(f(2, 6, 3), 1)(f(2, 6, 2, 2), 3)(f(2, 6, 2, 2), 2)(f(6, 2, 3).T, 2)(i(1, 4, 1, 2), 2)
o.error(RuntimeError, f(2, 4, 2, 2), 3).error(RuntimeError, f(2, 4), 2).error(RuntimeError, f(2, 4, 2, 2), 0)

o = op("nn.functional.unfold", out=False)
o(f(2, 3, 5, 4), 2)(f(3, 5, 4), (2, 3))(f(2, 1, 6, 7), (3, 2), (2, 1), (1, 2), (2, 3))(f32(1, 2, 4, 4), 3, padding=1)
o(f(0, 3, 5, 4), 2)(f(2, 2, 4, 4).T, 2, stride=2)
o.error(RuntimeError, f(1, 2, 3, 3), 4).error(RuntimeError, f(1, 2, 3, 3), 0).error(
    RuntimeError, f(1, 2, 3, 3), 2, stride=0
)
o.error(RuntimeError, f(1, 2, 3, 3), 2, padding=-1).error(IndexError, f(3, 3), 2).error(
    RuntimeError, f(1, 2, 3, 3), (1, 2, 3)
)
o.error(TypeError, f(1, 2, 3, 3), 1.5).maybe(i(1, 2, 3, 3), 2)
o = op("nn.functional.fold", out=False)
o(f(2, 8, 12), (5, 4), 2)(f(8, 12), (5, 4), 2)(f(2, 6, 6), (6, 7), (3, 2), (2, 1), (1, 2), (2, 4)).maybe(
    f(0, 8, 12).const, (5, 4), 2
)
o(f32(1, 4, 4), 4, 2, stride=2)
o.error(RuntimeError, f(2, 7, 12), (5, 4), 2).error(RuntimeError, f(2, 8, 11), (5, 4), 2).error(
    RuntimeError, f(8), (5, 4), 2
)

o = op("nn.functional.interpolate", out=False)
SIZES = {"linear": (5,), "bilinear": (4, 5), "bicubic": (4, 5), "trilinear": (3, 4, 2)}
for _mode, _size in SIZES.items():
    _x = f(2, 2, *_size)
    for _align in (False, True):
        o(_x, 7, mode=_mode, align_corners=_align)(_x, 2, mode=_mode, align_corners=_align)
        o(_x, scale_factor=1.7, mode=_mode, align_corners=_align)
    o(_x, scale_factor=2.3, mode=_mode, recompute_scale_factor=True)(f32(1, 2, *_size), 1, mode=_mode)
for _mode in ("nearest", "nearest-exact", "area"):
    for _size in ((5,), (4, 5), (3, 4, 2)):
        _x = f(2, 2, *_size)
        o(_x, 7, None, _mode)(_x, 3, mode=_mode)(_x, scale_factor=1.6, mode=_mode)(_x, [2] * len(_size), mode=_mode)
        o.maybe(f(0, 2, *_size).const, 3, mode=_mode)
for _mode in ("bilinear", "bicubic"):
    for _align in (False, True):
        o(f(1, 2, 7, 8), (3, 5), mode=_mode, antialias=True, align_corners=_align)
    o(f(1, 2, 4, 5), scale_factor=(1.5, 0.4), mode=_mode, antialias=True)
_x = f(1, 2, 3, 4)
o.maybe(i(1, 2, 3, 4), 5).maybe(Arg((1, 2, 3, 4), "uint8", domain=(0, 9)), 5)
o.error(ValueError, _x).error(ValueError, _x, 2, 2).error(ValueError, _x, (2, 3, 4)).error(
    ValueError, _x, scale_factor=(1, 2, 3)
)
o.error(ValueError, _x, 2, align_corners=True).error(NotImplementedError, _x, 2, mode="other").error(
    RuntimeError, _x, 0
)
o.error(NotImplementedError, _x, 2, mode="linear").error(ValueError, _x, 2, antialias=True).error(
    NotImplementedError, f(2, 3), 2
)
o.error(ValueError, _x, 2, recompute_scale_factor=True).error(TypeError, _x, [2.5, 2]).error(
    RuntimeError, _x, scale_factor=0.1
)
o.error(RuntimeError, f(1, 0, 3, 4), 2)
op("nn.functional.upsample", out=False)(_x, 5)(_x, scale_factor=2, mode="bilinear", align_corners=True)
op("nn.functional.upsample_nearest", out=False)(_x, 5)
op("nn.functional.upsample_bilinear", out=False)(_x, 5)

o = op("nn.functional.one_hot", out=False)
o(i(3, lo=0, hi=3))(i(2, 2, lo=0, hi=3), 5)(i(lo=0, hi=3))(i(0), 3)
o.error(RuntimeError, f(2)).error(RuntimeError, i(2, lo=3, hi=5), 2).error(RuntimeError, i(2, lo=-3, hi=-1)).error(
    RuntimeError, i(0)
)
o.maybe(i(2, lo=0, hi=2), 0).error(RuntimeError, i(2, dtype="int32", lo=0, hi=2)).maybe(2).maybe(i(1, lo=0, hi=1), -2)
