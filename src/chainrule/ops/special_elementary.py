"""Elementary functions under SciPy's names: roots, degrees, Box and Cox' transformations, Huber's losses.

The values are SciPy's; the derivatives are pages of calculus. Where a quotient would lose its digits for a small
parameter, it is a hypergeometric function (NIST Digital Library of Mathematical Functions, dlmf.nist.gov, 13.6.1 and
15.4.1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import ELEMENTWISE, FLOATING, op
from chainrule.kernels.special import evaluated, special
from chainrule.ops.elementwise import sigmoid
from chainrule.ops.elliptic import ellipk
from chainrule.ops.hypergeometric import hyp1f1, hyp2f1
from chainrule.ops.refusals import not_implemented

__all__ = ["agm", "voigt_profile"]
SPACE = "special"

DEGREE = math.pi / 180


def _of_one(name: str, slope: Callable[[Any, Any], Any], doc: str) -> Callable[..., Any]:
    # The function of SciPy's; its slope is given the argument and the value.
    def elementary(self: Any) -> Any:
        return evaluated(name, self)

    elementary.__doc__ = doc
    return op(
        elementary, name=name, kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented(name, "c"),
        self=lambda grad, self, result: grad * slope(self, result),
    )  # fmt: skip


cbrt = _of_one(
    "cbrt", lambda _, result: 1 / (3 * result * result),
    """The cube root.

    >>> torch.special.cbrt(torch.tensor(-8.0))
    tensor(-2.)
    """,
)  # fmt: skip
exp10 = _of_one(
    "exp10", lambda _, result: result * math.log(10),
    """Ten to the power `x`.

    >>> torch.special.exp10(torch.tensor(2.0))
    tensor(100.)
    """,
)  # fmt: skip
cosm1 = _of_one(
    "cosm1", lambda x, _: -np.sin(x),
    """`cos(x) - 1`, without the loss of digits near 0.

    >>> torch.special.cosm1(torch.tensor(1.0))
    tensor(-0.4597)
    """,
)  # fmt: skip
log_expit = _of_one(
    "log_expit", lambda x, _: sigmoid(-x),
    """The logarithm of `expit`, without underflow.

    >>> torch.special.log_expit(torch.tensor(0.0))
    tensor(-0.6931)
    """,
)  # fmt: skip
sindg = _of_one(
    "sindg", lambda x, _: DEGREE * np.cos(DEGREE * x),
    """The sine of an angle in degrees.

    >>> torch.special.sindg(torch.tensor(30.0))
    tensor(0.5000)
    """,
)  # fmt: skip
cosdg = _of_one(
    "cosdg", lambda x, _: -DEGREE * np.sin(DEGREE * x),
    """The cosine of an angle in degrees.

    >>> torch.special.cosdg(torch.tensor(60.0))
    tensor(0.5000)
    """,
)  # fmt: skip
tandg = _of_one(
    "tandg", lambda _, result: DEGREE * (1 + result * result),
    """The tangent of an angle in degrees.

    >>> torch.special.tandg(torch.tensor(45.0))
    tensor(1.)
    """,
)  # fmt: skip
cotdg = _of_one(
    "cotdg", lambda _, result: -DEGREE * (1 + result * result),
    """The cotangent of an angle in degrees.

    >>> torch.special.cotdg(torch.tensor(45.0))
    tensor(1.)
    """,
)  # fmt: skip


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("powm1", "c"),
    x=lambda grad, x, y: grad * (y * x ** (y - 1)),
    y=lambda grad, x, result: grad * np.where(result == -1, 0, (result + 1) * np.log(x)),
)  # fmt: skip
def powm1(x: Any, y: Any) -> Any:
    """`x ** y - 1`, without the loss of digits.

    >>> torch.special.powm1(torch.tensor(2.0), 3.0)
    tensor(7.)
    """
    return evaluated("powm1", x, y)


# ---- Box and Cox' transformations ----


def _transformed_by_power(logarithm: Any, lmbda: Any) -> Any:
    # Of (exp(lmbda logarithm) - 1) / lmbda, in lmbda.
    of_zero = logarithm == -math.inf
    inside = np.where(of_zero, 0, logarithm)
    return np.where(
        of_zero, np.where(of_zero, lmbda, 1) ** -2.0, inside * inside * (0.5 * hyp1f1(2.0, 3.0, lmbda * inside))
    )


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("boxcox", "c"),
    x=lambda grad, x, lmbda: grad * x ** (lmbda - 1),
    lmbda=lambda grad, x, lmbda: grad * _transformed_by_power(np.log(x), lmbda),
)  # fmt: skip
def boxcox(x: Any, lmbda: Any) -> Any:
    """`(x ** lmbda - 1) / lmbda`, and `log(x)` where `lmbda` is 0.

    >>> torch.special.boxcox(torch.tensor(3.0), 2.0)
    tensor(4.)
    """
    return evaluated("boxcox", x, lmbda)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("boxcox1p", "c"),
    x=lambda grad, x, lmbda: grad * (1 + x) ** (lmbda - 1),
    lmbda=lambda grad, x, lmbda: grad * _transformed_by_power(np.log1p(x), lmbda),
)  # fmt: skip
def boxcox1p(x: Any, lmbda: Any) -> Any:
    """`boxcox(1 + x, lmbda)`, without the loss of digits.

    >>> torch.special.boxcox1p(torch.tensor(2.0), 2.0)
    tensor(4.)
    """
    return evaluated("boxcox1p", x, lmbda)


def _restored_by_power(value: Any, y: Any, lmbda: Any) -> Any:
    # Of value = (1 + lmbda y) ** (1 / lmbda), in lmbda.
    return value * y * y * (-0.5 * hyp2f1(2.0, 2.0, 3.0, -lmbda * y))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("inv_boxcox", "c"),
    y=lambda grad, y, lmbda, result: grad * (result / (1 + lmbda * y)),
    lmbda=lambda grad, y, lmbda, result: grad * _restored_by_power(result, y, lmbda),
)  # fmt: skip
def inv_boxcox(y: Any, lmbda: Any) -> Any:
    """The x at which `boxcox(x, lmbda)` is `y`.

    >>> torch.special.inv_boxcox(torch.tensor(4.0), 2.0)
    tensor(3.)
    """
    return evaluated("inv_boxcox", y, lmbda)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("inv_boxcox1p", "c"),
    y=lambda grad, y, lmbda, result: grad * ((1 + result) / (1 + lmbda * y)),
    lmbda=lambda grad, y, lmbda, result: grad * _restored_by_power(1 + result, y, lmbda),
)  # fmt: skip
def inv_boxcox1p(y: Any, lmbda: Any) -> Any:
    """The x at which `boxcox1p(x, lmbda)` is `y`.

    >>> torch.special.inv_boxcox1p(torch.tensor(4.0), 2.0)
    tensor(2.)
    """
    return evaluated("inv_boxcox1p", y, lmbda)


# ---- Huber's losses ----


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("huber", "c"),
    delta=lambda grad, delta, r: grad * np.maximum(np.abs(r) - delta, 0),
    r=lambda grad, delta, r: grad * np.minimum(np.maximum(r, -delta), delta),
)  # fmt: skip
def huber(delta: Any, r: Any) -> Any:
    """Half of the square of `r`, a straight line where `r` is beyond `delta`.

    >>> torch.special.huber(1.0, torch.tensor([0.5, 3.0]))
    tensor([0.1250, 2.5000])
    """
    return evaluated("huber", delta, r)


def _root(delta: Any, r: Any) -> Any:
    return np.sqrt(1 + np.square(r / delta))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("pseudo_huber", "c"),
    delta=lambda grad, delta, r: grad * (2 * delta * (_root(delta, r) - 1) - r * r / (delta * _root(delta, r))),
    r=lambda grad, delta, r: grad * (r / _root(delta, r)),
)  # fmt: skip
def pseudo_huber(delta: Any, r: Any) -> Any:
    """The same with a smooth bend.

    >>> torch.special.pseudo_huber(1.0, torch.tensor(0.0))
    tensor(0.)
    """
    return evaluated("pseudo_huber", delta, r)


# ---- Faddeeva's, and a mean ----


@op(
    promotion=FLOATING, spaces="special",
    self=lambda grad, self, result: grad * (2j / math.sqrt(math.pi) - 2 * self * result),
    batching=batches.elementwise,
)  # fmt: skip
def wofz(self: Any) -> Any:
    """Faddeeva's function, a complex number: `exp(-z * z) * erfc(-1j * z)` (7.2.3, its derivative 7.10.2).

    >>> torch.special.wofz(torch.tensor(0.0)).real
    tensor(1.)
    """
    return special("wofz")(self).astype(np.complex64 if self.real.dtype == np.float32 else np.complex128, copy=False)


def voigt_profile(x: Any, sigma: Any, gamma: Any) -> Any:
    """The density of a normal distribution of width `sigma > 0` convolved with a Cauchy one of width `gamma` (7.19.3).

    >>> import chainrule as torch
    >>> torch.special.voigt_profile(torch.tensor(0.0), 1.0, 1.0)
    tensor(0.2087)
    """
    width = sigma * math.sqrt(2)
    return wofz((x + 1j * gamma) / width).real / (width * math.sqrt(math.pi))


def agm(a: Any, b: Any) -> Any:
    """The arithmetic-geometric mean of two numbers of one sign, by an elliptic integral (19.8.5).

    >>> import chainrule as torch
    >>> torch.special.agm(torch.tensor(1.0), 2.0)
    tensor(1.4568)
    """
    total = a + b
    return 0.25 * math.pi * total / ellipk(np.square((a - b) / total))
