"""Work on large arrays, element by element: cut up so that it stays in the processor's cache, or into threads.

A formula of several steps runs block by block, each step into memory that the cache still knows; what takes more time
than memory does is cut up among the threads. Neither changes a bit of the result: where an array is cut, NumPy's loops
would pass from one full vector to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from numpy import ndarray

from chainrule.kernels import memory, threads
from chainrule.kernels.steps import Steps, steps_of
from chainrule.kernels.threads import WORTH_A_THREAD

__all__ = ["LARGE", "blockwise"]

Array: TypeAlias = "np.ndarray[Any, Any]"

# From so many elements on an array is large: it is worth a look at its memory, and at how the work is cut up.
LARGE: Final = 1 << 18

# A block of one array in bytes.
BLOCK: Final = 1 << 18

# Arrays are cut at whole multiples of so many elements.
WHOLE: Final = 1 << 12

# Arguments that are no arrays, which steps may hang on.
PLAIN: Final = frozenset({int, float, bool, str, type(None)})
# So many ways of calling a function are remembered.
MOST_KNOWN: Final = 64
UNKNOWN: Final = object()


def blockwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of arrays, element by element, that takes its own way with large arrays of one shape, row by row.

    Of all else, Tensors among it, the function is called as it is.
    """
    known: dict[Any, Any] = {}

    def in_blocks(*arguments: Any) -> Any:
        shape: tuple[int, ...] = ()
        form: list[Any] = []
        arrays: list[Array] = []
        for value in arguments:
            kind = type(value)
            if kind is ndarray:
                if value.ndim:
                    if not shape:
                        if value.size < LARGE:
                            return function(*arguments)
                        shape = value.shape
                    elif value.shape != shape:
                        return function(*arguments)
                    if not value.flags.c_contiguous and any(value.strides):
                        return function(*arguments)
                arrays.append(value)
                form.append(value.dtype)
            elif kind in PLAIN:
                form.append((kind, repr(value)))  # by what it looks like, which tells 0.0 from -0.0
            else:
                return function(*arguments)
        key = tuple(form)
        steps = known.get(key, UNKNOWN)
        if steps is UNKNOWN:
            if len(known) >= MOST_KNOWN:
                known.clear()
            steps = known[key] = steps_of(function, tuple([a.dtype if type(a) is ndarray else a for a in arguments]))
        if steps is None or not shape:
            return function(*arguments)
        result = memory.empty(shape, steps.dtype)
        run(steps, arrays, result)
        return result

    return in_blocks


def run(steps: Steps, arrays: list[Array], out: Array) -> None:
    """Take the steps, from arrays of one shape (or of no dimension), row by row, into `out`."""
    size = out.size
    pieces = min(threads.count(), size // WORTH_A_THREAD) if steps.is_work else 1
    if pieces < 2 and len(steps.steps) == 1:
        steps.take([*arrays, out, *steps.places[len(arrays) + 1 :]])
        return
    flat = [a.reshape(-1) if a.ndim else a for a in arrays]
    out = out.reshape(-1)
    length = size if pieces < 2 else -(-size // pieces // WHOLE) * WHOLE
    parts = [slice(start, min(start + length, size)) for start in range(0, size, length)]
    if len(parts) == 1:
        _run_part(steps, flat, out, parts[0])
    else:
        threads.run_side_by_side([partial(_run_part, steps, flat, out, part) for part in parts])


def _run_part(steps: Steps, arrays: list[Array], out: Array, whole: slice) -> None:
    count = len(arrays)
    several = len(steps.steps) > 1
    length = BLOCK // out.itemsize // WHOLE * WHOLE if several else whole.stop - whole.start
    places = [*arrays, out, *steps.places[count + 1 :]]
    scratch = [(place, _aligned(length, dtype)) for place, dtype in steps.scratch]
    for start in range(whole.start, whole.stop, length):
        part = slice(start, min(start + length, whole.stop))
        for i, array in enumerate(arrays):
            if array.ndim:
                places[i] = array[part]
        places[count] = out[part]
        for place, block in scratch:
            places[place] = block[: part.stop - start]
        steps.take(places)


def _aligned(length: int, dtype: np.dtype[Any]) -> Array:
    # Memory that begins where a line of the processor's cache does.
    room = np.empty(length * dtype.itemsize + 64, np.uint8)
    start = -room.__array_interface__["data"][0] % 64
    return room[start : start + length * dtype.itemsize].view(dtype)
