"""Helpers beside tensors. 工具。"""

from typing import Any

from tidu.utils import dlpack

__all__ = ["checkpoint", "data", "dlpack", "hooks"]


def __getattr__(name: str) -> Any:
    if name in ("checkpoint", "data", "hooks"):  # who asks for one helper need not load the others
        from importlib import import_module

        return import_module(f"tidu.utils.{name}")
    raise AttributeError(f"module 'tidu.utils' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
