"""poisson and binomial: their distributions, their streams, and what they refuse. See also parity/."""

import itertools
import re

import numpy as np
import pytest
import scipy.stats

import chainrule as torch


def goodness_of_fit(drawn, distribution):
    # The probability that numbers of this distribution differ from it as much as these.
    values = np.arange(int(distribution.ppf(1e-3)), int(distribution.ppf(1 - 1e-3)) + 1)
    edges = [-np.inf, *values[:-1], np.inf]
    expected = np.diff(distribution.cdf(edges)) * drawn.size
    counted = np.array([((drawn > a) & (drawn <= b)).sum() for a, b in itertools.pairwise(edges)])
    return scipy.stats.chisquare(counted, expected).pvalue


@pytest.mark.parametrize("rate", [0.3, 4.0, 9.9, 10.0, 60.0])
def test_poisson_is_the_distribution(rate):
    torch.manual_seed(1)
    drawn = torch.poisson(torch.full((20_000,), rate, dtype=torch.float64)).numpy()
    assert goodness_of_fit(drawn, scipy.stats.poisson(rate)) > 1e-3


@pytest.mark.parametrize(("count", "p"), [(5, 0.3), (20, 0.9), (60, 0.5), (100, 0.2), (400, 0.7)])
def test_binomial_is_the_distribution(count, p):
    torch.manual_seed(2)
    drawn = torch.binomial(torch.full((20_000,), float(count)), torch.tensor(p)).numpy()
    assert goodness_of_fit(drawn, scipy.stats.binom(count, p)) > 1e-3


def test_the_ends():
    assert torch.poisson(torch.tensor([0.0, -0.0])).tolist() == [0, 0]
    assert torch.binomial(torch.tensor([0.0, 7.0, 7.0, -1.0]), torch.tensor([0.5, 0.0, 1.0, 0.5])).tolist() == [
        0,
        0,
        7,
        0,
    ]
    drawn = torch.binomial(torch.tensor([4.0]), torch.tensor([float("nan")]))
    assert drawn.isnan().all()
    assert torch.poisson(torch.tensor([float("inf")])).isnan().all()


def test_a_generator_of_their_own_leaves_the_default_one_alone():
    state = torch.get_rng_state()
    g = torch.Generator().manual_seed(5)
    first = torch.poisson(torch.full((40,), 20.0), generator=g)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(torch.poisson(torch.full((40,), 20.0), generator=g.manual_seed(5)), first)


def test_numbers_not_used_are_given_back():
    torch.manual_seed(0)
    torch.poisson(torch.zeros(10))  # draws nothing
    first = torch.rand(4)
    torch.manual_seed(0)
    assert torch.equal(first, torch.rand(4))


def test_the_gradient_of_a_count_is_zero():
    rates = torch.ones(3, requires_grad=True)
    torch.poisson(rates).sum().backward()
    assert rates.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: torch.poisson(torch.tensor([-1.0])),
            RuntimeError,
            "invalid Poisson rate, expected rate to be non-neg",
        ),
        (lambda: torch.poisson(torch.tensor([1])), NotImplementedError, "\"poisson_cpu\" not implemented for 'Long'"),
        (
            lambda: torch.binomial(torch.tensor([1]), torch.tensor([0.5])),
            ValueError,
            "binomial only supports floating-point dtypes for count, got: Long",
        ),
        (
            lambda: torch.binomial(torch.tensor([1.0]), torch.tensor([0.5], dtype=torch.float64)),
            RuntimeError,
            "Found dtype Double but expected Float",
        ),
    ],
)
def test_what_they_refuse(call, error, message):
    state = torch.get_rng_state()
    with pytest.raises(error, match=re.escape(message)):
        call()
    assert torch.equal(torch.get_rng_state(), state)
