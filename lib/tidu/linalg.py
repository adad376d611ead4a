"""Linear algebra, as ``torch.linalg`` names it. 线性代数。

Source: https://docs.pytorch.org/docs/stable/linalg.html
"""

from tidu.ops import decompose as _decompose
from tidu.ops import solve as _solve
from tidu.ops import spectral as _spectral
from tidu.ops import triangular as _triangular
from tidu.ops.decompose import lu
from tidu.ops.matrices import LinAlgError
from tidu.ops.matrices import entitled as _entitled
from tidu.ops.spectral import eigvals, eigvalsh, svdvals

_OPS = {
    "inv": _solve.inv, "inv_ex": _solve.inv_ex, "solve": _solve.solve, "solve_ex": _solve.solve_ex, "det": _solve.det,
    "slogdet": _solve.slogdet, "solve_triangular": _triangular.solve_triangular, "cholesky": _decompose.cholesky,
    "cholesky_ex": _decompose.cholesky_ex, "qr": _decompose.qr, "lu_factor": _decompose.lu_factor,
    "lu_factor_ex": _decompose.lu_factor_ex, "eigh": _spectral.eigh, "eig": _spectral.eig, "svd": _spectral.svd,
}  # fmt: skip

for _name, _op in _OPS.items():
    globals()[_name] = _entitled(_op.public, _name, _op.__doc__)
