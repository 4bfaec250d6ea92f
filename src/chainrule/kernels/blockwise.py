"""Work on large arrays, element by element: cut up so that it stays in the processor's cache, or into threads.

A formula of several steps runs block by block, each step into memory that the cache still knows; what takes more time
than memory does is cut up among the threads. Neither changes a bit of the result: where an array is cut, NumPy's loops
would pass from one full vector to the next.

A formula may also be put off (`Blockwise.later`): what it gives is then worked out together with what is made of it, so
that what lies between never goes through memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy import ndarray

from chainrule.kernels import memory, threads
from chainrule.kernels.steps import Steps, steps_of
from chainrule.kernels.threads import WORTH_A_THREAD
from chainrule.kernels.zero_times_infinity import has_nan, without_lost_zeros

__all__ = ["LARGE", "Blockwise", "Deferred", "blockwise", "sum_of_deferred"]

Array: TypeAlias = "np.ndarray[Any, Any]"

# From so many elements on an array is large: it is worth a look at its memory, and at how the work is cut up.
LARGE: Final = 1 << 18

# A block of one array in bytes.
BLOCK: Final = 1 << 19

# So many pieces of the work for each thread: one that comes late, or is held up, is waited for less long. While others
# used the machine, the gradient of the bench's formula took 1.74 ms in one piece for each of two threads, 1.49 in two.
PIECES: Final = 2

# Arrays are cut at whole multiples of so many elements.
WHOLE: Final = 1 << 12

# Arguments that are no arrays, which steps may hang on.
PLAIN: Final = frozenset({int, float, bool, str, type(None)})
# So many ways of calling a function are remembered.
MOST_KNOWN: Final = 64
# So many formulas are worked out together at most.
MOST_TOGETHER: Final = 16
UNKNOWN: Final = object()


class Blockwise:
    """A function of arrays, element by element, that takes its own way with large arrays of one shape, row by row.

    Of all else, Tensors among it, the function is called as it is.
    """

    __slots__ = ("_known", "function")

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self._known: dict[Any, Steps | None] = {}

    def __call__(self, *arguments: Any) -> Any:
        """The function's result."""
        found = self._steps_for(arguments)
        if found is None:
            return self.function(*arguments)
        steps, shape = found
        result = memory.empty(shape, steps.dtype)
        run(steps, [a for a in arguments if type(a) is ndarray], result)
        return result

    def later(self, grad: Any, *values: Any) -> Any:
        """The same, put off where that can be: a `Deferred`, and `grad` may be one."""
        if not values and _gives_back(self.function):
            if type(grad) is Deferred:
                grad.is_passed_on = True
            return grad
        found = self._steps_for((grad, *values))
        if found is not None:
            return Deferred(self.function, (grad, *values), found[0].dtype, found[1])
        if type(grad) is not Deferred:
            return self.function(grad, *values)
        array = grad.array()
        result = self.function(array, *values)
        if result is not array:
            return result
        grad.is_passed_on = True
        return grad

    def _steps_for(self, arguments: tuple[Any, ...]) -> tuple[Steps, tuple[int, ...]] | None:
        # The steps for such arguments, and the shape of the result; None where the function is to be called as it is.
        shape: tuple[int, ...] = ()
        form: list[Any] = []
        for value in arguments:
            kind = type(value)
            if kind is ndarray or kind is Deferred:
                if value.shape:
                    if not shape:
                        shape = value.shape
                    elif value.shape != shape:
                        return None
                    if kind is ndarray and (value.size < LARGE or not _is_row_by_row(value)):
                        return None
                form.append(value.dtype)
            elif kind in PLAIN:
                form.append((kind, repr(value)))  # by what it looks like, which tells 0.0 from -0.0
            else:
                return None
        if not shape:
            return None
        given = tuple([a if type(a) in PLAIN else a.dtype for a in arguments])
        steps = _known_steps(self._known, tuple(form), self.function, given)
        return None if steps is None else (steps, shape)


def blockwise(function: Callable[..., Any]) -> Blockwise:
    """`function` of arrays, element by element, as one that takes its own way with large arrays."""
    return Blockwise(function)


class Number(NamedTuple):
    """An argument of a formula that is no array; `text` tells 0.0 from -0.0."""

    text: str
    value: Any


# The steps of what was worked out together, by formulas and types of elements.
_known_together: dict[Any, Steps | None] = {}


class Deferred:
    """An array that is yet to be worked out: by a formula, from arrays and others such as itself.

    What is asked for a second time is worked out for itself, once.
    """

    __slots__ = (
        "__weakref__", "_array", "_uses", "arguments", "count", "dtype", "formula", "is_passed_on", "shape",
        "lookout",
    )  # fmt: skip

    def __init__(
        self, formula: Callable[..., Any], arguments: tuple[Any, ...], dtype: np.dtype[Any], shape: tuple[int, ...]
    ) -> None:
        self.formula = formula
        self.dtype = dtype
        self.shape = shape
        self.is_passed_on = False  # several may have it
        self._uses = 0
        self._array: Array | None = None
        self.lookout: Any = None  # its `is_on` says whether to look for zeros that were lost
        self.count = 1
        for value in arguments:
            if type(value) is Deferred:
                value._uses += 1
                if value._uses > 1 or self.count + value.count > MOST_TOGETHER:
                    value.array()
                self.count += value.count
        self.arguments = arguments

    def array(self) -> Array:
        """The array, which others may have as well."""
        if self._array is None:
            arrays: list[Array] = []
            described = self._describe(arrays, {})
            types = tuple([a.dtype for a in arrays])
            steps = _known_steps(_known_together, (described, types), partial(_replay, described), types)
            self._array = memory.empty(self.shape, self.dtype)
            run(steps, arrays, self._array)  # type: ignore[arg-type]  # each formula has steps, so have they together
            if self.lookout is not None and self.lookout.is_on and has_nan(self._array):
                self._array = _replay_with_zeros(described, *arrays)
            self.arguments = ()
            self.count = 0
        return self._array

    def taken(self) -> Array:
        """The array, as a view of it where others may have it as well."""
        array = self.array()
        return array.view() if self._uses or self.is_passed_on else array

    def settle(self) -> None:
        """Work it out if nothing that will be worked out hangs on it."""
        if self.is_passed_on or not self._uses:
            self.array()

    def __array__(self, *_: Any, **__: Any) -> Array:
        return self.array()

    def _describe(self, arrays: list[Array], numbers: dict[int, int]) -> tuple[Any, ...]:
        # The formula, and for each argument the number of an array, a plain number, or the same of another.
        described: list[Any] = [self.formula]
        for given in self.arguments:
            value = given
            if type(value) is Deferred:
                if value._array is None:
                    described.append(value._describe(arrays, numbers))
                    continue
                value = value._array
            if type(value) is ndarray:
                number = numbers.setdefault(id(value), len(arrays))
                if number == len(arrays):
                    arrays.append(value)
                described.append(number)
            else:
                described.append(Number(repr(value), value))
        return tuple(described)


def _replay(described: tuple[Any, ...], *arrays: Any) -> Any:
    values = []
    for part in described[1:]:
        if type(part) is int:
            values.append(arrays[part])
        elif type(part) is Number:
            values.append(part.value)
        else:
            values.append(_replay(part, *arrays))
    return described[0](*values)


def _replay_with_zeros(described: tuple[Any, ...], *arrays: Any) -> Any:
    # The same formula by formula, each with the zeros that it loses.
    formula = described[0]
    values = []
    for part in described[1:]:
        if type(part) is int:
            values.append(arrays[part])
        else:
            values.append(part.value if type(part) is Number else _replay_with_zeros(part, *arrays))
    found = formula(*values)
    if formula is np.add:  # a sum of gradients, which is no formula of one
        return found
    return without_lost_zeros(found, values[0], lambda grad: formula(grad, *values[1:]))


def sum_of_deferred(total: Any, gradient: Any) -> Any:
    """The sum of two of one shape and type: put off, where one is a Deferred and the other is an array row by row."""
    for each in (total, gradient):
        if type(each) is ndarray and not _is_row_by_row(each):
            return np.add(total, gradient)
    found = Deferred(np.add, (total, gradient), total.dtype, total.shape)
    found.lookout = total.lookout if type(total) is Deferred else gradient.lookout
    return found


def _gives_back(function: Callable[..., Any]) -> bool:
    # Whether it is the gradient itself that a formula of nothing else gives.
    try:
        return function(UNKNOWN) is UNKNOWN
    except TypeError:
        return False


def _is_row_by_row(array: Array) -> bool:
    # Or all one element.
    return array.flags.c_contiguous or not any(array.strides)


def _known_steps(
    known: dict[Any, Steps | None], key: Any, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> Steps | None:
    steps: Any = known.get(key, UNKNOWN)
    if steps is UNKNOWN:
        if len(known) >= MOST_KNOWN:
            known.clear()
        steps = known[key] = steps_of(function, arguments)
    return steps


def run(steps: Steps, arrays: list[Array], out: Array) -> None:
    """Take the steps, from arrays of one shape (or of no dimension), row by row, into `out`."""
    size = out.size
    workers = min(threads.count(), size // WORTH_A_THREAD) if steps.is_work else 1
    if workers < 2 and len(steps.steps) == 1:
        steps.take([*arrays, out, *steps.places[len(arrays) + 1 :]])
        return
    flat = [a.reshape(-1) if a.ndim else a for a in arrays]
    out = out.reshape(-1)
    length = size if workers < 2 else -(-size // (workers * PIECES) // WHOLE) * WHOLE
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
