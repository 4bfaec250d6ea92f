"""Error functions, the normal distribution, entropies and logarithms of products, with their derivatives.

The values are SciPy's. Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), by equation; where
there is none the derivative is a page of calculus.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.inplace import make_inplace
from chainrule.engine.op import ELEMENTWISE, FLOATING, TABLE, op
from chainrule.kernels.special import evaluated, special
from chainrule.ops import gamma_functions
from chainrule.ops.refusals import not_implemented

__all__ = ["xlogy_"]
SPACE = "torch special"
METHODS = ("polygamma", "polygamma_")

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
ROOT_OF_TWO_PI = math.sqrt(2 * math.pi)
_SPACES = "torch Tensor special"


# ---- error functions ----


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    check=not_implemented("erf_vml_cpu", "c"),
    self=lambda grad, self: grad * (TWO_OVER_ROOT_PI * np.exp(-(self * self))),
)  # fmt: skip
def erf(self: Any) -> Any:
    """The error function (7.2.1).

    >>> torch.erf(torch.tensor(1.0))
    tensor(0.8427)
    """
    return evaluated("erf", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    check=not_implemented("erfc_vml_cpu", "c"),
    self=lambda grad, self: grad * (-TWO_OVER_ROOT_PI * np.exp(-(self * self))),
)  # fmt: skip
def erfc(self: Any) -> Any:
    """`1 - erf(x)`, without the loss of digits (7.2.2).

    >>> torch.erfc(torch.tensor(1.0))
    tensor(0.1573)
    """
    return evaluated("erfc", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    check=not_implemented("erfinv_vml_cpu", "c"),
    self=lambda grad, result: grad * (np.exp(result * result) / TWO_OVER_ROOT_PI),
)  # fmt: skip
def erfinv(self: Any) -> Any:
    """The inverse of the error function.

    >>> torch.erfinv(torch.tensor(0.5))
    tensor(0.4769)
    """
    return evaluated("erfinv", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("erfcinv", "c"),
    self=lambda grad, result: grad * (np.exp(result * result) / -TWO_OVER_ROOT_PI),
)  # fmt: skip
def erfcinv(self: Any) -> Any:
    """The inverse of `erfc`.

    >>> torch.special.erfcinv(torch.tensor(0.5))
    tensor(0.4769)
    """
    return evaluated("erfcinv", self)


@op(
    name="special_erfcx", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:erfcx",
    check=not_implemented("erfcx_cpu", "c"),
    self=lambda grad, self, result: grad * _erfcx_slope(self, result),
)  # fmt: skip
def erfcx(self: Any) -> Any:
    """`exp(x * x) * erfc(x)`, without overflow (7.2.2, its derivative 7.10.1).

    >>> torch.special.erfcx(torch.tensor(1.0))
    tensor(0.4276)
    """
    return evaluated("erfcx", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("erfi", "c"),
    self=lambda grad, self: grad * (TWO_OVER_ROOT_PI * np.exp(self * self)),
)  # fmt: skip
def erfi(self: Any) -> Any:
    """The imaginary error function, `-1j * erf(1j * x)`.

    >>> torch.special.erfi(torch.tensor(1.0))
    tensor(1.6504)
    """
    return evaluated("erfi", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("dawsn", "c"),
    self=lambda grad, self, result: grad * _dawson_slope(self, result),
)  # fmt: skip
def dawsn(self: Any) -> Any:
    """Dawson's integral (7.2.5, its derivative 7.10.1).

    >>> torch.special.dawsn(torch.tensor(1.0))
    tensor(0.5381)
    """
    return evaluated("dawsn", self)


FAR = 10.0  # beyond, the slopes are what is left of two numbers that cancel: their series (7.12.1) has every digit
_ODD_FACTORIALS = tuple(math.prod(range(1, 2 * k, 2)) for k in range(1, 13))


def _erfcx_slope(x: Any, value: Any) -> Any:
    near = 2 * x * value - TWO_OVER_ROOT_PI
    far = x > FAR
    if not far.any():
        return near
    return np.where(far, TWO_OVER_ROOT_PI * _tail(-0.5 / np.square(np.where(far, x, FAR))), near)


def _dawson_slope(x: Any, value: Any) -> Any:
    near = 1 - 2 * x * value
    far = np.abs(x) > FAR
    if not far.any():
        return near
    return np.where(far, -_tail(0.5 / np.square(np.where(far, x, FAR))), near)


def _tail(y: Any) -> Any:
    # The sum of 1 * 3 * ... * (2 k - 1) * y ** k, over k = 1, 2, ...
    total: Any = _ODD_FACTORIALS[-1]
    for coefficient in _ODD_FACTORIALS[-2::-1]:
        total = total * y + coefficient
    return total * y


def _fresnel_backward(grads: Any, self: Any) -> Any:
    angle = (0.5 * math.pi) * self * self
    of_sine, of_cosine = grads
    if of_sine is None:
        return of_cosine * np.cos(angle)
    return of_sine * np.sin(angle) + (0 if of_cosine is None else of_cosine * np.cos(angle))


@op(
    promotion=FLOATING, spaces="special", results=("s", "c"), check=not_implemented("fresnel", "c"),
    self=_fresnel_backward,
    batching=batches.elementwise,
)  # fmt: skip
def fresnel(self: Any) -> Any:
    """Fresnel's integrals S and C (7.2.7, 7.2.8).

    >>> torch.special.fresnel(torch.tensor(1.0)).s
    tensor(0.4383)
    """
    return tuple(part.astype(self.dtype, copy=False) for part in special("fresnel")(self))


# ---- the normal distribution ----


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special",
    node_name="MulBackward1",  # PyTorch multiplies what erf gives
    check=not_implemented("erf_vml_cpu", "c"),
    self=lambda grad, self: grad * (np.exp(-0.5 * self * self) / ROOT_OF_TWO_PI),
)  # fmt: skip
def ndtr(self: Any) -> Any:
    """The distribution function of the standard normal distribution.

    >>> torch.special.ndtr(torch.tensor(1.0))
    tensor(0.8413)
    """
    return evaluated("ndtr", self)


@op(
    name="special_ndtri", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:ndtri",
    check=not_implemented("ndtri_cpu", "c"),
    self=lambda grad, result: grad * (ROOT_OF_TWO_PI * np.exp(0.5 * result * result)),
)  # fmt: skip
def ndtri(self: Any) -> Any:
    """The inverse of `ndtr`.

    >>> torch.special.ndtri(torch.tensor(0.5))
    tensor(0.)
    """
    return evaluated("ndtri", self)


def _log_ndtr_backward(grad: Any, self: Any) -> Any:
    return grad * _hazard(self)


@op(
    name="special_log_ndtr", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:log_ndtr",
    check=not_implemented("log_ndtr_cpu", "c"),
    self=_log_ndtr_backward,
)  # fmt: skip
def log_ndtr(self: Any) -> Any:
    """The logarithm of `ndtr`, without underflow.

    >>> torch.special.log_ndtr(torch.tensor(0.0))
    tensor(-0.6931)
    """
    return evaluated("log_ndtr", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="",
    self=lambda grad, self, result: grad * (-result * (self + result)),
)  # fmt: skip
def _hazard(self: Any) -> Any:
    # The slope of `log_ndtr`: that of `ndtr` over its value.
    return math.sqrt(2 / math.pi) / evaluated("erfcx", self * -math.sqrt(0.5))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("ndtri_exp", "c"),
    self=lambda grad, self, result: grad * (ROOT_OF_TWO_PI * np.exp(self + 0.5 * result * result)),
)  # fmt: skip
def ndtri_exp(self: Any) -> Any:
    """The inverse of `log_ndtr`.

    >>> torch.special.ndtri_exp(torch.tensor(-1.0))
    tensor(-0.3375)
    """
    return evaluated("ndtri_exp", self)


def _owens_by_h(grad: Any, h: Any, a: Any) -> Any:
    return grad * (np.exp(-0.5 * h * h) * erf(a * h * math.sqrt(0.5)) * (-0.5 / ROOT_OF_TWO_PI))


def _owens_by_a(grad: Any, h: Any, a: Any) -> Any:
    squares = 1 + a * a
    return grad * (np.exp(-0.5 * h * h * squares) / (2 * math.pi * squares))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("owens_t", "c"),
    h=_owens_by_h, a=_owens_by_a,
)  # fmt: skip
def owens_t(h: Any, a: Any) -> Any:
    """Owen's T function, an integral over the normal distribution of two variables (by its definition).

    >>> torch.special.owens_t(torch.tensor(0.0), 1.0)
    tensor(0.1250)
    """
    return evaluated("owens_t", h, a)


# ---- entropies ----


@op(
    name="special_entr", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:entr",
    check=not_implemented("entr_cpu", "c"),
    self=lambda grad, self: grad * -(np.log(self) + 1),
)  # fmt: skip
def entr(self: Any) -> Any:
    """`-x log(x)`, 0 at 0 and minus infinity below.

    >>> torch.special.entr(torch.tensor(0.5))
    tensor(0.3466)
    """
    return evaluated("entr", self)


def _quotient(x: Any, y: Any) -> Any:
    # Of two probabilities, where both are none: one.
    neither = (x == 0) & (y == 0)
    nothing = 0 * (x + y)
    return np.where(neither, 1, x + nothing) / np.where(neither, 1, y + nothing)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("rel_entr", "c"),
    x=lambda grad, x, y: grad * (np.log(_quotient(x, y)) + 1),
    y=lambda grad, x, y: grad * -np.where(x == 0, 0, _quotient(x, y)),
)  # fmt: skip
def rel_entr(x: Any, y: Any) -> Any:
    """`x log(x / y)`, 0 where `x` is 0.

    >>> torch.special.rel_entr(torch.tensor(1.0), 2.0)
    tensor(-0.6931)
    """
    return evaluated("rel_entr", x, y)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("kl_div", "c"),
    x=lambda grad, x, y: grad * np.log(_quotient(x, y)),
    y=lambda grad, x, y: grad * (1 - np.where(x == 0, 0, _quotient(x, y))),
)  # fmt: skip
def kl_div(x: Any, y: Any) -> Any:
    """`x log(x / y) - x + y`, `y` where `x` is 0.

    >>> torch.special.kl_div(torch.tensor(1.0), 2.0)
    tensor(0.3069)
    """
    return evaluated("kl_div", x, y)


# ---- logarithms of products ----


def _xlog1py_node_name(self: Any, other: Any) -> str:
    if not hasattr(self, "shape"):
        return "SpecialXlog1PyBackward1"
    return "SpecialXlog1PyBackward0" if hasattr(other, "shape") else "SpecialXlog1PyBackward2"


@op(
    name="special_xlog1py", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:xlog1py",
    node_name=_xlog1py_node_name,
    check=not_implemented("xlog1py_cpu", "c"),
    self=lambda grad, self, other: np.where((self == 0) & (other <= -1), 0, grad * np.log1p(other)),
    other=lambda grad, self, other: grad * np.where(self == 0, 0, self / (other + 1)),
)  # fmt: skip
def xlog1py(self: Any, other: Any) -> Any:
    """`self * log1p(other)`, and 0 where `self` is 0.

    >>> torch.special.xlog1py(torch.tensor(2.0), 1.0)
    tensor(1.3863)
    """
    return np.where(np.isnan(other), other, evaluated("xlog1py", self, other))


def xlogy_(self: Any, other: Any) -> Any:
    """`self * log(other)`, written into `self`.

    >>> import chainrule as torch
    >>> torch.xlogy_(torch.tensor([2.0]), 1.0)
    tensor([0.])
    """
    return make_inplace(TABLE["xlogy"])(self, other)


# ---- methods of tensors ----


def polygamma(self: Any, n: int) -> Any:
    """The n-th derivative of `digamma`: `torch.polygamma(n, self)`.

    >>> import chainrule as torch
    >>> torch.tensor(1.0).polygamma(1)
    tensor(1.6449)
    """
    return gamma_functions.polygamma(n, self)


def polygamma_(self: Any, n: int) -> Any:
    """The same, written into the tensor.

    >>> import chainrule as torch
    >>> torch.tensor([1.0]).polygamma_(1)
    tensor([1.6449])
    """
    return make_inplace(TABLE["_polygamma"])(self, n)
