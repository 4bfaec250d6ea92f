"""Derivatives through `solve_ivp`: beside matrix exponentials, unrolled steps and differences of exact solutions."""

import functools
import gc
import weakref

import numpy as np
import pytest

import chainrule as torch
from chainrule import implicit, nn
from chainrule.autograd import functional, grad

F64 = torch.float64
EXPLICIT = ["RK23", "RK45", "DOP853"]
METHODS = [*EXPLICIT, "Radau", "BDF", "LSODA"]
TIMES = np.linspace(0, 2, 5)
A = np.array([[-0.3, 1.2], [-0.9, -0.1]])
Y0 = np.array([1.0, 0.5])
M = torch.tensor([[2.0, 0.3], [0.1, 1.5]], dtype=F64)


def tensor(values, *, requires_grad=False):
    return torch.tensor(np.asarray(values, np.float64), requires_grad=requires_grad)


def derivatives(function, *at):
    """The value, first and second derivatives of a sum over what the function returns."""
    inputs = [tensor(a, requires_grad=True) for a in at]
    y = function(*inputs)
    weights = tensor(np.random.default_rng(0).standard_normal(y.shape))
    first = grad((y**2 * weights).sum(), inputs, create_graph=True)
    second = grad(sum((g**2).sum() for g in first), inputs)
    plain = grad((function(*inputs) ** 2 * weights).sum(), inputs)  # one step after the other
    for recorded, found in zip(first, plain, strict=True):
        np.testing.assert_allclose(recorded.detach(), found, rtol=1e-9, atol=1e-10)
    return [t.detach().numpy() for t in (y, *first, *second)]


def linear(matrix, y0, **options):
    return implicit.solve_ivp(lambda t, y, matrix: matrix @ y, (0, 2), y0, args=matrix, **options).y


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_equation_is_a_matrix_exponential(method):
    def exact(matrix, y0):
        return torch.stack([torch.linalg.matrix_exp(matrix * t) @ y0 for t in TIMES], -1)

    def found(matrix, y0):
        return linear(matrix, y0, method=method, t_eval=TIMES, rtol=1e-8, atol=1e-10)

    for ours, theirs in zip(derivatives(found, A, Y0), derivatives(exact, A, Y0), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=2e-6)


def slope(t, y, c):
    return -c * y * (1 + t) + (M @ y).sin() * 0.3 + t.cos()


@pytest.mark.parametrize("method", EXPLICIT)
@pytest.mark.parametrize("asked", [True, False])
def test_explicit_methods_are_differentiated_exactly(method, asked):
    # With steps that do not adapt, differences see the same function.
    options = {"method": method, "rtol": 1e3, "atol": 1e3, "first_step": 0.25, "max_step": 0.25}
    times = [0, 0.1, 0.3, 0.5, 1] if asked else None

    def function(c):
        return implicit.solve_ivp(slope, (0, 1), c**2, t_eval=times, args=(c,), **options).y

    c = np.array([1.3, 0.7])
    columns = []
    for unit in 1e-5 * np.eye(2):
        with torch.no_grad():
            columns.append((function(tensor(c + unit)) - function(tensor(c - unit))).numpy() / 2e-5)
    np.testing.assert_allclose(functional.jacobian(function, tensor(c)), np.stack(columns, -1), atol=1e-9)


@pytest.mark.parametrize("backwards", [False, True])
def test_rk45_is_as_if_unrolled(backwards):
    from scipy.integrate import RK45
    from scipy.integrate import solve_ivp as scipy_solve_ivp

    span = (1.0, 0.0) if backwards else (0.0, 1.0)

    def unrolled(c):
        steps = scipy_solve_ivp(
            lambda t, y: slope(tensor(t), tensor(y), c.detach()).numpy(), span, c.detach().numpy() ** 2, rtol=1e-5
        )
        y = c**2
        states = [y]
        for t, after in zip(steps.t[:-1], steps.t[1:], strict=True):
            h = after - t
            slopes = []
            for row, node in zip(RK45.A, RK45.C, strict=True):
                between = sum([h * a * k for a, k in zip(row, slopes, strict=False)], y)
                slopes.append(slope(tensor(t + node * h), between, c))
            y = sum([h * b * k for b, k in zip(RK45.B, slopes, strict=True)], y)
            states.append(y)
        return torch.stack(states, -1)

    def found(c):
        return implicit.solve_ivp(slope, span, c**2, args=(c,), rtol=1e-5).y

    for ours, theirs in zip(derivatives(found, [1.3, 0.7]), derivatives(unrolled, [1.3, 0.7]), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_derivatives_are_as_near_as_the_tolerance_asks(method):
    def function(c, method, rtol):
        found = implicit.solve_ivp(
            slope, (0, 1), c**2, t_eval=[0.3, 1], args=(c,), method=method, rtol=rtol, atol=1e-12
        )
        return found.y

    c = tensor([1.3, 0.7])
    exact = functional.jacobian(lambda c: function(c, "DOP853", 1e-12), c)
    for rtol in (1e-4, 1e-7):
        near = functional.jacobian(lambda c, r=rtol: function(c, method, r), c)
        np.testing.assert_allclose(near, exact, atol=200 * rtol)


LOG_RATES = np.log([0.04, 1e4, 3e7])


def robertson(logs, method, rtol):
    # Reactions with rates of nine orders of magnitude.
    k1, k2, k3 = logs.exp()

    def rates(t, y):
        a, b, c = k1 * y[0], k2 * y[1] * y[2], k3 * y[1] ** 2
        return torch.stack([b - a, a - b - c, c])

    options = {"method": method, "rtol": rtol, "atol": rtol * 1e-3}
    y = implicit.solve_ivp(rates, (0, 100), tensor([1.0, 0, 0]), t_eval=[1, 100], **options).y
    return y[0, 0] + 2 * y[2, 1]


@functools.cache
def sensitivities_of_robertson():
    slopes = []
    for unit in 1e-3 * np.eye(3):
        with torch.no_grad():
            ahead, behind = [robertson(tensor(LOG_RATES + s * unit), "Radau", 1e-9) for s in (1, -1)]
            slopes.append((ahead - behind).item() / 2e-3)
    return np.array(slopes)


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_a_stiff_equation(method):
    logs = tensor(LOG_RATES, requires_grad=True)
    (found,) = grad(robertson(logs, method, 1e-6), logs)
    np.testing.assert_allclose(found, sensitivities_of_robertson(), rtol=2e-4, atol=1e-6)


def test_a_module_is_trained_through_it():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    y0 = torch.tensor([[1.0, 0.5], [0.2, 0.1], [0.0, 1.0]], requires_grad=True)

    def loss():
        return implicit.solve_ivp(lambda t, y: net(y), (0, 1), y0, rtol=1e-4, t_eval=[0.5, 1]).y.square().mean()

    value = loss()
    assert value.dtype == torch.float32
    value.backward()
    for each in (net[0].weight, net[2].bias, y0):
        before, got = each.detach().clone(), each.grad.clone()
        assert got.dtype == torch.float32
        step = 1e-2 * got / got.norm()
        ends = []
        for sign in (1, -1):
            with torch.no_grad():
                each.copy_(before + sign * step)
                ends.append(loss().item())
        with torch.no_grad():
            each.copy_(before)
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-2, got.norm().item(), rtol=2e-2)


def test_the_start_and_the_equation_may_depend_on_one_tensor():
    c = tensor(0.7, requires_grad=True)
    start = torch.stack([c, c * c])
    y = implicit.solve_ivp(lambda t, y: -c * y, (0, 1), start, t_eval=[1], rtol=1e-10, atol=1e-12).y[:, 0]
    value = c.item()
    np.testing.assert_allclose(grad(y[1], start, retain_graph=True)[0], [0, np.exp(-value)], rtol=1e-8)
    expected = 2 * value * np.exp(-value) - value**2 * np.exp(-value)
    np.testing.assert_allclose(grad(y[1], c)[0], expected, rtol=1e-8)


def test_complex_states():
    omega = tensor(2.0, requires_grad=True)
    y0 = torch.tensor([1.0 + 0.5j], dtype=torch.complex128, requires_grad=True)
    y = implicit.solve_ivp(lambda t, y: 1j * omega * y, (0, 1), y0, t_eval=[1], rtol=1e-10, atol=1e-12).y[0, 0]
    exact = torch.exp(1j * omega) * y0[0]
    for part in ("real", "imag"):
        ours, theirs = [grad(getattr(z, part), [omega, y0], retain_graph=True) for z in (y, exact)]
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-8)
    with pytest.raises(TypeError, match="y0 of real numbers, which implicit methods need"):
        implicit.solve_ivp(lambda t, y: y, (0, 1), y0, method="Radau")


def test_results_are_named_and_shaped_as_in_scipy():
    start = tensor(np.ones((2, 3)))
    found = implicit.solve_ivp(lambda t, y: -y, (0, 1), start)
    assert found.success
    assert found.nfev > 0
    assert found.y.shape == (2, 3, len(found.t))
    np.testing.assert_allclose(found.y[1, 2], np.exp(-found.t), rtol=1e-3)
    single = implicit.solve_ivp(lambda t, y: -y, (0, 1), tensor(1.0), t_eval=[0.5])
    assert single.y.shape == (1,)
    assert implicit.solve_ivp(lambda t, y: -y, (0, 1), tensor(1.0), t_eval=[]).y.shape == (0,)
    single = implicit.solve_ivp(lambda t, y: -y, (0, 1), torch.ones(1), t_eval=torch.tensor([0.5]))
    assert (single.t.dtype, single.y.dtype) == (torch.float32, torch.float32)
    half = tensor([0.5], requires_grad=True)
    for method in METHODS:
        nowhere = implicit.solve_ivp(lambda t, y: -y, (1, 1), half, method=method).y
        assert set(nowhere.detach().flatten().tolist()) == {0.5}
        assert grad(nowhere[0, -1], half)[0].item() == 1
    assert grad(implicit.solve_ivp(lambda t, y: -y, (0, 1), half, t_eval=[0]).y.sum(), half)[0].item() == 1


def test_states_may_be_several_tensors():
    a = tensor(0.5, requires_grad=True)
    start = {"position": tensor([1.0, 0.0]), "speed": tensor(0.3)}

    def right_side(t, y):
        return {"speed": -a * y["speed"], "position": y["speed"] * torch.ones(2, dtype=F64)}

    y = implicit.solve_ivp(right_side, (0, 1), start, t_eval=[0.5, 1.0], rtol=1e-9, atol=1e-12).y
    assert y["position"].shape == (2, 2)
    np.testing.assert_allclose(y["speed"].detach(), 0.3 * np.exp([-0.25, -0.5]), rtol=1e-8)
    np.testing.assert_allclose(grad(y["speed"][1], a, retain_graph=True)[0], -0.3 * np.exp(-0.5), rtol=1e-7)
    expected = 0.3 * (0.5 * np.exp(-0.5) - (1 - np.exp(-0.5))) / 0.25
    np.testing.assert_allclose(grad(y["position"][0, 1], a)[0], expected, rtol=1e-7)


def test_no_more_is_kept_than_the_states_between_steps():
    c = tensor([1.3, 0.7], requires_grad=True)
    made = []

    def watched(t, y):
        result = slope(t, y, c)
        if result.requires_grad:
            made.append(weakref.ref(result))
        return result

    gc.collect()
    gc.disable()
    try:
        y = implicit.solve_ivp(watched, (0, 1), c**2, max_step=0.01).y
        assert sum(reference() is not None for reference in made) <= 1
        y.sum().backward()
        assert len(made) > 600
        assert sum(reference() is not None for reference in made) <= 1
    finally:
        gc.enable()


def test_what_was_changed_in_place_since_is_noticed():
    for create_graph in (False, True):
        c, shift = tensor([1.3, 0.7], requires_grad=True), tensor([0.1, 0.2], requires_grad=True)
        y = implicit.solve_ivp(lambda t, y, c=c, shift=shift: -c * y + shift, (0, 1), tensor([1.0, 2.0])).y
        with torch.no_grad():
            shift.add_(1)  # which the gradient of a sum does not need, but the steps do
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            grad(y.sum(), c, create_graph=create_graph)


def test_tensors_that_are_first_used_on_the_way_are_noticed():
    c, late = tensor(1.3, requires_grad=True), tensor(0.5, requires_grad=True)
    y = implicit.solve_ivp(lambda t, y: -c * y if t < 0.5 else -late * c * y, (0, 1), tensor([1.0]), max_step=0.2).y
    with pytest.raises(RuntimeError, match="uses other tensors than it did"):
        y.sum().backward()
    assert c.grad is None


def test_what_scipy_cannot_integrate_is_an_error_with_its_message():
    a = tensor([1.0], requires_grad=True)
    with pytest.raises(implicit.SolverError, match=r"solve_ivp: SciPy's method 'RK45' .*step size") as error:
        implicit.solve_ivp(lambda t, y: a * y * y, (0, 2), tensor([1.0]))
    assert error.value.result.status == -1
    assert a.grad is None


def test_nothing_is_recorded_where_nothing_requires_grad():
    c = tensor([1.3, 0.7])
    assert not implicit.solve_ivp(slope, (0, 1), c, args=(c,)).y.requires_grad
    c.requires_grad_()
    with torch.no_grad():
        assert not implicit.solve_ivp(slope, (0, 1), c, args=(c,)).y.requires_grad
    with torch.inference_mode():
        assert not implicit.solve_ivp(slope, (0, 1), c, args=(c,), method="Radau").y.requires_grad


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        ({"method": "Euler"}, ValueError, "method must be one of RK23"),
        ({"events": lambda t, y: y[0]}, NotImplementedError, "events of SciPy's solve_ivp: not supported here"),
        ({"t_eval": [tensor(1.0, requires_grad=True)]}, NotImplementedError, "times have no derivatives here"),
        ({"fun": lambda t, y: 1.0}, TypeError, "fun must return a tensor, got float"),
        ({"fun": lambda t, y: y.sum()}, ValueError, r"of the shape of y0, \(2,\), got \(\)"),
        ({"y0": [1, 2]}, TypeError, "expected y0 of real or complex numbers"),
        ({"t_eval": [3.0]}, ValueError, "t_eval"),
    ],
)
def test_what_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        implicit.solve_ivp(**{"fun": lambda t, y: -y, "t_span": (0, 1), "y0": tensor([1.0, 2.0])} | call)
