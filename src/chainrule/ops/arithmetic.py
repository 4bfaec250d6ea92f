"""Arithmetic and what goes with it, element by element: remainders, choosing, mixing.

Each formula is the derivative as a page of calculus has it; broadcasting, types and complex conjugates are the
engine's. At points without a derivative see docs/nondifferentiable-points.md.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, c_type_name, cast_number, result_dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.call import broadcast_shape, shape_error
from chainrule.engine.op import AS_GIVEN, COMMON, ELEMENTWISE, FLOATING, NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.selection import nothing_of, select
from chainrule.kernels.zero_times_infinity import left_aside
from chainrule.ops.elementwise import sigmoid
from chainrule.ops.refusals import (
    Check,
    both,
    no_derivative,
    not_implemented,
    refuse,
    refuse_boolean_difference,
    require_kernel,
    require_one_type,
)

# ---- arithmetic ----


def scaled_by_alpha(function: Callable[..., Any], check: Check | None = None) -> Callable[..., Any]:
    """`function(input, other, *, alpha=1)`: the second operand is multiplied by `alpha` first.

    PyTorch's old order, `function(input, alpha, other)`, is taken too.
    """

    def scaled(input: Any, other: Any, of_old: Any = None, *, alpha: Any = 1, **kwargs: Any) -> Any:
        if of_old is not None:
            _warn_of_old_order(function.__name__)
            other, alpha = of_old, other
        if alpha is not True and alpha == 1:
            return function(input, other, **kwargs)
        if (type(alpha) is float or type(alpha) is int) and _are_floats(input, other):
            return function(input, other * alpha, **kwargs)
        if isinstance(alpha, TensorBase) and not alpha._array.ndim and not alpha._requires_grad:
            alpha = alpha._array.item()
        if not isinstance(alpha, (int, float, complex, np.number)):
            msg = f"{function.__name__}(): argument 'alpha' must be Number, not {type(alpha).__name__}"
            raise TypeError(msg)
        dtype = common_type(input, other)
        if check is not None:
            check(dtype, [input, other])
        kind = dtype.kind
        if isinstance(alpha, bool) and kind != "b":
            msg = "Boolean alpha only supported for Boolean results."
            raise RuntimeError(msg)
        if isinstance(alpha, float) and kind in "biu":
            msg = "For integral input tensors, argument alpha must not be a floating point number."
            raise RuntimeError(msg)
        if isinstance(other, TensorBase) and other._array.dtype != dtype:
            other = other.to(dtype)  # type: ignore[attr-defined]
        return function(input, other * (bool(alpha) if kind == "b" else alpha), **kwargs)

    return scaled


_warned_of: set[str] = set()


def _warn_of_old_order(name: str) -> None:
    if name not in _warned_of:
        _warned_of.add(name)
        warnings.warn(
            f"This overload of {name} is deprecated:\n\t{name}(Number alpha, Tensor other)\nConsider using one of the "
            f"following signatures instead:\n\t{name}(Tensor other, *, Number alpha = 1)",
            UserWarning,
            stacklevel=3,
        )


def _with_value_first(function: Callable[..., Any]) -> Callable[..., Any]:
    # PyTorch's old order, `addcmul(input, value, tensor1, tensor2)`, beside the one with `value` last.
    def adapted(input: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 3 and not isinstance(args[0], (TensorBase, np.ndarray)):
            return function(input, args[1], args[2], value=args[0], **kwargs)
        return function(input, *args, **kwargs)

    return adapted


def _are_floats(input: Any, other: Any) -> bool:
    if not (isinstance(input, TensorBase) and isinstance(other, TensorBase)):
        return False
    dtype = input._array.dtype
    return dtype.kind == "f" and dtype is other._array.dtype


def difference_scaled_by_alpha(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for differences, which booleans do not have."""
    return scaled_by_alpha(function, refuse_boolean_difference)


def scaled_by_alpha_first(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function(input, other, *, alpha=1)`: the first operand is multiplied by `alpha` first."""

    def swapped(other: Any, input: Any, **kwargs: Any) -> Any:
        return function(input, other, **kwargs)

    scaled = difference_scaled_by_alpha(swapped)
    return lambda input, other, **kwargs: scaled(other, input, **kwargs)  # noqa: A006 (PyTorch's name)


def common_type(*operands: Any) -> Any:
    """The NumPy type of arithmetic on arrays, tensors and numbers."""
    # What counts of the first two is their type, and whether they have dimensions.
    stand_ins = [np.empty((1,) * bool(x.ndim), as_numpy_dtype(x.dtype)) if hasattr(x, "dtype") else x for x in operands]
    return result_dtype(tuple(stand_ins))


add = op(
    np.add, name="add", kind=ELEMENTWISE, promotion=COMMON, inplace=True, adapt=scaled_by_alpha,
    self=lambda grad: grad,
    other=lambda grad: grad,
)  # fmt: skip
sub = op(
    np.subtract, name="sub", kind=ELEMENTWISE, promotion=COMMON, inplace=True, adapt=difference_scaled_by_alpha,
    check=refuse_boolean_difference, aliases="subtract",
    self=lambda grad: grad,
    other=lambda grad: -grad,
)  # fmt: skip


@op(
    kind=ELEMENTWISE, promotion=COMMON, adapt=scaled_by_alpha_first, check=refuse_boolean_difference,
    node_name=lambda self, other: "RsubBackward0" if hasattr(other, "shape") else "RsubBackward1",
    self=lambda grad: -grad,
    other=lambda grad: grad,
)  # fmt: skip
def rsub(self: Any, other: Any) -> Any:
    """`other - self`."""
    return np.subtract(other, self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="RsubBackward1", check=refuse_boolean_difference,
    self=lambda grad: -grad, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
def rsub_scalar(self: Any, other: Any) -> Any:
    """`other - self` for a number `other`: what PyTorch gives one edge only."""
    return np.subtract(other, self)


mul = op(
    np.multiply, name="mul", kind=ELEMENTWISE, promotion=COMMON, inplace=True, aliases="multiply",
    self=lambda grad, other: grad * other,
    other=lambda grad, self: grad * self,
)  # fmt: skip


def with_rounding_mode(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function(input, other, *, rounding_mode=None)`: the quotient as it is, or its `trunc` or `floor`."""

    def divide(input: Any, other: Any, *, rounding_mode: str | None = None, **kwargs: Any) -> Any:
        if rounding_mode is None:
            return function(input, other, **kwargs)
        rounded = {"trunc": div_trunc, "floor": div_floor}.get(rounding_mode)
        if rounded is None:
            msg = f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
            raise RuntimeError(msg)
        if function.__name__.endswith("_"):
            return input.copy_(rounded(input, other, **kwargs))
        return rounded(input, other, **kwargs)

    return divide


div = op(
    np.divide, name="div", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, adapt=with_rounding_mode,
    aliases="divide true_divide",
    self=lambda grad, other: grad / other,
    other=lambda grad, self, other: -grad * ((self / other) / other),
)  # fmt: skip


def _zero(grad: Any) -> Any:
    return nothing_of(grad)


@op(
    kind=ELEMENTWISE, promotion=COMMON, node_name="DivBackward2", spaces="", self=_zero, other=_zero,
    check=not_implemented("div_trunc_cpu", "bc"),
)  # fmt: skip
def div_trunc(self: Any, other: Any) -> Any:
    """The quotient without its fraction."""
    if self.dtype.kind == "f":
        return np.trunc(np.divide(self, other))
    _refuse_zero_division(self, other)
    quotient = np.floor_divide(self, other)
    return quotient + ((quotient < 0) & (quotient * other != self))


@op(
    kind=ELEMENTWISE, promotion=COMMON, node_name="DivBackward2", spaces="", self=_zero, other=_zero,
    check=not_implemented("div_floor_cpu", "bc"),
)  # fmt: skip
def div_floor(self: Any, other: Any) -> Any:
    """The quotient rounded down."""
    if self.dtype.kind != "f":
        _refuse_zero_division(self, other)
    return np.floor_divide(self, other)


floor_divide = op(
    div_floor.op.forward, name="floor_divide", kind=ELEMENTWISE, promotion=COMMON,  # type: ignore[attr-defined]
    node_name="NotImplemented", inplace=True,
    self=no_derivative("floor_divide"), other=no_derivative("floor_divide"),
    check=not_implemented("div_floor_cpu", "bc"),
)  # fmt: skip


def _refuse_zero_division(self: Any, divisor: Any) -> None:
    if np.any(divisor == 0) and 0 not in broadcast_shape((self, divisor)):
        msg = "ZeroDivisionError"
        raise RuntimeError(msg)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=not_implemented("remainder_cpu", "bc"),
    node_name=lambda self, other: "RemainderBackward1" if hasattr(other, "shape") else "RemainderBackward0",
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * div_floor(self, other),
)  # fmt: skip
def remainder(self: Any, other: Any) -> Any:
    """Python's modulus: the remainder has the divisor's sign."""
    if self.dtype.kind != "f":
        _refuse_zero_division(self, other)
    return np.remainder(self, other)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=not_implemented("fmod_cpu", "bc"),
    node_name=lambda self, other: "FmodBackward1" if hasattr(other, "shape") else "FmodBackward0",
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * np.trunc(self / other),
)  # fmt: skip
def fmod(self: Any, other: Any) -> Any:
    """C's modulus: the remainder has the dividend's sign."""
    if self.dtype.kind != "f":
        _refuse_zero_division(self, other)
    return np.fmod(self, other)


neg = op(
    np.negative, name="neg", kind=ELEMENTWISE, promotion=COMMON, inplace=True, aliases="negative",
    check=refuse(
        "b",
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
        "`~` or `logical_not()` operator instead.",
    ),
    self=lambda grad: -grad,
)  # fmt: skip
reciprocal = op(
    np.reciprocal, kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, result: -grad * (result * result),
)  # fmt: skip

# ---- choosing ----


def or_places(function: Callable[..., Any]) -> Callable[..., Any]:
    """`where(condition)` alone: the places where it holds, an index for each dimension."""

    def where(condition: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            return function(condition, *args, **kwargs)
        return condition.nonzero(as_tuple=True)

    return where


@op(
    kind=ELEMENTWISE, promotion=AS_GIVEN, spaces="torch", adapt=or_places, selects=True,
    condition=NOT_DIFFERENTIABLE,
    self=lambda grad, condition: select(condition, grad, 0),
    other=lambda grad, condition: select(condition, 0, grad),
)  # fmt: skip
def where(condition: Any, self: Any, other: Any) -> Any:
    """`self` where the condition holds, else `other`."""
    if condition.dtype.kind != "b":
        if condition.dtype != np.uint8:
            msg = (
                "where expected condition to be a boolean tensor, but got a tensor with dtype "
                f"{scalar_type_name(condition.dtype)}"
            )
            raise RuntimeError(msg)
        condition = condition != 0
    left_aside(self, other)
    try:
        if isinstance(self, np.ndarray):
            if isinstance(other, np.ndarray) and self.dtype is other.dtype:
                return select(condition, self, other)
            if type(other) is float and self.dtype.kind == "f":
                return select(condition, self, np.asarray(other, self.dtype))
        dtype = result_dtype((self, other))
        return select(condition, _operand(self, dtype), _operand(other, dtype))
    except ValueError as error:
        raise shape_error(error, condition, self, other) from None


def _operand(value: Any, dtype: Any) -> Any:
    return value.astype(dtype, copy=False) if isinstance(value, np.ndarray) else np.asarray(cast_number(value, dtype))


def _maximum_backward(grad: Any, self: Any, other: Any) -> Any:
    return select(self < other, 0, select(self == other, grad / 2, grad))


maximum = op(
    np.maximum, kind=ELEMENTWISE, promotion=COMMON, check=refuse("c", "maximum not implemented for complex tensors."),
    self=_maximum_backward,
    other=lambda grad, self, other: _maximum_backward(grad, other, self),
)  # fmt: skip
minimum = op(
    np.minimum, kind=ELEMENTWISE, promotion=COMMON, check=refuse("c", "minimum not implemented for complex tensors."),
    self=lambda grad, self, other: _maximum_backward(grad, -self, -other),
    other=lambda grad, self, other: _maximum_backward(grad, -other, -self),
)  # fmt: skip
fmax = op(
    np.fmax, kind=ELEMENTWISE, promotion=COMMON, check=refuse("c", "fmax not implemented for complex tensors."),
    self=lambda grad, self, other: select((self >= other) | np.isnan(other), grad, 0),
    other=lambda grad, self, other: select((self >= other) | np.isnan(other), 0, grad),
)  # fmt: skip
fmin = op(
    np.fmin, kind=ELEMENTWISE, promotion=COMMON, check=refuse("c", "fmin not implemented for complex tensors."),
    self=lambda grad, self, other: select((self <= other) | np.isnan(other), grad, 0),
    other=lambda grad, self, other: select((self <= other) | np.isnan(other), 0, grad),
)  # fmt: skip


def _require_bounds(dtype: Any, operands: list[Any]) -> None:
    # Bounds that are numbers must be numbers of the type, where no other operation asks.
    if dtype.kind == "c" and operands[0].dtype.kind == "c":
        msg = "clamp is not supported for complex types"
        raise NotImplementedError(msg)
    require_kernel("clamp_cpu", "c", dtype)
    numbers = [o for o in operands[1:] if not isinstance(o, np.ndarray) and o is not None]
    if dtype.kind == "b" and (numbers or sum(o is not None for o in operands) > 2):
        which = "clamp_scalar" if len(operands) > 2 else "clamp_min_scalar"
        msg = f"\"{which if numbers else 'clamp'}_cpu\" not implemented for 'Bool'"
        raise NotImplementedError(msg)
    for bound in numbers:
        cast_number(bound, dtype)


def _clamp_backward(grad: Any, self: Any, min: Any, max: Any) -> Any:
    if min is not None:
        grad = select(self >= min, grad, 0)
    return grad if max is None else select(self <= max, grad, 0)


def _clamp_min_backward(grad: Any, self: Any, min: Any, max: Any) -> Any:
    gradient = select(self < min, grad, 0)
    return gradient if max is None else select(min < max, gradient, 0)


def _clamp_max_backward(grad: Any, self: Any, min: Any, max: Any) -> Any:
    above = self > max if min is None else (self > max) | (max < min)
    return select(above, grad, 0)


def _require_a_bound(min: Any, max: Any) -> None:
    if min is None and max is None:
        msg = "torch.clamp: At least one of 'min' or 'max' must not be None"
        raise RuntimeError(msg)


def _clamp_over(self: Any, min: Any, max: Any) -> None:
    _require_a_bound(min, max)
    if min is not None:
        np.maximum(min, self, out=self)
    if max is not None:
        np.minimum(max, self, out=self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, overwrite=_clamp_over, check=_require_bounds, aliases="clip",
    node_name=lambda _, *bounds: f"ClampBackward{0 if any(hasattr(b, 'shape') for b in bounds) else 1}",
    self=_clamp_backward, min=_clamp_min_backward, max=_clamp_max_backward,
)  # fmt: skip
def clamp(self: Any, min: Any = None, max: Any = None) -> Any:
    """Each element moved to the nearest number between `min` and `max`; either may be missing."""
    _require_a_bound(min, max)
    if min is not None:
        self = np.maximum(min, self)
    return self if max is None else np.minimum(max, self)


def _not_below(grad: Any, self: Any, min: Any) -> Any:
    return select(self >= min, grad, 0)


def _below(grad: Any, self: Any, min: Any) -> Any:
    return select(self < min, grad, 0)


def _not_above(grad: Any, self: Any, max: Any) -> Any:
    return select(self <= max, grad, 0)


def _above(grad: Any, self: Any, max: Any) -> Any:
    return select(self > max, grad, 0)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=_require_bounds,
    node_name=lambda _, bound: "ClampMinBackward1" if hasattr(bound, "shape") else "ClampMinBackward0",
    self=_not_below, min=_below,
)  # fmt: skip
def clamp_min(self: Any, min: Any) -> Any:
    """Each element, or `min` where it is less."""
    return np.maximum(min, self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=_require_bounds,
    node_name=lambda _, bound: "ClampMaxBackward1" if hasattr(bound, "shape") else "ClampMaxBackward0",
    self=_not_above, max=_above,
)  # fmt: skip
def clamp_max(self: Any, max: Any) -> Any:
    """Each element, or `max` where it is greater."""
    return np.minimum(max, self)


# ---- mixing ----


def _require_type_of_self(dtype: Any, operands: list[Any]) -> None:
    own = operands[0].dtype
    for name, operand in zip(("end", "weight"), operands[1:], strict=False):
        if isinstance(operand, np.ndarray) and operand.dtype != own:
            msg = f"expected dtype {c_type_name(own)} for `{name}` but got dtype {c_type_name(operand.dtype)}"
            raise RuntimeError(msg)
    require_kernel(f"lerp_kernel_{'tensor' if isinstance(operands[-1], np.ndarray) else 'scalar'}", "biu", own)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=_require_type_of_self,
    node_name=lambda self, end, weight: "LerpBackward1" if hasattr(weight, "shape") else "LerpBackward0",
    self=lambda grad, weight: grad * (1 - weight),
    end=lambda grad, weight: grad * weight,
    weight=lambda grad, self, end: grad * (end - self),
)  # fmt: skip
def lerp(self: Any, end: Any, weight: Any) -> Any:
    """`self + weight * (end - self)`."""
    # From the nearer end, so that both ends come out exactly.
    return np.where(np.abs(weight) < 0.5, self + weight * (end - self), end - (end - self) * (1 - weight))


def _as_number_of(self: Any, value: Any) -> Any:
    return value if self.dtype.kind in "fc" else cast_number(value, self.dtype)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=not_implemented("addcmul_cpu_out", "b"),
    adapt=_with_value_first,
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (tensor2 * value),
    tensor2=lambda grad, tensor1, value: grad * (tensor1 * value),
)  # fmt: skip
def addcmul(self: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    """`self + value * tensor1 * tensor2`."""
    value = _as_number_of(self, value)
    return self + (tensor1 * tensor2 if value == 1 else value * tensor1 * tensor2)


def _refuse_integer_division(dtype: Any, operands: list[Any]) -> None:
    if all(getattr(operand, "dtype", dtype).kind in "biu" for operand in operands[1:3]) and len(operands) > 1:
        msg = (
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value "
            "* torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value "
            "* tensor1 / tensor2), for all dtypes."
        )
        raise RuntimeError(msg)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=_refuse_integer_division, adapt=_with_value_first,
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (value / tensor2),
    tensor2=lambda grad, tensor1, tensor2, value: -grad * (value * tensor1 / (tensor2 * tensor2)),
)  # fmt: skip
def addcdiv(self: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    """`self + value * tensor1 / tensor2`."""
    return self + (tensor1 / tensor2 if value == 1 else value * (tensor1 / tensor2))


atan2 = op(
    np.arctan2, name="atan2", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, aliases="arctan2",
    check=not_implemented("atan2_cpu", "c"),
    self=lambda grad, self, other: grad * _over_squares(other, self, other),
    other=lambda grad, self, other: grad * -_over_squares(self, self, other),
)  # fmt: skip


def _over_squares(numerator: Any, self: Any, other: Any) -> Any:
    squares = self * self + other * other
    return np.where(squares == 0, 0, numerator / np.where(squares == 0, 1, squares))


hypot = op(
    np.hypot, kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=not_implemented("hypot_cpu", "biuc"),
    self=lambda grad, self, result: grad * np.where(result == 0, 0, self / np.where(result == 0, 1, result)),
    other=lambda grad, other, result: grad * np.where(result == 0, 0, other / np.where(result == 0, 1, result)),
)  # fmt: skip


@op(
    kind=ELEMENTWISE, promotion=COMMON, check=not_implemented("logaddexp_cpu", "biu"),
    self=lambda grad, self, other: grad * _share(self, other),
    other=lambda grad, self, other: grad * _share(other, self),
)  # fmt: skip
def logaddexp(self: Any, other: Any) -> Any:
    """`log(exp(self) + exp(other))`, without overflow."""
    if self.dtype.kind != "c":
        return np.logaddexp(self, other)
    self_is_larger = self.real > other.real
    larger, smaller = np.where(self_is_larger, self, other), np.where(self_is_larger, other, self)
    return larger + np.log(1 + np.exp(smaller - larger))


logaddexp2 = op(
    np.logaddexp2, kind=ELEMENTWISE, promotion=COMMON, check=not_implemented("logaddexp2_cpu", "biuc"),
    self=lambda grad, self, other: grad * _share(self, other, math.log(2)),
    other=lambda grad, self, other: grad * _share(other, self, math.log(2)),
)  # fmt: skip


def _share(part: Any, rest: Any, rate: float = 1.0) -> Any:
    # How much of the sum is `part`; half of it where both are the same, infinite ones too.
    return sigmoid(rate * np.where(part == rest, 0, part - rest))


def _xlogy_node_name(self: Any, other: Any) -> str:
    if not hasattr(self, "shape"):
        return "XlogyBackward1"
    return "XlogyBackward0" if hasattr(other, "shape") else "XlogyBackward2"


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special",
    check=not_implemented("xlogy_cpu", "c"),
    node_name=_xlogy_node_name,
    self=lambda grad, self, other: np.where((self == 0) & (other <= 0), 0, grad * np.log(other)),
    other=lambda grad, self, other: grad * np.where(self == 0, 0, self / other),
)  # fmt: skip
def xlogy(self: Any, other: Any) -> Any:
    """`self * log(other)`, and 0 where `self` is 0."""
    return np.where(np.isnan(other), other, np.where(self == 0, 0, self * np.log(np.where(self == 0, 1, other))))


copysign = op(
    np.copysign, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, check=not_implemented("copysign_cpu", "c"),
    node_name=lambda self, other: "CopysignBackward0" if hasattr(other, "shape") else "CopysignBackward1",
    self=lambda grad, self, result: np.where(self == 0, 0, grad * np.sign(self) * np.sign(result)),
    other=_zero,
)  # fmt: skip


@op(
    promotion=COMMON, inplace=True, node_name="NotImplemented",
    self=no_derivative("heaviside"), values=no_derivative("heaviside"),
    check=both(
        refuse("c", "heaviside is not yet implemented for complex tensors."),
        require_one_type("heaviside is not yet implemented for tensors with different dtypes."),
    ),
    batching=batches.elementwise,
)  # fmt: skip
def heaviside(self: Any, values: Any) -> Any:
    """0 below zero, 1 above, and `values` at zero."""
    return np.heaviside(self, values).astype(self.dtype, copy=False)


gcd = op(
    np.gcd, promotion=COMMON, inplace=True, check=not_implemented("gcd_cpu", "bfc"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
lcm = op(
    np.lcm, promotion=COMMON, inplace=True, check=not_implemented("lcm_cpu", "bfc"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
nextafter = op(
    np.nextafter, promotion=COMMON, inplace=True, check=not_implemented("nextafter_cpu", "biuc"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
