"""Batching rules of products and linear algebra, most of which broadcast over dimensions in front. 线性代数的规则。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidu._batch import EXPANDED, RULES, Level, each
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.ops.batching import by_calls, direct, ranked, rule, spread

Args = Sequence[Any]
Attrs = dict[str, Any]

for _name in """
    linalg_cholesky_ex linalg_cholesky linalg_qr linalg_lu linalg_lu_factor_ex linalg_lu_factor linalg_inv_ex linalg_inv
    linalg_eigh linalg_eig linalg_svd linalg_det linalg_slogdet linalg_matrix_exp cholesky
""".split():
    RULES[_name] = direct


def product(x: Tensor, y: Tensor) -> Any:
    """Of stacks of matrices, which broadcast."""
    return FUNCTIONS["matmul"](x, y)


@rule("linalg_qr")
def _qr(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    return (each if attrs["mode"] == "r" else direct)(op, level, args, batched, attrs)  # of which Q is empty


@rule("mm", "bmm", "matmul_nd")
def _matrices(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    x, y = args
    n = max(a._array.ndim - b for a, b in zip(args, batched, strict=True))
    return product(*[ranked(a, n) if b else a for a, b in zip((x, y), batched, strict=True)])


@rule("mv")
def _matrix_vector(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    x, y = args
    if not batched[1]:
        return product(x, y)
    if not batched[0]:
        return product(y, x.t())
    return product(x, y.unsqueeze(-1)).squeeze(-1)


@rule("dot", "vdot")
def _dot(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    x, y = args
    if op.name == "vdot":
        x = x.conj()
    if not batched[1]:
        return product(x, y)
    if not batched[0]:
        return product(y, x)
    return product(x.unsqueeze(1), y.unsqueeze(2)).reshape(level.size)


EXPANDED["outer"] = lambda x, y: x.unsqueeze(1) * y.unsqueeze(0)
EXPANDED["trace"] = lambda x: x.diagonal().sum()


@rule("linear")
def _linear(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    bias = args[2]
    if not batched[1] and not batched[2] and (bias is None or bias._array.ndim == 1):
        return op.record(args, attrs)

    def made(x: Any, w: Any, bias: Any) -> Any:
        times = x @ (w.t() if w.ndim > 1 else w)
        return times if bias is None else times + bias

    return by_calls(level, args, batched, made)


def _plus(product: Any) -> Any:
    """``beta * input + alpha * product(a, b)``, as logical tensors compute it."""

    def made(x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
        times = product(a, b)
        times = times if alpha == 1 else times * alpha
        if beta == 0:
            return times
        return (x if beta == 1 else x * beta) + times

    return made


for _name in ("addmm", "addmv", "baddbmm"):
    EXPANDED[_name] = _plus(lambda a, b: a @ b)
EXPANDED["addr"] = _plus(lambda a, b: a.unsqueeze(1) * b.unsqueeze(0))
EXPANDED["addbmm"] = _plus(lambda a, b: (a @ b).sum(0))


@rule("linalg_solve_triangular")
def _triangular(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    n = max(a._array.ndim - b for a, b in zip(args, batched, strict=True))
    return op.record([ranked(a, n) if b else a for a, b in zip(args, batched, strict=True)], attrs)


@rule("linalg_solve", "linalg_solve_ex")
def _solve(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    """What has a dimension less than the matrix is taken as vectors, one a matrix."""
    a, b = args
    m, n = (t._array.ndim - is_one for t, is_one in zip(args, batched, strict=True))
    if n == m and n > 1 and (batched[0] or m == 2):
        a, b = (t if is_one else spread(level, t) for t, is_one in zip(args, batched, strict=True))
        if a._array.shape[:-1] != b._array.shape:
            return op.record([a, b], attrs)
    if n == 1 and m == 2 and attrs["left"] and op.name == "linalg_solve":
        a = a if batched[0] else spread(level, a)
        b = (b if batched[1] else spread(level, b)).unsqueeze(-1)
        return op.record([a, b], attrs).squeeze(-1)
    return each(op, level, args, batched, attrs)


@rule("linalg_cross")
def _cross(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    args = [a if b else spread(level, a) for a, b in zip(args, batched, strict=True)]
    return op.record(args, {"dim": attrs["dim"] + 1})


@rule("cdist")
def _cdist(op: Any, level: Level, args: Args, batched: Args, attrs: Attrs) -> Any:
    n = max(a._array.ndim - b for a, b in zip(args, batched, strict=True))
    x, y = (ranked(a, n) if b else a for a, b in zip(args, batched, strict=True))
    return op.record([x, y], attrs)
