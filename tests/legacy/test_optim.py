"""``legacy.optim``: the way of each is that of ``torch.optim`` where that is the same algorithm, else computed here."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tidu
from tests.ops import golden
from tidu.legacy import optim

try:
    import torch
except ImportError:
    torch = None

TODAY: Any = torch if torch is not None and torch.__version__.startswith(golden.VERSION) else tidu
START = (-1.2, 1.0, 0.5)
STEPS = 30


def rosenbrock(x: Any) -> tuple[float, np.ndarray]:
    """A valley that bends; the value and its gradient, in NumPy."""
    x = np.asarray(x)
    a, b = x[1:] - x[:-1] ** 2, 1 - x[:-1]
    g = np.zeros_like(x)
    g[:-1] += -40 * a * x[:-1] - 2 * b
    g[1:] += 20 * a
    return float((10 * a**2 + b**2).sum()), g


def opfunc(x: Any) -> tuple[float, Any]:
    f, g = rosenbrock(x.numpy())
    return f, tidu.tensor(g)


def way(step: Callable[..., Any], config: dict[str, Any], steps: int = STEPS) -> tuple[np.ndarray, list[Any]]:
    x = tidu.tensor(START, dtype=tidu.float64)
    state: dict[str, Any] = {}
    points, results = [], []
    for _ in range(steps):
        result = step(opfunc, x, config, state)
        assert result[0] is x
        points.append(x.numpy().copy())
        results.append(result)
    assert state and "evalCounter" not in config
    return np.array(points), results


def way_of_today(make: Callable[[Any, Any], Any], steps: int = STEPS) -> np.ndarray:
    x = TODAY.tensor(START, dtype=TODAY.float64, requires_grad=True)
    optimizer = make(TODAY.optim, [x])
    points = []
    for _ in range(steps):
        x.grad = TODAY.tensor(rosenbrock(x.detach().numpy())[1])
        optimizer.step()
        points.append(x.detach().numpy().copy())
    return np.array(points)


def _decaying(lr: float, decay: float) -> Callable[[Any, Any], Any]:
    """An optimizer and its scheduler in one."""

    def make(o: Any, p: Any) -> Any:
        sgd = o.SGD(p, lr)
        fading = o.lr_scheduler.LambdaLR(sgd, lambda n: 1 / (1 + n * decay))

        class Both:
            def step(self) -> None:
                sgd.step()
                fading.step()

        return Both()

    return make


SAME: dict[str, tuple[Any, dict[str, Any], Callable[[Any, Any], Any]]] = {
    "sgd": (optim.sgd, {"learningRate": 0.005}, lambda o, p: o.SGD(p, 0.005)),
    "sgd, default rate": (optim.sgd, {}, lambda o, p: o.SGD(p, 1e-3)),
    "sgd, momentum": (
        optim.sgd, {"learningRate": 0.002, "momentum": 0.8, "dampening": 0.1}, lambda o, p: o.SGD(p, 0.002, 0.8, 0.1)),
    "sgd, dampening as momentum": (
        optim.sgd, {"learningRate": 0.002, "momentum": 0.8}, lambda o, p: o.SGD(p, 0.002, 0.8, 0.8)),
    "sgd, nesterov": (
        optim.sgd, {"learningRate": 0.002, "momentum": 0.8, "dampening": 0, "nesterov": True, "weightDecay": 0.1},
        lambda o, p: o.SGD(p, 0.002, 0.8, nesterov=True, weight_decay=0.1)),
    "sgd, decay of the rate": (optim.sgd, {"learningRate": 0.005, "learningRateDecay": 0.1}, _decaying(0.005, 0.1)),
    "asgd": (optim.asgd, {"eta0": 0.003, "lambda": 0.01, "t0": 5}, lambda o, p: o.ASGD(p, 0.003, 0.01, t0=5)),
    "adagrad": (
        optim.adagrad, {"learningRate": 0.1, "learningRateDecay": 0.02, "weightDecay": 0.1},
        lambda o, p: o.Adagrad(p, 0.1, 0.02, 0.1)),
    "adadelta": (
        optim.adadelta, {"rho": 0.8, "weightDecay": 0.1}, lambda o, p: o.Adadelta(p, 1, 0.8, weight_decay=0.1)),
    "rmsprop": (
        optim.rmsprop, {"alpha": 0.9, "weightDecay": 0.1}, lambda o, p: o.RMSprop(p, alpha=0.9, weight_decay=0.1)),
    "adam": (optim.adam, {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.9, "epsilon": 0, "weightDecay": 0.1},
             lambda o, p: o.Adam(p, 0.05, (0.8, 0.9), 0, 0.1)),
    "adamax": (optim.adamax, {"beta1": 0.8, "epsilon": 1e-8}, lambda o, p: o.Adamax(p, betas=(0.8, 0.999))),
    "rprop": (optim.rprop, {"stepsize": 0.01}, lambda o, p: o.Rprop(p, 0.01)),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_way_is_that_of_today(name: str) -> None:
    step, config, make = SAME[name]
    points, results = way(step, config)
    np.testing.assert_allclose(points, way_of_today(make), rtol=1e-6, atol=1e-9)
    values = [r[1][0] if step is optim.rprop else r[1] for r in results]
    before = [rosenbrock(START)[0], *(rosenbrock(p)[0] for p in points[:-1])]
    np.testing.assert_allclose(values, before)


def computed(rule: Callable[[np.ndarray, np.ndarray, dict[str, Any]], np.ndarray]) -> np.ndarray:
    x, memory, points = np.array(START), {}, []
    for _ in range(STEPS):
        x = rule(x, rosenbrock(x)[1], memory)
        points.append(x)
    return np.array(points)


def test_adam_adds_its_epsilon_before_the_correction() -> None:
    def rule(x: np.ndarray, g: np.ndarray, s: dict[str, Any]) -> np.ndarray:
        n = s["n"] = s.get("n", 0) + 1
        s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
        s["v"] = 0.999 * s.get("v", 0) + 0.001 * g * g
        return x - 0.05 * np.sqrt(1 - 0.999**n) / (1 - 0.9**n) * s["m"] / (np.sqrt(s["v"]) + 0.1)

    points, _ = way(optim.adam, {"learningRate": 0.05, "epsilon": 0.1})
    np.testing.assert_allclose(points, computed(rule), rtol=1e-7)


def test_nag_looks_ahead() -> None:
    x, v, points = np.array(START), np.zeros(3), []
    for n in range(STEPS):
        g = rosenbrock(x + 0.9 * v)[1] + 0.1 * (x + 0.9 * v)
        v = 0.9 * v - 0.002 / (1 + 0.1 * n) * g
        x = x + v
        points.append(x)
    config = {"learningRate": 0.002, "learningRateDecay": 0.1, "weightDecay": 0.1}
    found, _ = way(optim.nag, config)
    np.testing.assert_allclose(found, points, rtol=1e-7)
    with pytest.raises(ValueError, match="Momentum must be positive"):
        optim.nag(opfunc, tidu.zeros(2), {"momentum": 0})


def test_aggmo_is_the_mean_of_several_momenta() -> None:
    def rule(x: np.ndarray, g: np.ndarray, s: dict[str, Any]) -> np.ndarray:
        for b in (0, 0.5, 0.9):
            s[b] = b * s.get(b, 0) + g
        return x - 0.002 * (s[0] + s[0.5] + s[0.9]) / 3

    found, _ = way(optim.aggmo, {"learningRate": 0.002, "momentum": [0, 0.5, 0.9]})
    np.testing.assert_allclose(found, computed(rule), rtol=1e-7)


def test_rates_and_decays_of_each_element() -> None:
    rates, decays = np.array([1, 0.5, 0]), np.array([0, 0.1, 1])
    config = {"learningRate": 0.005, "learningRates": tidu.tensor(rates), "weightDecays": tidu.tensor(decays)}
    found, _ = way(optim.sgd, config)
    np.testing.assert_allclose(found, computed(lambda x, g, s: x - 0.005 * rates * (g + decays * x)), rtol=1e-7)
    with pytest.raises(ValueError, match="Only one of wd and wds"):
        optim.sgd(opfunc, tidu.zeros(2), {**config, "weightDecay": 0.1})
    with pytest.raises(ValueError, match="Nesterov momentum requires"):
        optim.sgd(opfunc, tidu.zeros(2), {"nesterov": True, "dampening": 0.1})


def test_asgd_gives_the_average_of_the_way() -> None:
    points, results = way(optim.asgd, {"eta0": 0.003, "lambda": 0.0, "t0": 10})
    np.testing.assert_allclose(results[-1][2].numpy(), points[11:].mean(0), rtol=0.02)
    np.testing.assert_allclose(results[5][2].numpy(), points[5])


def test_several_steps_of_rprop_at_once() -> None:
    one, results = way(optim.rprop, {}, 6)
    x = tidu.tensor(START, dtype=tidu.float64)
    _, values = optim.rprop(opfunc, x, {"niter": 6})
    np.testing.assert_allclose(x.numpy(), one[-1])
    np.testing.assert_allclose(values, [r[1][0] for r in results])


def test_lbfgs_goes_the_way_of_today() -> None:
    config = {"maxIter": 8, "learningRate": 0.4, "maxEval": 100, "nCorrection": 4}
    found, results = way(optim.lbfgs, config, 4)
    x = TODAY.tensor(START, dtype=TODAY.float64, requires_grad=True)
    today = TODAY.optim.LBFGS([x], 0.4, 8, 100, 1e-9, 1e-12, 4)

    def closure() -> Any:
        f, g = rosenbrock(x.detach().numpy())
        x.grad = TODAY.tensor(g)
        return TODAY.tensor(f)

    for point, (_, values, evaluations) in zip(found, results, strict=True):
        today.step(closure)
        np.testing.assert_allclose(point, x.detach().numpy(), rtol=1e-6)
        assert len(values) == evaluations == 8
    assert rosenbrock(found[-1])[0] < 2e-3


def test_lbfgs_ends_when_there_is_nothing_to_do_and_says_why(capsys: Any) -> None:
    least = tidu.ones(3).double()
    assert optim.lbfgs(opfunc, least, {"verbose": True}) == (least, [0.0])
    assert capsys.readouterr().out == "<optim.lbfgs> optimality condition below tolFun\n"
    _, values, evaluations = optim.lbfgs(opfunc, tidu.tensor(START).double(), {"maxEval": 5, "learningRate": 0.1})
    assert evaluations == len(values) == 5


def test_lbfgs_with_a_line_search_of_ones_own() -> None:
    asked = []

    def halving(f: Any, x: Any, t: float, d: Any, value: float, g: Any, slope: float, options: Any) -> Any:
        asked.append(options)
        n = 0
        while True:
            n += 1
            there = x + d * t
            found, gradient = f(there)
            if found < value + 1e-4 * t * slope:
                break
            t /= 2
        x.copy_(there)
        return found, gradient, x, t, n

    x = tidu.tensor(START).double()
    options = {"lineSearch": halving, "lineSearchOptions": {"c": 1}, "maxIter": 60, "maxEval": 300}
    _, values, evaluations = optim.lbfgs(opfunc, x, options)
    np.testing.assert_allclose(x.numpy(), 1, atol=1e-4)
    assert asked[0] == {"c": 1} and evaluations > len(values) == len(asked) + 1


def test_conjugate_gradients_find_the_minimum() -> None:
    counted = []

    def counting(x: Any) -> tuple[float, Any]:
        counted.append(1)
        return opfunc(x)

    x = tidu.tensor(START).double()
    found, values, evaluations = optim.cg(counting, x, {"maxEval": 120})
    assert found is x and evaluations == len(counted) <= 120 + 20
    np.testing.assert_allclose(x.numpy(), 1, atol=1e-4)
    assert all(b < a for a, b in itertools.pairwise(values))
    np.testing.assert_allclose(values[0], rosenbrock(START)[0], rtol=1e-6)


def test_conjugate_gradients_need_as_many_lines_as_dimensions() -> None:
    """Of a quadratic function, where each line's least is found exactly by the cubic."""
    matrix = np.diag([1.0, 10.0, 100.0])

    def quadratic(x: Any) -> tuple[float, Any]:
        a = x.numpy()
        return float(0.5 * a @ matrix @ a), tidu.tensor(matrix @ a)

    x = tidu.tensor([1.0, 1.0, 1.0]).double()
    _, values, _ = optim.cg(quadratic, x, {"maxEval": 40, "sig": 1e-6})
    assert values[3] < 1e-9 * values[0]


@pytest.mark.parametrize("name", optim.__all__)
def test_state_is_kept_in_the_options_where_there_is_no_other_place(name: str) -> None:
    step = getattr(optim, name)
    with pytest.raises(ValueError, match="requires a dictionary to retain state"):
        step(opfunc, tidu.zeros(3), None)
    apart, together = tidu.tensor(START).double(), tidu.tensor(START).double()
    config: dict[str, Any] = {"learningRate": 0.01, "eta0": 0.01}
    state: dict[str, Any] = {}
    both = dict(config)
    for _ in range(3):
        step(opfunc, apart, config, state)
        step(opfunc, together, both)
    assert config == {"learningRate": 0.01, "eta0": 0.01}
    np.testing.assert_allclose(apart.numpy(), together.numpy())
    assert not np.allclose(apart.numpy(), START)
