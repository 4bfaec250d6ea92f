"""Optimizers whose step is a formula on arrays: in place, element by element, with few runs over memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from chainrule.dtypes import default_float
from chainrule.engine.call import shape_error
from chainrule.engine.grad_flag import grad_enabled
from chainrule.engine.places import Place, here
from chainrule.engine.versions import about_to_change, count_change
from chainrule.optim.formula_runs import Array, Formula, FormulaRuns, Row
from chainrule.optim.optimizer import Closure, Optimizer, Params, loss_of
from chainrule.optim.recorded_updates import check_not_leaf, run_recorded
from chainrule.tensor import Tensor, wrap

Group: TypeAlias = dict[str, Any]
Numbers: TypeAlias = dict[str, float]
State: TypeAlias = dict[str, Any]
NO_NUMBERS: Numbers = {}
NO_STATE: State = {}


class _Changes:
    # What is to be written into the state of an optimizer: new states, and numbers in their arrays.
    def __init__(self) -> None:
        self.states: list[tuple[Tensor, State]] = []
        self.numbers: list[tuple[Array, float]] = []

    def make(self, into: dict[Tensor, State]) -> None:
        for param, state in self.states:
            into[param].update(state)
        for array, value in self.numbers:
            array[...] = value


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
        # What no_grad() and enable_grad() do, without the objects they make.
        before = grad_enabled.set(bool(self.defaults.get("differentiable")))
        try:
            loss = loss_of(closure)
            place = here()
            due = [(group, [each for each in group["params"] if each._grad is not None]) for group in self.param_groups]
            # A training that diverges says so by its loss, not by warnings.
            with np.errstate(all="ignore"):
                while due:
                    once = [(group, dict.fromkeys(params)) for group, params in due]
                    self._update(once, place)
                    again = zip(due, once, strict=True)
                    due = [(group, _repeated(all_)) for (group, all_), (_, each) in again if len(each) < len(all_)]
        finally:
            grad_enabled.reset(before)
        return loss

    def _update(self, due: Sequence[tuple[Group, Iterable[Tensor]]], place: Place | None) -> None:
        updates: list[tuple[Formula, Row]] = []
        recorded: list[tuple[Formula, list[Any]]] = []
        changes = _Changes()
        # All that can fail comes first, so that a step that fails has changed nothing.
        for group, params in due:
            names = self._state_names(group)
            formulas: dict[Any, Formula] = {}
            differentiable = group.get("differentiable")
            if params and (differentiable or group.get("capturable")):
                self._check_ways(group)
            for param in params:
                about_to_change(param._version_counter)
                array = param._array
                grad = param._grad._array  # type: ignore[union-attr]
                row = [array, grad if grad.shape == array.shape else _spread(grad, array)]
                step, state, used = 1.0, NO_STATE, NO_NUMBERS
                if names:
                    step, state, used = self._state_for_step(param, group, names[0], changes)
                    for name in names:
                        kept = state[name]._array
                        if kept.shape != array.shape:
                            raise _wrong_state(name, kept, array)
                        row.append(kept)
                key: Any = (array.dtype, step, *used.values()) if used else (array.dtype, step)
                formula = formulas.get(key)
                if formula is None:
                    options = {**group, **used} if used else group
                    formula = formulas[key] = self._formula(options, array.real.dtype, step)
                if differentiable:
                    check_not_leaf(param)
                    recorded.append((formula, [param, param.grad, *[state[name] for name in names]]))
                else:
                    updates.append((formula, row))
        changes.make(self.state)
        self._runs.run(updates)
        for formula, tensors in recorded:
            run_recorded(formula, tensors)
        operation = f"{type(self).__name__}.step"
        for group, params in due:
            # What was recorded has counted its changes.
            for param in () if group.get("differentiable") else params:
                count_change(param._version_counter, operation=operation, at=place)

    def _state_for_step(
        self, param: Tensor, group: Group, name: str, changes: _Changes
    ) -> tuple[float, State, Numbers]:
        step = 2.0
        state = self.state.get(param)
        if not state or state.get(name) is None:
            step = 1.0
            state = self._new_state(param, group)
            changes.states.append((param, state))
        count = state.get("step")
        if count is not None:
            steps = count._array
            step = steps.item() + 1
            changes.numbers.append((steps, step))
        if not self._keeps_numbers:
            return step, state, NO_NUMBERS
        used, after = self._numbers(group, state, step)
        changes.numbers.extend((state[name]._array, value) for name, value in after.items())
        return step, state, used

    def _state_names(self, group: Group) -> tuple[str, ...]:
        # What is kept between steps for each parameter, in its shape.
        raise NotImplementedError(f"{type(self).__name__} does not say what is kept between steps")

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        return {"step": new_count(), **{name: zeros_like(param) for name in self._state_names(group)}}

    # Whether there are numbers that are kept for each parameter, beside the count of its steps.
    _keeps_numbers = False

    def _numbers(self, group: Group, state: dict[str, Any], step: float) -> tuple[Numbers, Numbers]:
        # Those that the formula takes, which finds them beside the options of the group, and what the kept ones become.
        raise NotImplementedError(f"{type(self).__name__} does not say which numbers it keeps")

    # What PyTorch calls the tensors that it wants on a GPU where steps are captured, and whether `foreach` runs on XLA.
    _captured = "params and state_steps"
    _captured_by_foreach = ""
    _foreach_on_xla = False
    _loop_on_xla = True
    _foreach_differentiable = False

    def _check_ways(self, group: Group) -> None:
        # Ways to compute that PyTorch refuses when a step is made.
        foreach = group.get("foreach")
        if group.get("capturable"):
            tensors = (self._captured_by_foreach if foreach else "") or self._captured
            xla = self._foreach_on_xla if foreach else self._loop_on_xla
            devices = ["cuda", "xpu", "hpu", "privateuseone"] + ["xla"] * xla
            raise AssertionError(f"If capturable=True, {tensors} must be on supported devices: {devices}.")
        if foreach and group.get("differentiable") and not self._foreach_differentiable:
            raise AssertionError("_foreach ops don't support autograd")

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        # `step`: the number of this step; where steps are not counted, 2 for all but the first.
        raise NotImplementedError(f"{type(self).__name__} does not say how a parameter is updated")


def new_count(steps: float = 0) -> Tensor:
    """A count of steps, kept as PyTorch keeps it."""
    return wrap(np.array(steps, np.float64 if default_float() == np.float64 else np.float32))


def zeros_like(param: Tensor) -> Tensor:
    """A tensor of zeros laid out as the parameter."""
    return wrap(np.zeros_like(param._array))


def numbers(dtype: np.dtype[Any], *values: Any) -> list[Array]:
    """Each value as an array without dimensions, which NumPy takes in a quarter of the time of a Python number."""
    return [value if isinstance(value, Tensor) else np.array(value, dtype) for value in values]  # type: ignore[misc]


def number(option: Any) -> Any:
    """The value of an option that may be a tensor of one element; the tensor itself where gradients flow to it."""
    if isinstance(option, Tensor) and not (option.requires_grad and grad_enabled.get()):
        return option.item()
    return option


def check_lr(lr: Any, message: str = "Invalid learning rate: ") -> None:
    """Raise ValueError for a learning rate that is negative, or a tensor of several elements."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not number(lr) >= 0:
        raise ValueError(f"{message}{number(lr)}")


def check_no_tensor(name: str, option: Any) -> None:
    """Raise ValueError for an option that `foreach=True` takes as a number only."""
    if isinstance(option, Tensor):
        message = f"{name} as a Tensor is not supported for capturable=False and foreach=True"
        raise ValueError(message)  # noqa: TRY004 (PyTorch's class)


def check_betas(betas: Sequence[Any]) -> None:
    """Raise ValueError where what is kept of a running mean is not a part of it."""
    for index, beta in enumerate(betas):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")


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
