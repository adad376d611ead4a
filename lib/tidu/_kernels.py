"""Large arrays: how to go over them without waiting for memory. 大数组的计算。

An operation of several passes over 40 MB reads and writes main memory in each. Done block after block, with blocks that
stay in the cache, it does so once, makes no temporaries of that size, and threads can take a block each. Everything
here gives what the plain call gives; of small arrays, and of those on other devices, it makes the plain call.
"""

from __future__ import annotations

import math
from _thread import _local  # the module ``threading`` calls it ``local``
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from tidu._backend import Array, as_array
from tidu._threads import blas_yields, get_num_threads, one_blas_thread, share

ndarray = np.ndarray

LARGE = 1 << 18  # elements: all that an operation on fewer touches is in the cache anyway
BLOCK = 1 << 18  # elements at a time: few enough for the cache, so many that what Python does in between is nothing
MANY = 1 << 10  # elements: with fewer, an array beside them is no faster than a number
PROBE = 1 << 12  # elements of which the result is looked at first
FEW = 1 << 13  # elements: to add fewer takes less time than to see how
KEPT = 1 << 22  # bytes of a scratch vector that are kept for the next time
ALONE = 1 << 24  # multiplications from which the threads of BLAS are worth waking for one product
RUN = 512  # elements that a dot product adds up in one go: it keeps 32 sums of 16, as NumPy keeps 8 of 16


@cache
def _constant(value: float, dtype: np.dtype) -> ndarray:
    found = np.full(BLOCK, value, dtype)
    found.flags.writeable = False
    return found


def zeros_for(x: Array) -> Any:
    """Zero as an operand beside ``x``: where there are many, an array, with which NumPy is four times as fast."""
    if type(x) is ndarray and MANY <= x.size <= BLOCK:
        return _constant(0, x.dtype)[: x.size].reshape(x.shape)
    return x.dtype.type(0)


_own = _local()  # each thread's


def scratch(name: str, count: int, like: Array) -> Array:
    """A vector for so many elements of the dtype of ``like`` that holds anything at first, the same memory each time.

    Of a name, a thread has one at a time: what it held is gone with the next call.
    """
    if type(like) is not ndarray or count * like.itemsize > KEPT:
        return np.empty(count, like.dtype, like=like)
    held: dict[str, ndarray] = _own.__dict__
    size = count * like.itemsize
    found = held.get(name)
    if found is None or found.size < size:
        found = held[name] = np.empty(size, np.uint8)
    return found[:size].view(like.dtype)


def _flat(arrays: Sequence[Any]) -> tuple[ndarray, list[ndarray | None]] | None:
    """The first array, and each as a vector in memory's order, None for numbers and what has no elements to go over.

    None where the arrays are not all of one shape and dense in one order.
    """
    dense = [a for a in arrays if type(a) is ndarray and a.ndim and (a.flags.c_contiguous or a.flags.f_contiguous)]
    if not dense:
        return None
    first = dense[0]
    turned = not first.flags.c_contiguous
    flat: list[ndarray | None] = []
    for a in arrays:
        if type(a) is not ndarray or not a.ndim:
            if type(a) is not ndarray and hasattr(a, "__array_function__") and not isinstance(a, np.generic):
                return None  # on a device
            flat.append(None)
            continue
        repeated = not any(a.strides)  # a number, expanded
        if a.shape != first.shape or not (repeated or (a.flags.f_contiguous if turned else a.flags.c_contiguous)):
            return None
        flat.append((a.T if turned else a).reshape(-1))
    return first, flat


def blockwise(f: Callable[..., Any], *arrays: Any) -> Any:
    """``f(*arrays)``, where each element of the result depends on the elements at its place alone.

    ``f`` gets vectors of the arrays' elements, and numbers and all that is no array as it is.
    """
    return _in_blocks(f, arrays, ())


def rowwise(f: Callable[..., Any], *arrays: Any) -> Any:
    """``f(*arrays)``, where each row of the result, along the last dimension, depends on the rows at its place alone.

    ``f`` may get matrices of some of the rows.
    """
    return _in_blocks(f, arrays, arrays[0].shape[-1:])


def _in_blocks(f: Callable[..., Any], arrays: Sequence[Any], row: tuple[int, ...]) -> Any:
    threads = get_num_threads()
    plain = type(f) is np.ufunc
    if plain and threads == 1:
        return f(*arrays)
    found = _flat(arrays)
    if found is None or found[0].size < LARGE or (row and not found[0].flags.c_contiguous):
        return f(*arrays)
    whole, flat = found
    flat = [None if v is None else v.reshape(-1, *row) for v in flat]
    width = math.prod(row)
    count, start = whole.size // width, max(1, PROBE // width)

    def cut(at: slice) -> list[Any]:
        return [a if v is None else v[at] for a, v in zip(arrays, flat, strict=True)]

    given = cut(slice(start))
    first = f(*given)
    for a, block in zip(arrays, given, strict=True):
        if first is block:
            return a
    if type(first) is not ndarray or not first.ndim or len(first) != start or start == count:
        return f(*arrays)
    out = np.empty_like(whole, dtype=first.dtype)
    target = (out if whole.flags.c_contiguous else out.T).reshape(-1, *row)
    target[:start] = first
    pieces = -(-(count - start) * width // BLOCK)
    pieces += -pieces % threads
    step = -(-(count - start) // pieces)
    pieces = -(-(count - start) // step)

    def work(i: int) -> None:
        at = slice(start + i * step, min(start + (i + 1) * step, count))
        if plain:
            f(*cut(at), out=target[at])
        else:
            target[at] = f(*cut(at))

    share(work, pieces)
    return out


def row_sums(x: ndarray) -> ndarray:
    """Sums of the rows of a matrix of floats, by dot products of at most ``RUN`` elements."""
    m, n = x.shape
    runs = -(-n // RUN)
    length = n // runs if runs and n % runs == 0 else RUN
    whole = n - n % length
    ones = _constant(1, x.dtype)
    parts = np.vecdot(x[:, :whole].reshape(m, -1, length), ones[:length])
    if whole < n:
        parts = np.concatenate([parts, np.vecdot(x[:, whole:], ones[: n - whole])[:, None]], axis=1)
    if parts.shape[1] == 1:
        return parts[:, 0]
    if parts.shape[1] == 2:
        return np.add(parts[:, 0], parts[:, 1])
    return np.add.reduce(parts, axis=1, dtype=np.float64).astype(x.dtype)


def total(x: Array, dim: tuple[int, ...] | None, keepdim: bool) -> Array:
    """``x.sum(dim, keepdims=keepdim)``, as exact as it is there."""
    dims = tuple(range(x.ndim)) if dim is None else tuple(sorted(dim))
    plain = type(x) is not ndarray or x.size < FEW or x.dtype.char not in "fd" or not dims
    if plain or not x.flags.c_contiguous or dims != tuple(range(dims[0], dims[0] + len(dims))):
        return as_array(x.sum(axis=dim, keepdims=keepdim))
    before, n, after = (
        math.prod(x.shape[a:b]) for a, b in ((0, dims[0]), (dims[0], dims[-1] + 1), (dims[-1] + 1, None))
    )
    if after == 1:
        found = _sum_rows(x.reshape(before, n))
    else:
        found = _sum_columns(x.reshape(before, n, after))
    kept = [1 if d in dims else m for d, m in enumerate(x.shape) if keepdim or d not in dims]
    return found.reshape(kept)


def _sum_rows(x: ndarray) -> ndarray:
    m, n = x.shape
    if m == 1 and n > 2 * BLOCK:  # one long row: as many shorter ones
        whole = n - n % BLOCK
        parts = _sum_rows(x[:, :whole].reshape(-1, BLOCK)).astype(np.float64)
        return np.append(parts, row_sums(x[:, whole:])).sum(keepdims=True).astype(x.dtype)
    out = np.empty(m, x.dtype)
    step = max(1, BLOCK // n, m // (4 * get_num_threads()))  # nothing but sums is kept: a piece need not fit the cache

    def work(i: int) -> None:
        out[i * step : (i + 1) * step] = row_sums(x[i * step : (i + 1) * step])

    share(work, -(-m // step))
    return out


def _sum_columns(x: ndarray) -> ndarray:
    """Sums over the middle dimension, pieces of which are added up in double precision."""
    m, n, k = x.shape
    if m > 1:
        out = np.empty((m, k), x.dtype)
        step = max(1, BLOCK // (n * k))

        def work(i: int) -> None:
            np.add.reduce(x[i * step : (i + 1) * step], axis=1, out=out[i * step : (i + 1) * step])

        share(work, -(-m // step))
        return out
    step = max(1, BLOCK // k)
    parts = np.empty((-(-n // step), k), np.float64)

    def piece(i: int) -> None:
        parts[i] = np.add.reduce(x[0, i * step : (i + 1) * step], axis=0)

    share(piece, len(parts))
    return parts.sum(axis=0).astype(x.dtype)


def batched_matmul(a: Array, b: Array) -> Array:
    """``np.matmul(a, b)``. Of matrices that are too small to keep several threads busy, each takes a share."""
    if type(a) is not ndarray or a.ndim != 3 or b.ndim != 3 or len(a) != len(b) or a.dtype.char not in "fd":
        return np.matmul(a, b)
    m, k, n = a.shape[1], a.shape[2], b.shape[2]
    if m * k * n > ALONE or len(a) * m * k * n < 4 * LARGE or not blas_yields():
        return np.matmul(a, b)
    out = np.empty((len(a), m, n), a.dtype)
    step = -(-len(a) // (4 * get_num_threads()))

    def piece(i: int) -> None:
        at = slice(i * step, (i + 1) * step)
        np.matmul(a[at], b[at], out=out[at])

    with one_blas_thread():
        share(piece, -(-len(a) // step))
    return out
