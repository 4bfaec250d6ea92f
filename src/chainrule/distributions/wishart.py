"""Wishart's distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.chi2 import Chi2
from chainrule.distributions.exp_family import ExponentialFamily
from chainrule.distributions.matrices import factor_of_inverse, half_log_det
from chainrule.distributions.parameters import lazy_property
from chainrule.tensor import Tensor

__all__ = ["Wishart"]


class Wishart(ExponentialFamily):
    """Sums of `df` outer products of normal vectors, whose covariance is given in one of three forms.

    >>> torch.distributions.Wishart(torch.tensor(3.0), torch.eye(2)).mean
    tensor([[3., 0.],
            [0., 3.]])
    """

    support: Any = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0
    _parameters = {"df": 0, "covariance_matrix": 2, "precision_matrix": 2, "scale_tril": 2}

    @property
    def arg_constraints(self) -> Any:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Any,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        forms = {
            "scale_tril": scale_tril, "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix,
        }  # fmt: skip
        given = {name: matrix for name, matrix in forms.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.ndim < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        if not isinstance(df, Tensor):
            df = chainrule.tensor(float(df), dtype=matrix.dtype)
        batch_shape = chainrule.broadcast_shapes(matrix.shape[:-2], df.shape)
        event_shape = matrix.shape[-2:]
        self.df = df.expand(batch_shape)
        setattr(self, name, matrix.expand((*batch_shape, *event_shape)))
        if bool((self.df <= event_shape[-1] - 1).any()):
            raise ValueError(f"Value of df={self.df} expected to be greater than ndim - 1 = {event_shape[-1] - 1}.")
        self._unbroadcasted_scale_tril = (
            matrix if name == "scale_tril"
            else chainrule.linalg.cholesky(matrix) if name == "covariance_matrix"
            else factor_of_inverse(matrix)
        )  # fmt: skip
        super().__init__(batch_shape, event_shape, validate_args=validate_args)
        less = chainrule.arange(event_shape[-1], dtype=self._unbroadcasted_scale_tril.dtype)
        self._chi2 = Chi2(self.df.unsqueeze(-1) - less)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        new = super().expand(batch_shape, self._get_checked_instance(Wishart, _instance))
        new._chi2 = self._chi2.expand((*batch_shape, self.event_shape[-1]))
        return new

    def _matrix(self, value: Tensor) -> Tensor:
        return value.expand((*self.batch_shape, *self.event_shape))

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The triangular factor of the covariance."""
        return self._matrix(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        return self._matrix(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        return self._matrix(chainrule.cholesky_inverse(self._unbroadcasted_scale_tril))

    @property
    def mean(self) -> Tensor:
        return self.df.view((*self.batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        factor = self.df - self.covariance_matrix.shape[-1] - 1
        factor = chainrule.where(factor > 0, factor, math.nan)
        return factor.view((*self.batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        covariance = self.covariance_matrix
        diagonal = covariance.diagonal(dim1=-2, dim2=-1)
        products = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df.view((*self.batch_shape, 1, 1)) * (covariance.pow(2) + products)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        # Bartlett's decomposition: a triangle of normal numbers, with roots of chi squared on its diagonal.
        diagonal = self._chi2.rsample(sample_shape).clamp(min=chainrule.finfo(self.df.dtype).tiny).sqrt()
        size = self.event_shape[-1]
        below = chainrule.ones(size, size, dtype=chainrule.bool).tril(-1)
        triangle = diagonal.diag_embed()
        shape = (*self._extended_shape(sample_shape)[:-2], size * (size - 1) // 2)
        placed = chainrule.zeros(triangle.shape, dtype=triangle.dtype)
        placed[..., below] = chainrule.randn(shape, dtype=triangle.dtype)
        factor = self._unbroadcasted_scale_tril @ (triangle + placed)
        return factor @ factor.mT

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        size = self.event_shape[-1]
        half = self.df / 2
        of_value = chainrule.linalg.slogdet(value).logabsdet
        trace = chainrule.cholesky_solve(value, self._unbroadcasted_scale_tril).diagonal(dim1=-2, dim2=-1).sum(-1)
        normalizer = (
            self.df * size * math.log(2) / 2 + self.df * half_log_det(self._unbroadcasted_scale_tril)
            + half.mvlgamma(size)
        )  # fmt: skip
        return (self.df - size - 1) / 2 * of_value - trace / 2 - normalizer

    def entropy(self) -> Tensor:
        size = self.event_shape[-1]
        half = self.df / 2
        slopes = (half.unsqueeze(-1) - chainrule.arange(size, dtype=half.dtype) / 2).digamma().sum(-1)
        return (
            (size + 1) * (half_log_det(self._unbroadcasted_scale_tril) + size * math.log(2) / 2)
            + half.mvlgamma(size) - (self.df - size - 1) / 2 * slopes + self.df * size / 2
        )  # fmt: skip

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return -self.precision_matrix / 2, (self.df - self.event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Any, y: Any) -> Tensor:
        size = self.event_shape[-1]
        half = y + (size + 1) / 2
        return half * (size * math.log(2) - chainrule.linalg.slogdet(-2 * x).logabsdet) + half.mvlgamma(size)
