# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence

from chainrule._declared import results
from chainrule._declared.arguments import Number
from chainrule.tensor import Tensor

def ellipe(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complete elliptic integral of the second kind (19.2.8)."""

def ellipeinc(phi: Tensor | Number, m: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The incomplete elliptic integral of the second kind (19.2.5)."""

def ellipj(u: Tensor | Number, m: Tensor | Number, *, out: Sequence[Tensor] | None = None) -> results.ellipj:
    """Jacobi's elliptic functions sn, cn and dn, and the amplitude (22.2, 22.16.1)."""

def ellipk(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complete elliptic integral of the first kind (19.2.8)."""

def ellipkinc(phi: Tensor | Number, m: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The incomplete elliptic integral of the first kind (19.2.4)."""

def ellipkm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`ellipk(1 - x)`, without the loss of digits for small `x`."""

def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`-x log(x)`, 0 at 0 and minus infinity below."""

def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function (7.2.1)."""

def erf_(input: Tensor) -> Tensor:
    """`erf`, written into the tensor itself."""

def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`1 - erf(x)`, without the loss of digits (7.2.2)."""

def erfc_(input: Tensor) -> Tensor:
    """`erfc`, written into the tensor itself."""

def erfcinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of `erfc`."""

def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`exp(x * x) * erfc(x)`, without overflow (7.2.2, its derivative 7.10.1)."""

def erfi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The imaginary error function, `-1j * erf(1j * x)`."""

def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the error function."""

def erfinv_(input: Tensor) -> Tensor:
    """`erfinv`, written into the tensor itself."""

def eval_chebyc(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Twice `eval_chebyt` at half of `x` (18.1.3)."""

def eval_chebys(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`eval_chebyu` at half of `x` (18.1.3)."""

def eval_chebyt(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's function of the first kind of degree `n` (18.5.7, 18.9.21)."""

def eval_chebyu(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Chebyshev's function of the second kind of degree `n` (18.7.4, 18.9.19)."""

def eval_gegenbauer(
    n: Tensor | Number, alpha: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Gegenbauer's function of degree `n` and order `alpha` (18.5.9, 18.9.19)."""

def eval_genlaguerre(
    n: Tensor | Number, alpha: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Laguerre's function of degree `n` and order `alpha` (18.5.12, 18.9.23)."""

def eval_hermite(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The physicists' Hermite polynomial of degree `n` (18.5.13, 18.9.25)."""

def eval_hermitenorm(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The probabilists' Hermite polynomial of degree `n` (18.5.13, 18.9.27)."""

def eval_jacobi(
    n: Tensor | Number, alpha: Tensor | Number, beta: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Jacobi's function of degree `n` and orders `alpha` and `beta` (18.5.7, 18.9.15)."""

def eval_laguerre(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Laguerre's function of degree `n` (18.5.12, 18.9.23)."""

def eval_legendre(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Legendre's function of degree `n` (18.5.7, 18.9.19)."""

def eval_sh_chebyt(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`eval_chebyt` at `2 x - 1`."""

def eval_sh_chebyu(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`eval_chebyu` at `2 x - 1`."""

def eval_sh_legendre(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`eval_legendre` at `2 x - 1`."""

def exp1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The exponential integral E1 (6.2.1)."""

def exp10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ten to the power `x`."""

def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.exp2`."""

def exp2_(input: Tensor) -> Tensor:
    """`exp2`, written into the tensor itself."""

def expi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The exponential integral Ei (6.2.5)."""

def expit(input: Tensor) -> Tensor:
    """`1 / (1 + exp(-x))`."""

def expit_(input: Tensor) -> Tensor:
    """`sigmoid`, written into the tensor itself."""

def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.expm1`."""

def expm1_(input: Tensor) -> Tensor:
    """`expm1`, written into the tensor itself."""

def expn(n: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The exponential integral of a whole order `n` (8.19.2, 8.19.13)."""

def exprel(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`(exp(x) - 1) / x`, 1 at 0: it is `hyp1f1(1, 2, x)` (13.6.1)."""

def fdtr(dfn: Tensor | Number, dfd: Tensor | Number, x: Tensor | Number) -> Tensor:
    """The distribution function of Fisher's F with `dfn` and `dfd` degrees of freedom (26.6.2)."""

def fdtrc(dfn: Tensor | Number, dfd: Tensor | Number, x: Tensor | Number) -> Tensor:
    """`1 - fdtr(dfn, dfd, x)`, without the loss of digits."""

def fdtri(dfn: Tensor | Number, dfd: Tensor | Number, p: float | str) -> Tensor:
    """The x at which `fdtr(dfn, dfd, x)` is `p`."""

def fresnel(input: Tensor, *, out: Sequence[Tensor] | None = None) -> results.fresnel:
    """Fresnel's integrals S and C (7.2.7, 7.2.8)."""

def gamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The gamma function (5.2.1, its derivative 5.2.2)."""

def gammainc(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The regularized lower incomplete gamma function P of the parameter `self` at `other` (8.2.4)."""

def gammaincc(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The regularized upper incomplete gamma function Q of the parameter `self` at `other` (8.2.4)."""

def gammainccinv(a: Tensor | Number, y: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The x at which `gammaincc(a, x)` is `y`."""

def gammaincinv(a: Tensor | Number, y: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The x at which `gammainc(a, x)` is `y`."""

def gammaln(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function (5.2.1)."""

def gammaln_(input: Tensor) -> Tensor:
    """`lgamma`, written into the tensor itself."""

def gammasgn(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def gdtr(a: Tensor | Number, b: Tensor | Number, x: Tensor | Number) -> Tensor:
    """The distribution function of the gamma distribution of rate `a` and shape `b`."""

def gdtrc(a: Tensor | Number, b: Tensor | Number, x: Tensor | Number) -> Tensor:
    """`1 - gdtr(a, b, x)`, without the loss of digits."""

def hermite_polynomial_h(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The physicists' Hermite polynomial of degree `n` (18.5.13, 18.9.25)."""

def hermite_polynomial_he(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The probabilists' Hermite polynomial of degree `n` (18.5.13, 18.9.27)."""

def huber(delta: Tensor | Number, r: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Half of the square of `r`, a straight line where `r` is beyond `delta`."""

def hyp0f1(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The confluent hypergeometric limit function 0F1 (16.2.1, its derivative 16.3.1)."""

def hyp1f1(a: Tensor | Number, b: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Kummer's confluent hypergeometric function 1F1 (13.2.2, 13.3.15)."""

def hyp2f1(
    a: Tensor | Number, b: Tensor | Number, c: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Gauss' hypergeometric function 2F1 (15.2.1, 15.5.1)."""

def hyperu(a: Tensor | Number, b: Tensor | Number, x: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Tricomi's confluent hypergeometric function U (13.2.6, 13.3.22)."""
