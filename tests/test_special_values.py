"""Values and gradients where functions have corners, ties, edges and infinities: docs/nondifferentiable-points.md."""

import math

import numpy as np
import pytest

import chainrule as torch
from kinks import KINKS, gradient_at

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(("expression", "x", "gradient"), KINKS)
def test_the_documented_gradient(expression, x, gradient):
    np.testing.assert_allclose(gradient_at(torch, expression, x), gradient, rtol=1e-6)


# Expression in x (and so in all of its elements), x, value, gradient of the sum.
POINTS = [
    # Ties are split evenly, and NaN takes no part in them.
    ("torch.maximum(x[0], x[1])", [2, 2], 2, [0.5, 0.5]),
    ("torch.maximum(x[0], x[1])", [INF, INF], INF, [0.5, 0.5]),
    ("torch.minimum(x[0], x[1])", [-1, -1], -1, [0.5, 0.5]),
    ("torch.maximum(x[0], x[1])", [0.0, -0.0], 0, [0.5, 0.5]),
    ("torch.fmax(x[0], x[1])", [NAN, 1], 1, [0, 1]),
    ("torch.fmax(x[0], x[1])", [1, NAN], 1, [1, 0]),
    ("torch.fmin(x[0], x[1])", [1, NAN], 1, [1, 0]),
    # Corners have the slope nearest to zero.
    ("x.abs()", [0.0], 0, [0]),
    ("x.abs()", [-0.0], 0, [0]),
    ("torch.relu(x)", [0.0], 0, [0]),
    ("torch.relu(x)", [-0.0], 0, [0]),
    ("torch.hypot(x[0], x[1])", [0, 0], 0, [0, 0]),
    ("torch.hypot(x[0], x[1])", [3, 4], 5, [0.6, 0.8]),
    # Bounds let the gradient pass.
    ("x.clamp(0, 1)", [0.0], 0, [1]),
    ("x.clamp(0, 1)", [1.0], 1, [1]),
    ("x.clamp(min=0)", [0.0], 0, [1]),
    ("x.clamp(max=0)", [0.0], 0, [1]),
    ("x.clamp_min(0)", [0.0], 0, [1]),
    ("x.clamp_max(0)", [-0.0], 0, [1]),
    ("x.clamp(2, 1)", [0.0], 1, [0]),
    ("x[0].clamp(x[1], x[2])", [1, 1, 3], 1, [1, 0, 0]),
    ("x[0].clamp(x[1], x[2])", [0, 1, 3], 1, [0, 1, 0]),
    ("x[0].clamp(x[1], x[2])", [5, 1, 3], 3, [0, 0, 1]),
    ("x[0].clamp(x[1], x[2])", [0, 3, 1], 1, [0, 0, 1]),
    # Powers at zero.
    ("x ** 0", [0.0], 1, [0]),
    ("x ** 1", [0.0], 0, [1]),
    ("x ** 2", [0.0], 0, [0]),
    ("x ** 0.5", [0.0], 0, [INF]),
    ("x ** -1", [0.0], INF, [-INF]),
    ("x[0] ** x[1]", [0, 0], 1, [0, 0]),
    ("x[0] ** x[1]", [0, 2], 0, [0, 0]),
    ("x[0] ** x[1]", [0, 1], 0, [1, 0]),
    ("x ** x", [0.0], 1, [0]),
    ("0 ** x", [0.0], 1, [0]),
    ("0 ** x", [2.0], 0, [0]),
    ("1 ** x", [7.0], 1, [0]),
    ("x.sqrt()", [0.0], 0, [INF]),
    ("x.square()", [0.0], 0, [0]),
    # Products with logarithms.
    ("torch.xlogy(x[0], x[1])", [0, 0], 0, [0, 0]),
    ("torch.xlogy(x[0], x[1])", [0, -1], 0, [0, 0]),
    ("torch.xlogy(x[0], x[1])", [2, 1], 0, [0, 2]),
    ("torch.logaddexp(x[0], x[1])", [-INF, -INF], -INF, [0.5, 0.5]),
    ("torch.logaddexp(x[0], x[1])", [-INF, 3], 3, [0, 1]),
    ("torch.logaddexp(x[0], x[1])", [INF, 3], INF, [1, 0]),
    ("torch.logaddexp(x[0], x[1])", [2000, 2000], 2000 + math.log(2), [0.5, 0.5]),
    ("torch.logaddexp2(x[0], x[1])", [-INF, -INF], -INF, [0.5, 0.5]),
    ("torch.logaddexp2(x[0], x[1])", [3, 3], 4, [0.5, 0.5]),
    # Angles.
    ("torch.atan2(x[0], x[1])", [0, 0], 0, [0, 0]),
    ("torch.atan2(x[0], x[1])", [0, -1], math.pi, [-1, 0]),
    ("torch.sinc(x)", [0.0], 1, [0]),
    ("torch.sinc(x)", [1e-300], 1, [0]),
    ("x.angle()", [-0.0], 0, [0]),
    # Flat where smooth.
    ("x.sign()", [0.0], 0, [0]),
    ("x.floor() + x.ceil() + x.trunc() + x.round()", [1.0], 4, [0]),
    ("torch.div(x, 2, rounding_mode='trunc')", [-3.0], -1, [0]),
    # Remainders.
    ("torch.remainder(x[0], x[1])", [-1, 3], 2, [1, 1]),
    ("torch.fmod(x[0], x[1])", [-4, 3], -1, [1, 1]),
    ("x.frac()", [-1.5], -0.5, [1]),
    # Signs.
    ("torch.copysign(x[0], x[1])", [0, -1], 0, [0, 0]),
    ("torch.copysign(x[0], x[1])", [2, -0.0], -2, [-1, 0]),
    # Numbers that are none.
    ("torch.nan_to_num(x)", [NAN], 0, [0]),
    ("torch.nan_to_num(x, posinf=9)", [INF], 9, [0]),
    ("torch.nan_to_num(x)", [1.5], 1.5, [1]),
    ("torch.where(x > 0, x.sqrt(), 0)", [4.0], 2, [0.25]),
    ("torch.where(x > 0, x.sqrt(), 0)", [0.0], 0, [0]),
    ("torch.where(x > 0, x.sqrt(), 0)", [-1.0], 0, [0]),
    # Far out nothing overflows.
    ("x.sigmoid()", [800.0], 1, [0]),
    ("x.sigmoid()", [-800.0], 0, [0]),
    ("x.tanh()", [800.0], 1, [0]),
    ("x.exp()", [-INF], 0, [0]),
    ("x.atan()", [INF], math.pi / 2, [0]),
    ("x.expm1()", [1e-300], 1e-300, [1]),
    ("x.log1p()", [1e-300], 1e-300, [1]),
    ("x.logit()", [0.5], 0, [4]),
    ("x.logit(eps=0.25)", [0.0], -math.log(3), [0]),
    ("x.logit()", [2.0], NAN, [NAN]),
]


@pytest.mark.parametrize(("expression", "at", "value", "gradient"), POINTS)
def test_value_and_gradient(expression, at, value, gradient):
    x = torch.tensor([float(n) for n in at], dtype=torch.float64, requires_grad=True)
    result = eval(expression, {"torch": torch, "x": x})
    result.backward(torch.tensor(np.ones(tuple(result.shape))))
    np.testing.assert_allclose(result.detach().numpy().reshape(-1), [value], rtol=1e-15, atol=0)
    np.testing.assert_allclose(x.grad.numpy(), gradient, rtol=1e-15, atol=0)


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        ("x ** 2", [0.0]),
        ("x ** 3", [0.0]),
        ("torch.relu(x) ** 2", [0.0]),
        ("x.abs() ** 2", [0.0]),
        ("x.sinc()", [0.0]),
        ("torch.xlogy(x, x)", [1.0]),
        ("torch.logaddexp(x[0], x[1])", [-800, 800]),
        ("x[0] ** x[1]", [0, 3]),
        ("torch.hypot(x[0], x[1])", [0, 0]),
        ("torch.atan2(x[0], x[1])", [0, 0]),
        ("x ** x", [0.0]),
        ("torch.xlogy(x, x)", [0.0]),
        ("torch.special.xlog1py(x[0], x[1])", [0, -1]),
        ("torch.logaddexp(x[0], x[1])", [-INF, -INF]),
        ("torch.logaddexp2(x[0], x[1])", [-INF, -INF]),
        ("torch.logsumexp(x, 0)", [-INF, -INF]),
        ("torch.logcumsumexp(x, 0)", [-INF, -INF]),
        ("x.prod()", [0, 2, 3]),
        ("x.prod()", [0, 0, 3]),
        ("x.cumprod(0)", [0, 0, 3]),
        ("(x * x).sum().sqrt()", [0, 0]),
        *[
            (f"torch.linalg.norm(x, {order})", [0, 0])
            for order in ("0", "0.5", "1", "1.5", "2", "3", "float('inf')", "-1")
        ],
        *[(f"torch.linalg.norm(x.reshape(2, 2), {order})", [0] * 4) for order in ("'fro'", "'nuc'", "1", "2", "-2")],
        ("torch.linalg.det(x.reshape(2, 2))", [1, 1, 1, 1]),
        ("torch.linalg.det(x.reshape(3, 3))", [0] * 9),
        ("torch.cdist(x[None, :2], x[None, 2:])", [1, 2, 1, 2]),
        ("torch.cdist(x[None, :2], x[None, 2:], p=3)", [1, 2, 1, 2]),
        ("torch.dist(x[:2], x[2:])", [1, 2, 1, 2]),
        ("x.std()", [2, 2, 2]),
        ("x.var()", [2, 2, 2]),
        ("torch.nn.functional.normalize(x, dim=0)", [0, 0]),
        ("torch.cosine_similarity(x[:2], x[2:], dim=0)", [0, 0, 1, 1]),
        ("torch.where(x > 0, x.sqrt(), 0.0)", [-1, 0, 4]),
    ],
)
def test_second_derivatives_are_numbers(expression, at):
    x = torch.tensor([float(n) for n in at], dtype=torch.float64, requires_grad=True)
    result = eval(expression, {"torch": torch, "x": x})
    ones = torch.tensor(np.ones(tuple(result.shape)))
    (first,) = torch.autograd.grad(result, x, ones, create_graph=True)
    (second,) = torch.autograd.grad(first, x, torch.tensor(np.ones(len(at))), materialize_grads=True)
    assert np.isfinite(second.numpy()).all()


@pytest.mark.parametrize("number", [1 + 1j, -2 + 0.5j])
def test_the_gradient_of_a_real_loss_leads_downhill(number):
    # Conjugate Wirtinger derivatives: a step against the gradient makes |z|^2 smaller.
    z = torch.tensor(number, dtype=torch.complex128, requires_grad=True)
    loss = z.abs() ** 2
    loss.backward()
    assert z.grad.item() == pytest.approx(2 * number)


def test_complex_numbers_at_zero():
    z = torch.tensor(0j, dtype=torch.complex128, requires_grad=True)
    for function in (torch.abs, torch.angle):
        (found,) = torch.autograd.grad(function(z), z)
        assert found.item() == 0
    (found,) = torch.autograd.grad(torch.sgn(z), z, torch.tensor(1 + 0j, dtype=torch.complex128))
    assert found.item() == 0
