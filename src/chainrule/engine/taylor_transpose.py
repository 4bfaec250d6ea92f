"""Taylor mode for rows that have formulas of gradients and nothing else.

Such a formula is linear in the gradient. Run on a variable in the gradient's place, and on arguments that have series,
it gives the series of the transposed Jacobian; the gradients for that variable are products with the Jacobian itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.broadcasting import sum_to_shape
from chainrule.engine.grad_flag import grad_enabled, is_grad_enabled
from chainrule.engine.interpreters import levels, pull, variable_of
from chainrule.engine.op import Op
from chainrule.engine.power_series import More, Series, as_tensor, divided, formula_argument, results_of, zeros_like
from chainrule.engine.tensor_base import TensorBase


def transposed_derivatives(level: Any, op: Op, args: tuple[Any, ...], result: Any) -> list[More]:
    """For each result of an operation what gives its coefficients, by transposing the formulas of its gradients."""
    results = results_of(result)
    variables: list[Any] = []
    pairs: list[tuple[Any, Any]] = []  # a gradient that is linear in the variables, and the derivative of its argument
    found: dict[int, list[Any]] = {}

    def begin() -> None:
        around = levels()
        for each in results:
            floating = isinstance(each, TensorBase) and each._array.dtype.kind in "fc"
            variables.append(variable_of(as_tensor(zeros_like(each)), around) if floating else None)
        is_complex = any(v is not None and v.dtype.is_complex for v in variables) or any(
            isinstance(args[i], TensorBase) and args[i]._array.dtype.kind == "c" for i in op.tensor_positions
        )
        grad = tuple(variables) if op.takes_grads else variables[0]
        for positions, formula, names in op.formulas:
            of = _arguments(op, positions, args)
            derivatives = [level.derivative(value) for value in of]
            needs = tuple([d is not None for d in derivatives])
            if not any(needs):
                continue
            values = [needs if name == "needs" else formula_argument(op, name, args, result) for name in names[1:]]
            with level.running():
                run = conjugated(formula) if is_complex and op.conjugate else formula
                gradients = run(grad, *values)
                if len(positions) == 1 and positions[0] != op.sequence:
                    gradients = (gradients,)
                for gradient, value, derivative in zip(gradients, of, derivatives, strict=True):
                    if gradient is not None and derivative is not None:
                        pairs.append((_fitted(gradient, value), derivative))

    def more(order: int, number: int) -> Any:
        if order not in found:
            records = is_grad_enabled() and _is_wanted(args)
            token = grad_enabled.set(True)
            try:
                if not variables:
                    begin()
                found[order] = _transposed(level, pairs, variables, order - 1, records=records)
            finally:
                grad_enabled.reset(token)
        return divided(level.plain(found[order][number]), order)

    return [lambda order, i=i: more(order, i) for i in range(len(results))]  # type: ignore[misc]


def _arguments(op: Op, positions: tuple[int, ...], args: tuple[Any, ...]) -> list[Any]:
    found: list[Any] = []
    for p in positions:
        found += args[p] if p == op.sequence else [args[p]]
    return found


def _is_wanted(value: Any) -> bool:
    # Whether there is a graph behind a tensor, or behind what it carries at any level, as far as that is known.
    if isinstance(value, TensorBase):
        inner = getattr(value, "_value", None)  # of a batch
        carried = (value._tangents or {}).values()  # type: ignore[attr-defined]
        return value._requires_grad or _is_wanted(inner) or any(map(_is_wanted, carried))
    if isinstance(value, (list, tuple)):
        return any(map(_is_wanted, value))
    return isinstance(value, Series) and any(map(_is_wanted, value.found))


def _fitted(gradient: Any, value: Any) -> Any:
    # A gradient as the engine would hand it on: broadcasting undone, and real for what is real.
    if gradient.shape != value.shape:
        gradient = sum_to_shape(gradient, value._array.shape)
    if isinstance(gradient, TensorBase) and gradient._array.dtype.kind == "c" and value._array.dtype.kind != "c":
        gradient = gradient.real  # type: ignore[attr-defined]
    return gradient


def _transposed(
    level: Any, pairs: list[tuple[Any, Any]], variables: list[Any], order: int, *, records: bool
) -> list[Any]:
    # The coefficient of this order of the results' derivatives: that of the Jacobian times the arguments' derivatives.
    outputs: list[Any] = []
    seeds: list[Any] = []
    for gradient, derivative in pairs:
        for k in range(order + 1):
            output, seed = level.coefficient(gradient, k), level.coefficient(derivative, order - k)
            if isinstance(output, TensorBase) and output.requires_grad and seed is not None:  # type: ignore[attr-defined]
                outputs.append(output)
                seeds.append(as_tensor(seed))
    inputs = [v for v in variables if v is not None]
    gradients = iter(pull(outputs, inputs, seeds, levels(), keep_graph=True, records=records))
    return [None if v is None else next(gradients) for v in variables]


def conjugated(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The formula of a gradient for complex numbers, as PyTorch defines it."""

    def run(grad: Any, *values: Any) -> Any:
        grad = tuple([None if g is None else np.conj(g) for g in grad]) if isinstance(grad, tuple) else np.conj(grad)
        found = formula(grad, *values)
        if isinstance(found, (tuple, list)):
            return tuple([None if g is None else np.conj(g) for g in found])
        return None if found is None else np.conj(found)

    return run
