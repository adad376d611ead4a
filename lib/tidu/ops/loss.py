"""Losses of pairs: how far each prediction is from its target, and the mean or the sum of that. 逐对的损失。

``reduction`` is PyTorch's number here: 0 for each pair's own loss, 1 for their mean, 2 for their sum. Each loss is one
node with its gradient in closed form, but for those that PyTorch itself puts together from other operations.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import Int, Number, is_int, type_name
from tidu._backend import as_array
from tidu._define import by_example, op, publish
from tidu._kernels import total
from tidu._op import Op, enter
from tidu._operands import broadcast_error, check_castable, check_tensors
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops import pointwise as pw
from tidu.ops.activation import logsigmoid

NONE, MEAN, SUM = 0, 1, 2


def reduced(each: Any, reduction: int) -> Any:
    """The losses of all pairs as they are, their mean, or their sum; of arrays."""
    if reduction == NONE:
        return each
    whole = total(np.asarray(each) if not hasattr(each, "ndim") else each, None, False)
    return whole / whole.dtype.type(each.size) if reduction == MEAN else whole


def shared(g: Any, x: Any, reduction: int) -> Any:
    """What of the gradient ``g`` of a reduced loss each pair gets."""
    return g / max(math.prod(x.shape), 1) if reduction == MEAN else g


def reduced_tensor(each: Tensor, reduction: int) -> Tensor:
    """As ``reduced``, of tensors."""
    made: Tensor = each.mean() if reduction == MEAN else each.sum() if reduction == SUM else each
    return made


def check_reduction(function: str, reduction: Any) -> int:
    """``reduction`` of a function of the namespace, which takes PyTorch's numbers."""
    if not is_int(reduction):
        raise TypeError(f"{function}(): argument 'reduction' must be int, not {type_name(reduction)}")
    return int(reduction)


def _refuse_again(g: Any) -> Any:
    raise RuntimeError("the derivative of this loss's gradient is not implemented, as it is not in PyTorch")


once = enter(Op(lambda x: x, [lambda g: _refuse_again(g)], name="_loss_slope"))


def refuse_gradient(function: str, argument: str, given: Any) -> None:
    """``RuntimeError`` for an argument that PyTorch has no derivative for."""
    if isinstance(given, Tensor) and given.requires_grad:
        raise RuntimeError(
            f"The function '{function}' is not differentiable with respect to argument '{argument}'. This input cannot "
            "have requires_grad True."
        )


# ---- of numbers


@op(lambda g, x, y, reduction: (x - y) * (shared(g, x, reduction) * 2),
    lambda g, x, y, reduction: (y - x) * (shared(g, x, reduction) * 2),
    dtype="promote", kinds="f", public=False, out=False)  # fmt: skip
def mse_loss(x, y, reduction: Int = MEAN):
    """均方误差 / Squared differences."""
    away = as_array(x - y)
    return reduced(np.multiply(away, away, out=away), reduction)


def _bent(x: Any, y: Any, at: float) -> Any:
    """Half squared differences over ``at`` up to ``at``, and from there straight lines of slope 1 that go on from them:
    nothing is larger on the way than the difference, which half precision holds."""
    away = as_array(x - y)
    np.abs(away, out=away)
    near = as_array(np.minimum(away, at))
    away -= near * 0.5
    near /= at
    away *= near
    return away


def _smooth_slope(away: Any, beta: float) -> Any:
    return FUNCTIONS["clamp"](away / beta, -1, 1) if isinstance(away, Tensor) else np.clip(away / beta, -1, 1)


@op(lambda g, x, y, reduction, beta: _smooth_slope(x - y, beta) * shared(g, x, reduction),
    lambda g, x, y, reduction, beta: _smooth_slope(y - x, beta) * shared(g, x, reduction),
    dtype="promote", kinds="f", public=False, out=False, grad_name="SmoothL1LossBackward0")  # fmt: skip
def smooth_l1_loss(x, y, reduction: Int = MEAN, beta: Number = 1.0):
    """平滑 L1 / Half squared differences over ``beta`` up to ``beta``, absolute ones less half of it beyond."""
    return reduced(_bent(x, y, beta), reduction)


@op(lambda g, x, y, reduction, delta: _smooth_slope(x - y, delta) * (shared(g, x, reduction) * delta),
    lambda g, x, y, reduction, delta: _smooth_slope(y - x, delta) * (shared(g, x, reduction) * delta),
    dtype="promote", kinds="f", public=False, out=False)  # fmt: skip
def huber_loss(x, y, reduction: Int = MEAN, delta: Number = 1.0):
    """Huber 损失 / Half squared differences up to ``delta``, straight lines beyond.

    Source: Huber, "Robust Estimation of a Location Parameter", 1964.
    """
    return reduced(_bent(x, y, delta), reduction) * delta


@op(lambda g, x, y, reduction: -y * pw.sigmoid(-y * x) * shared(g, x, reduction), public=False, out=False, kinds="f",
    dtype="promote")  # fmt: skip
def soft_margin_loss(x, y, reduction: Int = MEAN):
    """软间隔 / log(1 + exp(-y x))."""
    return reduced(np.log1p(np.exp(-y * x)), reduction)


def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int) -> Tensor:
    """泊松负对数似然 / exp(x) - y x, or x - y log(x) for an input that is no logarithm; ``full`` adds log(y!).

    The latter is Stirling's approximation, where y is above 1.
    """
    check_tensors("poisson_nll_loss", input=input, target=target)
    reduction = check_reduction("poisson_nll_loss", reduction)
    if log_input:
        loss = input.exp() - target * input
    else:
        loss = input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return reduced_tensor(loss, reduction)


publish("poisson_nll_loss", poisson_nll_loss, method=False)


# ---- of probabilities


def _cross_entropy_of(x: Any, y: Any) -> Any:
    """-y log(x) - (1 - y) log(1 - x), no logarithm below -100."""
    low = x.dtype.type(-100)
    return (y - 1) * np.maximum(np.log1p(-x), low) - y * np.maximum(np.log(x), low)


def _times(each: Any, weight: Any) -> Any:
    return each if weight is None else each * weight


def _bce_slope(x: Any, y: Any) -> Any:
    spread = (1 - x) * x
    floor = FUNCTIONS["clamp"](spread, min=1e-12) if isinstance(x, Tensor) else np.maximum(spread, x.dtype.type(1e-12))
    return (x - y) / floor


@op(lambda g, x, y, w, reduction: _times(_bce_slope(x, y), w) * shared(g, x, reduction),
    lambda g, x, y, w, reduction: _times(pw.log1p(-x) - pw.log(x), w) * shared(g, x, reduction),
    public=False, out=False, kinds="f", called=("input", "target", "weight"))  # fmt: skip
def binary_cross_entropy(x, y, w=None, reduction: Int = MEAN):
    """二元交叉熵 / -w (y log(x) + (1 - y) log(1 - x)) of probabilities x."""
    for name, p in (("input", x), ("target", y)):
        if p.size and not (p.min() >= 0 and p.max() <= 1):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    return reduced(_times(_cross_entropy_of(x, y), w), reduction)


def _softplus(x: Any) -> Any:
    """log(1 + exp(x)) without overflow."""
    return pw.log1p_exp(-np.abs(x)) + np.maximum(x, x.dtype.type(0))


def _logit_slope(x: Any, y: Any, w: Any, p: Any) -> Any:
    if p is None:
        return _times(pw.sigmoid(x) - y, w)
    positive = y * p
    return _times((positive + 1 - y) * pw.sigmoid(x) - positive, w)


def _target_slope(x: Any, w: Any, p: Any) -> Any:
    return _times(-x if p is None else logsigmoid(-x) - p * logsigmoid(x), w)


@op(lambda g, x, y, w, p, reduction: _logit_slope(x, y, w, p) * shared(g, x, reduction),
    lambda g, x, w, p, reduction: _target_slope(x, w, p) * shared(g, x, reduction),
    name="binary_cross_entropy_with_logits", public=False, out=False, dtype="promote", kinds="f",
    called=("input", "target", "weight", "pos_weight"))  # fmt: skip
def bce_with_logits(x, y, w=None, p=None, reduction: Int = MEAN):
    """二元交叉熵（对数几率） / Binary cross-entropy of sigmoid(x), in one step that cannot overflow."""
    if p is None:
        each = _softplus(-x) + (1 - y) * x
    else:
        each = (1 - y) * x + ((p - 1) * y + 1) * _softplus(-x)
    return reduced(_times(each, w), reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: int = NONE
) -> Tensor:
    """二元交叉熵（对数几率） / Binary cross-entropy of ``sigmoid(input)``.

    Positive targets count ``pos_weight`` times. ``reduction``: 0 none, 1 mean, 2 sum.
    """
    function = "binary_cross_entropy_with_logits"
    check_tensors(function, input=input, target=target)
    reduction = check_reduction(function, reduction)
    refuse_gradient(function, "weight", weight)
    refuse_gradient(function, "pos_weight", pos_weight)
    if input._array.dtype.kind not in "fV":
        kind = _dtypes.TYPE_NAMES[input.dtype].removesuffix("Tensor")
        raise NotImplementedError(f"\"log_sigmoid_cpu\" not implemented for '{kind}': argument 'input' of {function}()")
    if input._array.dtype != target._array.dtype:
        check_castable(_dtypes.result_type([input._array, target._array]), target._array.dtype)
    for extra in (target, weight, pos_weight):
        broken = None if extra is None else broadcast_error([input._array, extra._array])
        if broken is not None:
            raise broken
    made: Tensor = bce_with_logits.record((input, target, weight, pos_weight), {"reduction": reduction})
    return made if made.dtype is target.dtype else made.to(target.dtype)  # into which PyTorch computes


publish("binary_cross_entropy_with_logits", binary_cross_entropy_with_logits, method=False)


def kl_div(input: Tensor, target: Tensor, reduction: int = NONE, *, log_target: bool = False) -> Tensor:
    """KL 散度 / target (log(target) - input), each element's own; ``input`` is a logarithm, ``target`` may be one."""
    check_tensors("kl_div", input=input, target=target)
    reduction = check_reduction("kl_div", reduction)
    for x in (input, target):
        if x._array.dtype.kind == "c":
            raise RuntimeError("kl_div: Complex inputs not supported.")
        if x._array.dtype.kind not in "fV":
            raise RuntimeError("kl_div: Integral inputs not supported.")
    if log_target:
        each = target.exp() * (target - input)
    else:
        each = FUNCTIONS["xlogy"](target, target) - target * input
    return reduced_tensor(each, reduction)


publish("kl_div", kl_div, method=False)


# ---- of how two inputs compare, by a target of 1 and -1


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = NONE
) -> Tensor:
    """排序间隔 / max(0, margin - y (x1 - x2)): y is 1 where the first should be the larger, -1 where the second."""
    check_tensors("margin_ranking_loss", input1=input1, input2=input2, target=target)
    reduction = check_reduction("margin_ranking_loss", reduction)
    return reduced_tensor((-target * (input1 - input2) + float(margin)).clamp_min(0), reduction)


publish("margin_ranking_loss", margin_ranking_loss, method=False)


@by_example
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = NONE) -> Tensor:
    """合页嵌入 / x where the target is 1, max(0, margin - x) where it is -1."""
    check_tensors("hinge_embedding_loss", input=input, target=target)
    reduction = check_reduction("hinge_embedding_loss", reduction)
    zero = wrap(np.zeros((), input._array.dtype, like=input._array))
    apart = FUNCTIONS["where"](target != 1, (float(margin) - input).clamp_min(0), zero)
    alike = FUNCTIONS["where"](target != -1, input, zero)
    return reduced_tensor(apart + alike, reduction)


publish("hinge_embedding_loss", hinge_embedding_loss, method=False)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = NONE
) -> Tensor:
    """余弦嵌入 / 1 - cos of pairs with target 1, max(0, cos - margin) of those with -1.

    Inputs (N, D) with a target (N,), or (D,) with one of no dimensions.
    """
    check_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    reduction = check_reduction("cosine_embedding_loss", reduction)
    if target.ndim > 1:
        raise RuntimeError(
            f"0D or 1D target tensor expected, multi-target not supported: 'target' has shape {list(target.shape)}"
        )
    if not input1.ndim == input2.ndim == target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    dim, tiny = target.ndim, 1e-12
    product = (input1 * input2).sum(dim)
    lengths = ((input1 * input1).sum(dim) + tiny) * ((input2 * input2).sum(dim) + tiny)
    cosine = product / lengths.sqrt()
    zero = cosine.detach() * 0
    alike = FUNCTIONS["where"](target == 1, 1 - cosine, zero)
    apart = FUNCTIONS["where"](target == -1, (cosine - float(margin)).clamp_min(0), zero)
    return reduced_tensor(alike + apart, reduction)


publish("cosine_embedding_loss", cosine_embedding_loss, method=False)


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, reduction: int = NONE,
) -> Tensor:  # fmt: skip
    """三元组间隔 / max(0, margin + |a - p| - |a - n|); with ``swap``, the nearer of a and p counts to n.

    Source: Balntas et al., "Learning shallow convolutional feature descriptors with triplet losses", 2016.
    """
    check_tensors("triplet_margin_loss", anchor=anchor, positive=positive, negative=negative)
    reduction = check_reduction("triplet_margin_loss", reduction)
    check_triplet(anchor, positive, negative)
    if margin <= 0:
        raise RuntimeError(f"triplet_margin_loss: margin must be greater than 0, got {margin}")
    distance = FUNCTIONS["pairwise_distance"]
    near, far = distance(anchor, positive, p, eps), distance(anchor, negative, p, eps)
    if swap:
        far = FUNCTIONS["minimum"](far, distance(positive, negative, p, eps))
    return reduced_tensor((margin + near - far).clamp_min(0), reduction)


def check_triplet(anchor: Tensor, positive: Tensor, negative: Tensor) -> None:
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )


publish("triplet_margin_loss", triplet_margin_loss, method=False)
