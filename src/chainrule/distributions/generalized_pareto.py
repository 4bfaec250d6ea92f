"""The generalized Pareto distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.distribution import Distribution
from chainrule.distributions.parameters import broadcast_all
from chainrule.tensor import Tensor

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """What is left of large values beyond `loc`: heavy tails for a positive `concentration`, an end for a negative one.

    >>> torch.distributions.GeneralizedPareto(0.0, 1.0, 0.0).cdf(torch.tensor(1.0))
    tensor(0.6321)
    """

    arg_constraints: Any = {
        "loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real,
    }  # fmt: skip
    has_rsample = True
    _parameters = {"loc": 0, "scale": 0, "concentration": 0}

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        end = chainrule.where(self.concentration < 0, self.loc - self.scale / self.concentration, math.inf)
        return constraints.interval(self.loc, end)

    def _curved(self) -> tuple[Tensor, Tensor]:
        # Where the concentration is about 0 the distribution is exponential: and any other number to divide by.
        is_flat = chainrule.isclose(self.concentration, chainrule.zeros_like(self.concentration))
        return is_flat, chainrule.where(is_flat, 1.0, self.concentration)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(chainrule.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def _log_survival(self, value: Tensor) -> Tensor:
        z = (value - self.loc) / self.scale
        is_flat, k = self._curved()
        return chainrule.where(is_flat, -z, -(k * z).log1p() / k)

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        z = (value - self.loc) / self.scale
        is_flat, k = self._curved()
        return chainrule.where(is_flat, -z, -(1 + 1 / k) * (k * z).log1p()) - self.scale.log()

    def log_survival_function(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of more than `value`."""
        self._checked(value)
        return self._log_survival(value)

    def log_cdf(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of not more than `value`."""
        self._checked(value)
        return (-self._log_survival(value).exp()).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        is_flat, k = self._curved()
        rest = (-value).log1p()
        return self.loc + self.scale * chainrule.where(is_flat, -rest, (-k * rest).expm1() / k)

    @property
    def mean(self) -> Tensor:
        usual = self.loc + self.scale / (1 - self.concentration)
        return chainrule.where(self.concentration < 1, usual, math.inf)

    @property
    def variance(self) -> Tensor:
        k = self.concentration
        return chainrule.where(k < 0.5, self.scale**2 / ((1 - k) ** 2 * (1 - 2 * k)), math.nan)

    def entropy(self) -> Tensor:
        return (self.scale.log() + self.concentration + 1).expand(self._batch_shape)

    @property
    def mode(self) -> Tensor:
        return self.loc
