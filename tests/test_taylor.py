"""Taylor mode: `jet` and derivatives of high order, beside derivatives of derivatives, and within other transforms."""

import math

import numpy as np
import pytest

import chainrule as torch
from chainrule.func import derivative, directional_derivative, grad, jacfwd, jacrev, jet, jvp, vmap

F = torch.nn.functional
ORDER = 6


def number(value):
    return torch.tensor(value, dtype=torch.float64)


# Of one number, each at a point of its own; composed, so that the series of what goes in has all orders.
FUNCTIONS = {
    "polynomial": (lambda x: 3 * x**5 - x**3 / 2 + x - 4, 0.7),
    "rational": (lambda x: (x**2 + 1) / (x**3 - x + 5), 0.7),
    "reciprocal": (lambda x: torch.reciprocal(1 + x * x), 0.7),
    "square": (lambda x: torch.square(torch.sin(x)), 0.7),
    "sqrt": (lambda x: torch.sqrt(1 + x**4), 0.7),
    "rsqrt": (lambda x: torch.rsqrt(2 + torch.sin(x)), 0.7),
    "real power": (lambda x: (1 + x * x) ** 1.7, 0.7),
    "power at zero": (lambda x: (x - 0.5) ** 3, 0.5),
    "power of two tensors": (lambda x: (1 + x * x) ** torch.sin(x), 0.7),
    "power of a number": (lambda x: 2.5 ** torch.sin(x), 0.7),
    "exp": (lambda x: torch.exp(torch.sin(x)), 0.7),
    "expm1": (lambda x: torch.expm1(x * x), 0.7),
    "log": (lambda x: torch.log(2 + torch.sin(x)), 0.7),
    "log1p": (lambda x: torch.log1p(x * x), 0.7),
    "sin": (lambda x: torch.sin(torch.exp(x)), 0.7),
    "cos": (lambda x: torch.cos(x * torch.sin(x)), 0.7),
    "tan": (lambda x: torch.tan(x * x), 0.7),
    "asin": (lambda x: torch.asin(x * x), 0.7),
    "acos": (lambda x: torch.acos(torch.sin(x) / 2), 0.7),
    "atan": (lambda x: torch.atan(torch.exp(x)), 0.7),
    "atan2": (lambda x: torch.atan2(torch.sin(x), 1 + x * x), 0.7),
    "sinh and cosh": (lambda x: torch.sinh(torch.cosh(x)), 0.7),
    "tanh of tanh": (lambda x: torch.tanh(torch.tanh(x)), 0.3),
    "asinh": (lambda x: torch.asinh(torch.exp(x)), 0.7),
    "acosh": (lambda x: torch.acosh(2 + x * x), 0.7),
    "atanh": (lambda x: torch.atanh(torch.sin(x) / 2), 0.7),
    "sigmoid": (lambda x: torch.sigmoid(x * x), 0.7),
    "softplus": (lambda x: F.softplus(torch.sin(3 * x)), 0.7),
    "silu": (lambda x: F.silu(x * x), 0.7),
    "gelu": (lambda x: F.gelu(x * x), 0.7),
    "gelu by tanh": (lambda x: F.gelu(x * x, approximate="tanh"), 0.7),
    "mish": (lambda x: F.mish(x * x), 0.7),
    "erf": (lambda x: torch.erf(torch.sin(x)), 0.7),
    "lgamma": (lambda x: torch.lgamma(2 + torch.sin(x)), 0.7),
    "i0": (lambda x: torch.i0(x * x), 0.7),
    "bessel_j0": (lambda x: torch.special.bessel_j0(torch.exp(x)), 0.7),
    "logaddexp": (lambda x: torch.logaddexp(x * x, torch.sin(x)), 0.7),
    "hypot": (lambda x: torch.hypot(torch.sin(x), torch.exp(x)), 0.7),
    "where": (lambda x: torch.where(x > 0, torch.sin(x), torch.cos(x)) * x, 0.7),
    "abs and relu": (lambda x: torch.abs(torch.sin(x) - 2) + torch.relu(x * x - 0.1), 0.7),
    "softmax": (lambda x: torch.softmax(torch.stack([x, torch.sin(x), x * x]), 0)[1], 0.7),
    "logsumexp": (lambda x: torch.logsumexp(torch.stack([x, torch.sin(x), x * x]), 0), 0.7),
    "norm": (lambda x: torch.linalg.vector_norm(torch.stack([x, torch.sin(x), x * x])), 0.7),
    "product": (lambda x: torch.stack([x, torch.sin(x), x * x]).prod(), 0.7),
    "inverse": (lambda x: torch.linalg.inv(torch.stack([x + 3, x, x * x, x + 4]).view(2, 2)).sum(), 0.7),
    "solve": (
        lambda x: torch.linalg.solve(torch.stack([x + 3, x, x * x, x + 4]).view(2, 2), torch.stack([x, x**2])).sum(),
        0.7,
    ),
    "slogdet": (lambda x: torch.linalg.slogdet(torch.stack([x + 3, x, x * x, x + 4]).view(2, 2))[1], 0.7),
    "eigenvalue": (lambda x: torch.linalg.eigvalsh(torch.stack([x + 3, x, x, x * x]).view(2, 2))[0], 0.7),
    "grad within": (grad(lambda x: torch.sin(x) * torch.exp(x * x)), 0.7),
    "jvp within": (lambda x: jvp(lambda y: torch.tanh(y) * x, (x * x,), (torch.sin(x),))[1], 0.7),
}


def by_reverse_mode(function, x, order):
    y = function(x.requires_grad_())
    found = []
    for _ in range(order):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        found.append(float(y.detach()))
        if not y.requires_grad:
            break
    return found + [0.0] * (order - len(found))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_to_the_sixth_order_are_those_by_nested_reverse_mode(name):
    function, x = FUNCTIONS[name]
    terms = jet(function, (number(x),), ([1.0] + [0.0] * (ORDER - 1),))[1]
    expected = by_reverse_mode(function, number(x), ORDER)
    scale = [max(1, *map(abs, expected[: k + 1])) for k in range(ORDER)]
    np.testing.assert_allclose(np.array(terms) / scale, np.array(expected) / scale, rtol=0, atol=1e-11)


def test_the_tenth_derivative_of_tanh_of_tanh():
    x = number(0.3)
    expected = by_reverse_mode(FUNCTIONS["tanh of tanh"][0], number(0.3), 10)[-1]
    assert float(derivative(FUNCTIONS["tanh of tanh"][0], 10)(x)) == pytest.approx(expected, rel=1e-10)


def test_orders_far_beyond_what_can_be_nested():
    """Of the exponential function and of the geometric series all derivatives are known."""
    x = number(0.0)
    assert float(derivative(torch.exp, 60)(x)) == pytest.approx(1, rel=1e-12)
    terms = jet(lambda x: 1 / (1 - x), (x,), ([1.0] + [0.0] * 39,), factorial_scaled=False)[1]
    assert [float(t) for t in terms] == [1.0] * 40


# ---- jet: what it takes and gives ----


def test_terms_are_derivatives_along_the_curve():
    """Faa di Bruno's formula for sin(h(t)), as in JAX's description."""
    h, h1, h2 = 0.5**3, 3 * 0.5**2, 6 * 0.5
    value, (first, second) = jet(torch.sin, (number(h),), ((h1, h2),))
    assert float(value) == math.sin(h)
    assert float(first) == pytest.approx(math.cos(h) * h1)
    assert float(second) == pytest.approx(-math.sin(h) * h1**2 + math.cos(h) * h2)
    _, coefficients = jet(torch.sin, (number(h),), ((h1, h2 / 2),), factorial_scaled=False)
    assert float(coefficients[1]) == pytest.approx(float(second) / 2)


def test_several_arguments_containers_and_series_of_different_lengths():
    arguments = {"a": number([1.0, 2.0]), "b": [number(3.0)]}
    direction = {"a": number([1.0, 0.0]), "b": [number(2.0)]}

    def function(tree, y):
        return {"product": tree["a"] * tree["b"][0] * y, "constant": torch.ones(2), "text": "as it is"}

    values, terms = jet(function, (arguments, number(2.0)), ([direction], [1.0, 0.0, 0.0]))
    assert values["product"].tolist() == [6.0, 12.0]
    # a b y with a = [1 + t, 2], b = 3 + 2 t, y = 2 + t
    assert [t.tolist() for t in terms["product"]] == [[13.0, 14.0], [18.0, 8.0], [12.0, 0.0]]
    assert [t.tolist() for t in terms["constant"]] == [[0.0, 0.0]] * 3
    assert values["text"] == "as it is"


def test_types_and_shapes_are_those_of_the_result():
    x = torch.ones(3, 1)
    value, terms = jet(lambda x: (x * torch.ones(4)).sin(), (x,), ([torch.ones(3, 1), 0.0],))
    assert value.shape == terms[1].shape == (3, 4)
    assert value.dtype == terms[0].dtype == torch.float32
    _, terms = jet(lambda x: x.double() * 1j, (x,), ([1.0, 0.0],))
    assert terms[0].dtype == torch.complex128


def test_what_is_given_is_not_changed():
    x, v = number([1.0, 2.0]), number([1.0, 1.0])
    _, terms = jet(lambda x: x.mul_(x), (x,), ([v, 0.0],))
    assert x.tolist() == [1.0, 2.0]
    assert [t.tolist() for t in terms] == [[2.0, 4.0], [2.0, 2.0]]
    _, terms = jet(lambda x: x, (x,), ([v],))
    terms[0].mul_(5)
    assert v.tolist() == [1.0, 1.0]


def test_results_carry_nothing_on():
    value, terms = jet(torch.sin, (number(1.0),), ([1.0, 0.0],))
    assert value._tangents is None
    assert not any(t._tangents for t in terms)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: jet(torch.sin, (x,), ()), "a series for each primal, but got 1 primals, 0 series"),
        (lambda x: jet(torch.sin, (1.0,), ([1.0],)), "expected primals to be tensors of .* got <class 'float'>"),
        (lambda x: jet(torch.sin, (torch.tensor(1),), ([1.0],)), "expected primals to be tensors .* got .*int64"),
        (lambda x: jet(torch.sin, (x,), ([torch.ones(3)],)), r"the shape of their primal, \[2\], but got \[3\]"),
        (lambda x: derivative(torch.sin, -1), "derivative: expected order to be an integer from 0 on, but got -1"),
        (lambda x: directional_derivative(torch.sin, (x,), (x,), 1.5), "expected order to be an integer .* 1.5"),
        (lambda x: directional_derivative(torch.sin, (x,), ()), "a tangent for each primal, but got 1 primals, 0"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(torch.ones(2))


def test_derivative_of_order_zero_and_of_elements():
    x = number([0.1, 0.2])
    assert derivative(torch.sin, 0)(x).tolist() == torch.sin(x).tolist()
    np.testing.assert_allclose(derivative(torch.sin, 4)(x), np.sin([0.1, 0.2]), rtol=1e-14)
    assert derivative(lambda x, n: x**n, 2)(number(2.0), 3).item() == 12
    both = derivative(lambda x: {"a": x**3, "b": (x, x * x)}, 2)(number(2.0))
    assert both["a"].item(), [b.item() for b in both["b"]] == (12, [0, 2])


def test_directional_derivatives_are_those_of_the_hessian_and_so_on():
    rng = np.random.default_rng(0)
    x, v = number(rng.normal(size=4)), number(rng.normal(size=4))
    function = lambda x: torch.exp(torch.sin(x).sum()) * x.prod()
    hessian = torch.func.hessian(function)(x)
    assert directional_derivative(function, (x,), (v,)).item() == pytest.approx((grad(function)(x) @ v).item())
    assert directional_derivative(function, (x,), (v,), 2).item() == pytest.approx((v @ hessian @ v).item())
    third = jacfwd(jacfwd(grad(function)))(x)
    expected = torch.einsum("ijk,i,j,k->", third, v, v, v).item()
    assert directional_derivative(function, (x,), (v,), 3).item() == pytest.approx(expected)


# ---- other transforms around and within ----


def third_derivative(x):
    return jet(torch.tanh, (x,), ([1.0, 0.0, 0.0],))[1][2]


def test_reverse_and_forward_mode_through_jet():
    expected = by_reverse_mode(torch.tanh, number(0.4), 4)[3]
    x = number(0.4).requires_grad_()
    (found,) = torch.autograd.grad(third_derivative(x), x)
    assert found.item() == pytest.approx(expected)
    for transform in (grad, jacrev, jacfwd):
        assert transform(third_derivative)(number(0.4)).item() == pytest.approx(expected)
    assert jvp(third_derivative, (number(0.4),), (number(1.0),))[1].item() == pytest.approx(expected)


def test_reverse_mode_through_the_series_that_is_given():
    v = number(2.0).requires_grad_()
    _, terms = jet(torch.sin, (number(0.3),), ([v, 0.0],))
    (found,) = torch.autograd.grad(terms[1], v)
    assert found.item() == pytest.approx(-2 * 2.0 * math.sin(0.3))


def test_jet_of_jet():
    """The fourth derivative, as the second of the second; and mixed ones."""
    second = derivative(lambda x: torch.sin(x * x), 2)
    expected = by_reverse_mode(lambda x: torch.sin(x * x), number(0.7), 4)[3]
    assert derivative(second, 2)(number(0.7)).item() == pytest.approx(expected)
    x, y = number(0.7), number(0.2)
    mixed = derivative(lambda x: derivative(lambda y: torch.exp(x * y), 2)(y), 2)(x)
    # (x^2 exp(x y)) twice by x
    assert mixed.item() == pytest.approx(math.exp(0.14) * (2 + 4 * 0.14 + 0.14**2))


def test_batches_of_series():
    x = number([0.1, 0.5, 0.9])
    expected = [third_derivative(each).item() for each in x]
    np.testing.assert_allclose(vmap(third_derivative)(x), expected, rtol=1e-13)
    _, terms = jet(vmap(lambda x: x.sin() @ x), (number(np.ones((2, 3))),), ([1.0, 0.0],))
    np.testing.assert_allclose(terms[1], [3 * (2 * math.cos(1) - math.sin(1))] * 2)


def test_the_parameters_of_a_network_have_gradients_through_its_derivatives():
    """A loss of second derivatives, as networks that solve differential equations have."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)).double()
    x = number(np.linspace(0, 1, 5)[:, None])

    def by_series():
        return (derivative(network, 2)(x) ** 2).sum()

    def by_reverse():
        points = x.clone().requires_grad_()
        (first,) = torch.autograd.grad(network(points).sum(), points, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), points, create_graph=True)
        return (second**2).sum()

    found = torch.autograd.grad(by_series(), list(network.parameters()), allow_unused=True)
    expected = torch.autograd.grad(by_reverse(), list(network.parameters()), allow_unused=True)
    for ours, theirs in zip(found, expected, strict=True):
        if theirs is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_nothing_is_recorded_where_nobody_asks():
    assert not jet(torch.sin, (number(1.0),), ([1.0],))[1][0].requires_grad
    x = number(1.0).requires_grad_()
    with torch.no_grad():
        value, terms = jet(lambda x: torch.linalg.vector_norm(torch.stack([x, x * x])), (x,), ([1.0, 0.0],))
    assert not value.requires_grad
    assert not any(t.requires_grad for t in terms)


# ---- changes in place, custom functions ----


def test_changes_in_place_through_views():
    def function(x):
        y = torch.zeros(3, dtype=torch.float64)
        y[1].copy_(x)
        part = y[1:]
        part.mul_(x)
        whole = y.view(3, 1)
        y.exp_()
        return (whole.sum() + part.sum()) * torch.sin(x)

    def out_of_place(x):
        e = torch.exp(x * x)
        return (e + 2 + e + 1) * torch.sin(x)

    terms = jet(function, (number(0.3),), ([1.0, 0.0, 0.0],))[1]
    np.testing.assert_allclose([float(t) for t in terms], by_reverse_mode(out_of_place, number(0.3), 3))


def test_an_assignment_is_a_change_in_place():
    def function(x):
        y = torch.zeros(2, dtype=torch.float64)
        y[0] = x * x
        y[1] = 3.0
        return y.prod()

    terms = jet(function, (number(0.5),), ([1.0, 0.0],))[1]
    assert [float(t) for t in terms] == [3.0, 6.0]


def test_what_is_written_over_is_forgotten():
    """A comparison in place has no derivative, and a constant has none."""

    def function(x, change):
        y = x * x
        change(y)
        return y + x

    for change in (lambda y: y.eq_(4.0), lambda y: y.zero_(), lambda y: y.copy_(number(7.0)), lambda y: y.floor_()):
        _, terms = jet(lambda x, change=change: function(x, change), (number(2.0),), ([1.0, 0.0],))
        assert [float(t) for t in terms] == [1.0, 0.0]
    _, terms = jet(lambda x: torch.sin(x, out=torch.zeros_like(x)), (number(2.0),), ([1.0, 0.0],))
    assert float(terms[0]) == pytest.approx(math.cos(2))


class Cube(torch.autograd.Function):
    """A custom function with a backward and nothing else."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * x * x * grad


def test_custom_functions_by_their_backward():
    terms = jet(lambda x: torch.sin(Cube.apply(torch.exp(x))), (number(0.3),), ([1.0, 0.0, 0.0, 0.0],))[1]
    expected = by_reverse_mode(lambda x: torch.sin(torch.exp(x) ** 3), number(0.3), 4)
    np.testing.assert_allclose([float(t) for t in terms], expected, rtol=1e-11)


def test_detached_tensors_are_constants():
    _, terms = jet(lambda x: x * x.detach(), (number(3.0),), ([1.0, 0.0],))
    assert [float(t) for t in terms] == [3.0, 0.0]


# ---- cost ----


@pytest.mark.parametrize(
    "function", [torch.tanh, torch.sin, torch.special.i1, torch.special.bessel_j1, torch.erf, torch.lgamma, torch.sinc]
)
def test_the_number_of_operations_does_not_grow_exponentially(function, monkeypatch):
    """Operations within formulas, for orders 8 and 16: no more than four times as many."""
    calls = []
    of_formula = torch.func.taylor.TaylorLevel._of_formula
    monkeypatch.setattr(
        torch.func.taylor.TaylorLevel,
        "_of_formula",
        lambda self, *args, **options: (calls.append(1), of_formula(self, *args, **options))[1],
    )
    counts = []
    for order in (8, 16):
        calls.clear()
        jet(function, (number(0.7),), ([1.0] + [0.0] * (order - 1),))
        counts.append(len(calls))
    assert counts[1] <= 4 * counts[0]
