"""The operations, a file a family. 算子，按族分文件。Importing this package enters them all into the registry."""

from tidu.ops import (
    arithmetic,
    calculus,
    combine,
    compare,
    convert,
    create,
    distance,
    fill,
    gather,
    histogram,
    index,
    join,
    linalg,
    norm,
    pointwise,
    quantile,
    random,
    reduce,
    repeat,
    scan,
    search,
    slicing,
    softmax,
    sort,
    stats,
    strides,
    unique,
    view,
)

from tidu.ops import aliases, signatures  # isort: skip  (of what the others made)

__all__ = [
    "aliases", "arithmetic", "calculus", "combine", "compare", "convert", "create", "distance", "fill", "gather",
    "histogram", "index", "join", "linalg", "norm", "pointwise", "quantile", "random", "reduce", "repeat", "scan",
    "search", "signatures", "slicing", "softmax", "sort", "stats", "strides", "unique", "view",
]  # fmt: skip
