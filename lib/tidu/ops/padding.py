"""Padding: more elements around a tensor, or with negative numbers fewer. 填充。"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Ints, Number, is_int, type_name
from tidu._backend import Array, beside, row_major, zeros_beside
from tidu._define import op, publish
from tidu._operands import check_tensors, number
from tidu._tensor import Tensor

Places = tuple[tuple[int, ...], ...]

_NUMPY_MODES: dict[str, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_NAMES = {"reflect": "ReflectionPad{}DBackward0", "replicate": "ReplicationPad{}DBackward0", "circular": "CopySlices"}


def _by_dimension(pad: Sequence[int]) -> list[tuple[int, int]]:
    """(before, behind) of the last dimensions, in their order; PyTorch says the last one first."""
    return list(zip(pad[::2], pad[1::2], strict=True))[::-1]


@op(lambda g, pad: constant_pad_nd(g, tuple(-p for p in pad), 0), public=False, out="same",
    jvp=lambda tangents, operands, out, pad, value: constant_pad_nd(tangents[0], pad, 0))  # fmt: skip
def constant_pad_nd(x, pad: Ints, value: Number = 0):
    """常数填充 / ``x`` with ``value`` before and behind the last dimensions, the last one first; negative: cut off."""
    widths = _by_dimension(pad)
    lead = x.ndim - len(widths)
    shape = (*x.shape[:lead], *(n + a + b for n, (a, b) in zip(x.shape[lead:], widths, strict=True)))
    out: Array = np.full(shape, number(value, x.dtype), x.dtype, like=x)
    to = tuple(slice(max(a, 0), n - max(b, 0)) for n, (a, b) in zip(shape[lead:], widths, strict=True))
    of = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape[lead:], widths, strict=True))
    out[(..., *to)] = x[(..., *of)]
    return out


@op(lambda g, x_shape, places: _added(g, places, tuple(x_shape)), jvp="linear", public=False, name="_pad_places",
    variant=lambda args, attrs: attrs["node"])  # fmt: skip
def placed(x, places: As, node: As):
    """The elements at the given places of each of the last dimensions."""
    for d, at in enumerate(places):
        x = np.take(x, _array(at, x), axis=x.ndim - len(places) + d)
    return row_major(x)


@op(lambda g, places: placed(g, places, "IndexBackward0"), jvp="linear", public=False, name="_pad_added")
def _added(x, places: As, shape: As):
    """The way back: zeros of ``shape``, and each element added at its place."""
    for d, at in enumerate(places):
        axis = x.ndim - len(places) + d
        total = zeros_beside(x, (*x.shape[:axis], shape[axis], *x.shape[axis + 1 :]))
        for to, of in _turns(tuple(at), shape[axis]):
            total[(*[slice(None)] * axis, to if isinstance(to, slice) else beside(to, x))] += np.take(
                x, beside(of, x), axis=axis
            )
        x = total
    return x


@lru_cache(256)
def _turns(places: tuple[int, ...], n: int) -> list[tuple[Array | slice, Array]]:
    """Which elements to add where, of ``n`` places: in the first turn the first for each place, and so on.

    Within a turn no place is repeated, so that whole slices can be added.
    """
    at = np.array(places, np.int64)
    order = np.argsort(at, kind="stable")
    numbers, starts, counts = np.unique(at[order], return_index=True, return_counts=True)
    turns: list[tuple[Array | slice, Array]] = []
    for k in range(int(counts.max()) if len(counts) else 0):
        more = counts > k
        to = numbers[more]
        turns.append((slice(None) if len(to) == n else to, order[starts[more] + k]))
    return turns


def _array(places: Sequence[int], like: Array) -> Array:
    return beside(np.array(places, np.int64), like)


def _constant(input: Tensor, pad: Any, value: Any = 0) -> Tensor:
    """常数填充 / ``input`` with ``value`` around its last dimensions, the last one first; negative numbers cut off.

    ``torch.constant_pad_nd(x, (left, right, top, bottom))``. ``RuntimeError`` where more is cut off than there is.
    """
    operands, attrs = constant_pad_nd.bind((input, pad, value), {})
    _check_lengths("constant_pad_nd", input, attrs["pad"])
    widths = _by_dimension(attrs["pad"])
    lead = input.ndim - len(widths)
    for d, (a, b) in enumerate(widths):
        n = input.shape[lead + d]
        if n + a + b < 0 or max(-a, 0) > n or max(-b, 0) > n:
            raise RuntimeError(
                f"constant_pad_nd(): The input size {n}, plus negative padding {a} and {b}, resulted in a negative "
                f"output size, which is invalid. Check dimension {lead + d} of your input."
            )
    made: Tensor = constant_pad_nd.record(operands, attrs)
    return made


publish("constant_pad_nd", _constant, method=False)


def _check_lengths(name: str, x: Tensor, pad: Sequence[int]) -> None:
    if len(pad) % 2:
        raise RuntimeError(f"{name}(): Padding length must be divisible by 2, but got {list(pad)}")
    if len(pad) > 2 * x.ndim:
        raise RuntimeError(
            f"{name}(): Padding length should be less than or equal to two times the input dimension but got padding "
            f"length {len(pad)} and input of dimension {x.ndim}"
        )


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """填充 / ``input`` with more elements around: ``pad`` is (left, right), (left, right, top, bottom) and so on.

    ``mode``: "constant" (``value``, 0 by default; any dimensions), or of one to three last dimensions "reflect"
    (mirrored, the edge not repeated), "replicate" (the edge repeated), "circular" (from the other side). Negative
    numbers cut off.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
    """
    check_tensors("pad", input=input)
    if not isinstance(pad, (tuple, list)) or not all(map(is_int, pad)):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type_name(pad)}")
    pad = tuple(int(p) for p in pad)
    _check_lengths("pad", input, pad)
    if mode == "constant":
        return _constant(input, pad, 0 if value is None else value)
    if value not in (None, 0):
        raise RuntimeError(f'pad(): Padding mode "{mode}" doesn\'t take in value argument, but got {value}')
    if mode not in _NUMPY_MODES:
        raise NotImplementedError(f"pad(): Unrecognised padding mode {mode}")
    n = len(pad) // 2
    if n not in (1, 2, 3) or input.ndim not in (n + 1, n + 2):
        raise NotImplementedError(
            f"pad(): Padding size {len(pad)} is not supported for {input.ndim}D input tensor. Supported for mode "
            f"'{mode}': 2 numbers for a 2D or 3D input, 4 for 3D or 4D, 6 for 4D or 5D"
        )
    if input.dtype is _dtypes.bool_ and mode != "circular":
        raise NotImplementedError(f"\"{mode}_pad{n}d\" not implemented for 'Bool': argument 'input' of pad()")
    return _around(input, pad, mode, n)


def _around(input: Tensor, pad: Sequence[int], mode: str, n: int) -> Tensor:
    shape, widths = input._array.shape, _by_dimension(pad)
    if 0 in shape[1:] and mode != "circular":
        raise RuntimeError(
            f"pad(): Expected {n + 1}D or {n + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(shape)}"
        )
    places = []
    sizes = list(enumerate(zip(shape[-n:], widths, strict=True)))
    for d, (m, (a, b)) in reversed(sizes):  # the last dimension is the one that PyTorch looks at first
        limit = {"reflect": m - 1, "circular": m}.get(mode, max(a, b))
        if max(a, b) > limit:
            raise RuntimeError(
                f"pad(): Argument #{2 * (n - d) + 2}: Padding size should be less than the corresponding input "
                f"dimension, but got: padding ({a}, {b}) at dimension {input.ndim - n + d} of input {list(shape)}"
            )
    for d, (m, (a, b)) in sizes:
        if m + a + b < (0 if mode == "circular" else 1):
            raise RuntimeError(
                f"pad(): input of size {m} is too small for padding ({a}, {b}) at dimension {input.ndim - n + d}: "
                f"calculated output size: {m + a + b}"
            )
        inside, more = np.arange(m), (max(a, 0), max(b, 0))
        if mode == "circular":  # what is cut off does not come back on the other side
            around = np.pad(inside[max(-a, 0) : m - max(-b, 0)], more, mode="wrap")
        else:
            around = np.pad(inside, more, mode=_NUMPY_MODES[mode])
            around = around[max(-a, 0) : len(around) - max(-b, 0)]
        places.append(tuple(around.tolist()))
    made: Tensor = placed.record((input,), {"places": tuple(places), "node": _NAMES[mode].format(n)})
    return made
