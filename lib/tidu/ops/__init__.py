"""The operations, a file a family. 算子，按族分文件。Importing this package enters them all into the registry."""

from tidu.ops import (
    arithmetic,
    bitwise,
    compare,
    complex,
    convert,
    create,
    fill,
    floats,
    fourier,
    gather,
    index,
    join,
    linalg,
    norm,
    pointwise,
    polynomials,
    random,
    reduce,
    repeat,
    scan,
    slicing,
    softmax,
    special,
    stft,
    strides,
    view,
    windows,
)

from tidu.ops import aliases, signatures  # isort: skip  (of what the others made)

__all__ = [
    "aliases", "arithmetic", "bitwise", "compare", "complex", "convert", "create", "fill", "floats", "fourier",
    "gather", "index", "join", "linalg", "norm", "pointwise", "polynomials", "random", "reduce", "repeat", "scan",
    "signatures", "slicing", "softmax", "special", "stft", "strides", "view", "windows",
]  # fmt: skip
