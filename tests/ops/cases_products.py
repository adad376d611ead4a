"""Samples of products of tensors, of einsum, and of linear algebra by its old names."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.cases_decompose import ONE_SINGULAR, SINGULAR, _LinAlgError, imaginary, positive, well
from tests.ops.sample import b, f, f32, i, op, v

X, Y, Z = f(2, 3), f(3, 4), f(3, 3)


def einsum(*cases: tuple[Any, ...]) -> None:
    for case in cases:
        op("einsum")(*case)


einsum(
    ("ij->ji", X), ("ij", X), ("ji", X), ("ii->i", Z), ("ii", Z), ("ij->", X), ("ij->i", X), ("ij->j", X.T),
    ("ij,jk", X, Y), ("ij,jk->ik", X, Y), ("ij,jk->ki", X, Y), ("i,j->ij", f(3), f(2)), ("i,i", f(3), f(3)),
    ("...ij->...ji", f(2, 3, 4)), ("...", X), ("b...,b...->b...", X, X), ("bij,bjk->bik", f(2, 3, 4), f(2, 4, 3)),
    ("ijk,ilk->jl", f(2, 3, 4), f(2, 3, 4)), (" i j , j k -> i k ", X, Y), ("ij,jk,kl->il", X, Y, f(4, 2)),
    ("ij,kj", X, f(4, 3)), ("iij->ij", f(2, 2, 3)), ("iij->j", f(2, 2, 3)), ("ij...->...", f(2, 3, 4)),
    ("...ii->...i", f(4, 3, 3)), ("", f()), (",ij", f(), X), ("ij,", X, f()), ("a...a->...", f(2, 3, 2)),
    ("Ab,bA->A", X, f(3, 2)), ("i,i->i", f(3), f(1)), ("...a,...b->...", X, f(2, 4)), ("ij,ij->ij", X, X),
    ("ij,j->ij", X, f(3)), ("ij,ij->i", X, f(2, 3)), ("a,a,a->a", f(3), f(3), f(3)), ("ij,jk->ik", i(2, 3), i(3, 4)),
    ("ij,jk->ik", f32(2, 3), f32(3, 4)), ("...i,...i->...", f(2, 3, 4), f(3, 4)), ("ij,jk->ik", f(0, 3), f(3, 4)),
    ("ij,jk->ik", f(2, 0), f(0, 4)), ("ij,ik->ijk", f(2, 1), f(1, 3)), ("bhid,bhjd->bhij", f(2, 2, 3, 4), f(2, 2, 5, 4)),
    ("ijkl,mkln->ijmn", f(2, 1, 3, 2), f(2, 3, 2, 2)), ("ij,jk->ik", X.T.T, f(3, 2).S), ("ii,ii->i", Z, Z),
    (X, [0, 1], [1, 0]), (X, [0, 1], Y, [1, 2]), (X, [0, 1], Y, [1, 2], [2, 0]), (X, [..., 0], [0]), (Z, [0, 0], [0]),
    ("ij,jk->ik", [X, Y]),
)  # fmt: skip
for _case in (
    ("ij->ijj", X), ("ij->k", X), ("ij->ii", X), ("ijk", X), ("i", X), ("ij,jk", X, X), ("ij->ij", X, X), ("i1", X),
    ("i->i.", f(3)), ("i->..", f(3)), ("ij->ij->", X), ("i,i->", f(3), f(2)), ("ij,jk->ik", X, f32(3, 4)),
    ("ij,jk", X), ("ii", X), (X, [0, 0]), (X, [0]), ("...i...", X),
):  # fmt: skip
    op("einsum").error(RuntimeError, *_case)
op("einsum").error(ValueError, X, [0, 60]).error(ValueError, "ij").error(TypeError, "ij", 2)

op("tensordot")(f(2, 3, 4), f(3, 4, 2))(f(2, 3, 4), f(4, 3), 1)(f(2, 3), f(4), 0)(
    f(2, 3, 4), f(4, 3, 2), ([1, 2], [1, 0])
)(f(2, 3, 4), f(5, 3), ([1], [1]))(f(2, 3), f(3, 2), dims=([0, 1], [1, 0]))(f(3), f(3), 1)(
    f(2, 1), f(3, 2), ([0, 1], [1, 0])
)(i(2, 3), i(3, 2), 1)(f(0, 3), f(3, 2), 1)(f(2, 0), f(0, 2), 1)(f(4, 3, 2).T, f(2, 3), 1)(f32(2, 3), f32(3), 1).error(
    RuntimeError, f(2, 3), f(4, 3), 1
).error(RuntimeError, f(2, 3), f32(3, 2), 1).error(RuntimeError, f(2, 3), f(3, 2), -1).error(
    RuntimeError, f(2, 3), f(3, 2), 3
).error(RuntimeError, f(2, 3), f(3, 2), ([0, 1], [0])).error(IndexError, f(2, 3), f(3, 2), ([5], [0])).error(
    AttributeError, f(2, 3), 2
)
# PyTorch's kron leaves the version of its out= as it was, and refuses some layouts: called in the samples' own words
for _pair in (
    (f(3), f(2)), (f(2, 3), f(2)), (f(), f(2, 3)), (f(2, 3), f(3, 2)), (f(2, 2, 2), f(2, 1)), (i(2), f(2, 2)), (i(2), i(3)),
    (f(0, 2), f(2, 2)), (b(2), i(2)),
):  # fmt: skip
    op("kron").call(lambda t, x, y: t.kron(x, y), *_pair)
op("kron").error(TypeError, f(2), 2)
op("inner")(f(3), f(3))(f(2, 3), f(4, 3))(f(2, 3), f(3))(f(3), f(2, 3))(f(), f(2, 3))(f(2, 3), f())(
    f(2, 3, 4), f(5, 4)
)(i(2, 3), i(3))(f(0), f(0))(f32(2, 3), f32(3)).error(RuntimeError, f(3), f(2)).error(
    RuntimeError, f(2, 3), f(2, 2)
).error(RuntimeError, f(3), f32(3)).error(TypeError, f(3), 2)
op("vdot")(f(3), f(3))(i(3), i(3))(f(0), f(0))(f32(4), f32(4)).error(RuntimeError, f(3), f(2)).error(
    RuntimeError, f(2, 2), f(2, 2)
).error(RuntimeError, f(3), f32(3)).error(TypeError, f(3), 2)
op("cross")(f(3), f(3))(f(2, 3), f(2, 3))(f(3, 2), f(3, 2))(f(3, 3), f(3, 3))(f(2, 3), f(2, 3), 1)(
    f(3, 2), f(3, 2), dim=0
)(i(3), i(3))(f(2, 3), f(1, 3), -1)(f32(3), f32(3)).error(RuntimeError, f(2, 4), f(2, 4)).error(
    RuntimeError, f(2, 3), f(2, 3), 0
).error(RuntimeError, f(3), f(2, 3)).error(TypeError, f(3), 2)
op("linalg.cross")(f(3), f(3))(f(2, 3), f(2, 3))(f(3, 2), f(3, 2), dim=0)(f(2, 3), f(1, 3))(f(0, 3), f(0, 3))(
    f(3, 3).T, f(3, 3)
)(i(2, 3), i(2, 3)).error(RuntimeError, f(2, 4), f(2, 4)).error(RuntimeError, f(3), f(2, 3)).error(
    RuntimeError, f(3), f(2)
).error(TypeError, f(3), 2).error(IndexError, f(3), f(3), dim=3)
op("linalg.vecdot")(f(3), f(3))(f(2, 3), f(3))(f(2, 3), f(2, 3))(f(2, 3), f(2, 3), dim=0)(f(2, 1, 3), f(4, 3))(
    f(), f()
)(f(0), f(0))(f32(2, 3), f32(2, 3))(imaginary(2, 2), imaginary(2, 2)).error(RuntimeError, f(2, 3), f(2, 4)).error(
    RuntimeError, f(3), f32(3)
).error(RuntimeError, i(3), i(3)).error(TypeError, f(3), 2)
op("linalg.multi_dot")([f(2, 3), f(3, 4)])([f(2, 3), f(3, 4), f(4, 2)])([f(3), f(3, 2)])([f(2, 3), f(3)])([f(3), f(3)])(
    [f(3), f(3, 4), f(4)]
)([f(5, 2), f(2, 6), f(6, 1), f(1, 3)])([f(0, 3), f(3, 2)])([i(2, 2), i(2, 2)]).error(RuntimeError, [f(2, 2)]).error(
    RuntimeError, []
).error(RuntimeError, [f(2, 3), f(4, 2)]).error(RuntimeError, [f(2, 3), f32(3, 2)]).error(
    RuntimeError, [f(2, 2, 2), f(2, 2)]
).error(RuntimeError, [f(), f(2, 2)]).error(TypeError, 2)
op("chain_matmul")(f(2, 3), f(3, 4))(f(2, 3), f(3, 4), f(4, 2)).call(lambda t, x: t.chain_matmul(x), f(2, 3)).error(
    RuntimeError
).error(RuntimeError, f(3), f(3, 2))
op("linalg.diagonal")(f(3, 3))(f(2, 3, 4))(f(2, 3, 4), offset=1, dim1=0, dim2=1)(f(2, 3), offset=-1).error(
    IndexError, f(3)
).error(TypeError, f(2, 3), 1)
op("linalg.vander")(f(3))(f(3), N=2)(f(3), N=5)(f(2, 3))(i(3)).error(RuntimeError, b(3)).error(
    RuntimeError, f(3), N=0
).error(RuntimeError, f())
op("linalg.tensorinv")(v(np.eye(4).reshape(2, 2, 4) + 0.1), 2)(v(np.eye(4).reshape(4, 2, 2) + 0.1), ind=1).error(
    RuntimeError, f(2, 2, 4), 1
).error(RuntimeError, f(4, 4), 0)
op("linalg.tensorsolve")(v(np.eye(6).reshape(2, 3, 6) + 0.1), f(2, 3))(v(np.eye(6).reshape(2, 3, 2, 3) + 0.1), f(2, 3))(
    v(np.eye(6).reshape(2, 6, 3) + 0.1), f(2, 3), dims=(1,)
).error(RuntimeError, f(2, 3, 6), f(2, 2))
# its derivative is that of the products it is made of, under their names
op("linalg.householder_product")(f(4, 3).const, f(3).const)(f(2, 4, 2).const, f(2, 2).const)(f(4, 3).const, f(2).const)(
    f(0, 0).const, f(0).const
)(f32(3, 3).const, f32(3).const).error(RuntimeError, f(3, 4), f(3)).error(RuntimeError, f(4, 3), f(4)).error(
    RuntimeError, f(3), f(2)
).error(RuntimeError, f(4, 3), f32(3)).error(RuntimeError, f(2, 4, 3), f(3, 3)).maybe(i(3, 3), i(3))
op("linalg.matmul")(f(2, 3), f(3, 4))(f(3), f(3))
op("matmul")(imaginary(2, 2), imaginary(2, 2)).call(lambda t, x, y: y.__rmatmul__(x), f(2, 3), f(3, 2))

# ---- old names
op("inverse")(well(3, 3))(well(2, 3, 3)).error(_LinAlgError, SINGULAR).error(RuntimeError, f(2, 3)).error(TypeError, 2)
op("det")(well(3, 3))(well(2, 3, 3)).error(RuntimeError, f(2, 3))
op("slogdet")(well(3, 3))(well(2, 3, 3)).error(RuntimeError, f(2, 3))
op("logdet")(positive(3, 3))(positive(2, 3, 3))(v([[1.0, 2.0], [3.0, 4.0]]).const)(SINGULAR.const)(f(0, 0))(
    positive(3, 3, dtype="float32")
)(imaginary(2, 2)).error(RuntimeError, f(2, 3)).error(RuntimeError, i(2, 2)).error(TypeError, 2)
op("qr")(f(3, 3))(f(4, 3))(f(3, 4))(f(2, 4, 3))(f(4, 3).const, some=False)(f(4, 3).const, False).error(
    RuntimeError, f(3)
)
op("svd").call(lambda t, x: (t.svd(x).U.abs(), t.svd(x).S, t.svd(x).V.abs()), f(4, 3).const)(f(4, 4).const)(
    f(3, 4).const, some=False
)(f(3, 4).const, compute_uv=False)(f(4, 3).const, True, False)(f(2, 5, 3).const).error(RuntimeError, f(3))
op("cholesky")(positive(3, 3))(positive(2, 3, 3), upper=True)(positive(3, 3), True).error(
    _LinAlgError, v([[1.0, 2.0], [2.0, 1.0]])
).error(RuntimeError, f(2, 3)).error(RuntimeError, f(3))
op("cholesky_solve")(f(3, 2).const, v(np.tril(np.ones((3, 3)) + np.eye(3))).const)(
    f(3, 2).const, v(np.triu(np.ones((3, 3)) + np.eye(3))).const, upper=True
)(f(2, 3, 2).const, v(np.tril(np.ones((3, 3)) + np.eye(3))).const).error(RuntimeError, f(3), f(3, 3)).error(
    RuntimeError, f(2, 1), f(3, 3)
).error(RuntimeError, f(3, 1), f(2, 3))
op("cholesky_inverse")(v(np.tril(np.ones((3, 3)) + np.eye(3))).const)(
    v(np.triu(np.ones((3, 3)) + np.eye(3))).const, upper=True
).error(RuntimeError, f(2, 3))
op("lu")(f(3, 3))(f(2, 3, 4))(SINGULAR.const)(ONE_SINGULAR.const, get_infos=True)(f(4, 3), True, True)
op("lu_unpack").call(lambda t, x: t.lu_unpack(*t.linalg.lu_factor(x)), f(3, 3).const).call(
    lambda t, x: t.lu_unpack(*t.linalg.lu_factor(x), unpack_data=False), f(2, 4, 3).const
).call(lambda t, x: t.lu_unpack(*t.linalg.lu_factor(x), unpack_pivots=False), f(3, 4).const)
op("lu_solve").call(lambda t, a, y: t.lu_solve(y, *t.linalg.lu_factor(a)), well(3, 3).const, f(3, 2).const)
op("triangular_solve")(f(3, 2).const, well(3, 3).const)(f(3, 2).const, well(3, 3).const, upper=False)(
    f(3, 2).const, well(3, 3).const, transpose=True
)(f(3, 2).const, well(3, 3).const, False, True, True)(f(2, 3, 1).const, well(3, 3).const)
op("vander")(f(3).const)(f(3).const, 2)(f(3).const, N=5)(f(3).const, 3, True)(f(3).const, N=0)(f(3).const, N=1)(i(3))(
    f(0).const
).error(RuntimeError, f(2, 2)).error(RuntimeError, f(3), N=-1).error(TypeError, 2)
op("geqrf")(f(3, 3).const)(f(4, 3).const)(f(2, 3, 4).const)(f32(3, 2).const).error(RuntimeError, f(3)).maybe(i(2, 2))
op("orgqr").call(lambda t, x: t.orgqr(*t.geqrf(x)), f(4, 3).const).call(
    lambda t, x: t.orgqr(*t.geqrf(x)), f(2, 3, 3).const
)
for _left, _turned in ((True, False), (True, True), (False, False), (False, True)):
    op("ormqr").call(lambda t, x, y, a=_left, b=_turned: t.ormqr(*t.geqrf(x), y, a, b), f(3, 3).const, f(3, 3).const)
