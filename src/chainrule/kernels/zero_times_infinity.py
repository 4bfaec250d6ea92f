"""Zero times infinity is zero: what formulas of gradients take it for, where NumPy takes it for NaN.

The gradient of what a choice does not take is zero, and stays so where a slope behind it is infinite or no number: that
of `sqrt(x)` in `where(x > 0, sqrt(x), 0)`. And a slope of zero stays so under an infinite gradient: that of `x * x` in
`sqrt(x * x)`, at 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

__all__ = ["choices", "has_nan", "left_aside", "lost_zeros", "without_lost_zeros"]

Array: TypeAlias = "np.ndarray[Any, Any]"


def has_nan(array: Array) -> bool:
    """Whether an element is NaN. Complex infinities may count."""
    if array.dtype.char in "fd":
        # A sum of squares, in which nothing but NaN gives NaN, takes half as long as looking at each.
        total = np.vdot(array, array)
        return bool(total != total)  # noqa: PLR0124 (which NaN alone is)
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


class Choices:
    """What the choices of this process, `where` and the like, did not take: `left_nan`, once NaN was among it."""

    __slots__ = ("left_nan",)

    def __init__(self) -> None:
        self.left_nan = False


choices = Choices()


def left_aside(*values: Any) -> None:
    """Note what a choice may leave aside: until there was NaN, no gradient is looked through for what came of it."""
    if not choices.left_nan:
        for value in values:
            if type(value) is np.ndarray and has_nan(value):
                choices.left_nan = True


def lost_zeros(gradient: Array, grad: Array, formula: Callable[[Array], Array] | None) -> Array | None:
    """Where a formula, element by element, made NaN of zero: a zero that came, or its slope where infinity came.

    `gradient` is what it gives for `grad`. None where there is no such place. Without a formula, slopes are left alone.
    """
    if not has_nan(gradient):
        return None
    none = np.isnan(gradient)
    lost = none & (grad == 0)
    infinite = np.isinf(grad)
    if formula is not None and infinite.any():
        slope = formula(np.where(infinite, 1, grad))
        lost = lost | (none & infinite & (slope == 0))
    return lost if lost.any() else None


def without_lost_zeros(gradient: Array, grad: Array, formula: Callable[[Array], Array] | None) -> Array:
    """The gradient with zero in these places."""
    lost = lost_zeros(gradient, grad, formula)
    return gradient if lost is None else np.where(lost, 0, gradient)
