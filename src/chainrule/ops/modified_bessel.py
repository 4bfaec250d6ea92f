"""Modified Bessel functions with their derivatives. The values are SciPy's.

Formulas: NIST Digital Library of Mathematical Functions (dlmf.nist.gov), by equation. Those that hold at zero too are
taken: `I1' = (I0 + I2) / 2` in place of `I0 - I1 / x`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.op import ELEMENTWISE, FLOATING, op
from chainrule.kernels.bessel_orders import scaled_i_by_order, scaled_k_by_order
from chainrule.kernels.special import evaluated
from chainrule.ops.refusals import not_implemented

FAR = 1e9

# ---- of the first kind: I ----


def _i0_backward(grad: Any, self: Any) -> Any:
    return grad * i1(self)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, inplace=True, spaces="torch Tensor special",
    check=not_implemented("i0_vml_cpu", "c"),
    self=_i0_backward,
)  # fmt: skip
def i0(self: Any) -> Any:
    """The modified Bessel function of the first kind of order 0 (10.25.2, 10.29.3).

    >>> torch.special.i0(torch.tensor(1.0))
    tensor(1.2661)
    """
    return evaluated("i0", self)


def _i1_backward(grad: Any, self: Any) -> Any:
    return grad * (0.5 * (i0(self) + iv(2, self)))


@op(
    name="special_i1", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:i1",
    check=not_implemented("i1_cpu", "c"),
    self=_i1_backward,
)  # fmt: skip
def i1(self: Any) -> Any:
    """The modified Bessel function of the first kind of order 1 (10.25.2, 10.29.1).

    >>> torch.special.i1(torch.tensor(1.0))
    tensor(0.5652)
    """
    return evaluated("i1", self)


def _i0e_backward(grad: Any, self: Any, result: Any) -> Any:
    return grad * (i1e(self) - np.sign(self) * result)


@op(
    name="special_i0e", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:i0e", node_name="SpecialI0EBackward0",
    check=not_implemented("i0e_cpu", "c"),
    self=_i0e_backward,
)  # fmt: skip
def i0e(self: Any) -> Any:
    """`exp(-|x|) * i0(x)`.

    >>> torch.special.i0e(torch.tensor(1.0))
    tensor(0.4658)
    """
    return evaluated("i0e", self)


def _i1e_backward(grad: Any, self: Any, result: Any) -> Any:
    return grad * (0.5 * (i0e(self) + ive(2, self)) - np.sign(self) * result)


@op(
    name="special_i1e", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:i1e", node_name="SpecialI1EBackward0",
    check=not_implemented("i1e_cpu", "c"),
    self=_i1e_backward,
)  # fmt: skip
def i1e(self: Any) -> Any:
    """`exp(-|x|) * i1(x)`.

    >>> torch.special.i1e(torch.tensor(1.0))
    tensor(0.2079)
    """
    return evaluated("i1e", self)


@op(
    name="special_modified_bessel_i0", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:modified_bessel_i0",
    check=not_implemented("modified_bessel_i0_cpu", "c"),
    self=lambda grad, self: grad * i1(self),
)  # fmt: skip
def modified_bessel_i0(self: Any) -> Any:
    """The same as `i0`.

    >>> torch.special.modified_bessel_i0(torch.tensor(1.0))
    tensor(1.2661)
    """
    return evaluated("i0", self)


def _modified_bessel_i1_backward(grad: Any, self: Any) -> Any:
    return grad * (0.5 * (i0(self) + iv(2, self)))


@op(
    name="special_modified_bessel_i1", kind=ELEMENTWISE, promotion=FLOATING, spaces="special:modified_bessel_i1",
    check=not_implemented("modified_bessel_i1_cpu", "c"),
    self=_modified_bessel_i1_backward,
)  # fmt: skip
def modified_bessel_i1(self: Any) -> Any:
    """The same as `i1`.

    >>> torch.special.modified_bessel_i1(torch.tensor(1.0))
    tensor(0.5652)
    """
    return evaluated("i1", self)


def _iv_by_v(grad: Any, v: Any, z: Any) -> Any:
    return grad * (np.exp(z) * _scaled_i_by_order(v, z, 1))


def _iv_by_z(grad: Any, v: Any, z: Any) -> Any:
    return grad * (0.5 * (iv(v - 1, z) + iv(v + 1, z)))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("iv", "c"),
    v=_iv_by_v,
    z=_iv_by_z,
)  # fmt: skip
def iv(v: Any, z: Any) -> Any:
    """The modified Bessel function of the first kind of order `v` (10.25.2; its derivatives 10.29.1, 10.32.4).

    That in the order is for `z > 0`.

    >>> torch.special.iv(2, torch.tensor(1.0))
    tensor(0.1357)
    """
    return evaluated("iv", v, z)


def _scaled_i_by_z(grad: Any, v: Any, z: Any, n: int, result: Any) -> Any:
    return grad * (0.5 * (_scaled_i_by_order(v - 1, z, n) + _scaled_i_by_order(v + 1, z, n)) - result)


def _scaled_i_by_v(grad: Any, v: Any, z: Any, n: int) -> Any:
    return grad * _scaled_i_by_order(v, z, n + 1)


@op(kind=ELEMENTWISE, promotion=FLOATING, spaces="", v=_scaled_i_by_v, z=_scaled_i_by_z)
def _scaled_i_by_order(v: Any, z: Any, n: int) -> Any:
    # The n-th derivative of `ive` in its order.
    return scaled_i_by_order(v, z, n)


def _ive_by_z(grad: Any, v: Any, z: Any, result: Any) -> Any:
    return grad * (0.5 * (ive(v - 1, z) + ive(v + 1, z)) - np.sign(z) * result)


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("ive", "c"),
    v=lambda grad, v, z: grad * _scaled_i_by_order(v, z, 1),
    z=_ive_by_z,
)  # fmt: skip
def ive(v: Any, z: Any) -> Any:
    """`exp(-|z|) * iv(v, z)`.

    >>> torch.special.ive(2, torch.tensor(1.0))
    tensor(0.0499)
    """
    result = evaluated("ive", v, z)
    far = np.isnan(result) & (np.abs(z) > FAR)
    if not far.any():
        return result
    # SciPy gives up there, where only the first term of 10.40.1 is left; functions of odd orders are odd.
    sign = np.where((z < 0) & (v % 2 == 1), -1, 1)
    return np.where(far, sign / np.sqrt(2 * np.pi * np.abs(z)), result).astype(result.dtype, copy=False)


# ---- of the second kind: K ----


def _modified_bessel_k0_backward(grad: Any, self: Any) -> Any:
    return grad * -modified_bessel_k1(self)


@op(
    name="special_modified_bessel_k0", kind=ELEMENTWISE, promotion=FLOATING,
    spaces="special:modified_bessel_k0 special:k0",
    check=not_implemented("modified_bessel_k0_cpu", "c"),
    self=_modified_bessel_k0_backward,
)  # fmt: skip
def modified_bessel_k0(self: Any) -> Any:
    """The modified Bessel function of the second kind of order 0 (10.25.3, 10.29.3).

    >>> torch.special.modified_bessel_k0(torch.tensor(1.0))
    tensor(0.4210)
    """
    return evaluated("k0", self)


@op(
    name="special_modified_bessel_k1", kind=ELEMENTWISE, promotion=FLOATING,
    spaces="special:modified_bessel_k1 special:k1",
    check=not_implemented("modified_bessel_k1_cpu", "c"),
    self=lambda grad, self, result: grad * -(modified_bessel_k0(self) + result / np.abs(self)),
)  # fmt: skip
def modified_bessel_k1(self: Any) -> Any:
    """The modified Bessel function of the second kind of order 1 (10.25.3, 10.29.2).

    >>> torch.special.modified_bessel_k1(torch.tensor(1.0))
    tensor(0.6019)
    """
    return evaluated("k1", self)


@op(
    name="special_scaled_modified_bessel_k0", kind=ELEMENTWISE, promotion=FLOATING,
    spaces="special:scaled_modified_bessel_k0 special:k0e",
    check=not_implemented("scaled_modified_bessel_k0_cpu", "c"),
    self=lambda grad, self: grad * -_k1e_above_k0e(self),
)  # fmt: skip
def scaled_modified_bessel_k0(self: Any) -> Any:
    """`exp(x) * modified_bessel_k0(x)`.

    >>> torch.special.scaled_modified_bessel_k0(torch.tensor(1.0))
    tensor(1.1445)
    """
    return evaluated("k0e", self)


@op(
    name="special_scaled_modified_bessel_k1", kind=ELEMENTWISE, promotion=FLOATING,
    spaces="special:scaled_modified_bessel_k1 special:k1e",
    check=not_implemented("scaled_modified_bessel_k1_cpu", "c"),
    self=lambda grad, self, result: grad * ((1 - 1 / np.abs(self)) * result - scaled_modified_bessel_k0(self)),
)  # fmt: skip
def scaled_modified_bessel_k1(self: Any) -> Any:
    """`exp(x) * modified_bessel_k1(x)`.

    >>> torch.special.scaled_modified_bessel_k1(torch.tensor(1.0))
    tensor(1.6362)
    """
    return evaluated("k1e", self)


def _k1e_above_k0e(x: Any) -> Any:
    at_zero = x == 0
    inside = np.where(at_zero, 1, x)
    return np.where(at_zero, np.inf, scaled_modified_bessel_k1(inside) - scaled_modified_bessel_k0(inside))


def _kv_by_z(grad: Any, v: Any, z: Any) -> Any:
    return grad * (-0.5 * (kv(v - 1, z) + kv(v + 1, z)))


def _kv_by_v(grad: Any, v: Any, z: Any) -> Any:
    return grad * (np.exp(-z) * _scaled_k_by_order(v, z, 1))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special special:kn", check=not_implemented("kv", "c"),
    v=_kv_by_v,
    z=_kv_by_z,
)  # fmt: skip
def kv(v: Any, z: Any) -> Any:
    """The modified Bessel function of the second kind of order `v` (10.25.3; its derivatives 10.29.1, 10.32.9).

    >>> torch.special.kv(2, torch.tensor(1.0))
    tensor(1.6248)
    """
    return evaluated("kv", v, z)


def _scaled_k_by_z(grad: Any, v: Any, z: Any, n: int, result: Any) -> Any:
    return grad * (result - 0.5 * (_scaled_k_by_order(v - 1, z, n) + _scaled_k_by_order(v + 1, z, n)))


def _scaled_k_by_v(grad: Any, v: Any, z: Any, n: int) -> Any:
    return grad * _scaled_k_by_order(v, z, n + 1)


@op(kind=ELEMENTWISE, promotion=FLOATING, spaces="", v=_scaled_k_by_v, z=_scaled_k_by_z)
def _scaled_k_by_order(v: Any, z: Any, n: int) -> Any:
    # The n-th derivative of `kve` in its order.
    return scaled_k_by_order(v, z, n)


def _kve_by_z(grad: Any, v: Any, z: Any, result: Any) -> Any:
    return grad * (result - 0.5 * (kve(v - 1, z) + kve(v + 1, z)))


@op(
    kind=ELEMENTWISE, promotion=FLOATING, spaces="special", check=not_implemented("kve", "c"),
    v=lambda grad, v, z: grad * _scaled_k_by_order(v, z, 1),
    z=_kve_by_z,
)  # fmt: skip
def kve(v: Any, z: Any) -> Any:
    """`exp(z) * kv(v, z)`.

    >>> torch.special.kve(2, torch.tensor(1.0))
    tensor(4.4168)
    """
    return evaluated("kve", v, z)
