"""Finite differences of a function's values, as its inputs are moved to both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from chainrule.autograd.checking.subject import Array, moved
from chainrule.dtypes import from_numpy_dtype
from chainrule.size import Size

# What a function's outputs are, each time it is called.
Values = Callable[[], list[Array]]


def difference(values: Values, array: Array, at: Any, by: Any, eps: float, index: Any = None) -> list[Array]:
    """Half the difference of the outputs for `array[at]` moved by `by` and against it, over `eps`; of each flat.

    None in place of an output of integers. Raises AssertionError where shapes or types of the outputs change.
    """
    with moved(array, at, -by):
        low = values()
    with moved(array, at, by):
        high = values()
    slopes: list[Any] = []
    for a, b in zip(low, high, strict=True):
        _require_alike(a, b, eps, index)
        slopes.append(((b - a) / (2 * eps)).reshape(-1) if a.dtype.kind in "fc" else None)
    return slopes


def _require_alike(low: Array, high: Array, eps: float, index: Any) -> None:
    where = "" if index is None else f"on index {index} "
    given: Any = None
    if low.shape != high.shape:
        what, given = "shape", (Size(low.shape), Size(high.shape))
    elif low.dtype != high.dtype:
        what, given = "dtype", (from_numpy_dtype(low.dtype), from_numpy_dtype(high.dtype))
    else:
        return
    raise AssertionError(
        f"Expected `func` to return outputs with the same {what} when inputs are perturbed {where}by {eps}, but got:"
        f" {what}s {given[0]} and {given[1]}."
    )


class Slopes:
    """How each output changes as an input is moved: along its real and, where it is complex, its imaginary part.

    - `real[o]`, `imaginary[o]`: for output `o` one row for each way of moving the input; None for one of integers.
    """

    def __init__(self, real: list[Any], imaginary: list[Any] | None) -> None:
        self.real = real
        self.imaginary = imaginary

    def jacobian(self, output: int, part: str | None) -> Array:
        """The rows of the Jacobian of one output, or of one part of it; for a complex input those of both its parts."""
        along_real = _part(self.real[output], part)
        if self.imaginary is None:
            return along_real
        return np.asarray(along_real + 1j * _part(self.imaginary[output], part))


def _part(values: Array, part: str | None) -> Array:
    if part is None or values.dtype.kind != "c":
        return values
    return values.real if part == "real" else values.imag


def slopes_of_elements(values: Values, array: Array, eps: float) -> Slopes:
    """One row for each element of the input."""
    # NumPy's numbers have the type of the input, as the moved elements have.
    real = _stacked([difference(values, array, at, eps, eps, at) for at in _indices(array)], values)
    if array.dtype.kind != "c":
        return Slopes(real, None)
    return Slopes(real, _stacked([difference(values, array, at, eps * 1j, eps, at) for at in _indices(array)], values))


def slopes_along(values: Values, array: Array, u: Any, eps: float) -> Slopes:
    """One row, for the direction `u`; of a complex input two directions, for its real and its imaginary part."""
    if array.dtype.kind != "c":
        return Slopes(_row(difference(values, array, ..., eps * u.reshape(array.shape), eps)), None)
    along = [eps * direction.reshape(array.shape) for direction in u]
    real = difference(values, array, ..., along[0], eps)
    return Slopes(_row(real), _row(difference(values, array, ..., along[1] * 1j, eps)))


def _indices(array: Array) -> Iterator[tuple[int, ...]]:
    return np.ndindex(array.shape)


def _row(slopes: list[Any]) -> list[Any]:
    return [None if each is None else each[None] for each in slopes]


def _stacked(rows: list[list[Any]], values: Values) -> list[Any]:
    if rows:
        return [None if each[0] is None else np.stack(each) for each in zip(*rows, strict=True)]
    return [np.zeros((0, each.size), each.dtype) if each.dtype.kind in "fc" else None for each in values()]
