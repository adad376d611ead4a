"""What stands between layers: activations, each one node. 激活函数。

At their corners PyTorch's choice of side holds: the slope of ``hardtanh`` at its limits is 0, that of ``elu`` at 0 is
the left one.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu import _inplace
from tidu._args import Dim, Number, Str
from tidu._backend import row_major
from tidu._define import by_example, op, publish, under
from tidu._kernels import choose
from tidu._operands import check_tensors
from tidu._tensor import Tensor, wrap
from tidu.ops.generator import generator_of
from tidu.ops.join import cat
from tidu.ops.pointwise import exp, expm1_below, log1p_exp, relu, sigmoid, softplus, tanh, where
from tidu.ops.random import check_floating
from tidu.ops.slicing import along, basic
from tidu.ops.special import erf

# selu's constants make unit normals a fixed point. Source: Klambauer et al. 2017, "Self-normalizing neural networks".
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
_SIXTH = float(np.float32(1) / np.float32(6))  # hardsigmoid's slope, which PyTorch keeps in single precision


def _refuse_bools(name: str, x: Any) -> None:
    if x.dtype.kind == "b":
        raise RuntimeError(f"Bool inputs not supported for {name}: argument 'input' is a bool tensor")


# ---- made of straight lines


@op(lambda g, x, min_val, max_val: where((x > min_val) & (x < max_val), g, 0.0), elementwise=True, blocks=True,
    inplace=True, public=False, kinds="biuf")  # fmt: skip
def hardtanh(x, min_val: Number = -1.0, max_val: Number = 1.0):
    """分段线性的 tanh / Limited to ``[min_val, max_val]``."""
    _refuse_bools("hardtanh", x)
    if x.dtype.kind == "u" and min(min_val, max_val) < 0:
        raise RuntimeError(f"cannot do hardtanh on an unsigned type with negative limits: [{min_val}, {max_val}]")
    return np.clip(x, x.dtype.type(min_val), x.dtype.type(max_val))


@op(lambda g, x, threshold: where(x <= threshold, 0.0, g), elementwise=True, blocks=True, inplace=True, public=False,
    kinds="iuf", variant=lambda args, attrs: 0)  # fmt: skip
def threshold(x, threshold: Number, value: Number):
    """阈值 / ``x`` where it is above ``threshold``, else ``value``."""
    return choose(x <= x.dtype.type(threshold), x.dtype.type(value), x)


@op(lambda g, x, negative_slope: where(x > 0, g, g * negative_slope), elementwise=True, blocks=True, inplace=True,
    public=False, kinds="f")  # fmt: skip
def leaky_relu(x, negative_slope: Number = 0.01):
    """带泄漏的整流 / ``x`` where it is positive, else ``x * negative_slope``."""
    below = x * x.dtype.type(negative_slope)
    return np.maximum(x, below) if 0 < negative_slope <= 1 else choose(x > 0, x, below)


@op(lambda g, x, y: where(x > 0, g, g * y), lambda g, x, y: where(x > 0, 0.0, g * x), name="_prelu_kernel",
    elementwise=True, blocks=True, public=False, kinds="f")  # fmt: skip
def prelu_kernel(x, y):
    """``x`` where it is positive, else ``x * y``."""
    return choose(x > 0, x, x * y)


@op(lambda g, x, lambd: where((x > lambd) | (x < -lambd), g, 0.0), elementwise=True, blocks=True, kinds="f")
def hardshrink(x, lambd: Number = 0.5):
    """硬收缩 / ``x``, but 0 within ``lambd`` of 0."""
    lambd = x.dtype.type(lambd)
    return choose((x >= -lambd) & (x <= lambd), x.dtype.type(0), x)


@op(lambda g, x, lambd: where((x > lambd) | (x < -lambd), g, 0.0), elementwise=True, blocks=True, kinds="f",
    public=False)  # fmt: skip
def softshrink(x, lambd: Number = 0.5):
    """软收缩 / ``x`` moved towards 0 by ``lambd``, not beyond."""
    if not 0 <= lambd <= np.finfo(x.dtype).max:
        raise RuntimeError(
            f"lambda must be in range [0, {np.finfo(x.dtype).max:.6g}] for input dtype {x.dtype}, but found {lambd:g}"
        )
    lambd = x.dtype.type(lambd)
    return np.maximum(x - lambd, 0) + np.minimum(x + lambd, 0)


@op(lambda g, x: where((x > -3) & (x < 3), g * _SIXTH, 0.0), elementwise=True, blocks=True, inplace=True, public=False,
    kinds="f")  # fmt: skip
def hardsigmoid(x):
    """分段线性的 S 形 / ``(x + 3) / 6``, limited to [0, 1]."""
    return np.clip(x + 3, 0, 6) / 6


@op(lambda g, x: where(x <= -3, 0.0, where(x >= 3, g, g * (x / 3 + 0.5))), elementwise=True, blocks=True, inplace=True,
    public=False, kinds="f")  # fmt: skip
def hardswish(x):
    """分段的 swish / ``x * (x + 3) / 6``: 0 below -3, ``x`` above 3."""
    return x * np.clip(x + 3, 0, 6) / 6


# ---- made of exponentials


@op(lambda g, x, alpha, scale, input_scale: where(
        x <= 0, g * (exp(-relu(x * -input_scale)) * (alpha * scale * input_scale)), g * scale),
    elementwise=True, blocks=True, inplace=True, public=False, kinds="f")  # fmt: skip
def elu(x, alpha: Number = 1.0, scale: Number = 1.0, input_scale: Number = 1.0):
    """指数线性 / ``x`` where it is positive, else ``alpha * (e^x - 1)``; the two scaled."""
    kind = x.dtype.type
    return choose(x <= 0, expm1_below(x * kind(input_scale)) * kind(alpha * scale), x * kind(scale))


@op(lambda g, x, alpha: where(x <= 0, g * exp(where(x <= 0, x, 0.0) / alpha), g), elementwise=True, blocks=True,
    inplace=True, public=False, kinds="f")  # fmt: skip
def celu(x, alpha: Number = 1.0):
    """连续可导的指数线性 / ``x`` where it is positive, else ``alpha * (e^(x / alpha) - 1)``."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    alpha = x.dtype.type(alpha)
    return choose(x <= 0, expm1_below(x / alpha) * alpha, x)


@op(lambda g, x: g * sigmoid(-x), elementwise=True, public=False, kinds="f", grad_name="LogSigmoidBackward0",
    out="same")  # fmt: skip
def logsigmoid(x):
    """sigmoid 的对数 / ``log(1 / (1 + e^-x))``, without overflow."""
    return row_major(np.minimum(x, 0) - log1p_exp(-np.abs(x)))


def _silu_gradient(g: Any, x: Any) -> Any:
    s = sigmoid(x)
    return g * (s * (1 + x * (1 - s)))


@op(lambda g, x: _silu_gradient(g, x), elementwise=True, blocks=True, inplace=True, public=False, kinds="fc")
def silu(x):
    """SiLU / ``x * sigmoid(x)``, also called swish."""
    return x / (1 + np.exp(-x))


def _mish_gradient(g: Any, x: Any) -> Any:
    t = tanh(softplus(x))
    return g * (t + x * sigmoid(x) * (1 - t * t))


@op(lambda g, x: _mish_gradient(g, x), elementwise=True, blocks=True, inplace=True, public=False, kinds="f")
def mish(x):
    """Mish / ``x * tanh(log(1 + e^x))``."""
    return x * np.tanh(log1p_exp(x))


_ROOT_HALF, _BELL = math.sqrt(0.5), 1 / math.sqrt(2 * math.pi)
_TANH_IN, _CUBE = math.sqrt(2 / math.pi), 0.044715


def _gelu_gradient(g: Any, x: Any, approximate: str) -> Any:
    if approximate == "none":
        return g * ((erf(x * _ROOT_HALF) + 1) * 0.5 + x * (exp(x * x * -0.5) * _BELL))
    t = tanh(_TANH_IN * (x + _CUBE * (x * x * x)))
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (_TANH_IN * (1 + 3 * _CUBE * (x * x))))


@op(lambda g, x, approximate: _gelu_gradient(g, x, approximate), elementwise=True, blocks=True, public=False, kinds="f")
def gelu(x, *, approximate: Str = "none"):
    """高斯误差线性 / ``x`` times the chance that a standard normal is below it, or that chance approximated by tanh.

    Source: Hendrycks & Gimpel 2016, "Gaussian error linear units".
    """
    if approximate == "none":
        return x * ((erf.kernel(x * x.dtype.type(_ROOT_HALF)) + 1) * x.dtype.type(0.5))
    if approximate != "tanh":
        raise RuntimeError(f"approximate argument must be either none or tanh: got {approximate!r}")
    kind = x.dtype.type
    return kind(0.5) * x * (1 + np.tanh(kind(_TANH_IN) * (x + kind(_CUBE) * (x * x * x))))


# ---- halves


def _halves(x: Any, dim: int) -> tuple[Any, Any]:
    n = x.shape[dim] // 2
    return basic(x, along(dim, slice(0, n))), basic(x, along(dim, slice(n, None)))


def _glu_gradient(g: Any, x: Any, dim: int) -> Any:
    a, b = _halves(x, dim)
    s = sigmoid(b)
    return cat([g * s, g * a * (s * (1 - s))], dim)


@op(lambda g, x, dim: _glu_gradient(g, x, dim), public=False, kinds="f", out="quiet")
def glu(x, dim: Dim = -1):
    """门控 / The first half along ``dim`` times the sigmoid of the second."""
    if not x.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    if x.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {x.shape[dim]}")
    a, b = np.split(x, 2, dim)
    return a / (1 + np.exp(-b))


# ---- as they are called


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """参数化的整流 / ``x`` where it is positive, else ``weight * x``: one weight, or one for each channel (dim 1)."""
    check_tensors("prelu", input=input, weight=weight)
    if weight.dtype is not input.dtype:
        kinds = (str(t.dtype).removeprefix("torch.") for t in (input, weight))
        raise RuntimeError(f"prelu: Type promoting not supported. Got {' and '.join(kinds)}")
    if weight.numel() != 1:
        if not input.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input.shape[1] if input.ndim > 1 else 1
        if channels != weight.numel():
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} and "
                f"channel size = {channels}."
            )
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    shape = [1] * input.ndim
    if input.ndim > 1:
        shape[1] = weight.numel()
    return prelu_kernel.record((input, weight.reshape(shape)), {})


publish("prelu", prelu)


@op(lambda g, y: g * y, None, name="_rrelu_with_noise", public=False, kinds="f",
    grad_name="RreluWithNoiseBackward0")  # fmt: skip
def rrelu_with_noise(x, y):
    """``x`` times the slopes that were drawn."""
    return np.multiply(x, y, order="C" if y.flags.c_contiguous else "K")


_rrelu_in_place = under(rrelu_with_noise, "_rrelu_with_noise_", "RreluWithNoiseBackward1")


@by_example
def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False,
    generator: Any = None,
) -> Tensor:  # fmt: skip
    """随机斜率的整流 / In training each negative ``x`` gets a slope drawn from [lower, upper), else their mean."""
    check_tensors("rrelu", input=input)
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    x = input._array
    check_floating("rrelu", x.dtype, "rrelu_with_noise_out_cpu")
    below = x <= 0
    slopes = np.ones_like(x, order="C" if training else "K")
    if training:
        slopes[below] = generator_of(generator, "rrelu").uniform(int(below.sum())) * (upper - lower) + lower
    else:
        slopes[below] = (lower + upper) / 2
    if inplace:
        return _inplace.run(_rrelu_in_place, input, [wrap(slopes)], {})
    made: Tensor = rrelu_with_noise.record((input, wrap(slopes)), {})
    return made


# What writes into its input, PyTorch counts as another overload.
_IN_PLACE = {
    made: under(made, f"_{made.name}_", made.grad_name[:-1] + "1") for made in (threshold, leaky_relu, elu, celu)
}


def run_activation(made: Any, input: Any, inplace: bool = False, **attrs: Any) -> Tensor:
    """An activation of a tensor, into the tensor itself if ``inplace``."""
    operands, attrs = made.bind((input,), attrs)
    return _inplace.run(_IN_PLACE.get(made, made), operands[0], [], attrs) if inplace else made.record(operands, attrs)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """自归一化的指数线性 / elu with the two constants that keep unit normals as they are."""
    return run_activation(elu, input, inplace, alpha=SELU_ALPHA, scale=SELU_SCALE)


# torch's own names; those that write into the tensor are no methods


def _selu(input: Tensor) -> Tensor:
    """自归一化的指数线性 / elu with the two constants that keep unit normals as they are."""
    return selu(input)


def selu_(input: Tensor) -> Tensor:
    """In-place form of ``selu``. 原地版本。"""
    return selu(input, True)


def _rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """随机斜率的整流 / In training each negative ``x`` gets a slope drawn from [lower, upper), else their mean."""
    return rrelu(input, lower, upper, training, False, generator)


def rrelu_(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """In-place form of ``rrelu``. 原地版本。"""
    return rrelu(input, lower, upper, training, True, generator)


celu_, threshold_ = _inplace.method(_IN_PLACE[celu]), _inplace.method(_IN_PLACE[threshold])
for _name, _function, _doc in (
    ("celu", celu.public, celu.__doc__), ("celu_", celu_, "In-place form of ``celu``. 原地版本。"),
    ("threshold", threshold.public, threshold.__doc__),
    ("threshold_", threshold_, "In-place form of ``threshold``. 原地版本。"),
    ("selu", _selu, None), ("selu_", selu_, None), ("rrelu", _rrelu, None), ("rrelu_", rrelu_, None),
):  # fmt: skip
    publish(_name, _function, _doc, method=False)
