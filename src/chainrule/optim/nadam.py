"""NAdam."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import (
    ArrayOptimizer,
    Group,
    Numbers,
    check_betas,
    check_lr,
    check_not_negative,
    new_count,
    number,
    numbers,
)
from chainrule.optim.formula_runs import Array, Formula
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor


class NAdam(ArrayOptimizer):
    """Adam that looks ahead by one momentum, as Nesterov's does (Dozat, 2016).

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        betas: how much is kept of the running means of the gradient and of its square.
        eps: what is added to the size, against division by zero.
        weight_decay: the factor of the parameter itself that is added to its gradient.
        momentum_decay: how quickly the momentum rises to the first of `betas`.
        decoupled_weight_decay: shrink the parameter itself, as AdamW does, rather than add to its gradient.
        foreach, capturable: how PyTorch is to compute; without effect here, but for `capturable=True`, which
            is an error at the first step.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.NAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8944, 1.8944], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_not_negative("momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    _captured = "params, mu_products and state_steps"
    _captured_by_foreach = "params, mu_products, and state_steps"
    _keeps_numbers = True

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return "exp_avg", "exp_avg_sq"

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        state = super()._new_state(param, group)
        return {"step": state.pop("step"), "mu_product": new_count(1), **state}

    def _numbers(self, group: Group, state: dict[str, Any], step: float) -> tuple[Numbers, Numbers]:
        if isinstance(number(group["betas"][0]), Tensor):
            raise TypeError("NAdam(differentiable=True) gives no gradients for its betas: give them as numbers")
        before = state["mu_product"]._array
        # Rounded as the tensor rounds in which it is kept.
        product = float(before * before.dtype.type(_momentum(group, step)))
        return {"mu_product": product}, {"mu_product": product}

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        lr, decay, decoupled = number(group["lr"]), number(group["weight_decay"]), group["decoupled_weight_decay"]
        maximize = group["maximize"]
        beta1, beta2 = map(number, group["betas"])
        mu, mu_next, product = _momentum(group, step), _momentum(group, step + 1), group["mu_product"]
        kept, new_square, new_mean, missing, eps, weight_decay, shrinking, of_grad, of_mean = numbers(
            dtype,
            beta2,
            1 - beta2,
            1 - beta1,
            1 - beta2**step,
            group["eps"],
            decay,
            1 - lr * decay,
            lr * (1 - mu) / (1 - product),
            lr * mu_next / (1 - product * mu_next),
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
            size = square / missing
            np.sqrt(size, size)
            size += eps
            np.multiply(grad, of_grad, change)
            change += mean * of_mean
            change /= size
            param -= change

        return formula


def _momentum(group: Group, step: float) -> float:
    momentum: float = number(group["betas"][0]) * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
    return momentum
