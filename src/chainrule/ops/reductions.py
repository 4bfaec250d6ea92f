"""Sums, means and products of elements, along some dimensions or all; counting; and what is made of these.

`dim` is an integer or several, `keepdim` keeps a reduced dimension with size 1; NumPy's `axis` and `keepdims` say the
same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.dtypes import as_numpy_dtype, default_float, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, NOT_DIFFERENTIABLE, op
from chainrule.kernels.selection import nothing_of
from chainrule.kernels.summation import sum_along
from chainrule.kernels.zero_times_infinity import left_aside
from chainrule.ops.reduced_dimensions import (
    axes,
    largest_of,
    over,
    product_of,
    reduced_count,
    reduced_dims,
    restored,
    spread,
    sum_of,
)


def _accumulator(self: Any, dtype: Any) -> Any:
    # The type of a sum: as asked for, else int64 for what counts, so that small integers do not overflow.
    if dtype is not None:
        return as_numpy_dtype(dtype)
    own = self.dtype
    return own if own.kind in "fc" else np.int64


# ---- sums ----


@op(
    kind=LINEAR,
    node_name=lambda self, dim, keepdim, dtype: "SumBackward0" if dim is None else "SumBackward1",
    self=spread,
    batching=batches.along("dim"),
)
def sum(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The sum of the elements along `dim`, of all of them by default; integers and booleans are summed as int64.

    >>> torch.sum(torch.tensor([[1, 2], [3, 4]]), 0)
    tensor([4, 6])
    """
    if dtype is None and (dim is None or type(dim) is int) and self.dtype.kind in "fc":
        # What most calls are; of a dimension that is not there, what follows tells.
        try:
            return sum_along(self, dim, keepdim)
        except np.exceptions.AxisError:
            pass
    return sum_of(self, axes(dim, self.ndim), _accumulator(self, dtype), None, keepdim)


@op(
    selects=True,
    self=lambda grad, self, dim: np.where(np.isnan(self), 0, spread(grad, np.shape(self), dim)),
    batching=batches.along("dim"),
)
def nansum(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The sum along `dim`, in which NaN counts as 0.

    >>> torch.nansum(torch.tensor([1.0, float("nan")]))
    tensor(1.)
    """
    if self.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    left_aside(self)
    values = np.where(np.isnan(self), 0, self) if self.dtype.kind == "f" else self
    return sum_of(values, reduced_dims(dim, self.ndim), _accumulator(self, dtype), None, keepdim)


# ---- means ----


@op(
    kind=LINEAR,
    node_name=lambda self, dim, keepdim, dtype: "MeanBackward0" if dim is None else "MeanBackward1",
    self=lambda grad, self_shape, dim: spread(over(grad, reduced_count(self_shape, dim)), self_shape, dim),
    batching=batches.along("dim"),
)
def mean(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The mean of the elements along `dim`, of all of them by default.

    Raises RuntimeError for integers, which have no mean of their own type: say `dtype`.

    >>> torch.mean(torch.tensor([1.0, 2.0, 6.0]))
    tensor(3.)
    """
    if dtype is None and (dim is None or type(dim) is int) and self.dtype.kind in "fc" and self.itemsize > 2:
        # What most calls are; of a dimension that is not there, what follows tells.
        try:
            return over(sum_along(self, dim, keepdim), self.size if dim is None else self.shape[dim])
        except IndexError:  # as NumPy's AxisError is one
            pass
    wanted = self.dtype if dtype is None else as_numpy_dtype(dtype)
    if wanted.kind not in "fc":
        which = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point or complex dtype. "
            f"Got: {scalar_type_name(wanted)}"
        )
    dims = axes(dim, self.ndim)
    if wanted.itemsize == 2:
        return np.mean(self, dims, dtype=np.float32, keepdims=keepdim).astype(wanted)
    return sum_of(self, dims, wanted, None, keepdim) / reduced_count(self.shape, dim)


def _nanmean_backward(grad: Any, self: Any, dim: Any) -> Any:
    numbers = np.isnan(self) == 0
    count = restored(numbers.sum(dim).astype(grad.dtype), np.shape(self), dim)
    return np.where(numbers, restored(grad, np.shape(self), dim) / count, 0)


@op(node_name="DivBackward0", selects=True, self=_nanmean_backward, batching=batches.along("dim"))
def nanmean(self: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The mean along `dim` of the elements that are not NaN.

    >>> torch.nanmean(torch.tensor([1.0, 3.0, float("nan")]))
    tensor(2.)
    """
    if self.dtype.kind not in "fc":
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {scalar_type_name(self.dtype)}"
        )
    if self.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    left_aside(self)
    dims = reduced_dims(dim, self.ndim)
    numbers = ~np.isnan(self)
    accumulator = _accumulator(self, dtype)
    total = sum_of(np.where(numbers, self, 0), dims, accumulator, None, keepdim)
    return total / sum_of(numbers, dims, accumulator, None, keepdim)


# ---- products ----


def _prod_backward(grad: Any, self: Any, dim: Any) -> Any:
    if dim is None:
        return grad * product_of_others(self.reshape((-1,)), 0).reshape(np.shape(self))
    return restored(grad, np.shape(self), dim) * product_of_others(self, dim)


@op(
    node_name=lambda self, dim, keepdim, dtype: "ProdBackward0" if dim is None else "ProdBackward1",
    self=_prod_backward,
    batching=batches.along("dim", flat=True),
)
def prod(self: Any, dim: int | None = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The product of the elements along the one dimension `dim`, of all of them by default.

    >>> torch.prod(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
    tensor([ 2., 12.])
    """
    axis = None if dim is None else wrap_dim(dim, self.ndim)
    return product_of(self, axis if self.ndim else None, _accumulator(self, dtype), None, keepdim)


def _product_of_others_backward(grad: Any, self: Any, dim: int) -> Any:
    # Row k is self with a 1 in place of element k: leaving out i too gives the derivative of result i by element k.
    # So the formula is made of the operation itself, and right at every order, with any number of zeros.
    if np.ndim(self) == 0:
        return nothing_of(grad)
    along = np.moveaxis(self, dim, -1)
    itself = np.eye(np.shape(along)[-1], dtype=np.bool_)
    without_two = product_of_others(np.where(itself, 1, np.expand_dims(along, -2)), -1)
    weighted = np.where(itself, 0, np.expand_dims(np.moveaxis(grad, dim, -1), -2) * without_two)
    return np.moveaxis(weighted.sum(axis=-1), -1, dim)


@op(spaces="", self=_product_of_others_backward, batching=batches.along("dim"))
def product_of_others(self: Any, dim: int) -> Any:
    """For each element the product of all others along `dim`."""
    # Without a division, which zeros would not allow.
    if self.ndim == 0:
        return np.ones_like(self)
    along = np.moveaxis(self, dim, -1)
    others = np.ones_like(along)
    np.cumprod(along[..., :-1], axis=-1, out=others[..., 1:])
    if along.shape[-1] > 1:
        others[..., :-1] *= np.cumprod(along[..., :0:-1], axis=-1)[..., ::-1]
    return np.moveaxis(others, -1, dim)


# ---- logarithms of sums ----


def _logsumexp_backward(grad: Any, self: Any, result: Any, dim: Any) -> Any:
    total = restored(result, np.shape(self), dim)
    # The shares of the elements in the sum; none where all are -inf, or one is inf.
    share = np.exp(np.where(np.isinf(total), -math.inf, self - total))
    return restored(grad, np.shape(self), dim) * share


def _logsumexp_tangent(self: Any, self_t: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    total = restored(result, np.shape(self), dim)
    share = np.exp(np.where(np.isinf(total), -math.inf, self - total))
    dims = reduced_dims(dim, np.ndim(self))
    return (self_t * share).sum(axis=dims, keepdims=keepdim)


@op(spaces="torch Tensor special", self=_logsumexp_backward, batching=batches.along("dim"), tangent=_logsumexp_tangent)
def logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Any:
    """`log(sum(exp(x)))` along `dim`, without overflow.

    >>> torch.logsumexp(torch.tensor([1000.0, 1000.0]), 0)
    tensor(1000.6932)
    """
    if self.dtype.kind in "biu":
        self = self.astype(default_float())
    dims = reduced_dims(dim, self.ndim)
    if self.size == 0:
        return np.log(sum_of(np.exp(self), dims, keepdims=keepdim))
    # For complex numbers the largest real part.
    largest = largest_of(self.real, dims, keepdims=True)
    largest = np.where(np.isinf(largest), 0, largest)
    total = np.log(sum_of(np.exp(self - largest), dims, keepdims=True)) + largest
    return total if keepdim else total.reshape(np.delete(total.shape, dims or range(self.ndim)).astype(int))


# ---- truth and counting ----


def _truth(ufunc: Any, self: Any, dim: Any, keepdim: bool) -> Any:
    kind = self.dtype.kind
    found = ufunc.reduce(self if kind == "b" else self != 0, axes(dim, self.ndim), np.bool_, None, keepdim)
    # What is asked of uint8, which was the type of truth once, is answered in uint8.
    return found.astype(np.uint8) if kind == "u" and self.dtype == np.uint8 else found


@op(self=NOT_DIFFERENTIABLE, batching=batches.along("dim"))
def all(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether all elements along `dim` are true (not zero).

    >>> torch.all(torch.tensor([[True, False], [True, True]]), dim=1)
    tensor([False,  True])
    """
    return _truth(np.logical_and, self, dim, keepdim)


@op(self=NOT_DIFFERENTIABLE, batching=batches.along("dim"))
def any(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether an element along `dim` is true (not zero).

    >>> torch.any(torch.tensor([[False, False], [True, False]]), dim=1)
    tensor([False,  True])
    """
    return _truth(np.logical_or, self, dim, keepdim)


@op(self=NOT_DIFFERENTIABLE, batching=batches.along("dim"))
def count_nonzero(self: Any, dim: Any = None) -> Any:
    """How many elements along `dim` are not zero.

    >>> torch.count_nonzero(torch.tensor([0, 1, 2]))
    tensor(2)
    """
    if dim is None:
        return np.asarray(np.count_nonzero(self))
    return sum_of(self != 0, axes(dim, self.ndim), np.int64)
