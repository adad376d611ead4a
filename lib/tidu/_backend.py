"""Arrays: what the library asks of NumPy, and of CuPy where there is one. 数组后端。

Kernels call ``np.`` functions on their operands. CuPy arrays answer the same calls through NumPy's dispatch protocols,
so device follows data and no kernel asks where it runs. What the protocols do not cover stands in this file.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

Array = Any  # numpy.ndarray, or any array that speaks NumPy's dispatch protocols

# ``token = quiet_set(QUIET)`` and ``quiet_reset(token)``: no floating-point warnings in between. Every op does it, so
# it is two calls into C (0.2 us) where NumPy lets us; the context manager around them costs 0.9 us.
# ``quietly(f, *args)``: a call in a context in which they are off, which takes 0.03 us. One call at a time can be in
# it: from another thread, or from within ``f``, it is a RuntimeError.
try:
    from numpy._core.umath import _extobj_contextvar, _make_extobj

    QUIET: Any = _make_extobj(all="ignore")
    quiet_set, quiet_reset = _extobj_contextvar.set, _extobj_contextvar.reset
    _silence = contextvars.Context()
    _silence.run(quiet_set, QUIET)
    quietly = _silence.run
except ImportError:
    QUIET = "ignore"

    def quiet_set(how: Any) -> Any:
        return np.seterr(all=how)

    def quiet_reset(token: Any) -> None:
        np.seterr(**token)

    def quietly(f: Callable[..., Any], *args: Any) -> Any:  # type: ignore[misc]
        with np.errstate(all="ignore"):
            return f(*args)


class quiet(contextlib.ContextDecorator):
    """No floating-point warnings inside: PyTorch gives inf and nan without a word. 不报浮点警告。"""

    def __enter__(self) -> None:
        self.token = quiet_set(QUIET)

    def __exit__(self, *exc: object) -> None:
        quiet_reset(self.token)


def as_array(value: Any) -> Array:
    """Ufuncs on 0-d arrays return scalars; tensors hold arrays."""
    return value if hasattr(value, "__array_function__") and not isinstance(value, np.generic) else np.asarray(value)


def row_major(x: Array) -> Array:
    """``x`` with its elements in row-major order without gaps: itself, or a copy."""
    return x if x.flags.c_contiguous else x.copy(order="C")


def copied(x: Any) -> Array:
    """A copy in the same layout; of a NumPy scalar, a 0-d array."""
    if isinstance(x, np.generic):
        return np.array(x)
    if not repeats(x):
        return x.copy(order="K")
    out = blank_like(x)
    out[...] = x
    return out


def repeats(x: Array) -> bool:
    """Whether several elements are one place in memory, as in an expanded tensor."""
    return bool(x.size) and any(s == 0 and n > 1 for s, n in zip(x.strides, x.shape, strict=True))


def recast(x: Array, dtype: Any) -> Array:
    """The elements in another dtype; an expanded array stays one, which NumPy would lay out by its strides of 0."""
    if 0 not in x.strides or not repeats(x):
        return x.astype(dtype)
    once = x[tuple([slice(1) if s == 0 else slice(None) for s in x.strides])].astype(dtype)
    steps = tuple([0 if s == 0 else t for s, t in zip(x.strides, once.strides, strict=True)])
    return strided(once, x.shape, steps)


def dense(x: Any) -> bool:
    """Whether the elements fill their stretch of memory once, in whatever order."""
    step = x.itemsize
    for stride, n in sorted((s, n) for s, n in zip(x.strides, x.shape, strict=True) if n > 1):
        if stride != step:
            return False
        step *= n
    return True


def laid_out_as(x: Array, like: Array) -> Array:
    """``x`` in the layout of ``like``, or in row-major order where ``like`` has gaps: itself if it is so, or a copy."""
    if x.flags.c_contiguous and like.flags.c_contiguous:
        return x
    if x.ndim < 2 and not repeats(x):
        return x
    if not dense(like):
        return x if x.flags.c_contiguous else x.copy(order="C")
    if all(s == t or n == 1 for s, t, n in zip(x.strides, like.strides, x.shape, strict=True)):
        return x
    out = blank_like(like, dtype=x.dtype)
    out[...] = x
    return out


def dense_strides(shape: tuple[int, ...], itemsize: int, strides: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Strides of a result without gaps, in the order of those of its operands (in bytes, or any unit).

    As in PyTorch the first one decides, and the next ones where its stride says nothing (0, or equal strides); where
    none does, row-major order. Source: ``TensorIteratorBase::reorder_dimensions`` and ``infer_dense_strides`` in ATen.
    """
    n = len(shape)
    order = list(range(n - 1, -1, -1))  # from the fastest dimension
    for i in range(1, n):
        at = i
        for j in range(i - 1, -1, -1):
            verdict = _slower(order[j], order[at], strides, shape)
            if verdict > 0:
                order[j], order[at] = order[at], order[j]
                at = j
            elif verdict < 0:
                break
    steps, step = [0] * n, itemsize
    for d in order:
        steps[d] = step
        step *= shape[d] or 1
    return tuple(steps)


def _slower(a: int, b: int, strides: Sequence[Sequence[int]], shape: Sequence[int]) -> int:
    """1 when dimension ``a`` must lie outside ``b``, -1 when inside, 0 when the operands do not say."""
    for s in strides:
        if s[a] == 0 or s[b] == 0:
            continue
        if s[a] != s[b]:
            return 1 if s[a] > s[b] else -1
        if shape[a] > shape[b]:
            return 1
    return 0


def blank_like(x: Array, dtype: np.dtype | None = None) -> Array:
    """New memory without gaps for a copy of ``x``, its elements in the order of those of ``x``."""
    if not repeats(x):
        return np.empty_like(x, dtype, order="K")
    made = np.empty(x.size, dtype or x.dtype, like=x)
    return strided(made, x.shape, dense_strides(x.shape, made.itemsize, [x.strides]))


def zeros_beside(x: Any, shape: Any) -> Array:
    """Zeros of another shape in the dtype of ``x``, an array or a NumPy scalar, and on its device."""
    if isinstance(x, (np.ndarray, np.generic)):
        return np.zeros(shape, x.dtype)
    return np.zeros(shape, x.dtype, like=x)


@functools.lru_cache(1)
def gpu() -> Any:
    """CuPy where it finds a GPU, else None."""
    try:
        import cupy

        return cupy if cupy.cuda.runtime.getDeviceCount() else None
    except Exception:
        return None


def moved(x: Array, index: int | None, cuda: bool) -> Array:
    """``x`` on the host or on a GPU, by default the current one: itself where it is there."""
    if not cuda:
        return host(x)
    cupy = gpu()
    with cupy.cuda.Device(cupy.cuda.runtime.getDevice() if index is None else index):
        return cupy.asarray(x)


def gpus() -> int:
    """How many GPUs there are."""
    return int(gpu().cuda.runtime.getDeviceCount()) if gpu() else 0


def host(x: Array) -> np.ndarray:
    """The values of ``x`` in the computer's own memory: itself, or a copy."""
    return x if isinstance(x, np.ndarray) else np.asarray(x) if isinstance(x, np.generic) else x.get()


def beside(values: np.ndarray, x: Array) -> Array:
    """An array of the host's on the device of ``x``: itself where that is the host."""
    return values if isinstance(x, (np.ndarray, np.generic)) else np.asarray(values, like=x)


def device_name(array: Array) -> str:
    """``"cpu"`` for NumPy arrays, ``"cuda:0"`` and so on for CuPy's. 数组所在的设备。"""
    device = getattr(array, "device", "cpu")
    index = getattr(device, "id", None)
    return "cpu" if index is None else f"cuda:{index}"


def address(array: Array) -> int:
    """Address of the first element, in bytes. 首元素的地址。"""
    if isinstance(array, np.ndarray):
        return int(array.ctypes.data)
    return int(array.data.ptr)


class _Window:
    """What NumPy needs to know to see ``owner``'s memory in another way, and what keeps that memory alive."""

    def __init__(
        self, owner: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...], offset: int, typestr: str = ""
    ) -> None:
        self.owner = owner
        known = owner.__array_interface__
        self.__array_interface__ = {
            "shape": shape,
            "strides": strides,
            "data": (known["data"][0] + offset, False),
            "typestr": typestr or known["typestr"],
            "version": 3,
        }


def strided(array: Array, shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> Array:
    """A view of ``array``'s memory with the given shape, and strides and offset in bytes from its first element.

    As numpy.lib.stride_tricks.as_strided, which knows no offset and takes twice the time.
    """
    if isinstance(array, np.generic):  # what a ufunc makes of 0-d arrays
        array = np.asarray(array)
    if 0 in shape and not any(strides):  # negative ones stand for 0 (``element_strides``)
        strides = (-1,) * len(shape)
    if isinstance(array, np.ndarray):
        seen = np.asarray(_Window(array, shape, strides, offset))
        return seen if array.dtype.kind != "V" else seen.view(array.dtype)  # the interface has no name for bfloat16
    memory = array.data.mem
    pointer = type(array.data)(memory, array.data.ptr - memory.ptr + offset)
    return type(array)(shape, array.dtype, pointer, strides)


def _warn_of_reading(what: str) -> None:
    warnings.warn(
        f"The given {what} is not writable, and PyTorch does not support non-writable tensors. This means writing to "
        f"this tensor will result in undefined behavior. You may want to copy the {what} to protect its data or make "
        "it writable before converting it to a tensor.",
        UserWarning,
        stacklevel=5,
    )


def taken(array: np.ndarray, what: str) -> np.ndarray:
    """An array that was made elsewhere as tensors hold it: of no subclass, writable (with one warning), and with the
    strides that it says, which NumPy's own arrays without elements may not have."""
    if not array.flags.writeable:
        _warn_of_reading(what)
    if not array.flags.writeable or not array.size:
        return strided(array, array.shape, array.strides)
    return array.view(np.ndarray)


def from_dlpack(source: Any) -> Array:
    """An array on memory that another library offers through DLPack, on that memory's device."""
    if source.__dlpack_device__()[0] == 1:
        array = np.from_dlpack(source)
        if any(s < 0 for s in array.strides):
            raise RuntimeError(f"from_dlpack(): argument 'ext_tensor' has negative strides: {array.strides}")
        return strided(array, array.shape, array.strides)  # NumPy takes memory of unknown owners as read-only
    import cupy

    return cupy.from_dlpack(source)


def extent(array: Array) -> int:
    """Bytes from the first element of ``array`` to the end of the last: gaps count, elements that repeat count once."""
    if not array.size:
        return 0
    return int(array.itemsize + sum((n - 1) * s for n, s in zip(array.shape, array.strides, strict=True) if s > 0))


def block(array: Array, dtype: np.dtype) -> Array:
    """All the memory from the first element of ``array`` to the end of its last, as a vector of ``dtype``."""
    count = extent(array) // dtype.itemsize
    if isinstance(array, np.ndarray):
        seen = np.asarray(_Window(array, (count,), (dtype.itemsize,), 0, dtype.str))
        return seen if dtype.kind != "V" else seen.view(dtype)
    return type(array)((count,), dtype, array.data)


def holds(array: Array, start: int, stop: int) -> bool:
    """Whether the bytes ``start`` to ``stop``, from the first element of ``array``, are memory that it keeps alive."""
    if not isinstance(array, np.ndarray):
        memory = array.data.mem
        here = array.data.ptr - memory.ptr
        return bool(here + start >= 0 and here + stop <= memory.size)
    owner = array
    while owner.base is not None:
        base = owner.base.owner if isinstance(owner.base, _Window) else owner.base
        if not isinstance(base, np.ndarray):
            break
        owner = base
    here = address(array) - address(owner)
    return here + start >= 0 and here + stop <= extent(owner)
