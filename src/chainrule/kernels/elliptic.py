"""Integrals that elliptic integrals and their derivatives are made of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_U = np.linspace(-3.2, 3.2, 161)
_GROWTH = np.exp(math.pi * np.sinh(_U))
# The nodes of a quadrature over (0, 1) that come doubly exponentially near both ends, and what they leave to 1.
NODES = _GROWTH / (1 + _GROWTH)
LEFT = 1 / (1 + _GROWTH)
WEIGHTS = (_U[1] - _U[0]) * math.pi * np.cosh(_U) * NODES * LEFT
AT_ONCE = 1 << 11


def sine_integral(phi: Any, m: Any, power: float, n: int) -> Any:
    """The integral of `(1 - m sin(t)**2)**power * sin(t)**(2 n)` over `t` from 0 to `phi`.

    Elliptic integrals (DLMF 19.2.4, 19.2.5) are such with `n = 0`; each derivative in `m` is one with `n` greater and
    `power` less by one.
    """
    dtype = np.result_type(*[v for v in (phi, m) if hasattr(v, "dtype")])
    phi, m = np.broadcast_arrays(np.asarray(phi, np.float64), np.asarray(m, np.float64))
    shape = phi.shape
    angles, parameters = phi.reshape(-1), m.reshape(-1)
    result = np.empty(angles.size)
    with np.errstate(all="ignore"):
        # What is beyond a quarter of a turn is whole half turns and a rest (19.2.10).
        turns = np.rint(angles / math.pi)
        rest = angles - math.pi * turns
        for start in range(0, result.size, AT_ONCE):
            part = slice(start, start + AT_ONCE)
            result[part] = _of_quarter(rest[part], parameters[part], power, n)
            whole = part.start + np.flatnonzero(turns[part])
            if whole.size:
                quarter = np.full(whole.size, math.pi / 2)
                result[whole] += 2 * turns[whole] * _of_quarter(quarter, parameters[whole], power, n)
    return result.reshape(shape).astype(dtype, copy=False)


def _of_quarter(phi: Any, m: Any, power: float, n: int) -> Any:
    phi, m = phi[:, None], m[:, None]
    sine = np.sin(phi * NODES)
    # From its own end of the interval the cosine is known to every digit.
    left = phi * LEFT
    cosine = np.cos(phi) * np.cos(left) + np.sin(phi) * np.sin(left)
    inside = np.where(m > 0.5, (1 - m) + m * cosine * cosine, 1 - m * sine * sine)
    return phi[:, 0] * (inside**power * sine ** (2 * n) * WEIGHTS).sum(axis=1)
