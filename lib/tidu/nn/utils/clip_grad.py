"""Gradients kept from growing too large. 梯度裁剪。

Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks".
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable

import numpy as np

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.norm import vector_norm

Tensors = Tensor | Iterable[Tensor]


def _several(parameters: Tensors) -> list[Tensor]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


def _gradients(parameters: Tensors) -> list[Tensor]:
    return [p.grad for p in _several(parameters) if p.grad is not None]


def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """整体范数 / The p-norm of all elements of all tensors together, a 0-d tensor.

    ``RuntimeError`` for a norm that is inf or nan, if ``error_if_nonfinite``.
    """
    given = _several(tensors)
    p = float(norm_type)
    if not given:
        return wrap(np.zeros((), np.float32))
    with no_grad():
        norms = FUNCTIONS["stack"]([vector_norm(t.detach(), p) for t in given])
        total: Tensor = vector_norm(norms, p)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {p} for gradients from `parameters` is non-finite, so it cannot be clipped. To "
            "disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """按已知范数裁剪 / Gradients scaled, in place, by ``max_norm / total_norm`` where that is less than 1."""
    with no_grad():
        factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
        for g in _gradients(parameters):
            g.mul_(factor.to(g.device))


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """按范数裁剪梯度 / All gradients scaled together, in place, so that their p-norm is at most ``max_norm``.

    Returns the norm they had. ``foreach`` is accepted.
    """
    if not isinstance(parameters, Tensor):
        was_iterator = iter(parameters) is parameters
        parameters = list(parameters)
        if not parameters and was_iterator:
            warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=3)
    total = get_total_norm(_gradients(parameters), norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(parameters, max_norm, total, foreach)
    return total


def clip_grad_norm(
    parameters: Tensors, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """旧名 / Deprecated name of ``clip_grad_norm_``: it warns."""
    warnings.warn(
        "torch.nn.utils.clip_grad_norm is now deprecated in favor of torch.nn.utils.clip_grad_norm_.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """按值裁剪梯度 / Each element of the gradients limited, in place, to ``[-clip_value, clip_value]``."""
    limit = float(clip_value)
    with no_grad():
        for g in _gradients(parameters):
            g.clamp_(min=-limit, max=limit)
