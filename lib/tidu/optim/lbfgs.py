"""L-BFGS: a quasi-Newton method that remembers the last steps. 有限内存拟牛顿法。"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from tidu._modes import enable_grad, no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.optim.elementwise import check_lr
from tidu.optim.optimizer import Optimizer


class _Point(NamedTuple):
    """A point on the line that is searched: how far, the loss, its gradient, its slope along the line."""

    t: float
    f: float
    g: Tensor
    slope: float


def _cubic_minimum(a: _Point, b: _Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic with these values and slopes at two points is smallest, within bounds; else halfway."""
    low, high = bounds or (min(a.t, b.t), max(a.t, b.t))
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    left, right = (a, b) if a.t <= b.t else (b, a)
    d2 = math.sqrt(square)
    span = right.slope - left.slope + 2 * d2
    t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / span) if span else math.nan
    return min(max(t, low), high)


def _strong_wolfe(
    evaluate: Callable[[float], _Point], start: _Point, t: float, largest: float, c1: float = 1e-4, c2: float = 0.9,
    tolerance_change: float = 1e-9, most: int = 25,
) -> tuple[_Point, int]:  # fmt: skip
    """A point with enough less loss (c1) and a slope flat enough (c2), and how often the loss was asked for.

    Source: Nocedal and Wright, "Numerical optimization", algorithms 3.5 and 3.6.
    """

    def too_high(p: _Point) -> bool:
        return p.f > start.f + c1 * p.t * start.slope

    def flat(p: _Point) -> bool:
        return abs(p.slope) <= -c2 * start.slope

    before, now = start, evaluate(t)
    evaluations, rounds = 1, 0
    bracket: list[_Point] = []
    while rounds < most:  # go on until a minimum is surrounded
        if too_high(now) or (rounds > 1 and now.f >= before.f):
            bracket = [before, now]
            break
        if flat(now):
            return now, evaluations
        if now.slope >= 0:
            bracket = [before, now]
            break
        t = _cubic_minimum(before, now, (now.t + 0.01 * (now.t - before.t), now.t * 10))
        before, now = now, evaluate(t)
        evaluations, rounds = evaluations + 1, rounds + 1
    bracket = bracket or [start, now]
    best, worst = (0, 1) if bracket[0].f <= bracket[1].f else (1, 0)
    stuck = False
    while rounds < most:  # and then close in on it
        low, high = sorted(p.t for p in bracket)
        if (high - low) * largest < tolerance_change:
            break
        t = _cubic_minimum(bracket[0], bracket[1])
        margin = 0.1 * (high - low)
        if min(high - t, t - low) < margin:
            if stuck or t >= high or t <= low:
                t = high - margin if abs(t - high) < abs(t - low) else low + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        now = evaluate(t)
        evaluations, rounds = evaluations + 1, rounds + 1
        if too_high(now) or now.f >= bracket[best].f:
            bracket[worst] = now
            best, worst = (0, 1) if bracket[0].f <= bracket[1].f else (1, 0)
            continue
        if not flat(now) and now.slope * (bracket[worst].t - bracket[best].t) >= 0:
            bracket[worst] = bracket[best]
        bracket[best] = now
        if flat(now):
            break
    return bracket[best], evaluations


def direction(g: Tensor, d: Tensor, t: float, memory: dict[str, Any], state: dict[str, Any], history: int) -> Tensor:
    """Minus the gradient times the inverse Hessian, as the last steps let it be guessed (two-loop recursion)."""
    y, s = g - memory["prev_flat_grad"], d * t
    along = float(y.dot(s))
    changes, steps, ro = memory["old_dirs"], memory["old_stps"], memory["ro"]
    if along > 1e-10:
        if len(changes) == history:
            for kept in (changes, steps, ro):
                kept.pop(0)
        changes.append(y)
        steps.append(s)
        ro.append(wrap(np.asarray(1 / along, y._array.dtype)))
        memory["H_diag"] = wrap(np.asarray(along / float(y.dot(y)), y._array.dtype))
    state.setdefault("al", [None] * history)
    al, q = state["al"], -g
    for i in range(len(changes) - 1, -1, -1):
        al[i] = steps[i].dot(q) * ro[i]
        q.add_(changes[i], alpha=-float(al[i]))
    r = q * memory["H_diag"]
    for i, change in enumerate(changes):
        r.add_(steps[i], alpha=float(al[i] - change.dot(r) * ro[i]))
    return r


class LBFGS(Optimizer):
    """有限内存拟牛顿法 / Newton's method with curvature guessed from the last ``history_size`` steps and gradients.

    ``step(closure)`` makes up to ``max_iter`` iterations, each of which asks the closure for the loss anew; with
    ``line_search_fn="strong_wolfe"`` the length of each is searched for. One group of parameters only.
    Source: Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.
    """

    def __init__(
        self, params: Iterable[Any], lr: float | Tensor = 1, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:  # fmt: skip
        check_lr(lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params: list[Tensor] = self.param_groups[0]["params"]

    def _flat(self, tensors: Iterable[Tensor | None]) -> Tensor:
        """All gradients, or parameters, one behind the other; complex numbers as pairs."""
        parts = []
        for p, x in zip(self._params, tensors, strict=True):
            a = np.zeros_like(p._array) if x is None else x._array
            parts.append(a.reshape(-1).view(a.real.dtype) if a.dtype.kind == "c" else a.reshape(-1))
        return wrap(np.concatenate(parts))

    def _move(self, t: float, direction: Tensor) -> None:
        at = 0
        for p in self._params:
            x = FUNCTIONS["view_as_real"](p) if p.is_complex() else p
            x.add_(direction[at : at + x.numel()].view(x.shape), alpha=float(t))
            at += x.numel()

    def _gradient(self) -> Tensor:
        return self._flat(p.grad for p in self._params)

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """更新一步 / Up to ``max_iter`` iterations; the closure clears the gradients, computes the loss and its
        gradients, and returns it. Gives the loss before."""
        group = self.param_groups[0]
        lr, change = group["lr"], group["tolerance_change"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        def loss_now() -> Any:
            with enable_grad():
                return closure()

        first = loss_now()
        loss, g = float(first), self._gradient()
        state["func_evals"] += 1
        evaluations = 1
        if _largest(g) <= group["tolerance_grad"]:
            return first
        d, t = state.get("d"), state.get("t")
        memory = {name: state.get(name) for name in ("old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad")}
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                d, t = -g, min(1.0, 1.0 / float(g.abs().sum())) * lr
                memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            else:
                d, t = direction(g, d, t, memory, state, group["history_size"]), lr
            memory["prev_flat_grad"], before = g.clone(), loss
            slope = float(g.dot(d))
            if slope > -change:
                break
            asked = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                kept = [p._array.copy() for p in self._params]

                def at(t: float, d: Tensor = d, kept: list[Any] = kept) -> _Point:
                    self._move(t, d)
                    f, g = float(loss_now()), self._gradient()
                    for p, x in zip(self._params, kept, strict=True):
                        p.copy_(wrap(x))
                    return _Point(t, f, g, float(g.dot(d)))

                found, asked = _strong_wolfe(at, _Point(0.0, loss, g, slope), t, _largest(d))
                t, loss, g = found.t, found.f, found.g
                self._move(t, d)
            else:
                self._move(t, d)
                if iteration != group["max_iter"]:
                    loss, g, asked = float(loss_now()), self._gradient(), 1
            evaluations += asked
            state["func_evals"] += asked
            flat = _largest(g) <= group["tolerance_grad"]
            still = _largest(d) * abs(float(t)) <= change or abs(loss - before) < change
            if evaluations >= group["max_eval"] or flat or still:
                break
        state.update(d=d, t=t, **memory, prev_loss=before)
        return first


def _largest(x: Tensor) -> float:
    return float(np.abs(x._array).max(initial=0))
