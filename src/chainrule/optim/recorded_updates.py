"""Running the formula of an optimizer on tensors, so that gradients flow through the update (`differentiable=True`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from chainrule.ops.strided import view_as_complex, view_as_real
from chainrule.optim.formula_runs import Formula
from chainrule.tensor import Tensor


class InPlace(NDArrayOperatorsMixin):
    """Stands for an array in a formula: what is written to it is a new tensor, and nothing saved changes."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] = ()) -> InPlace:
        result = getattr(ufunc, method)(*map(_tensor_of, inputs))
        if not out:
            return InPlace(result)
        written: InPlace = out[0]
        written.tensor = result
        return written

    def __array_function__(
        self, function: Callable[..., Any], _types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> InPlace:
        return InPlace(function(*map(_tensor_of, args), **kwargs))

    def __setitem__(self, where: Any, value: Any) -> None:
        if where is not Ellipsis:
            raise IndexError("formulas of optimizers write whole arrays")
        self.tensor = _tensor_of(value)


def check_not_leaf(param: Tensor) -> None:
    """Raise RuntimeError for a parameter that a recorded step cannot change."""
    if param.requires_grad and param.is_leaf:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation. With differentiable=True the "
            "optimizer takes what was computed from leaves, such as their clones: gradients flow through the step to "
            "the leaves."
        )


def run_recorded(formula: Formula, row: Sequence[Tensor]) -> None:
    """Call `formula` for a parameter, its gradient and its state, and write what it makes of them in place."""
    param, grad, *state = row
    # Copies: derivatives may need what is written over here.
    before = [param.clone(), grad, *(kept.clone() for kept in state)]
    is_complex = param.is_complex()
    stand_ins = [InPlace(view_as_real(tensor) if is_complex else tensor) for tensor in before]
    formula(*stand_ins)
    after = [view_as_complex(each.tensor) if is_complex else each.tensor for each in stand_ins]
    for tensor, value in zip([param, *state], [after[0], *after[2:]], strict=True):
        tensor.copy_(value)


def _tensor_of(value: Any) -> Any:
    return value.tensor if isinstance(value, InPlace) else value
