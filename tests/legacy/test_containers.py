"""Containers of ``legacy.nn``: the gradients of a whole net are those of autograd, and of Torch's way to train it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import tidu
from tidu import nn as today
from tidu.legacy import nn, optim
from tidu.legacy.nn import tables


def lenet() -> Any:
    return (
        nn.Sequential()
        .add(nn.SpatialConvolution(1, 4, 3, 3))
        .add(nn.ReLU())
        .add(nn.SpatialMaxPooling(2, 2))
        .add(nn.Reshape(4 * 3 * 3))
        .add(nn.Linear(36, 10))
        .add(nn.LogSoftMax())
    )


def of_today() -> Any:
    layers = today.Conv2d(1, 4, 3), today.ReLU(), today.MaxPool2d(2), today.Flatten(), today.Linear(36, 10)
    return today.Sequential(*layers, today.LogSoftmax(1))


def test_a_seed_gives_the_parameters_of_today() -> None:
    tidu.manual_seed(0)
    old = lenet()
    tidu.manual_seed(0)
    for p, q in zip(old.parameters()[0], of_today().parameters(), strict=True):
        np.testing.assert_allclose(p.numpy(), q.detach().numpy(), rtol=1e-6)


def test_a_net_trains_as_with_autograd() -> None:
    old, net = lenet(), of_today()
    for p, q in zip(old.parameters()[0], net.parameters(), strict=True):
        q.data.copy_(p)
    criterion, loss = nn.ClassNLLCriterion(), today.NLLLoss()
    sgd = tidu.optim.SGD(net.parameters(), lr=0.5)
    x, y = tidu.randn(5, 1, 8, 8), tidu.tensor([1, 3, 5, 7, 9])
    for _ in range(4):
        out = old.forward(x)
        value = criterion.forward(out, y)
        old.zeroGradParameters()
        gradient = old.backward(x, criterion.backward(out, y))
        old.updateParameters(0.5)
        given = x.clone().requires_grad_()
        wanted = loss(net(given), y)
        sgd.zero_grad()
        wanted.backward()
        sgd.step()
        assert value == pytest.approx(wanted.item(), rel=1e-5)
        np.testing.assert_allclose(gradient.numpy(), given.grad.numpy(), rtol=1e-4, atol=1e-6)
    for p, q in zip(old.parameters()[0], net.parameters(), strict=True):
        np.testing.assert_allclose(p.numpy(), q.detach().numpy(), rtol=1e-4, atol=1e-6)


def test_a_flattened_net_is_trained_by_a_function() -> None:
    tidu.manual_seed(1)
    net, criterion = lenet(), nn.ClassNLLCriterion()
    flat, gradient = net.flattenParameters()
    assert flat.numel() == gradient.numel() == sum(p.numel() for p in net.parameters()[0])
    x, y = tidu.randn(6, 1, 8, 8), tidu.tensor([0, 1, 2, 3, 4, 5])

    def feval(at: Any) -> tuple[float, Any]:
        assert at is flat
        gradient.zero_()
        out = net.forward(x)
        value = criterion.forward(out, y)
        net.backward(x, criterion.backward(out, y))
        return value, gradient

    config: dict[str, Any] = {"learningRate": 0.1, "momentum": 0.9, "dampening": 0}
    values = [optim.sgd(feval, flat, config)[1] for _ in range(15)]
    assert values[-1] < 0.1 * values[0] and config["evalCounter"] == 15
    again = net.flattenParameters()[0]
    assert np.array_equal(again.numpy(), flat.numpy())


def test_shared_parameters_stay_shared_in_the_vector() -> None:
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.share(first, "weight", "bias", "gradWeight", "gradBias")
    net = nn.Sequential().add(first).add(second)
    flat, gradient = net.getParameters()
    assert flat.numel() == gradient.numel() == 6
    flat.fill_(3)
    assert float(first.weight[0, 0]) == float(second.weight[1, 1]) == float(second.bias[0]) == 3
    copied = net.clone()
    copied.get(0).weight.fill_(5)
    assert float(first.weight[0, 0]) == 3 and float(copied.get(1).weight[0, 0]) == 5
    tied = first.clone("weight", "bias")
    tied.weight.fill_(7)
    assert float(first.weight[0, 0]) == 7 and tied.gradWeight is not first.gradWeight


NETS = {
    "Concat": (lambda: nn.Concat(1).add(nn.Linear(3, 2)).add(nn.Linear(3, 4)), (5, 3)),
    "ConcatTable": (
        lambda: nn.Sequential().add(nn.ConcatTable().add(nn.Linear(3, 2)).add(nn.Linear(3, 2))).add(nn.CMulTable()),
        (5, 3),
    ),
    "ParallelTable": (
        lambda: (
            nn.Sequential().add(nn.SplitTable(1)).add(nn.ParallelTable().add(nn.Linear(3, 2)).add(nn.Linear(3, 2)))
            .add(nn.JoinTable(1))
        ),
        (5, 2, 3),
    ),
    "Parallel": (lambda: nn.Parallel(1, 1).add(nn.Linear(3, 2)).add(nn.Linear(3, 4)), (5, 2, 3)),
    "DepthConcat": (
        lambda: nn.DepthConcat(1).add(nn.SpatialConvolution(2, 1, 1, 1)).add(nn.SpatialConvolution(2, 3, 3, 2)),
        (1, 2, 4, 5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_branches(name: str) -> None:
    """The gradients by steps, and the same by the two halves of ``backward`` and by stepping at once."""
    make, shape = NETS[name]
    net, rng = make().double(), np.random.default_rng(0)
    x = tidu.tensor(rng.standard_normal(shape))
    out = net.forward(x)
    upstream = tidu.tensor(rng.standard_normal(tuple(out.shape)))
    net.zeroGradParameters()
    gradient = net.backward(x, upstream, 2)
    parameters, totals = net.parameters()
    direction = tidu.tensor(rng.standard_normal(shape))

    def total() -> float:
        return float((net.forward(x) * upstream).sum())

    def slope(along: Any, step: Any) -> float:
        along.add_(step, alpha=1e-6)
        above = total()
        along.sub_(step, alpha=2e-6)
        found = (above - total()) / 2e-6
        along.add_(step, alpha=1e-6)
        return found

    assert float((gradient * direction).sum()) == pytest.approx(slope(x, direction), rel=1e-5)
    for p, g in zip(parameters, totals, strict=True):
        direction = tidu.tensor(rng.standard_normal(tuple(p.shape)))
        assert 2 * slope(p, direction) == pytest.approx(float((g * direction).sum()), rel=1e-5)
    wanted = [g.clone() for g in totals]
    net.zeroGradParameters()
    net.forward(x)
    np.testing.assert_allclose(net.updateGradInput(x, upstream).numpy(), gradient.numpy())
    net.accGradParameters(x, upstream, 2)
    for g, w in zip(totals, wanted, strict=True):
        np.testing.assert_allclose(g.numpy(), w.numpy())
    before = [p.clone() for p in parameters]
    net.forward(x)
    net.backwardUpdate(x, upstream, 0.5)
    for p, b, w in zip(parameters, before, wanted, strict=True):
        np.testing.assert_allclose(p.numpy(), (b - w * 0.25).numpy())


def test_a_table_that_branches_take_has_the_sum_of_their_gradients() -> None:
    net = nn.ConcatTable().add(nn.CAddTable()).add(nn.CMulTable())
    a, b = tidu.tensor([1.0, 2.0]), tidu.tensor([3.0, 4.0])
    assert [t.tolist() for t in net.forward([a, b])] == [[4, 6], [3, 8]]
    found = net.backward([a, b], [tidu.ones(2), tidu.ones(2)])
    assert [t.tolist() for t in found] == [[4, 5], [2, 3]]


def test_modes_types_and_what_is_within() -> None:
    net = nn.Sequential().add(nn.Linear(3, 2)).add(nn.Dropout(0.5)).add(nn.Sequential().add(nn.BatchNormalization(2)))
    net.evaluate()
    assert [m.train for m in net.listModules()] == [False] * 5
    net.training()
    assert [m.train for m in net.listModules()] == [True] * 5
    seen: list[Any] = []
    net.apply(seen.append)
    assert seen == net.listModules() and seen[0] is net
    (batch,), (container,) = net.findModules(nn.BatchNormalization)
    assert container is net.get(2) and batch is container.get(0)
    assert net.findModules("nn.BatchNormalization")[0] == [batch] and net.size() == len(net) == 3
    assert net.double() is net and net.type() == "torch.DoubleTensor"
    assert {t.dtype for t in (*net.parameters()[0], *net.parameters()[1], batch.running_var)} == {tidu.float64}
    assert net.forward(tidu.randn(4, 3).double()).dtype == tidu.float64
    assert net.float().parameters()[0][0].dtype == tidu.float32
    net.insert(nn.Identity(), 1)
    net.remove()
    assert [type(m).__name__ for m in net.modules] == ["Linear", "Identity", "Dropout"]
    replaced = net.replace(lambda m: nn.Identity() if isinstance(m, nn.Dropout) else m)
    assert replaced is net and isinstance(net.get(2), nn.Identity)


def test_a_net_is_copied_and_pickled_without_what_it_noted() -> None:
    net = lenet()
    x = tidu.randn(2, 1, 8, 8)
    net.backward(x, tidu.ones_like(net.forward(x)))
    for made in (copy.deepcopy(net), pickle.loads(pickle.dumps(net)), net.clone()):
        assert np.array_equal(made.forward(x).numpy(), net.output.numpy())
        assert not np.shares_memory(made.get(0).weight.numpy(), net.get(0).weight.numpy())
    assert net.clearState() is net and net.output.numel() == net.get(1).gradInput.numel() == 0


def test_printed() -> None:
    net = nn.Sequential().add(nn.Linear(3, 2)).add(nn.Concat(1).add(nn.Tanh()).add(nn.Sequential().add(nn.Mul())))
    assert repr(net) == (
        "nn.Sequential {\n"
        "  [input -> (0) -> (1) -> output]\n"
        "  (0): nn.Linear(3 -> 2)\n"
        "  (1): nn.Concat {\n"
        "    input\n"
        "      |`-> (0): nn.Tanh\n"
        "      |`-> (1): nn.Sequential {\n"
        "             [input -> (0) -> output]\n"
        "             (0): nn.Mul\n"
        "           }\n"
        "       ... -> output\n"
        "  }\n"
        "}"
    )


def test_an_empty_net_gives_on_what_it_is_given() -> None:
    net, x, g = nn.Sequential(), tidu.ones(2), tidu.zeros(2)
    assert net.forward(x) is x and net.backward(x, g) is g and net.parameters() is net.flattenParameters() is None
    net.zeroGradParameters()
    net.updateParameters(0.1)


def test_tables() -> None:
    nested = [tidu.ones(2), [tidu.zeros(1)]]
    assert [t.numel() for t in tables.entries(nested)] == [2, 1]
    doubled = tables.add(nested, nested)
    assert doubled[0].tolist() == [2, 2] and doubled[1][0].tolist() == [0]
    with pytest.raises(ValueError, match=r"zip|argument"):
        tables.add(nested, nested[:1])
