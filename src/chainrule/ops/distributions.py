"""Distribution functions under SciPy's names: each is an incomplete gamma or beta function.

Formulas: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.4 to 26.7.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine.op import ELEMENTWISE, FLOATING, op
from chainrule.kernels.special import evaluated, firm
from chainrule.ops.beta_functions import betainc, betainc_by, betaincinv, betaln
from chainrule.ops.gamma_functions import gammainccinv, igamma, igammac
from chainrule.ops.refusals import not_implemented

__all__ = [
    "bdtr", "bdtrc", "chdtr", "chdtrc", "chdtri", "fdtr", "fdtrc", "fdtri", "gdtr", "gdtrc", "nbdtr", "nbdtrc", "pdtr",
    "pdtrc",
]  # fmt: skip
SPACE = "special"


def chdtr(v: Any, x: Any) -> Any:
    """The distribution function of chi squared with `v` degrees of freedom (26.4.19).

    >>> import chainrule as torch
    >>> torch.special.chdtr(2, torch.tensor(1.0))
    tensor(0.3935)
    """
    return igamma(0.5 * v, 0.5 * x)


def chdtrc(v: Any, x: Any) -> Any:
    """`1 - chdtr(v, x)`, without the loss of digits.

    >>> import chainrule as torch
    >>> torch.special.chdtrc(2, torch.tensor(1.0))
    tensor(0.6065)
    """
    return igammac(0.5 * v, 0.5 * x)


def chdtri(v: Any, p: Any) -> Any:
    """The x at which `chdtrc(v, x)` is `p`.

    >>> import chainrule as torch
    >>> torch.special.chdtri(2, torch.tensor(0.6065))
    tensor(1.0001)
    """
    return 2 * gammainccinv(0.5 * v, p)


def gdtr(a: Any, b: Any, x: Any) -> Any:
    """The distribution function of the gamma distribution of rate `a` and shape `b`.

    >>> import chainrule as torch
    >>> torch.special.gdtr(1.0, 2.0, torch.tensor(1.0))
    tensor(0.2642)
    """
    return igamma(b, a * x)


def gdtrc(a: Any, b: Any, x: Any) -> Any:
    """`1 - gdtr(a, b, x)`, without the loss of digits.

    >>> import chainrule as torch
    >>> torch.special.gdtrc(1.0, 2.0, torch.tensor(1.0))
    tensor(0.7358)
    """
    return igammac(b, a * x)


def pdtr(k: Any, m: Any) -> Any:
    """The probability of at most `k` events where `m` are expected (26.4.21).

    >>> import chainrule as torch
    >>> torch.special.pdtr(1, torch.tensor(1.0))
    tensor(0.7358)
    """
    return igammac(np.floor(k) + 1, m)


def pdtrc(k: Any, m: Any) -> Any:
    """The probability of more than `k` events where `m` are expected.

    >>> import chainrule as torch
    >>> torch.special.pdtrc(1, torch.tensor(1.0))
    tensor(0.2642)
    """
    return igamma(np.floor(k) + 1, m)


def bdtr(k: Any, n: Any, p: Any) -> Any:
    """The probability of at most `k` successes among `n`, each of probability `p` (26.5.24).

    >>> import chainrule as torch
    >>> torch.special.bdtr(1, 2, torch.tensor(0.5))
    tensor(0.7500)
    """
    return betainc(n - np.floor(k), np.floor(k) + 1, 1 - p)


def bdtrc(k: Any, n: Any, p: Any) -> Any:
    """The probability of more than `k` successes among `n`, each of probability `p`.

    >>> import chainrule as torch
    >>> torch.special.bdtrc(1, 2, torch.tensor(0.5))
    tensor(0.2500)
    """
    return betainc(np.floor(k) + 1, n - np.floor(k), p)


def nbdtr(k: Any, n: Any, p: Any) -> Any:
    """The probability of at most `k` failures before the n-th success (26.5.26).

    >>> import chainrule as torch
    >>> torch.special.nbdtr(1, 2, torch.tensor(0.5))
    tensor(0.5000)
    """
    return betainc(n, np.floor(k) + 1, p)


def nbdtrc(k: Any, n: Any, p: Any) -> Any:
    """The probability of more than `k` failures before the n-th success.

    >>> import chainrule as torch
    >>> torch.special.nbdtrc(1, 2, torch.tensor(0.5))
    tensor(0.5000)
    """
    return betainc(np.floor(k) + 1, n, 1 - p)


def fdtr(dfn: Any, dfd: Any, x: Any) -> Any:
    """The distribution function of Fisher's F with `dfn` and `dfd` degrees of freedom (26.6.2).

    >>> import chainrule as torch
    >>> torch.special.fdtr(2.0, 2.0, torch.tensor(1.0))
    tensor(0.5000)
    """
    return betainc(0.5 * dfn, 0.5 * dfd, dfn * x / (dfd + dfn * x))


def fdtrc(dfn: Any, dfd: Any, x: Any) -> Any:
    """`1 - fdtr(dfn, dfd, x)`, without the loss of digits.

    >>> import chainrule as torch
    >>> torch.special.fdtrc(2.0, 2.0, torch.tensor(1.0))
    tensor(0.5000)
    """
    return betainc(0.5 * dfd, 0.5 * dfn, dfd / (dfd + dfn * x))


def fdtri(dfn: Any, dfd: Any, p: Any) -> Any:
    """The x at which `fdtr(dfn, dfd, x)` is `p`.

    >>> import chainrule as torch
    >>> torch.special.fdtri(2.0, 2.0, torch.tensor(0.5))
    tensor(1.)
    """
    share = betaincinv(0.5 * dfn, 0.5 * dfd, p)
    return dfd * share / (dfn * (1 - share))


# ---- Student's ----


def _student_density(df: Any, t: Any) -> Any:
    # By the beta function (26.7.1).
    df = firm(df)
    is_normal = df == np.inf
    finite = np.where(is_normal, 1, df)
    usual = np.exp(-0.5 * (finite + 1) * np.log1p(t * t / finite) - betaln(0.5 * finite, 0.5)) / np.sqrt(finite)
    return np.where(is_normal, np.exp(-0.5 * t * t) / math.sqrt(2 * math.pi), usual)


def _stdtr_by_df(grad: Any, df: Any, t: Any) -> Any:
    # The tail beyond |t| is half of an incomplete beta function of x (26.7.1), in which df stands twice; of y, which is
    # 1 - x without the loss of digits, where t is small.
    is_finite = df < np.inf
    df = np.where(is_finite, df, 1)
    t = t + 0 * df  # a number becomes one of the same type
    inside = is_finite & (t != 0) & (np.abs(t) < np.inf)
    away = np.abs(np.where(inside, t, 1))
    squares = df + away * away
    x, y = df / squares, away * away / squares
    by_parameter = np.where(x < y, betainc_by(0.5 * df, 0.5, x, 1, 0), -betainc_by(0.5, 0.5 * df, y, 0, 1))
    by_x = np.exp((0.5 * df - 1) * np.log(x) - betaln(0.5 * df, 0.5)) * away * squares**-1.5
    return grad * np.where(inside, -np.sign(t) * (0.25 * by_parameter + 0.5 * by_x), 0)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("stdtr", "c"),
    df=_stdtr_by_df, t=lambda grad, df, t: grad * _student_density(df, t),
)  # fmt: skip
def stdtr(df: Any, t: Any) -> Any:
    """The distribution function of Student's t with `df` degrees of freedom (26.7.1).

    >>> torch.special.stdtr(1.0, torch.tensor(1.0))
    tensor(0.7500)
    """
    return evaluated("stdtr", df, t)
