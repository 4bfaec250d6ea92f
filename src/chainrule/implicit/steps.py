"""One step of a differential equation's solver, as a function that is differentiated like any other.

Explicit Runge-Kutta methods are SciPy's own, with its coefficients: a step done again gives SciPy's values. The steps
of its implicit methods are done again by Radau IIA of order 5, which is its `Radau`, and more exact than the others
where these have chosen the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.engine.tensor_base import new_tensor
from chainrule.implicit.failures import SolverError
from chainrule.implicit.jacobians import Jacobian
from chainrule.implicit.local_graph import Array, LocalGraph
from chainrule.implicit.solutions import jacobian_by, solved
from chainrule.implicit.transforms import among, without_tangents
from chainrule.ops.joining import cat, stack

# The right-hand side: a time, and the state as a vector.
Slope = Callable[[float, Any], Any]

EXPLICIT = ("RK23", "RK45", "DOP853")
IMPLICIT = ("Radau", "BDF", "LSODA")

# The solver's own states, at any times in the step: a column each. None for an explicit step, which needs none.
Guess = Any

MOST_CORRECTIONS = 20


class Step(Protocol):
    """A step from `t` to `t + h`: the state behind it, then those at the given fractions of it; a row each."""

    def __call__(self, slope: Slope, t: float, h: float, y: Any, fractions: Array, guess: Guess) -> Any:
        """The states, as said above."""


class ExplicitStep:
    """A step of an explicit Runge-Kutta method, with the interpolation that belongs to it."""

    def __init__(self, method: str) -> None:
        from scipy import integrate

        solver = getattr(integrate, method)
        self.stages = len(solver.B)
        self.couplings = list(solver.A)
        self.nodes = list(solver.C)
        self.weights = solver.B
        self.more_couplings: list[Array] = []
        self.more_nodes: list[float] = []
        if method == "DOP853":
            self.more_couplings = list(solver.A_EXTRA)
            self.more_nodes = list(solver.C_EXTRA)
            self.late_weights = solver.D
        else:
            self.powers = solver.P

    def __call__(self, slope: Slope, t: float, h: float, y: Any, fractions: Array, guess: Guess) -> Any:
        """As `Step` says; nothing is guessed."""
        slopes = [slope(t, y)]
        for row, node in zip(self.couplings[1:], self.nodes[1:], strict=True):
            slopes.append(slope(t + node * h, y + _combined(h * row[: len(slopes)], slopes)))
        after = y + _combined(h * self.weights, slopes)
        if not len(fractions):
            return after[None]
        slopes.append(slope(t + h, after))
        for row, node in zip(self.more_couplings, self.more_nodes, strict=True):
            slopes.append(slope(t + node * h, y + _combined(h * row[: len(slopes)], slopes)))
        return cat([after[None], y + _combined(h * self._interpolation(fractions), slopes)])

    def _interpolation(self, fractions: Array) -> Array:
        # How much of each slope the state at each fraction of the step has.
        if not self.more_nodes:
            exponents = np.arange(1, self.powers.shape[1] + 1)
            return np.asarray(fractions[:, None] ** exponents @ self.powers.T)
        # Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, II.6: nested products of x and 1 - x.
        count = self.stages + 1 + len(self.more_nodes)
        first, last = np.eye(count)[[0, self.stages]]
        whole = np.zeros(count)
        whole[: self.stages] = self.weights
        terms = [whole, first - whole, 2 * whole - first - last, *self.late_weights]
        result = np.zeros((len(fractions), count))
        x = fractions[:, None]
        for position in range(len(terms) - 1, -1, -1):
            result = (result + terms[position]) * (1 - x if position % 2 else x)
        return result


class ImplicitStep:
    """A step of Radau IIA with three stages, whose increments are solved for, and their polynomial in between."""

    def __init__(self) -> None:
        root = np.sqrt(6)
        self.nodes = np.array([(4 - root) / 10, (4 + root) / 10, 1])
        # Collocation: the coefficients integrate the polynomial through the slopes exactly, from 0 to each node.
        exponents = np.arange(3)
        self.couplings = (self.nodes[:, None] ** (exponents + 1) / (exponents + 1)) @ np.linalg.inv(
            self.nodes[:, None] ** exponents
        )

    def __call__(self, slope: Slope, t: float, h: float, y: Any, fractions: Array, guess: Guess) -> Any:
        """As `Step` says."""
        couplings = new_tensor((h * self.couplings).astype(y._array.dtype))

        def residual(increments: Any) -> Any:
            slopes = [slope(t + node * h, y + increments[i]) for i, node in enumerate(self.nodes)]
            return increments - couplings @ stack(slopes)

        first = (guess(t + self.nodes * h).T - y._array).astype(y._array.dtype)
        with among(without_tangents()):
            value = _corrected(residual, first)
        increments: Any = solved(residual, value, jacobian_by(0, None), "solve_ivp")
        after = y + increments[2]
        if not len(fractions):
            return after[None]
        between = new_tensor(self._interpolation(fractions).astype(y._array.dtype))
        return cat([after[None], y + between @ increments])

    def _interpolation(self, fractions: Array) -> Array:
        # The polynomial that is zero at the start, and at each node what was found there.
        exponents = np.arange(1, 4)
        return np.asarray(fractions[:, None] ** exponents @ np.linalg.inv(self.nodes[:, None] ** exponents))


@cache
def step_of(method: str) -> Step:
    """The step that stands for those of this method of SciPy's."""
    return ExplicitStep(method) if method in EXPLICIT else ImplicitStep()


def _combined(weights: Array, slopes: list[Any]) -> Any:
    return new_tensor(weights.astype(slopes[0]._array.dtype)) @ stack(slopes)


def _corrected(residual: Callable[[Any], Any], value: Array) -> Array:
    # Newton's method with the Jacobian at the guess, which is a good one.
    enough = 4 * np.finfo(value.dtype).eps * max(1.0, float(abs(value).max(initial=0)))
    matrix = Jacobian(LocalGraph.at(residual, value)).blocks()[0]
    before = np.inf
    for _ in range(MOST_CORRECTIONS):
        with no_grad():
            wrong = residual(new_tensor(value))._array
        correction = np.linalg.solve(matrix, wrong.ravel()).reshape(value.shape)
        value = value - correction
        size = float(abs(correction).max(initial=0))
        # Down to what the type can tell, or as far as it goes.
        if size <= enough or (size >= before and size <= 1e6 * enough):
            return value
        before = size
    raise SolverError("solve_ivp: the stages of an implicit step could not be found again for its derivative")
