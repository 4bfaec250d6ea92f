"""The levels of forward mode that a program has entered by itself (see autograd/forward_ad.py)."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

# The last is the first to be left.
dual_levels: ContextVar[tuple[Any, ...]] = ContextVar("dual_levels", default=())


def tangent_to_show(tensor: Any) -> Any:
    """The tangent that a printed tensor shows: that of the innermost level where it has one."""
    for level in reversed(dual_levels.get()):
        tangent = level.tangent(tensor)
        if tangent is not None:
            return tangent
    return None
