"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.exp_family import ExponentialFamily
from chainrule.distributions.parameters import TwoOutcomes, broadcast_all, clamp_probs
from chainrule.nn import functional as F
from chainrule.tensor import Tensor

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(TwoOutcomes, ExponentialFamily):
    """Numbers between 0 and 1 with a density in proportion to `probs ** x * (1 - probs) ** (1 - x)`.

    What makes the density's integral 1 is `0 / 0` where `probs` is 1/2; within `lims` it comes from its Taylor series.
    Loaiza-Ganem and Cunningham (2019).

    >>> torch.distributions.ContinuousBernoulli(0.5).mean
    tensor(0.5000)
    """

    arg_constraints: Any = {"probs": constraints.unit_interval, "logits": constraints.real}
    support: Any = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0
    _parameters = {"probs": 0, "logits": 0}

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        self._take(probs, logits)
        if self._by_probs:
            if (validate_args if validate_args is not None else self._validate_args) and not bool(
                self.arg_constraints["probs"].check(self.probs).all()
            ):
                raise ValueError("The parameter probs has invalid values")
            self.probs = clamp_probs(self.probs)
        self._lims = lims
        super().__init__(self._param.shape, validate_args=validate_args)

    def _outside(self) -> Tensor:
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut_probs(self) -> Tensor:
        # Where the series is used, any other number, so that nothing is divided by 0.
        return chainrule.where(self._outside(), self.probs, self._lims[0])

    def _cont_bern_log_norm(self) -> Tensor:
        cut = self._cut_probs()
        below, above = cut.clamp(max=0.5), cut.clamp(min=0.5)
        quotient = ((-cut).log1p() - cut.log()).abs().log()
        usual = quotient - chainrule.where(cut <= 0.5, (-2.0 * below).log1p(), (2.0 * above - 1.0).log())
        x = (self.probs - 0.5).pow(2)
        return chainrule.where(self._outside(), usual, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self) -> Tensor:
        cut = self._cut_probs()
        usual = cut / (2.0 * cut - 1.0) + 1.0 / ((-cut).log1p() - cut.log())
        x = self.probs - 0.5
        return chainrule.where(self._outside(), usual, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.pow(2)) * x)

    @property
    def variance(self) -> Tensor:
        cut = self._cut_probs()
        usual = cut * (cut - 1.0) / (1.0 - 2.0 * cut).pow(2) + 1.0 / ((-cut).log1p() - cut.log()).pow(2)
        x = (self.probs - 0.5).pow(2)
        return chainrule.where(self._outside(), usual, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    @property
    def stddev(self) -> Tensor:
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with chainrule.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(chainrule.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        logits, value = broadcast_all(self.logits, value)
        return -F.binary_cross_entropy_with_logits(logits, value, reduction="none") + self._cont_bern_log_norm()

    def cdf(self, value: Tensor) -> Tensor:
        self._checked(value)
        cut = self._cut_probs()
        usual = (cut.pow(value) * (1.0 - cut).pow(1.0 - value) + cut - 1.0) / (2.0 * cut - 1.0)
        inside = chainrule.where(self._outside(), usual, value)
        return chainrule.where(value <= 0.0, 0.0, chainrule.where(value >= 1.0, 1.0, inside))

    def icdf(self, value: Tensor) -> Tensor:
        cut = self._cut_probs()
        part = (-cut + value * (2.0 * cut - 1.0)).log1p() - (-cut).log1p()
        return chainrule.where(self._outside(), part / (cut.log() - (-cut).log1p()), value)

    def entropy(self) -> Tensor:
        from_zero = (-self.probs).log1p()
        return self.mean * (from_zero - self.probs.log()) - self._cont_bern_log_norm() - from_zero

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Tensor:
        is_outside = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        cut = chainrule.where(is_outside, x, self._lims[0] - 0.5)
        usual = cut.exp().sub(1).abs().log() - cut.abs().log()
        return chainrule.where(is_outside, usual, 0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0)
