"""Dimensions and sizes as PyTorch's functions take them, checked with PyTorch's words."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any


def wrap_dim(dim: int, rank: int, *, wrap_scalar: bool = True) -> int:
    """`dim` counted from the front; a negative one counts from the end.

    A tensor without dimensions takes 0 and -1, unless `wrap_scalar` is false. Raises IndexError when out of range.

    >>> wrap_dim(-1, 3)
    2
    """
    if rank == 0:
        if not wrap_scalar:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        rank = 1
    if -rank <= dim < rank:
        return dim + rank if dim < 0 else dim
    raise IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")


def wrap_dims(dims: int | Sequence[int], rank: int) -> tuple[int, ...]:
    """Several dimensions counted from the front. Raises RuntimeError when one is there twice.

    >>> wrap_dims((0, -1), 3)
    (0, 2)
    """
    if hasattr(dims, "__index__"):  # NumPy's integers too
        return (wrap_dim(operator.index(dims), rank),)
    wrapped = tuple([wrap_dim(d, rank) for d in dims])
    if len(set(wrapped)) < len(wrapped):
        twice = next(d for d in wrapped if wrapped.count(d) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return wrapped


def sizes(arguments: tuple[Any, ...], function: str, parameter: str) -> tuple[int, ...]:
    """The integers of `f(2, 3)` and of `f((2, 3))` alike.

    >>> sizes((2, 3), "view", "size"), sizes(([2, 3],), "view", "size")
    ((2, 3), (2, 3))
    """
    if len(arguments) == 1 and isinstance(arguments[0], (tuple, list)):
        arguments = tuple(arguments[0])
    elif not arguments:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{parameter}"')
    for size in arguments:
        if type(size) is not int:
            break
    else:
        return arguments
    try:
        return tuple([operator.index(a) for a in arguments])
    except TypeError:
        wrong = next(a for a in arguments if not hasattr(a, "__index__"))
        raise TypeError(
            f"{function}(): argument '{parameter}' (position 1) must be tuple of ints, "
            f"but found element of type {type(wrong).__name__}"
        ) from None


def infer_size(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """`shape` for `count` elements, with the one size given as -1 worked out.

    >>> infer_size((2, -1), 6)
    (2, 3)
    """
    if -1 not in shape:
        if math.prod(shape) != count or min(shape, default=0) < 0:
            raise _invalid_shape(shape, count)
        return shape
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if min(shape) < -1:
        raise _invalid_shape(shape, count)
    others = -math.prod(shape)
    if others == 0 and count == 0:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size -1 "
            "can be any value and is ambiguous"
        )
    if others == 0 or count % others:
        raise _invalid_shape(shape, count)
    return tuple([count // others if s == -1 else s for s in shape])


def _invalid_shape(shape: tuple[int, ...], count: int) -> RuntimeError:
    for index, size in enumerate(shape):
        if size < -1:
            return RuntimeError(f"invalid shape dimension {size} at index {index} of shape {list(shape)}")
    return RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")


def slice_along(dim: int, index: Any) -> tuple[Any, ...]:
    """The index that takes `index` of dimension `dim`, and all of the dimensions before it.

    >>> slice_along(1, 0)
    (slice(None, None, None), 0)
    """
    return (slice(None),) * dim + (index,)
