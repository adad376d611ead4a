"""Pooling as functions. 池化函数。"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from tidu._args import is_int
from tidu._backend import host
from tidu._define import by_example
from tidu._operands import check_tensors
from tidu._record import noting
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops.adaptive_pool import adaptive_avg_pool, adaptive_max_pool
from tidu.ops.pool import AVERAGES, UNPOOL, max_pool, wanted_kind

avg_pool1d, avg_pool2d, avg_pool3d = AVERAGES[1], AVERAGES[2], AVERAGES[3]
adaptive_avg_pool1d = FUNCTIONS["adaptive_avg_pool1d"]


def _max_functions(n: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    name = f"max_pool{n}d"

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        return max_pool(n, name, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)

    def with_indices(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        return max_pool(n, name, input, kernel_size, stride, padding, dilation, ceil_mode, True)

    function.__doc__ = f"{FUNCTIONS[name].__doc__}\n    ``return_indices``: also the positions in their planes.\n    "
    with_indices.__doc__ = f"{n} 维最大池化，连同位置 / The largest elements of windows, and their positions."
    function.__name__ = function.__qualname__ = name
    with_indices.__name__ = with_indices.__qualname__ = f"{name}_with_indices"
    return function, with_indices


max_pool1d, max_pool1d_with_indices = _max_functions(1)
max_pool2d, max_pool2d_with_indices = _max_functions(2)
max_pool3d, max_pool3d_with_indices = _max_functions(3)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """自适应平均池化（二维）/ The means of windows as even as can be: (N, C, H, W) or (C, H, W) -> ``output_size``.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool2d.html
    """
    return adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """自适应平均池化（三维）/ The means of windows as even as can be: (N, C, D, H, W) -> ``output_size``."""
    return adaptive_avg_pool(3, input, output_size)


def _adaptive_max(n: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def function(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        found = adaptive_max_pool(n, input, output_size)
        return found if return_indices else found[0]

    def with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> tuple[Tensor, Tensor]:
        return adaptive_max_pool(n, input, output_size)

    function.__doc__ = f"""自适应最大池化（{n} 维）/ The largest elements of windows as even as can be.

    ``return_indices``: also their positions in their planes.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool{n}d.html
    """
    with_indices.__doc__ = f"自适应最大池化（{n} 维），连同位置 / Values, and their positions in their planes."
    function.__name__ = function.__qualname__ = f"adaptive_max_pool{n}d"
    with_indices.__name__ = with_indices.__qualname__ = f"adaptive_max_pool{n}d_with_indices"
    return function, with_indices


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _adaptive_max(1)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive_max(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _adaptive_max(3)


# ---- means of powers


def _power_mean(n: int) -> Callable[..., Tensor]:
    def function(
        input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Tensor:
        count = kernel_size**n if is_int(kernel_size) else math.prod(kernel_size)
        mean = AVERAGES[n](input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
        made: Tensor = (mean.sign() * mean.abs().relu()).mul(count).pow(1.0 / norm_type)
        return made

    function.__doc__ = f"""幂平均池化（{n} 维）/ The ``norm_type``-th root of the sum of powers of each window.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool{n}d.html
    """
    function.__name__ = function.__qualname__ = f"lp_pool{n}d"
    return function


lp_pool1d, lp_pool2d, lp_pool3d = (_power_mean(n) for n in (1, 2, 3))


# ---- the way back from the largest


def _each(value: Any, n: int) -> tuple[int, ...]:
    return (value,) * n if is_int(value) else tuple(value)


def _output_size(
    size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], wanted: Any
) -> tuple[int, ...]:
    """The sizes before pooling: the smallest that can be, or those wanted, which may differ by less than a stride."""
    n = len(kernel)
    least = tuple((m - 1) * s + k - 2 * p for m, k, s, p in zip(size[-n:], kernel, stride, padding, strict=True))
    if wanted is None:
        return least
    wanted = tuple(wanted)
    if len(wanted) == n + 2:
        wanted = wanted[2:]
    if len(wanted) != n:
        raise ValueError(f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of "
                         f"'{len(wanted)}'")  # fmt: skip
    for d, (m, low, s) in enumerate(zip(wanted, least, stride, strict=True)):
        if not low - s < m < low + s:
            raise ValueError(f'invalid output_size "{wanted}" (dim {d} must be between {low - s} and {low + s})')
    return wanted


@by_example
def _check_places(name: str, indices: Tensor, size: Sequence[int]) -> None:
    found, total = indices._array, math.prod(size)
    bad = found[(found < 0) | (found >= total)]
    if bad.size:
        raise RuntimeError(
            f"{name}(): Found an invalid max index: {int(host(bad)[0])} (output volumes are of size "
            f"{'x'.join(map(str, size))})"
        )


def _unpool(n: int) -> Callable[..., Tensor]:
    name = f"max_unpool{n}d"

    def function(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Tensor:
        check_tensors(name, input=input, indices=indices)
        wanted_kind(name, input)
        kernel = _each(kernel_size, n)
        steps = kernel if stride is None else _each(stride, n)
        size = _output_size(input.shape, kernel, steps, _each(padding, n), output_size)
        if indices._array.dtype != "int64":
            raise RuntimeError(f"{name}(): elements in indices should be type int64 but got: {indices.dtype}")
        if input.ndim not in (n + 1, n + 2):
            raise RuntimeError(
                f"{name}(): Input to max_unpooling{n}d should be a {n + 1}d or {n + 2}d Tensor, but got a tensor with "
                f"{input.ndim} dimensions"
            )
        if input._array.shape != indices._array.shape:
            raise RuntimeError(
                f"{name}(): Expected shape of indices to be: {list(input.shape)} but got: {list(indices.shape)}"
            )
        if 0 in input._array.shape[-n - 1 :]:
            raise RuntimeError(f"{name}(): Expected input to have non-zero size, but it has {list(input.shape)}")
        _check_places(name, indices, size)
        made: Tensor
        if n > 1:
            made = UNPOOL[n].record((input, indices), {"size": size})
            return noting(made, indices)
        made = UNPOOL[2].record((input.unsqueeze(-2), indices.unsqueeze(-2)), {"size": (1, *size)})
        return noting(made, indices).squeeze(-2)

    function.__doc__ = f"""最大池化的逆（{n} 维）/ Zeros, and each element where ``max_pool{n}d`` found it.

    ``indices`` are those of ``max_pool{n}d(..., return_indices=True)``; ``output_size`` tells sizes that pool alike.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    function.__name__ = function.__qualname__ = name
    return function


max_unpool1d, max_unpool2d, max_unpool3d = (_unpool(n) for n in (1, 2, 3))
