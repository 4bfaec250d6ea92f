"""What becomes of a distribution when its values are transformed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.distribution import Distribution
from chainrule.distributions.independent import Independent
from chainrule.distributions.parameters import sum_rightmost
from chainrule.distributions.transform import ComposeTransform, Transform
from chainrule.size import Size
from chainrule.tensor import Tensor

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """The values of a distribution after one transform or several.

    Densities come by the change of volume, `log_prob(y) = base.log_prob(x) - log_abs_det_jacobian(x, y)`.

    >>> D = torch.distributions
    >>> log_normal = D.TransformedDistribution(D.Normal(0.0, 1.0), [D.ExpTransform()])
    >>> log_normal.log_prob(torch.tensor(1.0))
    tensor(-0.9189)
    """

    arg_constraints: Any = {}

    def __init__(
        self,
        base_distribution: Any,
        transforms: Transform | list[Transform],
        validate_args: bool | None = None,
    ) -> None:
        if isinstance(transforms, Transform):
            self.transforms = [transforms]
        elif not isinstance(transforms, list):
            raise ValueError(  # noqa: TRY004 (PyTorch's)
                f"transforms must be a Transform or list, but was {transforms}"
            )
        elif not all(isinstance(each, Transform) for each in transforms):
            raise ValueError("transforms must be a Transform or a list of Transforms")
        else:
            self.transforms = transforms
        base_shape = Size((*base_distribution.batch_shape, *base_distribution.event_shape))
        whole = ComposeTransform(self.transforms)
        domain_dim, codomain_dim = whole.domain.event_dim, whole.codomain.event_dim
        if len(base_shape) < domain_dim:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {domain_dim}, but got {base_shape}."
            )
        shape = whole.forward_shape(base_shape)
        # Transforms may broadcast, and may make an event of what was a batch.
        expanded = whole.inverse_shape(shape)
        if base_shape != expanded:
            rank = len(expanded) - len(base_distribution.event_shape)
            base_distribution = base_distribution.expand(expanded[:rank])
        more = domain_dim - len(base_distribution.event_shape)
        self.base_dist = Independent(base_distribution, more) if more > 0 else base_distribution
        event_dim = max(codomain_dim, len(self.base_dist.event_shape) + codomain_dim - domain_dim)
        cut = len(shape) - event_dim
        super().__init__(Size(shape[:cut]), Size(shape[cut:]), validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        new: Any = self._get_checked_instance(TransformedDistribution, _instance)
        new.transforms = self.transforms
        new.base_dist = self.base_dist.expand(self._shape_of_base(batch_shape))
        super(TransformedDistribution, new).__init__(Size(batch_shape), self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _shape_of_base(self, batch_shape: Sequence[int]) -> Size:
        shape = Size((*batch_shape, *self.event_shape))
        for transform in reversed(self.transforms):
            shape = transform.inverse_shape(shape)
        return Size(shape[: len(shape) - len(self.base_dist.event_shape)])

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        if not self.transforms:
            return self.base_dist.support
        region = self.transforms[-1].codomain
        more = len(self.event_shape) - region.event_dim
        return constraints.independent(region, more) if more > 0 else region

    @property
    def has_rsample(self) -> bool:
        """Whether the base can be drawn from as a function of its parameters."""
        return bool(self.base_dist.has_rsample)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with chainrule.no_grad():
            return self._forward(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self._forward(self.base_dist.rsample(sample_shape))

    def _forward(self, value: Any) -> Any:
        for transform in self.transforms:
            value = transform(value)
        return value

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        change: Any = 0.0
        event_dim = len(self.event_shape)
        y = value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            event_dim += transform.domain.event_dim - transform.codomain.event_dim
            change = change - sum_rightmost(
                transform.log_abs_det_jacobian(x, y), event_dim - transform.domain.event_dim
            )
            y = x
        return sum_rightmost(self.base_dist.log_prob(y), event_dim - len(self.base_dist.event_shape)) + change

    def _sign(self) -> Any:
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return sign

    def _from_the_other_side(self, probability: Any) -> Any:
        # What falls turns the distribution around.
        sign = self._sign()
        if isinstance(sign, int) and sign == 1:
            return probability
        return sign * (probability - 0.5) + 0.5

    def cdf(self, value: Tensor) -> Tensor:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        self.base_dist._checked(value)
        result: Tensor = self._from_the_other_side(self.base_dist.cdf(value))
        return result

    def icdf(self, value: Tensor) -> Tensor:
        result: Tensor = self._forward(self.base_dist.icdf(self._from_the_other_side(value)))
        return result
