"""Elliptic integrals of the first and second kind, of Legendre's and of Jacobi's form. The values are SciPy's.

They are functions of the parameter `m`, the square of the modulus. Their derivatives in it are integrals of the same
kind (NIST Digital Library of Mathematical Functions, dlmf.nist.gov, 19.2.4 and 19.2.5 differentiated), which are found
by quadrature to about 13 digits, with nothing that cancels at `m = 0`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import ELEMENTWISE, FLOATING, op
from chainrule.kernels.elliptic import sine_integral
from chainrule.kernels.special import evaluated, special
from chainrule.ops.refusals import not_implemented

QUARTER = math.pi / 2


def _integrand(phi: Any, m: Any, power: float, n: int) -> Any:
    sine = np.sin(phi)
    squared = sine * sine
    return (1 - m * squared) ** power * (squared**n if n else 1.0)


def _sine_integral_by_m(grad: Any, phi: Any, m: Any, power: Any, n: Any) -> Any:
    return grad * (-power * _sine_integral(phi, m, power - 1, n + 1))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="",
    phi=lambda grad, phi, m, power, n: grad * _integrand(phi, m, power, n),
    m=_sine_integral_by_m,
)  # fmt: skip
def _sine_integral(phi: Any, m: Any, power: float, n: int) -> Any:
    # The integral of (1 - m sin(t)**2)**power * sin(t)**(2 n) from 0 to phi.
    return sine_integral(phi, m, power, n)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("ellipk", "c"),
    self=lambda grad, self: grad * (0.5 * _sine_integral(QUARTER, self, -1.5, 1)),
)  # fmt: skip
def ellipk(self: Any) -> Any:
    """The complete elliptic integral of the first kind (19.2.8).

    >>> torch.special.ellipk(torch.tensor(0.5))
    tensor(1.8541)
    """
    return evaluated("ellipk", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("ellipkm1", "c"),
    self=lambda grad, self: grad * (-0.5 * _sine_integral(QUARTER, 1 - self, -1.5, 1)),
)  # fmt: skip
def ellipkm1(self: Any) -> Any:
    """`ellipk(1 - x)`, without the loss of digits for small `x`.

    >>> torch.special.ellipkm1(torch.tensor(0.5))
    tensor(1.8541)
    """
    return evaluated("ellipkm1", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("ellipe", "c"),
    self=lambda grad, self: grad * (-0.5 * _sine_integral(QUARTER, self, -0.5, 1)),
)  # fmt: skip
def ellipe(self: Any) -> Any:
    """The complete elliptic integral of the second kind (19.2.8).

    >>> torch.special.ellipe(torch.tensor(0.5))
    tensor(1.3506)
    """
    return evaluated("ellipe", self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("ellipkinc", "c"),
    phi=lambda grad, phi, m: grad * _integrand(phi, m, -0.5, 0),
    m=lambda grad, phi, m: grad * (0.5 * _sine_integral(phi, m, -1.5, 1)),
)  # fmt: skip
def ellipkinc(phi: Any, m: Any) -> Any:
    """The incomplete elliptic integral of the first kind (19.2.4).

    >>> torch.special.ellipkinc(torch.tensor(1.0), 0.5)
    tensor(1.0832)
    """
    return evaluated("ellipkinc", phi, m)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("ellipeinc", "c"),
    phi=lambda grad, phi, m: grad * _integrand(phi, m, 0.5, 0),
    m=lambda grad, phi, m: grad * (-0.5 * _sine_integral(phi, m, -0.5, 1)),
)  # fmt: skip
def ellipeinc(phi: Any, m: Any) -> Any:
    """The incomplete elliptic integral of the second kind (19.2.5).

    >>> torch.special.ellipeinc(torch.tensor(1.0), 0.5)
    tensor(0.9273)
    """
    return evaluated("ellipeinc", phi, m)


def _jacobi_by_u(grads: Any, m: Any, sn: Any, cn: Any, dn: Any) -> Any:
    # 22.13.1 to 22.13.3; the amplitude's slope is dn (22.16.1).
    slopes = (cn * dn, -sn * dn, -m * sn * cn, dn)
    terms = [grad * slope for grad, slope in zip(grads, slopes, strict=True) if grad is not None]
    return sum(terms[1:], terms[0])


def _jacobi_by_m(grads: Any, m: Any, sn: Any, cn: Any, dn: Any, ph: Any) -> Any:
    # The amplitude is the angle at which `ellipkinc` is u: what m adds to that, the angle must take away.
    of_angle = -dn * (0.5 * _sine_integral(ph, m, -1.5, 1))
    slopes = (cn * of_angle, -sn * of_angle, -(0.5 * sn * sn + m * sn * cn * of_angle) / dn, of_angle)
    terms = [grad * slope for grad, slope in zip(grads, slopes, strict=True) if grad is not None]
    return sum(terms[1:], terms[0])


@op(
    promotion=FLOATING, spaces="special", results=("sn", "cn", "dn", "ph"), check=not_implemented("ellipj", "c"),
    u=_jacobi_by_u, m=_jacobi_by_m,
    batching=batches.elementwise,
)  # fmt: skip
def ellipj(u: Any, m: Any) -> Any:
    """Jacobi's elliptic functions sn, cn and dn, and the amplitude (22.2, 22.16.1).

    >>> torch.special.ellipj(torch.tensor(1.0), 0.5).sn
    tensor(0.8030)
    """
    return tuple(part.astype(u.dtype, copy=False) for part in special("ellipj")(u, m))
