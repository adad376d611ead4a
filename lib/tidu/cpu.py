"""The processor, with the functions that every device has. 处理器。

Source: https://docs.pytorch.org/docs/stable/cpu.html
"""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """有没有 / Whether there is one: always."""
    return True


def is_initialized() -> bool:
    """是否已启用 / Whether it is in use: always."""
    return True


def device_count() -> int:
    """个数 / How many there are: one."""
    return 1


def current_device() -> str:
    """当前设备 / Its name."""
    return "cpu"


def set_device(device: Any) -> None:
    """选择设备 / Nothing to choose."""


def synchronize(device: Any = None) -> None:
    """等待 / Nothing to wait for."""
