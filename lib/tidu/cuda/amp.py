"""The names that mixed precision had when it was the GPU's alone. 旧名。

Source: https://docs.pytorch.org/docs/stable/amp.html
"""

from __future__ import annotations

import warnings
from typing import Any

from tidu import amp
from tidu._dtypes import dtype, float16

__all__ = ["GradScaler", "autocast"]


def _old(name: str) -> None:
    warnings.warn(
        f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cuda', args...)` instead.",
        FutureWarning,
        stacklevel=3,
    )


class autocast(amp.autocast):
    """``torch.amp.autocast("cuda", ...)``. 自动混合精度的旧名。"""

    def __init__(self, enabled: bool = True, dtype: dtype = float16, cache_enabled: bool = True) -> None:
        _old("autocast")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """``torch.amp.GradScaler("cuda", ...)``. 梯度缩放的旧名。"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _old("GradScaler")
        super().__init__("cuda", *args, **kwargs)
