"""Implicit functions within the transforms of `func`, forward mode and `vmap`, in any order."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import chainrule as torch
from chainrule import func, implicit
from chainrule.autograd import detect_anomaly, forward_ad, functional, grad, gradcheck, gradgradcheck, profiler
from chainrule.utils.checkpoint import checkpoint

F64 = torch.float64
M = torch.tensor([[2.0, 0.3], [0.1, 1.5]], dtype=F64)
ONES = torch.ones(2, dtype=F64)
C = torch.tensor([1.3, 0.7], dtype=F64)
V = torch.tensor([0.4, -1.1], dtype=F64)
BATCH = torch.stack([C, 1.1 * C, 0.9 * C])


def equations(x, c):
    return x**3 + x * c - c.exp() + 0.1 * (M @ x)


def objective(x, c):
    return (x**4).sum() / 4 + (x * c).sum() ** 2 - (x * c.exp()).sum()


def integrated(method):
    def function(c):
        found = implicit.solve_ivp(
            lambda t, y: -c * y + 0.3 * (M @ y).sin(), (0, 1), c**2, method=method, t_eval=[0.3, 1], rtol=1e-2
        )
        return found.y.reshape(-1)

    return function


FUNCTIONS = {
    "root": lambda c: implicit.root(lambda x: equations(x, c), ONES, tol=1e-13),
    "root gmres": lambda c: implicit.root(equations, ONES, args=c, tol=1e-13, linear_solver="gmres"),
    "fixed_point": lambda c: implicit.fixed_point(lambda x: (0.3 * (M @ x) * c).cos(), ONES, xtol=1e-13),
    "argmin": lambda c: implicit.argmin(objective, ONES, args=c, tol=1e-7, method="trust-exact"),
    "argmin, bounds": lambda c: implicit.argmin(objective, 0.1 * ONES, c, "L-BFGS-B", [(0, 0.5), (0, 2)], tol=1e-12),
    "cg": lambda c: implicit.solve(lambda x: (M + M.T) @ x * 2 + c * x, c.sin(), method="cg", rtol=1e-13),
    "gmres": lambda c: implicit.solve(lambda x: M @ x * c[0] + c * x, c.sin(), rtol=1e-13),
    "RK45": integrated("RK45"),
    "DOP853": integrated("DOP853"),
    "Radau": integrated("Radau"),
}


def one_by_one(function, batch=BATCH):
    return torch.stack([function(row) for row in batch])


def each_way(f, jacobian, hessian):
    def s(c):
        return (f(c) ** 2).sum()

    return {
        "jvp": (lambda: func.jvp(f, (C,), (V,))[1], jacobian @ V),
        "jacfwd": (lambda: func.jacfwd(f)(C), jacobian),
        "jacrev": (lambda: func.jacrev(f)(C), jacobian),
        "reverse over reverse": (lambda: func.jacrev(func.jacrev(s))(C), hessian),
        "forward over reverse": (lambda: func.hessian(s)(C), hessian),
        "reverse over forward": (lambda: func.jacrev(func.jacfwd(s))(C), hessian),
        "forward over forward": (lambda: func.jacfwd(func.jacfwd(s))(C), hessian),
        "vmap": (lambda: func.vmap(f)(BATCH), one_by_one(f)),
        "vmap of grad": (lambda: func.vmap(func.grad(s))(BATCH), one_by_one(func.grad(s))),
        "grad of vmap": (lambda: func.grad(lambda c: func.vmap(s)(c).sum())(BATCH), one_by_one(func.grad(s))),
        "vmap of jvp": (
            lambda: func.vmap(lambda c: func.jvp(f, (c,), (V,))[1])(BATCH),
            one_by_one(lambda c: func.jvp(f, (c,), (V,))[1]),
        ),
        "jvp of vmap": (
            lambda: func.jvp(func.vmap(f), (BATCH,), (BATCH.sin(),))[1],
            one_by_one(lambda c: func.jvp(f, (c,), (c.sin(),))[1]),
        ),
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_way_to_the_derivatives_leads_to_the_same(name):
    f = FUNCTIONS[name]
    hessian = functional.hessian(lambda c: (f(c) ** 2).sum(), C)
    for way, (found, expected) in each_way(f, functional.jacobian(f, C), hessian).items():
        np.testing.assert_allclose(found(), expected, rtol=1e-7, atol=1e-8, err_msg=way)


@pytest.mark.parametrize("name", ["root", "argmin", "gmres", "RK45", "Radau"])
def test_vmap_of_a_hessian(name):
    def hessian(c):
        return func.hessian(lambda c: (FUNCTIONS[name](c) ** 2).sum())(c)

    np.testing.assert_allclose(func.vmap(hessian)(BATCH[:2]), one_by_one(hessian, BATCH[:2]), rtol=1e-6, atol=1e-7)


def test_batches_within_batches():
    def f(c, shift):
        return implicit.root(lambda x: equations(x, c) + shift, ONES, tol=1e-13)

    shifts = torch.tensor([0.0, 0.1], dtype=F64)
    found = func.vmap(lambda c: func.vmap(lambda shift: f(c, shift))(shifts))(BATCH)
    expected = torch.stack([torch.stack([f(c, shift) for shift in shifts]) for c in BATCH])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_what_is_the_same_for_all_entries_is_solved_once():
    calls = []

    def f(c):
        def counted(x):
            calls.append(1)
            return x * x - 4

        return c * implicit.root(counted, ONES)

    f(C)
    alone = len(calls)
    np.testing.assert_allclose(func.vmap(f)(BATCH), 2 * BATCH)
    assert len(calls) == 2 * alone


def test_the_guess_and_the_right_hand_side_may_be_batches():
    a = torch.tensor([4.0, 9.0], dtype=F64)
    guesses = torch.tensor([[1.0, 1.0], [-1.0, 1.0]], dtype=F64)
    found = func.vmap(lambda x0: implicit.root(lambda x: x * x - a, x0))(guesses)
    np.testing.assert_allclose(found, [[2, 3], [-2, 3]])
    found = func.vmap(lambda b: implicit.solve(lambda v: M @ v, b, rtol=1e-12))(guesses)
    np.testing.assert_allclose(found, np.linalg.solve(M.numpy(), guesses.numpy().T).T)
    found = func.vmap(lambda y0: implicit.solve_ivp(lambda t, y: -y, (0, 1), y0, t_eval=[1.0]).y[:, 0])(guesses)
    np.testing.assert_allclose(found, np.exp(-1) * guesses, rtol=1e-3)


def test_times_of_a_batch_are_to_be_given():
    with pytest.raises(ValueError, match="within vmap t_eval says at which times"):
        func.vmap(lambda c: implicit.solve_ivp(lambda t, y: -c * y, (0, 3), ONES).y)(torch.tensor([0.1, 50.0]))
    with pytest.raises(RuntimeError, match="a batch without entries"):
        func.vmap(FUNCTIONS["root"])(torch.ones(0, 2, dtype=F64))


def test_dual_levels_and_graphs_together():
    f = FUNCTIONS["root"]
    jacobian = functional.jacobian(f, C)
    leaf = C.clone().requires_grad_()
    with forward_ad.dual_level():
        found = forward_ad.unpack_dual(f(forward_ad.make_dual(leaf, V)))
        np.testing.assert_allclose(found.tangent.detach(), jacobian @ V)
        (mixed,) = grad(found.tangent.sum(), leaf)
        with forward_ad.set_fwd_grad_enabled(False):
            assert forward_ad.unpack_dual(f(forward_ad.make_dual(leaf, V))).tangent is None
    expected = functional.hessian(lambda c: f(c).sum(), C) @ V
    np.testing.assert_allclose(mixed, expected, rtol=1e-8)


def test_gradients_taken_once_the_batch_is_over():
    c = BATCH.clone().requires_grad_()
    x = func.vmap(FUNCTIONS["root"])(c)
    (g,) = grad((x**2).sum(), c, create_graph=True)
    (h,) = grad((g**2).sum(), c)
    other = BATCH.clone().requires_grad_()
    (g2,) = grad((one_by_one(FUNCTIONS["root"], other) ** 2).sum(), other, create_graph=True)
    (h2,) = grad((g2**2).sum(), other)
    np.testing.assert_allclose(g.detach(), g2.detach(), rtol=1e-9)
    np.testing.assert_allclose(h, h2, rtol=1e-8)


FEW = ["root", "argmin", "gmres", "RK45", "Radau"]


@pytest.mark.parametrize("name", ["root", "root gmres", "fixed_point", "argmin", "cg", "gmres"])
def test_gradcheck(name):
    c = C.clone().requires_grad_()
    assert gradcheck(
        FUNCTIONS[name], (c,), check_forward_ad=True, check_batched_grad=True, check_batched_forward_grad=True
    )
    assert gradgradcheck(FUNCTIONS[name], (c,), check_fwd_over_rev=True)


@pytest.mark.parametrize("name", FEW)
def test_within_a_checkpoint_under_anomaly_detection_and_watched(name):
    def f(c):
        return (FUNCTIONS[name](c) ** 2).sum()

    expected = functional.hessian(f, C)
    np.testing.assert_array_equal(functional.hessian(lambda c: checkpoint(f, c, use_reentrant=False), C), expected)
    with pytest.warns(UserWarning, match="Anomaly Detection"), detect_anomaly():
        np.testing.assert_array_equal(functional.hessian(f, C), expected)
    with profiler.profile() as watched:
        np.testing.assert_array_equal(functional.hessian(f, C), expected)
    assert watched.key_averages()


@pytest.mark.parametrize("name", FEW)
def test_in_several_threads(name):
    c = C.clone().requires_grad_()
    value = (FUNCTIONS[name](c) ** 2).sum()
    (expected,) = grad(value, c, retain_graph=True)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: grad(value, c, retain_graph=True)[0], range(8)):
            np.testing.assert_array_equal(found, expected)
        for found in threads.map(lambda _: functional.jacobian(FUNCTIONS[name], C), range(8)):
            np.testing.assert_array_equal(found, functional.jacobian(FUNCTIONS[name], C))
