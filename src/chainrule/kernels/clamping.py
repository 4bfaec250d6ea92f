"""`np.maximum` of an array and a number, at the speed that NumPy has for two arrays."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from chainrule.kernels.memory import empty

__all__ = ["at_least"]

# NumPy has no vector loop for a number beside an array: so it gets a row of that number, again and again.
ROW: Final = 1024
# With fewer elements the row is not worth its while.
FEW: Final = 4 * ROW


def at_least(number: float, array: Any) -> Any:
    """Return `np.maximum(number, array)`, of floating-point numbers.

    >>> at_least(0, np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    dtype = array.dtype
    if dtype.kind != "f":
        return np.maximum(number, array)
    if array.size < FEW or not array.flags.c_contiguous:
        return np.maximum(np.asarray(number, dtype), array)  # a number itself would take as long again
    result = empty(array.shape, array.dtype)
    given, found = array.reshape(-1), result.reshape(-1)
    row = np.full(ROW, number, array.dtype)
    whole = array.size - array.size % ROW
    np.maximum(row, given[:whole].reshape(-1, ROW), out=found[:whole].reshape(-1, ROW))
    np.maximum(row[: array.size - whole], given[whole:], out=found[whole:])
    return result
