"""Largest, smallest and middle elements: their values, where they are, and both.

What names the element it takes (`max(dim)`, `median(dim)`, `mode`) sends the gradient to that element; what does not
(`max()`, `amax`, `median()`) shares it evenly among equal ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.ops import arithmetic
from chainrule.ops.reduced_dimensions import axes, largest_of, over, reduced_dims, reduced_shape, restored, smallest_of
from chainrule.ops.refusals import require_kernel
from chainrule.ops.sorting import chosen, chosen_backward, elements_at

METHODS = ("max", "min", "median", "nanmedian")
__all__ = ["max", "min", "median", "nanmedian"]


def _shared(grad: Any, self: Any, result: Any, dim: Any = None) -> Any:
    # The gradient in equal shares to all elements that equal the result.
    shape = np.shape(self)
    result = restored(result, shape, dim)
    taken = (self == result) | (np.isnan(self) & np.isnan(result))
    dims = reduced_dims(dim, len(shape))
    count = restored(taken.sum(dims).astype(grad.dtype), shape, dim)
    return np.where(taken, restored(grad, shape, dim) / count, 0)


def _shared_by_all(grad: Any, self: Any, result: Any) -> Any:
    if isinstance(grad, (np.ndarray, np.generic)):
        taken = self == result
        count = np.count_nonzero(taken)
        if not count:
            taken = np.isnan(self)
            count = np.count_nonzero(taken)
        gradient = np.zeros(self.shape, grad.dtype)
        gradient[taken] = grad if count == 1 else over(grad, count)
        return gradient
    return _shared(grad, self, result)


def _not_empty(name: str, self: Any, dim: Any, error: type[Exception] = RuntimeError, advice: bool = True) -> None:
    if self.size:
        return
    if dim is None or dim == () or not self.ndim:
        hint = " Specify the reduction dim with the 'dim' argument." if advice else ""
        raise error(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.{hint}")
    for d in (dim,) if isinstance(dim, int) else dim:
        if self.shape[wrap_dim(d, self.ndim)] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def _require_real(name: str, self: Any) -> None:
    if self.dtype.kind == "c":
        raise RuntimeError(f"{name}(): does not support complex input")


# ---- values ----


@op(self=_shared, batching=batches.along("dim"))
def amax(self: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest element along `dim`, of all by default; equal ones share the gradient.

    >>> torch.amax(torch.tensor([[1.0, 5.0], [3.0, 2.0]]), 0)
    tensor([3., 5.])
    """
    _not_empty("amax", self, dim)
    dims = axes(dim, self.ndim)
    require_kernel("max_values_cpu", "c", self.dtype)
    return largest_of(self, dims, None, None, keepdim)


@op(self=_shared, batching=batches.along("dim"))
def amin(self: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest element along `dim`, of all by default; equal ones share the gradient.

    >>> torch.amin(torch.tensor([[1.0, 5.0], [3.0, 2.0]]), 0)
    tensor([1., 2.])
    """
    _not_empty("amin", self, dim)
    dims = axes(dim, self.ndim)
    require_kernel("min_values_cpu", "c", self.dtype)
    return smallest_of(self, dims, None, None, keepdim)


def _aminmax_backward(grads: Any, self: Any, min: Any, max: Any, dim: Any) -> Any:
    parts = [
        _shared(grad, self, result, dim) for grad, result in zip(grads, (min, max), strict=True) if grad is not None
    ]
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


@op(results=("min", "max"), self=_aminmax_backward, batching=batches.along("dim"))
def aminmax(self: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element along the one dimension `dim`, of all by default.

    >>> torch.aminmax(torch.tensor([3.0, 1.0, 2.0])).max
    tensor(3.)
    """
    if self.size == 0:
        if dim is None:
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
            )
        if self.shape[wrap_dim(dim, self.ndim)] == 0:
            raise IndexError(f"aminmax: Expected reduction dim {wrap_dim(dim, self.ndim)} to have non-zero size.")
    require_kernel("aminmax_cpu", "c", self.dtype)
    dims = reduced_dims(dim, self.ndim)
    return smallest_of(self, dims, keepdims=keepdim), largest_of(self, dims, keepdims=keepdim)


# ---- places ----


def _arg(name: str, function: Callable[..., Any], self: Any, dim: int | None, keepdim: bool) -> Any:
    if self.dtype.kind in "bc":
        raise RuntimeError(f"{name}(): does not support {'bool' if self.dtype.kind == 'b' else 'complex'} input")
    if not self.size:
        _not_empty(name, self, dim, IndexError, advice=False)
    if dim is None or self.ndim == 0:
        reduced_dims(dim, self.ndim)
        return np.reshape(function(self), reduced_shape(self.shape, None) if keepdim else ())
    return function(self, wrap_dim(dim, self.ndim), keepdims=keepdim)


@op(self=NOT_DIFFERENTIABLE, batching=batches.along("dim", flat=True))
def argmax(self: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the first largest element along `dim`, by default among all elements in order.

    >>> torch.argmax(torch.tensor([1.0, 3.0, 3.0]))
    tensor(1)
    """
    return _arg("argmax", np.ndarray.argmax, self, dim, keepdim)


@op(self=NOT_DIFFERENTIABLE, batching=batches.along("dim", flat=True))
def argmin(self: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the first smallest element along `dim`, by default among all elements in order.

    >>> torch.argmin(torch.tensor([1.0, 0.0, 0.0]))
    tensor(1)
    """
    return _arg("argmin", np.ndarray.argmin, self, dim, keepdim)


# ---- values with their places ----


# Up to so many elements NumPy finds where the largest is four times as quickly as the largest itself; and along a
# dimension it is quicker to look for values again than to take them from their places.
FEW = 1 << 12


def _extreme_along(
    name: str, find: Callable[..., Any], reduce: Callable[..., Any], self: Any, dim: int, keepdim: bool
) -> Any:
    dim = wrap_dim(dim, self.ndim)
    if not self.size:
        _not_empty(name, self, dim)
    _require_real(name, self)
    if self.ndim == 0:
        return self.copy(), np.zeros((), np.int64)
    if self.size <= FEW:
        return reduce(self, dim, None, None, keepdim), find(self, dim, keepdims=keepdim)
    return chosen(self, find(self, dim, keepdims=True), dim, keepdim)


def _extreme_of_all(name: str, find: Callable[..., Any], reduce: Callable[..., Any], self: Any) -> Any:
    size = self.size
    if not size:
        _not_empty(name, self, None)
    kind = self.dtype.kind
    if kind == "f" and size <= FEW:
        return np.asarray(self.item(find(self)), self.dtype)
    require_kernel(f"{name}_all", "c", self.dtype)
    return reduce(self, None)


@op(
    name="max",
    spaces="",
    node_name="MaxBackward1",
    self=_shared_by_all,
    batching=batches.composed(lambda self: amax(self, ())),
)
def max_of_all(self: Any) -> Any:
    return _extreme_of_all("max", np.ndarray.argmax, largest_of, self)


@op(
    name="min",
    spaces="",
    node_name="MinBackward1",
    self=_shared_by_all,
    batching=batches.composed(lambda self: amin(self, ())),
)
def min_of_all(self: Any) -> Any:
    return _extreme_of_all("min", np.ndarray.argmin, smallest_of, self)


@op(
    name="max_dim",
    spaces="",
    node_name="MaxBackward0",
    results=("values", "indices"),
    self=chosen_backward,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim, keepdim: (elements_at(self_t, indices, dim, keepdim), None),
)
def max_along(self: Any, dim: int, keepdim: bool = False) -> Any:
    return _extreme_along("max", np.ndarray.argmax, largest_of, self, dim, keepdim)


@op(
    name="min_dim",
    spaces="",
    node_name="MinBackward0",
    results=("values", "indices"),
    self=chosen_backward,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim, keepdim: (elements_at(self_t, indices, dim, keepdim), None),
)
def min_along(self: Any, dim: int, keepdim: bool = False) -> Any:
    return _extreme_along("min", np.ndarray.argmin, smallest_of, self, dim, keepdim)


def _dim_of(name: str, dim: Any) -> int:
    if not hasattr(dim, "__index__"):
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({type(dim).__name__}), but expected one of: "
            "nothing, another tensor, or (int dim, bool keepdim=False)"
        )
    return dim


def max(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    axis: Any = None,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """The largest of all elements; with `dim` the largest along it and their indices; of two tensors their `maximum`.

    Equal elements share the gradient evenly, except with `dim`: then it goes to the element whose index is returned.

    >>> torch.max(torch.tensor([[1.0, 5.0], [3.0, 2.0]]))
    tensor(5.)
    >>> torch.max(torch.tensor([[1.0, 5.0], [3.0, 2.0]]), 0)
    chainrule.return_types.max(
    values=tensor([3., 5.]),
    indices=tensor([1, 0]))
    >>> torch.max(torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    tensor([2., 5.])
    """
    if dim is None and other is None and axis is None:
        return max_of_all(input) if out is None else max_of_all(input, out=out)
    other = dim if hasattr(dim, "shape") else other
    if other is not None:
        return arithmetic.maximum(input, other, out=out)
    return max_along(input, _dim_of("max", axis if dim is None else dim), keepdim or keepdims, out=out)


def min(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    axis: Any = None,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """The smallest of all elements; with `dim` the smallest along it and their indices; of two tensors their `minimum`.

    Equal elements share the gradient evenly, except with `dim`: then it goes to the element whose index is returned.

    >>> torch.min(torch.tensor([[1.0, 5.0], [3.0, 2.0]]))
    tensor(1.)
    >>> torch.min(torch.tensor([[1.0, 5.0], [3.0, 2.0]]), 0).indices
    tensor([0, 1])
    """
    if dim is None and other is None and axis is None:
        return min_of_all(input) if out is None else min_of_all(input, out=out)
    other = dim if hasattr(dim, "shape") else other
    if other is not None:
        return arithmetic.minimum(input, other, out=out)
    return min_along(input, _dim_of("min", axis if dim is None else dim), keepdim or keepdims, out=out)


# ---- the middle ----


def _middle(name: str, self: Any, axis: int, *, skip_nan: bool) -> Any:
    # The index of the lower middle element along `axis`; of the first NaN where there is one that is not skipped.
    require_kernel(name, "bc", self.dtype)
    order = np.argsort(self, axis=axis, kind="stable")
    numbers = (~np.isnan(self)).sum(axis, keepdims=True)
    size = self.shape[axis]
    place = np.maximum(numbers - 1, 0) // 2
    if not skip_nan:
        place = np.where(numbers < size, numbers, place)
    return np.take_along_axis(order, place, axis)


def _median_of_all(name: str, self: Any, *, skip_nan: bool) -> Any:
    flat = self.reshape(-1)
    if flat.size == 0:
        if self.dtype.kind != "f":
            raise RuntimeError(f"{name}() of an empty tensor of type {scalar_type_name(self.dtype)} has no value")
        return np.asarray(np.nan, self.dtype)
    return flat[_middle("median_cpu", flat, 0, skip_nan=skip_nan)][0]


def _median_along(name: str, self: Any, dim: int, keepdim: bool, *, skip_nan: bool) -> Any:
    dim = wrap_dim(dim, self.ndim)
    _not_empty(name, self, dim)
    if self.ndim == 0:
        return self.copy(), np.zeros((), np.int64)
    return chosen(self, _middle("median_out", self, dim, skip_nan=skip_nan), dim, keepdim)


@op(name="median", spaces="", self=_shared_by_all)
def median_of_all(self: Any) -> Any:
    return _median_of_all("median", self, skip_nan=False)


@op(name="nanmedian", spaces="", self=_shared_by_all)
def nanmedian_of_all(self: Any) -> Any:
    return _median_of_all("nanmedian", self, skip_nan=True)


@op(
    name="median_dim",
    spaces="",
    node_name="MedianBackward1",
    results=("values", "indices"),
    self=chosen_backward,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim, keepdim: (elements_at(self_t, indices, dim, keepdim), None),
)
def median_along(self: Any, dim: int, keepdim: bool = False) -> Any:
    return _median_along("median", self, dim, keepdim, skip_nan=False)


@op(
    name="nanmedian_dim", spaces="", node_name="NanmedianBackward1", results=("values", "indices"),
    self=chosen_backward,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim, keepdim: (elements_at(self_t, indices, dim, keepdim), None),
)  # fmt: skip
def nanmedian_along(self: Any, dim: int, keepdim: bool = False) -> Any:
    return _median_along("nanmedian", self, dim, keepdim, skip_nan=True)


def median(
    input: Any, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None, out: Any = None
) -> Any:
    """The middle one of all elements, the lower of two; with `dim` the middle ones along it and their indices.

    >>> torch.median(torch.tensor([4.0, 1.0, 3.0, 2.0]))
    tensor(2.)
    """
    dim = axis if dim is None else dim
    return median_of_all(input, out=out) if dim is None else median_along(input, dim, keepdim, out=out)


def nanmedian(
    input: Any, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None, out: Any = None
) -> Any:
    """`median` of the elements that are not NaN.

    >>> torch.nanmedian(torch.tensor([4.0, 1.0, float("nan")]))
    tensor(1.)
    """
    dim = axis if dim is None else dim
    return nanmedian_of_all(input, out=out) if dim is None else nanmedian_along(input, dim, keepdim, out=out)


# ---- the most frequent ----


@op(
    results=("values", "indices"),
    self=chosen_backward,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim, keepdim: (elements_at(self_t, indices, dim, keepdim), None),
)
def mode(self: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent value along `dim`, the smallest of several, and the index of its last occurrence.

    >>> torch.mode(torch.tensor([3, 1, 3, 2]))
    chainrule.return_types.mode(
    values=tensor(3),
    indices=tensor(2))
    """
    dim = wrap_dim(dim, self.ndim)
    _not_empty("mode", self, dim)
    if self.ndim == 0:
        return self.copy(), np.zeros((), np.int64)
    require_kernel("mode_cpu", "c", self.dtype)
    # In sorted order equal elements are neighbours: count how many up to each one are equal to it.
    order = np.argsort(self, axis=dim, kind="stable")
    ordered = np.moveaxis(np.take_along_axis(self, order, dim), dim, -1)
    position = np.arange(ordered.shape[-1])
    starts = np.ones(ordered.shape, np.bool_)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    run = position - np.maximum.accumulate(np.where(starts, position, 0), axis=-1)
    place = np.moveaxis(np.argmax(run, axis=-1, keepdims=True), -1, dim)
    return chosen(self, np.take_along_axis(order, place, dim), dim, keepdim)
