"""Sums of few numbers, by BLAS; and of very many, by several threads.

For few, NumPy takes longer to prepare a reduction than to compute it. A product with a vector of ones does without.

Of many, NumPy adds up halves, and halves of these, so that rounding errors stay small. The same halves are taken here,
whatever the number of threads: the sum does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np

from chainrule.kernels import threads
from chainrule.kernels.blockwise import LARGE

__all__ = ["sum_along"]

Array: TypeAlias = "np.ndarray[Any, Any]"

# Up to so many numbers BLAS adds up as exactly as NumPy, and on one thread.
FEW: Final = 1 << 10
_FLOAT32: Final = np.dtype(np.float32)
_FLOAT64: Final = np.dtype(np.float64)
_reduce: Final[Callable[..., Any]] = np.add.reduce

# An array is halved until the parts are less than twice as large, or there are so many.
WORTH_A_PART: Final = 1 << 17
MOST_PARTS: Final = 16


def sum_along(array: Array, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> Any:
    """The sum along one dimension or several, or of all elements.

    Raises NumPy's AxisError where there is no such dimension.

    >>> sum_along(np.array([[1.0, 2.0], [3.0, 4.0]]), 0)
    array([4., 6.])
    """
    dtype = array.dtype
    if (dtype is _FLOAT32 or dtype is _FLOAT64) and not keepdim:
        if array.size <= FEW:
            if dim is None:
                return array.reshape(-1).dot(_ones(array.size, dtype))
            if array.ndim == 2:
                if dim == 0:
                    return _ones(len(array), dtype).dot(array)
                if dim == 1 or dim == -1:  # noqa: PLR1714 (a tuple takes longer)
                    return array.dot(_ones(array.shape[1], dtype))
        elif dim is None and array.size >= LARGE and array.flags.c_contiguous:
            return _sum_of_large(array)
    return _reduce(array, dim, None, None, keepdim)


@lru_cache
def _ones(count: int, dtype: Any) -> Array:
    return np.ones(count, dtype)


def _sum_of_large(array: Array) -> Any:
    flat = array.reshape(-1)
    parts = [slice(0, flat.size)]
    while parts[0].stop >= 2 * WORTH_A_PART and len(parts) < MOST_PARTS:
        parts = [half for part in parts for half in _halves(part)]
    sums = np.empty(len(parts), array.dtype)
    count = min(threads.count(), len(parts))
    if count < 2:
        _add_up(flat, parts, sums, 0, len(parts))
    else:
        ends = [len(parts) * i // count for i in range(count + 1)]
        threads.run_side_by_side([partial(_add_up, flat, parts, sums, *between) for between in pairwise(ends)])
    while len(sums) > 1:
        sums = sums[::2] + sums[1::2]
    return sums[0]


def _halves(part: slice) -> tuple[slice, slice]:
    half = (part.stop - part.start) // 2
    middle = part.start + half - half % 8
    return slice(part.start, middle), slice(middle, part.stop)


def _add_up(flat: Array, parts: list[slice], sums: Array, first: int, last: int) -> None:
    for i in range(first, last):
        sums[i] = np.add.reduce(flat[parts[i]])
