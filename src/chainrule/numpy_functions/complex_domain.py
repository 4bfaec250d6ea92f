"""`np.emath` on tensors: functions that are complex where the real ones have no value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.numpy_operands import as_tensor, constant, real_or_complex, row
from chainrule.numpy_protocols import FUNCTIONS, implements

emath: Any = np.emath


def _in_domain(x: Any, outside: Callable[[Any], Any]) -> Any:
    x = real_or_complex(x)
    if x.is_complex() or not outside(x._array).any():
        return x
    return x.astype(np.promote_types(x._array.dtype, np.complex64))


def _wider(name: str, outside: Callable[[Any], Any]) -> Callable[..., Any]:
    function = getattr(np, name)

    def of_any(x: Any) -> Any:
        return function(_in_domain(x, outside))

    return of_any


def _negative(values: Any) -> Any:
    return values < 0


def _beyond_one(values: Any) -> Any:
    return np.abs(values) > 1


for _name in ("sqrt", "log", "log2", "log10"):
    FUNCTIONS[getattr(emath, _name)] = _wider(_name, _negative)
FUNCTIONS[emath.arctanh] = _wider("arctanh", _beyond_one)


@implements(emath.arccos)
def _arccos(x: Any) -> Any:
    x = real_or_complex(x)
    outside = _beyond_one(x._array)
    if x.is_complex() or not outside.any():
        return np.arccos(x)
    # In real functions, since the derivative of the complex one has another sign on either side of the axis.
    where = row("where")
    beyond = constant(np.where(x._array > 1, 0, np.pi).astype(x._array.dtype))
    outside = constant(outside)
    real = where(outside, beyond, np.arccos(where(outside, 0.0, x)))
    return real - 1j * where(outside, np.arccosh(where(outside, np.abs(x), 2.0)), 0.0)


@implements(emath.arcsin)
def _arcsin(x: Any) -> Any:
    x = real_or_complex(x)
    return np.arcsin(x) if x.is_complex() or not _beyond_one(x._array).any() else np.pi / 2 - _arccos(x)


@implements(emath.power)
def _power(x: Any, p: Any) -> Any:
    p = as_tensor(p)
    return np.power(_in_domain(x, _negative), real_or_complex(p) if _negative(p._array.real).any() else p)


@implements(emath.logn)
def _logn(n: Any, x: Any) -> Any:
    return np.log(_in_domain(x, _negative)) / np.log(_in_domain(n, _negative))
