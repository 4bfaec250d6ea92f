"""Derivatives of a row that are recorded by calling the same function made of small operations.

For rows whose kernels go through a long sequence: on arrays their formulas are such kernels too, on Tensors they
differentiate the composition, so that derivatives of every order are right without a second set of formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.engine.backward import run_backward
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.tensor_base import TensorBase
from chainrule.ops.copies import clone


def through(
    composition: Callable[..., Any], inputs: Sequence[Any], needs: Sequence[bool], grads: Sequence[Any]
) -> tuple[Any, ...]:
    """The gradients, as Tensors that can be differentiated, of `composition(*inputs)` for those inputs that need one.

    `grads`: a gradient for each result, or None. The composition returns a tuple of Tensors.
    """
    with enable_grad():
        # Copies, so that gradients end there: one input may be made of another.
        copies = [clone(x) if needed else x for x, needed in zip(inputs, needs, strict=True)]
        results = composition(*copies)
        reached = [(r._edge, g) for r, g in zip(results, grads, strict=True) if g is not None and r._requires_grad]
        ends = [copy._edge for copy, needed in zip(copies, needs, strict=True) if needed]
        found = run_backward(
            [edge for edge, _ in reached], [g for _, g in reached], keep_graph=True, create_graph=True, inputs=ends
        )
    left = iter(found)
    return tuple(next(left) if needed else None for needed in needs)


def is_recorded(*values: Any) -> bool:
    """Whether a formula was given Tensors, because its derivative may be wanted."""
    return any(isinstance(value, TensorBase) for value in values)
