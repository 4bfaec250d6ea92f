"""Undoing broadcasting: a gradient brought back to the shape of what it belongs to."""

from __future__ import annotations

from typing import Any


def sum_to_shape(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum `gradient` over the dimensions along which `shape` was broadcast; an array or a Tensor, as given.

    Raises ValueError when `shape` does not broadcast to the gradient's.

    >>> import numpy as np
    >>> sum_to_shape(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    given = tuple(gradient.shape)
    extra = len(given) - len(shape)
    stretched = [extra + i for i, size in enumerate(shape) if extra >= 0 and size == 1 and given[extra + i] != 1]
    if extra < 0 or any(size not in (1, given[extra + i]) for i, size in enumerate(shape)):
        msg = f"a gradient of shape {list(given)} cannot be brought to the shape {list(shape)}"
        raise ValueError(msg)
    summed = gradient.sum(axis=(*range(extra), *stretched), keepdims=True) if extra or stretched else gradient
    return summed.reshape(shape)
