"""Rows of a table by their numbers, one by one or in bags. 嵌入：按编号取行。

``sparse=True`` is accepted; gradients are dense all the same: there are no sparse tensors here.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#sparse-functions
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Flag, Int
from tidu._define import by_example, op, publish
from tidu._kernels import add_at
from tidu._operands import check_tensors
from tidu._record import noting
from tidu._tensor import Tensor, wrap
from tidu.ops.gather import scatter_zero
from tidu.ops.norm import vector_norm
from tidu.ops.reduce import sum_
from tidu.ops.view import unsqueeze


def _raw(x: Any) -> Any:
    return x._array if isinstance(x, Tensor) else x


def _check_indices(indices: Any, function: str) -> None:
    if indices.dtype.kind != "i" or indices.dtype.itemsize < 4:
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{_dtypes.TYPE_NAMES[_dtypes.of(indices.dtype)]} instead (while checking arguments for {function})"
        )


def _unpadded(indices: Any, padding_idx: int, kind: Any) -> Any:
    """1 for each number, 0 for padding: a column."""
    return (_raw(indices) != padding_idx).astype(kind)[..., None]


def _scaled(x: Any, column: Any) -> Any:
    """``x`` times constants, in either reading."""
    return x * (wrap(column) if isinstance(x, Tensor) else column)


def _gather(g: Any, indices: Any, padding_idx: int) -> Any:
    rows = embedding(g, indices)
    return rows if padding_idx < 0 else _scaled(rows, _unpadded(indices, padding_idx, _raw(g).dtype))


@op(lambda g, indices, padding_idx: _gather(g, indices, padding_idx), None, name="_embedding_gradient", public=False,
    grad_name="EmbeddingDenseBackwardBackward0")  # fmt: skip
def embedding_gradient(x, indices, rows: Int, padding_idx: Int = -1, frequency: As = ""):
    """The rows of ``x`` added up where they came from, in a table of ``rows`` rows.

    ``frequency``: what a sum is divided by: "" nothing, "own" how often its number occurs. In bags PyTorch looks up
    another number's frequency, the r-th of all numbers in order for the r-th different one: "bags".
    """
    width = x.shape[-1]
    out = np.zeros((rows, width), x.dtype, like=x)
    if indices.size and width:
        flat = indices.reshape(-1)
        add_at(out, (flat,), x.reshape(-1, width))
        if frequency:
            numbers, counts = np.unique(flat, return_counts=True)
            if frequency == "bags":
                counts = counts[np.searchsorted(numbers, np.sort(flat)[: len(numbers)])]
            out[numbers] /= counts[:, None].astype(x.dtype)
        if padding_idx >= 0:
            out[padding_idx] = 0
    return out


@op(lambda g, weight_shape, indices, padding_idx, scale_grad_by_freq: embedding_gradient(
        g, indices, weight_shape[0], padding_idx, "own" if scale_grad_by_freq else ""), None, public=False, out=False,
    called=("weight", "indices"), jvp=lambda tangents, args, out, **attrs: embedding(tangents[0], args[1]))  # fmt: skip
def embedding(weight, indices, padding_idx: Int = -1, scale_grad_by_freq: Flag = False, sparse: Flag = False):
    """按编号取行 / The rows of a (n, d) table with these numbers: (..., d); row ``padding_idx`` gets no gradient."""
    _check_indices(indices, "embedding")
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D: it has {weight.ndim} dimensions")
    if indices.size and (indices.min() < 0 or indices.max() >= len(weight)):
        raise IndexError(
            f"index out of range in self: the numbers go from {indices.min()} to {indices.max()}, the table has "
            f"{len(weight)} rows"
        )
    return weight[indices]


publish("embedding", embedding.public, embedding.__doc__, method=False)


@by_example
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """截短所取的行 / Rows with these numbers are scaled, in place, to p-norm ``max_norm`` where they are longer."""
    check_tensors("embedding_renorm_", input=input, indices=indices)
    _check_indices(indices._array, "embedding_renorm_")
    rows = np.unique(indices._array)
    table = input._array
    if rows.size and (rows[0] < 0 or rows[-1] >= len(table)):
        raise IndexError(f"index out of range in self: the table has {len(table)} rows")
    length = vector_norm.kernel(table[rows], norm_type, (1,), True)
    long = (length > max_norm).reshape(-1)
    table[rows[long]] *= (max_norm / (length[long] + 1e-7)).astype(table.dtype)
    input.untyped_storage().version += 1
    return input


publish("embedding_renorm_", embedding_renorm_, method=False)


# ---- bags


def _bags(offsets: Any, n: int, include_last: bool) -> Any:
    """The bag of each of ``n`` numbers."""
    starts = offsets[:-1] if include_last else offsets  # the last bag goes on to the end all the same
    ends = np.concatenate([starts[1:], [n]])
    return np.repeat(np.arange(len(ends)), np.maximum(ends - starts, 0))


def _counts(bags: Any, kept: Any, n: int) -> Any:
    return np.bincount(bags[kept], minlength=n)


def _reduce(ufunc: Any, rows: Any, bags: Any, n: int) -> Any:
    """Rows of one bag after the other, reduced: 0 for bags without any."""
    out = np.zeros((n, rows.shape[1]), rows.dtype, like=rows)
    if len(bags):
        starts = np.flatnonzero(np.concatenate([[True], bags[1:] != bags[:-1]]))
        out[bags[starts]] = ufunc.reduceat(rows, starts, axis=0)
    return out


MODES = ("sum", "mean", "max")


def _share(g: Any, indices: Any, bags: Any, padding_idx: int, mode: int) -> Any:
    """The gradient of each row that was taken, but for the weights of samples."""
    number, bag = _raw(indices), _raw(bags)
    factors = _unpadded(number, padding_idx, _raw(g).dtype)
    if mode == 1:
        factors /= np.maximum(_counts(bag, number != padding_idx, g.shape[0]), 1)[bag, None]
    return _scaled(embedding(g, bags), factors)


def _to_table(g: Any, shape: Any, indices: Any, bags: Any, weights: Any, chosen: Any, attrs: tuple[Any, ...]) -> Any:
    mode, padding_idx, by_frequency = attrs
    if mode == 2:
        filled = (_counts(_raw(bags), _raw(indices) != padding_idx, g.shape[0]) > 0).astype(_raw(g).dtype)[:, None]
        return scatter_zero(_scaled(g, filled), _raw(chosen), shape, 0)
    rows = _share(g, indices, bags, padding_idx, mode)
    if weights is not None:
        rows = rows * unsqueeze(weights, 1)
    return embedding_gradient(rows, indices, shape[0], padding_idx, "bags" if by_frequency else "")


def _to_weights(g: Any, table: Any, indices: Any, bags: Any, padding_idx: int) -> Any:
    return sum_(_share(g, indices, bags, padding_idx, 0) * embedding(table, indices), (1,))


@op(lambda g, x_shape, indices, bags, weights, chosen, mode, padding_idx, by_frequency: _to_table(
        g, x_shape, indices, bags, weights, chosen, (mode, padding_idx, by_frequency)), None, None,
    lambda g, x, indices, bags, padding_idx: _to_weights(g, x, indices, bags, padding_idx), name="_embedding_bag",
    public=False, outputs=("output", "chosen"), grad_name="EmbeddingBagBackward0")  # fmt: skip
def bag(
    x, indices, bags, weights=None, count: As = 0, mode: Int = 0, padding_idx: Int = -1, by_frequency: Flag = False
):
    """Each bag's rows reduced, and for ``max`` the number of the row that each entry is from."""
    kept = indices != padding_idx
    number, of = indices[kept], bags[kept]
    rows = x[number]
    if weights is not None:
        rows = rows * weights[kept][:, None]
    if mode < 2:
        out = _reduce(np.add, rows, of, count)
        if mode == 1:
            out /= np.maximum(_counts(bags, kept, count), 1)[:, None].astype(out.dtype)
        return out, np.zeros(0, np.int64)
    out = _reduce(np.maximum, rows, of, count)
    places = np.where(rows == out[of], np.arange(len(of))[:, None], len(of) - 1)
    first = _reduce(np.minimum, places, of, count)
    return out, number[first] if len(number) else np.zeros(out.shape, np.int64)


@by_example
def embedding_bag(
    weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: bool = False, mode: int = 0,
    sparse: bool = False, per_sample_weights: Tensor | None = None, include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """按袋取行并归并 / Rows of a table in bags, each summed, averaged (``mode`` 1) or its maxima taken (2).

    Bag ``b`` has the numbers ``indices[offsets[b]:offsets[b + 1]]``. Returns the bags, and what PyTorch's backward
    wants: each number's bag, the bags' sizes, the rows of the maxima.
    """
    check_tensors("embedding_bag", weight=weight, indices=indices, offsets=offsets)
    for name, t in (("indices", indices), ("offsets", offsets)):
        if t._array.dtype.kind != "i" or t._array.dtype.itemsize < 4:
            raise RuntimeError(
                f"Expected tensor for argument #1 '{name}' to have one of the following scalar types: Long, Int; but "
                f"got {t.type()} instead (while checking arguments for embedding_bag)"
            )
    if weight._array.dtype.kind not in "fV":
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, "
            f"Float, Double; but got {weight.type()} instead (while checking arguments for embedding_bag)"
        )
    numbers, starts, n = indices._array, offsets._array, len(weight)
    if include_last_offset and not starts.size:
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {starts[0]}"
        )
    if starts.size and starts[-1] > numbers.size:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {numbers.size} but got offsets[-1] of {starts[-1]}"
        )
    padding = -1 if padding_idx is None else padding_idx % n if n else padding_idx
    wrong = np.flatnonzero((numbers < 0) | (numbers >= n))
    if wrong.size:
        raise RuntimeError(
            f"Index {wrong[0]} of input takes value {numbers[wrong[0]]} which is not in the valid range [0, {n})"
        )
    count = max(len(starts) - include_last_offset, 0)
    bags = _bags(starts, numbers.size, include_last_offset) if count else np.zeros(numbers.size, np.int64)
    numbers = numbers[: len(bags)] if count else numbers[:0]
    weights = None if per_sample_weights is None else per_sample_weights[: len(bags)]
    attrs = {"count": count, "mode": mode, "padding_idx": padding, "by_frequency": scale_grad_by_freq}
    of = wrap(bags[: len(numbers)])
    out, chosen = bag.record((weight, wrap(numbers), of, weights), attrs)
    noting(out, indices, offsets)
    sizes = wrap(_counts(of._array, numbers != padding, count))
    return out, of if mode else wrap(np.zeros(0, np.int64)), sizes, chosen


publish("embedding_bag", embedding_bag, method=False)
