"""Every layer and criterion of ``legacy.nn``: how it is made, what it is given, and what PyTorch says of it today.

The inputs are shapes (a list of them: a table), or say how to make them. A reference is given the module to compute
with (PyTorch, or tidu where there is none), the input and the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Make = Callable[[np.random.Generator], Any]


class Case(NamedTuple):
    name: str
    args: tuple[Any, ...]
    input: Any
    reference: Callable[..., Any] | None
    shown: str | None = None
    gradient: bool = True  # whether it has one: a lookup's numbers have none
    made: Callable[[Any, Any], None] | None = None  # what else is done to the layer

    @property
    def key(self) -> str:
        return f"{self.name}{self.args}{self.input if not callable(self.input) else ''}"


def positive(*shape: int) -> Make:
    return lambda rng: rng.uniform(0.2, 2, shape)


def apart(*shape: int) -> Make:
    """No two alike, and none near 0: nothing turns where a difference would step over it."""
    n = int(np.prod(shape))
    return lambda rng: (rng.permutation(n) - n / 2 + 0.3).reshape(shape) / n * 3


def whole(high: int, *shape: int) -> Make:
    return lambda rng: rng.integers(0, high, shape)


def table(*makes: Any) -> Make:
    return lambda rng: [made(m, rng) for m in makes]


def made(how: Any, rng: np.random.Generator) -> Any:
    if callable(how):
        return how(rng)
    return [made(h, rng) for h in how] if isinstance(how, list) else rng.standard_normal(how)


def functional(name: str, *args: Any, **kwargs: Any) -> Callable[..., Any]:
    return lambda t, x, *p: getattr(t.nn.functional, name)(x, *p, *args, **kwargs)


def method(name: str, *args: Any, **kwargs: Any) -> Callable[..., Any]:
    return lambda t, x: getattr(x, name)(*args, **kwargs)


def _gaussian(t: Any, x: Any, size: int = 5) -> Any:
    """The mean of what is around, where the kernel is a row and a column of ones."""
    weight = x.new_ones(1, x.shape[1], size, size)
    around = {"padding": size // 2}
    count = t.nn.functional.conv2d(t.ones_like(x), weight, **around)
    return x - t.nn.functional.conv2d(x, weight, **around) / count


def _divided(t: Any, x: Any, size: int = 9, threshold: float = 1e-4) -> Any:
    weight = x.new_ones(1, x.shape[1], size, size) / (size * size * x.shape[1])
    around = {"padding": size // 2}
    deviation = t.nn.functional.conv2d(x * x, weight, **around).sqrt()
    return x / t.clamp(deviation / t.nn.functional.conv2d(t.ones_like(x), weight, **around), min=threshold)


def _local(t: Any, x: Any, weight: Any, bias: Any) -> Any:
    """A weight for each place: a product for each of them."""
    rows, columns = weight.shape[:2]
    out = []
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, 2 * i : 2 * i + 2, j : j + 3]
            out.append((window.unsqueeze(1) * weight[i, j]).sum((2, 3, 4)) + bias[:, i, j])
    return t.stack(out, -1).reshape(x.shape[0], -1, rows, columns)


def _mapped(t: Any, x: Any, weight: Any, bias: Any) -> Any:
    """Inputs 0, 1, 1, 2 with outputs 0, 0, 1, 1."""
    pairs = [(0, 0), (1, 0), (1, 1), (2, 1)]
    conv = t.nn.functional.conv2d
    planes = [conv(x[:, i : i + 1], weight[k].expand(1, 1, -1, -1)) for k, (i, _) in enumerate(pairs)]
    return t.cat([planes[0] + planes[1] + bias[0], planes[2] + planes[3] + bias[1]], 1)


def _windows(t: Any, x: Any, weight: Any, bias: Any) -> Any:
    frames = [x[:, i : i + 3].flatten(1) for i in range(0, x.shape[1] - 2, 2)]
    return t.stack([f @ weight.t() + bias for f in frames], 1)


def _summed(t: Any, x: Any, weight: Any, bias: Any) -> Any:
    return t.stack([x[:, i : i + 3].sum(1) * weight + bias for i in range(0, x.shape[1] - 2, 2)], 1)


def _subsampled(t: Any, x: Any, weight: Any, bias: Any) -> Any:
    total = t.nn.functional.avg_pool2d(x, (2, 3), (2, 1), divisor_override=1)
    return total * weight[:, None, None] + bias[:, None, None]


def _in_training(t: Any, x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    return t.nn.functional.batch_norm(x, None, None, weight, bias, True, 0.1, eps)


def _connected(layer: Any, t: Any) -> None:
    layer.connTable = t.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0]])


CONNECTIONS = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0]]


def _unpadded(x: Any, dim: int, at: int, size: int, value: float) -> Any:
    parts = x.split([at, x.shape[dim] - at], dim)
    shape = list(x.shape)
    shape[dim] = size
    return parts[0], x.new_full(shape, value), parts[1]


_W = (2, 3, 4, 5)

LAYERS = [
    # ---- elementwise
    Case("Abs", (), apart(3, 4), method("abs")),
    Case("AddConstant", (3.5,), (3, 4), lambda t, x: x + 3.5),
    Case("MulConstant", (4,), (3, 4), lambda t, x: x * 4),
    Case("Exp", (), (3, 4), method("exp")),
    Case("Log", (), positive(3, 4), method("log")),
    Case("Power", (2,), (3, 4), method("pow", 2)),
    Case("Power", (1.5,), positive(3, 4), method("pow", 1.5)),
    Case("Sqrt", (), positive(3, 4), method("sqrt")),
    Case("Square", (), (3, 4), method("square")),
    Case("Threshold", (0.25, -2.0), apart(3, 4), functional("threshold", 0.25, -2.0)),
    Case("ReLU", (), apart(3, 4), functional("relu"), "nn.ReLU"),
    Case("HardTanh", (-0.5, 0.7), apart(3, 4), functional("hardtanh", -0.5, 0.7)),
    Case("Clamp", (-0.5, 0.7), apart(3, 4), method("clamp", -0.5, 0.7)),
    Case("ReLU6", (), apart(3, 4), functional("relu6")),
    Case("LeakyReLU", (0.2,), apart(3, 4), functional("leaky_relu", 0.2), "nn.LeakyReLU(0.2000)"),
    Case("PReLU", (), apart(3, 4), functional("prelu")),
    Case("PReLU", (4,), apart(3, 4), functional("prelu")),
    Case("ELU", (1.5,), apart(3, 4), functional("elu", 1.5), "nn.ELU(alpha=1.500)"),
    Case("Sigmoid", (), (3, 4), method("sigmoid")),
    Case("LogSigmoid", (), (3, 4), functional("logsigmoid")),
    Case("Tanh", (), (3, 4), method("tanh")),
    Case("TanhShrink", (), (3, 4), functional("tanhshrink")),
    Case("SoftPlus", (2, 20), (3, 4), functional("softplus", 2, 20)),
    Case("SoftSign", (), apart(3, 4), functional("softsign")),
    Case("SoftShrink", (0.4,), apart(3, 4), functional("softshrink", 0.4)),
    Case("HardShrink", (0.4,), apart(3, 4), functional("hardshrink", 0.4)),
    *(
        Case(name, (), shape, functional(function, dim))
        for name, function in (("SoftMax", "softmax"), ("LogSoftMax", "log_softmax"), ("SoftMin", "softmin"))
        for shape, dim in (((4,), 0), ((3, 4), 1), ((3, 2, 2), 0), ((2, 3, 2, 2), 1))
    ),
    Case("SoftMax", (2,), (2, 3, 4), functional("softmax", 2)),
    Case("SpatialSoftMax", (), (2, 3, 2, 2), functional("softmax", 1)),
    # ---- linear
    Case("Linear", (3, 2), (4, 3), functional("linear"), "nn.Linear(3 -> 2)"),
    Case("Linear", (3, 2, False), (4, 3), functional("linear"), "nn.Linear(3 -> 2) without bias"),
    Case("PartialLinear", (3, 4), (2, 3), lambda t, x, w, b: x @ w.t() + b, "nn.PartialLinear(3 -> 4)"),
    Case("PartialLinear", (3, 4), (2, 3), lambda t, x, w, b: (x @ w.t() + b)[:, [2, 0]], None, True,
         lambda layer, t: layer.setPartition(t.tensor([2.0, 0.0]))),
    Case("Bilinear", (2, 3, 4), [(5, 2), (5, 3)], lambda t, x, w, b: t.nn.functional.bilinear(*x, w, b),
         "nn.Bilinear(2x3 -> 4)"),
    Case("Bilinear", (2, 3, 4, False), [(5, 2), (5, 3)], lambda t, x, w: t.nn.functional.bilinear(*x, w)),
    Case("Add", (4,), (3, 4), lambda t, x, b: x + b),
    Case("Add", (4,), (4,), lambda t, x, b: x + b),
    Case("Add", ((2, 3),), (4, 2, 3), lambda t, x, b: x + b),
    Case("Add", (1, True), (2, 3), lambda t, x, b: x + b),
    Case("Mul", (), (2, 3), lambda t, x, w: x * w),
    Case("CMul", (4,), (3, 4), lambda t, x, w: x * w),
    Case("CMul", (2, 3), (4, 2, 3), lambda t, x, w: x * w),
    Case("CMul", (3, 2), (1, 3, 2), lambda t, x, w: x * w),
    Case("LookupTable", (5, 3), whole(5, 4), lambda t, x, w: w[x], gradient=False),
    Case("LookupTable", (5, 3), whole(3, 2, 4), lambda t, x, w: w[x], gradient=False),
    Case("Cosine", (3, 2), (4, 3), lambda t, x, w: t.nn.functional.cosine_similarity(x[:, None], w, -1)),
    Case("Euclidean", (3, 2), (4, 3), lambda t, x, w: t.cdist(x, w.t())),
    Case("WeightedEuclidean", (3, 2), (4, 3), lambda t, x, w, c: ((x[:, :, None] - w) * c).square().sum(1).sqrt()),
    # ---- convolutions
    Case("SpatialConvolution", (3, 4, 2, 3), (2, 3, 6, 5), functional("conv2d"), "nn.SpatialConvolution(3 -> 4, 2x3)"),
    Case("SpatialConvolution", (3, 4, 2, 3, 2, 1, 1, 0), (2, 3, 5, 6), functional("conv2d", (1, 2), (0, 1)),
         "nn.SpatialConvolution(3 -> 4, 2x3, 2, 1, 1, 0)"),
    Case("SpatialConvolution", (2, 3, 2, 2, 1, 1, 1), (2, 3, 3), functional("conv2d", 1, 1)),
    Case("SpatialConvolution", (2, 3, 2, 2), (1, 2, 3, 3), functional("conv2d"),
         "nn.SpatialConvolution(2 -> 3, 2x2) without bias", True, lambda layer, t: layer.noBias()),
    Case("SpatialDilatedConvolution", (2, 3, 2, 3, 1, 2, 1, 2, 2, 1), (2, 2, 6, 5),
         functional("conv2d", (2, 1), (2, 1), (2, 1)), "nn.SpatialDilatedConvolution(2 -> 3, 2x3, 1, 2, 1, 2, 1, 2)"),
    Case("SpatialFullConvolution", (3, 2, 2, 3, 2, 1, 1, 0, 1, 0), (2, 3, 3, 4),
         functional("conv_transpose2d", (1, 2), (0, 1), (0, 1)),
         "nn.SpatialFullConvolution(3 -> 2, 2x3, 2, 1, 1, 0, 1, 0)"),
    Case("SpatialFullConvolution", (3, 2, 2, 2, 2, 2), [(1, 3, 3, 3), (1, 1, 7, 6)],
         lambda t, x, w, b: t.nn.functional.conv_transpose2d(x[0], w, b, 2, 0, (1, 0))),
    Case("SpatialConvolutionLocal", (2, 3, 5, 4, 3, 2, 1, 2), (2, 2, 4, 5), _local,
         "nn.SpatialConvolutionLocal(2 -> 3, 3x2, 1, 2)"),
    Case("SpatialConvolutionMap", (CONNECTIONS, 2, 2), (2, 3, 3, 4), _mapped),
    Case("SpatialFullConvolutionMap", ([[0.0, 0.0], [1.0, 0.0]], 2, 2), (2, 2, 3, 3),
         lambda t, x, w, b: t.nn.functional.conv_transpose2d(x, w[:, None], b)),
    Case("TemporalConvolution", (3, 4, 3, 2), (2, 7, 3), _windows),
    Case("VolumetricConvolution", (2, 3, 2, 1, 2, 1, 2, 1, 1, 0, 1), (1, 2, 3, 3, 3),
         functional("conv3d", (1, 1, 2), (1, 1, 0)), "nn.VolumetricConvolution(2 -> 3, 2x1x2, 1, 2, 1, 1, 0, 1)"),
    Case("VolumetricFullConvolution", (2, 3, 2, 1, 2, 2, 1, 1, 0, 0, 1, 1), (1, 2, 2, 3, 2),
         functional("conv_transpose3d", (2, 1, 1), (0, 1, 0), (1, 0, 0)),
         "nn.VolumetricFullConvolution(2 -> 3, 2x1x2, 2, 1, 1, 0, 0, 1, 1, 0, 0)"),
    # ---- pooling, padding
    Case("SpatialMaxPooling", (2, 3), apart(2, 3, 6, 5), functional("max_pool2d", (3, 2)),
         "nn.SpatialMaxPooling(2x3, 2, 3)"),
    Case("SpatialMaxPooling", (3, 2, 1, 2, 1, 0), apart(2, 4, 5), functional("max_pool2d", (2, 3), (2, 1), (0, 1)),
         "nn.SpatialMaxPooling(3x2, 1, 2, 1, 0)"),
    Case("SpatialMaxPooling", (2, 2), apart(1, 2, 5, 5), functional("max_pool2d", 2, ceil_mode=True), None, True,
         lambda layer, t: layer.ceil()),
    Case("VolumetricMaxPooling", (2, 2, 1), apart(1, 2, 4, 3, 4), functional("max_pool3d", (2, 1, 2)),
         "nn.VolumetricMaxPooling(2x2x1, 2, 2, 1)"),
    Case("SpatialAveragePooling", (2, 3), (2, 3, 5, 6), functional("avg_pool2d", (3, 2), 1),
         "nn.SpatialAveragePooling(2x3, 1, 1)"),
    Case("SpatialAveragePooling", (2, 2, 2, 1, 1, 1), (1, 2, 4, 4),
         functional("avg_pool2d", 2, (1, 2), 1, count_include_pad=False), None, True,
         lambda layer, t: layer.setCountExcludePad()),
    Case("VolumetricAveragePooling", (2, 1, 2), (1, 2, 4, 4, 3), functional("avg_pool3d", (2, 2, 1))),
    Case("SpatialAdaptiveMaxPooling", (3, 2), apart(2, 2, 5, 7), functional("adaptive_max_pool2d", (2, 3))),
    Case("SpatialLPPooling", (2, 3, 2, 3), positive(1, 2, 6, 4), functional("lp_pool2d", 3, (3, 2))),
    Case("SpatialLPPooling", (2, 2, 2, 2), positive(1, 2, 4, 4), functional("lp_pool2d", 2, 2)),
    Case("SpatialSubSampling", (2, 3, 2, 1, 2), (2, 2, 4, 5), _subsampled),
    Case("TemporalSubSampling", (3, 3, 2), (2, 7, 3), _summed),
    Case("TemporalMaxPooling", (2,), apart(2, 6, 3),
         lambda t, x: t.stack([x[:, i : i + 2].amax(1) for i in (0, 2, 4)], 1)),
    Case("SpatialUpSamplingNearest", (2,), (1, 2, 3, 2), functional("interpolate", scale_factor=2)),
    Case("PixelShuffle", (2,), (1, 8, 2, 3), functional("pixel_shuffle", 2)),
    Case("SpatialZeroPadding", (1, 2, -1, 0), (1, 2, 3, 4), functional("pad", (1, 2, -1, 0)),
         "nn.SpatialZeroPadding(1, 2, -1, 0)"),
    Case("SpatialReflectionPadding", (1, 2), (1, 2, 3, 4), functional("pad", (1, 2, 1, 1), mode="reflect")),
    Case("SpatialReplicationPadding", (1, 2, 0, 3), (1, 2, 3, 4), functional("pad", (1, 2, 0, 3), mode="replicate")),
    Case("VolumetricReplicationPadding", (1, 2, 0), (1, 2, 3, 3, 2),
         functional("pad", (1, 2, 0, 1, 1, 1), mode="replicate")),
    # ---- normalisation
    Case("BatchNormalization", (3,), (5, 3), _in_training),
    Case("BatchNormalization", (3, 1e-3, 0.3, False), (5, 3), lambda t, x: _in_training(t, x, eps=1e-3)),
    Case("SpatialBatchNormalization", (2,), (3, 2, 3, 2), _in_training),
    Case("VolumetricBatchNormalization", (2,), (2, 2, 2, 2, 2), _in_training),
    Case("Normalize", (2,), (3, 4), functional("normalize"), "nn.Normalize(2)"),
    Case("Normalize", (3,), (3, 4), functional("normalize", 3.0)),
    Case("Normalize", (float("inf"),), apart(3, 4), functional("normalize", float("inf"))),
    Case("SpatialCrossMapLRN", (3, 0.5, 0.75, 2), (2, 5, 2, 2), functional("local_response_norm", 3, 0.5, 0.75, 2)),
    Case("SpatialSubtractiveNormalization", (2, (5, 5)), (1, 2, 6, 5), _gaussian),
    Case("SpatialSubtractiveNormalization", (2, (5,)), (1, 2, 6, 5), _gaussian),
    Case("SpatialDivisiveNormalization", (2,), (1, 2, 5, 6), _divided),
    Case("SpatialContrastiveNormalization", (2,), (1, 2, 5, 4), lambda t, x: _divided(t, _gaussian(t, x, 9))),
    # ---- shapes
    Case("Reshape", (4, 5), (3, 20), method("reshape", 3, 4, 5), "nn.Reshape(4x5)"),
    Case("Reshape", (20,), (3, 4, 5), method("reshape", 3, 20)),
    Case("View", (-1, 2, 10), (2, 3, 10), method("view", -1, 2, 10), "nn.View(-1, 2, 10)"),
    Case("Squeeze", (), (2, 1, 1, 3), method("squeeze")),
    Case("Squeeze", (1,), (2, 1, 1, 3), method("squeeze", 1)),
    Case("Unsqueeze", (1,), (2, 3), method("unsqueeze", 1), "nn.Unsqueeze(1)"),
    Case("Transpose", ((1, 2), (1, 3)), _W, lambda t, x: x.transpose(1, 2).transpose(1, 3)),
    Case("Narrow", (1, 1, 2), _W, method("narrow", 1, 1, 2)),
    Case("Select", (1, -1), _W, method("select", 1, 2)),
    Case("Replicate", (2, 1), (3, 4), lambda t, x: t.stack([x, x], 1)),
    Case("Contiguous", (), (3, 4), method("contiguous")),
    Case("Padding", (0, 2, -10), (3, 4), lambda t, x: t.cat(_unpadded(x, 0, 3, 2, -10.0))),
    Case("Padding", (0, 2, -10, 1), (3, 4), lambda t, x: t.cat(_unpadded(x, 0, 2, 2, -10.0))),
    Case("Padding", (1, -2, -10, 1), (3, 4), lambda t, x: t.cat(_unpadded(x, 1, 1, 2, -10.0), 1)),
    Case("Sum", (1,), (3, 4, 2), method("sum", 1)),
    Case("Sum", (-1, True), (3, 4, 2), method("mean", -1)),
    Case("Sum", (), (4,), lambda t, x: x.sum(0, keepdim=True)),
    Case("Mean", (1,), (3, 4, 2), method("mean", 1)),
    Case("Max", (1,), apart(3, 4, 2), method("amax", 1)),
    Case("Min", (), apart(3, 4), method("amin", 0)),
    Case("Max", (), apart(4), lambda t, x: x.amax(0, keepdim=True)),
    # ---- tables
    Case("CAddTable", (), [(3, 4), (3, 4), (3, 4)], lambda t, x: x[0] + x[1] + x[2]),
    Case("CSubTable", (), [(3, 4), (3, 4)], lambda t, x: x[0] - x[1]),
    Case("CMulTable", (), [(3, 4), (3, 4), (3, 4)], lambda t, x: x[0] * x[1] * x[2]),
    Case("CDivTable", (), table((3, 4), positive(3, 4)), lambda t, x: x[0] / x[1]),
    Case("JoinTable", (-1,), [(2, 3), (2, 4)], lambda t, x: t.cat(x, -1)),
    Case("SplitTable", (1,), (2, 3), lambda t, x: list(x.unbind(1))),
    Case("SelectTable", (1,), [(2,), (3,), (4,)], lambda t, x: x[1], "nn.SelectTable(1)"),
    Case("NarrowTable", (1, 2), [(2,), (3,), (4,)], lambda t, x: x[1:3]),
    Case("FlattenTable", (), [(2,), [(3,), [(4,)]]], lambda t, x: [x[0], x[1][0], x[1][1][0]]),
    Case("Identity", (), (2, 3), lambda t, x: x),
    Case("MixtureTable", (), [(3, 2), (3, 2, 4)], lambda t, x: t.einsum("be,bed->bd", *x)),
    Case("MixtureTable", (), [(3, 2), [(3, 4), (3, 4)]],
         lambda t, x: x[0][:, :1] * x[1][0] + x[0][:, 1:] * x[1][1]),
    Case("DotProduct", (), [(3, 4), (3, 4)], lambda t, x: (x[0] * x[1]).sum(1)),
    Case("CosineDistance", (), [(3, 4), (3, 4)], lambda t, x: t.nn.functional.cosine_similarity(*x)),
    Case("PairwiseDistance", (2,), [(3, 4), (3, 4)], lambda t, x: t.norm(x[0] - x[1], dim=1)),
    Case("PairwiseDistance", (1,), [(3, 4), (3, 4)], lambda t, x: (x[0] - x[1]).abs().sum(1)),
    Case("MM", (), [(2, 3, 4), (2, 4, 2)], lambda t, x: t.bmm(*x)),
    Case("MM", (True, True), [(4, 3), (2, 4)], lambda t, x: x[0].t() @ x[1].t()),
    Case("MV", (), [(2, 3, 4), (2, 4)], lambda t, x: t.einsum("bij,bj->bi", *x)),
    Case("MV", (True,), [(3, 4), (3,)], lambda t, x: x[0].t() @ x[1]),
    Case("MaskedSelect", (), table((3, 4), whole(2, 3, 4)), lambda t, x: x[0][x[1] > 0]),
    Case("Index", (1,), table((3, 4), whole(4, 5)), lambda t, x: x[0][:, x[1]]),
]  # fmt: skip


class LossCase(NamedTuple):
    name: str
    args: tuple[Any, ...]
    input: Any
    target: Any
    reference: Callable[..., Any]

    @property
    def key(self) -> str:
        return f"{self.name}{self.args}{self.input if not callable(self.input) else ''}"


def loss(name: str, **kwargs: Any) -> Callable[..., Any]:
    return lambda t, x, y: getattr(t.nn.functional, name)(x, y, **kwargs)


def signs(*shape: int) -> Make:
    return lambda rng: rng.choice([-1.0, 1.0], shape)


def shares(*shape: int) -> Make:
    return lambda rng: rng.dirichlet(np.ones(shape[-1]), shape[:-1])


def within(*shape: int) -> Make:
    return lambda rng: rng.uniform(0.1, 0.9, shape)


def several(classes: int, *shape: int) -> Make:
    """Numbers of right classes, and -1 behind the last."""
    return lambda rng: np.stack([[*rng.permutation(classes)[:2], *[-1] * (classes - 2)] for _ in range(shape[0])])


PER_CLASS = (0.5, 1.0, 2.0)
SIZES = (("mean", ()), ("sum", (False,)))

CRITERIONS = [
    *(
        LossCase(name, args, (3, 4), (3, 4), loss(function, reduction=reduction))
        for name, function in (("MSECriterion", "mse_loss"), ("AbsCriterion", "l1_loss"))
        for reduction, args in SIZES
    ),
    LossCase("SmoothL1Criterion", (), apart(3, 4), lambda rng: np.zeros((3, 4)), loss("smooth_l1_loss")),
    LossCase("WeightedMSECriterion", ((0.5, 1.0, 2.0, 3.0),), (3, 4), (3, 4),
             lambda t, x, y: t.nn.functional.mse_loss(x, y * t.tensor([0.5, 1.0, 2.0, 3.0]))),
    LossCase("L1Cost", (), apart(3, 4), None, lambda t, x, y: x.abs().sum()),
    *(
        LossCase("BCECriterion", (None, *args), within(3, 4), within(3, 4),
                 loss("binary_cross_entropy", reduction=reduction))
        for reduction, args in SIZES
    ),
    LossCase("BCECriterion", (PER_CLASS,), within(4, 3), within(4, 3),
             lambda t, x, y: t.nn.functional.binary_cross_entropy(x, y, t.tensor(PER_CLASS, dtype=x.dtype))),
    LossCase("MultiLabelSoftMarginCriterion", (), (4, 3), whole(2, 4, 3), loss("multilabel_soft_margin_loss")),
    LossCase("ClassNLLCriterion", (), (4, 3), whole(3, 4), loss("nll_loss")),
    LossCase("ClassNLLCriterion", (None, False), (4, 3), whole(3, 4), loss("nll_loss", reduction="sum")),
    LossCase("ClassNLLCriterion", (PER_CLASS,), (4, 3), whole(3, 4),
             lambda t, x, y: t.nn.functional.nll_loss(x, y, t.tensor(PER_CLASS, dtype=x.dtype))),
    LossCase("ClassNLLCriterion", (), (3,), whole(3, 1), lambda t, x, y: -x[y[0]]),
    LossCase("SpatialClassNLLCriterion", (), (2, 3, 2, 2), whole(3, 2, 2, 2), loss("nll_loss")),
    LossCase("CrossEntropyCriterion", (), (4, 3), whole(3, 4), loss("cross_entropy")),
    LossCase("CrossEntropyCriterion", (PER_CLASS,), (4, 3), whole(3, 4, 1),
             lambda t, x, y: t.nn.functional.cross_entropy(x, y[:, 0], t.tensor(PER_CLASS, dtype=x.dtype))),
    LossCase("MarginCriterion", (0.7,), apart(3, 4), signs(3, 4), lambda t, x, y: (0.7 - x * y).clamp(min=0).mean()),
    LossCase("SoftMarginCriterion", (), (3, 4), signs(3, 4), loss("soft_margin_loss")),
    LossCase("MultiMarginCriterion", (), (4, 3), whole(3, 4), loss("multi_margin_loss")),
    LossCase("MultiMarginCriterion", (2, PER_CLASS, 0.8, False), (4, 3), whole(3, 4),
             lambda t, x, y: t.nn.functional.multi_margin_loss(
                 x, y, 2, 0.8, t.tensor(PER_CLASS, dtype=x.dtype), reduction="sum")),
    LossCase("MultiLabelMarginCriterion", (), (2, 4), several(4, 2), loss("multilabel_margin_loss")),
    LossCase("MarginRankingCriterion", (0.5,), [(5,), (5,)], signs(5),
             lambda t, x, y: t.nn.functional.margin_ranking_loss(*x, y, 0.5)),
    LossCase("HingeEmbeddingCriterion", (1.0,), positive(3, 4), signs(3, 4), loss("hinge_embedding_loss")),
    LossCase("L1HingeEmbeddingCriterion", (20.0,), [(4,), (4,)], -1,
             lambda t, x, y: 20.0 - (x[0] - x[1]).abs().sum()),
    LossCase("L1HingeEmbeddingCriterion", (), [(4,), (4,)], 1, lambda t, x, y: (x[0] - x[1]).abs().sum()),
    LossCase("CosineEmbeddingCriterion", (0.1, False), [(4, 3), (4, 3)], signs(4),
             lambda t, x, y: t.nn.functional.cosine_embedding_loss(*x, y, 0.1, reduction="sum")),
    LossCase("DistKLDivCriterion", (), (3, 4), shares(3, 4),
             lambda t, x, y: t.nn.functional.kl_div(x, y, reduction="sum") / 12),
]  # fmt: skip
