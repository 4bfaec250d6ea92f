"""Zeros among gradients that a formula, element by element, would lose: zero times infinity is zero there.

The walk looks for them from the moment on when NumPy notes an invalid operation, which costs nothing until then, or a
node has run whose operation may have left NaN aside (see `selects` in op.py), if any has: NaN that was there before
is no invalid operation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray, vdot

from chainrule.engine.node import GROUP, NOTHING, Formula, Node
from chainrule.engine.op import ELEMENTWISE
from chainrule.engine.saved import gather
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.zero_times_infinity import choices, has_nan, lost_zeros


class Lookout:
    """Whether a pass looks for zeros that formulas lost: `is_on`, once there may be some."""

    __slots__ = ("is_on",)

    def __init__(self) -> None:
        self.is_on: bool = False

    def note_choice(self) -> None:
        """A node has run that sends zeros to what was not taken."""
        if choices.left_nan:
            self.is_on = True

    def note_invalid(self, error: str, flag: int) -> None:
        """What NumPy calls where an operation was invalid: infinity times zero."""
        del error, flag
        self.is_on = True


def with_zeros(
    node: Node, formula: Formula, code: int, at: Any, grad: Any, gradient: Any, saved: tuple[Any, ...] | None = None
) -> Any:
    """`gradient`, which a rule of this node made of `grad`, with the zeros that it lost.

    `saved`: the saved entries of the node, where they are not as they stand in it.
    """
    if type(gradient) is ndarray and gradient.dtype.char in "fd":
        # Nearly always this is all: see `has_nan`.
        total = vdot(gradient, gradient)
        if total == total:  # noqa: PLR0124 (which NaN is not)
            return gradient
    if node.op is None or node.op.kind != ELEMENTWISE or grad is None or gradient is None or isinstance(grad, tuple):
        return gradient
    if isinstance(gradient, TensorBase) and type(gradient._array) is not ndarray:  # a batch
        batch: Any = gradient
        return np.where(np.isnan(batch) & (grad == 0), 0, batch)
    found = _array(gradient)
    if not has_nan(found):
        return gradient
    again: Any = None
    if code != GROUP:
        values: list[Any] = []
        if code != NOTHING:
            values = gather(node, node.saved if saved is None else saved, at)
            values = [value._array if isinstance(value, TensorBase) else value for value in values]

        def of_another(grad: Any) -> Any:
            return formula(grad, *values)

        again = of_another
    lost = lost_zeros(found, _array(grad), again)
    return gradient if lost is None else np.where(lost, 0, gradient)


def _array(gradient: Any) -> Any:
    # A formula of arrays without dimensions gives a number.
    return gradient._array if isinstance(gradient, TensorBase) else np.asarray(gradient)
