"""Sums of products over named dimensions, two arrays at a time, by matrix products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.kernels import memory
from chainrule.kernels.blas_threads import has_small_products
from chainrule.kernels.blockwise import LARGE

__all__ = ["contract", "matrix_product"]

Array = NDArray[Any]
Indices = tuple[int, ...]

# Where OpenBLAS multiplies small matrices as they are, the products of a layer that is given few rows are quicker done
# some rows of the result at a time: each such product small enough for that. In microseconds, with one thread and two:
# (16, 1000) times (1000, 100), which lies column by column as the weights of a layer do, takes 17, not 53 and 54;
# (64, 400) times (400, 120) takes 30, not 48 and 37; for the gradient of the weights, (100, 16) that lies column by
# column times (16, 1000) takes 17, not 22 and 32; for that of the rows, (64, 120) times (120, 400) takes 28, not 32 and
# 25. What is so small is done in one thread, which waits for no other: where a machine has other work, OpenBLAS's two
# threads may take tens of milliseconds. With more rows two threads are as quick, and with one it gains little.
WORTH_TWO_THREADS = 1 << 19  # multiplications, to OpenBLAS
FEW = 64
MOST_TIMES = 8
FEWEST_ROWS = 4
SMALL_PRODUCT = 10**6
SMALL_RESULT = 1200


def matrix_product(a: Array, b: Array) -> Any:
    """Return `a @ b`; a batch of matrices times one matrix is computed as one tall matrix times it.

    So are a batch of matrices times one that is repeated, and one that is repeated times a batch of columns.
    """
    if b.ndim == 3 and a.ndim == 3 and a.shape[0] == b.shape[0] > 0 and a.dtype == b.dtype:
        if a.shape[2] == 1:
            return a * b
        if b.strides[0] == 0:
            b = b[0]
        elif a.strides[0] == 0 and b.shape[2] == 1:
            return _product_of_two(b[:, :, 0], a[0].T)[:, :, None]
    if b.ndim == 2:
        if a.ndim <= 2:
            return _product_of_two(a, b)
        tall = a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
        return _product_of_two(tall, b).reshape(*a.shape[:-1], b.shape[-1])
    return np.matmul(a, b)


def _product_of_two(a: Array, b: Array) -> Any:
    if a.ndim == 2 and a.size * b.shape[1] >= WORTH_TWO_THREADS and min(a.shape) <= FEW:
        count = _rows_at_once(a, b)
        if count:
            (rows, inner), columns = a.shape, b.shape[1]
            result = memory.empty((rows, columns), a.dtype)  # no view, which would be copied as a gradient
            np.matmul(a.reshape(-1, count, inner), b, out=result.reshape(-1, count, columns))
            return result
    # The same as `a @ b`, which takes half a microsecond more.
    if a.ndim == 1 or a.shape[0] * b.shape[1] < LARGE or a.dtype != b.dtype:
        return a.dot(b)
    return np.dot(a, b, out=memory.empty((a.shape[0], b.shape[1]), a.dtype))


def _rows_at_once(a: Array, b: Array) -> int:
    # How many make a small product; 0 where that is no way to go.
    rows, inner = a.shape
    columns = b.shape[1]
    most = SMALL_PRODUCT // (inner * columns)
    if a.flags.c_contiguous and rows <= FEW and b.flags.forc:
        if b.flags.f_contiguous:
            most = min(most, SMALL_RESULT // columns)
    elif not (a.flags.f_contiguous and inner <= FEW and b.flags.c_contiguous):
        return 0
    if not (a.dtype == b.dtype == np.float32 and has_small_products()):
        return 0
    if most >= rows:
        return 0
    fewest = max(FEWEST_ROWS, -(-rows // MOST_TIMES))
    return next((count for count in range(most, fewest - 1, -1) if rows % count == 0), 0)


def contract(arrays: Sequence[Array], inputs: Sequence[Indices], output: Indices) -> Array:
    """Return the sum of the products of `arrays` over all indices that are not in `output`.

    `inputs` names the dimensions of each array; one of size 1 is broadcast. Every index of the output is in an input.
    """
    operands = [_distinct(array, indices) for array, indices in zip(arrays, inputs, strict=True)]
    largest: dict[int, int] = {}
    for array, indices in operands:
        for index, size in zip(indices, array.shape, strict=True):
            largest[index] = size if largest.get(index, 1) == 1 else largest[index]
    result, present = operands[0]
    for position in range(1, len(operands)):
        later = {i for _, indices in operands[position + 1 :] for i in indices}
        result, present = _pair(result, present, *operands[position], largest, later | set(output))
    summed = tuple(axis for axis, index in enumerate(present) if index not in output)
    if summed:
        result = result.sum(axis=summed, dtype=result.dtype)
        present = tuple(index for index in present if index in output)
    return result.transpose([present.index(index) for index in output])


def _distinct(array: Array, indices: Indices) -> tuple[Array, Indices]:
    # An index that is there twice means the diagonal.
    while len(set(indices)) < len(indices):
        twice = next(i for i in indices if indices.count(i) > 1)
        first, second = [axis for axis, i in enumerate(indices) if i == twice][:2]
        array = array.diagonal(axis1=first, axis2=second)
        indices = (*(i for axis, i in enumerate(indices) if axis not in (first, second)), twice)
    return array, indices


def _pair(
    a: Array, in_a: Indices, b: Array, in_b: Indices, largest: dict[int, int], kept: set[int]
) -> tuple[Array, Indices]:
    a, in_a = _without_broadcast(a, in_a, in_b, largest)
    b, in_b = _without_broadcast(b, in_b, in_a, largest)
    a, in_a = _without_lonely(a, in_a, in_b, kept)
    b, in_b = _without_lonely(b, in_b, in_a, kept)
    batch = tuple(i for i in in_a if i in in_b and i in kept)
    summed = tuple(i for i in in_a if i in in_b and i not in kept)
    only_a = tuple(i for i in in_a if i not in in_b)
    only_b = tuple(i for i in in_b if i not in in_a)
    sizes = {**dict(zip(in_a, a.shape, strict=True)), **dict(zip(in_b, b.shape, strict=True))}

    def count(indices: Indices) -> int:
        return math.prod([sizes[i] for i in indices])

    left = a.transpose([in_a.index(i) for i in (*batch, *only_a, *summed)])
    right = b.transpose([in_b.index(i) for i in (*batch, *summed, *only_b)])
    left = left.reshape(*[sizes[i] for i in batch], count(only_a), count(summed))
    right = right.reshape(*[sizes[i] for i in batch], count(summed), count(only_b))
    product = np.matmul(left, right) if summed else left * right
    result = (*batch, *only_a, *only_b)
    return product.reshape([sizes[i] for i in result]), result


def _without_broadcast(
    array: Array, indices: Indices, others: Indices, largest: dict[int, int]
) -> tuple[Array, Indices]:
    # What has size 1 here and more elsewhere is the same for every value of that index.
    axes = tuple(
        axis
        for axis, (index, size) in enumerate(zip(indices, array.shape, strict=True))
        if size == 1 and largest[index] != 1 and index in others
    )
    return array.squeeze(axes), tuple(index for axis, index in enumerate(indices) if axis not in axes)


def _without_lonely(array: Array, indices: Indices, others: Indices, kept: set[int]) -> tuple[Array, Indices]:
    axes = tuple(axis for axis, index in enumerate(indices) if index not in others and index not in kept)
    if not axes:
        return array, indices
    return array.sum(axis=axes, dtype=array.dtype), tuple(i for axis, i in enumerate(indices) if axis not in axes)
