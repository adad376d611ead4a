"""Steps along the gradient, with momentum. 沿梯度下降。"""

from __future__ import annotations

from typing import Any

from tidu._modes import no_grad
from tidu.legacy.optim.step import OpFunc, Options, counted, evaluated, kept, rate


@no_grad()
def _moved(x: Any, g: Any, lr: float, config: Options) -> Any:
    """``x -= lr * g``, where ``learningRates`` gives each element's share; returns what was added."""
    rates = config.get("learningRates")
    step = g * -lr if rates is None else g * rates * -lr
    x.add_(step)
    return step


def _one_decay(config: Options) -> None:
    if config.get("weightDecay", 0) and config.get("weightDecays") is not None:
        raise ValueError("Only one of wd and wds can be specified")


def sgd(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any]:
    """随机梯度下降 / One step of gradient descent; returns ``x`` and the value before.

    ``learningRate`` (1e-3), ``learningRateDecay``, ``weightDecay``, ``momentum``, ``dampening`` (as much as the
    momentum, if nobody says otherwise), ``nesterov``; ``learningRates`` and ``weightDecays``: for each element.
    ``torch.optim.SGD`` replaced it.
    """
    config, memory = kept("sgd", config, state)
    momentum = config.get("momentum", 0)
    dampening: Any = config.get("dampening", momentum)
    if config.get("nesterov", False) and momentum <= 0 and dampening:
        raise ValueError("Nesterov momentum requires a momentum and zero dampening")
    _one_decay(config)
    lr = rate(config, counted(memory))
    fx, g = evaluated(opfunc, x, config)
    with no_grad():
        if momentum:
            before = memory.get("dfdx")
            memory["dfdx"] = g.clone() if before is None else before * momentum + g * (1 - dampening)
            g = g + memory["dfdx"] * momentum if config.get("nesterov", False) else memory["dfdx"]
    _moved(x, g, lr, config)
    return x, fx


def nag(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any]:
    """Nesterov 加速梯度 / Goes on by the momentum first, asks for the gradient there, and steps.

    ``learningRate`` (1e-3), ``learningRateDecay``, ``weightDecay``, ``momentum`` (0.9), ``learningRates``.
    Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """
    config, memory = kept("nag", config, state)
    momentum = config.get("momentum", 0.9)
    if momentum <= 0:
        raise ValueError("Momentum must be positive for Nesterov Accelerated Gradient")
    lr = rate(config, counted(memory))
    velocity = memory.get("dfdx")
    with no_grad():
        if velocity is not None:
            velocity = velocity * momentum
            x.add_(velocity)
    fx, g = evaluated(opfunc, x, config)
    with no_grad():
        step = _moved(x, g, lr, config)
        memory["dfdx"] = step if velocity is None else velocity + step
    return x, fx


def aggmo(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any]:
    """聚合动量 / The mean of several momenta: ``momentum`` is a list ([0, 0.9, 0.99]), else as ``sgd``.

    The first step is that of the gradient alone. Source: Lucas et al., "Aggregated momentum", 2018.
    """
    config, memory = kept("aggmo", config, state)
    _one_decay(config)
    momenta = config.get("momentum", [0, 0.9, 0.99])
    lr = rate(config, counted(memory))
    fx, g = evaluated(opfunc, x, config)
    with no_grad():
        if momenta:
            before = memory.get("dfdx")
            memory["dfdx"] = {b: g.clone() if before is None else before[b] * b + g for b in momenta}
            g = sum(memory["dfdx"].values()) / len(momenta)
    _moved(x, g, lr, config)
    return x, fx


def asgd(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, Any, Any]:
    """平均随机梯度下降 / Descent whose result is the average of the way; returns ``x``, the value before, the average.

    ``eta0`` (1e-4) the rate, ``lambda`` (1e-4) the decay, ``alpha`` (0.75) by which power the rate falls, ``t0`` (1e6)
    after how many steps averaging begins. ``torch.optim.ASGD`` replaced it.
    """
    config, memory = kept("asgd", config, state)
    eta0, lambd = config.get("eta0", 1e-4), config.get("lambda", 1e-4)
    eta: Any = memory.get("eta_t", eta0)
    fx, g = opfunc(x)
    with no_grad():
        x.mul_(1 - lambd * eta).add_(g, alpha=-eta)
        mu = memory.get("mu_t", 1)
        memory["ax"] = x.clone() if mu == 1 else memory["ax"] + (x - memory["ax"]) * mu
    steps = counted(memory, "t") + 1
    memory["eta_t"] = eta0 / (1 + lambd * eta0 * steps) ** config.get("alpha", 0.75)
    memory["mu_t"] = 1 / max(1, steps - config.get("t0", 1e6))
    return x, fx, memory["ax"]
