"""Modules without the time that drawing their parameters takes. 跳过初始化。"""

from __future__ import annotations

import inspect
from typing import Any

from tidu.nn.modules.module import Module


def skip_init(module_cls: type[Module], *args: Any, **kwargs: Any) -> Module:
    """跳过初始化 / ``module_cls(*args, **kwargs)`` with parameters of any content; no random numbers are drawn."""
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    quiet = type(module_cls.__name__, (module_cls,), {"reset_parameters": lambda self: None})
    made: Module = quiet(*args, **kwargs)
    made.__class__ = module_cls
    return made
