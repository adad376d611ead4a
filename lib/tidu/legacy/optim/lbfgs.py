"""L-BFGS as a function. 函数形式的 L-BFGS。"""

from __future__ import annotations

from typing import Any

from tidu._modes import no_grad
from tidu.legacy.optim.step import OpFunc, Options, kept
from tidu.optim.lbfgs import direction


def _size(x: Any) -> float:
    return float(x.abs().sum())


@no_grad()
def lbfgs(opfunc: OpFunc, x: Any, config: Options | None, state: Options | None = None) -> tuple[Any, ...]:
    """有限内存拟牛顿法 / Up to ``maxIter`` (20) steps; returns ``x``, the values on the way, how many evaluations.

    The last is left out where there was nothing to do. ``maxEval`` (1.25 times ``maxIter``), ``tolFun`` (1e-5) the size
    of a gradient that is small enough, ``tolX`` (1e-9) of a step, ``nCorrection`` (100) how many steps are remembered,
    ``learningRate`` (1) the length of a step; ``verbose``. Instead of that length, a line search:
    ``lineSearch(opfunc, x, t, d, f, g, slope, lineSearchOptions)`` gives ``f, g, x, t, evaluations``.
    ``torch.optim.LBFGS`` replaced it.
    """
    config, memory = kept("lbfgs", config, state)
    most = config.get("maxIter", 20)
    budget = config.get("maxEval", most * 1.25)
    flat, short = config.get("tolFun", 1e-5), config.get("tolX", 1e-9)
    search, lr = config.get("lineSearch"), config.get("learningRate", 1)

    def done(why: str) -> bool:
        if config.get("verbose", False):
            print(f"<optim.lbfgs> {why}")
        return True

    f, g = opfunc(x)
    values, evaluations = [f], 1
    memory["funcEval"] = memory.get("funcEval", 0) + 1
    memory.setdefault("nIter", 0)
    if _size(g) <= flat:
        done("optimality condition below tolFun")
        return x, values
    past = memory.setdefault("memory", {})
    d: Any = memory.get("d")
    t: Any = memory.get("t")
    for iteration in range(1, most + 1):
        memory["nIter"] += 1
        if memory["nIter"] == 1:
            d, t = -g, min(1.0, 1.0 / _size(g)) * lr
            past.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
        else:
            d, t = direction(g, d, t, past, past, config.get("nCorrection", 100)), lr
        past["prev_flat_grad"], before = g.clone(), f
        slope = float(g.dot(d))
        if slope > -short:
            break
        asked = 0
        if search is not None:
            f, g, x, t, asked = search(opfunc, x, t, d, f, g, slope, config.get("lineSearchOptions"))
            values.append(f)
        else:
            x.add_(d, alpha=t)
            if iteration != most:  # where the last step leads is not asked: of a sample, it would not be asked again
                (f, g), asked = opfunc(x), 1
                values.append(f)
        evaluations += asked
        memory["funcEval"] += asked
        if (
            (iteration == most and done("reached max number of iterations"))
            or (evaluations >= budget and done("max nb of function evals"))
            or (_size(g) <= flat and done("optimality condition below tolFun"))
            or (_size(d) * abs(t) <= short and done("step size below tolX"))
            or (abs(f - before) < short and done("function value changing less than tolX"))
        ):
            break
    memory.update(d=d, t=t)
    return x, values, evaluations
