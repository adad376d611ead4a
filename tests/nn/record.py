"""Record PyTorch's answers to every sample of a layer and every program: ``python -m tests.nn.record``."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch

from tests.nn import (
    curves,
    programs_utils,  # noqa: F401  (which adds programs)
)
from tests.nn.cases import LAYERS
from tests.nn.observe import observe
from tests.nn.programs import PROGRAMS, answer
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers = {name: answer(torch, run) for name, run in PROGRAMS.items()}
    text = json.dumps(answers, indent=0, sort_keys=True, ensure_ascii=False)
    PATH.with_name("programs.json").write_text(text + "\n", encoding="utf-8")
    curves.record()
    print(f"{len(records)} samples of layers, {PATH.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
