"""Losses of scores of classes: what a classifier is trained with. 分类的损失。

Classes are dimension 1, or 0 without a batch: (N, C), (C,), (N, C, d1, d2 ...). Source: as in ``loss``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Int, Ints, Number, Places
from tidu._backend import zeros_beside
from tidu._define import op
from tidu._kernels import total
from tidu._tensor import Tensor, wrap
from tidu.ops.loss import MEAN, NONE, once, reduced, shared
from tidu.ops.reduce import sum_
from tidu.ops.view import reshape, unsqueeze

_ROWS = np.arange(1 << 12)  # of small batches the numbers, made once
_ROWS.flags.writeable = False

# ---- the logarithm of the right class's probability


def places(target: Any) -> tuple[Any, ...]:
    """The index that picks each place's target class from scores with a batch."""
    n = target.ndim
    if n == 1:
        known = type(target) is np.ndarray and len(target) <= len(_ROWS)
        return _ROWS[: len(target)] if known else np.arange(len(target), like=target), target
    grids = [np.arange(m, like=target).reshape(m, *[1] * (n - d - 1)) for d, m in enumerate(target.shape)]
    return (grids[0], target, *grids[1:])


def located(x: Any, target: Any, weight: Any, ignored: int) -> dict[str, Any]:
    """Attributes of the losses below: where each place's target class is, and what each place counts.

    A place counts as its class weighs, 0 where it is ignored; None where all count 1. ``IndexError`` for a target that
    is no class.
    """
    target = target if target.dtype == np.int64 else target.astype(np.int64)
    classes = x.shape[1] if x.ndim > 1 else x.shape[0]
    if x.ndim == 1:
        target = target.reshape(-1)
    elif weight is None and not 0 <= ignored < classes and target.size and target.view(np.uint64).max() < classes:
        return {"at": places(target), "counts": None}  # nearly always; what is negative would be a very large one
    low, high = (target.min(), target.max()) if target.size else (0, -1)
    counts = away = None
    if low <= ignored <= high:
        away = target == ignored
        target = np.where(away, 0, target)
        low, high = target.min(), target.max()
        counts = (~away).astype(x.dtype)
    if low < 0 or high >= classes:
        raise IndexError(f"Target {target[(target < 0) | (target >= classes)].reshape(-1)[0]} is out of bounds.")
    if weight is not None and target.size:
        counts = weight[target] if away is None else np.where(away, x.dtype.type(0), weight[target])
    return {"at": places(target), "counts": counts}


def _batched(x: Any) -> Any:
    return x.reshape(1, -1) if x.ndim == 1 else x


def _weighed(losses: Any, counts: Any, reduction: int) -> Any:
    """Each place's loss, their sum, or their mean by weight."""
    each = losses if counts is None else np.where(counts == 0, losses.dtype.type(0), losses * counts)
    if reduction != MEAN or counts is None:
        return reduced(each, reduction)
    return total(each, None, False) / total(counts, None, False)


def _shares(g: Any, at: Any, counts: Any, reduction: int) -> Any:
    """What of the gradient each place's loss gets: an array or a tensor that broadcasts with them."""
    if counts is None:
        return shared(g, at[1], reduction)
    if reduction == MEAN:
        counts = counts / (counts.sum() or 1)
    return g * (wrap(counts) if isinstance(g, Tensor) else counts)


def _named(args: Any, attrs: dict[str, Any]) -> str:
    """PyTorch has a kernel for pictures; more or fewer dimensions it views as a picture, and back."""
    n = args[0]._array.ndim
    if n > 2 and n != 4 and attrs["reduction"] == NONE:
        return "ViewBackward0"
    return "NllLossBackward0" if n < 3 else "NllLoss2DBackward0"


@op(lambda g, x_shape, at, counts, reduction: nll_gradient(g, x_shape, at, counts, reduction), jvp="linear",
    public=False, out=False, kinds="f", variant=_named)  # fmt: skip
def nll_loss(x, at: Places, counts: As, reduction: Int):
    """负对数似然 / Minus the log-probability of each place's target class."""
    result = _weighed(-_batched(x)[at], counts, reduction)
    return result.reshape(()) if x.ndim == 1 else result


@op(lambda g, at, counts, reduction: nll_loss(g, at, counts, reduction), jvp="linear", name="_nll_gradient",
    public=False, out=False)  # fmt: skip
def nll_gradient(x, shape: Ints, at: Places, counts: As, reduction: Int):
    """The gradient of ``nll_loss`` from that of its result, ``x``."""
    out = zeros_beside(x, shape)
    _batched(out)[at] = -_shares(x, at, counts, reduction)
    return out


@op(lambda g, at: _pick(g, at), jvp="linear", name="_put", public=False, out=False)
def _put(x, shape: Ints, at: Places):
    """Zeros of ``shape`` with ``x`` at each place's target class."""
    out = zeros_beside(x, shape)
    out[at] = x
    return out


@op(lambda g, x_shape, at: _put(g, x_shape, at), jvp="linear", name="_pick", public=False, out=False)
def _pick(x, at: Places):
    """The score of each place's target class."""
    return x[at]


def _cross_entropy_gradient(g: Any, probabilities: Any, at: Any, counts: Any, reduction: int, shape: Any) -> Any:
    """Probabilities less 1 at the target, times what each place counts; and what their own gradient adds."""
    loss, own = g if isinstance(g, list) else (g, None)
    p = probabilities
    made = None
    if own is not None:
        made = p * (own - sum_(p * own, (1,), True))
    if loss is not None:
        shares = _shares(loss, at, counts, reduction)
        if isinstance(p, Tensor):
            shares = shares.expand(at[1].shape)
            mine = p * unsqueeze(shares, 1) - _put(shares, tuple(p.shape), at)
        else:
            shares = shares.reshape(at[1].shape) if shares.ndim else shares
            mine = p * (np.expand_dims(shares, 1) if shares.ndim else shares)
            mine[at] -= shares
        made = mine if made is None else made + mine
    return reshape(made, shape) if len(shape) == 1 else made


@op(lambda g, x_shape, probabilities, at, counts, reduction:
        _cross_entropy_gradient(g, probabilities, at, counts, reduction, x_shape),
    public=False, out=False, kinds="f", outputs=("loss", "probabilities"), heads=2,
    hidden=True, variant=_named)  # fmt: skip
def cross_entropy(x, at: Places, counts: As, reduction: Int):
    """交叉熵 / ``nll_loss`` of ``log_softmax(x)`` as one node: its gradient is softmax(x) less 1 at the target."""
    z = _batched(x)
    z = z - z.max(axis=1, keepdims=True) if z.size else z.copy()
    right = z[at]
    np.exp(z, out=z)
    whole = total(z, (1,), True)
    z /= whole
    result = _weighed(np.log(whole[:, 0]) - right, counts, reduction)
    return result.reshape(()) if x.ndim == 1 else result, z


def check_classes(x: Tensor, target: Tensor, weight: Tensor | None) -> None:
    """Whether targets name a class for each place of the scores ``x``; PyTorch's error where they do not."""
    usual = weight is None and x._array.ndim == 2 and target._array.dtype == np.int64
    if usual and target._array.shape == x._array.shape[:1]:
        return
    n, wanted = x.ndim, [x.shape[0], *x.shape[2:]] if x.ndim else []
    if not n:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if n != 1:
        batch = target.shape[0] if target.ndim else 0
        if x.shape[0] != batch or not target.ndim:
            raise ValueError(f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({batch}).")
    elif target.ndim == 1 and target.numel() != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.numel()}")
    if n <= 2:
        if target.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    elif n == 4 and target.ndim != 3:
        raise RuntimeError(
            f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {target.ndim}"
        )
    elif n == 4 and list(target.shape) != wanted:
        raise RuntimeError(f"size mismatch (got input: {list(x.shape)} , target: {list(target.shape)}")
    elif list(target.shape) != wanted:
        raise RuntimeError(f"Expected target size {wanted}, got {list(target.shape)}")
    if target._array.dtype not in (np.int64, np.uint8):
        kind = _dtypes.TYPE_NAMES[target.dtype].removesuffix("Tensor")
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {kind}")
    if weight is not None:
        classes = x.shape[1] if n > 1 else x.shape[0]
        if weight.ndim != 1 or weight.numel() != classes:
            raise RuntimeError(
                f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor "
                f"of shape: {list(weight.shape)}"
            )
        if weight._array.dtype != x._array.dtype:
            names = [_dtypes.TYPE_NAMES[t.dtype].removesuffix("Tensor") for t in (x, weight)]
            raise RuntimeError(f"expected scalar type {names[0]} but found {names[1]}")


# ---- margins between the right class and the others


def _margin_parts(x: Any, target: Any, weight: Any, p: int, margin: float) -> tuple[Any, Any, Any]:
    """How far each score is above the right one's less the margin, 0 where it is below; and each place's factor."""
    right = x[places(target)][:, None]
    over = np.maximum(x - right + x.dtype.type(margin), x.dtype.type(0))
    over[places(target)] = 0
    factor = 1 / x.shape[1] if weight is None else weight[target][:, None] / x.shape[1]
    return over, factor, right


@op(lambda g, x, target, weight, p, margin, reduction:
        once(_multi_margin_gradient(g, x, target, weight, p, margin, reduction)),
    public=False, out=False, kinds="f")  # fmt: skip
def multi_margin_loss(x, target: As, weight: As, p: Int, margin: Number, reduction: Int):
    """多分类间隔 / Mean over the other classes of max(0, margin - x[y] + x[i]) ** p, times the weight of y."""
    scores = x.reshape(1, -1) if x.ndim < 2 else x
    over, factor, _ = _margin_parts(scores, target.reshape(-1), weight, p, margin)
    each = ((over if p == 1 else np.square(over)) * factor).sum(axis=1).astype(x.dtype)
    result = reduced(each, reduction)
    return result if reduction or x.ndim > 1 or target.ndim else result.reshape(())


def _multi_margin_gradient(g: Any, x: Any, target: Any, weight: Any, p: int, margin: float, reduction: int) -> Any:
    scores = x._array if isinstance(x, Tensor) else x
    wide = scores.reshape(1, -1) if scores.ndim < 2 else scores
    at = target.reshape(-1)
    over, factor, _ = _margin_parts(wide, at, weight, p, margin)
    slope = ((over > 0) if p == 1 else 2 * over) * factor
    slope[places(at)] = -slope.sum(axis=1)
    return _along_rows(g, slope.astype(scores.dtype), reduction, x)


def _along_rows(g: Any, slope: Any, reduction: int, x: Any) -> Any:
    """The gradient of each row's loss times that row's slope."""
    rows = len(slope)
    shape = x.shape
    if reduction == NONE:
        g = reshape(g, (rows, 1))
    elif reduction == MEAN:
        g = g / max(rows, 1)
    return reshape(g * (wrap(slope) if isinstance(g, Tensor) else slope), shape)


def _labels(target: Any) -> tuple[Any, Any]:
    """Which of the labels stand before the first -1, and which classes they name, of each row."""
    listed = np.logical_and.accumulate(target >= 0, axis=1)
    named = np.zeros(target.shape, bool, like=target)
    rows, columns = np.nonzero(listed)
    named[rows, target[rows, columns]] = True
    return listed, named


def _label_margins(x: Any, target: Any) -> tuple[Any, Any, Any]:
    """(N, label, class): max(0, 1 - x[label] + x[class]) for labels that are listed and classes that are not."""
    listed, named = _labels(target)
    right = np.take_along_axis(x, np.where(listed, target, 0), 1)
    over = np.maximum(1 - right[:, :, None] + x[:, None, :], x.dtype.type(0))
    return over * (listed[:, :, None] & ~named[:, None, :]), listed, named


@op(lambda g, x, target, reduction: once(_multilabel_margin_gradient(g, x, target, reduction)), public=False, out=False,
    kinds="f")  # fmt: skip
def multilabel_margin_loss(x, target: As, reduction: Int):
    """多标签间隔 / Sum over listed labels y and other classes i of max(0, 1 - x[y] + x[i]), over C.

    A row of targets lists its labels first; -1 ends the list.
    """
    scores = x.reshape(1, -1) if x.ndim < 2 else x
    over = _label_margins(scores, target.reshape(scores.shape))[0]
    each = over.sum(axis=(1, 2)) / x.dtype.type(max(scores.shape[1], 1))
    result = reduced(each, reduction)
    return result.reshape(()) if x.ndim < 2 else result


def _multilabel_margin_gradient(g: Any, x: Any, target: Any, reduction: int) -> Any:
    scores = x._array if isinstance(x, Tensor) else x
    wide = scores.reshape(1, -1) if scores.ndim < 2 else scores
    labels = target.reshape(wide.shape)
    over, listed, _ = _label_margins(wide, labels)
    hit = (over > 0).astype(wide.dtype)
    slope = hit.sum(axis=1)
    rows = np.arange(len(wide), like=wide)[:, None]
    np.subtract.at(slope, (rows, np.where(listed, labels, 0)), hit.sum(axis=2))
    return _along_rows(g, slope / wide.dtype.type(max(wide.shape[1], 1)), reduction, x)
