"""Undoing broadcasting: a gradient brought back to the shape of what it belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.kernels.summation import sum_along


def sum_to_shape(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum `gradient` over the dimensions along which `shape` was broadcast; an array or a Tensor, as given.

    Raises ValueError when `shape` does not broadcast to the gradient's.

    >>> import numpy as np
    >>> sum_to_shape(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    if not shape and isinstance(gradient, ndarray):
        return np.asarray(sum_along(gradient))
    given = gradient.shape
    extra = len(given) - len(shape)
    axes = list(range(extra))
    for i, size in enumerate(shape):
        if extra < 0 or (size != given[extra + i] and size != 1):
            msg = f"a gradient of shape {list(given)} cannot be brought to the shape {list(shape)}"
            raise ValueError(msg)
        if size != given[extra + i]:
            axes.append(extra + i)
    if not axes:
        return gradient.reshape(shape)
    if isinstance(gradient, ndarray):
        return sum_along(gradient, axes[0] if len(axes) == 1 else tuple(axes)).reshape(shape)
    return gradient.sum(axis=tuple(axes), keepdims=True).reshape(shape)
