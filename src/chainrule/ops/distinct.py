"""Distinct elements, and how often each value occurs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.ops.refusals import require_kernel

METHODS = ("unique", "unique_consecutive")
__all__ = ["unique", "unique_consecutive"]


def _no_derivative(name: str) -> Callable[..., Any]:
    def refuse(grad: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return refuse


@op(name="unique", spaces="", node_name="NotImplemented", self=_no_derivative("_unique2"))
def unique_values(self: Any, dim: int | None) -> Any:
    axis = None if dim is None else wrap_dim(dim, self.ndim)
    values, inverse, counts = np.unique(self, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
    return values, inverse.reshape(self.shape if axis is None else -1), counts


@op(name="unique_consecutive", spaces="", node_name="NotImplemented", self=_no_derivative("unique_consecutive"))
def unique_runs(self: Any, dim: int | None) -> Any:
    along = self.reshape(-1) if dim is None else np.moveaxis(self, wrap_dim(dim, self.ndim), 0)
    starts = np.ones(len(along), np.bool_)
    starts[1:] = (along[1:] != along[:-1]).reshape(len(along) - 1 if len(along) else 0, -1).any(1)
    values = along[starts] if dim is None else np.moveaxis(along[starts], 0, dim)
    inverse = np.cumsum(starts) - 1
    counts = np.diff(np.append(np.flatnonzero(starts), len(along)))
    return values, inverse.reshape(self.shape) if dim is None else inverse, counts


def _asked_for(found: tuple[Any, Any, Any], return_inverse: bool, return_counts: bool) -> Any:
    values, inverse, counts = found
    if not (return_inverse or return_counts):
        return values
    return (values, *((inverse,) if return_inverse else ()), *((counts,) if return_counts else ()))


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements (slices along `dim`) in order; where each element went, and how often each occurs.

    >>> torch.unique(torch.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    return _asked_for(unique_values(input, dim), return_inverse, return_counts)


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """As `unique`, but only neighbours that are equal become one, and the order stays.

    >>> torch.unique_consecutive(torch.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    return _asked_for(unique_runs(input, dim), return_inverse, return_counts)


@op(self=NOT_DIFFERENTIABLE, weights=NOT_DIFFERENTIABLE)
def bincount(self: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer from 0 to the largest occurs; with `weights`, the sum of the weights of each.

    >>> torch.bincount(torch.tensor([0, 2, 2]))
    tensor([1, 0, 2])
    """
    require_kernel("bincount_cpu", "bfc", self.dtype)
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if self.ndim != 1 or (self < 0).any():
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return np.bincount(self, minlength=minlength)
    if weights.shape != self.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    counted = np.bincount(self, weights, minlength)
    return counted.astype(np.float32) if weights.dtype == np.float32 else counted


@op(self=NOT_DIFFERENTIABLE)
def histc(self: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many elements fall into each of `bins` equal parts of the range from `min` to `max`.

    By default the range of the elements themselves; what lies outside is not counted.

    >>> torch.histc(torch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    require_kernel("histogram_cpu", "biuc", self.dtype)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if max < min:
        raise RuntimeError("torch.histc: max must be larger than min")
    low, high = min, max
    if low == high and self.size:
        low, high = float(self.min()), float(self.max())
    if low == high:
        low, high = low - 1, high + 1
    inside = self[(self >= low) & (self <= high)].astype(np.float64)
    place = np.minimum(((inside - low) * (bins / (high - low))).astype(np.int64), bins - 1)
    return np.bincount(place, minlength=bins).astype(self.dtype)
