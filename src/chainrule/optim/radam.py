"""RAdam."""

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


class RAdam(ArrayOptimizer):
    """Adam that divides by the size of the gradient only when enough of it is known (Liu and others, 2019).

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        betas: how much is kept of the running means of the gradient and of its square.
        eps: what is added to the size, against division by zero.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        decoupled_weight_decay: shrink the parameter itself, as AdamW does, rather than add to its gradient.
        foreach, capturable: how PyTorch is to compute; without effect here, but for `capturable=True`, which
            is an error at the first step.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.RAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000, 1.6000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
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
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return "exp_avg", "exp_avg_sq"

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        lr, decay, decoupled = number(group["lr"]), number(group["weight_decay"]), group["decoupled_weight_decay"]
        maximize = group["maximize"]
        beta1, beta2 = map(number, group["betas"])
        # How many gradients the running mean of squares is worth: in the end, and by now.
        most = 2 / (1 - beta2) - 1
        worth = most - 2 * step * beta2**step / (1 - beta2**step)
        scaled = worth > 5
        step_size = lr / (1 - beta1**step)
        if scaled:
            part = (worth - 4) * (worth - 2) * most / ((most - 4) * (most - 2) * worth)
            step_size = step_size * part**0.5 * (1 - beta2**step) ** 0.5
        kept, new_square, new_mean, eps, weight_decay, shrinking, step_size = numbers(
            dtype, beta2, 1 - beta2, 1 - beta1, group["eps"], decay, 1 - lr * decay, step_size
        )

        def formula(param: Array, grad: Array, mean: Array, square: Array) -> None:
            if maximize:
                grad = -grad
            if decay != 0 and decoupled:
                param *= shrinking
            elif decay != 0:
                grad = param * weight_decay + grad
            change = grad - mean
            change *= new_mean
            mean += change
            np.multiply(grad, grad, change)
            change *= new_square
            square *= kept
            square += change
            if scaled:
                np.sqrt(square, change)
                change += eps
                np.divide(mean, change, change)
                change *= step_size
            else:
                np.multiply(mean, step_size, change)
            param -= change

        return formula
