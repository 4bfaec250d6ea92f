"""Means and largest elements of the parts of an array whose last dimensions are cut into a given number of them.

Part `i` of `n` reaches from `i / n` of a dimension to `(i + 1) / n` of it, whole elements taken at both ends: parts may
have different lengths, and an element in common. One dimension is done after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["bounds", "largest", "means", "spread_means"]


def bounds(size: int, count: int) -> list[tuple[int, int]]:
    """Where the parts of a dimension begin and end.

    >>> bounds(5, 2)
    [(0, 3), (2, 5)]
    """
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _at(axis: int, start: int, stop: int) -> Any:
    return (..., slice(start, stop), *(slice(None),) * (-1 - axis))


def _resized(shape: Sequence[int], axis: int, size: int) -> tuple[int, ...]:
    return (*shape[:axis], size, *shape[len(shape) + axis + 1 :])


def means(array: Any, counts: Sequence[int]) -> Any:
    """The mean of each part.

    >>> means(np.array([1.0, 2.0, 6.0, 0.0, 4.0]), (2,))
    array([3.        , 3.33333333])
    """
    for axis, count in zip(range(-len(counts), 0), counts, strict=True):
        result = np.empty(_resized(array.shape, axis, count), array.dtype)
        for i, (start, stop) in enumerate(bounds(array.shape[axis], count)):
            array[_at(axis, start, stop)].mean(axis, keepdims=True, out=result[_at(axis, i, i + 1)])
        array = result
    return array


def spread_means(values: Any, sizes: Sequence[int]) -> Any:
    """The transpose of `means`: zeros, and each value added to the elements of its part, in equal shares.

    >>> spread_means(np.array([3.0, 6.0]), (5,))
    array([1., 1., 3., 2., 2.])
    """
    for axis, size in zip(range(-1, -len(sizes) - 1, -1), reversed(sizes), strict=True):
        result = np.zeros(_resized(values.shape, axis, size), values.dtype)
        for i, (start, stop) in enumerate(bounds(size, values.shape[axis])):
            result[_at(axis, start, stop)] += values[_at(axis, i, i + 1)] / (stop - start)
        values = result
    return values


def largest(array: Any, counts: Sequence[int]) -> tuple[Any, Any]:
    """The largest element of each part, and its index counted over all the last dimensions together.

    Of equal elements it is the first one; where there are NaN it is the last of them.

    >>> largest(np.array([1.0, 7.0, 6.0, 9.0, 9.0]), (2,))
    (array([7., 9.]), array([1, 3]))
    """
    if all(count == 1 for count in counts):
        lead = array.shape[: array.ndim - len(counts)]
        flat = array.reshape((*lead, math.prod(array.shape[array.ndim - len(counts) :])))
        values, indices = largest(flat, (1,)) if len(counts) > 1 else _largest_along(flat, None, -1, 1, 1)
        shape = (*lead, *counts)
        return values.reshape(shape), indices.reshape(shape)
    indices = None
    step = 1
    for axis, count in zip(range(-1, -len(counts) - 1, -1), reversed(counts), strict=True):
        size = array.shape[axis]
        array, indices = _largest_along(array, indices, axis, count, step)
        step *= size
    return array, indices


def _largest_along(array: Any, indices: Any, axis: int, count: int, step: int) -> tuple[Any, Any]:
    # `indices`: those found for each element along the dimensions behind this one, whose elements are `step` together.
    shape = _resized(array.shape, axis, count)
    values, found = np.empty(shape, array.dtype), np.empty(shape, np.int64)
    for i, (start, stop) in enumerate(bounds(array.shape[axis], count)):
        part = _at(axis, start, stop)
        place = _place_of_largest(array[part], axis)
        values[_at(axis, i, i + 1)] = np.take_along_axis(array[part], place, axis)
        index = (place + start) * step
        if indices is not None:
            index += np.take_along_axis(indices[part], place, axis)
        found[_at(axis, i, i + 1)] = index
    return values, found


def _place_of_largest(array: Any, axis: int) -> Any:
    place = array.argmax(axis, keepdims=True)
    missing = np.isnan(np.take_along_axis(array, place, axis))
    if missing.any():
        last = array.shape[axis] - 1 - np.flip(np.isnan(array), axis).argmax(axis, keepdims=True)
        place = np.where(missing, last, place)
    return place
