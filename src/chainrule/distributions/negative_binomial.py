"""Successes before so many failures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.distribution import Distribution
from chainrule.distributions.gamma import Gamma
from chainrule.distributions.parameters import TwoOutcomes
from chainrule.nn import functional as F
from chainrule.tensor import Tensor

__all__ = ["NegativeBinomial"]


class NegativeBinomial(TwoOutcomes, Distribution):
    """The number of successes, of probability `probs` or log-odds `logits`, before `total_count` failures.

    >>> torch.distributions.NegativeBinomial(2.0, torch.tensor(0.5)).mean
    tensor(2.)
    """

    arg_constraints: Any = {
        "total_count": constraints.greater_than_eq(0), "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }  # fmt: skip
    support: Any = constraints.nonnegative_integer
    _parameters = {"total_count": 0, "probs": 0, "logits": 0}

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.total_count = self._take(probs, logits, total_count)
        super().__init__(self._param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with chainrule.no_grad():
            rates = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return chainrule.poisson(rates.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        count = self.total_count
        powers = count * F.logsigmoid(-self.logits) + value * F.logsigmoid(self.logits)
        ways = -(count + value).lgamma() + (1.0 + value).lgamma() + count.lgamma()
        # Without failures to wait for, there is one way to be done at once.
        return powers - ways.masked_fill(count + value == 0.0, 0.0)
