"""The rarer functions of linear algebra: Householder reflections, tensors as matrices. 反射变换与张量方程。"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidu._define import by_example, publish, return_type, write_several
from tidu._operands import check_tensors, write_out
from tidu._tensor import Tensor, wrap
from tidu.ops.matrices import adjoint, column_major, conj, dtype_name, eye_like, wants_lapack
from tidu.ops.solve import inv, solve


@by_example
def householder_product(input: Tensor, tau: Tensor, *, out: Any = None) -> Tensor:
    """反射变换之积 / The first columns of the product of reflections ``I - tau[i] v v^H``.

    ``v`` is column i of ``input``: zeros above row i, 1 in it, and below it what stands there.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.householder_product.html
    """
    check_tensors("linalg_householder_product", input=input, tau=tau)
    where = "torch.linalg.householder_product"
    if input.ndim < 2:
        raise RuntimeError(f"{where}: input must have at least 2 dimensions.")
    m, n = input.shape[-2:]
    if m < n:
        raise RuntimeError(f"{where}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if n < tau.shape[-1]:
        raise RuntimeError(f"{where}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if input.ndim != tau.ndim + 1 or input.shape[:-2] != tau.shape[:-1]:
        raise RuntimeError(
            f"{where}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(tau.shape[:-1])}"
        )
    if input.dtype != tau.dtype:
        kinds = [dtype_name(x._array) for x in (tau, input)]
        raise RuntimeError(f"{where}: tau dtype {kinds[0]} does not match input dtype {kinds[1]}")
    if input._array.dtype.kind not in "fc":
        raise NotImplementedError(f"\"orgqr_cpu\" not implemented for '{dtype_name(input._array)}'")
    one = eye_like(input._array, m)[:, :n]
    made: Any = wrap(column_major(np.broadcast_to(one, input.shape)))
    ones = wrap(one)
    vectors: Any = input.tril(-1) + ones
    for i in range(tau.shape[-1] - 1, -1, -1):
        v = vectors[..., i : i + 1]
        made = made - tau[..., i : i + 1].unsqueeze(-1) * (v @ (adjoint(v) @ made))
    return made if out is None else write_out("linalg_householder_product", made, out, (input, tau), "same")


@by_example
def geqrf(input: Tensor, *, out: Any = None) -> Any:
    """QR 分解的紧凑形式 / R on and above the diagonal, below it the reflections whose product is Q; and their factors.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.geqrf.html
    """
    check_tensors("geqrf", input=input)
    a = input._array
    if a.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    wants_lapack("geqrf_cpu", a)
    turned, tau = np.linalg.qr(a, "raw")
    found = return_type("geqrf", "a", "tau")((wrap(column_major(turned.swapaxes(-1, -2))), wrap(tau)))
    return found if out is None else write_several("geqrf", found, out, (input,))


def orgqr(input: Tensor, tau: Tensor, *, out: Any = None) -> Tensor:
    """反射变换之积 / ``linalg.householder_product`` by its old name.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.orgqr.html
    """
    return householder_product(input, tau, out=out)


@by_example
def ormqr(
    input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False, *, out: Any = None
) -> Tensor:
    """用反射变换乘矩阵 / Q times ``other``, or ``other`` times Q (``left=False``), with Q as ``geqrf`` gives it.

    ``transpose``: the adjoint of Q. Source: https://docs.pytorch.org/docs/stable/generated/torch.ormqr.html
    """
    check_tensors("ormqr", input=input, tau=tau, other=other)
    for name, x, least in (("input", input, 2), ("tau", tau, 1), ("other", other, 2)):
        if x.ndim < least:
            raise RuntimeError(f"ormqr(): argument '{name}' must have at least {least} dimensions, got {x.ndim}")
    m, k = input.shape[-2], tau.shape[-1]
    made: Any = other if left else adjoint(other)
    vectors: Any = input[..., :k].tril(-1) + wrap(eye_like(input._array, m)[:, :k])
    from_left = transpose if left else not transpose  # Q^H is made of the same reflections in the other order
    for i in range(k) if from_left else range(k - 1, -1, -1):
        v, factor = vectors[..., i : i + 1], tau[..., i : i + 1].unsqueeze(-1)
        made = made - (conj(factor) if from_left else factor) * (v @ (adjoint(v) @ made))
    made = made.mT.contiguous().mT if left else adjoint(made.contiguous())
    return made if out is None else write_out("ormqr", made, out, (input, tau, other), "same")


def tensorinv(A: Tensor, ind: int = 2, *, out: Any = None) -> Tensor:
    """张量的逆 / Inverse of a tensor that is read as a matrix of its first ``ind`` dimensions by the others.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.tensorinv.html
    """
    check_tensors("linalg_tensorinv", A=A)
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    first, last = A.shape[:ind], A.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{math.prod(last)} != {math.prod(first)}"
        )
    made = inv.public(A.reshape(math.prod(last), math.prod(first))).reshape(*last, *first)
    return made if out is None else write_out("linalg_tensorinv", made.contiguous(), out, (A,), "same quiet")


def tensorsolve(A: Tensor, B: Tensor, dims: Any = None, *, out: Any = None) -> Tensor:
    """张量方程 / X with ``tensordot(A, X, X.ndim) == B``; ``dims`` of A are moved to its end first.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.tensorsolve.html
    """
    check_tensors("linalg_tensorsolve", A=A, B=B)
    x: Any = A
    if dims is not None:
        x = A.movedim(tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    n, shape = math.prod(x.shape[: B.ndim]), x.shape[B.ndim :]
    if n != math.prod(shape):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {math.prod(shape)} != {n}"
        )
    made = solve.public(x.reshape(n, n), B.flatten()).reshape(shape)
    return made if out is None else write_out("linalg_tensorsolve", made, out, (A, B), "same quiet")


for _function in (geqrf, orgqr, ormqr):
    publish(_function.__name__, _function)
