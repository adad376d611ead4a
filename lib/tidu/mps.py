"""Apple's GPUs: there are none here, and each function says so as PyTorch does. 苹果显卡。

Source: https://docs.pytorch.org/docs/stable/mps.html
"""

from __future__ import annotations


def is_available() -> bool:
    """有没有 / Whether there is one: never."""
    return False


def device_count() -> int:
    """个数 / How many there are: none."""
    return 0


def synchronize() -> None:
    """等待 / ``RuntimeError``: there is none."""
    raise RuntimeError("Cannot execute deviceSynchronize() without MPS backend.")


def empty_cache() -> None:
    """释放缓存 / ``RuntimeError``: there is none."""
    raise RuntimeError("Cannot execute emptyCache() without MPS backend.")


def manual_seed(seed: int) -> None:
    """设定种子 / ``RuntimeError``: there is none."""
    raise RuntimeError("Cannot execute getDefaultMPSGenerator() without MPS backend.")
