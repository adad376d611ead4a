"""The operations, a file a family. 算子，按族分文件。Importing this package enters them all into the registry."""

from tidu.ops import pointwise, view, reduce, index, gather, join, linalg, softmax, convert, create, random  # noqa: F401, I001
