"""tidu (梯度): tensors, autograd and neural nets that mean what PyTorch means, in Python one person can read.

``import tidu as torch`` runs beginner PyTorch code unchanged.
梯度：与 PyTorch 含义一致的张量、自动求导与神经网络，一个人一口气能读完的 Python。
"""

import math as _math

from tidu import _ahead, _copying, _dtypes, return_types, version
from tidu._device import device, get_default_device, set_default_device
from tidu._dtypes import (
    bfloat16,
    complex32,
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
from tidu._formats import (
    _mkldnn,
    channels_last,
    channels_last_3d,
    contiguous_format,
    layout,
    memory_format,
    preserve_format,
    sparse_bsc,
    sparse_bsr,
    sparse_coo,
    sparse_csc,
    sparse_csr,
    strided,
)
from tidu._inference import inference_mode, is_inference_mode_enabled
from tidu._limits import finfo, iinfo
from tidu._modes import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from tidu._registry import FUNCTIONS as _FUNCTIONS
from tidu._repr import get_printoptions, printoptions, set_printoptions
from tidu._settings import (
    are_deterministic_algorithms_enabled,
    get_float32_matmul_precision,
    get_num_interop_threads,
    is_deterministic_algorithms_warn_only_enabled,
    set_float32_matmul_precision,
    set_flush_denormal,
    set_num_interop_threads,
    use_deterministic_algorithms,
)
from tidu._size import Size
from tidu._storage import Storage as UntypedStorage
from tidu._tensor import Tensor
from tidu._threads import get_num_threads, set_num_threads
from tidu._typed_storage import TypedStorage
from tidu.ops import OF_LAYERS as _OF_LAYERS
from tidu.ops import examples as _examples
from tidu.ops.generator import Generator, default_generator
from tidu.ops.types import TYPED as _TYPED

__version__ = version.__version__

globals().update(_FUNCTIONS)
globals().update(_TYPED)
globals().update(_dtypes.ALIASES)

_examples.attach({"": globals(), "Tensor": vars(Tensor)})

pi, e, inf, nan = _math.pi, _math.e, _math.inf, _math.nan
newaxis = None


# Namespaces that are loaded when they are asked for: a first tensor needs none of them.
_LATER = (
    "accelerator", "amp", "autograd", "backends", "cpu", "cuda", "datasets", "distributions", "fft", "formulas",
    "func", "legacy", "linalg", "mps", "multiprocessing", "nn", "optim", "random", "serialization", "special",
    "utils", "viz", "xpu",
)  # fmt: skip
# Names of theirs that are also ours.
_THEIRS = {
    "GradScaler": "amp", "autocast": "amp", "is_autocast_enabled": "amp", "is_anomaly_enabled": "autograd.anomaly_mode",
    "is_anomaly_check_nan_enabled": "autograd.anomaly_mode", "set_anomaly_enabled": "autograd.anomaly_mode",
    "save": "serialization", "load": "serialization", "vmap": "_vmap",
}  # fmt: skip


def __getattr__(name: str):
    if name in _LATER or name in _THEIRS:
        from importlib import import_module

        module = import_module(f"tidu.{_THEIRS.get(name, name)}")
        return getattr(module, name) if name in _THEIRS else module
    if name in _OF_LAYERS:
        from tidu.ops import layers

        globals().update(layers.MEMBERS)
        return layers.MEMBERS[name]
    raise AttributeError(f"module 'tidu' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, *_THEIRS, *_OF_LAYERS})
