"""Steps whose length is each element's own. 每个元素各有步长的方法。"""

from __future__ import annotations

import math
from typing import Any

from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu.legacy.optim.step import OpFunc, Options, counted, evaluated, kept, rate

full_like, maximum, where, zeros_like = (FUNCTIONS[name] for name in ("full_like", "maximum", "where", "zeros_like"))


def _first(state: Options, x: Any, *names: str) -> list[Any]:
    """What is kept under these names: zeros at the first step."""
    return [state.setdefault(name, zeros_like(x)) for name in names]


def adagrad(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any]:
    """Adagrad / Divides by the root of the sum of all squared gradients; returns ``x`` and the value before.

    ``learningRate`` (1e-3), ``learningRateDecay``, ``weightDecay``. ``torch.optim.Adagrad`` replaced it.
    """
    config, memory = kept("adagrad", config, state)
    lr = rate(config, counted(memory))
    fx, g = evaluated(opfunc, x, config)
    with no_grad():
        (total,) = _first(memory, x, "paramVariance")
        total.addcmul_(g, g)
        x.addcdiv_(g, total.sqrt() + 1e-10, value=-lr)
    return x, fx


def adadelta(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any]:
    """Adadelta / Steps as long as the last ones were, in proportion to the gradient's size: no learning rate.

    ``rho`` (0.9) of the averages, ``eps`` (1e-6), ``weightDecay``. ``torch.optim.Adadelta`` replaced it.
    """
    config, memory = kept("adadelta", config, state)
    rho, eps = config.get("rho", 0.9), config.get("eps", 1e-6)
    counted(memory)
    fx, g = evaluated(opfunc, x, config)
    with no_grad():
        squares, steps = _first(memory, x, "paramVariance", "accDelta")
        squares.mul_(rho).addcmul_(g, g, value=1 - rho)
        step = (steps + eps).sqrt() / (squares + eps).sqrt() * g
        x.sub_(step)
        steps.mul_(rho).addcmul_(step, step, value=1 - rho)
    return x, fx


def rmsprop(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any]:
    """RMSprop / Divides by the root of the average of squared gradients.

    ``learningRate`` (1e-2), ``alpha`` (0.99) of the average, ``epsilon`` (1e-8), ``weightDecay``.
    ``torch.optim.RMSprop`` replaced it.
    """
    config, memory = kept("rmsprop", config, state)
    alpha = config.get("alpha", 0.99)
    fx, g = evaluated(opfunc, x, config)
    with no_grad():
        (squares,) = _first(memory, x, "m")
        squares.mul_(alpha).addcmul_(g, g, value=1 - alpha)
        step = -config.get("learningRate", 1e-2)
        x.addcdiv_(g, squares.sqrt() + config.get("epsilon", 1e-8), value=step)
    return x, fx


def adam(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any]:
    """Adam / Averages of the gradients and of their squares.

    ``learningRate`` (1e-3), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-8), ``weightDecay``.
    ``torch.optim.Adam`` replaced it, which adds its epsilon after correcting the bias and not before.
    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
    """
    config, memory = kept("adam", config, state)
    beta1, beta2 = config.get("beta1", 0.9), config.get("beta2", 0.999)
    fx, g = evaluated(opfunc, x, config)
    steps = counted(memory, "t") + 1
    with no_grad():
        mean, squares = _first(memory, x, "m", "v")
        mean.mul_(beta1).add_(g, alpha=1 - beta1)
        squares.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        size = config.get("learningRate", 1e-3) * math.sqrt(1 - beta2**steps) / (1 - beta1**steps)
        x.addcdiv_(mean, squares.sqrt() + config.get("epsilon", 1e-8), value=-size)
    return x, fx


def adamax(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any]:
    """AdaMax / Adam with the largest gradient, which fades, in place of the root of their squares.

    ``learningRate`` (2e-3), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-38), ``weightDecay``.
    ``torch.optim.Adamax`` replaced it.
    """
    config, memory = kept("adamax", config, state)
    beta1, beta2 = config.get("beta1", 0.9), config.get("beta2", 0.999)
    fx, g = evaluated(opfunc, x, config)
    steps = counted(memory, "t") + 1
    with no_grad():
        mean, largest = _first(memory, x, "m", "u")
        mean.mul_(beta1).add_(g, alpha=1 - beta1)
        largest.copy_(maximum(largest * beta2, g.abs() + config.get("epsilon", 1e-38)))
        x.addcdiv_(mean, largest, value=-config.get("learningRate", 0.002) / (1 - beta1**steps))
    return x, fx


def rprop(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, list[Any]]:
    """Rprop / Steps by the gradient's sign; where it changes steps become shorter, and one is left out.

    Returns ``x`` and the values before each of ``niter`` (1) steps. ``stepsize`` (0.1) at first, times ``etaplus``
    (1.2) or ``etaminus`` (0.5), within ``stepsizemin`` (1e-6) and ``stepsizemax`` (50).
    ``torch.optim.Rprop`` replaced it.
    """
    config, memory = kept("rprop", config, state)
    plus, minus = config.get("etaplus", 1.2), config.get("etaminus", 0.5)
    first = config.get("stepsize", 0.1)  # read before the memory, which may be the same dict, keeps them there
    values = []
    for _ in range(config.get("niter", 1)):
        fx, g = opfunc(x)
        with no_grad():
            if "delta" not in memory:
                memory["delta"], memory["stepsize"] = zeros_like(g), full_like(g, first)
            same = g * memory["delta"]
            factor = where(same > 0, plus, where(same < 0, minus, 1.0)).to(g.dtype)
            low, high = config.get("stepsizemin", 1e-6), config.get("stepsizemax", 50.0)
            memory["stepsize"] = (memory["stepsize"] * factor).clamp(low, high)
            g = where(same < 0, 0.0, g)
            x.sub_(g.sign() * memory["stepsize"])
            memory["delta"] = g
        values.append(fx)
    return x, values
