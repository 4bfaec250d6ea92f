"""Student's t distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.chi2 import Chi2
from chainrule.distributions.distribution import Distribution
from chainrule.distributions.parameters import broadcast_all, standard_normal
from chainrule.tensor import Tensor

__all__ = ["StudentT"]


class StudentT(Distribution):
    """Student's t distribution with `df` degrees of freedom, around `loc`.

    >>> torch.distributions.StudentT(3.0).variance
    tensor(3.)
    """

    arg_constraints: Any = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support: Any = constraints.real
    has_rsample = True
    _parameters = {"df": 0, "loc": 0, "scale": 0, "_chi2": 0}

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return chainrule.where(self.df > 1, self.loc, math.nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        usual = self.scale.pow(2) * self.df / (self.df - 2)
        usual = chainrule.where(self.df == math.inf, self.scale.pow(2), usual)
        return chainrule.where(self.df > 2, usual, chainrule.where(self.df > 1, math.inf, math.nan))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        normal = standard_normal(self._extended_shape(sample_shape), self.df.dtype)
        square = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (normal * (square / self.df).rsqrt())

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        distance = (value - self.loc) / self.scale
        peak = (0.5 * (self.df + 1)).lgamma() - (0.5 * self.df).lgamma() - 0.5 * (math.pi * self.df).log()
        return peak - self.scale.log() - 0.5 * (self.df + 1.0) * (distance**2.0 / self.df).log1p()

    def entropy(self) -> Tensor:
        beta = (0.5 * self.df).lgamma() + math.lgamma(0.5) - (0.5 * (self.df + 1)).lgamma()
        slope = (0.5 * (self.df + 1)).digamma() - (0.5 * self.df).digamma()
        return self.scale.log() + 0.5 * (self.df + 1) * slope + 0.5 * self.df.log() + beta
