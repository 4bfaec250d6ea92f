"""Rprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.optim.array_updates import ArrayOptimizer, Group, check_lr, new_count, number, numbers, zeros_like
from chainrule.optim.formula_runs import Array, Formula
from chainrule.optim.optimizer import Params
from chainrule.tensor import Tensor, wrap


class Rprop(ArrayOptimizer):
    """Steps by the sign of the gradient alone, farther while the sign stays the same (Riedmiller and Braun, 1993).

    Args:
        params: the parameters, or groups of them.
        lr: how far the first step goes.
        etas: the factors of a step after the sign changed, and after it stayed.
        step_sizes: the shortest and the longest step.
        capturable, foreach: how PyTorch is to compute; without effect here, but for `capturable=True`, which
            is an error at the first step.
        maximize: go with the gradient, not against it.
        differentiable: record the step, so that gradients flow through it; the parameters are then no leaves.

    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Rprop([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    _foreach_on_xla = True

    def _state_names(self, group: Group) -> tuple[str, ...]:
        return "prev", "step_size"

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        lr = number(group["lr"])
        first = complex(lr, lr) if param.is_complex() else lr
        return {
            "step": new_count(),
            "prev": zeros_like(param),
            "step_size": lr * param.new_ones(param.shape)
            if isinstance(lr, Tensor)
            else wrap(np.full_like(param._array, first)),
        }

    def _formula(self, group: Group, dtype: np.dtype[Any], step: float) -> Formula:
        maximize = group["maximize"]
        shorter, longer, shortest, longest, same, zero = numbers(dtype, *group["etas"], *group["step_sizes"], 1, 0)

        def formula(param: Array, grad: Array, before: Array, size: Array) -> None:
            if maximize:
                grad = -grad
            agreement = before * grad
            turned = agreement < 0
            size *= np.where(turned, shorter, np.where(agreement > 0, longer, same))
            size[...] = np.clip(size, shortest, longest)
            # Where the sign changed, the next step starts anew.
            before[...] = np.where(turned, zero, grad)
            param -= np.sign(before) * size

        return formula
