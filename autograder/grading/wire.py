"""The pickle-free protocol between the examiner and the worker that runs a student's code.

A frame is ``>I header length | >Q payload length | JSON header | payload``.  The header holds a message whose
values are JSON scalars or tagged nodes; the payload holds raw array memory.  Nothing received is ever evaluated,
and whatever the bytes are, decoding ends in a value or in :class:`WireError`.

Arrays travel with their layout: what is sent is the memory that an array spans, its offset and its strides, so a
transposed or broadcast argument arrives as the same kind of view.

This module is also copied, alone, into the sandbox: it may import NumPy and the standard library only, and does without
NumPy where exercises have none.
"""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

try:
    import numpy as np
except ModuleNotFoundError:
    np = None  # type: ignore[assignment]

DTYPES = {
    code: np.dtype(code) if np else None
    for code in "|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 <c8 <c16 "
    ">i2 >u2 >i4 >u4 >i8 >u8 >f2 >f4 >f8 >c8 >c16".split()
}
MAX_HEADER = 4 << 20
MAX_PAYLOAD = 8 << 20
MAX_DEPTH = 16
MAX_NODES = 100_000
MAX_TEXT = 1 << 18
MAX_ELEMENTS = 1 << 17  # of all arrays of a message, as their shapes say: no exercise asks for a hundredth
MAX_ARRAY_DIMS = 32
MAX_INT_BITS = 4096
MAX_KEYS = 1000  # equal hashes make a dict quadratic
_HEAD = struct.Struct(">IQ")

Encoder = Callable[[Any], dict[str, Any] | None]
Decoder = Callable[[dict[str, Any]], Any]


class WireError(Exception):
    """The other side sent something that is not a valid message, or the value cannot be sent."""


class WireTimeout(Exception):
    """The deadline passed before the exchange was complete."""


class WireClosed(Exception):
    """The other side is gone."""


class _Memory:
    """Bytes at an address, as NumPy takes them: a worker has no ctypes where an exercise forbids something."""

    def __init__(self, address: int, size: int) -> None:
        told = {"data": (address, True), "shape": (size,), "typestr": "|u1", "version": 3}
        self.__array_interface__ = told


class _Writer:
    """Turn values into nodes while collecting the arrays they refer to."""

    def __init__(self, other: Encoder | None) -> None:
        self.other = other
        self.arrays: list[tuple[dict[str, Any], np.ndarray]] = []
        self.elements = 0
        self.nodes = 0
        self.around: set[int] = set()  # the lists and dicts that are being written

    def node(self, value: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise WireError("the value is nested too deeply or has too many parts")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            if value.bit_length() > MAX_INT_BITS:
                raise WireError("the integer is too large")
            return value if value.bit_length() < 64 else {"t": "int", "v": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"t": "float", "v": repr(value)}
        if kind is complex:
            return {"t": "complex", "v": [self.node(value.real, depth + 1), self.node(value.imag, depth + 1)]}
        if kind is str:
            if len(value) > MAX_TEXT:
                raise WireError("the string is too long")
            return plain_text(value)
        if isinstance(value, tuple):
            return {"t": "tuple", "v": [self.node(item, depth + 1) for item in tuple.__iter__(value)]}
        if (kind is list or kind is dict) and len(value) <= (MAX_KEYS if kind is dict else MAX_NODES):
            if id(value) not in self.around:  # inside itself it is a value of a further type
                return self._container(value, depth)
        if np and (kind is np.ndarray or isinstance(value, np.generic)):
            if value.dtype.str in DTYPES:
                return self._array(value)
        encoded = self.other(value) if self.other else None
        if encoded is None:
            raise WireError(f"a {kind.__name__} cannot be sent")
        return encoded

    def _container(self, value: list[Any] | dict[Any, Any], depth: int) -> dict[str, Any]:
        self.around.add(id(value))
        if isinstance(value, list):
            found = {"t": "list", "v": [self.node(item, depth + 1) for item in value]}
        else:
            pairs = [[self.node(k, depth + 1), self.node(v, depth + 1)] for k, v in value.items()]
            found = {"t": "dict", "v": pairs}
        self.around.remove(id(value))
        return found

    def _array(self, value: np.ndarray | np.generic) -> dict[str, Any]:
        array = np.asarray(value)
        self.elements += array.size
        if self.elements > MAX_ELEMENTS or max(array.shape, default=0) > MAX_ELEMENTS:
            raise WireError(f"the arrays have more than {MAX_ELEMENTS} elements")
        node: dict[str, Any] = {"t": "array", "d": array.dtype.str, "s": list(array.shape)}
        if isinstance(value, np.generic):
            node["scalar"] = True
        elif not array.flags.writeable:
            node["readonly"] = True
        self.arrays.append((node, array))
        return node

    def buffers(self) -> list[bytes]:
        """The memory of each array that has elements, from its lowest address to its highest."""
        result: list[bytes] = []
        for node, array in self.arrays:
            if not array.size:
                continue
            low, high = np.lib.array_utils.byte_bounds(array)
            # a reversed view does not start at its lowest address
            node["o"], node["strides"] = array.__array_interface__["data"][0] - low, list(array.strides)
            result.append(np.asarray(_Memory(low, high - low)).tobytes())
        if sum(map(len, result)) > MAX_PAYLOAD:
            raise WireError(f"the arrays take more than {MAX_PAYLOAD >> 20} MiB")
        return result


def pack(message: dict[str, Any], other: Encoder | None = None, arrays: bool = True) -> bytes:
    """One frame for ``message``, a dict whose values are plain Python values and NumPy arrays.

    ``other`` may turn a value of any further type into a node of its own; without it, or where it returns ``None``,
    such a value raises :class:`WireError`.  ``arrays=False`` refuses arrays, for a worker without NumPy.
    """
    writer = _Writer(other)
    body = {str(key): writer.node(value) for key, value in message.items()}
    if writer.arrays and not arrays:
        raise WireError("an array cannot be sent to a worker without NumPy")
    buffers = writer.buffers()
    header = json.dumps({"m": body, "n": [len(b) for b in buffers]}, separators=(",", ":"), allow_nan=False).encode()
    if len(header) > MAX_HEADER:
        raise WireError("the message is too long")
    return _HEAD.pack(len(header), sum(map(len, buffers))) + header + b"".join(buffers)


class _Reader:
    def __init__(self, buffers: Iterable[bytearray], other: Decoder | None) -> None:
        self.buffers = deque(buffers)
        self.other = other
        self.nodes = 0
        self.elements = 0

    def value(self, node: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise WireError("the value is nested too deeply or has too many parts")
        if node is None or type(node) in (bool, int, float):
            return node
        if type(node) is str:
            if len(node) > MAX_TEXT:
                raise WireError("the string is too long")
            return plain_text(node)
        if type(node) is not dict:
            raise WireError("a list stands where a value is expected")
        tag, body = node.get("t"), node.get("v")
        if tag == "array":
            return self._array(node)
        if tag == "float" and body in ("nan", "inf", "-inf"):
            return float(body)
        if tag == "int" and type(body) is str and len(body) <= MAX_INT_BITS // 4 + 3:
            try:
                return int(body, 16)
            except ValueError:
                raise WireError("bad integer") from None
        if tag == "complex" and type(body) is list and len(body) == 2:
            real, imag = (self.value(part, depth + 1) for part in body)
            if type(real) is not float or type(imag) is not float:
                raise WireError("bad complex number")
            return complex(real, imag)
        if tag in ("list", "tuple") and type(body) is list:
            items = [self.value(item, depth + 1) for item in body]
            return items if tag == "list" else tuple(items)
        if tag == "dict" and type(body) is list:
            return self._dict(body, depth)
        if self.other is not None:
            return self.other(node)
        raise WireError("unknown kind of value")

    def _dict(self, body: list[Any], depth: int) -> dict[Any, Any]:
        if len(body) > MAX_KEYS:
            raise WireError("the dict has too many keys")
        result = {}
        for pair in body:
            if type(pair) is not list or len(pair) != 2:
                raise WireError("bad dict")
            key = self.value(pair[0], depth + 1)
            try:
                result[key] = self.value(pair[1], depth + 1)
            except TypeError:
                raise WireError("a dict key is not hashable") from None
        return result

    def _array(self, node: dict[str, Any]) -> Any:
        code, shape = node.get("d"), _ints(node.get("s"))
        dtype = DTYPES.get(code) if type(code) is str else None
        if dtype is None:
            raise WireError("unknown dtype")
        if len(shape) > MAX_ARRAY_DIMS or any(n < 0 for n in shape):
            raise WireError("bad shape")
        # NumPy refuses an empty array whose other sizes multiply to more than it can address
        if math.prod(max(n, 1) for n in shape) > MAX_PAYLOAD:
            raise WireError("the array is too large")
        count = math.prod(shape)
        # a zero stride makes any size out of one element: what counts is what arithmetic on it would touch
        self.elements += count
        if self.elements > MAX_ELEMENTS:
            raise WireError("the array is too large")
        array = self._view(node, dtype, shape) if count else np.empty(shape, dtype)
        if code == "|b1" and bool((array.view(np.uint8) > 1).any()):
            raise WireError("a bool is neither 0 nor 1")
        if node.get("readonly") is True:
            array.flags.writeable = False
        return array[()] if node.get("scalar") is True and not shape else array

    def _view(self, node: dict[str, Any], dtype: np.dtype, shape: list[int]) -> np.ndarray:
        strides, (offset,) = _ints(node.get("strides")), _ints([node.get("o")])
        if len(strides) != len(shape) or offset < 0:
            raise WireError("bad strides")
        if not self.buffers:
            raise WireError("the array has no memory")
        buffer = self.buffers.popleft()
        steps = [(n - 1) * s for n, s in zip(shape, strides, strict=True)]
        low = offset + sum(step for step in steps if step < 0)
        high = offset + sum(step for step in steps if step > 0) + dtype.itemsize
        if low < 0 or high > len(buffer):
            raise WireError("the array reaches outside its memory")
        try:
            view: np.ndarray = np.ndarray(shape, dtype, buffer=buffer, offset=offset, strides=strides)
        except (ValueError, TypeError, OverflowError) as error:
            raise WireError(f"bad array: {error}") from None
        # as at home, a contiguous argument owns its memory and has no base
        return view.copy() if view.flags.c_contiguous else view


def plain_text(text: str) -> str:
    """``text`` without lone surrogates, which JSON can carry and no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _ints(values: Any) -> list[int]:
    if type(values) is not list or not all(type(v) is int and abs(v) < 1 << 62 for v in values):
        raise WireError("whole numbers are wanted")
    return values


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def unpack(header: bytes, payload: bytes, other: Decoder | None = None) -> dict[str, Any]:
    """The message of one frame; raises :class:`WireError` for anything that :func:`pack` would not have written."""
    try:
        frame = json.loads(header, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header is not JSON: {type(error).__name__}") from None
    if type(frame) is not dict or type(frame.get("m")) is not dict:
        raise WireError("the header is not a message")
    sizes = _ints(frame.get("n"))
    if any(n < 0 for n in sizes) or sum(sizes) != len(payload) or len(sizes) > MAX_NODES:
        raise WireError("the payload has another size than the header says")
    buffers, start = [], 0
    for size in sizes:
        buffers.append(bytearray(payload[start : start + size]))
        start += size
    reader = _Reader(buffers, other)
    try:
        return {key: reader.value(node) for key, node in frame["m"].items()}
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError) as error:
        # every case known has its own words above; one that is not is still the sender's doing, not the examiner's
        raise WireError(f"not a message: {type(error).__name__}") from None


class Channel:
    """Frames over one end of a socket pair, each operation with a deadline (``time.monotonic()`` seconds)."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.received = 0  # bytes, in all
        os.set_blocking(fd, False)

    def _wait(self, deadline: float, write: bool) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise WireTimeout("no answer in time")
        fds = [self.fd]
        ready = select.select([] if write else fds, fds if write else [], [], min(left, 3600.0))
        if not any(ready) and deadline - time.monotonic() <= 0:
            raise WireTimeout("no answer in time")

    def send(self, frame: bytes, deadline: float = math.inf) -> None:
        view = memoryview(frame)
        while view:
            try:
                view = view[os.write(self.fd, view[: 1 << 20]) :]
            except BlockingIOError:
                self._wait(deadline, write=True)
            except OSError as error:
                raise WireClosed(str(error)) from None

    def _read(self, size: int, deadline: float) -> bytes:
        parts, missing = [], size
        while missing:
            try:
                part = os.read(self.fd, min(missing, 1 << 20))
            except BlockingIOError:
                self._wait(deadline, write=False)
                continue
            except OSError as error:
                raise WireClosed(str(error)) from None
            if not part:
                raise WireClosed("end of stream")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def receive(self, deadline: float = math.inf, other: Decoder | None = None) -> dict[str, Any]:
        header, payload = _HEAD.unpack(self._read(_HEAD.size, deadline))
        if header > MAX_HEADER or payload > MAX_PAYLOAD:
            raise WireError(f"the frame is too large ({header} + {payload} bytes)")
        self.received += header + payload
        return unpack(self._read(header, deadline), self._read(payload, deadline), other)
