"""Intel's GPUs: there are none here, and each function says so as PyTorch does. 英特尔显卡。

Source: https://docs.pytorch.org/docs/stable/xpu.html
"""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """有没有 / Whether there is one: never."""
    return False


def is_initialized() -> bool:
    """是否已启用 / Whether it has been used: never."""
    return False


def device_count() -> int:
    """个数 / How many there are: none."""
    return 0


def empty_cache() -> None:
    """释放缓存 / Nothing to give back."""


def manual_seed(seed: int) -> None:
    """设定种子 / Nothing to seed."""
    int(seed)


manual_seed_all = manual_seed


def current_device() -> int:
    """当前编号 / ``AssertionError``: there is none."""
    raise AssertionError("Torch not compiled with XPU enabled")


def synchronize(device: Any = None) -> None:
    """等待 / ``AssertionError``: there is none."""
    raise AssertionError("Torch not compiled with XPU enabled")


def get_device_name(device: Any = None) -> str:
    """名字 / ``AssertionError``: there is none."""
    raise AssertionError("Torch not compiled with XPU enabled")
