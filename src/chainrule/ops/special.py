"""Special functions of one number, with their derivatives. The values are SciPy's.

Formulas: Abramowitz and Stegun, Handbook of Mathematical Functions, by section.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine.op import ELEMENTWISE, FLOATING, op
from chainrule.kernels.special import special
from chainrule.ops.refusals import not_implemented

__all__ = ["polygamma"]
SPACE = "torch special"

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_SPACES = "torch Tensor special"


def _scipy(name: str, x: Any) -> Any:
    result = special(name)(x)
    # SciPy has no half precision: it gives longer numbers.
    return result.astype(np.float16) if x.dtype == np.float16 else result


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    check=not_implemented("erf_vml_cpu", "c"),
    self=lambda grad, self: grad * (TWO_OVER_ROOT_PI * np.exp(-(self * self))),
)  # fmt: skip
def erf(self: Any) -> Any:
    """The error function (7.1.1)."""
    return _scipy("erf", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    check=not_implemented("erfc_vml_cpu", "c"),
    self=lambda grad, self: grad * (-TWO_OVER_ROOT_PI * np.exp(-(self * self))),
)  # fmt: skip
def erfc(self: Any) -> Any:
    """`1 - erf(x)`, without the loss of digits."""
    return _scipy("erfc", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    check=not_implemented("erfinv_vml_cpu", "c"),
    self=lambda grad, result: grad * (np.exp(result * result) / TWO_OVER_ROOT_PI),
)  # fmt: skip
def erfinv(self: Any) -> Any:
    """The inverse of the error function."""
    return _scipy("erfinv", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="", node_name="PolygammaBackward0",
    check=not_implemented("polygamma", "c"),
    self=lambda grad, n, self: _polygamma_backward(grad, n, self),
)  # fmt: skip
def _polygamma(n: int, self: Any) -> Any:
    return special("polygamma")(n, self).astype(self.dtype, copy=False)


def _polygamma_backward(grad: Any, n: int, self: Any) -> Any:
    return grad * _polygamma(n + 1, self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special special:psi",
    check=not_implemented("digamma", "c"),
    self=lambda grad, self: grad * _polygamma(1, self),
)  # fmt: skip
def digamma(self: Any) -> Any:
    """The derivative of `lgamma` (6.3)."""
    # At 0 PyTorch has the limit from the sign's side; SciPy agrees from 1.12 on.
    return _scipy("digamma", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special:gammaln",
    check=not_implemented("lgamma_vml_cpu", "c"),
    self=lambda grad, self: grad * digamma(self),
)  # fmt: skip
def lgamma(self: Any) -> Any:
    """The logarithm of the absolute value of the gamma function (6.1)."""
    return np.where(self == -math.inf, math.inf, _scipy("gammaln", self))


def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of `digamma` (6.4.1).

    >>> import chainrule as torch
    >>> torch.polygamma(1, torch.tensor(1.0))
    tensor(1.6449)
    """
    if n < 0:
        msg = "polygamma(n, x) does not support negative n."
        raise RuntimeError(msg)
    return digamma(input) if n == 0 else _polygamma(n, input)


def _mvlgamma_backward(grad: Any, self: Any, p: int) -> Any:
    return grad * sum(digamma(self - i / 2) for i in range(p))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special:multigammaln",
    check=not_implemented("lgamma_vml_cpu", "c"),
    self=_mvlgamma_backward,
)  # fmt: skip
def mvlgamma(self: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension `p`."""
    if p < 1:
        msg = "p has to be greater than or equal to 1"
        raise RuntimeError(msg)
    return math.log(math.pi) * (p * (p - 1) / 4) + sum(_scipy("gammaln", self - i / 2) for i in range(p))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special",
    check=not_implemented("i0_vml_cpu", "c"),
    self=lambda grad, self: _i0_backward(grad, self),
)  # fmt: skip
def i0(self: Any) -> Any:
    """The modified Bessel function of the first kind of order 0 (9.6)."""
    return _scipy("i0", self)


def _i0_backward(grad: Any, self: Any) -> Any:
    return grad * i1(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", node_name="SpecialI1Backward0",
    check=not_implemented("i1_cpu", "c"),
    self=lambda grad, self: _bessel_i_backward(grad, 1, self),
)  # fmt: skip
def i1(self: Any) -> Any:
    """The modified Bessel function of the first kind of order 1 (9.6)."""
    return _scipy("i1", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="",
    self=lambda grad, order, self: _bessel_i_backward(grad, order, self),
)  # fmt: skip
def _bessel_i(order: int, self: Any) -> Any:
    # The modified Bessel functions of the first kind (9.6), whose derivatives are those beside them (9.6.26).
    return special("iv")(order, self).astype(self.dtype, copy=False)


def _bessel_i_backward(grad: Any, order: int, self: Any) -> Any:
    return grad * (0.5 * (_bessel_i(order - 1, self) + _bessel_i(order + 1, self)))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special",
    node_name="MulBackward1",  # PyTorch multiplies what erf gives
    check=not_implemented("erf_vml_cpu", "c"),
    self=lambda grad, self: grad * (np.exp(-0.5 * self * self) / math.sqrt(2 * math.pi)),
)  # fmt: skip
def ndtr(self: Any) -> Any:
    """The distribution function of the standard normal distribution (26.2)."""
    return _scipy("ndtr", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", node_name="SpecialNdtriBackward0",
    check=not_implemented("ndtri_cpu", "c"),
    self=lambda grad, result: grad * (math.sqrt(2 * math.pi) * np.exp(0.5 * result * result)),
)  # fmt: skip
def ndtri(self: Any) -> Any:
    """The inverse of `ndtr`."""
    return _scipy("ndtri", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", node_name="SpecialEntrBackward0",
    check=not_implemented("entr_cpu", "c"),
    self=lambda grad, self: grad * -(np.log(self) + 1),
)  # fmt: skip
def entr(self: Any) -> Any:
    """`-x log(x)`, 0 at 0 and minus infinity below."""
    return _scipy("entr", self)
