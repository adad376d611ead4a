"""Schedules beside PyTorch: the rates of 100 epochs, states, warnings and errors; averages of weights."""

from __future__ import annotations

import copy
import json
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tidu
from tests.optim.cases import SCHEDULES, rates
from tests.optim.record import FILE
from tests.oracle import LIVE, torch
from tidu import nn
from tidu.optim import swa_utils

RECORDED = json.loads(FILE.read_text(encoding="utf-8"))["schedules"]
both = [tidu, torch] if LIVE else [tidu]


def optimizer(t: Any = tidu, name: str = "SGD", groups: int = 1, **options: Any) -> Any:
    return getattr(t.optim, name)([{"params": [t.ones(2, requires_grad=True)]} for _ in range(groups)], **options)


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates(name: str) -> None:
    got = rates(tidu, name)
    np.testing.assert_allclose(got[::5], RECORDED[name], rtol=1e-12, atol=1e-15)
    if LIVE:
        np.testing.assert_allclose(got, rates(torch, name), rtol=1e-12, atol=1e-15)


def state(scheduler: Any) -> Any:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        return [plain(v) for v in value] if isinstance(value, list) else "function" if callable(value) else value

    return plain(scheduler.state_dict())


@pytest.mark.parametrize("name", SCHEDULES)
def test_state(name: str) -> None:
    """Keys and values are PyTorch's, and another schedule goes on from them."""
    made = []
    for t in (tidu, *both[1:], tidu):
        o = optimizer(t, groups=2, lr=0.1, momentum=0.9)
        made.append((o, SCHEDULES[name](t.optim.lr_scheduler, o)))
    metrics = [1.0] if name.startswith("Reduce") else []
    for o, s in made[:-1]:
        for _ in range(6):
            o.step()
            s.step(*metrics)
    states = [state(s) for _, s in made[:-1]]
    assert states[0] == states[-1]
    (o, s), (other, again) = made[0], made[-1]
    again.load_state_dict(copy.deepcopy(s.state_dict()))
    other.load_state_dict(o.state_dict())
    for _ in range(4):
        for x, y in ((o, s), (other, again)):
            x.step()
            y.step(*metrics)
        assert s.get_last_lr() == again.get_last_lr()


@pytest.mark.parametrize("name", ["StepLR", "CosineAnnealingLR", "OneCycleLR", "CyclicLR", "ReduceLROnPlateau"])
def test_pickled(name: str) -> None:
    o = optimizer(lr=0.1, momentum=0.9, groups=2)
    s = SCHEDULES[name](tidu.optim.lr_scheduler, o)
    again = pickle.loads(pickle.dumps(s))
    assert state(again) == state(s)
    assert again.optimizer is not o


def test_a_step_too_early_is_warned_of() -> None:
    o = optimizer()
    s = tidu.optim.lr_scheduler.StepLR(o, 2)
    with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        s.step()
    o = optimizer()
    s = tidu.optim.lr_scheduler.StepLR(o, 2)
    o.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        s.step()
    o = optimizer()
    s = tidu.optim.lr_scheduler.StepLR(o, 2)
    o.step = lambda: None
    with pytest.warns(UserWarning, match="has been overridden after learning rate scheduler initialization"):
        s.step()


def test_what_one_asks_for() -> None:
    o = optimizer(lr=0.1)
    s = tidu.optim.lr_scheduler.ExponentialLR(o, 0.5)
    with pytest.warns(UserWarning, match="please use `get_last_lr"):
        s.get_lr()
    o.step()
    with pytest.warns(UserWarning, match="The epoch parameter in `scheduler.step"):
        s.step(3)
    assert s.get_last_lr() == [0.1 * 0.5**3]


@pytest.mark.parametrize(
    "name", ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "PolynomialLR", "CosineAnnealingLR"]
)
def test_closed_form_is_the_chained_one(name: str) -> None:
    chained, closed = (optimizer(lr=0.1, momentum=0.9, groups=2) for _ in range(2))
    s, c = (SCHEDULES[name](tidu.optim.lr_scheduler, o) for o in (chained, closed))
    for epoch in range(1, 40):
        chained.step()
        s.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            c.step(epoch)
        np.testing.assert_allclose(s.get_last_lr(), c.get_last_lr(), rtol=1e-9, atol=1e-15)


def test_a_learning_rate_that_is_a_tensor_is_filled() -> None:
    lr = tidu.tensor(0.5)
    o = optimizer(lr=lr)
    s = tidu.optim.lr_scheduler.StepLR(o, 1, 0.5)
    o.step()
    s.step()
    assert o.param_groups[0]["lr"] is lr
    assert lr.item() == 0.25
    assert s.base_lrs[0].item() == 0.5


def test_parts_of_epochs() -> None:
    found = []
    for t in both:
        o = optimizer(t, lr=0.1)
        s = t.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 4, 2)
        found.append([])
        for epoch in (0.5, 3.75, 4.25, 13.5, 2.0):
            s.step(epoch)
            found[-1] += s.get_last_lr()
    np.testing.assert_allclose(found[0], found[-1])
    assert found[0][0] == pytest.approx(0.05 * (1 + np.cos(np.pi / 8)))


Make = Callable[[Any, Any], Any]
WRONG: dict[str, tuple[type[Exception], Make]] = {
    "no optimizer": (TypeError, lambda s, o: s.StepLR(3, 3)),
    "no optimizer for plateaus": (TypeError, lambda s, o: s.ReduceLROnPlateau(3)),
    "resumed from nothing": (KeyError, lambda s, o: s.StepLR(o, 3, last_epoch=3)),
    "too many functions": (ValueError, lambda s, o: s.LambdaLR(o, [abs, abs])),
    "a large constant": (ValueError, lambda s, o: s.ConstantLR(o, 2.0)),
    "a start of 0": (ValueError, lambda s, o: s.LinearLR(o, 0)),
    "an end above 1": (ValueError, lambda s, o: s.LinearLR(o, end_factor=2)),
    "a factor that raises": (ValueError, lambda s, o: s.ReduceLROnPlateau(o, factor=1.0)),
    "an unknown mode": (ValueError, lambda s, o: s.ReduceLROnPlateau(o, "x")),
    "an unknown threshold": (ValueError, lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="x")),
    "too many limits": (ValueError, lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1, 0.2])),
    "an unknown cycle": (ValueError, lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="x")),
    "too many rates": (ValueError, lambda s, o: s.CyclicLR(o, [0.1, 0.2], 0.2)),
    "no positive length": (ValueError, lambda s, o: s.CosineAnnealingWarmRestarts(o, 0)),
    "no length to grow by": (ValueError, lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, 0)),
    "a negative epoch": (ValueError, lambda s, o: s.CosineAnnealingWarmRestarts(o, 2).step(-1)),
    "no number of steps": (ValueError, lambda s, o: s.OneCycleLR(o, 0.1)),
    "no steps": (ValueError, lambda s, o: s.OneCycleLR(o, 0.1, 0)),
    "a part above 1": (ValueError, lambda s, o: s.OneCycleLR(o, 0.1, 9, pct_start=2.0)),
    "an unknown annealing": (ValueError, lambda s, o: s.OneCycleLR(o, 0.1, 9, anneal_strategy="x")),
    "no schedules": (ValueError, lambda s, o: s.SequentialLR(o, [], [])),
    "too many milestones": (ValueError, lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [1])),
    "a plateau in a sequence": (ValueError, lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], [])),
    "nothing to chain": (ValueError, lambda s, o: s.ChainedScheduler([])),
    "another's schedule": (
        ValueError, lambda s, o: s.ChainedScheduler([s.StepLR(o, 1)], optimizer=copy.deepcopy(o))
    ),
    "no rule": (NotImplementedError, lambda s, o: s.LRScheduler(o)),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_refused(what: str) -> None:
    error, make = WRONG[what]
    for t in both:
        with pytest.raises(error):
            make(t.optim.lr_scheduler, optimizer(t, lr=0.1, momentum=0.9))


def test_no_momentum_to_cycle() -> None:
    for s in (lambda s, o: s.CyclicLR(o, 0.1, 0.2), lambda s, o: s.OneCycleLR(o, 0.1, 5)):
        with pytest.raises(ValueError, match="must support momentum or beta1"):
            s(tidu.optim.lr_scheduler, optimizer(name="Adagrad"))
    adam = optimizer(name="Adam")
    tidu.optim.lr_scheduler.OneCycleLR(adam, 0.1, 5)
    assert adam.param_groups[0]["betas"] == (0.95, 0.999)


def test_more_steps_than_there_are() -> None:
    o = optimizer()
    s = tidu.optim.lr_scheduler.OneCycleLR(o, 0.1, 3, cycle_momentum=False)
    for _ in range(3):
        o.step()
        s.step()
    with pytest.raises(ValueError, match=r"Tried to step 4 times\. The specified number of total steps is 3"):
        s.step()


# ---- averages of weights


def averaged(t: Any, **options: Any) -> list[float]:
    model = t.nn.Sequential(t.nn.Linear(2, 1), t.nn.Linear(1, 1))
    module = t.optim.swa_utils.AveragedModel(model, **{k: f(t.optim.swa_utils) for k, f in options.items()})
    for i in range(4):
        with t.no_grad():
            for p in model.parameters():
                p.fill_(float(i * i))
        module.update_parameters(model)
    assert int(module.n_averaged) == 4
    assert list(module.state_dict())[:2] == ["n_averaged", "module.0.weight"]
    return [float(v) for p in module.parameters() for v in p.detach().reshape(-1)]


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, 3.5),
        ({"avg_fn": lambda u: u.get_ema_avg_fn(0.5)}, 5.625),
        ({"multi_avg_fn": lambda u: u.get_ema_multi_avg_fn(0.5)}, 5.625),
        ({"multi_avg_fn": lambda u: u.get_swa_multi_avg_fn()}, 3.5),
        ({"avg_fn": lambda u: lambda mean, now, n: now}, 9.0),
    ],
)
def test_averaged_model(options: Any, expected: float) -> None:
    for t in both:
        assert averaged(t, **options) == pytest.approx([expected] * 5)


def test_averages_of_one_kind_within_bounds() -> None:
    model = nn.Linear(1, 1)
    with pytest.raises(AssertionError):
        swa_utils.AveragedModel(model, avg_fn=swa_utils.get_swa_avg_fn(), multi_avg_fn=swa_utils.get_swa_multi_avg_fn())
    with pytest.raises(ValueError, match=r"Invalid decay value 1\.5"):
        swa_utils.get_ema_avg_fn(1.5)
    swa_utils.update_bn([], model)  # there is nothing to do


def test_wrong_averaging_schedules() -> None:
    for options in (
        {"swa_lr": [0.1, 0.2]},
        {"swa_lr": 0.1, "anneal_strategy": "x"},
        {"swa_lr": 0.1, "anneal_epochs": -1},
    ):
        with pytest.raises(ValueError):
            swa_utils.SWALR(optimizer(), **options)
