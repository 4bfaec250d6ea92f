"""Special functions of one number, with their derivatives. The values are SciPy's.

Formulas: Abramowitz and Stegun, Handbook of Mathematical Functions, by section.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine.op import ELEMENTWISE, FLOATING, op
from chainrule.kernels.special import special

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_SPACES = "torch Tensor special"


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    self=lambda grad, self: grad * (TWO_OVER_ROOT_PI * np.exp(-(self * self))),
)  # fmt: skip
def erf(self: Any) -> Any:
    """The error function (7.1.1)."""
    return special("erf")(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    self=lambda grad, self: grad * (-TWO_OVER_ROOT_PI * np.exp(-(self * self))),
)  # fmt: skip
def erfc(self: Any) -> Any:
    """`1 - erf(x)`, without the loss of digits."""
    return special("erfc")(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces=_SPACES,
    self=lambda grad, result: grad * (np.exp(result * result) / TWO_OVER_ROOT_PI),
)  # fmt: skip
def erfinv(self: Any) -> Any:
    """The inverse of the error function."""
    return special("erfinv")(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="", node_name="PolygammaBackward0",
    self=lambda grad, n, self: _polygamma_backward(grad, n, self),
)  # fmt: skip
def _polygamma(n: int, self: Any) -> Any:
    return special("polygamma")(n, self).astype(self.dtype)


def _polygamma_backward(grad: Any, n: int, self: Any) -> Any:
    return grad * _polygamma(n + 1, self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special special:psi",
    self=lambda grad, self: grad * _polygamma(1, self),
)  # fmt: skip
def digamma(self: Any) -> Any:
    """The derivative of `lgamma` (6.3)."""
    # At 0 PyTorch has the limit from the sign's side; SciPy agrees from 1.12 on.
    return special("digamma")(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special:gammaln",
    self=lambda grad, self: grad * digamma(self),
)  # fmt: skip
def lgamma(self: Any) -> Any:
    """The logarithm of the absolute value of the gamma function (6.1)."""
    return special("gammaln")(self)


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


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special",
    self=lambda grad, self: _i0_backward(grad, self),
)  # fmt: skip
def i0(self: Any) -> Any:
    """The modified Bessel function of the first kind of order 0 (9.6)."""
    return special("i0")(self)


def _i0_backward(grad: Any, self: Any) -> Any:
    return grad * i1(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special",
    self=lambda grad, self, result: grad * np.where(self == 0, 0.5, i0(self) - result / np.where(self == 0, 1, self)),
)  # fmt: skip
def i1(self: Any) -> Any:
    """The modified Bessel function of the first kind of order 1 (9.6)."""
    return special("i1")(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special",
    self=lambda grad, self: grad * (np.exp(-0.5 * self * self) / math.sqrt(2 * math.pi)),
)  # fmt: skip
def ndtr(self: Any) -> Any:
    """The distribution function of the standard normal distribution (26.2)."""
    return special("ndtr")(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special",
    self=lambda grad, result: grad * (math.sqrt(2 * math.pi) * np.exp(0.5 * result * result)),
)  # fmt: skip
def ndtri(self: Any) -> Any:
    """The inverse of `ndtr`."""
    return special("ndtri")(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special",
    self=lambda grad, self: grad * np.where(self < 0, math.nan, -(np.log(self) + 1)),
)  # fmt: skip
def entr(self: Any) -> Any:
    """`-x log(x)`, 0 at 0 and minus infinity below."""
    return special("entr")(self)


__all__ = ["polygamma"]
