# Made by `make stubs` (tests/make_stubs.py).

from typing import overload

from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.tensor import Tensor

def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0 (10.25.2, 10.29.3)."""

def i0_(input: Tensor) -> Tensor:
    """`i0`, written into the tensor itself."""

def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`exp(-|x|) * i0(x)`."""

def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1 (10.25.2, 10.29.1)."""

def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`exp(-|x|) * i1(x)`."""

def inv_boxcox(y: Tensor | Number, lmbda: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The x at which `boxcox(x, lmbda)` is `y`."""

def inv_boxcox1p(y: Tensor | Number, lmbda: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The x at which `boxcox1p(x, lmbda)` is `y`."""

def iv(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order `v` (10.25.2; its derivatives 10.29.1, 10.32.4)."""

def ive(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`exp(-|z|) * iv(v, z)`."""

def j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind of order 0 (10.2.2, its derivative 10.6.3)."""

def j1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind of order 1 (10.2.2, 10.6.1)."""

def jn(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind of order `v` (10.2.2; its derivatives 10.6.1, 10.9.6)."""

def jv(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind of order `v` (10.2.2; its derivatives 10.6.1, 10.9.6)."""

def k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order 0 (10.25.3, 10.29.3)."""

def k0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`exp(x) * modified_bessel_k0(x)`."""

def k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order 1 (10.25.3, 10.29.2)."""

def k1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`exp(x) * modified_bessel_k1(x)`."""

def kei(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kelvin's function `kei` of order 0 (10.61)."""

def keip(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kelvin's function `keip` of order 0 (10.61)."""

def ker(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kelvin's function `ker` of order 0 (10.61)."""

def kerp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Kelvin's function `kerp` of order 0 (10.61)."""

def kl_div(x: Tensor | Number, y: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`x log(x / y) - x + y`, `y` where `x` is 0."""

def kn(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order `v` (10.25.3; its derivatives 10.29.1, 10.32.9)."""

def kv(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order `v` (10.25.3; its derivatives 10.29.1, 10.32.9)."""

def kve(v: Tensor | Number, z: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`exp(z) * kv(v, z)`."""

def laguerre_polynomial_l(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Laguerre's polynomial of degree `n` (18.5.12, 18.9.23)."""

def lambertw(z: Tensor | Number, k: Tensor | Number = 0, tol: float = 1e-08, *, out: Tensor | None = None) -> Tensor:
    """Lambert's W function, the branch `k` of the inverse of `w exp(w)`: a complex number (4.13.1, 4.13.4)."""

def legendre_polynomial_p(input: Tensor | Number, n: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Legendre's polynomial of degree `n` (18.5.8, 18.9.19)."""

def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.log1p`."""

def log1p_(input: Tensor) -> Tensor:
    """`log1p`, written into the tensor itself."""

def log_expit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of `expit`, without underflow."""

def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of `ndtr`, without underflow."""

def log_softmax(input: Tensor, dim: int, dtype: dtype | None = None) -> Tensor:
    """The logarithm of `softmax`, without overflow."""

def loggamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the gamma function, for positive numbers: NaN for others, where it is complex."""

def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """`log(x / (1 - x))`, with `x` first clamped to `[eps, 1 - eps]`."""

def logit_(input: Tensor, eps: float | None = None) -> Tensor:
    """`logit`, written into the tensor itself."""

@overload
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def logsumexp(input: Tensor, axis: Dims, *, keepdims: bool = False, out: Tensor | None = None) -> Tensor:
    """`log(sum(exp(x)))` along `dim`, without overflow."""
