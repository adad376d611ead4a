"""The operations, a file a family. 算子，按族分文件。Importing this package enters them all into the registry."""

from tidu.ops import (
    arithmetic,
    compare,
    convert,
    create,
    fill,
    gather,
    generator,
    index,
    join,
    linalg,
    norm,
    pointwise,
    random,
    random_choice,
    random_fill,
    reduce,
    repeat,
    scan,
    slicing,
    softmax,
    strides,
    types,
    view,
)

from tidu.ops import aliases, signatures  # isort: skip  (of what the others made)

__all__ = [
    "aliases", "arithmetic", "compare", "convert", "create", "fill", "gather", "generator", "index", "join", "linalg",
    "norm", "pointwise", "random", "random_choice", "random_fill", "reduce", "repeat", "scan", "signatures",
    "slicing", "softmax", "strides", "types", "view",
]  # fmt: skip
