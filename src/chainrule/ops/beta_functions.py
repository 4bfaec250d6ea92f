"""The beta function and its kin: incomplete and inverse ones, binomial coefficients. The values are SciPy's.

Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), by equation. Derivatives with respect to a
parameter that have no closed form are found by quadrature, to about 12 digits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine.op import ELEMENTWISE, FLOATING, op
from chainrule.kernels.incomplete_integrals import beta_by_parameters
from chainrule.kernels.special import evaluated, firm
from chainrule.ops.arithmetic import xlogy
from chainrule.ops.gamma_functions import digamma, gamma, gammasgn, lgamma, polygamma, rgamma_slope
from chainrule.ops.refusals import not_implemented
from chainrule.ops.special import xlog1py


def _beta_slope(a: Any, b: Any, result: Any) -> Any:
    # In `a`. Where gamma(a + b) has a pole, and so the function a zero, it is another factor that has the slope.
    a, b = firm(a), firm(b)
    total = a + b
    at_zero = (result == 0) & (total <= 0) & (total == np.floor(total))
    usual = np.where(result == 0, 0, result * (digamma(a) - digamma(total)))
    return np.where(at_zero, gamma(a) * gamma(b) * rgamma_slope(total), usual)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("beta", "c"),
    a=lambda grad, a, b, result: grad * _beta_slope(a, b, result),
    b=lambda grad, a, b, result: grad * _beta_slope(b, a, result),
)  # fmt: skip
def beta(a: Any, b: Any) -> Any:
    """The beta function (5.12.1).

    >>> torch.special.beta(torch.tensor(2.0), 3.0)
    tensor(0.0833)
    """
    return evaluated("beta", a, b)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("betaln", "c"),
    a=lambda grad, a, b: grad * (digamma(a) - digamma(a + b)),
    b=lambda grad, a, b: grad * (digamma(b) - digamma(a + b)),
)  # fmt: skip
def betaln(a: Any, b: Any) -> Any:
    """The logarithm of the absolute value of the beta function (5.12.1).

    >>> torch.special.betaln(torch.tensor(2.0), 3.0)
    tensor(-2.4849)
    """
    return evaluated("betaln", a, b)


# ---- incomplete ----


def betainc_density(a: Any, b: Any, x: Any) -> Any:
    """The slope of `betainc` in its last argument (8.17.1)."""
    a, b = firm(a), firm(b)
    at = np.where((a < 0) | (b < 0) | (x < 0) | (x > 1), math.nan, x)
    return np.exp(xlogy(a - 1, at) + xlog1py(b - 1, -at) - betaln(a, b))


def _betainc_by_b(grad: Any, a: Any, b: Any, x: Any) -> Any:
    return grad * betainc_by(a, b, x, 0, 1)


def _betainc_by_a(grad: Any, a: Any, b: Any, x: Any) -> Any:
    return grad * betainc_by(a, b, x, 1, 0)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("betainc", "c"),
    a=_betainc_by_a,
    b=_betainc_by_b,
    x=lambda grad, a, b, x: grad * betainc_density(a, b, x),
)  # fmt: skip
def betainc(a: Any, b: Any, x: Any) -> Any:
    """The regularized incomplete beta function (8.17.2).

    >>> torch.special.betainc(torch.tensor(2.0), 3.0, 0.5)
    tensor(0.6875)
    """
    return evaluated("betainc", a, b, x)


def _betaincc_by_b(grad: Any, a: Any, b: Any, x: Any) -> Any:
    return grad * -betainc_by(a, b, x, 0, 1)


def _betaincc_by_a(grad: Any, a: Any, b: Any, x: Any) -> Any:
    return grad * -betainc_by(a, b, x, 1, 0)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("betaincc", "c"),
    a=_betaincc_by_a,
    b=_betaincc_by_b,
    x=lambda grad, a, b, x: grad * -betainc_density(a, b, x),
)  # fmt: skip
def betaincc(a: Any, b: Any, x: Any) -> Any:
    """`1 - betainc(a, b, x)`, without the loss of digits (8.17.4).

    >>> torch.special.betaincc(torch.tensor(2.0), 3.0, 0.5)
    tensor(0.3125)
    """
    return evaluated("betaincc", a, b, x)


def _betainc_by_by_b(grad: Any, a: Any, b: Any, x: Any, i: Any, j: Any) -> Any:
    return grad * betainc_by(a, b, x, i, j + 1)


def _betainc_by_by_a(grad: Any, a: Any, b: Any, x: Any, i: Any, j: Any) -> Any:
    return grad * betainc_by(a, b, x, i + 1, j)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="",
    a=_betainc_by_by_a,
    b=_betainc_by_by_b,
    x=lambda grad, a, b, x, i, j: grad * _density_by(a, b, x, i, j),
)  # fmt: skip
def betainc_by(a: Any, b: Any, x: Any, i: int, j: int) -> Any:
    """The derivative of `betainc`, i-th in `a` and j-th in `b`."""
    return beta_by_parameters(i, j, a, b, x)


def _density_by(a: Any, b: Any, x: Any, i: int, j: int) -> Any:
    # The same of the density: that of exp(g) is a polynomial in the derivatives of g.
    inside = (x > 0) & (x < 1)
    at = np.where(inside, x, 0.5)
    slopes: dict[tuple[int, int], Any] = {}
    for p in range(i + 1):
        for q in range(j + 1):
            if p + q == 1:
                slopes[p, q] = (np.log(at) - digamma(a) if p else np.log1p(-at) - digamma(b)) + digamma(a + b)
            elif p + q > 1:
                shared = polygamma(p + q - 1, a + b)
                slopes[p, q] = shared if p and q else shared - polygamma(p + q - 1, a if p else b)
    return np.where(inside, betainc_density(a, b, at) * _factor(i, j, slopes), 0)


def _factor(i: int, j: int, slopes: dict[tuple[int, int], Any]) -> Any:
    if i + j == 0:
        return 1.0
    total: Any = 0.0
    r, s = (i - 1, j) if i else (i, j - 1)
    for p in range(r + 1):
        for q in range(s + 1):
            of_g = slopes[p + (i > 0), q + (i == 0)]
            total = total + math.comb(r, p) * math.comb(s, q) * of_g * _factor(r - p, s - q, slopes)
    return total


def _inverse_by(a: Any, b: Any, x: Any, i: int, j: int) -> Any:
    # Of the x at which `betainc` has some value: what a parameter takes away, x must add.
    inside = (x > 0) & (x < 1)
    at = np.where(inside, x, 0.5)
    return np.where(inside, -betainc_by(a, b, at, i, j) / betainc_density(a, b, at), 0)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("betaincinv", "c"),
    a=lambda grad, a, b, result: grad * _inverse_by(a, b, result, 1, 0),
    b=lambda grad, a, b, result: grad * _inverse_by(a, b, result, 0, 1),
    y=lambda grad, a, b, result: grad / betainc_density(a, b, result),
)  # fmt: skip
def betaincinv(a: Any, b: Any, y: Any) -> Any:
    """The x at which `betainc(a, b, x)` is `y`.

    >>> torch.special.betaincinv(2.0, 3.0, torch.tensor(0.6875))
    tensor(0.5000)
    """
    return evaluated("betaincinv", a, b, y)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("betainccinv", "c"),
    a=lambda grad, a, b, result: grad * _inverse_by(a, b, result, 1, 0),
    b=lambda grad, a, b, result: grad * _inverse_by(a, b, result, 0, 1),
    y=lambda grad, a, b, result: -grad / betainc_density(a, b, result),
)  # fmt: skip
def betainccinv(a: Any, b: Any, y: Any) -> Any:
    """The x at which `betaincc(a, b, x)` is `y`.

    >>> torch.special.betainccinv(2.0, 3.0, torch.tensor(0.3125))
    tensor(0.5000)
    """
    return evaluated("betainccinv", a, b, y)


# ---- quotients of gamma functions ----


def _at_zero(n: Any, x: Any, rest: Any) -> Any:
    # gamma(n + 1) / gamma(rest), and the slope of `rgamma` at its zero x = 0, -1, ...: without overflow.
    n, x, rest = firm(n), firm(x), firm(rest)
    size = np.exp(lgamma(n + 1) + lgamma(1 - x) - lgamma(rest))
    return gammasgn(n + 1) * gammasgn(rest) * np.cos(math.pi * x) * size


def _binom_by_n(grad: Any, n: Any, k: Any, result: Any) -> Any:
    usual = result * (digamma(n + 1) - digamma(n - k + 1))
    at_zero = np.where(k < 0, 0, _at_zero(n, n - k + 1, k + 1))
    return grad * np.where(result == 0, at_zero, usual)


def _binom_by_k(grad: Any, n: Any, k: Any, result: Any) -> Any:
    n = firm(n)
    usual = result * (digamma(n - k + 1) - digamma(k + 1))
    at_zero = np.where(k < 0, _at_zero(n, k + 1, n - k + 1), -_at_zero(n, n - k + 1, k + 1))
    return grad * np.where(result == 0, at_zero, usual)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("binom", "c"),
    n=_binom_by_n, k=_binom_by_k,
)  # fmt: skip
def binom(n: Any, k: Any) -> Any:
    """The binomial coefficient of real numbers, by gamma functions (1.2.6, 5.2.2).

    >>> torch.special.binom(torch.tensor(5.0), 2)
    tensor(10.)
    """
    return evaluated("binom", n, k)


def _poch_by_a(grad: Any, a: Any, m: Any, result: Any) -> Any:
    usual = result * (digamma(a + m) - digamma(a))
    return grad * np.where(result == 0, gamma(a + m) * rgamma_slope(a), usual)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("poch", "c"),
    a=_poch_by_a, m=lambda grad, a, m, result: grad * (result * digamma(a + m)),
)  # fmt: skip
def poch(a: Any, m: Any) -> Any:
    """Pochhammer's symbol, `gamma(a + m) / gamma(a)` (5.2.5).

    >>> torch.special.poch(torch.tensor(3.0), 2)
    tensor(12.)
    """
    return evaluated("poch", a, m)
