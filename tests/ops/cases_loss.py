"""Samples of losses: what ``nn.functional`` has, and those that are in the namespace too."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import Any

from tests.ops.sample import f, f32, i, op, pos, v, within

probability = within(0.05, 0.95)
REDUCTIONS = ("none", "mean", "sum")


def F(name: str, **options: Any) -> Any:
    return op(f"nn.functional.{name}", **options)


def reduced(name: str, *args: Any, **kwargs: Any) -> None:
    """A sample for each reduction."""
    for reduction in REDUCTIONS:
        F(name)(*args, reduction=reduction, **kwargs)


# of numbers

for _name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
    reduced(_name, f(3, 4), f(3, 4))
    F(_name)(f(), f())(f(0, 3), f(0, 3))(f(4, 3).T, f(4, 3).const)(f(3, 4), f(4))(f32(3).const, f(3).const)(
        f32(3).const, i(3)
    )(f(3, 4).E, f(3, 4).S)
    F(_name)(v([nan, inf, 1.0]), v([0.0, 0.0, 1.0])).error(RuntimeError, f(3), f(2)).error(
        ValueError, f(3), f(3), reduction="all"
    )
    F(_name).error(AttributeError, f(3), 1.0).maybe(i(3), i(3))
for _name in ("mse_loss", "l1_loss", "huber_loss"):
    reduced(_name, f(3, 4), f(3, 4), weight=pos(3, 4))
    F(_name).error(ValueError, f(3, 4), f(3, 4), weight=pos(4))
reduced("smooth_l1_loss", f(3, 4), f(3, 4), beta=0.5)
F("smooth_l1_loss")(f(3, 4), f(3, 4), beta=0).error(RuntimeError, f(3), f(3), beta=-1.0)
F("huber_loss")(f(3, 4), f(3, 4), delta=0.3).error(RuntimeError, f(3), f(3), delta=0.0)
F("mse_loss")(f(3), f(3), size_average=False)(f(3), f(3), reduce=False)(f(3), f(3), size_average=True, reduce=True)

_signs = v([[1.0, -1, 1, 1], [-1, -1, 1, -1], [1, 1, 1, -1]]).const
reduced("soft_margin_loss", f(3, 4), _signs)
F("soft_margin_loss")(f(3, 4), _signs.T.T)(f(), v(1.0).const)(f(3, 4), v([1, -1, 1, -1])).error(TypeError, f(3), 1.0)
F("soft_margin_loss").error(RuntimeError, f(3), f(2).const)

reduced("poisson_nll_loss", f(3, 4), pos(3, 4))
reduced("poisson_nll_loss", pos(3, 4), within(0, 5)(3, 4).const, log_input=False, full=True)
F("poisson_nll_loss")(f(3, 4), i(3, 4, lo=0)).error(TypeError, f(3), 1.0).error(ValueError, f(3), f(3), reduction="x")
op("poisson_nll_loss")(f(3, 4), pos(3, 4), True, False, 1e-8, 0)(f(3), pos(3), True, True, 1e-8, 1)
op("poisson_nll_loss").error(TypeError, f(3), pos(3), True, False, 1e-8, "mean")

reduced("gaussian_nll_loss", f(3, 4), f(3, 4), pos(3, 4))
F("gaussian_nll_loss")(f(3, 4), f(3, 4), pos(3, 1), full=True)(f(3, 4), f(3, 4), pos(1, 4))(f(3, 4), f(3, 4), pos(3))(
    f(3, 4), f(3, 4), 2.0
)
F("gaussian_nll_loss")(f(3), f(3), v([0.0, 1.0, 2.0]).const, eps=0.1).error(ValueError, f(3, 4), f(3, 4), pos(2))
F("gaussian_nll_loss").error(ValueError, f(3), f(3), v([-1.0, 1, 1])).error(ValueError, f(3), f(3), -1.0)
F("gaussian_nll_loss").error(ValueError, f(3), f(3), pos(3), reduction="x")

# of probabilities

reduced("binary_cross_entropy", probability(3, 4), probability(3, 4))
reduced("binary_cross_entropy", probability(3, 4), probability(3, 4).const, pos(4).const)
F("binary_cross_entropy")(v([0.0, 1.0, 0.0, 1.0]).const, v([0.0, 0.0, 1.0, 1.0]).const)(
    probability(4, 3).T, probability(4, 3)
)
F("binary_cross_entropy")(probability(), probability())(f(0, 3), f(0, 3)).error(RuntimeError, v([1.5]), v([1.0]))
F("binary_cross_entropy").error(RuntimeError, v([0.5]), v([-1.0])).error(
    ValueError, probability(3, 4), probability(3, 1)
)
F("binary_cross_entropy").error(RuntimeError, probability(3), v([0, 1, 1])).error(RuntimeError, probability(3), f32(3))
F("binary_cross_entropy").error(RuntimeError, probability(3), probability(3), pos(2).const)
F("binary_cross_entropy").error(ValueError, probability(3), probability(3), reduction="x")

reduced("binary_cross_entropy_with_logits", f(3, 4), probability(3, 4))
reduced("binary_cross_entropy_with_logits", f(3, 4), probability(3, 4), pos(3, 1).const, pos_weight=pos(4).const)
F("binary_cross_entropy_with_logits")(v([800.0, -800.0, 0.0]), v([0.0, 1.0, 1.0]).const)(f(), probability())(
    f(0, 3), f(0, 3)
)
F("binary_cross_entropy_with_logits")(f(4, 3).T, probability(4, 3))(f32(3), probability(3))(
    f(3), probability(3), pos(3).const
)
F("binary_cross_entropy_with_logits").error(ValueError, f(3, 4), f(3, 1)).error(RuntimeError, f(3), i(3))
F("binary_cross_entropy_with_logits").error(RuntimeError, f(3), f(3), pos_weight=pos(2).const)
op("binary_cross_entropy_with_logits")(f(3, 4), probability(3, 4))(f(3, 4), probability(3, 4), None, pos(4).const, 0)
op("binary_cross_entropy_with_logits").error(TypeError, f(3), f(3), reduction="mean").error(TypeError, f(3), 1)

for _reduction in (*REDUCTIONS, "batchmean"):
    F("kl_div")(f(3, 4), probability(3, 4), reduction=_reduction)
    F("kl_div")(f(3, 4), f(3, 4), reduction=_reduction, log_target=True)
F("kl_div")(f(3, 4), v([0.0, 0.5, 0.5, 0.0]).const, reduction="sum")(f(), probability(), reduction="batchmean")
F("kl_div").error(RuntimeError, f(3), i(3)).error(ValueError, f(3), f(3), reduction="x").error(RuntimeError, f(3), f(2))
op("kl_div")(f(3, 4), probability(3, 4))(f(3), f(3), 2, log_target=True).error(TypeError, f(3), f(3), "mean")

# of classes

_targets = v([2, 0, 3, 2, 1])
_weight = v([0.5, 2.0, 1.0, 3.0]).const
_ignored = v([2, 1, 3, 1, 1])
for _name in ("cross_entropy", "nll_loss"):
    reduced(_name, f(5, 4), _targets)
    reduced(_name, f(5, 4), _targets, _weight)
    reduced(_name, f(5, 4), _ignored, _weight, ignore_index=1)
    reduced(_name, f(2, 4, 3), i(2, 3, lo=0, hi=4))
    reduced(_name, f(2, 4, 3, 2), i(2, 3, 2, lo=0, hi=4), _weight)
    F(_name)(f(4), v(2))(f(4).const, v([2]))(f(2, 4, 1, 3, 2), i(2, 1, 3, 2, lo=0, hi=4))(f(5, 4).T, _targets)(
        f(5, 4).S, _targets
    )
    F(_name)(f(5, 4), i(5, dtype="uint8", lo=0, hi=4))(f(3, 4), v([-100, 1, 0]))(f(3, 4), v([-100] * 3))(f(0, 4), i(0))
    F(_name)(f32(5, 4), _targets)(f(3, 1), v([0, 0, 0]))(f(3, 4), v([-100] * 3), reduction="sum")(
        f(0, 4), i(0), reduction="none"
    )
    F(_name)(f(5, 4), _targets, size_average=False)(f(5, 4), _targets, reduce=False)
    F(_name).error(IndexError, f(3, 4), v([0, 4, 1])).error(IndexError, f(3, 4), v([0, -1, 1])).error(
        IndexError, f(3, 0), v([0, 0, 0])
    )
    F(_name).error(ValueError, f(3, 4), v([0, 1])).error(RuntimeError, f(3, 4), i(3, 2, lo=0)).error(
        RuntimeError, f(3, 4), v([0.0, 1, 2])
    )
    F(_name).error(RuntimeError, f(3, 4), i(3, lo=0, hi=4, dtype="int32")).error(
        RuntimeError, f(3, 4), i(3, lo=0, hi=4), pos(3).const
    )
    F(_name).error(RuntimeError, f(2, 4, 3), i(2, 2, lo=0)).error(RuntimeError, f(2, 4, 3, 2), i(2, 3, lo=0)).error(
        TypeError, f(3, 4), None
    )
    F(_name).error(ValueError, f(5, 4), _targets, reduction="batchmean").error(NotImplementedError, i(5, 4), _targets)
    F(_name).maybe(f(), v(0)).maybe(f(5, 4), v(0)).maybe(f(4), v([0, 1]))
    F(_name).error(RuntimeError, f(5, 4), _targets, f32(4).const)
F("cross_entropy")(v([[1000.0, 0.0], [-inf, 0.0]]).const, v([1, 1]))
for _reduction in REDUCTIONS:
    F("cross_entropy")(f(5, 4), _ignored, reduction=_reduction, label_smoothing=0.1, ignore_index=1)
    F("cross_entropy")(f(5, 4), _ignored, _weight, reduction=_reduction, label_smoothing=0.1, ignore_index=1)
    F("cross_entropy")(f(5, 4), probability(5, 4), reduction=_reduction)
    F("cross_entropy")(f(2, 4, 3), probability(2, 4, 3), _weight, reduction=_reduction, label_smoothing=0.2)
F("cross_entropy")(f(4), probability(4))(f(4), v(1), label_smoothing=0.1)(f32(5, 4), probability(5, 4)).error(
    RuntimeError, f(3, 4), f(3, 4), ignore_index=1
).error(RuntimeError, f(5, 4), _targets, label_smoothing=1.5).error(RuntimeError, f(3, 4), i(3, 4)).error(
    RuntimeError, f(3, 4), f(3, 4), pos(2).const
)

reduced("multi_margin_loss", f(5, 4), _targets)
reduced("multi_margin_loss", f(5, 4), _targets, p=2, margin=0.5, weight=_weight)
F("multi_margin_loss")(f(4), v(2))(f(4), v([2]), reduction="none")(f(4), v(2), reduction="none")(f32(5, 4), _targets)
F("multi_margin_loss").error(ValueError, f(5, 4), _targets, p=3).error(RuntimeError, f(5, 4), v([9] * 5))
F("multi_margin_loss").error(RuntimeError, f(5, 4), _targets, weight=pos(2).const).error(
    RuntimeError, f(5, 4), v([0.0] * 5)
)
F("multi_margin_loss").error(RuntimeError, f(5, 4), v([0])).error(RuntimeError, f(1, 5, 4), _targets)

_lists = v([[0, 2, -1, 1], [-1, 0, 0, 0], [3, 2, 1, 0]])
reduced("multilabel_margin_loss", f(3, 4), _lists)
F("multilabel_margin_loss")(f(4), v([0, -1, 1, 1]), reduction="none")(f32(3, 4), _lists).error(
    RuntimeError, f(3, 4), v([0, 1])
)
F("multilabel_margin_loss").error(RuntimeError, f(1, 2), v([[2, 0]])).error(RuntimeError, f(1, 2), v([[0.0, 1]]))
reduced("multilabel_soft_margin_loss", f(3, 4), probability(3, 4))
F("multilabel_soft_margin_loss")(f(3, 4), probability(3, 4), pos(4))(f(4), probability(4), reduction="none")
F("multilabel_soft_margin_loss").error(IndexError, f(), f()).error(RuntimeError, f(3), f(2))

# of how inputs compare

_y = v([1.0, -1.0, 1.0]).const
reduced("margin_ranking_loss", f(3), f(3), _y, margin=0.5)
F("margin_ranking_loss")(f(3), f(3), _y)(i(3), i(3), i(3)).error(RuntimeError, f(3, 1), f(3), _y)
op("margin_ranking_loss")(f(3), f(3), _y)(f(3), f(3), _y, 0.5, 0).error(TypeError, f(3), f(3), 1)
reduced("hinge_embedding_loss", f(3), _y, margin=0.5)
F("hinge_embedding_loss")(f(3), v([0.0, 2, 1]).const, reduction="none")(f(3, 4), f(3, 1).const).error(
    RuntimeError, f(3), f(2)
)
op("hinge_embedding_loss")(f(3), _y)(f(3), _y, 0.5, 2).error(TypeError, f(3), _y, 0.5, "sum")
reduced("cosine_embedding_loss", f(3, 4), f(3, 4), _y, margin=0.1)
F("cosine_embedding_loss")(f(4), f(4), v(-1.0).const)(v([[0.0, 0.0]]).const, f(1, 2), v([1.0]).const).error(
    RuntimeError, f(3, 4), f(3, 4), v(1.0)
).error(RuntimeError, f(3), f(3), _y).error(RuntimeError, f(3, 4), f(3, 4), f(3, 1))
op("cosine_embedding_loss")(f(3, 4), f(3, 4), _y)(f(3, 4), f(3, 4), _y, 0.3, 0).error(TypeError, f(3, 4), f(3, 4), 1)
reduced("triplet_margin_loss", f(3, 4), f(3, 4), f(3, 4))
F("triplet_margin_loss")(f(3, 4), f(3, 4), f(3, 4), margin=0.5, p=3, swap=True)(f(4), f(4), f(4))(
    f(3, 4), f(1, 4), f(3, 4)
)
F("triplet_margin_loss").error(ValueError, f(3), f(3), f(3), margin=0).error(RuntimeError, f(3, 4), f(4), f(3, 4))
op("triplet_margin_loss")(f(3, 4), f(3, 4), f(3, 4))(f(3, 4), f(3, 4), f(3, 4), 1.0, 2.0, 1e-6, True, 0).error(
    TypeError, f(3, 4), f(3, 4), 1
)
reduced("triplet_margin_with_distance_loss", f(3, 4), f(3, 4), f(3, 4), swap=True)
F("triplet_margin_with_distance_loss").call(
    lambda t, a, p, n: t.nn.functional.triplet_margin_with_distance_loss(
        a, p, n, distance_function=lambda x, y: (x - y).abs().sum(-1), margin=2.0
    ),
    f(3, 4), f(3, 4), f(3, 4),
).error(ValueError, f(3), f(3), f(3), margin=0).error(RuntimeError, f(3, 4), f(4), f(3, 4))  # fmt: skip


# of sequences


def _ctc(t: Any, scores: Any, targets: Any, *lengths: Any, **options: Any) -> Any:
    return t.nn.functional.ctc_loss(scores.log_softmax(-1), targets, *lengths, **options)


def ctc(times: Any, lengths: Any, **options: Any) -> Callable[..., Any]:
    return lambda t, scores, targets: _ctc(t, scores, targets, times, lengths, **options)


_labels = v([[1, 2, 2], [3, 1, 0]])
for _reduction in REDUCTIONS:
    F("ctc_loss").call(ctc((6, 5), (3, 2), reduction=_reduction), f(6, 2, 4), _labels)
    F("ctc_loss").call(ctc((3, 5), (3, 2), reduction=_reduction, zero_infinity=True), f(6, 2, 4), _labels)
F("ctc_loss").call(ctc((6, 5), (3, 2)), f(6, 2, 4), v([1, 2, 2, 3, 1])).call(
    lambda t, x, y, a, b: _ctc(t, x, y, a, b), f(6, 2, 4), _labels, v([6, 5]), v([3, 2])
).call(ctc((6,), (3,)), f(6, 4), v([1, 2, 2])).call(ctc((6, 5), (0, 0)), f(6, 2, 4), _labels).call(
    ctc((6, 5), (3, 2), blank=2), f32(6, 2, 4), v([[1, 3, 3], [3, 1, 0]])
).call(ctc((0, 5), (0, 2), reduction="none"), f(6, 2, 4).const, _labels).call(
    ctc((3, 5), (3, 2), reduction="none"), f(6, 2, 4).const, _labels
)
for _times, _lengths, _options in (
    ((7, 5), (3, 2), {}), ((-1, 5), (3, 2), {}), ((6, 5), (4, 2), {}), ((6,), (3, 2), {}), ((6, 5), (3, 2), {"blank": 9})
):  # fmt: skip
    F("ctc_loss").call(ctc(_times, _lengths, **_options), f(6, 2, 4), _labels, raises=RuntimeError)
F("ctc_loss").call(ctc((6, 5), (3, 2), reduction="x"), f(6, 2, 4), _labels, raises=ValueError)
op("ctc_loss").call(lambda t, x, y: t.ctc_loss(x.log_softmax(-1), y, (6, 5), (3, 2), 0, 2), f(6, 2, 4), _labels).error(
    NotImplementedError, i(6, 2, 4), _labels, (6, 5), (3, 2)
).error(TypeError, f(6, 2, 4), _labels, (6, 5), v([3, 2]))
