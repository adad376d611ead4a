"""What the steps have in common. 各种步骤的公共部分。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidu._modes import no_grad

OpFunc = Callable[[Any], tuple[Any, Any]]
Options = dict[str, Any]


def kept(name: str, config: Options | None, state: Options | None) -> tuple[Options, Options]:
    """The options, and what is kept between the steps: in the options themselves, where there is no other place."""
    if config is None and state is None:
        raise ValueError(f"{name} requires a dictionary to retain state between iterations")
    config = {} if config is None else config
    return config, config if state is None else state


def counted(state: Options, name: str = "evalCounter") -> int:
    """How many steps there were before this one."""
    state[name] = state.get(name, 0) + 1
    return state[name] - 1


def evaluated(opfunc: OpFunc, x: Any, config: Options) -> tuple[Any, Any]:
    """The value, and the gradient with ``weightDecay * x`` (of each element: ``weightDecays * x``) added."""
    fx, g = opfunc(x)
    decay, decays = config.get("weightDecay", 0), config.get("weightDecays")
    with no_grad():
        if decay:
            g = g + x * decay
        elif decays is not None:
            g = g + x * decays
    return fx, g


def rate(config: Options, steps: int, default: float = 1e-3) -> float:
    """The learning rate, which ``learningRateDecay`` makes smaller from step to step."""
    return config.get("learningRate", default) / (1 + steps * config.get("learningRateDecay", 0))
