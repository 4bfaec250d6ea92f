"""The Jacobian of the equations at their solution: what the implicit function theorem has to solve with.

It is a matrix where that fits in memory, a block for each problem where there are several; else it is only multiplied
with, which is one backward pass through the equations, and SciPy's GMRES does the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.implicit.failures import SolverError
from chainrule.implicit.local_graph import Array, LocalGraph

# The most elements that the matrices may have.
LARGEST = 1 << 22

# solver(operator, b, transposed): SciPy's LinearOperator, a vector, and whether it is the transpose that it stands for
Solver = Callable[[Any, Array, bool], Array]


class Jacobian:
    """Of the output of a local graph, for its one variable, both of one shape.

    The leading `batch_dims` dimensions of that shape number independent problems. `solver` solves the equations without
    a matrix; None for whatever fits.
    """

    def __init__(
        self,
        local: LocalGraph,
        batch_dims: int = 0,
        solver: Solver | None = None,
        blocks: Callable[[], Array] | None = None,
        *,
        is_transposed: bool = False,
    ) -> None:
        self.local = local
        self.batch_dims = batch_dims
        self.solver = solver
        self.is_transposed = is_transposed
        self._found_otherwise = blocks
        self._blocks: Array | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the unknowns."""
        return self.local.variables[0]._array.shape  # type: ignore[no-any-return]

    def blocks(self) -> Array:
        """A matrix for each of the problems."""
        if self._blocks is None:
            make = self._found_otherwise
            self._blocks = make() if make else self.local.rows()[None] if not self.batch_dims else self._of_batch()
        return self._blocks

    def transposed(self, local: LocalGraph) -> Jacobian:
        """The transposed one, which is that of another local graph."""
        return Jacobian(
            local,
            self.batch_dims,
            self.solver,
            lambda: np.swapaxes(self.blocks(), 1, 2).conj(),
            is_transposed=not self.is_transposed,
        )

    def solve_transposed(self, grad: Array) -> Array:
        """The `w` for which the product of the transposed Jacobian and `w` is `grad`."""
        if self._fits():
            return self._with_matrix(lambda blocks: np.swapaxes(blocks, 1, 2), grad)
        return self._without_matrix(self.local.pulled_back_to_variable, grad, is_transposed=not self.is_transposed)

    def solve(self, right: Array, product: Callable[[Array], Array]) -> Array:
        """The `v` for which the product of the Jacobian and `v` is `right`; `product` computes such products."""
        if self._fits():
            return self._with_matrix(np.conj, right)  # that of a backward pass is the conjugate one
        return self._without_matrix(product, right, is_transposed=self.is_transposed)

    def _fits(self) -> bool:
        problems, unknowns = self._counts()
        return self.solver is None and problems * unknowns**2 <= LARGEST

    def _counts(self) -> tuple[int, int]:
        shape = self.shape
        return math.prod(shape[: self.batch_dims]), math.prod(shape[self.batch_dims :])

    def _with_matrix(self, matrix: Callable[[Array], Array], right: Array) -> Array:
        if not right.size:
            return right
        try:
            solution = np.linalg.solve(matrix(self.blocks()), right.reshape(*self._counts(), 1))
        except np.linalg.LinAlgError:
            raise SolverError(
                "The Jacobian of the equations is singular at their solution: there the solution has no derivative"
            ) from None
        return solution.reshape(right.shape)

    def _without_matrix(self, product: Callable[[Array], Any], right: Array, *, is_transposed: bool) -> Array:
        from scipy.sparse.linalg import LinearOperator

        if not right.any():
            return np.zeros_like(right)

        def of_vector(vector: Array) -> Array:
            return np.asarray(product(vector.reshape(right.shape).astype(right.dtype, copy=False))).ravel()

        operator = LinearOperator((right.size, right.size), matvec=of_vector, dtype=right.dtype)
        solution = (self.solver or gmres)(operator, right.ravel(), is_transposed)
        return np.asarray(solution, right.dtype).reshape(right.shape)

    def _of_batch(self) -> Array:
        shape = self.shape
        problems, unknowns = self._counts()
        dtype = self.local.output._array.dtype
        blocks = np.empty((problems, unknowns, unknowns), dtype)
        for row in range(unknowns):
            unit = np.zeros((len(blocks), unknowns), dtype)
            unit[:, row] = 1
            blocks[:, row] = np.asarray(self.local.pulled_back_to_variable(unit.reshape(shape))).reshape(
                len(blocks), -1
            )
        self._check_apart(blocks)
        return blocks

    def _check_apart(self, blocks: Array) -> None:
        # The rows of different problems came in one pass: that is right only if no problem knows of another.
        probe = np.random.default_rng(0).standard_normal(blocks.shape[:2]).astype(blocks.dtype)
        expected = np.einsum("pij,pi->pj", blocks, probe)
        found = np.asarray(self.local.pulled_back_to_variable(probe.reshape(self.shape))).reshape(expected.shape)
        scale = np.einsum("pij,pi->pj", abs(blocks), abs(probe)).max(initial=0)
        if abs(found - expected).max(initial=0) > 1000 * np.finfo(blocks.dtype).eps * scale:
            raise ValueError(
                f"batch_dims={self.batch_dims} says that the problems are independent, but the equations of one of "
                "them depend on the unknowns of another"
            )


def gmres(operator: Any, vector: Array, is_transposed: bool) -> Array:
    """The solution by SciPy's GMRES, nearly as exact as the type allows; raises SolverError where it is not found."""
    from scipy.sparse import linalg

    rtol = 1e-10 if vector.dtype.itemsize >= 8 * (1 + (vector.dtype.kind == "c")) else 1e-5
    restart = min(vector.size, 100)
    solution, info = linalg.gmres(operator, vector, rtol=rtol, restart=restart, maxiter=20)
    if info:
        raise SolverError(
            f"The derivative's linear equations: SciPy's GMRES did not reach a relative residual of {rtol} in "
            f"{20 * restart} iterations; is the Jacobian singular at the solution?"
        )
    return np.asarray(solution)
