"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import Array, ArrayOptimizer, check_lr, check_not_negative, in_blocks, number
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor, wrap


class SGD(ArrayOptimizer):
    """Goes against the gradient, with momentum where wanted.

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        momentum: how much of the last update to keep.
        dampening: how much less than the whole gradient to add to the momentum.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        nesterov: look ahead by one momentum.
        maximize: go with the gradient, not against it.
        foreach, fused: how PyTorch is to compute; without effect here.
        differentiable: not supported.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000, 1.6000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative("momentum value", momentum)
        check_not_negative("weight_decay value", number(weight_decay))
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Array, group: dict[str, Any]) -> None:
        lr, weight_decay = number(group["lr"]), number(group["weight_decay"])
        momentum, nesterov, maximize = group["momentum"], group["nesterov"], group["maximize"]
        taken = 1 - group["dampening"]
        buffer = None
        if momentum != 0:
            state = self.state[param]
            buffer = state.get("momentum_buffer")
            if buffer is None:
                # The first gradient is taken whole.
                taken = 1
                buffer = state["momentum_buffer"] = wrap(np.zeros_like(param._array))

        def formula(param: Array, grad: Array, buffer: Array | None) -> None:
            if maximize:
                grad = -grad
            if weight_decay != 0:
                grad = grad + weight_decay * param
            if buffer is not None:
                buffer *= momentum
                buffer += grad if taken == 1 else taken * grad
                grad = grad + momentum * buffer if nesterov else buffer
            param -= lr * grad

        in_blocks(formula, param._array, grad, None if buffer is None else buffer._array)
