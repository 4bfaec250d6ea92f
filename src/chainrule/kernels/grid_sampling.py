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
    matrix = _matrix(grid, sizes, interpolation, padding, align_corners, orders)
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
    matrix = _matrix(grid, sizes, interpolation, padding, align_corners, orders)
    return _channels_first(matrix.T @ _channels_last(values), shape).astype(values.dtype, copy=False)


def _channels_last(x: Array) -> Array:
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    batch, channels = x.shape[:2]
    flat = wide.reshape((batch, channels, -1))
    return flat.reshape(-1) if channels == 1 else np.ascontiguousarray(flat.transpose(0, 2, 1)).reshape((-1, channels))


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
) -> Any:
    from scipy.sparse import csr_array

    batch, count, rank = len(grid), math.prod(grid.shape[1:-1]), len(sizes)
    wide = grid.astype(np.float32) if grid.dtype == np.float16 else grid
    along = [
        _taps(wide[..., rank - 1 - d].reshape((batch, count)), sizes[d], interpolation, padding, align_corners, order)
        for d, order in enumerate(reversed(orders))
    ]
    elements = math.prod(sizes)
    index: Any = np.int32 if batch * max(elements, count << (2 * rank)) < 1 << 31 else np.int64
    starts = (np.arange(batch, dtype=index) * elements)[:, None]
    columns, weights, insides = [], [], []
    for taps in itertools.product(*along):
        column: Any = starts
        weight: Any = None
        inside: Any = None
        step = elements
        for size, (places, factor, within) in zip(sizes, taps, strict=True):
            step //= size
            column = column + places.astype(index) * index(step)
            weight = factor if weight is None else weight * factor
            if within is not None:
                inside = within if inside is None else inside & within
        columns.append(column)
        weights.append(np.broadcast_to(weight, column.shape))
        insides.append(np.broadcast_to(np.True_ if inside is None else inside, column.shape))
    column, weight = np.stack(columns, -1), np.stack(weights, -1)
    ends = np.arange(batch * count + 1, dtype=index) * index(len(columns))
    if padding == ZEROS:
        kept = np.stack(insides, -1)
        if not kept.all():
            ends[1:] = np.cumsum(kept.sum(-1).reshape(-1))
            column, weight = column[kept], weight[kept]
    return csr_array((weight.reshape(-1), column.reshape(-1), ends), shape=(batch * count, batch * elements))


Tap = tuple[Array, Array, Array | None]  # which elements, their weights, and whether they are inside


def _taps(where: Array, size: int, interpolation: int, padding: int, align_corners: bool, order: int) -> list[Tap]:
    # For each tap along one dimension of `size` elements.
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
    nowhere = np.isnan(left)
    if nowhere.any():
        left[nowhere] = 0  # so that the weight is NaN
    behind = place - left
    polynomials = [np.polynomial.Polynomial(p).deriv(order) for p in POLYNOMIALS[interpolation]]
    found: list[Tap] = []
    for offset, polynomial in enumerate(polynomials, -1 if interpolation == BICUBIC else 0):
        element = left + offset
        weight: Any = np.zeros_like(place)
        for coefficient in polynomial.coef[::-1]:
            weight = weight * behind + place.dtype.type(coefficient)
        if order:
            weight = weight * slope**order
        if padding == ZEROS:
            found.append((element.clip(0, last), weight, (element >= 0) & (element <= last)))
            continue
        if interpolation == BICUBIC and padding == REFLECTION:
            element = _reflected(element, size, align_corners)[0]
        # Beyond the last element is only one that has no weight.
        found.append((element.clip(0, last), weight, None))
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
