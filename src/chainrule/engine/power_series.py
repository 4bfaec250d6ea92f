"""The coefficients of power series, and what is done with one of them.

A coefficient is an array, a tensor, or None where it is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.engine.broadcasting import broadcast_to
from chainrule.engine.op import Op
from chainrule.engine.tensor_base import TensorBase, new_tensor

# Gives the coefficient of an order; those of lower orders have been asked for before.
More = Callable[[int], Any]


class Series:
    """The coefficients of a tensor from the first order on, as far as they have been asked for."""

    __slots__ = ("derivative", "found", "more")

    found: list[Any]
    more: More | None
    derivative: Any  # the tensor that stands for the derivative by t

    def __init__(self, more: More | None, found: Sequence[Any] = ()) -> None:
        self.found = list(found)
        self.more = more
        self.derivative = None

    def coefficient(self, order: int) -> Any:
        """The coefficient of an order from 1 on; None for zero."""
        found = self.found
        if len(found) < order:
            if self.more is None:
                return None
            while len(found) < order:
                value = self.more(len(found) + 1)
                found.append(np.asarray(value) if isinstance(value, np.generic) else value)
        return found[order - 1]


def formula_argument(op: Op, name: str, args: tuple[Any, ...], result: Any) -> Any:
    """What a parameter of a formula stands for in a call with these arguments."""
    if name == "result":
        return results_of(result)[0]
    if name in op.results and name not in op.parameters:
        return result[op.results.index(name)]
    if name not in op.parameters:
        value = args[op.parameters.index(name.removesuffix("_shape"))]
        if isinstance(value, (list, tuple)):
            return tuple([np.shape(v) for v in value])
        return value._array.shape if isinstance(value, TensorBase) else np.shape(value)
    given = args[op.parameters.index(name)]
    if op.promotion != "as given" and isinstance(given, (TensorBase, ndarray)):
        array = given._array if isinstance(given, TensorBase) else given
        if array.dtype.kind in "biu":
            return given.astype(results_of(result)[0]._array.dtype)  # type: ignore[union-attr]
    return given


def fitting(more: More, result: Any) -> More:
    """The same coefficients in the result's shape and type."""
    shape, dtype = result._array.shape, result._array.dtype

    def fitted(order: int) -> Any:
        value = more(order)
        if value is None:
            return None
        if not isinstance(value, (TensorBase, ndarray)):
            value = np.asarray(value)
        array = value._array if isinstance(value, TensorBase) else value
        if array.shape != shape:
            value = broadcast_to(value, shape)
        if array.dtype != dtype:
            value = (value.real if array.dtype.kind == "c" and dtype.kind != "c" else value).astype(dtype)
        return value

    return fitted


def results_of(result: Any) -> tuple[Any, ...]:
    """The results of an operation, which may be one."""
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


def zeros_like(value: Any) -> Any:
    """Zeros in place of an argument: an array for a tensor or array, a number for a number, None for None."""
    if isinstance(value, (list, tuple)):
        return [zeros_like(v) for v in value]
    if isinstance(value, TensorBase):
        value = value._array
        return np.zeros(value.shape, value.dtype)
    return None if value is None else np.zeros_like(value) if isinstance(value, ndarray) else type(value)(0)


def as_tensor(value: Any) -> Any:
    """A coefficient as a tensor."""
    return value if isinstance(value, TensorBase) else new_tensor(np.asarray(value))


def tensors_for_arrays(value: Any) -> Any:
    """An argument with tensors in place of arrays, for what is done at other levels."""
    if isinstance(value, (list, tuple)):
        return [tensors_for_arrays(v) for v in value]
    return new_tensor(value) if isinstance(value, ndarray) else value


def sum_of(total: Any, term: Any) -> Any:
    """The sum of two coefficients, either of which may be None."""
    return term if total is None else total if term is None else total + term


def scaled(coefficient: Any, factor: int) -> Any:
    """A coefficient times a number."""
    return coefficient if coefficient is None or factor == 1 else coefficient * factor


def divided(coefficient: Any, divisor: int) -> Any:
    """A coefficient divided by a number."""
    return coefficient if coefficient is None or divisor == 1 else coefficient / divisor
