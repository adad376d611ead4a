"""Whatever speeds computing up on this machine, without naming it. 加速器。

Source: https://docs.pytorch.org/docs/stable/accelerator.html
"""

from __future__ import annotations

import warnings
from typing import Any

from tidu import cuda as _cuda
from tidu._device import NO_ACCELERATOR as _NONE
from tidu._device import device as _device


def is_available() -> bool:
    """有没有加速器 / Whether there is one: a GPU that CuPy can use."""
    return _cuda.is_available()


def current_accelerator(check_available: bool = False) -> _device | None:
    """当前加速器 / Its device, without a number; None where there is none."""
    return _device("cuda") if _cuda.is_available() else None


def device_count() -> int:
    """加速器个数 / How many there are."""
    return _cuda.device_count()


def _needed() -> None:
    if not _cuda.is_available():
        raise RuntimeError(_NONE)


def current_device_index() -> int:
    """当前加速器的编号 / The number of the current one."""
    _needed()
    return _cuda.current_device()


def set_device_index(device: Any) -> None:
    """选择加速器 / Make another one the current one."""
    _needed()
    _cuda.set_device(device)


def synchronize(device: Any = None) -> None:
    """等待算完 / Wait until it has done all it was asked to do."""
    _needed()
    _cuda.synchronize(device)


def current_stream(device: Any = None) -> Any:
    """当前指令流 / The queue that work goes to now."""
    _needed()
    return _cuda.current_stream(device)


def _old(name: str) -> None:
    warnings.warn(f"Use `{name.replace('idx', 'index')}` instead.", FutureWarning, stacklevel=3)


def current_device_idx() -> int:
    """旧名 / ``current_device_index`` by its old name, which warns."""
    _old("current_device_idx")
    return current_device_index()


def set_device_idx(device: Any) -> None:
    """旧名 / ``set_device_index`` by its old name, which warns."""
    _old("set_device_idx")
    set_device_index(device)
