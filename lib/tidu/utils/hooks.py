"""Hooks' handles, and hooks that a file does without. 钩子。

Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.register_hook.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tidu._hooks import RemovableHandle

__all__ = ["RemovableHandle", "unserializable_hook"]

F = TypeVar("F", bound=Callable[..., Any])


def unserializable_hook(f: F) -> F:
    """不警告该钩子不随张量保存 / Mark a hook as one that is meant to stay behind when its tensor is saved or sent."""
    setattr(f, "__torch_unserializable__", True)
    return f
