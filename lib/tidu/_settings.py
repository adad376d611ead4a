"""Process-wide settings that programs make and read back: determinism, precision. 全局设置。

Source: https://docs.pytorch.org/docs/stable/torch.html#utilities
"""

from __future__ import annotations

import os
import warnings
from typing import Any

_PRECISIONS = ("highest", "high", "medium")


class _Settings:
    interop_threads = os.cpu_count() or 1
    deterministic = False
    warn_only = False
    precision = "highest"


def _positive(value: Any, function: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise RuntimeError(f"{function} expects an int, but got {type(value).__name__}")
    if value <= 0:
        raise RuntimeError(f"{function} expects a positive integer: got {value}")
    return value


def get_num_interop_threads() -> int:
    """并行任务的线程数 / How many threads run independent operations: kept and given back."""
    return _Settings.interop_threads


def set_num_interop_threads(int: int) -> None:
    """设置并行任务的线程数 / Kept and given back; operations here run one after another."""
    _Settings.interop_threads = _positive(int, "set_num_interop_threads")


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """要求可重复的算法 / Every algorithm here is deterministic; the wish is kept and given back."""
    _Settings.deterministic, _Settings.warn_only = bool(mode), bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """是否要求可重复 / Whether deterministic algorithms were asked for."""
    return _Settings.deterministic


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """是否只警告 / Whether they were asked for with a warning alone."""
    return _Settings.deterministic and _Settings.warn_only


def set_float32_matmul_precision(precision: str) -> None:
    """矩阵乘法的精度 / "highest", "high" or "medium": kept and given back; products here are always full float32."""
    if precision not in _PRECISIONS:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current setting remains unchanged.",
            UserWarning,
            stacklevel=2,
        )
        return
    _Settings.precision = precision


def get_float32_matmul_precision() -> str:
    """矩阵乘法的精度 / What ``set_float32_matmul_precision`` set."""
    return _Settings.precision


def set_flush_denormal(mode: bool) -> bool:
    """次正规数归零 / Whether the processor could be told to flush denormals to zero: only told not to."""
    return not mode
