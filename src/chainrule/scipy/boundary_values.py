"""What `scipy.integrate.solve_bvp` takes beside the right-hand side and the boundary conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.gradient_edges import engine_edge
from chainrule.autograd.sparse_derivatives import Patterns
from chainrule.engine.batched import gradients_of_vectors
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.tensor_base import new_tensor
from chainrule.ops.creation import zeros_like
from chainrule.scipy.recording import matrix, recorded_call, variable

NAME = "bvp_derivatives"


def bvp_derivatives(fun: Callable[..., Any], bc: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """The derivatives of a boundary-value problem, as keyword arguments for `scipy.integrate.solve_bvp`.

    Args:
        fun: the right-hand side, `fun(x, y)` or `fun(x, y, p)`, as `solve_bvp` takes it: `y` has a column for each of
            the points `x`, and so has the result, whose column depends on that column of `y` alone.
        bc: the boundary conditions, `bc(ya, yb)` or `bc(ya, yb, p)`.

    Returns `fun_jac` and `bc_jac`.

    >>> import scipy.integrate, chainrule
    >>> def fun(x, y):
    ...     return np.stack([y[1], -np.exp(y[0])])
    >>> def bc(ya, yb):
    ...     return np.stack([ya[0], yb[0]])
    >>> x = np.linspace(0, 1, 5)
    >>> result = scipy.integrate.solve_bvp(fun, bc, x, np.zeros((2, 5)), **chainrule.scipy.bvp_derivatives(fun, bc))
    >>> result.success, round(float(result.sol(0.5)[0]), 4)
    (True, 0.1405)
    """

    def fun_jac(x: Any, y: Any, p: Any = None) -> Any:
        inputs = _variables(y, p)
        output = recorded_call(fun, (x, *inputs), NAME)
        by_y = _column_by_column(output, inputs[0])
        return by_y if p is None else (by_y, _by_parameters(output, inputs[1]))

    patterns = [Patterns(), Patterns(), Patterns()]

    def bc_jac(ya: Any, yb: Any, p: Any = None) -> Any:
        inputs = _variables(ya, yb, p)
        output = recorded_call(bc, tuple(inputs), NAME)
        return tuple([matrix(output, input, known, "dense") for input, known in zip(inputs, patterns, strict=False)])

    return {"fun_jac": fun_jac, "bc_jac": bc_jac}


def _variables(*values: Any) -> list[Any]:
    return [variable(value, NAME) for value in values if value is not None]


def _column_by_column(output: Any, y: Any) -> Any:
    # For all points the derivatives of the result there for `y` there: (components, components of y, points).
    count, points = output._array.shape
    found: Any = None
    if output.requires_grad:

        def vectors(start: int, stop: int) -> list[Any]:
            made = np.zeros((stop - start, count, points))
            made[np.arange(stop - start), np.arange(start, stop)] = 1
            return [made]

        rows = gradients_of_vectors((engine_edge(output),), count, vectors, (y,))
        if rows is None:
            units = [new_tensor(vectors(i, i + 1)[0][0]) for i in range(count)]
            rows = [np.stack([_gradient(output, y, unit)._array for unit in units])]
        found = rows[0]
    return np.zeros((count, *y._array.shape)) if found is None else found


def _by_parameters(output: Any, p: Any) -> Any:
    # For all points the derivatives of the result there for the parameters: (components, parameters, points).
    count, points = output._array.shape
    found = np.zeros((count, p._array.size, points))
    if output.requires_grad:
        with enable_grad():
            weights = zeros_like(output, requires_grad=True)
            transposed = _gradient(output, p, weights, create_graph=True)
        if transposed.requires_grad:
            for i in range(p._array.size):
                unit = np.zeros(p._array.size)
                unit[i] = 1
                found[:, i] = _gradient(transposed, weights, new_tensor(unit.reshape(p._array.shape)))._array
    return found


def _gradient(output: Any, input: Any, vector: Any, *, create_graph: bool = False) -> Any:
    (found,) = autograd.grad(
        output,
        (input,),
        vector,
        retain_graph=True,
        create_graph=create_graph,
        allow_unused=True,
        materialize_grads=True,
    )
    return found
