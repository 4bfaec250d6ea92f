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
from chainrule.autograd.function_node import edge_of
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import enable_grad, is_recording, no_grad
from chainrule.engine.interpreters import levels, pull, variable_of
from chainrule.engine.tensor_base import new_tensor
from chainrule.implicit.jacobians import Jacobian, Solver
from chainrule.implicit.local_graph import Array, LocalGraph, behind_a_join
from chainrule.implicit.transforms import (
    again,
    among,
    entry_by_entry,
    forward_level,
    in_same_entries,
    own_entry,
    running,
    without_tangents,
)

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
        local = LocalGraph(self.residual, behind_a_join(solution))
        if list(local.joins) != list(self.local.joins):
            raise RuntimeError(CHANGED.format(what=self.what))
        return local.pulled_back(-recorded)


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
    """The gradient of `(function(x) * cotangent).sum()` for this use of x alone; recorded, and with tangents."""
    if forward_level() is not None:
        with enable_grad():
            around = levels()
            own = variable_of(x, around)
            (found,) = pull([function(own)], [own], [cotangent], around, keep_graph=True, records=True)
        if edge_of(x) is None:
            own._requires_grad = False  # a constant, now that the gradient for it is known
        return x * 0 if found is None else found
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
        return None, None, *entry_by_entry(lambda: ctx.equations.gradients(solution, own_entry(grad)))


def solved(
    residual: Callable[[Any], Any],
    value: Array,
    jacobian: Callable[[LocalGraph], Jacobian],
    what: str,
) -> Any:
    """The tensor of the value that makes `residual` zero, with its history and, in forward mode, its tangents."""
    level = forward_level()
    if level is not None:
        return _with_tangent(level, residual, value, jacobian, what)
    if not is_recording():
        return new_tensor(value)
    residual = in_same_entries(residual)
    with among(without_tangents()):
        local = LocalGraph.at(residual, value)
    if not local.joins:
        return new_tensor(value)
    equations = Equations(residual, local, jacobian(local), what)
    with among(()):
        return Solution.apply(equations, value, *local.stand_ins())


def _with_tangent(
    level: Any,
    residual: Callable[[Any], Any],
    value: Array,
    jacobian: Callable[[LocalGraph], Jacobian],
    what: str,
) -> Any:
    # The same at one level of forward mode. The tangent makes that of the residual zero: these are equations, too, so
    # it has derivatives as every solution has, at the levels around this one and backwards.
    stack = running()
    outside = tuple([each for each in stack if each is not level])
    with among(outside):
        solution = solved(residual, value, jacobian, what)
    if level.tangent(residual(solution)) is None:
        return solution

    def moved(tangent: Any) -> Any:
        with among(again(stack, level)):
            found = level.tangent(residual(level.dual(solution, tangent)))
        return tangent * 0 if found is None else found

    def product(vector: Array) -> Array:
        return numeric(vector) - at_zero  # type: ignore[no-any-return]

    def numeric(vector: Array) -> Array:
        with among(without_tangents()), no_grad():
            return moved(new_tensor(vector))._array  # type: ignore[no-any-return]

    with among(outside):
        with among(without_tangents()):
            local = LocalGraph.at(moved, np.zeros_like(value))
        at_zero = local.output._array
        tangent = solved(moved, jacobian(local).solve(np.asarray(-at_zero), product), jacobian, what)
    return level.dual(solution, tangent)


def jacobian_by(batch_dims: int, solver: Solver | None) -> Callable[[LocalGraph], Jacobian]:
    """What makes the Jacobian of a local graph."""
    return lambda local: Jacobian(local, batch_dims, solver)
