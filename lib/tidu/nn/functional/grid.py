"""Images read at places that tensors tell: what spatial transformers are made of. 网格采样。

Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu 2015, "Spatial transformer networks".
"""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np

from tidu._args import is_int, type_name
from tidu._backend import beside
from tidu._define import by_example
from tidu._operands import check_tensors
from tidu._record import rename
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.pool import wanted_kind

_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def _warn_of_default(name: str) -> None:
    warnings.warn(
        f"Default {name} behavior has changed to align_corners=False since 1.3.0. Please specify align_corners=True if "
        f"the old behavior is desired. See the documentation of {name} for details.",
        UserWarning,
        stacklevel=3,
    )


def _as_one(made: Tensor, name: str) -> Tensor:
    """The result, its node under the name of the one that PyTorch has for all of it."""
    if made._node is not None:
        rename(made._node, f"{name}Backward0")
    return made


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """仿射网格 / The places that an affine map reads an image at: matrices (N, 2, 3) and ``size`` (N, C, H, W) give
    (N, H, W, 2); with (N, 3, 4) and (N, C, D, H, W) (N, D, H, W, 3). Coordinates are from -1 to 1, x first.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html
    """
    check_tensors("affine_grid", theta=theta)
    if align_corners is None:
        _warn_of_default("affine_grid")
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if not isinstance(size, (tuple, list)) or not all(map(is_int, size)):
        raise TypeError(f"affine_grid(): argument 'size' must be tuple of ints, not {type_name(size)}")
    n = len(size) - 2
    if n not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{tuple(size)}."
        )
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (n, n + 1):
        raise ValueError(
            f"Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for size {tuple(size)}. "
            f"Got {theta.shape}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {tuple(size)}")
    lines = [np.linspace(-1, 1, m) * (1 if align_corners else (m - 1) / m) if m > 1 else np.zeros(1) for m in size[2:]]
    places = np.stack([*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(size[2:])], -1)
    flat = wrap(beside(places.reshape(1, -1, n + 1).astype(theta._array.dtype), theta._array))
    made: Tensor = flat.expand(theta.shape[0], -1, -1).bmm(theta.transpose(1, 2))
    return _as_one(made.view(size[0], *size[2:], n), "AffineGridGenerator")


def _inside(at: Tensor, n: int, padding: str, align: bool) -> Tensor:
    """A coordinate in elements, brought into the image as ``padding`` says."""
    if padding == "reflection":
        low, span = (0.0, float(n - 1)) if align else (-0.5, float(n))
        if span == 0:
            return at * 0
        away = (at - low).abs()
        extra, turned = away.fmod(span), (away / span).floor() % 2 == 1
        at = FUNCTIONS["where"](turned, span - extra, extra) + low
    return at if padding == "zeros" else at.clamp(0, n - 1)


def _read(flat: Tensor, places: list[Tensor], shape: tuple[int, ...]) -> Tensor:
    """The image, its pixels in a row, at whole coordinates; zero outside."""
    index: Any = 0
    known: Any = None
    for at, n in zip(places, shape, strict=True):
        within = (at >= 0) & (at <= n - 1)
        known = within if known is None else known & within
        index = index * n + at.clamp(0, n - 1).long()
    count, channels = flat.shape[:2]
    rows = index.reshape(count, 1, -1).expand(count, channels, -1)
    found = flat.gather(2, rows).reshape(count, channels, *index.shape[1:])
    made: Tensor = FUNCTIONS["where"](known.unsqueeze(1), found, 0.0)
    return made


def _cubic(t: Tensor) -> list[Tensor]:
    """Weights of the four neighbours of a place that is ``t`` behind the second."""
    a = -0.75

    def near(d: Tensor) -> Tensor:
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: Tensor) -> Tensor:
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _checked(input: Tensor, grid: Tensor, mode: str, padding_mode: str) -> int:
    if mode not in _MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in _PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    n = input.ndim - 2
    text = f"got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    for wrong, what in (
        (n not in (2, 3), "expected 4D or 5D input and grid with same number of dimensions"),
        (grid.ndim != input.ndim, f"expected {n + 2}D input and grid with same number of dimensions"),
        (input.shape[:1] != grid.shape[:1], "expected grid and input to have same batch size"),
        (grid.shape[-1:] != (n,), f"expected grid to have size {n} in last dimension"),
        (0 in input.shape[2:], "expected input to have non-empty spatial dimensions"),
        (n == 3 and mode == "bicubic", "bicubic interpolation only supports 4D input"),
        (input.dtype != grid.dtype, f"expected scalar type {input.dtype} but found {grid.dtype}"),
    ):
        if wrong:
            raise RuntimeError(f"grid_sampler(): {what}, but {text}")
    wanted_kind("grid_sampler", input)
    return n


@by_example
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """网格采样 / ``input`` (N, C, H, W) read at the places ``grid`` (N, h, w, 2): (N, C, h, w); or one dimension more.

    Coordinates are from -1 to 1, x first. ``mode``: "bilinear", "nearest" or "bicubic"; ``padding_mode`` tells what is
    outside: "zeros", "border" or "reflection"; ``align_corners`` whether -1 and 1 are the centres of the outer pixels
    or their edges.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
    """
    check_tensors("grid_sample", input=input, grid=grid)
    if align_corners is None and mode in _MODES and padding_mode in _PADDINGS:
        _warn_of_default("grid_sample")
    n = _checked(input, grid, mode, padding_mode)
    align, shape = bool(align_corners), tuple(input.shape[2:])
    flat = input.reshape(*input.shape[:2], math.prod(shape))
    places = []
    for d, m in enumerate(shape):
        at = grid.select(-1, n - 1 - d)
        places.append((at + 1) / 2 * (m - 1) if align else ((at + 1) * m - 1) / 2)
    if mode != "bicubic":
        places = [_inside(at, m, padding_mode, align) for at, m in zip(places, shape, strict=True)]
    if mode == "nearest":
        return _as_one(_read(flat, [at.detach().round() for at in places], shape), f"GridSampler{n}D")
    first = [at.detach().floor() for at in places]
    shares = [at - low for at, low in zip(places, first, strict=True)]
    weights = [_cubic(t) if mode == "bicubic" else [1 - t, t] for t in shares]
    total: Any = 0
    for corner in itertools.product(range(len(weights[0])), repeat=n):
        steps = [low + (k - 1 if mode == "bicubic" else k) for low, k in zip(first, corner, strict=True)]
        if mode == "bicubic":
            steps = [_inside(at, m, padding_mode, align).round() for at, m in zip(steps, shape, strict=True)]
        share: Any = 1
        for w, k in zip(weights, corner, strict=True):
            share = share * w[k]
        total = total + _read(flat, steps, shape) * share.unsqueeze(1)
    return _as_one(total, f"GridSampler{n}D")
