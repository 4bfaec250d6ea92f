"""Sums, products and maxima of the rows and columns of matrices.

NumPy goes through short rows one at a time, with a call for each. A product with a vector of ones, which is BLAS's,
takes a fifth of the time; its sums of columns are also more exact, since it adds up several at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from chainrule.kernels import threads
from chainrule.kernels.summation import sum_along
from chainrule.kernels.threads import WORTH_A_THREAD

__all__ = [
    "as_rows", "block_count", "column_sums", "in_blocks", "leading_sums", "row_dots", "row_maxima", "row_sums",
]  # fmt: skip

# So many numbers are worked on at a time: all that is computed of them stays in the processor's cache.
_BLOCK: Final = 1 << 16

# In rows as long as this NumPy's own sums cost little more, and are the more exact: they add up halves of halves.
_LONG_TO_SUM = 1024
# Up to this a matrix is folded over to find the maxima of its rows.
_LONG_TO_COMPARE = 192
_SHORT = 32
# Sums of more columns than this are added up in parts.
_TALL = 1024
# With fewer numbers than this NumPy's sum of columns is as quick.
_FEW = 2048


def as_rows(array: Any, count: int = 1) -> Any:
    """The array as a matrix in C order whose rows are the last `count` dimensions; a copy only if need be."""
    if not array.flags.c_contiguous:
        array = np.ascontiguousarray(array)
    if array.ndim == 2 and count == 1:
        return array
    columns = math.prod(array.shape[array.ndim - count :])
    return array.reshape(array.size // columns if columns else 0, columns)


def in_blocks(work: Callable[[int, slice], object], shape: tuple[int, int]) -> None:
    """Call `work(number, part)` for parts of the rows of a matrix of this shape, in several threads if it is large.

    The parts are the same however many threads there are, and so is all that is computed of them.

    >>> in_blocks(lambda number, part: print(number, part), (3, 4))
    0 slice(0, 3, None)
    """
    rows, columns = shape
    length = _block_length(columns)
    if rows <= length:
        work(0, slice(0, rows))
        return
    blocks = [(number, slice(start, min(start + length, rows))) for number, start in enumerate(range(0, rows, length))]
    pieces = max(min(threads.count(), rows * columns // WORTH_A_THREAD), 1)
    cuts = [len(blocks) * i // pieces for i in range(pieces + 1)]
    threads.run_side_by_side([partial(_in_turn, work, blocks[cuts[i] : cuts[i + 1]]) for i in range(pieces)])


def _in_turn(work: Callable[[int, slice], object], blocks: list[tuple[int, slice]]) -> None:
    for number, part in blocks:
        work(number, part)


def block_count(shape: tuple[int, int]) -> int:
    """How many parts `in_blocks` makes of a matrix of this shape.

    >>> block_count((3, 4)), block_count((1000, 1000))
    (1, 16)
    """
    return max(-(-shape[0] // _block_length(shape[1])), 1)


def _block_length(columns: int) -> int:
    # A whole number of the rows that BLAS takes together.
    return max(_BLOCK // max(columns, 1) // 16 * 16, 16)


def row_sums(matrix: Any) -> Any:
    """The sum of each row of a matrix of floating-point numbers.

    >>> row_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([3., 7.])
    """
    if matrix.shape[1] > _LONG_TO_SUM or matrix.dtype == np.float16:
        return matrix.sum(axis=1)
    return matrix @ np.ones(matrix.shape[1], matrix.dtype)


def column_sums(matrix: Any) -> Any:
    """The sum of each column of a matrix of floating-point numbers.

    >>> column_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.])
    """
    rows = matrix.shape[0]
    if matrix.dtype == np.float16:
        return matrix.sum(axis=0)
    ones = np.ones(min(rows, _TALL), matrix.dtype)
    if rows <= _TALL:
        return ones @ matrix
    parts = [ones[: rows - at] @ matrix[at : at + _TALL] for at in range(0, rows, _TALL)]
    return column_sums(np.stack(parts))


def leading_sums(array: Any, count: int) -> Any:
    """The sum over all dimensions but the last `count`, of which there is one at least.

    >>> leading_sums(np.ones((2, 3, 4)), 1)
    array([6., 6., 6., 6.])
    """
    leading = array.ndim - count
    if array.size < _FEW or not array.flags.c_contiguous or array.dtype.kind != "f":
        return sum_along(array, 0 if leading == 1 else tuple(range(leading)))
    return column_sums(as_rows(array, count)).reshape(array.shape[leading:])


def row_dots(a: Any, b: Any) -> Any:
    """The sum of the products in each row of two matrices of real numbers.

    >>> row_dots(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [1.0, 1.0]]))
    array([1., 7.])
    """
    return np.vecdot(a, b)


def row_maxima(matrix: Any) -> Any:
    """The largest number of each row; NaN where there is one.

    >>> row_maxima(np.array([[1.0, 2.0], [4.0, 3.0]]))
    array([2., 4.])
    """
    if matrix.shape[1] > _LONG_TO_COMPARE:
        return matrix.max(axis=1)
    while matrix.shape[1] > _SHORT:
        half = matrix.shape[1] // 2
        folded = np.maximum(matrix[:, :half], matrix[:, half : 2 * half])
        if matrix.shape[1] % 2:
            np.maximum(folded[:, 0], matrix[:, -1], out=folded[:, 0])
        matrix = folded
    return np.ascontiguousarray(matrix.T).max(axis=0)
