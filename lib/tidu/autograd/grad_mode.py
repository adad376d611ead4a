"""What is recorded, and how: modes of the thread. 梯度模式。

Source: https://docs.pytorch.org/docs/stable/autograd.html#locally-disabling-gradient-computation
"""

from __future__ import annotations

from typing import Any

from tidu._inference import UNTRACKED, inference_mode
from tidu._modes import Mode, enable_grad, modes, no_grad, set_grad_enabled
from tidu._tensor import Tensor

__all__ = [
    "enable_grad", "enforce_grad_layout_policy", "inference_mode", "no_grad", "set_grad_enabled",
    "set_multithreading_enabled",
]  # fmt: skip


class _Switch(Mode):
    """Sets a flag of the thread at once, and puts it back at the end of a ``with``."""

    flag = ""

    def __init__(self, mode: bool) -> None:
        self.mode, self.prev = mode, getattr(modes, self.flag)
        setattr(modes, self.flag, mode)

    def _again(self) -> Any:
        return type(self)(self.mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        setattr(modes, self.flag, self.prev)


class set_multithreading_enabled(_Switch):
    """是否允许多线程反向 / Whether backward may use several threads; tidu's takes one, whatever is said."""

    flag = "multithreading"


def is_multithreading_enabled() -> bool:
    """当前是否允许多线程反向 / What ``set_multithreading_enabled`` has said."""
    return modes.multithreading


class enforce_grad_layout_policy(_Switch):
    """梯度的布局 / Whether a leaf's first gradient is laid out as the leaf is (the default), or as it comes."""

    flag = "lax"

    def __init__(self, enable: bool = True) -> None:
        super().__init__(not enable)

    def _again(self) -> Any:
        return type(self)(not self.mode)


class _unsafe_preserve_version_counter:
    """不计写入 / Inside, writes to these tensors are not counted: nobody is told that a saved value has changed."""

    def __init__(self, tensor: Tensor | tuple[Tensor, ...]) -> None:
        tensors = (tensor,) if isinstance(tensor, Tensor) else tuple(tensor)
        self.known = [(s, s.version) for s in (t.untyped_storage() for t in tensors) if s.version is not UNTRACKED]

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        for storage, version in self.known:
            storage.version = version
