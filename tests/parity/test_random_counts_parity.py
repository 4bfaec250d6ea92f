"""poisson and binomial give PyTorch's numbers for a seed, and leave its stream where PyTorch does."""

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(3)
RATES = RNG.uniform(0, 60, 400)
COUNTS = RNG.integers(0, 200, 400).astype(float)
PROBABILITIES = RNG.uniform(0, 1, 400)


def drawn(t, seed, dtype):
    t.manual_seed(seed)
    rates, counts, probabilities = (
        t.tensor(a.tolist(), dtype=getattr(t, dtype)) for a in (RATES, COUNTS, PROBABILITIES)
    )
    generator = t.Generator().manual_seed(seed)
    return [
        result.numpy()
        for result in (
            t.poisson(rates),
            t.binomial(counts, probabilities),
            t.rand(3),
            t.poisson(t.tensor([1e8, 1e-9, 0.0])),
            t.poisson(rates.reshape(20, 20).t(), generator=generator),
            t.binomial(counts[:300].reshape(3, 100).contiguous(), probabilities[0], generator=generator),
            t.randn(5, generator=generator),
            t.randn(5),
        )
    ]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(5))
def test_the_numbers_of_a_seed(seed, dtype):
    for ours, theirs in zip(drawn(chainrule, seed, dtype), drawn(torch, seed, dtype), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
