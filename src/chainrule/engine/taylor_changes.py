"""What is carried by tensors that are changed in place, and of views of these.

A view has it from its base: that is where a change is noted, whichever of the family was changed.
"""

from __future__ import annotations

from typing import Any

from chainrule.engine.power_series import Series, as_tensor, zeros_like
from chainrule.engine.tensor_base import TensorBase

WITHIN_A_BATCH = (
    "within vmap, jet and laplacian do not follow a change in place through a view: use the operation without the "
    "underscore, or call vmap within them"
)


class Changes:
    """The tensors that were changed in place at a level."""

    def __init__(self) -> None:
        self._changed: list[Any] = []

    def add(self, base: Any) -> None:
        """Note a change; RuntimeError for that of a view within a batch, whose base is not known."""
        changed = _entries(base)
        if changed is not base and changed._base is not None:
            raise RuntimeError(WITHIN_A_BATCH)
        if not any(changed is each for each in self._changed):
            self._changed.append(changed)

    def concern(self, tensor: Any) -> bool:
        """Whether a tensor is a view of something that was changed."""
        if not self._changed:
            return False
        inner = _entries(tensor)
        concerned = inner._base is not None and any(inner._base is each for each in self._changed)
        if concerned and inner is not tensor:
            raise RuntimeError(WITHIN_A_BATCH)
        return concerned


def _entries(tensor: Any) -> Any:
    # The tensor that has all entries of a batch, of a batch of batches too.
    while (inner := getattr(tensor, "_value", None)) is not None:
        tensor = inner
    return tensor


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
