"""The derivatives of the incomplete gamma and beta functions with respect to their parameters.

Both are distribution functions: an integral from the left end of `exp(g(t))`, where `g` is, for the gamma function,
`a log(t) - t - log(Gamma(a))`, and for the beta function `a log(t) + b log(1 - t) - log(B(a, b))` (with respect to
`log t`; DLMF 8.2.4 and 8.17.1). A derivative in a parameter is the integral of the same with a factor, which the
derivatives of `g` say. That factor averaged over the whole range is zero. So the side of the two is taken on which the
first derivative's factor keeps its sign: nothing cancels, and the result is SciPy's value of the function on that side
times an average of the factor, which a quadrature for ends of any kind finds (Takahasi and Mori, Double exponential
formulas for numerical integration, 1974).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.kernels.special import special

# The nodes of the quadrature over (0, infinity), which come doubly exponentially near its left end.
_U = np.linspace(-3.6, 4.7, 140)
NODES = np.exp(_U - np.exp(-_U))
WEIGHTS = NODES * (1 + np.exp(-_U))


def _over_unit_interval(count: int) -> tuple[Any, Any]:
    # The nodes and weights of the quadrature over (0, 1).
    u = np.linspace(-3.2, 3.2, count)
    nodes = 1 / (1 + np.exp(-math.pi * np.sinh(u)))
    return nodes, np.cosh(u) * nodes / (1 + np.exp(math.pi * np.sinh(u)))


GAMMA_NODES, GAMMA_WEIGHTS = _over_unit_interval(140)
BETA_NODES, BETA_WEIGHTS = _over_unit_interval(280)
TOO_SMALL = 60.0  # exp(-TOO_SMALL) of the whole is nothing
AT_ONCE = 1 << 11  # so many elements at once: what is worked on stays in the cache


def gamma_by_parameter(n: int, a: Any, x: Any) -> Any:
    """The n-th derivative in `a` of the regularized lower incomplete gamma function."""
    return _elementwise(lambda a, x: _gamma(n, a, x), a, x)


def beta_by_parameters(i: int, j: int, a: Any, b: Any, x: Any) -> Any:
    """The derivative of the regularized incomplete beta function, i-th in `a` and j-th in `b`."""
    return _elementwise(lambda a, b, x: _beta(i, j, a, b, x), a, b, x)


def _elementwise(function: Any, *arguments: Any) -> Any:
    dtype = np.result_type(*[a for a in arguments if hasattr(a, "dtype")])
    arrays = np.broadcast_arrays(*[np.asarray(a, np.float64) for a in arguments])
    shape = arrays[0].shape
    flat = [a.reshape(-1) for a in arrays]
    result = np.empty(flat[0].size)
    with np.errstate(all="ignore"):
        for start in range(0, result.size, AT_ONCE):
            part = slice(start, start + AT_ONCE)
            result[part] = function(*[a[part, None] for a in flat])
    return result.reshape(shape).astype(dtype, copy=False)


def _average(exponent: Any, factor: Any, weights: Any = WEIGHTS) -> Any:
    # Of the factor, by the weight exp(exponent) and the quadrature's own.
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True)) * weights
    return (weight * factor).sum(axis=1) / weight.sum(axis=1)


def _factor(order: tuple[int, int], derivative_of_g: Any) -> Any:
    # The derivative of exp(g), i-th in a and j-th in b, over exp(g). `derivative_of_g(i, j)` are those of g.
    i, j = order
    if i + j == 0:
        return 1.0
    before = (i - 1, j) if i else (i, j - 1)
    total: Any = 0.0
    for p in range(before[0] + 1):
        for q in range(before[1] + 1):
            rest = _factor((before[0] - p, before[1] - q), derivative_of_g)
            of_g = derivative_of_g(p + (i > 0), q + (i == 0))
            total = total + math.comb(before[0], p) * math.comb(before[1], q) * rest * of_g
    return total


def _gamma(n: int, a: Any, x: Any) -> Any:
    result = np.full(len(a), math.nan)
    middle = np.exp(special("digamma")(a))  # where the first derivative's factor changes its sign
    for side, of_side in ((x < middle, _gamma_left), (x >= middle, _gamma_right)):
        there = (side & (a > 0) & (x > 0))[:, 0]
        if there.any():
            result[there] = of_side(n, a[there], x[there])
    a, x = a[:, 0], x[:, 0]
    if n == 1:  # at 0 the function is 1, and so it begins to fall as the exponential integral says (8.19.1)
        result = np.where((a == 0) & (x > 0), -special("exp1")(x), result)
    return np.where((a > 0) & ((x == 0) | (x == math.inf)), 0.0, result)


def _gamma_factor(n: int, a: Any, log_t: Any) -> Any:
    digamma, polygamma = special("digamma"), special("polygamma")
    return _factor((n, 0), lambda k, _: log_t - digamma(a) if k == 1 else -polygamma(k - 1, a))


def _gamma_left(n: int, a: Any, x: Any) -> Any:
    # With t = x exp(-s).
    s = NODES / (np.maximum(a - x, 0) + np.sqrt(a))
    average = _average(-a * s - x * np.expm1(-s), _gamma_factor(n, a, np.log(x) - s))
    return special("gammainc")(a, x)[:, 0] * average


def _gamma_right(n: int, a: Any, x: Any) -> Any:
    # With t = x exp(s), until s ends where nothing more comes.
    over = np.maximum(x - a, 0)
    end = 2 * TOO_SMALL / (over + np.sqrt(over * over + 2 * x * TOO_SMALL))
    for _ in range(5):
        end = np.minimum(end, np.log1p((TOO_SMALL + a * end) / x))
    s = end * GAMMA_NODES
    average = _average(a * s - x * np.expm1(s), _gamma_factor(n, a, np.log(x) + s), GAMMA_WEIGHTS)
    return -special("gammaincc")(a, x)[:, 0] * average


def _beta(i: int, j: int, a: Any, b: Any, x: Any) -> Any:
    digamma, polygamma, betainc, betaincc = (special(f) for f in ("digamma", "polygamma", "betainc", "betaincc"))
    # Where the factor of the first derivative changes its sign.
    middle = np.exp(digamma(a) - digamma(a + b)) if i else -np.expm1(digamma(b) - digamma(a + b))
    right = x >= middle
    # The logarithm of t / (1 - t) runs away from where it is at x, to the left or the right, until nothing more comes.
    near, far = np.where(right, b, a), np.where(right, a, b)
    start = np.log(x) - np.log1p(-x)
    start = np.where(right, -start, start)
    level = _log_density(near, far, start) - TOO_SMALL
    end = start - level / near
    for _ in range(8):  # Newton's method on a convex function, from beyond: it comes nearer from there
        slope = near - (near + far) / (1 + np.exp(end - start))
        end = end - (level - _log_density(near, far, start - end)) / slope
    at = start - end * BETA_NODES
    both = np.log1p(np.exp(-np.abs(at)))
    log_near, log_far = np.minimum(at, 0) - both, -np.maximum(at, 0) - both
    log_t, log_other = np.where(right, log_far, log_near), np.where(right, log_near, log_far)

    def of_g(p: int, q: int) -> Any:
        if p + q == 1:
            return (log_t - digamma(a) if p else log_other - digamma(b)) + digamma(a + b)
        shared = polygamma(p + q - 1, a + b)
        return shared if p and q else shared - polygamma(p + q - 1, a if p else b)

    average = _average(near * log_near + far * log_far, _factor((i, j), of_g), BETA_WEIGHTS)
    a, b, x, right = a[:, 0], b[:, 0], x[:, 0], right[:, 0]
    result = np.where(right, -betaincc(a, b, x), betainc(a, b, x)) * average
    valid = (a > 0) & (b > 0) & (x >= 0) & (x <= 1)
    result = np.where(valid, np.where((x == 0) | (x == 1), 0.0, result), math.nan)
    if i + j > 1:
        return result
    # At a = 0 the function is 1, at b = 0 it is 0: how it begins to change there is one integral more (8.17.7).
    of_a, of_b = (-_without_other(b, 1 - x), 0.0) if i else (0.0, _without_other(a, x))
    result = np.where((a == 0) & (b > 0) & (x > 0) & (x <= 1), of_a, result)
    return np.where((b == 0) & (a > 0) & (x >= 0) & (x < 1), of_b, result)


def _without_other(a: Any, x: Any) -> Any:
    # The integral of t^(a - 1) / (1 - t) from 0 to x.
    return x**a / a * special("hyp2f1")(a, 1.0, a + 1, x)


def _log_density(a: Any, b: Any, at: Any) -> Any:
    # The logarithm of t^a (1 - t)^b where that of t / (1 - t) is `at`.
    return -a * np.logaddexp(0, -at) - b * np.logaddexp(0, at)
