"""Functions of one number, element by element.

Each formula is the derivative as a page of calculus has it; types and complex conjugates are the engine's. At points
without a derivative see docs/nondifferentiable-points.md.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine.op import COMMON, ELEMENTWISE, FLOATING, NOT_DIFFERENTIABLE, op

# ---- powers and roots ----

sqrt = op(np.sqrt, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad / (2 * result))


@op(kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: -0.5 * grad * (result * result * result))
def rsqrt(self: Any) -> Any:
    """The reciprocal of the square root."""
    return 1 / np.sqrt(self)


# ---- exponentials and logarithms ----

exp = op(np.exp, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad * result)
exp2 = op(
    np.exp2, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad * (result * math.log(2))
)
expm1 = op(np.expm1, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad * (result + 1))
log = op(np.log, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad / self)
log2 = op(
    np.log2, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad / (self * math.log(2))
)
log10 = op(
    np.log10, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad / (self * math.log(10))
)
log1p = op(
    np.log1p, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, node_name="Log1PBackward0",
    self=lambda grad, self: grad / (self + 1),
)  # fmt: skip

# ---- trigonometric and hyperbolic ----

sin = op(np.sin, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad * np.cos(self))
cos = op(np.cos, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad * -np.sin(self))
tan = op(np.tan, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad * (1 + result * result))
asin = op(
    np.arcsin, name="asin", kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self: grad / np.sqrt(1 - self * self),
)  # fmt: skip
acos = op(
    np.arccos, name="acos", kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self: -grad / np.sqrt(1 - self * self),
)  # fmt: skip
atan = op(
    np.arctan, name="atan", kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self: grad / (self * self + 1),
)  # fmt: skip
sinh = op(np.sinh, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad * np.cosh(self))
cosh = op(np.cosh, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad * np.sinh(self))
tanh = op(np.tanh, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, result: grad * (1 - result * result))
asinh = op(
    np.arcsinh, name="asinh", kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self: grad / np.sqrt(self * self + 1),
)  # fmt: skip
acosh = op(
    np.arccosh, name="acosh", kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self: grad / (np.sqrt(self - 1) * np.sqrt(self + 1)),
)  # fmt: skip
atanh = op(
    np.arctanh, name="atanh", kind=ELEMENTWISE, promotion=FLOATING, inplace=True,
    self=lambda grad, self: grad / (1 - self * self),
)  # fmt: skip


@op(kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self: grad * _sinc_derivative(self))
def sinc(self: Any) -> Any:
    """`sin(pi x) / (pi x)`, and 1 at 0."""
    return np.sinc(self)


def _sinc_derivative(x: Any) -> Any:
    pi_x = math.pi * np.where(x == 0, 1, x)
    return np.where(x == 0, 0, math.pi * (np.cos(pi_x) * pi_x - np.sin(pi_x)) / (pi_x * pi_x))


# ---- activations that are plain functions ----


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special:expit nn.functional",
    self=lambda grad, result: grad * ((1 - result) * result),
)  # fmt: skip
def sigmoid(self: Any) -> Any:
    """`1 / (1 + exp(-x))`."""
    return 1 / (1 + np.exp(-self))


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces="torch Tensor nn.functional",
    self=lambda grad, result: np.where(result > 0, grad, 0),
)  # fmt: skip
def relu(self: Any) -> Any:
    """The positive part: `max(x, 0)`."""
    return np.maximum(self, 0)


@op(kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad, self, eps: _logit_backward(grad, self, eps))
def logit(self: Any, eps: float | None = None) -> Any:
    """`log(x / (1 - x))`, with `x` first clamped to `[eps, 1 - eps]`."""
    clamped = self if eps is None else np.clip(self, eps, 1 - eps)
    return np.log(clamped / (1 - clamped))


def _logit_backward(grad: Any, self: Any, eps: float | None) -> Any:
    low = 0 if eps is None else eps
    inside = (self >= low) & (self <= 1 - low)
    outside = math.nan if eps is None else 0
    return np.where(inside, grad / (self * (1 - self)), outside)


# ---- magnitude, sign and rounding ----


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, conjugate=False,
    self=lambda grad, self: grad * np.sign(self),
)  # fmt: skip
def abs(self: Any) -> Any:  # noqa: A001
    """The absolute value."""
    return np.abs(self)


def _zero(grad: Any) -> Any:
    return grad * 0


sign = op(np.sign, kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=_zero)
floor = op(np.floor, kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=_zero)
ceil = op(np.ceil, kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=_zero)
trunc = op(np.trunc, kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=_zero)


@op(kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=_zero)
def round(self: Any, decimals: int = 0) -> Any:  # noqa: A001
    """The nearest whole number, halves to even; with `decimals`, to that many places."""
    return np.round(self, decimals)


@op(kind=ELEMENTWISE, promotion=COMMON, inplace=True, self=lambda grad: grad)
def frac(self: Any) -> Any:
    """What is left without the whole part, with the sign of `self`."""
    return self - np.trunc(self)


signbit = op(np.signbit, promotion=COMMON, self=NOT_DIFFERENTIABLE)
positive = op(np.positive, kind=ELEMENTWISE, promotion=COMMON, spaces="torch Tensor", self=lambda grad: grad)
deg2rad = op(
    np.deg2rad, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad: grad * (math.pi / 180)
)
rad2deg = op(
    np.rad2deg, kind=ELEMENTWISE, promotion=FLOATING, inplace=True, self=lambda grad: grad * (180 / math.pi)
)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    self=lambda grad, self: np.where(np.isfinite(self), grad, 0),
)  # fmt: skip
def nan_to_num(self: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Any:
    """NaN as `nan` (0), infinities as `posinf` and `neginf` (the largest and least finite numbers)."""
    return np.nan_to_num(self, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


# ---- complex numbers ----


@op(kind=ELEMENTWISE, conjugate=False, promotion=COMMON, self=lambda grad: np.conj(grad))
def conj(self: Any) -> Any:
    """The complex conjugate; a real tensor's is itself."""
    return np.conj(self)


@op(kind=ELEMENTWISE, conjugate=False, self=lambda grad: grad + 0j)
def real(self: Any) -> Any:
    """The real part."""
    return self.real.copy()


@op(kind=ELEMENTWISE, conjugate=False, self=lambda grad: grad * 1j)
def imag(self: Any) -> Any:
    """The imaginary part."""
    if self.dtype.kind != "c":
        msg = "imag is not implemented for tensors with non-complex dtypes."
        raise RuntimeError(msg)
    return self.imag.copy()


@op(kind=ELEMENTWISE, conjugate=False, self=lambda grad, self: _angle_backward(grad, self))
def angle(self: Any) -> Any:
    """The angle in the complex plane, in radians."""
    return np.angle(self).astype(self.real.dtype if self.dtype.kind in "fc" else np.float32)


def _angle_backward(grad: Any, self: Any) -> Any:
    if self.dtype.kind != "c":
        return _zero(grad)
    squares = np.abs(self) ** 2
    return np.where(squares == 0, 0, grad * 1j * self / np.where(squares == 0, 1, squares))
