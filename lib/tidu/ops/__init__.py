"""The operations, a file a family. 算子，按族分文件。Importing this package enters them all into the registry."""

from tidu.ops import (
    arithmetic,
    compare,
    convert,
    create,
    decompose,
    determinant,
    einsum,
    fill,
    gather,
    index,
    join,
    linalg,
    lstsq,
    matfun,
    matrix_norm,
    norm,
    oldnames,
    pointwise,
    products,
    random,
    reduce,
    reflections,
    repeat,
    scan,
    slicing,
    softmax,
    solve,
    spectral,
    strides,
    triangular,
    view,
)

from tidu.ops import aliases, signatures  # isort: skip  (of what the others made)

__all__ = [
    "aliases", "arithmetic", "compare", "convert", "create", "decompose", "determinant", "einsum", "fill", "gather", "index", "join",
    "linalg", "lstsq", "matfun", "matrix_norm", "norm", "oldnames", "pointwise", "products", "random", "reduce",
    "reflections", "repeat", "scan", "signatures", "slicing", "softmax", "solve", "spectral", "strides", "triangular", "view",
]  # fmt: skip
