"""What of ``legacy.nn`` draws numbers, only passes on, remembers, or is made of criterions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tidu
from tidu.legacy import nn


def test_dropout() -> None:
    tidu.manual_seed(0)
    layer, x = nn.Dropout(0.25), tidu.ones(1000)
    out = layer.forward(x)
    kept = out.numpy() > 0
    assert repr(layer) == "nn.Dropout(0.2500)" and 0.7 < kept.mean() < 0.8
    np.testing.assert_allclose(out.numpy()[kept], 1 / 0.75, rtol=1e-6)
    assert np.array_equal(layer.backward(x, tidu.ones(1000)).numpy(), out.numpy())
    layer.evaluate()
    assert layer.forward(x) is x and layer.backward(x, x) is x
    given = tidu.ones(10)
    assert nn.Dropout(0.5, True).forward(given) is given and not (given == 1).any()


@pytest.mark.parametrize(
    ("name", "shape"), [("SpatialDropout", (4, 50, 2, 3)), ("VolumetricDropout", (4, 50, 2, 1, 3))]
)
def test_dropout_of_planes(name: str, shape: tuple[int, ...]) -> None:
    tidu.manual_seed(0)
    layer, x = getattr(nn, name)(0.3), tidu.ones(*shape)
    planes = layer.forward(x).numpy().reshape(200, -1)
    assert (planes.min(1) == planes.max(1)).all() and set(planes[:, 0]) == {0, 1} and 0.6 < planes.mean() < 0.8
    assert np.array_equal(layer.backward(x, x).numpy(), layer.output.numpy())
    layer.evaluate()
    np.testing.assert_allclose(layer.forward(x).numpy(), 0.7, rtol=1e-6)
    with pytest.raises(RuntimeError, match="backprop only defined while training"):
        layer.backward(x, x)
    layer.training()
    with pytest.raises(RuntimeError, match="Input must be"):
        layer.forward(x[0])


def test_rrelu() -> None:
    tidu.manual_seed(0)
    layer, x = nn.RReLU(0.1, 0.4), tidu.linspace(-1, 1, 201)
    slopes = layer.forward(x) / x
    low = slopes[:100].numpy()
    assert low.min() > 0.1 and low.max() < 0.4 and low.std() > 0.05 and (slopes[101:] == 1).all()
    np.testing.assert_allclose(layer.backward(x, tidu.ones(201))[:100].numpy(), low, rtol=1e-5)
    layer.evaluate()
    np.testing.assert_allclose(layer.forward(x)[:100].numpy(), 0.25 * x[:100].numpy(), rtol=1e-6)


def test_fractional_pooling_keeps_its_windows_when_told() -> None:
    tidu.manual_seed(0)
    x = tidu.randn(2, 3, 9, 9)
    layer = nn.SpatialFractionalMaxPooling(2, 2, 4, 5)
    first, second = layer.forward(x), layer.forward(x)
    assert first.shape == (2, 3, 5, 4) and not np.array_equal(first.numpy(), second.numpy())
    layer.fixPoolingRegions()
    assert np.array_equal(layer.forward(x).numpy(), second.numpy())
    gradient = layer.backward(x, tidu.ones(2, 3, 5, 4))
    assert float(gradient.sum()) == 120 and repr(layer) == "nn.SpatialFractionalMaxPooling(4x5, 2, 2)"
    assert nn.SpatialFractionalMaxPooling(2, 3, 0.5, 0.7).forward(x).shape == (2, 3, 6, 4)
    with pytest.raises(AssertionError, match="two ratios"):
        nn.SpatialFractionalMaxPooling(2, 2, 0.5, 4)


@pytest.mark.parametrize("dims", [2, 3])
def test_unpooling_puts_back_where_pooling_found(dims: int) -> None:
    pool = nn.SpatialMaxPooling(2, 2) if dims == 2 else nn.VolumetricMaxPooling(2, 2, 2)
    unpool = nn.SpatialMaxUnpooling(pool) if dims == 2 else nn.VolumetricMaxUnpooling(pool)
    x = tidu.randn(1, 2, *[5, 4, 6][:dims]) + 5
    small = pool.forward(x)
    large = unpool.forward(small)
    kept = large.numpy() > 0
    assert large.shape == x.shape and kept.sum() == small.numel()
    assert np.array_equal(large.numpy()[kept], x.numpy()[kept])
    g = tidu.randn(*x.shape)
    assert sorted(unpool.backward(small, g).flatten().tolist()) == sorted(g.numpy()[kept].tolist())
    with pytest.raises(AssertionError, match="overlap"):
        nn.SpatialMaxUnpooling(nn.SpatialMaxPooling(3, 3, 1, 1))


def test_what_only_passes_on() -> None:
    x, g = tidu.tensor([1.0, -2.0]), tidu.tensor([3.0, 4.0])
    reversal = nn.GradientReversal(0.5)
    assert reversal.forward(x) is x and reversal.backward(x, g).tolist() == [-1.5, -2]
    penalty = nn.L1Penalty(2, sizeAverage=True)
    assert penalty.forward(x) is x and penalty.loss == 3 and penalty.backward(x, g).tolist() == [4, 3]
    copied = nn.Copy(tidu.FloatTensor, tidu.DoubleTensor)
    assert copied.forward(x).dtype == tidu.float64 and copied.backward(x, g.double()).dtype == tidu.float32


def test_in_place_the_result_takes_the_place_of_the_input() -> None:
    layers = [nn.ReLU(True), nn.Threshold(0.5, 2, True), nn.LeakyReLU(0.1, True), nn.ELU(1.0, True), nn.ReLU6(True)]
    layers += [nn.HardTanh(-0.5, 0.5, True), nn.AddConstant(2, True), nn.MulConstant(3, True)]
    for layer in layers:
        x = tidu.tensor([-1.0, 0.3, 2.0])
        plain = layer.clone()
        plain.inplace = False
        wanted = plain.forward(x.clone())
        gradient = plain.backward(x, tidu.ones(3))
        assert layer.forward(x) is x and np.array_equal(x.numpy(), wanted.numpy()), layer
        assert np.array_equal(layer.backward(x, tidu.ones(3)).numpy(), gradient.numpy()), layer
    a, b = tidu.ones(2), tidu.ones(2)
    assert nn.CAddTable(True).forward([a, b]) is a and a.tolist() == [2, 2]


def test_batch_normalization_counts_along_and_is_told_to_stop() -> None:
    layer = nn.BatchNormalization(2, momentum=0.5, affine=False)
    x = tidu.tensor([[1.0, 2.0], [3.0, 6.0]])
    layer.forward(x)
    layer.backward(x, x)
    layer.backward(x.clone(), x)  # of another input it computes anew, and does not count again
    assert layer.running_mean.tolist() == [1, 2] and layer.running_var.tolist() == [1.5, 4.5]
    layer.evaluate()
    np.testing.assert_allclose(layer.forward(tidu.tensor([[1.0, 2.0]])).numpy(), 0, atol=1e-6)
    assert layer.running_mean.tolist() == [1, 2] and layer.parameters() is None
    with pytest.raises(RuntimeError, match="only mini-batch supported"):
        layer.forward(tidu.ones(2))
    with pytest.raises(RuntimeError, match="got 3-feature tensor, expected 2"):
        layer.forward(tidu.ones(2, 3))


def test_a_lookup_s_options() -> None:
    table, places = nn.LookupTable(4, 2, paddingValue=0), tidu.tensor([0, 1, 1, 3])
    table.accGradParameters(places, tidu.ones(4, 2), 0.5)
    assert table.gradWeight.tolist() == [[0, 0], [1, 1], [0, 0], [0.5, 0.5]]
    table.zeroGradParameters()
    table.scaleGradByFreq().accGradParameters(places, tidu.ones(4, 2))
    assert table.gradWeight.tolist() == [[0, 0], [1, 1], [0, 0], [1, 1]]
    table.weight.fill_(3)
    table.setMaxNorm(1).setNormType(1).forward(tidu.tensor([2]))
    np.testing.assert_allclose(table.weight[2].numpy(), 0.5, rtol=1e-5)
    assert table.weight[1].tolist() == [3, 3]
    with pytest.raises(RuntimeError, match="vector or matrix"):
        table.forward(tidu.zeros(1, 1, 1))


def test_connections() -> None:
    maps = nn.SpatialConvolutionMap.maps
    assert maps.full(2, 3).tolist() == [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]]
    assert maps.oneToOne(2).tolist() == [[0, 0], [1, 1]]
    drawn = maps.random(6, 4, 2)
    assert drawn[:, 1].tolist() == [0, 0, 1, 1, 2, 2, 3, 3] and sorted(drawn[:6, 0].tolist()) == [0, 1, 2, 3, 4, 5]
    full = nn.SpatialConvolutionMap(maps.full(2, 3), 2, 2)
    plain = nn.SpatialConvolution(2, 3, 2, 2)
    plain.weight.copy_(full.weight.view(3, 2, 2, 2))
    plain.bias.copy_(full.bias)
    x = tidu.randn(1, 2, 4, 4)
    np.testing.assert_allclose(full.forward(x).numpy(), plain.forward(x).numpy(), rtol=1e-5, atol=1e-6)


def test_sums_of_criterions() -> None:
    x, y = tidu.tensor([1.0, 4.0]), tidu.tensor([0.0, 2.0])
    both = nn.MultiCriterion().add(nn.MSECriterion(False)).add(nn.AbsCriterion(False), 0.5)
    assert both.forward(x, y) == 5 + 1.5 and both.backward(x, y).tolist() == [2.5, 4.5]
    each = nn.ParallelCriterion().add(nn.MSECriterion(False)).add(nn.AbsCriterion(False), 0.5)
    assert each.forward([x, x], [y, y]) == 6.5
    assert [g.tolist() for g in each.backward([x, x], [y, y])] == [[2, 4], [0.5, 0.5]]
    same = nn.ParallelCriterion(True).add(nn.MSECriterion(False)).add(nn.MSECriterion(False), 2)
    assert same.forward([x, y], y) == 5 and [g.tolist() for g in same.backward([x, y], y)] == [[2, 4], [0, 0]]
    layer = nn.CriterionTable(nn.MSECriterion(False))
    assert layer.forward([x, y]) == 5 and [g.tolist() for g in layer.backward([x, y], None)] == [[2, 4]]


def test_the_simplex_is_regular() -> None:
    criterion = nn.ClassSimplexCriterion(4).double()
    corners = criterion.simplex.numpy()
    np.testing.assert_allclose(corners @ corners.T, np.where(np.eye(4), 1, -1 / 3), atol=1e-6)
    assert criterion.getTopPrediction(criterion.simplex * 2).tolist() == [0, 1, 2, 3]
    target = tidu.tensor([2, 0])
    assert criterion.forward(criterion.simplex[target], target) == 0
    assert (criterion.backward(criterion.simplex[target] + 1, target) == 0.25).all()


def test_what_is_refused() -> None:
    refused: list[tuple[type[Exception], str, Any]] = [
        (AssertionError, "2 dimensions", lambda: nn.Linear(3, 2).forward(tidu.ones(3))),
        (RuntimeError, "table of two", lambda: nn.Bilinear(2, 3, 4).forward([tidu.ones(1, 2)])),
        (ValueError, "max_value", lambda: nn.HardTanh(1, 0)),
        (ValueError, "adjW must be smaller", lambda: nn.SpatialFullConvolution(1, 1, 2, 2, adjW=1)),
        (ValueError, "ODD", lambda: nn.SpatialSubtractiveNormalization(1, tidu.ones(4, 4))),
        (ValueError, "1D", lambda: nn.BCECriterion(tidu.ones(2, 2))),
        (ValueError, "p == 1", lambda: nn.MultiMarginCriterion(3)),
        (AssertionError, "no target", lambda: nn.L1Cost().forward(tidu.ones(1), tidu.ones(1))),
        (RuntimeError, "of size 1x4x4", lambda: nn.SpatialConvolutionLocal(1, 1, 4, 4, 2, 2)(tidu.ones(1, 5, 4))),
    ]  # fmt: skip
    for error, match, call in refused:
        with pytest.raises(error, match=match):
            call()


def test_where_there_is_no_gpu_the_error_says_so() -> None:
    if not tidu.cuda.is_available():
        for made in (nn.Linear(2, 1), nn.MSECriterion()):
            with pytest.raises((AssertionError, RuntimeError), match="CUDA"):
                made.cuda()


def test_weights_may_change_between_forward_and_backward() -> None:
    """As Torch took them: the gradient is that of the weights there are."""
    layer, x = nn.PReLU(), tidu.tensor([-2.0, 3.0])
    layer.forward(x)
    layer.weight.fill_(0.5)
    assert layer.backward(x, tidu.ones(2)).tolist() == [0.5, 1]
