"""Undoing broadcasting: a gradient brought back to the shape of what it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

_sum: Callable[..., Any] = np.add.reduce


def sum_to_shape(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum `gradient` over the dimensions along which `shape` was broadcast; an array or a Tensor, as given.

    Raises ValueError when `shape` does not broadcast to the gradient's.

    >>> import numpy as np
    >>> sum_to_shape(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    given = gradient.shape
    extra = len(given) - len(shape)
    if isinstance(gradient, ndarray):
        if not shape:
            return np.asarray(_sum(gradient, None))
        if extra > 0 and given[extra:] == shape:
            return _sum(gradient, 0 if extra == 1 else tuple(range(extra)))
    axes = list(range(extra)) if extra > 0 else []
    for i, size in enumerate(shape):
        if extra < 0 or (size != given[extra + i] and size != 1):
            msg = f"a gradient of shape {list(given)} cannot be brought to the shape {list(shape)}"
            raise ValueError(msg)
        if size != given[extra + i]:
            axes.append(extra + i)
    if not axes:
        return gradient.reshape(shape)
    if isinstance(gradient, ndarray):
        summed = _sum(gradient, tuple(axes) if len(axes) > 1 else axes[0], None, None, True)
        return summed.reshape(shape) if extra else summed
    return gradient.sum(axis=tuple(axes), keepdims=True).reshape(shape)
