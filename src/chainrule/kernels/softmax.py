"""Softmax and its logarithm along one dimension, and their derivatives.

Along the last dimension of more than a few numbers they work on the rows of a matrix (rows.py); else on whole slices.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from chainrule.kernels import memory
from chainrule.kernels.rows import as_rows, in_blocks, row_dots, row_maxima, row_sums

__all__ = ["log_softmax", "log_softmax_backward", "softmax", "softmax_backward"]

# Powers of numbers up to this can be added up without overflow, and need not be shifted first.
_LARGEST: Final = {np.dtype(np.float32): 64.0, np.dtype(np.float64): 600.0}
# If the sum of the powers is not less than this, those that have been too small for a number do not matter.
_LEAST_TOTAL: Final = 1e-6
# With fewer numbers rows cost no more than any slices.
_FEW: Final = 512


def softmax(x: Any, axis: int) -> Any:
    """`exp(x)` divided by its sum along the axis: of floats, not empty, of one dimension or more.

    >>> softmax(np.array([0.0, 1000.0]), 0)
    array([0., 1.])
    """
    if not _by_rows(x, axis):
        powers = _shifted(x, axis)
        np.exp(powers, out=powers)
        powers /= np.add.reduce(powers, axis=axis, keepdims=True)
        return powers
    rows = as_rows(x)
    result = memory.empty(rows.shape, rows.dtype)
    in_blocks(lambda _, part: _softmax_of_rows(rows[part], result[part]), rows.shape)
    return result.reshape(x.shape)


def _softmax_of_rows(rows: Any, out: Any) -> None:
    if rows.max() <= _LARGEST[rows.dtype]:
        np.exp(rows, out=out)
        totals = row_sums(out)
        if totals.min() >= _LEAST_TOTAL:
            out /= totals[:, None]
            return
    np.subtract(rows, row_maxima(rows)[:, None], out=out)
    np.exp(out, out=out)
    out /= row_sums(out)[:, None]


def softmax_backward(grad: Any, result: Any, axis: int) -> Any:
    """`grad` times the derivative of `softmax`, of which `result` came."""
    if not _by_rows(result, axis):
        products = grad * result
        products -= result * np.add.reduce(products, axis=axis, keepdims=True)
        return products
    rows, results = as_rows(grad), as_rows(result)
    found = memory.empty(rows.shape, rows.dtype)

    def differentiate(_: int, part: slice) -> None:
        along, y, out = rows[part], results[part], found[part]
        np.subtract(along, row_dots(along, y)[:, None], out=out)
        out *= y

    in_blocks(differentiate, rows.shape)
    return found.reshape(result.shape)


def log_softmax(x: Any, axis: int) -> Any:
    """The logarithm of `softmax`, without overflow.

    >>> log_softmax(np.array([0.0, 1000.0]), 0)
    array([-1000.,     0.])
    """
    if not _by_rows(x, axis):
        logs = _shifted(x, axis)
        logs -= np.log(np.add.reduce(np.exp(logs), axis=axis, keepdims=True))
        return logs
    rows = as_rows(x)
    result = memory.empty(rows.shape, rows.dtype)

    def compute(_: int, part: slice) -> None:
        logs = np.subtract(rows[part], row_maxima(rows[part])[:, None], out=result[part])
        logs -= np.log(row_sums(np.exp(logs)))[:, None]

    in_blocks(compute, rows.shape)
    return result.reshape(x.shape)


def log_softmax_backward(grad: Any, result: Any, axis: int) -> Any:
    """`grad` times the derivative of `log_softmax`, of which `result` came."""
    if not _by_rows(result, axis):
        found = np.exp(result)
        found *= np.add.reduce(grad, axis=axis, keepdims=True)
        return np.subtract(grad, found, out=found)
    rows, results = as_rows(grad), as_rows(result)
    found = memory.empty(rows.shape, rows.dtype)

    def differentiate(_: int, part: slice) -> None:
        out = np.exp(results[part], out=found[part])
        out *= row_sums(rows[part])[:, None]
        np.subtract(rows[part], out, out=out)

    in_blocks(differentiate, rows.shape)
    return found.reshape(result.shape)


def _by_rows(x: Any, axis: int) -> bool:
    return axis in {-1, x.ndim - 1} and x.size >= _FEW


def _shifted(x: Any, axis: int) -> Any:
    # The largest number is 0, so that no power overflows.
    return x - np.maximum.reduce(x, axis=axis, keepdims=True)
