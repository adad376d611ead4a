"""Memory shared with other libraries: buffers, DLPack, ``asarray``. 与其他库共享内存。

Source: https://docs.pytorch.org/docs/stable/generated/torch.asarray.html, https://dmlc.github.io/dlpack/latest/
"""

from __future__ import annotations

import enum
import warnings
from typing import Any

import numpy as np

from tidu import _backend, _dtypes
from tidu._args import is_int, type_name
from tidu._backend import taken
from tidu._device import device
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.create import finish, from_numpy, tensor


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """与缓冲区共享内存 / A 1-D tensor on the memory of ``bytes``, ``bytearray``, ``array.array`` or another buffer.

    ``count`` elements (-1: all) from ``offset`` bytes on. ``ValueError`` where they are not in the buffer.
    """
    target = _dtypes.parse(dtype, "frombuffer")
    try:
        length = memoryview(buffer).nbytes
    except TypeError:
        raise ValueError(f"frombuffer(): argument 'buffer': object does not implement Python buffer protocol: "
                         f"{type_name(buffer)}") from None  # fmt: skip
    if not is_int(count) or not is_int(offset):
        raise TypeError(f"frombuffer(): arguments 'count' and 'offset' must be int, not {count!r} and {offset!r}")
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    rest, size = length - offset, target.itemsize
    if count < 0 and rest % size:
        raise ValueError(
            f"buffer length ({rest} bytes) after offset ({offset} bytes) must be a multiple of element size ({size})"
        )
    count = rest // size if count < 0 else count
    if count * size > rest:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({length} bytes)"
        )
    return finish(taken(np.frombuffer(buffer, target, count, offset), "buffer"), "frombuffer", requires_grad)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """转为张量 / ``obj`` as a tensor: a tensor, array, DLPack or buffer shares its memory, other data is copied.

    ``copy``: True for a copy in any case, False for ``ValueError`` where one would be needed. Buffers are read as
    ``dtype``, or the default dtype.
    """
    wanted = None if dtype is None else _dtypes.parse(dtype, "asarray")
    shared = _shared(obj, wanted)
    if shared is None:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return tensor(obj, dtype=dtype, device=device, requires_grad=bool(requires_grad))
    out = shared if dtype is None and device is None else shared.to(dtype=dtype, device=device)
    if copy is False and out is not shared:
        names = [_dtypes.TYPE_NAMES[t.dtype].removesuffix("Tensor") for t in (shared, out)]
        raise ValueError(f"can't alias tensor with dtype '{names[0]}' into dtype '{names[1]}'.")
    if copy and out is shared:
        out = out.clone()
    if requires_grad is None and isinstance(obj, Tensor) and obj.requires_grad:
        _warn_of_default()
    if requires_grad is False and out.requires_grad:
        return out.detach_()
    return out.requires_grad_() if requires_grad and not out.requires_grad else out


def _warn_of_default() -> None:
    warnings.warn(
        "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass "
        "requires_grad=False explicitly to get the old behavior and silence this warning.",
        UserWarning,
        stacklevel=3,
    )


def _shared(obj: Any, wanted: np.dtype | None) -> Tensor | None:
    """A tensor on the memory of ``obj``, None where it has none to share."""
    if isinstance(obj, Tensor):
        return obj
    if isinstance(obj, np.ndarray):
        return from_numpy(obj)
    if hasattr(obj, "__dlpack__"):
        return from_dlpack(obj)
    if isinstance(obj, (np.generic, str)):
        return None
    try:
        memoryview(obj)
    except TypeError:
        return None
    return frombuffer(obj, dtype=_dtypes.of(_dtypes.default_floating() if wanted is None else wanted))


FUNCTIONS["frombuffer"] = frombuffer
FUNCTIONS["asarray"] = asarray

# ---- DLPack


class DLDeviceType(enum.IntEnum):
    """Kinds of device in DLPack. DLPack 的设备类型。"""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17


class _Capsule:
    """A bare capsule with the two methods by which NumPy asks for one."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


def _dlpack_device(self: Tensor) -> tuple[DLDeviceType, int]:
    """Kind and number of the device, as DLPack counts. 设备的类型与编号。"""
    kind, index = self._array.__dlpack_device__()
    return DLDeviceType(kind), index


def _dlpack(
    self: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """A capsule through which another library shares this tensor's memory. 供其他库共享内存的封装。

    ``BufferError`` for a tensor that requires grad.
    """
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if stream is not None and not self.is_cuda:
        if not isinstance(stream, int):
            raise TypeError(f"__dlpack__(): argument 'stream' must be ``int`` or ``none``, not {type_name(stream)}")
        raise AssertionError("stream should be None on cpu.")
    if dl_device is not None and tuple(dl_device) != _dlpack_device(self):
        raise BufferError(f"__dlpack__(): argument 'dl_device': cannot export to device {tuple(dl_device)}")
    array = self._array.copy(order="K") if copy else self._array
    options = {} if max_version is None else {"max_version": max_version}
    if stream is not None:
        options["stream"] = stream
    try:
        return array.__dlpack__(**options)
    except TypeError:  # NumPy 2.0 knows no versions
        return array.__dlpack__()


setattr(Tensor, "__dlpack__", _dlpack)
setattr(Tensor, "__dlpack_device__", _dlpack_device)


def to_dlpack(tensor: Tensor) -> Any:
    """封装成 DLPack / A capsule on the tensor's memory, for one other library to take. Newer code passes the tensor."""
    return _dlpack(tensor)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """由 DLPack 共享内存 / A tensor on the memory of another library's array, or of a capsule, which serves once."""
    if not hasattr(ext_tensor, "__dlpack__"):
        if type(ext_tensor).__name__ != "PyCapsule":
            shown = type_name(ext_tensor)
            raise RuntimeError(f"from_dlpack received an invalid capsule: argument 'ext_tensor' is a {shown}")
        ext_tensor = _Capsule(ext_tensor)
    try:
        array = _backend.from_dlpack(ext_tensor)
    except ValueError as error:
        raise RuntimeError(
            "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so you "
            f"might have already constructed a tensor from it once. ({error})"
        ) from None
    _dtypes.of(array.dtype)
    made = wrap(array)
    moved = made if device is None else made.to(_device(device))
    return moved.clone() if copy and moved is made else moved


def _device(where: Any) -> device:
    return where if isinstance(where, device) else device(where)


FUNCTIONS["from_dlpack"] = from_dlpack
FUNCTIONS["to_dlpack"] = to_dlpack
