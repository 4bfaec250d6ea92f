"""Functions that give derivatives of other functions as NumPy and SciPy arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autograd.sparse_derivatives import Patterns, gradient_of
from chainrule.engine.grad_mode import enable_grad
from chainrule.scipy.operators import hessian_operator_of, linear_operator_of
from chainrule.scipy.recording import FORMS, gradient_array, matrix, recorded_call, require_one_element, variable

Function = Callable[..., Any]


def gradient(fun: Function, *, argnum: int = 0) -> Function:
    """A function that gives the gradient of `fun`, whose result is one number, as an array of its argument's shape.

    It is called as `fun` is; `argnum` says which argument is differentiated.

    >>> import chainrule
    >>> chainrule.scipy.gradient(lambda x: (x**2).sum())(np.array([1.0, 2.0]))
    array([2., 4.])
    """

    def gradient_of_fun(*args: Any) -> Any:
        output, input = _recorded_call(fun, args, argnum, "gradient")
        return gradient_array(require_one_element(output, "gradient"), input)

    return gradient_of_fun


def jacobian(fun: Function, *, argnum: int = 0, form: str = "dense") -> Function:
    """A function that gives the Jacobian of `fun`: for `jac=` of `least_squares`, `root`, `solve_ivp`, constraints.

    It is called as `fun` is. The rows are the elements of the result, the columns those of the argument.

    Args:
        fun: takes an array and gives one, or a list of numbers, as SciPy has it.
        argnum: which argument is differentiated; for `solve_ivp`, whose functions are called with `(t, y)`, it is 1.
        form: `"dense"` for an array, `"sparse"` for a `scipy.sparse.csr_array`, `"operator"` for a `LinearOperator`
            that computes products only. For the first two the pattern is found once, so as to need fewer passes.

    >>> import chainrule
    >>> chainrule.scipy.jacobian(lambda x: [x[0] * x[1], np.sin(x[0])])(np.array([0.0, 2.0]))
    array([[2., 0.],
           [1., 0.]])
    """
    _check_form("jacobian", form)
    patterns = Patterns()

    def jacobian_of_fun(*args: Any) -> Any:
        output, input = _recorded_call(fun, args, argnum, "jacobian")
        if form == "operator":
            return linear_operator_of(output, input)
        return matrix(output, input, patterns, form)

    return jacobian_of_fun


def hessian(fun: Function, *, argnum: int = 0, form: str = "dense") -> Function:
    """A function that gives the Hessian of `fun`, whose result is one number: for `hess=` of `minimize`.

    The arguments are those of `jacobian`.

    >>> import chainrule
    >>> chainrule.scipy.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    _check_form("hessian", form)
    patterns = Patterns(symmetric=True)

    def hessian_of_fun(*args: Any) -> Any:
        output, input = _recorded_call(fun, args, argnum, "hessian")
        return _hessian(require_one_element(output, "hessian"), input, patterns, form)

    return hessian_of_fun


def hessian_product(fun: Function) -> Function:
    """A function `hessp(x, p, *args)` that gives the product of the Hessian of `fun` at `x` with `p`.

    >>> import chainrule
    >>> hessp = chainrule.scipy.hessian_product(lambda x: x[0] ** 2 * x[1])
    >>> hessp(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([6., 2.])
    """

    def product(x: Any, p: Any, *args: Any) -> Any:
        output, input = _recorded_call(fun, (x, *args), 0, "hessian_product")
        operator = hessian_operator_of(require_one_element(output, "hessian_product"), input)
        return operator.matvec(np.asarray(p).reshape(-1)).reshape(input._array.shape)

    return product


def hessian_of_constraints(fun: Function, *, form: str = "dense") -> Function:
    """A function `hess(x, v)` that gives the Hessian of `fun` times `v`: for `hess=` of `NonlinearConstraint`.

    `fun` gives an array of constraints, of which `v` has a multiplier for each; `form` is as in `jacobian`.

    >>> import chainrule
    >>> hess = chainrule.scipy.hessian_of_constraints(lambda x: [x[0] ** 2, x[0] * x[1]])
    >>> hess(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([[ 2., 10.],
           [10.,  0.]])
    """
    _check_form("hessian_of_constraints", form)
    patterns = Patterns(symmetric=True)

    def hessian_of_sum(x: Any, v: Any) -> Any:
        output, input = _recorded_call(fun, (x,), 0, "hessian_of_constraints")
        with enable_grad():
            weighted = (output * np.asarray(v).reshape(output.shape)).sum()
        return _hessian(weighted, input, patterns, form)

    return hessian_of_sum


def _hessian(output: Any, input: Any, patterns: Patterns, form: str) -> Any:
    if form == "operator":
        return hessian_operator_of(output, input)
    (slope,) = gradient_of(output, (input,))
    return matrix(slope, input, patterns, form)


def _recorded_call(fun: Function, args: tuple[Any, ...], argnum: int, name: str) -> tuple[Any, Any]:
    given = list(args)
    input = given[argnum] = variable(args[argnum], name)
    return recorded_call(fun, tuple(given), name), input


def _check_form(name: str, form: str) -> None:
    if form not in FORMS:
        raise ValueError(f"{name}: form must be one of {', '.join(map(repr, FORMS))}, not {form!r}")
