"""Roots and fixed points: SciPy finds them, and they are differentiable for everything that their equations used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.implicit.containers import Unknown
from chainrule.implicit.failures import not_solved
from chainrule.implicit.flat_problems import FlatProblem
from chainrule.implicit.jacobians import Jacobian
from chainrule.implicit.local_graph import Array, LocalGraph
from chainrule.implicit.solutions import solved
from chainrule.implicit.transforms import among, entry_by_entry, without_tangents

WITH_JACOBIAN = {"hybr", "lm"}


def root(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str | None = None,
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: dict[str, Any] | None = None,
    *,
    batch_dims: int = 0,
    linear_solver: Any = None,
) -> Any:
    """The `x` for which `fun(x, *args)` is zero, found by `scipy.optimize.root` from `x0`.

    It has derivatives of every order for everything that `fun` used and that requires grad: tensors in `args`, however
    nested, and tensors that the function captured, such as parameters of a module. It has none for `x0`.

    - `fun`: takes a tensor of the shape of `x0` and `args`, and returns a tensor of that shape. It must give the same
      whenever it is called, until the last backward pass.
    - `x0`: the first guess: real, of any shape; all of its elements are one system of equations. It may be several
      tensors, in dicts, lists and tuples: then `fun` is given such, and returns such, and so does this function.
    - `args`: what else `fun` is given: a tuple, or the one argument.
    - `method`, `tol`, `callback`, `options`: as in SciPy. `hybr`, the default, and `lm` are given the exact Jacobian.
      With 32 bits and nothing else said, `tol` is 1e-5.
    - `batch_dims`: so many leading dimensions of `x0` number independent problems. They are solved together: the
      derivative has a small matrix for each, and so has the default method, which is `krylov` then.
    - `linear_solver`: how the derivative's linear equations are solved. By default with a matrix where it has at most
      4 million elements, and by GMRES where not; `"gmres"` for GMRES; or `solve(operator, vector)`, which returns the
      vector that SciPy's `LinearOperator` maps to the given one.

    Raises SolverError where SciPy finds no solution, and in a backward pass where the Jacobian is singular there.

    >>> import chainrule as torch
    >>> from chainrule import implicit
    >>> a = torch.tensor([4.0, 9.0], dtype=torch.float64, requires_grad=True)
    >>> x = implicit.root(lambda x, a: x * x - a, torch.ones(2, dtype=torch.float64), args=(a,))
    >>> x
    tensor([2.0000, 3.0000], dtype=chainrule.float64, grad_fn=<SolutionBackward>)
    >>> torch.autograd.grad(x.sum(), a)  # 1 / (2 * sqrt(a))
    (tensor([0.2500, 0.1667], dtype=chainrule.float64),)
    """
    unknown = Unknown("root", x0, batch_dims)
    if unknown.is_empty:
        return unknown.apart(unknown.whole.detach())

    def found() -> list[Any]:
        problem = FlatProblem("root", unknown.whole, batch_dims)
        return [_root(problem, unknown.equations(fun, args), method, tol, callback, options, linear_solver)]

    return unknown.apart(entry_by_entry(found)[0])


def fixed_point(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    xtol: float | None = None,
    maxiter: int = 500,
    method: str = "del2",
    *,
    options: dict[str, Any] | None = None,
    batch_dims: int = 0,
    linear_solver: Any = None,
) -> Any:
    """The `x` for which `fun(x, *args)` is `x` itself, found by `scipy.optimize.fixed_point` from `x0`.

    As `root` in all but this:

    - `xtol`: the relative error of each element at which the iteration ends: 1e-8 by default, and 1e-5 for 32 bits.
      When `maxiter` is reached, it suffices that all are as exact as that beside the largest.
    - `method`: `"del2"` (Steffensen's, for each element by itself), `"iteration"`, or a method of `root`, such as
      `"anderson"` or `"krylov"`: then that solves `fun(x) - x = 0`, with `options`, to SciPy's own tolerance unless
      `xtol` is given.

    >>> import chainrule as torch
    >>> from chainrule import implicit
    >>> a = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    >>> x = implicit.fixed_point(lambda x, a: (a * x).cos(), torch.tensor(1.0, dtype=torch.float64), args=(a,))
    >>> torch.autograd.grad(x, a)  # -x sin(ax) / (1 + a sin(ax))
    (tensor(-0.3218, dtype=chainrule.float64),)
    """
    unknown = Unknown("fixed_point", x0, batch_dims)
    if unknown.is_empty:
        return unknown.apart(unknown.whole.detach())

    def found() -> list[Any]:
        problem = FlatProblem("fixed_point", unknown.whole, batch_dims)
        return [_fixed_point(problem, unknown.equations(fun, args), xtol, maxiter, method, options, linear_solver)]

    return unknown.apart(entry_by_entry(found)[0])


def _fixed_point(
    problem: FlatProblem,
    function: Callable[[Any], Any],
    xtol: float | None,
    maxiter: int,
    method: str,
    options: dict[str, Any] | None,
    linear_solver: Any,
) -> Any:
    def residual(x: Any) -> Any:
        return problem.checked(function(x)) - x

    if method not in {"del2", "iteration"}:
        return _root(problem, residual, method, xtol, None, options, linear_solver)
    from scipy.optimize import fixed_point as scipy_fixed_point

    if xtol is None:
        xtol = 1e-8 if problem.dtype.itemsize == 8 else 1e-5
    if options:
        raise ValueError(f"fixed_point: options are those of root's methods, {method!r} takes none, got {options}")
    jacobian = problem.jacobian(linear_solver)
    last: list[Array] = []

    def values(flat: Array) -> Array:
        last[:] = flat, problem.values(function)(flat)
        return last[1]

    try:
        with among(without_tangents()):
            found = scipy_fixed_point(values, problem.start, xtol=xtol, maxiter=maxiter, method=method)
    except RuntimeError as error:
        if not str(error).startswith("Failed to converge"):
            raise  # it is the function's own
        # SciPy asks for the relative error of each element, which one that is nearly zero may never reach.
        before, found = last
        if not (abs(found - before) <= xtol * abs(found).max(initial=0)).all():
            raise not_solved("fixed_point", method, str(error)) from error
    return solved(residual, problem.array(found), jacobian, "fixed_point")


def _root(
    problem: FlatProblem,
    function: Callable[[Any], Any],
    method: str | None,
    tol: float | None,
    callback: Callable[..., Any] | None,
    options: dict[str, Any] | None,
    linear_solver: Any,
) -> Any:
    from scipy.optimize import root as scipy_root

    jacobian = problem.jacobian(linear_solver)
    options = dict(options or {})
    if method is None:
        method = "krylov" if problem.batch_dims else "hybr"
    name = method.lower()
    if name == "krylov":
        _complete(options, problem, function, jacobian)
    if tol is None and problem.dtype.itemsize == 4 and not {"xtol", "ftol", "fatol", "xatol"} & options.keys():
        tol = 1e-5
    matrix = problem.matrix(function) if name in WITH_JACOBIAN else None
    with among(without_tangents()):
        values = problem.values(function)
        result = scipy_root(
            values, problem.start, method=method, jac=matrix, tol=tol, callback=callback, options=options
        )
    if not result.success:
        raise not_solved(problem.what, method, result.message, result)
    return solved(function, problem.array(result.x), jacobian, problem.what)


def _complete(
    options: dict[str, Any],
    problem: FlatProblem,
    function: Callable[[Any], Any],
    jacobian: Callable[[LocalGraph], Jacobian],
) -> None:
    # What the method `krylov` should know: the step of its differences, and the inverse of each problem's Jacobian.
    inner = options["jac_options"] = dict(options.get("jac_options") or {})
    if problem.dtype.itemsize == 4:
        inner.setdefault("rdiff", float(np.sqrt(np.finfo(np.float32).eps)))
    if problem.batch_dims and "inner_M" not in inner:
        inner["inner_M"] = _InverseOfBlocks(problem, function, jacobian)


class _InverseOfBlocks:
    # A preconditioner, as SciPy's KrylovJacobian takes it: `update` is called with each new place.

    def __init__(
        self,
        problem: FlatProblem,
        function: Callable[[Any], Any],
        jacobian: Callable[[LocalGraph], Jacobian],
    ) -> None:
        self.problem = problem
        self.function = function
        self.jacobian = jacobian
        self.shape = (problem.start.size,) * 2
        self.dtype = np.dtype(np.float64)
        self.inverse: Array | None = None

    def setup(self, x: Array, f: Array, func: Any) -> None:
        self.update(x, f)

    def update(self, x: Array, f: Array) -> None:
        local = LocalGraph.at(self.function, self.problem.array(x))
        try:
            self.inverse = np.linalg.inv(self.jacobian(local).blocks().astype(np.float64))
        except np.linalg.LinAlgError:
            self.inverse = None  # on the way there it may be

    def matvec(self, vector: Array) -> Array:
        if self.inverse is None:
            return vector
        per_problem = vector.reshape(self.inverse.shape[:2])
        return np.asarray(np.einsum("pij,pj->pi", self.inverse, per_problem)).reshape(vector.shape)
