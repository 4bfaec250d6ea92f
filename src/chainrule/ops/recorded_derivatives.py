"""Derivatives of a row that are recorded by calling the same function made of small operations.

For rows whose kernels go through a long sequence: on arrays their formulas are such kernels too, on Tensors they
differentiate the composition, so that derivatives of every order are right without a second set of formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.interpreters import levels, pull, variable_of
from chainrule.engine.tensor_base import TensorBase, new_tensor


def through(
    composition: Callable[..., Any], inputs: Sequence[Any], needs: Sequence[bool], grads: Sequence[Any]
) -> tuple[Any, ...]:
    """The gradients, as Tensors that can be differentiated, of `composition(*inputs)` for those inputs that need one.

    `grads`: a gradient for each result, or None. The composition returns a tuple of Tensors.
    """
    around = levels()
    with enable_grad():
        # Variables of their own, so that gradients end there: one input may be made of another.
        copies = [variable_of(x, around) if needed else x for x, needed in zip(inputs, needs, strict=True)]
        results = list(composition(*copies))
        seeds = [g if g is None or isinstance(g, TensorBase) else new_tensor(g) for g in grads]
        ends = [copy for copy, needed in zip(copies, needs, strict=True) if needed]
        found = pull(results, ends, seeds, around, keep_graph=True, records=True)
    left = iter(found)
    return tuple(next(left) if needed else None for needed in needs)


def is_recorded(*values: Any) -> bool:
    """Whether a formula was given Tensors, because its derivative may be wanted."""
    return any(isinstance(value, TensorBase) for value in values)
