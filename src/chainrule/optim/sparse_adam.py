"""SparseAdam."""

from __future__ import annotations

from typing import Any

from chainrule.optim.array_updates import check_betas, check_lr
from chainrule.optim.optimizer import Closure, Optimizer, Params, loss_of
from chainrule.tensor import Tensor


class SparseAdam(Optimizer):
    """Adam for gradients of sparse layout, which there are none of: a step with a gradient is an error.

    It is here for programs that make one; gradients are dense, as Adam takes them.

    Args:
        params: the parameters, or groups of them.
        lr: how far to go.
        betas: how much is kept of the running means of the gradient and of its square.
        eps: what is added to the size, against division by zero.
        maximize: go with the gradient, not against it.

    >>> w = torch.ones(2, requires_grad=True)
    >>> torch.optim.SparseAdam([w], lr=0.1)
    SparseAdam (
    Parameter Group 0
        betas: (0.9, 0.999)
        eps: 1e-08
        lr: 0.1
        maximize: False
    )
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_lr(lr)
        if not lr > 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps > 0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        complex_params = [
            [number, index]
            for number, group in enumerate(self.param_groups)
            for index, param in enumerate(group["params"])
            if param.is_complex()
        ]
        if complex_params:
            raise ValueError(
                f"Complex params at indices {complex_params}: SparseAdam does not support complex parameters"
            )

    def step(self, closure: Closure | None = None) -> Any:
        """Raise RuntimeError where a parameter has a gradient, since it is dense."""
        loss = loss_of(closure)
        if any(param.grad is not None for group in self.param_groups for param in group["params"]):
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        return loss
