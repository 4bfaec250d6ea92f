"""Broadcasting done, and undone: a gradient brought back to the shape of what it belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.kernels.rows import leading_sums
from chainrule.kernels.summation import sum_along


def broadcast_to(tensor: Any, shape: tuple[int, ...]) -> Any:
    """A tensor or array in the shape that it broadcasts to, without copying; the same where it has it."""
    return tensor if tensor.shape == shape else np.broadcast_to(tensor, shape)


def sum_to_shape(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum `gradient` over the dimensions along which `shape` was broadcast; an array or a Tensor, as given.

    Raises ValueError when `shape` does not broadcast to the gradient's.

    >>> import numpy as np
    >>> sum_to_shape(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    is_array = isinstance(gradient, ndarray)
    if is_array and not shape:
        return np.asarray(sum_along(gradient))
    given: tuple[int, ...] = gradient.shape
    extra = len(given) - len(shape)
    axes: list[int] = []
    if extra < 0:
        raise ValueError(_cannot_be(given, shape))
    for dim, size in enumerate(given):
        if dim < extra:
            axes.append(dim)
        elif size != shape[dim - extra]:
            if shape[dim - extra] != 1:
                raise ValueError(_cannot_be(given, shape))
            axes.append(dim)
    if not axes:
        return gradient.reshape(shape)
    if is_array and len(axes) == extra:
        return leading_sums(gradient, len(shape))
    if is_array:
        return sum_along(gradient, axes[0] if len(axes) == 1 else tuple(axes)).reshape(shape)
    return gradient.sum(axis=tuple(axes), keepdims=True).reshape(shape)


def _cannot_be(given: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return f"a gradient of shape {list(given)} cannot be brought to the shape {list(shape)}"
