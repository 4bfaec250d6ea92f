"""The derivatives of Bessel functions with respect to their order, for arguments greater than zero.

Each function is an integral over `[0, pi]` and one over `[0, infinity)` (Schlaefli's integrals: DLMF 10.9.6, 10.9.7,
10.32.4, 10.32.9) whose integrands depend on the order `v` by `exp(v c)` alone, so that an n-th derivative in `v` has
the factor `c**n` more. Gauss' rule finds them piece by piece, to about 14 digits of the greatest number among them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

TOO_SMALL = 60.0  # exp(-TOO_SMALL) of the greatest number is nothing
IN_A_PIECE = 12.0  # so far an angle may run in a piece
PIECES = 12  # of the line


def j_by_order(v: Any, z: Any, n: int) -> Any:
    """The n-th derivative of the Bessel function J of order `v` in its order."""

    def of(v: Any, z: Any) -> Any:
        angles = _over_angles(v, z, lambda t: t**n * np.cos(z * np.sin(t) - v * t - n * math.pi / 2))
        return angles - _over_line(v, z, np.sinh, lambda t: _turned(v, t, n).imag)

    return _for_each(of, v, z)


def y_by_order(v: Any, z: Any, n: int) -> Any:
    """The same of the Bessel function Y."""

    def of(v: Any, z: Any) -> Any:
        angles = _over_angles(v, z, lambda t: t**n * np.sin(z * np.sin(t) - v * t - n * math.pi / 2))
        return angles - _over_line(v, z, np.sinh, lambda t: t**n * np.exp(v * t) + _turned(v, t, n).real)

    return _for_each(of, v, z)


def scaled_i_by_order(v: Any, z: Any, n: int) -> Any:
    """The same of the modified Bessel function I, times `exp(-z)`."""

    def of(v: Any, z: Any) -> Any:
        angles = _over_angles(
            v, z, lambda t: t**n * np.exp(-2 * z * np.sin(t / 2) ** 2) * np.cos(v * t + n * math.pi / 2)
        )
        return angles - _over_line(v, z, _cosh_above_one, lambda t: _turned(v, t, n).imag) * np.exp(-2 * z[:, 0])

    return _for_each(of, v, z)


def scaled_k_by_order(v: Any, z: Any, n: int) -> Any:
    """The same of the modified Bessel function K, times `exp(z)`."""

    def of(v: Any, z: Any) -> Any:
        sign = -1 if n % 2 else 1
        whole = _over_line(v, z, _cosh_above_one, lambda t: t**n * (np.exp(v * t) + sign * np.exp(-v * t)))
        return 0.5 * math.pi * whole

    return _for_each(of, v, z)


def _cosh_above_one(t: Any) -> Any:
    return 2 * np.sinh(t / 2) ** 2


def _turned(v: Any, t: Any, n: int) -> Any:
    # The n-th derivative of exp(v c), where c is a half turn less t.
    turn = 1j * math.pi - t
    return turn**n * np.exp(v * turn)


def _over_angles(v: Any, z: Any, integrand: Callable[[Any], Any]) -> Any:
    # The integral over [0, pi], over pi.
    fastest = float(np.max(z + np.abs(v), initial=0.0, where=np.isfinite(z + v)))
    return _by_pieces(integrand, math.pi, 2 + int(math.pi * fastest / IN_A_PIECE)) / math.pi


def _over_line(v: Any, z: Any, rate: Callable[[Any], Any], factor: Callable[[Any], Any]) -> Any:
    # The integral of exp(-z rate(t)) times the factor over [0, infinity), over pi.
    end = np.arcsinh(TOO_SMALL / z) + 1
    for _ in range(6):
        end = np.arcsinh((TOO_SMALL + np.abs(v) * end) / z) + 1
    return _by_pieces(lambda t: np.exp(-z * rate(t)) * factor(t), end, PIECES) / math.pi


def _by_pieces(integrand: Callable[[Any], Any], end: Any, count: int) -> Any:
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = 0.5 * end / count
    total: Any = 0.0
    for k in range(count):
        total = total + (integrand(half * (2 * k + 1 + nodes)) * weights).sum(axis=1)
    return total * np.reshape(half, -1)


def _for_each(function: Callable[[Any, Any], Any], v: Any, z: Any) -> Any:
    dtype = np.result_type(*[x for x in (v, z) if hasattr(x, "dtype")])
    v, z = np.broadcast_arrays(np.asarray(v, np.float64), np.asarray(z, np.float64))
    with np.errstate(all="ignore"):
        result = function(v.reshape(-1, 1), np.where(z > 0, z, np.nan).reshape(-1, 1))
    return result.reshape(z.shape).astype(dtype, copy=False)
