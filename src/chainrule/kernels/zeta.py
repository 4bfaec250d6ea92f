"""The derivatives of Hurwitz' zeta function with respect to its exponent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

TERMS = 16  # that are added up as they are
# The Bernoulli numbers of even index from the second on, over the factorials of their indices.
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
    854513 / 138, -236364091 / 2730,
)  # fmt: skip
CORRECTIONS = tuple(b / math.factorial(2 * j) for j, b in enumerate(_BERNOULLI, 1))


def zeta_by_exponent(n: int, s: Any, q: Any) -> Any:
    """The n-th derivative in `s` of the sum of `(k + q) ** -s` over `k = 0, 1, ...`, for `s > 0` and `q > 0`.

    For `s < 1` it is that of the function that the sum is for greater `s`. By the
    Euler-Maclaurin summation (DLMF 25.11.5, 2.10.1), each of its terms as a Taylor polynomial in `s`.
    """
    dtype = np.result_type(*[v for v in (s, q) if hasattr(v, "dtype")])
    s, q = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(q, np.float64))
    with np.errstate(all="ignore"):
        total: Any = 0.0
        for k in range(TERMS):
            total = total + np.log(q + k) ** n * (q + k) ** -s
        result = (-1) ** n * total
        end = q + TERMS
        # The rest: end^-s times (end / (s - 1) + 1/2 + ...), as polynomials of the change in s, lowest power first.
        power = [(-np.log(end)) ** i / math.factorial(i) for i in range(n + 1)]
        rest = [end * (-1) ** i / (s - 1) ** (i + 1) for i in range(n + 1)]
        rest[0] = rest[0] + 0.5
        rising = [s, 1.0][: n + 1] + [0.0] * (n - 1)  # s (s + 1) ... of 2 j - 1 factors
        for j, correction in enumerate(CORRECTIONS, 1):
            shrink = correction * end ** (1.0 - 2 * j)
            rest = [r + shrink * c for r, c in zip(rest, rising, strict=True)]
            for factor in (s + (2 * j - 1), s + 2 * j):
                rising = [factor * c + (rising[i - 1] if i else 0.0) for i, c in enumerate(rising)]
        last = sum(p * r for p, r in zip(power, reversed(rest), strict=True))
        result = result + math.factorial(n) * end**-s * last
        result = np.where(np.isposinf(s) | np.isposinf(q), 0.0, result)
    return np.where((s > 0) & (q > 0), result, math.nan).astype(dtype, copy=False)
