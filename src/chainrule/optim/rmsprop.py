"""RMSprop."""

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


class RMSprop(ArrayOptimizer):
    """Divides the gradient by the root of the running mean of its square (Hinton, 2012).

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        alpha: how much is kept of the running mean.
        eps: what is added to the root, against division by zero.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        momentum: how much of the last update to keep.
        centered: divide by the running standard deviation.
        capturable, foreach: how PyTorch is to compute; without effect here, but for `capturable=True`, an error.
        maximize: go with the gradient, not against it.
        differentiable: not supported.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.RMSprop([w], lr=0.05)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 1.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("epsilon value", eps)
        check_not_negative("momentum value", momentum)
        check_not_negative("weight_decay value", weight_decay)
        check_not_negative("alpha value", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Array, group: dict[str, Any]) -> None:
        momentum, centered = group["momentum"], group["centered"]
        state = self.state[param]
        if not state:
            state["step"] = new_count()
            state["square_avg"] = zeros_like(param)
            if momentum > 0:
                state["momentum_buffer"] = zeros_like(param)
            if centered:
                state["grad_avg"] = zeros_like(param)
        self._counted(state)
        lr, alpha, eps = number(group["lr"]), group["alpha"], group["eps"]
        weight_decay, maximize = group["weight_decay"], group["maximize"]

        def formula(param: Array, grad: Array, square: Array, mean: Array | None, buffer: Array | None) -> None:
            if maximize:
                grad = -grad
            if weight_decay != 0:
                grad = grad + weight_decay * param
            square *= alpha
            square += grad * grad * (1 - alpha)
            if mean is None:
                size = np.sqrt(square)
            else:
                mean += (grad - mean) * (1 - alpha)
                size = np.sqrt(square - mean * mean)
            size += eps
            change = grad / size
            if buffer is not None:
                buffer *= momentum
                buffer += change
                change = buffer
            param -= lr * change

        mean = state["grad_avg"]._array if centered else None
        buffer = state["momentum_buffer"]._array if momentum > 0 else None
        in_real_blocks(formula, param._array, grad, state["square_avg"]._array, mean, buffer)
