"""`np.maximum` of an array and zero, at the speed that NumPy has for two arrays."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from chainrule.kernels.memory import empty

__all__ = ["positive_part"]

# NumPy takes as long again to make an array of a number: so there is one, of the types that most arrays have.
ZERO: Final = {zero.dtype: zero for zero in (np.zeros((), np.float32), np.zeros((), np.float64))}
# And it has no vector loop for one number beside an array: so a large array gets a row of zeros, again and again.
ROW: Final = 1024
# With fewer elements the row is not worth its while.
FEW: Final = 4 * ROW


def positive_part(array: Any) -> Any:
    """Return `np.maximum(0, array)`.

    >>> positive_part(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    dtype = array.dtype
    if array.size < FEW or dtype.kind != "f" or not array.flags.c_contiguous:
        return np.maximum(ZERO.get(dtype, 0), array)
    result = empty(array.shape, dtype)
    given, found = array.reshape(-1), result.reshape(-1)
    row = np.zeros(ROW, dtype)
    whole = array.size - array.size % ROW
    np.maximum(row, given[:whole].reshape(-1, ROW), out=found[:whole].reshape(-1, ROW))
    np.maximum(row[: array.size - whole], given[whole:], out=found[whole:])
    return result
