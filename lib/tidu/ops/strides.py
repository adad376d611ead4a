"""Views by raw strides: windows, ``as_strided``, and changes of shape in place. 按步幅的视图。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidu._args import As, Dim, Int, Ints, kind_of, type_name
from tidu._backend import holds, zeros_beside
from tidu._define import by_example, op, publish
from tidu._inference import before_writing
from tidu._record import rename
from tidu._registry import FUNCTIONS
from tidu._tangents import give
from tidu._tensor import Tensor, element_strides, wrap
from tidu._writable import check_history
from tidu.ops.view import at_strides, t, transpose, unsqueeze


@op(lambda g, x_shape, dimension, size, step: unfold_backward(g, x_shape, dimension, size, step), view="single",
    jvp="linear")  # fmt: skip
def unfold(x, dimension: Dim, size: Int, step: Int):
    """滑动窗口 / Windows of ``size`` every ``step`` positions of a dimension, as a new last dimension."""
    if step <= 0:
        raise RuntimeError(f"unfold(): argument 'step' is {step} but must be > 0")
    n = x.shape[dimension] if x.ndim else 1
    if size > n or size < 0:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {n} but size is {size}")
    own = element_strides(x)
    if not x.ndim:
        return at_strides(x, (size,), (1,))
    shape, steps = list(x.shape), list(own)
    shape[dimension], steps[dimension] = (n - size) // step + 1, own[dimension] * step
    return at_strides(x, [*shape, size], [*steps, own[dimension]])


@op(lambda g, dimension, size, step: unfold(g, dimension, size, step), jvp="linear", public=False)
def unfold_backward(x, shape: Ints, dimension: Int, size: Int, step: Int):
    """窗口的梯度加回原位 / Windows added back to where they came from."""
    out = zeros_beside(x, shape)
    if not shape:
        return out + x.sum()
    np.add.at(np.moveaxis(out, dimension, 0), _window_index(x.shape[dimension], size, step),
              np.moveaxis(x, [dimension, -1], [0, 1]))  # fmt: skip
    return out


def _window_index(windows: int, size: int, step: int) -> np.ndarray:
    return np.arange(windows)[:, None] * step + np.arange(size)


@op(lambda g, x_shape, x_strides, size, stride, storage_offset: as_strided_backward(
        g, x_shape, x_strides, size, stride, storage_offset), view="single", public=False)  # fmt: skip
def as_strided(x, size: Ints, stride: Ints, storage_offset: Int, x_strides: As):
    """任意步幅的视图 / A view with the given sizes, strides and offset (in elements)."""
    start, stop = storage_offset * x.itemsize, (storage_offset + _reach(size, stride)) * x.itemsize
    if 0 not in size and not holds(x, start, stop):
        # in a gradient, x is a copy of what was part of a larger memory
        raise RuntimeError(f"Tensor: invalid storage offset {storage_offset}: as_strided reaches beyond its base")
    return at_strides(x, size, stride, storage_offset)


@op(lambda g, x_strides, size, stride, storage_offset: as_strided_copy(g, size, stride, storage_offset, x_strides),
    jvp="linear", public=False)  # fmt: skip
def as_strided_backward(x, shape: Ints, x_strides: As, size: Ints, stride: Ints, storage_offset: Int):
    """任意步幅视图的梯度 / Elements added back to the memory positions they were read from.

    Where several elements of the input are one position, each gets an equal part of what arrived there.
    """
    own = _positions(shape, x_strides)
    return _relaid(x, _positions(size, stride) + storage_offset, own) / _sharing(x, own)


@op(lambda g, x_shape, x_strides, size, stride, storage_offset: as_strided_backward(
        g, x_shape, x_strides, size, stride, storage_offset), jvp="linear", public=False)  # fmt: skip
def as_strided_copy(x, size: Ints, stride: Ints, storage_offset: Int, x_strides: As):
    """任意步幅的拷贝 / What ``as_strided`` reads, were ``x`` laid out with ``x_strides``: a gradient may not be."""
    own = _positions(x.shape, x_strides)
    return _relaid(x / _sharing(x, own), own, _positions(size, stride) + storage_offset)


def _sharing(x: Any, positions: np.ndarray) -> Any:
    """How many elements of the input are the same position as this one, itself included, in the dtype of ``x``."""
    _, which, counts = np.unique(positions, return_inverse=True, return_counts=True)
    shared = zeros_beside(x, positions.shape)
    shared[...] = counts[which.reshape(positions.shape)]
    return shared


def _relaid(x: Any, lie: np.ndarray, read: np.ndarray) -> Any:
    """What stands at the positions ``read`` once ``x`` has been added into zeros at the positions ``lie``.

    A position may be negative: a view can read what lies before its input.
    """
    before = -min(lie.min(initial=0), read.min(initial=0))
    flat = zeros_beside(x, before + 1 + max(lie.max(initial=0), read.max(initial=0)))
    np.add.at(flat, lie + before, x)
    return flat[read + before]


def _reach(shape: Sequence[int], strides: Sequence[int]) -> int:
    return 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))


def _positions(shape: Sequence[int], strides: Sequence[int]) -> np.ndarray:
    where = np.zeros((), np.intp)
    for n, s in zip(shape, strides, strict=True):
        where = where[..., None] + np.arange(n) * s
    return where


@by_example
def _as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """任意步幅的视图 / A view of the storage with the given sizes, strides and offset, all in elements."""
    if not isinstance(input, Tensor):
        raise TypeError(f"as_strided(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    sizes = kind_of(Ints).parse(size, "as_strided", "size", 2, 0)
    strides = kind_of(Ints).parse(stride, "as_strided", "stride", 3, 0)
    if len(sizes) != len(strides):
        raise RuntimeError(
            f"as_strided(): mismatch in length of strides and shape: got size {list(sizes)} and stride {list(strides)}"
        )
    offset = here = input.storage_offset()
    if storage_offset is not None:
        offset = kind_of(Int).parse(storage_offset, "as_strided", "storage_offset", 4, 0)
    if any(s < 0 for s in strides):
        raise RuntimeError(
            f"as_strided(): Negative strides are not supported at the moment, got strides: {list(strides)}"
        )
    total, itemsize = input.untyped_storage().nbytes(), input.element_size()
    need = (offset + _reach(sizes, strides)) * itemsize
    if offset < 0 or (0 not in sizes and need > total):
        raise RuntimeError(
            f"setStorage: sizes {list(sizes)}, strides {list(strides)}, storage offset {offset}, and itemsize "
            f"{itemsize} requiring a storage size of {need} are out of bounds for storage of size {total}"
        )
    own = element_strides(input._array)
    attrs = {"size": sizes, "stride": strides, "storage_offset": offset - here, "x_strides": own}
    return as_strided.record((input,), attrs)


publish("as_strided", _as_strided)


def _dim_order(self: Tensor, ambiguity_check: Any = False) -> tuple[int, ...]:
    """各维在内存中的次序 / The dimensions from the outermost in memory to the innermost."""
    steps = self.stride()
    return tuple(sorted(range(self.ndim), key=lambda d: -steps[d]))


publish("dim_order", _dim_order, namespace=False)


def _changing_shape(name: str, made: Any, later: int) -> Any:
    """``t_`` and its like: the tensor itself looks at its memory in another way from now on.

    ``later``: by how much PyTorch's number of the in-place overload is higher.
    """

    def function(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        before_writing(self)
        if self.requires_grad:
            check_history(self)
        before = wrap(self._array)
        before._storage, before._view = self.untyped_storage(), self._view
        before._node, before._requires_grad, before._tangent = self._node, self.requires_grad, self._tangent
        after = made(before, *args, **kwargs)
        self._array, storage = after._array, self.untyped_storage()
        storage.version += 1
        give(self, after._tangent)
        if self._view is None:
            self._turned = True
        else:
            seen = self._view.seen if after._node is None else storage.version
            self._view = after._view
            self._view.seen = seen
        if after._node is not None:
            node = after._node
            self._node, self._requires_grad = node, True
            rename(node, int(node.name()[-1]) + later)
        return self

    function.__doc__ = f"In-place form of ``{name}``: the same tensor, its memory read in another way. 原地版本。"
    return function


for _name, _made, _later in (
    ("t", t.public, 1), ("transpose", transpose.public, 1), ("swapaxes", FUNCTIONS["swapaxes"], 1),
    ("swapdims", transpose.public, 1), ("squeeze", FUNCTIONS["squeeze"], 3),
    ("unsqueeze", unsqueeze.public, 1), ("as_strided", _as_strided, 1),
):  # fmt: skip
    publish(_name + "_", _changing_shape(_name, _made, _later), namespace=_name == "as_strided")
