"""Windows for spectra: how a piece of a signal fades in and out. 窗函数。

Source: https://docs.pytorch.org/docs/stable/torch.html#spectral-ops
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import is_int, type_name
from tidu._define import publish
from tidu._tensor import Tensor
from tidu.ops.create import finish, target_dtype

Options = dict[str, Any]


def _window(
    name: str, length: Any, periodic: Any, options: Options, shape: Callable[[np.ndarray, int], np.ndarray]
) -> Tensor:
    """``shape`` of the numbers 0 to n - 1 and of n; a periodic window is one longer, without its last number."""
    unknown = options.keys() - {"dtype", "layout", "device", "pin_memory", "requires_grad"}
    if unknown:
        raise TypeError(f"{name}() got an unexpected keyword argument '{min(unknown)}'")
    if not is_int(length):
        raise TypeError(f"{name}(): argument 'window_length' (position 1) must be int, not {type_name(length)}")
    if not isinstance(periodic, bool):
        raise TypeError(f"{name}(): argument 'periodic' (position 2) must be bool, not {type_name(periodic)}")
    n = int(length)
    if n < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={n}")
    options.pop("pin_memory", None)
    dtype = target_dtype(name, options.pop("dtype", None), _dtypes.default_floating())
    if dtype.kind == "c":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for complex: argument 'dtype' is {dtype}")
    if dtype.kind != "f":
        raise RuntimeError(f"{name} expects floating point dtypes, got: argument 'dtype' is {dtype}")
    if n < 2:
        return finish(np.ones(n, dtype), name, **options)
    total = n + periodic
    return finish(shape(np.arange(total).astype(dtype), total)[:n], name, **options)


def _cosine(x: np.ndarray, turns: float, n: int) -> np.ndarray:
    return np.cos(x * x.dtype.type(turns * math.pi / (n - 1)))


def _hamming(alpha: float, beta: float) -> Callable[[np.ndarray, int], np.ndarray]:
    def shape(x: np.ndarray, n: int) -> np.ndarray:
        kind = x.dtype.type
        return _cosine(x, 2, n) * kind(-beta) + kind(alpha)

    return shape


def _blackman(x: np.ndarray, n: int) -> np.ndarray:
    kind = x.dtype.type
    return _cosine(x, 4, n) * kind(0.08) - _cosine(x, 2, n) * kind(0.5) + kind(0.42)


def _bartlett(x: np.ndarray, n: int) -> np.ndarray:
    rising = x * x.dtype.type(2 / (n - 1))
    return np.where(x < ((n - 1) >> 1) + 1, rising, 2 - rising).astype(x.dtype)


def _kaiser(beta: float) -> Callable[[np.ndarray, int], np.ndarray]:
    def shape(x: np.ndarray, n: int) -> np.ndarray:
        away = x.astype(np.float64) * 2 / (n - 1) - 1
        return (np.i0(beta * np.sqrt(np.maximum(1 - away**2, 0))) / np.i0(beta)).astype(x.dtype)

    return shape


def _hann_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """汉宁窗 / A raised cosine that begins at 0. ``periodic``: for a spectrum, else symmetric."""
    return _window("hann_window", window_length, periodic, options, _hamming(0.5, 0.5))


_UNSAID: Any = object()


def _hamming_window(
    window_length: int, periodic: bool = _UNSAID, alpha: float = _UNSAID, beta: float = _UNSAID, **options: Any
) -> Tensor:
    """汉明窗 / A raised cosine ``alpha - beta cos``, by default of 0.54 and 0.46."""
    given = [a is not _UNSAID for a in (periodic, alpha, beta)]
    if given != sorted(given, reverse=True):
        raise TypeError("hamming_window() received an invalid combination of arguments: 'beta' needs 'alpha', which "
                        "needs 'periodic'")  # fmt: skip
    alpha, beta = (0.54 if alpha is _UNSAID else alpha), (0.46 if beta is _UNSAID else beta)
    periodic = True if periodic is _UNSAID else periodic
    return _window("hamming_window", window_length, periodic, options, _hamming(alpha, beta))


def _blackman_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """布莱克曼窗 / A window of two cosines, which fades out more slowly than hann's."""
    return _window("blackman_window", window_length, periodic, options, _blackman)


def _bartlett_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """三角窗 / A triangle."""
    return _window("bartlett_window", window_length, periodic, options, _bartlett)


def _kaiser_window(window_length: int, periodic: bool = _UNSAID, beta: float = _UNSAID, **options: Any) -> Tensor:
    """凯泽窗 / Kaiser's window, the narrower the larger ``beta``, by default 12."""
    if periodic is _UNSAID and beta is not _UNSAID:
        raise TypeError("kaiser_window() received an invalid combination of arguments: 'beta' needs 'periodic'")
    periodic, beta = (True if periodic is _UNSAID else periodic), (12.0 if beta is _UNSAID else beta)
    return _window("kaiser_window", window_length, periodic, options, _kaiser(beta))


for _function in (_hann_window, _hamming_window, _blackman_window, _bartlett_window, _kaiser_window):
    publish(_function.__name__[1:], _function, method=False)
