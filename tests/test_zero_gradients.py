"""A zero stays zero on its way back, whatever the slope is: see docs/nondifferentiable-points.md, rule 7."""

import math

import numpy as np
import pytest

import chainrule as torch

INF, NAN = math.inf, math.nan
SIZES = [1, 3, 1 << 17]  # times the length of `at`: numbers, rows, and arrays that are worked on in blocks

# Expression in x and a constant y of 2 and more, x, and the gradient and second derivative of the sum by x.
MASKED = [
    ("torch.where(x > 0, x.sqrt(), 0.0)", [-1, 0, 4], [0, 0, 1 / 4], [0, 0, -1 / 32]),
    ("torch.where(x > 0, x.sqrt(), 0 * x)", [-1, 0, 4], [0, 0, 1 / 4], [0, 0, -1 / 32]),
    ("torch.where(x > 0, 3 * x.sqrt().square(), 0.0)", [-1, 0, 4], [0, 0, 3], [0, 0, 0]),
    ("torch.where(x > 0, x.rsqrt(), 0.0)", [-1, 0, 4], [0, 0, -1 / 16], [0, 0, 3 / 128]),
    ("torch.where(x > 0, x.log(), 0.0)", [-1, 0, 4], [0, 0, 1 / 4], [0, 0, -1 / 16]),
    ("torch.where(x > 0, x * x.log(), 0.0)", [-1, 0, 1], [0, 0, 1], [0, 0, 1]),
    ("torch.where(x > -1, x.log1p(), 0.0)", [-2, -1, 3], [0, 0, 1 / 4], [0, 0, -1 / 16]),
    ("torch.where(x != 0, 1 / x, 0.0)", [0, 4], [0, -1 / 16], [0, 1 / 32]),
    ("torch.where(x != 0, x.reciprocal(), 0.0)", [0, 4], [0, -1 / 16], [0, 1 / 32]),
    ("torch.where(x != 0, x / x, 1.0)", [0, 4], [0, 0], [0, 0]),
    ("torch.where(x != 0, x**-2, 0.0)", [0, 2], [0, -1 / 4], [0, 3 / 8]),
    ("torch.where(x > 0, x**0.5, 0.0)", [-1, 0, 4], [0, 0, 1 / 4], [0, 0, -1 / 32]),
    ("torch.where(x.abs() < 1, x.asin(), 0.0)", [-1, 0, 4], [0, 1, 0], [0, 0, 0]),
    ("torch.where(x.abs() < 1, x.acos(), 0.0)", [-1, 0, 4], [0, -1, 0], [0, 0, 0]),
    ("torch.where(x.abs() < 1, x.atanh(), 0.0)", [-1, 0, 4], [0, 1, 0], [0, 0, 0]),
    ("torch.where(x > 1, x.acosh(), 0.0)", [-1, 1, 3], [0, 0, 8**-0.5], [0, 0, -3 * 8**-1.5]),
    ("torch.where(x.isnan(), 0.0, (x * y) ** 2)", [NAN, 1, 4], [0, 8, 32], [0, 8, 8]),
    ("torch.where(x > 0, (y * x).sqrt(), 0.0)", [-1, 0, 2], [0, 0, 1 / 2], [0, 0, -1 / 8]),
    ("(x / (x - 1))[x > 1]", [1, 3], [0, -1 / 4], [0, 1 / 4]),
    ("(1 / x)[1:]", [0, 2], [0, -1 / 4], [0, 1 / 4]),
    ("(1 / x).masked_select(x > 0)", [0, 2], [0, -1 / 4], [0, 1 / 4]),
    ("x.sqrt().masked_fill(x <= 0, 0.0)", [-1, 0, 4], [0, 0, 1 / 4], [0, 0, -1 / 32]),
    ("x.sqrt() * (x > 0)", [0, 4], [0, 1 / 4], [0, -1 / 32]),
    ("x.sqrt().clamp(min=1)", [0, 4], [0, 1 / 4], [0, -1 / 32]),
    ("torch.nansum(x.sqrt())", [-1, 4], [0, 1 / 4], [0, -1 / 32]),
    ("torch.nan_to_num(x.log(), nan=0.0)", [-1, 4], [0, 1 / 4], [0, -1 / 16]),
    ("filled(1 * x.sqrt(), x <= 0)", [-1, 0, 4], [0, 0, 1 / 4], [0, 0, -1 / 32]),
    # A slope of zero, under an infinite gradient.
    ("(x * x).sqrt()", [0, 2], [0, 1], [0, 0]),
    ("(x**4).sqrt()", [0, 2], [0, 4], None),
]


def filled(tensor, mask):
    tensor[mask] = 0.0
    return tensor


def evaluated(expression, at, times=1):
    x = torch.tensor(np.tile(np.asarray(at, np.float64), times), requires_grad=True)
    if expression.endswith("[1:]"):
        x = torch.tensor(np.repeat(np.asarray(at, np.float64), [times, times]), requires_grad=True)
        expression = expression.replace("[1:]", f"[{times}:]")
    names = {"torch": torch, "x": x, "y": torch.tensor(2.0, dtype=torch.float64), "filled": filled}
    return x, eval(expression, names).sum()


@pytest.mark.parametrize("times", SIZES)
@pytest.mark.parametrize(("expression", "at", "first", "second"), MASKED)
def test_the_gradient_of_what_is_not_taken_is_zero(expression, at, first, second, times):
    del second
    x, total = evaluated(expression, at, times)
    total.backward()
    tiled = (np.repeat if expression.endswith("[1:]") else np.tile)(first, times)
    np.testing.assert_allclose(x.grad.numpy(), tiled, rtol=1e-14, atol=0)


@pytest.mark.parametrize(("expression", "at", "first", "second"), MASKED)
def test_so_is_the_second(expression, at, first, second):
    x, total = evaluated(expression, at)
    (gradient,) = torch.autograd.grad(total, x, create_graph=True)
    np.testing.assert_allclose(gradient.detach().numpy(), first, rtol=1e-14, atol=0)
    if second is not None and gradient.requires_grad:
        (curvature,) = torch.autograd.grad(gradient.sum(), x)
        np.testing.assert_allclose(curvature.numpy(), second, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("around", ["hook", "anomaly", "saved", "jacobian"])
def test_on_every_way_through_the_graph(around):
    x = torch.tensor([-1.0, 0.0, 4.0], requires_grad=True)

    def f(x):
        return torch.where(x > 0, x.sqrt() * 2, 0.0)

    if around == "jacobian":
        found = torch.autograd.functional.jacobian(f, x).diagonal()
    else:
        if around == "anomaly":
            with torch.autograd.set_detect_anomaly(True):
                f(x).sum().backward()
        elif around == "saved":
            with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
                f(x).sum().backward()
        else:
            root = x.sqrt()
            root.register_hook(lambda grad: grad * 1)
            root.grad_fn.register_hook(lambda *_: None)
            torch.where(x > 0, root * 2, 0.0).sum().backward()
        found = x.grad
    assert found.tolist() == [0, 0, 0.5]


def test_a_gradient_that_is_zero_by_chance_has_its_derivative():
    x = torch.tensor(4.0, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad((x.sqrt() - 2) ** 2, x, create_graph=True)
    assert first.item() == 0
    (second,) = torch.autograd.grad(first, x)
    assert second.item() == pytest.approx(1 / 8)


def test_nan_that_counts_is_nan():
    x = torch.tensor([-1.0, 4.0], requires_grad=True)
    x.sqrt().sum().backward()
    assert np.isnan(x.grad.numpy()).tolist() == [True, False]


def test_the_norm_written_out():
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad((x * x).sum().sqrt(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert first.tolist() == second.tolist() == [0, 0, 0]


def test_a_choice_between_two_numbers_has_the_digits_of_numpys():
    x = torch.tensor([1.0, -1.0], dtype=torch.float64, requires_grad=True)
    assert (np.where(x > 0, 0.1, 0.2) * x).tolist() == [0.1, -0.2]
    assert torch.where(x > 0, 0.1, 0.2).dtype is torch.float32
