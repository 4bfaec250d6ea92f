"""Derivatives of high order and Laplacians, beside the same by PyTorch's nested transforms."""

from itertools import pairwise

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

SIZES = (6, 16, 16, 1)

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script. is deprecated:DeprecationWarning")


def test_the_tenth_derivative_of_tanh_of_tanh():
    x = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    y = torch.tanh(torch.tanh(x))
    for order in range(10):
        (y,) = torch.autograd.grad(y, x, create_graph=order < 9)
    tenth = chainrule.func.derivative(lambda x: chainrule.tanh(chainrule.tanh(x)), 10)
    found = tenth(chainrule.tensor(0.3, dtype=chainrule.float64))
    assert found.item() == pytest.approx(y.item(), rel=1e-10)


@pytest.mark.parametrize("activation", ["tanh", "sin", "sigmoid", "exp", "erf"])
def test_laplacians_of_a_network(activation):
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(n, m)) / n for n, m in pairwise(SIZES)]
    points = rng.normal(size=(5, SIZES[0]))

    def network(library):
        def function(x):
            for weight in weights[:-1]:
                x = getattr(library, activation)(x @ library.from_numpy(weight))
            return (x @ library.from_numpy(weights[-1]))[..., 0]

        return function

    theirs = torch.func.vmap(torch.func.hessian(network(torch)))(torch.from_numpy(points))
    x = chainrule.from_numpy(points)
    diagonal = chainrule.func.hessian_diag(network(chainrule), batch_dims=1)(x)
    np.testing.assert_allclose(diagonal, torch.diagonal(theirs, dim1=-2, dim2=-1).numpy(), rtol=1e-9, atol=1e-12)
    laplacian = chainrule.func.laplacian(network(chainrule), batch_dims=1)(x)
    np.testing.assert_allclose(laplacian, torch.einsum("...ii->...", theirs).numpy(), rtol=1e-9, atol=1e-12)
