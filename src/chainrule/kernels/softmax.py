"""Softmax and its logarithm along one dimension, and their derivatives.

Along the last dimension of more than a few numbers they work on the rows of a matrix (rows.py); else on whole slices.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from chainrule.kernels.rows import as_rows, row_dots, row_maxima, row_sums

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
    if rows.max() <= _LARGEST[rows.dtype]:
        powers = np.exp(rows)
        totals = row_sums(powers)
        if totals.min() >= _LEAST_TOTAL:
            powers /= totals[:, None]
            return powers.reshape(x.shape)
    powers = rows - row_maxima(rows)[:, None]
    np.exp(powers, out=powers)
    powers /= row_sums(powers)[:, None]
    return powers.reshape(x.shape)


def softmax_backward(grad: Any, result: Any, axis: int) -> Any:
    """`grad` times the derivative of `softmax`, of which `result` came."""
    if not _by_rows(result, axis):
        products = grad * result
        products -= result * np.add.reduce(products, axis=axis, keepdims=True)
        return products
    rows, result_rows = as_rows(grad), as_rows(result)
    found = rows - row_dots(rows, result_rows)[:, None]
    found *= result_rows
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
    logs = rows - row_maxima(rows)[:, None]
    logs -= np.log(row_sums(np.exp(logs)))[:, None]
    return logs.reshape(x.shape)


def log_softmax_backward(grad: Any, result: Any, axis: int) -> Any:
    """`grad` times the derivative of `log_softmax`, of which `result` came."""
    if not _by_rows(result, axis):
        found = np.exp(result)
        found *= np.add.reduce(grad, axis=axis, keepdims=True)
        return np.subtract(grad, found, out=found)
    rows = as_rows(grad)
    found = np.exp(as_rows(result))
    found *= row_sums(rows)[:, None]
    return np.subtract(rows, found, out=found).reshape(result.shape)


def _by_rows(x: Any, axis: int) -> bool:
    return axis in {-1, x.ndim - 1} and x.size >= _FEW


def _shifted(x: Any, axis: int) -> Any:
    # The largest number is 0, so that no power overflows.
    return x - np.maximum.reduce(x, axis=axis, keepdims=True)
