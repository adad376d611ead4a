"""Pooling: the largest, or the mean, of windows that move over the input. 池化。

A window's largest element is remembered as the tap that reads it: one byte, of which the gradient is made, and the
indices for those who ask.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Places, is_int, plain, type_name
from tidu._backend import beside
from tidu._define import by_example, op, publish
from tidu._op import Op
from tidu._operands import check_tensors, write_out
from tidu._tensor import Tensor, wrap
from tidu.ops import pool_kernels as kernels
from tidu.ops.conv_kernels import Frame, framed
from tidu.ops.matrices import constant
from tidu.ops.view import reshape

COUNTS = {1: "one int", 2: "two ints", 3: "three ints"}


def wanted_kind(name: str, x: Tensor, kinds: str = "f", whole: bool = False) -> None:
    """``NotImplementedError`` for a dtype that PyTorch has no kernel for. ``whole``: int64 has one, too."""
    fits = x._array.dtype.kind in kinds + "V" * ("f" in kinds) or (whole and x.dtype is _dtypes.int64)
    if not fits:
        kind = _dtypes.TYPE_NAMES[x.dtype].removesuffix("Tensor")
        raise NotImplementedError(f"\"{name}\" not implemented for '{kind}': argument 'input' is a {kind} tensor")


def sizes_of(function: str, key: str, value: Any, n: int, optional: bool = False) -> tuple[int, ...]:
    """``n`` numbers of one or of ``n``; ``RuntimeError`` for another count, ``TypeError`` for what are no ints."""
    if is_int(value):
        return (int(value),) * n
    if not isinstance(value, (tuple, list)) or not all(map(is_int, value)):
        wanted = "int" if n == 1 else "tuple of ints"
        raise TypeError(f"{function}(): argument '{key}' must be {wanted}, not {type_name(value)}")
    if len(value) not in (1, n):
        raise RuntimeError(
            f"{function}: {key} must {'be omitted, ' if optional else ''}either be a single int, or a tuple of "
            f"{COUNTS[n]}, but got {list(value)}"
        )
    return tuple(int(v) for v in value) * (n // len(value) if len(value) == 1 else 1)


_known: dict[Any, Frame] = {}  # of calls that have been checked


def window(
    name: str, input: Any, n: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Frame:
    """The frame of a pooling over the last ``n`` dimensions, after all that PyTorch checks."""
    options = kernel_size, stride, padding, dilation
    if not isinstance(input, Tensor) or not plain(options):
        return _window(name, input, n, *options, ceil_mode)
    key = name, input._array.shape, options, bool(ceil_mode)
    found = _known.get(key)
    if found is None:
        if len(_known) > 1024:
            _known.clear()
        found = _known[key] = _window(name, input, n, *options, ceil_mode)
    return found


def _window(
    name: str, input: Any, n: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Frame:
    check_tensors(name, input=input)
    kernel = sizes_of(name, "kernel_size", kernel_size, n)
    omitted = stride is None or (isinstance(stride, (tuple, list)) and not stride)
    step = kernel if omitted else sizes_of(name, "stride", stride, n, True)
    pad, gap = sizes_of(name, "padding", padding, n), sizes_of(name, "dilation", dilation, n)
    shape = input._array.shape
    if len(shape) not in (n + 1, n + 2) and n > 1 and name.startswith("max"):
        raise RuntimeError(
            f"{name}(): non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected for input, but got: {list(shape)}"
        )
    if name == "avg_pool2d" and len(shape) < 3:
        m = len(shape) or 1
        raise IndexError(
            f"{name}(): Dimension out of range (expected to be in range of [{-m}, {m - 1}], but got -3): a 3D or 4D "
            f"(batch mode) tensor is wanted, but got: {list(shape)}"
        )
    if len(shape) not in (n + 1, n + 2) or 0 in shape[-n - 1 :]:
        raise RuntimeError(
            f"{name}(): Expected {n + 1}D or {n + 2}D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got: {list(shape)}"
        )
    if 0 in step:
        raise RuntimeError(f"{name}(): stride should not be zero, but got {list(step)}")
    for key, values in (("kernel_size", kernel), ("stride", step), ("dilation", gap)):
        if min(values) <= 0:
            raise RuntimeError(f"{name}(): {key} should be greater than zero, but got {list(values)}")
    if min(pad) < 0:
        raise RuntimeError(f"{name}(): pad must be non-negative, but got pad: {list(pad)}")
    for p, k, d in zip(pad, kernel, gap, strict=True):
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"{name}(): pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
    size, out = shape[-n:], []
    for m, k, s, p, d in zip(size, kernel, step, pad, gap, strict=True):
        count = (m + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
        out.append(count - 1 if ceil_mode and (count - 1) * s >= m + p else count)
    if min(out) < 1:
        raise RuntimeError(
            f"{name}(): Given input size: ({'x'.join(map(str, shape[-n - 1 :]))}). Calculated output size: "
            f"({'x'.join(map(str, (shape[-n - 1], *out)))}). Output size is too small"
        )
    return framed(tuple(size), tuple(out), kernel, step, pad, gap)


# ---- the largest


@op(lambda g, taps, frame: _put(g, taps, frame), jvp="linear", public=False, name="_pool_pick")
def _pick(x, taps, frame: As):
    """What the tap of each window reads."""
    return kernels.sums(x, frame, taps)


@op(lambda g, taps, frame: _pick(g, taps, frame), jvp="linear", public=False, name="_pool_put")
def _put(x, taps, frame: As):
    """Each number where the tap of its window reads; zeros elsewhere."""
    return kernels.spread(x, frame, taps)


def _largest(n: int) -> Op:
    def run(x, frame: As):
        return kernels.largest(x, frame)

    run.__doc__ = "最大池化 / The largest element of each window, and the tap that reads it."
    return op(lambda g, taps, frame: _put(g, taps, frame), name=f"max_pool{n}d_with_taps", outputs=("values", "taps"),
              hidden=True, grad_name=f"MaxPool{n}DWithIndicesBackward0", public=False, kinds="iuf")(run)  # fmt: skip


_LARGEST = {n: _largest(n) for n in (2, 3)}


def max_pool(
    n: int, name: str, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    indices: bool,
) -> Any:  # fmt: skip
    """``max_pool{n}d``: values, and the positions in their planes where they are asked for."""
    frame = window(name, input, n, kernel_size, stride, padding, dilation, ceil_mode)
    if n > 1:
        wanted_kind(name, input, "iuf")
        values, taps = _LARGEST[n].record((input,), {"frame": frame})
        return (values, _places(taps, frame)) if indices else values
    wanted_kind(name, input, "iuf" if indices else "f")
    flat = framed(*((v, *given) for v, given in zip((1, 1, 1, 1, 0, 1), _sides(frame), strict=True)))
    values, taps = _LARGEST[2].record((input.unsqueeze(-2),), {"frame": flat})
    values = values.squeeze(-2)
    return (values, _places(taps, flat).squeeze(-2)) if indices else values


@by_example
def _places(taps: Tensor, frame: Frame) -> Tensor:
    return wrap(kernels.places(taps._array, frame))


def _sides(frame: Frame) -> tuple[tuple[int, ...], ...]:
    return frame.size, frame.out, frame.kernel, frame.stride, frame.lower, frame.dilation


def _max_function(n: int) -> Callable[..., Tensor]:
    name = f"max_pool{n}d"

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> Tensor:  # fmt: skip
        found: Tensor = max_pool(n, name, input, kernel_size, stride, padding, dilation, ceil_mode, False)
        return found

    function.__doc__ = f"""{n} 维最大池化 / The largest element of each window: (N, C, ...) or (C, ...) -> alike.

    ``stride`` is ``kernel_size`` by default; padding counts as -inf; ``ceil_mode`` keeps windows that reach over the
    end. Equal elements: the first has the gradient.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    return function


for _n in (1, 2, 3):
    publish(f"max_pool{_n}d", _max_function(_n), method=False)


def _max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """一维最大池化，连同位置 / The largest element of each window, and its position in the row."""
    found: tuple[Tensor, Tensor] = max_pool(
        1, "max_pool1d_with_indices", input, kernel_size, stride, padding, dilation, ceil_mode, True
    )
    return found


publish("max_pool1d_with_indices", _max_pool1d_with_indices, method=False)


# ---- the way back from the largest


def flat(x: Any, n: int) -> Any:
    """The last ``n`` dimensions as one, in either reading."""
    shape = tuple(x.shape)
    return reshape(x, (*shape[:-n], math.prod(shape[-n:])))


def _unpool(n: int) -> Op:
    def run(x, index, size: As):
        out = np.zeros((*x.shape[:-n], math.prod(size)), x.dtype, like=x)
        np.put_along_axis(out, flat(index, n), flat(x, n), -1)
        return out.reshape(*x.shape[:-n], *size)

    run.__doc__ = "最大池化的逆 / Zeros, and elements at positions in their planes; of several at one the last."
    return op(lambda g, index: reshape(_at(flat(g, n), flat(index, n)), tuple(index.shape)), jvp="linear",
              public=False, name=f"max_unpool{n}d", grad_name=f"MaxUnpool{n}DBackward0")(run)  # fmt: skip


UNPOOL = {n: _unpool(n) for n in (2, 3)}


@op(lambda g, x_shape, index: added_at(g, index, x_shape[-1]), jvp="linear", public=False, name="_unpool_at")
def _at(x, index):
    """The elements at positions in the last dimension."""
    return np.take_along_axis(x, index, -1)


@op(lambda g, index: _at(g, index), jvp="linear", public=False, name="_unpool_added")
def added_at(x, index, size: As):
    """Zeros of ``size`` in the last dimension, and ``x`` added at positions there."""
    out = np.zeros((math.prod(x.shape[:-1]), size), x.dtype, like=x)
    rows = np.arange(len(out), like=x).reshape(-1, 1)
    np.add.at(out, (rows, index.reshape(len(out), index.shape[-1])), x.reshape(len(out), x.shape[-1]))
    return out.reshape(*x.shape[:-1], size)


# ---- the mean


@op(lambda g, frame: _spread(g, frame), jvp="linear", public=False, name="_pool_sum")
def _sums(x, frame: Places):
    """The sum of each window."""
    return kernels.sums(x, frame)


@op(lambda g, frame: _sums(g, frame), jvp="linear", public=False, name="_pool_spread")
def _spread(x, frame: Places):
    """Each number wherever its window reads, added up."""
    return kernels.spread(x, frame)


def _mean(n: int) -> Op:
    def run(x, frame: Places, divisor: As):
        if x.dtype.kind in "iu":
            return np.trunc(kernels.sums(x, frame) / divisor).astype(x.dtype)
        if x.dtype != np.float16:
            return kernels.sums(x, frame) / divisor
        return (kernels.sums(x.astype(np.float32), frame) / divisor).astype(x.dtype)

    run.__doc__ = "平均池化 / The mean of each window."
    return op(lambda g, frame, divisor: _spread(g / _beside(divisor, g), frame), name=f"avg_pool{n}d", jvp="linear",
              public=False, grad_name=f"AvgPool{n}DBackward0", kinds="iuf")(run)  # fmt: skip


_MEAN = {n: _mean(n) for n in (2, 3)}


def _beside(divisor: Any, g: Any) -> Any:
    return divisor if isinstance(divisor, (int, float)) else constant(divisor, g)


def _divisor(frame: Frame, padded: bool, like: Any) -> Any:
    """How many elements each window has, those of the padding counted or not: a number where all have as many."""
    total: Any = 1
    for n, o, k, s, p in zip(*_sides(frame)[:-1], strict=True):
        begin = np.arange(o) * s - p
        end = np.minimum(begin + k, n + p)
        found = end - begin if padded else np.minimum(end, n) - np.maximum(begin, 0)
        total = np.multiply.outer(total, found)
    if (total == total.flat[0]).all():
        return float(total.flat[0])
    return beside(
        total.astype(like.dtype if like.dtype.kind == "f" else np.float32 if like.dtype.kind == "V" else float), like
    )


def _avg_function(n: int) -> Callable[..., Tensor]:
    name = f"avg_pool{n}d"

    def pooled(
        input: Tensor, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool,
        divisor_override: int | None,
    ) -> Tensor:  # fmt: skip
        frame = window(name, input, n, kernel_size, stride, padding, 1, ceil_mode)
        if divisor_override == 0:
            raise RuntimeError(f"{name}(): divisor must be not zero")
        half = input._array.dtype.itemsize == 2 and n == 3
        wanted_kind(name, input, "" if half else "f", True)
        x = input
        if n == 1:
            x = input.unsqueeze(-2)
            frame = framed(*((v, *given) for v, given in zip((1, 1, 1, 1, 0, 1), _sides(frame), strict=True)))
        divisor = divisor_override or _divisor(frame, count_include_pad, x._array)
        made: Tensor = _MEAN[max(n, 2)].record((x,), {"frame": frame, "divisor": divisor})
        return made.squeeze(-2) if n == 1 else made

    def one(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> Tensor:  # fmt: skip
        return pooled(input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)

    def several(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None, *, out: Any = None,
    ) -> Tensor:  # fmt: skip
        made = pooled(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        return made if out is None else write_out(name, made, out, (input,), "same")

    function: Callable[..., Tensor] = one if n == 1 else several
    function.__doc__ = f"""{n} 维平均池化 / The mean of each window: (N, C, ...) or (C, ...) -> alike.

    ``stride`` is ``kernel_size`` by default; padding counts as zeros, or with ``count_include_pad=False`` not at all.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    function.__name__ = function.__qualname__ = name
    return function


AVERAGES = {n: _avg_function(n) for n in (1, 2, 3)}
publish("avg_pool1d", AVERAGES[1], method=False)
