"""Adagrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import (
    Array,
    ArrayOptimizer,
    check_lr,
    check_not_negative,
    in_real_blocks,
    new_count,
    number,
)
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
        differentiable: not supported.

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
        for param in self.param_groups[-1]["params"]:
            start = self.param_groups[-1]["initial_accumulator_value"]
            if param.is_complex():
                start = complex(start, start)
            self.state[param] = {"step": new_count(), "sum": wrap(np.full_like(param._array, start))}

    def _update(self, param: Tensor, grad: Array, group: dict[str, Any]) -> None:
        state = self.state[param]
        step = self._counted(state)
        weight_decay, eps, maximize = group["weight_decay"], group["eps"], group["maximize"]
        step_size = number(group["lr"]) / (1 + (step - 1) * group["lr_decay"])

        def formula(param: Array, grad: Array, squares: Array) -> None:
            if maximize:
                grad = -grad
            if weight_decay != 0:
                grad = grad + weight_decay * param
            squares += grad * grad
            size = np.sqrt(squares)
            size += eps
            param -= step_size * grad / size

        in_real_blocks(formula, param._array, grad, state["sum"]._array)
