"""PyTorch's answers, for where it is not installed: ``python -m tests.data.record`` writes them down."""

from __future__ import annotations

import json
from pathlib import Path

from tests.data import cases_workers  # noqa: F401  (which adds its own)
from tests.data.cases import CASES, answers

FILE = Path(__file__).with_name("recorded.json")

if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in answers(torch, CASES).items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
