"""Bessel functions, Airy's, Struve's and Kelvin's among them, with their derivatives. The values are SciPy's.

Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), by equation. Those that hold at zero too are
taken: `J1' = (J0 - J2) / 2` in place of `J0 - J1 / x`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import ELEMENTWISE, FLOATING, NOT_DIFFERENTIABLE, op
from chainrule.kernels.bessel_orders import j_by_order, y_by_order
from chainrule.kernels.special import evaluated, special, whole
from chainrule.ops.refusals import no_derivative_in, not_implemented

AIRY_ENDS = 104.0  # beyond, Ai is less than any number of double precision, and Bi greater

# ---- of the first and second kind: J and Y ----


def _bessel_j0_backward(grad: Any, self: Any) -> Any:
    return grad * -bessel_j1(self)


@op(
    name="special_bessel_j0", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:bessel_j0 special:j0",
    check=not_implemented("bessel_j0_cpu", "c"),
    self=_bessel_j0_backward,
)  # fmt: skip
def bessel_j0(self: Any) -> Any:
    """The Bessel function of the first kind of order 0 (10.2.2, its derivative 10.6.3).

    >>> torch.special.bessel_j0(torch.tensor(1.0))
    tensor(0.7652)
    """
    return evaluated("j0", self)


def _bessel_j1_backward(grad: Any, self: Any) -> Any:
    return grad * (0.5 * (bessel_j0(self) - jv(2, self)))


@op(
    name="special_bessel_j1", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:bessel_j1 special:j1",
    check=not_implemented("bessel_j1_cpu", "c"),
    self=_bessel_j1_backward,
)  # fmt: skip
def bessel_j1(self: Any) -> Any:
    """The Bessel function of the first kind of order 1 (10.2.2, 10.6.1).

    >>> torch.special.bessel_j1(torch.tensor(1.0))
    tensor(0.4401)
    """
    return evaluated("j1", self)


def _bessel_y0_backward(grad: Any, self: Any) -> Any:
    return grad * -bessel_y1(self)


@op(
    name="special_bessel_y0", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:bessel_y0 special:y0",
    check=not_implemented("bessel_y0_cpu", "c"),
    self=_bessel_y0_backward,
)  # fmt: skip
def bessel_y0(self: Any) -> Any:
    """The Bessel function of the second kind of order 0 (10.2.3, 10.6.3).

    >>> torch.special.bessel_y0(torch.tensor(1.0))
    tensor(0.0883)
    """
    return evaluated("y0", self)


def _bessel_y1_backward(grad: Any, self: Any) -> Any:
    return grad * np.where(self == 0, np.inf, 0.5 * (bessel_y0(self) - yv(2, self)))


@op(
    name="special_bessel_y1", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:bessel_y1 special:y1",
    check=not_implemented("bessel_y1_cpu", "c"),
    self=_bessel_y1_backward,
)  # fmt: skip
def bessel_y1(self: Any) -> Any:
    """The Bessel function of the second kind of order 1 (10.2.3, 10.6.1).

    >>> torch.special.bessel_y1(torch.tensor(1.0))
    tensor(-0.7812)
    """
    return evaluated("y1", self)


def _jv_by_z(grad: Any, v: Any, z: Any) -> Any:
    return grad * (0.5 * (jv(v - 1, z) - jv(v + 1, z)))


def _jv_by_v(grad: Any, v: Any, z: Any) -> Any:
    return grad * _j_by_order(v, z, 1)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special special:jn", check=not_implemented("jv", "c"),
    v=_jv_by_v,
    z=_jv_by_z,
)  # fmt: skip
def jv(v: Any, z: Any) -> Any:
    """The Bessel function of the first kind of order `v` (10.2.2; its derivatives 10.6.1, 10.9.6).

    That in the order is for `z > 0`.

    >>> torch.special.jv(2, torch.tensor(1.0))
    tensor(0.1149)
    """
    return evaluated("jv", v, z)


def _yv_by_z(grad: Any, v: Any, z: Any) -> Any:
    return grad * (0.5 * (yv(v - 1, z) - yv(v + 1, z)))


def _yv_by_v(grad: Any, v: Any, z: Any) -> Any:
    return grad * _y_by_order(v, z, 1)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special special:yn", check=not_implemented("yv", "c"),
    v=_yv_by_v,
    z=_yv_by_z,
)  # fmt: skip
def yv(v: Any, z: Any) -> Any:
    """The Bessel function of the second kind of order `v` (10.2.3; its derivatives 10.6.1, 10.9.7).

    >>> torch.special.yv(2, torch.tensor(1.0))
    tensor(-1.6507)
    """
    return evaluated("yv", v, z)


def _j_by_v(grad: Any, v: Any, z: Any, n: int) -> Any:
    return grad * _j_by_order(v, z, n + 1)


def _j_by_z(grad: Any, v: Any, z: Any, n: int) -> Any:
    return grad * (0.5 * (_j_by_order(v - 1, z, n) - _j_by_order(v + 1, z, n)))


@op(kind=ELEMENTWISE, promotion=FLOATING, spaces="", v=_j_by_v, z=_j_by_z)
def _j_by_order(v: Any, z: Any, n: int) -> Any:
    # The n-th derivative of `jv` in its order.
    return j_by_order(v, z, n)


def _y_by_v(grad: Any, v: Any, z: Any, n: int) -> Any:
    return grad * _y_by_order(v, z, n + 1)


def _y_by_z(grad: Any, v: Any, z: Any, n: int) -> Any:
    return grad * (0.5 * (_y_by_order(v - 1, z, n) - _y_by_order(v + 1, z, n)))


@op(kind=ELEMENTWISE, promotion=FLOATING, spaces="", v=_y_by_v, z=_y_by_z)
def _y_by_order(v: Any, z: Any, n: int) -> Any:
    # The n-th derivative of `yv` in its order.
    return y_by_order(v, z, n)


# ---- spherical ----


def _spherical_bessel_j0_backward(grad: Any, self: Any) -> Any:
    return grad * -_spherical_j(1, self)


@op(
    name="special_spherical_bessel_j0", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:spherical_bessel_j0",
    check=not_implemented("spherical_bessel_j0_cpu", "c"),
    self=_spherical_bessel_j0_backward,
)  # fmt: skip
def spherical_bessel_j0(self: Any) -> Any:
    """`sin(x) / x`, the spherical Bessel function of the first kind of order 0 (10.49.3, 10.51.2).

    >>> torch.special.spherical_bessel_j0(torch.tensor(1.0))
    tensor(0.8415)
    """
    return _spherical("spherical_jn", 0, self)


def _spherical_j_by_z(grad: Any, n: Any, z: Any) -> Any:
    return grad * ((n * _spherical_j(n - 1, z) - (n + 1) * _spherical_j(n + 1, z)) / (2 * n + 1))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="", n=NOT_DIFFERENTIABLE,
    z=_spherical_j_by_z,
)  # fmt: skip
def _spherical_j(n: Any, z: Any) -> Any:
    # Of order n (10.51.1). The one before the first, which the formula multiplies by zero, is taken to be zero.
    return np.where(n < 0, 0, _spherical("spherical_jn", np.maximum(n, 0), z))


def _spherical(name: str, n: Any, z: Any) -> Any:
    return evaluated(name, whole(n), z)


# ---- Airy's ----


def _airy_ai_backward(grad: Any, self: Any) -> Any:
    return grad * airy(self)[1]


@op(
    name="special_airy_ai", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:airy_ai",
    check=not_implemented("airy_ai_cpu", "c"),
    self=_airy_ai_backward,
)  # fmt: skip
def airy_ai(self: Any) -> Any:
    """Airy's function Ai, which solves `y'' = x * y` (9.2.1).

    >>> torch.special.airy_ai(torch.tensor(1.0))
    tensor(0.1353)
    """
    return _airy(self)[0]


def _airy_backward(grads: Any, self: Any, ai: Any, aip: Any, bi: Any, bip: Any) -> Any:
    slopes = (aip, np.where(ai == 0, 0, self * ai), bip, self * bi)  # far out, Ai is nothing
    terms = [grad * slope for grad, slope in zip(grads, slopes, strict=True) if grad is not None]
    return sum(terms[1:], terms[0])


@op(
    promotion=FLOATING, spaces="special", results=("ai", "aip", "bi", "bip"), check=not_implemented("airy", "c"),
    self=_airy_backward,
    batching=batches.elementwise,
)  # fmt: skip
def airy(self: Any) -> Any:
    """Airy's functions Ai and Bi, each followed by its derivative (9.2.1).

    >>> torch.special.airy(torch.tensor(0.0)).bi
    tensor(0.6149)
    """
    return _airy(self)


def _airy(x: Any) -> tuple[Any, ...]:
    # Far out SciPy gives no numbers where Ai has come to nothing and Bi has overflown.
    ai, aip, bi, bip = (part.astype(x.dtype, copy=False) for part in special("airy")(x))
    far = x > AIRY_ENDS
    zero, infinity = x.dtype.type(0), x.dtype.type(np.inf)
    return (
        np.where(far, zero, ai), np.where(far, zero, aip), np.where(far, infinity, bi), np.where(far, infinity, bip),
    )  # fmt: skip


# ---- Struve's and Kelvin's ----


def _struve_by_x(grad: Any, v: Any, x: Any) -> Any:
    return grad * _struve_slope(struve, -1, v, x)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("struve", "c"),
    v=no_derivative_in("struve", "its order v"),
    x=_struve_by_x,
)  # fmt: skip
def struve(v: Any, x: Any) -> Any:
    """Struve's function H of order `v` (11.2.1, 11.4.25).

    >>> torch.special.struve(0, torch.tensor(1.0))
    tensor(0.5687)
    """
    return evaluated("struve", v, x)


def _modstruve_by_x(grad: Any, v: Any, x: Any) -> Any:
    return grad * _struve_slope(modstruve, 1, v, x)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("modstruve", "c"),
    v=no_derivative_in("modstruve", "its order v"),
    x=_modstruve_by_x,
)  # fmt: skip
def modstruve(v: Any, x: Any) -> Any:
    """The modified Struve function L of order `v` (11.2.2, 11.4.30).

    >>> torch.special.modstruve(0, torch.tensor(1.0))
    tensor(0.7102)
    """
    return evaluated("modstruve", v, x)


def _struve_slope(function: Any, sign: int, v: Any, x: Any) -> Any:
    # Half of what the neighbours and a power add up to.
    power = (0.5 * x) ** v * (special("rgamma")(v + 1.5) / math.sqrt(math.pi))
    return 0.5 * (function(v - 1, x) + sign * function(v + 1, x) + power)


def _kelvin(name: str, slope: Callable[[Any], Any]) -> Callable[..., Any]:
    def kelvin(self: Any) -> Any:
        return evaluated(name, self)

    kelvin.__doc__ = f"Kelvin's function `{name}` of order 0 (10.61)."
    return op(
        kelvin, name=name, kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented(name, "c"),
        self=lambda grad, self: grad * slope(self),
    )  # fmt: skip


# The real and the imaginary parts of two solutions of `w'' + w'/x = i w` (10.61.3), and of their derivatives.
ber: Callable[..., Any] = _kelvin("ber", lambda x: berp(x))
bei: Callable[..., Any] = _kelvin("bei", lambda x: beip(x))
ker: Callable[..., Any] = _kelvin("ker", lambda x: kerp(x))
kei: Callable[..., Any] = _kelvin("kei", lambda x: keip(x))
berp: Callable[..., Any] = _kelvin("berp", lambda x: -bei(x) - _over(berp(x), x, 0.0))
beip: Callable[..., Any] = _kelvin("beip", lambda x: ber(x) - _over(beip(x), x, 0.5))
kerp: Callable[..., Any] = _kelvin("kerp", lambda x: -kei(x) - kerp(x) / x)
keip: Callable[..., Any] = _kelvin("keip", lambda x: ker(x) - keip(x) / x)


def _over(numerator: Any, x: Any, limit: float) -> Any:
    return np.where(x == 0, limit, numerator / np.where(x == 0, 1, x))
