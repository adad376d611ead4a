"""Linear algebra, as ``torch.linalg`` names it. 线性代数。

Source: https://docs.pytorch.org/docs/stable/linalg.html
"""

from tidu._registry import FUNCTIONS as _FUNCTIONS
from tidu.ops import decompose as _decompose
from tidu.ops import solve as _solve
from tidu.ops import spectral as _spectral
from tidu.ops.lstsq import lstsq as _lstsq
from tidu.ops.matrices import entitled as _entitled
from tidu.ops.oldnames import linalg_lu_solve
from tidu.ops.products import linalg_cross, linalg_diagonal, linalg_vander
from tidu.ops.triangular import solve_triangular as _solve_triangular

det, inv = _FUNCTIONS["det"], _FUNCTIONS["inverse"]
matmul, matrix_exp, slogdet = _FUNCTIONS["matmul"], _FUNCTIONS["matrix_exp"], _FUNCTIONS["slogdet"]
diagonal = _entitled(linalg_diagonal, "diagonal")
vander = _entitled(linalg_vander, "vander")
lu_solve = _entitled(linalg_lu_solve, "lu_solve")

_OPS = {
    "cholesky": _decompose.cholesky, "cholesky_ex": _decompose.cholesky_ex, "cross": linalg_cross,
    "eig": _spectral.eig, "eigh": _spectral.eigh, "inv_ex": _solve.inv_ex, "lstsq": _lstsq,
    "lu_factor": _decompose.lu_factor, "lu_factor_ex": _decompose.lu_factor_ex, "qr": _decompose.qr,
    "solve": _solve.solve, "solve_ex": _solve.solve_ex, "solve_triangular": _solve_triangular, "svd": _spectral.svd,
}  # fmt: skip

for _name, _op in _OPS.items():
    globals()[_name] = _entitled(_op.public, _name, _op.__doc__)
