"""Samples of ``torch.linalg``: decompositions, solutions, determinants, norms, functions of matrices.

The matrices are well conditioned and their eigenvalues and singular values apart, so that values can be compared with
what another LAPACK gives. Vectors that are determined up to a sign are compared by what does not depend on it.
"""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np

from tests.ops.sample import Arg, f, f32, i, of, op, v


class _LinAlgError(RuntimeError):
    """By the name that PyTorch's has."""


def well(*shape: int, dtype: str = "float64") -> Arg:
    """Matrices far from singular, with distinct singular values."""
    rng = np.random.RandomState(sum(shape) + 7)
    m, n = shape[-2:]
    k = min(m, n)
    q, _ = np.linalg.qr(rng.randn(*shape[:-2], m, k))
    p, _ = np.linalg.qr(rng.randn(*shape[:-2], n, k))
    return v((q * np.linspace(1, 3, k)) @ p.swapaxes(-1, -2), dtype)


def positive(*shape: int, dtype: str = "float64") -> Arg:
    """Symmetric matrices with the eigenvalues 1 to 3."""
    rng = np.random.RandomState(sum(shape) + 11)
    n = shape[-1]
    q, _ = np.linalg.qr(rng.randn(*shape))
    return v((q * np.linspace(1, 3, n)) @ q.swapaxes(-1, -2), dtype)


def imaginary(*shape: int) -> Arg:
    rng = np.random.RandomState(sum(shape) + 13)
    return Arg(shape, "complex128", data=(rng.randn(*shape) + 1j * rng.randn(*shape) + 2 * np.eye(*shape[-2:])))


SINGULAR = v([[1.0, 2.0], [2.0, 4.0]])
ONE_SINGULAR = v([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 4.0]]])
NONE = f(0, 0)
NAN = v([[nan, 1.0], [1.0, 2.0]])


# What every sample of a vector of numbers that has a sign of its own is seen as.
def _products(t: Any, parts: Any) -> Any:
    u, s, vh = parts
    k = s.shape[-1]
    return s, (u[..., :k] * s.unsqueeze(-2)) @ vh[..., :k, :]


# ---- one matrix in, errors that all share
for _name in "det inv inv_ex slogdet matrix_exp eigvals".split():
    op(f"linalg.{_name}")(well(3, 3))(well(2, 3, 3))(well(3, 3, dtype="float32"))(well(1, 1))(NONE)(f(0, 2, 2))(
        f(2, 0, 0)
    )(well(3, 3).T)(f(4, 4).S).error(RuntimeError, f(3)).error(RuntimeError, f(2, 3)).error(TypeError, [[1.0]]).maybe(
        i(2, 2)
    ).error(RuntimeError, f())(imaginary(3, 3))
for _name in "det inv inv_ex slogdet eigvals".split():
    op(f"linalg.{_name}").maybe(Arg((2, 2), "float16"))
op("linalg.det")(SINGULAR)(ONE_SINGULAR)(NAN)(v([[1.0, 2.0], [3.0, 4.0]], "float32"))(f(20, 20))(f(70, 70))
op("linalg.slogdet")(SINGULAR.const)(ONE_SINGULAR.const)(NAN.const)(f(20, 20))
op("linalg.inv").error(_LinAlgError, SINGULAR).error(_LinAlgError, ONE_SINGULAR)(NAN)(well(20, 20))
op("linalg.inv_ex")(SINGULAR)(ONE_SINGULAR).error(_LinAlgError, SINGULAR, check_errors=True)(
    well(3, 3), check_errors=True
)
op("linalg.matrix_exp")(v([[0.0, 40.0], [-40.0, 0.0]]))(v([[[0.0, 1e-9], [0.0, 0.0]], [[9.0, 1.0], [0.0, -9.0]]]))(
    NAN.const
)(f(6, 6))
op("linalg.eigvals")(v([[0.0, 1.0], [-1.0, 0.0]]))

# ---- factors
op("linalg.cholesky")(positive(3, 3))(positive(2, 3, 3))(positive(3, 3, dtype="float32"))(positive(3, 3), upper=True)(
    positive(2, 2, 2), upper=True
)(positive(1, 1))(NONE)(f(0, 2, 2))(positive(3, 3).T).error(_LinAlgError, v([[1.0, 2.0], [2.0, 1.0]])).error(
    _LinAlgError, v([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 1.0]]])
).error(RuntimeError, f(2, 3)).error(RuntimeError, f(3)).error(RuntimeError, i(2, 2)).error(_LinAlgError, NAN).error(
    TypeError, 2
)(v([[2.0, 9.0], [1.0, 3.0]])).maybe(Arg((2, 2), "float16"))
op("linalg.cholesky_ex")(positive(3, 3))(v([[1.0, 2.0], [2.0, 1.0]]).const)(positive(2, 3, 3), upper=True)(
    v([[[1.0, 0.0], [0.0, 1.0]], [[4.0, 2.0], [2.0, 1.0]]]).const
).error(_LinAlgError, v([[1.0, 2.0], [2.0, 1.0]]), check_errors=True)(NONE)
op("linalg.qr")(f(3, 3))(f(5, 3))(f(3, 5))(f(2, 4, 3))(f(3, 4), "complete")(f(4, 3).const, mode="complete")(
    f(4, 3).const, "r"
)(f(3, 4).const, mode="r")(f32(4, 3))(f(4, 3).T)(f(0, 3))(f(3, 0).const)(f(2, 0, 3))(f(3, 0).const, "complete")(
    f(4, 3).S
).error(RuntimeError, f(3)).error(RuntimeError, i(2, 2)).error(RuntimeError, f(2, 2), "all").error(
    TypeError, f(2, 2), 1
).maybe(Arg((2, 2), "float16"))(imaginary(3, 3))
op("linalg.lu")(f(3, 3))(f(5, 3))(f(3, 5))(f(2, 3, 3))(f(2, 3, 2))(SINGULAR.const)(ONE_SINGULAR.const)(f32(4, 4))(NONE)(
    f(0, 3)
)(f(3, 0).const)(f(4, 4).S)(f(40, 40))(NAN.const)(imaginary(4, 4)).error(RuntimeError, f(3)).maybe(i(2, 2)).error(
    RuntimeError, f(2, 2), pivot=False
).error(TypeError, 1)
op("linalg.lu_factor")(f(3, 3))(f(5, 3))(f(3, 5))(f(2, 3, 3))(f32(4, 4))(NONE)(f(3, 4).T)(imaginary(3, 3)).error(
    RuntimeError, SINGULAR
).error(RuntimeError, ONE_SINGULAR).error(RuntimeError, f(3)).maybe(i(2, 2)).error(RuntimeError, f(2, 2), pivot=False)
op("linalg.lu_factor_ex")(f(3, 3))(SINGULAR.const)(ONE_SINGULAR.const).error(RuntimeError, SINGULAR, check_errors=True)
op("linalg.svd").call(lambda t, x: _products(t, t.linalg.svd(x)), f(3, 3)).call(
    lambda t, x: _products(t, t.linalg.svd(x, full_matrices=False)), f(5, 3)
).call(lambda t, x: _products(t, t.linalg.svd(x, full_matrices=False)), f(2, 3, 5)).call(
    lambda t, x: _products(t, t.linalg.svd(x)), f(3, 5)
).call(lambda t, x: _products(t, t.linalg.svd(x)), f32(4, 3)).call(lambda t, x: t.linalg.svd(x), f(3, 4).const).call(
    lambda t, x: t.linalg.svd(x), f(5, 3).const
).call(lambda t, x: t.linalg.svd(x), f(2, 3).const).call(lambda t, x: t.linalg.svd(x, False), f(2, 3, 7).const).call(
    lambda t, x: t.linalg.svd(x), f(1, 4).const
)(f(0, 3).const)(f(2, 3, 0).const)(f(3, 0).const, full_matrices=False)(f(0, 2, 2).const).error(
    RuntimeError, f(3)
).error(RuntimeError, i(2, 2)).error(_LinAlgError, NAN).error(TypeError, [1.0]).error(
    RuntimeError, f(2, 2), driver="gesvd"
).maybe(Arg((2, 2), "float16")).call(lambda t, x: (t.linalg.svd(x).U.abs(), t.linalg.svd(x).Vh.abs()), f(4, 4)).call(
    lambda t, x: _products(t, t.linalg.svd(x)), imaginary(3, 3)
)
op("linalg.svdvals")(f(3, 3))(f(5, 3))(f(2, 3, 5))(f32(3, 4))(f(0, 3).const)(f(2, 0, 3).const)(imaginary(3, 3)).error(
    RuntimeError, f(3)
).error(RuntimeError, i(2, 2)).error(_LinAlgError, NAN).error(TypeError, 2)
for _name in ("eigh", "eigvalsh"):
    op(f"linalg.{_name}").error(RuntimeError, f(3)).error(RuntimeError, f(2, 3)).maybe(i(2, 2)).error(
        RuntimeError, f(2, 2), "X"
    ).error(TypeError, 2)(NONE)(f(0, 2, 2))(v([[2.0]]))(v([[2.0, 1.0], [1.0, 2.0]]))(v([[2.0, 1.0], [1.0, 2.0]]), "U")(
        v([[2.0, 9.0], [1.0, 2.0]]), UPLO="L"
    )
op("linalg.eigvalsh")(positive(3, 3))(positive(2, 4, 4))(positive(3, 3, dtype="float32"))(f(3, 3), "U")
op("linalg.eigh").call(
    lambda t, x: (lambda w, q: (w, (q * w.unsqueeze(-2)) @ q.mT))(*t.linalg.eigh(x)), positive(3, 3)
).call(lambda t, x: (lambda w, q: (w, q.abs()))(*t.linalg.eigh(x)), positive(2, 4, 4)).call(
    lambda t, x: t.linalg.eigh(x).eigenvalues, positive(3, 3, dtype="float32")
)
op("linalg.eig")(NONE)(v([[3.0]])).error(RuntimeError, f(3)).error(RuntimeError, f(2, 3)).maybe(i(2, 2)).call(
    lambda t, x: (lambda w, q: (q * w.unsqueeze(-2)) @ t.linalg.inv(q))(*t.linalg.eig(x)), f(3, 3).const
).call(lambda t, x: t.linalg.eig(x).eigenvalues, v([[1.0, 2.0], [0.5, 3.0]]))

# ---- solutions
op("linalg.solve")(well(3, 3), f(3))(well(3, 3), f(3, 2))(well(2, 3, 3), f(2, 3))(well(2, 3, 3), f(3, 2))(
    well(2, 3, 3), f(3)
)(well(3, 3), f(2, 3, 4))(well(1, 3, 3), f(2, 3, 1))(well(3, 3), f(2, 3), left=False)(
    well(2, 3, 3), f(2, 4, 3), left=False
)(well(3, 3).T, f(3, 2).T)(NONE, f(0))(NONE, f(0, 2))(well(2, 2), f(2, 0))(well(3, 3, dtype="float32"), f32(3, 2))(
    imaginary(2, 2), imaginary(2, 2)
).error(_LinAlgError, SINGULAR, f(2)).error(_LinAlgError, ONE_SINGULAR, f(2, 2)).error(
    RuntimeError, well(3, 3), f(2)
).error(RuntimeError, f(2, 3), f(2)).error(RuntimeError, well(3, 3), f32(3)).error(RuntimeError, i(2, 2), i(2)).error(
    RuntimeError, well(3, 3), f()
).error(RuntimeError, f(3), f(3)).error(RuntimeError, well(3, 3, 3), f(2, 3, 1)).error(
    RuntimeError, well(3, 3), f(3, 2), left=False
).error(TypeError, well(3, 3), 2)
op("linalg.solve_ex")(well(3, 3), f(3))(SINGULAR.const, f(2).const)(ONE_SINGULAR.const, f(2, 2, 1).const).error(
    _LinAlgError, SINGULAR, f(2), check_errors=True
)
op("linalg.solve_triangular")(well(3, 3), f(3, 2), upper=True)(well(3, 3), f(3, 2), upper=False)(
    well(2, 3, 3), f(3, 2), upper=True
)(well(3, 3), f(2, 3, 2), upper=False, unitriangular=True)(well(3, 3), f(2, 3), upper=True, left=False)(
    well(2, 3, 3), f(4, 3), upper=False, left=False
)(well(3, 3).T, f(3, 2).T, upper=True)(v([[0.0, 1.0], [0.0, 1.0]]).const, f(2, 1).const, upper=True)(
    NONE, f(0, 2), upper=True
)(well(3, 3), f(3, 0), upper=True)(well(3, 3, dtype="float32"), f32(3, 1), upper=False)(
    v(np.eye(100) * 3 + np.triu(np.ones((100, 100)) / 50)), f(100, 2), upper=True
).error(TypeError, well(3, 3), f(3, 2)).error(RuntimeError, well(3, 3), f(3), upper=True).error(
    RuntimeError, well(3, 3), f(2, 2), upper=True
).error(RuntimeError, f(2, 3), f(2, 2), upper=True).error(RuntimeError, well(3, 3, 3), f(2, 3, 1), upper=True).maybe(
    i(2, 2), i(2, 2), upper=True
)
op("linalg.lstsq")(f(4, 3), f(4, 2))(f(3, 4), f(3, 2))(f(3, 3), f(3))(f(2, 4, 3), f(2, 4))(f(2, 4, 3), f(2, 4, 2))(
    f(0, 3).const, f(0, 2).const
)(f(3, 0).const, f(3, 2).const)(f32(4, 3), f32(4, 2))(SINGULAR.const, f(2).const).error(
    RuntimeError, f(4, 3), f(3, 2)
).error(RuntimeError, f(4), f(4)).error(RuntimeError, f(4, 3), f32(4, 1)).error(
    RuntimeError, f(4, 3), f(2, 4, 2)
).error(RuntimeError, f(4, 3), f()).error(RuntimeError, i(4, 3), i(4, 1)).error(
    RuntimeError, f(4, 3), f(4, 1), driver="lapack"
).error(TypeError, f(4, 3), 2)
for _driver in ("gels", "gelsd", "gelss"):
    op("linalg.lstsq")(f(4, 3), f(4, 2), driver=_driver)(f(3, 4), f(3, 2), driver=_driver)(
        f(2, 4, 3), f(2, 4), driver=_driver
    )
op("linalg.lstsq")(v([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]).const, f(3, 1).const, rcond=1e-9, driver="gelsd").error(
    _LinAlgError, v([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]), f(3, 1), driver="gels"
)
op("linalg.lu_solve").call(
    lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a), b), well(3, 3).const, f(3, 2).const
).call(lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a), b, left=False), well(3, 3).const, f(2, 3).const).call(
    lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a), b, adjoint=True), well(2, 3, 3).const, f(2, 3, 2).const
).call(lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a), b), well(3, 3), f(2, 2), raises=RuntimeError)

# ---- pseudo-inverse and rank
op("linalg.pinv")(f(4, 3))(f(3, 4))(f(2, 3, 3))(f32(3, 2))(SINGULAR.const)(f(0, 3))(f(2, 3, 0))(f(3, 3), rtol=0.5)(
    f(3, 3), atol=1.0
)(f(3, 3), 0.4)(f(2, 3, 3).const, v([0.1, 0.9]).const)(f(3, 3), atol=0.5, rtol=0.1)(
    positive(3, 3), hermitian=True
).error(RuntimeError, f(3)).error(RuntimeError, i(2, 2)).error(_LinAlgError, NAN)(imaginary(3, 2))
op("pinverse")(f(4, 3))(f(3, 4), 0.5)(f(3, 4), rcond=0.5)
op("linalg.matrix_rank")(f(4, 3))(SINGULAR)(ONE_SINGULAR)(f(0, 3))(f(2, 3, 0))(f(4, 3), 100.0)(f(4, 3), atol=1.0)(
    f(4, 3), rtol=0.5
)(f(2, 4, 3), atol=v([0.1, 9.0]))(positive(3, 3), hermitian=True)(positive(3, 3), 1.5, True)(f32(3, 3)).error(
    RuntimeError, f(3)
).error(RuntimeError, i(2, 2)).error(TypeError, 2).error(TypeError, f(2, 2), atol=1j)
op("linalg.matrix_power")(f(3, 3), 2)(f(3, 3), 3)(f(3, 3), 5)(f(3, 3), 1)(f(3, 3), 0)(well(3, 3), -2)(f(2, 3, 3), 4)(
    i(2, 2), 3
)(f(0, 0), 2)(f32(2, 2), 6).error(RuntimeError, f(2, 3), 2).error(RuntimeError, f(3), 2).error(
    TypeError, f(2, 2), 1.5
).error(_LinAlgError, SINGULAR, -1).error(RuntimeError, i(2, 2), -1).maybe(Arg((2, 2), "bool"), 2)(
    Arg((2, 2), "bool"), 0
)
op("matrix_power")(f(3, 3), 2)(f(3, 3), n=3)
op("matrix_exp")(f(3, 3))

# ---- norms
_ORDERS: tuple[Any, ...] = ("fro", "nuc", 2, -2, 1, -1, inf, -inf)
for _order in _ORDERS:
    op("linalg.matrix_norm")(f(3, 4), _order)(f(2, 4, 3), _order, (0, 1))(f(2, 3, 3), ord=_order, keepdim=True).maybe(
        f(0, 3).const, _order
    ).maybe(f(3, 0).const, _order)
    op("linalg.norm")(f(3, 4), _order)
op("linalg.matrix_norm")(f(3, 4))(f32(3, 4).const, dtype=of.float64)(f(2, 3, 4), "fro", dim=(2, 0))(f(3, 0).const, 1)(
    f(2, 3, 0).const, 2
).error(RuntimeError, f(3)).error(RuntimeError, i(2, 2)).error(RuntimeError, f(2, 2), "max").error(
    RuntimeError, f(2, 2), 3
).error(RuntimeError, f(2, 2), "fro", (0, 0)).error(RuntimeError, f(2, 2), "fro", (0,)).error(
    TypeError, f(2, 2), "fro", 0
).error(IndexError, f(2, 2), 1, (0, 5)).error(RuntimeError, f(2, 2), dtype=of.float32)
op("linalg.vector_norm")(f(3, 4))(f(3, 4), 1)(f(3, 4), 3.5, 1)(f(3, 4), inf)(f(3, 4), -inf, 0)(f(3, 4), 0, 1)(
    f(3, 4), -1.5
)(f(3, 4), 2, (0, 1), True)(f(3, 4), dim=())(f(3))(f())(f(0))(f(0, 3), inf, 1)(f32(3, 4).const, dtype=of.float64)(
    imaginary(2, 2)
)(f(3, 4).T, 2, 0).error(RuntimeError, f(0), inf).error(RuntimeError, f(0, 3), -1, 0).error(RuntimeError, i(3)).error(
    TypeError, f(3), "fro"
).error(RuntimeError, f(3), 1j).error(RuntimeError, f(3), 2, (0, 0)).error(IndexError, f(3), 2, 5).error(
    RuntimeError, f(3), dtype=of.float32
).error(RuntimeError, f(3), dtype=of.complex64).error(RuntimeError, f(3), dtype=of.int64)
op("linalg.norm")(f(2, 3, 4))(f(3), 1)(f(3, 4), None, 0)(f(3, 4), 3, 1)(f(2, 3, 4), 1, (0, 1))(f(3, 4), dim=(0, 1))(
    f(3), inf
)(f(3, 4), 2, 1, True).error(RuntimeError, f(2, 3, 4), 2).error(RuntimeError, f(3), "fro").error(
    RuntimeError, f(2, 3, 4), None, (0, 1, 2)
).error(RuntimeError, f(3, 4), "fro", 1).error(RuntimeError, f(3, 4), 3).error(RuntimeError, f(3, 4), 2, ())
# what PyTorch writes into the inverse of singular matrices stops its own backward pass
op("linalg.cond")(well(3, 3))(well(3, 4))(well(2, 3, 3), -2)(well(3, 3).const, 1)(well(3, 3).const, inf)(
    well(3, 3).const, "fro"
)(well(3, 3).const, "nuc")(well(3, 3).const, -1)(SINGULAR.const, 1)(ONE_SINGULAR.const, "fro")(NONE)(f(2, 0, 0), 1)(
    well(3, 3, dtype="float32")
).error(RuntimeError, f(3)).error(RuntimeError, f(2, 3), 1).error(RuntimeError, f(2, 2), 3).error(RuntimeError, i(2, 2))
op("norm")(f(3, 4), "nuc")(f(2, 3, 4), "nuc", (0, 1))(f(2, 3, 4), "nuc", (0, 1), True).error(
    RuntimeError, f(2, 3, 4), "nuc"
).error(RuntimeError, f(3, 4), "nuc", 1)
