"""Invertible functions whose volume change is known; what combines several is in `transform.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.distribution import Distribution
from chainrule.distributions.matrix_transforms import (
    CorrCholeskyTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
)
from chainrule.distributions.parameters import broadcast_all
from chainrule.distributions.parts_transforms import CatTransform, StackTransform
from chainrule.distributions.transform import (
    ComposeTransform,
    IndependentTransform,
    Transform,
    identity_transform,
    require_rank,
)
from chainrule.nn import functional as F
from chainrule.size import Size

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "CatTransform",
    "ComposeTransform",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "ExpTransform",
    "IndependentTransform",
    "LowerCholeskyTransform",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftplusTransform",
    "TanhTransform",
    "SoftmaxTransform",
    "StackTransform",
    "StickBreakingTransform",
    "Transform",
    "identity_transform",
]


# ---- element by element ----


class ExpTransform(Transform):
    """The exponential.

    >>> torch.distributions.transforms.ExpTransform()(torch.tensor(0.0))
    tensor(1.)
    """

    domain: Any = constraints.real
    codomain: Any = constraints.positive
    bijective: Any = True
    sign: Any = +1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExpTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x


class PowerTransform(Transform):
    """The power `exponent` of positive numbers.

    >>> torch.distributions.transforms.PowerTransform(torch.tensor(2.0))(torch.tensor(3.0))
    tensor(9.)
    """

    domain: Any = constraints.positive
    codomain: Any = constraints.positive
    bijective: Any = True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def with_cache(self, cache_size: int = 1) -> Transform:
        return self if self._cache_size == cache_size else PowerTransform(self.exponent, cache_size)

    @property
    def sign(self) -> Any:
        return self.exponent.sign()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and bool((self.exponent == other.exponent).all())

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return x.pow(self.exponent)

    def _inverse(self, y: Any) -> Any:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Sequence[int]) -> Size:
        return chainrule.broadcast_shapes(shape, getattr(self.exponent, "shape", ()))

    inverse_shape = forward_shape


class SigmoidTransform(Transform):
    """The logistic function.

    >>> torch.distributions.transforms.SigmoidTransform()(torch.tensor(0.0))
    tensor(0.5000)
    """

    domain: Any = constraints.real
    codomain: Any = constraints.unit_interval
    bijective: Any = True
    sign: Any = +1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SigmoidTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return clipped_sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        limits = chainrule.finfo(y.dtype)
        y = y.clamp(min=limits.tiny, max=1 - limits.eps)
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -F.softplus(-x) - F.softplus(x)


def clipped_sigmoid(x: Any) -> Any:
    """The logistic function, never 0 and never 1."""
    limits = chainrule.finfo(x.dtype)
    return chainrule.sigmoid(x).clamp(min=limits.tiny, max=1 - limits.eps)


class SoftplusTransform(Transform):
    """`log(1 + exp(x))`, which is `x` itself where that is above 20.

    >>> torch.distributions.transforms.SoftplusTransform()(torch.tensor(0.0))
    tensor(0.6931)
    """

    domain: Any = constraints.real
    codomain: Any = constraints.positive
    bijective: Any = True
    sign: Any = +1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SoftplusTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return F.softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -F.softplus(-x)


class TanhTransform(Transform):
    """The hyperbolic tangent; `cache_size=1` keeps the precision that its inverse loses near 1.

    >>> torch.distributions.transforms.TanhTransform()(torch.tensor(0.0))
    tensor(0.)
    """

    domain: Any = constraints.real
    codomain: Any = constraints.interval(-1.0, 1.0)
    bijective: Any = True
    sign: Any = +1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TanhTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        # 1 - tanh(x)**2 without the cancellation.
        return 2.0 * (math.log(2.0) - x - F.softplus(-2.0 * x))


class AbsTransform(Transform):
    """The absolute value, which is no bijection.

    >>> torch.distributions.transforms.AbsTransform()(torch.tensor(-1.0))
    tensor(1.)
    """

    domain: Any = constraints.real
    codomain: Any = constraints.positive

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AbsTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Transform):
    """`loc + scale * x`, on events of `event_dim` dimensions.

    >>> torch.distributions.transforms.AffineTransform(1.0, 2.0)(torch.tensor(3.0))
    tensor(7.)
    """

    bijective: Any = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.loc = loc
        self.scale = scale
        self._event_dim = event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    def _region(self) -> constraints.Constraint:
        return constraints.independent(constraints.real, self.event_dim) if self.event_dim else constraints.real

    domain: Any = constraints.dependent_property(_region, is_discrete=False)
    codomain: Any = constraints.dependent_property(_region, is_discrete=False)

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return AffineTransform(self.loc, self.scale, self.event_dim, cache_size=cache_size)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, AffineTransform)
            and _all_equal(self.loc, other.loc)
            and _all_equal(self.scale, other.scale)
        )

    __hash__ = Transform.__hash__

    @property
    def sign(self) -> Any:
        if isinstance(self.scale, (int, float)):
            return (self.scale > 0) - (self.scale < 0)
        return self.scale.sign()

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        shape = x.shape
        if isinstance(self.scale, (int, float)):
            size = chainrule.full_like(x, math.log(abs(self.scale)))
        else:
            size = self.scale.abs().log()
        if self.event_dim:
            size = size.reshape((*size.shape[: -self.event_dim], -1)).sum(-1)
            shape = shape[: -self.event_dim]
        return size.expand(shape)

    def forward_shape(self, shape: Sequence[int]) -> Size:
        return chainrule.broadcast_shapes(shape, getattr(self.loc, "shape", ()), getattr(self.scale, "shape", ()))

    inverse_shape = forward_shape


def _all_equal(one: Any, other: Any) -> bool:
    same = one == other
    return bool(same.all()) if hasattr(same, "all") else bool(same)


class CumulativeDistributionTransform(Transform):
    """The distribution function of a distribution.

    >>> normal = torch.distributions.Normal(0.0, 1.0)
    >>> torch.distributions.transforms.CumulativeDistributionTransform(normal)(torch.tensor(0.0))
    tensor(0.5000)
    """

    bijective: Any = True
    codomain: Any = constraints.unit_interval
    sign: Any = +1

    def __init__(self, distribution: Distribution, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self.distribution.log_prob(x)

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return CumulativeDistributionTransform(self.distribution, cache_size=cache_size)


# ---- of vectors, and of shapes ----


class ReshapeTransform(Transform):
    """Another shape of events.

    >>> torch.distributions.transforms.ReshapeTransform((4,), (2, 2))(torch.zeros(3, 4)).shape
    chainrule.Size([3, 2, 2])
    """

    bijective: Any = True

    def __init__(self, in_shape: Sequence[int], out_shape: Sequence[int], cache_size: int = 0) -> None:
        self.in_shape = Size(in_shape)
        self.out_shape = Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError("in_shape, out_shape have different numbers of elements")
        super().__init__(cache_size=cache_size)

    domain: Any = constraints.dependent_property(
        lambda self: constraints.independent(constraints.real, len(self.in_shape)), is_discrete=False
    )
    codomain: Any = constraints.dependent_property(
        lambda self: constraints.independent(constraints.real, len(self.out_shape)), is_discrete=False
    )

    def with_cache(self, cache_size: int = 1) -> Transform:
        if self._cache_size == cache_size:
            return self
        return ReshapeTransform(self.in_shape, self.out_shape, cache_size=cache_size)

    def _call(self, x: Any) -> Any:
        return x.reshape((*x.shape[: x.ndim - len(self.in_shape)], *self.out_shape))

    def _inverse(self, y: Any) -> Any:
        return y.reshape((*y.shape[: y.ndim - len(self.out_shape)], *self.in_shape))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x.new_zeros(x.shape[: x.ndim - len(self.in_shape)])

    def forward_shape(self, shape: Sequence[int]) -> Size:
        return _with_end(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        return _with_end(shape, self.out_shape, self.in_shape)


def _with_end(shape: Sequence[int], end: Size, instead: Size) -> Size:
    require_rank(shape, len(end))
    rest = len(shape) - len(end)
    if tuple(shape[rest:]) != end:
        raise ValueError(f"Shape mismatch: expected {Size(shape[rest:])} but got {end}")
    return Size((*shape[:rest], *instead))


class SoftmaxTransform(Transform):
    """The softmax of the last dimension, which is no bijection.

    >>> torch.distributions.transforms.SoftmaxTransform()(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """

    domain: Any = constraints.real_vector
    codomain: Any = constraints.simplex

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SoftmaxTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return F.softmax(x, dim=-1)

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def forward_shape(self, shape: Sequence[int]) -> Size:
        return Size(require_rank(shape, 1))

    inverse_shape = forward_shape


class StickBreakingTransform(Transform):
    """From vectors to shares of a whole, one more: each number says, by the logistic function, which part of the rest.

    >>> torch.distributions.transforms.StickBreakingTransform()(torch.zeros(2))
    tensor([0.3333, 0.3333, 0.3333])
    """

    domain: Any = constraints.real_vector
    codomain: Any = constraints.simplex
    bijective: Any = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StickBreakingTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        part = clipped_sigmoid(x - _left_over(x).log())
        rest = (1 - part).cumprod(-1)
        return F.pad(part, [0, 1], value=1) * F.pad(rest, [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        shares = y[..., :-1]
        rest = (1 - shares.cumsum(-1)).clamp(min=chainrule.finfo(y.dtype).tiny)
        return shares.log() - rest.log() + _left_over(shares).log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        x = x - _left_over(x).log()
        return (F.logsigmoid(x) - x + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> Size:
        *batch, size = require_rank(shape, 1)
        return Size((*batch, size + 1))

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        *batch, size = require_rank(shape, 1)
        return Size((*batch, size - 1))


def _left_over(x: Any) -> Any:
    # How many shares come after each, so that zeros give equal ones.
    return chainrule.arange(x.shape[-1], 0, -1, dtype=x.dtype)
