"""`np.where`, without its branch for every element.

Where a processor cannot guess which way a condition goes, as with the sign of random numbers, a branch costs it more
than ten times what choosing bit by bit costs.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy import ndarray

__all__ = ["nothing_of", "select", "select_into"]

Array: TypeAlias = "np.ndarray[Any, Any]"

# With fewer elements the more calls take longer than the branches.
FEW: Final = 1024
INTEGERS: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype(np.int8),
    2: np.dtype(np.int16),
    4: np.dtype(np.int32),
    8: np.dtype(np.int64),
}


def select(condition: Any, x: Any, y: Any) -> Any:
    """Return `np.where(condition, x, y)`: of all, and quickly of arrays of one shape, and a number in place of one."""
    if type(condition) is not ndarray or condition.size < FEW or condition.dtype.kind != "b":
        return np.where(condition, x, y)
    like = x if type(x) is ndarray and x.ndim else y
    if type(like) is not ndarray or not _fits(x, like, condition) or not _fits(y, like, condition):
        return np.where(condition, x, y)
    return select_into(condition, x, y, np.empty_like(like))


def nothing_of(grad: Any) -> Any:
    """Return zeros in place of a gradient's elements, also of those that are infinite or NaN."""
    return np.where(False, grad, 0)


def _fits(value: Any, like: Array, condition: Array) -> bool:
    if type(value) is ndarray:
        same_shape = value.shape == condition.shape or (not value.ndim and value is not like)
        return value.dtype is like.dtype and same_shape and value.itemsize in INTEGERS
    # Other numbers may change the type of the result.
    kind = like.dtype.kind
    return (type(value) is float and kind == "f") or (_is_zero(value) and kind in "fiu")


def select_into(condition: Array, x: Any, y: Any, out: Array) -> Array:
    """The same into `out`, which is neither `x` nor `y`, and of their type where they are arrays."""
    integers = INTEGERS[out.itemsize]
    bits = out.view(integers)
    # All bits set where the condition does not hold.
    others = np.subtract(condition.view(np.int8), np.int8(1))
    if _is_zero(x):
        np.copyto(bits, others)  # quicker than having the next line widen them
        np.bitwise_and(bits, _bits(y, out.dtype, integers), out=bits)
        return out
    if _is_zero(y):
        np.copyto(bits, np.invert(others, out=others))
        np.bitwise_and(bits, _bits(x, out.dtype, integers), out=bits)
        return out
    x_bits = _bits(x, out.dtype, integers)
    np.bitwise_xor(x_bits, _bits(y, out.dtype, integers), out=bits)
    np.bitwise_and(bits, others, out=bits)
    np.bitwise_xor(bits, x_bits, out=bits)
    return out


def _is_zero(value: Any) -> bool:
    return type(value) is int and value == 0


def _bits(value: Any, dtype: np.dtype[Any], integers: np.dtype[Any]) -> Any:
    # Of a number those that it has as one of `dtype`.
    return (value if type(value) is ndarray else np.asarray(value, dtype)).view(integers)
