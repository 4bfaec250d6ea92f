"""Hypergeometric functions and exponential integrals, with their derivatives. The values are SciPy's.

Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), by equation. Of the hypergeometric functions'
parameters there are no derivatives.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import ELEMENTWISE, FLOATING, NOT_DIFFERENTIABLE, op
from chainrule.kernels.special import evaluated, special
from chainrule.ops.refusals import no_derivative_in, not_implemented

ENDLESS = 1e5

# ---- hypergeometric functions ----


def _hyp0f1_by_z(grad: Any, v: Any, z: Any) -> Any:
    return grad * (hyp0f1(v + 1, z) / v)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("hyp0f1", "c"),
    v=no_derivative_in("hyp0f1", "its parameter v"),
    z=_hyp0f1_by_z,
)  # fmt: skip
def hyp0f1(v: Any, z: Any) -> Any:
    """The confluent hypergeometric limit function 0F1 (16.2.1, its derivative 16.3.1).

    >>> torch.special.hyp0f1(1.0, torch.tensor(1.0))
    tensor(2.2796)
    """
    return evaluated("hyp0f1", v, z)


def _hyp1f1_by_x(grad: Any, a: Any, b: Any, x: Any) -> Any:
    return grad * np.where(a == 0, 0, a / b * hyp1f1(a + 1, b + 1, x))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("hyp1f1", "c"),
    a=no_derivative_in("hyp1f1", "its parameter a"), b=no_derivative_in("hyp1f1", "its parameter b"),
    x=_hyp1f1_by_x,
)  # fmt: skip
def hyp1f1(a: Any, b: Any, x: Any) -> Any:
    """Kummer's confluent hypergeometric function 1F1 (13.2.2, 13.3.15).

    >>> torch.special.hyp1f1(1.0, 2.0, torch.tensor(1.0))
    tensor(1.7183)
    """
    return _kummer(np.asarray(a), np.asarray(b), x)


def _hyp2f1_by_z(grad: Any, a: Any, b: Any, c: Any, z: Any) -> Any:
    return grad * (a * b / c * hyp2f1(a + 1, b + 1, c + 1, z))


def _kummer(a: Any, b: Any, x: Any) -> Any:
    far = np.abs(x) > ENDLESS
    if not far.any():
        return evaluated("hyp1f1", a, b, x)
    # SciPy may look for an end there in vain: but for polynomials only the first term of 13.2.23 is left, or 13.7.3.
    is_polynomial = (a <= 0) & (a == np.floor(a))
    inside = np.where(np.isinf(x) | (far & ~is_polynomial), 0, x)
    grown = special("gammasgn")(a) * special("gammasgn")(b) * np.inf
    fallen = special("gamma")(b) * special("rgamma")(b - a) * np.abs(x) ** -a
    limit = np.where(is_polynomial, np.nan, np.where(x > 0, grown, fallen))
    return np.where(inside == x, evaluated("hyp1f1", a, b, inside), limit).astype(x.dtype, copy=False)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("hyp2f1", "c"),
    a=no_derivative_in("hyp2f1", "its parameter a"), b=no_derivative_in("hyp2f1", "its parameter b"),
    c=no_derivative_in("hyp2f1", "its parameter c"),
    z=_hyp2f1_by_z,
)  # fmt: skip
def hyp2f1(a: Any, b: Any, c: Any, z: Any) -> Any:
    """Gauss' hypergeometric function 2F1 (15.2.1, 15.5.1).

    >>> torch.special.hyp2f1(1.0, 1.0, 2.0, torch.tensor(0.5))
    tensor(1.3863)
    """
    return evaluated("hyp2f1", a, b, c, z)


def _hyperu_by_x(grad: Any, a: Any, b: Any, x: Any) -> Any:
    return grad * (-a * hyperu(a + 1, b + 1, x))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("hyperu", "c"),
    a=no_derivative_in("hyperu", "its parameter a"), b=no_derivative_in("hyperu", "its parameter b"),
    x=_hyperu_by_x,
)  # fmt: skip
def hyperu(a: Any, b: Any, x: Any) -> Any:
    """Tricomi's confluent hypergeometric function U (13.2.6, 13.3.22).

    >>> torch.special.hyperu(1.0, 1.0, torch.tensor(1.0))
    tensor(0.5963)
    """
    return evaluated("hyperu", a, b, x)


# ---- exponential integrals ----


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("expi", "c"),
    self=lambda grad, self: grad * (np.exp(self) / self),
)  # fmt: skip
def expi(self: Any) -> Any:
    """The exponential integral Ei (6.2.5).

    >>> torch.special.expi(torch.tensor(1.0))
    tensor(1.8951)
    """
    return evaluated("expi", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("exp1", "c"),
    self=lambda grad, self: grad * -(np.exp(-self) / self),
)  # fmt: skip
def exp1(self: Any) -> Any:
    """The exponential integral E1 (6.2.1).

    >>> torch.special.exp1(torch.tensor(1.0))
    tensor(0.2194)
    """
    return evaluated("exp1", self)


def _expn_by_x(grad: Any, n: Any, x: Any) -> Any:
    return grad * -_expn(n - 1, x)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("expn", "c"),
    n=NOT_DIFFERENTIABLE, x=_expn_by_x,
)  # fmt: skip
def expn(n: Any, x: Any) -> Any:
    """The exponential integral of a whole order `n` (8.19.2, 8.19.13).

    >>> torch.special.expn(2, torch.tensor(1.0))
    tensor(0.1485)
    """
    return evaluated("expn", np.asarray(n).astype(x.dtype), x)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="",
    n=NOT_DIFFERENTIABLE, x=_expn_by_x,
)  # fmt: skip
def _expn(n: Any, x: Any) -> Any:
    # Of orders below zero too: there it is an incomplete gamma function of the order 1 - n (8.19.1).
    order = np.maximum(1 - n, 1)
    below = evaluated("gammaincc", order, x) * evaluated("gamma", order) * x ** (n - 1)
    return np.where(n < 0, below, expn(np.maximum(n, 0), x))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("exprel", "c"),
    self=lambda grad, self: grad * (0.5 * hyp1f1(2.0, 3.0, self)),
)  # fmt: skip
def exprel(self: Any) -> Any:
    """`(exp(x) - 1) / x`, 1 at 0: it is `hyp1f1(1, 2, x)` (13.6.1).

    >>> torch.special.exprel(torch.tensor(0.0))
    tensor(1.)
    """
    return evaluated("exprel", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("spence", "c"),
    self=lambda grad, self: grad * -hyp2f1(1.0, 1.0, 2.0, 1 - self),
)  # fmt: skip
def spence(self: Any) -> Any:
    """Spence's function, the dilogarithm of `1 - x` (25.12.2, its slope 15.4.1).

    >>> torch.special.spence(torch.tensor(0.0))
    tensor(1.6449)
    """
    return evaluated("spence", self)


def _pair_backward(grads: Any, first: Any, second: Any) -> Any:
    terms = [grad * slope for grad, slope in zip(grads, (first, second), strict=True) if grad is not None]
    return sum(terms[1:], terms[0])


@op(
    promotion=FLOATING, spaces="special", results=("si", "ci"), check=not_implemented("sici", "c"),
    self=lambda grads, self: _pair_backward(grads, np.sinc(self / math.pi), np.cos(self) / self),
    batching=batches.elementwise,
)  # fmt: skip
def sici(self: Any) -> Any:
    """The sine integral and the cosine integral (6.2.9, 6.2.11).

    >>> torch.special.sici(torch.tensor(1.0)).si
    tensor(0.9461)
    """
    return _two("sici", self)


@op(
    promotion=FLOATING, spaces="special", results=("shi", "chi"), check=not_implemented("shichi", "c"),
    self=lambda grads, self: _pair_backward(grads, 0.5 * (exprel(self) + exprel(-self)), np.cosh(self) / self),
    batching=batches.elementwise,
)  # fmt: skip
def shichi(self: Any) -> Any:
    """The hyperbolic sine integral and the hyperbolic cosine integral (6.2.15, 6.2.16).

    >>> torch.special.shichi(torch.tensor(1.0)).shi
    tensor(1.0573)
    """
    return _two("shichi", self)


def _two(name: str, x: Any) -> Any:
    return tuple(part.astype(x.dtype, copy=False) for part in special(name)(x))


# ---- Lambert's and Wright's ----


@op(
    promotion=FLOATING, spaces="special",
    z=lambda grad, z, result: grad / (z + np.exp(result)), k=NOT_DIFFERENTIABLE,
    batching=batches.elementwise,
)  # fmt: skip
def lambertw(z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """Lambert's W function, the branch `k` of the inverse of `w exp(w)`: a complex number (4.13.1, 4.13.4).

    >>> torch.special.lambertw(torch.tensor(1.0)).real
    tensor(0.5671)
    """
    result = special("lambertw")(z, k, tol)
    return result.astype(np.complex64) if z.dtype.itemsize == z.real.dtype.itemsize == 4 else result


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("wrightomega", "c"),
    self=lambda grad, result: grad * (result / (1 + result)),
)  # fmt: skip
def wrightomega(self: Any) -> Any:
    """Wright's omega function, the solution of `w + log(w) = x` (4.13.1, 4.13.4).

    >>> torch.special.wrightomega(torch.tensor(1.0))
    tensor(1.)
    """
    return evaluated("wrightomega", self)


def _wright_bessel_by_x(grad: Any, a: Any, b: Any, x: Any) -> Any:
    return grad * wright_bessel(a, a + b, x)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("wright_bessel", "c"),
    a=no_derivative_in("wright_bessel", "its parameter a"), b=no_derivative_in("wright_bessel", "its parameter b"),
    x=_wright_bessel_by_x,
)  # fmt: skip
def wright_bessel(a: Any, b: Any, x: Any) -> Any:
    """Wright's generalized Bessel function (10.46.1).

    >>> torch.special.wright_bessel(1.0, 1.0, torch.tensor(1.0))
    tensor(2.2796)
    """
    return evaluated("wright_bessel", a, b, x)
