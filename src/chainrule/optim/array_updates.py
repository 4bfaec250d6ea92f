"""Optimizers whose step is a formula on arrays, applied to one parameter after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from chainrule.dtypes import default_float
from chainrule.engine.places import here
from chainrule.engine.versions import about_to_change, count_change
from chainrule.optim.optimizer import Closure, Optimizer, loss_of
from chainrule.tensor import Tensor, wrap

Array: TypeAlias = np.ndarray[Any, Any]

# Elements that are updated at once: few enough that what a formula makes in between stays in the processor's cache.
BLOCK = 65536


class ArrayOptimizer(Optimizer):
    """An optimizer that updates arrays in place; a subclass says how one parameter is updated."""

    def step(self, closure: Closure | None = None) -> Any:
        """Change each parameter that has a gradient, and return the loss when there is a closure to compute it."""
        loss = loss_of(closure)
        operation = f"{type(self).__name__}.step"
        place = here()
        # A training that diverges says so by its loss, not by warnings.
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                for param in group["params"]:
                    if param._grad is not None:
                        about_to_change(param._version_counter)
                        self._update(param, param._grad._array, group)
                        count_change(param._version_counter, operation=operation, at=place)
        return loss

    def _update(self, param: Tensor, grad: Array, group: dict[str, Any]) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say how a parameter is updated")

    def _counted(self, state: dict[str, Any]) -> float:
        # The number of the step about to be done; kept as PyTorch keeps it, in a tensor.
        count: Array = state["step"]._array
        count += 1
        return float(count)


def new_count() -> Tensor:
    """A count of no steps yet."""
    return wrap(np.zeros((), np.float64 if default_float() == np.float64 else np.float32))


def zeros_like(param: Tensor) -> Tensor:
    """A tensor of zeros laid out as the parameter."""
    return wrap(np.zeros_like(param._array))


def in_blocks(formula: Callable[..., None], *arrays: Array | None) -> None:
    """Call `formula`, which works in place and element by element, on matching blocks of the arrays.

    None stands for an array that is not needed.
    """
    given = [array for array in arrays if array is not None]
    size = given[0].size
    if size <= BLOCK or not all(array.flags.forc and array.strides == given[0].strides for array in given):
        formula(*arrays)
        return
    flat = [None if array is None else array.ravel(order="K") for array in arrays]
    for start in range(0, size, BLOCK):
        formula(*[None if array is None else array[start : start + BLOCK] for array in flat])


def in_real_blocks(formula: Callable[..., None], *arrays: Array | None) -> None:
    """The same for a formula of real numbers: complex arrays are taken apart into real and imaginary parts."""
    if arrays[0] is not None and arrays[0].dtype.kind == "c":
        formula(*[None if array is None else array.real for array in arrays])
        formula(*[None if array is None else array.imag for array in arrays])
    else:
        in_blocks(formula, *arrays)


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
