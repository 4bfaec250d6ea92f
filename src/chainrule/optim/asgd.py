"""ASGD."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import (
    ArrayOptimizer,
    Group,
    Numbers,
    check_lr,
    check_not_negative,
    new_count,
    number,
    numbers,
)
from chainrule.optim.formula_runs import Array, Formula
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor


class ASGD(ArrayOptimizer):
    """Stochastic gradient descent that also keeps the mean of where it has been (Polyak and Juditsky, 1992).

    The mean of a parameter is in the optimizer's state, under `"ax"`.

    Args:
        params: the parameters, or groups of them.
        lr: how far to go at first.
        lambd: how quickly the step gets shorter, and parameters shrink.
        alpha: the power by which the step gets shorter.
        t0: the number of steps after which the mean begins.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        foreach, capturable: how PyTorch is to compute; without effect here, but for `capturable=True`, which
            is an error at the first step.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.ASGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000, 1.6000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    _captured = "params, mus, etas, and state_steps"
    _keeps_numbers = True

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return ("ax",)

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        state = super()._new_state(param, group)
        lr = group["lr"]
        first = lr.item() if isinstance(lr, Tensor) else lr
        return {"step": state.pop("step"), "eta": new_count(first), "mu": new_count(1), **state}

    def _numbers(self, group: Group, state: dict[str, Any], step: float) -> tuple[Numbers, Numbers]:
        lr = group["lr"]
        lr = lr.item() if isinstance(lr, Tensor) else lr
        after = {
            "eta": lr / (1 + group["lambd"] * lr * step) ** group["alpha"],
            "mu": 1 / max(1, step - group["t0"]),
        }
        return {name: state[name].item() for name in after}, after

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        maximize, decay = group["maximize"], number(group["weight_decay"])
        eta, part = group["eta"], group["mu"]
        step_size, shrinking, mu, weight_decay = numbers(dtype, eta, 1 - group["lambd"] * eta, part, decay)

        def formula(param: Array, grad: Array, average: Array) -> None:
            if maximize:
                grad = -grad
            if decay != 0:
                grad = param * weight_decay + grad
            param *= shrinking
            param -= grad * step_size
            if part == 1:
                average[...] = param
            else:
                average += (param - average) * mu

        return formula
