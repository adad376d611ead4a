"""How parameters start: filled in place, unrecorded, number for number as PyTorch fills them. 参数初始化。

Source: https://docs.pytorch.org/docs/stable/nn.init.html
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.linalg import qr

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal", "kaiming_normal_",
    "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal", "orthogonal_", "sparse",
    "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal", "xavier_normal_", "xavier_uniform",
    "xavier_uniform_", "zeros_",
]  # fmt: skip

_LINEAR = [
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
]  # fmt: skip


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """推荐的增益 / By how much to scale weights before a nonlinearity; ``param`` is leaky_relu's slope."""
    if nonlinearity in _LINEAR or nonlinearity == "sigmoid":
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        if param is None:
            slope: float = 0.01
        elif not isinstance(param, bool) and isinstance(param, (int, float)):
            slope = param
        else:
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity == "selu":
        return 3.0 / 4
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many numbers come together in one output, and go out from one input."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    receptive = math.prod(tensor.shape[2:])
    return tensor.size(1) * receptive, tensor.size(0) * receptive


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode == "fan_in" else fan_out


def _unrecorded(fill: Callable[..., Tensor]) -> Any:
    @functools.wraps(fill)
    def function(*args: Any, **kwargs: Any) -> Tensor:
        with no_grad():
            return fill(*args, **kwargs)

    return function


@_unrecorded
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """均匀分布 / Uniform in [a, b)."""
    return tensor.uniform_(a, b, generator=generator)


@_unrecorded
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """正态分布 / Normal with this mean and standard deviation."""
    return tensor.normal_(mean, std, generator=generator)


@_unrecorded
def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """截断正态分布 / Normal within [a, b]: what falls outside is drawn again."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            stacklevel=3,
        )
    below, above = (math.erf((x - mean) / std / math.sqrt(2.0)) / 2 for x in (a, b))
    draw = _from_normals if above - below > 0.3 else _from_uniforms
    return tensor.copy_(draw(tensor, mean, std, a, b, generator))


def _from_normals(x: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> Tensor:
    """Where much of the bell is within the bounds: draw from it until all are."""
    low, high = (x.new_tensor(bound).item() for bound in (a, b))
    values = x.normal_(mean, std, generator=generator)
    while (outside := (values < low) | (values > high)).any():
        again = FUNCTIONS["empty_like"](x).normal_(mean, std, generator=generator)
        values = FUNCTIONS["where"](outside, again, values)
    return values


def _from_uniforms(x: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> Tensor:
    """Where little of it is: draw evenly between the bounds, and keep a draw as often as the bell there is high."""
    highest = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2

    def refused(values: Tensor) -> Tensor:
        height = values.clone().sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(highest)
        return FUNCTIONS["empty_like"](x).uniform_(generator=generator).log_().gt(height)

    values = x.uniform_(a, b, generator=generator)
    pending = refused(values)
    while pending.any():
        again = FUNCTIONS["empty_like"](x).uniform_(a, b, generator=generator)
        values = FUNCTIONS["where"](pending, again, values)
        pending = pending & refused(again)
    return values


@_unrecorded
def constant_(tensor: Tensor, val: float) -> Tensor:
    """常数 / ``val`` everywhere."""
    return tensor.fill_(val)


@_unrecorded
def ones_(tensor: Tensor) -> Tensor:
    """全 1 / Ones."""
    return tensor.fill_(1.0)


@_unrecorded
def zeros_(tensor: Tensor) -> Tensor:
    """全 0 / Zeros."""
    return tensor.zero_()


@_unrecorded
def eye_(tensor: Tensor) -> Tensor:
    """单位矩阵 / The identity, of a matrix."""
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return tensor.copy_(FUNCTIONS["eye"](*tensor.shape, dtype=tensor.dtype))


@_unrecorded
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """恒等卷积 / A convolution's weight that lets as many channels through as it can, in each of ``groups``."""
    if tensor.ndimension() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.size(0) % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    per_group = tensor.size(0) // groups
    tensor.zero_()
    centre = tuple(n // 2 for n in tensor.shape[2:])
    for g in range(groups):
        for d in range(min(per_group, tensor.size(1))):
            tensor[(g * per_group + d, d, *centre)] = 1
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Xavier 均匀初始化 / Uniform with variance ``gain² · 2 / (fan_in + fan_out)``.

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
    """
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Xavier 正态初始化 / Normal with variance ``gain² · 2 / (fan_in + fan_out)``. Source: Glorot & Bengio 2010."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / (fan_in + fan_out))


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return None
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Kaiming 均匀初始化 / Uniform with variance ``gain² / fan``; ``a`` is leaky_relu's slope.

    Source: He et al. 2015, "Delving deep into rectifiers".
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    if std is None:
        return tensor
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Kaiming 正态初始化 / Normal with variance ``gain² / fan``; ``a`` is leaky_relu's slope (He et al. 2015)."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0, std, generator)


@_unrecorded
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """正交初始化 / Orthonormal rows or columns (whichever are fewer), of the tensor as a matrix; times ``gain``.

    Source: Saxe et al. 2013, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks".
    """
    if tensor.ndimension() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.size(0)
    columns = tensor.numel() // rows
    flat = tensor.new_empty((rows, columns)).normal_(0, 1, generator=generator)
    q, r = qr(flat.t() if rows < columns else flat)
    q = q * FUNCTIONS["diag"](r).sign()  # or the distribution would not be uniform
    tensor.view_as(q.t() if rows < columns else q).copy_(q.t() if rows < columns else q)
    return tensor.mul_(gain)


@_unrecorded
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """稀疏初始化 / Normal, with a fraction ``sparsity`` of each column 0.

    Source: Martens 2010, "Deep learning via Hessian-free optimization".
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0, std, generator=generator)
    for column in range(columns):
        order = FUNCTIONS["randperm"](rows)
        tensor[order[:zeros], column] = 0
    return tensor


# ---- the names of 2017


def _old_name(new: Callable[..., Tensor]) -> Any:
    name = new.__name__.removesuffix("_")

    def function(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{name}` is now deprecated in favor of `nn.init.{new.__name__}`.", FutureWarning, stacklevel=2
        )
        return new(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"旧名 / Deprecated name of ``{new.__name__}``: it warns."
    return function


uniform, normal, constant, eye, dirac = map(_old_name, (uniform_, normal_, constant_, eye_, dirac_))
xavier_uniform, xavier_normal = _old_name(xavier_uniform_), _old_name(xavier_normal_)
kaiming_uniform, kaiming_normal = _old_name(kaiming_uniform_), _old_name(kaiming_normal_)
orthogonal, sparse = _old_name(orthogonal_), _old_name(sparse_)
