"""Weight normalisation by a hook: the older way, whose state has ``weight_g`` and ``weight_v``. 旧式的权重归一化。

``tidu.nn.utils.parametrizations.weight_norm`` is the newer one.
Source: Salimans & Kingma 2016, "Weight normalization".
"""

from __future__ import annotations

import warnings
from typing import Any

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn.modules.hooks import popped
from tidu.nn.modules.module import Module
from tidu.nn.parameter import Parameter, is_lazy

_weight_norm, norm_except_dim = FUNCTIONS["_weight_norm"], FUNCTIONS["norm_except_dim"]


class WeightNorm:
    """权重归一化的钩子 / Before each call: the weight from its lengths ``name_g`` and its directions ``name_v``."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """算出权重 / The weight of the module's two parameters."""
        v, g = (getattr(module, self.name + end) for end in ("_v", "_g"))
        made: Tensor = _weight_norm(v, g, self.dim)
        return made

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> WeightNorm:
        """装上 / Splits the module's parameter in two, and registers the hook."""
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm) and hook.name == name:
                raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        made = WeightNorm(name, dim)
        weight: Any = getattr(module, name)
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure to run the dummy "
                "forward before applying weight normalization"
            )
        length = norm_except_dim(weight, 2, made.dim).data  # the first to say what is wrong with the weight
        del module._parameters[name]
        module.register_parameter(name + "_g", Parameter(length))
        module.register_parameter(name + "_v", Parameter(weight.data))
        setattr(module, name, made.compute_weight(module))
        module.register_forward_pre_hook(made)
        return made

    def remove(self, module: Module) -> None:
        """卸下 / The weight is one parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[self.name + "_g"], module._parameters[self.name + "_v"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Module, name: str = "weight", dim: int = 0) -> Module:
    """权重归一化（旧式）/ The module, its weight from a length for each slice along ``dim`` and a direction.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """取消权重归一化 / The module with one weight again, as it is now."""
    hook = popped(module._forward_pre_hooks, lambda h: isinstance(h, WeightNorm) and h.name == name)
    if hook is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    hook.remove(module)
    return module


__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]
