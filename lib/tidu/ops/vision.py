"""Rearrangements of images: shuffles of pixels and channels, and patches as columns. 图像的重排。"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu._args import As, Int, is_int, type_name
from tidu._backend import zeros_beside
from tidu._define import op, publish
from tidu._operands import check_tensors
from tidu._tensor import Tensor
from tidu.ops.conv_kernels import Frame, framed
from tidu.ops.pool import wanted_kind

# ---- shuffles


@op(lambda g, upscale_factor: pixel_unshuffle(g, upscale_factor), jvp="linear", public=False)
def pixel_shuffle(x, upscale_factor: Int):
    """像素重排（放大）/ (*, C r^2, H, W) -> (*, C, H r, W r)."""
    r, (*lead, c, h, w) = upscale_factor, x.shape
    split = x.reshape(*lead, c // (r * r), r, r, h, w)
    return np.moveaxis(split, (-4, -3), (-3, -1)).copy(order="C").reshape(*lead, c // (r * r), h * r, w * r)


@op(lambda g, downscale_factor: pixel_shuffle(g, downscale_factor), jvp="linear", public=False)
def pixel_unshuffle(x, downscale_factor: Int):
    """像素重排（缩小）/ (*, C, H r, W r) -> (*, C r^2, H, W)."""
    r, (*lead, c, h, w) = downscale_factor, x.shape
    split = x.reshape(*lead, c, h // r, r, w // r, r)
    return np.moveaxis(split, (-3, -1), (-4, -3)).copy(order="C").reshape(*lead, c * r * r, h // r, w // r)


@op(lambda g, groups: channel_shuffle(g, g.shape[1] // groups), jvp="linear", public=False)
def channel_shuffle(x, groups: Int):
    """通道重排 / Channels of ``groups`` groups taken in turn."""
    split = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
    return split.swapaxes(1, 2).copy(order="C").reshape(x.shape)


def _factor(name: str, x: Any, key: str, factor: Any, ndim: int = 3) -> None:
    check_tensors(name, input=x)
    if not is_int(factor):
        raise TypeError(f"{name}(): argument '{key}' (position 2) must be int, not {type_name(factor)}")
    if x.ndim < ndim:
        raise RuntimeError(
            f"{name} expects input to have at least {ndim} dimensions, but got input with {x.ndim} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {key}, but got {factor}")


def _pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """像素重排（放大）/ Channels become pixels: (*, C r^2, H, W) -> (*, C, H r, W r).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html
    """
    _factor("pixel_shuffle", input, "upscale_factor", upscale_factor)
    if input.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={input.shape[-3]} is not divisible by {upscale_factor**2}"
        )
    made: Tensor = pixel_shuffle.record((input,), {"upscale_factor": upscale_factor})
    return made


def _pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """像素重排（缩小）/ Pixels become channels: (*, C, H r, W r) -> (*, C r^2, H, W).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html
    """
    _factor("pixel_unshuffle", input, "downscale_factor", downscale_factor)
    for key, d in (("height", -2), ("width", -1)):
        if input.shape[d] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {key} to be divisible by downscale_factor, but input.size({d})="
                f"{input.shape[d]} is not divisible by {downscale_factor}"
            )
    made: Tensor = pixel_unshuffle.record((input,), {"downscale_factor": downscale_factor})
    return made


def _channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """通道重排 / Channels of ``groups`` groups taken in turn: 0 1 2 3 of two groups become 0 2 1 3.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.channel_shuffle.html
    """
    _factor("channel_shuffle", input, "groups", groups)
    channels = input.shape[1]
    if channels % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {channels} channels and {groups} "
                           "groups.")  # fmt: skip
    made: Tensor = channel_shuffle.record((input,), {"groups": groups})
    return made


for _function in (_pixel_shuffle, _pixel_unshuffle, _channel_shuffle):
    publish(_function.__name__.removeprefix("_"), _function, method=False)


# ---- patches as columns


@op(lambda g, frame: col2im(g, frame), jvp="linear", public=False, grad_name="Im2ColBackward0")
def im2col(x, frame: As):
    """图块成列 / (N, C, *size) -> (N, C * taps, positions)."""
    (*lead, c), taps = x.shape[:-2], math.prod(frame.kernel)
    planes = zeros_beside(x, (*lead, c, *frame.padded))
    planes[(..., *frame.inside)] = x[(..., *frame.read)]
    out = np.empty((*lead, c, taps, *frame.out), x.dtype, like=x)
    for k, at in enumerate(_windows(frame)):
        out[..., k, :, :] = planes[(..., *at)]
    return out.reshape(*lead, c * taps, math.prod(frame.out))


@op(lambda g, frame: im2col(g, frame), jvp="linear", public=False, grad_name="Col2ImBackward0")
def col2im(x, frame: As):
    """列还原成图 / (N, C * taps, positions) -> (N, C, *size): what lies at one place is added up."""
    (*lead, rows), taps = x.shape[:-1], math.prod(frame.kernel)
    columns = x.reshape(*lead, rows // taps, taps, *frame.out)
    planes = zeros_beside(x, (*lead, rows // taps, *frame.padded))
    for k, at in enumerate(_windows(frame)):
        planes[(..., *at)] += columns[..., k, :, :]
    out = zeros_beside(x, (*lead, rows // taps, *frame.size))
    out[(..., *frame.read)] = planes[(..., *frame.inside)]
    return out


def _windows(frame: Frame) -> list[tuple[slice, ...]]:
    """What each tap reads of the padded input."""
    steps = list(zip(frame.out, frame.stride, frame.dilation, strict=True))
    return [
        tuple(slice(t * d, t * d + (o - 1) * s + 1, s) for t, (o, s, d) in zip(tap, steps, strict=True))
        for tap in np.ndindex(frame.kernel)
    ]


def _pairs(name: str, **given: Any) -> list[tuple[int, int]]:
    found = []
    for key, value in given.items():
        several = (value, value) if is_int(value) else value
        if not isinstance(several, (tuple, list)) or not all(map(is_int, several)):
            raise TypeError(f"{name}(): argument '{key}' must be tuple of ints, not {type_name(value)}")
        if len(several) == 1:
            several = (*several, *several)
        if len(several) != 2:
            raise RuntimeError(f"{name}(): It is expected {key} equals to 2, but got size {len(several)}")
        least = 0 if key == "padding" else 1
        if min(several) < least:
            wanted = "non-negative" if least == 0 else "greater than zero"
            raise RuntimeError(f"{name}(): {key} should be {wanted}, but got {list(several)}")
        found.append((int(several[0]), int(several[1])))
    return found


def _frame(name: str, size: tuple[int, ...], kernel: Any, dilation: Any, padding: Any, stride: Any) -> Frame:
    kernel, dilation, padding, stride = _pairs(
        name, kernel_size=kernel, dilation=dilation, padding=padding, stride=stride
    )
    steps = zip(size, kernel, dilation, padding, stride, strict=True)
    out = tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in steps)
    if min(out) < 1:
        raise RuntimeError(
            f"{name}(): Given input with spatial size {size}, kernel_size={kernel}, dilation={dilation}, padding="
            f"{padding}, calculated shape of the array of sliding blocks as {out}, but its components must be at least "
            "one."
        )
    return framed(size, out, kernel, stride, padding, dilation)


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """图块成列 / The patches of images as columns: (N, C, H, W) -> (N, C * taps, positions); batch optional.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html
    """
    check_tensors("unfold", input=input)
    if input.ndim not in (3, 4):
        error = IndexError if input.ndim < 3 else RuntimeError
        raise error(f"unfold(): Expected 3D or 4D (batch mode) tensor, but got: {list(input.shape)}")
    if 0 in input._array.shape[-3:]:
        raise RuntimeError(f"unfold(): Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other "
                           f"non-zero dimensions for input, but got: {list(input.shape)}")  # fmt: skip
    frame = _frame("unfold", input._array.shape[-2:], kernel_size, dilation, padding, stride)
    wanted_kind("im2col_out_cpu", input, "fcb")
    made: Tensor = im2col.record((input,), {"frame": frame})
    return made


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """列还原成图 / Patches put back: (N, C * taps, positions) -> (N, C, *output_size), overlaps added up.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
    """
    check_tensors("fold", input=input)
    (size,) = _pairs("fold", output_size=output_size)
    if input.ndim not in (2, 3) or 0 in input._array.shape[-2:]:
        raise RuntimeError(f"fold(): Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and "
                           f"non-zero dimensions for input, but got: {list(input.shape)}")  # fmt: skip
    frame = _frame("fold", size, kernel_size, dilation, padding, stride)
    wanted_kind("col2im_out_cpu", input, "fcb")
    rows, columns = input._array.shape[-2:]
    if rows % math.prod(frame.kernel):
        raise RuntimeError(
            f"fold(): Expected size of input's dimension {input.ndim - 2} to be divisible by the product of "
            f"kernel_size, but got input.size({input.ndim - 2})={rows} and kernel_size={frame.kernel}."
        )
    if columns != math.prod(frame.out):
        raise RuntimeError(
            f"fold(): Given output_size={size}, kernel_size={frame.kernel}, dilation={frame.dilation}, padding="
            f"{frame.lower}, stride={frame.stride}, expected size of input's dimension {input.ndim - 1} to match the "
            f"calculated number of sliding blocks {' * '.join(map(str, frame.out))} = {math.prod(frame.out)}, but got "
            f"{columns}."
        )
    made: Tensor = col2im.record((input,), {"frame": frame})
    return made
