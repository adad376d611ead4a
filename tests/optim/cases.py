"""What optimizers and schedules are tried with, declared once: options of each, and problems to run them on."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

STEPS = 50
EPOCHS = 100

# name -> the options that it is tried with
OPTIMIZERS: dict[str, list[dict[str, Any]]] = {
    "SGD": [
        {}, {"momentum": 0.9}, {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
        {"momentum": 0.9, "nesterov": True, "maximize": True}, {"weight_decay": 0.1, "maximize": True},
        {"lr": "tensor", "foreach": True},
    ],
    "Adam": [
        {}, {"amsgrad": True}, {"weight_decay": 0.1, "maximize": True}, {"betas": (0.5, 0.8), "eps": 1e-3},
        {"decoupled_weight_decay": True, "weight_decay": 0.1}, {"lr": "tensor"}, {"fused": True},
    ],
    "AdamW": [{}, {"amsgrad": True, "weight_decay": 0.3, "maximize": True}],
    "Adamax": [{}, {"weight_decay": 0.1, "maximize": True}],
    "NAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}],
    "RAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}],
    "Adagrad": [{}, {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.2}],
    "Adadelta": [{}, {"rho": 0.5, "weight_decay": 0.1, "maximize": True}],
    "RMSprop": [
        {}, {"momentum": 0.9, "weight_decay": 0.1}, {"centered": True, "maximize": True},
        {"centered": True, "momentum": 0.5},
    ],
    "Rprop": [{}, {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.1), "maximize": True}],
    "ASGD": [{}, {"t0": 10, "lambd": 0.1, "weight_decay": 0.1, "maximize": True}],
    "Adafactor": [{}, {"weight_decay": 0.1, "lr": 0.1}, {"d": 2.0, "maximize": True}],
    "Muon": [{}, {"nesterov": False, "adjust_lr_fn": "match_rms_adamw"}],
    "LBFGS": [
        {"max_iter": 5}, {"line_search_fn": "strong_wolfe", "max_iter": 5},
        {"lr": 0.3, "history_size": 3, "max_iter": 4},
    ],
}  # fmt: skip
# In bfloat16 on the way, rounded at other places; along a valley, where single precision sees no slope.
LOOSE = {"Muon": 2e-2, "LBFGS": 1e-3}
RUNS = [(name, i) for name, options in OPTIMIZERS.items() for i in range(len(options))]


class Problem:
    """A regression with parameters of two, one and no dimensions, in two groups with learning rates of their own."""

    def __init__(self, t: Any, name: str, options: dict[str, Any], dtype: str = "float32") -> None:
        rng = np.random.RandomState(0)
        draw = [rng.randn(3, 4), rng.randn(4), np.array(0.5), rng.randn(5, 3)]
        w, b, s, self.x = (t.from_numpy(a.astype(dtype)) for a in draw)
        self.params = [w.requires_grad_()] if name == "Muon" else [p.requires_grad_() for p in (w, b, s)]
        options = {k: t.tensor(0.01) if isinstance(v, str) and v == "tensor" else v for k, v in options.items()}
        groups: Any = self.params
        if name not in ("LBFGS", "Muon"):
            groups = [{"params": self.params[:1]}, {"params": self.params[1:], "lr": 0.05}]
        self.optimizer = getattr(t.optim, name)(groups, **options)

    def loss(self) -> Any:
        self.optimizer.zero_grad()
        w, *rest = self.params
        h = self.x @ w
        if rest:
            h = h * rest[1] + rest[0]
        loss = (h.tanh() - 0.3).pow(2).mean() + 0.01 * (h * h).mean()
        loss.backward()
        return loss

    def run(self, steps: int = STEPS) -> list[float]:
        """The loss before each step, and then the parameters."""
        losses = [float(self.optimizer.step(self.loss).detach()) for _ in range(steps)]
        return losses + [float(v) for p in self.params for v in p.detach().numpy().reshape(-1)]


def trajectory(t: Any, name: str, options: dict[str, Any], dtype: str = "float32") -> list[float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Problem(t, name, options, dtype).run()


# ---- schedules

Make = Callable[[Any, Any], Any]  # of the module lr_scheduler, and an optimizer

SCHEDULES: dict[str, Make] = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda epoch: 0.95**epoch),
    "LambdaLR of groups": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.95**epoch, lambda epoch: 1 / (1 + epoch)]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.9 if epoch % 2 else 1.0),
    "StepLR": lambda s, o: s.StepLR(o, 7, 0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 10, 10, 40], 0.3),
    "ConstantLR": lambda s, o: s.ConstantLR(o, 0.25, 8),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.1, 0.8, 12),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.97),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 60, 2.0),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 15, 0.01),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4, 2, 0.001),
    "CosineAnnealingWarmRestarts of one length": lambda s, o: s.CosineAnnealingWarmRestarts(o, 7),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, [0.1, 0.3], 5, 9),
    "CyclicLR triangular2": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 5, mode="triangular2", cycle_momentum=False),
    "CyclicLR exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 5, mode="exp_range", gamma=0.97),
    "CyclicLR by a function": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 5, scale_fn=lambda x: 1 / x),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, [0.1, 0.5], 100),
    "OneCycleLR of three phases": lambda s, o: s.OneCycleLR(
        o, 0.1, epochs=10, steps_per_epoch=10, three_phase=True, anneal_strategy="linear", pct_start=0.25
    ),
    "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o, patience=2, factor=0.5, cooldown=3),
    "ReduceLROnPlateau max": lambda s, o: s.ReduceLROnPlateau(
        o, "max", patience=1, threshold=0.1, threshold_mode="abs", min_lr=[0.001, 0.02]
    ),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 30), s.ExponentialLR(o, 0.9)], [5, 60]
    ),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.5, 4), s.ExponentialLR(o, 0.95)]),
    "SWALR": lambda s, o: s_swa(s)(o, 0.02, 20),
    "SWALR linear": lambda s, o: s_swa(s)(o, [0.02, 0.3], 10, "linear"),
    "a schedule of one's own": lambda s, o: type(
        "Own", (s.LRScheduler,), {"get_lr": lambda self: [lr / (1 + self.last_epoch) for lr in self.base_lrs]}
    )(o),
}


def s_swa(scheduler: Any) -> Any:
    """SWALR, from the module beside the one that has the other schedules."""
    import importlib

    return importlib.import_module(scheduler.__name__.rpartition(".")[0] + ".swa_utils").SWALR


def rates(t: Any, name: str, epochs: int = EPOCHS) -> list[float]:
    """Learning rates and momenta of both groups at each epoch."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Lambda")
        p, q = t.ones(2).requires_grad_(), t.ones(1).requires_grad_()
        optimizer = t.optim.SGD([{"params": [p]}, {"params": [q], "lr": 0.3}], lr=0.1, momentum=0.9)
        scheduler = SCHEDULES[name](t.optim.lr_scheduler, optimizer)
        found = []
        for epoch in range(epochs):
            found += [float(g[key]) for g in optimizer.param_groups for key in ("lr", "momentum")]
            optimizer.step()
            scheduler.step(*([abs(50 - epoch) // 3] if name.startswith("Reduce") else []))
            assert [float(v) for v in scheduler.get_last_lr()] == [float(g["lr"]) for g in optimizer.param_groups]
    return found
