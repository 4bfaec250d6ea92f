"""What reductions have in common: which dimensions are meant, and how the gradient of a reduced one is given back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dims

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


def restored(reduced: Any, shape: tuple[int, ...], dim: Any) -> Any:
    """What was reduced from `shape` along `dim`, with size 1 where a dimension is gone."""
    return reduced.reshape(reduced_shape(shape, dim))


def spread(grad: Any, self_shape: tuple[int, ...], dim: Any = None) -> Any:
    """The gradient of a sum along `dim` as the gradient of every element that was summed."""
    if isinstance(grad, (np.ndarray, np.generic)):
        # np.broadcast_to, at a quarter of its price: the memory of the gradient, seen at many places.
        strides: tuple[int, ...] | None = None
        rank = len(self_shape)
        if dim is None:
            strides = (0,) * rank
        elif type(dim) is int and rank and grad.size and grad.flags.c_contiguous:
            at = dim % rank
            given = grad.strides
            strides = (*given[:at], 0, *given[at + len(given) - rank + 1 :])
        if strides is not None:
            memory = grad if type(grad) is np.ndarray else np.asarray(grad)
            everywhere: Any = np.ndarray(self_shape, grad.dtype, memory, 0, strides)
            everywhere.setflags(write=False)
            return everywhere
    return np.broadcast_to(restored(grad, self_shape, dim), self_shape)
