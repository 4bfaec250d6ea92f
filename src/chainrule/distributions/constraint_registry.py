"""From unconstrained numbers to where parameters and values must be.

`biject_to(constraint)` is a bijection, for densities; `transform_to(constraint)` any transform, for optimization.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from chainrule.distributions import constraints, transforms

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """Which transform leads to which constraint; `register` says more.

    >>> torch.distributions.transform_to(torch.distributions.constraints.positive)(torch.tensor(0.0))
    tensor(1.)
    """

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], transforms.Transform]] = {}

    def register(self, constraint: Any, factory: Callable[[Any], transforms.Transform] | None = None) -> Any:
        """Have `factory(constraint)` called for constraints of this class, or of this one's; or decorate it."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, constraints.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: constraints.Constraint) -> transforms.Transform:
        """The transform to a constraint."""
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _to_half_line(bound: str, direction: int) -> Callable[[Any], transforms.Transform]:
    def transform(constraint: Any) -> transforms.Transform:
        end = transforms.AffineTransform(getattr(constraint, bound), direction)
        return transforms.ComposeTransform([transforms.ExpTransform(), end])

    return transform


def _is_number(value: Any, number: int) -> bool:
    return isinstance(value, numbers.Real) and value == number


def _to_interval(constraint: Any) -> transforms.Transform:
    low, high = constraint.lower_bound, constraint.upper_bound
    if _is_number(low, 0) and _is_number(high, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


def _register_in(registry: ConstraintRegistry) -> None:
    # The ways that both go; those to parts lead by the registry itself.
    def to_parts(constraint: Any) -> list[transforms.Transform]:
        return [registry(part) for part in constraint.cseq]

    ways: dict[Any, Callable[[Any], transforms.Transform]] = {
        constraints.real: lambda constraint: transforms.identity_transform,
        constraints.independent: lambda constraint: transforms.IndependentTransform(
            registry(constraint.base_constraint), constraint.reinterpreted_batch_ndims
        ),
        constraints.greater_than: _to_half_line("lower_bound", 1),
        constraints.greater_than_eq: _to_half_line("lower_bound", 1),
        constraints.less_than: _to_half_line("upper_bound", -1),
        constraints.interval: _to_interval,
        constraints.half_open_interval: _to_interval,
        constraints.corr_cholesky: lambda constraint: transforms.CorrCholeskyTransform(),
        constraints.cat: lambda constraint: transforms.CatTransform(
            to_parts(constraint), constraint.dim, constraint.lengths
        ),
        constraints.stack: lambda constraint: transforms.StackTransform(to_parts(constraint), constraint.dim),
    }
    for constraint, factory in ways.items():
        registry.register(constraint, factory)


_register_in(biject_to)
_register_in(transform_to)
biject_to.register(constraints.simplex, lambda constraint: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda constraint: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda constraint: transforms.LowerCholeskyTransform())
transform_to.register(constraints.positive_definite, lambda constraint: transforms.PositiveDefiniteTransform())
transform_to.register(constraints.positive_semidefinite, lambda constraint: transforms.PositiveDefiniteTransform())
