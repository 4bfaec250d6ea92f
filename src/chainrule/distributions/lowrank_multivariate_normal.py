"""Normal vectors of few common causes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.distribution import Distribution
from chainrule.distributions.matrices import capacitance_factor, low_rank_log_det, low_rank_squared_length, times_vector
from chainrule.distributions.parameters import lazy_property, standard_normal
from chainrule.tensor import Tensor

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Distribution):
    """Normal vectors of the covariance `cov_factor @ cov_factor.mT + cov_diag`, where the factor has few columns.

    Only matrices of the number of columns are factored.

    >>> D = torch.distributions
    >>> D.LowRankMultivariateNormal(torch.zeros(2), torch.ones(2, 1), torch.ones(2)).covariance_matrix
    tensor([[2., 1.],
            [1., 2.]])
    """

    arg_constraints: Any = {
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }  # fmt: skip
    support: Any = constraints.real_vector
    has_rsample = True
    _parameters = {
        "loc": 1, "cov_factor": 2, "cov_diag": 1, "scale_tril": 2, "covariance_matrix": 2, "precision_matrix": 2,
    }  # fmt: skip

    def __init__(self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None) -> None:
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.ndim < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m")
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        try:
            batch_shape = chainrule.broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from error
        self.loc = loc.expand((*batch_shape, *event_shape))
        self.cov_diag = cov_diag.expand((*batch_shape, *event_shape))
        self.cov_factor = cov_factor.expand((*batch_shape, *cov_factor.shape[-2:]))
        super().__init__(batch_shape, event_shape, validate_args=validate_args)
        self._unbroadcasted_cov_factor = cov_factor
        self._unbroadcasted_cov_diag = cov_diag
        self._capacitance_tril = capacitance_factor(cov_factor, cov_diag)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """The squares of the standard deviations."""
        return self.cov_factor.pow(2).sum(-1) + self.cov_diag

    def _matrix(self, value: Tensor) -> Tensor:
        return value.expand((*self.batch_shape, *self.event_shape, *self.event_shape))

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The triangular factor of the covariance."""
        return chainrule.linalg.cholesky(self.covariance_matrix)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        factor = self._unbroadcasted_cov_factor
        return self._matrix(factor @ factor.mT + self._unbroadcasted_cov_diag.diag_embed())

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance, by the Woodbury identity."""
        diagonal = self._unbroadcasted_cov_diag
        through = self._unbroadcasted_cov_factor.mT / diagonal.unsqueeze(-2)
        solved = chainrule.linalg.solve_triangular(self._capacitance_tril, through, upper=False)
        return self._matrix(diagonal.reciprocal().diag_embed() - solved.mT @ solved)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        common = standard_normal((*shape[:-1], self.cov_factor.shape[-1]), self.loc.dtype)
        own = standard_normal(shape, self.loc.dtype)
        return (
            self.loc + times_vector(self._unbroadcasted_cov_factor, common) + self._unbroadcasted_cov_diag.sqrt() * own
        )

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        factor, diagonal = self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag
        square = low_rank_squared_length(factor, diagonal, value - self.loc, self._capacitance_tril)
        size = low_rank_log_det(diagonal, self._capacitance_tril)
        return -0.5 * (self.event_shape[0] * math.log(2 * math.pi) + size + square)

    def entropy(self) -> Tensor:
        size = low_rank_log_det(self._unbroadcasted_cov_diag, self._capacitance_tril)
        return (0.5 * (self.event_shape[0] * (1.0 + math.log(2 * math.pi)) + size)).expand(self.batch_shape)
