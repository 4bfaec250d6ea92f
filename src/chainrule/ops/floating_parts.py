"""Floating-point numbers taken apart into mantissa and exponent, and put together: `frexp`, `ldexp`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import c_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import ELEMENTWISE, FLOATING, op
from chainrule.engine.tensor_base import TensorBase


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


@op(results=("mantissa", "exponent"), adapt=_checking_out, self=_scaled_back, batching=batches.elementwise)
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


# ---- put together ----


def _of_tensors(function: Callable[..., Any]) -> Callable[..., Any]:
    def ldexp(input: Any, other: Any, **kwargs: Any) -> Any:
        if not isinstance(other, (TensorBase, np.ndarray)):
            raise TypeError(f"ldexp(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
        return function(input, other, **kwargs)

    return ldexp


def _scaled(grad: Any, other: Any) -> Any:
    return ldexp(grad, other)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, adapt=_of_tensors,
    self=_scaled, other=lambda grad, result: grad * result * math.log(2),
)  # fmt: skip
def ldexp(self: Any, other: Any) -> Any:
    """`input * 2 ** other`, also where the power alone is out of the type's range.

    >>> torch.ldexp(torch.tensor([1.0, 3.0]), torch.tensor([3, -1]))
    tensor([8.0000, 1.5000])
    """
    if self.dtype.kind == "c" or other.dtype.kind == "c":
        return self * np.exp2(other) if other.dtype.kind != "c" else self * np.power(2.0, other)
    whole = np.clip(np.where(np.isfinite(other), np.rint(other), 0), -10000, 10000)
    return np.ldexp(self * np.exp2(other - whole), whole.astype(np.int32))
