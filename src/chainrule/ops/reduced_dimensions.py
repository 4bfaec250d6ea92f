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
    dims = reduced_dims(dim, len(shape))
    if dims is None:
        return (1,) * len(shape)
    return tuple([1 if i in dims else size for i, size in enumerate(shape)])


def reduced_count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements become one."""
    dims = reduced_dims(dim, len(shape))
    return math.prod(shape) if dims is None else math.prod([shape[d] for d in dims])


def restored(reduced: Any, shape: tuple[int, ...], dim: Any) -> Any:
    """What was reduced from `shape` along `dim`, with size 1 where a dimension is gone."""
    return reduced.reshape(reduced_shape(shape, dim))


def spread(grad: Any, self_shape: tuple[int, ...], dim: Any = None) -> Any:
    """The gradient of a sum along `dim` as the gradient of every element that was summed."""
    if dim is None and isinstance(grad, (np.ndarray, np.generic)):
        # np.broadcast_to, at a quarter of its price: one number, seen everywhere.
        everywhere: Any = np.ndarray(self_shape, grad.dtype, np.asarray(grad), 0, (0,) * len(self_shape))
        everywhere.flags.writeable = False
        return everywhere
    return np.broadcast_to(restored(grad, self_shape, dim), self_shape)
