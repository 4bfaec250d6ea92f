"""The sum of a large array, by several threads.

NumPy adds up halves, and halves of these, so that rounding errors stay small. The same halves are taken here, whatever
the number of threads: the sum does not depend on it.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np

from chainrule.kernels import threads

__all__ = ["sum_of_large"]

Array: TypeAlias = "np.ndarray[Any, Any]"

# An array is halved until the parts are less than twice as large, or there are so many.
WORTH_A_PART: Final = 1 << 17
MOST_PARTS: Final = 16


def sum_of_large(array: Array) -> Any:
    """The sum of all elements of an array of floating-point numbers that lies row by row."""
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
