"""The IDX format, in which MNIST is published: a magic number, the lengths, the bytes. IDX 格式。

Two zero bytes, one for the type of the elements, one for the number of dimensions; each length as four bytes; then the
elements, the most significant byte first. Source: http://yann.lecun.com/exdb/mnist/ (the page's last section).
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: str | Path) -> np.ndarray:
    """The array in an IDX file, compressed by gzip or not; ``ValueError`` where the file is no such file."""
    raw = Path(path).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
            raise ValueError(f"{path} is not a whole gzip file: {broken}") from None
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in TYPES:
        raise ValueError(f"{path} is not an IDX file: it begins with {raw[:4]!r}")
    start = 4 + 4 * raw[3]
    shape = tuple(int(n) for n in np.frombuffer(raw[4:start], ">u4"))
    dtype = np.dtype(TYPES[raw[2]])
    wanted = start + math.prod(shape) * dtype.itemsize
    if len(shape) != raw[3] or len(raw) != wanted:
        raise ValueError(f"{path} must have {wanted} bytes for its shape {shape}, got {len(raw)}")
    return np.frombuffer(raw, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
