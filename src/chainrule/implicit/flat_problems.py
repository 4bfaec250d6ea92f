"""Functions of tensors as SciPy calls them: with flat arrays of 64 bits, and the same back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.implicit.jacobians import Jacobian, Solver, gmres
from chainrule.implicit.local_graph import Array, LocalGraph
from chainrule.implicit.transforms import among, own_entry, without_tangents


class FlatProblem:
    """What is solved for: the shape and type of the guess, and the first guess itself."""

    def __init__(self, what: str, guess: Any, batch_dims: int) -> None:
        with no_grad(), among(without_tangents()):
            tensor = own_entry(guess)
        array = tensor._array
        if array.dtype.kind != "f" or array.dtype.itemsize < 4:
            raise TypeError(f"{what}: expected a first guess of real floating-point numbers, got {tensor.dtype}")
        if not 0 <= batch_dims <= array.ndim:
            raise ValueError(
                f"{what}: batch_dims={batch_dims}, but the first guess has {array.ndim} dimensions, shape {array.shape}"
            )
        self.what = what
        self.shape = array.shape
        self.dtype = array.dtype
        self.batch_dims = batch_dims
        self.start = array.astype(np.float64).ravel()

    def array(self, flat: Any) -> Array:
        """A fresh array of the unknowns' shape and type, of SciPy's."""
        return np.array(flat, self.dtype).reshape(self.shape)

    def values(self, function: Callable[[Any], Any]) -> Callable[[Array], Array]:
        """`function`, which gives as many equations as there are unknowns, as SciPy calls it."""

        def values(flat: Array) -> Array:
            with no_grad():
                result = function(new_tensor(self.array(flat)))
            return self.checked(result)._array.astype(np.float64).ravel()  # type: ignore[no-any-return]

        return values

    def checked(self, result: Any) -> Any:
        """What the function returned; raises TypeError or ValueError where that cannot be."""
        if not isinstance(result, TensorBase):
            raise TypeError(f"{self.what}: the function must return a tensor, got {type(result).__name__}")
        if result._array.shape != self.shape:
            raise ValueError(
                f"{self.what}: the function must return a tensor of the shape of its argument, {self.shape}, "
                f"got {result._array.shape}"
            )
        return result

    def matrix(self, function: Callable[[Any], Any]) -> Callable[[Array], Array]:
        """The Jacobian of `function`, as SciPy calls it."""

        def matrix(flat: Array) -> Array:
            local = LocalGraph.at(function, self.array(flat))
            return local.rows().astype(np.float64)

        return matrix

    def jacobian(self, linear_solver: Any) -> Callable[[LocalGraph], Jacobian]:
        """What makes the Jacobian at the solution of a local graph; `linear_solver` as users give it."""
        solver = solver_of(self.what, linear_solver)
        return lambda local: Jacobian(local, self.batch_dims, solver)


def solver_of(what: str, name: Any) -> Solver | None:
    """The solver of the derivative's equations that was asked for; None for a matrix where it fits."""
    if name is None:
        return None
    if name == "gmres":
        return gmres
    if callable(name):
        return lambda operator, vector, is_transposed: name(operator, vector)
    raise ValueError(
        f"{what}: linear_solver must be None, 'gmres', or a function of an operator and a vector, got {name!r}"
    )
