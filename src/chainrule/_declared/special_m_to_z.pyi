# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence

from chainrule._declared import results
from chainrule._declared.arguments import Number
from chainrule.dtypes import dtype
from chainrule.tensor import Tensor

def modified_bessel_i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The same as `i0`."""

def modified_bessel_i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The same as `i1`."""

def modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order 0 (10.25.3, 10.29.3)."""

def modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order 1 (10.25.3, 10.29.2)."""

def modstruve(v: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The modified Struve function L of order `v` (11.2.2, 11.4.30)."""

def multigammaln(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension `p` (35.3.4)."""

def multigammaln_(input: Tensor, p: int) -> Tensor:
    """`mvlgamma`, written into the tensor itself."""

def nbdtr(k: Tensor | Number, n: Tensor | Number, p: float | str) -> Tensor:
    """The probability of at most `k` failures before the n-th success (26.5.26)."""

def nbdtrc(k: Tensor | Number, n: Tensor | Number, p: float | str) -> Tensor:
    """The probability of more than `k` failures before the n-th success."""

def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The distribution function of the standard normal distribution."""

def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of `ndtr`."""

def ndtri_exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of `log_ndtr`."""

def owens_t(h: Tensor | Number, a: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Owen's T function, an integral over the normal distribution of two variables (by its definition)."""

def pdtr(k: Tensor | Number, m: Tensor | Number) -> Tensor:
    """The probability of at most `k` events where `m` are expected (26.4.21)."""

def pdtrc(k: Tensor | Number, m: Tensor | Number) -> Tensor:
    """The probability of more than `k` events where `m` are expected."""

def poch(a: Tensor | Number, m: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Pochhammer's symbol, `gamma(a + m) / gamma(a)` (5.2.5)."""

def polygamma(n: int, input: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The n-th derivative of `digamma` (5.15)."""

def powm1(x: Tensor | Number, y: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`x ** y - 1`, without the loss of digits."""

def pseudo_huber(delta: Tensor | Number, r: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The same with a smooth bend."""

def psi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of `lgamma` (5.2.2)."""

def psi_(input: Tensor) -> Tensor:
    """`digamma`, written into the tensor itself."""

def rel_entr(x: Tensor | Number, y: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`x log(x / y)`, 0 where `x` is 0."""

def rgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The reciprocal of the gamma function, 0 at its poles (5.2.1)."""

def round(input: Tensor, decimals: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The nearest whole number, halves to even; with `decimals`, to that many places."""

def round_(input: Tensor, decimals: int = 0) -> Tensor:
    """`round`, written into the tensor itself."""

def scaled_modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`exp(x) * modified_bessel_k0(x)`."""

def scaled_modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`exp(x) * modified_bessel_k1(x)`."""

def shichi(input: Tensor, *, out: Sequence[Tensor] | None = None) -> results.shichi:
    """The hyperbolic sine integral and the hyperbolic cosine integral (6.2.15, 6.2.16)."""

def shifted_chebyshev_polynomial_t(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the first kind at `2 x - 1`."""

def shifted_chebyshev_polynomial_u(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the second kind at `2 x - 1`."""

def shifted_chebyshev_polynomial_v(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the third kind at `2 x - 1`."""

def shifted_chebyshev_polynomial_w(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the fourth kind at `2 x - 1`."""

def sici(input: Tensor, *, out: Sequence[Tensor] | None = None) -> results.sici:
    """The sine integral and the cosine integral (6.2.9, 6.2.11)."""

def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`sin(pi x) / (pi x)`, and 1 at 0."""

def sinc_(input: Tensor) -> Tensor:
    """`sinc`, written into the tensor itself."""

def sindg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sine of an angle in degrees."""

def softmax(input: Tensor, dim: int, dtype: dtype | None = None) -> Tensor:
    """`exp(input)` divided by its sum along `dim`; `dtype` casts the input first."""

def spence(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Spence's function, the dilogarithm of `1 - x` (25.12.2, its slope 15.4.1)."""

def spherical_bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`sin(x) / x`, the spherical Bessel function of the first kind of order 0 (10.49.3, 10.51.2)."""

def stdtr(df: Tensor | Number, t: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The distribution function of Student's t with `df` degrees of freedom (26.7.1)."""

def struve(v: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Struve's function H of order `v` (11.2.1, 11.4.25)."""

def tandg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The tangent of an angle in degrees."""

def voigt_profile(x: Tensor | Number, sigma: Tensor | Number, gamma: Tensor | Number) -> Tensor:
    """The density of a normal distribution of width `sigma > 0` convolved with a Cauchy one of width `gamma`
    (7.19.3).
    """

def wofz(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Faddeeva's function, a complex number: `exp(-z * z) * erfc(-1j * z)` (7.2.3, its derivative 7.10.2)."""

def wright_bessel(a: Tensor | Number, b: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Wright's generalized Bessel function (10.46.1)."""

def wrightomega(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Wright's omega function, the solution of `w + log(w) = x` (4.13.1, 4.13.4)."""

def xlog1py(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`self * log1p(other)`, and 0 where `self` is 0."""

def xlogy(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`self * log(other)`, and 0 where `self` is 0."""

def xlogy_(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """`self * log(other)`, written into `self`."""

def y0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind of order 0 (10.2.3, 10.6.3)."""

def y1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind of order 1 (10.2.3, 10.6.1)."""

def yn(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind of order `v` (10.2.3; its derivatives 10.6.1, 10.9.7)."""

def yv(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind of order `v` (10.2.3; its derivatives 10.6.1, 10.9.7)."""

def zeta(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Hurwitz' zeta function, the sum of `(k + other) ** -self` over `k = 0, 1, ...` (25.11.1, 25.11.17)."""

def zetac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Riemann's zeta function less 1, without the loss of digits."""
