"""Types by name: the old constructors, ``isinstance`` by dtype, questions about dtypes. 类型。

Source: https://docs.pytorch.org/docs/stable/tensors.html#data-types
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import is_int, shape_of, type_name
from tidu._backend import gpu
from tidu._define import publish
from tidu._device import device
from tidu._formats import strided
from tidu._naming import Named
from tidu._operands import NUMBERS
from tidu._registry import FUNCTIONS
from tidu._storage import Storage
from tidu._tensor import Tensor, _TensorMeta, wrap
from tidu._typed_storage import TypedStorage
from tidu.ops.convert import to_device, to_dtype
from tidu.ops.create import finish, infer


def _construct(target: np.dtype, args: tuple[Any, ...], name: str) -> Tensor:
    """``Tensor(2, 3)`` is uninitialised memory of that size, ``Tensor([2, 3])`` holds those numbers. 旧式构造函数。"""
    if not args:
        return wrap(np.empty((0,), target))
    if len(args) == 1 and not is_int(args[0]):
        data = args[0]
        if type(data).__name__ == "Size":
            return wrap(np.empty(tuple(data), target))
        if isinstance(data, NUMBERS):
            raise TypeError(
                f"new(): data must be a sequence (got {type_name(data)}): argument 1 of {name}() is {data!r}"
            )
        if isinstance(data, Tensor):
            if data._array.dtype != target:
                raise TypeError(f"{name}(): expected a tensor of {_dtypes.of(target)} (got {data.dtype})")
            return data.detach()
        return wrap(np.array(infer(data, name)).astype(target))
    return wrap(np.empty(shape_of(args, name), target))


def _legacy_tensor(*args: Any, device: Any = None) -> Tensor:
    return finish(_construct(_dtypes.default_floating(), args, "Tensor")._array, "Tensor", False, device)


_TensorMeta.construct = staticmethod(_legacy_tensor)


def _new(self: Tensor, *size: Any, device: Any = None) -> Tensor:
    """旧式的新张量 / As the constructor of this tensor's type: memory of a size, or the numbers of a list."""
    return finish(_construct(self._array.dtype, size, "new")._array, "new", False, device or self.device)


publish("new", _new, namespace=False)


class tensortype(Named):
    """What ``LongTensor`` is: a constructor, and ``isinstance`` by dtype and device. 张量类型。"""

    _shown = "torch.tensortype"

    dtype: _dtypes.dtype
    is_cuda: bool
    is_sparse = False
    layout = strided

    def __call__(cls, *args: Any, **options: Any) -> Any:
        cls.check_available()
        if cls.dtype is _dtypes.bfloat16:
            cls.dtype.numpy  # noqa: B018  (says so where ml_dtypes is missing)
        made = _construct(cls.dtype.numpy, args, cls.__name__)
        return to_device(made, device("cuda")) if cls.is_cuda else made

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype and instance.is_cuda is cls.is_cuda

    def check_available(cls) -> None:
        """``TypeError`` for a type on the GPU where there is none."""
        if cls.is_cuda and not gpu():
            raise TypeError(f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA enabled.")


def _typed(d: _dtypes.dtype, name: str, cuda: bool) -> tensortype:
    module = "torch.cuda" if cuda else "torch"
    doc = f"旧式构造函数 / Constructor of {d.name} tensors{' on the GPU' if cuda else ''}."
    return tensortype(
        name, (), {"dtype": d, "is_cuda": cuda, "__module__": module, "_shown": f"{module}.{name}", "__doc__": doc}
    )


TYPED = {name: _typed(d, name, False) for d, name in _dtypes.TYPE_NAMES.items()}
CUDA_TYPED = {name: _typed(d, name, True) for d, name in _dtypes.TYPE_NAMES.items()}
_BY_TYPE_NAME = {f"{kind.__module__}.{name}": kind for table in (TYPED, CUDA_TYPED) for name, kind in table.items()}


def _type(self: Tensor, dtype: Any = None, non_blocking: bool = False, **unused: Any) -> Any:
    """类型名或转换 / The type's old name (``torch.FloatTensor``), or this tensor in another type."""
    if dtype is None:
        return _name_of(self)
    if dtype is Tensor or dtype == "torch.Tensor":
        dtype = _dtypes.get_default_dtype()
    kind = dtype if isinstance(dtype, tensortype) else None
    if isinstance(dtype, str):
        if dtype not in _BY_TYPE_NAME:
            raise ValueError(f"invalid type: '{dtype}': argument 'dtype' must be one of {', '.join(_BY_TYPE_NAME)}")
        kind = _BY_TYPE_NAME[dtype]
    if kind is None:
        if not isinstance(dtype, (_dtypes.dtype, type)):
            raise TypeError("dtype must be a type, str, or dtype object")
        return to_dtype(self, _dtypes.parse(dtype, "type"))
    if kind.is_cuda and not gpu():
        raise ValueError(f"invalid type: 'torch.cuda.{kind.__name__}'")
    return to_device(to_dtype(self, kind.dtype.numpy), device("cuda" if kind.is_cuda else "cpu"))


publish("type", _type, namespace=False)


def _name_of(x: Tensor) -> str:
    return f"torch.{'cuda.' if x.is_cuda else ''}{_dtypes.TYPE_NAMES.get(x.dtype, x.dtype.name)}"


class _Warned:
    tensor_type = False


def set_default_tensor_type(t: Any) -> None:
    """设置默认张量类型 / The floating type of new tensors, ``"torch.DoubleTensor"`` or the class; deprecated: it warns.

    ``set_default_dtype`` and ``set_default_device`` say the same in two calls.
    """
    if isinstance(t, str):
        module, _, name = t.rpartition(".")
        if module not in ("torch", "torch.cuda"):
            t = getattr(import_module(module or name), name)
        t = _BY_TYPE_NAME.get(f"{module}.{name}", t)
    if not _Warned.tensor_type:
        _Warned.tensor_type = True
        warnings.warn(
            "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
            "torch.set_default_device() as alternatives.",
            UserWarning,
            stacklevel=2,
        )
    if not isinstance(t, tensortype):
        raise TypeError(
            f"invalid type object: only floating-point types are supported as the default type: argument 't' is {t!r}"
        )
    t.check_available()
    _dtypes.set_default_dtype(t.dtype)


# ---- questions


def _asked(input: Any, function: str) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return input


def is_tensor(obj: Any) -> bool:
    """是否张量 / Whether ``obj`` is a tensor."""
    return isinstance(obj, Tensor)


def is_storage(obj: Any) -> bool:
    """是否内存块 / Whether ``obj`` is the storage of a tensor."""
    return isinstance(obj, (Storage, TypedStorage))


def is_floating_point(input: Tensor) -> bool:
    """是否浮点 / Whether the dtype is floating."""
    return _asked(input, "is_floating_point").dtype.is_floating_point


def is_complex(input: Tensor) -> bool:
    """是否复数 / Whether the dtype is complex."""
    return _asked(input, "is_complex").dtype.is_complex


def is_signed(input: Tensor) -> bool:
    """是否带符号 / Whether the dtype has negative numbers."""
    return _asked(input, "is_signed").dtype.is_signed


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """形状是否相同 / Whether two tensors have the same shape."""
    return _asked(input, "is_same_size").shape == _asked(other, "is_same_size").shape


def is_inference(input: Tensor) -> bool:
    """是否推理张量 / Whether the tensor was made under ``inference_mode``."""
    return _asked(input, "is_inference").is_inference()


def get_device(input: Tensor) -> int:
    """显卡编号 / The number of the GPU that the tensor is on, -1 on the CPU."""
    where = _asked(input, "get_device").device
    return -1 if where.index is None else where.index


def numel(input: Tensor) -> int:
    """元素个数 / Number of elements."""
    return _asked(input, "numel").numel()


def typename(obj: Any) -> str:
    """类型名 / The name of a tensor's type (``torch.FloatTensor``), or of any object's."""
    if isinstance(obj, Tensor):
        return _name_of(obj)
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", "")
    return kind.__qualname__ if module in ("", "builtins") else f"{module}.{kind.__qualname__}"


def result_type(tensor1: Any, tensor2: Any) -> _dtypes.dtype:
    """运算结果的类型 / The dtype that an operation on the two would give."""
    for i, x in enumerate((tensor1, tensor2), 1):
        if not isinstance(x, (Tensor, *NUMBERS)):
            raise TypeError(f"result_type(): argument 'tensor{i}' (position {i}) must be Tensor, not {type_name(x)}")
    return _dtypes.of(_dtypes.result_type([x._array if isinstance(x, Tensor) else x for x in (tensor1, tensor2)]))


def promote_types(type1: _dtypes.dtype, type2: _dtypes.dtype) -> _dtypes.dtype:
    """两种类型的提升结果 / The smallest dtype that both go to."""
    first, second = _dtypes.parse(type1, "promote_types", "type1"), _dtypes.parse(type2, "promote_types", "type2")
    return _dtypes.of(_dtypes.promote_types(first, second))


def can_cast(from_: _dtypes.dtype, to: _dtypes.dtype) -> bool:
    """能否转换 / Whether results of one dtype may be written into another: float not into int, int not into bool."""
    return _dtypes.can_cast(_dtypes.parse(from_, "can_cast", "from_"), _dtypes.parse(to, "can_cast", "to"))


for _made in (
    set_default_tensor_type, is_tensor, is_storage, is_floating_point, is_complex, is_signed, is_same_size,
    is_inference, get_device, numel, typename, result_type, promote_types, can_cast,
):  # fmt: skip
    FUNCTIONS[_made.__name__] = _made
for _made in (
    is_floating_point, is_complex, is_signed, is_same_size, get_device,
):  # fmt: skip
    setattr(Tensor, _made.__name__, _made)


def _never(what: str) -> property:
    return property(lambda self: False, doc=f"Whether {what}: never here. 恒为假。")


for _name, _what in (
    ("is_sparse", "sparse"), ("is_sparse_csr", "sparse"), ("is_quantized", "quantized"), ("is_meta", "without memory"),
    ("is_mps", "on Apple's GPU"), ("is_xpu", "on Intel's GPU"), ("is_mkldnn", "in oneDNN's layout"),
    ("is_vulkan", "on Vulkan"), ("is_nested", "nested"), ("is_ipu", "on an IPU"), ("is_xla", "on XLA"),
    ("is_maia", "on MAIA"), ("is_mtia", "on MTIA"),
):  # fmt: skip
    setattr(Tensor, _name, _never(_what))
setattr(Tensor, "is_cpu", property(lambda self: not self.is_cuda, doc="Whether the memory is the host's. 是否在主存。"))


def _is_pinned(self: Tensor, device: Any = None) -> bool:
    """是否锁页内存 / Whether the memory is page-locked for a GPU: never here."""
    return False


def _pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """锁页内存 / Page-locked memory speeds up copies to a GPU; without one it is PyTorch's error."""
    if not gpu():
        raise RuntimeError(
            "Cannot access accelerator device when none is available. pin_memory() serves copies to a GPU"
        )
    return self


publish("is_pinned", _is_pinned, namespace=False)
publish("pin_memory", _pin_memory, namespace=False)
