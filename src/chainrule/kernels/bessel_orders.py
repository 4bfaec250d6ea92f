"""The derivatives of Bessel functions with respect to their order, for arguments greater than zero.

Each function is an integral over `[0, pi]` and one over `[0, infinity)` (Schlaefli's integrals: DLMF 10.9.6, 10.9.7,
10.32.4, 10.32.9) whose integrands depend on the order `v` by `exp(v c)` alone, so that an n-th derivative in `v` has
the factor `c**n` more. Gauss' rule finds them piece by piece, to about 14 digits of the greatest number among them. Of
J and Y far out, where the integrand turns too fast, it is Hankel's expansion (10.17.5) that is differentiated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

TOO_SMALL = 60.0  # exp(-TOO_SMALL) of the greatest number is nothing
IN_A_PIECE = 12.0  # so far an angle may run in a piece
PIECES = 12  # of the line, at least
FAR = 1000.0  # where Hankel's expansion begins, for orders less than the square root of the argument
FARTHEST = 20_000.0  # how far the integrals go for greater orders
TERMS = 24  # of Hankel's expansion


def j_by_order(v: Any, z: Any, n: int) -> Any:
    """The n-th derivative of the Bessel function J of order `v` in its order."""

    def near(v: Any, z: Any) -> Any:
        angles = _over_angles(v, z, lambda t: t**n * np.cos(z * np.sin(t) - v * t - n * math.pi / 2))
        return angles - _over_line(v, z, np.sinh, np.arcsinh, lambda t: _turned(v, t, n).imag)

    return _for_each(
        lambda v, z: _near_and_far(v, z, near, lambda v, z: _hankel(v, z, n).real), v, z, vanishes_at_zero=True
    )


def y_by_order(v: Any, z: Any, n: int) -> Any:
    """The same of the Bessel function Y."""

    def near(v: Any, z: Any) -> Any:
        def factor(t: Any) -> Any:
            return t**n * np.exp(v * t) + _turned(v, t, n).real

        angles = _over_angles(v, z, lambda t: t**n * np.sin(z * np.sin(t) - v * t - n * math.pi / 2))
        return angles - _over_line(v, z, np.sinh, np.arcsinh, factor)

    return _for_each(lambda v, z: _near_and_far(v, z, near, lambda v, z: _hankel(v, z, n).imag), v, z)


def scaled_i_by_order(v: Any, z: Any, n: int) -> Any:
    """The same of the modified Bessel function I, times `exp(-z)`."""

    def of(v: Any, z: Any) -> Any:
        end = 2 * np.arcsin(np.minimum(np.sqrt(0.5 * TOO_SMALL / z), 1))
        count = PIECES + int(np.max(np.abs(v) * end, initial=0.0, where=np.isfinite(v * end)) / IN_A_PIECE)
        angles = _by_pieces(
            lambda t: t**n * np.exp(-2 * z * np.sin(t / 2) ** 2) * np.cos(v * t + n * math.pi / 2), end, count
        )
        line = _over_line(v, z, _cosh_above_one, _arccosh_above_one, lambda t: _turned(v, t, n).imag)
        return angles / math.pi - line * np.exp(-2 * z[:, 0])

    return _for_each(of, v, z, vanishes_at_zero=True)


def scaled_k_by_order(v: Any, z: Any, n: int) -> Any:
    """The same of the modified Bessel function K, times `exp(z)`."""

    def of(v: Any, z: Any) -> Any:
        def factor(t: Any) -> Any:
            return t**n * (np.exp(v * t) + (-1) ** n * np.exp(-v * t))

        return 0.5 * math.pi * _over_line(v, z, _cosh_above_one, _arccosh_above_one, factor)

    return _for_each(of, v, z)


def _cosh_above_one(t: Any) -> Any:
    return 2 * np.sinh(t / 2) ** 2


def _arccosh_above_one(y: Any) -> Any:
    return 2 * np.arcsinh(np.sqrt(y / 2))


def _turned(v: Any, t: Any, n: int) -> Any:
    # The n-th derivative of exp(v c), where c is a half turn less t.
    turn = 1j * math.pi - t
    return turn**n * np.exp(v * turn)


def _over_angles(v: Any, z: Any, integrand: Callable[[Any], Any]) -> Any:
    # The integral over [0, pi], over pi.
    fastest = float(np.max(z + np.abs(v), initial=0.0, where=np.isfinite(z + v)))
    return _by_pieces(integrand, math.pi, 2 + int(math.pi * fastest / IN_A_PIECE)) / math.pi


def _over_line(
    v: Any, z: Any, rate: Callable[[Any], Any], reaching: Callable[[Any], Any], factor: Callable[[Any], Any]
) -> Any:
    # The integral of exp(-z rate(t)) times the factor over [0, infinity), over pi. `reaching` is the rate's inverse.
    end = reaching(TOO_SMALL / z) + 1
    for _ in range(8):
        end = reaching((TOO_SMALL + np.abs(v) * end) / z)
    return _by_pieces(lambda t: np.exp(-z * rate(t)) * factor(t), end, PIECES) / math.pi


def _by_pieces(integrand: Callable[[Any], Any], end: Any, count: int) -> Any:
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = 0.5 * end / count
    total: Any = 0.0
    for k in range(count):
        total = total + (integrand(half * (2 * k + 1 + nodes)) * weights).sum(axis=1)
    return total * np.reshape(half, -1)


def _near_and_far(v: Any, z: Any, near: Callable[[Any, Any], Any], far: Callable[[Any, Any], Any]) -> Any:
    is_far = ((z > FAR) & (v * v < z))[:, 0]
    result = np.full(len(z), np.nan)
    result[is_far] = far(v[is_far], z[is_far])
    is_near = ~is_far & (z < FARTHEST)[:, 0] & (np.abs(v) < FARTHEST)[:, 0]
    result[is_near] = near(v[is_near], z[is_near])
    return result


def _hankel(v: Any, z: Any, n: int) -> Any:
    # The n-th derivative in v of J + i Y: each term a polynomial of the change in v, lowest power first.
    v, z = v[:, 0], z[:, 0]
    term = [np.ones_like(z, complex), *[np.zeros_like(z, complex)] * n]
    total = term
    for k in range(1, TERMS):
        of_next = (4 * v * v - (2 * k - 1) ** 2, 8 * v, 4.0)
        scale = 1j / (8 * k * z)
        term = [scale * sum(of_next[j] * term[i - j] for j in range(min(i, 2) + 1)) for i in range(n + 1)]
        total = [a + b for a, b in zip(total, term, strict=True)]
    turning = [(-0.5j * math.pi) ** i / math.factorial(i) for i in range(n + 1)]
    of_change = sum(turning[n - i] * total[i] for i in range(n + 1))
    phase = np.exp(1j * (z - 0.25 * math.pi)) * np.exp(-0.5j * math.pi * v)
    return math.factorial(n) * np.sqrt(2 / (math.pi * z)) * phase * of_change


def _for_each(function: Callable[[Any, Any], Any], v: Any, z: Any, *, vanishes_at_zero: bool = False) -> Any:
    dtype = np.result_type(*[x for x in (v, z) if hasattr(x, "dtype")])
    v, z = np.broadcast_arrays(np.asarray(v, np.float64), np.asarray(z, np.float64))
    with np.errstate(all="ignore"):
        result = function(v.reshape(-1, 1), np.where((z > 0) & (z < np.inf), z, np.nan).reshape(-1, 1))
    result = np.where(z == np.inf, 0.0, result.reshape(z.shape))
    if vanishes_at_zero:
        result = np.where((z == 0) & (v > 0), 0.0, result)
    return result.astype(dtype, copy=False)
