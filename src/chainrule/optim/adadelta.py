"""Adadelta."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import (
    ArrayOptimizer,
    Group,
    check_lr,
    check_not_negative,
    number,
    numbers,
)
from chainrule.optim.formula_runs import Array, Formula
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
        foreach, capturable: how PyTorch is to compute; without effect here, but for `capturable=True`, which
            is an error at the first step.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

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

    _loop_on_xla = False

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return "square_avg", "acc_delta"

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        maximize, decay = group["maximize"], number(group["weight_decay"])
        lr, rho, new, eps, weight_decay = numbers(
            dtype, number(group["lr"]), group["rho"], 1 - group["rho"], group["eps"], decay
        )

        def formula(param: Array, grad: Array, square: Array, changes: Array) -> None:
            if maximize:
                grad = -grad
            if decay != 0:
                grad = param * weight_decay + grad
            size = grad * grad
            size *= new
            square *= rho
            square += size
            np.add(square, eps, size)
            np.sqrt(size, size)
            change = changes + eps
            np.sqrt(change, change)
            change /= size
            change *= grad
            np.multiply(change, change, size)
            size *= new
            changes *= rho
            changes += size
            change *= lr
            param -= change

        return formula
