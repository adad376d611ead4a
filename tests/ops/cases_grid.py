"""Samples of reading images at given places, and of pooling with random windows."""

from __future__ import annotations

from typing import Any

from tests.ops.sample import f, f32, i, op, unit


def plain(name: str, **kwargs: Any) -> Any:
    """The values and their derivatives; here the functions are made of others, which have second ones, too."""
    return lambda t, *tensors: getattr(t.nn.functional, name)(*tensors, **kwargs) * 1


o = op("nn.functional.affine_grid", out=False)
for _align in (False, True):
    o.call(lambda t, x, a=_align: t.nn.functional.affine_grid(x, (2, 1, 3, 4), align_corners=a) * 1, f(2, 2, 3))
    o.call(lambda t, x, a=_align: t.nn.functional.affine_grid(x, (1, 1, 1, 2, 3), align_corners=a) * 1, f(1, 3, 4))
o.error(ValueError, f(2, 3, 4), (2, 1, 3, 4)).error(NotImplementedError, f(2, 2, 3), (2, 1, 3))
o.error(ValueError, i(2, 2, 3), (2, 1, 3, 4)).error(ValueError, f(2, 2, 3), (2, 1, 0, 4))

o = op("nn.functional.grid_sample", out=False)
for _mode in ("bilinear", "nearest", "bicubic"):
    for _padding in ("zeros", "border", "reflection"):
        for _align in (False, True):
            _how = {"mode": _mode, "padding_mode": _padding, "align_corners": _align}
            _grid = f(2, 3, 2, 2).const if _mode == "nearest" else f(2, 3, 2, 2)
            o.call(plain("grid_sample", **_how), f(2, 2, 4, 3), _grid)
            if _mode != "bicubic":
                o.call(plain("grid_sample", **_how), f(1, 2, 3, 2, 4), f(1, 2, 1, 3, 3).const)
o.call(plain("grid_sample", align_corners=False), f32(1, 1, 3, 3), unit(1, 2, 2, 2, dtype="float32"))
for _mode in ("bilinear", "nearest"):
    o.call(lambda t, x, g, m=_mode: t.nn.functional.grid_sample(x, g, m, "border", False), f(1, 1, 3, 3),
           unit(1, 2, 2, 2).const)  # fmt: skip
_x, _grid = f(2, 2, 4, 3), f(2, 3, 2, 2)
o.error(ValueError, _x, _grid, "other").error(ValueError, _x, _grid, "nearest", "other").error(
    RuntimeError, _x, f(3, 3, 2, 2)
)
o.error(RuntimeError, _x, f(2, 3, 2, 3)).error(RuntimeError, _x, f32(2, 3, 2, 2)).error(RuntimeError, f(2, 2, 3), _grid)
o.error(RuntimeError, f(1, 1, 2, 2, 2), f(1, 1, 1, 1, 3), "bicubic")

for _n, _size, _out in ((2, (6, 7), (3, 4)), (3, (4, 5, 6), (2, 3, 3))):
    o = op(f"nn.functional.fractional_max_pool{_n}d", out=False)
    o(f(2, 3, *_size), 2, _out)(f(3, *_size), 2, _out, return_indices=True)(
        f(2, 3, *_size), 2, output_ratio=(0.5,) * _n
    )
    o(f32(1, 2, *_size), 2, 1)
    o.error(ValueError, f(2, 3, *_size), 2).error(RuntimeError, f(2, 3, *_size), 2, 9).error(IndexError, f(3), 2, 1)
