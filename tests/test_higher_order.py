"""Gradients of gradients, and the first ones of any program against a plain reading of the chain rule."""

import math
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as torch
from chainrule.autograd import grad

SECOND = "Trying to backward through the graph a second time"


def leaf(*numbers):
    return torch.tensor(list(numbers), dtype=torch.float64, requires_grad=True)


def scalar(number):
    return torch.tensor(float(number), dtype=torch.float64, requires_grad=True)


def test_create_graph():
    x = scalar(2)
    (first,) = grad(x**4, x, create_graph=True)
    (second,) = grad(first, x, create_graph=True)
    (third,) = grad(second, x)
    assert [t.item() for t in (first, second, third)] == [32, 48, 48]
    assert first.requires_grad
    assert not third.requires_grad


def test_create_graph_keeps_the_graph():
    x = scalar(2)
    y = x.exp()
    grad(y, x, create_graph=True)
    grad(y, x)
    with pytest.raises(RuntimeError, match=SECOND):
        grad(y, x)
    z = x.exp()
    grad(z, x, create_graph=True, retain_graph=False)
    with pytest.raises(RuntimeError, match=SECOND):
        grad(z, x)


def test_tenth_derivative_of_the_sine():
    x = scalar(0.5)
    y = x.sin()
    for _ in range(10):
        (y,) = grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(-math.sin(0.5), abs=1e-14)


def test_backward_with_create_graph_replaces_the_gradient():
    x = scalar(2)
    (x * x).backward()
    before = x.grad
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (x * x * x).backward(create_graph=True)
    assert x.grad is not before
    assert x.grad.requires_grad
    assert x.grad.item() == 16
    assert before.item() == 4
    (second,) = grad(x.grad, x)
    assert second.item() == 12
    x.grad = None


def test_the_gradient_of_a_gradient_given():
    x, seed = leaf(1, 2), leaf(3, 4)
    (first,) = grad(x * x, x, seed, create_graph=True)
    (found,) = grad(first, seed, torch.ones(2))
    assert found.tolist() == [2, 4]


def test_a_gradient_penalty_trains():
    w = leaf(1, 2, 3)
    x = leaf(0.5, -0.5, 1)
    (g,) = grad((w * x * x).sum(), x, create_graph=True)
    (g * g).sum().backward()
    # d/dw sum (2 w x)^2 = 8 w x^2
    assert w.grad.tolist() == [8 * 1 * 0.25, 8 * 2 * 0.25, 8 * 3 * 1]


def test_inputs_that_are_only_some_of_the_leaves():
    x, w, b = leaf(1, 2), leaf(3, 4), leaf(5, 6)
    y = (x * w + b).sin() * w
    for wanted in ((x,), (w,), (b,), (x, b), (b, w), (x, w, b)):
        (expected,) = grad(y.sum(), wanted[0], retain_graph=True)
        found = grad(y.sum(), wanted, create_graph=True)
        assert found[0].tolist() == expected.tolist()
        (mixed,) = grad(found[-1].sum(), x, retain_graph=True)
        angle = x * w + b
        first_by_x = {
            x: -(angle.sin()) * w**3,
            w: 2 * w * angle.cos() - w * w * x * angle.sin(),
            b: -(angle.sin()) * w**2,
        }[wanted[-1]]
        assert mixed.tolist() == pytest.approx(first_by_x.tolist())


def test_what_was_freed_is_no_matter_where_it_is_not_needed():
    x, w = leaf(1, 2), leaf(3, 4)
    part = w.exp()
    part.sum().backward()
    y = x * 2 + part
    (found,) = grad(y.sum(), x)
    assert found.tolist() == [2, 2]
    with pytest.raises(RuntimeError, match=SECOND[:40]):
        grad((x * 2 + part).sum(), (x, w))


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_the_slope_of_an_activation_is_one_node(name):
    x = leaf(0.3, -1.2)
    (slope,) = grad(getattr(torch, name)(x).sum(), x, create_graph=True)
    assert slope.grad_fn.name() == f"{name.capitalize()}BackwardBackward0"


# ---- against a plain reading of the chain rule ----

UNARY = {
    "sin": (math.sin, math.cos),
    "tanh": (math.tanh, lambda v: 1 - math.tanh(v) ** 2),
    "neg": (lambda v: -v, lambda v: -1),
}
BINARY = {
    "add": (lambda a, b: a + b, lambda a, b: (1, 1)),
    "sub": (lambda a, b: a - b, lambda a, b: (1, -1)),
    "mul": (lambda a, b: a * b, lambda a, b: (b, a)),
}


@st.composite
def programs(draw):
    leaves = draw(st.lists(st.floats(-1.5, 1.5), min_size=1, max_size=4))
    steps = []
    for count in range(len(leaves), len(leaves) + draw(st.integers(1, 12))):
        name = draw(st.sampled_from([*UNARY, *BINARY]))
        operands = draw(
            st.lists(st.integers(0, count - 1), min_size=1 + (name in BINARY), max_size=1 + (name in BINARY))
        )
        steps.append((name, *operands))
    return leaves, steps


@given(programs(), st.data())
@settings(deadline=None, max_examples=150)
def test_any_small_program(program, data):
    leaves, steps = program
    numbers = list(leaves)
    tensors = [scalar(v) for v in leaves]
    for name, *operands in steps:
        numbers.append((UNARY | BINARY)[name][0](*(numbers[i] for i in operands)))
        tensors.append(getattr(torch, name)(*(tensors[i] for i in operands)))
    adjoints = [0.0] * len(numbers)
    adjoints[-1] = 1.0
    for position in range(len(numbers) - 1, len(leaves) - 1, -1):
        name, *operands = steps[position - len(leaves)]
        slopes = (UNARY | BINARY)[name][1](*(numbers[i] for i in operands))
        for operand, slope in zip(operands, slopes if name in BINARY else (slopes,), strict=True):
            adjoints[operand] += adjoints[position] * slope
    chosen = data.draw(st.integers(0, len(numbers) - 1))
    (found,) = grad(tensors[-1], tensors[chosen], retain_graph=True, materialize_grads=True)
    assert found.item() == pytest.approx(adjoints[chosen], rel=1e-12, abs=1e-12)
    tensors[-1].backward()
    for tensor, adjoint in zip(tensors[: len(leaves)], adjoints, strict=False):
        reached = 0.0 if tensor.grad is None else tensor.grad.item()
        assert reached == pytest.approx(adjoint, rel=1e-12, abs=1e-12)
