"""Softmax and its logarithm along one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.batching import is_batched
from chainrule.engine.op import FLOATING, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels import softmax as kernels
from chainrule.kernels.zero_times_infinity import choices, has_nan

__all__ = ["log_softmax", "softmax"]
SPACE = "torch nn.functional special"
METHODS = ("log_softmax", "softmax")


@op(
    promotion=FLOATING, spaces="", node_name="SoftmaxBackward0",
    self=lambda grad, result, dim: _softmax_backward(grad, result, dim),
    batching=batches.along("dim"),
    tangent=lambda self_t, result, dim: _softmax_backward(self_t, result, dim),
)  # fmt: skip
def softmax_along(self: Any, dim: int) -> Any:
    wrap_dim(dim, self.ndim)
    if not self.ndim:
        return self * 0 + 1  # not of what is infinite or NaN
    return _computed(kernels.softmax, self, dim)


def _softmax_backward(grad: Any, result: Any, dim: int) -> Any:
    if _are_arrays(grad, result):
        return _with_zeros(kernels.softmax_backward(grad, result, dim), grad, dim)
    return _with_zeros(result * (grad - (grad * result).sum(axis=dim, keepdims=True)), grad, dim)


@op(
    promotion=FLOATING, spaces="", node_name="LogSoftmaxBackward0",
    self=lambda grad, result, dim: _log_softmax_backward(grad, result, dim),
    batching=batches.along("dim"),
    tangent=lambda self_t, result, dim: self_t - (np.exp(result) * self_t).sum(axis=dim, keepdims=True),
)  # fmt: skip
def log_softmax_along(self: Any, dim: int) -> Any:
    wrap_dim(dim, self.ndim)
    if not self.ndim:
        return self * 0
    return _computed(kernels.log_softmax, self, dim)


def _log_softmax_backward(grad: Any, result: Any, dim: int) -> Any:
    if _are_arrays(grad, result):
        return _with_zeros(kernels.log_softmax_backward(grad, result, dim), grad, dim)
    return _with_zeros(grad - np.exp(result) * grad.sum(axis=dim, keepdims=True), grad, dim)


def _with_zeros(gradient: Any, grad: Any, dim: int) -> Any:
    # Where all was -inf the result is NaN; if it was left aside as a whole, nothing goes back.
    if not choices.left_nan or not np.ndim(gradient):
        return gradient
    if isinstance(gradient, TensorBase) and is_batched(gradient):
        nothing: Any = np.isnan(gradient) & (grad == 0).all(axis=dim, keepdims=True)  # type: ignore[call-overload]
        return np.where(nothing, 0, gradient)  # type: ignore[call-overload]
    arrived = grad._array if isinstance(grad, TensorBase) else grad
    found = gradient._array if isinstance(gradient, TensorBase) else gradient
    if not has_nan(found):
        return gradient
    return np.where(np.isnan(found) & (arrived == 0).all(axis=dim, keepdims=True), 0, gradient)


def _computed(kernel: Any, array: Any, dim: int) -> Any:
    if not array.size:
        return array.copy()
    if array.dtype == np.float16:  # too few digits to add powers in
        return kernel(array.astype(np.float32), dim).astype(np.float16)
    return kernel(array, dim)


def _are_arrays(grad: Any, result: Any) -> bool:
    # Not of half precision, which the plain formula is exact enough for, and neither empty nor a number.
    return isinstance(grad, np.ndarray) and isinstance(result, np.ndarray) and result.ndim > 0 and result.size > 0


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
    if dtype is not None:
        input = input.astype(as_numpy_dtype(dtype))
    elif input.dtype.kind != "f":
        rank = max(len(input.shape), 1)
        if 0 in input.shape:
            return input.clone() if hasattr(input, "clone") else input.copy()
        name = function.__name__.removesuffix("_along") + ("_lastdim" if dim in {-1, rank - 1} else "")
        numpy_dtype = getattr(input.dtype, "numpy", input.dtype)
        msg = f"\"{name}_kernel_impl\" not implemented for '{scalar_type_name(numpy_dtype)}'"
        raise NotImplementedError(msg)
    return function(input, dim if input.ndim else 0)
