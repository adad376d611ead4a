"""PyTorch, to compare with where the version that was recorded is installed; one thread, as tidu's tests have."""

from __future__ import annotations

from typing import Any

from tests.ops import golden

torch: Any
try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

LIVE = torch is not None and torch.__version__.startswith(golden.VERSION)
