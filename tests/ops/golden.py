"""PyTorch's recorded observations, for machines without PyTorch: the answers of ``python -m tests.ops.record``.

Arrays are pooled (a gradient seen twice is kept once) and floats kept in single precision, except where a sample asks
for closer agreement than that.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.ops.sample import Sample

PATH = Path(__file__).with_name("golden.npz")
SLACK = 2e-5  # what single precision costs a recorded float64 answer
VERSION = "2.13"


def in_reach(value: np.ndarray) -> bool:
    """Whether single precision has numbers as large and as small as these."""
    sizes = np.abs(value[np.isfinite(value) & (value != 0)])
    return not sizes.size or bool(sizes.max() < 3e38 and sizes.min() > 1e-37)


class Pool:
    def __init__(self) -> None:
        self.chunks: dict[str, list[np.ndarray]] = {}
        self.sizes: dict[str, int] = {}
        self.seen: dict[tuple[str, bytes], int] = {}

    def add(self, array: np.ndarray) -> list[Any]:
        name, flat = array.dtype.name, np.ascontiguousarray(array).ravel()
        key = (name, flat.tobytes())
        if key not in self.seen:
            self.seen[key] = self.sizes.get(name, 0)
            self.chunks.setdefault(name, []).append(flat)
            self.sizes[name] = self.seen[key] + flat.size
        return [name, self.seen[key], list(array.shape)]

    def arrays(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate(chunks) for name, chunks in self.chunks.items()}


def save(records: dict[str, tuple[Sample, Any]], path: Path = PATH) -> None:
    pool = Pool()

    def encode(value: Any, exact: bool) -> Any:
        if isinstance(value, dict):
            return {k: encode(x, exact) for k, x in value.items() if k != "message"}
        if isinstance(value, list):
            return [encode(x, exact) for x in value]
        if isinstance(value, np.ndarray):
            narrow = value.dtype == np.float64 and not exact and in_reach(value)
            return {"@": pool.add(value.astype(np.float32) if narrow else value)}
        return value

    plain = {key: encode(record, sample.options.get("tol", 1) < SLACK) for key, (sample, record) in records.items()}
    text = json.dumps(plain, separators=(",", ":"), sort_keys=True).encode()
    np.savez_compressed(path, **pool.arrays(), records=np.frombuffer(text, dtype=np.uint8))


class Records(Mapping[str, Any]):
    """Observations by sample, each made into arrays when it is asked for: a test process needs a part of them."""

    def __init__(self, packed: dict[str, Any], decode: Callable[[Any], Any]) -> None:
        self._packed, self._decode = packed, decode

    def __getitem__(self, key: str) -> Any:
        return self._decode(self._packed[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


@cache
def load(path: Path = PATH) -> Records:
    with np.load(path) as stored:
        pools = {name: stored[name] for name in stored.files if name != "records"}
        records = json.loads(stored["records"].tobytes())

    def decode(value: Any) -> Any:
        if isinstance(value, dict):
            if "@" in value:
                name, start, shape = value["@"]
                return pools[name][start : start + math.prod(shape)].reshape(shape)
            return {k: decode(x) for k, x in value.items()}
        return [decode(x) for x in value] if isinstance(value, list) else value

    return Records(records, decode)
