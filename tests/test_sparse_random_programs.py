"""Random programs: their sparse Jacobians and Hessians are the dense ones, at several points."""

import numpy as np
import pytest

import chainrule as torch

PROGRAMS = 150
POINTS = 2

functional = torch.autograd.functional


def pairs(a):
    """As many elements as make pairs, in two columns."""
    return a[: len(a) // 2 * 2].reshape(-1, 2)


def written(a, b):
    result = (torch.zeros(len(a), dtype=torch.float64) + b[0]).clone()
    result[1:] = a[1:] ** 2
    result[::2] *= 2
    return result


def convolved(a):
    return torch.nn.functional.conv1d(a[None, None], torch.tensor([[[1.0, 0, -1]]], dtype=torch.float64), padding=1)


# Each takes two vectors and a generator; vectors that are to be of one length are cut by `run`.
STEPS = [
    lambda a, b, rng: a * b,
    lambda a, b, rng: torch.maximum(a, b),
    lambda a, b, rng: torch.where(a > 0, a, b**2),
    lambda a, b, rng: torch.cat([a[:8], b[:8].sin()]),
    lambda a, b, rng: torch.outer(a[:3], b[:3]),
    lambda a, b, rng: a.tanh() + b.sum() / 10,
    lambda a, b, rng: written(a, b),
    lambda a, b, rng: a.flip(0),
    lambda a, b, rng: a[torch.tensor(rng.integers(0, len(a), 5))],
    lambda a, b, rng: a[::2],
    lambda a, b, rng: torch.roll(a, 2),
    lambda a, b, rng: a[:6].cumsum(0),
    lambda a, b, rng: a.sort().values,
    lambda a, b, rng: (pairs(a) ** 2).sum(1),
    lambda a, b, rng: torch.softmax(pairs(a), 1),
    lambda a, b, rng: pairs(a).T @ pairs(a),
    lambda a, b, rng: convolved(a),
    lambda a, b, rng: a[:, None].expand(-1, 2),
    lambda a, b, rng: np.diff(a, prepend=0.5),
    lambda a, b, rng: torch.stack([a, a.exp() / 9], 1),
]


def program(seed):
    """A function of a vector, made of a few of the steps; which ones, and of what, is the same at each call."""

    def run(x):
        rng = np.random.default_rng(seed)
        vectors = [x]
        for _ in range(rng.integers(2, 9)):
            a, b = (vectors[rng.integers(len(vectors))] for _ in range(2))
            size = min(len(a), len(b), 16)
            made = STEPS[rng.integers(len(STEPS))](a[:size], b[:size], rng).reshape(-1)
            if len(made):
                vectors.append(made)
        return vectors[-1]

    return run


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_sparse_derivatives_are_the_dense_ones(seed):
    f = program(seed)

    def scalar(x):
        return (f(x) ** 2).sum()

    jacobian, hessian = torch.func.sparse_jacobian(f), torch.func.sparse_hessian(scalar)
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 9))
    for _ in range(POINTS):
        x = torch.tensor(rng.uniform(-1, 1, size))
        first, second = jacobian(x).toarray(), hessian(x).toarray()
        np.testing.assert_allclose(first, functional.jacobian(f, x)._array, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(second, functional.hessian(scalar, x)._array, rtol=1e-8, atol=1e-8)
