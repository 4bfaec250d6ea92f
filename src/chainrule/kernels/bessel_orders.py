"""The derivatives of Bessel functions with respect to their order."""

from __future__ import annotations

from typing import Any

import numpy as np

NODES = 240
TOO_SMALL = 750.0  # exp(-TOO_SMALL) is nothing


def k_by_order(v: Any, z: Any, n: int) -> Any:
    """The n-th derivative of the modified Bessel function K of order `v` at `z > 0` with respect to its order.

    The integral of `exp(-z cosh t) cosh(v t)` over `t` (DLMF 10.32.9), differentiated: the integrand ends like an
    exponential of an exponential, so that evenly spaced nodes find it to the last digits.
    """
    v, z = np.broadcast_arrays(np.asarray(v), np.asarray(z))
    dtype = np.result_type(v, z)
    order, at = v.astype(np.float64).reshape(-1), z.astype(np.float64).reshape(-1)
    # Where the integrand ends: z (cosh t - 1) - |v| t is TOO_SMALL there.
    end = np.arccosh(1 + TOO_SMALL / at)
    for _ in range(4):
        end = np.arccosh(1 + (TOO_SMALL + np.abs(order) * end) / at)
    step = end / NODES
    total = np.zeros_like(at)
    for k in range(NODES):
        t = k * step
        exponent = -at * np.cosh(t)
        grows, falls = np.exp(exponent + order * t), np.exp(exponent - order * t)
        part = t**n * (grows - falls if n % 2 else grows + falls)
        total += part * (0.25 if k == 0 else 0.5)
    return np.where(at > 0, total * step, np.nan).reshape(v.shape).astype(dtype)
