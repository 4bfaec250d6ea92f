"""Transforms of transforms of transforms, drawn at random: what comes out is held to finite differences.

Each draw is a function from three numbers to three and a nest of transforms around it, each of which makes such a
function again. The derivative of the whole, forwards and backwards, must be what finite differences of its values say.
"""

import random

import numpy as np
import pytest

import chainrule as torch
from chainrule.func import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap

DRAWS = 120

RNG = np.random.default_rng(7)
W, C, U, V, B = (torch.tensor(RNG.normal(size=shape) * 0.7) for shape in ((3, 3), 3, 3, 3, (2, 3)))
EYE = torch.eye(3, dtype=torch.float64)

FUNCTIONS = {
    "matrix": lambda x: (W @ x).tanh() * x,
    "product": lambda x: x.sin() * x.flip(0) + C * x.prod(),
    "joined": lambda x: torch.cat([x[1:] * x[:-1], x.sum().reshape(1)]),
    "softmax": lambda x: x.softmax(0) * C + x.exp().cumsum(0),
    "outer": lambda x: (x.outer(x) @ C) / (1 + (x * x).sum()),
    "solve": lambda x: torch.linalg.solve(W + 4 * EYE + torch.diag(x), C),
    "where": lambda x: torch.where(x > 0.1, x**3, x.cos()) + (x * x + 0.1).norm(),
    "reductions": lambda x: torch.stack([x.amax(), x.logsumexp(0), (x * x).mean()]),
    "einsum": lambda x: torch.einsum("i,ij,j->j", x, W, x),
    "in place": lambda x: x.clone().mul_(x).add_(C * x),
    "norm": lambda x: torch.nn.functional.layer_norm(x * C, (3,), eps=0.5) + x.var(),
    "convolution": lambda x: torch.nn.functional.conv1d(x.reshape(1, 1, 3), W[:1].reshape(1, 1, 3), padding=1).reshape(
        3
    ),
}

TRANSFORMS = {
    "grad": lambda f: grad(lambda x: (f(x) * U).sum()),
    "grad beside a captured tensor": lambda f: lambda x: grad(lambda y: (f(y) * f(x)).sum())(V * x),
    "grad_and_value": lambda f: lambda x: sum(grad_and_value(lambda y: (f(y) * U).sum())(x), start=x),
    "jvp": lambda f: lambda x: jvp(f, (x,), (V,))[1],
    "jvp in a direction that depends": lambda f: lambda x: jvp(f, (x,), (x * U,))[1],
    "vjp": lambda f: lambda x: vjp(f, x)[1](U)[0],
    "vjp of what depends": lambda f: lambda x: vjp(f, x)[1](x * x)[0] + vjp(f, x)[0],
    "linearize": lambda f: lambda x: linearize(f, x)[1](x * V),
    "jacrev": lambda f: lambda x: jacrev(f)(x) @ V,
    "jacrev in chunks": lambda f: lambda x: jacrev(f, chunk_size=2)(x).sum(0),
    "jacfwd": lambda f: lambda x: jacfwd(f)(x) @ x,
    "hessian": lambda f: lambda x: hessian(lambda y: (f(y) * U).sum())(x) @ V,
    "vmap over a constant": lambda f: lambda x: vmap(lambda b: f(x * b))(B).sum(0),
    "vmap": lambda f: lambda x: vmap(f)(torch.stack([x, x * V]))[1],
    "vmap along columns": lambda f: (
        lambda x: vmap(lambda a, b: f(a) * b, in_dims=(1, None), out_dims=1)(torch.stack([x, U * x], 1), x)[:, 0]
    ),
    "vmap in chunks": lambda f: lambda x: vmap(lambda b: f(b) + x, chunk_size=1)(torch.stack([x, V * x])).sum(0),
    "vmap of a pullback": lambda f: lambda x: vmap(vjp(f, x)[1])(torch.stack([x, U]))[0].sum(0),
}


def drawn(seed):
    choose = random.Random(seed)
    nest = [choose.choice(sorted(TRANSFORMS)) for _ in range(choose.choice((1, 2, 2)))]
    return choose.choice(sorted(FUNCTIONS)), nest


@pytest.mark.parametrize("seed", range(DRAWS))
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_a_nest_of_transforms_has_the_derivative_of_its_values(seed):
    name, nest = drawn(seed)
    f = FUNCTIONS[name]
    for transform in nest:
        f = TRANSFORMS[transform](f)
    x = torch.tensor(np.random.default_rng(seed).normal(size=3) * 0.8)
    step = 1e-5
    columns = [(f(x + step * unit) - f(x - step * unit)) / (2 * step) for unit in EYE]
    expected = torch.stack(columns, 1)
    tolerance = 1e-5 * max(1.0, expected.abs().max().item())
    described = f"{name} within {nest}"

    def same(found, expected):
        return bool(torch.allclose(found, expected, rtol=1e-4, atol=tolerance))

    assert same(jvp(f, (x,), (V,))[1], expected @ V), described
    assert same(vjp(f, x)[1](U)[0], U @ expected), described
    y = x.clone().requires_grad_()
    ((f(y) * U).sum() + 0 * y.sum()).backward()  # some are constant
    assert same(y.grad, U @ expected), described
    assert not f(x).requires_grad, described
