"""Functions of one number, element by element.

Each formula is the derivative as a page of calculus has it; types and complex conjugates are the engine's. At points
without a derivative see docs/nondifferentiable-points.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.dtypes import as_numpy_dtype, default_float
from chainrule.engine.op import COMMON, ELEMENTWISE, FLOATING, NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.clamping import positive_part
from chainrule.kernels.selection import nothing_of, select
from chainrule.kernels.zero_times_infinity import left_aside
from chainrule.ops.refusals import both, not_implemented, refuse, require_kernel

# ---- powers and roots ----

sqrt = op(np.sqrt, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad / (2 * result))


@op(
    kind=ELEMENTWISE,
    promotion=FLOATING,
    inplace=True,
    self=lambda grad, result: -0.5 * grad * (result * result * result),
)
def rsqrt(self: Any) -> Any:
    """The reciprocal of the square root."""
    return 1 / np.sqrt(self)


# ---- exponentials and logarithms ----

exp = op(np.exp, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad * result)
exp2 = op(
    np.exp2,
    kind=ELEMENTWISE,
    promotion=FLOATING,
    inplace=True,
    spaces="torch Tensor special",
    self=lambda grad, result: grad * (result * math.log(2)),
)
expm1 = op(
    np.expm1,
    kind=ELEMENTWISE,
    promotion=FLOATING,
    inplace=True,
    spaces="torch Tensor special",
    self=lambda grad, result: grad * (result + 1),
)
log = op(np.log, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad / self)
log2 = op(
    np.log2, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad / (self * math.log(2))
)
log10 = op(
    np.log10, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad / (self * math.log(10))
)
log1p = op(
    np.log1p, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special",
    node_name="Log1PBackward0",
    self=lambda grad, self: grad / (self + 1),
)  # fmt: skip

# ---- trigonometric and hyperbolic ----


# Bound here, as a look into NumPy's module takes a formula as long as a tenth of what it then does to a small array.
_numpy_sin, _numpy_cos = np.sin, np.cos


def _through_sin(grad: Any, self: Any) -> Any:
    # Where it is recorded, by the row: NumPy, given a Tensor, comes to the same by a longer way.
    is_array = type(self) is ndarray or not isinstance(self, TensorBase)
    return grad * (_numpy_cos(self) if is_array else cos(self))


def _through_cos(grad: Any, self: Any) -> Any:
    is_array = type(self) is ndarray or not isinstance(self, TensorBase)
    return grad * -(_numpy_sin(self) if is_array else sin(self))


sin = op(np.sin, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=_through_sin)
cos = op(np.cos, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=_through_cos)
tan = op(
    np.tan, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad * (1 + result * result)
)
asin = op(
    np.arcsin, name="asin", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, aliases="arcsin",
    self=lambda grad, self: grad / np.sqrt(1 - self * self),
)  # fmt: skip
acos = op(
    np.arccos, name="acos", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, aliases="arccos",
    self=lambda grad, self: -grad / np.sqrt(1 - self * self),
)  # fmt: skip
atan = op(
    np.arctan, name="atan", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, aliases="arctan",
    self=lambda grad, self: grad / (self * self + 1),
)  # fmt: skip
sinh = op(np.sinh, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad * np.cosh(self))
cosh = op(np.cosh, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad * np.sinh(self))


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="TanhBackwardBackward0",
    self=lambda grad, other: _through_tanh(grad, other),
    other=lambda grad, self, other: grad * self * (-2 * other),
)  # fmt: skip
def tanh_backward(self: Any, other: Any) -> Any:
    """The gradient `self` of `tanh(x)` as one of `x`; `other` is `tanh(x)`."""
    return self * (1 - other * other)


def _through_tanh(grad: Any, result: Any) -> Any:
    # One node of the graph, where it is recorded, not three.
    return tanh_backward(grad, result) if isinstance(grad, TensorBase) else grad * (1 - result * result)


tanh = op(np.tanh, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=_through_tanh)
asinh = op(
    np.arcsinh, name="asinh", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, aliases="arcsinh",
    self=lambda grad, self: grad / np.sqrt(self * self + 1),
)  # fmt: skip
acosh = op(
    np.arccosh, name="acosh", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, aliases="arccosh",
    self=lambda grad, self: grad / (np.sqrt(self - 1) * np.sqrt(self + 1)),
)  # fmt: skip
atanh = op(
    np.arctanh, name="atanh", kind=ELEMENTWISE, promotion=FLOATING, inplace=True, aliases="arctanh",
    self=lambda grad, self: grad / (1 - self * self),
)  # fmt: skip


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special",
    self=lambda grad, self: grad * _sinc_derivative(self),
)  # fmt: skip
def sinc(self: Any) -> Any:
    """`sin(pi x) / (pi x)`, and 1 at 0."""
    # Half precision has too few digits for sin(pi x) near whole x.
    x = self.astype(np.float32) if self.dtype == np.float16 else self
    pi_x = math.pi * np.where(x == 0, 1, x)
    result = np.where(x == 0, 1, np.sin(pi_x) / pi_x)
    return result.astype(np.float16) if self.dtype == np.float16 else result


def _sinc_derivative(x: Any) -> Any:
    nonzero = np.where(x == 0, 1, x)
    pi_x = math.pi * nonzero
    return np.where(x == 0, 0, (np.cos(pi_x) - np.sin(pi_x) / pi_x) / nonzero)


# ---- activations that are plain functions ----


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="SigmoidBackwardBackward0",
    self=lambda grad, other: _through_sigmoid(grad, other),
    other=lambda grad, self, other: grad * self * (1 - 2 * other),
)  # fmt: skip
def sigmoid_backward(self: Any, other: Any) -> Any:
    """The gradient `self` of `sigmoid(x)` as one of `x`; `other` is `sigmoid(x)`."""
    return self * ((1 - other) * other)


def _through_sigmoid(grad: Any, result: Any) -> Any:
    # As _through_tanh.
    return sigmoid_backward(grad, result) if isinstance(grad, TensorBase) else grad * ((1 - result) * result)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special:expit nn.functional",
    self=_through_sigmoid,
)  # fmt: skip
def sigmoid(self: Any) -> Any:
    """`1 / (1 + exp(-x))`."""
    return 1 / (1 + np.exp(-self))


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces="torch Tensor nn.functional",
    check=both(
        refuse("b", "Boolean inputs not supported for relu"),
        refuse("c", "clamp is not supported for complex types", NotImplementedError),
    ),
    self=lambda grad, result: select(result <= 0, 0, grad),
)  # fmt: skip
def relu(self: Any) -> Any:
    """The positive part: `max(x, 0)`."""
    return positive_part(self)


def _logit_backward(grad: Any, self: Any, eps: float | None) -> Any:
    low = 0 if eps is None else eps
    inside = (self >= low) & (self <= 1 - low)
    outside = math.nan if eps is None else 0
    return np.where(inside, grad / (self * (1 - self)), outside)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special",
    check=not_implemented("logit_cpu", "c"),
    self=_logit_backward,
)  # fmt: skip
def logit(self: Any, eps: float | None = None) -> Any:
    """`log(x / (1 - x))`, with `x` first clamped to `[eps, 1 - eps]`."""
    clamped = self if eps is None else np.clip(self, eps, 1 - eps)
    return np.log(clamped / (1 - clamped))


# ---- magnitude, sign and rounding ----


def _sgn_backward(grad: Any, self: Any, result: Any) -> Any:
    if self.dtype.kind != "c":
        return _zero(grad)
    # Moving along the direction changes nothing: what is left of the gradient is across it.
    across = grad - result * (np.conj(result) * grad).real
    return np.where(self == 0, 0, across / np.where(self == 0, 1, np.abs(self)))


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, conjugate=False,
    self=_sgn_backward,
)  # fmt: skip
def sgn(self: Any) -> Any:
    """The direction of a complex number, `z / |z|` and 0 at 0; the sign of a real one."""
    return self.copy() if self.dtype.kind == "b" else np.sign(self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, conjugate=False, aliases="absolute",
    check=not_implemented("abs_cpu", "b"), self=lambda grad, self: grad * sgn(self),
)  # fmt: skip
def abs(self: Any) -> Any:
    """The absolute value."""
    return np.abs(self)


def _zero(grad: Any) -> Any:
    return nothing_of(grad)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=_zero,
    check=refuse(
        "c",
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.",
        NotImplementedError,
    ),
)  # fmt: skip
def sign(self: Any) -> Any:
    """-1, 0 or 1, as the element is."""
    return self.copy() if self.dtype.kind == "b" else np.sign(self)


floor = op(
    np.floor, kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=_zero,
    check=both(
        refuse("c", "floor is not supported for complex inputs", NotImplementedError),
        not_implemented("floor_vml_cpu", "b"),
    ),
)  # fmt: skip
ceil = op(
    np.ceil, kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=_zero,
    check=both(
        refuse("c", "ceil is not supported for complex inputs", NotImplementedError),
        not_implemented("ceil_vml_cpu", "b"),
    ),
)  # fmt: skip
trunc = op(
    np.trunc, kind=ELEMENTWISE, promotion=COMMON, inplace=True, aliases="fix", self=_zero,
    check=both(
        refuse("c", "trunc is not supported for complex inputs", NotImplementedError),
        not_implemented("trunc_vml_cpu", "b"),
    ),
)  # fmt: skip


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces="torch Tensor special", self=_zero,
    node_name=lambda self, decimals: "RoundBackward1" if decimals else "RoundBackward0",
    check=not_implemented("round_vml_cpu", "c"),
)  # fmt: skip
def round(self: Any, decimals: int = 0) -> Any:
    """The nearest whole number, halves to even; with `decimals`, to that many places."""
    require_kernel("round_cpu" if decimals else "round_vml_cpu", "biu" if decimals else "b", self.dtype)
    return np.round(self, decimals)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=lambda grad: grad,
    check=not_implemented("frac_cpu", "biuc"),
)  # fmt: skip
def frac(self: Any) -> Any:
    """What is left without the whole part, with the sign of `self`."""
    return self - np.trunc(self)


signbit = op(
    np.signbit, promotion=COMMON, self=NOT_DIFFERENTIABLE,
    check=refuse("c", "signbit is not implemented for complex tensors.", NotImplementedError),
)  # fmt: skip


def itself(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function(input)`, which returns its argument."""

    def positive(input: Any) -> Any:
        function(input)
        return input

    return positive


positive = op(
    np.positive, kind=ELEMENTWISE, promotion=COMMON, adapt=itself, self=lambda grad: grad,
    check=refuse("b", "The `+` operator, on a bool tensor is not supported."),
)  # fmt: skip
deg2rad = op(
    np.deg2rad,
    node_name="Deg2RadBackward0",
    kind=ELEMENTWISE,
    promotion=FLOATING,
    inplace=True,
    check=refuse("c", "deg2rad is not supported for complex tensors."),
    self=lambda grad: grad * (math.pi / 180),
)
rad2deg = op(
    np.rad2deg,
    node_name="Rad2DegBackward0",
    kind=ELEMENTWISE,
    promotion=FLOATING,
    inplace=True,
    check=refuse("c", "rad2deg is not supported for complex tensors."),
    self=lambda grad: grad * (180 / math.pi),
)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, selects=True,
    self=lambda grad, self: np.where(np.isfinite(self), grad, 0),
)  # fmt: skip
def nan_to_num(self: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Any:
    """NaN as `nan` (0), infinities as `posinf` and `neginf` (the largest and least finite numbers)."""
    left_aside(self)
    return np.nan_to_num(self, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


# ---- complex numbers ----


def of_complex(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function(input)` of a complex tensor; a real one is returned as it is."""

    def adapted(input: Any) -> Any:
        if hasattr(input, "dtype") and as_numpy_dtype(input.dtype).kind != "c":
            return input
        return function(input)

    adapted.__name__ = adapted.__qualname__ = function.__name__
    adapted.__doc__ = function.__doc__
    return adapted


def _conjugate(grad: Any) -> Any:
    return np.conj(grad)


@op(
    kind=ELEMENTWISE, conjugate=False, promotion=COMMON, aliases="conj_physical", adapt=of_complex,
    self=_conjugate,
)  # fmt: skip
def conj(self: Any) -> Any:
    """The complex conjugate; a real tensor's is itself."""
    return np.conj(self)


# Their nodes are called as in PyTorch, where a complex tensor is also one of pairs of numbers, to select from.
@op(
    kind=ELEMENTWISE, conjugate=False, view=True, spaces="torch", node_name="SelectBackward0", adapt=of_complex,
    self=lambda grad: grad + 0j,
)  # fmt: skip
def real(self: Any) -> Any:
    """The real part, a view; a real tensor's is itself."""
    return self.real


@op(
    kind=ELEMENTWISE, conjugate=False, view=True, spaces="torch", node_name="SelectBackward0",
    self=lambda grad: grad * 1j,
)  # fmt: skip
def imag(self: Any) -> Any:
    """The imaginary part, a view."""
    if self.dtype.kind != "c":
        msg = "imag is not implemented for tensors with non-complex dtypes."
        raise RuntimeError(msg)
    return self.imag


def _angle_backward(grad: Any, self: Any) -> Any:
    if self.dtype.kind != "c":
        return _zero(grad)
    squares = np.abs(self) ** 2
    return np.where(squares == 0, 0, grad * 1j * self / np.where(squares == 0, 1, squares))


@op(kind=ELEMENTWISE, conjugate=False, self=_angle_backward)
def angle(self: Any) -> Any:
    """The angle in the complex plane, in radians."""
    if self.dtype.kind == "c":
        return np.angle(self)
    # Zero, also the negative one, lies on the positive side.
    result = np.where(self < 0, math.pi, 0).astype(self.dtype if self.dtype.kind == "f" else default_float())
    return np.where(np.isnan(self), self, result) if self.dtype.kind == "f" else result
