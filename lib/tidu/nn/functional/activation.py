"""Activations as functions. 激活函数。

``inplace=True`` writes the result into the input.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

from __future__ import annotations

import warnings
from typing import Any

from tidu import _inplace
from tidu._operands import check_tensors, write_out
from tidu._registry import FUNCTIONS, INTERNAL, OPS
from tidu._tensor import Tensor
from tidu.ops.activation import prelu, rrelu, rrelu_, run_activation, selu, selu_

__all__ = [
    "celu", "celu_", "elu", "elu_", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish",
    "hardtanh", "hardtanh_", "leaky_relu", "leaky_relu_", "log_softmax", "logsigmoid", "mish", "prelu", "relu", "relu6",
    "relu_", "rrelu", "rrelu_", "selu", "selu_", "sigmoid", "silu", "softmax", "softmin", "softplus", "softshrink",
    "softsign", "tanh", "tanhshrink", "threshold", "threshold_",
]  # fmt: skip

relu_, celu_, threshold_ = (FUNCTIONS[name] for name in ("relu_", "celu_", "threshold_"))
sigmoid, tanh = FUNCTIONS["sigmoid"], FUNCTIONS["tanh"]
elu_, hardtanh_, leaky_relu_ = (
    _inplace.method(made) for made in (INTERNAL["_elu_"], OPS["hardtanh"], INTERNAL["_leaky_relu_"])
)
for _name, _function in (("elu_", elu_), ("hardtanh_", hardtanh_), ("leaky_relu_", leaky_relu_)):
    _function.__name__, _function.__doc__ = _name, f"In-place form of ``{_name[:-1]}``. 原地版本。"


def _into(out: Any, name: str, input: Tensor, made: Tensor) -> Tensor:
    return made if out is None else write_out(name, made, out, (input,), "same")


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """阈值 / ``x`` where it is above ``threshold``, else ``value``."""
    return run_activation(OPS["threshold"], input, inplace, threshold=threshold, value=value)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """线性整流 / max(x, 0)."""
    made: Tensor = FUNCTIONS["relu_" if inplace else "relu"](input)
    return made


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """门控 / The first half along ``dim`` times the sigmoid of the second."""
    check_tensors("glu", input=input)
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    return run_activation(OPS["glu"], input, dim=dim)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """分段线性的 tanh / Limited to ``[min_val, max_val]``."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return run_activation(OPS["hardtanh"], input, inplace, min_val=min_val, max_val=max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """截到 6 的整流 / Limited to [0, 6]."""
    return run_activation(OPS["hardtanh"], input, inplace, min_val=0.0, max_val=6.0)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """指数线性 / ``x`` where it is positive, else ``alpha * (e^x - 1)``."""
    return run_activation(OPS["elu"], input, inplace, alpha=alpha)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """连续可导的指数线性 / ``x`` where it is positive, else ``alpha * (e^(x / alpha) - 1)``."""
    return run_activation(OPS["celu"], input, inplace, alpha=alpha)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """带泄漏的整流 / ``x`` where it is positive, else ``x * negative_slope``."""
    return run_activation(OPS["leaky_relu"], input, inplace, negative_slope=negative_slope)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """分段线性的 S 形 / ``(x + 3) / 6``, limited to [0, 1]."""
    return run_activation(OPS["hardsigmoid"], input, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """分段的 swish / ``x * (x + 3) / 6``: 0 below -3, ``x`` above 3."""
    return run_activation(OPS["hardswish"], input, inplace)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """SiLU（swish）激活 / ``x * sigmoid(x)``, also called swish."""
    return run_activation(OPS["silu"], input, inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Mish 激活 / ``x * tanh(log(1 + e^x))``."""
    return run_activation(OPS["mish"], input, inplace)


def softplus(input: Tensor, beta: float = 1, threshold: float = 20, *, out: Any = None) -> Tensor:
    """光滑的整流 / log(1 + exp(beta x)) / beta, linear above ``threshold``."""
    made = run_activation(OPS["softplus"], input, beta=beta, threshold=threshold)
    return _into(out, "softplus", input, made)


def softshrink(input: Tensor, lambd: float = 0.5, *, out: Any = None) -> Tensor:
    """软收缩 / ``x`` moved towards 0 by ``lambd``, not beyond."""
    return _into(out, "softshrink", input, run_activation(OPS["softshrink"], input, lambd=lambd))


def hardshrink(input: Tensor, lambd: float = 0.5, *, out: Any = None) -> Tensor:
    """硬收缩 / ``x``, but 0 within ``lambd`` of 0."""
    return _into(out, "hardshrink", input, run_activation(OPS["hardshrink"], input, lambd=lambd))


def gelu(input: Tensor, approximate: str = "none", *, out: Any = None) -> Tensor:
    """高斯误差线性 / ``x`` times the chance that a standard normal is below it; "tanh" approximates it."""
    return _into(out, "gelu", input, run_activation(OPS["gelu"], input, approximate=approximate))


def logsigmoid(input: Tensor, *, out: Any = None) -> Tensor:
    """sigmoid 的对数 / log(1 / (1 + exp(-x))), without overflow."""
    return _into(out, "logsigmoid", input, run_activation(OPS["logsigmoid"], input))


def tanhshrink(input: Tensor) -> Tensor:
    """减去 tanh / ``x - tanh(x)``."""
    return input - input.tanh()


def softsign(input: Tensor) -> Tensor:
    """软符号函数 / A softer sign, ``x / (1 + |x|)``."""
    return input / (input.abs() + 1)


def _dimension(name: str, input: Tensor, dim: int | None, stacklevel: int) -> int:
    """The dimension that was meant where none is said: deprecated, it warns."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel + 1,
    )
    return 0 if input.dim() in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """指数归一化 / exp(x) / sum(exp(x)) along ``dim``: positive, summing to one."""
    made: Tensor = FUNCTIONS["softmax"](input, _dimension("softmax", input, dim, _stacklevel), dtype)
    return made


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """取负的 softmax / softmax of ``-x`` along ``dim``: the smallest gets the most."""
    made: Tensor = FUNCTIONS["softmax"](-input, _dimension("softmin", input, dim, _stacklevel), dtype)
    return made


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """softmax 的对数 / The logarithm of softmax along ``dim``, without overflow."""
    made: Tensor = FUNCTIONS["log_softmax"](input, _dimension("log_softmax", input, dim, _stacklevel), dtype)
    return made


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """可导的抽样 / A draw from the categories of ``logits``, softened by ``tau``; with ``hard`` one-hot, and its
    gradient that of the soft one.

    Source: Jang, Gu & Poole 2017, "Categorical reparameterization with Gumbel-softmax".
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = -FUNCTIONS["empty_like"](logits.detach()).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    chosen = soft.detach().max(dim, keepdim=True)[1]
    return FUNCTIONS["zeros_like"](soft.detach()).scatter_(dim, chosen, 1.0) - soft.detach() + soft
