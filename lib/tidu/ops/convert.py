"""Copies, casts and devices. 拷贝、类型转换与设备。"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tidu import _dtypes, _formats, _tensor
from tidu._args import As, is_int, shape_of, type_name
from tidu._backend import block
from tidu._define import op, publish
from tidu._formats import contiguous_format, copied, follows, memory_format, preserve_format, suggested
from tidu._storage import Storage
from tidu._tensor import Size, Tensor, device, wrap
from tidu.ops.view import at_strides, contiguous_strides

_BYTE = np.dtype(np.uint8)


@op(lambda g: g, jvp="linear", public=False)
def clone(x, memory_format: As = preserve_format):
    """拷贝 / A copy with memory of its own, in the same layout or another."""
    return copied(x, x.dtype, memory_format)


@op(lambda g: g, name="contiguous", jvp="linear", public=False, grad_name="CloneBackward0")
def contiguous(x, memory_format: As = contiguous_format):
    """按行连续的拷贝 / A copy in a format, row-major by default."""
    return copied(x, x.dtype, memory_format)


@op(lambda g, x_dtype, dtype: cast(g, x_dtype, dtype), name="to", jvp="linear", public=False,
    grad_name="ToCopyBackward0")  # fmt: skip
def cast(x, dtype: As, x_dtype: As = None, memory_format: As = preserve_format):
    """类型转换 / A copy in another dtype."""
    return copied(x, dtype, memory_format)


def to_dtype(x: Tensor, target: np.dtype, how: memory_format = preserve_format, copy: bool = False) -> Tensor:
    """``x`` in dtype ``target`` and a memory format: itself when it has them already, unless a copy is wanted."""
    source = x._array.dtype
    if not copy and source == target and (how is preserve_format or how is suggested(x._array)):
        return x
    if source.kind in "fc" and target.kind in "biu":
        return wrap(cast.kernel(x._array, target, memory_format=how))  # no gradient flows through integers
    return cast.record((x,), {"dtype": target, "x_dtype": source, "memory_format": how})


def _clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """拷贝 / A copy with memory of its own, in the graph: gradients flow through it."""
    clone.check_operands((input,))
    return clone.record((input,), {"memory_format": _formats.parse(memory_format, "clone")})


def _contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """按行连续的张量 / This tensor if it is contiguous, else a copy: row-major, or in the format asked for."""
    how = _formats.parse(memory_format, "contiguous", contiguous_format)
    if how is preserve_format and self._array.flags.c_contiguous:
        return self
    if how is preserve_format:
        raise RuntimeError("contiguous(): preserve memory format is unsupported by the contiguous operator")
    return self if follows(self._array, how) else contiguous.record((self,), {"memory_format": how})


publish("clone", _clone)
publish("contiguous", _contiguous, namespace=False)


def _to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """转换类型或设备 / ``to(dtype)``, ``to(device[, dtype])`` or ``to(other)``: a copy if that changes anything."""
    target, where = kwargs.pop("dtype", None), kwargs.pop("device", None)
    copy = kwargs.pop("copy", False)
    kwargs.pop("non_blocking", None)
    how = _formats.parse(kwargs.pop("memory_format", None), "to")
    if kwargs:
        raise TypeError(f"to() got an unexpected keyword argument '{next(iter(kwargs))}'")
    for i, a in enumerate(args):
        if isinstance(a, Tensor):
            target, where = a.dtype, a.device
        elif isinstance(a, _dtypes.dtype) or (isinstance(a, type) and a in (float, int, bool, complex)):
            target = a
        elif isinstance(a, (str, device)) or is_int(a):
            where = a
        elif isinstance(a, bool):
            copy = a if i >= 2 else copy
        elif a is not None:
            raise TypeError(
                f"to(): argument {i + 1} must be torch.dtype, torch.device, str or Tensor, not {type_name(a)}"
            )
    out = self
    if where is not None:
        out = to_device(out, device(where))
    wanted = self._array.dtype if target is None else _dtypes.parse(target, "to")
    return to_dtype(out, wanted, how, copy and out is self)


def to_device(x: Tensor, target: device) -> Tensor:
    if target.type == "cpu":
        return x if not x.is_cuda else wrap(x._array.get())
    cupy = cupy_or_error()
    return x if x.is_cuda else wrap(cupy.asarray(x._array))


def cupy_or_error() -> Any:
    """CuPy with a working GPU, or PyTorch's error for a build without one."""
    try:
        import cupy

        if cupy.cuda.runtime.getDeviceCount():
            return cupy
    except Exception as error:
        raise AssertionError(f"Torch not compiled with CUDA enabled: tidu found no CuPy with a GPU ({error})") from None
    raise AssertionError("Torch not compiled with CUDA enabled: tidu found no GPU")


publish("to", _to, namespace=False)


def _cpu(self: Tensor) -> Tensor:
    """移到主存 / In the computer's own memory: itself if it is there, else a copy."""
    return to_device(self, device("cpu"))


def _cuda(self: Tensor, device: Any = None) -> Tensor:
    """移到显卡 / On a GPU, by default the current one. ``AssertionError`` where there is none."""
    return to_device(self, _tensor.device("cuda" if device is None else device))


publish("cpu", _cpu, namespace=False)
publish("cuda", _cuda, namespace=False)


def _type_as(self: Tensor, other: Tensor) -> Tensor:
    """In ``other``'s dtype and on its device. 转为同类型。"""
    if not isinstance(other, Tensor):
        raise TypeError(f"type_as(): argument 'other' (position 1) must be Tensor, not {type_name(other)}")
    return _to(self, other)


setattr(Tensor, "type_as", _type_as)


def _caster(name: str, target: _dtypes.dtype) -> Any:
    def function(self: Tensor, *, memory_format: Any = None) -> Tensor:
        return to_dtype(self, target.numpy, _formats.parse(memory_format, name))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"In dtype {target.name}. 转换为 {target.name}。"
    return function


for _name, _dtype in (
    ("float", _dtypes.float32), ("double", _dtypes.float64), ("half", _dtypes.float16), ("long", _dtypes.int64),
    ("int", _dtypes.int32), ("short", _dtypes.int16), ("char", _dtypes.int8), ("byte", _dtypes.uint8),
    ("bool", _dtypes.bool_), ("cfloat", _dtypes.complex64), ("cdouble", _dtypes.complex128),
):  # fmt: skip
    setattr(Tensor, _name, _caster(_name, _dtype))

_BY_TYPE_NAME = {f"torch.{name}": d for d, name in _dtypes.TYPE_NAMES.items()}


def _type(self: Tensor, dtype: Any = None) -> Any:
    """类型名或转换 / The type's old name (``torch.FloatTensor``), or this tensor in another type."""
    if dtype is None:
        where = "cuda." if self.is_cuda else ""
        return f"torch.{where}{_dtypes.TYPE_NAMES[self.dtype]}"
    if isinstance(dtype, str):
        if dtype not in _BY_TYPE_NAME:
            raise ValueError(f"invalid type: '{dtype}': argument 'dtype' must be one of {', '.join(_BY_TYPE_NAME)}")
        return to_dtype(self, _BY_TYPE_NAME[dtype].numpy)
    named = getattr(dtype, "tensor_dtype", None)
    return to_dtype(self, named.numpy if named is not None else _dtypes.parse(dtype, "type"))


setattr(Tensor, "type", _type)


def _resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """原地改变大小 / Another shape in place: the same memory if it is large enough, else more, what was there kept."""
    shape = shape_of(sizes, "resize_")
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    storage, dtype = self.untyped_storage(), self._array.dtype
    need = Size(shape).numel()
    offset = self.storage_offset()
    if need and (offset + need) * dtype.itemsize > storage.nbytes():
        memory = np.empty(offset + need, dtype, like=self._array)
        block(memory, _BYTE)[: storage.nbytes()] = block(storage.owner, _BYTE)
        storage.owner = memory
    how = _formats.parse(memory_format, "resize_", contiguous_format)
    strides = _formats.strides_in(shape, how) if how.ndim else contiguous_strides(shape)
    self._array = at_strides(block(storage.owner, dtype), shape, strides, offset if need else 0)
    return self


publish("resize_", _resize_, namespace=False)


def _resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """原地改成另一个张量的大小 / ``resize_`` to the shape of ``the_template``."""
    return _resize_(input, the_template.shape, memory_format=memory_format)


def _resize(self: Tensor, *sizes: Any) -> Tensor:
    """旧式的 resize，另给一个张量 / PyTorch's old form, which leaves this tensor as it is; deprecated: it warns."""
    warnings.warn("non-inplace resize is deprecated", UserWarning, stacklevel=3)
    out = wrap(self._array)
    out._storage = Storage(self.untyped_storage().owner)
    return _resize_(out, *sizes)


publish("resize_as_", _resize_as_)
publish("resize", _resize, namespace=False)
