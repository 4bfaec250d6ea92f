"""Normalisations of `nn.functional` that are taken in other ways than those of `torch`."""

from __future__ import annotations

import math
from typing import Any

from chainrule.nn.pooling_functions import avg_pool2d
from chainrule.ops import instance_normalization as rows
from chainrule.ops.padding import pad
from chainrule.tensor import Tensor

__all__ = ["instance_norm", "local_response_norm", "rms_norm"]

rms_norm = rows.rms_norm


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Shift and scale each channel of each sample to mean 0 and variance 1, then by the channel's weight and bias.

    `use_input_stats`: by the sample's own mean and variance, which move the running ones; else by these.

    >>> instance_norm(torch.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    return rows.instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled=False
    )


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Divide by `(k + alpha * s) ** beta`, where s is the mean of the squares of `size` channels around each.

    >>> local_response_norm(torch.ones(1, 3, 2), 3).shape
    chainrule.Size([1, 3, 2])
    """
    if input.ndim < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)"
        )
    if not input.numel():
        return input
    squares = (input * input).reshape(input.shape[0], 1, input.shape[1], -1)
    squares = pad(squares, (0, 0, size // 2, (size - 1) // 2))
    means = avg_pool2d(squares, (size, 1), stride=1).reshape(input.shape)
    return input / (means * alpha + k) ** beta
