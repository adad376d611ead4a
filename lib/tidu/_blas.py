"""What NumPy's OpenBLAS can do and NumPy does not offer: set its threads, and transpose. NumPy 所带 OpenBLAS 的函数。

Its library is found in what NumPy is linked with. Where that is something else, there is nothing here, and all goes on
without.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

ROWS_FIRST, TRANSPOSED = 101, 112  # of CBLAS: an order of memory, and what to do with a matrix


@cache
def _library() -> tuple[Any, str, str] | None:
    """The library, and what stands before and behind the names of its functions."""
    try:
        import ctypes  # an eighth of NumPy's own import, and few need it

        library = ctypes.CDLL(import_module("numpy._core._multiarray_umath").__file__)
    except (ImportError, OSError, AttributeError):  # there is no ctypes, or NumPy is a part of the interpreter
        return None
    for prefix in ("scipy_", ""):
        for suffix in ("64_", ""):
            if hasattr(library, f"{prefix}openblas_get_num_threads{suffix}"):
                return library, prefix, suffix
    return None


@cache
def threads() -> tuple[Callable[[], int], Callable[[int], None]] | None:
    """OpenBLAS's own functions to tell and to set its number of threads."""
    found = _library()
    if found is None:
        return None
    library, prefix, suffix = found
    tell, put = (getattr(library, f"{prefix}openblas_{what}_num_threads{suffix}") for what in ("get", "set"))
    return tell, put


@cache
def transposer(kind: str) -> Callable[[Any, Any], None] | None:
    """For ``kind`` "f" or "d", ``f(x, out)``: ``out[...] = x.T`` of matrices of this dtype whose rows have no gaps."""
    found = _library()
    name = {"f": "somatcopy", "d": "domatcopy"}.get(kind)
    function = found and name and getattr(found[0], f"{found[1]}cblas_{name}{found[2]}", None)
    if not found or not function:
        return None
    import ctypes

    size = ctypes.c_int64 if found[2] else ctypes.c_int
    number = ctypes.c_float if kind == "f" else ctypes.c_double
    function.argtypes = [ctypes.c_int, ctypes.c_int, size, size, number, *[ctypes.c_void_p, size] * 2]
    function.restype = None

    def transpose(x: Any, out: Any) -> None:
        m, n = x.shape
        places = x.__array_interface__["data"][0], out.__array_interface__["data"][0]
        function(ROWS_FIRST, TRANSPOSED, m, n, 1.0, places[0], n, places[1], m)

    return transpose
