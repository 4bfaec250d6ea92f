"""Adagrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import (
    ArrayOptimizer,
    Group,
    check_lr,
    check_not_negative,
    new_count,
    number,
    numbers,
)
from chainrule.optim.formula_runs import Array, Formula
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor, wrap


class Adagrad(ArrayOptimizer):
    """Divides the gradient by the root of the sum of all its squares so far (Duchi and others, 2011).

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        lr_decay: how quickly `lr` falls: by `1 / (1 + step * lr_decay)`.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        initial_accumulator_value: what the sums begin with.
        eps: what is added to the root, against division by zero.
        foreach, fused: how PyTorch is to compute; without effect here.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative("lr_decay value", lr_decay)
        check_not_negative("weight_decay value", weight_decay)
        check_not_negative("initial_accumulator_value value", initial_accumulator_value)
        check_not_negative("epsilon value", eps)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, whose sums begin here."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for param in group["params"]:
            self.state[param] = self._new_state(param, group)

    def share_memory(self) -> None:
        """Raise RuntimeError, as `Tensor.share_memory_` does: NumPy's memory belongs to one process."""
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param]["sum"].share_memory_()

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return ("sum",)

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        start = group["initial_accumulator_value"]
        start = complex(start, start) if param.is_complex() else start
        return {"step": new_count(), "sum": wrap(np.full_like(param._array, start))}

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        maximize, decay = group["maximize"], number(group["weight_decay"])
        lr = number(group["lr"]) / (1 + (step - 1) * group["lr_decay"])
        step_size, eps, weight_decay = numbers(dtype, lr, group["eps"], decay)

        def formula(param: Array, grad: Array, squares: Array) -> None:
            if maximize:
                grad = -grad
            if decay != 0:
                grad = param * weight_decay + grad
            squares += grad * grad
            size = np.sqrt(squares)
            size += eps
            change = grad * step_size
            change /= size
            param -= change

        return formula
