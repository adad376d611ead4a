"""Gradients of convolutions as functions. 卷积的梯度函数。

Source: https://docs.pytorch.org/docs/stable/nn.html
"""

from __future__ import annotations

from typing import Any

from tidu import _engine
from tidu._modes import enable_grad, is_grad_enabled
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _gradient(ndim: int, input: Any, weight: Any, of_input: bool, upstream: Tensor, *options: Any) -> Any:
    """The gradient of one operand, of which only the shape is given: a convolution is linear in each."""
    shape, other = (input, weight) if of_input else (weight, input)
    with enable_grad():
        wanted = other.new_zeros(tuple(shape), requires_grad=True)
        operands = (wanted, other) if of_input else (other, wanted)
        made = FUNCTIONS[f"conv{ndim}d"](*operands, None, *options)
    (found,) = _engine.grad(made, wanted, upstream, create_graph=is_grad_enabled())
    return found


def _functions(ndim: int) -> tuple[Any, Any]:
    def of_input(
        input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:  # fmt: skip
        return _gradient(ndim, input_size, weight, True, grad_output, stride, padding, dilation, groups)

    def of_weight(
        input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:  # fmt: skip
        return _gradient(ndim, input, weight_size, False, grad_output, stride, padding, dilation, groups)

    for function, name, what in ((of_input, "input", "输入"), (of_weight, "weight", "权重")):
        function.__name__ = function.__qualname__ = f"conv{ndim}d_{name}"
        function.__doc__ = f"卷积{what}的梯度 / The gradient of a convolution's {name}, given that of its result."
    return of_input, of_weight


conv1d_input, conv1d_weight = _functions(1)
conv2d_input, conv2d_weight = _functions(2)
conv3d_input, conv3d_weight = _functions(3)
