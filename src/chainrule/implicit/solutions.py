"""The implicit function theorem: a value that solves equations, made part of the graph.

Where `residual(x, ...) = 0`, the derivative of x is that of the residual for everything else, multiplied by the
negative inverse of its Jacobian for x. So a gradient goes back in two steps: equations with the transposed Jacobian are
solved for `w`, and `-w` is pulled back through the residual.

When the backward pass itself is recorded, the residual is called again, with the solution in the graph, and `w` is made
part of the graph by the same theorem, since it solves equations, too. So there are derivatives of every order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autograd.function import Function
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import is_recording
from chainrule.engine.tensor_base import new_tensor
from chainrule.implicit.jacobians import Jacobian, Solver
from chainrule.implicit.local_graph import Array, LocalGraph, behind_a_join, variable

CHANGED = (
    "{what}: the function uses other tensors than it did when the solution was computed; it must be the same function "
    "until the last backward pass"
)


class Equations:
    """Solved equations: what the node of their solution knows."""

    def __init__(self, residual: Callable[[Any], Any], local: LocalGraph, jacobian: Jacobian, what: str) -> None:
        self.residual = residual
        self.local = local
        self.jacobian = jacobian
        self.what = what

    def gradients(self, solution: Any, grad: Any) -> list[Any]:
        """For everything from outside that the residual depends on the gradient, from that of the solution."""
        w = self.jacobian.solve_transposed(grad._array)
        if not is_grad_enabled():
            return [None if g is None else new_tensor(g) for g in self.local.pulled_back(np.asarray(-w))]
        self.local.check_versions()
        transposed = TransposedProduct(self.residual, solution, grad)
        recorded = solved(transposed, w, self.jacobian.transposed, self.what)
        again = LocalGraph(self.residual, behind_a_join(solution))
        if list(again.joins) != list(self.local.joins):
            raise RuntimeError(CHANGED.format(what=self.what))
        return again.pulled_back(-recorded)


class TransposedProduct:
    """The equations for `w`: the transposed Jacobian of a residual, multiplied by `w`, less `grad`."""

    def __init__(self, residual: Callable[[Any], Any], solution: Any, grad: Any) -> None:
        self.residual = residual
        self.solution = solution
        self.grad = grad

    def __call__(self, w: Any) -> Any:
        """What is zero for the right `w`."""
        return pulled_back(self.residual, self.solution, w) - self.grad


def pulled_back(function: Callable[[Any], Any], x: Any, cotangent: Any) -> Any:
    """The gradient of `(function(x) * cotangent).sum()` for x, for its direct use alone; recorded."""
    return LocalGraph(function, behind_a_join(x)).pulled_back_to_variable(cotangent)


class Solution(Function):
    """The node of a solution."""

    @staticmethod
    def forward(ctx: Any, equations: Equations, value: Array, *outside: Any) -> Any:
        """The value itself."""
        ctx.equations = equations
        solution = new_tensor(value)
        ctx.save_for_backward(solution)
        return solution

    @staticmethod
    def backward(ctx: Any, grad: Any) -> tuple[Any, ...]:
        """A gradient for everything from outside."""
        (solution,) = ctx.saved_tensors
        return None, None, *ctx.equations.gradients(solution, grad)


def solved(
    residual: Callable[[Any], Any],
    value: Array,
    jacobian: Callable[[LocalGraph], Jacobian],
    what: str,
) -> Any:
    """The tensor of the value that makes `residual` zero: with its derivatives, where anything requires grad."""
    if not is_recording():
        return new_tensor(value)
    local = LocalGraph(residual, variable(value))
    if not local.joins:
        return new_tensor(value)
    equations = Equations(residual, local, jacobian(local), what)
    return Solution.apply(equations, value, *local.stand_ins())


def jacobian_by(batch_dims: int, solver: Solver | None) -> Callable[[LocalGraph], Jacobian]:
    """What makes the Jacobian of a local graph."""
    return lambda local: Jacobian(local, batch_dims, solver)
