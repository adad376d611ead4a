"""Pooling with windows of random sizes. 分数步长最大池化。

Source: Graham 2014, "Fractional max-pooling".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._args import is_int
from tidu._backend import host
from tidu._operands import check_tensors
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops.adaptive_pool import largest_at
from tidu.ops.pool import wanted_kind

_LARGEST = {n: largest_at(n, f"fractional_max_pool{n}d", f"FractionalMaxPool{n}DBackward0") for n in (2, 3)}


def _begins(sample: Any, size: int, out: int, window: int) -> Any:
    """Where windows begin in one dimension, for each of the random numbers; the last one ends with the input."""
    at = np.arange(out)
    if out > 1:
        step = sample.dtype.type((size - window) / (out - 1))
        begins = ((at + sample[..., None]) * step).astype(np.int64) - (sample * step).astype(np.int64)[..., None]
        begins[..., -1] = size - window
        return begins
    return np.full((*sample.shape, 1), size - window, np.int64)


def _pool(n: int, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, samples: Any) -> Any:
    name = f"fractional_max_pool{n}d"
    check_tensors(name, input=input)
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    shape = input._array.shape
    if output_size is None:
        ratios = tuple(output_ratio)
        if len(ratios) != n:
            raise ValueError(f"{name} requires output_ratio to either be a single number or a tuple of {n}")
        output_size = [int(m * r) for m, r in zip(shape[-n:], ratios, strict=True)]
    kernel = (kernel_size,) * n if is_int(kernel_size) else tuple(kernel_size)
    out = (output_size,) * n if is_int(output_size) else tuple(output_size)
    for key, value in (("kernel_size", kernel), ("output_size", out)):
        if len(value) != n:
            raise RuntimeError(f"{name}(): {key} must either be a single int or tuple of {n} ints, got {value}")
    if len(shape) < n + 1:
        raise IndexError(f"{name}(): Dimension out of range: input has {len(shape)} dimensions, not {n + 1} or {n + 2}")
    if len(shape) not in (n + 1, n + 2) or 0 in shape[-n - 1 :]:
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor with non-zero sizes, but got {list(shape)}")
    if min(kernel) <= 0 or min(out) <= 0:
        raise RuntimeError(f"{name}(): kernel_size and output_size must be positive, got {kernel} and {out}")
    for m, k, o in zip(shape[-n:], kernel, out, strict=True):
        if o + k - 1 > m:
            raise RuntimeError(f"{name}(): pool size {k} and output size {o} are too large relative to input size {m}")
    wanted_kind(name, input)
    lead = shape[: len(shape) - n]
    if samples is None:
        count = 1 if len(lead) == 1 else lead[0]
        samples = FUNCTIONS["rand"](count, lead[-1], n, dtype=input.dtype)
    drawn = host(samples._array).reshape(*lead, n)
    positions = []
    for d, (m, o, k) in enumerate(zip(shape[-n:], out, kernel, strict=True)):
        begins = _begins(drawn[..., n - 1 - d if n == 2 else d], m, o, k)
        positions.append(begins[..., None] + np.arange(k))
    values, index = _LARGEST[n].record((input,), {"positions": tuple(positions)})
    return values, index.detach()


def _functions(n: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def with_indices(
        input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
        return_indices: bool = False, _random_samples: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        found: tuple[Tensor, Tensor] = _pool(n, input, kernel_size, output_size, output_ratio, _random_samples)
        return found

    def function(
        input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
        return_indices: bool = False, _random_samples: Tensor | None = None,
    ) -> Any:  # fmt: skip
        found = with_indices(input, kernel_size, output_size, output_ratio, True, _random_samples)
        return found if return_indices else found[0]

    function.__doc__ = f"""分数步长最大池化（{n} 维）/ The largest elements of windows that begin at random distances.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fractional_max_pool{n}d.html
    """
    with_indices.__doc__ = f"分数步长最大池化（{n} 维），连同位置 / Values, and their positions in their planes."
    function.__name__ = function.__qualname__ = f"fractional_max_pool{n}d"
    with_indices.__name__ = with_indices.__qualname__ = f"fractional_max_pool{n}d_with_indices"
    return function, with_indices


fractional_max_pool2d, fractional_max_pool2d_with_indices = _functions(2)
fractional_max_pool3d, fractional_max_pool3d_with_indices = _functions(3)
