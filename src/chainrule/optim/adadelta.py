"""Adadelta."""

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
    zeros_like,
)
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor


class Adadelta(ArrayOptimizer):
    """Scales the gradient by the running size of the updates over that of the gradients (Zeiler, 2012).

    Args:
        params: the parameters, or groups of them.
        lr: the factor of each update.
        rho: how much is kept of the running means.
        eps: what is added to them, against division by zero.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        foreach, capturable: how PyTorch is to compute; without effect here, but for `capturable=True`, an error.
        maximize: go with the gradient, not against it.
        differentiable: not supported.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adadelta([w])
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9968, 1.9968], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0 <= rho <= 1:
            raise ValueError(f"Invalid rho value: {rho}")
        check_not_negative("epsilon value", eps)
        check_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Array, group: dict[str, Any]) -> None:
        state = self.state[param]
        if not state:
            state["step"] = new_count()
            state["square_avg"] = zeros_like(param)
            state["acc_delta"] = zeros_like(param)
        self._counted(state)
        lr, rho, eps = number(group["lr"]), group["rho"], group["eps"]
        weight_decay, maximize = group["weight_decay"], group["maximize"]

        def formula(param: Array, grad: Array, square: Array, changes: Array) -> None:
            if maximize:
                grad = -grad
            if weight_decay != 0:
                grad = grad + weight_decay * param
            square *= rho
            square += grad * grad * (1 - rho)
            change = np.sqrt(changes + eps) / np.sqrt(square + eps) * grad
            changes *= rho
            changes += change * change * (1 - rho)
            param -= lr * change

        in_real_blocks(formula, param._array, grad, state["square_avg"]._array, state["acc_delta"]._array)
