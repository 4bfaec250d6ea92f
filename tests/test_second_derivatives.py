"""Laplacians and diagonals of Hessians, beside those of Hessians worked out in full."""

import numpy as np
import pytest

import chainrule as torch
import high_order
from chainrule.engine.second_order import SecondOrderLevel
from chainrule.func import forward_laplacian, grad, hessian, hessian_diag, jacfwd, jacrev, jvp, laplacian, vmap

F = torch.nn.functional
COUNT = 5
RNG = np.random.default_rng(0)


def drawn(*shape):
    return torch.tensor(RNG.normal(size=shape))


FIRST, MIDDLE, SECOND, BIAS = drawn(6, COUNT), drawn(6, 6), drawn(3, 6), drawn(6)
POINT, BATCH = drawn(COUNT), drawn(3, COUNT)


def matrix_of(x):
    return x[..., :, None] * x[..., None, :] + torch.eye(COUNT, dtype=torch.float64) * (2 + x[..., None, :1])


class Cube(torch.autograd.Function):
    """A custom function with a backward and nothing else."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 3 * x * x * gradient


def changed_in_place(x):
    y = x[..., :3] * 0
    y[..., 1].copy_(x[..., 0])
    part = y[..., 1:]
    part.mul_(x[..., 1:3])
    whole = y.view(*x.shape[:-1], 3, 1)
    y.sin_()
    y[..., 2] = x[..., 3] ** 2
    return (whole[..., 0].sum(-1) + part.sum(-1)) * x[..., 4]


# Of vectors, and of batches of these: what they give has the batch's dimension in front.
FUNCTIONS = {
    "linear": lambda x: (2 * x - 1).sum(-1),
    "constant": lambda x: torch.ones(x.shape[:-1], dtype=torch.float64) * 3,
    "product": lambda x: x.prod(-1),
    "quotient": lambda x: x[..., 0] / (1 + x[..., 1] ** 2),
    "powers": lambda x: (1 + x[..., 0] ** 2) ** x[..., 1] + torch.atan2(x[..., 2], 2 + x[..., 3] ** 2),
    "network": lambda x: F.linear(torch.tanh(F.linear(torch.sin(F.linear(x, FIRST, BIAS)), MIDDLE)), SECOND),
    "gelu and silu": lambda x: F.silu(F.gelu(x @ FIRST.T)) @ SECOND.T,
    "softmax": lambda x: torch.softmax(F.linear(x, FIRST, BIAS) * x[..., :1], -1),
    "logsumexp": lambda x: torch.logsumexp(x * x[..., 1:2], -1),
    "layer norm": lambda x: F.layer_norm(x * x, (COUNT,)),
    "distances": lambda x: torch.linalg.vector_norm(x[..., :, None] - x[..., None, :] + 3, dim=-1).log(),
    "matrices": lambda x: (matrix_of(x) @ matrix_of(x)).sum((-2, -1)) + (matrix_of(x) @ x[..., None])[..., 0, 0],
    "inner products": lambda x: torch.einsum("...i,...i,...->...", x, x * x, x[..., 0]),
    "slogdet": lambda x: torch.linalg.slogdet(matrix_of(x))[1],
    "inverse": lambda x: torch.linalg.inv(matrix_of(x))[..., 0, :],
    "sorted": lambda x: torch.sort(x, -1)[0] ** 2 * x.max(-1, keepdim=True)[0],
    "convolution": lambda x: F.conv1d(x.view(-1, 1, COUNT), FIRST[:2, None, :3]).exp().view(*x.shape[:-1], -1),
    "broadcast": lambda x: (x[..., :, None] * x[..., None, :2]).sin().mean(-1),
    "joined": lambda x: torch.cat([x, x.sin()], -1) * torch.stack([x, x * x], -1).flatten(-2),
    "custom function": lambda x: torch.sin(Cube.apply(torch.exp(x / 3))),
    "changes in place": lambda x: changed_in_place(x),
    "gradient within": lambda x: grad(lambda y: (torch.sin(y) * x * y).sum())(x * x),
    "jvp within": lambda x: jvp(lambda y: torch.tanh(y) * x, (x * x,), (torch.sin(x),))[1],
}


def by_hessian(function, x):
    """The value, the Jacobian, the diagonal of the Hessian and its trace."""
    full = jacrev(jacrev(function))(x)
    diagonal = torch.diagonal(full, 0, -2, -1)
    return function(x), jacrev(function)(x), diagonal, diagonal.sum(-1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_second_derivatives_are_those_of_the_hessian(name):
    function = FUNCTIONS[name]
    value, jacobian, diagonal, trace = by_hessian(function, POINT)
    found = forward_laplacian(function)(POINT)
    for ours, theirs in (
        (found.value, value),
        (found.jacobian, jacobian),
        (found.laplacian, trace),
        (laplacian(function)(POINT), trace),
        (hessian_diag(function)(POINT), diagonal),
    ):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_batches_are_entries_one_after_another(name):
    function = FUNCTIONS[name]
    entries = [by_hessian(function, x) for x in BATCH]
    value, jacobian, diagonal, trace = (torch.stack(list(each)) for each in zip(*entries, strict=True))
    found = forward_laplacian(function, batch_dims=1)(BATCH)
    pairs = [
        (found.value, value),
        (found.jacobian, jacobian),
        (found.laplacian, trace),
        (hessian_diag(function, batch_dims=1)(BATCH), diagonal),
    ]
    if name == "changes in place":
        with pytest.raises(RuntimeError, match="do not follow a change in place through a view"):
            vmap(laplacian(function))(BATCH)
    else:
        pairs.append((vmap(laplacian(function))(BATCH), trace))
    for ours, theirs in pairs:
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_the_ways_of_the_benchmark_agree():
    ways = {name: way for name, way in high_order.laplacian(np, 2).items() if name.startswith("chainrule")}
    assert len(ways) == 4
    assert list(high_order.in_agreement(np, ways)) == []


def test_several_arguments_and_containers():
    def function(tree, y, factor):
        return {"a": (tree["x"] ** 3).sum() * y[0] ** 2 * factor, "b": tree["x"] * y}

    tree, y = {"x": torch.tensor([1.0, 2.0])}, torch.tensor([3.0, 4.0])
    assert laplacian(function)(tree, y, 2.0)["a"].item() == 6 * 3 * 9 * 2
    both = laplacian(function, argnums=(0, 1))(tree, y, factor=1.0)
    assert both["a"].item() == 6 * 3 * 9 + 2 * 9
    assert both["b"].tolist() == [0.0, 0.0]
    diagonal = hessian_diag(function, argnums=(0, -1))(tree, y, torch.tensor(2.0))
    assert diagonal["a"][0]["x"].tolist() == [6 * 9 * 2, 12 * 9 * 2]
    assert diagonal["a"][1].item() == 0
    assert diagonal["b"][0]["x"].shape == (2, 2)


@pytest.mark.parametrize("chunk_size", [1, 2, 4, 5, 100])
def test_some_numbers_at_a_time(chunk_size):
    function = lambda x, y: {"a": torch.tanh(x * y[:, None]).sum(), "b": x**3}
    x, y = drawn(2, 3), drawn(2)
    for transform in (laplacian, forward_laplacian, hessian_diag):
        at_once = torch.utils._pytree.tree_leaves(transform(function, (0, 1))(x, y))
        in_chunks = torch.utils._pytree.tree_leaves(transform(function, (0, 1), chunk_size=chunk_size)(x, y))
        for ours, theirs in zip(in_chunks, at_once, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-14)


def test_arguments_of_several_dimensions():
    x = torch.tensor(RNG.normal(size=(2, 4, 3)))
    function = lambda x: (x.sin().sum(-1) ** 2).sum(-1)
    single = laplacian(function)
    np.testing.assert_allclose(laplacian(function, batch_dims=1)(x), [float(single(each)) for each in x])
    assert hessian_diag(function, batch_dims=1)(x).shape == (2, 4, 3)
    assert forward_laplacian(lambda x: x[..., 0], batch_dims=1)(x).jacobian.shape == (2, 4, 4, 3)
    assert laplacian(lambda x: x.square().sum())(torch.zeros(0, 3)).item() == 0


def test_derivatives_of_laplacians():
    """The gradient of a Laplacian, by reverse and by forward mode, and the Laplacian of a Laplacian."""
    function = lambda x: torch.exp(torch.sin(x).sum()) * x.prod()
    third = jacrev(lambda x: hessian(function)(x).trace())(POINT)
    for transform in (grad, jacrev, jacfwd):
        np.testing.assert_allclose(transform(laplacian(function))(POINT), third, rtol=1e-10)
    fourth = hessian(lambda x: hessian(function)(x).trace())(POINT[:3].clone()).trace()
    np.testing.assert_allclose(laplacian(laplacian(function))(POINT[:3].clone()), fourth, rtol=1e-9)


def test_parameters_have_gradients_through_a_laplacian():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(COUNT, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)).double()
    parameters = list(network.parameters())[:3]
    found = torch.autograd.grad((laplacian(network, batch_dims=1)(BATCH) ** 2).sum(), parameters)
    expected = torch.autograd.grad(
        sum(torch.diagonal(jacrev(jacrev(network))(x), 0, -2, -1).sum() ** 2 for x in BATCH), parameters
    )
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_a_harmonic_function_and_the_energy_of_a_ground_state():
    harmonic = lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2
    assert laplacian(harmonic)(torch.tensor([0.3, 0.8])).item() == pytest.approx(0, abs=1e-6)
    # The hydrogen atom: the local energy is -1/2 everywhere.
    state = forward_laplacian(lambda r: -torch.linalg.vector_norm(r, dim=-1), batch_dims=1)
    points = drawn(10, 3)
    value, gradient, curvature = state(points)
    energy = -0.5 * (curvature + (gradient**2).sum(-1)) + 1 / value
    np.testing.assert_allclose(energy, np.full(10, -0.5), rtol=1e-10)


def test_types_are_kept_and_nothing_is_carried_on():
    x = torch.ones(2)
    found = forward_laplacian(lambda x: x**3)(x)
    assert {each.dtype for each in found} == {torch.float32}
    assert not any(each._tangents for each in found)
    assert x._tangents is None
    found.jacobian.zero_()
    assert x.tolist() == [1.0, 1.0]


def test_a_sum_is_carried_as_one_number():
    """Where the curvature is asked for as a sum, no operation of a network has one for each direction."""
    shapes = []

    class Watched(SecondOrderLevel):
        def attach(self, tensor, slopes, curvature):
            super().attach(tensor, slopes, curvature)
            shapes.append(None if curvature is None else (tuple(tensor.shape), curvature.shape))

    level = Watched(COUNT, summed=True)
    with level.entered():
        x = POINT.clone()
        level.attach(x, np.eye(COUNT), None)
        F.linear(torch.tanh(F.linear(x, FIRST, BIAS)) * 2, SECOND).exp().sum()
    assert [s for s in shapes if s is not None]
    assert all(s is None or s[0] == s[1] for s in shapes)


@pytest.mark.parametrize(
    ("call", "exception", "message"),
    [
        (
            lambda x: laplacian(torch.sin)(2.0),
            ValueError,
            "laplacian: expected to differentiate by tensors .* 'float'>",
        ),
        (lambda x: hessian_diag(torch.sin)(torch.tensor(1)), ValueError, "hessian_diag: expected .* got .*int64"),
        (lambda x: laplacian(torch.sin)(x * 1j), RuntimeError, "laplacian: Expected all inputs to be real"),
        (lambda x: laplacian(lambda x: x * 1j)(x), RuntimeError, "laplacian: Expected all outputs to be real"),
        (lambda x: laplacian(lambda x: 1.0)(x), RuntimeError, "expected func to return tensors only, .* 'float'>"),
        (lambda x: laplacian(torch.sin, batch_dims=2)(x), ValueError, "batch_dims=2, but the argument has 1 dim"),
        (lambda x: laplacian(torch.sum, batch_dims=1)(x), ValueError, r"the batch in front, \[2\], but got .* \[\]"),
        (
            lambda x: laplacian(torch.add, (0, 1), batch_dims=1)(x, torch.ones(3)),
            ValueError,
            r"batches of different shapes: \[\(2,\), \(3,\)\]",
        ),
        (lambda x: laplacian(torch.sin, chunk_size=0)(x), ValueError, "laplacian: `chunk_size` should be greater"),
        (lambda x: laplacian(torch.sin, 1)(x), RuntimeError, "Got argnum=1, but only 1 positional inputs"),
    ],
)
def test_what_does_not_fit_is_refused(call, exception, message):
    with pytest.raises(exception, match=message):
        call(torch.ones(2))
