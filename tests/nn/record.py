"""Record PyTorch's answers to every sample of a layer: ``python -m tests.nn.record``."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.nn.cases import LAYERS
from tests.nn.observe import observe
from tests.ops import golden
from tests.ops.observe import as_declared

PATH = Path(__file__).with_name("golden.npz")


def main() -> None:
    if not torch.__version__.startswith(golden.VERSION):
        raise SystemExit(f"the recorded answers are those of PyTorch {golden.VERSION}, this is {torch.__version__}")
    torch.set_num_threads(1)
    records = {}
    for key, sample in LAYERS.items():
        record = observe(torch, sample)
        if problem := as_declared(sample, record):
            raise SystemExit(f"{key}: {problem}")
        records[key] = (sample, record)
    golden.save(records, PATH)
    print(f"{len(records)} samples of layers, {PATH.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
