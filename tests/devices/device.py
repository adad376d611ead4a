"""A device without hardware: arrays that answer NumPy's dispatch protocols as CuPy's do, and nothing else.

``DeviceArray`` refuses ``__array__``: code that would copy to the host without being asked fails here as it would fail
on a GPU. It takes Python numbers and NumPy scalars beside it, but no NumPy arrays, and gives 0-d arrays, not scalars.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np


class Pointer:
    """Memory and a place in it, as ``cupy.cuda.MemoryPointer``."""

    def __init__(self, mem: Any, offset: int) -> None:
        self.mem, self.ptr = mem, mem.ptr + offset


class DeviceArray(np.lib.mixins.NDArrayOperatorsMixin):
    device = SimpleNamespace(id=0)

    def __init__(self, shape: Any, dtype: Any = np.float32, memptr: Pointer | None = None, strides: Any = None) -> None:
        if memptr is None:
            self.held = np.empty(shape, dtype)
        else:
            known = memptr.mem.owner.__array_interface__
            place = {**known, "shape": tuple(shape), "strides": None, "data": (memptr.ptr, False)}
            place["typestr"] = np.dtype(dtype).str
            if strides is not None:
                place["strides"] = tuple(strides)
            self.held = np.asarray(SimpleNamespace(__array_interface__=place, owner=memptr.mem.owner))

    @classmethod
    def holding(cls, array: Any) -> DeviceArray:
        made = cls.__new__(cls)
        made.held = np.asarray(array)
        return made

    @property
    def data(self) -> Pointer:
        root = self.held
        while isinstance(root.base, np.ndarray):
            root = root.base
        start = root.ctypes.data
        return Pointer(SimpleNamespace(owner=root, ptr=start, size=root.nbytes), self.held.ctypes.data - start)

    def get(self) -> np.ndarray:
        """A copy on the host."""
        return self.held.copy()

    def item(self) -> Any:
        return self.held.item()

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        kwargs = lower(kwargs)
        if out is not None:
            kwargs["out"] = tuple(o.held for o in out)
        result = getattr(ufunc, method)(*map(lower, inputs), **kwargs)
        return out[0] if out is not None and len(out) == 1 else lift(result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if k != "like"}
        if function in (np.asarray, np.array) and not isinstance(args[0], DeviceArray):
            return DeviceArray.holding(function(*args, **kwargs).copy(order="K"))  # asked for: a copy from the host
        return lift(function(*lower(args), **lower(kwargs)))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.held, name)
        if callable(value):
            return lambda *args, **kwargs: lift(value(*lower(args), **lower(kwargs)))
        return lift(value) if isinstance(value, np.ndarray) else value

    def __getitem__(self, index: Any) -> Any:
        return lift(self.held[places(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self.held[places(index)] = lower(value)

    def __len__(self) -> int:
        return len(self.held)

    def __bool__(self) -> bool:
        return bool(self.held)


class Device:
    """``with Device(0):``, as ``cupy.cuda.Device``."""

    def __init__(self, index: int) -> None:
        self.index = index

    def __enter__(self) -> None: ...

    def __exit__(self, *exc: object) -> None: ...

    def synchronize(self) -> None: ...


def asarray(x: Any) -> DeviceArray:
    """A copy of a host array, in the same layout; an array of the device itself."""
    return x if isinstance(x, DeviceArray) else DeviceArray.holding(np.array(x, copy=True, order="K"))


# What the library asks of CuPy, where it finds a GPU.
CUPY = SimpleNamespace(
    asarray=asarray,
    cuda=SimpleNamespace(Device=Device, runtime=SimpleNamespace(getDeviceCount=lambda: 1, getDevice=lambda: 0)),
)


def lower(value: Any) -> Any:
    """What a device computes with; a NumPy array beside a device array is refused, as CuPy refuses it."""
    if isinstance(value, DeviceArray):
        return value.held
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if type(value) in (tuple, list):
        return type(value)(map(lower, value))
    if isinstance(value, dict):
        return {k: lower(v) for k, v in value.items()}
    return value


def places(index: Any) -> Any:
    """An index, in which NumPy arrays are taken to the device, as CuPy takes them."""
    if type(index) is tuple:
        return tuple(map(places, index))
    return index if isinstance(index, np.ndarray) else lower(index)


def lift(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return DeviceArray.holding(value)
    return type(value)(map(lift, value)) if type(value) in (tuple, list) else value
