"""Automatic differentiation. 自动微分。

Source: https://docs.pytorch.org/docs/stable/autograd.html
"""

import warnings
from typing import Any

from tidu._engine import backward, grad
from tidu._modes import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from tidu._tensor import Tensor
from tidu.autograd import forward_ad, functional, graph
from tidu.autograd.anomaly import detect_anomaly, set_detect_anomaly
from tidu.autograd.function import Function
from tidu.autograd.gradcheck import gradcheck, gradgradcheck

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "forward_ad", "functional", "grad",
    "gradcheck", "gradgradcheck", "graph", "inference_mode", "is_grad_enabled", "no_grad", "set_detect_anomaly",
    "set_grad_enabled",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("profiler", "profiler_util"):
        from importlib import import_module

        return import_module(f"tidu.autograd.{name}")
    raise AttributeError(f"module 'tidu.autograd' has no attribute '{name}'")


class _VariableMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableMeta):
    """The wrapper that tensors needed before PyTorch 0.4; now it returns the tensor. 旧版的变量，现在就是张量。

    ``volatile=True`` meant "record nothing here"; it is accepted, has no effect, and warns: use ``no_grad``.
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = False, volatile: bool | None = None) -> Tensor:  # type: ignore[misc]
        if volatile is not None:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
                UserWarning,
                stacklevel=2,
            )
        t = Tensor() if data is None else data
        if not isinstance(t, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(t).__name__}")
        out = t.detach()
        return out.requires_grad_() if requires_grad else out
