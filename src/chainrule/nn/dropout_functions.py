"""Dropout and other randomness in `nn.functional`: PyTorch's arguments, and its advice about shapes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from chainrule.engine.tensor_base import new_tensor
from chainrule.ops import dropout as rows
from chainrule.ops.creation import zeros_like
from chainrule.tensor import Tensor

__all__ = ["alpha_dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout", "gumbel_softmax", "rrelu"]


def _check(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _of_channels(input: Tensor, p: float, training: bool, inplace: bool, is_batch: bool) -> Any:
    drop = rows.feature_dropout_ if inplace else rows.feature_dropout
    if is_batch:
        return drop(input, p, training)
    if inplace:
        return drop(input.unsqueeze_(0), p, training).squeeze_(0)
    return drop(input.unsqueeze(0), p, training).squeeze(0)


def _usual(name: str, dims: int) -> str:
    return (
        f"Note that {name} exists to provide channel-wise dropout on inputs with {dims} spatial "
        f"dimension{'s' * (dims > 1)}, a channel dimension, and an optional batch dimension "
        f"(i.e. {dims + 1}D or {dims + 2}D inputs)."
    )


def _warn_of_shape(name: str, dims: int, input: Tensor) -> None:
    if input.ndim not in (dims + 1, dims + 2):
        warnings.warn(
            f"{name}: Received a {input.ndim}-D input to {name}, which is deprecated and will result in an error in a "
            "future release. To retain the behavior and silence this warning, please use dropout instead. "
            + _usual(name, dims),
            stacklevel=3,
        )


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zero whole channels of sequences, (batch, channels, length) or (channels, length), with probability `p`.

    >>> dropout1d(torch.ones(2, 3, 4), training=False).shape
    chainrule.Size([2, 3, 4])
    """
    _check(p)
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input. " + _usual("dropout1d", 1)
        )
    return _of_channels(input, p, training, inplace, input.ndim == 3)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zero whole channels of images, (batch, channels, height, width), with probability `p`.

    >>> dropout2d(torch.ones(2, 3, 4, 4), training=False).shape
    chainrule.Size([2, 3, 4, 4])
    """
    _check(p)
    _warn_of_shape("dropout2d", 2, input)
    if input.ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is "
            "desired - input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change "
            "in a future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To "
            "maintain the 1D channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _of_channels(input, p, training, inplace, is_batch=True)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zero whole channels of volumes, (batch, channels, depth, height, width) or without batch, with probability `p`.

    >>> dropout3d(torch.ones(2, 3, 4, 4, 4), training=False).shape
    chainrule.Size([2, 3, 4, 4, 4])
    """
    _check(p)
    _warn_of_shape("dropout3d", 3, input)
    return _of_channels(input, p, training, inplace, input.ndim == 5)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout that keeps mean 0 and variance 1, for networks of scaled exponential units (`selu`).

    >>> alpha_dropout(torch.ones(3))
    tensor([1., 1., 1.])
    """
    _check(p)
    return (rows.alpha_dropout_ if inplace else rows.alpha_dropout)(input, p, training)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """`alpha_dropout` of whole channels.

    >>> feature_alpha_dropout(torch.ones(1, 3))
    tensor([[1., 1., 1.]])
    """
    _check(p)
    return (rows.feature_alpha_dropout_ if inplace else rows.feature_alpha_dropout)(input, p, training)


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """`x` where positive, else a slope times it: in training one drawn from `[lower, upper]`, else the middle of it.

    >>> rrelu(torch.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    return (rows.rrelu_ if inplace else rows.rrelu)(input, lower, upper, training)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """A sample of the Gumbel-softmax distribution: nearly one-hot where `tau` is small.

    `hard`: exactly one-hot, with the gradient of what it would be else.

    >>> gumbel_softmax(torch.zeros(2, 3), hard=True).sum(dim=-1)
    tensor([1., 1.])
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise: Any = new_tensor(np.empty(tuple(logits.shape), logits._array.dtype))
    soft = ((logits - noise.exponential_().log()) / tau).softmax(dim)
    if not hard:
        return soft
    chosen = zeros_like(logits).scatter_(dim, soft.max(dim, keepdim=True)[1], 1.0)
    return chosen - soft.detach() + soft
