"""What reductions have in common: which dimensions are meant, and how the gradient of a reduced one is given back."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dims

# Up to so many elements a gradient that is the same for many is copied for each.
FEW = 1 << 12

# NumPy's reductions as they are: the methods and functions of the same purpose go through Python code first.
sum_of: Callable[..., Any] = np.add.reduce
product_of: Callable[..., Any] = np.multiply.reduce
largest_of: Callable[..., Any] = np.maximum.reduce
smallest_of: Callable[..., Any] = np.minimum.reduce


def axes(dim: Any, rank: int) -> int | tuple[int, ...] | None:
    """The dimensions to reduce as NumPy's reductions take them: one as it is, else as `reduced_dims` has them."""
    if type(dim) is int and -rank <= dim < rank:
        return dim
    return reduced_dims(dim, rank)


def reduced_dims(dim: Any, rank: int) -> tuple[int, ...] | None:
    """The dimensions to reduce, counted from the front; None for all of them: for None, and for an empty list."""
    if dim is None:
        return None
    if isinstance(dim, list):
        dim = tuple(dim)
    dims = wrap_dims(dim, rank)
    return dims if dims and rank else None


def reduced_shape(shape: tuple[int, ...], dim: Any) -> tuple[int, ...]:
    """`shape` with size 1 where it is reduced."""
    rank = len(shape)
    if type(dim) is int and -rank <= dim < rank:
        at = dim % rank
        return (*shape[:at], 1, *shape[at + 1 :])
    dims = reduced_dims(dim, rank)
    if dims is None:
        return (1,) * rank
    return tuple([1 if i in dims else size for i, size in enumerate(shape)])


def reduced_count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements become one."""
    if type(dim) is int and -len(shape) <= dim < len(shape):
        return shape[dim]
    dims = axes(dim, len(shape))
    if dims is None:
        return math.prod(shape)
    return shape[dims] if isinstance(dims, int) else math.prod([shape[d] for d in dims])


def over(total: Any, count: Any) -> Any:
    """The quotient; of an array by another of its type, because NumPy takes twice as long with a number."""
    return total / (_divisor(count, total.dtype) if type(total) is np.ndarray else count)


@lru_cache
def _divisor(count: Any, dtype: Any) -> Any:
    return np.asarray(count, dtype)


def restored(reduced: Any, shape: tuple[int, ...], dim: Any) -> Any:
    """What was reduced from `shape` along `dim`, with size 1 where a dimension is gone."""
    return reduced.reshape(reduced_shape(shape, dim))


def spread(grad: Any, self_shape: tuple[int, ...], dim: Any = None) -> Any:
    """The gradient of a sum along `dim` as the gradient of every element that was summed."""
    if isinstance(grad, (np.ndarray, np.generic)) and math.prod(self_shape) <= FEW:
        # NumPy takes longer to prepare a loop over memory seen at many places than to copy so little.
        everywhere = np.empty(self_shape, grad.dtype)
        if not dim or grad.ndim == len(self_shape):
            everywhere[...] = grad
        elif dim == len(self_shape) - 1:
            everywhere.T[...] = grad.T
        else:
            everywhere[...] = restored(grad, self_shape, dim)
        return everywhere
    return np.broadcast_to(restored(grad, self_shape, dim), self_shape)
