"""Adafactor."""

from __future__ import annotations

import math

import numpy as np

from chainrule.optim.array_updates import Group, check_lr, new_count, number
from chainrule.optim.formula_runs import Array
from chainrule.optim.optimizer import Params
from chainrule.optim.whole_updates import WholeOptimizer
from chainrule.tensor import Tensor, wrap


class Adafactor(WholeOptimizer):
    """Adam's division by the size of the gradient, which is kept for rows and columns only (Shazeer and Stern, 2018).

    Args:
        params: the parameters, or groups of them.
        lr: the farthest to go, in units of the parameter's own size.
        beta2_decay: the power of the number of steps by which a gradient counts in the running means.
        eps: against division by zero: in the size of the gradient, by default what the dtype resolves; and the least
            size of a parameter.
        d: how large an update may be, in the root of its mean square.
        weight_decay: the part by which the parameter shrinks, times `lr`.
        foreach: how PyTorch is to compute; without effect here.
        maximize: go with the gradient, not against it.

    >>> w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> optimizer = torch.optim.Adafactor([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([[0.7879, 1.7000],
            [2.7154, 3.7317]], requires_grad=True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_lr(lr, "Learning rate should be >= 0 but is: ")
        if not beta2_decay <= 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not eps[0] >= 0:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not eps[1] >= 0:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not d >= 1:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, param: Tensor, group: Group) -> None:
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        array = param._array
        if array.ndim < 2:
            return {"step": new_count(), "variance": wrap(np.zeros_like(array))}
        return {
            "step": new_count(),
            "row_var": wrap(np.zeros_like(array[..., :1])),
            "col_var": wrap(np.zeros_like(array[..., :1, :])),
        }

    def _change(self, param: Array, grad: Array, state: dict[str, Array], group: Group, step: float) -> None:
        lr, decay = number(group["lr"]), group["weight_decay"]
        eps, least = group["eps"]
        if eps is None:
            eps = float(np.finfo(param.dtype).eps)
        # A mean of squares takes in this part of the new one.
        part = param.dtype.type(step ** group["beta2_decay"])
        step_size = max(least, _root_mean_square(param)) * min(lr, 1 / math.sqrt(step))
        if group["maximize"]:
            grad = -grad
        if decay != 0:
            param *= 1 - lr * decay
        squares = grad * grad
        if param.ndim > 1:
            rows, columns = state["row_var"], state["col_var"]
            rows += (squares.mean(-1, keepdims=True) - rows) * part
            columns += (squares.mean(-2, keepdims=True) - columns) * part
            squares = rows @ columns
            squares /= np.maximum(rows.mean(-2, keepdims=True), eps)
        else:
            variance = state["variance"]
            variance += (squares - variance) * part
            squares = variance
        update = grad / np.sqrt(np.maximum(squares, eps * eps))
        update *= step_size / max(1.0, _root_mean_square(update) / group["d"])
        param -= update


def _root_mean_square(array: Array) -> float:
    return float(np.linalg.norm(array.ravel())) / math.sqrt(array.size)
