"""Resizing and rearranging images. 图像函数。"""

from __future__ import annotations

import warnings
from typing import Any

from tidu._args import is_int
from tidu._operands import check_tensors
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn.functional.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from tidu.ops import vision
from tidu.ops.resample import resample, sizes_scaled

pixel_shuffle, pixel_unshuffle, channel_shuffle = (
    FUNCTIONS[name] for name in ("pixel_shuffle", "pixel_unshuffle", "channel_shuffle")
)
native_channel_shuffle = channel_shuffle
fold, unfold = vision.fold, vision.unfold

_RANKS = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}  # of inputs
_MODES = ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact")
_AREAS = {3: adaptive_avg_pool1d, 4: adaptive_avg_pool2d, 5: adaptive_avg_pool3d}

_WANTED = {"size": "output size in (o1, o2, ...,oK)", "scale_factor": "scale_factor in (s1, s2, ...,sK)"}


def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """缩放 / ``input``, (N, C, ...) with one to three more dimensions, resized to ``size`` or by ``scale_factor``.

    ``mode``: "nearest" (or "nearest-exact"), "linear" (3-D input), "bilinear", "bicubic" (4-D), "trilinear" (5-D), or
    "area" (means). ``align_corners``: whether the outer elements' centres stay where they are, or the outer edges.
    ``antialias`` smooths what shrinks.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
    """
    check_tensors("interpolate", input=input)
    if align_corners is not None and mode in ("nearest", "area", "nearest-exact"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
            f"trilinear, not with mode '{mode}'"
        )
    dim = input.ndim - 2
    sizes, scales = _target(input, size, scale_factor, dim)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if sizes is None:
        assert scales is not None
        sizes = sizes_scaled(input.shape[2:], scales)
        if mode == "area" or recompute_scale_factor:
            scales = None
    if antialias and (mode not in ("bilinear", "bicubic") or input.ndim != 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input, but "
            f"got mode '{mode}' and a {input.ndim}-D tensor"
        )
    if mode not in _MODES or dim not in (1, 2, 3):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the modes: "
            f"{' | '.join(_MODES)} (got {mode})"
        )
    if mode in _RANKS and input.ndim != _RANKS[mode]:
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {_RANKS[mode]}D input")
    if mode == "area":
        return _AREAS[input.ndim](input, sizes)
    return resample(input, sizes, scales, mode, bool(align_corners), antialias)


def _target(input: Tensor, size: Any, scale_factor: Any, dim: int) -> tuple[Any, Any]:
    """The sizes or the factors that were given, one for each dimension."""
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    key, given = ("size", size) if size is not None else ("scale_factor", scale_factor)
    several = list(given) if isinstance(given, (tuple, list)) else [given] * dim
    if len(several) != dim:
        raise ValueError(
            f"Input and {key} must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {list(input.shape[2:])} and {key} of shape {given}. Please provide input tensor in (N, C, d1, d2, "
            f"...,dK) format and {_WANTED[key]} format."
        )
    if key == "size":
        if not all(map(is_int, several)):
            raise TypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size "
                f"with types {[type(v) for v in several]}"
            )
        return [int(v) for v in several], None
    return None, [float(s) for s in several]


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """放大（旧名）/ Deprecated name of ``interpolate``."""
    _warn_of_old_name("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """最近邻放大（旧名）/ Deprecated: ``interpolate(..., mode="nearest")``."""
    _warn_of_old_name("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """双线性放大（旧名）/ Deprecated: ``interpolate(..., mode="bilinear", align_corners=True)``."""
    _warn_of_old_name("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _warn_of_old_name(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=3
    )
