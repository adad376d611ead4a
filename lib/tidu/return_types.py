"""The named tuples that functions with several results return: ``torch.return_types.sort`` and its like. 具名结果。

Source: https://docs.pytorch.org/docs/stable/torch.html
"""

from typing import Any

from tidu._define import RETURN_TYPES as _TYPES


def __getattr__(name: str) -> Any:
    if name in _TYPES:
        return _TYPES[name]
    raise AttributeError(f"module 'tidu.return_types' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(name for name in _TYPES if name[0] != "_")
