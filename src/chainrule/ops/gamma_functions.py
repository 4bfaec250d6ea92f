"""The gamma function and its kin: logarithm, derivatives, incomplete and inverse ones, zeta. The values are SciPy's.

Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), by equation. Derivatives with respect to a
parameter that have no closed form are found by the quadratures and sums of the kernels, to about 12 digits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine.op import COMMON, ELEMENTWISE, FLOATING, NOT_DIFFERENTIABLE, op
from chainrule.kernels.incomplete_integrals import gamma_by_parameter
from chainrule.kernels.special import evaluated, firm, special
from chainrule.kernels.zeta import zeta_by_exponent
from chainrule.ops.arithmetic import xlogy
from chainrule.ops.refusals import not_implemented, require_kernel

__all__ = ["polygamma"]
SPACE = "torch special"


# ---- gamma ----


def _gamma_backward(grad: Any, self: Any, result: Any) -> Any:
    return grad * (result * digamma(self))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("gamma", "c"),
    self=_gamma_backward,
)  # fmt: skip
def gamma(self: Any) -> Any:
    """The gamma function (5.2.1, its derivative 5.2.2).

    >>> torch.special.gamma(torch.tensor(5.0))
    tensor(24.)
    """
    return evaluated("gamma", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("rgamma", "c"),
    self=lambda grad, self: grad * rgamma_slope(self),
)  # fmt: skip
def rgamma(self: Any) -> Any:
    """The reciprocal of the gamma function, 0 at its poles (5.2.1).

    >>> torch.special.rgamma(torch.tensor(5.0))
    tensor(0.0417)
    """
    return evaluated("rgamma", self)


def rgamma_slope(x: Any) -> Any:
    """The derivative of `rgamma`, at the poles of the gamma function too (5.2.1, 5.7.1)."""
    at_pole = (x <= 0) & (x == np.floor(x))
    at_end = x == math.inf
    inside = np.where(at_pole | at_end, 0.5, x)
    usual = np.where(at_end, 0, -digamma(inside) * rgamma(inside))
    return np.where(at_pole, np.cos(math.pi * x) * gamma(1 - x), usual)


def _lgamma_backward(grad: Any, self: Any) -> Any:
    return grad * digamma(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special:gammaln",
    check=not_implemented("lgamma_vml_cpu", "c"),
    self=_lgamma_backward,
)  # fmt: skip
def lgamma(self: Any) -> Any:
    """The logarithm of the absolute value of the gamma function (5.2.1).

    >>> torch.lgamma(torch.tensor(5.0))
    tensor(3.1781)
    """
    return np.where(self == -math.inf, math.inf, evaluated("gammaln", self))


def _loggamma_backward(grad: Any, self: Any) -> Any:
    return grad * digamma(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("loggamma", "c"),
    self=_loggamma_backward,
)  # fmt: skip
def loggamma(self: Any) -> Any:
    """The logarithm of the gamma function, for positive numbers: NaN for others, where it is complex.

    >>> torch.special.loggamma(torch.tensor(5.0))
    tensor(3.1781)
    """
    return evaluated("loggamma", self)


gammasgn = op(
    lambda self: evaluated("gammasgn", self), name="gammasgn", kind=ELEMENTWISE, promotion=FLOATING, spaces="special",
    check=not_implemented("gammasgn", "c"), self=NOT_DIFFERENTIABLE,
)  # fmt: skip


def _digamma_backward(grad: Any, self: Any) -> Any:
    return grad * _polygamma(self, 1)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special special:psi",
    check=not_implemented("digamma", "c"),
    self=_digamma_backward,
)  # fmt: skip
def digamma(self: Any) -> Any:
    """The derivative of `lgamma` (5.2.2).

    >>> torch.digamma(torch.tensor(1.0))
    tensor(-0.5772)
    """
    # At 0 PyTorch has the limit from the sign's side; SciPy agrees from 1.12 on.
    return evaluated("digamma", self)


def _polygamma_backward(grad: Any, self: Any, n: Any) -> Any:
    return grad * _polygamma(self, n + 1)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="", node_name="PolygammaBackward0", inplace="PolygammaBackward1",
    check=not_implemented("polygamma", "c"),
    self=_polygamma_backward,
)  # fmt: skip
def _polygamma(self: Any, n: int) -> Any:
    if n < 0:
        msg = "polygamma(n, x) does not support negative n."
        raise RuntimeError(msg)
    if n == 0:
        return evaluated("digamma", self)
    return special("polygamma")(n, self).astype(self.dtype, copy=False)


def polygamma(n: int, input: Any, *, out: Any = None) -> Any:
    """The n-th derivative of `digamma` (5.15).

    >>> import chainrule as torch
    >>> torch.polygamma(1, torch.tensor(1.0))
    tensor(1.6449)
    """
    return _polygamma(input, n) if out is None else _polygamma(input, n, out=out)


def _mvlgamma_backward(grad: Any, self: Any, p: int) -> Any:
    return grad * sum(digamma(self - i / 2) for i in range(p))


def _refuse_booleans_and_complex(dtype: Any, operands: list[Any]) -> None:
    if operands[0].dtype.kind == "b":
        msg = "The input tensor may not be a boolean tensor."
        raise RuntimeError(msg)
    require_kernel("lgamma_vml_cpu", "c", dtype)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special:multigammaln",
    check=_refuse_booleans_and_complex,
    self=_mvlgamma_backward,
)  # fmt: skip
def mvlgamma(self: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension `p` (35.3.4).

    >>> torch.mvlgamma(torch.tensor(3.0), 2)
    tensor(1.5502)
    """
    if p < 1:
        msg = "p has to be greater than or equal to 1"
        raise RuntimeError(msg)
    return math.log(math.pi) * (p * (p - 1) / 4) + sum(evaluated("gammaln", self - i / 2) for i in range(p))


# ---- incomplete ----


def gamma_density(a: Any, x: Any) -> Any:
    """The slope of `gammainc` in its second argument (8.8.13)."""
    a, x = firm(a), firm(x)
    ends = x == math.inf
    at = np.where(ends, 1, np.where(x < 0, math.nan, x))
    return np.where(ends, 0, np.exp(xlogy(a - 1, at) - at - lgamma(a)))


def _igamma_backward(grad: Any, self: Any, other: Any) -> Any:
    return grad * _igamma_by_a(self, other, 1)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces="torch Tensor special:gammainc",
    check=not_implemented("igamma_cpu", "biuc"),
    self=_igamma_backward,
    other=lambda grad, self, other: grad * gamma_density(self, other),
)  # fmt: skip
def igamma(self: Any, other: Any) -> Any:
    """The regularized lower incomplete gamma function P of the parameter `self` at `other` (8.2.4).

    >>> torch.special.gammainc(torch.tensor(2.0), torch.tensor(1.0))
    tensor(0.2642)
    """
    return evaluated("gammainc", self, other)


def _igammac_backward(grad: Any, self: Any, other: Any) -> Any:
    return grad * -_igamma_by_a(self, other, 1)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces="torch Tensor special:gammaincc",
    check=not_implemented("igammac_cpu", "biuc"),
    self=_igammac_backward,
    other=lambda grad, self, other: grad * -gamma_density(self, other),
)  # fmt: skip
def igammac(self: Any, other: Any) -> Any:
    """The regularized upper incomplete gamma function Q of the parameter `self` at `other` (8.2.4).

    >>> torch.special.gammaincc(torch.tensor(2.0), torch.tensor(1.0))
    tensor(0.7358)
    """
    return evaluated("gammaincc", self, other)


def _igamma_by_a_by_a(grad: Any, a: Any, x: Any, n: Any) -> Any:
    return grad * _igamma_by_a(a, x, n + 1)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="",
    a=_igamma_by_a_by_a,
    x=lambda grad, a, x, n: grad * _density_by_a(a, x, n),
)  # fmt: skip
def _igamma_by_a(a: Any, x: Any, n: int) -> Any:
    # The n-th derivative of `igamma` in its parameter.
    return gamma_by_parameter(n, a, x)


def _density_by_a(a: Any, x: Any, n: int) -> Any:
    # The n-th derivative in `a` of the density: that of exp(g) is a polynomial in the derivatives of g.
    positive = x > 0
    at = np.where(positive, x, 1)
    slopes = [np.log(at) - digamma(a), *(-_polygamma(a, k) for k in range(1, n))]
    factors: list[Any] = [1.0]
    for m in range(n):
        terms = [math.comb(m, i) * factors[m - i] * slopes[i] for i in range(m + 1)]
        factors.append(sum(terms[1:], terms[0]))
    return np.where(positive, gamma_density(a, at) * factors[n], 0)


def gamma_slope_of_sample(a: Any, x: Any) -> Any:
    """The slope in `a` of the x at which `igamma` has some value: what `a` takes away, `x` must add."""
    inside = (x > 0) & (x < math.inf)
    at = np.where(inside, x, 1)
    return np.where(inside, -_igamma_by_a(a, at, 1) / gamma_density(a, at), 0)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("gammaincinv", "c"),
    a=lambda grad, a, result: grad * gamma_slope_of_sample(a, result),
    y=lambda grad, a, result: grad / gamma_density(a, result),
)  # fmt: skip
def gammaincinv(a: Any, y: Any) -> Any:
    """The x at which `gammainc(a, x)` is `y`.

    >>> torch.special.gammaincinv(2.0, torch.tensor(0.5))
    tensor(1.6783)
    """
    return evaluated("gammaincinv", a, y)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("gammainccinv", "c"),
    a=lambda grad, a, result: grad * gamma_slope_of_sample(a, result),
    y=lambda grad, a, result: -grad / gamma_density(a, result),
)  # fmt: skip
def gammainccinv(a: Any, y: Any) -> Any:
    """The x at which `gammaincc(a, x)` is `y`.

    >>> torch.special.gammainccinv(2.0, torch.tensor(0.5))
    tensor(1.6783)
    """
    return evaluated("gammainccinv", a, y)


# ---- zeta ----


def _zeta_node_name(self: Any, other: Any) -> str:
    if not hasattr(self, "shape"):
        return "SpecialZetaBackward1"
    return "SpecialZetaBackward0" if hasattr(other, "shape") else "SpecialZetaBackward2"


def _zeta_by_other(grad: Any, self: Any, other: Any) -> Any:
    return grad * np.where(self > 1, -self * zeta(self + 1, other), math.nan)


def _zeta_backward(grad: Any, self: Any, other: Any) -> Any:
    return grad * np.where(self > 1, _zeta_by_s(self, other, 1), math.nan)


@op(
    name="special_zeta", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:zeta", node_name=_zeta_node_name,
    check=not_implemented("zeta_cpu", "c"),
    self=_zeta_backward,
    other=_zeta_by_other,
)  # fmt: skip
def zeta(self: Any, other: Any) -> Any:
    """Hurwitz' zeta function, the sum of `(k + other) ** -self` over `k = 0, 1, ...` (25.11.1, 25.11.17).

    >>> torch.special.zeta(torch.tensor(2.0), 1)
    tensor(1.6449)
    """
    return evaluated("zeta", self, other)


def _zeta_by_s_by_q(grad: Any, s: Any, q: Any, n: Any) -> Any:
    return grad * -(s * _zeta_by_s(s + 1, q, n) + n * _zeta_by_s(s + 1, q, max(n - 1, 0)))


def _zeta_by_s_by_s(grad: Any, s: Any, q: Any, n: Any) -> Any:
    return grad * _zeta_by_s(s, q, n + 1)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="",
    s=_zeta_by_s_by_s,
    q=_zeta_by_s_by_q,
)  # fmt: skip
def _zeta_by_s(s: Any, q: Any, n: int) -> Any:
    # The n-th derivative of `zeta` in its exponent.
    return zeta_by_exponent(n, s, q)


def _slope_of_riemann(s: Any) -> Any:
    # On the left of 1/2 by the reflection (25.4.1), differentiated.
    left = s < 0.5
    mirrored = np.where(left, 1 - s, 2)
    angle = 0.5 * math.pi * np.where(left, s, 0)
    logarithmic = math.log(2 * math.pi) - digamma(mirrored)
    scale = 2 * (2 * math.pi) ** -mirrored * gamma(mirrored)
    by_scale = (logarithmic * np.sin(angle) + 0.5 * math.pi * np.cos(angle)) * riemann_zeta(mirrored)
    reflected = scale * (by_scale - np.sin(angle) * _zeta_by_s(mirrored, 1.0, 1))
    return np.where(left, reflected, _zeta_by_s(np.where(left, 2, s), 1.0, 1))


@op(
    name="_riemann_zeta", kind=ELEMENTWISE, promotion=FLOATING, spaces="", check=not_implemented("zeta", "c"),
    self=lambda grad, self: grad * _slope_of_riemann(self),
)  # fmt: skip
def riemann_zeta(self: Any) -> Any:
    """Riemann's zeta function (25.2.1), on the left of 1 too."""
    return evaluated("zeta", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("zetac", "c"),
    self=lambda grad, self: grad * _slope_of_riemann(self),
)  # fmt: skip
def zetac(self: Any) -> Any:
    """Riemann's zeta function less 1, without the loss of digits.

    >>> torch.special.zetac(torch.tensor(2.0))
    tensor(0.6449)
    """
    return evaluated("zetac", self)
