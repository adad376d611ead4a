"""Connectionist temporal classification: a loss that needs no alignment of labels with time. CTC 损失。

A target of S labels stands for all sequences of length T that become it when repeats are merged and blanks dropped;
with blanks between, it is a chain of 2S + 1 states, and the sum over all ways through it is a recursion over time.

Source: Graves et al., "Connectionist Temporal Classification", ICML 2006.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._args import As, Int, is_int, type_name
from tidu._define import by_example, op, publish
from tidu._operands import check_tensors
from tidu._record import noting
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.loss import MEAN, NONE, check_reduction, once, reduced_tensor


def _chain(x: Any, labels: Any, blank: int) -> tuple[Any, Any, Any]:
    """The label of each state (N, L), its log-probability at each time (T, N, L), and which states the one two before
    leads to: a label that differs from the last one needs no blank between."""
    states = np.full((len(labels), 2 * labels.shape[1] + 1), blank, like=labels)
    states[:, 1::2] = labels
    emitted = np.take_along_axis(x, np.broadcast_to(states, (len(x), *states.shape)), 2)
    skips = np.zeros(states.shape, bool, like=labels)
    skips[:, 2:] = states[:, 2:] != states[:, :-2]
    return states, emitted, skips


def _onward(before: Any, skips: Any) -> Any:
    """log of the ways into each state one step on: stay, come from the state before, or skip the one between."""
    out = before.copy()
    out[:, 1:] = np.logaddexp(out[:, 1:], before[:, :-1])
    out[:, 2:] = np.where(skips[:, 2:], np.logaddexp(out[:, 2:], before[:, :-2]), out[:, 2:])
    return out


@op(lambda g, x, loss, alpha, labels, times, lengths, blank, forgiving:
        once(_ctc_gradient(g, x, loss, alpha, labels, times, lengths, blank, forgiving)),
    public=False, out=False, kinds="f", outputs=("loss", "alpha"), refuses=NotImplementedError)  # fmt: skip
def ctc_loss(x, labels: As, times: As, lengths: As, blank: Int, forgiving: As):
    """CTC 损失 / Minus the log-probability of each target, (N,), from log-probabilities (T, N, C)."""
    _, emitted, skips = _chain(x, labels, blank)
    alpha = np.full(emitted.shape, -np.inf, x.dtype, like=x)
    if len(x):
        alpha[0, :, :1] = emitted[0, :, :1]
        alpha[0, :, 1:2] = np.where(lengths[:, None] > 0, emitted[0, :, 1:2], -np.inf)
    for t in range(1, len(x)):
        alpha[t] = _onward(alpha[t - 1], skips) + emitted[t]
    rows = np.arange(len(labels), like=labels)
    if len(x):
        last = np.maximum(times - 1, 0)
        ends = alpha[last, rows, 2 * lengths]
        labelled = np.where(lengths > 0, alpha[last, rows, np.maximum(2 * lengths - 1, 0)], -np.inf)
        ends = np.logaddexp(ends, labelled)
    else:
        ends = np.zeros(len(labels), x.dtype, like=x)
    ends = np.where(times > 0, ends, np.where(lengths > 0, -np.inf, 0))
    return (-ends).astype(x.dtype), alpha


def _ctc_gradient(
    g: Any, x: Any, loss: Any, alpha: Any, labels: Any, times: Any, lengths: Any, blank: int, forgiving: bool
) -> Any:
    """exp(x), less the share of all ways that have this label at this time: the gradient through log_softmax."""
    if isinstance(g, Tensor):
        given = (g._array, x._array, loss._array, alpha._array)
        made = wrap(_ctc_gradient(*given, labels, times, lengths, blank, forgiving))
        return made + (g * 0).sum()  # which depends on g, and says so when it is asked for more
    states, emitted, skips = _chain(x, labels, blank)
    skips = skips[:, ::-1]  # the chain is walked from its end
    onward = np.zeros(skips.shape, bool, like=labels)
    onward[:, 2:] = skips[:, :-2]
    beta = np.full_like(alpha, -np.inf)
    rows = np.arange(len(labels), like=labels)
    now = np.full(states.shape, -np.inf, x.dtype, like=x)
    for t in range(len(x) - 1, -1, -1):
        now = _onward(now[:, ::-1], onward)[:, ::-1] + emitted[t]
        starts = rows[times - 1 == t]
        now[starts] = -np.inf
        now[starts, 2 * lengths[starts]] = emitted[t, starts, 2 * lengths[starts]]
        labelled = starts[lengths[starts] > 0]
        now[labelled, 2 * lengths[labelled] - 1] = emitted[t, labelled, 2 * lengths[labelled] - 1]
        beta[t] = now
    shares = np.exp(alpha + beta + loss[:, None] - emitted)
    made = np.exp(x)
    for s in range(states.shape[1]):
        made[:, rows, states[:, s]] -= shares[:, :, s]
    made *= g[:, None]
    made[:, np.isinf(loss)] = np.nan
    made[np.arange(len(x))[:, None] >= times] = 0
    if forgiving:
        made[:, np.isinf(loss)] = 0
    return made


def _lengths(name: str, given: Any) -> np.ndarray:
    """Lengths as an array, from a tensor of integers or a sequence of ints."""
    if isinstance(given, Tensor):
        if given._array.dtype.kind not in "iu":
            raise RuntimeError(f"{name} must be integral")
        return np.atleast_1d(given._array).astype(np.int64)
    given = (given,) if is_int(given) else given
    if not isinstance(given, (tuple, list)) or not all(map(is_int, given)):
        raise TypeError(f"ctc_loss(): argument '{name}' must be Tensor or tuple of ints, not {type_name(given)}")
    return np.asarray(given, np.int64).reshape(-1)


def _labels(targets: Any, lengths: np.ndarray, batch: int) -> np.ndarray:
    """Targets as a matrix (N, S) of labels, 0 beyond each row's length."""
    if targets.ndim == 1:
        if len(targets) != lengths.sum():
            raise RuntimeError(
                f"Expected tensor to have size {lengths.sum()} at dimension 0, but got size {len(targets)} for "
                "argument #2 'targets' (while checking arguments for ctc_loss)"
            )
        rows = np.zeros((batch, int(lengths.max(initial=0))), np.int64)
        rows[np.arange(rows.shape[1]) < lengths[:, None]] = targets
        return rows
    if len(targets) != batch or targets.shape[1] < lengths.max(initial=0):
        raise RuntimeError(
            f"Expected tensor to have size {batch} at dimension 0 and at least {lengths.max(initial=0)} at dimension "
            f"1, but got {list(targets.shape)} for argument #2 'targets' (while checking arguments for ctc_loss)"
        )
    longest = targets[:, : int(lengths.max(initial=0))].astype(np.int64)
    return np.where(np.arange(longest.shape[1]) < lengths[:, None], longest, 0)


@by_example
def ctc(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: int = NONE, zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """CTC 损失 / The loss of label sequences that are not aligned with time.

    ``log_probs`` (T, N, C), or (T, C), come from ``log_softmax``; ``targets`` (N, S) are padded, or stand one behind
    the other; of both the lengths are tensors or tuples. The mean is of losses over their target's length.
    ``zero_infinity`` makes 0 of the loss of a target that does not fit into its time, and of its gradient.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html
    """
    check_tensors("ctc_loss", log_probs=log_probs, targets=targets)
    reduction = check_reduction("ctc_loss", reduction)
    if isinstance(input_lengths, Tensor) != isinstance(target_lengths, Tensor):
        raise TypeError(
            "ctc_loss() received an invalid combination of arguments: input_lengths and target_lengths must both be "
            f"Tensors or both tuples of ints, got {type_name(input_lengths)} and {type_name(target_lengths)}"
        )
    if log_probs._array.dtype not in (np.float32, np.float64):
        kind = _dtypes.TYPE_NAMES[log_probs.dtype].removesuffix("Tensor")
        raise NotImplementedError(f"\"ctc_loss_cpu\" not implemented for '{kind}'")
    single = log_probs.ndim == 2
    x = log_probs.unsqueeze(1) if single else log_probs
    if x.ndim != 3:
        raise RuntimeError(
            f"Expected 3-dimensional tensor, but got {x.ndim}-dimensional tensor for argument #1 'log_probs' (while "
            "checking arguments for ctc_loss)"
        )
    if not 1 <= targets.ndim <= 2:
        raise RuntimeError(
            f"Expected 1 to 2 dimensions, but got {targets.ndim}-dimensional tensor for argument #2 'targets' (while "
            "checking arguments for ctc_loss)"
        )
    steps, batch, classes = x._array.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    times, lengths = _lengths("input_lengths", input_lengths), _lengths("target_lengths", target_lengths)
    for name, given, most in (("input_lengths", times, steps), ("target_lengths", lengths, None)):
        if len(given) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
        if len(given) and given.min() < 0:
            raise RuntimeError(f"Expected {name} to have value at least 0, but got value {given.min()}")
        if most is not None and len(given) and given.max() > most:
            raise RuntimeError(f"Expected {name} to have value at most {most}, but got value {given.max()}")
    labels = _labels(targets._array, lengths, batch)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise RuntimeError(f"ctc_loss(): argument 'targets': labels must lie in [0, {classes - 1}]")
    attrs = {"labels": labels, "times": times, "lengths": lengths, "blank": int(blank)}
    loss = noting(ctc_loss.record((x,), {**attrs, "forgiving": bool(zero_infinity)})[0], targets)
    if zero_infinity:
        loss = FUNCTIONS["where"](loss == float("inf"), 0.0, loss)
    if reduction == NONE:
        return loss.squeeze(0) if single else loss
    if reduction == MEAN:
        loss = loss / wrap(np.maximum(lengths, 1))
    return reduced_tensor(loss, reduction)


publish("ctc_loss", ctc, method=False)
