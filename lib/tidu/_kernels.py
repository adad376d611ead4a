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
from tidu._blas import transposer
from tidu._threads import blas_yields, get_num_threads, one_blas_thread, share

ndarray = np.ndarray

LARGE = 1 << 18  # elements: all that an operation on fewer touches is in the cache anyway
WAKE = 1 << 19  # elements from which a simple operation is worth waking threads for
BLOCK = 1 << 18  # elements at a time: few enough for the cache, so many that what Python does in between is nothing
ROWS = 1 << 17  # elements in rows that several operations go over one after the other: fewer, for a core's own cache
MANY = 1 << 10  # elements: with fewer, an array beside them is no faster than a number
LONG = 1 << 8  # elements from which to add two rows takes longer than to say so
SHORT = 1 << 9  # rows up to which it takes longer to say that they are elements than to copy them
PROBE = 1 << 12  # elements of which the result is looked at first
FEW = 1 << 13  # elements: to add fewer takes less time than to see how
ROOMS = 64  # layouts of a scratch vector that a thread remembers
KEPT = 1 << 22  # bytes of a scratch vector that are kept for the next time
ALONE = 1 << 24  # multiplications up to which one thread does a product alone
AWAKE = 1 << 18  # the same of OpenBLAS: for more it wakes its own threads (``one_blas_thread``)
TOGETHER = 1 << 26  # multiplications up to which it should, where one thread is not enough
RUN = 512  # elements that a dot product adds up in one go, several sums side by side: as exact as pairwise
STACK = 128  # rows that a product adds up in one go, one after the other


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


_own, _rooms = _local(), _local()  # each thread's
_BYTE = np.empty(0, np.uint8)


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


def kept_room(name: str, layout: Any, size: int, like: Array, make: Callable[[Any, Array], Any]) -> Any:
    """``make(layout, memory)``: views of so many bytes of a scratch vector, or what holds such views.

    A thread makes it once for each layout: views take longer to make than small arrays to compute.
    """
    if type(like) is not ndarray:
        return make(layout, np.empty(size, np.uint8, like=like))
    found = scratch(name, size, _BYTE)
    if found.base is None:  # it is too much to keep
        return make(layout, found)
    memory, rooms = _rooms.__dict__.get(name, (None, None))
    if memory is not found.base or len(rooms) > ROOMS:
        rooms = {}
        _rooms.__dict__[name] = found.base, rooms
    made = rooms.get(layout)
    if made is None:
        made = rooms[layout] = make(layout, found)
    return made


def copy_rows(target: Array, source: Array) -> None:
    """``target[...] = source``, where rows are short: many are copied as one element each, in half the time."""
    size = source.shape[-1]
    if target.size > SHORT * size > 0 and type(source) is type(target) is ndarray and source.dtype is target.dtype:
        n = size * source.itemsize
        if source.strides[-1] == target.strides[-1] == source.itemsize and n <= 1 << 10:
            row = _row_of(n)
            source, target = source.view(row), target.view(row)
    target[...] = source


def turn(out: Array, x: Array) -> None:
    """``out[...] = x.T`` of matrices, in another dtype perhaps: BLAS takes half of NumPy's time, or a quarter."""
    narrow = min(x.dtype, out.dtype, key=lambda d: d.itemsize)
    whole = x.size >= PROBE and x.flags.c_contiguous and out.flags.c_contiguous
    move = transposer(narrow.char) if whole and type(x) is type(out) is ndarray else None
    if move is None:
        out[...] = x.astype(narrow, copy=False).T  # cast first: twice as fast
        return
    if x.dtype is not narrow:
        room = scratch("turn", x.size, np.empty(0, narrow)).reshape(x.shape)
        np.copyto(room, x, casting="same_kind")
        x = room
    if out.dtype is narrow:
        move(x, out)
        return
    room = scratch("turn", x.size, x).reshape(out.shape)
    move(x, room)
    out[...] = room


def in_rows(x: Array) -> Array:
    """A row-major copy."""
    if type(x) is not ndarray or x.ndim != 2 or not x.flags.f_contiguous:
        return x.copy(order="C")
    out = np.empty(x.shape, x.dtype)
    turn(out, x.T)
    return out


@cache
def _row_of(size: int) -> np.dtype:
    return np.dtype((np.void, size))


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

    ``f`` gets vectors of the arrays' elements, and numbers and all that is no array as it is; an op that can write
    its result ``into`` a place does.
    """
    threads = get_num_threads() if max(getattr(a, "size", 0) for a in arrays) >= WAKE else 1
    plain = type(f) is np.ufunc
    into = getattr(f, "into", False)
    if plain and threads == 1:
        return f(*arrays)
    found = _flat(arrays)
    if found is None or found[0].size < LARGE:
        return f(*arrays)
    whole, flat = found
    count, start = whole.size, PROBE

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
    target = (out if whole.flags.c_contiguous else out.T).reshape(-1)
    target[:start] = first
    pieces = -(-(count - start) // BLOCK)
    pieces += -pieces % threads
    step = -(-(count - start) // pieces)
    pieces = -(-(count - start) // step)

    def work(i: int) -> None:
        at = slice(start + i * step, min(start + (i + 1) * step, count))
        if plain:
            f(*cut(at), out=target[at])
        elif into:
            f(*cut(at), into=target[at])
        else:
            target[at] = f(*cut(at))

    share(work, pieces, threads == 1)
    return out


def rowwise(f: Callable[..., Any], *arrays: Array) -> Array:
    """``f(*arrays)``, where each row of the result, along the last dimension, depends on the rows at its place alone.

    The result is like the first array. ``f`` may get matrices of some of the rows, and ``out``, where to write.
    """
    x = arrays[0]
    alike = (type(a) is ndarray and a.shape == x.shape and a.dtype == x.dtype and a.flags.c_contiguous for a in arrays)
    if x.size < LARGE or not all(alike):
        return f(*arrays)
    out = np.empty_like(x)
    rows = [a.reshape(-1, x.shape[-1]) for a in (*arrays, out)]
    step = max(1, ROWS // x.shape[-1])

    def work(i: int) -> None:
        *given, target = (a[i * step : (i + 1) * step] for a in rows)
        f(*given, out=target)

    with one_blas_thread():
        share(work, -(-len(rows[0]) // step))
    return out


def total(x: Array, dim: tuple[int, ...] | None, keepdim: bool) -> Array:
    """``x.sum(dim, keepdims=keepdim)``, as exact as it is there."""
    if type(x) is ndarray and x.size < FEW:
        return as_array(np.add.reduce(x, axis=dim, keepdims=keepdim))  # type: ignore[call-overload]  # as ``sum`` does
    dims = range(x.ndim) if dim is None else sorted(dim)
    plain = type(x) is not ndarray or x.dtype.char not in "fd" or not dims
    if plain or not x.flags.c_contiguous or dims[-1] - dims[0] != len(dims) - 1:
        return as_array(x.sum(axis=dim, keepdims=keepdim))
    start, stop, shape = dims[0], dims[-1] + 1, x.shape
    before, after = shape[:start], shape[stop:]
    found = _middle_sums(x.reshape(math.prod(before), math.prod(shape[start:stop]), math.prod(after)))
    return found.reshape((*before, *([1] * len(dims) if keepdim else ()), *after))


def _middle_sums(x: ndarray) -> ndarray:
    """Sums over the second of three dimensions: products with ones, of few elements each, added in double precision."""
    m, n, k = x.shape
    if n < 8 and k >= 64:
        return np.add.reduce(x, axis=1)
    longest = RUN if k == 1 else STACK
    if n >= 64 * longest:  # the errors of many runs cancel: each may be longer, which is faster
        longest *= 8
    runs = -(-n // longest)
    length = n // runs
    whole = length * runs
    ones = _constant(1, x.dtype)
    if k > 1:
        parts = np.matmul(ones[:length], x[:, :whole].reshape(m, runs, length, k))
    elif whole == n:
        parts = np.matmul(x.reshape(-1, length), ones[:length]).reshape(m, runs, 1)
    else:
        rows = x[:, :whole].reshape(m, runs, length)
        many = m > runs  # the longer way round: fewer products
        parts = np.matmul(rows.swapaxes(0, 1) if many else rows, ones[:length])
        parts = (parts.T if many else parts)[:, :, None]
    if whole < n:
        return (np.add.reduce(parts, axis=1, dtype=np.float64) + np.add.reduce(x[:, whole:], axis=1)).astype(x.dtype)
    if runs <= 2:
        return parts[:, 0] if runs == 1 else parts[:, 0] + parts[:, 1]
    return np.add.reduce(parts, axis=1, dtype=np.float64).astype(x.dtype)


def product(x: Array, dim: int | None, keepdim: bool) -> Array:
    """``x.prod(dim, keepdims=keepdim)``; along rows by halves, of which NumPy multiplies several elements at once."""
    plain = type(x) is not ndarray or x.size < FEW or x.dtype.char not in "fdlq" or not x.flags.c_contiguous
    if plain or dim not in (None, x.ndim - 1) or 0 in x.shape:
        return as_array(x.prod(axis=dim, keepdims=keepdim))
    shape = x.shape[:-1] if dim is not None else ()
    rows = x.reshape(math.prod(shape), -1)
    while (n := rows.shape[1]) > 1:
        half = n // 2
        folded = rows[:, :half] * rows[:, half : 2 * half]
        if n % 2:
            folded[:, 0] *= rows[:, -1]
        rows = folded
    return rows.reshape((*shape, *[1] * (x.ndim - len(shape))) if keepdim else shape)


def by_places(
    index: ndarray, dim: int, shape: tuple[int, ...], work: Callable[[slice, ndarray], object], apart: bool = True
) -> None:
    """``work(rows, places)`` for blocks of the index's rows, side by side if these are ``apart``.

    ``places`` are those in a flattened array of ``shape`` which the index stands for along ``dim``.
    """
    step = max(1, ROWS * len(index) // index.size) if apart else len(index)

    def piece(i: int) -> None:
        at = slice(i * step, (i + 1) * step)
        work(at, _places(index[at], dim, shape, i * step if dim else 0))

    share(piece, -(-len(index) // step))


def _places(index: ndarray, dim: int, shape: tuple[int, ...], row: int) -> ndarray:
    """The places of an index whose first row is so many rows behind that of the array."""
    start: Any = row * math.prod(shape[1:])
    for d, n in enumerate(index.shape):
        if d != dim and n > 1:
            size = math.prod(shape[d + 1 :])
            start = start + np.arange(0, n * size, size).reshape(n, *[1] * (index.ndim - d - 1))
    size = math.prod(shape[dim + 1 :])
    if size == 1:
        return index + start if type(start) is ndarray or start else index
    places = np.multiply(index, size, dtype=np.intp)
    places += start
    return places


def choose(c: Array, x: Any, y: Any) -> Any:
    """``np.where(c, x, y)``; of many numbers by their bits, in a quarter of the time: no branch, nothing to guess."""
    both = [a for a in (x, y) if type(a) is ndarray and a.shape == c.shape]
    plain = type(c) is ndarray and c.dtype.kind == "b" and c.size >= PROBE and both and both[0].dtype.char in "fd"
    kind = both[0].dtype if plain else None
    if not plain or any(type(a) not in (float, int) and getattr(a, "dtype", None) != kind for a in (x, y)):
        return np.where(c, x, y)
    bits = f"i{both[0].itemsize}"
    first, second = ((a if type(a) is ndarray else np.asarray(a, kind)).view(bits) for a in (x, y))
    if second.ndim == 0 and not second:
        return np.bitwise_and(first, np.negative(c.view(np.int8))).view(kind)
    if first.ndim == 0 and not first:
        return np.bitwise_and(second, np.subtract(c.view(np.int8), np.int8(1))).view(kind)
    found = np.bitwise_xor(first, second)
    np.bitwise_and(found, np.negative(c.view(np.int8)), out=found)
    return np.bitwise_xor(found, second, out=found).view(kind)


def add_at(out: Array, index: tuple[Any, ...], values: Array) -> None:
    """``np.add.at(out, index, values)``; where the index picks whole rows, number by number, a third of the time, and
    row by row where they are long."""
    at: Any = index[0] if len(index) == 1 else None
    width = math.prod(out.shape[1:])
    whole = type(at) is type(out) is type(values) is ndarray and at.dtype.kind == "i" and out.flags.c_contiguous
    whole = whole and width > 1 and out.dtype == values.dtype and values.shape == (*at.shape, *out.shape[1:])
    if not whole or not at.size or at.min() < -len(out) or at.max() >= len(out):
        np.add.at(out, index, values)
        return
    rows = values.reshape(-1, width)
    if width >= LONG:
        lines = out.reshape(-1, width)
        for place, row in zip(at.reshape(-1).tolist(), rows, strict=True):
            line = lines[place]
            line += row
        return
    flat, columns = out.reshape(-1), np.arange(width)
    first = at.reshape(-1, 1).astype(np.intp) * width  # of a row from behind too: the vector's end is as far from there
    step = max(1, ROWS // width)
    for i in range(0, len(rows), step):
        np.add.at(flat, (first[i : i + step] + columns).reshape(-1), rows[i : i + step].reshape(-1))


def matmul(a: Array, b: Array) -> Array:
    """``np.matmul(a, b)``. Of two large matrices each thread takes some rows, of two batches some of the matrices.

    What one thread does soon is not worth waking any. Between that and where it does not matter how quick threads are
    to answer, those of BLAS are: see ``one_blas_thread``. Sizes alone decide, so that the last bits stay the same.
    """
    if type(a) is ndarray and a.ndim == b.ndim == 2 and a.size * b.shape[1] <= AWAKE and a.dtype.char in "fd":
        return a.dot(b)  # most of a course's products: what else is asked takes as long as they do
    if a.dtype.char == b.dtype.char == "e":  # added up in single precision, as in PyTorch
        return matmul(a.astype(np.float32), b.astype(np.float32)).astype(np.float16)
    ours = type(a) is type(b) is ndarray and a.dtype is b.dtype and a.dtype.char in "fd" and 1 < a.ndim == b.ndim < 4
    if not ours or a.size * b.shape[-1] <= AWAKE or not blas_yields():
        return a.dot(b) if type(a) is ndarray and a.ndim == b.ndim == 2 else np.matmul(a, b)
    single, count, threads = a.ndim == 2, len(a), get_num_threads()
    each = a.shape[-2] * a.shape[-1] * b.shape[-1]
    if each > ALONE and (each <= TOGETHER or not single or count < 8 * threads) or (not single and len(b) != count):
        return np.matmul(a, b)
    pieces = min(count, threads if single else 4 * threads)
    if each <= ALONE if single else count * each < 4 * LARGE:
        pieces = 1
    with one_blas_thread():
        if pieces == 1:
            return np.matmul(a, b)
        out = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype)
        step = -(-count // pieces)

        def piece(i: int) -> None:
            at = slice(i * step, (i + 1) * step)
            np.matmul(a[at], b if single else b[at], out=out[at])

        share(piece, -(-count // step))
    return out
