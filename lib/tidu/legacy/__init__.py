"""Torch as it was before autograd: kept for what was written for it. 自动微分之前的 Torch。

``legacy.nn`` has layers that compute their own gradient, ``legacy.optim`` functions that take one step, ``Variable``
the wrapper with its ``volatile``. Lua Torch worked so, and PyTorch until 1.0 under this name; ``torch.nn``,
``torch.optim`` and ``torch.no_grad`` replaced them.
"""

from tidu.legacy import nn, optim
from tidu.legacy.variable import Variable

__all__ = ["Variable", "nn", "optim"]
