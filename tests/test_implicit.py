"""Roots, fixed points, minima, linear equations: their derivatives beside closed forms, differences and unrolling."""

import gc
import weakref

import numpy as np
import pytest

import chainrule as torch
from chainrule import implicit, nn
from chainrule.autograd import functional, grad

F64 = torch.float64
C = np.array([1.3, 0.7])
M = torch.tensor([[2.0, 0.3], [0.1, 1.5]], dtype=F64)
S = M + M.T


def tensor(values, *, requires_grad=False):
    return torch.tensor(np.asarray(values, np.float64), requires_grad=requires_grad)


ONES = tensor([1.0, 1.0])


def root(c, **options):
    return implicit.root(lambda x, c: x**3 + x * c - c.exp() + 0.1 * (M @ x), ONES, args=(c,), **options)


def fixed_point(c, **options):
    return implicit.fixed_point(lambda x, c: (0.3 * (M @ x) * c).cos(), ONES, args=c, **options)


def argmin(c, **options):
    def objective(x):
        return (x**4).sum() / 4 + (x * c).sum() ** 2 - (x * c.exp()).sum()

    return implicit.argmin(objective, 0.1 * ONES, **options)


def solve(c, **options):
    return implicit.solve(lambda x: 2 * (S @ x) + c * x + c.prod() * x.flip(0), c.sin(), rtol=1e-13, **options)


ROOT_METHODS = [None, "hybr", "lm", "krylov", "broyden1", "df-sane"]
FIXED_POINT_METHODS = ["del2", "iteration", "hybr", "krylov"]
WITH_GRADIENT = ["BFGS", "CG", "L-BFGS-B", "SLSQP", "TNC"]
WITH_HESSIAN = ["Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "trust-constr"]
LINEAR_METHODS = ["cg", "gmres", "bicgstab", "cgs", "lgmres", "gcrotmk", "tfqmr", "minres"]

PROBLEMS = {
    **{f"root {m}": (lambda c, m=m: root(c, method=m, tol=1e-10), 1e-6) for m in ROOT_METHODS},
    **{f"fixed_point {m}": (lambda c, m=m: fixed_point(c, method=m, xtol=1e-12), 1e-8) for m in FIXED_POINT_METHODS},
    **{f"argmin {m}": (lambda c, m=m: argmin(c, method=m, tol=1e-8), 3e-3) for m in WITH_GRADIENT},
    **{f"argmin {m}": (lambda c, m=m: argmin(c, method=m, tol=1e-7), 1e-5) for m in WITH_HESSIAN},
    **{f"solve {m}": (lambda c, m=m: solve(c, method=m), 1e-8) for m in LINEAR_METHODS},
    "root gmres": (lambda c: root(c, tol=1e-12, linear_solver="gmres"), 1e-8),
    "root own": (lambda c: root(c, tol=1e-12, linear_solver=dense), 1e-8),
    "argmin gmres": (lambda c: argmin(c, tol=1e-9, method="trust-exact", linear_solver="gmres"), 1e-6),
}


def dense(operator, vector):
    return np.linalg.solve(operator @ np.eye(len(vector)), vector)


def differences(function, at, step=1e-5):
    columns = []
    for unit in np.eye(at.size).reshape(-1, *at.shape):
        with torch.no_grad():
            columns.append((function(tensor(at + step * unit)) - function(tensor(at - step * unit))) / (2 * step))
    return np.stack([column.numpy() for column in columns], -1)


EXACT = {
    "root": lambda c: root(c, tol=1e-13),
    "fixed_point": lambda c: fixed_point(c, xtol=1e-13),
    "argmin": lambda c: argmin(c, method="trust-exact", tol=1e-9),
    "solve": lambda c: solve(c, method="cg"),
}


@pytest.mark.filterwarnings("ignore:Method trust:RuntimeWarning")
@pytest.mark.parametrize("name", PROBLEMS)
def test_first_derivatives_are_those_of_differences_with_every_method(name):
    function, tolerance = PROBLEMS[name]
    expected = differences(EXACT[name.split()[0]], C)
    np.testing.assert_allclose(functional.jacobian(function, tensor(C)), expected, atol=max(tolerance, 1e-8))


@pytest.mark.parametrize("name", PROBLEMS)
def test_second_derivatives_are_differences_of_first_ones(name):
    function, tolerance = PROBLEMS[name]
    exact = EXACT[name.split()[0]]

    def gradient(c):
        with torch.enable_grad():
            c = c.detach().requires_grad_()
            return grad((exact(c) ** 2 * tensor([1.0, 3.0])).sum(), c)[0]

    hessian = functional.hessian(lambda c: (function(c) ** 2 * tensor([1.0, 3.0])).sum(), tensor(C))
    np.testing.assert_allclose(hessian, differences(gradient, C), atol=max(20 * tolerance, 1e-7))
    np.testing.assert_allclose(hessian, hessian.T, atol=max(tolerance, 1e-8))


@pytest.mark.parametrize("solver", [None, "gmres"])
def test_derivatives_up_to_the_fifth_are_those_of_the_square_root(solver):
    a = tensor([4.0, 9.0], requires_grad=True)
    x = implicit.root(lambda x: x * x - a, ONES, tol=1e-14, linear_solver=solver)
    derivative, factor, power = x, 1.0, 0.5
    for _ in range(5):
        (derivative,) = grad(derivative.sum(), a, create_graph=True)
        factor, power = factor * power, power - 1
        np.testing.assert_allclose(derivative.detach(), factor * a.detach() ** power, rtol=1e-8)


def test_gradients_are_those_of_an_unrolled_newton_method():
    def unrolled(c):
        x = ONES
        for _ in range(30):
            wrong = x**3 + x * c - c.exp() + 0.1 * (M @ x)
            x = x - torch.linalg.solve(torch.diag(3 * x**2 + c) + 0.1 * M, wrong)
        return x

    c = tensor(C)
    np.testing.assert_allclose(root(c, tol=1e-13), unrolled(c), rtol=1e-12)
    np.testing.assert_allclose(functional.jacobian(EXACT["root"], c), functional.jacobian(unrolled, c), rtol=1e-10)
    ours, theirs = [functional.hessian(lambda c, f=f: f(c).prod(), c) for f in (EXACT["root"], unrolled)]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_captured_tensors_have_gradients_each_of_its_own_use():
    c1 = tensor([1.0, 2.0], requires_grad=True)
    c2 = c1.exp()
    x = implicit.root(lambda x: x**3 + x * c1 - c2, ONES, tol=1e-13)
    slope = (3 * x**2 + c1).detach()
    (at_c2,) = grad(x.sum(), c2, retain_graph=True)
    np.testing.assert_allclose(at_c2, 1 / slope)
    (at_c1,) = grad(x.sum(), c1)
    np.testing.assert_allclose(at_c1, ((c2 - x) / slope).detach())


def test_parameters_of_a_module_are_trained_through_its_fixed_point():
    torch.manual_seed(0)
    layer = nn.Linear(3, 3, dtype=F64)
    with torch.no_grad():
        layer.weight.mul_(0.5)
    data = tensor(np.random.default_rng(1).standard_normal((5, 3)), requires_grad=True)

    def cell(z):
        return (layer(z) + data).tanh()

    def gradients(z):
        layer.zero_grad()
        data.grad = None
        (z**2).sum().backward()
        return [layer.weight.grad.clone(), layer.bias.grad.clone(), data.grad.clone()]

    z = tensor(np.zeros((5, 3)))
    unrolled = z
    for _ in range(80):
        unrolled = cell(unrolled)
    expected = gradients(unrolled)
    for options in (
        {},
        {"batch_dims": 1},
        {"method": "krylov", "batch_dims": 1, "xtol": 1e-12},
        {"linear_solver": "gmres"},
    ):
        options = {"method": "iteration", "xtol": 1e-12} | options  # noqa: PLW2901
        for ours, theirs in zip(gradients(implicit.fixed_point(cell, z, **options)), expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


def test_arguments_may_be_nested():
    a, b = tensor(3.0, requires_grad=True), tensor(2.0, requires_grad=True)
    x = implicit.root(lambda x, given: given["k"][0] * x - given["b"], tensor(1.0), args={"k": [a], "b": b})
    np.testing.assert_allclose(grad(x, [a, b]), [-2 / 9, 1 / 3])


def test_unknowns_may_be_several_tensors():
    a = tensor(3.0, requires_grad=True)
    start = {"p": tensor([1.0, 1.0]), "q": (tensor(1.0),)}

    def equations(given):
        p, (q,) = given["p"], given["q"]
        return {"q": (q * p[0] - 2,), "p": p**2 - a * tensor([1.0, 4.0])}

    found = implicit.root(equations, start, tol=1e-13)
    assert found["p"].shape == (2,)
    assert found["q"][0].shape == ()
    np.testing.assert_allclose(found["q"][0].item(), 2 / np.sqrt(3))
    np.testing.assert_allclose(grad(found["q"][0], a)[0], -1 / np.sqrt(27))
    least = implicit.argmin(lambda g: ((g["p"] - a) ** 2).sum() + (g["q"][0] - a * a) ** 2, start, tol=1e-10)
    np.testing.assert_allclose(grad(least["p"].sum() + least["q"][0], a)[0], 2 + 6)
    x, y = implicit.solve(lambda v: [3 * v[0], a * v[1]], [tensor([3.0]), tensor(6.0)], rtol=1e-13)
    np.testing.assert_allclose([x.item(), y.item()], [1, 2])
    np.testing.assert_allclose(grad(y, a)[0], -2 / 3)
    with pytest.raises(ValueError, match="must return the containers that it is given"):
        implicit.root(lambda g: [g["p"], g["q"]], start)
    with pytest.raises(ValueError, match="must return tensors of shapes"):
        implicit.root(lambda g: {"p": g["p"], "q": (g["p"],)}, start)
    with pytest.raises(TypeError, match="expected tensors, got float among them"):
        implicit.root(equations, {"p": ONES, "q": (1.0,)})
    with pytest.raises(ValueError, match="batch_dims=1, which is for one tensor"):
        implicit.root(equations, start, batch_dims=1)


def test_a_batch_of_problems_is_as_each_alone():
    rng = np.random.default_rng(0)
    c = tensor(rng.uniform(0.5, 1.5, (40, 2)), requires_grad=True)

    def equations(x, c):
        return x**3 + x * c - c.exp() + 0.1 * (x @ M.T)

    def of_all(c):
        return implicit.root(equations, torch.ones_like(c), args=(c,), batch_dims=1, tol=1e-12)

    def one_by_one(c):
        return torch.stack([implicit.root(equations, ONES, args=(row,), tol=1e-13) for row in c])

    weights = tensor(rng.standard_normal((40, 2)))
    results = []
    for function in (of_all, one_by_one):
        x = function(c)
        (g,) = grad((x**2 * weights).sum(), c, create_graph=True)
        (h,) = grad((g**2).sum(), c)
        results.append((x.detach(), g.detach(), h))
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9)
    least = implicit.argmin(lambda x: ((x - c) ** 4 + (x - c) ** 2).sum(1), torch.zeros_like(c), batch_dims=1, tol=1e-8)
    np.testing.assert_allclose(grad(least.sum(), c)[0], np.ones((40, 2)), atol=1e-6)


def test_problems_that_are_not_independent_are_noticed():
    c = tensor(np.ones((4, 2)), requires_grad=True)
    with pytest.raises(ValueError, match="depend on the unknowns of another"):
        implicit.root(lambda x: x + 0.1 * x.sum() - c, torch.zeros_like(c), batch_dims=1)
    x = implicit.root(lambda x: x + 0.1 * x.sum() - c, torch.zeros_like(c), batch_dims=1, method="hybr")
    with pytest.raises(ValueError, match="batch_dims=1 says"):
        x.sum().backward()
    assert c.grad is None


def test_elements_at_a_bound_stay_there():
    def least(c, method="L-BFGS-B"):
        bounds = [(0, None), (None, 0.5), (0, 1)]
        return implicit.argmin(
            lambda x: ((x - c) ** 2).sum() + x.prod(), tensor([0.2] * 3), method=method, bounds=bounds, tol=1e-10
        )

    c = tensor([-1.0, 2.0, 0.5])
    np.testing.assert_allclose(least(c), [0, 0.5, 0.5], atol=1e-7)
    np.testing.assert_allclose(functional.jacobian(least, c), np.diag([0, 0, 1]), atol=1e-7)
    inside = tensor([0.4, 0.2, 0.5])
    np.testing.assert_allclose(functional.jacobian(least, inside), differences(least, inside.numpy()), atol=1e-5)
    from scipy.optimize import Bounds

    bounds = Bounds(0, 1)
    for scale in (1, 1e3):
        for given, expected in ((-1.0, 0), (0.3, 1), (1e-2, 1), (2.0, 0)):
            a = tensor([given], requires_grad=True)
            x = implicit.argmin(
                lambda x, a=a, s=scale: s * ((x - a) ** 2).sum(), tensor([0.5]), bounds=bounds, method="trust-constr"
            )
            np.testing.assert_allclose(x.detach(), a.detach().clamp(0, 1), atol=1e-2)
            np.testing.assert_allclose(grad(x, a)[0], [expected], atol=1e-3)


def test_complex_linear_equations():
    rng = np.random.default_rng(0)
    matrix = torch.tensor(rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3)) + 4 * np.eye(3))
    b = torch.tensor(rng.standard_normal(3) + 1j * rng.standard_normal(3))

    def results(solve):
        m, v = [t.clone().requires_grad_() for t in (matrix, b)]
        x = solve(m, v)
        first = grad((x.abs() ** 2).sum(), [m, v], create_graph=True)
        second = grad(sum((g.abs() ** 2).sum() for g in first), [m, v])
        return [t.detach() for t in (x, *first, *second)]

    ours = results(lambda m, v: implicit.solve(lambda x: m @ x, v, rtol=1e-14))
    for one, other in zip(ours, results(torch.linalg.solve), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("name", ["root", "fixed_point", "argmin", "solve"])
def test_32_bits(name):
    def function(c):
        matrix, ones = S.to(c.dtype), torch.ones(2, dtype=c.dtype)
        if name == "solve":
            return implicit.solve(lambda x: 2 * (matrix @ x) + c * x, c.sin(), method="cg", rtol=1e-6)
        if name == "root":
            return implicit.root(lambda x: x**3 + x * c - c.exp(), ones)
        if name == "fixed_point":
            return implicit.fixed_point(lambda x: (0.5 * x * c).cos(), ones)
        return implicit.argmin(lambda x: (x**4).sum() / 4 - (x * c.exp()).sum(), ones)

    c = torch.tensor(C, dtype=torch.float32)
    for derivative in (functional.jacobian, lambda f, c: functional.hessian(lambda c: f(c).sum(), c)):
        found = derivative(function, c)
        assert found.dtype == torch.float32
        np.testing.assert_allclose(found, derivative(function, c.double()), rtol=5e-3, atol=1e-3)


def test_what_scipy_cannot_solve_is_an_error_with_its_message_and_changes_nothing():
    a = tensor([1.0, 1.0], requires_grad=True)
    x0 = tensor([1.0, 2.0])
    with pytest.raises(
        implicit.SolverError, match="root: SciPy's method 'hybr' found no solution: The iteration"
    ) as error:
        implicit.root(lambda x: x * x + a, x0)
    assert not error.value.result.success
    with pytest.raises(
        implicit.SolverError, match=r"fixed_point: SciPy's method 'iteration' .*Failed to converge after 5"
    ):
        implicit.fixed_point(lambda x: 2 * x + a, x0, method="iteration", maxiter=5)
    with pytest.raises(implicit.SolverError, match=r"argmin: SciPy's method 'BFGS' .*Maximum number of iterations"):
        implicit.argmin(lambda x: (x**4 - a * x).sum(), x0, options={"maxiter": 1})
    with pytest.raises(implicit.SolverError, match=r"solve: SciPy's method 'cg' .*not reached in 1 iterations"):
        implicit.solve(lambda x: S @ x, a, method="cg", maxiter=1)
    assert a.grad is None
    np.testing.assert_array_equal(x0, [1, 2])


@pytest.mark.parametrize("method", ["BFGS", "trust-exact"])
def test_a_tolerance_that_numbers_cannot_reach_is_no_failure(method):
    c = tensor(C, requires_grad=True)
    x = argmin(c, method=method, tol=1e-17)
    (found,) = grad(x.sum(), c)
    np.testing.assert_allclose(found, functional.jacobian(EXACT["argmin"], tensor(C)).sum(0), rtol=1e-6)
    with pytest.raises(implicit.SolverError, match="argmin"):
        implicit.argmin(lambda x: (x * c).sum() + 0 * (x**2).sum(), ONES, method="trust-exact")  # nowhere least


def test_errors_of_the_function_itself_come_through():
    def mistaken(x):
        raise RuntimeError("of my own")

    for call in (implicit.root, implicit.fixed_point, implicit.argmin, implicit.solve):
        with pytest.raises(RuntimeError, match="of my own") as error:
            call(mistaken, ONES)
        assert not isinstance(error.value, implicit.SolverError)


def test_fixed_points_with_elements_near_zero():
    torch.manual_seed(0)
    shift = torch.cat([torch.randn(300), torch.randn(10) * 1e-7])
    x = implicit.fixed_point(lambda x: 0.5 * x.tanh() + shift, torch.zeros(310), method="iteration", maxiter=100)
    np.testing.assert_allclose(x, 0.5 * x.tanh() + shift, atol=1e-5)
    with pytest.raises(implicit.SolverError, match="Failed to converge after 3 iterations"):
        implicit.fixed_point(lambda x: 0.5 * x.tanh() + shift, torch.zeros(310), method="iteration", maxiter=3)


def test_no_derivative_where_the_jacobian_is_singular():
    a = tensor([1.0, 2.0], requires_grad=True)
    x = implicit.root(
        lambda x: torch.stack([x.sum() - a.sum(), 2 * x.sum() - 2 * a.sum()]), tensor([1.0, 2.0]), method="lm"
    )
    with pytest.raises(implicit.SolverError, match="singular at their solution"):
        x.sum().backward()
    assert a.grad is None
    x = implicit.root(lambda x: x - x + 0 * a, ONES, linear_solver=lambda operator, vector: operator @ vector)
    assert x.requires_grad


def test_what_was_changed_in_place_since_is_noticed():
    for create_graph in (False, True):
        a = tensor([4.0, 9.0], requires_grad=True)
        x = implicit.root(lambda x, a=a: x * x * a - 1, ONES)
        with torch.no_grad():
            a.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            grad(x.sum(), a, create_graph=create_graph)


def test_a_function_that_has_become_another_is_noticed():
    a, b = tensor([4.0, 9.0], requires_grad=True), tensor([1.0, 1.0], requires_grad=True)
    uses = {"other": False}
    x = implicit.root(lambda x: x * x - (b if uses["other"] else a), ONES)
    uses["other"] = True
    assert grad(x.sum(), a, retain_graph=True)[0] is not None
    with pytest.raises(RuntimeError, match="uses other tensors than it did"):
        grad(x.sum(), a, create_graph=True)


def test_a_graph_is_freed_by_its_backward_pass_as_any_other():
    a = tensor([4.0, 9.0], requires_grad=True)
    x = implicit.root(lambda x: x * x - a, ONES)
    x.sum().backward(retain_graph=True)
    x.sum().backward()
    np.testing.assert_allclose(a.grad, [0.5, 1 / 3])
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        x.sum().backward()


def test_hooks_of_leaves_run_once():
    a = tensor([4.0, 9.0], requires_grad=True)
    seen = []
    a.register_hook(lambda g: seen.append(g.tolist()))
    implicit.root(lambda x: x * x - a, ONES).sum().backward()
    assert len(seen) == 1


def test_nothing_is_recorded_where_nothing_requires_grad():
    a = tensor([4.0, 9.0])
    assert not implicit.root(lambda x: x * x - a, ONES).requires_grad
    a.requires_grad_()
    with torch.no_grad():
        assert not implicit.root(lambda x: x * x - a, ONES).requires_grad
    with torch.inference_mode():
        assert not implicit.root(lambda x: x * x - a, ONES).requires_grad
    # The first guess has no derivative.
    assert not implicit.root(lambda x: x * x - 4, ONES.clone().requires_grad_()).requires_grad


def test_a_solution_is_released_when_nobody_holds_it():
    a = tensor([4.0, 9.0], requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        x = implicit.root(lambda x: x * x - a, ONES)
        (g,) = grad(x.sum(), a, create_graph=True)
        released = [weakref.ref(t) for t in (x, g)]
        node = weakref.ref(x.grad_fn._function_node)
        del x, g
        assert [reference() for reference in released] == [None, None]
        assert node() is None
    finally:
        gc.enable()


def test_large_systems_need_no_matrix():
    n = 3000
    c = tensor(np.linspace(1, 2, n), requires_grad=True)

    def laplacian(x):
        return 2 * x - torch.cat([x[1:], x[:1] * 0]) - torch.cat([x[-1:] * 0, x[:-1]])

    x = implicit.root(lambda x: x**3 + laplacian(x) - c, torch.ones(n, dtype=F64), method="krylov", tol=1e-10)
    (g,) = grad(x.sum(), c)
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import spsolve

    matrix = diags_array([-np.ones(n - 1), 2 + 3 * x.detach().numpy() ** 2, -np.ones(n - 1)], offsets=[-1, 0, 1])
    np.testing.assert_allclose(g, spsolve(matrix.tocsc(), np.ones(n)), rtol=1e-7)


def test_preconditioners_are_turned_round_for_the_transposed_equations():
    from scipy.sparse.linalg import LinearOperator

    used = []
    matrix = tensor([[4.0, 1.0], [0.0, 3.0]], requires_grad=True)
    inverse = np.linalg.inv(matrix.detach().numpy())

    def apply(name, matrix):
        def product(vector):
            used.append(name)
            return matrix @ vector

        return product

    both = LinearOperator((2, 2), matvec=apply("M", inverse), rmatvec=apply("M.H", inverse.T), dtype=np.float64)
    one = LinearOperator((2, 2), matvec=apply("M", inverse), dtype=np.float64)
    for preconditioner, expected in ((both, "M.H"), (one, None), (inverse, None)):
        x = implicit.solve(lambda v: matrix @ v, ONES, M=preconditioner, rtol=1e-12, x0=ONES)
        used.clear()
        (g,) = grad(x.sum(), matrix)
        assert set(used) <= {expected}
        w = np.linalg.solve(matrix.detach().numpy().T, np.ones(2))
        np.testing.assert_allclose(g, -np.outer(w, x.detach()), rtol=1e-8)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: implicit.root(lambda x: 1.0, ONES), TypeError, "root: the function must return a tensor, got float"),
        (lambda: implicit.root(lambda x: x.sum(), ONES), ValueError, r"of the shape of its argument, \(2,\), got \(\)"),
        (lambda: implicit.root(lambda x: x, torch.ones(2, dtype=torch.int64)), TypeError, "real floating-point"),
        (lambda: implicit.root(lambda x: x, torch.ones(2, dtype=torch.complex64)), TypeError, "real floating-point"),
        (
            lambda: implicit.root(lambda x: x, ONES, batch_dims=2),
            ValueError,
            "batch_dims=2, but the first guess has 1 dim",
        ),
        (lambda: implicit.root(lambda x: x, ONES, method="magic"), ValueError, "magic"),
        (lambda: implicit.root(lambda x: x, ONES, linear_solver="cg"), ValueError, "linear_solver must be None"),
        (lambda: implicit.fixed_point(lambda x: x, ONES, options={"maxiter": 3}), ValueError, "'del2' takes none"),
        (
            lambda: implicit.argmin(lambda x: 1.0, ONES),
            TypeError,
            "argmin: the function must return a tensor, got float",
        ),
        (lambda: implicit.solve(lambda x: x + 1, ONES), ValueError, r"A is not linear: A\(0\) is not 0"),
        (lambda: implicit.solve(lambda x: x, ONES, method="jacobi"), ValueError, "method must be one of cg, gmres"),
        (lambda: implicit.solve(lambda x: x.sum(), ONES), ValueError, "of the shape of b"),
        (lambda: implicit.solve(lambda x: x, [1, 2]), TypeError, "floating-point or complex"),
    ],
)
def test_what_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_numbers_and_arrays_are_taken_too():
    assert implicit.root(lambda x: x * x - 4, 1.0).dtype == torch.float32
    assert implicit.root(lambda x: x * x - 4, np.ones(2)).dtype == F64
    np.testing.assert_allclose(implicit.root(lambda x: x * x - 4, [1.0, 3.0]), [2, 2], rtol=1e-5)
    assert implicit.root(lambda x: x, torch.ones(0, dtype=F64), method="krylov").shape == (0,)
