"""What functions of matrices share: which operands they take, errors, layouts and adjoints. 矩阵函数的公共部分。"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._backend import as_array, row_major
from tidu._modes import modes
from tidu._op import Op, enter
from tidu._tensor import Tensor, wrap
from tidu.ops.complex import conj_physical
from tidu.ops.join import diag_embed
from tidu.ops.pointwise import is_complex
from tidu.ops.slicing import basic
from tidu.ops.view import diagonal, matrix_transpose, unsqueeze


class _LinAlgError(RuntimeError):
    """线性代数无解 / A matrix does not allow what was asked: it is singular, or not positive-definite.

    Public as ``torch.linalg.LinAlgError``; tracebacks name it as PyTorch's do.
    """


LinAlgError = _LinAlgError


# ---- complex numbers in formulas, which are read on arrays and on Tensors

_real = enter(
    Op(lambda x: x.real.copy(), [lambda g: _complex(g)], name="_real", jvp="linear", grad_name="RealBackward0")
)
_complex = enter(
    Op(lambda x: x.astype(f"c{2 * x.itemsize}"), [lambda g: _real(g)], name="_complex", jvp="linear",
       grad_name="ToCopyBackward0")
)  # fmt: skip


def conj(x: Any) -> Any:
    return conj_physical(x) if is_complex(x) else x


def real_part(x: Any) -> Any:
    return _real(x) if is_complex(x) else x


def as_complex(x: Any) -> Any:
    return x if is_complex(x) else _complex(x)


def adjoint(x: Any) -> Any:
    """The conjugate transpose of each matrix."""
    if type(x) is np.ndarray:  # half of the gradients of every product of matrices
        turned = x.swapaxes(-1, -2)
        return turned if x.dtype.kind != "c" else turned.conj()
    return conj(matrix_transpose(x))


# ---- parts of matrices, in either reading


def diagonals(x: Any) -> Any:
    return diagonal(x, 0, x.ndim - 2, x.ndim - 1)


def on_diagonal(x: Any) -> Any:
    """Matrices with the last dimension of ``x`` on their diagonals."""
    return diag_embed(x, 0, x.ndim - 1, x.ndim)


def columns(x: Any, start: int, stop: int | None) -> Any:
    return basic(x, (Ellipsis, slice(None), slice(start, stop)))


def rows(x: Any, start: int, stop: int | None) -> Any:
    return basic(x, (Ellipsis, slice(start, stop), slice(None)))


def as_row(x: Any) -> Any:
    """Numbers that multiply the columns of a matrix."""
    return unsqueeze(x, x.ndim - 1)


def as_column(x: Any) -> Any:
    return unsqueeze(x, x.ndim)


def plus(*terms: Any) -> Any:
    """The sum of those that are there."""
    total = None
    for term in terms:
        total = term if total is None else total if term is None else total + term
    return total


def same_kind(x: Any, like: Any) -> Any:
    return as_complex(x) if is_complex(like) else x


def constant(array: Any, like: Any) -> Any:
    """An array in the reading of ``like``."""
    return wrap(array) if isinstance(like, Tensor) else array


def unrecorded(*tensors: Tensor) -> tuple[Any, ...]:
    """The arrays of tensors of one dtype that no derivative is asked of, else the tensors: what a composite of ops is
    computed with. Ops that record nothing are called in a tenth of the time."""
    for t in tensors:
        if t._tangent is not None or t._array.dtype != tensors[0]._array.dtype or (modes.grad and t.requires_grad):
            return tensors
    return tuple([t._array for t in tensors])


def as_tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else wrap(as_array(x))


def raw(x: Any) -> Any:
    """The array of either reading: what checks look at."""
    return x._array if isinstance(x, Tensor) else x


# ---- layouts


def column_major(x: Any) -> Any:
    """Each matrix with its columns in one piece, as LAPACK writes it and PyTorch leaves it."""
    return row_major(x.swapaxes(-1, -2)).swapaxes(-1, -2) if x.ndim > 1 else x


def eye_like(x: Any, n: int) -> Any:
    """The identity in the dtype of ``x`` and on its device."""
    return np.eye(n, dtype=x.dtype) if isinstance(x, np.ndarray) else np.eye(n, dtype=x.dtype, like=x)


def zeros_of(x: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Zeros on the device of ``x``, of another dtype where one is given."""
    dtype = x.dtype if dtype is None else dtype
    return np.zeros(shape, dtype) if isinstance(x, (np.ndarray, np.generic)) else np.zeros(shape, dtype, like=x)


# ---- what is asked of operands


def dtype_name(x: Any) -> str:
    return _dtypes.TYPE_NAMES[_dtypes.of(x.dtype)].removesuffix("Tensor")


def wants_matrix(function: str, x: Any, name: str = "A") -> None:
    if x.ndim < 2:
        raise RuntimeError(f"{function}: The input tensor {name} must have at least 2 dimensions.")


def wants_square(function: str, x: Any, name: str = "A") -> None:
    wants_matrix(function, x, name)
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"{function}: {name} must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} "
            "matrices"
        )


def wants_floating(function: str, x: Any, half: bool = False) -> None:
    """``half``: whether float16 may pass this check."""
    if x.dtype.kind not in "fcV":
        raise RuntimeError(f"{function}: Expected a floating point or complex tensor as input. Got {dtype_name(x)}")
    if x.dtype.itemsize < 4 and not half:
        raise RuntimeError(f"{function}: Low precision dtypes not supported. Got {dtype_name(x)}")


def wants_lapack(kernel: str, x: Any) -> None:
    """LAPACK knows single and double precision, real and complex."""
    if x.dtype.kind not in "fc" or x.dtype.itemsize < 4:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype_name(x)}'")


def same_type(function: str, a: Any, b: Any, first: str = "A", second: str = "B") -> None:
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{function}: Expected {first} and {second} to have the same dtype, but found {first} of type "
            f"{dtype_name(a)} and {second} of type {dtype_name(b)} instead"
        )


def first_failure(info: Any) -> tuple[str, int] | None:
    """Where the first matrix of a batch failed, in PyTorch's words, and its code; None when all is well."""
    if not np.any(info):
        return None
    flat = (info.get() if hasattr(info, "get") else np.asarray(info)).reshape(-1)
    i = int(np.flatnonzero(flat)[0])
    return (f"(Batch element {i}): " if np.ndim(info) else ""), int(flat[i])


# ---- public functions


def entitled(function: Callable[..., Any], name: str, doc: str | None = None) -> Callable[..., Any]:
    """A function under the name and the words by which ``torch.linalg`` shows it."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = function.__doc__ or doc
    return function


_warned: set[str] = set()


def warn_once(name: str, text: str, stacklevel: int = 3) -> None:
    """A ``UserWarning`` at the first call of an old function, as PyTorch gives it."""
    if name not in _warned:
        _warned.add(name)
        warnings.warn(text, UserWarning, stacklevel=stacklevel)
