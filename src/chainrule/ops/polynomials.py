"""Orthogonal polynomials, with their derivatives. The values are SciPy's.

Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), by equation. The derivative of a polynomial is
one of the next lower degree, of the same family or of Gegenbauer's, so that every order of it is exact everywhere.

PyTorch's functions take the argument first and cut the degree to a whole number; SciPy's, here under SciPy's names,
take the degree first and know functions of degrees between the whole numbers too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.op import ELEMENTWISE, FLOATING, NOT_DIFFERENTIABLE, op
from chainrule.kernels.special import evaluated, whole, whole_if_all_are
from chainrule.ops.refusals import no_derivative_in, not_implemented

# ---- PyTorch's ----


def _of_degree(n: Any, x: Any, value: Callable[[Any, Any], Any], leading: int = 1) -> Any:
    # A polynomial that is 1 if of the degree 0, and nothing of degrees below. `leading`: its sign far out on the right.
    degree = whole(n)
    result = value(np.maximum(degree, 0), x)
    far = np.isinf(x)
    if far.any():
        result = np.where(far, (leading * np.sign(x)) ** np.maximum(degree, 0) * np.inf, result)
    return np.where(degree > 0, result, degree == 0).astype(x.dtype, copy=False)


def _polynomial(
    name: str, slope: Callable[[Any, Any], Any], value: Callable[[Any, Any], Any], doc: str, leading: int = 1
) -> Any:
    def polynomial(self: Any, n: Any) -> Any:
        return _of_degree(n, self, value, leading)

    polynomial.__doc__ = doc
    return op(
        polynomial, name=f"special_{name}", kind=ELEMENTWISE, promotion=FLOATING, spaces=f"special:{name}",
        check=not_implemented(f"{name}_cpu", "c"),
        self=lambda grad, self, n: grad * slope(np.trunc(n), self), n=NOT_DIFFERENTIABLE,
    )  # fmt: skip


def _gegenbauer_by_x(grad: Any, n: Any, order: Any, x: Any) -> Any:
    return grad * (2 * order * _gegenbauer(n - 1, order + 1, x))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="", n=NOT_DIFFERENTIABLE,
    x=_gegenbauer_by_x,
)  # fmt: skip
def _gegenbauer(n: Any, order: float, x: Any) -> Any:
    # Gegenbauer's polynomials (18.9.19), which the derivatives of Legendre's and Chebyshev's are.
    return _of_degree(n, x, lambda n, x: evaluated("eval_gegenbauer", n, order, x))


def _laguerre_by_x(grad: Any, n: Any, order: Any, x: Any) -> Any:
    return grad * -_laguerre(n - 1, order + 1, x)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="", n=NOT_DIFFERENTIABLE,
    x=_laguerre_by_x,
)  # fmt: skip
def _laguerre(n: Any, order: float, x: Any) -> Any:
    # Laguerre's polynomials of any order (18.9.23).
    return _of_degree(n, x, lambda n, x: evaluated("eval_genlaguerre", n, order, x), -1)


def _chebyshev_u(n: Any, x: Any) -> Any:
    return evaluated("eval_chebyu", n, x)


def _chebyshev_v(n: Any, x: Any) -> Any:
    return _chebyshev_u(n, x) - _chebyshev_u(n - 1, x)


def _chebyshev_w(n: Any, x: Any) -> Any:
    return _chebyshev_u(n, x) + _chebyshev_u(n - 1, x)


def _slope_of_t(n: Any, x: Any) -> Any:
    return n * chebyshev_polynomial_u(x, n - 1)


def _slope_of_u(n: Any, x: Any) -> Any:
    return 2 * _gegenbauer(n - 1, 2.0, x)


def _slope_of_v(n: Any, x: Any) -> Any:
    return _slope_of_u(n, x) - _slope_of_u(n - 1, x)


def _slope_of_w(n: Any, x: Any) -> Any:
    return _slope_of_u(n, x) + _slope_of_u(n - 1, x)


def _shifted(function: Callable[[Any, Any], Any], factor: int = 1) -> Callable[[Any, Any], Any]:
    return lambda n, x: function(n, 2 * x - 1) if factor == 1 else factor * function(n, 2 * x - 1)


chebyshev_polynomial_t = _polynomial(
    "chebyshev_polynomial_t", _slope_of_t, lambda n, x: evaluated("eval_chebyt", n, x),
    """Chebyshev's polynomial of the first kind of degree `n`, `cos(n acos(x))` (18.5.1, 18.9.21).

    >>> torch.special.chebyshev_polynomial_t(torch.tensor(0.5), 2)
    tensor(-0.5000)
    """,
)  # fmt: skip
chebyshev_polynomial_u = _polynomial(
    "chebyshev_polynomial_u", _slope_of_u, _chebyshev_u,
    """Chebyshev's polynomial of the second kind of degree `n` (18.5.2, 18.9.19).

    >>> torch.special.chebyshev_polynomial_u(torch.tensor(0.5), 3)
    tensor(-1.)
    """,
)  # fmt: skip
chebyshev_polynomial_v = _polynomial(
    "chebyshev_polynomial_v", _slope_of_v, _chebyshev_v,
    """Chebyshev's polynomial of the third kind of degree `n`: `cos((n + 1/2) t) / cos(t / 2)` at `x = cos(t)`.

    >>> torch.special.chebyshev_polynomial_v(torch.tensor(0.5), 2)
    tensor(-1.)
    """,
)  # fmt: skip
chebyshev_polynomial_w = _polynomial(
    "chebyshev_polynomial_w", _slope_of_w, _chebyshev_w,
    """Chebyshev's polynomial of the fourth kind of degree `n`: `sin((n + 1/2) t) / sin(t / 2)` at `x = cos(t)`.

    >>> torch.special.chebyshev_polynomial_w(torch.tensor(0.5), 2)
    tensor(1.)
    """,
)  # fmt: skip
shifted_chebyshev_polynomial_t = _polynomial(
    "shifted_chebyshev_polynomial_t", _shifted(_slope_of_t, 2), _shifted(lambda n, x: evaluated("eval_chebyt", n, x)),
    """Chebyshev's polynomial of the first kind at `2 x - 1`.

    >>> torch.special.shifted_chebyshev_polynomial_t(torch.tensor(0.5), 2)
    tensor(-1.)
    """,
)  # fmt: skip
shifted_chebyshev_polynomial_u = _polynomial(
    "shifted_chebyshev_polynomial_u", _shifted(_slope_of_u, 2), _shifted(_chebyshev_u),
    """Chebyshev's polynomial of the second kind at `2 x - 1`.

    >>> torch.special.shifted_chebyshev_polynomial_u(torch.tensor(0.5), 2)
    tensor(-1.)
    """,
)  # fmt: skip
shifted_chebyshev_polynomial_v = _polynomial(
    "shifted_chebyshev_polynomial_v", _shifted(_slope_of_v, 2), _shifted(_chebyshev_v),
    """Chebyshev's polynomial of the third kind at `2 x - 1`.

    >>> torch.special.shifted_chebyshev_polynomial_v(torch.tensor(0.5), 1)
    tensor(-1.)
    """,
)  # fmt: skip
shifted_chebyshev_polynomial_w = _polynomial(
    "shifted_chebyshev_polynomial_w", _shifted(_slope_of_w, 2), _shifted(_chebyshev_w),
    """Chebyshev's polynomial of the fourth kind at `2 x - 1`.

    >>> torch.special.shifted_chebyshev_polynomial_w(torch.tensor(0.5), 1)
    tensor(1.)
    """,
)  # fmt: skip
hermite_polynomial_h: Callable[..., Any] = _polynomial(
    "hermite_polynomial_h", lambda n, x: 2 * n * hermite_polynomial_h(x, n - 1),
    lambda n, x: evaluated("eval_hermite", n, x),
    """The physicists' Hermite polynomial of degree `n` (18.5.13, 18.9.25).

    >>> torch.special.hermite_polynomial_h(torch.tensor(0.5), 2)
    tensor(-1.)
    """,
)  # fmt: skip
hermite_polynomial_he: Callable[..., Any] = _polynomial(
    "hermite_polynomial_he", lambda n, x: n * hermite_polynomial_he(x, n - 1),
    lambda n, x: evaluated("eval_hermitenorm", n, x),
    """The probabilists' Hermite polynomial of degree `n` (18.5.13, 18.9.27).

    >>> torch.special.hermite_polynomial_he(torch.tensor(0.5), 2)
    tensor(-0.7500)
    """,
)  # fmt: skip
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l", lambda n, x: -_laguerre(n - 1, 1.0, x), lambda n, x: evaluated("eval_laguerre", n, x),
    """Laguerre's polynomial of degree `n` (18.5.12, 18.9.23).

    >>> torch.special.laguerre_polynomial_l(torch.tensor(0.5), 2)
    tensor(0.1250)
    """,
    leading=-1,
)  # fmt: skip
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p", lambda n, x: _gegenbauer(n - 1, 1.5, x), lambda n, x: evaluated("eval_legendre", n, x),
    """Legendre's polynomial of degree `n` (18.5.8, 18.9.19).

    >>> torch.special.legendre_polynomial_p(torch.tensor(0.5), 2)
    tensor(-0.1250)
    """,
)  # fmt: skip


# ---- SciPy's ----


def _eval_genlaguerre_by_x(grad: Any, n: Any, alpha: Any, x: Any) -> Any:
    return grad * -eval_genlaguerre(n - 1, alpha + 1, x)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("eval_genlaguerre", "c"),
    n=no_derivative_in("eval_genlaguerre", "its degree n"),
    alpha=no_derivative_in("eval_genlaguerre", "its order alpha"),
    x=_eval_genlaguerre_by_x,
)  # fmt: skip
def eval_genlaguerre(n: Any, alpha: Any, x: Any) -> Any:
    """Laguerre's function of degree `n` and order `alpha` (18.5.12, 18.9.23).

    >>> torch.special.eval_genlaguerre(2, 1.0, torch.tensor(0.5))
    tensor(1.6250)
    """
    return evaluated("eval_genlaguerre", whole_if_all_are(n), alpha, x)


def _eval_gegenbauer_by_x(grad: Any, n: Any, alpha: Any, x: Any) -> Any:
    return grad * (2 * alpha * eval_gegenbauer(n - 1, alpha + 1, x))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("eval_gegenbauer", "c"),
    n=no_derivative_in("eval_gegenbauer", "its degree n"),
    alpha=no_derivative_in("eval_gegenbauer", "its order alpha"),
    x=_eval_gegenbauer_by_x,
)  # fmt: skip
def eval_gegenbauer(n: Any, alpha: Any, x: Any) -> Any:
    """Gegenbauer's function of degree `n` and order `alpha` (18.5.9, 18.9.19).

    >>> torch.special.eval_gegenbauer(2, 1.0, torch.tensor(0.5))
    tensor(0.)
    """
    return evaluated("eval_gegenbauer", whole_if_all_are(n), alpha, x)


def _by_degree(name: str, slope: Callable[[Any, Any], Any], doc: str) -> Any:
    def polynomial(n: Any, x: Any) -> Any:
        return evaluated(name, whole_if_all_are(n), x)

    polynomial.__doc__ = doc
    return op(
        polynomial, name=name, kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented(name, "c"),
        n=no_derivative_in(name, "its degree n"), x=lambda grad, n, x: grad * slope(n, x),
    )  # fmt: skip


eval_chebyt = _by_degree(
    "eval_chebyt", lambda n, x: n * eval_chebyu(n - 1, x),
    """Chebyshev's function of the first kind of degree `n` (18.5.7, 18.9.21).

    >>> torch.special.eval_chebyt(2, torch.tensor(0.5))
    tensor(-0.5000)
    """,
)  # fmt: skip
eval_chebyu: Callable[..., Any] = _by_degree(
    "eval_chebyu", lambda n, x: 2 * eval_gegenbauer(n - 1, 2.0, x),
    """Chebyshev's function of the second kind of degree `n` (18.7.4, 18.9.19).

    >>> torch.special.eval_chebyu(3, torch.tensor(0.5))
    tensor(-1.)
    """,
)  # fmt: skip
eval_sh_chebyt = _by_degree(
    "eval_sh_chebyt", lambda n, x: 2 * n * eval_sh_chebyu(n - 1, x),
    """`eval_chebyt` at `2 x - 1`.

    >>> torch.special.eval_sh_chebyt(2, torch.tensor(0.5))
    tensor(-1.)
    """,
)  # fmt: skip
eval_sh_chebyu: Callable[..., Any] = _by_degree(
    "eval_sh_chebyu", lambda n, x: 4 * eval_gegenbauer(n - 1, 2.0, 2 * x - 1),
    """`eval_chebyu` at `2 x - 1`.

    >>> torch.special.eval_sh_chebyu(2, torch.tensor(0.5))
    tensor(-1.)
    """,
)  # fmt: skip
eval_chebyc = _by_degree(
    "eval_chebyc", lambda n, x: n * eval_chebyu(n - 1, 0.5 * x),
    """Twice `eval_chebyt` at half of `x` (18.1.3).

    >>> torch.special.eval_chebyc(2, torch.tensor(1.0))
    tensor(-1.)
    """,
)  # fmt: skip
eval_chebys = _by_degree(
    "eval_chebys", lambda n, x: eval_gegenbauer(n - 1, 2.0, 0.5 * x),
    """`eval_chebyu` at half of `x` (18.1.3).

    >>> torch.special.eval_chebys(3, torch.tensor(1.0))
    tensor(-1.)
    """,
)  # fmt: skip
eval_hermite: Callable[..., Any] = _by_degree(
    "eval_hermite", lambda n, x: 2 * n * eval_hermite(np.maximum(n - 1, 0), x),
    """The physicists' Hermite polynomial of degree `n` (18.5.13, 18.9.25).

    >>> torch.special.eval_hermite(2, torch.tensor(0.5))
    tensor(-1.)
    """,
)  # fmt: skip
eval_hermitenorm: Callable[..., Any] = _by_degree(
    "eval_hermitenorm", lambda n, x: n * eval_hermitenorm(np.maximum(n - 1, 0), x),
    """The probabilists' Hermite polynomial of degree `n` (18.5.13, 18.9.27).

    >>> torch.special.eval_hermitenorm(2, torch.tensor(0.5))
    tensor(-0.7500)
    """,
)  # fmt: skip
eval_legendre = _by_degree(
    "eval_legendre", lambda n, x: eval_gegenbauer(n - 1, 1.5, x),
    """Legendre's function of degree `n` (18.5.7, 18.9.19).

    >>> torch.special.eval_legendre(2, torch.tensor(0.5))
    tensor(-0.1250)
    """,
)  # fmt: skip
eval_sh_legendre = _by_degree(
    "eval_sh_legendre", lambda n, x: 2 * eval_gegenbauer(n - 1, 1.5, 2 * x - 1),
    """`eval_legendre` at `2 x - 1`.

    >>> torch.special.eval_sh_legendre(2, torch.tensor(0.5))
    tensor(-0.5000)
    """,
)  # fmt: skip
eval_laguerre = _by_degree(
    "eval_laguerre", lambda n, x: -eval_genlaguerre(n - 1, 1.0, x),
    """Laguerre's function of degree `n` (18.5.12, 18.9.23).

    >>> torch.special.eval_laguerre(2, torch.tensor(0.5))
    tensor(0.1250)
    """,
)  # fmt: skip


def _jacobi_slope(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    return 0.5 * (n + alpha + beta + 1) * eval_jacobi(n - 1, alpha + 1, beta + 1, x)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("eval_jacobi", "c"),
    n=no_derivative_in("eval_jacobi", "its degree n"),
    alpha=no_derivative_in("eval_jacobi", "its order alpha"),
    beta=no_derivative_in("eval_jacobi", "its order beta"),
    x=lambda grad, n, alpha, beta, x: grad * _jacobi_slope(n, alpha, beta, x),
)  # fmt: skip
def eval_jacobi(n: Any, alpha: Any, beta: Any, x: Any) -> Any:
    """Jacobi's function of degree `n` and orders `alpha` and `beta` (18.5.7, 18.9.15).

    >>> torch.special.eval_jacobi(2, 1.0, 1.0, torch.tensor(0.5))
    tensor(0.1875)
    """
    return evaluated("eval_jacobi", whole_if_all_are(n), alpha, beta, x)
