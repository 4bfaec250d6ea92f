"""What a function of arrays does, step by step: found out by calling it once with stand-ins for the arrays.

A formula such as `grad * (1 - result * result)` is three calls of NumPy. Known as a list of these, it can be run for
one block of the arrays after another, each step into memory that is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias

import numpy as np

from chainrule.kernels.selection import select_into

__all__ = ["StandIn", "Steps", "steps_of"]

DType: TypeAlias = "np.dtype[Any]"

# What the operator makes of some powers of floating-point numbers, in place of `np.power`.
POWERS: Final = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal}

# Functions that take little longer than reading and writing what they work on; all others count as work.
LIGHT: Final = frozenset(
    {
        np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.square, np.absolute, np.fabs,
        np.sqrt, np.reciprocal, np.sign, np.conjugate, np.maximum, np.minimum, np.floor, np.ceil, np.trunc, np.rint,
        np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.isnan, np.isfinite, np.isinf,
        np.signbit, np.copysign, np.logical_and, np.logical_or, np.logical_not, np.bitwise_and, np.bitwise_or,
        np.bitwise_xor, np.invert, select_into,
    }
)  # fmt: skip


# A step has places for so many.
MOST_ARGUMENTS: Final = 3


class _NoStepsError(TypeError):
    pass


def _refuse() -> NoReturn:
    raise _NoStepsError("this needs the values of an array, or its shape")


class StandIn(np.lib.mixins.NDArrayOperatorsMixin):
    """In place of an array: notes what is done with it. It has a type of its elements, and neither values nor shape."""

    __slots__ = ("dtype", "notes", "number")

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, dtype: DType, number: int, notes: Notes) -> None:
        self.dtype = dtype
        self.number = number
        self.notes = notes

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any, **options: Any) -> StandIn:
        if method != "__call__" or options or function.nout != 1 or function.nin > MOST_ARGUMENTS:
            _refuse()
        return self.notes.call(function, inputs)

    def __array_function__(
        self, function: Any, types: Any, inputs: tuple[Any, ...], options: dict[str, Any]
    ) -> StandIn:
        del types
        if function is not np.where or len(inputs) != 3 or options:
            _refuse()
        return self.notes.choice(*inputs)

    def __pow__(self, exponent: Any) -> Any:
        if type(exponent) in {int, float} and self.dtype.kind == "f" and exponent in POWERS:
            return POWERS[exponent](self)
        return np.power(self, exponent)

    def astype(self, dtype: Any, *, copy: bool = True) -> StandIn:
        """Itself where it has the type."""
        if copy or dtype != self.dtype:
            _refuse()
        return self

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        _refuse()

    def __bool__(self) -> NoReturn:  # noqa: PLE0304 (it never returns)
        _refuse()


class Notes:
    """What was done with stand-ins: `calls` of functions, each with its arguments; `dtypes` of them and the results."""

    def __init__(self) -> None:
        self.dtypes: list[DType] = []
        self.calls: list[tuple[Any, tuple[Any, ...], int]] = []
        self._results: dict[Any, StandIn] = {}

    def stand_in(self, dtype: DType) -> StandIn:
        """One more."""
        self.dtypes.append(dtype)
        return StandIn(dtype, len(self.dtypes) - 1, self)

    def call(self, function: Any, inputs: tuple[Any, ...]) -> StandIn:
        """Note a call of a ufunc."""
        for value in inputs:
            if not isinstance(value, (StandIn, int, float, complex, np.generic)):
                _refuse()
        return self._call(function, inputs, function(*[_nothing_like(value) for value in inputs]).dtype)

    def choice(self, condition: Any, x: Any, y: Any) -> StandIn:
        """Note a call of `np.where`."""
        dtype = np.where(_nothing_like(condition), _nothing_like(x), _nothing_like(y)).dtype
        if not isinstance(condition, StandIn) or condition.dtype.kind != "b" or dtype.kind != "f":
            _refuse()
        for value in (x, y):
            if not (value.dtype == dtype if isinstance(value, StandIn) else type(value) in {int, float}):
                _refuse()
        return self._call(select_into, (condition, x, y), dtype)

    def _call(self, function: Any, inputs: tuple[Any, ...], dtype: DType) -> StandIn:
        # What was called before with the same arguments gives the same.
        key = (function, *[v.number if isinstance(v, StandIn) else (type(v), repr(v)) for v in inputs])
        result = self._results.get(key)
        if result is None:
            result = self._results[key] = self.stand_in(dtype)
            self.calls.append((function, inputs, result.number))
        return result


def _nothing_like(value: Any) -> Any:
    return np.empty(0, value.dtype) if isinstance(value, StandIn) else value


class Steps:
    """The steps of a function of arrays of one shape, and memory for what is between them.

    - `steps`: for each the function, the places of up to three arguments (-1: none) and that of its result.
    - `places`: what stands in each place: the arrays given, the result, then numbers and further memory; all but the
      numbers are None here.
    - `scratch`: the places of the further memory, and the types of its elements.
    - `dtype`: of the result. `is_work`: whether a step takes much longer than reading and writing.
    """

    def __init__(self, notes: Notes, count: int, result: StandIn) -> None:
        self.dtype = result.dtype
        self.result_place = count
        self.steps: list[tuple[Any, int, int, int, int]] = []
        self.places: list[Any] = [None] * (count + 1)
        self.scratch: list[tuple[int, DType]] = []
        calls = _needed(notes.calls, result.number)
        self.is_work = any(function not in LIGHT for function, _, _ in calls)
        self._find_places(calls, notes.dtypes)

    def take(self, places: list[Any]) -> None:
        """Take the steps, with what is in `places`."""
        for function, first, second, third, target in self.steps:
            if second < 0:
                function(places[first], out=places[target])
            elif third < 0:
                function(places[first], places[second], out=places[target])
            else:
                function(places[first], places[second], places[third], out=places[target])

    def _find_places(self, calls: list[tuple[Any, tuple[Any, ...], int]], dtypes: list[DType]) -> None:
        place_of = {number: number for number in range(self.result_place)}
        last_use = {v.number: i for i, (_, inputs, _) in enumerate(calls) for v in inputs if isinstance(v, StandIn)}
        # Memory that is needed no more, the result's among it until the last step. A ufunc may write over what it
        # reads; a choice may not.
        free: list[tuple[int, DType]] = []
        if calls[-1][0] is not select_into:
            free.append((self.result_place, self.dtype))
        for i, (function, inputs, number) in enumerate(calls):
            sources = [place_of[v.number] if isinstance(v, StandIn) else self._new_place(v) for v in inputs]
            over = {v.number for v in inputs if isinstance(v, StandIn) and last_use[v.number] == i}
            ended = [(place_of[n], dtypes[n]) for n in over if place_of[n] >= self.result_place]
            if function is not select_into:
                free += ended
            place = self.result_place if i == len(calls) - 1 else self._free_place(free, dtypes[number])
            if function is select_into:
                free += ended
            place_of[number] = place
            first, second, third = [*sources, -1, -1][:3]
            self.steps.append((function, first, second, third, place))

    def _free_place(self, free: list[tuple[int, DType]], dtype: DType) -> int:
        for place, of in reversed(free):
            if of == dtype:
                free.remove((place, of))
                return place
        place = self._new_place(None)
        self.scratch.append((place, dtype))
        return place

    def _new_place(self, value: Any) -> int:
        self.places.append(value)
        return len(self.places) - 1


def _needed(calls: list[tuple[Any, tuple[Any, ...], int]], result: int) -> list[tuple[Any, tuple[Any, ...], int]]:
    # The calls that the result hangs on.
    needed = {result}
    kept = []
    for call in reversed(calls):
        if call[2] in needed:
            kept.append(call)
            needed.update(value.number for value in call[1] if isinstance(value, StandIn))
    return kept[::-1]


def steps_of(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Steps | None:
    """The steps of `function` called with these arguments, where types of elements stand for arrays of one shape.

    None where it has none that are known: where it hangs on values or shapes, or calls what is no ufunc.
    """
    notes = Notes()
    given = [notes.stand_in(a) if isinstance(a, np.dtype) else a for a in arguments]
    count = len(notes.dtypes)
    try:
        result = function(*given)
    except Exception:  # noqa: BLE001 (whatever it is, the function itself will say it of arrays)
        return None
    if not isinstance(result, StandIn) or result.number < count:
        return None
    return Steps(notes, count, result)
