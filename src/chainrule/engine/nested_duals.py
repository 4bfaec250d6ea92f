"""Taylor coefficients by tangents of tangents: for what has a rule for tangents and no other."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any

import numpy as np

from chainrule.engine.forward_mode import JvpLevel
from chainrule.engine.tensor_base import TensorBase, new_tensor


def nested_duals(function: Any, polynomials: list[Any], order: int) -> list[list[Any]]:
    """The coefficients, from the first to that of `order`, of each result of a custom function.

    `polynomials`: for each argument its coefficients from order 0 on, as a list, or a constant as it is. It takes a
    number of steps that grows with 2 ** order.
    """
    levels = [JvpLevel() for _ in range(order)]
    with ExitStack() as stack:
        for level in levels:
            stack.enter_context(level.entered())
        outputs = function.apply(*[_at_dual(p, levels) if isinstance(p, list) else p for p in polynomials])
        results = outputs if isinstance(outputs, tuple) else (outputs,)
        return [
            [_derivative(result, levels, k) for k in range(1, order + 1)] if isinstance(result, TensorBase) else []
            for result in results
        ]


def _at_dual(coefficients: list[Any], levels: list[JvpLevel]) -> Any:
    # The polynomial at a number t = 0 that has the tangent 1 at every level.
    first = coefficients[0]
    t: Any = new_tensor(np.zeros((), first._array.dtype))
    for level in levels:
        t = level.make_dual(t, new_tensor(np.ones((), first._array.dtype)))
    value: Any = None
    for coefficient in reversed(coefficients):
        if value is not None:
            value = value * t
        if coefficient is not None:
            value = coefficient if value is None else coefficient + value
    return value


def _derivative(result: Any, levels: list[JvpLevel], order: int) -> Any:
    # The tangent at as many of the levels, without those at the others.
    for number, level in enumerate(reversed(levels)):  # a tangent has those at the levels below its own
        value, tangent = level.unpack(result)
        if number >= order:
            result = value
        elif tangent is None:
            return None
        else:
            result = tangent
    return result if order == 1 else result / math.factorial(order)
