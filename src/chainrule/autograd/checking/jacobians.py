"""Whole Jacobians, by finite differences and by backward passes: what `gradcheck` compares, unless in fast mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.checking.differences import Slopes, slopes_of_elements
from chainrule.autograd.checking.messages import INCORRECT_SIZE, INCORRECT_TYPE, not_reentrant
from chainrule.autograd.checking.subject import Array, as_tuple, is_float
from chainrule.autograd.gradcheck import GradcheckError
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.tensor import Tensor


def slopes_of_inputs(values: Callable[[], list[Array]], variables: Sequence[Any], eps: float) -> list[Slopes]:
    """For each input how the outputs change with each of its elements."""
    return [slopes_of_elements(values, variable._array, eps) for variable in variables]


def analytical_jacobian(
    output: Any, variables: list[Any], part: str | None, nondet_tol: float, *, check_types: bool
) -> list[Array]:
    """For each input the Jacobian of one output, or of one part of it; a row for each element of the input.

    Every backward pass runs twice. Raises GradcheckError where the two do not agree, or gradients are of another size
    than their inputs, or, if it is checked, of another type.
    """
    found, reentrant, sizes_agree, types_agree = _jacobians(output, variables, part, nondet_tol)
    require_alike(reentrant, sizes_agree, types_agree, nondet_tol, check_types=check_types)
    return found


def require_alike(
    reentrant: bool, sizes_agree: bool, types_agree: bool, nondet_tol: float, *, check_types: bool
) -> None:
    """Raise GradcheckError where passes or sizes do not agree, or, if they are checked, types."""
    if check_types and not types_agree:
        raise GradcheckError(INCORRECT_TYPE)
    if not sizes_agree:
        raise GradcheckError(INCORRECT_SIZE)
    if not reentrant:
        raise GradcheckError(not_reentrant(nondet_tol))


def _jacobians(
    output: Any, variables: list[Any], part: str | None, nondet_tol: float
) -> tuple[list[Array], bool, bool, bool]:
    array = output._array
    unit = 1j if part == "imaginary" and array.dtype.kind == "c" else 1
    passes = []
    for _ in range(2):
        rows = []
        for element in range(array.size):
            seed = np.zeros(array.size, array.dtype)
            seed[element] = unit
            rows.append(gradients(output, variables, seed.reshape(array.shape)))
        passes.append(rows)
    return columns(passes, variables, nondet_tol)


def gradients(output: Any, variables: list[Any], seed: Array) -> list[Any]:
    """The gradients of one output, None for an input that it does not depend on."""
    weights: Any = new_tensor(seed)
    found = autograd.grad(output, variables, weights, retain_graph=True, allow_unused=True)
    return [None if gradient is None else gradient._array for gradient in found]


def columns(
    passes: list[list[list[Any]]], variables: list[Any], nondet_tol: float
) -> tuple[list[Array], bool, bool, bool]:
    """For each input the gradients that were found as columns, and whether passes, sizes and types agree."""
    found: list[list[Array]] = []
    sizes_agree = types_agree = True
    for rows in passes:
        matrices = []
        for position, variable in enumerate(variables):
            array = variable._array
            matrix = np.zeros((array.size, len(rows)), array.dtype)
            for column, row in enumerate(rows):
                gradient = row[position]
                if gradient is None:
                    continue
                if gradient.shape != array.shape:
                    sizes_agree = False
                    if gradient.size != array.size:
                        continue
                types_agree = types_agree and gradient.dtype == array.dtype
                matrix[:, column] = gradient.reshape(-1)
            matrices.append(matrix)
        found.append(matrices)
    reentrant = all(not (a.size and np.abs(a - b).max() > nondet_tol) for a, b in zip(found[0], found[1], strict=True))
    return found[0], reentrant, sizes_agree, types_agree


def numerical_jacobians(run: Callable[[], Any], targets: Any, eps: float) -> list[tuple[Any, ...]]:
    """For each target that requires grad, and each output of `run()`, the Jacobian by finite differences.

    Raises ValueError where an output is complex.
    """

    def values() -> list[Array]:
        return [output._array.copy() for output in as_tuple(run())]

    if any(value.dtype.kind == "c" for value in values()):
        raise ValueError(
            "Expected output to be non-complex. get_numerical_jacobian no longer supports functions that return complex"
            " outputs."
        )
    variables = [t for t in as_tuple(targets) if isinstance(t, Tensor) and t.requires_grad]
    return [
        tuple(new_tensor(slopes.jacobian(o, None)) for o, real in enumerate(slopes.real) if real is not None)
        for slopes in slopes_of_inputs(values, variables, eps)
    ]


def analytical_jacobians(inputs: Any, output: Any, nondet_tol: float) -> tuple[tuple[Any, ...], bool, bool, bool]:
    """For each input that requires grad the Jacobian of `output`; whether passes, sizes and types agree."""
    variables = [t for t in as_tuple(inputs) if isinstance(t, TensorBase) and t._requires_grad and is_float(t)]
    found, reentrant, sizes_agree, types_agree = _jacobians(output, variables, None, nondet_tol)
    return tuple(new_tensor(jacobian) for jacobian in found), reentrant, sizes_agree, types_agree
