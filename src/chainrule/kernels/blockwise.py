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

__all__ = ["LARGE", "blockwise"]

Array: TypeAlias = "np.ndarray[Any, Any]"

# From so many elements on an array is large: it is worth a look at its memory, and at how the work is cut up.
LARGE: Final = 1 << 16

# A block of one array in bytes.
BLOCK: Final = 1 << 18
# So many elements at least are worth a thread, where they take work; with less it takes as long to call the thread.
WORTH_A_THREAD: Final = 1 << 17

# Arrays are cut at whole multiples of so many elements.
WHOLE: Final = 1 << 12

# Arguments that are no arrays, which steps may hang on.
PLAIN: Final = frozenset({int, float, bool, str, type(None)})
# So many ways of calling a function are remembered.
MOST_KNOWN: Final = 64


def blockwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of arrays, element by element, that takes its own way with large arrays of one shape.

    Of all else, Tensors among it, the function is called as it is.
    """
    known: dict[Any, Steps | None] = {}

    def in_blocks(*arguments: Any) -> Any:
        first: Any = None
        key: list[Any] = []
        arrays: list[Array] = []
        for value in arguments:
            kind = type(value)
            if kind is ndarray:
                if first is None:
                    first = value
                    if value.size < LARGE:
                        return function(*arguments)
                elif value.shape != first.shape:
                    return function(*arguments)
                arrays.append(value)
                key.append(value.dtype)
            elif kind in PLAIN:
                key += (kind, value)
            else:
                return function(*arguments)
        flat = _flat(arrays)
        if flat is None:
            return function(*arguments)
        form = tuple(key)
        if form in known:
            steps = known[form]
        else:
            steps = steps_of(function, tuple([a.dtype if type(a) is ndarray else a for a in arguments]))
            if len(known) >= MOST_KNOWN:
                known.clear()
            known[form] = steps
        if steps is None:
            return function(*arguments)
        result = memory.empty(first.shape, steps.dtype)
        run(steps, flat, result.reshape(-1))
        return result

    return in_blocks


def _flat(arrays: list[Array]) -> list[Array] | None:
    # The arrays in one dimension, without a copy; None where one lies in memory otherwise than row by row.
    flat = []
    for array in arrays:
        if array.ndim == 1 and array.strides[0] in (array.itemsize, 0) or array.flags.c_contiguous or not any(array.strides):
            flat.append(array.reshape(-1))
        else:
            return None
    return flat


def run(steps: Steps, arrays: list[Array], out: Array) -> None:
    """Take the steps, from arrays of one dimension and one length into `out`."""
    size = out.size
    pieces = min(threads.count(), size // WORTH_A_THREAD) if steps.is_work else 1
    if pieces > 1:
        length = -(-size // pieces // WHOLE) * WHOLE
        parts = [slice(start, start + length) for start in range(0, size, length)]
        threads.run_side_by_side([partial(_run, steps, [a[part] for a in arrays], out[part]) for part in parts])
    else:
        _run(steps, arrays, out)


def _run(steps: Steps, arrays: list[Array], out: Array) -> None:
    if len(steps.steps) == 1:
        _take(steps, [*arrays, out, *steps.places[len(arrays) + 1 :]])
        return
    length = BLOCK // out.itemsize // WHOLE * WHOLE
    scratch = [(place, _aligned(length, dtype)) for place, dtype in steps.scratch]
    for start in range(0, out.size, length):
        part = slice(start, start + length)
        places = [*[a[part] for a in arrays], out[part], *steps.places[len(arrays) + 1 :]]
        rest = len(places[len(arrays)])
        for place, block in scratch:
            places[place] = block if rest == length else block[:rest]
        _take(steps, places)


def _take(steps: Steps, places: list[Any]) -> None:
    for function, first, second, third, target in steps.steps:
        if second < 0:
            function(places[first], places[target])
        elif third < 0:
            function(places[first], places[second], places[target])
        else:
            function(places[first], places[second], places[third], places[target])


def _aligned(length: int, dtype: np.dtype[Any]) -> Array:
    # Memory that begins where a line of the processor's cache does.
    room = np.empty(length * dtype.itemsize + 64, np.uint8)
    start = -room.__array_interface__["data"][0] % 64
    return room[start : start + length * dtype.itemsize].view(dtype)
