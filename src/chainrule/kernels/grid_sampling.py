"""Sampling of pictures and volumes at any places, and the way back.

The value at a place is a sum over its neighbours along each dimension (`taps`), each with a weight that is a polynomial
of how far behind its left neighbour the place lies. So is its derivative by the place, of any order: `orders` says how
often the weights along each dimension are differentiated. Sampling is the product with the matrix of these weights,
(places, elements), and the way back that with its transpose; both are SciPy's sparse products.

A grid of places has the coordinates last, that of the last dimension first; -1 and 1 are a dimension's ends.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

BILINEAR, NEAREST, BICUBIC = 0, 1, 2
ZEROS, BORDER, REFLECTION = 0, 1, 2

# For each tap the polynomial of its weight: for the cubic ones Keys' (1981), with the parameter -0.75.
POLYNOMIALS = {
    BILINEAR: ((1.0, -1.0), (0.0, 1.0)),
    NEAREST: ((1.0,),),
    BICUBIC: ((0.0, -0.75, 1.5, -0.75), (1.0, 0.0, -2.25, 1.25), (0.0, 0.75, 1.5, -1.25), (0.0, 0.0, -0.75, 0.75)),
}


def sample(
    x: Array, grid: Array, interpolation: int, padding: int, align_corners: bool, orders: tuple[int, ...]
) -> Array:
    """`x` (batch, channels, *sizes) at the places of `grid` (batch, *places, dimensions).

    >>> sample(np.array([[[[1.0, 2.0]]]]), np.zeros((1, 1, 1, 2)), BILINEAR, BORDER, False, (0, 0))
    array([[[[1.5]]]])
    """
    batch, channels, *sizes = x.shape
    shape = (batch, channels, *grid.shape[1:-1])
    if 0 in shape:
        return np.zeros(shape, x.dtype)
    matrix = _matrix(grid, sizes, interpolation, padding, align_corners, orders, _is_finite(x))
    found = matrix @ _channels_last(x)
    return _channels_first(found, shape).astype(x.dtype, copy=False)


def spread(
    values: Array,
    grid: Array,
    sizes: tuple[int, ...],
    interpolation: int,
    padding: int,
    align_corners: bool,
    orders: tuple[int, ...],
) -> Array:
    """The transpose of `sample`: zeros of `sizes`, and the values added to the neighbours of their places.

    >>> spread(np.ones((1, 1, 1, 1)), np.zeros((1, 1, 1, 2)), (1, 2), BILINEAR, BORDER, False, (0, 0))
    array([[[[0.5, 0.5]]]])
    """
    shape = (*values.shape[:2], *sizes)
    if 0 in values.shape:
        return np.zeros(shape, values.dtype)
    matrix = _matrix(grid, sizes, interpolation, padding, align_corners, orders, _is_finite(values))
    return _channels_first(matrix.T @ _channels_last(values), shape).astype(values.dtype, copy=False)


def _is_finite(x: Array) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(x.sum())


def _channels_last(x: Array) -> Array:
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    batch, channels = x.shape[:2]
    if channels == 1:
        return wide.reshape(-1)
    flat = wide.reshape((batch, channels, -1))
    last = np.empty((batch, flat.shape[2], channels), wide.dtype)
    for channel in range(channels):  # several times as fast as all at once
        last[..., channel] = flat[:, channel]
    return last.reshape((-1, channels))


def _channels_first(found: Array, shape: tuple[int, ...]) -> Array:
    batch, channels = shape[:2]
    if channels == 1:
        return found.reshape(shape)
    return np.ascontiguousarray(found.reshape((batch, -1, channels)).transpose(0, 2, 1)).reshape(shape)


def _matrix(
    grid: Array,
    sizes: Sequence[int],
    interpolation: int,
    padding: int,
    align_corners: bool,
    orders: tuple[int, ...],
    finite: bool,
) -> Any:
    # (places, elements). What has no weight is left out where it would be multiplied with what is not finite.
    from scipy.sparse import csr_array

    batch, count, rank = len(grid), math.prod(grid.shape[1:-1]), len(sizes)
    elements = math.prod(sizes)
    wide = grid.astype(np.float32) if grid.dtype == np.float16 else grid
    index: Any = np.int32 if batch * max(elements, count << (2 * rank)) < 1 << 31 else np.int64
    along = []
    step = elements
    for d, size in enumerate(sizes):
        step //= size
        where = wide[..., rank - 1 - d].reshape((batch, count))
        taps = _taps(where, size, interpolation, padding, align_corners, orders[rank - 1 - d])
        along.append([(element.astype(index) * index(step), weight) for element, weight in taps])
    # Of the first dimension the elements' own place in the batch is a part.
    starts = (np.arange(batch, dtype=index) * index(elements))[:, None]
    along[0] = [(element + starts, weight) for element, weight in along[0]]
    together = math.prod(map(len, along))
    columns, weights = np.empty((batch, count, together), index), np.empty((batch, count, together), wide.dtype)
    for number, (first, *between, final) in enumerate(itertools.product(*along)):
        column, weight = first
        for other, factor in between:
            column, weight = column + other, weight * factor
        np.add(column, final[0], out=columns[..., number])
        np.multiply(weight, final[1], out=weights[..., number])
    ends = np.arange(0, batch * count * together + 1, together, dtype=index)
    columns, weights = columns.reshape(-1), weights.reshape(-1)
    if not finite:
        kept = weights != 0
        ends[1:] = np.cumsum(kept.reshape((-1, together)).sum(-1))
        columns, weights = columns[kept], weights[kept]
    return csr_array((weights, columns, ends), shape=(batch * count, batch * elements))


@cache
def _polynomials(interpolation: int, order: int) -> tuple[tuple[float, ...], ...]:
    # The coefficients of the weights, differentiated `order` times, the highest power first.
    return tuple([tuple(np.polynomial.Polynomial(p).deriv(order).coef[::-1]) for p in POLYNOMIALS[interpolation]])


def _taps(
    where: Array, size: int, interpolation: int, padding: int, align_corners: bool, order: int
) -> list[tuple[Array, Array]]:
    # For each tap along one dimension of `size` elements: which elements, and their weights.
    half = where.dtype.type((size - 1 if align_corners else size) / 2)
    place = (where + 1) * half
    if not align_corners:
        place -= where.dtype.type(0.5)
    slope: Any = half
    last = size - 1
    if interpolation != BICUBIC and padding != ZEROS:
        if padding == REFLECTION:
            place, sign = _reflected(place, size, align_corners)
            slope = slope * sign
        slope = slope * ((place > 0) & (place < last))
        place = place.clip(0, last)
    elif padding == ZEROS:
        place = place.clip(-4, size + 4)  # as far outside as anything farther
    left = np.rint(place) if interpolation == NEAREST else np.floor(place)
    if math.isnan(left.sum()):
        left[np.isnan(left)] = 0  # so that the weight is NaN
    behind = place - left
    found = []
    for offset, coefficients in enumerate(_polynomials(interpolation, order), -1 if interpolation == BICUBIC else 0):
        element = left + offset if offset else left
        weight: Any = np.full_like(place, coefficients[0])
        for coefficient in coefficients[1:]:
            weight *= behind
            weight += coefficient
        if order:
            weight *= slope**order
        if padding == ZEROS:
            weight *= (element >= 0) & (element <= last)
        elif interpolation == BICUBIC and padding == REFLECTION:
            element = _reflected(element, size, align_corners)[0]
        # Beyond the last element is otherwise only one that has no weight.
        found.append((element.clip(0, last), weight))
    return found


def _reflected(place: Array, size: int, align_corners: bool) -> tuple[Array, Array]:
    # Mirrored at the ends as often as needed, and whether that turns it round.
    low, span = (0.0, size - 1) if align_corners else (-0.5, size)
    if span == 0:
        return np.zeros_like(place), np.zeros_like(place)
    with np.errstate(invalid="ignore"):
        from_end = np.abs(place - place.dtype.type(low))
        turns = np.floor(from_end / span)
        rest = np.fmod(from_end, place.dtype.type(span))
        odd = np.fmod(turns, 2) == 1
    mirrored = np.where(odd, span - rest, rest) + place.dtype.type(low)
    return mirrored.astype(place.dtype, copy=False), np.where(odd == (place < low), 1, -1).astype(place.dtype)
