"""Well-known parametrizations. 常用的重参数化。

Source: Salimans & Kingma 2016, "Weight normalization"; Miyato et al. 2018, "Spectral normalization for GANs".
"""

from __future__ import annotations

from typing import Any

from tidu._modes import no_grad
from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.module import Module
from tidu.nn.utils.parametrize import register_parametrization


def norm_except_dim(v: Tensor, dim: int | None) -> Tensor:
    """除一维外的范数 / The 2-norm over all dimensions but one, which stay with size 1; over all where it is None."""
    if dim is None or dim == -1:
        whole: Tensor = v.norm(2)
        return whole
    others = [d for d in range(v.dim()) if d != dim % v.dim()]
    made: Tensor = v.norm(2, others, True) if others else v.abs()
    return made


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return weight_v * (weight_g / norm_except_dim(weight_v, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except_dim(weight, self.dim), weight


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


def _output_dim(module: Module, dim: int | None) -> int:
    """Which dimension counts the outputs: the second one of transposed convolutions."""
    if dim is not None:
        return dim
    return 1 if type(module).__name__.startswith("ConvTranspose") else 0


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """谱归一化 / The weight divided by its largest singular value, estimated as training goes on."""
    weight: Any = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    made = _SpectralNorm(weight, n_power_iterations, _output_dim(module, dim), eps)
    return register_parametrization(module, name, made)


__all__ = ["spectral_norm", "weight_norm"]
