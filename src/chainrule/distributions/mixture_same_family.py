"""Mixtures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.categorical import Categorical
from chainrule.distributions.distribution import Distribution
from chainrule.size import Size
from chainrule.tensor import Tensor

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """A mixture: `mixture_distribution` says which along the last batch dimension of `component_distribution`.

    >>> D = torch.distributions
    >>> mixture = D.MixtureSameFamily(D.Categorical(torch.ones(2)), D.Normal(torch.tensor([0.0, 4.0]), 1.0))
    >>> mixture.mean, mixture.variance
    (tensor(2.), tensor(5.))
    """

    arg_constraints: Any = {}

    def __init__(
        self, mixture_distribution: Any, component_distribution: Any, validate_args: bool | None = None
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(  # noqa: TRY004 (PyTorch's)
                " The Mixture distribution needs to be an  instance of torch.distributions.Categorical"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(  # noqa: TRY004 (PyTorch's)
                "The Component distribution needs to be an instance of torch.distributions.Distribution"
            )
        of_mixture, of_components = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        if any(i != j and 1 not in {i, j} for i, j in zip(reversed(of_mixture), reversed(of_components), strict=False)):
            raise ValueError(
                f"`mixture_distribution.batch_shape` ({of_mixture}) is not "
                f"compatible with `component_distribution.batch_shape`({of_components})"
            )
        count, found = mixture_distribution.logits.shape[-1], component_distribution.batch_shape[-1]
        if count != found:
            raise ValueError(
                f"`mixture_distribution component` ({count}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({found})"
            )
        self._mixture_distribution = mixture_distribution
        self._component_distribution: Any = component_distribution
        self._num_component = count
        self._event_ndims = len(component_distribution.event_shape)
        super().__init__(of_components, component_distribution.event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        new: Any = self._get_checked_instance(MixtureSameFamily, _instance)
        new.__dict__.update(self.__dict__)
        new._component_distribution = self._component_distribution.expand((*batch_shape, self._num_component))
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        new._batch_shape = Size(batch_shape)
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """Which component."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components, along the last batch dimension."""
        return self._component_distribution

    def _weighted(self, values: Tensor) -> Tensor:
        probs = self._mixture_distribution.probs
        return (probs.reshape(*probs.shape, *[1] * self._event_ndims) * values).sum(-1 - self._event_ndims)

    @property
    def mean(self) -> Tensor:
        return self._weighted(self._component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        away = self._component_distribution.mean - self._padded(self.mean)
        return self._weighted(self._component_distribution.variance) + self._weighted(away.pow(2))

    def _padded(self, value: Tensor) -> Tensor:
        return value.unsqueeze(-1 - self._event_ndims)

    def cdf(self, value: Tensor) -> Tensor:
        values = self._component_distribution.cdf(self._padded(value))
        return (values * self._mixture_distribution.probs).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        of_components = self._component_distribution.log_prob(self._padded(value))
        return (of_components + self._mixture_distribution.logits.log_softmax(-1)).logsumexp(-1)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with chainrule.no_grad():
            which = self._mixture_distribution.sample(sample_shape)
            values = self._component_distribution.sample(sample_shape)
            dim = len(sample_shape) + len(self.batch_shape)
            which = which.reshape(*which.shape, *[1] * (self._event_ndims + 1))
            shape = (*values.shape[:dim], 1, *values.shape[dim + 1 :])
            return values.gather(dim, which.expand(shape)).squeeze(dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution!r},\n  {self.component_distribution!r})"
