"""Powers: of tensors by numbers, of numbers by tensors, and of tensors by tensors."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, result_dtype, scalar_type_name
from chainrule.engine.inplace import call_inplace
from chainrule.engine.op import COMMON, ELEMENTWISE, op
from chainrule.kernels.selection import nothing_of
from chainrule.ops.arithmetic import common_type
from chainrule.ops.refusals import not_implemented

__all__ = ["float_power", "pow"]
METHODS = ("float_power", "float_power_", "pow", "pow_")


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, node_name="PowBackward0",
    self=lambda grad, self: grad * (2 * self),
)  # fmt: skip
def square(self: Any) -> Any:
    """Each element times itself."""
    return np.square(self.astype(np.int64) if self.dtype.kind == "b" else self)


# Exponents that PyTorch computes without a logarithm: the last bits are these.
_POWERS: dict[Any, Callable[[Any], Any]] = {
    0.5: np.sqrt,
    2: lambda x: x * x,
    3: lambda x: x * x * x,
    -0.5: lambda x: 1 / np.sqrt(x),
    -1: np.reciprocal,
    -2: lambda x: 1 / (x * x),
}


@op(
    kind=ELEMENTWISE, spaces="", node_name="PowBackward0",
    self=lambda grad, self, exponent: nothing_of(grad) if exponent == 0 else grad * (exponent * self ** (exponent - 1)),
)  # fmt: skip
def pow_scalar(self: Any, exponent: Any) -> Any:
    """A tensor to the power of a number."""
    is_real = self.dtype.kind == "f" and isinstance(exponent, (int, float))
    dtype = self.dtype if is_real else result_dtype((self, exponent))
    base = self.astype(dtype, copy=False)
    if dtype.kind in "fc":
        power = _POWERS.get(exponent)
        return np.power(base, exponent) if power is None else power(base)
    if exponent < 0:
        msg = "Integers to negative integer powers are not allowed."
        raise RuntimeError(msg)
    return np.power(base, exponent).astype(dtype, copy=False)


def _pow_exponent_backward(grad: Any, self: Any, exponent: Any, result: Any) -> Any:
    # d/dp x**p = x**p log x; at x = 0 it is 0 for p >= 0, where log x alone would make it NaN.
    at_zero = (self == 0) & (exponent.real >= 0) if exponent.dtype.kind == "c" else (self == 0) & (exponent >= 0)
    return grad * np.where(at_zero, 0, result * np.log(np.where(at_zero, 1, self)))


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="PowBackward1", check=not_implemented("pow", "b"),
    self=lambda grad, self, exponent: np.where(exponent == 0, 0, grad * (exponent * self ** (exponent - 1))),
    exponent=_pow_exponent_backward,
)  # fmt: skip
def pow_tensor(self: Any, exponent: Any) -> Any:
    """A tensor to the power of a tensor."""
    return _integer_power(self, exponent) if self.dtype.kind == "i" else np.power(self, exponent)


def _integer_power(base: Any, exponent: Any) -> Any:
    # Negative powers without their fraction: of 1 and -1 they are 1 or -1, of other numbers 0.
    result = np.power(base, np.abs(exponent))
    return np.where((exponent >= 0) | (np.abs(base) == 1), result, 0).astype(result.dtype, copy=False)


def _pow_of_scalar_backward(grad: Any, base: Any, exponent: Any, result: Any) -> Any:
    if base == 0:
        return np.where(exponent >= 0, 0, grad * (result * -math.inf))
    if isinstance(base, complex):
        return grad * (result * cmath.log(base))
    return grad * (result * (math.log(base) if base > 0 else math.nan))


@op(
    kind=ELEMENTWISE, spaces="", node_name="PowBackward2", saved_names={"base": "self"},
    exponent=_pow_of_scalar_backward,
)  # fmt: skip
def pow_of_scalar(base: Any, exponent: Any) -> Any:
    """A number to the power of a tensor."""
    dtype = result_dtype((base, exponent))
    if dtype.kind == "b":
        msg = "\"pow\" not implemented for 'Bool'"
        raise NotImplementedError(msg)
    base, exponent = np.asarray(base).astype(dtype), exponent.astype(dtype, copy=False)
    return _integer_power(base, exponent) if dtype.kind == "i" else np.power(base, exponent)


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """`input ** exponent`; either may be a number.

    >>> import chainrule as torch
    >>> torch.pow(torch.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    kwargs = {} if out is None else {"out": out}
    if hasattr(exponent, "shape"):
        if hasattr(input, "shape"):
            return pow_tensor(input, exponent, **kwargs)
        return pow_of_scalar(input, exponent, **kwargs)
    if not hasattr(input, "shape") or not isinstance(exponent, (int, float, complex)):
        msg = (
            f"pow() received an invalid combination of arguments - got ({type(input).__name__}, "
            f"{type(exponent).__name__}), but expected one of:\n"
            " * (Tensor input, Tensor exponent, *, Tensor out = None)\n"
            " * (Number self, Tensor exponent, *, Tensor out = None)\n"
            " * (Tensor input, Number exponent, *, Tensor out = None)\n"
        )
        raise TypeError(msg)
    return pow_scalar(input, exponent, **kwargs)


def pow_(input: Any, exponent: Any) -> Any:
    """`pow`, written into the tensor itself."""
    return call_inplace((pow_tensor if hasattr(exponent, "shape") else pow_scalar).op, (input, exponent))  # type: ignore[attr-defined]


def float_power(input: Any, exponent: Any) -> Any:
    """`input ** exponent` in double precision.

    >>> import chainrule as torch
    >>> torch.float_power(torch.tensor([4]), -1)
    tensor([0.2500], dtype=chainrule.float64)
    """
    dtype = _double_type(input, exponent)
    return pow(*(x.astype(dtype) if hasattr(x, "shape") else x for x in (input, exponent)))


def float_power_(input: Any, exponent: Any) -> Any:
    """`float_power`, written into the tensor itself; RuntimeError where that is of another type."""
    dtype = _double_type(input, exponent)
    if as_numpy_dtype(input.dtype) != dtype:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {scalar_type_name(input.dtype)} but the operation's result "
            f"requires dtype {scalar_type_name(dtype)}"
        )
    return pow_(input, exponent.astype(dtype) if hasattr(exponent, "shape") else exponent)


def _double_type(input: Any, exponent: Any) -> np.dtype[Any]:
    return np.dtype(np.complex128 if common_type(input, exponent).kind == "c" else np.float64)
