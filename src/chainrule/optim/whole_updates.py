"""Optimizers whose step takes a parameter as a whole, not element by element."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chainrule.engine.places import Place
from chainrule.engine.versions import about_to_change, count_change
from chainrule.optim.array_updates import ArrayOptimizer, Group, State
from chainrule.optim.formula_runs import Array
from chainrule.tensor import Tensor


class WholeOptimizer(ArrayOptimizer):
    """An optimizer that updates arrays one by one: a subclass says what it keeps for each, and how it changes."""

    def _update(self, due: Sequence[tuple[Group, Iterable[Tensor]]], place: Place | None) -> None:
        changes: list[tuple[Tensor, Group, State, float]] = []
        # All that can fail comes first, so that a step that fails has changed nothing.
        for group, params in due:
            for param in params:
                self._check(param, group)
                about_to_change(param._version_counter)
                state = self.state.get(param) or self._new_state(param, group)
                step = state["step"].item() + 1 if "step" in state else 0
                changes.append((param, group, state, step))
        operation = f"{type(self).__name__}.step"
        for param, group, state, step in changes:
            self.state[param] = state
            if "step" in state:
                state["step"]._array[...] = step
            arrays = {name: value._array for name, value in state.items()}
            self._change(param._array, param._grad._array, arrays, group, step)  # type: ignore[union-attr]
            count_change(param._version_counter, operation=operation, at=place)

    def _check(self, param: Tensor, group: Group) -> None:
        # Raise where the parameter is none for this optimizer.
        raise NotImplementedError(f"{type(self).__name__} does not say what it updates")

    def _change(self, param: Array, grad: Array, state: dict[str, Array], group: Group, step: float) -> Any:
        # Change the parameter and its state in place; `step` is the number of this step.
        raise NotImplementedError(f"{type(self).__name__} does not say how a parameter is updated")
