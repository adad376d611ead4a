"""What calls of all ops share: numbers as arrays, layouts and shapes that agree, ``out=``. 操作数与结果的共同规则。"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import type_name
from tidu._backend import Array, dense_strides, device_name, quiet, strided
from tidu._inference import before_writing
from tidu._modes import Rider, modes
from tidu._overlap import check_after, check_before
from tidu._tensor import Tensor

NUMBERS = (bool, int, float, complex, np.number, np.bool_)


@lru_cache(1024)
def _cached_scalar(value: Any, kind: Any, target: np.dtype) -> np.ndarray:
    with quiet():  # 1e300 is inf in float32
        return _scalar(value, target)


def _scalar(value: Any, target: np.dtype) -> np.ndarray:
    try:
        array = np.asarray(value, dtype=target)
    except OverflowError:  # PyTorch wraps around
        array = np.asarray(value).astype(target)
    array.flags.writeable = False
    return array


def number(value: Any, target: np.dtype) -> Any:
    """A Python number as a NumPy scalar of a dtype, which arrays of every device compute with; integers wrap around."""
    return np.asarray(value).astype(target)[()]


def limits(target: np.dtype, kind: str) -> tuple[int, int]:
    """The numbers that an integer dtype takes: from ints also negative ones for an unsigned dtype, -1 for 255."""
    info = np.iinfo(target)
    return (-int(info.max) if target.kind == "u" and kind == "i" else int(info.min)), int(info.max)


def held(value: Any, target: np.dtype, function: str, argument: str) -> Any:
    """A number as a NumPy scalar of a dtype that can hold it; ``RuntimeError`` where it cannot.

    A number that is written somewhere has to fit; one that is computed with wraps around (``number``).
    """
    fits, given = True, value
    if isinstance(value, (complex, np.complexfloating)) and target.kind in "iuf":
        value, fits = value.real, value.imag == 0
    if target.kind in "iu":
        least, most = limits(target, "i" if isinstance(value, (int, np.integer)) else "f")
        fits = fits and bool(least <= value <= most)
    elif target.kind == "f" and math.isfinite(value):
        fits = fits and bool(abs(value) <= float(np.finfo(target).max))
    if not fits:
        raise RuntimeError(
            f"{function}(): argument '{argument}': value cannot be converted to type {_dtypes.of(target)} without "
            f"overflow: got {given}"
        )
    return np.asarray(value).astype(target)[()]


def scalar(value: Any, target: np.dtype) -> np.ndarray:
    """A Python number as a 0-d array: ufuncs take it in half the time of a number. Zero has two signs: not cached."""
    kind: Any = type(value)  # 1 and 1.0 and True are equal keys
    return _cached_scalar(value, kind, target) if value and value == value else _scalar(value, target)


def in_layout_of(result: Array, arrays: Sequence[Any]) -> Array:
    """An elementwise result laid out as PyTorch does it (``dense_strides``): NumPy falls back to row-major order where
    operands disagree."""
    n = result.ndim
    strides = []
    for a in arrays:
        if getattr(a, "ndim", 0):
            lead = n - a.ndim
            strides.append([0] * lead + [0 if a.shape[d] == 1 else a.strides[d] for d in range(a.ndim)])
    steps = dense_strides(result.shape, result.itemsize, strides)
    if all(s == t or m == 1 for s, t, m in zip(steps, result.strides, result.shape, strict=True)) or not result.size:
        return result
    out = strided(np.empty(result.size, result.dtype, like=result), result.shape, steps)
    out[...] = result
    return out


def keeping_layout(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """An elementwise kernel of one operand, whose steps (``np.where``) fall back to row-major order, as PyTorch lays
    its result out."""

    def run(x: Any, *args: Any, **attrs: Any) -> Any:
        result = kernel(x, *args, **attrs)
        return in_layout_of(result, (x,)) if x.ndim > 1 and not x.flags.c_contiguous else result

    return run


class Away:
    """Whether any tensor ever left the host; as long as none did, no op looks where its operands are."""

    used = False


def on_one_device(arrays: list[Any]) -> list[Any]:
    """Operands of an op: 0-d ones of the host as NumPy scalars beside others of a device; ``RuntimeError`` where more
    is on different devices."""
    names = [device_name(a) for a in arrays if hasattr(a, "strides")]
    places = [p for p in dict.fromkeys(names) if p != "cpu"]
    if not places or len(places) == 1 == len(set(names)):
        return arrays
    mixed = [a for a in arrays if isinstance(a, np.ndarray) and a.ndim]
    if mixed or len(places) > 1:
        found = " and ".join(f"{p}" for p in (*places, *(["cpu"] if mixed else [])))
        raise RuntimeError(f"Expected all tensors to be on the same device, but found at least two devices, {found}!")
    return [a[()] if isinstance(a, np.ndarray) else a for a in arrays]


def broadcast_error(arrays: Sequence[Any]) -> RuntimeError | None:
    """PyTorch's message for shapes that do not broadcast, None when they do."""
    shapes = [a.shape for a in arrays if hasattr(a, "shape")]
    for k, (a, b) in enumerate(pairwise(shapes)):
        n = max(len(a), len(b))
        for d in range(1, n + 1):
            p, q = (s[-d] if d <= len(s) else 1 for s in (a, b))
            if p != q and 1 not in (p, q):
                return RuntimeError(
                    f"The size of tensor a ({p}) must match the size of tensor b ({q}) at non-singleton dimension "
                    f"{n - d}: argument {k + 2} of shape {list(b)} does not broadcast with {list(a)}"
                )
    return None


def check_tensors(function: str, **given: Any) -> None:
    """``TypeError`` for an argument that is not a tensor; those that may be left out are passed only where given."""
    for position, (name, value) in enumerate(given.items(), 1):
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type_name(value)}"
            )


def indices_in(values: Iterable[Any]) -> list[Tensor]:
    """The tensors among arguments, or in lists of them, that can say where: of integers or bools."""
    found: list[Tensor] = []
    for v in values:
        if isinstance(v, Tensor):
            if v._array.dtype.kind in "biu":
                found.append(v)
        elif type(v) in (tuple, list):
            found += indices_in(v)
    return found


def write_out(name: str, result: Tensor, out: Any, operands: Sequence[Any], mode: Any = True) -> Tensor:
    """``out=``: put the result into ``out``'s memory, resizing it where its shape differs.

    ``operands``: what the result was computed from, index arrays included: they may not lie where it is written.
    ``mode``: True, or "same" for functions that want out's dtype to be the result's, or "quiet" for those that
    do not mind operands that require grad, or "same quiet".
    """
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type_name(out)}")
    if Rider.used and (rider := Rider.among((result, out))) and rider.rank:
        raise RuntimeError(
            f"Batching rule not implemented for aten::{name}.out; the fallback path doesn't work on out= or view ops."
        )
    before_writing(out)
    graph = [a for a in (*operands, out) if isinstance(a, Tensor) and a.requires_grad]
    if modes.grad and graph and mode not in ("quiet", "same quiet"):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    if modes.dual and any(getattr(a, "_tangent", None) is not None for a in (*operands, out)):
        raise NotImplementedError(
            f"Trying to use forward AD with {name}_out that does not support it because it is an out= function"
        )
    source, target = result._array, out._array
    if mode in ("same", "same quiet") and source.dtype != target.dtype:
        raise RuntimeError(f"{name}(): Expected out tensor to have dtype {result.dtype}, but got {out.dtype} instead")
    check_castable(source.dtype, target.dtype)
    sources = [a for a in operands if isinstance(a, Tensor) or hasattr(a, "strides")]
    check_before(name, target, list(map(_memory, sources)), source.shape)
    if target.shape != source.shape:
        if target.size:
            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(target.shape)}, which does "
                f"not match the required output shape {list(source.shape)}. This behavior is deprecated, and in a "
                "future PyTorch release outputs will not be resized unless they have zero elements. You can explicitly "
                "reuse an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
                UserWarning,
                stacklevel=4,
            )
        out.resize_(source.shape)  # which an operand that is ``out`` itself sees too
        out._array = strided(out._array, source.shape, _dense_like(source, target.itemsize))
    check_after(name, out._array, list(map(_memory, sources)))
    out._array[...] = source
    out.untyped_storage().version += 1
    return out


def _memory(operand: Any) -> Array:
    return operand._array if isinstance(operand, Tensor) else operand


def _dense_like(source: Array, itemsize: int) -> tuple[int, ...]:
    """Strides in bytes of a fresh array laid out in the order of ``source``."""
    order = sorted(range(source.ndim), key=lambda d: (-abs(source.strides[d]), d))
    strides, step = [0] * source.ndim, itemsize
    for d in reversed(order):
        strides[d] = step
        step *= max(source.shape[d], 1)
    return tuple(strides)


def check_castable(source: np.dtype, target: np.dtype) -> None:
    """``RuntimeError`` when writing ``source`` into ``target`` would leave its category downwards."""
    if not _dtypes.can_cast(source, target):
        names = [_dtypes.TYPE_NAMES[_dtypes.of(d)].removesuffix("Tensor") for d in (source, target)]
        raise RuntimeError(f"result type {names[0]} can't be cast to the desired output type {names[1]}")
