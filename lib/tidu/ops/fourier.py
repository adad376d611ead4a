"""Discrete Fourier transforms: three primitives, from which ``tidu.fft`` is made. 傅里叶变换。

``scale`` says what a transform of n points is divided by: "none", "root" (the square root of n) or "n". The gradient of
a transform is the transform in the other direction with the same scale, since the matrix is symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu._args import As, Flag, Int, Ints, Str
from tidu._backend import row_major, zeros_beside
from tidu._define import op
from tidu._tensor import Tensor

# Names of the scales in NumPy, forward and backward.
_FORWARD: dict[Any, Any] = {"none": "backward", "root": "ortho", "n": "forward"}
_BACKWARD: dict[Any, Any] = {"none": "forward", "root": "ortho", "n": "backward"}


def _in_precision(spectrum: Any, x: Any, kind: str) -> Any:
    """NumPy before 2.0 computed in double precision only."""
    size = x.real.itemsize * (2 if kind == "c" else 1)
    return row_major(spectrum.astype(f"{kind}{size}", copy=False))


@op(lambda g, dims, scale, forward: fft_c2c(g, dims, scale, not forward), jvp="linear", public=False)
def fft_c2c(x, dims: Ints, scale: Str, forward: Flag):
    """复数变换 / Complex to complex, over several dimensions."""
    if not dims or not x.size:
        return x.copy()
    if forward:
        return _in_precision(np.fft.fftn(x, axes=dims, norm=_FORWARD[scale]), x, "c")
    return _in_precision(np.fft.ifftn(x, axes=dims, norm=_BACKWARD[scale]), x, "c")


@op(lambda g, x_shape, dims, scale, onesided: _real_gradient(g, x_shape, dims, scale, onesided), jvp="linear",
    public=False)  # fmt: skip
def fft_r2c(x, dims: Ints, scale: Str, onesided: Flag):
    """实数变换 / Real to complex; ``onesided``: the last of ``dims`` up to the middle, the rest being conjugates."""
    if onesided:
        return _in_precision(np.fft.rfftn(x, axes=dims, norm=_FORWARD[scale]), x, "c")
    return _in_precision(np.fft.fftn(x, axes=dims, norm=_FORWARD[scale]), x, "c")


def _real_gradient(g: Any, shape: Sequence[int], dims: Sequence[int], scale: str, onesided: bool) -> Any:
    if onesided:
        g = resized(g, dims[-1:], (shape[dims[-1]],))
    return fft_c2c(g, dims, scale, False).real


@op(lambda g, dims, scale, last: _hermitian_gradient(g, dims, scale, last), jvp="linear", public=False)
def fft_c2r(x, dims: Ints, scale: Str, last: Int):
    """逆变换为实数 / Backwards, from half a spectrum to ``last`` real points along the last of ``dims``."""
    sizes = [*(x.shape[d] for d in dims[:-1]), last]
    return _in_precision(np.fft.irfftn(x, s=sizes, axes=dims, norm=_BACKWARD[scale]), x, "f")


def _hermitian_gradient(g: Any, dims: Sequence[int], scale: str, last: int) -> Any:
    """What stands for its conjugate too counts twice: all but the first, and the middle one of an even number."""
    half = fft_r2c(g, dims, scale, True)
    n = last // 2 + 1
    weights = [1.0 if i == 0 or 2 * i == last else 2.0 for i in range(n)]
    return weighted(half, weights, dims[-1])


@op(lambda g, weights, dim: weighted(g, weights, dim), name="_weighted", jvp="linear", public=False)
def weighted(x, weights: As, dim: Int):
    """沿一维加权 / Times real numbers along a dimension."""
    shape = [1] * x.ndim
    shape[dim] = len(weights)
    return x * np.asarray(weights, x.real.dtype).reshape(shape)


@op(lambda g, x_shape, dims: resized(g, dims, tuple(x_shape[d] for d in dims)), name="_resized", jvp="linear",
    public=False)  # fmt: skip
def resized(x, dims: Ints, sizes: Ints):
    """截断或补零 / Cut off, or filled up with zeros, to the given sizes."""
    shape = list(x.shape)
    for d, n in zip(dims, sizes, strict=True):
        shape[d] = n
    both = tuple(slice(min(m, n)) for m, n in zip(x.shape, shape, strict=True))
    if all(m >= n for m, n in zip(x.shape, shape, strict=True)):
        return x[both].copy()
    out = zeros_beside(x, shape)
    out[both] = x[both]
    return out


def fitted(x: Tensor, dims: Sequence[int], sizes: Sequence[int]) -> Tensor:
    """``x`` in the given sizes: itself where it has them."""
    if all(x._array.shape[d] == n for d, n in zip(dims, sizes, strict=True)):
        return x
    return resized.record((x,), {"dims": tuple(dims), "sizes": tuple(sizes)})
