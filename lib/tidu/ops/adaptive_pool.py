"""Pooling to a given size: windows as even as the sizes allow. 自适应池化。

Of ``n`` elements and ``m`` windows, window i begins at floor(i n / m) and ends before ceil((i + 1) n / m).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu._args import As, Places, is_int, type_name
from tidu._backend import beside, row_major
from tidu._define import op, publish
from tidu._op import Op
from tidu._operands import check_tensors
from tidu._tensor import Tensor
from tidu.ops.matrices import constant
from tidu.ops.pool import added_at, flat, wanted_kind
from tidu.ops.reduce import mean
from tidu.ops.view import reshape

Ranges = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]  # where windows begin and end, a dimension each


def ranges(size: tuple[int, ...], out: tuple[int, ...]) -> Ranges:
    return tuple(
        (tuple(i * n // m for i in range(m)), tuple(-(-(i + 1) * n // m) for i in range(m)))
        for n, m in zip(size, out, strict=True)
    )


def _turned(size: tuple[int, ...], windows: Ranges) -> Ranges:
    """The windows that an element is in, which are neighbours too."""
    return tuple(
        (tuple(np.searchsorted(stop, np.arange(n), "right")), tuple(np.searchsorted(start, np.arange(n), "right")))
        for n, (start, stop) in zip(size, windows, strict=True)
    )


@op(lambda g, x_shape, windows: _sums(g, _turned(x_shape[-len(windows):], windows)), jvp="linear", public=False,
    name="_range_sum")  # fmt: skip
def _sums(x, windows: As):
    """The sums of windows over the last dimensions: one dimension after the other."""
    for d, (starts, stops) in enumerate(windows):
        begin, length = np.array(starts, np.int64), np.array(stops, np.int64) - np.array(starts, np.int64)
        axis = x.ndim - len(windows) + d
        total = np.zeros((*x.shape[:axis], len(begin), *x.shape[axis + 1 :]), x.dtype, like=x)
        for k in range(length.max(initial=0)):
            to = np.flatnonzero(length > k)
            at = (*[slice(None)] * axis, beside(to, x))
            total[at] += np.take(x, beside(begin[to] + k, x), axis=axis)
        x = total
    return x


def _counts(windows: Ranges, like: Any) -> Any:
    total: Any = np.ones((), like.dtype)
    for starts, stops in windows:
        total = np.multiply.outer(total, np.subtract(stops, starts).astype(like.dtype))
    return beside(total, like)


def _mean(n: int) -> Op:
    def run(x, windows: Places, count: As):
        if x.dtype == np.float16:
            return (_sums.kernel(x.astype(np.float32), windows) / count).astype(x.dtype)
        return _sums.kernel(x, windows) / count

    run.__doc__ = "自适应平均池化 / The means of windows."

    def back(g: Any, x_shape: tuple[int, ...], windows: Ranges, count: Any) -> Any:
        return _sums(g / constant(count, g), _turned(x_shape[-n:], windows))

    return op(lambda g, x_shape, windows, count: back(g, x_shape, windows, count),
              name=f"adaptive_avg_pool{n}d", public=False, jvp="linear", kinds="f",
              grad_name=f"AdaptiveAvgPool{n}DBackward0")(run)  # fmt: skip


def _gradient(g: Any, index: Any, x_shape: tuple[int, ...], n: int) -> Any:
    return reshape(added_at(flat(g, n), flat(index, n), math.prod(x_shape[-n:])), x_shape)


def largest_at(n: int, name: str, grad_name: str) -> Op:
    """An op for the largest elements of windows that are told by their elements' positions in each dimension.

    ``positions``: for dimension d an array whose last axis is along a window, to be broadcast against
    (..., d-th output size); of a window that is shorter than others, its last position again.
    """

    def run(x, positions: As):
        best = at = None
        for tap in np.ndindex(*(p.shape[-1] for p in positions)):
            place: Any = 0
            for d, (p, t) in enumerate(zip(positions, tap, strict=True)):
                shape = (*p.shape[:-2], *[1] * d, p.shape[-2], *[1] * (n - 1 - d))
                place = place * x.shape[x.ndim - n + d] + p[..., t].reshape(shape)
            shape = (*x.shape[: x.ndim - n], *place.shape[place.ndim - n :])
            place = flat(beside(np.broadcast_to(place, shape), x), n)
            v = np.take_along_axis(flat(x, n), place, -1).reshape(shape)
            place = place.reshape(shape)
            if best is None:
                best, at = v, place
                continue
            more = (v > best) | (v != v)
            best, at = np.where(more, v, best), np.where(more, place, at)
        return row_major(best), row_major(at)

    run.__doc__ = "窗口的最大元 / The largest elements of windows, and their positions."
    return op(lambda g, x_shape, index: _gradient(g, index, x_shape, n), name=name, outputs=("values", "index"),
              grad_name=grad_name, public=False, kinds="f")(run)  # fmt: skip


_MEAN = {n: _mean(n) for n in (2, 3)}
_LARGEST = {n: largest_at(n, f"adaptive_max_pool{n}d", f"AdaptiveMaxPool{n}DBackward0") for n in (2, 3)}


def _target(name: str, n: int, input: Any, output_size: Any) -> tuple[int, ...]:
    """The sizes asked for, checked; None keeps the input's."""
    check_tensors(name, input=input)
    given = (output_size,) * n if is_int(output_size) or output_size is None else output_size
    if not isinstance(given, (tuple, list)) or not all(m is None or is_int(m) for m in given):
        raise TypeError(f"{name}(): argument 'output_size' must be tuple of ints, not {type_name(output_size)}")
    shape = input._array.shape
    if n > 1 and not is_int(output_size) and len(shape) <= len(given):
        raise ValueError(f"{name}(): Input dimension should be at least {len(given) + 1}, but got {list(shape)}")
    if len(given) == 1:
        given = tuple(given) * n
    if len(given) != n:
        raise RuntimeError(f"{name}: output_size must be {n}: a number for each dimension, but got {list(given)}")
    mean_of_all = n > 1 and "avg" in name and len(shape) >= n and all(m == 1 for m in given)
    if len(shape) not in (n + 1, n + 2) and not mean_of_all:
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got {list(shape)}")
    size = tuple(m if o is None else int(o) for o, m in zip(given, shape[-n:], strict=True))
    if min(size) < 0:
        raise RuntimeError(
            f"{name}(): elements of output_size must be greater than or equal to 0 but received {list(size)}"
        )
    if 0 in (shape[1:] if n == 3 or "max" in name else shape[-n:]):
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
            f"{list(shape)}"
        )
    wanted_kind(name, input)
    return size


def adaptive_avg_pool(n: int, input: Tensor, output_size: Any) -> Tensor:
    out = _target(f"adaptive_avg_pool{n}d", n, input, output_size)
    x = input
    if n == 1:
        x, out = input.unsqueeze(-2), (1, *out)
    if all(m == 1 for m in out):
        made: Tensor = mean.record(
            (x,), {"dim": tuple(range(x.ndim - len(out), x.ndim)), "keepdim": True, "dtype": None}
        )
    else:
        windows = ranges(x._array.shape[-len(out) :], out)
        count = _counts(windows, x._array if x.dtype.itemsize > 2 else np.empty(0, np.float32))
        made = _MEAN[max(n, 2)].record((x,), {"windows": windows, "count": count})
    return made.squeeze(-2) if n == 1 else made


def positions(windows: Ranges) -> tuple[Any, ...]:
    """The elements of each window, a dimension each: (windows, the longest one's length)."""
    found = []
    for starts, stops in windows:
        begin, end = np.array(starts, np.int64), np.array(stops, np.int64)
        found.append(np.minimum(begin[:, None] + np.arange((end - begin).max(initial=1)), end[:, None] - 1))
    return tuple(found)


def adaptive_max_pool(n: int, input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """Values, and their positions in their planes."""
    out = _target(f"adaptive_max_pool{n}d", n, input, output_size)
    x = input
    if n == 1:
        x, out = input.unsqueeze(-2), (1, *out)
    windows = ranges(x._array.shape[-len(out) :], out)
    values, index = _LARGEST[max(n, 2)].record((x,), {"positions": positions(windows)})
    index = index.detach()
    return (values.squeeze(-2), index.squeeze(-2)) if n == 1 else (values, index)


def _adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """自适应平均池化（一维）/ The means of ``output_size`` windows as even as can be: (N, C, L) or (C, L).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool1d.html
    """
    return adaptive_avg_pool(1, input, output_size)


def _adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """自适应最大池化（一维）/ The largest elements of ``output_size`` windows, and their positions.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html
    """
    return adaptive_max_pool(1, input, output_size)


publish("adaptive_avg_pool1d", _adaptive_avg_pool1d, method=False)
publish("adaptive_max_pool1d", _adaptive_max_pool1d, method=False)
