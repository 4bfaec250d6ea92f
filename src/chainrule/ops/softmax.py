"""Softmax and its logarithm along one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine.op import FLOATING, op

__all__ = ["log_softmax", "softmax"]
SPACE = "torch nn.functional"
METHODS = ("log_softmax", "softmax")


def _softmax_dtype(input: Any, dtype: Any) -> Any:
    return input if dtype is None else input.astype(as_numpy_dtype(dtype))


@op(
    promotion=FLOATING, spaces="", node_name="SoftmaxBackward0",
    self=lambda grad, result, dim: result * (grad - (grad * result).sum(axis=dim, keepdims=True)),
)  # fmt: skip
def softmax_along(self: Any, dim: int) -> Any:
    _check_dim(self, dim)
    if not self.ndim:
        return np.ones_like(self)
    if not self.size:
        return self.copy()
    powers = np.exp(self - self.max(axis=dim, keepdims=True))
    powers /= powers.sum(axis=dim, keepdims=True)
    return powers


@op(
    promotion=FLOATING, spaces="", node_name="LogSoftmaxBackward0",
    self=lambda grad, result, dim: grad - np.exp(result) * grad.sum(axis=dim, keepdims=True),
)  # fmt: skip
def log_softmax_along(self: Any, dim: int) -> Any:
    _check_dim(self, dim)
    if not self.ndim:
        return np.zeros_like(self)
    if not self.size:
        return self.copy()
    shifted = self - self.max(axis=dim, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
    return shifted


def _check_dim(array: Any, dim: int) -> None:
    rank = max(array.ndim, 1)
    if not -rank <= dim < rank:
        msg = f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})"
        raise IndexError(msg)


def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """`exp(input)` divided by its sum along `dim`; `dtype` casts the input first.

    >>> import chainrule as torch
    >>> torch.softmax(torch.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return _along(softmax_along, input, dim, dtype)


def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """The logarithm of `softmax`, without overflow.

    >>> import chainrule as torch
    >>> torch.log_softmax(torch.tensor([0.0, 0.0]), dim=0)
    tensor([-0.6931, -0.6931])
    """
    return _along(log_softmax_along, input, dim, dtype)


def _along(function: Any, input: Any, dim: int, dtype: Any) -> Any:
    if input.dtype.kind not in "f" and dtype is None:
        name = function.__name__.removesuffix("_along") + "_lastdim_kernel_impl"
        numpy_dtype = getattr(input.dtype, "numpy", input.dtype)
        msg = f"\"{name}\" not implemented for '{scalar_type_name(numpy_dtype)}'"
        raise NotImplementedError(msg)
    return function(_softmax_dtype(input, dtype), dim if len(input.shape) else 0)
