"""Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import (
    ArrayOptimizer,
    Group,
    check_betas,
    check_lr,
    check_no_tensor,
    check_not_negative,
    number,
    numbers,
)
from chainrule.optim.formula_runs import Array, Formula
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor


class Adam(ArrayOptimizer):
    """Goes against running means of the gradient, in units of its running size (Kingma and Ba, 2014).

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        betas: how much is kept of the running means of the gradient and of its square.
        eps: what is added to the size, against division by zero.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        amsgrad: divide by the largest size so far.
        foreach, fused, capturable: how PyTorch is to compute; without effect here, but for `capturable=True`, which
            is an error at the first step.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.
        decoupled_weight_decay: shrink the parameter itself, as AdamW does, rather than add to its gradient.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        if foreach:
            check_no_tensor("lr", lr)
        check_lr(lr)
        check_not_negative("epsilon value", eps)
        check_betas(betas)
        check_not_negative("weight_decay value", weight_decay)
        if {type(beta) for beta in betas} not in ({float}, {Tensor}):
            raise ValueError("betas must be either both floats or both Tensors")
        for index, beta in enumerate(betas):
            if foreach:
                check_no_tensor(f"betas[{index}]", beta)
            if isinstance(beta, Tensor) and beta.numel() != 1:
                raise ValueError(f"Tensor betas[{index}] must be 1-element")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        lr, eps = number(group["lr"]), group["eps"]
        decay, decoupled = number(group["weight_decay"]), group["decoupled_weight_decay"]
        maximize = group["maximize"]
        beta1, beta2 = map(number, group["betas"])
        # What is missing in the means because they began with zeros. The root is taken out of the fraction
        # change = lr / correction * mean / (sqrt(square) / root + eps), which saves a division of each element.
        root = (1 - beta2**step) ** 0.5
        kept, new_square, new_mean, added, step_size, weight_decay, shrinking = numbers(
            dtype, beta2, 1 - beta2, 1 - beta1, eps * root, lr / (1 - beta1**step) * root, decay, 1 - lr * decay
        )

        def formula(param: Array, grad: Array, mean: Array, square: Array, largest: Array | None = None) -> None:
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
            if largest is not None:
                np.maximum(largest, square, out=largest)
                square = largest
            np.sqrt(square, change)
            change += added
            np.divide(mean, change, change)
            change *= step_size
            param -= change

        return formula
