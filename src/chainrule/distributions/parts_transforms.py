"""Transforms of parts, which lie along a dimension as `torch.cat` or `torch.stack` puts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.parameters import sum_rightmost
from chainrule.distributions.transform import Transform

__all__ = ["CatTransform", "StackTransform"]


def _require_transforms(parts: Sequence[Any]) -> list[Any]:
    if not all(isinstance(part, Transform) for part in parts):
        raise AssertionError("All elements of tseq must be Transform instances")
    return list(parts)


def _require_dim(name: str, value: Any, dim: int) -> None:
    if not -value.ndim <= dim < value.ndim:
        raise AssertionError(f"dim {dim} out of range for {name} with {value.ndim} dimensions")


class CatTransform(Transform):
    """Transforms of the parts of a tensor that lie side by side along `dim`, `lengths` long (1 unless given).

    >>> transforms = torch.distributions.transforms
    >>> both = transforms.CatTransform([transforms.ExpTransform(), transforms.identity_transform], lengths=[1, 2])
    >>> both(torch.zeros(3))
    tensor([1., 0., 0.])
    """

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0
    ) -> None:
        parts = _require_transforms(tseq)
        super().__init__(cache_size=cache_size)
        self.transforms = [part.with_cache(cache_size) for part in parts] if cache_size else parts
        self.lengths = [1] * len(parts) if lengths is None else list(lengths)
        if len(self.lengths) != len(parts):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match transforms ({len(parts)})")
        self.dim = dim

    @property
    def event_dim(self) -> int:
        return max(part.event_dim for part in self.transforms)

    @property
    def length(self) -> int:
        """The length of all parts."""
        return sum(self.lengths)

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _parts(self, name: str, value: Any) -> Any:
        _require_dim("tensor" if name == "tensor" else name, value, self.dim)
        if value.size(self.dim) != self.length:
            shown = "x" if name == "tensor" else name
            raise AssertionError(f"{shown}.size({self.dim}) = {value.size(self.dim)} must equal length {self.length}")
        return value.split(self.lengths, self.dim)

    def _call(self, x: Any) -> Any:
        parts = zip(self.transforms, self._parts("tensor", x), strict=True)
        return chainrule.cat([transform(part) for transform, part in parts], dim=self.dim)

    def _inverse(self, y: Any) -> Any:
        parts = zip(self.transforms, self._parts("tensor", y), strict=True)
        return chainrule.cat([transform.inv(part) for transform, part in parts], dim=self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        terms = [
            sum_rightmost(transform.log_abs_det_jacobian(of_x, of_y), self.event_dim - transform.event_dim)
            for transform, of_x, of_y in zip(self.transforms, self._parts("x", x), self._parts("y", y), strict=True)
        ]
        dim = (self.dim if self.dim < 0 else self.dim - x.ndim) + self.event_dim
        return chainrule.cat(terms, dim=dim) if dim < 0 else sum(terms)

    @property
    def bijective(self) -> bool:
        return all(part.bijective for part in self.transforms)

    domain: Any = constraints.dependent_property(
        lambda self: constraints.cat([part.domain for part in self.transforms], self.dim, self.lengths)
    )
    codomain: Any = constraints.dependent_property(
        lambda self: constraints.cat([part.codomain for part in self.transforms], self.dim, self.lengths)
    )


class StackTransform(Transform):
    """Transforms of the parts of a tensor along `dim`, one for each.

    >>> transforms = torch.distributions.transforms
    >>> transforms.StackTransform([transforms.ExpTransform(), transforms.identity_transform])(torch.zeros(2))
    tensor([1., 0.])
    """

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        parts = _require_transforms(tseq)
        super().__init__(cache_size=cache_size)
        self.transforms = [part.with_cache(cache_size) for part in parts] if cache_size else parts
        self.dim = dim

    def with_cache(self, cache_size: int = 1) -> Transform:
        return self if self._cache_size == cache_size else StackTransform(self.transforms, self.dim, cache_size)

    def _parts(self, name: str, value: Any) -> Any:
        _require_dim(name, value, self.dim)
        if value.size(self.dim) != len(self.transforms):
            shown = "x" if name == "tensor" else name
            raise AssertionError(
                f"{shown}.size({self.dim}) = {value.size(self.dim)} must equal len(transforms) {len(self.transforms)}"
            )
        return value.unbind(self.dim)

    def _call(self, x: Any) -> Any:
        parts = zip(self.transforms, self._parts("tensor", x), strict=True)
        return chainrule.stack([transform(part) for transform, part in parts], dim=self.dim)

    def _inverse(self, y: Any) -> Any:
        parts = zip(self.transforms, self._parts("tensor", y), strict=True)
        return chainrule.stack([transform.inv(part) for transform, part in parts], dim=self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        parts = zip(self.transforms, self._parts("x", x), self._parts("y", y), strict=True)
        return chainrule.stack([transform.log_abs_det_jacobian(*values) for transform, *values in parts], dim=self.dim)

    @property
    def bijective(self) -> bool:
        return all(part.bijective for part in self.transforms)

    domain: Any = constraints.dependent_property(
        lambda self: constraints.stack([part.domain for part in self.transforms], self.dim)
    )
    codomain: Any = constraints.dependent_property(
        lambda self: constraints.stack([part.codomain for part in self.transforms], self.dim)
    )
