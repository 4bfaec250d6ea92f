"""Adamax."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import (
    ArrayOptimizer,
    Group,
    check_betas,
    check_lr,
    check_not_negative,
    number,
    numbers,
)
from chainrule.optim.formula_runs import Array, Formula
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor


class Adamax(ArrayOptimizer):
    """Adam with the largest gradient, which fades away, in place of its running size (Kingma and Ba, 2014).

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        betas: how much is kept of the running mean of the gradient, and of the largest gradient.
        eps: what is added to the size of the gradient, against division by zero.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        foreach, capturable: how PyTorch is to compute; without effect here, but for `capturable=True`, which
            is an error at the first step.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adamax([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("epsilon value", eps)
        check_betas(betas)
        check_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return "exp_avg", "exp_inf"

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        maximize, decay = group["maximize"], number(group["weight_decay"])
        beta1, beta2 = map(number, group["betas"])
        step_size = number(group["lr"]) / (1 - beta1**step)
        new_mean, fading, eps, step_size, weight_decay = numbers(
            dtype, 1 - beta1, beta2, group["eps"], step_size, decay
        )

        def formula(param: Array, grad: Array, mean: Array, largest: Array) -> None:
            if maximize:
                grad = -grad
            if decay != 0:
                grad = param * weight_decay + grad
            change = grad - mean
            change *= new_mean
            mean += change
            np.abs(grad, change)
            change += eps
            largest *= fading
            np.maximum(largest, change, out=largest)
            np.divide(mean, largest, change)
            change *= step_size
            param -= change

        return formula
