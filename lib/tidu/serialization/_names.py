"""What PyTorch's files call things, and what they are here. PyTorch 文件中的名字与这里的对象。

A pickle names classes and functions by module and name. Files are PyTorch's, so that what is ours stands in them under
PyTorch's name: ``torch.nn.modules.linear.Linear``. Most modules of ours are called as PyTorch's but for the first word;
what is elsewhere stands in the tables below. Classes of upper floors are found by name, as every pickle finds them.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import import_module
from types import FunctionType
from typing import Any

from tidu import _dtypes, _formats, return_types
from tidu._define import ReturnType
from tidu._device import device
from tidu._hooks import RemovableHandle
from tidu._registry import FUNCTIONS
from tidu._size import Size
from tidu._storage import Storage
from tidu._tensor import Tensor
from tidu._typed_storage import TypedStorage
from tidu.ops.generator import Generator
from tidu.ops.types import TYPED
from tidu.serialization import _rebuild
from tidu.serialization._rebuild import STORAGES, StorageType

# What has no class or function of that name in our module of that name.
PLACED: dict[tuple[str, str], Any] = {
    ("torch", "Size"): Size,
    ("torch", "Tensor"): Tensor,
    ("torch", "device"): device,
    ("torch", "dtype"): _dtypes.dtype,
    ("torch", "layout"): _formats.layout,
    ("torch", "memory_format"): _formats.memory_format,
    ("torch._C", "Generator"): Generator,
    ("torch.storage", "UntypedStorage"): Storage,
    ("torch.storage", "TypedStorage"): TypedStorage,
    ("torch.utils.hooks", "RemovableHandle"): RemovableHandle,
    ("torch.serialization", "_get_layout"): _rebuild._get_layout,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuild._rebuild_from_type_v2,
    **{
        ("torch._utils", f.__name__): f
        for f in (_rebuild._rebuild_tensor, _rebuild._rebuild_tensor_v2, _rebuild._rebuild_tensor_v3)
    },
}
_NAMES = {id(value): name for name, value in PLACED.items()}
ABSENT = {("torch._utils", name): f for name, f in _rebuild.ABSENT.items()}

# Classes that stand in another module there.
MOVED = {
    ("tidu.nn.parameter", "_rebuild_parameter"): "torch._utils",
    ("tidu.nn.parameter", "_rebuild_parameter_with_state"): "torch._utils",
    ("tidu.nn.modules.attention", "MultiheadAttention"): "torch.nn.modules.activation",
    ("tidu.nn.modules.fractional", "FractionalMaxPool2d"): "torch.nn.modules.pooling",
    ("tidu.nn.modules.fractional", "FractionalMaxPool3d"): "torch.nn.modules.pooling",
    ("tidu.nn.modules.linear_cross_entropy", "LinearCrossEntropyLoss"): "torch.nn.modules.loss",
    ("tidu.nn.modules.linear_cross_entropy", "LinearCrossEntropyOptions"):
        "torch.nn.modules.linear_cross_entropy_options",
    ("tidu.nn.parallel", "DataParallel"): "torch.nn.parallel.data_parallel",
    ("tidu.optim.adafactor", "Adafactor"): "torch.optim",
    ("tidu.optim.muon", "Muon"): "torch.optim",
    ("tidu.distributions.gamma", "Chi2"): "torch.distributions.chi2",
    ("tidu.amp", "GradScaler"): "torch.amp.grad_scaler",
    ("tidu.amp", "autocast"): "torch.amp.autocast_mode",
    ("tidu.autograd", "Variable"): "torch.autograd.variable",
    ("tidu.autograd.anomaly_mode", "detect_anomaly"): "torch.autograd.anomaly_mode",
    ("tidu.autograd.anomaly_mode", "set_detect_anomaly"): "torch.autograd.anomaly_mode",
    **{
        ("tidu._modes", name): "torch.autograd.grad_mode"
        for name in ("no_grad", "enable_grad", "set_grad_enabled")
    },
    ("tidu._inference", "inference_mode"): "torch.autograd.grad_mode",
}  # fmt: skip
_BACK = {(theirs, name): ours for (ours, name), theirs in MOVED.items()}
# What is in one of their files is in several of ours.
GATHERED = ("tidu.optim.lr_scheduler", "tidu.nn.functional")
# Where a name is looked for that PyTorch has in a module of its own, or in C++.
ELSEWHERE = {
    "torch._C": "tidu",
    "torch._C._VariableFunctions": "tidu",
    "torch._C._nn": "tidu.nn.functional",
    "torch.functional": "tidu",
    "torch.tensor": "tidu",
    "torch._tensor": "tidu",
}


def written(obj: Any) -> tuple[str, str] | None:
    """The module and name that a class, function or dtype of ours has in a file; None for what is not ours."""
    if id(obj) in _NAMES:
        return _NAMES[id(obj)]
    if isinstance(obj, _dtypes.dtype):
        return "torch", obj.name
    if isinstance(obj, _formats.memory_format):
        return "torch", obj.name
    if isinstance(obj, StorageType):
        return "torch", next(name for name, of in STORAGES.items() if of is obj.dtype)
    module, name = getattr(obj, "__module__", None), getattr(obj, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    if isinstance(obj, type) and issubclass(obj, ReturnType):
        return "torch.return_types", obj.__name__
    if TYPED.get(name) is obj:
        return "torch", name
    if module.partition(".")[0] != "tidu":
        return None
    if (module, name) in MOVED:
        return MOVED[module, name], name
    if isinstance(obj, FunctionType):
        if FUNCTIONS.get(name) is obj:
            return "torch", name
        if getattr(sys.modules.get("tidu.nn.functional"), name, None) is obj:
            return "torch.nn.functional", name
    for home in GATHERED:
        if module.startswith(home + "."):
            module = home
    return "torch" + module[len("tidu") :], name


def found(module: str, name: str) -> Any:
    """What a file means by a name of PyTorch's; ``AttributeError`` where there is nothing such here."""
    if (module, name) in PLACED:
        return PLACED[module, name]
    if (module, name) in ABSENT:
        return ABSENT[module, name]
    if module in ("torch", "torch.storage") and name in STORAGES:
        return StorageType(name)
    if module == "torch" and (of := dtypes().get(name)) is not None:
        return of
    if module == "torch.return_types":
        return _several(name)
    if (module, name) == ("torch._C", "_VariableFunctionsClass"):
        return import_module("tidu")
    ours = _BACK.get((module, name)) or ELSEWHERE.get(module) or "tidu" + module[len("torch") :]
    try:
        value: Any = import_module(ours)
        for part in name.split("."):
            value = getattr(value, part)
    except (ImportError, AttributeError):
        raise AttributeError(f"the file names {module}.{name}, of which tidu has no counterpart") from None
    return value


def is_theirs(module: str) -> bool:
    """Whether a module in a file is PyTorch's."""
    return module == "torch" or module.startswith("torch.")


@lru_cache(1)
def dtypes() -> dict[str, _dtypes.dtype]:
    """All dtypes by name."""
    beyond = (_dtypes.bfloat16, _dtypes.complex32)
    return {of.name: of for of in (*_dtypes.ALL, *beyond)}


def _several(name: str) -> Any:
    kind = getattr(return_types, name, None)
    if kind is None:
        raise AttributeError(f"the file names torch.return_types.{name}, of which tidu has no counterpart")

    def named(values: Any, extra: Any = None) -> Any:
        return kind(values)

    return named
