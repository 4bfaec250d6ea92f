"""What is carried by tensors that are changed in place, and of views of these.

A view has it from its base: that is where a change is noted, whichever of the family was changed.
"""

from __future__ import annotations

from typing import Any

from chainrule.engine.power_series import Series, as_tensor, zeros_like
from chainrule.engine.tensor_base import TensorBase


def with_part(base: Any, view: Any, whole: Any, coefficient: Any) -> Any:
    """A coefficient of a base, `whole`, with another one in place of that of its view."""
    if whole is None and coefficient is None:
        return None
    if whole is None:
        whole = zeros_like(base)
    whole = whole.clone() if isinstance(whole, TensorBase) else whole.copy(order="K")  # type: ignore[attr-defined]
    if isinstance(coefficient, TensorBase):
        whole = as_tensor(whole)
    part = replayed(view, whole)
    if isinstance(part, TensorBase):
        part.copy_(as_tensor(zeros_like(view) if coefficient is None else coefficient))  # type: ignore[attr-defined]
    else:
        part[...] = 0 if coefficient is None else coefficient
    return whole


def series_of_view(level: Any, view: Any) -> Series | None:
    """The series of a view of something that was changed; None for a constant."""
    series = level.series(view._base)
    if series is None:
        return None

    def more(order: int) -> Any:
        coefficient = series.coefficient(order)
        return None if coefficient is None else replayed(view, coefficient)

    return Series(more)


def replayed(view: Any, whole: Any) -> Any:
    """The same view of another tensor or array than its base."""
    steps: list[Any] = []
    source = view
    while source is not view._base:
        steps.append(source._view)
        source = source._view.source
    for step in reversed(steps):
        whole = step.replay(whole)
    return whole
