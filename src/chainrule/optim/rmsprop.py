"""RMSprop."""

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
        capturable, foreach: how PyTorch is to compute; without effect here, but for `capturable=True`, which
            is an error at the first step.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

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

    _foreach_on_xla = True

    def _state_names(self, group: Group) -> tuple[str, ...]:
        with_momentum = ("momentum_buffer",) if group["momentum"] > 0 else ()
        return ("square_avg", *with_momentum, "grad_avg") if group["centered"] else ("square_avg", *with_momentum)

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        centered, maximize, decay = group["centered"], group["maximize"], number(group["weight_decay"])
        with_momentum = group["momentum"] > 0
        lr, alpha, new, eps, momentum, weight_decay = numbers(
            dtype, number(group["lr"]), group["alpha"], 1 - group["alpha"], group["eps"], group["momentum"], decay
        )

        def formula(param: Array, grad: Array, square: Array, *more: Array) -> None:
            if maximize:
                grad = -grad
            if decay != 0:
                grad = param * weight_decay + grad
            change = grad * grad
            change *= new
            square *= alpha
            square += change
            if centered:
                mean = more[-1]
                np.subtract(grad, mean, change)
                change *= new
                mean += change
                np.multiply(mean, mean, change)
                np.subtract(square, change, change)
                np.sqrt(change, change)
            else:
                np.sqrt(square, change)
            change += eps
            np.divide(grad, change, change)
            if with_momentum:
                buffer = more[0]
                buffer *= momentum
                buffer += change
                np.multiply(buffer, lr, change)
            else:
                change *= lr
            param -= change

        return formula
