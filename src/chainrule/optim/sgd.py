"""Stochastic gradient descent."""

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
    zeros_like,
)
from chainrule.optim.formula_runs import Array, Formula
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor


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
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

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

    _foreach_differentiable = True

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] != 0 else ()

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        return {"momentum_buffer": zeros_like(param)}

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        decay, nesterov, maximize = number(group["weight_decay"]), group["nesterov"], group["maximize"]
        (lr,) = numbers(dtype, number(group["lr"]))
        if group["momentum"] == 0 and decay == 0 and not maximize:

            def plain(param: Array, grad: Array) -> None:
                param -= grad * lr

            return plain
        # The first gradient is taken whole.
        part = 1 if step == 1 else 1 - group["dampening"]
        momentum, taken, weight_decay = numbers(dtype, group["momentum"], part, decay)

        def formula(param: Array, grad: Array, buffer: Array | None = None) -> None:
            if maximize:
                grad = -grad
            if decay != 0:
                grad = param * weight_decay + grad
            if buffer is not None:
                buffer *= momentum
                buffer += grad if part == 1 else grad * taken
                grad = buffer * momentum + grad if nesterov else buffer
            param -= grad * lr

        return formula
