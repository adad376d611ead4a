"""Normalisation: numbers shifted and scaled to mean 0 and variance 1, over a batch, a layer, a group. 归一化。

All are one op that differs in what the statistics are taken over: x^ = (x - mean) * rstd, then weight * x^ + bias.
Sources: Ioffe, Szegedy 2015 (batch); Ba, Kiros, Hinton 2016 (layer); Ulyanov, Vedaldi, Lempitsky 2016 (instance);
Wu, He 2018 (group); Zhang, Sennrich 2019 (root mean square).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tidu._args import As, is_int, type_name
from tidu._backend import row_major
from tidu._define import by_example, op, publish
from tidu._graph import unbroadcast
from tidu._kernels import total
from tidu._op import Op
from tidu._operands import check_tensors
from tidu._record import noting
from tidu._tensor import Tensor
from tidu.ops.pointwise import rsqrt
from tidu.ops.pool import wanted_kind
from tidu.ops.reduce import sum_
from tidu.ops.view import reshape


class Layout(NamedTuple):
    """What is normalised together: dimensions ``dims`` of the input in ``shape``; and ``affine``, the shape in which
    weight and bias broadcast with the input."""

    shape: tuple[int, ...]
    dims: tuple[int, ...]
    affine: tuple[int, ...]

    @property
    def elements(self) -> int:
        return math.prod(self.shape[d] for d in self.dims)


def _statistics(x: Any, layout: Layout, eps: float) -> tuple[Any, Any]:
    """Mean and 1 / standard deviation, in either reading."""
    mean = sum_(x, layout.dims, True) / layout.elements
    away = x - mean
    return mean, rsqrt(sum_(away * away, layout.dims, True) / layout.elements + eps)


def _hat(x: Any, mean: Any, rstd: Any, layout: Layout, eps: float, given: Any) -> tuple[Any, Any]:
    """The input's distances from the mean, and rstd. In derivatives of higher order they depend on the input, too."""
    x = reshape(x, layout.shape)
    if given is None and isinstance(x, Tensor):
        mean, rstd = _statistics(x, layout, eps)
    return x - mean, rstd


def _to_input(g: Any, x: Any, weight: Any, mean: Any, rstd: Any, layout: Layout, eps: float, given: Any) -> Any:
    """rstd * (h - mean of h - x^ * mean of h x^) with h = g * weight; rstd * h where the statistics were given."""
    h = reshape(g if weight is None else g * reshape(weight, layout.affine), layout.shape)
    shape = tuple(x.shape)
    if given is not None:
        return reshape(h * rstd, shape)
    away, rstd = _hat(x, mean, rstd, layout, eps, given)
    slope = rstd * rstd * (sum_(h * away, layout.dims, True) / layout.elements)
    return reshape((h - sum_(h, layout.dims, True) / layout.elements - away * slope) * rstd, shape)


def _to_weight(g: Any, x: Any, weight: Any, mean: Any, rstd: Any, layout: Layout, eps: float, given: Any) -> Any:
    away, rstd = _hat(x, mean, rstd, layout, eps, given)
    return _to_affine(g * reshape(away * rstd, tuple(x.shape)), tuple(weight.shape), layout)


def _to_affine(g: Any, shape: tuple[int, ...], layout: Layout) -> Any:
    return reshape(g if tuple(g.shape) == layout.affine else unbroadcast(g, layout.affine), shape)


def _normalisation(name: str, grad_name: str, doc: str) -> Op:
    def run(x, weight=None, bias=None, layout: As = None, eps: As = 1e-5, given: As = None):
        single = x.dtype == np.float16  # in which statistics would overflow
        a = row_major(x.astype(np.float32) if single else x).reshape(layout.shape)
        if given is None:
            mean = total(a, layout.dims, True) / a.dtype.type(layout.elements)
            away = a - mean
            variance = total(away * away, layout.dims, True) / a.dtype.type(layout.elements)
        else:
            mean, variance = (v.astype(a.dtype).reshape(layout.affine) for v in given)
            away = a - mean
        rstd = 1 / np.sqrt(variance + a.dtype.type(eps))
        away *= rstd
        out = away.reshape(x.shape)
        if weight is not None:
            out *= weight.reshape(layout.affine)
        if bias is not None:
            out += bias.reshape(layout.affine)
        found = (out, mean, rstd, variance)
        return tuple(v.astype(x.dtype) for v in found) if single else found

    run.__doc__ = doc
    return op(
        lambda g, x, weight, mean, rstd, layout, eps, given: _to_input(g, x, weight, mean, rstd, layout, eps, given),
        lambda g, x, weight, mean, rstd, layout, eps, given: _to_weight(g, x, weight, mean, rstd, layout, eps, given),
        lambda g, bias_shape, layout: _to_affine(g, tuple(bias_shape), layout),
        name=name, grad_name=grad_name, outputs=("values", "mean", "rstd", "variance"), public=False,
    )(run)  # fmt: skip


_batch = _normalisation("_batch_norm", "NativeBatchNormBackward0", "批归一化 / Over the batch, by channel.")
_layer = _normalisation("_layer_norm", "NativeLayerNormBackward0", "层归一化 / Over the last dimensions.")
_group = _normalisation("_group_norm", "NativeGroupNormBackward0", "组归一化 / Over groups of channels.")


def _affine(name: str, x: Tensor, shape: tuple[int, ...], **given: Any) -> None:
    """Weight and bias must have the shape, and the dtype of the input or, beside half precision, single."""
    for key, value in given.items():
        if value is None:
            continue
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}(): argument '{key}' must be Tensor, not {type_name(value)}")
        if value._array.shape != shape:
            raise RuntimeError(
                f"{name}(): Expected {key} to be of shape {list(shape)}, but got {key} of shape {list(value.shape)} "
                f"and input of shape {list(x.shape)}"
            )
        if value.dtype != x.dtype and not (x.dtype.itemsize == 2 and value._array.dtype == np.float32):
            raise RuntimeError(
                f"{name}(): mixed dtype (CPU): all inputs must share same datatype: argument '{key}' is {value.dtype}, "
                f"but the input is {x.dtype}"
            )


@by_example
def batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, training: bool, momentum: float, eps: float, cudnn_enabled: bool = True,
) -> Tensor:  # fmt: skip
    """批归一化 / Each channel (dimension 1) shifted and scaled to mean 0 and variance 1.

    In training by the batch's own statistics, which the running ones then follow with ``momentum`` (the variance is
    that of a sample: / (n - 1)); else by the running ones.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
    """
    check_tensors("batch_norm", input=input)
    if not input.numel():
        made: Tensor = input.clone()
        made = made if weight is None else made * weight[0]
        return made if bias is None else made + bias[0]
    if input.ndim < 2:
        raise IndexError(
            f"batch_norm(): Dimension out of range: a batch has at least 2, but the input is {input.ndim}-D"
        )
    channels = input._array.shape[1]
    running = {"running_mean": running_mean, "running_var": running_var}
    for key, value in {**running, "weight": weight, "bias": bias}.items():
        if value is None and key.startswith("running") and not training:
            raise RuntimeError(f"batch_norm(): {key} must be defined in evaluation mode")
        if value is not None and value.numel() != channels:
            raise RuntimeError(f"batch_norm(): {key} should contain {channels} elements not {value.numel()}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("batch_norm(): running_mean and running_var must either both be None or neither be None")
    wanted_kind("batch_norm", input)
    _affine("batch_norm", input, (channels,), weight=weight, bias=bias, **running)
    shape = input._array.shape
    layout = Layout(shape, (0, *range(2, len(shape))), (1, channels, *[1] * (len(shape) - 2)))
    given = None if training else tuple(r._array for r in (running_mean, running_var) if r is not None)
    out, mean, _, variance = _batch.record((input, weight, bias), {"layout": layout, "eps": float(eps), "given": given})
    if training and running_mean is not None and running_var is not None:
        n = layout.elements
        sample = variance._array * (n / (n - 1)) if n > 1 else variance._array * math.nan
        for held, new in ((running_mean, mean._array), (running_var, sample)):
            held._array[...] = held._array * (1 - momentum) + new.reshape(channels) * momentum
            held.untyped_storage().version += 1
    return out if training else noting(out, running_mean, running_var)


def _shape(name: str, x: Any, normalized_shape: Any) -> tuple[int, ...]:
    """The last dimensions, which must be these."""
    check_tensors(name, input=x)
    if not isinstance(normalized_shape, (tuple, list)) or not all(map(is_int, normalized_shape)):
        raise TypeError(
            f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type_name(normalized_shape)}"
        )
    shape = tuple(int(n) for n in normalized_shape)
    if not shape:
        raise RuntimeError(
            f"{name}(): Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            "but got normalized_shape = []"
        )
    if tuple(x.shape[-len(shape) :]) != shape:
        raise RuntimeError(
            f"{name}(): Given normalized_shape={list(shape)}, expected input with shape "
            f"[*, {', '.join(map(str, shape))}], but got input of size{list(x.shape)}"
        )
    return shape


def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:  # fmt: skip
    """层归一化 / The last dimensions, of sizes ``normalized_shape``, shifted and scaled to mean 0 and variance 1.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html
    """
    shape = _shape("layer_norm", input, normalized_shape)
    _affine("layer_norm", input, shape, weight=weight, bias=bias)
    wanted_kind("LayerNormKernelImpl", input)
    dims = tuple(range(input.ndim - len(shape), input.ndim))
    layout = Layout(input._array.shape, dims, (*[1] * (input.ndim - len(shape)), *shape))
    made: Tensor = _layer.record((input, weight, bias), {"layout": layout, "eps": float(eps), "given": None})[0]
    return made


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:  # fmt: skip
    """组归一化 / In each sample, ``num_groups`` groups of channels, each shifted and scaled to mean 0 and variance 1.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html
    """
    check_tensors("group_norm", input=input)
    if not is_int(num_groups):
        raise TypeError(f"group_norm(): argument 'num_groups' (position 2) must be int, not {type_name(num_groups)}")
    if input.ndim < 2:
        raise IndexError(f"group_norm(): Expected at least 2 dimensions for input tensor but received {input.ndim}")
    shape = input._array.shape
    if num_groups <= 0:
        raise RuntimeError(f"group_norm(): Expected num groups to be greater than 0, got {num_groups}")
    if shape[1] % num_groups:
        raise RuntimeError(
            f"group_norm(): Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(shape)} and num_groups={num_groups}"
        )
    _affine("group_norm", input, shape[1:2], weight=weight, bias=bias)
    wanted_kind("GroupNormKernelImpl", input)
    each = math.prod(shape[1:]) // num_groups
    layout = Layout((shape[0], num_groups, each), (2,), (1, shape[1], *[1] * (len(shape) - 2)))
    made: Tensor = _group.record((input, weight, bias), {"layout": layout, "eps": float(eps), "given": None})[0]
    return made


@by_example
def instance_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, use_input_stats: bool, momentum: float, eps: float, cudnn_enabled: bool = True,
) -> Tensor:  # fmt: skip
    """实例归一化 / Each channel of each sample shifted and scaled to mean 0 and variance 1: a batch of N * C channels.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.instance_norm.html
    """
    check_tensors("instance_norm", input=input)
    running = (running_mean, running_var)
    if not use_input_stats and None in running:
        raise RuntimeError("instance_norm(): Expected running_mean and running_var to be defined when use_input_stats "
                           "is false")  # fmt: skip
    wanted_kind("batch_norm", input)
    n, c = input._array.shape[:2]
    _affine("instance_norm", input, (c,), weight=weight, bias=bias)
    repeated: list[Any] = [None if v is None else v.repeat(n) for v in (weight, bias, *running)]
    rows = input.contiguous().view(1, n * c, *input.shape[2:])
    w, b, mean, var = repeated
    made = batch_norm(rows, w, b, mean, var, use_input_stats, momentum, eps)
    for held, new in ((running_mean, mean), (running_var, var)):
        if held is not None and new is not None and use_input_stats:
            held._array[...] = new._array.reshape(n, c).mean(axis=0)
            held.untyped_storage().version += 1
    return made.view(input.shape)


def rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """均方根归一化 / The last dimensions divided by the root of the mean of their squares; ``eps`` is the dtype's.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.rms_norm.html
    """
    shape = _shape("rms_norm", input, normalized_shape)
    if weight is not None and weight._array.shape != shape:
        raise RuntimeError(f"rms_norm(): Expected weight to be of same shape as normalized_shape, but got weight of "
                           f"shape {list(weight.shape)} and normalized_shape = {list(shape)}")  # fmt: skip
    wanted_kind("rms_norm", input, "fc")
    dims = tuple(range(-len(shape), 0))
    x = input.float() if input.dtype.itemsize == 2 else input
    smallest = np.finfo(x._array.dtype).eps if eps is None else eps
    made: Tensor = x * (x.pow(2).mean(dims, keepdim=True) + float(smallest)).rsqrt()
    if weight is not None:
        made = made * weight
    return made if made.dtype == input.dtype else made.to(input.dtype)


for _function in (batch_norm, layer_norm, group_norm, instance_norm, rms_norm):
    publish(_function.__name__, _function, method=False)
