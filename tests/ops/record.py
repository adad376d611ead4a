"""Record PyTorch's answers to every sample: ``python -m tests.ops.record``."""

from __future__ import annotations

import torch

from tests.ops import golden
from tests.ops.cases import CASES, SAMPLES
from tests.ops.observe import as_declared, observe


def main() -> None:
    if not torch.__version__.startswith(golden.VERSION):
        raise SystemExit(f"the recorded answers are those of PyTorch {golden.VERSION}, this is {torch.__version__}")
    torch.set_num_threads(1)
    records = {}
    for key, sample in SAMPLES.items():
        record = observe(torch, sample)
        if problem := as_declared(sample, record):
            raise SystemExit(f"{key}: {problem}")
        records[key] = (sample, record)
    golden.save(records)
    print(f"{len(CASES)} ops, {len(records)} samples, {golden.PATH.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
