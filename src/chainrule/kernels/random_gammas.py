"""The gamma distribution, with the uniform and normal numbers that PyTorch's sampler would use, in its order.

A number is proposed as the cube of a normal one and taken or not, after Marsaglia and Tsang (2000).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.kernels.random_counts import Uniforms
from chainrule.kernels.random_stream import RandomStream

__all__ = ["standard_gamma"]

Array = NDArray[Any]
# PyTorch has these in float32.
_THIRD = np.float32(1) / np.float32(3)
_SQUEEZE = float(np.float32(0.0331))


class _Normals:
    # Normal numbers one by one, of the same uniform ones; every second is handed out by the next call.

    __slots__ = ("spare", "_uniform")

    def __init__(self, uniform: Uniforms, spare: float | None) -> None:
        self._uniform = uniform
        self.spare = spare

    def __call__(self) -> float:
        if self.spare is not None:
            number, self.spare = self.spare, None
            return number
        turn = 2.0 * math.pi * self._uniform()
        radius = math.sqrt(-2.0 * math.log1p(-self._uniform()))
        self.spare = radius * math.sin(turn)
        return radius * math.cos(turn)


def standard_gamma(concentrations: Array, stream: RandomStream) -> Array:
    """A number of the gamma distribution of rate 1 for each of these: flat arrays, the result of `float64`."""
    # PyTorch has these in the type of the concentrations, and what follows in float64.
    is_small = concentrations < 1
    centres = concentrations + is_small.astype(concentrations.dtype) - _THIRD
    with np.errstate(divide="ignore"):
        exponents = np.where(is_small, 1 / concentrations, 0)
    uniform = Uniforms(stream)
    normal = _Normals(uniform, stream.snapshot()[2])
    try:
        cases = zip(centres.tolist(), exponents.tolist(), strict=True)
        return np.array([_one(centre, exponent, uniform, normal) for centre, exponent in cases], np.float64)
    finally:
        uniform.close()
        bits, seed, _ = stream.snapshot()
        stream.restore((bits, seed, normal.spare))


def _one(centre: float, exponent: float, uniform: Uniforms, normal: _Normals) -> float:
    if exponent == math.inf:
        return 0.0  # of the concentration 0, a point
    if not 0 < centre < math.inf:
        return math.inf if centre == math.inf else math.nan
    # Concentrations below 1 are drawn one higher, and scaled.
    scale = (1 - uniform()) ** exponent if exponent else 1.0
    c = 1 / math.sqrt(9 * centre)
    while True:
        x = normal()
        root = 1 + c * x
        if root <= 0:
            continue
        v = root * root * root
        u = 1 - uniform()
        square = x * x
        if u < 1 - _SQUEEZE * square * square or math.log(u) < 0.5 * square + centre * (1 - v + math.log(v)):
            return scale * centre * v
