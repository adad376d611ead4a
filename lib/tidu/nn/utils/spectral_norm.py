"""Spectral normalisation by a hook: the older way, whose state has ``weight_orig``. 旧式的谱归一化。

``tidu.nn.utils.parametrizations.spectral_norm`` is the newer one.
Source: Miyato et al. 2018, "Spectral normalization for generative adversarial networks".
"""

from __future__ import annotations

from typing import Any

from tidu._modes import no_grad
from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.hooks import popped
from tidu.nn.modules.module import Module
from tidu.nn.parameter import Parameter, is_lazy
from tidu.nn.utils.parametrizations import output_dim


class SpectralNorm:
    """谱归一化的钩子 / Before each call: ``name_orig`` divided by its largest singular value.

    ``name_u`` and ``name_v`` estimate its singular vectors; a call in training makes ``n_power_iterations`` steps.
    """

    _version = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name, self.dim, self.n_power_iterations, self.eps = name, dim, n_power_iterations, eps

    def reshape_weight_to_matrix(self, weight: Tensor) -> Tensor:
        """排成矩阵 / A row for each output."""
        others = [d for d in range(weight.dim()) if d != self.dim]
        moved = weight.permute(self.dim, *others) if self.dim else weight
        return moved.reshape(moved.shape[0], -1)

    def _unit(self, x: Tensor) -> Tensor:
        return F.normalize(x, dim=0, eps=self.eps)

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """算出权重 / The weight, after steps of the power method on the singular vectors, which stay in place."""
        weight, u, v = (getattr(module, self.name + end) for end in ("_orig", "_u", "_v"))
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(self._unit(matrix.t().mv(u)))
                    u.copy_(self._unit(matrix.mv(v)))
                u, v = u.clone(), v.clone()  # the next step must not change what the graph holds
        divided: Tensor = weight / u.dot(matrix.mv(v))
        return divided

    @staticmethod
    def apply(module: Module, name: str, n_power_iterations: int, dim: int, eps: float) -> SpectralNorm:
        """装上 / Renames the module's parameter, draws the vectors, and registers the hook."""
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm) and hook.name == name:
                raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
        made = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `SpectralNorm` can't have uninitialized parameters. Make sure to run the dummy "
                "forward before applying spectral normalization"
            )
        with no_grad():
            rows, columns = made.reshape_weight_to_matrix(weight).shape
            u = made._unit(weight.new_empty(rows).normal_(0, 1))
            v = made._unit(weight.new_empty(columns).normal_(0, 1))
        del module._parameters[name]
        module.register_parameter(name + "_orig", weight)
        setattr(module, name, weight.data)
        module.register_buffer(name + "_u", u)
        module.register_buffer(name + "_v", v)
        module.register_forward_pre_hook(made)
        module._register_state_dict_hook(SpectralNormStateDictHook(made))
        module._register_load_state_dict_pre_hook(SpectralNormLoadStateDictPreHook(made))
        return made

    def remove(self, module: Module) -> None:
        """卸下 / The weight is one parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        delattr(module, self.name)
        for end in ("_u", "_v", "_orig"):
            delattr(module, self.name + end)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


class SpectralNormStateDictHook:
    """写明版本 / Notes in a state's metadata in which form the vectors are in it."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(self, module: Module, state_dict: Any, prefix: str, local_metadata: dict[str, Any]) -> None:
        versions = local_metadata.setdefault("spectral_norm", {})
        key = self.fn.name + ".version"
        if key in versions:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        versions[key] = self.fn._version


class SpectralNormLoadStateDictPreHook:
    """读旧状态 / A state from before there was a version has ``weight`` and no ``weight_v``: solved for here."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(
        self, state_dict: Any, prefix: str, local_metadata: dict[str, Any], strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        name = self.fn.name
        version = local_metadata.get("spectral_norm", {}).get(name + ".version")
        if version is not None and version >= 1:
            return
        key = prefix + name
        held = [key + end for end in ("_orig", "", "_u")]
        if version is None and key not in state_dict and all(key + e in state_dict for e in ("_orig", "_u", "_v")):
            return  # a state of the new form that has lost its metadata
        absent = [k for k in held if k not in state_dict]
        if absent:
            missing_keys += absent if strict else []
            return
        with no_grad():
            weight, old = state_dict[key + "_orig"], state_dict.pop(key)
            sigma = (weight / old).mean()
            matrix, u = self.fn.reshape_weight_to_matrix(weight), state_dict[key + "_u"]
            v = (matrix.t().mm(matrix).pinverse() @ (matrix.t() @ u.unsqueeze(1))).squeeze(1)
            state_dict[key + "_v"] = v * (sigma / u.dot(matrix.mv(v)))


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """谱归一化（旧式）/ The module, its weight divided by the largest singular value, estimated as training goes on.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.spectral_norm.html
    """
    SpectralNorm.apply(module, name, n_power_iterations, output_dim(module, dim), eps)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """取消谱归一化 / The module with one weight again, as it is now."""
    hook = popped(module._forward_pre_hooks, lambda h: isinstance(h, SpectralNorm) and h.name == name)
    if hook is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    hook.remove(module)
    kinds = SpectralNormStateDictHook, SpectralNormLoadStateDictPreHook
    for hooks in (module._state_dict_hooks, module._load_state_dict_pre_hooks):
        popped(hooks, lambda h: isinstance(h, kinds) and h.fn.name == name)
    return module


__all__ = [
    "SpectralNorm", "SpectralNormLoadStateDictPreHook", "SpectralNormStateDictHook", "remove_spectral_norm",
    "spectral_norm",
]  # fmt: skip
