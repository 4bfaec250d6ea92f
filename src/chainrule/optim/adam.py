"""Adam."""

from __future__ import annotations

import math
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


class Adam(ArrayOptimizer):
    """Goes against running means of the gradient, in units of its running size (Kingma and Ba, 2014).

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        betas: how much is kept of the running means of the gradient and of its square.
        eps: what is added to the size, against division by zero.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        amsgrad: divide by the largest size so far.
        foreach, fused, capturable: how PyTorch is to compute; without effect here, but for `capturable=True`, an error.
        maximize: go with the gradient, not against it.
        differentiable: not supported.
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
        check_lr(lr)
        check_not_negative("epsilon value", eps)
        for index, beta in enumerate(betas):
            if not 0 <= number(beta) < 1:
                raise ValueError(f"Invalid beta parameter at index {index}: {number(beta)}")
        check_not_negative("weight_decay value", weight_decay)
        if {type(beta) for beta in betas} not in ({float}, {Tensor}):
            raise ValueError("betas must be either both floats or both Tensors")
        defaults = {
            "lr": lr,
            "betas": (number(betas[0]), number(betas[1])),
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

    def _update(self, param: Tensor, grad: Array, group: dict[str, Any]) -> None:
        state = self.state[param]
        if not state:
            state["step"] = new_count()
            state["exp_avg"] = zeros_like(param)
            state["exp_avg_sq"] = zeros_like(param)
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = zeros_like(param)
        step = self._counted(state)
        lr, weight_decay, eps = number(group["lr"]), group["weight_decay"], group["eps"]
        decoupled, maximize = group["decoupled_weight_decay"], group["maximize"]
        beta1, beta2 = group["betas"]
        # What is missing in the means because they began with zeros.
        step_size = lr / (1 - beta1**step)
        root_of_correction = math.sqrt(1 - beta2**step)

        def formula(param: Array, grad: Array, mean: Array, square: Array, largest: Array | None) -> None:
            if maximize:
                grad = -grad
            if weight_decay != 0 and decoupled:
                param *= 1 - lr * weight_decay
            elif weight_decay != 0:
                grad = grad + weight_decay * param
            mean += (grad - mean) * (1 - beta1)
            square *= beta2
            square += grad * grad * (1 - beta2)
            if largest is not None:
                np.maximum(largest, square, out=largest)
                square = largest
            size = np.sqrt(square)
            size /= root_of_correction
            size += eps
            change = mean / size
            change *= step_size
            param -= change

        largest = state["max_exp_avg_sq"]._array if group["amsgrad"] else None
        in_real_blocks(formula, param._array, grad, state["exp_avg"]._array, state["exp_avg_sq"]._array, largest)
