"""Automatic differentiation. 自动微分。

Source: https://docs.pytorch.org/docs/stable/autograd.html
"""

from tidu._engine import backward, grad
from tidu._inference import inference_mode
from tidu._modes import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from tidu.autograd import anomaly_mode, forward_ad, functional, grad_mode, graph, variable
from tidu.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from tidu.autograd.function import Function, NestedIOFunction
from tidu.autograd.grad_mode import (
    enforce_grad_layout_policy,
    is_multithreading_enabled,
    set_multithreading_enabled,
)
from tidu.autograd.gradcheck import gradcheck, gradgradcheck
from tidu.autograd.variable import Variable

__all__ = [
    "Function", "NestedIOFunction", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad",
    "enforce_grad_layout_policy", "forward_ad", "functional", "grad", "grad_mode", "gradcheck", "gradgradcheck",
    "graph", "inference_mode", "is_grad_enabled", "is_multithreading_enabled", "no_grad", "set_detect_anomaly",
    "set_grad_enabled", "set_multithreading_enabled", "variable",
]  # fmt: skip
