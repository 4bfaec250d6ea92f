"""The divergence between two distributions of one kind."""

from __future__ import annotations

import math
from typing import Any

import chainrule
from chainrule.distributions.bernoulli import Bernoulli
from chainrule.distributions.beta import Beta
from chainrule.distributions.binomial import Binomial
from chainrule.distributions.categorical import Categorical
from chainrule.distributions.cauchy import Cauchy
from chainrule.distributions.continuous_bernoulli import ContinuousBernoulli
from chainrule.distributions.dirichlet import Dirichlet
from chainrule.distributions.exp_family import ExponentialFamily
from chainrule.distributions.exponential import Exponential
from chainrule.distributions.gamma import Gamma
from chainrule.distributions.geometric import Geometric
from chainrule.distributions.gumbel import Gumbel
from chainrule.distributions.half_normal import HalfNormal
from chainrule.distributions.independent import Independent
from chainrule.distributions.kl import kl_divergence, register_kl
from chainrule.distributions.laplace import Laplace
from chainrule.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from chainrule.distributions.matrices import (
    half_log_det,
    low_rank_log_det,
    low_rank_squared_length,
    squared_length,
)
from chainrule.distributions.multivariate_normal import MultivariateNormal
from chainrule.distributions.normal import Normal
from chainrule.distributions.one_hot_categorical import OneHotCategorical
from chainrule.distributions.parameters import euler_constant, sum_rightmost
from chainrule.distributions.pareto import Pareto
from chainrule.distributions.poisson import Poisson
from chainrule.distributions.transformed_distribution import TransformedDistribution
from chainrule.distributions.uniform import Uniform
from chainrule.nn import functional as F

__all__: list[str] = []


# ---- discrete ----


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    success = p.probs * (F.softplus(-q.logits) - F.softplus(-p.logits))
    failure = (1 - p.probs) * (F.softplus(q.logits) - F.softplus(p.logits))
    success = success.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0)
    return success + failure.masked_fill(q.probs == 1, math.inf).masked_fill(p.probs == 1, 0)


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    divergence = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    is_more = (p.total_count > q.total_count).expand_as(divergence)
    return divergence.masked_fill(is_more, math.inf)


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    parts = p.probs * (p.logits - q.logits)
    parts = parts.masked_fill((q.probs == 0).expand_as(parts), math.inf)
    return parts.masked_fill((p.probs == 0).expand_as(parts), 0).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot_categorical(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


# ---- numbers ----


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    return _dirichlet(p._dirichlet, q._dirichlet)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    # Chyzak and Nielsen (2019).
    apart = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return apart.log() - (4 * p.scale * q.scale).log()


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    by_mean = p.mean * (p.logits - q.logits)
    normalizers = p._cont_bern_log_norm() - q._cont_bern_log_norm()
    return by_mean + normalizers + (-p.probs).log1p() - (-q.probs).log1p()


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    return (
        b * (p.rate / q.rate).log() + b.lgamma() - a.lgamma() + (a - b) * a.digamma() + (q.rate - p.rate) * (a / p.rate)
    )


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio = p.scale / q.scale
    shift = (p.loc - q.loc) / q.scale
    return -ratio.log() + shift + ratio * euler_constant + ((1 + ratio).lgamma() - shift).exp() - (1 + euler_constant)


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio = p.scale / q.scale
    apart = (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * (-apart / p.scale).exp() - 1


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Any:
    ratio = q.alpha / p.alpha
    usual = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return chainrule.where(p.scale < q.scale, math.inf, usual)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    is_outside = (q.low > p.low) | (q.high < p.high)
    return chainrule.where(is_outside, math.inf, ((q.high - q.low) / (p.high - p.low)).log())


# ---- vectors ----


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    normalizers = total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return normalizers + ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


def _require_same_events(p: Any, q: Any, kind: str) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(f"KL-divergence between two {kind} with different event shapes cannot be computed")


def _size(normal: Any) -> Any:
    # Half of the logarithm of the determinant of the covariance.
    if isinstance(normal, LowRankMultivariateNormal):
        return 0.5 * low_rank_log_det(normal._unbroadcasted_cov_diag, normal._capacitance_tril)
    return half_log_det(normal._unbroadcasted_scale_tril)


def _square(normal: Any, vector: Any) -> Any:
    # vector @ inverse(covariance) @ vector
    if isinstance(normal, LowRankMultivariateNormal):
        factor, diagonal = normal._unbroadcasted_cov_factor, normal._unbroadcasted_cov_diag
        return low_rank_squared_length(factor, diagonal, vector, normal._capacitance_tril)
    return squared_length(normal._unbroadcasted_scale_tril, vector)


def _columns(normal: Any) -> Any:
    # Vectors whose outer products add up to the covariance, one dimension before the last.
    if isinstance(normal, LowRankMultivariateNormal):
        diagonal = normal._unbroadcasted_cov_diag.sqrt().diag_embed()
        factor = normal._unbroadcasted_cov_factor
        shape = chainrule.broadcast_shapes(factor.shape[:-2], diagonal.shape[:-2])
        return chainrule.cat(
            [factor.expand((*shape, *factor.shape[-2:])), diagonal.expand((*shape, *diagonal.shape[-2:]))], -1
        ).mT
    return normal._unbroadcasted_scale_tril.mT


def _normal_vectors(p: Any, q: Any) -> Any:
    # The squared length in terms of q's covariance of p's vectors is a trace.
    # The columns lie in front of whatever batch q has.
    columns = _columns(p).movedim(-2, 0)
    more = len(q.batch_shape) - (columns.ndim - 2)
    columns = columns.reshape((columns.shape[0], *[1] * more, *columns.shape[1:]))
    spread = _square(q, columns).sum(0)
    return _size(q) - _size(p) + 0.5 * (spread + _square(q, q.loc - p.loc) - p.event_shape[0])


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Any:
    _require_same_events(p, q, "Multivariate Normals")
    return _normal_vectors(p, q)


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _low_rank_multivariate_normal(p: Any, q: Any) -> Any:
    _require_same_events(p, q, "Low Rank Multivariate Normals")
    return _normal_vectors(p, q)


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _mixed_multivariate_normal(p: Any, q: Any) -> Any:
    _require_same_events(p, q, "(Low Rank) Multivariate Normals")
    return _normal_vectors(p, q)


# ---- made of others ----


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_families(p: Any, q: Any) -> Any:
    # The Bregman divergence of the normalizer.
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot "
            "                            be computed using Bregman divergences"
        )
    of_p = [parameter.detach().requires_grad_() for parameter in p._natural_params]
    of_q = q._natural_params
    with chainrule.enable_grad():
        normalizer = p._log_normalizer(*of_p)
        slopes = chainrule.autograd.grad(normalizer.sum(), of_p, create_graph=True)
    result = q._log_normalizer(*of_q) - normalizer
    for one, other, slope in zip(of_p, of_q, slopes, strict=True):
        result = result - sum_rightmost((other - one) * slope, len(q.event_shape))
    return result


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms:
        raise NotImplementedError("KL between distributions transformed in different ways is not implemented")
    if p.event_shape != q.event_shape:
        raise NotImplementedError("KL between transformed distributions of different event shapes is not implemented")
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("KL between Independents of different reinterpreted_batch_ndims is not implemented")
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)
