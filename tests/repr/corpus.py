"""Arrays to print, and the print options to print them with: seeded, so that the same strings can be recorded.

``python -m tests.repr.corpus`` writes ``golden.json`` anew from the installed PyTorch.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

GOLDEN = Path(__file__).with_name("golden.json")
RECORDED = 400  # the first so many cases of the corpus are also recorded

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64",
          "complex128")  # fmt: skip
SHAPES: tuple[tuple[int, ...], ...] = (
    (), (1,), (3,), (7,), (40,), (1, 1), (2, 3), (3, 2, 4), (1, 5, 1, 2), (12, 9), (3, 25), (2, 1, 2, 2, 3),
    (0,), (0, 3), (2, 0, 1), (1001,), (1000,), (40, 26), (2, 600), (600, 2), (11, 10, 10), (2, 3, 7, 30),
)  # fmt: skip
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"precision": 2},
    {"precision": 0},
    {"precision": 7, "linewidth": 60},
    {"threshold": 5, "edgeitems": 1},
    {"threshold": 10, "edgeitems": 2, "linewidth": 40},
    {"edgeitems": 0},
    {"linewidth": 20},
    {"sci_mode": True},
    {"sci_mode": False},
    {"profile": "short"},
    {"profile": "full"},
    {"profile": "short", "precision": 6},
)


class Case(NamedTuple):
    array: np.ndarray
    options: dict[str, Any]
    default: str
    requires_grad: bool


def _floats(rng: np.random.Generator, size: int) -> np.ndarray:
    """Values of one of the kinds that PyTorch prints differently."""
    kind = rng.integers(12)
    if kind == 0:
        return rng.standard_normal(size)
    if kind == 1:  # integral
        return rng.integers(-9, 10, size).astype(float)
    if kind == 2:  # integral, wide
        return np.round(rng.standard_normal(size) * 10.0 ** rng.integers(0, 12))
    if kind == 3:  # scales across the scientific thresholds
        return rng.standard_normal(size) * 10.0 ** rng.integers(-12, 12, size)
    if kind == 4:  # one scale, on either side of 1e-4 and 1e8
        return rng.standard_normal(size) * 10.0 ** rng.integers(-8, 10)
    if kind == 5:  # exactly at the thresholds
        return rng.choice([1e-4, 1e8, 1.0, 1000.0, 0.1, 100.0, 999.99994, 1e-5, 1.0000001e8], size)
    if kind == 6:  # signed zeros
        return rng.choice([0.0, -0.0, 1.0], size)
    if kind == 7:
        return rng.choice([math.nan, math.inf, -math.inf, 1.0, -2.5], size)
    if kind == 8:
        return rng.choice([math.nan, math.inf, -math.inf, 3.0, 0.0], size)
    if kind == 9:  # nothing that has a scale
        return rng.choice([math.nan, math.inf, -math.inf, 0.0, -0.0], size)
    if kind == 10:  # rounding ties and the edge of int mode
        return rng.integers(-50, 50, size) / 16
    return rng.choice([5e-324, 1.4e-45, 1e-38, 6e-8, 3.4e38, 6.5e4, 1.0], size)


def _array(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    size = math.prod(shape)
    if dtype == "bool":
        values = rng.integers(0, 2, size) if rng.integers(2) else np.ones(size)
    elif dtype.startswith("complex"):
        values = np.empty(size, np.complex128)
        values.real, values.imag = _floats(rng, size), _floats(rng, size)
    elif dtype.startswith("float"):
        values = _floats(rng, size)
    else:
        info = np.iinfo(dtype)
        high = min(info.max, 10 ** int(rng.integers(1, 12)))
        values = rng.integers(max(info.min, -high), high, size)
    with np.errstate(over="ignore"):
        return values.astype(dtype).reshape(shape)


def cases(count: int) -> Iterator[Case]:
    rng = np.random.default_rng(20130612)
    for i in range(count):
        dtype = DTYPES[i % len(DTYPES)]
        array = _array(rng, SHAPES[int(rng.integers(len(SHAPES)))], dtype)
        if array.ndim > 1 and rng.integers(4) == 0:
            array = array.T
        options = OPTIONS[int(rng.integers(len(OPTIONS)))] if rng.integers(3) == 0 else {}
        default = "float64" if rng.integers(6) == 0 else "float32"
        requires_grad = array.dtype.kind in "fc" and rng.integers(4) == 0
        yield Case(array, options, default, bool(requires_grad))


def pytorch_text(case: Case) -> str:
    import torch

    torch.set_default_dtype(getattr(torch, case.default))
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**case.options)
    try:
        tensor = torch.from_numpy(case.array)
        return repr(tensor.requires_grad_() if case.requires_grad else tensor)
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_printoptions(profile="default")


def recorded(text: str) -> str:
    """What stands in the recording for a text: itself, or its digest where it is long."""
    return text if len(text) <= 600 else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def record() -> None:
    import torch

    texts = [recorded(pytorch_text(case)) for case in cases(RECORDED)]
    GOLDEN.write_text(json.dumps({"pytorch": torch.__version__, "texts": texts}, indent=0, ensure_ascii=False) + "\n")
    print(f"{GOLDEN}: {len(texts)} texts of PyTorch {torch.__version__}")


if __name__ == "__main__":
    record()
