"""Shapes brought to each other, and dimensions added or cut up: views, and no copies. 广播与补维。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu._args import Dim, Ints, is_int, kind_of, type_name
from tidu._define import publish
from tidu._operands import broadcast_error
from tidu._registry import FUNCTIONS
from tidu._size import Size
from tidu._tensor import Tensor
from tidu.ops.view import sizes_given, unsqueeze, view


def _tensor(input: Any, function: str) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type_name(input)}")
    return input


def _tensors(given: tuple[Any, ...], function: str) -> tuple[Tensor, ...]:
    for i, t in enumerate(given):
        if not isinstance(t, Tensor):
            raise TypeError(f"{function}(): expected Tensor as element {i} in argument 0, but got {type_name(t)}")
    return given


# ---- one shape for several tensors


def broadcast_shapes(*shapes: Any) -> Size:
    """几个形状广播之后的形状 / The shape that tensors of these shapes broadcast to; an int is a shape of one dimension.

    ``RuntimeError`` where they do not broadcast.
    """
    result: list[int] = []
    for k, given in enumerate(shapes):
        if not isinstance(given, (int, tuple, list)):
            raise RuntimeError(f"Input shapes should be of type ints, a tuple of ints, or a list of ints, got {given}")
        shape = [given] if isinstance(given, int) else list(given)
        if not all(map(is_int, shape)):
            raise TypeError(f"broadcast_shapes(): argument {k} must be an int or a tuple of ints, not {given!r}")
        if len(shape) > len(result):
            result[:0] = [1] * (len(shape) - len(result))
        for d in range(-1, -len(shape) - 1, -1):
            if shape[d] in (1, result[d]) and shape[d] >= 0:
                continue
            if result[d] != 1 or shape[d] < 0:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[d]} at {d}! Mismatching argument at index "
                    f"{k} had {tuple(shape)}; but expected shape should be broadcastable to {result}"
                )
            result[d] = shape[d]
    return Size(result)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """互相广播 / The tensors expanded to their common shape: views."""
    given = _tensors(tensors, "broadcast_tensors")
    arrays = [t._array for t in given]
    try:
        shape = np.broadcast_shapes(*[a.shape for a in arrays])
    except ValueError as error:
        raise broadcast_error(arrays) or RuntimeError(f"broadcast_tensors(): {error}") from None
    return tuple(t if t._array.shape == shape else t.expand(shape) for t in given)


def _broadcast_to(input: Tensor, size: Any) -> Tensor:
    """广播到一个形状 / A view in the shape ``size``, as ``expand``; -1 keeps a size."""
    return _tensor(input, "broadcast_to").expand(kind_of(Ints).parse(size, "broadcast_to", "size", 2, 0))


def _sum_to_size(self: Tensor, *sizes: Any, size: Any = None) -> Tensor:
    """求和到一个形状 / Summed over what broadcasting from ``size`` to this tensor's shape would repeat.

    ``RuntimeError`` where that shape is no broadcast of ``size``.
    """
    target = sizes_given(sizes, size, "sum_to_size", "size") if sizes != ((),) else ()
    shape = self._array.shape
    lead = len(shape) - len(target)
    if lead < 0 or any(t not in (1, n) for t, n in zip(target, shape[lead:], strict=True)):
        raise RuntimeError(f"size {{{list(target)}}} is not expandable to size {{{list(shape)}}}.")
    dims = [*range(lead), *(d + lead for d, t in enumerate(target) if t == 1 != shape[d + lead])]
    if not target:
        return self.sum()
    summed = self.sum(dims, keepdim=True) if dims else self
    return view.record((summed,), {"size": target}) if lead else summed


FUNCTIONS["broadcast_shapes"] = broadcast_shapes
FUNCTIONS["broadcast_tensors"] = broadcast_tensors
publish("broadcast_to", _broadcast_to)
publish("sum_to_size", _sum_to_size, namespace=False)


# ---- more dimensions


def at_least_1d(t: Tensor) -> Tensor:
    return t if t.ndim else view.record((t,), {"size": (1,)})


def at_least_2d(t: Tensor) -> Tensor:
    return unsqueeze.record((t,), {"dim": 0}) if t.ndim == 1 else t if t.ndim else view.record((t,), {"size": (1, 1)})


def at_least_3d(t: Tensor) -> Tensor:
    if not t.ndim:
        return view.record((t,), {"size": (1, 1, 1)})
    t = at_least_2d(t)
    return unsqueeze.record((t,), {"dim": 2}) if t.ndim == 2 else t


def _at_least(name: str, one: Any, doc: str) -> None:
    def function(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], Tensor):
            return one(tensors[0])
        if len(tensors) == 1 and not isinstance(tensors[0], (tuple, list)):
            raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not {type_name(tensors[0])}")
        several = tuple(tensors[0]) if len(tensors) == 1 else tensors
        return tuple(one(t) for t in _tensors(several, name))

    publish(name, function, doc, method=False)


_at_least("atleast_1d", at_least_1d, "至少一维 / A view with at least one dimension; of several tensors, a tuple.")
_at_least("atleast_2d", at_least_2d, "至少二维 / A view with at least two dimensions, a vector as one row.")
_at_least(
    "atleast_3d", at_least_3d, "至少三维 / A view with at least three dimensions; a matrix gets a last one of size 1."
)


def _unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """把一维拆成几维 / A view with dimension ``dim`` as several of the given ``sizes``, one of which may be -1.

    ``RuntimeError`` where they do not multiply to the dimension's size.
    """
    d = kind_of(Dim).parse(dim, "unflatten", "dim", 2, _tensor(input, "unflatten").ndim)
    if is_int(sizes) or not isinstance(sizes, (tuple, list)):
        raise TypeError(f"unflatten(): argument 'sizes' (position 3) must be tuple of ints, not {type_name(sizes)}")
    wanted = kind_of(Ints).parse(sizes, "unflatten", "sizes", 3, 0)
    if not wanted or not input.ndim:
        raise RuntimeError(
            "unflatten: sizes must be non-empty" if not wanted else "unflatten(): the input has no dimensions"
        )
    n = input._array.shape[d]
    known = int(np.prod([s for s in wanted if s != -1], dtype=np.int64))
    if wanted.count(-1) > 1 or (-1 in wanted and not known):
        raise RuntimeError(f"unflatten(): argument 'sizes': only one dimension can be inferred, got {list(wanted)}")
    full = tuple(n // known if s == -1 else s for s in wanted)
    if int(np.prod(full, dtype=np.int64)) != n or min(full) < 0:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(wanted)} don't multiply up to the size of dim {dim} ({n}) in the input "
            "tensor"
        )
    shape = input._array.shape
    return input.view((*shape[:d], *full, *shape[d + 1 :]))


publish("unflatten", _unflatten)
