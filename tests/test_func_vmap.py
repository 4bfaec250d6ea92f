"""`vmap`: its arguments and results in all their forms, against a loop over the examples."""

from typing import Any, NamedTuple

import pytest

import chainrule as torch
from chainrule.func import grad, jvp, vmap

X = torch.tensor([[0.3, 0.7, -1.2], [1.1, -0.4, 0.6]], dtype=torch.float64)
Y = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, 0.3]], dtype=torch.float64)
W = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)


def close(a, b):
    return a.shape == b.shape and bool(torch.allclose(a, b))


def test_a_function_of_one_example_runs_on_all():
    f = lambda x, y: (x * y).sum() + x.prod()
    assert close(vmap(f)(X, Y), torch.stack([f(x, y) for x, y in zip(X, Y, strict=True)]))
    assert torch.vmap is vmap


def test_the_batch_may_lie_along_any_dimension():
    f = lambda x, y: x.outer(y)
    expected = torch.stack([f(x, y) for x, y in zip(X, Y, strict=True)])
    assert close(vmap(f, in_dims=(1, 0))(X.T, Y), expected)
    assert close(vmap(f, in_dims=(-1, -2))(X.T, Y), expected)
    for out_dim in (0, 1, 2, -1, -2, -3):
        assert close(vmap(f, out_dims=out_dim)(X, Y), expected.movedim(0, out_dim))


def test_arguments_may_be_the_same_for_all():
    assert close(vmap(torch.dot, in_dims=(0, None))(X, W), X @ W)
    assert close(vmap(lambda x: x * W)(X), X * W)
    assert close(vmap(lambda x, scale: x * scale, in_dims=(0, None))(X, 3.0), X * 3)
    assert close(vmap(lambda x, *, other: (x * other).sum())(X, other=W), X @ W)
    assert close(vmap(lambda x, y: y.sum())(X, Y), Y.sum(1))


def test_what_does_not_depend_on_the_example_is_repeated():
    assert close(vmap(lambda x: W)(X), torch.stack([W, W]))
    assert close(vmap(lambda x: W, out_dims=1)(X), torch.stack([W, W], 1))
    assert vmap(lambda x: (x, W), out_dims=(0, None))(X)[1] is W


class Pair(NamedTuple):
    first: Any
    second: Any


def test_arguments_and_results_are_containers():
    f = lambda tree: Pair(tree["x"] + tree["more"][0], {"sum": tree["more"][0].sum(), "w": tree["more"][1]})
    given = {"x": X, "more": (Y, W)}
    dims = {"x": 0, "more": (0, None)}
    found = vmap(f, in_dims=(dims,))(given)
    assert isinstance(found, Pair)
    assert close(found.first, X + Y)
    assert close(found.second["sum"], Y.sum(1))
    assert found.second["w"].shape == (2, 3)
    found = vmap(f, in_dims=(dims,), out_dims=Pair(1, {"sum": 0, "w": None}))(given)
    assert close(found.first, (X + Y).T)
    assert found.second["w"] is W
    values, indices = vmap(lambda x: x.max(0))(X)
    assert close(values, X.max(1).values)
    assert indices.tolist() == [1, 0]


def test_batches_of_batches():
    x = torch.arange(24.0).reshape(2, 3, 4)
    assert close(vmap(vmap(torch.sum))(x), x.sum(2))
    assert close(vmap(vmap(lambda x, y: x * y, (0, None)), (None, 0))(W, W), torch.outer(W, W))
    assert close(vmap(vmap(vmap(lambda x: x + 1)))(x), x + 1)
    assert close(vmap(lambda x: vmap(lambda y: x @ y)(Y))(X), X @ Y.T)


def test_chunks_give_the_same():
    x = torch.arange(35.0).reshape(7, 5)
    f = lambda x: {"square": x * x, "sum": x.sum()}
    whole = vmap(f, out_dims={"square": 1, "sum": 0})(x)
    sizes = []

    def watched(x):
        sizes.append(len(torch.func.debug_unwrap(x)))
        return f(x)

    for chunk_size in (1, 2, 3, 7, 100):
        sizes.clear()
        found = vmap(watched, out_dims={"square": 1, "sum": 0}, chunk_size=chunk_size)(x)
        assert close(found["square"], whole["square"])
        assert close(found["sum"], whole["sum"])
        assert max(sizes) <= chunk_size
        assert sum(sizes) == 7


def test_a_batch_without_examples():
    assert vmap(lambda x: (x * 2).exp())(X[:0]).shape == (0, 3)
    assert vmap(lambda x: (x * 2).exp(), chunk_size=2)(X[:0]).shape == (0, 3)


def test_gradients_go_through():
    x, w = X.clone().requires_grad_(), W.clone().requires_grad_()
    vmap(lambda x: (x * w).sin().sum())(x).sum().backward()
    assert close(x.grad, (X * W).cos() * W)
    assert close(w.grad, ((X * W).cos() * X).sum(0))
    _, tangent = jvp(vmap(lambda x: x.prod()), (X,), (Y,))
    assert close(tangent, torch.stack([jvp(torch.prod, (x,), (y,))[1] for x, y in zip(X, Y, strict=True)]))


def test_gradients_of_each_sample():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    loss = lambda p, x: torch.func.functional_call(model, p, (x,)).square().sum()
    found = vmap(grad(loss), in_dims=(None, 0))(parameters, X)
    for number, x in enumerate(X):
        model.zero_grad()
        model(x).square().sum().backward()
        assert all(close(found[name][number], p.grad) for name, p in model.named_parameters())


def test_random_numbers_are_refused_the_same_or_different():
    with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
        vmap(lambda x: x + torch.rand(3))(X)
    torch.manual_seed(0)
    same = vmap(lambda x: torch.rand(3), randomness="same")(X)
    assert same[0].tolist() == same[1].tolist()
    different = vmap(lambda x: torch.rand(3), randomness="different")(X)
    assert different[0].tolist() != different[1].tolist()
    same = vmap(lambda x: torch.rand(3), randomness="same", chunk_size=1)(X)
    assert same[0].tolist() == same[1].tolist()
    with pytest.raises(RuntimeError, match="Only allowed values for randomness"):
        vmap(torch.sin, randomness="some")


def test_an_error_within_leaves_nothing_behind():
    def fails(x):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        vmap(fails)(X)
    assert close(vmap(torch.sin)(X), X.sin())
    y = X * 2
    assert type(y) is torch.Tensor


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vmap(torch.sin)(), r"vmap\(sin\)\(<inputs>\): got no inputs"),
        (lambda: vmap(torch.sin, in_dims=[0])(X), "expected `in_dims` to be int or a"),
        (lambda: vmap(torch.sin, in_dims=(0, 0))(X), "in_dims is not compatible with the structure of `inputs`"),
        (lambda: vmap(torch.sin, in_dims=("0",))(X), "in_dim must be either an integer dimension or None"),
        (lambda: vmap(torch.add)(X, 1.0), "We cannot vmap over non-Tensor arguments"),
        (lambda: vmap(torch.sin, in_dims=2)(X), "Got in_dim=2 for some input, but that input is a Tensor of dim"),
        (lambda: vmap(torch.sin, in_dims=(None,))(X), "Expected at least one Tensor to vmap over"),
        (lambda: vmap(torch.add)(X, X.T), r"same size in the mapped dimension, got sizes \[2, 3\]"),
        (lambda: vmap(torch.sin, out_dims="0")(X), "`out_dims` must be an int, None or a python collection"),
        (lambda: vmap(torch.sin, out_dims=(0, 0))(X), "out_dims is not compatible with the structure of `outputs`"),
        (lambda: vmap(lambda x: (x, x), out_dims=(0, 0, 0))(X), "out_dims is not compatible"),
        (lambda: vmap(torch.sin, out_dims=None)(X), "can not return a BatchedTensor when out_dim is None"),
        (lambda: vmap(lambda x: 1.0)(X), "must only return Tensors, got type <class 'float'>"),
        (lambda: vmap(torch.sin, chunk_size=0), "chunk_size should be None or greater than 0"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_dimension_of_the_result_that_is_not_there():
    with pytest.raises(IndexError, match=r"expected to be in range of \[-2, 1\], but got 2"):
        vmap(torch.sin, out_dims=2)(X)
