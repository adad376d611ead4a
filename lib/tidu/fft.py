"""Discrete Fourier transforms, as ``torch.fft`` names them. 傅里叶变换。

``norm``: "backward" (the default) divides the inverse by n, "forward" the transform itself, "ortho" both by the square
root of n. Real and integer input becomes complex64 or complex128; float16 is a ``RuntimeError``.
Source: https://docs.pytorch.org/docs/stable/fft.html
"""

from __future__ import annotations

from collections.abc import Sequence as _Sequence
from typing import Any as _Any

import numpy as _np

from tidu import _dtypes
from tidu._args import Dims as _Dims
from tidu._args import Ints as _Ints
from tidu._args import is_int as _is_int
from tidu._args import kind_of as _kind_of
from tidu._args import type_name as _type_name
from tidu._args import wrap_dim as _wrap_dim
from tidu._operands import write_out as _write_out
from tidu._registry import FUNCTIONS as _FUNCTIONS
from tidu._tensor import Tensor as _Tensor
from tidu.ops.create import finish as _finish
from tidu.ops.create import target_dtype as _target_dtype
from tidu.ops.examples import attach as _attach
from tidu.ops.fourier import fft_c2c as _fft_c2c
from tidu.ops.fourier import fft_c2r as _fft_c2r
from tidu.ops.fourier import fft_r2c as _fft_r2c
from tidu.ops.fourier import fitted as _fitted

_conj = _FUNCTIONS["conj"]
_SCALES = {  # of the transform and of its inverse
    None: ("none", "n"), "backward": ("none", "n"), "ortho": ("root", "root"), "forward": ("n", "none"),
}  # fmt: skip


def _scale(function: str, norm: str | None, forward: bool) -> str:
    if norm is not None and not isinstance(norm, str):
        raise TypeError(f"fft_{function}(): argument 'norm' must be str, not {_type_name(norm)}")
    if norm not in _SCALES:
        raise RuntimeError(f"fft_{function}(): Invalid normalization mode: argument 'norm' is \"{norm}\"")
    return _SCALES[norm][not forward]


def _operand(function: str, x: _Any, real: bool = False, cast_complex: bool = False) -> _Tensor:
    """A floating or complex tensor; ``real`` where complex numbers are refused."""
    if not isinstance(x, _Tensor):
        raise TypeError(f"fft_{function}(): argument 'input' (position 1) must be Tensor, not {_type_name(x)}")
    d = x._array.dtype
    if d == _np.float16:
        raise RuntimeError(f"fft_{function}(): Unsupported dtype Half: argument 'input' is float16")
    if real and d.kind == "c":
        raise RuntimeError(f"{function} expects a real input tensor, but got {x.dtype}")
    if d.kind in "biu":
        x = x.to(_dtypes.get_default_dtype())
    return x.to(x.dtype.to_complex()) if cast_complex and x._array.dtype.kind != "c" else x


def _points(function: str, n: int) -> int:
    if n < 1:
        raise RuntimeError(f"fft_{function}(): Invalid number of data points ({n}) specified")
    return n


def _one(function: str, x: _Tensor, n: _Any, dim: _Any) -> tuple[int, int | None]:
    """``dim`` and ``n`` of a transform over one dimension, checked."""
    if not _is_int(dim):
        raise TypeError(f"fft_{function}(): argument 'dim' must be int, not {_type_name(dim)}")
    if n is not None and not _is_int(n):
        raise TypeError(f"fft_{function}(): argument 'n' must be int, not {_type_name(n)}")
    if not x.ndim:
        raise IndexError(f"fft_{function}(): Dimension specified as {dim} but tensor has no dimensions")
    return _wrap_dim(int(dim), x.ndim, f"fft_{function}"), None if n is None else _points(function, int(n))


def _given(function: str, result: _Tensor, out: _Any, input: _Tensor) -> _Tensor:
    return result if out is None else _write_out(f"fft_{function}", result, out, (input,), "same")


def _complex(function: str, input: _Any, n: _Any, dim: _Any, norm: _Any, out: _Any, forward: bool) -> _Tensor:
    x = _operand(function, input)
    d, size = _one(function, x, n, dim)
    scale = _scale(function, norm, forward)
    x = _fitted(x, (d,), (_points(function, x._array.shape[d]) if size is None else size,))
    if x._array.dtype.kind == "c":
        result = _fft_c2c.record((x,), {"dims": (d,), "scale": scale, "forward": forward})
    else:
        result = _fft_r2c.record((x,), {"dims": (d,), "scale": scale, "onesided": False})
        result = result if forward else _conj(result)
    return _given(function, result, out, input)


def _from_real(function: str, input: _Any, n: _Any, dim: _Any, norm: _Any, out: _Any, forward: bool) -> _Tensor:
    x = _operand(function, input, real=True)
    d, size = _one(function, x, n, dim)
    scale = _scale(function, norm, forward)
    x = _fitted(x, (d,), (_points(function, x._array.shape[d]) if size is None else size,))
    result = _fft_r2c.record((x,), {"dims": (d,), "scale": scale, "onesided": True})
    return _given(function, result if forward else _conj(result), out, input)


def _to_real(function: str, input: _Any, n: _Any, dim: _Any, norm: _Any, out: _Any, forward: bool) -> _Tensor:
    x = _operand(function, input, cast_complex=True)
    d, size = _one(function, x, n, dim)
    scale = _scale(function, norm, forward)
    last = _points(function, 2 * (x._array.shape[d] - 1)) if size is None else size
    x = _fitted(x, (d,), (last // 2 + 1,))
    result = _fft_c2r.record((_conj(x) if forward else x,), {"dims": (d,), "scale": scale, "last": last})
    return _given(function, result, out, input)


def fft(input: _Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
        out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """傅里叶变换 / The transform over ``dim``, of ``n`` points: cut off or filled up with zeros."""
    return _complex("fft", input, n, dim, norm, out, True)


def ifft(input: _Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
         out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """逆傅里叶变换 / The inverse of ``fft``."""
    return _complex("ifft", input, n, dim, norm, out, False)


def rfft(input: _Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
         out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """实数的变换 / The first ``n // 2 + 1`` numbers of the transform of real ones: the others are their conjugates."""
    return _from_real("rfft", input, n, dim, norm, out, True)


def irfft(input: _Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
          out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """实数变换的逆 / The inverse of ``rfft``: ``n`` real numbers, ``2 (size - 1)`` where not given."""
    return _to_real("irfft", input, n, dim, norm, out, False)


def hfft(input: _Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
         out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """对称信号的变换 / The transform, which is real, of a signal of which one half is the other's conjugate."""
    return _to_real("hfft", input, n, dim, norm, out, True)


def ihfft(input: _Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *,
          out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """hfft 的逆 / The inverse of ``hfft``: half of a symmetric signal."""
    return _from_real("ihfft", input, n, dim, norm, out, False)


# ---- over several dimensions


def _several(function: str, x: _Tensor, s: _Any, dim: _Any) -> tuple[tuple[int, ...], list[int]]:
    """``dim`` as non-negative dimensions and the size of each, -1 where ``s`` says nothing."""
    name = f"fft_{function}"
    sizes = None if s is None else _kind_of(_Ints).parse(s, name, "s", 2, x.ndim)
    if dim is not None:
        dims = [_wrap_dim(d, x.ndim, name) for d in _kind_of(_Ints).parse(dim, name, "dim", 3, x.ndim)]
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"{name}(): FFT dims must be unique: argument 'dim' is {dim}")
        if sizes is not None and len(sizes) != len(dims):
            raise RuntimeError(f"{name}(): When given, dim and shape arguments must have the same length: {dim}, {s}")
    else:
        if sizes is not None and len(sizes) > x.ndim:
            raise RuntimeError(
                f"{name}(): Got shape with {len(sizes)} values but input tensor only has {x.ndim} dimensions."
            )
        dims = list(range(x.ndim - (x.ndim if sizes is None else len(sizes)), x.ndim))
    return tuple(dims), [-1] * len(dims) if sizes is None else list(sizes)


def _sized(function: str, x: _Tensor, dims: _Sequence[int], sizes: _Sequence[int]) -> _Tensor:
    wanted = [x._array.shape[d] if n == -1 else n for d, n in zip(dims, sizes, strict=True)]
    return _fitted(x, dims, [_points(function, n) for n in wanted])


def _at_least_one(function: str, dims: _Sequence[int]) -> None:
    if not dims:
        raise RuntimeError(f"{function} must transform at least one axis: argument 'dim' is empty")


def _complex_n(function: str, input: _Any, s: _Any, dim: _Any, norm: _Any, out: _Any, forward: bool) -> _Tensor:
    x = _operand(function, input, cast_complex=True)
    dims, sizes = _several(function, x, s, dim)
    scale = _scale(function, norm, forward)
    x = _sized(function, x, dims, sizes)
    return _given(function, _fft_c2c.record((x,), {"dims": dims, "scale": scale, "forward": forward}), out, input)


def _from_real_n(function: str, input: _Any, s: _Any, dim: _Any, norm: _Any, out: _Any, forward: bool) -> _Tensor:
    x = _operand(function, input, real=True)
    dims, sizes = _several(function, x, s, dim)
    _at_least_one(function, dims)
    scale = _scale(function, norm, forward)
    x = _sized(function, x, dims, sizes)
    if forward:
        result = _fft_r2c.record((x,), {"dims": dims, "scale": scale, "onesided": True})
    else:
        result = _conj(_fft_r2c.record((x,), {"dims": dims[-1:], "scale": scale, "onesided": True}))
        if dims[:-1]:
            result = _fft_c2c.record((result,), {"dims": dims[:-1], "scale": scale, "forward": False})
    return _given(function, result, out, input)


def _to_real_n(function: str, input: _Any, s: _Any, dim: _Any, norm: _Any, out: _Any, forward: bool) -> _Tensor:
    x = _operand(function, input, cast_complex=True)
    dims, sizes = _several(function, x, s, dim)
    _at_least_one(function, dims)
    scale = _scale(function, norm, forward)
    last = 2 * (x._array.shape[dims[-1]] - 1) if sizes[-1] == -1 else sizes[-1]
    x = _sized(function, x, dims, [*sizes[:-1], _points(function, last) // 2 + 1])
    if forward:
        if dims[:-1]:
            x = _fft_c2c.record((x,), {"dims": dims[:-1], "scale": scale, "forward": True})
        x, dims = _conj(x), dims[-1:]
    return _given(function, _fft_c2r.record((x,), {"dims": dims, "scale": scale, "last": last}), out, input)


_Sizes = int | _Sequence[int] | None
_Where = int | _Sequence[int] | None


def fftn(input: _Tensor, s: _Sizes = None, dim: _Where = None, norm: str | None = None, *,
         out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """多维傅里叶变换 / The transform over ``dim`` (all, or the last ones that ``s`` gives sizes of)."""
    return _complex_n("fftn", input, s, dim, norm, out, True)


def ifftn(input: _Tensor, s: _Sizes = None, dim: _Where = None, norm: str | None = None, *,
          out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """多维逆变换 / The inverse of ``fftn``."""
    return _complex_n("ifftn", input, s, dim, norm, out, False)


def rfftn(input: _Tensor, s: _Sizes = None, dim: _Where = None, norm: str | None = None, *,
          out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """多维实数的变换 / ``fftn`` of real numbers: the last of ``dim`` up to the middle."""
    return _from_real_n("rfftn", input, s, dim, norm, out, True)


def irfftn(input: _Tensor, s: _Sizes = None, dim: _Where = None, norm: str | None = None, *,
           out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """rfftn 的逆 / The inverse of ``rfftn``; ``s`` where the last size was odd."""
    return _to_real_n("irfftn", input, s, dim, norm, out, False)


def hfftn(input: _Tensor, s: _Sizes = None, dim: _Where = None, norm: str | None = None, *,
          out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """多维对称信号的变换 / ``fftn`` of a signal that is symmetric along the last of ``dim``: real."""
    return _to_real_n("hfftn", input, s, dim, norm, out, True)


def ihfftn(input: _Tensor, s: _Sizes = None, dim: _Where = None, norm: str | None = None, *,
           out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """hfftn 的逆 / The inverse of ``hfftn``."""
    return _from_real_n("ihfftn", input, s, dim, norm, out, False)


def fft2(input: _Tensor, s: _Sizes = None, dim: _Where = (-2, -1), norm: str | None = None, *,
         out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """二维傅里叶变换 / ``fftn`` over two dimensions."""
    return _complex_n("fft2", input, s, dim, norm, out, True)


def ifft2(input: _Tensor, s: _Sizes = None, dim: _Where = (-2, -1), norm: str | None = None, *,
          out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """二维逆变换 / ``ifftn`` over two dimensions."""
    return _complex_n("ifft2", input, s, dim, norm, out, False)


def rfft2(input: _Tensor, s: _Sizes = None, dim: _Where = (-2, -1), norm: str | None = None, *,
          out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """二维实数的变换 / ``rfftn`` over two dimensions."""
    return _from_real_n("rfft2", input, s, dim, norm, out, True)


def irfft2(input: _Tensor, s: _Sizes = None, dim: _Where = (-2, -1), norm: str | None = None, *,
           out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """rfft2 的逆 / ``irfftn`` over two dimensions."""
    return _to_real_n("irfft2", input, s, dim, norm, out, False)


def hfft2(input: _Tensor, s: _Sizes = None, dim: _Where = (-2, -1), norm: str | None = None, *,
          out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """二维对称信号的变换 / ``hfftn`` over two dimensions."""
    return _to_real_n("hfft2", input, s, dim, norm, out, True)


def ihfft2(input: _Tensor, s: _Sizes = None, dim: _Where = (-2, -1), norm: str | None = None, *,
           out: _Tensor | None = None) -> _Tensor:  # fmt: skip
    """hfft2 的逆 / ``ihfftn`` over two dimensions."""
    return _from_real_n("ihfft2", input, s, dim, norm, out, False)


# ---- frequencies, and where they stand


def _frequencies(function: str, numbers: _Any, n: int, d: float, options: dict[str, _Any]) -> _Tensor:
    dtype = _target_dtype(function, options.pop("dtype", None), _dtypes.default_floating(), options.get("out"))
    if dtype.kind not in "fc":
        raise RuntimeError(f"{function} requires a floating point or complex dtype: argument 'dtype' is {dtype}")
    step = dtype.type(1.0 / (n * d) if n * d else _np.inf)
    return _finish(numbers.astype(dtype) * step, function, **options)


def fftfreq(n: int, d: float = 1.0, *, out: _Tensor | None = None, dtype: _Any = None, layout: _Any = None,
            device: _Any = None, requires_grad: bool = False) -> _Tensor:  # fmt: skip
    """频率 / The frequency of each number that ``fft`` gives, in cycles; ``d``: the time between two samples."""
    if not _is_int(n):
        raise TypeError(f"fft_fftfreq(): argument 'n' (position 1) must be int, not {_type_name(n)}")
    numbers = _np.arange(n)
    numbers[(n + 1) // 2 :] -= n
    options = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return _frequencies("fftfreq", numbers, n, d, options)


def rfftfreq(n: int, d: float = 1.0, *, out: _Tensor | None = None, dtype: _Any = None, layout: _Any = None,
             device: _Any = None, requires_grad: bool = False) -> _Tensor:  # fmt: skip
    """rfft 的频率 / The frequency of each number that ``rfft`` gives."""
    if not _is_int(n):
        raise TypeError(f"fft_rfftfreq(): argument 'n' (position 1) must be int, not {_type_name(n)}")
    options = {"out": out, "dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return _frequencies("rfftfreq", _np.arange(n // 2 + 1), n, d, options)


def _rolled(function: str, input: _Tensor, dim: _Any, back: bool) -> _Tensor:
    if not isinstance(input, _Tensor):
        raise TypeError(f"fft_{function}(): argument 'input' (position 1) must be Tensor, not {_type_name(input)}")
    dims = _kind_of(_Dims).parse(dim, f"fft_{function}", "dim", 2, input.ndim)
    dims = tuple(range(input.ndim)) if dims is None else dims
    shifts = tuple((input._array.shape[d] + back) // 2 if input.ndim else 0 for d in dims)
    return _FUNCTIONS["roll"](input, shifts, dims) if dims else input.clone()


def fftshift(input: _Tensor, dim: _Where = None) -> _Tensor:
    """零频移到中间 / Rolled so that frequency 0 stands in the middle."""
    return _rolled("fftshift", input, dim, False)


def ifftshift(input: _Tensor, dim: _Where = None) -> _Tensor:
    """fftshift 的逆 / The inverse of ``fftshift``."""
    return _rolled("ifftshift", input, dim, True)


_attach({"fft": globals()})
