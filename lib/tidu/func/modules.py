"""Modules as functions of their parameters. 把模块当作参数的函数。

Source: https://docs.pytorch.org/docs/stable/func.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn.modules.batchnorm import _BatchNorm
from tidu.nn.modules.module import Module
from tidu.nn.utils.stateless import functional_call

__all__ = ["functional_call", "replace_all_batch_norm_modules_", "stack_module_state"]


def _stacked(states: Sequence[dict[str, Tensor]]) -> dict[str, Any]:
    made = {}
    for name, first in states[0].items():
        made[name] = FUNCTIONS["stack"]([s[name].detach() for s in states])
        made[name].requires_grad_(first.requires_grad)
    return made


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """叠起多个模型的状态 / Parameters and buffers of like models by name, each stacked along a new first dimension.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.stack_module_state.html
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return _stacked([dict(m.named_parameters()) for m in models]), _stacked([dict(m.named_buffers()) for m in models])


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """停用批归一化的统计量 / Take the running statistics away from all batch norms in ``root``, in place; returns it.

    A running mean is written to at each call, which a transform cannot see through; without one a batch norm uses the
    statistics of its batch, in both modes.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.replace_all_batch_norm_modules_.html
    """
    for module in root.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
