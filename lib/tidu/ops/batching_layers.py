"""Batching rules of layers and losses: the examples are folded into the batch that these have. 层与损失的规则。"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu._batch import FUNCTION_RULES, RULES, Batch, Level, batch, each, each_call, padded
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops.batching import direct, record, rule, spread
from tidu.ops.conv_kernels import Frame, framed

Args = Sequence[Any]
Attrs = dict[str, Any]


# ---- convolution


def _grouped(frame: Frame, times: int) -> Frame:
    return framed(frame.size, frame.out, frame.kernel, frame.stride, frame.lower, frame.dilation, frame.groups * times)


def _beside(x: Tensor) -> Tensor:
    """(B, N, C, ...) as (N, B * C, ...): each example's channels beside those of the others."""
    b, n, c, *rest = x._array.shape
    return x.transpose(0, 1).reshape(n, b * c, *rest)


def _apart(x: Tensor, size: int) -> Tensor:
    """The way back."""
    n, c, *rest = x._array.shape
    return x.reshape(n, size, c // size if size else 0, *rest).transpose(0, 1)


@rule("convolution", "_conv_to_output", "_conv_to_input")
def _convolution(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    x, w, bias = (*args, None)[:3]
    if not level.size:
        return each(op, level, args, batched, attrs)
    alone = () if len(args) == 2 else (None,)
    later = bias if bias is not None and (batched[2] or batched[1]) else None
    if not batched[1]:
        given = [w] if len(args) == 2 else [w, None if later is not None else bias]
        if batched[0]:
            b, n, *rest = x._array.shape
            made = op.record([x.reshape(b * n, *rest), *given], attrs)
            made = made.reshape(b, n, *made._array.shape[1:])
        else:
            made = spread(level, op.record([x, *given], attrs))
    else:
        x = x if batched[0] else spread(level, x)
        b, first, *rest = w._array.shape
        frame = _grouped(attrs["frame"], b)
        made = op.record([_beside(x), w.reshape(b * first, *rest), *alone], {**attrs, "frame": frame})
        made = _apart(made, b)
    if later is None:
        return made
    shape = (level.size, 1, -1) if batched[2] else (1, 1, -1)
    return made + later.reshape(*shape, *[1] * (made._array.ndim - 3))


@rule("_conv_to_weight")
def _to_weight(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    if not level.size:
        return each(op, level, args, batched, attrs)
    x, y = (a if b else spread(level, a) for a, b in zip(args, batched, strict=True))
    frame = _grouped(attrs["frame"], level.size)
    made = op.record([_beside(x), _beside(y)], {**attrs, "frame": frame})
    return made.reshape(level.size, made._array.shape[0] // level.size, *made._array.shape[1:])


# ---- windows


for _name in """
    max_pool2d_with_taps max_pool3d_with_taps avg_pool2d avg_pool3d adaptive_avg_pool2d adaptive_avg_pool3d
    _pool_sum _pool_spread _range_sum
""".split():
    RULES[_name] = direct


@rule("_pool_pick", "_pool_put")
def _taps(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    return op.record([a if b else spread(level, a) for a, b in zip(args, batched, strict=True)], attrs)


# ---- normalisation


@rule("_batch_norm", "_layer_norm", "_group_norm")
def _normalised(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    x, weight, bias = args
    layout, own = attrs["layout"], batched[1] or batched[2]
    if own and attrs["given"] is not None:
        return each(op, level, args, batched, attrs)
    x = x if batched[0] else spread(level, x)
    if own:
        weight, bias = (a if a is None or b else spread(level, a)
                        for a, b in zip((weight, bias), batched[1:], strict=True))  # fmt: skip
    lead = level.size if own else 1
    whole = layout._replace(
        shape=(level.size, *layout.shape),
        dims=tuple([d + 1 for d in layout.dims]),
        affine=(lead, *layout.affine),
    )
    return op.record([x, weight, bias], {**attrs, "layout": whole})


def _running(rider: Batch, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Batch and instance norm: what is kept of the statistics has to have a place for each example's."""
    x, _, _, mean, variance, training = args[:6]
    if training and mean is not None:
        if x.numel() and rider.has(x) and not (rider.has(mean) and rider.has(variance)):
            raise RuntimeError(
                "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated "
                "in place, were not batched.\nIf you are using a module and do not need eval mode, please set "
                "`track_running_stats` to be False."
            )
        return each_call(rider, function, args, kwargs)
    if mean is not None and (rider.has(mean) or rider.has(variance)):
        return each_call(rider, function, args, kwargs)
    return function.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]


FUNCTION_RULES["batch_norm"] = FUNCTION_RULES["instance_norm"] = _running


# ---- embedding


@rule("embedding")
def _embedding(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    weight, indices = args
    if not batched[0] and not attrs["scale_grad_by_freq"]:
        return op.record(args, attrs)
    if attrs["scale_grad_by_freq"] or attrs["padding_idx"] >= 0:
        return each(op, level, args, batched, attrs)
    b, rows, width = weight._array.shape
    indices = indices if batched[1] else spread(level, indices)
    first = FUNCTIONS["arange"](b).mul(rows).reshape(b, *[1] * (indices._array.ndim - 1))
    return op.record([weight.reshape(b * rows, width), indices + first], attrs)


# ---- losses


@rule(
    "mse_loss", "smooth_l1_loss", "huber_loss", "soft_margin_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
)  # fmt: skip
def _pairs(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    """The loss of each pair; their mean or sum is one of each example's."""
    args = padded(op, args, batched)
    shape = np.broadcast_shapes(*[a._array.shape for a in args if a is not None])
    made = op.record([None if a is None else a.expand(shape) for a in args], {**attrs, "reduction": 0})
    return _reduced(made, attrs["reduction"])


def _reduced(losses: Tensor, reduction: int) -> Tensor:
    """Of each example's losses: as they are, the mean, the sum."""
    if reduction == 0 or losses._array.ndim == 1:
        return losses
    dims = tuple(range(1, losses._array.ndim))
    return record("mean" if reduction == 1 else "sum", [losses], dim=dims, keepdim=False, dtype=None)


_OPTIONS = {"size_average": None, "ignore_index": -100, "reduce": None, "reduction": "mean", "label_smoothing": 0.0}


def _classes(rider: Batch, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Cross entropy and ``nll_loss`` of places that each have a class."""
    names = ("input", "target", "weight", *[n for n in _OPTIONS if function.__name__ != "nll_loss" or n[0] != "l"])
    given = {"weight": None, **_OPTIONS, **dict(zip(names, args, strict=False)), **kwargs}
    x, target, weight = given["input"], given["target"], given["weight"]
    classes = isinstance(target, Tensor) and target._array.dtype.kind in "iu" and isinstance(x, Tensor)
    usual = given["size_average"] is None and given["reduce"] is None and not given["label_smoothing"]
    if not classes or not usual or isinstance(weight, Tensor) or x._array.ndim < 1 or not rider.level.size:
        return each_call(rider, function, args, kwargs)
    level = rider.level
    a, t = (v._tangent.front() if rider.has(v) else spread(level, v) for v in (x, target))
    shape = t._array.shape
    if x._array.ndim > 1:
        a, t = (v.reshape(-1, *v._array.shape[2:]) for v in (a, t))
    ignored = given["ignore_index"]
    losses = function(a, t, ignore_index=ignored, reduction="none").reshape(shape)
    if given["reduction"] == "none" or len(shape) == 1 and given["reduction"] == "sum":
        return batch(level, losses)
    dims = tuple(range(1, len(shape)))
    total = losses.sum(dims) if dims else losses
    if given["reduction"] == "mean":
        counted = (t.reshape(shape) != ignored).to(losses.dtype)
        counted = counted.sum(dims) if dims else counted
        total = FUNCTIONS["where"](counted > 0, total / counted.clamp(min=1), float("nan"))
    elif given["reduction"] != "sum":
        return each_call(rider, function, args, kwargs)
    return batch(level, total)


FUNCTION_RULES["cross_entropy"] = FUNCTION_RULES["nll_loss"] = _classes
