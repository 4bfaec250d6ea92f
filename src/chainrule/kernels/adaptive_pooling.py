"""Means and largest elements of the parts of an array whose last dimensions are cut into a given number of them.

Part `i` of `n` reaches from `i / n` of a dimension to `(i + 1) / n` of it, whole elements taken at both ends: parts may
have different lengths, and an element in common. One dimension is done after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

__all__ = ["bounds", "largest", "means", "spread_means"]


# Parts of no more elements than this are worked on element by element, all parts at once along the other dimensions.
SHORT: Final = 8


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
            target = result[_at(axis, i, i + 1)]
            if stop - start > SHORT:
                np.add.reduce(array[_at(axis, start, stop)], axis, keepdims=True, out=target)
            else:
                target[...] = array[_at(axis, start, start + 1)]
                for k in range(start + 1, stop):
                    target += array[_at(axis, k, k + 1)]
            target /= stop - start
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
        part, target = _at(axis, start, stop), _at(axis, i, i + 1)
        values[target], place = _largest_and_place(array[part], axis)
        found[target] = (place + start) * step
        if indices is not None:
            found[target] += np.take_along_axis(indices[part], place, axis)
    return values, found


def _largest_and_place(array: Any, axis: int) -> tuple[Any, Any]:
    length = array.shape[axis]
    if length > SHORT:
        place = array.argmax(axis, keepdims=True)
        values = np.take_along_axis(array, place, axis)
    else:
        values = array[_at(axis, 0, 1)].copy()
        place = np.zeros(values.shape, np.uint8)
        for k in range(1, length):
            further = array[_at(axis, k, k + 1)]
            greater = (further > values).view(np.uint8)
            greater *= np.uint8(k)
            np.maximum(place, greater, out=place)
            np.maximum(values, further, out=values)
        place = place.astype(np.int64)
    missing = np.isnan(values)
    if missing.any():
        last = length - 1 - np.flip(np.isnan(array), axis).argmax(axis, keepdims=True)
        place = np.where(missing, last, place)
    return values, place
