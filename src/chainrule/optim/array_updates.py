"""Optimizers whose step is a formula on arrays: in place, element by element, with few runs over memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from chainrule.dtypes import default_float
from chainrule.engine.call import shape_error
from chainrule.engine.places import Place, here
from chainrule.engine.versions import about_to_change, count_change
from chainrule.optim.formula_runs import Array, Formula, FormulaRuns, Row
from chainrule.optim.optimizer import Closure, Optimizer, Params, loss_of
from chainrule.tensor import Tensor, wrap

Group: TypeAlias = dict[str, Any]


class ArrayOptimizer(Optimizer):
    """An optimizer that updates arrays in place: a subclass says by which formula, and which arrays it keeps."""

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        self._runs = FormulaRuns()
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._runs = FormulaRuns()
        super().__setstate__(state)
        for kept in self.state.values():
            # Once a plain number, in what PyTorch saved before 1.12.
            if "step" in kept and not isinstance(kept["step"], Tensor):
                kept["step"] = new_count(kept["step"])

    def step(self, closure: Closure | None = None) -> Any:
        """Change each parameter that has a gradient, and return the loss when there is a closure to compute it."""
        loss = loss_of(closure)
        place = here()
        due = [(group, [param for param in group["params"] if param._grad is not None]) for group in self.param_groups]
        # A training that diverges says so by its loss, not by warnings.
        with np.errstate(all="ignore"):
            while due:
                once = [(group, dict.fromkeys(params)) for group, params in due]
                self._update(once, place)
                again = zip(due, once, strict=True)
                due = [(group, _repeated(all_)) for (group, all_), (_, each) in again if len(each) < len(all_)]
        return loss

    def _update(self, due: Sequence[tuple[Group, Iterable[Tensor]]], place: Place | None) -> None:
        updates: list[tuple[Formula, Row]] = []
        counts: list[tuple[Array, float]] = []
        new_states: list[tuple[Tensor, dict[str, Tensor]]] = []
        # All that can fail comes first, so that a step that fails has changed nothing.
        for group, params in due:
            names = self._state_names(group)
            formulas: dict[Any, Formula] = {}
            for param in params:
                about_to_change(param._version_counter)
                array = param._array
                grad = param._grad._array  # type: ignore[union-attr]
                row = [array, grad if grad.shape == array.shape else _spread(grad, array)]
                step = 1.0
                if names:
                    state = self.state.get(param)
                    if not state or state.get(names[0]) is None:
                        state = self._new_state(param, group)
                        new_states.append((param, state))
                    else:
                        step = 2.0
                    if "step" in state:
                        count = state["step"]._array
                        step = count.item() + 1
                        counts.append((count, step))
                    for name in names:
                        kept = state[name]._array
                        if kept.shape != array.shape:
                            raise _wrong_state(name, kept, array)
                        row.append(kept)
                formula = formulas.get((array.dtype, step))
                if formula is None:
                    formula = formulas[array.dtype, step] = self._formula(group, array.real.dtype, step)
                updates.append((formula, row))
        for param, state in new_states:
            self.state[param].update(state)
        for count, step in counts:
            count[...] = step
        self._runs.run(updates)
        operation = f"{type(self).__name__}.step"
        for _, params in due:
            for param in params:
                count_change(param._version_counter, operation=operation, at=place)

    def _state_names(self, group: Group) -> tuple[str, ...]:
        # What is kept between steps for each parameter, in its shape.
        raise NotImplementedError(f"{type(self).__name__} does not say what is kept between steps")

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        return {"step": new_count(), **{name: zeros_like(param) for name in self._state_names(group)}}

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        # `step`: the number of this step; where steps are not counted, 2 for all but the first.
        raise NotImplementedError(f"{type(self).__name__} does not say how a parameter is updated")


def new_count(steps: float = 0) -> Tensor:
    """A count of steps, kept as PyTorch keeps it."""
    return wrap(np.array(steps, np.float64 if default_float() == np.float64 else np.float32))


def zeros_like(param: Tensor) -> Tensor:
    """A tensor of zeros laid out as the parameter."""
    return wrap(np.zeros_like(param._array))


def numbers(dtype: np.dtype[Any], *values: float) -> list[Array]:
    """Each value as an array without dimensions, which NumPy takes in a quarter of the time of a Python number."""
    return [np.array(value, dtype) for value in values]


def number(option: Any) -> Any:
    """The value of an option that may be a tensor of one element."""
    if isinstance(option, Tensor):
        return option.item()
    return option


def check_lr(lr: Any) -> None:
    """Raise ValueError for a learning rate that is negative, or a tensor of several elements."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    check_not_negative("learning rate", number(lr))


def check_not_negative(what: str, value: Any) -> None:
    """Raise ValueError for an option that is below zero."""
    if not value >= 0:
        raise ValueError(f"Invalid {what}: {value}")


def _repeated(params: list[Tensor]) -> list[Tensor]:
    # What is left where a parameter stands more than once in its group: it is updated as often.
    seen: set[Tensor] = set()
    left = []
    for param in params:
        if param in seen:
            left.append(param)
        seen.add(param)
    return left


def _spread(grad: Array, array: Array) -> Array:
    # A parameter that was given data of another shape may have its old gradient still.
    try:
        return np.broadcast_to(grad, array.shape)
    except ValueError as error:
        raise shape_error(error, array, grad) from None


def _wrong_state(name: str, kept: Array, array: Array) -> RuntimeError:
    return RuntimeError(
        f"the {name} of a parameter has shape {list(kept.shape)}, but the parameter itself has {list(array.shape)}: it "
        "was given other data after its last step. Remove its state, as in optimizer.state.pop(parameter)"
    )
