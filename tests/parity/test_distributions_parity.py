"""Every distribution gives PyTorch's numbers: densities, moments, gradients, samples of a seed, texts and errors."""

import numpy as np
import pytest

import chainrule
import chainrule.distributions as our_distributions

torch = pytest.importorskip("torch")
their_distributions = torch.distributions

RNG = np.random.RandomState(0)
BATCHES = ((), (3,), (2, 3))


def positive(*shape):
    return RNG.uniform(0.3, 4, shape)


def real(*shape):
    return RNG.normal(size=shape)


def probability(*shape):
    return RNG.uniform(0.1, 0.9, shape)


def positive_definite(*batch):
    half = RNG.normal(size=(*batch, 3, 3))
    return half @ np.swapaxes(half, -1, -2) + np.eye(3)


def lower(*batch):
    return np.linalg.cholesky(positive_definite(*batch))


def cases():
    for shape in BATCHES:
        for name in ("Normal", "Laplace", "Cauchy", "Gumbel", "LogNormal", "VonMises"):
            yield name, (real(*shape), positive(*shape)), {}
        for name in ("Gamma", "InverseGamma", "Beta", "Kumaraswamy", "FisherSnedecor", "Weibull", "Pareto"):
            yield name, (positive(*shape), positive(*shape)), {}
        for name in ("Exponential", "HalfNormal", "HalfCauchy", "Chi2", "Poisson"):
            yield name, (positive(*shape),), {}
        yield "StudentT", (positive(*shape) + 2.5, real(*shape), positive(*shape)), {}
        yield "Uniform", (-positive(*shape), positive(*shape)), {}
        yield "Dirichlet", (positive(*shape, 4),), {}
        yield "LogisticNormal", (real(*shape, 3), positive(*shape, 3)), {}
        yield "LowRankMultivariateNormal", (real(*shape, 3), real(*shape, 3, 2), positive(*shape, 3)), {}
        yield "LKJCholesky", (3, positive(*shape)), {}
        for of_two in ({"probs": probability(*shape)}, {"logits": real(*shape)}):
            for name in ("Bernoulli", "Geometric", "ContinuousBernoulli"):
                yield name, (), of_two
            yield "Binomial", (5,), of_two
            yield "NegativeBinomial", (positive(*shape),), of_two
            yield "RelaxedBernoulli", (np.array(0.7),), of_two
        for of_many in ({"probs": probability(*shape, 4)}, {"logits": real(*shape, 4)}):
            for name in ("Categorical", "OneHotCategorical", "OneHotCategoricalStraightThrough"):
                yield name, (), of_many
            yield "Multinomial", (6,), of_many
            yield "RelaxedOneHotCategorical", (np.array(0.7),), of_many
        for form, matrix in (
            ("covariance_matrix", positive_definite(*shape)),
            ("precision_matrix", positive_definite(*shape)),
            ("scale_tril", lower(*shape)),
        ):
            yield "MultivariateNormal", (real(*shape, 3),), {form: matrix}
            yield "Wishart", (positive(*shape) + 4,), {form: matrix}


CASES = list(cases())
IDS = [f"{name}-{'-'.join(named)}-{i}" for i, (name, _, named) in enumerate(CASES)]

# PyTorch's gradients of gamma numbers are an approximation, good for three digits.
IMPLICIT = {"Gamma", "Beta", "Dirichlet", "Chi2", "StudentT", "FisherSnedecor", "InverseGamma"}
# What draws from the exponential distribution (see random_stream.py); Wishart's, which PyTorch draws until none seems
# singular; and LKJCholesky, of which PyTorch's correlations do not have the distribution.
OTHER_STREAM = {"Exponential", "Weibull", "Pareto", "Wishart", "LKJCholesky"}


def made(t, distributions, case):
    def argument(value):
        if isinstance(value, int):
            return value
        return t.tensor(value.tolist(), dtype=t.float64, requires_grad=True)

    name, args, named = case
    args = [argument(arg) for arg in args]
    named = {key: argument(value) for key, value in named.items()}
    parameters = [value for value in (*args, *named.values()) if not isinstance(value, int)]
    return getattr(distributions, name)(*args, **named), parameters


def outcome(compute, t, *args):
    try:
        return compute(t, *args)
    except NotImplementedError:
        return "NotImplementedError"
    except Exception as error:  # noqa: BLE001 (whatever it is, it must be the same)
        return type(error).__name__, text_of(error)


def text_of(value):
    # A dtype's name is as long as its module's, so lines are broken elsewhere.
    return " ".join(str(value).replace("chainrule.", "torch.").split())


def agree(ours, theirs, tolerance):
    assert (tuple(ours.shape), str(ours.dtype).split(".")[1]) == (tuple(theirs.shape), str(theirs.dtype).split(".")[1])
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


def gradients(t, result, parameters):
    weights = t.tensor(np.cos(np.arange(result.numel())).reshape(result.shape).tolist(), dtype=t.float64)
    found = t.autograd.grad((result * weights).sum(), parameters, allow_unused=True, retain_graph=True)
    return [t.zeros_like(p) if g is None else g for g, p in zip(found, parameters, strict=True)]


def compare(case, compute, tolerance=1e-6, with_gradients=True):
    ours, our_parameters = made(chainrule, our_distributions, case)
    theirs, their_parameters = made(torch, their_distributions, case)
    found, expected = outcome(compute, chainrule, ours), outcome(compute, torch, theirs)
    if not isinstance(expected, torch.Tensor):
        assert found == expected
        return
    agree(found, expected, tolerance)
    assert found.requires_grad == expected.requires_grad
    if not (with_gradients and expected.requires_grad):
        return
    try:
        wanted = gradients(torch, expected, their_parameters)
    except NotImplementedError:
        return  # here PyTorch has none
    had = gradients(chainrule, found, our_parameters)
    if "scale_tril" in case[2]:
        had[-1], wanted[-1] = had[-1].tril(), wanted[-1].tril()  # PyTorch's may say something of what is not read
    for one, other in zip(had, wanted, strict=True):
        if bool(other.isfinite().all()):
            agree(one, other, tolerance)


def value_for(case, draws=4):
    theirs, _ = made(torch, their_distributions, case)
    torch.manual_seed(5)
    return theirs.sample((draws,)).numpy()


def as_value(t, array):
    return t.tensor(array.tolist(), dtype=getattr(t, str(array.dtype)))


@pytest.mark.filterwarnings("ignore:Singular sample detected")  # so PyTorch says of samples that are not
@pytest.mark.parametrize("case", CASES, ids=IDS)
class TestEveryDistribution:
    @pytest.mark.parametrize("moment", ["mean", "mode", "variance", "stddev"])
    def test_moments(self, case, moment):
        if (case[0], moment) == ("Kumaraswamy", "mode"):
            pytest.skip("PyTorch's is NaN everywhere")
        compare(case, lambda t, d: getattr(d, moment))

    def test_entropy(self, case):
        compare(case, lambda t, d: d.entropy(), tolerance=1e-5)
        compare(case, lambda t, d: d.perplexity(), tolerance=1e-5)

    def test_log_prob(self, case):
        array = value_for(case)
        compare(case, lambda t, d: d.log_prob(as_value(t, array)))
        compare(case, lambda t, d: d.expand((2, *d.batch_shape)).log_prob(as_value(t, array[:2])))

    def test_cdf_and_its_inverse(self, case):
        array = value_for(case)
        compare(case, lambda t, d: d.cdf(as_value(t, array)))
        compare(case, lambda t, d: d.icdf(t.tensor([[0.3], [0.6]], dtype=t.float64)))

    def test_samples_of_a_seed(self, case):
        def drawn(t, d):
            t.manual_seed(5)
            return d.sample((4,))

        def drawn_as_function(t, d):
            t.manual_seed(5)
            return d.rsample((4,))

        if case[0] in OTHER_STREAM:
            pytest.skip("drawn in another way: test_distributions.py")
        compare(case, drawn)
        compare(case, lambda t, d: drawn(t, d.expand((2, *d.batch_shape))))
        if getattr(our_distributions, case[0]).has_rsample:
            compare(case, drawn_as_function, tolerance=3e-3 if case[0] in IMPLICIT else 1e-6)

    def test_values_listed(self, case):
        compare(case, lambda t, d: d.enumerate_support())
        compare(case, lambda t, d: d.enumerate_support(expand=False))

    def test_what_it_says_of_itself(self, case):
        for attribute in ("batch_shape", "event_shape", "support", "has_rsample", "has_enumerate_support"):
            compare(case, lambda t, d, name=attribute: text_of(getattr(d, name)))
        compare(case, lambda t, d: text_of(d))
        compare(case, lambda t, d: text_of(d.expand((2, *d.batch_shape))))

    def test_values_it_refuses(self, case):
        shape = (7, 5, 7)
        compare(case, lambda t, d: d.log_prob(t.full((*d.batch_shape, *d.event_shape), float("nan"), dtype=t.float64)))
        compare(case, lambda t, d: text_of(d.log_prob(t.ones(shape, dtype=t.float64)).shape))
        compare(case, lambda t, d: text_of(d.log_prob(1.0)))


def pairs():
    from torch.distributions.kl import _KL_REGISTRY

    by_name = {}
    for case in CASES:
        by_name.setdefault(case[0], []).append(case)
    for shape in BATCHES:
        inside = ("Uniform", (0.3 * probability(*shape), 0.5 + 0.3 * probability(*shape)), {})
        by_name["Uniform"].append(inside)
    for p, q in sorted((p.__name__, q.__name__) for p, q in _KL_REGISTRY):
        if p in by_name and q in by_name:
            yield p, q, [(a, b) for a in by_name[p] for b in by_name[q]]


PAIRS = list(pairs())


@pytest.mark.parametrize(("p", "q", "both"), PAIRS, ids=[f"{p}-{q}" for p, q, _ in PAIRS])
def test_divergences(p, q, both):
    compared = 0
    for case_p, case_q in both:
        their_p, their_parameters = made(torch, their_distributions, case_p)
        their_q, more = made(torch, their_distributions, case_q)
        try:
            expected = torch.distributions.kl_divergence(their_p, their_q)
        except (RuntimeError, IndexError):
            continue  # some of PyTorch's do not broadcast; and some have no formula
        our_p, our_parameters = made(chainrule, our_distributions, case_p)
        our_q, our_more = made(chainrule, our_distributions, case_q)
        found = our_distributions.kl_divergence(our_p, our_q)
        agree(found, expected, 1e-5)
        compared += 1
        if expected.requires_grad and bool(expected.isfinite().all()):
            wanted = gradients(torch, expected, [*their_parameters, *more])
            for one, other in zip(gradients(chainrule, found, [*our_parameters, *our_more]), wanted, strict=True):
                agree(one, other, 1e-5)
    assert compared or (p, q) == ("Poisson", "Binomial")


def test_there_is_a_formula_for_every_pair_of_pytorchs():
    from torch.distributions.kl import _KL_REGISTRY as THEIRS

    from chainrule.distributions.kl import _KL_REGISTRY as OURS

    def names(registry):
        return {(p.__name__, q.__name__) for p, q in registry}

    assert names(OURS) >= names(THEIRS)


def test_every_name_is_there():
    assert set(their_distributions.__all__) <= set(our_distributions.__all__)
    assert set(their_distributions.constraints.__all__) <= set(our_distributions.constraints.__all__)
    assert set(their_distributions.transforms.__all__) <= set(our_distributions.transforms.__all__)
    assert set(their_distributions.utils.__all__) <= set(our_distributions.utils.__all__)


WRONG = {
    "both": lambda t, D: D.Bernoulli(probs=0.5, logits=0.0),
    "none": lambda t, D: D.Categorical(),
    "scalar": lambda t, D: D.Categorical(t.tensor(1.0)),
    "logits": lambda t, D: D.Categorical(logits=t.tensor(1.0)),
    "scale": lambda t, D: D.Normal(t.zeros(2), t.tensor([1.0, -1.0])),
    "one scale": lambda t, D: D.Normal(0.0, -1.0),
    "nan": lambda t, D: D.Normal(float("nan"), 1.0),
    "simplex": lambda t, D: D.Categorical(t.tensor([-1.0, 2.0])),
    "geometric": lambda t, D: D.Geometric(t.tensor([0.0, 0.5])),
    "bounds": lambda t, D: D.Uniform(1.0, 0.0),
    "covariance": lambda t, D: D.MultivariateNormal(t.zeros(2), -t.eye(2)),
    "two forms": lambda t, D: D.MultivariateNormal(t.zeros(2), t.eye(2), t.eye(2)),
    "flat loc": lambda t, D: D.MultivariateNormal(t.tensor(0.0), t.eye(2)),
    "flat matrix": lambda t, D: D.MultivariateNormal(t.zeros(2), t.ones(2)),
    "flat factor": lambda t, D: D.MultivariateNormal(t.zeros(2), scale_tril=t.ones(2)),
    "low rank": lambda t, D: D.LowRankMultivariateNormal(t.zeros(3), t.ones(2, 1), t.ones(3)),
    "low rank diagonal": lambda t, D: D.LowRankMultivariateNormal(t.zeros(3), t.ones(3, 1), t.ones(2)),
    "dirichlet": lambda t, D: D.Dirichlet(t.tensor(1.0)),
    "dimension": lambda t, D: D.LKJCholesky(1),
    "counts": lambda t, D: D.Multinomial(t.tensor([1, 2]), t.ones(2, 2)),
    "number": lambda t, D: D.Normal("a", 1.0),
    "independent": lambda t, D: D.Independent(D.Normal(0.0, 1.0), 1),
    "mixture": lambda t, D: D.MixtureSameFamily(D.Normal(0.0, 1.0), D.Normal(t.zeros(2), 1.0)),
    "component": lambda t, D: D.MixtureSameFamily(D.Categorical(t.ones(2)), 1),
    "components": lambda t, D: D.MixtureSameFamily(D.Categorical(t.ones(3)), D.Normal(t.zeros(2), 1.0)),
    "transforms": lambda t, D: D.TransformedDistribution(D.Normal(0.0, 1.0), 1),
    "transform": lambda t, D: D.TransformedDistribution(D.Normal(0.0, 1.0), [1]),
    "shape": lambda t, D: D.TransformedDistribution(D.Normal(0.0, 1.0), D.StickBreakingTransform()),
    "no formula": lambda t, D: D.kl_divergence(D.Gumbel(0.0, 1.0), D.Laplace(0.0, 1.0)),
    "event shapes": lambda t, D: D.kl_divergence(
        D.MultivariateNormal(t.zeros(2), t.eye(2)), D.MultivariateNormal(t.zeros(3), t.eye(3))
    ),
    "constraint": lambda t, D: D.biject_to(D.constraints.positive_definite),
    "register": lambda t, D: D.biject_to.register(1, abs),
    "reshape": lambda t, D: D.ReshapeTransform((2,), (3,)),
    "cache": lambda t, D: D.ExpTransform(cache_size=2),
    "correlations": lambda t, D: D.CorrCholeskyTransform().forward_shape((4,)),
    "cat": lambda t, D: D.CatTransform([D.ExpTransform()], lengths=[1, 2]),
    "cat length": lambda t, D: D.CatTransform([D.ExpTransform()])(t.ones(3)),
    "stack length": lambda t, D: D.StackTransform([D.ExpTransform()])(t.ones(3)),
    "diagonal": lambda t, D: D.utils.tril_matrix_to_vec(t.ones(2, 2), 3),
    "triangle": lambda t, D: D.utils.vec_to_tril_matrix(t.ones(5)),
    "dependent": lambda t, D: D.Uniform.support.check(t.ones(1)),
    "validation": lambda t, D: D.Poisson(1.0).log_prob(t.tensor(0.5)),
    "support": lambda t, D: D.Categorical(t.ones(2)).log_prob(t.tensor(2)),
}


@pytest.mark.parametrize("what", WRONG)
def test_errors(what):
    with pytest.raises(Exception) as theirs:  # noqa: PT011 (whatever it is)
        WRONG[what](torch, their_distributions)
    with pytest.raises(Exception) as ours:  # noqa: PT011
        WRONG[what](chainrule, our_distributions)
    assert ours.type is theirs.type
    assert text_of(ours.value) == text_of(theirs.value)


MIXTURES = {
    "numbers": lambda t, D: D.MixtureSameFamily(
        D.Categorical(t.tensor([1.0, 3.0])), D.Normal(t.tensor([0.0, 4.0]), 1.0)
    ),
    "batch": lambda t, D: D.MixtureSameFamily(D.Categorical(t.ones(3, 2)), D.Gamma(t.ones(3, 2), 2 * t.ones(3, 2))),
    "vectors": lambda t, D: D.MixtureSameFamily(
        D.Categorical(t.ones(2)), D.Independent(D.Normal(t.arange(6.0).reshape(2, 3), 1.0), 1)
    ),
    "matrices": lambda t, D: D.MixtureSameFamily(
        D.Categorical(t.ones(4, 2)), D.MultivariateNormal(t.zeros(4, 2, 3), t.eye(3))
    ),
    "independent": lambda t, D: D.Independent(D.Normal(t.zeros(2, 3), t.ones(3)), 1),
    "transformed": lambda t, D: D.TransformedDistribution(
        D.Normal(t.zeros(3), 1.0), [D.ExpTransform(), D.AffineTransform(1.0, -2.0)]
    ),
    "shares": lambda t, D: D.TransformedDistribution(D.Normal(t.zeros(3), 1.0), [D.StickBreakingTransform()]),
    "flow": lambda t, D: D.TransformedDistribution(
        D.Independent(D.Normal(t.zeros(2, 3), 1.0), 1), [D.TanhTransform(cache_size=1), D.AffineTransform(0.5, 2.0)]
    ),
}


@pytest.mark.parametrize("what", MIXTURES)
def test_distributions_made_of_others(what):
    ours, theirs = MIXTURES[what](chainrule, our_distributions), MIXTURES[what](torch, their_distributions)
    assert (tuple(ours.batch_shape), tuple(ours.event_shape)) == (tuple(theirs.batch_shape), tuple(theirs.event_shape))
    for method in (
        lambda t, d: text_of(d),
        lambda t, d: text_of(d.support),
        lambda t, d: (t.manual_seed(3), d.sample((5,)))[1],
        lambda t, d: (t.manual_seed(3), d.log_prob(d.sample((5,))))[1],
        lambda t, d: (t.manual_seed(3), d.cdf(d.sample((5,))))[1],
        lambda t, d: d.mean,
        lambda t, d: d.variance,
        lambda t, d: (t.manual_seed(3), d.expand((2, *d.batch_shape)).sample((5,)))[1],
    ):
        found, expected = outcome(method, chainrule, ours), outcome(method, torch, theirs)
        if isinstance(expected, torch.Tensor):
            agree(found, expected, 2e-5)
        else:
            assert found == expected
