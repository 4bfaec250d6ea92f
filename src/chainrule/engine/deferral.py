"""Gradients of large arrays that are put off, so that formulas one behind the other are worked out together.

A `Deferred` (kernels/blockwise.py) stands for an array on its way from the formulas of one operation, element by
element, to those of another, or to a leaf; anything else is given the array. Before other people's code runs, which may
change what formulas were given, everything that was put off is worked out.
"""

from __future__ import annotations

from typing import Any, TypeAlias
from weakref import WeakSet

from chainrule.engine.node import Formula, Node
from chainrule.engine.saved import call_formula
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.zero_gradients import Lookout
from chainrule.kernels.blockwise import Deferred, sum_of_deferred

Pending: TypeAlias = "WeakSet[Deferred]"


def gradient_put_off(
    pending: Pending, lost: Lookout, node: Node, formula: Formula, grad: Any, saved: tuple[Any, ...] | None, at: Any,
    edge: Any,
) -> Any:  # fmt: skip
    """The gradient that a formula gives for an edge, put off where that can be, and then among `pending`."""
    if node.op.selects:
        lost.note_choice()
    gradient = call_formula(node, formula.later, grad, saved, at)  # type: ignore[attr-defined]
    if type(gradient) is not Deferred:
        return gradient
    gradient.lookout = lost
    target: Any = None
    if isinstance(edge, TensorBase):
        target = edge._array
    elif isinstance(edge, Node) and edge.defers:
        target = edge
    if target is None or gradient.dtype is not target.dtype or gradient.shape != target.shape:
        return gradient.taken()
    pending.add(gradient)
    return gradient


def sum_put_off(pending: Pending, total: Any, gradient: Any) -> Any:
    """The sum of two gradients of one array, one of which at least was put off."""
    total = sum_of_deferred(total, gradient)
    if type(total) is Deferred:
        pending.add(total)
    return total


def settle(pending: Pending) -> None:
    """Work out everything that was put off."""
    for gradient in list(pending):
        gradient.settle()
    pending.clear()
