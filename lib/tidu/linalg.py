"""Linear algebra, as ``torch.linalg`` names it. 线性代数。

Source: https://docs.pytorch.org/docs/stable/linalg.html
"""

from tidu._define import by_either_name as _by_either_name
from tidu._registry import FUNCTIONS as _FUNCTIONS
from tidu.ops import decompose as _decompose
from tidu.ops import determinant as _determinant
from tidu.ops import solve as _solve
from tidu.ops import spectral as _spectral
from tidu.ops.decompose import lu
from tidu.ops.examples import attach as _attach
from tidu.ops.lstsq import lstsq as _lstsq
from tidu.ops.matfun import matrix_rank, multi_dot, pinv
from tidu.ops.matrices import LinAlgError
from tidu.ops.matrices import entitled as _entitled
from tidu.ops.matrix_norm import cond, matrix_norm, norm, vector_norm
from tidu.ops.oldnames import linalg_lu_solve as _lu_solve
from tidu.ops.products import linalg_cross as _cross
from tidu.ops.products import linalg_diagonal as _diagonal
from tidu.ops.products import linalg_vander as _vander
from tidu.ops.products import vecdot
from tidu.ops.reflections import householder_product, tensorinv, tensorsolve
from tidu.ops.spectral import eigvals, eigvalsh, svdvals
from tidu.ops.triangular import solve_triangular as _solve_triangular

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve", "matmul",
    "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip

matrix_norm, norm = _by_either_name(matrix_norm), _by_either_name(norm)
vecdot, vector_norm = _by_either_name(vecdot), _by_either_name(vector_norm)
# The same functions as torch.matmul and so on.
matmul, matrix_exp, matrix_power = _FUNCTIONS["matmul"], _FUNCTIONS["matrix_exp"], _FUNCTIONS["matrix_power"]


def _public(name, op):
    return _entitled(op.public, name, op.__doc__)


cholesky, cholesky_ex = _public("cholesky", _decompose.cholesky), _public("cholesky_ex", _decompose.cholesky_ex)
cross = _public("cross", _cross)
diagonal = _entitled(_diagonal, "diagonal")
eig, eigh, svd = _public("eig", _spectral.eig), _public("eigh", _spectral.eigh), _public("svd", _spectral.svd)
det, slogdet = _public("det", _determinant.det), _public("slogdet", _determinant.slogdet)
inv = _public("inv", _solve.inv)
inv_ex, lstsq = _public("inv_ex", _solve.inv_ex), _public("lstsq", _lstsq)
lu_factor, lu_factor_ex = _public("lu_factor", _decompose.lu_factor), _public("lu_factor_ex", _decompose.lu_factor_ex)
lu_solve = _entitled(_lu_solve, "lu_solve")
qr = _public("qr", _decompose.qr)
solve, solve_ex = _public("solve", _solve.solve), _public("solve_ex", _solve.solve_ex)
solve_triangular = _public("solve_triangular", _solve_triangular)
vander = _entitled(_vander, "vander")

_attach({"linalg": globals()})
