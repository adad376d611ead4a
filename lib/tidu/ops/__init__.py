"""The operations, a file a family. 算子，按族分文件。Importing this package enters them all into the registry."""

from tidu.ops import (
    arithmetic,
    broadcast,
    compare,
    convert,
    create,
    exchange,
    fill,
    gather,
    index,
    indices,
    join,
    linalg,
    norm,
    pointwise,
    random,
    reduce,
    region,
    repeat,
    scan,
    scatter,
    scatter_reduce,
    slicing,
    softmax,
    storage,
    strides,
    view,
)

from tidu.ops import aliases, signatures  # isort: skip  (of what the others made)

__all__ = [
    "aliases", "arithmetic", "broadcast", "compare", "convert", "create", "exchange", "fill", "gather", "index",
    "indices", "join", "linalg", "norm", "pointwise", "random", "reduce", "region", "repeat", "scan", "scatter",
    "scatter_reduce", "signatures", "slicing", "softmax", "storage", "strides", "view",
]  # fmt: skip
