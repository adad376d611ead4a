"""The normal distribution of vectors. 多元正态分布。"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.distributions import constraints
from tidu.distributions.constraints import Constraint
from tidu.distributions.distribution import Distribution
from tidu.distributions.utils import lazy_property
from tidu.linalg import cholesky, solve_triangular


class MultivariateNormal(Distribution):
    """多元正态分布 / Vectors with mean ``loc`` and one of: covariance, its inverse, or its Cholesky factor.

    Source: https://docs.pytorch.org/docs/stable/distributions.html#multivariatenormal
    """

    arg_constraints: ClassVar = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }  # fmt: skip
    has_rsample = True

    def __init__(
        self, loc: Tensor, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        matrices = {
            "scale_tril": scale_tril, "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix,
        }  # fmt: skip
        given = {name: m for name, m in matrices.items() if m is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        batch = FUNCTIONS["broadcast_shapes"](matrix.shape[:-2], loc.shape[:-1])
        self.__dict__[name] = matrix.expand((*batch, -1, -1))
        self.loc = loc.expand((*batch, -1))
        super().__init__(batch, self.loc.shape[-1:], validate_args)
        if name == "scale_tril":
            self._factor = matrix
        else:
            self._factor = cholesky(matrix) if name == "covariance_matrix" else _factor_of_inverse(matrix)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """Cholesky factor of the covariance. 协方差的 Cholesky 因子。"""
        return self._factor.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """Covariance. 协方差矩阵。"""
        full = self._factor @ self._factor.mT
        return full.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """Inverse of the covariance. 精度矩阵。"""
        inverse = FUNCTIONS["cholesky_inverse"](self._factor)
        return inverse.expand(self._batch_shape + self._event_shape + self._event_shape)

    @property
    def support(self) -> Constraint:
        return constraints.real_vector

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self._factor.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        draws = FUNCTIONS["normal"](self.loc.new_zeros(shape), self.loc.new_ones(shape))
        return self.loc + (self._factor @ draws.unsqueeze(-1)).squeeze(-1)

    def _half_log_det(self) -> Tensor:
        return self._factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_sample(value)
        away = solve_triangular(self._factor, (value - self.loc).unsqueeze(-1), upper=False).squeeze(-1)
        size = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (size + away.pow(2).sum(-1)) - self._half_log_det()

    def entropy(self) -> Tensor:
        entropy = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()
        return entropy if not self._batch_shape else entropy.expand(self._batch_shape)


def _factor_of_inverse(matrix: Tensor) -> Tensor:
    """The lower factor of the inverse: from the factor of the matrix turned around."""
    turned = cholesky(matrix.flip((-2, -1))).flip((-2, -1)).mT
    unit = FUNCTIONS["eye"](matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    return solve_triangular(turned, unit, upper=False)
