"""Copies, casts and devices. 拷贝、类型转换与设备。"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tidu import _dtypes, _formats
from tidu._args import As, is_int, shape_of, type_name
from tidu._backend import block, gpus, moved
from tidu._define import op, publish
from tidu._device import CPU, device, here
from tidu._formats import contiguous_format, copied, follows, memory_format, preserve_format, suggested
from tidu._inference import before_writing
from tidu._op import Op
from tidu._operands import Away
from tidu._size import Size
from tidu._storage import Storage
from tidu._tensor import Tensor, wrap
from tidu.ops.view import at_strides, contiguous_strides

_BYTE = np.dtype(np.uint8)
_PYTHON_TYPES = (float, int, bool, complex)


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
    how = _formats.parse(kwargs.pop("memory_format", None), "to")
    given = list(args)
    target = where = None
    if given and isinstance(given[0], Tensor) or "other" in kwargs:
        other = given.pop(0) if given else kwargs.pop("other")
        target, where = other.dtype, other.device
    else:
        if given and (given[0] is None or isinstance(given[0], (str, device)) or is_int(given[0])):
            where = given.pop(0)
        elif "device" in kwargs:
            where = kwargs.pop("device")
        if given and (given[0] is None or isinstance(given[0], _dtypes.dtype) or given[0] in _PYTHON_TYPES):
            target = given.pop(0)
        elif "dtype" in kwargs:
            target = kwargs.pop("dtype")
    flags = dict(zip(("non_blocking", "copy"), given, strict=False))
    if len(given) > 2 or flags.keys() & kwargs.keys() or not all(isinstance(v, bool) for v in given):
        raise TypeError(f"to() received an invalid combination of arguments - got ({', '.join(map(type_name, args))})")
    flags |= {name: kwargs.pop(name) for name in ("non_blocking", "copy") if name in kwargs}
    if kwargs:
        raise TypeError(f"to() got an unexpected keyword argument '{next(iter(kwargs))}'")
    copy = flags.get("copy", False)
    out = self
    if where is not None:
        out = to_device(out, device(where))
    wanted = self._array.dtype if target is None else _dtypes.parse(target, "to")
    return to_dtype(out, wanted, how, copy and out is self)


def _moved(x, target: As, source: As = CPU):
    """移到另一设备 / The same values on another device."""
    return moved(x, target.index, target.type == "cuda")


# Not in the table of ops: PyTorch has no name for it, and without a GPU nothing runs it but the tests of devices.
move = Op(
    _moved, [lambda g, source, target: move(g, source, target)], name="to", jvp="linear", grad_name="ToCopyBackward0"
)


def to_device(x: Tensor, target: device) -> Tensor:
    """``x`` on a device: itself if it is there, else a copy; PyTorch's error where there is no such device."""
    target = located(target)
    source = x.device
    if target == source or (target.type == source.type and target.index is None):
        return x
    Away.used = True
    return move.record((x,), {"target": target, "source": source})


def located(where: device) -> device:
    """A device that tensors can be made on, or PyTorch's error."""
    return CPU if where.type == "cpu" else here(where, gpus())


publish("to", _to, namespace=False)


def _cpu(self: Tensor) -> Tensor:
    """移到主存 / In the computer's own memory: itself if it is there, else a copy."""
    return to_device(self, device("cpu"))


def _place(value: Any, kind: str) -> device:
    return device(kind if value is None else value)


def _cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """移到显卡 / On a GPU, by default the current one. ``AssertionError`` where there is none."""
    where = _place(device, "cuda")
    if where.type != "cuda":
        raise RuntimeError(f"Invalid device, must be cuda device: argument 'device' is {where}")
    return to_device(self, where)


def _xpu(self: Tensor, device: Any = None) -> Tensor:
    """移到英特尔显卡 / On an Intel GPU: PyTorch's error, there is none here."""
    return to_device(self, _place(device, "xpu"))


publish("xpu", _xpu, namespace=False)
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
    ("bfloat16", _dtypes.bfloat16), ("chalf", _dtypes.complex32),
):  # fmt: skip
    setattr(Tensor, _name, _caster(_name, _dtype))


def _resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """原地改变大小 / Another shape in place: the same memory if it is large enough, else more, what was there kept."""
    shape = shape_of(sizes, "resize_")
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    before_writing(self)
    storage, dtype = self.untyped_storage(), self._array.dtype
    need = Size(shape).numel()
    offset = self.storage_offset()
    if need and (offset + need) * dtype.itemsize > storage.nbytes():
        storage.check_growth()
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
