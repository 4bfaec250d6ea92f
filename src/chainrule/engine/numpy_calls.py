"""NumPy's functions, called from this file; and formulas that are one operator, called without one.

NumPy warns of overflow, division by zero and the like at the line of Python that called it, and the warnings of this
package's own lines are switched off (PyTorch gives none). A compiled function has no line in Python: called from there,
NumPy would warn at the user's. This file is not compiled, and stands between.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np


def called_from_here(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which if it is a ufunc of NumPy is called from a line of this file."""
    if not isinstance(function, np.ufunc):
        return function
    if function.nin == 1:
        return lambda a: function(a)
    if function.nin == 2:
        return lambda a, b: function(a, b)
    return lambda *args: function(*args)


def with_a_number(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for an array and a Python number: NumPy is quicker with an array of the number in the other's type."""
    asarray = np.asarray
    return lambda array, number: function(array, asarray(number, array.dtype))


def called_from_here_into(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for calls that give the array for the result behind the operands."""
    return (lambda *args: function(*args)) if isinstance(function, np.ufunc) else function


def _essence(formula: Any) -> tuple[Any, ...]:
    code = formula.__code__
    return code.co_code, code.co_argcount, code.co_names, code.co_freevars


# What a formula does that is one operator, by the instructions of its code.
_UFUNCS: dict[tuple[Any, ...], Callable[..., Any]] = {
    _essence(lambda grad, other: grad * other): np.multiply,
    _essence(lambda grad, other: grad / other): np.divide,
    _essence(lambda grad: -grad): np.negative,
}
_OPERATORS: dict[Any, Callable[..., Any]] = {
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.negative: operator.neg,
}


def called_directly(formula: Callable[..., Any]) -> Callable[..., Any]:
    """`formula`, or the function of NumPy that it is, which does without a frame of Python around it."""
    return _UFUNCS.get(_essence(formula), formula)


# `on_tensors(formula, formula)`: such a formula as Tensors take it quickest.
on_tensors = _OPERATORS.get
