"""Samples of normalisation layers."""

from __future__ import annotations

from tests.nn.sample import layer, refused
from tests.ops.sample import f, i

for _n in (1, 2, 3):
    _x = f(3, 4, *(3, 2, 2)[:_n])
    for _kind in ("Batch", "Instance"):
        for _name in (f"{_kind}Norm{_n}d", f"Lazy{_kind}Norm{_n}d"):
            _in = () if "Lazy" in _name else (4,)
            layer(_name, *_in)(_x).error((IndexError if "Lazy" in _name else ValueError), f(3))
            layer(_name, *_in, affine=False, track_running_stats=False)(_x)
            layer(_name, *_in, 1e-3, None, True, True)(_x)
            layer(_name, *_in, affine=True, bias=False, track_running_stats=True)(_x)
    layer(f"BatchNorm{_n}d", 5).error(RuntimeError, _x).error(ValueError, f(1, 5, *[1] * _n))
    layer(f"InstanceNorm{_n}d", 5, affine=True).error(ValueError, _x)
    layer(f"InstanceNorm{_n}d", 4)(f(4, *(3, 2, 2)[:_n])).error(ValueError, f(3, 4, *[1] * _n))
layer("BatchNorm1d", 4)(f(3, 4)).error(ValueError, f(1, 4))

layer("LayerNorm", 3)(f(2, 3))(f(4, 2, 3)).error(RuntimeError, f(2, 4)).error(RuntimeError, i(2, 3))
layer("LayerNorm", (2, 3), 1e-3, False)(f(4, 2, 3))
layer("LayerNorm", [3], bias=False)(f(2, 3))
layer("RMSNorm", 3)(f(2, 3)).error(RuntimeError, f(2, 4))
layer("RMSNorm", (2, 3), 1e-3, False)(f(4, 2, 3))
layer("GroupNorm", 2, 4)(f(3, 4))(f(3, 4, 2, 2)).error(RuntimeError, f(3, 3, 2))
layer("GroupNorm", 2, 4, affine=False)(f(3, 4, 2))
layer("GroupNorm", 2, 4, bias=False)(f(3, 4, 2))
refused("GroupNorm", ValueError, 2, 3)
layer("LocalResponseNorm", 2)(f(2, 3, 4)).error(ValueError, f(2, 3))
layer("LocalResponseNorm", 3, 0.1, 0.5, 2)(f(2, 3, 2, 2))

for _channels, _size in ((5, 3), (5, 2), (2, 5)):  # PyTorch's gradient is not that of its result
    layer("CrossMapLRN2d", _size, 0.5, k=2.0, options={"grad": False})(f(2, _channels, 2, 2))
layer("CrossMapLRN2d", 3, options={"grad": False}).error(ValueError, f(2, 3, 4))
layer("SyncBatchNorm", 3)(f(4, 3))(f(2, 3, 4)).error(ValueError, f(3)).error(ValueError, f(2, 0))
layer("SyncBatchNorm", 3, affine=False, momentum=None)(f(2, 3, 2, 2))
