"""tidu (梯度): tensors, autograd and neural nets that mean what PyTorch means, in Python one person can read.

``import tidu as torch`` runs beginner PyTorch code unchanged.
梯度：与 PyTorch 含义一致的张量、自动求导与神经网络，一个人一口气能读完的 Python。
"""

import math as _math

from tidu import _dtypes, _inplace, ops  # importing them attaches the operations
from tidu._dtypes import (
    complex64,
    complex128,
    dtype,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
    uint16,
    uint32,
    uint64,
)
from tidu._formats import channels_last, channels_last_3d, contiguous_format, memory_format, preserve_format
from tidu._modes import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from tidu._registry import FUNCTIONS as _FUNCTIONS
from tidu._repr import get_printoptions, printoptions, set_printoptions
from tidu._storage import Storage as UntypedStorage
from tidu._storage import TypedStorage
from tidu._tensor import Size, Tensor, device, strided
from tidu.ops.create import TYPED as _TYPED
from tidu.ops.random import Generator, default_generator

from tidu import autograd, nn, special, utils  # isort: skip

__version__ = "0.1.0"

globals().update(_FUNCTIONS)
globals().update(_TYPED)
globals().update(_dtypes.ALIASES)

pi, e, inf, nan = _math.pi, _math.e, _math.inf, _math.nan
newaxis = None


def __getattr__(name: str):
    if name == "viz":  # imported when it is asked for: it needs the package graphviz
        from importlib import import_module

        return import_module("tidu.viz")
    raise AttributeError(f"module 'tidu' has no attribute '{name}'")
