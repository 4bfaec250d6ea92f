"""`grad`, `vjp`, `jvp`, `linearize`, Jacobians and Hessians: against finite differences, loops and each other."""

import gc
import itertools
import weakref
from typing import Any, NamedTuple

import numpy as np
import pytest

import chainrule as torch
from chainrule.func import (
    debug_unwrap,
    functionalize,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    vjp,
    vmap,
)

X = torch.tensor([0.3, 0.7, -1.2], dtype=torch.float64)
V = torch.tensor([1.1, -0.4, 0.6], dtype=torch.float64)
M = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.2, -0.3]], dtype=torch.float64)

SCALAR = {
    "elementwise": lambda x: (x.sin() * x.exp()).sum(),
    "product": lambda x: x.prod() * x.sum(),
    "matrix": lambda x: (M @ x).tanh().square().sum(),
    "softmax": lambda x: x.softmax(0)[1].log(),
    "indexing": lambda x: x[[0, 0, 2]].prod() + x[1:].norm(),
    "in place": lambda x: x.clone().mul_(x).add_(1).log().sum(),
    "linear algebra": lambda x: torch.linalg.inv(torch.diag(x) + x.outer(x) + 2 * torch.eye(3).double()).trace(),
    "reshape": lambda x: (x.reshape(3, 1) * x).flip(0).cumsum(1).sum(0).prod(),
    "where": lambda x: torch.where(x > 0, x**3, x.exp()).sum(),
}
VECTOR = {
    "elementwise": lambda x: x.sin() * x.flip(0),
    "longer": lambda x: torch.cat([x, x * x, x.sum().reshape(1)]),
    "matrix": lambda x: (M @ x).tanh(),
    "outer": lambda x: x.outer(x).exp(),
    "convolution": lambda x: torch.nn.functional.conv1d(x.reshape(1, 1, 3), x[:2].reshape(1, 1, 2)).flatten(),
}


def numerical_gradient(f, x, step=1e-6):
    found = torch.zeros_like(x)
    for i in range(x.numel()):
        move = torch.zeros_like(x)
        move.view(-1)[i] = step
        found.view(-1)[i] = (f(x + move) - f(x - move)) / (2 * step)
    return found


def numerical_jacobian(f, x, step=1e-6):
    columns = []
    for i in range(x.numel()):
        move = torch.zeros_like(x)
        move[i] = step
        columns.append((f(x + move) - f(x - move)) / (2 * step))
    return torch.stack(columns, -1)


def close(a, b, tolerance=1e-9):
    return a.shape == b.shape and bool(torch.allclose(a, b, rtol=tolerance, atol=tolerance))


@pytest.mark.parametrize("f", SCALAR.values(), ids=SCALAR)
def test_grad_is_the_derivative(f):
    gradient, value = grad_and_value(f)(X)
    assert close(gradient, numerical_gradient(f, X), 1e-7)
    assert close(value, f(X))
    assert close(grad(f)(X), gradient)
    assert not gradient.requires_grad
    assert not value.requires_grad


@pytest.mark.parametrize("f", VECTOR.values(), ids=VECTOR)
def test_jacobians_of_both_kinds_are_the_derivative(f):
    expected = numerical_jacobian(f, X)
    assert close(jacrev(f)(X), expected, 1e-7)
    assert close(jacfwd(f)(X), jacrev(f)(X))
    for chunk_size in (1, 2, 100):
        assert close(jacrev(f, chunk_size=chunk_size)(X), jacrev(f)(X))


@pytest.mark.parametrize("f", VECTOR.values(), ids=VECTOR)
def test_products_are_those_with_the_jacobian(f):
    jacobian = jacrev(f)(X)
    cotangent = torch.linspace(-1, 1, f(X).numel(), dtype=torch.float64).reshape(f(X).shape)
    output, pullback = vjp(f, X)
    (pulled,) = pullback(cotangent)
    assert close(output, f(X))
    assert close(pulled, (cotangent.unsqueeze(-1) * jacobian).reshape(-1, 3).sum(0))
    output, pushed = jvp(f, (X,), (V,))
    assert close(output, f(X))
    assert close(pushed, jacobian @ V)
    output, derivative = linearize(f, X)
    assert close(output, f(X))
    assert close(derivative(V), pushed)
    assert close(derivative(-V), -pushed)
    assert close((pushed * cotangent).sum(), (pulled * V).sum())


@pytest.mark.parametrize("f", SCALAR.values(), ids=SCALAR)
def test_second_derivatives_agree_in_all_orders(f):
    expected = torch.autograd.functional.hessian(f, X)
    assert close(expected, numerical_jacobian(grad(f), X), 1e-6)
    for outer, inner in itertools.product((jacfwd, jacrev), repeat=2):
        assert close(outer(inner(f))(X), expected)
    assert close(hessian(f)(X), expected)
    assert close(jvp(grad(f), (X,), (V,))[1], expected @ V)
    assert close(vjp(grad(f), X)[1](V)[0], expected @ V)
    assert close(grad(lambda x: jvp(f, (x,), (V,))[1])(X), expected @ V)
    assert close(grad(lambda x: (vjp(f, x)[1](torch.ones((), dtype=torch.float64))[0] * V).sum())(X), expected @ V)
    assert close(linearize(grad(f), X)[1](V), expected @ V)
    assert close(grad(lambda x: linearize(f, x)[1](V))(X), expected @ V)
    twice = jvp(lambda x: jvp(f, (x,), (V,))[1], (X,), (V,))[1]
    assert close(twice, V @ expected @ V)


@pytest.mark.parametrize("f", SCALAR.values(), ids=SCALAR)
def test_a_batch_of_derivatives_is_the_loop(f):
    batch = torch.stack([X, V, X - 0.1, 2 * V])
    for transform in (grad, jacrev, jacfwd, hessian, lambda f: jacrev(jacfwd(f)), lambda f: jacrev(grad(f))):
        found = vmap(transform(f))(batch)
        assert close(found, torch.stack([transform(f)(x) for x in batch]))


def test_derivatives_of_a_batch():
    f = lambda x: (x.sin() * x.prod()).sum()
    batch = torch.stack([X, V])
    each = lambda x: vmap(f)(x).square().sum()
    assert close(grad(each)(batch), torch.stack([grad(lambda x: f(x) ** 2)(x) for x in batch]))
    rows = jacrev(vmap(f))(batch)
    assert close(rows[0, 0], grad(f)(X))
    assert rows[0, 1].tolist() == [0, 0, 0]
    assert close(jacfwd(vmap(f))(batch), rows)
    assert close(jacfwd(vmap(grad(f)))(batch)[1, :, 1], hessian(f)(V))


@pytest.mark.parametrize("order", range(6))
def test_higher_and_higher(order):
    f = lambda x: x**5
    expected = 2.0 ** (5 - order) * np.prod(range(5, 5 - order, -1))
    x = torch.tensor(2.0, dtype=torch.float64)
    for kinds in itertools.product((grad, lambda f: lambda x: jvp(f, (x,), (torch.ones_like(x),))[1]), repeat=order):
        g = f
        for kind in kinds:
            g = kind(g)
        assert g(x).item() == pytest.approx(expected)


def test_inner_and_outer_variables_are_told_apart():
    x, y = torch.tensor(2.0), torch.tensor(3.0)
    assert grad(lambda x: x * grad(lambda y: x + y)(y))(x).item() == 1
    assert jvp(lambda x: x * jvp(lambda y: x + y, (y,), (torch.ones(()),))[1], (x,), (torch.ones(()),))[1].item() == 1
    assert grad(lambda x: x * jvp(lambda y: x * y, (y,), (torch.ones(()),))[1])(x).item() == 4
    assert jvp(lambda x: x * grad(lambda y: x * y)(y), (x,), (torch.ones(()),))[1].item() == 4
    assert grad(lambda x: grad(lambda x: grad(lambda x: x**4)(x) * x)(x) * x)(x).item() == 4 * 4 * 4 * 8


class Pair(NamedTuple):
    first: Any
    second: Any


def test_arguments_and_results_are_containers():
    f = lambda tree, k: {"a": tree["x"][0] * k, "b": Pair(tree["y"].sum(), [tree["x"][0] * tree["y"]])}
    tree = {"x": [X], "y": V}
    output, pullback = vjp(f, tree, M[0])
    gradients, of_k = pullback(output)
    assert close(gradients["x"][0], output["a"] * M[0] + output["b"].second[0] * V)
    assert close(gradients["y"], output["b"].first + output["b"].second[0] * X)
    assert close(of_k, output["a"] * X)
    jacobian = jacrev(f)(tree, M[0])
    assert close(jacobian["b"].second[0]["y"], torch.diag(X))
    assert isinstance(jacobian["b"], Pair)
    forwards = jacfwd(f, argnums=(0, 1))(tree, M[0])
    assert close(forwards["a"][1], torch.diag(X))
    assert close(forwards["b"].first[0]["y"], torch.ones(3).double())
    _, tangents = jvp(f, (tree, M[0]), (tree, V))
    assert close(tangents["a"], X * M[0] + X * V)
    assert grad(lambda t: (t[0] * t[1][0]).sum())((X, [V]))[1][0].tolist() == X.tolist()


def test_results_are_part_of_a_graph_only_where_that_may_matter():
    f = lambda x: (x * x * x).sum()
    assert not grad(f)(X).requires_grad
    x = X.clone().requires_grad_()
    assert grad(f)(x).requires_grad
    with torch.no_grad():
        assert not grad(f)(x).requires_grad
        assert close(grad(f)(x), 3 * X * X)
    w = V.clone().requires_grad_()
    gradient, value = grad_and_value(lambda x: (x * x * w).sum())(X)
    (value + gradient.sum()).backward()
    assert close(w.grad, X * X + 2 * X)
    output, pullback = vjp(lambda x: x * w, X)
    assert output.requires_grad
    assert pullback(V)[0].requires_grad
    output, pullback = vjp(lambda x: x * V, X)
    assert not output.requires_grad
    assert not pullback(V)[0].requires_grad
    assert pullback(w)[0].requires_grad
    assert not jvp(lambda x: torch.linalg.inv(x.outer(x) + torch.eye(3).double()), (X,), (V,))[1].requires_grad
    assert jvp(lambda x: x * x, (X,), (w,))[1].requires_grad


def test_transforms_of_transforms_have_no_graph_of_their_own_either():
    f = lambda p, t: (p * t).sin().sum()
    second = grad(grad(f, argnums=1), argnums=1)
    t = torch.tensor(0.4, dtype=torch.float64)
    gradient, value = grad_and_value(lambda p: second(p, t))(X)
    assert not gradient.requires_grad
    assert not value.requires_grad
    assert not hessian(lambda p: second(p, t))(X).requires_grad


def test_what_is_computed_without_a_graph_is_a_constant():
    def f(x):
        with torch.no_grad():
            c = x**2
        return (x - c).sum()

    assert grad(f)(X).tolist() == [1, 1, 1]
    assert grad(lambda x: (x * x.detach()).sum())(X).tolist() == X.tolist()
    with torch.inference_mode():
        x = X.clone()
        assert close(grad(lambda x: (x**3).sum())(x), 3 * X * X)
        assert close(jacrev(lambda x: x * x)(x), torch.diag(2 * X))


def test_auxiliary_results_come_along():
    gradient, (value, aux) = grad_and_value(lambda x: (x.sum(), {"square": x * x}), has_aux=True)(X)
    assert gradient.tolist() == [1, 1, 1]
    assert close(aux["square"], X * X)
    assert not aux["square"].requires_grad
    assert close(value, X.sum())
    assert close(grad(lambda x: (x.sum(), x), has_aux=True)(X)[1], X)
    _, _, aux = vjp(lambda x: (x * 2, x.sum()), X, has_aux=True)
    assert close(aux, X.sum())
    _, tangent, aux = jvp(lambda x: (x * 2, x.sum()), (X,), (V,), has_aux=True)
    assert close(tangent, 2 * V)
    assert close(aux, X.sum())
    for jacobian in (jacrev, jacfwd):
        found, aux = jacobian(lambda x: (x * x, x), has_aux=True)(X)
        assert close(found, torch.diag(2 * X))
        assert close(aux, X)


def test_a_gradient_is_kept_by_no_leaf():
    x = X.clone().requires_grad_()
    grad(lambda x: x.sum())(x)
    jacrev(lambda x: x * x)(x)
    assert x.grad is None


def test_complex_gradients_are_as_those_of_backward():
    z = torch.complex(X, V)
    w = z.clone().requires_grad_()
    (w * w * w.conj()).abs().sum().backward()
    assert close(grad(lambda z: (z * z * z.conj()).abs().sum())(z), w.grad)
    _, pushed = jvp(lambda z: z * z, (z,), (z,))
    assert close(pushed, 2 * z * z)
    assert close(linearize(lambda z: z * z, z)[1](z), 2 * z * z)


def test_unused_arguments_have_zeros():
    assert grad(lambda x, y: x.sum(), argnums=1)(X, V).tolist() == [0, 0, 0]
    assert vjp(lambda x: torch.ones(2), X)[1](torch.ones(2))[0].tolist() == [0, 0, 0]
    assert jvp(lambda x: torch.ones(2), (X,), (V,))[1].tolist() == [0, 0]
    assert linearize(lambda x: torch.ones(2), X)[1](V).tolist() == [0, 0]
    assert jacrev(lambda x: torch.ones(2))(X).shape == (2, 3)
    assert jacfwd(lambda x: torch.ones(2))(X).tolist() == np.zeros((2, 3)).tolist()
    with pytest.raises(RuntimeError, match="The output of f is independent of the inputs"):
        jvp(lambda x: torch.ones(2), (X,), (V,), strict=True)


def test_nothing_has_a_jacobian_without_elements():
    assert jacrev(lambda x: x[:0])(X).shape == (0, 3)
    assert jacrev(lambda x: x.sum())(X[:0]).shape == (0,)


def test_the_pullback_may_be_mapped_and_differentiated():
    f = lambda x: x.sin() * x.sum()
    _, pullback = vjp(f, X)
    (rows,) = vmap(pullback)(torch.eye(3).double())
    assert close(rows, jacrev(f)(X))
    assert close(grad(lambda c: (pullback(c)[0] * V).sum())(X), jacrev(f)(X) @ V)
    assert close(jvp(lambda c: pullback(c)[0], (X,), (V,))[1], pullback(V)[0])
    nested = lambda x: vmap(vjp(f, x)[1])(x.outer(x))[0].sum()
    by_hand = lambda x: sum((vjp(f, x)[1](row)[0].sum() for row in x.outer(x)), start=0)
    assert close(grad(nested)(X), numerical_gradient(by_hand, X), 1e-7)
    assert close(jacfwd(nested)(X), grad(by_hand)(X))
    assert close(vmap(jacfwd(nested))(torch.stack([X, V])), torch.stack([grad(by_hand)(X), grad(by_hand)(V)]))
    derivative = linearize(f, X)[1]
    assert close(vmap(derivative, out_dims=1)(torch.eye(3).double()), jacrev(f)(X))
    assert close(grad(lambda v: derivative(v).sum())(V), jacrev(f)(X).sum(0))


def test_what_may_not_be_called_within():
    def backward(x):
        (x * x).sum().backward()
        return x.sum()

    for transform in (grad, vmap, lambda f: lambda x: vjp(f, x), lambda f: lambda x: jvp(f, (x,), (x,))):
        with pytest.raises(RuntimeError, match=r"backward\(\) called inside a functorch transform"):
            transform(backward)(X)
        with pytest.raises(RuntimeError, match=r"call Tensor.requires_grad_\(\)"):
            transform(lambda x: x.requires_grad_().sum())(X)
    x = X.clone().requires_grad_()
    x.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


def test_autograd_grad_within():
    assert close(grad(lambda x: torch.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum())(X), 6 * X)
    x = X.clone().requires_grad_()
    y = x.sin() * x.sum()
    (rows,) = vmap(lambda v: torch.autograd.grad(y, x, v, retain_graph=True))(torch.eye(3).double())
    assert close(rows, jacrev(lambda x: x.sin() * x.sum())(X))
    (rows,) = torch.autograd.grad(y, x, torch.eye(3).double(), is_grads_batched=True)
    assert close(rows, jacrev(lambda x: x.sin() * x.sum())(X))


def test_arguments_that_are_none_are_refused():
    f = lambda x, y: (x * y).sum()
    for wrong, message in [(2, "Got argnum=2, but only 2"), ((), "must be non-empty"), ((0, -2), "must be unique")]:
        for transform in (grad, jacrev, jacfwd, hessian):
            with pytest.raises(RuntimeError, match=message):
                transform(f, argnums=wrong)(X, V)
    with pytest.raises(RuntimeError, match="argnums must be int or Tuple"):
        grad(f, argnums=[0])(X, V)
    with pytest.raises(ValueError, match="Thing passed to transform API must be Tensor, got <class 'float'>"):
        grad(f)(1.0, V)
    with pytest.raises(RuntimeError, match="only Tensors of floating point dtype can require gradients"):
        grad(f)(torch.ones(3, dtype=torch.int64), V)
    with pytest.raises(RuntimeError, match="return a scalar Tensor, got tensor with 1 dims"):
        grad(lambda x: x)(X)
    with pytest.raises(RuntimeError, match="Expected pytree structure of cotangents"):
        vjp(lambda x: x, X)[1]((X,))
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        vjp(lambda x: x * 1, X)[1](X[:2])
    with pytest.raises(RuntimeError, match="has a different size than that of the original Tensor"):
        jvp(lambda x: x, (X,), (X[:2],))
    with pytest.raises(RuntimeError, match="doesn't match the shape"):
        linearize(lambda x: x, X)[1](X[:2])


def test_functionalize_and_debug_unwrap():
    def f(x):
        y = x + 1
        y.view(-1).add_(1)
        return y

    assert close(functionalize(f)(X), X + 2)
    assert close(functionalize(f, remove="mutations_and_views")(X), X + 2)
    with pytest.raises(RuntimeError, match="received invalid argument for remove=views"):
        functionalize(f, remove="views")
    seen = []

    def look(x):
        seen.append(debug_unwrap(x))
        seen.append(debug_unwrap(x, recurse=False))
        return x

    vmap(vmap(look))(M)
    assert close(seen[0], M)
    assert seen[1].shape == (3,)
    jvp(look, (X,), (V,))
    assert type(seen[2]) is torch.Tensor
    assert debug_unwrap(X) is X


def test_a_leaf_that_a_function_makes_is_its_own_until_it_escapes():
    kept = []

    def f(x):
        if not kept:
            kept.append(torch.ones(3, dtype=torch.float64, requires_grad=True))
        return (x * x * kept[0]).sum()

    assert not grad(f)(X).requires_grad
    assert grad(f)(X).requires_grad
    grad(f)(X).sum().backward()
    assert close(kept[0].grad, 2 * X)
    kept.clear()
    assert not grad(lambda x: grad(f)(x).sum())(X).requires_grad
    assert grad(f)(X).requires_grad
    kept.clear()
    assert not jvp(f, (X,), (V,))[1].requires_grad
    assert jvp(f, (X,), (V,))[1].requires_grad


def test_what_is_differentiated_may_not_be_changed():
    x = X.clone().requires_grad_()
    for given in (X.clone(), x, x * 1):
        with pytest.raises(
            RuntimeError, match="leaf Variable that requires grad is being used in an in-place operation"
        ):
            grad(lambda x: x.mul_(2).sum())(given)


def test_transforms_leave_nothing_for_the_garbage_collector():
    transforms = [
        grad,
        jacrev,
        jacfwd,
        hessian,
        lambda f: grad(lambda x: grad(f)(x).sum()),
        lambda f: lambda x: jvp(grad(f), (x,), (x,)),
        lambda f: lambda x: linearize(f, x)[1](x),
        lambda f: lambda x: vmap(hessian(f))(x.reshape(3, 1)),
    ]
    gc.collect()
    gc.disable()
    try:
        for transform in transforms:
            alive = []

            def f(x, alive=alive):
                y = x.sin()
                alive.append(weakref.ref(y))
                return (y * y).sum()

            transform(f)(X)
            assert not any(each() is not None for each in alive)
    finally:
        gc.enable()
