"""Values added at places named by indices, where several values may meet at one place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# From this many values on a sparse matrix product is several times faster than NumPy's unbuffered addition; below it
# the import of SciPy's sparse matrices is not worth it.
MANY_VALUES = 1 << 16


# Up to so many values NumPy's addition at any index is quicker than what prepares the index for a faster one.
FEW_VALUES = 1 << 8


def add_rows(count: int, rows: Any, values: Any) -> Any:
    """A matrix of `count` rows, zero but for `values[i]` added to row `rows[i]`.

    >>> add_rows(3, np.array([0, 2, 0]), np.array([[1.0], [2.0], [3.0]]))
    array([[4.],
           [0.],
           [2.]])
    """
    n, width = values.shape
    if values.size >= MANY_VALUES and width > 1 and values.dtype.kind in "fc" and values.dtype.itemsize > 2:
        from scipy.sparse import csc_array

        # Column i has a one in row rows[i].
        ones = np.ones(n, values.dtype)
        return csc_array((ones, rows, np.arange(n + 1)), shape=(count, n)) @ values
    total = np.zeros((count, width), values.dtype)
    if values.size <= FEW_VALUES:
        np.add.at(total, rows, values)
    elif width == 1:
        np.add.at(total.reshape(-1), rows, values.reshape(-1))
    else:
        # One index into flat memory is the form that NumPy has a fast loop for.
        places = (rows[:, None] * width + np.arange(width)).reshape(-1)
        np.add.at(total.reshape(-1), places, values.reshape(-1))
    return total


def index_positions(indices: tuple[Any, ...]) -> tuple[list[int], list[Any]]:
    """The dimensions that an index of arrays and full slices picks from, and their index arrays, masks as indices."""
    dims: list[int] = []
    arrays: list[Any] = []
    dim = 0
    for index in indices:
        if isinstance(index, slice):
            dim += 1
        elif index.dtype.kind == "b":
            found = np.nonzero(index)
            dims += range(dim, dim + index.ndim)
            arrays += found
            dim += index.ndim
        else:
            dims.append(dim)
            arrays.append(index)
            dim += 1
    return dims, arrays


def add_at(shape: tuple[int, ...], indices: tuple[Any, ...], values: Any) -> Any:
    """Zeros of `shape` with `values` added at `indices`: the transpose of picking `array[indices]`.

    `indices` are integer arrays, masks and full slices, as many as there are dimensions, or fewer.

    >>> add_at((3,), (np.array([0, 0, 2]),), np.array([1.0, 2.0, 3.0]))
    array([3., 0., 3.])
    """
    if len(indices) == 1 and not isinstance(indices[0], slice) and indices[0].dtype.kind == "b":
        # No place of a mask is there twice.
        total = np.zeros(shape, values.dtype)
        total[indices[0]] = values
        return total
    if values.size <= FEW_VALUES:
        total = np.zeros(shape, values.dtype)
        np.add.at(total, indices, values)
        return total
    dims, arrays = index_positions(indices)
    picked = np.broadcast_arrays(*arrays)
    sizes = tuple(shape[d] for d in dims)
    rest = [d for d in range(len(shape)) if d not in dims]
    # Where several index arrays stand together their dimensions come in their place, else first.
    adjacent = dims == list(range(dims[0], dims[0] + len(dims))) and _stand_together(indices)
    place = dims[0] if adjacent else 0
    rank = picked[0].ndim
    moved = np.moveaxis(values, tuple(range(place, place + rank)), tuple(range(rank))) if place else values
    width = math.prod(shape[d] for d in rest)
    wrapped = [np.where(a < 0, a + n, a) for a, n in zip(picked, sizes, strict=True)]
    rows = wrapped[0]
    for index, size in zip(wrapped[1:], sizes[1:], strict=True):
        rows = rows * size + index
    total = add_rows(math.prod(sizes), rows.reshape(-1), moved.reshape(rows.size, width))
    spread = total.reshape(*sizes, *(shape[d] for d in rest))
    order = dims + rest
    return spread if order == sorted(order) else np.moveaxis(spread, tuple(range(len(order))), order)


def _stand_together(indices: tuple[Any, ...]) -> bool:
    places = [i for i, index in enumerate(indices) if not isinstance(index, slice)]
    return places == list(range(places[0], places[0] + len(places)))


def along(index: Any, dim: int) -> tuple[Any, ...]:
    """The NumPy index of `gather` and `scatter`: `index` along `dim`, each element's own place along the others.

    >>> along(np.array([[1, 0]]), 0)
    (array([[1, 0]]), array([[0, 1]]))
    """
    rank = index.ndim
    return tuple(
        [
            index if d == dim else np.arange(size).reshape((1,) * d + (size,) + (1,) * (rank - d - 1))
            for d, size in enumerate(index.shape)
        ]
    )
