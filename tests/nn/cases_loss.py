"""Samples of losses as layers; what their functions compute is tested with those."""

from __future__ import annotations

from tests.nn.sample import layer, refused
from tests.ops.sample import f, f32, v, within

probability = within(0.05, 0.95)
signs = v([1.0, -1.0, 1.0]).const
classes = v([2, 0, 3, 2, 1])
weight = lambda t: t.tensor([0.5, 2.0, 1.0, 3.0], dtype=t.float64)  # noqa: E731

for _name in ("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss"):
    layer(_name)(f(3, 4), f(3, 4)).error(RuntimeError, f(3), f(2))
    layer(_name, reduction="sum")(f(3, 4), f(3, 4))
    layer(_name, reduction="x").error(ValueError, f(3), f(3))
layer("MSELoss", size_average=False)(f(3), f(3))
layer("L1Loss", reduce=False)(f(3), f(3))
layer("SmoothL1Loss", beta=0.5)(f(3, 4), f(3, 4))
refused("HuberLoss", TypeError, delta="1")
layer("HuberLoss", delta=0.5)(f(3, 4), f(3, 4))
layer("SoftMarginLoss", reduction="none")(f(3), signs).error(RuntimeError, f(3), f(2).const)
layer("SoftMarginLoss").error(RuntimeError, f(1), signs).error(RuntimeError, f(3), f(1, 3).const)
layer("PoissonNLLLoss", full=True)(f(3), within(0, 5)(3).const)
layer("PoissonNLLLoss", False, reduction="sum")(probability(3), probability(3))
layer("GaussianNLLLoss")(f(3, 4), f(3, 4), probability(3, 4))(f(3, 4), f(3, 4), probability(1, 4)).error(
    ValueError, f(3), f(3), f(2)
)
layer("GaussianNLLLoss", full=True, reduction="sum")(f(3, 4), f(3, 4), probability(3, 1))

layer("BCELoss")(probability(3, 4), probability(3, 4)).error(ValueError, probability(3), probability(2))
layer("BCELoss", lambda t: weight(t), reduction="sum")(probability(3, 4), probability(3, 4))
layer("BCEWithLogitsLoss")(f(3, 4), probability(3, 4)).error(ValueError, f(3), f(2))
layer("BCEWithLogitsLoss").error(NotImplementedError, v([1, 0]), f(2))
layer("BCEWithLogitsLoss", reduction="none", options={"single": True})(
    f(3, 4), probability(3, 4, dtype="float32").const
)
layer("BCEWithLogitsLoss", pos_weight=lambda t: weight(t))(f(3, 4), probability(3, 4))
layer("KLDivLoss", reduction="batchmean")(f(3, 4), probability(3, 4)).error(RuntimeError, f(3), v([1, 2, 3]))
layer("KLDivLoss", log_target=True, reduction="sum")(f(3, 4), f(3, 4))

for _name in ("NLLLoss", "CrossEntropyLoss", "NLLLoss2d"):
    layer(_name)(f(5, 4), classes).error(IndexError, f(2, 2), v([0, 2])).error(ValueError, f(3, 4), v([0]))
    layer(_name, lambda t: weight(t), ignore_index=2, reduction="sum")(f(5, 4), classes)
layer("CrossEntropyLoss", label_smoothing=0.1)(f(5, 4), classes)(f(5, 4), probability(5, 4))
layer("CrossEntropyLoss", options={"single": True})(f32(5, 4), classes)
layer("MultiMarginLoss")(f(5, 4), classes).error(RuntimeError, f(2, 2), v([0, 2]))
layer("MultiMarginLoss", 2, 0.5, lambda t: weight(t))(f(5, 4), classes)
refused("MultiMarginLoss", ValueError, 3)
refused("MultiMarginLoss", ValueError, weight=lambda t: t.ones(2, 2))
layer("MultiLabelMarginLoss")(f(2, 3), v([[0, 2, -1], [1, -1, 0]]))
layer("MultiLabelSoftMarginLoss")(f(3, 4), probability(3, 4))
layer("MultiLabelSoftMarginLoss", lambda t: weight(t), reduction="none")(f(3, 4), probability(3, 4))

layer("MarginRankingLoss", 0.5)(f(3), f(3), signs).error(RuntimeError, f(3, 1), f(3), signs)
layer("HingeEmbeddingLoss", 0.5, reduction="sum")(f(3), signs)
layer("CosineEmbeddingLoss", 0.1)(f(3, 4), f(3, 4), signs).error(RuntimeError, f(3), f(3), signs)
layer("TripletMarginLoss", swap=True)(f(3, 4), f(3, 4), f(3, 4))
refused("TripletMarginLoss", ValueError, margin=0)
layer("TripletMarginWithDistanceLoss", margin=2.0)(f(3, 4), f(3, 4), f(3, 4))
refused("TripletMarginWithDistanceLoss", ValueError, margin=0)
layer("CTCLoss", 1, "sum")(f(6, 2, 4), v([[2, 3], [3, 0]]), (6, 5), (2, 1)).error(
    RuntimeError, f(6, 2, 4), v([[2, 3], [3, 0]]), (7, 5), (2, 1)
)
layer("CTCLoss", zero_infinity=True)(f(6, 2, 4), v([[2, 3], [3, 1]]), (1, 5), (2, 1))

layer("AdaptiveLogSoftmaxWithLoss", 8, 12, [4, 8], 2.0)(f(5, 8), v([1, 6, 11, 3, 4])).error(
    RuntimeError, f(5, 8), v([1, 2])
).error(RuntimeError, f(1, 8), v([12])).error(RuntimeError, f(1, 8), v([[1]]))
layer("AdaptiveLogSoftmaxWithLoss", 8, 12, [4], head_bias=True)(f(3, 8), v([1, 6, 11]))
for _cutoffs in ([], [5, 25], [4, 4], [0, 4], [4.5]):
    refused("AdaptiveLogSoftmaxWithLoss", ValueError, 8, 12, _cutoffs)

layer("LinearCrossEntropyLoss", 3, 4)(f(5, 3), classes)(f(3), v(2)).error(RuntimeError, f(5, 2), classes)
layer("LinearCrossEntropyLoss", 3, 4, out_features=(2,), bias=True, label_smoothing=0.1, reduction="sum")(
    f(5, 3), v([[2, 0], [3, 2], [1, 1], [0, 0], [1, 3]])
)(f(5, 3), probability(5, 4, 2)).error(RuntimeError, f(3), v([0, 1]))
layer("LinearCrossEntropyLoss", 3, 4, weight=lambda t: weight(t), ignore_index=2)(f(5, 3), classes).error(
    RuntimeError, f(5, 3), probability(5, 4)
)
layer(
    "LinearCrossEntropyLoss", 3, 4, options={"second": False}, bias=True, reduction="none"
)(f(5, 3), classes)  # fmt: skip
refused("LinearCrossEntropyLoss", RuntimeError, 3, 4, weight=lambda t: t.ones(3))
refused("LinearCrossEntropyLoss", RuntimeError, 3, 4, label_smoothing=2.0)
for _wrong in ({"acc_policy": "x"}, {"chunking_method": "x"}, {"chunking_method": "aspect_ratio:0"},
               {"batch_chunk_size": 0}, {"acc_dtype": 3}):  # fmt: skip
    refused("LinearCrossEntropyLoss", ValueError, 3, 4, options=lambda t, w=_wrong: t.nn.LinearCrossEntropyOptions(**w))
