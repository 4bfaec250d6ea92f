"""Arithmetic and what goes with it, element by element: powers, comparisons, logic, choosing, mixing.

Each formula is the derivative as a page of calculus has it; broadcasting, types and complex conjugates are the engine's.
At points without a derivative see docs/nondifferentiable-points.md.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import result_dtype, scalar_type_name
from chainrule.engine.inplace import call_inplace
from chainrule.engine.op import AS_GIVEN, COMMON, ELEMENTWISE, FLOATING, NOT_DIFFERENTIABLE, op

__all__ = ["allclose", "pow"]
METHODS = ("allclose", "pow", "pow_")

# ---- arithmetic ----


def scaled_by_alpha(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function(input, other, *, alpha=1)`: the second operand is multiplied by `alpha` first."""

    def scaled(input: Any, other: Any, *, alpha: Any = 1, **kwargs: Any) -> Any:
        return function(input, other if alpha == 1 else other * alpha, **kwargs)

    return scaled


add = op(
    np.add, name="add", kind=ELEMENTWISE, promotion=COMMON, inplace=True, adapt=scaled_by_alpha,
    self=lambda grad: grad,
    other=lambda grad: grad,
)  # fmt: skip
sub = op(
    np.subtract, name="sub", kind=ELEMENTWISE, promotion=COMMON, inplace=True, adapt=scaled_by_alpha,
    self=lambda grad: grad,
    other=lambda grad: -grad,
)  # fmt: skip
@op(
    kind=ELEMENTWISE, promotion=COMMON, node_name="RsubBackward1",
    self=lambda grad: -grad,
    other=lambda grad: grad,
)  # fmt: skip
def rsub(self: Any, other: Any) -> Any:
    """`other - self`."""
    return np.subtract(other, self)


mul = op(
    np.multiply, name="mul", kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    self=lambda grad, other: grad * other,
    other=lambda grad, self: grad * self,
)  # fmt: skip


def with_rounding_mode(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function(input, other, *, rounding_mode=None)`: the quotient as it is, or its `trunc` or `floor`."""

    def divide(input: Any, other: Any, *, rounding_mode: str | None = None, **kwargs: Any) -> Any:
        if rounding_mode is None:
            return function(input, other, **kwargs)
        rounded = {"trunc": div_trunc, "floor": floor_divide}.get(rounding_mode)
        if rounded is None:
            msg = f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
            raise RuntimeError(msg)
        if function.__name__.endswith("_"):
            return input.copy_(rounded(input, other, **kwargs))
        return rounded(input, other, **kwargs)

    return divide


div = op(
    np.divide, name="div", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, adapt=with_rounding_mode,
    self=lambda grad, other: grad / other,
    other=lambda grad, self, other: -grad * ((self / other) / other),
)  # fmt: skip


def _zero(grad: Any) -> Any:
    return grad * 0


@op(kind=ELEMENTWISE, promotion=COMMON, node_name="DivBackward1", spaces="", self=_zero, other=_zero)
def div_trunc(self: Any, other: Any) -> Any:
    if self.dtype.kind in "fc":
        return np.trunc(np.divide(self, other))
    _refuse_zero_division(other)
    quotient = np.floor_divide(self, other)
    return quotient + ((quotient < 0) & (quotient * other != self))


@op(kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
def floor_divide(self: Any, other: Any) -> Any:
    """The quotient rounded down."""
    if self.dtype.kind not in "fc":
        _refuse_zero_division(other)
    return np.floor_divide(self, other)


def _refuse_zero_division(divisor: Any) -> None:
    if np.any(divisor == 0):
        msg = "ZeroDivisionError"
        raise RuntimeError(msg)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * np.floor(self / other),
)  # fmt: skip
def remainder(self: Any, other: Any) -> Any:
    """Python's modulus: the remainder has the divisor's sign."""
    if self.dtype.kind not in "fc":
        _refuse_zero_division(other)
    return np.remainder(self, other)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * np.trunc(self / other),
)  # fmt: skip
def fmod(self: Any, other: Any) -> Any:
    """C's modulus: the remainder has the dividend's sign."""
    if self.dtype.kind not in "fc":
        _refuse_zero_division(other)
    return np.fmod(self, other)


neg = op(np.negative, name="neg", kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=lambda grad: -grad)
reciprocal = op(
    np.reciprocal, kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, result: -grad * (result * result),
)  # fmt: skip
square = op(
    np.square, kind=ELEMENTWISE, promotion=COMMON, inplace=True, node_name="PowBackward0",
    self=lambda grad, self: grad * (2 * self),
)  # fmt: skip

# ---- powers ----


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="PowBackward0",
    self=lambda grad, self, exponent: _zero(grad) if exponent == 0 else grad * (exponent * self ** (exponent - 1)),
)  # fmt: skip
def pow_scalar(self: Any, exponent: Any) -> Any:
    if self.dtype.kind in "iu" and isinstance(exponent, int) and exponent < 0:
        msg = "Integers to negative integer powers are not allowed."
        raise RuntimeError(msg)
    return np.power(self, exponent)


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="PowBackward1",
    self=lambda grad, self, exponent: np.where(exponent == 0, 0, grad * (exponent * self ** (exponent - 1))),
    exponent=lambda grad, self, exponent, result: _pow_exponent_backward(grad, self, exponent, result),
)  # fmt: skip
def pow_tensor(self: Any, exponent: Any) -> Any:
    if self.dtype.kind in "iu" and np.any(exponent < 0):
        msg = "Integers to negative integer powers are not allowed."
        raise RuntimeError(msg)
    return np.power(self, exponent)


def _pow_exponent_backward(grad: Any, self: Any, exponent: Any, result: Any) -> Any:
    # d/dp x**p = x**p log x; at x = 0 it is 0 for p >= 0, where log x alone would make it NaN.
    at_zero = (self == 0) & (exponent.real >= 0) if exponent.dtype.kind == "c" else (self == 0) & (exponent >= 0)
    return grad * np.where(at_zero, 0, result * np.log(np.where(at_zero, 1, self)))


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="PowBackward2",
    exponent=lambda grad, base, result: grad * (result * _log_of_number(base)) if base else _zero(grad),
)  # fmt: skip
def pow_of_scalar(base: Any, exponent: Any) -> Any:
    return np.power(base, exponent)


def _log_of_number(base: Any) -> Any:
    if isinstance(base, complex):
        return cmath.log(base)
    return math.log(base) if base > 0 else math.nan


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:  # noqa: A001 (PyTorch's name)
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
    return pow_scalar(input, exponent, **kwargs)


def pow_(input: Any, exponent: Any) -> Any:
    """`pow`, written into the tensor itself."""
    return call_inplace((pow_tensor if hasattr(exponent, "shape") else pow_scalar).op, (input, exponent))  # type: ignore[attr-defined]


# ---- comparisons ----

eq = op(np.equal, name="eq", promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
ne = op(np.not_equal, name="ne", promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
lt = op(np.less, name="lt", promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
le = op(np.less_equal, name="le", promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
gt = op(np.greater, name="gt", promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
ge = op(np.greater_equal, name="ge", promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
isnan = op(np.isnan, promotion=COMMON, self=NOT_DIFFERENTIABLE)
isinf = op(np.isinf, promotion=COMMON, self=NOT_DIFFERENTIABLE)
isfinite = op(np.isfinite, promotion=COMMON, self=NOT_DIFFERENTIABLE)


@op(self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE, promotion=COMMON)
def isclose(self: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Whether `|self - other| <= atol + rtol * |other|`, element by element."""
    return np.isclose(self, other, rtol=rtol, atol=atol, equal_nan=equal_nan)


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close to those of `other`.

    >>> import chainrule as torch
    >>> torch.allclose(torch.tensor([1.0]), torch.tensor([1.0 + 1e-9]))
    True
    """
    return bool(isclose(input, other, rtol=rtol, atol=atol, equal_nan=equal_nan).all())


# ---- logic ----

logical_and = op(
    np.logical_and, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE
)
logical_or = op(np.logical_or, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
logical_xor = op(
    np.logical_xor, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE
)
logical_not = op(np.logical_not, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE)


@op(promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
def bitwise_and(self: Any, other: Any) -> Any:
    """Bitwise and of integers or booleans."""
    return np.bitwise_and(*_integral("bitwise_and", self, other))


@op(promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
def bitwise_or(self: Any, other: Any) -> Any:
    """Bitwise or of integers or booleans."""
    return np.bitwise_or(*_integral("bitwise_or", self, other))


@op(promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
def bitwise_xor(self: Any, other: Any) -> Any:
    """Bitwise exclusive or of integers or booleans."""
    return np.bitwise_xor(*_integral("bitwise_xor", self, other))


@op(promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE)
def bitwise_not(self: Any) -> Any:
    """Every bit of integers, or every boolean, turned round."""
    return np.invert(*_integral("bitwise_not", self))


@op(promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
def bitwise_left_shift(self: Any, other: Any) -> Any:
    """Integers with their bits moved to the left."""
    return np.left_shift(*_integral("lshift", self, other))


@op(promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
def bitwise_right_shift(self: Any, other: Any) -> Any:
    """Integers with their bits moved to the right."""
    return np.right_shift(*_integral("rshift", self, other))


def _integral(name: str, *arrays: Any) -> tuple[Any, ...]:
    for array in arrays:
        if array.dtype.kind in "fc":
            msg = f'"{name}_cpu" not implemented for \'{scalar_type_name(array.dtype)}\''
            raise NotImplementedError(msg)
    return arrays


# ---- choosing ----


@op(
    kind=ELEMENTWISE, promotion=AS_GIVEN,
    condition=NOT_DIFFERENTIABLE,
    self=lambda grad, condition: np.where(condition, grad, 0),
    other=lambda grad, condition: np.where(condition, 0, grad),
)  # fmt: skip
def where(condition: Any, self: Any, other: Any) -> Any:
    """`self` where the condition holds, else `other`."""
    if condition.dtype.kind not in "b":
        if condition.dtype != np.uint8:
            msg = (
                "where expected condition to be a boolean tensor, but got a tensor with dtype "
                f"{scalar_type_name(condition.dtype)}"
            )
            raise RuntimeError(msg)
        condition = condition != 0
    dtype = result_dtype((self, other))
    return np.where(condition, np.asarray(self, dtype), np.asarray(other, dtype))


def _maximum_backward(grad: Any, self: Any, other: Any) -> Any:
    return np.where(self < other, 0, np.where(self == other, grad / 2, grad))


maximum = op(
    np.maximum, kind=ELEMENTWISE, promotion=COMMON,
    self=_maximum_backward,
    other=lambda grad, self, other: _maximum_backward(grad, other, self),
)  # fmt: skip
minimum = op(
    np.minimum, kind=ELEMENTWISE, promotion=COMMON,
    self=lambda grad, self, other: _maximum_backward(grad, -self, -other),
    other=lambda grad, self, other: _maximum_backward(grad, -other, -self),
)  # fmt: skip
fmax = op(
    np.fmax, kind=ELEMENTWISE, promotion=COMMON,
    self=lambda grad, self, other: np.where((self >= other) | np.isnan(other), grad, 0),
    other=lambda grad, self, other: np.where((self >= other) | np.isnan(other), 0, grad),
)  # fmt: skip
fmin = op(
    np.fmin, kind=ELEMENTWISE, promotion=COMMON,
    self=lambda grad, self, other: np.where((self <= other) | np.isnan(other), grad, 0),
    other=lambda grad, self, other: np.where((self <= other) | np.isnan(other), 0, grad),
)  # fmt: skip


def _clamp_backward(grad: Any, self: Any, min: Any, max: Any) -> Any:
    if min is not None:
        grad = np.where(self < min, 0, grad)
    return grad if max is None else np.where(self > max, 0, grad)


def _clamp_min_backward(grad: Any, self: Any, min: Any, max: Any) -> Any:
    gradient = np.where(self < min, grad, 0)
    return gradient if max is None else np.where(min < max, gradient, 0)


def _clamp_max_backward(grad: Any, self: Any, min: Any, max: Any) -> Any:
    above = self > max if min is None else (self > max) | (max < min)
    return np.where(above, grad, 0)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    node_name=lambda self, min, max: "ClampBackward0" if hasattr(min, "shape") or hasattr(max, "shape") else "ClampBackward1",
    self=_clamp_backward, min=_clamp_min_backward, max=_clamp_max_backward,
)  # fmt: skip
def clamp(self: Any, min: Any = None, max: Any = None) -> Any:  # noqa: A002
    """Each element moved to the nearest number between `min` and `max`; either may be missing."""
    if min is None and max is None:
        msg = "torch.clamp: At least one of 'min' or 'max' must not be None"
        raise RuntimeError(msg)
    if min is not None:
        self = np.maximum(self, min)
    return self if max is None else np.minimum(self, max)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    self=lambda grad, self, min: np.where(self < min, 0, grad),
    min=lambda grad, self, min: np.where(self < min, grad, 0),
)  # fmt: skip
def clamp_min(self: Any, min: Any) -> Any:  # noqa: A002
    """Each element, or `min` where it is less."""
    return np.maximum(self, min)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    self=lambda grad, self, max: np.where(self > max, 0, grad),
    max=lambda grad, self, max: np.where(self > max, grad, 0),
)  # fmt: skip
def clamp_max(self: Any, max: Any) -> Any:  # noqa: A002
    """Each element, or `max` where it is greater."""
    return np.minimum(self, max)


# ---- mixing ----


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    node_name=lambda self, end, weight: "LerpBackward1" if hasattr(weight, "shape") else "LerpBackward0",
    self=lambda grad, weight: grad * (1 - weight),
    end=lambda grad, weight: grad * weight,
    weight=lambda grad, self, end: grad * (end - self),
)  # fmt: skip
def lerp(self: Any, end: Any, weight: Any) -> Any:
    """`self + weight * (end - self)`."""
    # From the nearer end, so that both ends come out exactly.
    return np.where(np.abs(weight) < 0.5, self + weight * (end - self), end - (end - self) * (1 - weight))


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (tensor2 * value),
    tensor2=lambda grad, tensor1, value: grad * (tensor1 * value),
)  # fmt: skip
def addcmul(self: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    """`self + value * tensor1 * tensor2`."""
    return self + (tensor1 * tensor2 if value == 1 else value * tensor1 * tensor2)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (value / tensor2),
    tensor2=lambda grad, tensor1, tensor2, value: -grad * (value * tensor1 / (tensor2 * tensor2)),
)  # fmt: skip
def addcdiv(self: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    """`self + value * tensor1 / tensor2`."""
    if self.dtype.kind not in "fc":
        msg = (
            "Integer division with addcdiv is no longer supported, and in a future release addcdiv will perform a true "
            "division of tensor1 and tensor2."
        )
        raise RuntimeError(msg)
    return self + (tensor1 / tensor2 if value == 1 else value * (tensor1 / tensor2))


atan2 = op(
    np.arctan2, name="atan2", kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self, other: grad * _over_squares(other, self, other),
    other=lambda grad, self, other: grad * -_over_squares(self, self, other),
)  # fmt: skip


def _over_squares(numerator: Any, self: Any, other: Any) -> Any:
    squares = self * self + other * other
    return np.where(squares == 0, 0, numerator / np.where(squares == 0, 1, squares))


hypot = op(
    np.hypot, kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self, result: grad * np.where(result == 0, 0, self / np.where(result == 0, 1, result)),
    other=lambda grad, other, result: grad * np.where(result == 0, 0, other / np.where(result == 0, 1, result)),
)  # fmt: skip
logaddexp = op(
    np.logaddexp, kind=ELEMENTWISE, promotion=FLOATING,
    self=lambda grad, self, result: grad * _weight(self, result),
    other=lambda grad, other, result: grad * _weight(other, result),
)  # fmt: skip
logaddexp2 = op(
    np.logaddexp2, kind=ELEMENTWISE, promotion=FLOATING,
    self=lambda grad, self, result: grad * 2 ** np.where(np.isinf(result), -math.inf, self - result),
    other=lambda grad, other, result: grad * 2 ** np.where(np.isinf(result), -math.inf, other - result),
)  # fmt: skip


def _weight(part: Any, result: Any) -> Any:
    # exp(part - result), and 0 where both are infinite.
    return np.exp(np.where(np.isinf(result), -math.inf, part - result))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self, other: grad * np.where((self == 0) & (other <= 0), 0, np.log(other)),
    other=lambda grad, self, other: grad * np.where(self == 0, 0, self / other),
)  # fmt: skip
def xlogy(self: Any, other: Any) -> Any:
    """`self * log(other)`, and 0 where `self` is 0."""
    return np.where(np.isnan(other), other, np.where(self == 0, 0, self * np.log(np.where(self == 0, 1, other))))


copysign = op(
    np.copysign, kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self, other: np.where(self == 0, 0, grad * np.sign(self) * np.copysign(1, other)),
    other=_zero,
)  # fmt: skip
heaviside = op(
    np.heaviside, kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE
)
gcd = op(np.gcd, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
lcm = op(np.lcm, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
