"""Kernels of sorting and selection, along the last axis. 排序与选取的内核。

The order is stable, with NaN as the largest. NumPy's stable sorts are slow, and its fast ones, written for the
processor's vectors, are not stable: so what is sorted is a number that holds the element's bits above its position.
"""

from __future__ import annotations

import numpy as np

from tidu._backend import Array

SMALL = 2000  # elements below which one plain call is the fastest


def bits_of(x: Array) -> Array:
    """Unsigned integers in the order of the elements: equal for equal elements, largest for NaN."""
    unsigned = np.dtype(f"u{x.dtype.itemsize}")
    top = unsigned.type(1 << (8 * x.dtype.itemsize - 1))
    if x.dtype.kind in "bu":
        return x.view(unsigned)
    if x.dtype.kind == "i":
        return x.view(unsigned) ^ top
    plain = x + x.dtype.type(0)  # -0. and 0. are equal
    bits = plain.view(unsigned)
    signed = np.dtype(f"i{x.dtype.itemsize}")
    bits ^= (bits.view(signed) >> signed.type(8 * x.dtype.itemsize - 1)).view(unsigned) | top
    nan = x != x
    if nan.any():
        bits[nan] = ~unsigned.type(0)
    return bits


def order(x: Array, descending: bool = False) -> Array:
    """Positions that sort the last axis, as int64; equal elements stay in their order. 稳定排序的下标。"""
    n = x.shape[-1]
    if x.size <= SMALL or type(x) is not np.ndarray:
        if not descending:
            return np.argsort(x, axis=-1, kind="stable").astype(np.int64, copy=False)
        return n - 1 - np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1].astype(np.int64, copy=False)
    x = np.ascontiguousarray(x)
    width = max(n - 1, 1).bit_length()
    if x.dtype.itemsize <= 2:
        bits = bits_of(x)
        return np.argsort(~bits if descending else bits, axis=-1, kind="stable").astype(np.int64, copy=False)
    if x.dtype.itemsize <= 4:
        return _by_packing(bits_of(x).astype(np.uint64), 32, width, descending)
    if x.dtype.kind in "iu":
        least = x.min()
        span = (int(x.max()) - int(least)).bit_length()
        if span + width <= 64:
            return _by_packing((x - least).view(np.uint64), span, width, descending)
    return _by_repair(x, width, descending)


def _by_packing(bits: Array, span: int, width: int, descending: bool) -> Array:
    """Numbers of ``span`` bits, with the position in ``width`` bits below them."""
    if descending:
        bits = np.uint64((1 << span) - 1) - bits
    bits <<= np.uint64(width)
    bits |= np.arange(bits.shape[-1], dtype=np.uint64)
    bits.sort(axis=-1)
    bits &= np.uint64((1 << width) - 1)
    return bits.view(np.int64)


def _by_repair(x: Array, width: int, descending: bool) -> Array:
    """A fast sort that may leave equal elements in any order; where there are any, they are sorted by position."""
    found = np.argsort(x, axis=-1).astype(np.int64, copy=False)
    if descending:
        found = found[..., ::-1]
    values = taken(x, found)
    fresh = values[..., 1:] != values[..., :-1]
    if x.dtype.kind == "f":
        fresh &= (values[..., 1:] == values[..., 1:]) | (values[..., :-1] == values[..., :-1])
    if fresh.all():
        return np.ascontiguousarray(found)
    group = np.zeros(x.shape, np.uint64)
    np.cumsum(fresh, axis=-1, out=group[..., 1:])
    group <<= np.uint64(width)
    group |= found.view(np.uint64)
    group.sort(axis=-1)
    group &= np.uint64((1 << width) - 1)
    return group.view(np.int64)


def taken(x: Array, index: Array) -> Array:
    """``take_along_axis`` of the last axis: by flat positions, in a third of the time."""
    if x.ndim == 1:
        return x[index]
    if x.size <= SMALL or type(x) is not np.ndarray:
        return np.take_along_axis(x, index, -1)
    rows = np.arange(x.size // x.shape[-1], dtype=np.int64).reshape(*x.shape[:-1], 1) * x.shape[-1]
    return np.ascontiguousarray(x).reshape(-1).take(index + rows)


def ranked(x: Array, k: int) -> Array:
    """Position of the element of rank ``k`` (from 0) in the order above, with the last axis kept at size 1."""
    if x.size <= SMALL or x.shape[-1] < 16:
        return order(x)[..., k : k + 1]
    value = np.partition(x, k, axis=-1)[..., k : k + 1]
    same = x == value
    below = x < value
    if x.dtype.kind == "f":
        nan = x != x
        same |= nan & (value != value)
        below |= ~nan & (value != value)
    skip = k - np.count_nonzero(below, axis=-1, keepdims=True)  # of those that are equal to it
    if not skip.any():
        return same.argmax(axis=-1, keepdims=True).astype(np.int64, copy=False)
    return (np.cumsum(same, axis=-1) > skip).argmax(axis=-1, keepdims=True).astype(np.int64, copy=False)


def leading(x: Array, k: int, largest: bool) -> Array:
    """Positions of the ``k`` largest or smallest, in order. 最大或最小的 k 个的下标。"""
    n = x.shape[-1]
    if x.size <= SMALL or n < 64 or 4 * k > n or type(x) is not np.ndarray:
        return order(x, largest)[..., :k]
    if k == 0:
        return np.empty((*x.shape[:-1], 0), np.int64)
    at = n - k if largest else k - 1
    if x.ndim > 1:
        found = np.argpartition(np.ascontiguousarray(x), at, axis=-1)[..., slice(at, None) if largest else slice(k)]
        found = np.sort(found.astype(np.int64, copy=False), axis=-1)
        return taken(found, order(taken(x, found), largest))
    bound = np.partition(x, at)[at]
    if largest:
        among = ~(x < bound) if bound == bound else x != x
    else:
        among = x <= bound if bound == bound else np.ones(n, bool)
    found = np.flatnonzero(among).astype(np.int64, copy=False)
    return found[order(x[found], largest)[:k]]
