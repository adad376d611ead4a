"""Helpers beside tensors. 工具。"""

from typing import Any

from tidu.utils import dlpack

__all__ = ["data", "dlpack"]


def __getattr__(name: str) -> Any:
    if name == "data":  # who asks for one helper need not load the others
        from importlib import import_module

        return import_module("tidu.utils.data")
    raise AttributeError(f"module 'tidu.utils' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
