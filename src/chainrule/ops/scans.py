"""Running sums, products and extremes along a dimension, and differences of neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.dtypes import as_numpy_dtype
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.ops.arithmetic import logaddexp
from chainrule.ops.refusals import require_kernel
from chainrule.ops.sorting import add_along, elements_at

METHODS = ("diff",)
__all__ = ["diff"]


def _accumulated(ufunc: Any, self: Any, dim: int, dtype: Any) -> Any:
    dim = wrap_dim(dim, self.ndim)
    wanted = as_numpy_dtype(dtype) if dtype is not None else self.dtype if self.dtype.kind in "fc" else np.int64
    if self.ndim == 0:
        return self.astype(wanted)
    return np.ascontiguousarray(ufunc.accumulate(self, dim, wanted))


# ---- sums and products ----


def _sum_from_end(grad: Any, dim: int) -> Any:
    return np.flip(np.cumsum(np.flip(grad, dim), dim), dim) if np.ndim(grad) else grad


@op(kind=LINEAR, inplace=True, self=_sum_from_end, batching=batches.along("dim"))
def cumsum(self: Any, dim: int, dtype: Any = None) -> Any:
    """The sums of the elements along `dim` up to each one; integers and booleans are summed as int64.

    >>> torch.cumsum(torch.tensor([1, 2, 3]), 0)
    tensor([1, 3, 6])
    """
    return _accumulated(np.add, self, dim, dtype)


def _cumprod_backward(grad: Any, self: Any, result: Any, dim: int) -> Any:
    if np.ndim(self) == 0:
        return grad
    if (self != 0).all():
        return _sum_from_end(grad * result, dim) / self
    # With a zero no product can be divided by its factor: row k has the running products with a 1 for element k.
    along = np.moveaxis(self, dim, -1)
    size = np.shape(along)[-1]
    without = np.cumprod(np.where(np.eye(size, dtype=np.bool_), 1, np.expand_dims(along, -2)), axis=-1)
    reached = np.tri(size, dtype=np.bool_).T
    weighted = np.where(reached, np.expand_dims(np.moveaxis(grad, dim, -1), -2) * without, 0)
    return np.moveaxis(weighted.sum(axis=-1), -1, dim)


@op(inplace=True, self=_cumprod_backward, batching=batches.along("dim"))
def cumprod(self: Any, dim: int, dtype: Any = None) -> Any:
    """The products of the elements along `dim` up to each one.

    >>> torch.cumprod(torch.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 2., 6.])
    """
    return _accumulated(np.multiply, self, dim, dtype)


def _logcumsumexp_backward(grad: Any, self: Any, result: Any, dim: int) -> Any:
    if np.ndim(self) == 0:
        return grad
    # exp(self[k] - result[i]) for every i from k on. The exponent is never positive, so nothing overflows.
    whole = np.expand_dims(np.moveaxis(result, dim, -1), -2)
    part = np.expand_dims(np.moveaxis(self, dim, -1), -1)
    size = np.shape(self)[dim]
    counted = np.tri(size, dtype=np.bool_).T & np.isfinite(whole)
    share = np.exp(np.where(counted, part - np.where(counted, whole, 0), -np.inf))
    return np.moveaxis((np.expand_dims(np.moveaxis(grad, dim, -1), -2) * share).sum(axis=-1), -1, dim)


@op(self=_logcumsumexp_backward, batching=batches.along("dim"))
def logcumsumexp(self: Any, dim: int) -> Any:
    """`log(cumsum(exp(x)))` along `dim`, without overflow.

    >>> torch.logcumsumexp(torch.tensor([1000.0, 1000.0]), 0)
    tensor([1000.0000, 1000.6932])
    """
    require_kernel("logcumsumexp_out_cpu", "biu", self.dtype)
    if self.dtype.kind != "c":
        return _accumulated(np.logaddexp, self, dim, None)
    result = self.copy()
    along = np.moveaxis(np.atleast_1d(result), wrap_dim(dim, self.ndim), 0)
    for place in range(1, len(along)):
        along[place] = logaddexp(along[place - 1], along[place])
    return result


# ---- extremes ----


def _place_of_extreme_backward(grad: Any, indices: Any, self_shape: tuple[int, ...], dim: int) -> Any:
    if not self_shape:
        return grad
    dim = wrap_dim(dim, len(self_shape))
    return add_along(grad, indices, dim, self_shape[dim])


def _running(kernel: str, ufunc: Any, self: Any, dim: int) -> Any:
    dim = wrap_dim(dim, self.ndim)
    require_kernel(kernel, "c", self.dtype)
    if self.ndim == 0:
        return self.copy(), np.zeros((), np.int64)
    values = ufunc.accumulate(self, dim)
    # The last place that reached the value: where an element equals the extreme so far, or is NaN.
    position = np.arange(self.shape[dim]).reshape([-1 if i == dim else 1 for i in range(self.ndim)])
    reached = np.where((self == values) | np.isnan(self), position, 0)
    return values, np.maximum.accumulate(reached, dim)


@op(
    results=("values", "indices"),
    self=_place_of_extreme_backward,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim: (elements_at(self_t, indices, dim, keepdim=True), None),
)
def cummax(self: Any, dim: int) -> Any:
    """The largest element along `dim` up to each one, and its index, the last of several.

    >>> torch.cummax(torch.tensor([1.0, 3.0, 2.0]), 0).values
    tensor([1., 3., 3.])
    """
    return _running("cummax_cpu", np.maximum, self, dim)


@op(
    results=("values", "indices"),
    self=_place_of_extreme_backward,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim: (elements_at(self_t, indices, dim, keepdim=True), None),
)
def cummin(self: Any, dim: int) -> Any:
    """The smallest element along `dim` up to each one, and its index, the last of several.

    >>> torch.cummin(torch.tensor([3.0, 1.0, 2.0]), 0).values
    tensor([3., 1., 1.])
    """
    return _running("cummin_cpu", np.minimum, self, dim)


# ---- differences ----


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None, *, out: Any = None) -> Any:
    """The differences of neighbours along `dim`, taken `n` times; `prepend` and `append` are put at the ends first.

    >>> torch.diff(torch.tensor([1, 4, 9]))
    tensor([3, 5])
    """
    if input.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    dim = wrap_dim(dim, input.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    parts = [part for part in (prepend, input, append) if part is not None]
    if any(part.ndim != input.ndim for part in parts):
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    result: Any = np.concatenate(parts, axis=dim) if len(parts) > 1 else input
    for _ in range(min(n, result.shape[dim])):
        length = result.shape[dim]
        if length == 0:
            break
        later, earlier = result.narrow(dim, 1, length - 1), result.narrow(dim, 0, length - 1)
        result = later ^ earlier if _is_bool(result) else later - earlier
    return result if out is None else out.copy_(result)


def _is_bool(tensor: Any) -> bool:
    return bool(tensor._array.dtype.kind == "b")
