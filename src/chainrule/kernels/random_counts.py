"""Poisson's and the binomial distribution, with the uniform numbers that PyTorch's samplers would use, in its order.

Small rates and counts are drawn by waiting for events; large ones by Hoermann's transformed rejection (1993), where a
number is proposed from a curve that is above the distribution everywhere and taken with the quotient of the two.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.kernels.random_stream import RandomStream

__all__ = ["binomial", "poisson"]

Array = NDArray[Any]
_BLOCK = 256


class Uniforms:
    """Uniform numbers in `[0, 1)` one by one, drawn from the stream in blocks; `close` gives back what is left over."""

    __slots__ = ("_block", "_place", "_start", "_stream", "_used")

    def __init__(self, stream: RandomStream) -> None:
        self._stream = stream
        self._start = stream.snapshot()
        self._block: list[float] = []
        self._place = 0
        self._used = 0

    def __call__(self) -> float:
        """The next number."""
        if self._place == len(self._block):
            self._used += self._place
            self._block = self._stream.uniform(_BLOCK, np.dtype(np.float64)).tolist()
            self._place = 0
        self._place += 1
        return self._block[self._place - 1]

    def close(self) -> None:
        """Leave the stream behind the last number that was used."""
        used = self._used + self._place
        self._stream.restore(self._start)
        while used:
            part = min(used, 1 << 16)
            self._stream.words64(part)
            used -= part


def poisson(rates: Array, stream: RandomStream) -> Array:
    """A number of events for each of these rates, a flat array of `float64`."""
    uniform = Uniforms(stream)
    try:
        return np.array([_events(rate, uniform) for rate in rates.tolist()], np.float64)
    finally:
        uniform.close()


def _events(rate: float, uniform: Callable[[], float]) -> float:
    if not rate:
        return 0
    if rate < 10:
        # The waiting times' sum is the logarithm of a product of uniform numbers.
        least = math.exp(-rate)
        count, product = 0, uniform()
        while product > least:
            count += 1
            product *= uniform()
        return count
    if math.isnan(rate) or math.isinf(rate):
        return math.nan
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    surely_inside = 0.9277 - 3.6224 / (b - 2)
    logarithm = math.log(rate)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        if not us:
            continue
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= surely_inside:
            return k
        if k < 0 or (us < 0.013 and v > us) or not v:
            continue
        if math.log(v * inverse_alpha / (a / (us * us) + b)) <= k * logarithm - rate - math.lgamma(k + 1):
            return k


def binomial(counts: Array, probabilities: Array, stream: RandomStream) -> Array:
    """How many of `counts` trials succeed, each with its probability: two flat arrays of `float64`."""
    uniform = Uniforms(stream)
    pairs = zip(counts.tolist(), probabilities.tolist(), strict=True)
    try:
        return np.array([_successes(count, p, uniform) for count, p in pairs], np.float64)
    finally:
        uniform.close()


def _successes(count: float, p: float, uniform: Callable[[], float]) -> float:
    if count <= 0 or p <= 0:
        return 0
    if p >= 1:
        return count
    if p <= 0.5:
        return _rare_successes(count, p, uniform)
    if p > 0.5:
        return count - _rare_successes(count, 1 - p, uniform)
    return math.nan


def _rare_successes(count: float, p: float, uniform: Callable[[], float]) -> float:
    if count * p < 10:
        # From success to success.
        logarithm = math.log1p(-p)
        trials, successes = 0.0, 0
        while True:
            u = uniform()
            trials += math.ceil(math.log(u) / logarithm) if u else math.inf
            if trials > count:
                return successes
            successes += 1
    deviation = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = count * p + 0.5
    surely_inside = 0.92 - 4.2 / b
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * deviation
    mode = math.floor((count + 1) * p)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        if not us:
            continue
        k = math.floor((2 * a / us + b) * u + c)
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= surely_inside:
            return k
        if not v:
            return k
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _beyond_stirling(mode) + _beyond_stirling(count - mode)
            - _beyond_stirling(k) - _beyond_stirling(count - k)
        )  # fmt: skip
        if math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return k


def _beyond_stirling(k: float) -> float:
    # What Stirling's formula leaves of log(k!).
    if k <= 9:
        return math.lgamma(k + 1) - (k + 0.5) * math.log(k + 1) + (k + 1) - 0.5 * math.log(2 * math.pi)
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
