"""Minima: SciPy finds them, and they are differentiable for everything that the objective used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.implicit.containers import Unknown
from chainrule.implicit.failures import not_solved
from chainrule.implicit.flat_problems import FlatProblem
from chainrule.implicit.jacobians import LARGEST
from chainrule.implicit.local_graph import Array, LocalGraph
from chainrule.implicit.solutions import pulled_back, solved
from chainrule.implicit.transforms import among, entry_by_entry, without_tangents
from chainrule.ops.arithmetic import where

WITH_HESSIAN = {"dogleg", "trust-exact"}
WITH_PRODUCTS = {"newton-cg", "trust-ncg", "trust-krylov", "trust-constr"}
WITHOUT_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}

# How near to a bound, relative to it, a solution may be at it: methods that stay inside stop before they are there.
NEAR = 1e-2


def argmin(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str | None = None,
    bounds: Any = None,
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: dict[str, Any] | None = None,
    *,
    batch_dims: int = 0,
    linear_solver: Any = None,
) -> Any:
    """The `x` at which `fun(x, *args)` is least near `x0`, found by `scipy.optimize.minimize`.

    It has derivatives of every order for everything that `fun` used and that requires grad, as `root` has: there the
    gradient of `fun` is zero. They are as exact as SciPy's solution, which is to say that a small `tol` pays.

    - `fun`: takes a tensor of the shape of `x0` and `args`, and returns a tensor of which the sum is least.
    - `method`, `bounds`, `tol`, `callback`, `options`: as in SciPy; the method is given exact derivatives of the order
      that it takes. An element that ends at one of its bounds stays there: its derivatives are zero. With 32 bits and
      no options, `tol` is 1e-4.
    - `x0`, `args`, `batch_dims`, `linear_solver`: as for `root`. With `batch_dims`, `fun` returns an objective for each
      problem, or their sum.

    Raises SolverError where SciPy does not say that it found a minimum (unless a step of Newton's method would lead
    nowhere), and in a backward pass where the Hessian is singular there.

    >>> import chainrule as torch
    >>> from chainrule import implicit
    >>> a = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    >>> start = torch.ones(2, dtype=torch.float64)
    >>> x = implicit.argmin(lambda x: (x**4 / 4 - a * x).sum(), start, tol=1e-9)
    >>> x  # the cube root of a
    tensor([1.0000, 1.2599], dtype=chainrule.float64, grad_fn=<SolutionBackward>)
    >>> torch.autograd.grad(x.sum(), a)  # 1 / (3 x^2)
    (tensor([0.3333, 0.2100], dtype=chainrule.float64),)
    """
    unknown = Unknown("argmin", x0, batch_dims)
    if unknown.is_empty:
        return unknown.apart(unknown.whole.detach())

    def found() -> list[Any]:
        problem = FlatProblem("argmin", unknown.whole, batch_dims)
        return [_argmin(problem, unknown.function(fun, args), method, bounds, tol, callback, options, linear_solver)]

    return unknown.apart(entry_by_entry(found)[0])


def _argmin(
    problem: FlatProblem,
    function: Callable[[Any], Any],
    method: str | None,
    bounds: Any,
    tol: float | None,
    callback: Callable[..., Any] | None,
    options: dict[str, Any] | None,
    linear_solver: Any,
) -> Any:
    from scipy.optimize import minimize

    def objective(x: Any) -> Any:
        value = function(x)
        if not isinstance(value, TensorBase):
            raise TypeError(f"argmin: the function must return a tensor, got {type(value).__name__}")
        return value.sum()  # type: ignore[attr-defined]

    def gradient(x: Any) -> Any:
        return pulled_back(objective, x, new_tensor(np.ones((), problem.dtype)))

    def value_and_gradient(flat: Array) -> tuple[float, Array]:
        local = LocalGraph.at(objective, problem.array(flat))
        found = local.pulled_back_to_variable(np.ones((), local.output._array.dtype))
        return float(local.output._array), found.astype(np.float64).ravel()

    def hessian_product(flat: Array, vector: Array) -> Array:
        local = LocalGraph.at(gradient, problem.array(flat))
        return local.pulled_back_to_variable(problem.array(vector)).astype(np.float64).ravel()  # type: ignore[no-any-return]

    name = (method or "").lower()
    derivatives: dict[str, Any] = {}
    if name in WITH_HESSIAN:
        derivatives["hess"] = problem.matrix(gradient)
    elif name in WITH_PRODUCTS:
        derivatives["hessp"] = hessian_product
    if name in WITHOUT_GRADIENT:
        searched: Any = lambda flat: value_and_gradient(flat)[0]
    else:
        searched = value_and_gradient
        derivatives["jac"] = True
    if tol is None and problem.dtype.itemsize == 4 and not options:
        tol = 1e-4
    given = {"method": method, "bounds": bounds, "tol": tol, "callback": callback, "options": options}
    with among(without_tangents()):
        result = minimize(searched, problem.start, **given, **derivatives)
        at_rest = result.success or (bounds is None and _is_at_rest(problem, result, gradient))
    if not at_rest:
        raise not_solved("argmin", method or ("L-BFGS-B" if bounds is not None else "BFGS"), result.message, result)
    value = problem.array(result.x)
    residual: Any = gradient
    if bounds is not None:
        with among(without_tangents()):
            slope = value_and_gradient(result.x)[1]
            fixed = _at_bounds(bounds, result.x, slope, lambda unit: hessian_product(result.x, unit))
        kept, there = new_tensor(fixed.reshape(value.shape)), new_tensor(value)
        residual = lambda x: where(kept, x - there, gradient(x))
    return solved(residual, value, problem.jacobian(linear_solver), "argmin")


def _is_at_rest(problem: FlatProblem, result: Any, gradient: Callable[[Any], Any]) -> bool:
    # Whether a step of Newton's method leads nowhere. A method that cannot reach its tolerance because numbers are no
    # more exact than they are calls this a failure.
    if result.x.size**2 > LARGEST or not np.isfinite(result.x).all():
        return False
    try:
        step = np.linalg.solve(problem.matrix(gradient)(result.x), problem.values(gradient)(result.x))
    except np.linalg.LinAlgError:
        return False
    return bool((abs(step) <= np.sqrt(np.finfo(problem.dtype).eps) * (1 + abs(result.x))).all())


def _at_bounds(bounds: Any, x: Array, slope: Array, product: Callable[[Array], Array]) -> Array:
    # Which elements of a minimum are at one of their bounds, and would go on.
    from scipy.optimize import Bounds

    if isinstance(bounds, Bounds):
        low, high = np.broadcast_to(bounds.lb, x.shape), np.broadcast_to(bounds.ub, x.shape)
    else:
        pairs = list(bounds)
        low = np.array([-np.inf if pair[0] is None else pair[0] for pair in pairs], np.float64)
        high = np.array([np.inf if pair[1] is None else pair[1] for pair in pairs], np.float64)
    bound = np.where(slope > 0, low, high)
    distance = abs(x - bound)
    fixed = (distance == 0) & (slope != 0)
    for number in np.flatnonzero((distance > 0) & (distance <= NEAR * (1 + abs(bound)))):
        # A step of Newton's method, by itself, would cross the bound.
        unit = np.zeros_like(x)
        unit[number] = 1
        fixed[number] = distance[number] * product(unit)[number] < abs(slope[number])
    return np.asarray(fixed)
