"""Muon."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.optim.array_updates import Group, check_lr, number, zeros_like
from chainrule.optim.formula_runs import Array
from chainrule.optim.optimizer import Params
from chainrule.optim.whole_updates import WholeOptimizer
from chainrule.tensor import Tensor

MOST_STEPS = 100


class Muon(WholeOptimizer):
    """Momentum whose singular values are all brought near 1, for the matrices of hidden layers (Jordan, 2024).

    The singular values are changed by a polynomial, in a few Newton-Schulz steps that, as PyTorch's, keep eight bits of
    each number. Other parameters are for other optimizers, such as AdamW.

    Args:
        params: the parameters, which are matrices, or groups of them.
        lr: how far to go.
        weight_decay: the part by which the parameter shrinks, times `lr`.
        momentum: how much is kept of the running mean of the gradient.
        nesterov: look ahead by one momentum.
        ns_coefficients: the factors of the polynomial: of the first, the third and the fifth power.
        eps: the least norm of a gradient to divide by.
        ns_steps: how often the polynomial is applied.
        adjust_lr_fn: how `lr` follows the shape: `"original"`, by which a matrix higher than wide goes farther, or
            `"match_rms_adamw"`, by which updates are as large as AdamW's.

    >>> w = torch.tensor([[1.0, 0.0], [0.0, 2.0]], requires_grad=True)
    >>> optimizer = torch.optim.Muon([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.detach().diagonal() < torch.tensor([1.0, 2.0])
    tensor([True, True])
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_lr(lr, "Learning rate should be >= 0 but is: ")
        if not momentum >= 0:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not weight_decay >= 0:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in {None, "original", "match_rms_adamw"}:
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                if param.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {param.size()}"
                    )

    def _check(self, param: Tensor, group: Group) -> None:
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        if param.ndim != 2:
            raise ValueError("Param gradient must be a 2D matrix")
        if group["ns_steps"] >= MOST_STEPS:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")

    def _new_state(self, param: Tensor, group: Group) -> dict[str, Tensor]:
        return {"momentum_buffer": zeros_like(param)}

    def _change(self, param: Array, grad: Array, state: dict[str, Array], group: Group, step: float) -> None:
        lr, momentum, buffer = number(group["lr"]), group["momentum"], state["momentum_buffer"]
        buffer += (grad - buffer) * (1 - momentum)
        mean = grad + (buffer - grad) * momentum if group["nesterov"] else buffer
        update = _near_orthogonal(mean, group).astype(param.dtype)
        param *= 1 - lr * group["weight_decay"]
        update *= lr * _scale(param.shape, group["adjust_lr_fn"])
        param -= update


def _scale(shape: tuple[int, ...], adjust_lr_fn: str | None) -> float:
    rows, columns = shape
    if adjust_lr_fn == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns))


def _near_orthogonal(matrix: Array, group: Group) -> Array:
    first, third, fifth = (np.float32(each) for each in group["ns_coefficients"])
    rows, columns = matrix.shape
    wide = _rounded(matrix.T if rows > columns else matrix)
    wide = _rounded(wide / max(_rounded(np.linalg.norm(wide)), np.float32(group["eps"])))
    for _ in range(group["ns_steps"]):
        gram = _rounded(wide @ wide.T)
        factor = _rounded(third * gram + fifth * (gram @ gram))
        wide = _rounded(first * wide + factor @ wide)
    near: Array = wide.T if rows > columns else wide
    return near


def _rounded(values: Any) -> Any:
    # To the nearest bfloat16, the even one of two, kept as float32.
    bits = np.asarray(values, np.float32, order="C").view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)
