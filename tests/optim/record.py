"""PyTorch's answers, for where it is not installed: ``python -m tests.optim.record`` writes them down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.optim.cases import OPTIMIZERS, RUNS, SCHEDULES, rates, trajectory

FILE = Path(__file__).with_name("recorded.json")


def record(t: Any) -> dict[str, Any]:
    """Of each optimizer the parameters at the end, of each schedule every fifth epoch."""
    runs = {f"{n}-{i}": trajectory(t, n, OPTIMIZERS[n][i])[50:] for n, i in RUNS}
    printed = {n: str(getattr(t.optim, n)([t.ones(2, 2).requires_grad_()])) for n in OPTIMIZERS}
    schedules = {n: rates(t, n)[::5] for n in SCHEDULES}
    return {"runs": runs, "printed": printed, "schedules": schedules}


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    FILE.write_text(json.dumps(record(torch), indent=1), encoding="utf-8")
