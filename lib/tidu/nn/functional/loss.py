"""Losses as functions. 损失函数。

``reduction`` is "none" for each element's own loss, "mean" or "sum". Source:
https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import type_name
from tidu._define import by_example
from tidu._modes import modes
from tidu._operands import check_tensors
from tidu._record import noting
from tidu._registry import FUNCTIONS, OPS
from tidu._tensor import Tensor, wrap
from tidu.ops.autocast import raised
from tidu.ops.calculus import over
from tidu.ops.loss import MEAN, NONE, SUM, check_triplet, reduced_tensor, refuse_gradient
from tidu.ops.loss_of_classes import check_classes, located

_REDUCTIONS = {"none": NONE, "mean": MEAN, "sum": SUM}


def _enum(reduction: Any, size_average: bool | None = None, reduce: bool | None = None) -> int:
    """PyTorch's number of a reduction, which older programs say in two flags."""
    if size_average is not None or reduce is not None:
        return _REDUCTIONS[legacy_reduction(size_average, reduce)]
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=3)
        return MEAN
    if reduction not in _REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return _REDUCTIONS[reduction]


def legacy_reduction(size_average: bool | None, reduce: bool | None, warn: bool = True) -> str:
    """What ``size_average`` and ``reduce`` are called today; with PyTorch's warning."""
    size_average = True if size_average is None else size_average
    reduce = True if reduce is None else reduce
    name = "none" if not reduce else "mean" if size_average else "sum"
    if warn:
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.", stacklevel=4
        )
    return name


def _alike(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Input and target of one shape; PyTorch's warning where they had to be broadcast."""
    if target.size() != input.size():
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=3,
        )
        input, target = FUNCTIONS["broadcast_tensors"](input, target)
    return input, target


def _weighted(each: Tensor, input: Tensor, weight: Tensor, reduction: int, over_weight: bool) -> Tensor:
    """Losses times weights; their mean is taken over the weights, or over the elements."""
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")
    each = each * weight
    if reduction == MEAN and over_weight:
        made: Tensor = each.sum() / weight.sum()
        return made
    return reduced_tensor(each, reduction)


# ---- of numbers


def mse_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """均方误差 / (input - target) ** 2, or times ``weight``, by whose sum the mean is then divided."""
    number = _enum(reduction, size_average, reduce)
    input, target = _alike(input, target)
    made: Tensor
    if weight is not None:
        each = OPS["mse_loss"].record((input, target), {"reduction": NONE})
        return _weighted(each, input, weight, number, True)
    made = OPS["mse_loss"].record((input, target), {"reduction": number})
    return made


def l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """绝对误差 / |input - target|, or times ``weight``, by whose sum the mean is then divided."""
    number = _enum(reduction, size_average, reduce)
    input, target = _alike(input, target)
    each = (input - target).abs()
    return reduced_tensor(each, number) if weight is None else _weighted(each, input, weight, number, True)


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:  # fmt: skip
    """平滑 L1 / Squared where it is below ``beta``, absolute beyond; ``l1_loss`` for a ``beta`` of 0."""
    number = _enum(reduction, size_average, reduce)
    input, target = _alike(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return reduced_tensor((input - target).abs(), number)
    made: Tensor = OPS["smooth_l1_loss"].record((input, target), {"reduction": number, "beta": float(beta)})
    return made


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Huber 损失 / Half squared up to ``delta``, straight beyond: ``delta * smooth_l1_loss``."""
    number = _enum(reduction)
    input, target = _alike(input, target)
    if not isinstance(delta, (float, int)):
        raise TypeError(f"huber_loss(): argument 'delta' (position 4) must be float, not {type_name(delta)}")
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    if target._array.dtype != input._array.dtype and target.is_floating_point():
        target = target.to(input.dtype)
    attrs = {"reduction": NONE if weight is not None else number, "delta": float(delta)}
    made: Tensor = OPS["huber_loss"].record((input, target), attrs)
    return made if weight is None else _weighted(made, input, weight, number, False)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """软间隔 / log(1 + exp(-target * input)), targets being 1 and -1."""
    number = _enum(reduction, size_average, reduce)
    check_tensors("soft_margin_loss", input=input, target=target)
    refuse_gradient("soft_margin_loss", "target", target)
    if input._array.dtype.kind not in "fV":
        kind = _dtypes.TYPE_NAMES[input.dtype].removesuffix("Tensor")
        raise RuntimeError(f"result type Float can't be cast to the desired output type {kind}")
    shape, (input, target) = input.shape, FUNCTIONS["broadcast_tensors"](input, target.to(input.dtype))
    if input.shape != shape:
        raise RuntimeError(
            f"output with shape {list(shape)} doesn't match the broadcast shape {list(input.shape)}: soft_margin_loss()"
        )
    made: Tensor = OPS["soft_margin_loss"].record((input, target), {"reduction": number})
    return made


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: bool | None = None,
    eps: float = 1e-8, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """泊松负对数似然 / exp(input) - target * input; ``full`` adds Stirling's approximation of log(target!)."""
    number = _enum(reduction, size_average, reduce)
    return FUNCTIONS["poisson_nll_loss"](input, target, log_input, full, eps, number)


@by_example
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """高斯负对数似然 / (log(var) + (input - target) ** 2 / var) / 2, with variances of at least ``eps``.

    ``var`` is a number, of input's shape, or without its last dimension, or with one of size 1 instead. ``ValueError``
    for another shape, or a negative variance. Source: Nix and Weigend, "Estimating the mean and variance of the
    target probability distribution", 1994.
    """
    spread: Tensor = var * FUNCTIONS["ones_like"](input) if isinstance(var, float) else var
    if (spread < 0).any():
        raise ValueError("var has negative entry/entries")
    if spread.size() != input.size():
        if input.size()[:-1] == spread.size():
            spread = spread.unsqueeze(-1)
        elif input.ndim != spread.ndim or sum(n for n, m in zip(spread.shape, input.shape, strict=True) if n != m) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in _REDUCTIONS:
        raise ValueError(reduction + " is not valid")
    least = np.maximum(spread._array, np.asarray(eps, spread._array.dtype))
    spread = spread + wrap(least - spread._array)  # the limit has no part in the gradient
    loss = 0.5 * (spread.log() + (input - target) ** 2 / spread)
    if full:
        loss = loss + 0.5 * float(np.log(2 * np.pi))
    return reduced_tensor(loss, _REDUCTIONS[reduction])


# ---- of probabilities


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """二元交叉熵 / -(y log(x) + (1 - y) log(1 - x)) of probabilities ``x``; logarithms stop at -100.

    ``RuntimeError`` for an input or target that is not between 0 and 1.
    """
    number = _enum(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is deprecated."
            " Please ensure they have the same size."
        )
    refuse_gradient("binary_cross_entropy", "weight", weight)
    if weight is not None:
        try:
            weight = weight.expand(input.size())
        except RuntimeError:
            raise RuntimeError(
                f"binary_cross_entropy(): argument 'weight' has shape {list(weight.shape)}, which is not broadcastable "
                f"to that of 'input', {list(input.shape)}"
            ) from None
    for other in (target, weight):
        if other is not None and other._array.dtype != input._array.dtype:
            names = [_dtypes.TYPE_NAMES[t.dtype].removesuffix("Tensor") for t in (other, input)]
            raise RuntimeError(f"Found dtype {names[0]} but expected {names[1]}")
    made: Tensor = OPS["binary_cross_entropy"].record((input, target, weight), {"reduction": number})
    return made


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """二元交叉熵（对数几率） / ``binary_cross_entropy`` of ``sigmoid(input)``, in one step that is exact everywhere.

    Positive targets count ``pos_weight`` times.
    """
    number = _enum(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    if modes.low is not None:
        input, target, weight, pos_weight = raised(input, target, weight, pos_weight)
    return FUNCTIONS["binary_cross_entropy_with_logits"](input, target, weight, pos_weight, number)


def kl_div(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:  # fmt: skip
    """KL 散度 / target (log(target) - input): ``input`` is a logarithm. "batchmean", the sum over the batch size, is
    what the divergence means.
    """
    batchmean = False
    if size_average is None and reduce is None:
        if reduction == "mean":
            warnings.warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' "
                "divides only by the batch size, and aligns with the KL div math definition.'mean' will be changed to "
                "behave the same as 'batchmean' in the next major release.",
                stacklevel=2,
            )
        batchmean = reduction == "batchmean"
    number = SUM if batchmean else _enum(reduction, size_average, reduce)
    made: Tensor = FUNCTIONS["kl_div"](input, target, number, log_target=log_target)
    return made / input.size()[0] if batchmean and input.ndim else made


# ---- of classes


@by_example
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """负对数似然 / -input[target], of log-probabilities (N, C), (C,) or (N, C, d1, ...) and target classes.

    ``weight`` says what each class counts, and the mean is over what is counted; places of class ``ignore_index`` do
    not count. ``IndexError`` for a target that is no class.
    """
    number = _enum(reduction, size_average, reduce)
    check_tensors("nll_loss_nd", input=input, target=target)
    if modes.low is not None:
        input, weight = raised(input, weight)
    refuse_gradient("nll_loss_forward", "weight", weight)
    check_classes(input, target, weight)
    made: Tensor = OPS["nll_loss"].record((input,), _of_classes(input, target, weight, ignore_index, number))
    return noting(made, target, weight)


def _of_classes(input: Tensor, target: Tensor, weight: Tensor | None, ignored: int, reduction: int) -> dict[str, Any]:
    found = located(input._array, target._array, None if weight is None else weight._array, ignored)
    found["reduction"] = reduction
    return found


@by_example
def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """交叉熵 / ``nll_loss`` of ``log_softmax(input)``: of scores (N, C), (C,) or (N, C, d1, ...), which need not be
    normalised, and target classes, or probabilities of classes in a target of input's shape.

    ``label_smoothing`` mixes that share of all classes alike into each target. ``IndexError`` for a target that is no
    class.
    """
    number = _enum(reduction, size_average, reduce)
    check_tensors("cross_entropy_loss", input=input, target=target)
    if modes.low is not None:
        input, target, weight = raised(input, target, weight)
    if label_smoothing > 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if input._array.shape == target._array.shape:
        return _soft_cross_entropy(input, target, weight, ignore_index, number, label_smoothing)
    if input._array.dtype.kind in "iub":
        kind = _dtypes.TYPE_NAMES[input.dtype].removesuffix("Tensor")
        kernel = "log_softmax_kernel_impl" if input.ndim > 2 else "log_softmax_lastdim_kernel_impl"
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{kind}': argument 'input' of cross_entropy() is a {kind} tensor"
        )
    refuse_gradient("nll_loss_forward", "weight", weight)
    check_classes(input, target, weight)
    attrs = _of_classes(input, target, weight, ignore_index, number)
    made: Tensor
    if label_smoothing > 0:
        return _smoothed_cross_entropy(input, target, attrs, weight, ignore_index, label_smoothing)
    made = OPS["cross_entropy"].record((input,), attrs)[0]
    return noting(made, target, weight)


def _smoothed_cross_entropy(
    input: Tensor, target: Tensor, attrs: dict[str, Any], weight: Tensor | None, ignore_index: int, smoothing: float
) -> Tensor:
    """(1 - s) times the loss of the target, and s / C times that of all classes."""
    at, dim = target._array, int(input.ndim > 1)
    reduction = attrs["reduction"]
    scores = FUNCTIONS["log_softmax"](input, dim)
    right = noting(OPS["nll_loss"].record((scores,), attrs), target, weight)
    if weight is not None:
        scores = scores * weight.view([-1 if d == dim else 1 for d in range(input.ndim)])
    ignored = wrap((at == ignore_index).reshape([n for d, n in enumerate(input.shape) if d != dim]))
    smooth = (-scores.sum(dim)).masked_fill(ignored, 0)
    if reduction != NONE:
        smooth = smooth.sum()
    if reduction == MEAN:
        counted = at[at != ignore_index]
        smooth = smooth / (len(counted) if weight is None else weight.gather(0, wrap(counted.astype(np.int64))).sum())
    return (1 - smoothing) * right + smooth * (smoothing / input.shape[dim])


def _soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, ignored: int, reduction: int, smoothing: float
) -> Tensor:
    """The loss of a target that gives each class a probability."""
    if target._array.dtype.kind not in "fV":
        kind = _dtypes.TYPE_NAMES[target.dtype].removesuffix("Tensor")
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {kind}")
    if ignored >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    dim = int(input.ndim > 1)
    classes = input.shape[dim] if input.ndim else 1
    if weight is not None and (weight.ndim != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / classes
    each = FUNCTIONS["log_softmax"](input, dim) * target
    if weight is not None:
        each = each * weight.view([-1 if d == dim else 1 for d in range(input.ndim)])
    if reduction == NONE:
        return -each.sum(dim)
    made = -each.sum()
    if reduction == SUM:
        return made
    places = input.numel() // classes if classes else 0
    mean: Tensor = over.record((made,), {"by": places}) if places else made * float("nan")
    return mean


def _no_half(name: str, input: Tensor) -> None:
    if input.dtype in (_dtypes.float16, _dtypes.bfloat16):
        kind = _dtypes.TYPE_NAMES[input.dtype].removesuffix("Tensor")
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{kind}': argument 'input' of {name}()")


@by_example
def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """多分类间隔 / The mean over classes of max(0, margin - input[target] + input[i]) ** p, times target's weight."""
    number = _enum(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    check_tensors("multi_margin_loss", input=input, target=target)
    _no_half("multi_margin_loss", input)
    refuse_gradient("multi_margin_loss", "weight", weight)
    rows, classes = input.shape if input.ndim == 2 else (1, input.numel())
    if input.ndim > 2 or not classes:
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    if target.ndim > 1 or target.numel() != rows:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{rows}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    _wants_long(target)
    at = target._array
    if at.size and not 0 <= at.min() <= at.max() < classes:
        raise RuntimeError("target out of range")
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    attrs = {"target": at, "weight": None if weight is None else weight._array, "p": p, "margin": float(margin)}
    made: Tensor = OPS["multi_margin_loss"].record((input,), {**attrs, "reduction": number})
    return noting(made, target, weight)


def _wants_long(target: Tensor) -> None:
    if target._array.dtype != np.int64:
        kind = _dtypes.TYPE_NAMES[target.dtype].removesuffix("Tensor")
        raise RuntimeError(f"expected scalar type Long but found {kind}: argument 'target'")


@by_example
def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """多标签间隔 / Sum over labels y and other classes i of max(0, 1 - input[y] + input[i]), over the classes.

    A row of ``target``, of input's shape, lists the labels of a sample and then -1.
    """
    number = _enum(reduction, size_average, reduce)
    check_tensors("multilabel_margin_loss", input=input, target=target)
    _no_half("multilabel_margin_loss", input)
    if input.ndim > 2 or (input.ndim and not input.shape[-1]):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    if target.shape != input.shape and not (input.ndim < 2 and target.ndim < 2 and target.numel() == input.numel()):
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    _wants_long(target)
    at = target._array
    if at.size and not -1 <= at.min() <= at.max() < max(input._array.shape[-1:], default=1):
        raise RuntimeError("argument #2 'target' is out of range")
    made: Tensor = OPS["multilabel_margin_loss"].record((input,), {"target": at, "reduction": number})
    return noting(made, target)


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """多标签软间隔 / Binary cross-entropy of ``sigmoid(input)``, the mean over the last dimension."""
    number = _enum(reduction, size_average, reduce)
    logsigmoid = OPS["logsigmoid"].public
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduced_tensor(loss.sum(dim=input.dim() - 1) / input.size(input.dim() - 1), number)


# ---- of how inputs compare


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """排序间隔 / max(0, margin - target * (input1 - input2)): 1 says that the first should be larger, -1 the second."""
    number = _enum(reduction, size_average, reduce)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return FUNCTIONS["margin_ranking_loss"](input1, input2, target, margin, number)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """合页嵌入 / The distance itself where the target is 1, max(0, margin - distance) where it is -1."""
    return FUNCTIONS["hinge_embedding_loss"](input, target, margin, _enum(reduction, size_average, reduce))


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """余弦嵌入 / 1 - cos where the target is 1, max(0, cos - margin) where it is -1."""
    return FUNCTIONS["cosine_embedding_loss"](input1, input2, target, margin, _enum(reduction, size_average, reduce))


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """三元组间隔 / max(0, margin + |a - p| - |a - n|) of p-norms; with ``swap`` the nearer of a and p counts to n."""
    number = _enum(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return FUNCTIONS["triplet_margin_loss"](anchor, positive, negative, margin, p, eps, swap, number)


def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0, swap: bool = False,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """三元组间隔，自选距离 / ``triplet_margin_loss`` of any distance, by default ``pairwise_distance``."""
    distance = FUNCTIONS["pairwise_distance"] if distance_function is None else distance_function
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    check_triplet(anchor, positive, negative)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = FUNCTIONS["minimum"](far, distance(positive, negative))
    return reduced_tensor((margin + near - far).clamp_min(0), _enum(reduction))


def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """CTC 损失 / The loss of label sequences that are not aligned with time: ``torch.ctc_loss``.

    Log-probabilities (T, N, C) and targets (N, S), padded, or one behind the other; lengths of both.
    """
    return FUNCTIONS["ctc_loss"](
        log_probs, targets, input_lengths, target_lengths, blank, _enum(reduction), zero_infinity
    )
