# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence

from chainrule._declared import results
from chainrule._declared.arguments import Number
from chainrule.tensor import Tensor

def agm(a: Tensor | Number, b: Tensor | Number) -> Tensor:
    """The arithmetic-geometric mean of two numbers of one sign, by an elliptic integral (19.8.5)."""

def airy(input: Tensor, *, out: Sequence[Tensor] | None = None) -> results.airy:
    """Airy's functions Ai and Bi, each followed by its derivative (9.2.1)."""

def airy_ai(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Airy's function Ai, which solves `y'' = x * y` (9.2.1)."""

def bdtr(k: Tensor | Number, n: Tensor | Number, p: float | str) -> Tensor:
    """The probability of at most `k` successes among `n`, each of probability `p` (26.5.24)."""

def bdtrc(k: Tensor | Number, n: Tensor | Number, p: float | str) -> Tensor:
    """The probability of more than `k` successes among `n`, each of probability `p`."""

def bei(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kelvin's function `bei` of order 0 (10.61)."""

def beip(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kelvin's function `beip` of order 0 (10.61)."""

def ber(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kelvin's function `ber` of order 0 (10.61)."""

def berp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kelvin's function `berp` of order 0 (10.61)."""

def bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind of order 0 (10.2.2, its derivative 10.6.3)."""

def bessel_j1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind of order 1 (10.2.2, 10.6.1)."""

def bessel_y0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind of order 0 (10.2.3, 10.6.3)."""

def bessel_y1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind of order 1 (10.2.3, 10.6.1)."""

def beta(a: Tensor | Number, b: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The beta function (5.12.1)."""

def betainc(a: Tensor | Number, b: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The regularized incomplete beta function (8.17.2)."""

def betaincc(a: Tensor | Number, b: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`1 - betainc(a, b, x)`, without the loss of digits (8.17.4)."""

def betainccinv(a: Tensor | Number, b: Tensor | Number, y: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The x at which `betaincc(a, b, x)` is `y`."""

def betaincinv(a: Tensor | Number, b: Tensor | Number, y: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The x at which `betainc(a, b, x)` is `y`."""

def betaln(a: Tensor | Number, b: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the absolute value of the beta function (5.12.1)."""

def binom(n: Tensor | Number, k: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The binomial coefficient of real numbers, by gamma functions (1.2.6, 5.2.2)."""

def boxcox(x: Tensor | Number, lmbda: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`(x ** lmbda - 1) / lmbda`, and `log(x)` where `lmbda` is 0."""

def boxcox1p(x: Tensor | Number, lmbda: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`boxcox(1 + x, lmbda)`, without the loss of digits."""

def cbrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The cube root."""

def chdtr(v: Tensor | Number, x: Tensor | Number) -> Tensor:
    """The distribution function of chi squared with `v` degrees of freedom (26.4.19)."""

def chdtrc(v: Tensor | Number, x: Tensor | Number) -> Tensor:
    """`1 - chdtr(v, x)`, without the loss of digits."""

def chdtri(v: Tensor, p: float | str) -> Tensor:
    """The x at which `chdtrc(v, x)` is `p`."""

def chebyshev_polynomial_t(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the first kind of degree `n`, `cos(n acos(x))` (18.5.1, 18.9.21)."""

def chebyshev_polynomial_u(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the second kind of degree `n` (18.5.2, 18.9.19)."""

def chebyshev_polynomial_v(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the third kind of degree `n`: `cos((n + 1/2) t) / cos(t / 2)` at `x = cos(t)`."""

def chebyshev_polynomial_w(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's polynomial of the fourth kind of degree `n`: `sin((n + 1/2) t) / sin(t / 2)` at `x = cos(t)`."""

def cosdg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The cosine of an angle in degrees."""

def cosm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`cos(x) - 1`, without the loss of digits near 0."""

def cotdg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The cotangent of an angle in degrees."""

def dawsn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Dawson's integral (7.2.5, its derivative 7.10.1)."""

def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of `lgamma` (5.2.2)."""

def digamma_(input: Tensor) -> Tensor:
    """`digamma`, written into the tensor itself."""
