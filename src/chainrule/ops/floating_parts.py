"""Floating-point numbers taken apart: `frexp`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import c_type_name
from chainrule.engine.op import op


def _checking_out(function: Callable[..., Any]) -> Callable[..., Any]:
    def frexp(input: Any, *, out: Any = None) -> Any:
        if out is None:
            return function(input)
        wanted = (("mantissa", getattr(input, "_array", input).dtype), ("exponent", np.dtype(np.int32)))
        for (name, dtype), target in zip(wanted, out, strict=True):
            if target._array.dtype != dtype:
                raise RuntimeError(
                    f"torch.frexp() expects {name} to have dtype {c_type_name(dtype)} but got "
                    f"{c_type_name(target._array.dtype)}"
                )
        return function(input, out=out)

    return frexp


def _scaled_back(grads: tuple[Any, ...], exponent: Any) -> Any:
    grad, _ = grads
    # Between its jumps the exponent stays as it is.
    powers = np.ldexp(np.ones((), _values(grad).dtype), -_values(exponent))
    return grad * powers


def _values(tensor: Any) -> Any:
    return getattr(tensor, "_array", tensor)


@op(results=("mantissa", "exponent"), adapt=_checking_out, self=_scaled_back)
def frexp(self: Any) -> Any:
    """Each number as a mantissa of a size from 0.5 to 1 times a power of two: mantissas, and exponents (`int32`).

    >>> torch.frexp(torch.tensor([6.0])).exponent
    tensor([3], dtype=chainrule.int32)
    """
    if self.dtype.kind != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    mantissa, exponent = np.frexp(self)
    # Infinities and what is no number have an exponent of 0.
    return mantissa, np.where(np.isfinite(self), exponent, 0).astype(np.int32)
