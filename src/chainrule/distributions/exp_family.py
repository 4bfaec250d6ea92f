"""Exponential families."""

from __future__ import annotations

from typing import Any

import chainrule
from chainrule.distributions.distribution import Distribution
from chainrule.tensor import Tensor

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """What has a density `exp(<natural parameters, statistics> - log_normalizer)` against some measure.

    A subclass that says its `_natural_params`, its `_log_normalizer` and its `_mean_carrier_measure` (the mean of the
    measure's logarithm) has its entropy from the derivative of the normalizer.

    >>> isinstance(torch.distributions.Normal(0.0, 1.0), torch.distributions.ExponentialFamily)
    True
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Tensor:
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> Any:
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """The mean of `-log_prob`: the normalizer less its derivative times the natural parameters."""
        natural = [parameter.detach().requires_grad_() for parameter in self._natural_params]
        with chainrule.enable_grad():
            normalizer = self._log_normalizer(*natural)
            slopes = chainrule.autograd.grad(normalizer.sum(), natural, create_graph=True)
        result: Any = -self._mean_carrier_measure + normalizer
        for parameter, slope in zip(natural, slopes, strict=True):
            term = parameter * slope
            result = result - term.reshape((*self._batch_shape, -1)).sum(-1)
        return result
