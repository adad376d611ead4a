"""Optimizers beside PyTorch: where 50 steps lead, their state, printed form, groups, hooks and errors."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tidu
from tests.optim.cases import LOOSE, OPTIMIZERS, RUNS, Problem, trajectory
from tests.optim.record import FILE
from tests.oracle import LIVE, torch

RECORDED = json.loads(FILE.read_text(encoding="utf-8"))
both = [tidu, torch] if LIVE else [tidu]


@pytest.mark.parametrize("name, i", RUNS)
def test_trajectory(name: str, i: int) -> None:
    options = OPTIMIZERS[name][i]
    got = trajectory(tidu, name, options)
    tolerance = LOOSE.get(name, 2e-5)
    np.testing.assert_allclose(got[50:], RECORDED["runs"][f"{name}-{i}"], rtol=tolerance, atol=tolerance)
    if LIVE:
        np.testing.assert_allclose(got, trajectory(torch, name, options), rtol=tolerance, atol=tolerance)
        if name != "Muon":
            exact = trajectory(tidu, name, options, "float64")
            np.testing.assert_allclose(exact, trajectory(torch, name, options, "float64"), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_printed_form(name: str) -> None:
    assert str(getattr(tidu.optim, name)([tidu.ones(2, 2).requires_grad_()])) == RECORDED["printed"][name]


def plain(value: Any) -> Any:
    """State as it can be compared: tensors as dtype, shape and values."""
    if hasattr(value, "detach"):
        return (str(value.dtype), tuple(value.shape), value.detach().numpy().astype("float64").tolist())
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def alike(a: Any, b: Any) -> bool:
    """Equal, floats up to rounding; keys in the same order."""
    if isinstance(a, dict):
        return list(a) == list(b) and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(alike, a, b))
    return bool(type(a) is type(b) and (a == pytest.approx(b, rel=1e-4, abs=1e-7) if isinstance(a, float) else a == b))


@pytest.mark.skipif(not LIVE, reason="PyTorch's state is not recorded")
@pytest.mark.parametrize("name, i", [r for r in RUNS if r[0] not in ("Muon", "LBFGS")])
def test_state(name: str, i: int) -> None:
    """Keys, dtypes, shapes and values of state and groups after three steps."""
    ours, theirs = (Problem(t, name, OPTIMIZERS[name][i]) for t in both)
    for problem in (ours, theirs):
        problem.run(3)
    assert alike(plain(ours.optimizer.state_dict()), plain(theirs.optimizer.state_dict()))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_is_all_there_is(name: str) -> None:
    """What goes on from a state dict, a pickle or a copy goes where the first one goes."""
    options = OPTIMIZERS[name][-1]
    first, second = Problem(tidu, name, options), Problem(tidu, name, options)
    first.run(5)
    saved = pickle.loads(pickle.dumps(first.optimizer.state_dict()))
    with tidu.no_grad():
        for p, q in zip(first.params, second.params, strict=True):
            q.copy_(p)
    second.optimizer.load_state_dict(saved)
    assert first.run(5) == second.run(5)
    again = copy.deepcopy(first.optimizer)
    assert str(again) == str(first.optimizer)
    assert plain(again.state_dict()) == plain(first.optimizer.state_dict())
    assert again.param_groups[0]["params"][0] is not first.optimizer.param_groups[0]["params"][0]


class Other(np.ndarray):
    """Arrays that are none of the host's own, as far as an optimizer can tell: they take the rule as it is written."""


@pytest.mark.parametrize("name", [n for n in OPTIMIZERS if n not in ("LBFGS", "Muon", "Adafactor")])
def test_fast_form_is_the_rule(name: str) -> None:
    """Large parameters go block by block, in fewer passes; a step of them is a step of their parts, however these lie
    in memory, and what the rule itself gives."""
    rng = np.random.RandomState(0)
    values, slopes = (rng.randn(70_000).astype("f4") for _ in range(2))
    for options in OPTIMIZERS[name]:
        options = {k: 0.01 if isinstance(v, str) else v for k, v in options.items()}
        whole = tidu.from_numpy(values.copy()).requires_grad_()
        part = tidu.from_numpy(np.repeat(values[::700], 2)[::2].copy()).requires_grad_()
        turned = tidu.from_numpy(values[::700].copy().reshape(20, 5).T).requires_grad_()
        ruled = tidu.from_numpy(values[::700].copy()).requires_grad_()
        ruled._array = ruled._array.view(Other)
        small = slopes[::700]
        for p, g in ((whole, slopes), (part, small), (turned, small.reshape(20, 5).T), (ruled, small)):
            optimizer = getattr(tidu.optim, name)([p], **options)
            for _ in range(3):
                p.grad = tidu.from_numpy(np.ascontiguousarray(g))
                optimizer.step()
        np.testing.assert_allclose(whole.detach().numpy()[::700], part.detach().numpy(), rtol=1e-6)
        np.testing.assert_allclose(turned.detach().numpy().T.reshape(-1), part.detach().numpy(), rtol=2e-6, atol=1e-6)
        np.testing.assert_allclose(np.asarray(ruled._array), part.detach().numpy(), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", [n for n in OPTIMIZERS if n not in ("LBFGS", "Muon", "Adafactor")])
@pytest.mark.parametrize("dtype", ["complex64", "bfloat16", "float16"])
def test_other_dtypes(name: str, dtype: str) -> None:
    results = []
    for t in both:
        p = t.tensor([1.0, -2.0, 0.5]).to(getattr(t, dtype))
        p = (p * (1 + 0.5j) if dtype == "complex64" else p).detach().requires_grad_()
        optimizer = getattr(t.optim, name)([p], lr=0.1)
        for _ in range(3):
            p.grad = (p.detach() * 0.5 + 0.1).to(p.dtype)
            optimizer.step()
        states = [s for k, s in optimizer.state[p].items() if k not in ("step", "eta", "mu", "mu_product")]
        assert all(s.dtype == p.dtype for s in states)
        results.append(t.view_as_real(p.detach()) if dtype == "complex64" else p.detach().float())
    assert dtype == "bfloat16" or not bool((results[0] == 1).any())
    if len(both) > 1:
        tolerance = {"complex64": 1e-5, "bfloat16": 3e-2, "float16": 4e-3}[dtype]
        np.testing.assert_allclose(results[0].numpy(), results[1].numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", [n for n in OPTIMIZERS if n not in ("LBFGS", "Muon", "Adafactor")])
def test_differentiable(name: str) -> None:
    """A step that is recorded: how its end depends on where the parameter began."""
    slopes = []
    for t in both:
        start = t.tensor([1.0, -2.0, 0.5], dtype=t.float64, requires_grad=True)
        p = start.clone()
        optimizer = getattr(t.optim, name)([p], lr=0.1, differentiable=True)
        for _ in range(1 if name in ("Adamax", "Rprop") else 2):  # PyTorch's own cannot go through two of these
            p.grad = 3 * start
            optimizer.step()
        (slope,) = t.autograd.grad((p * p).sum(), start)
        slopes.append(slope.numpy())
    assert np.isfinite(slopes[0]).all()
    assert slopes[0].any()
    if len(both) > 1:
        np.testing.assert_allclose(*slopes, rtol=1e-5)  # it counts steps in single precision


# ---- groups, gradients, closures, hooks


def weights(t: Any = tidu, n: int = 1) -> list[Any]:
    return [t.ones(2, requires_grad=True) for _ in range(n)]


def test_a_step_is_noticed_by_backward() -> None:
    (w,) = weights()
    loss = (w.exp() * w).sum()
    w.grad = tidu.ones(2)
    tidu.optim.SGD([w], lr=0.1).step()
    assert w._version == 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_zero_grad() -> None:
    (w,) = weights()
    optimizer = tidu.optim.SGD([w])
    w.grad = kept = tidu.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is kept
    assert kept.tolist() == [0, 0]
    optimizer.zero_grad()
    assert w.grad is None
    optimizer.step()  # nothing to do
    assert w.tolist() == [1, 1]
    assert not optimizer.state


def test_groups() -> None:
    a, b, c = weights(n=3)
    optimizer = tidu.optim.SGD([{"params": a}, {"params": [b], "lr": 1.0}], lr=0.5, momentum=0.1)
    optimizer.add_param_group({"params": (p for p in [c]), "momentum": 0})
    assert [(g["lr"], g["momentum"]) for g in optimizer.param_groups] == [(0.5, 0.1), (1.0, 0.1), (0.5, 0)]
    for w in (a, b, c):
        w.grad = tidu.ones(2)
    optimizer.step()
    assert [w.tolist() for w in (a, b, c)] == [[0.5, 0.5], [0, 0], [0.5, 0.5]]
    assert optimizer.state_dict()["param_groups"][2]["params"] == [2]
    assert list(optimizer.state_dict()["state"]) == [0, 1]


def test_a_group_of_many_kinds() -> None:
    """Numbers of a group are made arrays of each parameter's dtype: no parameter sees another's."""
    results = []
    for t in both:
        params = [t.full((2,), 1.0, dtype=getattr(t, d)).requires_grad_() for d in ("float16", "float64", "complex64")]
        params += [t.tensor(1.0).requires_grad_(), t.ones(3, 2).t().requires_grad_(), t.ones(0).requires_grad_()]
        optimizer = t.optim.SGD(params, lr=1 / 3, momentum=0.9, nesterov=True, weight_decay=0.1)
        for step in range(3):
            for p in params:
                p.grad = t.full_like(p, 1 / 7)
            optimizer.param_groups[0]["lr"] = 1 / (3 + step)
            optimizer.step()
        results.append([(str(p.dtype).partition(".")[2], p.detach().to(t.complex128).numpy()) for p in params])
    assert [kind for kind, _ in results[0]] == ["float16", "float64", "complex64", "float32", "float32", "float32"]
    exact = results[0][1][1]  # the others' first digits, and none of its last ones
    for kind, got in results[0]:
        error = {"float16": 2e-3, "float64": 0, "complex64": 1e-6, "float32": 1e-6}[kind]
        assert np.abs(got - exact.flat[0]).max(initial=0) <= error
    for (_, got), (kind, wanted) in zip(*results, strict=True) if len(both) > 1 else ():
        np.testing.assert_allclose(got, wanted, rtol={"float16": 4e-3, "float64": 1e-12}.get(kind, 2e-6))


def test_names_of_parameters() -> None:
    a, b = weights(n=2)
    optimizer = tidu.optim.Adam([("a", a), ("b", b)])
    assert optimizer.param_groups[0]["param_names"] == ["a", "b"]
    assert "param_names: ['a', 'b']" in str(optimizer)


def test_closures_compute_gradients_and_give_the_loss() -> None:
    (w,) = weights()
    optimizer = tidu.optim.SGD([w], lr=0.25)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with tidu.no_grad():
        assert optimizer.step(closure).item() == 2
    assert w.tolist() == [0.5, 0.5]


def test_hooks() -> None:
    seen: list[str] = []
    (w,) = weights()
    optimizer = tidu.optim.SGD([w], lr=0.1)
    from tidu.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

    handles = [
        register_optimizer_step_pre_hook(lambda o, args, kwargs: seen.append("any before")),
        optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(f"before {len(args)} {kwargs}")),
        optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append("after")),
        register_optimizer_step_post_hook(lambda o, args, kwargs: seen.append("any after")),
    ]
    optimizer.step(closure=None)
    assert seen == ["any before", "before 1 {'closure': None}", "after", "any after"]
    for handle in handles:
        handle.remove()
    optimizer.step()
    assert len(seen) == 4
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple of"):
        optimizer.step()


def test_hooks_of_the_state() -> None:
    seen: list[str] = []
    (w,) = weights()
    optimizer = tidu.optim.SGD([w], lr=0.1)
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("first"))
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("earlier"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, found: {**found, "note": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, given: seen.append(str(given["note"])))
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    optimizer.load_state_dict(optimizer.state_dict())
    assert seen == ["earlier", "first", "1", "loaded"]


def test_an_optimizer_of_ones_own() -> None:
    class Sign(tidu.optim.Optimizer):
        def __init__(self, params: Any, lr: float) -> None:
            super().__init__(params, {"lr": lr})

        @tidu.no_grad()
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    p.sub_(group["lr"] * p.grad.sign())

    (w,) = weights()
    w.grad = tidu.tensor([3.0, -5.0])
    optimizer = Sign([w], 0.5)
    optimizer.register_step_post_hook(lambda o, args, kwargs: None)
    optimizer.step()
    assert w.tolist() == [0.5, 1.5]
    assert str(optimizer) == "Sign (\nParameter Group 0\n    lr: 0.5\n)"


def test_state_takes_the_parameters_dtype() -> None:
    (w,) = weights()
    w.grad = tidu.ones(2)
    optimizer = tidu.optim.Adam([w])
    optimizer.step()
    double = tidu.ones(2, dtype=tidu.float64, requires_grad=True)
    other = tidu.optim.Adam([double])
    other.load_state_dict(optimizer.state_dict())
    assert other.state[double]["exp_avg"].dtype == tidu.float64
    assert other.state[double]["step"].dtype == tidu.float32


# ---- errors: of the class that PyTorch raises, live where it is installed

Make = Callable[[Any], Any]
WRONG: dict[str, tuple[type[Exception], Make]] = {
    "no parameters": (ValueError, lambda t: t.optim.SGD([])),
    "a tensor": (TypeError, lambda t: t.optim.SGD(t.ones(2))),
    "a number": (TypeError, lambda t: t.optim.SGD([1.0])),
    "nothing": (TypeError, lambda t: t.optim.SGD(None)),
    "no leaf": (ValueError, lambda t: t.optim.SGD([weights(t)[0] * 2])),
    "a set": (TypeError, lambda t: t.optim.SGD([{"params": set(weights(t))}])),
    "a group without parameters": (KeyError, lambda t: t.optim.SGD([{"lr": 1.0}])),
    "a group that is none": (TypeError, lambda t: t.optim.SGD(weights(t)).add_param_group(weights(t))),
    "one in two groups": (ValueError, lambda t: (lambda w: t.optim.SGD([{"params": w}, {"params": w}]))(weights(t))),
    "names for some": (ValueError, lambda t: t.optim.SGD([("a", *weights(t)), *weights(t)])),
    "names for one group": (
        ValueError, lambda t: t.optim.SGD([("a", *weights(t))]).add_param_group({"params": weights(t)})
    ),
    "required": (
        ValueError,
        lambda t: t.optim.Optimizer([{"params": weights(t)}], {"lr": _required(t)}),
    ),
    "state of other groups": (ValueError, lambda t: _load(t, [{"params": weights(t)}, {"params": weights(t)}])),
    "state of other sizes": (ValueError, lambda t: _load(t, weights(t, 2))),
    "no state": (KeyError, lambda t: t.optim.SGD(weights(t)).load_state_dict({})),
    "no step": (NotImplementedError, lambda t: t.optim.Optimizer(weights(t), {}).step()),
    "groups for LBFGS": (ValueError, lambda t: t.optim.LBFGS([{"params": weights(t)}, {"params": weights(t)}])),
    "line search": (RuntimeError, lambda t: _stepped(t, "LBFGS", line_search_fn="x")),
    "Muon of a vector": (ValueError, lambda t: t.optim.Muon(weights(t))),
    "dense gradients": (RuntimeError, lambda t: _stepped(t, "SparseAdam")),
    "capturable": (AssertionError, lambda t: _stepped(t, "Adam", capturable=True)),
    "a leaf, differentiably": (RuntimeError, lambda t: _stepped(t, "Adam", differentiable=True)),
    "lr of several": (ValueError, lambda t: t.optim.Adam(weights(t), lr=t.ones(2))),
    "lr, foreach": (ValueError, lambda t: t.optim.Adam(weights(t), lr=t.tensor(0.1), foreach=True)),
    "betas, mixed": (ValueError, lambda t: t.optim.Adam(weights(t), betas=(t.tensor(0.9), 0.9))),
    "foreach and fused": (RuntimeError, lambda t: t.optim.SGD(weights(t), foreach=True, fused=True)),
    "fused, differentiable": (RuntimeError, lambda t: t.optim.Adam(weights(t), fused=True, differentiable=True)),
}  # fmt: skip
for _name, _options in {
    **{n: {"lr": -1.0} for n in (*OPTIMIZERS, "SparseAdam")}, "SGD ": {"momentum": -1.0}, "SGD  ": {"weight_decay": -1},
    "SGD   ": {"nesterov": True}, "Adam ": {"betas": (1.0, 0.9)}, "Adam  ": {"betas": (0.9, 1.0)},
    "Adam   ": {"eps": -1},
    "Adagrad ": {"lr_decay": -1}, "Adagrad  ": {"initial_accumulator_value": -1}, "Adadelta ": {"rho": 2},
    "RMSprop ": {"alpha": -1}, "Rprop ": {"etas": (0.5, 0.9)}, "NAdam ": {"momentum_decay": -1},
    "Adafactor ": {"d": 0.0}, "Adafactor  ": {"beta2_decay": 1}, "Muon ": {"adjust_lr_fn": "x"},
}.items():  # fmt: skip
    WRONG[f"{_name} {_options}"] = (
        ValueError,
        lambda t, n=_name, o=_options: getattr(t.optim, n.strip())([t.ones(2, 2).requires_grad_()], **o),
    )


def _required(t: Any) -> Any:
    import importlib

    return importlib.import_module(f"{t.__name__}.optim.optimizer").required


def _load(t: Any, params: Any) -> None:
    t.optim.SGD(params).load_state_dict(t.optim.SGD(weights(t)).state_dict())


def _stepped(t: Any, name: str, **options: Any) -> None:
    (w,) = weights(t)
    optimizer = getattr(t.optim, name)([w], **options)

    def closure() -> Any:
        w.grad = t.ones(2)
        return w.detach().sum()

    closure()
    optimizer.step(closure)


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_refused(what: str) -> None:
    error, make = WRONG[what]
    for t in both:
        with pytest.raises(error) as raised:
            make(t)
        assert type(raised.value) is error


def test_duplicates_are_warned_of() -> None:
    (w,) = weights()
    with pytest.warns(UserWarning, match="duplicate parameters"):
        tidu.optim.SGD([w, w])
