"""Where numbers belong among sorted ones. 在有序序列中查找。"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import Flag, kind_of, type_name
from tidu._backend import as_array
from tidu._define import by_example, publish
from tidu._operands import NUMBERS, check_tensors, write_out
from tidu._order import order
from tidu._tensor import Tensor, wrap


def _positions(edges: Any, values: Any, right: bool) -> Any:
    """Of each value, how many edges are less, or not greater; NaN is greater than all, itself included."""
    if not (edges[1:] >= edges[:-1]).all():
        return _bisected(edges, values, right)
    if values.size > 4096 and edges.size > 4096 and type(values) is np.ndarray:
        flat = values.reshape(-1)
        found = order(flat)  # neighbours among the values read neighbours among the edges: twice as fast, with the sort
        out = np.empty(flat.shape, np.int64)
        out[found] = np.searchsorted(edges, flat[found], "right" if right else "left")
        out = out.reshape(values.shape)
    else:
        out = np.searchsorted(edges, values, "right" if right else "left")
    if values.dtype.kind == "f":
        nan = values != values
        if nan.any():
            out = np.where(nan, len(edges), out)
    return out


def _bisected(edges: Any, values: Any, right: bool) -> Any:
    """Where PyTorch's bisection ends among edges that are not in order, or that hold a NaN."""
    low = np.zeros(values.shape, np.int64, like=values)
    high = np.full(values.shape, len(edges), like=values)
    while (low < high).any():
        middle = (low + high) // 2
        edge = edges[np.minimum(middle, len(edges) - 1)]
        beyond = (low < high) & ~(edge > values if right else edge >= values)
        low, high = np.where(beyond, middle + 1, low), np.where(beyond, high, np.minimum(middle, high))
    return low


def _right(function: str, right: Any, side: Any) -> bool:
    right = kind_of(Flag).parse(right, function, "right", 0, 0)
    if side is None:
        return bool(right)
    if not isinstance(side, str):
        raise TypeError(f"{function}(): argument 'side' must be str, not {type_name(side)}")
    if side not in ("left", "right"):
        raise RuntimeError(f"{function}(): argument 'side': side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError(
            f"{function}(): side and right can't be set to opposites, got side of left while right was True"
        )  # fmt: skip
    return side == "right"


def _finish(function: str, found: Any, out_int32: Any, out: Any, operands: tuple[Any, ...]) -> Tensor:
    kind = np.int32 if kind_of(Flag).parse(out_int32, function, "out_int32", 0, 0) else np.int64
    made = wrap(as_array(found).astype(kind))
    return made if out is None else write_out(function, made, out, operands, "same quiet")


def _sorted_rows(edges: Tensor, sorter: Any) -> Any:
    """The boundaries in order, by ``sorter`` where there is one."""
    if sorter is None:
        return edges._array
    check_tensors("searchsorted", sorter=sorter)
    index = sorter._array
    if index.shape != edges._array.shape:
        raise RuntimeError(
            f"searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(edges.shape)} and got sorter tensor {list(sorter.shape)}"
        )
    if index.dtype != np.int64:
        raise RuntimeError(f"searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter.dtype}")
    if index.size and (index.min() < 0 or index.max() >= index.shape[-1]):
        raise RuntimeError(f"searchsorted(): sorter index out of range: {index.shape[-1]} boundaries")
    return np.take_along_axis(edges._array, index, -1)


def _values(function: str, given: Any, name: str, beside: Any) -> Any:
    if isinstance(given, Tensor):
        return given._array
    if isinstance(given, NUMBERS):
        return np.full((), given, _dtypes.of_scalar(given), like=beside)
    raise TypeError(f"{function}(): argument '{name}' must be Tensor or Number, not {type_name(given)}")


def _comparable(function: str, *arrays: Any) -> list[Any]:
    for a in arrays:
        if a.dtype.kind in "bc":
            raise NotImplementedError(f'"{function}_out_cpu" not implemented for {_dtypes.of(a.dtype)}')
    common = _dtypes.promote_types(*[a.dtype for a in arrays])
    return [a if a.dtype == common else a.astype(common) for a in arrays]


@by_example
def _searchsorted(
    sorted_sequence: Tensor, input: Any, *, out_int32: bool = False, right: bool = False, side: Any = None,
    sorter: Any = None, out: Any = None,
) -> Tensor:  # fmt: skip
    """有序序列中的插入位置 / Where each element of ``input`` belongs in the last dimension of ``sorted_sequence``.

    ``side`` 'left' is before equal elements, 'right' (or ``right=True``) behind them. Leading dimensions must be those
    of ``input``, unless the sequence is a vector. ``sorter`` are positions that sort a sequence which is not.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.searchsorted.html
    """
    check_tensors("searchsorted", sorted_sequence=sorted_sequence)
    values = _values("searchsorted", input, "input", sorted_sequence._array)
    behind = _right("searchsorted", right, side)
    edges = _sorted_rows(sorted_sequence, sorter)
    if not edges.ndim:
        raise RuntimeError("searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension")
    if edges.ndim > 1 and not values.ndim:
        raise RuntimeError(
            "searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({edges.ndim}) and input value's dim(0) numel(1)"
        )
    if edges.ndim > 1 and edges.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
            f"and input value tensor must match, but we got boundaries tensor {list(edges.shape)} and input value "
            f"tensor {list(values.shape)}"
        )
    edges, values = _comparable("searchsorted", edges, values)
    if edges.ndim == 1:
        found = _positions(edges, values, behind)
    else:
        found = np.empty(values.shape, np.int64, like=values)
        for at in np.ndindex(values.shape[:-1]):
            found[at] = _positions(edges[at], values[at], behind)
    given = [t for t in (sorted_sequence, input, sorter) if isinstance(t, Tensor)]
    return _finish("searchsorted", found, out_int32, out, tuple(given))


@by_example
def _bucketize(
    input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False, out: Any = None
) -> Tensor:  # fmt: skip
    """分桶 / In which interval between ``boundaries``, a sorted vector, each element of ``input`` lies.

    ``boundaries[i - 1] < x <= boundaries[i]`` gives i; with ``right=True`` the left end belongs to it.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.bucketize.html
    """
    if out is not None and not isinstance(input, Tensor):
        raise TypeError("bucketize() received an invalid combination of arguments: 'out' with a number")
    if not isinstance(boundaries, Tensor):
        raise TypeError(
            f"bucketize(): argument 'boundaries' (position 2) must be Tensor, not {type_name(boundaries)}"
        )  # fmt: skip
    if boundaries.ndim != 1:
        raise RuntimeError(f"bucketize(): boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    values = _values("bucketize", input, "input", boundaries._array)
    behind = _right("bucketize", right, None)
    edges, values = _comparable("searchsorted", boundaries._array, values)
    given = tuple(t for t in (input, boundaries) if isinstance(t, Tensor))
    return _finish("bucketize", _positions(edges, values, behind), out_int32, out, given)


publish("searchsorted", _searchsorted, method=False)
publish("bucketize", _bucketize, method=False)
