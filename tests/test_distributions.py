"""torch.distributions: what is drawn has the distribution, gradients are right twice over, transforms undo themselves.

See also parity/test_distributions_parity.py.
"""

import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats

import chainrule as torch
import chainrule.distributions as D

DOUBLE = torch.float64


def number(value):
    return torch.tensor(value, dtype=DOUBLE, requires_grad=True)


# ---- what is drawn ----

CONTINUOUS = {
    "Normal": (lambda: D.Normal(number(1.0), number(2.0)), scipy.stats.norm(1, 2)),
    "Uniform": (lambda: D.Uniform(number(-1.0), number(2.0)), scipy.stats.uniform(-1, 3)),
    "Exponential": (lambda: D.Exponential(number(2.0)), scipy.stats.expon(scale=0.5)),
    "Gamma": (lambda: D.Gamma(number(2.5), number(2.0)), scipy.stats.gamma(2.5, scale=0.5)),
    "Gamma below 1": (lambda: D.Gamma(number(0.3), number(2.0)), scipy.stats.gamma(0.3, scale=0.5)),
    "Chi2": (lambda: D.Chi2(number(3.0)), scipy.stats.chi2(3)),
    "InverseGamma": (lambda: D.InverseGamma(number(3.0), number(2.0)), scipy.stats.invgamma(3, scale=2)),
    "Beta": (lambda: D.Beta(number(2.0), number(0.7)), scipy.stats.beta(2, 0.7)),
    "Laplace": (lambda: D.Laplace(number(1.0), number(2.0)), scipy.stats.laplace(1, 2)),
    "Cauchy": (lambda: D.Cauchy(number(1.0), number(2.0)), scipy.stats.cauchy(1, 2)),
    "HalfNormal": (lambda: D.HalfNormal(number(2.0)), scipy.stats.halfnorm(scale=2)),
    "HalfCauchy": (lambda: D.HalfCauchy(number(2.0)), scipy.stats.halfcauchy(scale=2)),
    "StudentT": (lambda: D.StudentT(number(4.0), number(1.0), number(2.0)), scipy.stats.t(4, 1, 2)),
    "FisherSnedecor": (lambda: D.FisherSnedecor(number(4.0), number(6.0)), scipy.stats.f(4, 6)),
    "Gumbel": (lambda: D.Gumbel(number(1.0), number(2.0)), scipy.stats.gumbel_r(1, 2)),
    "Weibull": (lambda: D.Weibull(number(2.0), number(1.5)), scipy.stats.weibull_min(1.5, scale=2)),
    "Pareto": (lambda: D.Pareto(number(2.0), number(3.0)), scipy.stats.pareto(3, scale=2)),
    "LogNormal": (lambda: D.LogNormal(number(0.5), number(0.7)), scipy.stats.lognorm(0.7, scale=math.exp(0.5))),
    "VonMises": (lambda: D.VonMises(number(0.0), number(2.0)), scipy.stats.vonmises(2)),
    "GeneralizedPareto": (
        lambda: D.GeneralizedPareto(number(1.0), number(2.0), number(0.2)),
        scipy.stats.genpareto(0.2, 1, 2),
    ),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_numbers_have_the_distribution(name):
    make, known = CONTINUOUS[name]
    torch.manual_seed(1)
    drawn = make().sample((4000,)).numpy()
    assert scipy.stats.kstest(drawn, known.cdf).pvalue > 1e-3
    near = drawn[:100]
    np.testing.assert_allclose(make().log_prob(torch.tensor(near)).detach().numpy(), known.logpdf(near), rtol=1e-9)


DISCRETE = {
    "Bernoulli": (lambda: D.Bernoulli(number(0.3)), scipy.stats.bernoulli(0.3)),
    "Geometric": (lambda: D.Geometric(number(0.3)), scipy.stats.geom(0.3, loc=-1)),
    "Binomial": (lambda: D.Binomial(7, number(0.3)), scipy.stats.binom(7, 0.3)),
    "NegativeBinomial": (lambda: D.NegativeBinomial(number(3.0), number(0.4)), scipy.stats.nbinom(3, 0.6)),
    "Poisson": (lambda: D.Poisson(number(3.0)), scipy.stats.poisson(3)),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_counts_have_the_distribution(name):
    make, known = DISCRETE[name]
    torch.manual_seed(1)
    drawn = make().sample((4000,)).numpy()
    top = int(drawn.max()) + 1
    expected = known.pmf(np.arange(top))
    # The standard deviation of each count is at most sqrt(4000 p).
    away = np.abs(np.bincount(drawn.astype(int), minlength=top) - 4000 * expected)
    assert (away < 5 * np.sqrt(4000 * expected) + 5).all()
    values = torch.arange(top, dtype=DOUBLE)
    np.testing.assert_allclose(make().log_prob(values).exp().detach().numpy(), expected, rtol=1e-9)


def test_vectors_have_their_moments():
    torch.manual_seed(0)
    factor = torch.tensor([[1.0, 0.0], [0.5, 2.0]], dtype=DOUBLE)
    for normal in (
        D.MultivariateNormal(torch.ones(2, dtype=DOUBLE), scale_tril=factor),
        D.LowRankMultivariateNormal(torch.zeros(2, dtype=DOUBLE), factor[:, :1], torch.ones(2, dtype=DOUBLE)),
    ):
        drawn = normal.sample((20_000,))
        assert torch.allclose(drawn.T.cov(), normal.covariance_matrix, atol=0.15)
        assert torch.allclose(drawn.mean(0), normal.mean, atol=0.1)
    drawn = D.Wishart(torch.tensor(5.0, dtype=DOUBLE), scale_tril=factor).sample((20_000,))
    wishart = D.Wishart(torch.tensor(5.0, dtype=DOUBLE), scale_tril=factor)
    assert torch.allclose(drawn.mean(0), wishart.mean, rtol=0.05)
    assert torch.allclose(drawn.var(0), wishart.variance, rtol=0.1)


def test_correlation_matrices_are_drawn():
    torch.manual_seed(0)
    factor = D.LKJCholesky(3, torch.tensor(2.0, dtype=DOUBLE)).sample((5000,))
    correlation = factor @ factor.mT
    assert torch.allclose(correlation.diagonal(dim1=-2, dim2=-1), torch.ones(3, dtype=DOUBLE))
    # Each correlation is of a beta distribution on (-1, 1).
    known = scipy.stats.beta(2.5, 2.5, -1, 2)
    assert scipy.stats.kstest(correlation[:, 0, 2].numpy(), known.cdf).pvalue > 1e-3


def test_gamma_numbers_have_what_scipy_has():
    concentrations = torch.tensor([0.0, math.nan, -1.0, math.inf])
    drawn = torch._standard_gamma(concentrations)
    assert drawn[0] == torch.finfo(torch.float32).tiny
    assert drawn[1:3].isnan().all()
    assert drawn[3] == math.inf
    with pytest.raises(NotImplementedError, match="not implemented for 'Long'"):
        torch._standard_gamma(torch.tensor([1]))


def test_the_stream_goes_on_behind_gamma_numbers():
    g = torch.Generator().manual_seed(5)
    first = torch._standard_gamma(torch.full((40,), 2.0), generator=g)
    after = torch.randn(3, generator=g)
    g.manual_seed(5)
    assert torch.equal(torch._standard_gamma(torch.full((40,), 2.0), generator=g), first)
    assert torch.equal(torch.randn(3, generator=g), after)


# ---- gradients ----


@pytest.mark.parametrize("concentration", [0.05, 0.5, 1.0, 3.0, 40.0, 900.0])
def test_gamma_numbers_move_along_their_quantile(concentration):
    a = number([concentration])
    torch.manual_seed(3)
    drawn = torch._standard_gamma(a)
    (slope,) = torch.autograd.grad(drawn.sum(), a, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), a)
    other = number([concentration])
    level = scipy.special.gammainc(concentration, drawn.item())
    quantile = torch.special.gammaincinv(other, torch.tensor([level], dtype=DOUBLE))
    (known,) = torch.autograd.grad(quantile.sum(), other, create_graph=True)
    (known_curvature,) = torch.autograd.grad(known.sum(), other)
    assert torch.allclose(slope, known, rtol=1e-6)
    assert torch.allclose(curvature, known_curvature, rtol=1e-4, atol=1e-9)


def test_shares_move_so_that_means_do():
    # The mean of the gradient is the gradient of the mean.
    torch.manual_seed(0)
    concentration = number([0.7, 2.0, 5.0])
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=DOUBLE)
    drawn = torch._sample_dirichlet(concentration.expand(20_000, 3))
    (found,) = torch.autograd.grad((drawn @ weights).mean(), concentration)
    (known,) = torch.autograd.grad((D.Dirichlet(concentration).mean * weights).sum(), concentration)
    assert torch.allclose(found, known, atol=5e-3)


@pytest.mark.parametrize("draw", [torch._standard_gamma, torch._sample_dirichlet])
def test_tangents_are_of_the_numbers_drawn(draw):
    def drawn(concentration):
        torch.manual_seed(0)
        return draw(concentration)

    a, direction = number([0.5, 1.0, 4.0]), torch.tensor([1.0, -2.0, 0.5], dtype=DOUBLE)
    _, tangent = torch.func.jvp(drawn, (a.detach(),), (direction,))
    assert torch.allclose(tangent, torch.autograd.functional.jacobian(drawn, a) @ direction)


@pytest.mark.parametrize("a", [0.2, 1.5, 30.0])
def test_a_beta_number_moves_along_its_quantile(a):
    torch.manual_seed(2)
    one, other = number(a), number(2.5)
    drawn = D.Beta(one, other).rsample()
    slopes = torch.autograd.grad(drawn, [one, other])
    level = scipy.special.betainc(a, 2.5, drawn.item())
    step = 1e-5

    def quantile(one, other):
        return scipy.special.betaincinv(one, other, level)

    by_one = (quantile(a * (1 + step), 2.5) - quantile(a * (1 - step), 2.5)) / (2 * step * a)
    by_other = (quantile(a, 2.5 + step) - quantile(a, 2.5 - step)) / (2 * step)
    np.testing.assert_allclose([slope.item() for slope in slopes], [by_one, by_other], rtol=1e-5)


SECOND_ORDER = {
    **{name: make for name, (make, _) in (CONTINUOUS | DISCRETE).items()},
    "Kumaraswamy": lambda: D.Kumaraswamy(number(2.0), number(3.0)),
    "ContinuousBernoulli": lambda: D.ContinuousBernoulli(number(0.2)),
    "Categorical": lambda: D.Categorical(logits=number([0.1, 0.2, -0.3])),
    "Multinomial": lambda: D.Multinomial(3, logits=number([0.1, 0.2, -0.3])),
    "Dirichlet": lambda: D.Dirichlet(number([0.5, 2.0, 1.5])),
    "RelaxedBernoulli": lambda: D.RelaxedBernoulli(number(0.7), number(0.3)),
    "RelaxedOneHotCategorical": lambda: D.RelaxedOneHotCategorical(number(0.7), logits=number([0.1, 0.2, -0.3])),
    "LogisticNormal": lambda: D.LogisticNormal(number([0.1, 0.2]), number([0.7, 0.8])),
    "MultivariateNormal": lambda: D.MultivariateNormal(number([0.1, 0.2]), number([[2.0, 0.5], [0.5, 1.0]])),
    "LowRankMultivariateNormal": lambda: D.LowRankMultivariateNormal(
        number([0.1, 0.2]), number([[1.0], [0.5]]), number([1.0, 2.0])
    ),
    "Wishart": lambda: D.Wishart(number(4.0), number([[2.0, 0.5], [0.5, 1.0]])),
    "LKJCholesky": lambda: D.LKJCholesky(3, number(2.0)),
}


def leaves_of(distribution):
    found, seen, todo = [], set(), [distribution]
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, torch.Tensor):
            if thing.grad_fn is None and thing.requires_grad:
                found.append(thing)
            elif thing.grad_fn is not None:
                todo.append(thing.grad_fn)
        elif hasattr(thing, "next_functions"):
            todo += [node.variable if hasattr(node, "variable") else node for node, _ in thing.next_functions if node]
        elif isinstance(thing, (list, tuple)):
            todo += thing
        elif hasattr(thing, "__dict__"):
            todo += vars(thing).values()
    return found


@pytest.mark.parametrize("name", SECOND_ORDER)
def test_log_prob_twice(name):
    torch.manual_seed(4)
    distribution = SECOND_ORDER[name]()
    value = distribution.sample((2,))
    if not distribution.support.is_discrete and name not in {"LKJCholesky", "Wishart"}:
        value.requires_grad_()
    parameters = leaves_of(distribution)
    assert parameters
    inputs = [*parameters, *([value] if value.requires_grad else [])]
    slopes = torch.autograd.grad(distribution.log_prob(value).sum(), inputs, create_graph=True, allow_unused=True)
    slopes = [slope for slope in slopes if slope is not None and slope.requires_grad]
    if slopes:
        curvatures = torch.autograd.grad(sum(slope.sum() for slope in slopes), inputs, allow_unused=True)
        assert all(bool(curvature.isfinite().all()) for curvature in curvatures if curvature is not None)


def test_a_density_by_gradcheck():
    value = torch.tensor([0.3, 0.8], dtype=DOUBLE, requires_grad=True)
    a, b = number(2.0), number(3.0)
    for kind in (D.Beta, D.Kumaraswamy, D.Gamma, D.Weibull, D.Gumbel, D.LogNormal, D.FisherSnedecor, D.VonMises):
        log_prob = lambda a, b, v, kind=kind: kind(a, b, validate_args=False).log_prob(v)
        assert torch.autograd.gradcheck(log_prob, (a, b, value))
        assert torch.autograd.gradgradcheck(log_prob, (a, b, value))


# ---- divergences ----


def test_divergences_are_means_of_differences():
    torch.manual_seed(0)
    p, q = D.Gamma(number(2.0), number(3.0)), D.Gumbel(number(0.5), number(1.2))
    value = p.sample((200_000,))
    assert torch.allclose((p.log_prob(value) - q.log_prob(value)).mean(), D.kl_divergence(p, q), atol=1e-2)
    one = D.MultivariateNormal(torch.zeros(2, dtype=DOUBLE), torch.eye(2, dtype=DOUBLE))
    other = D.LowRankMultivariateNormal(
        torch.ones(3, 2, dtype=DOUBLE), torch.ones(2, 1, dtype=DOUBLE), torch.ones(2, dtype=DOUBLE)
    )
    value = one.sample((100_000, 1))
    mean = (one.log_prob(value) - other.log_prob(value)).mean(0)
    assert torch.allclose(mean, D.kl_divergence(one, other), atol=2e-2)


def test_what_lies_within_has_a_finite_divergence():
    # PyTorch says infinite.
    assert D.kl_divergence(D.ContinuousBernoulli(0.3), D.Uniform(0.0, 1.0)).isfinite()
    assert D.kl_divergence(D.Uniform(0.0, 1.0), D.ContinuousBernoulli(0.3)).isfinite()


def test_formulas_of_ones_own():
    class Mine(D.Normal):
        pass

    class Special(Mine):
        pass

    normal = D.Normal(0.0, 1.0)
    assert D.kl_divergence(Mine(1.0, 1.0), normal) == 0.5

    @D.register_kl(Mine, D.Normal)
    def _by_p(p, q):
        return 1

    @D.register_kl(D.Normal, Mine)
    def _by_q(p, q):
        return 2

    assert D.kl_divergence(Special(0.0, 1.0), normal) == 1
    assert D.kl_divergence(normal, Mine(0.0, 1.0)) == 2
    with pytest.warns(RuntimeWarning, match=r"Ambiguous kl_divergence\(Special, Special\). Please register_kl"):
        D.kl_divergence(Special(0.0, 1.0), Special(0.0, 1.0))
    with pytest.raises(TypeError, match="Expected type_q to be a Distribution subclass"):
        D.register_kl(D.Normal, int)


# ---- transforms ----

TRANSFORMS = {
    "exp": (D.ExpTransform(), (3,)),
    "power": (D.PowerTransform(torch.tensor(2.5, dtype=DOUBLE)), (3,)),
    "sigmoid": (D.SigmoidTransform(), (3,)),
    "tanh": (D.TanhTransform(), (3,)),
    "softplus": (D.SoftplusTransform(), (3,)),
    "affine": (D.AffineTransform(1.0, -2.0), (3,)),
    "affine event": (D.AffineTransform(1.0, torch.tensor([1.0, 2.0, 3.0], dtype=DOUBLE), event_dim=1), (3,)),
    "sticks": (D.StickBreakingTransform(), (3,)),
    "correlations": (D.CorrCholeskyTransform(), (6,)),
    "reshape": (D.ReshapeTransform((6,), (2, 3)), (6,)),
    "compose": (D.ComposeTransform([D.AffineTransform(0.5, 0.3), D.ExpTransform(), D.ExpTransform().inv]), (3,)),
    "mixed": (D.ComposeTransform([D.ExpTransform(), D.ExpTransform().inv, D.StickBreakingTransform()]), (3,)),
    "independent": (D.IndependentTransform(D.TanhTransform(), 1), (3,)),
    "cat": (D.CatTransform([D.ExpTransform(), D.TanhTransform()], dim=-1, lengths=[1, 2]), (3,)),
    "stack": (D.StackTransform([D.ExpTransform(), D.TanhTransform()], dim=-1), (2,)),
    "cdf": (D.CumulativeDistributionTransform(D.Normal(torch.tensor(0.0, dtype=DOUBLE), 1.0)), (3,)),
    "inverse": (D.ExpTransform().inv, (3,)),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name):
    transform, shape = TRANSFORMS[name]
    torch.manual_seed(0)
    x = torch.rand(4, *shape, dtype=DOUBLE) + 0.1
    y = transform(x)
    assert y.shape == transform.forward_shape(x.shape)
    assert x.shape == transform.inverse_shape(y.shape)
    assert torch.allclose(transform.inv(y), x)
    assert transform.inv.inv is transform
    assert transform.codomain.check(y).all()
    change = transform.log_abs_det_jacobian(x, y)
    event_dim = transform.domain.event_dim
    for i in range(4):
        jacobian = torch.autograd.functional.jacobian(transform, x[i]).reshape(-1, x[i].numel())
        if name in {"sticks", "mixed"}:
            jacobian = jacobian[:-1]  # the last share is what the others leave
        elif name == "correlations":
            jacobian = jacobian[torch.ones(4, 4, dtype=torch.bool).tril(-1).reshape(-1)]
        whole = change[i].sum() if event_dim == 0 else change[i]
        assert torch.allclose(torch.linalg.slogdet(jacobian).logabsdet, whole.sum())


def test_a_cache_gives_back_what_went_in():
    tanh = D.TanhTransform(cache_size=1)
    x = torch.tensor([30.0])
    assert tanh.inv(tanh(x)) is x
    assert D.TanhTransform().inv(D.TanhTransform()(x)).isinf()
    assert tanh.with_cache(0)._cache_size == 0
    assert pickle.loads(pickle.dumps(D.ExpTransform())) == D.ExpTransform()


def test_transforms_are_equal_by_value():
    assert D.AffineTransform(0.0, 1.0) == D.AffineTransform(0.0, 1.0)
    assert D.AffineTransform(0.0, 1.0) != D.AffineTransform(0.0, torch.tensor(2.0))
    assert D.ComposeTransform([D.ExpTransform()]) == D.ComposeTransform([D.ExpTransform()])
    assert D.ExpTransform().inv == D.ExpTransform().inv
    assert D.PowerTransform(torch.tensor(1.0)) != D.PowerTransform(torch.tensor(2.0))


CONSTRAINTS = D.constraints
REGISTERED = {
    "real": CONSTRAINTS.real,
    "positive": CONSTRAINTS.positive,
    "nonnegative": CONSTRAINTS.nonnegative,
    "above 2": CONSTRAINTS.greater_than(2.0),
    "below 2": CONSTRAINTS.less_than(2.0),
    "interval": CONSTRAINTS.interval(-1.0, 3.0),
    "unit": CONSTRAINTS.unit_interval,
    "half open": CONSTRAINTS.half_open_interval(-1.0, 3.0),
    "simplex": CONSTRAINTS.simplex,
    "correlations": CONSTRAINTS.corr_cholesky,
    "lower": CONSTRAINTS.lower_cholesky,
    "definite": CONSTRAINTS.positive_definite,
    "independent": CONSTRAINTS.independent(CONSTRAINTS.positive, 1),
    "cat": CONSTRAINTS.cat([CONSTRAINTS.positive, CONSTRAINTS.real], -1, [1, 5]),
    "stack": CONSTRAINTS.stack([CONSTRAINTS.positive] * 6, -1),
}


@pytest.mark.parametrize("name", REGISTERED)
def test_unconstrained_numbers_go_where_they_must(name):
    constraint = REGISTERED[name]
    torch.manual_seed(0)
    matrices = name in {"lower", "definite"}
    x = torch.randn(5, 3, 3, dtype=DOUBLE) if matrices else torch.randn(5, 6, dtype=DOUBLE)
    for registry in (D.transform_to, D.biject_to)[: 1 if matrices else 2]:
        y = registry(constraint)(x)
        assert constraint.check(y).all()
        assert torch.allclose(registry(constraint)(registry(constraint).inv(y)), y)


# ---- the rest ----


def test_a_flow_trains():
    torch.manual_seed(0)
    loc, scale = torch.zeros((), requires_grad=True), torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([loc, scale], lr=0.1)
    data = torch.randn(200) * 0.5 + 2
    for _ in range(150):
        flow = D.TransformedDistribution(D.Normal(0.0, 1.0), [D.AffineTransform(loc, scale.exp())])
        loss = -flow.log_prob(data).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert torch.allclose(loc, data.mean(), atol=0.05)
    assert torch.allclose(scale.exp(), data.std(), atol=0.05)


def test_validation_can_be_switched_off():
    D.Distribution.set_default_validate_args(False)
    try:
        D.Normal(0.0, -1.0)
    finally:
        D.Distribution.set_default_validate_args(True)
    D.Normal(0.0, -1.0, validate_args=False)
    with pytest.raises(ValueError, match="Expected parameter scale"):
        D.Normal(0.0, -1.0)


def test_a_subclass_with_its_own_arguments_says_how_it_expands():
    class Mine(D.Normal):
        def __init__(self, both):
            super().__init__(both, both)

    with pytest.raises(NotImplementedError, match="Subclass Mine of Normal that defines a custom __init__ method"):
        Mine(torch.ones(1)).expand((2,))


def test_a_distribution_without_support_warns():
    class Mine(D.Distribution):
        @property
        def arg_constraints(self):
            return {}

        def log_prob(self, value):
            self._validate_sample(value)
            return value

    with pytest.warns(UserWarning, match="does not define `support`"):
        Mine().log_prob(torch.ones(1))
    with pytest.raises(NotImplementedError):
        Mine().expand((2,))
    with pytest.warns(FutureWarning, match="sample_n"), pytest.raises(NotImplementedError):
        Mine().sample_n(2)


def test_lazy_values_have_gradients_whoever_asks_first():
    logits = torch.zeros(2, requires_grad=True)
    categorical = D.Categorical(logits=logits)
    with torch.no_grad():
        categorical.sample()
    assert categorical.probs.requires_grad


def test_distributions_are_loaded_when_they_are_asked_for():
    code = """
import sys, chainrule
assert not any(name.startswith("chainrule.distributions") for name in sys.modules)
chainrule.distributions.Normal(0.0, 1.0)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_they_answer_as_torchs(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import torch.distributions as D\n"
        "from torch.distributions.normal import Normal\n"
        "from torch.distributions.utils import broadcast_all\n"
        "import torch\n"
        "print(Normal is D.Normal, type(D.Normal(0.0, 1.0)), torch.distributions.kl_divergence is D.kl_divergence)\n"
    )
    ran = subprocess.run([sys.executable, "-m", "chainrule", script], check=True, capture_output=True, text=True)
    assert ran.stdout == "True <class 'torch.distributions.normal.Normal'> True\n"
