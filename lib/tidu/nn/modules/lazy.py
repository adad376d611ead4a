"""Layers that find out their sizes from the first input. 由第一次输入决定形状的层。

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html
"""

from __future__ import annotations

from typing import Any

from tidu.nn.parameter import is_lazy


class LazyModuleMixin:
    """推迟定型 / Put before a module class: ``initialize_parameters(*args)`` runs before the first forward.

    It gives the uninitialized parameters their shapes; the module then becomes a ``cls_to_become``. A state that has
    been saved with shapes gives them, too.
    """

    cls_to_become: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module: Any = self
        self._load_hook = module._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = module.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """定下形状 / For a subclass: materialize the parameters, given forward's arguments."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """是否还有未定型的参数 / Whether any parameter or buffer has no shape yet."""
        module: Any = self
        return any(map(is_lazy, [*module._parameters.values(), *module._buffers.values()]))

    def _lazy_load_hook(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        """Take shapes from a saved state."""
        module: Any = self
        for name, t in [*module._parameters.items(), *module._buffers.items()]:
            given = state_dict.get(prefix + name)
            if is_lazy(t) and given is not None and not is_lazy(given):
                t.materialize(given.shape)

    def _infer_parameters(self, module: Any, args: Any, kwargs: Any = None) -> None:
        kwargs = kwargs or {}
        module.initialize_parameters(*args, **kwargs)
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {module._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become
