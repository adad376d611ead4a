"""Well-known parametrizations. 常用的重参数化。

Source: Salimans & Kingma 2016, "Weight normalization"; Miyato et al. 2018, "Spectral normalization for GANs".
"""

from __future__ import annotations

from typing import Any

from tidu._limits import finfo
from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.linalg import householder_product, matrix_exp, solve
from tidu.nn import functional as F
from tidu.nn.modules.module import Module
from tidu.nn.utils.parametrize import register_parametrization

allclose, cat, eye, geqrf, norm_except_dim, randn, zeros_like, _weight_norm = (
    FUNCTIONS[name]
    for name in ("allclose", "cat", "eye", "geqrf", "norm_except_dim", "randn", "zeros_like", "_weight_norm")
)


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """权重归一化 / The weight as a length ``original0`` for each slice along ``dim``, and a direction ``original1``."""
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


class _SpectralNorm(Module):
    """Divides by the largest singular value, which a step of the power method an update follows."""

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        n = weight.dim()
        if not -n <= dim < n:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{n}, {n - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim, self.n_power_iterations, self.eps = dim % n, n_power_iterations, eps
        if n > 1:
            with no_grad():
                matrix = self._matrix(weight)
                for name, size in zip(("_u", "_v"), matrix.shape, strict=True):
                    self.register_buffer(name, F.normalize(matrix.new_empty(size).normal_(0, 1), dim=0, eps=eps))
                self._iterate(matrix, 15)

    def _matrix(self, weight: Tensor) -> Tensor:
        moved = weight.movedim(self.dim, 0) if self.dim else weight
        made: Tensor = moved.flatten(1)
        return made

    def _iterate(self, matrix: Tensor, times: int) -> None:
        with no_grad():
            for _ in range(times):
                self._u.copy_(F.normalize(matrix.mv(self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(matrix.t().mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.dim() == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._iterate(matrix.detach(), self.n_power_iterations)
        return weight / self._u.clone().dot(matrix.mv(self._v.clone()))

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def output_dim(module: Module, dim: int | None) -> int:
    """输出所在的维 / Which dimension counts the outputs: the second one of transposed convolutions."""
    if dim is not None:
        return dim
    return 1 if type(module).__name__.startswith("ConvTranspose") else 0


def _weight_of(module: Module, name: str) -> Tensor:
    weight: Any = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """谱归一化 / The weight divided by its largest singular value, estimated as training goes on."""
    weight = _weight_of(module, name)
    made = _SpectralNorm(weight, n_power_iterations, output_dim(module, dim), eps)
    return register_parametrization(module, name, made)


def _is_orthogonal(q: Tensor) -> bool:
    rows, columns = q.shape[-2:]
    unit = eye(columns, dtype=q.dtype, device=q.device)
    return bool(allclose(q.mH @ q, unit, atol=10 * rows * finfo(q.dtype).eps))


def _make_orthogonal(a: Tensor) -> Tensor:
    """The nearest thing to ``a`` with orthonormal columns that a QR decomposition gives, signs as they are in R."""
    reflections, tau = geqrf(a)
    q = householder_product(reflections, tau)
    made: Tensor = q * reflections.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)
    return made


class _Orthogonal(Module):
    """A matrix with orthonormal columns (rows, where they are fewer), from one without constraints.

    ``matrix_exp`` and ``cayley`` make a rotation from a skew-symmetric matrix, ``householder`` from reflections. With a
    ``base``, which an assignment sets, the map starts there: Lezcano-Casado 2019, "Trivializations for gradient-based
    optimization on manifolds".
    """

    base: Any

    def __init__(self, weight: Tensor, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        flat = X.size(-2) < X.size(-1)
        x = X.mT if flat else X
        n, k = x.shape[-2:]
        if self.orthogonal_map == "householder":
            a = x.tril(-1)
            tau = 2.0 / (1.0 + (a * a).sum(-2))
            q = householder_product(a, tau) * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            x = x.tril()
            if n != k:
                x = cat([x, x.new_zeros(n, n - k).expand(*x.shape[:-2], -1, -1)], dim=-1)
            a = x - x.mH
            if self.orthogonal_map == "matrix_exp":
                q = matrix_exp(a)
            else:
                unit = eye(n, dtype=a.dtype, device=a.device)
                q = solve(unit - 0.5 * a, unit + 0.5 * a)
            q = q[..., :k] if n != k else q
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if flat else q

    def right_inverse(self, Q: Tensor) -> Tensor:
        with no_grad():
            if Q.shape != self.shape:
                raise ValueError(
                    f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
                )
            flat = Q.size(-2) < Q.size(-1)
            q = Q.mT if flat else Q
            n, k = q.shape[-2:]
            if not hasattr(self, "base"):
                if self.orthogonal_map != "householder":
                    raise NotImplementedError(
                        "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                        "use_trivialization=False."
                    )
                a, tau = geqrf(q)
                signs = a.diagonal(dim1=-2, dim2=-1)
                signs.sign_()
                signs[tau == 0.0] *= -1  # a reflection that is none
                return a.mT if flat else a
            if n != k:  # columns at random make it square
                drawn = randn(*q.shape[:-2], n, n - k, dtype=q.dtype, device=q.device)
                self.base = _make_orthogonal(cat([q, drawn], dim=-1))
            else:
                self.base = q.clone() if _is_orthogonal(q) else _make_orthogonal(q)
            origin = zeros_like(Q)
            origin.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
            return origin


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """正交参数化 / The weight a matrix with orthonormal columns, or rows where they are fewer.

    ``orthogonal_map``: "matrix_exp" (default for square ones), "cayley" or "householder" (default for others).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.orthogonal.html
    """
    weight = _weight_of(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1] or weight.is_complex()
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)


__all__ = ["orthogonal", "spectral_norm", "weight_norm"]
