"""The divergence between distributions of different kinds: the cross entropy, the mean of `-q.log_prob`, less entropy.

A cross entropy needs a few means over p only: of the value, its square, its logarithm, of an exponential. `_Means` has
them for each p, and a function for each q says what it makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import chainrule
from chainrule.distributions.bernoulli import Bernoulli
from chainrule.distributions.beta import Beta
from chainrule.distributions.binomial import Binomial
from chainrule.distributions.continuous_bernoulli import ContinuousBernoulli
from chainrule.distributions.exponential import Exponential
from chainrule.distributions.gamma import Gamma
from chainrule.distributions.gumbel import Gumbel
from chainrule.distributions.kl import register_kl
from chainrule.distributions.laplace import Laplace
from chainrule.distributions.normal import Normal
from chainrule.distributions.pareto import Pareto
from chainrule.distributions.poisson import Poisson
from chainrule.distributions.uniform import Uniform

__all__: list[str] = []


# ---- means over p ----


def _x_log_x(x: Any) -> Any:
    return chainrule.special.xlogy(x, x)


def _mean_log_between(low: Any, high: Any) -> Any:
    return (_x_log_x(high) - _x_log_x(low)) / (high - low) - 1


_MEAN_LOG: dict[type, Callable[[Any], Any]] = {
    Beta: lambda p: p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma(),
    Exponential: lambda p: -chainrule.log(p.rate) + chainrule.digamma(chainrule.ones_like(p.rate)),
    Pareto: lambda p: p.scale.log() + p.alpha.reciprocal(),
    Uniform: lambda p: _mean_log_between(p.low, p.high),
}

# Of exp(-x / scale).
_MEAN_EXP: dict[type, Callable[[Any, Any], Any]] = {
    Exponential: lambda p, scale: p.rate * scale / (p.rate * scale + 1),
    Gamma: lambda p, scale: (1 + 1 / (p.rate * scale)).pow(-p.concentration),
    Normal: lambda p, scale: (0.5 * (p.scale / scale).pow(2) - p.loc / scale).exp(),
    Uniform: lambda p, scale: scale / (p.high - p.low) * ((-p.low / scale).exp() - (-p.high / scale).exp()),
}


# ---- cross entropies ----


def _with_exponential(p: Any, q: Any) -> Any:
    return q.rate * p.mean - q.rate.log()


def _with_gamma(p: Any, q: Any) -> Any:
    normalizer = q.concentration.lgamma() - q.concentration * q.rate.log()
    return normalizer - (q.concentration - 1) * _MEAN_LOG[type(p)](p) + q.rate * p.mean


def _with_normal(p: Any, q: Any) -> Any:
    spread = p.variance + (p.mean - q.loc).pow(2)
    return 0.5 * math.log(2 * math.pi) + q.scale.log() + 0.5 * spread / q.scale.pow(2)


def _with_gumbel(p: Any, q: Any) -> Any:
    return q.scale.log() + (p.mean - q.loc) / q.scale + (q.loc / q.scale).exp() * _MEAN_EXP[type(p)](p, q.scale)


def _with_continuous_bernoulli(p: Any, q: Any) -> Any:
    return -p.mean * q.logits - (-q.probs).log1p() - q._cont_bern_log_norm()


def _with_beta(p: Any, q: Any) -> Any:
    a, b = q.concentration1, q.concentration0
    from_one = _mean_log_between(1 - p.high, 1 - p.low)
    normalizer = a.lgamma() + b.lgamma() - (a + b).lgamma()
    return normalizer - (a - 1) * _mean_log_between(p.low, p.high) - (b - 1) * from_one


def _with_pareto(p: Any, q: Any) -> Any:
    return (q.alpha + 1) * _MEAN_LOG[type(p)](p) - (q.alpha * q.scale.pow(q.alpha)).log()


def _with_uniform(p: Any, q: Any) -> Any:
    return (q.high - q.low).log() + 0 * p.mean


def _with_laplace(p: Any, q: Any) -> Any:
    # The mean distance of a normal number from a point.
    away = p.loc - q.loc
    ratio = away / p.scale
    distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * ratio.pow(2)).exp() + away * (math.sqrt(0.5) * ratio).erf()
    return (2 * q.scale).log() + distance / q.scale


def _with_poisson(p: Any, q: Any) -> Any:
    # The logarithm of 0! and of 1! is 0.
    return q.rate - p.probs * q.rate.log()


def _nothing(p: Any, q: Any) -> Any:
    return False


def _below(p: Any, q: Any) -> Any:
    return p.low < q.support.lower_bound


def _beyond(p: Any, q: Any) -> Any:
    low, high = (p.low, p.high) if isinstance(p, Uniform) else (p.support.lower_bound, p.support.upper_bound)
    bounds = (q.low, q.high) if isinstance(q, Uniform) else (q.support.lower_bound, q.support.upper_bound)
    return (bounds[0] > low) | (bounds[1] < high)


def _register(kind_p: type, kind_q: type, cross_entropy: Callable[[Any, Any], Any], outside: Any = _nothing) -> None:
    # Where p may be and q cannot, the divergence is infinite.
    def divergence(p: Any, q: Any) -> Any:
        usual = cross_entropy(p, q) - p.entropy()
        is_outside = outside(p, q)
        return usual if is_outside is False else chainrule.where(is_outside, math.inf, usual)

    register_kl(kind_p, kind_q)(divergence)


_kind: type
for _kind in (Beta, ContinuousBernoulli, Gamma):
    _register(_kind, Exponential, _with_exponential)
_register(Pareto, Exponential, _with_exponential, lambda p, q: p.alpha <= 1)
_register(Uniform, Exponential, _with_exponential, _below)
for _kind in (Beta, Exponential):
    _register(_kind, Gamma, _with_gamma)
_register(Pareto, Gamma, _with_gamma, lambda p, q: p.alpha <= 1)
_register(Uniform, Gamma, _with_gamma, _below)
for _kind in (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Uniform):
    _register(_kind, Normal, _with_normal)
_register(Pareto, Normal, _with_normal, lambda p, q: p.alpha <= 2)
for _kind in (Exponential, Gamma, Normal, Uniform):
    _register(_kind, Gumbel, _with_gumbel)
_register(Beta, ContinuousBernoulli, _with_continuous_bernoulli)
_register(Uniform, ContinuousBernoulli, _with_continuous_bernoulli, _beyond)
_register(Uniform, Beta, _with_beta, _beyond)
_register(Uniform, Pareto, _with_pareto, _below)
for _kind in (Beta, ContinuousBernoulli):
    _register(_kind, Uniform, _with_uniform, _beyond)
_register(Normal, Laplace, _with_laplace)
_register(Bernoulli, Poisson, _with_poisson)


# ---- never ----


def _infinite(p: Any, q: Any) -> Any:
    return chainrule.full_like(p.mean, math.inf)


for _kind, _others in (
    (Beta, (Pareto,)),
    (ContinuousBernoulli, (Pareto,)),
    (Exponential, (Beta, ContinuousBernoulli, Pareto, Uniform)),
    (Gamma, (Beta, ContinuousBernoulli, Pareto, Uniform)),
    (Gumbel, (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Laplace, (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Normal, (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform)),
    (Pareto, (Beta, ContinuousBernoulli, Uniform)),
    (Poisson, (Bernoulli, Binomial)),
):
    for _other in _others:
        register_kl(_kind, _other)(_infinite)
