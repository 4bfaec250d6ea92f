"""chainrule.scipy: derivatives in the forms that SciPy's solvers take, and what the solvers make of them."""

import re

import numpy as np
import pytest
from scipy import integrate, optimize, sparse
from scipy.sparse import linalg as sparse_linalg

import chainrule as torch
from chainrule import scipy as derivatives_for
from chainrule.scipy import bvp_derivatives, derivatives, gradient, hessian, hessian_product, jacobian

START = np.tile([1.3, 0.7, 0.8, 1.9, 1.2], 200)  # as in SciPy's tutorial


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def residuals(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])


# ---- minimize ----


@pytest.mark.parametrize("method", ["trust-exact", "Newton-CG", "L-BFGS-B"])
def test_rosenbrock_in_a_thousand_dimensions(method):
    options = {"xtol": 1e-8} if method == "Newton-CG" else {"ftol": 1e-14, "gtol": 1e-9} if method == "L-BFGS-B" else {}
    result = optimize.minimize(rosenbrock, START, **derivatives(rosenbrock, method=method), options=options)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, 1, atol=1e-5)


@pytest.mark.parametrize("form", ["product", "dense", "sparse", "operator"])
def test_every_form_of_hessian_takes_the_same_way(form):
    known = {"jac": optimize.rosen_der, "hess": optimize.rosen_hess}
    wanted = optimize.minimize(optimize.rosen, START[:10], method="trust-constr", **known)
    found = optimize.minimize(rosenbrock, START[:10], **derivatives(rosenbrock, method="trust-constr", hess=form))
    np.testing.assert_allclose(found.x, wanted.x, atol=1e-6)


METHODS = [
    "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA", "COBYQA", "SLSQP", "trust-constr",
    "dogleg", "trust-ncg", "trust-krylov", "trust-exact",
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_each_method_is_given_what_it_uses_and_warns_of_nothing(method):
    start = np.array([0.95, 0.9])  # where the Hessian is positive definite, as dogleg wants it
    result = optimize.minimize(rosenbrock, start, **derivatives(rosenbrock, method=method))
    assert result.fun < rosenbrock(start)


def test_without_a_method_it_is_the_gradient():
    found = derivatives(rosenbrock)
    assert list(found) == ["jac"]
    assert repr(found) == "Derivatives(jac)"
    result = optimize.minimize(rosenbrock, START[:5], **found)
    np.testing.assert_allclose(result.x, 1, atol=1e-4)


def test_derivatives_are_those_of_rosenbrock():
    x = START[:20]
    p = np.linspace(-1, 1, 20)
    found = derivatives(rosenbrock, hess="dense")
    np.testing.assert_allclose(found.fun(x), optimize.rosen(x))
    np.testing.assert_allclose(found["jac"](x), optimize.rosen_der(x))
    np.testing.assert_allclose(found["hess"](x), optimize.rosen_hess(x))
    np.testing.assert_allclose(found.hessp(x, p), optimize.rosen_hess_prod(x, p))
    assert isinstance(found.fun(x), float)
    assert isinstance(derivatives(rosenbrock, hess="sparse")["hess"](x), sparse.csr_array)
    assert isinstance(derivatives(rosenbrock, hess="operator")["hess"](x), sparse_linalg.LinearOperator)


def test_one_call_serves_all_derivatives_at_a_point():
    calls = []

    def f(x, scale):
        calls.append(x)
        return scale * rosenbrock(x)

    found = derivatives(f, method="Newton-CG")
    x = START[:6].copy()
    found.fun(x, 2.0)
    scale = 2.5
    found.jac(x, scale)
    found.hessp(x, x, scale)
    found.hessp(x, 2 * x, scale)
    assert len(calls) == 2  # once for each scale
    x[0] = 3  # SciPy writes into its arrays
    np.testing.assert_allclose(found.jac(x, scale), scale * optimize.rosen_der(x))
    first = found.jac(x, scale)
    first[:] = 0
    np.testing.assert_allclose(found.jac(x, scale), scale * optimize.rosen_der(x))


def test_args_are_handed_on():
    def f(x, a, b):
        return ((x - a) ** 2).sum() * b

    result = optimize.minimize(
        f, np.zeros(3), args=(np.array([1.0, 2.0, 3.0]), 2.0), **derivatives(f, method="trust-ncg")
    )
    np.testing.assert_allclose(result.x, [1, 2, 3])


def test_functions_of_tensors_alone():
    target = torch.arange(4, dtype=torch.float64)

    def loss(x):
        return torch.nn.functional.mse_loss(x, target)

    found = derivatives(loss, method="BFGS")
    result = optimize.minimize(found.fun, np.zeros(4), **found)
    np.testing.assert_allclose(result.x, [0, 1, 2, 3], atol=1e-5)


def test_arguments_keep_their_type_and_shape():
    seen = []

    def f(x):
        seen.append((x.dtype, x.shape))
        return (x**2).sum()

    assert gradient(f)(np.ones((2, 3), np.float32)).dtype == np.float32
    assert gradient(f)([1, 2]).tolist() == [2, 4]
    assert seen == [(torch.float32, (2, 3)), (torch.float64, (2,))]


def test_it_works_where_gradients_are_off():
    with torch.no_grad():
        found = derivatives(lambda x: (x**2).sum().reshape(1), hess="dense")
        np.testing.assert_array_equal(found.jac([1.0, 2.0]), [2, 4])
        np.testing.assert_array_equal(found.hess([1.0, 2.0]), np.diag([2, 2]))
        np.testing.assert_array_equal(jacobian(lambda x: x**2)([1.0, 2.0]), np.diag([2, 4]))


def test_constraints():
    def inside(x):
        return x[0] ** 2 + x[1] ** 2

    wanted = [0.786415, 0.617698]
    constraint = optimize.NonlinearConstraint(
        inside, -np.inf, 1, jac=jacobian(inside), hess=derivatives_for.hessian_of_constraints(inside)
    )
    found = optimize.minimize(
        rosenbrock, np.zeros(2), **derivatives(rosenbrock, method="trust-constr"), constraints=constraint
    )
    np.testing.assert_allclose(found.x, wanted, atol=1e-4)
    constraint = {"type": "ineq", "fun": lambda x: 1 - inside(x), "jac": gradient(lambda x: 1 - inside(x))}
    found = optimize.minimize(
        rosenbrock, np.zeros(2), **derivatives(rosenbrock, method="SLSQP"), constraints=constraint
    )
    np.testing.assert_allclose(found.x, wanted, atol=1e-4)


# ---- matrices and operators ----


@pytest.mark.parametrize("size", [3, 40])  # few rows are computed one by one
def test_jacobians_in_every_form(size):
    x = np.linspace(0.5, 1.5, size)
    expected = torch.autograd.functional.jacobian(residuals, torch.tensor(x))._array
    np.testing.assert_allclose(jacobian(residuals)(x), expected)
    found = jacobian(residuals, form="sparse")(x)
    assert isinstance(found, sparse.csr_array)
    np.testing.assert_allclose(found.toarray(), expected)
    operator = jacobian(residuals, form="operator")(x)
    assert operator.shape == expected.shape
    np.testing.assert_allclose(operator @ np.eye(size), expected, atol=1e-15)
    np.testing.assert_allclose(operator.T @ np.eye(len(expected)), expected.T, atol=1e-15)


@pytest.mark.parametrize("size", [3, 40])
def test_hessians_in_every_form(size):
    x = np.linspace(0.5, 1.5, size)
    expected = optimize.rosen_hess(x)
    np.testing.assert_allclose(hessian(rosenbrock)(x), expected)
    np.testing.assert_allclose(hessian(rosenbrock, form="sparse")(x).toarray(), expected)
    np.testing.assert_allclose(hessian(rosenbrock, form="operator")(x) @ np.eye(size), expected, atol=1e-12)
    np.testing.assert_allclose(hessian_product(rosenbrock)(x, x), expected @ x)
    np.testing.assert_allclose(derivatives_for.hessian_operator(rosenbrock, x) @ x, expected @ x)


def test_dense_matrices_of_dense_functions():
    x = np.linspace(0.5, 1.5, 30)
    expected = np.eye(30) / x.sum() - np.outer(x, np.ones(30)) / x.sum() ** 2
    np.testing.assert_allclose(jacobian(lambda x: x / x.sum())(x), expected, atol=1e-15)


def test_linear_functions_have_no_hessian():
    np.testing.assert_array_equal(hessian(lambda x: x.sum())(np.ones(20)), np.zeros((20, 20)))
    np.testing.assert_array_equal(hessian_product(lambda x: x.sum())(np.ones(3), np.ones(3)), np.zeros(3))
    assert hessian(lambda x: x.sum(), form="sparse")(np.ones(20)).nnz == 0


def test_what_does_not_depend_on_the_argument():
    def constant(x):
        return torch.ones(2, dtype=torch.float64)

    np.testing.assert_array_equal(jacobian(constant)(np.ones(3)), np.zeros((2, 3)))
    operator = jacobian(constant, form="operator")(np.ones(3))
    np.testing.assert_array_equal(operator @ np.ones(3), np.zeros(2))
    np.testing.assert_array_equal(operator.T @ np.ones(2), np.zeros(3))


def test_operators_go_into_solvers():
    def f(x):
        return 4 * x + np.sin(np.roll(x, 1))

    x = np.linspace(0, 1, 50)
    operator = derivatives_for.linear_operator(f, x)
    solution, failed = sparse_linalg.gmres(operator, np.ones(50), rtol=1e-10)
    assert not failed
    np.testing.assert_allclose(jacobian(f)(x) @ solution, 1, atol=1e-8)


# ---- least_squares, root, solve_ivp, solve_bvp ----


@pytest.mark.parametrize("form", ["dense", "sparse", "operator"])
def test_least_squares(form):
    how = {} if form == "dense" else {"tr_solver": "lsmr"}
    found = optimize.least_squares(residuals, START[:20], jac=jacobian(residuals, form=form), **how)
    assert found.success
    np.testing.assert_allclose(found.x, 1, atol=1e-6)


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(method):
    def f(x):
        return [x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1, 0.5 * (x[1] - x[0]) ** 3 + x[1]]

    found = optimize.root(f, [0, 0], jac=jacobian(f), method=method)
    assert found.success
    np.testing.assert_allclose(found.x, [0.8411639, 0.1588361], rtol=1e-6)


def fisher(t, y, rate):
    left = np.concatenate([y[:1], y[:-1]])
    right = np.concatenate([y[1:], y[-1:]])
    return 100 * (left - 2 * y + right) + rate * y * (1 - y) + 0.1 * np.sin(t)


# LSODA takes dense Jacobians only.
@pytest.mark.parametrize(
    ("method", "form"),
    [("Radau", "dense"), ("Radau", "sparse"), ("BDF", "dense"), ("BDF", "sparse"), ("LSODA", "dense")],
)
def test_solve_ivp(method, form):
    start = np.linspace(0, 1, 30)
    jac = jacobian(fisher, argnum=1, form=form)
    found = integrate.solve_ivp(fisher, (0, 1), start, method=method, jac=jac, args=(2.0,), rtol=1e-8, atol=1e-8)
    wanted = integrate.solve_ivp(fisher, (0, 1), start, method=method, args=(2.0,), rtol=1e-8, atol=1e-8)
    assert found.success
    np.testing.assert_allclose(found.y[:, -1], wanted.y[:, -1], rtol=1e-5)
    assert found.nfev < wanted.nfev or method == "LSODA"


def test_solve_bvp():
    def fun(x, y):
        return np.vstack([y[1], -np.exp(y[0])])

    def bc(ya, yb):
        return np.stack([ya[0], yb[0]])

    x = np.linspace(0, 1, 5)
    found = integrate.solve_bvp(fun, bc, x, np.zeros((2, 5)), **bvp_derivatives(fun, bc))
    assert found.success
    assert found.sol(0.5)[0] == pytest.approx(0.1405392, abs=1e-5)
    by_y = bvp_derivatives(fun, bc)["fun_jac"](x, np.ones((2, 5)))
    np.testing.assert_allclose(by_y, np.array([[0, 1], [-np.e, 0]])[:, :, None] * np.ones(5))


def test_solve_bvp_with_parameters():
    def fun(x, y, p):
        return np.vstack([y[1], -(p[0] ** 2) * y[0] * (1 + 0 * x)])

    def bc(ya, yb, p):
        return [ya[0], yb[0], ya[1] - p[0]]

    x = np.linspace(0, 1, 5)
    y = np.zeros((2, 5))
    y[0, 1], y[0, 3] = 1, -1
    found = integrate.solve_bvp(fun, bc, x, y, p=[6], **bvp_derivatives(fun, bc))
    assert found.success
    assert found.p[0] == pytest.approx(2 * np.pi, abs=1e-3)
    by_y, by_p = bvp_derivatives(fun, bc)["fun_jac"](x, y, np.array([6.0]))
    np.testing.assert_allclose(by_p[:, 0], [np.zeros(5), -12 * y[0]])
    np.testing.assert_allclose(by_y[1, 0], -36)
    for found_block, wanted in zip(
        bvp_derivatives(fun, bc)["bc_jac"](y[:, 0], y[:, -1], np.array([6.0])),
        ([[1, 0], [0, 0], [0, 1]], [[0, 0], [1, 0], [0, 0]], [[0], [0], [-1]]),
        strict=True,
    ):
        np.testing.assert_array_equal(found_block, wanted)


# ---- what is refused ----


def test_what_is_not_recorded_is_refused():
    with pytest.raises(TypeError, match="returned a float without tensors: what it computed was not recorded"):
        gradient(lambda x: 3.0)(np.ones(2))
    with pytest.raises(TypeError, match="returned a ndarray without tensors"):
        jacobian(lambda x: np.ones(2))(np.ones(2))
    with pytest.raises(RuntimeError, match=re.escape("Can't call numpy() on Tensor")) as caught:
        jacobian(lambda x: np.array([x[0], x[1]]))(np.ones(2))
    assert "`np.stack([...])`" in caught.value.__notes__[0]


def test_other_refusals():
    with pytest.raises(ValueError, match=re.escape("must return one number, not an array of shape (2,)")):
        gradient(lambda x: x)(np.ones(2))
    with pytest.raises(TypeError, match="complex arguments are not supported"):
        jacobian(lambda x: x)(np.ones(2) * 1j)
    with pytest.raises(ValueError, match="form must be one of 'dense', 'sparse', 'operator', not 'csr'"):
        jacobian(lambda x: x, form="csr")
    with pytest.raises(ValueError, match="hess must be one of"):
        derivatives(rosenbrock, hess="exact")


def test_the_name_is_there_and_star_imports_leave_scipy_alone():
    assert torch.scipy is derivatives_for
    assert "scipy" not in torch.__all__
    with pytest.raises(AttributeError, match="module 'chainrule' has no attribute 'scippy'"):
        _ = torch.scippy
