"""Normalisation: numbers shifted and scaled to mean 0 and variance 1, in a layer, a group of channels or a batch.

With y = (x - mean) / s, where s is the standard deviation, the derivative along a direction g is

    (g - mean(g) - y mean(g y)) / s

with every mean over the numbers that are normalised together. Of arrays the kernels compute it, from the mean and s
that the forward found; the formulas here are for Tensors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine.batching import is_batched
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import new_tensor
from chainrule.kernels import normalization as kernels
from chainrule.kernels.rows import as_rows, row_dots
from chainrule.ops import normalization_batches
from chainrule.ops.arithmetic import div

__all__ = ["batch_norm", "group_norm", "layer_norm", "normalize"]
SPACE = "nn.functional"

RUNNING_NOT_BATCHED = (
    "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in place, "
    "were not batched.\nIf you are using a module and do not need eval mode, please set `track_running_stats` to be "
    "False. `torch.func.replace_all_batch_norm_modules_` does so for all modules of a model."
)


def _mean(x: Any, axes: tuple[int, ...]) -> Any:
    return x.sum(axis=axes, keepdims=True) / max(math.prod(x.shape[axis] for axis in axes), 1)


def _standardized(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    # y, and the s that it was divided by.
    centred = x - _mean(x, axes)
    s = np.sqrt(_mean(centred * centred, axes) + eps)
    return centred / s, s


def _standardized_backward(grad: Any, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    y, s = _standardized(x, axes, eps)
    return (grad - _mean(grad, axes) - y * _mean(grad * y, axes)) / s


def _in_single_precision(x: Any) -> Any:
    # Half precision has too few digits for sums and squares.
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _affine(y: Any, weight: Any, bias: Any) -> Any:
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def _are_arrays(grad: Any, self: Any) -> bool:
    return isinstance(grad, np.ndarray) and isinstance(self, np.ndarray)


def _check_types(kernel: str, self: Any, *parameters: Any) -> None:
    given = [p.dtype for p in parameters if p is not None]
    if any(dtype != self.dtype for dtype in given):
        if given[0] == self.dtype:
            wrong = next(dtype for dtype in given if dtype != self.dtype)
            raise RuntimeError(
                f"expected scalar type {scalar_type_name(self.dtype)} but found {scalar_type_name(wrong)}"
            )
        if any(dtype != np.float32 for dtype in given):
            raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
        if self.dtype != np.float16:
            raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
    if self.dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type_name(self.dtype)}'")


# ---- over the last dimensions ----


def _last(count: int) -> tuple[int, ...]:
    return tuple(range(-count, 0))


def _layer_norm_backward(
    grad: Any, self: Any, normalized_shape: tuple[int, ...], weight: Any, eps: float, found: Any, needs: Any
) -> tuple[Any, Any, Any]:
    axes = _last(len(normalized_shape))
    if not _are_arrays(grad, self):
        y = _standardized(self, axes, eps)[0] if needs[1] else None
        own = _standardized_backward(_affine(grad, weight, None), self, axes, eps) if needs[0] else None
        return own, None if y is None else grad * y, grad
    rows, grads = as_rows(_in_single_precision(self), len(axes)), as_rows(_in_single_precision(grad), len(axes))
    means, scales = found or kernels.layer_norm(rows, None, None, eps)[1:]
    weight = None if weight is None else _in_single_precision(weight).reshape(-1)
    own, by_weight, by_bias = kernels.layer_norm_backward(grads, rows, weight, means, scales)
    return own.reshape(self.shape), by_weight.reshape(normalized_shape), by_bias.reshape(normalized_shape)


@op(
    spaces="", saved_names={"self": "input"}, derivatives={"self, weight, bias": _layer_norm_backward},
    batching=normalization_batches.over_last,
)  # fmt: skip
def native_layer_norm(
    self: Any, normalized_shape: tuple[int, ...], weight: Any, bias: Any, eps: float, found: list[Any] | None = None
) -> Any:
    # `found` is filled with the moments of the rows.
    sizes = list(normalized_shape)
    if not sizes:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            "but got normalized_shape = []"
        )
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter.shape != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(parameter.shape)} and normalized_shape = {sizes}"
            )
    if self.shape[-len(sizes) :] != normalized_shape:
        raise RuntimeError(
            f"Given normalized_shape={sizes}, expected input with shape [*, {', '.join(map(str, sizes))}], "
            f"but got input of size{list(self.shape)}"
        )
    _check_types("LayerNormKernelImpl", self, weight, bias)
    rows = as_rows(_in_single_precision(self), len(sizes))
    weights, biases = (None if p is None else p.reshape(-1) for p in (weight, bias))
    y, *moments = kernels.layer_norm(rows, weights, biases, eps)
    if found is not None:
        found[:] = moments
    return y.reshape(self.shape).astype(self.dtype, copy=False)


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Shift and scale to mean 0 and variance 1 over the last dimensions, then by `weight` and `bias`.

    `normalized_shape`: the sizes of these dimensions, which `weight` and `bias` have too.

    >>> torch.nn.functional.layer_norm(torch.tensor([1.0, 3.0]), (2,))
    tensor([-1.0000,  1.0000])
    """
    if isinstance(normalized_shape, int):
        raise TypeError("layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not int")
    return native_layer_norm(input, tuple(normalized_shape), weight, bias, eps, [])


# ---- of channels: dimension 1 ----


def _others(x: Any) -> tuple[int, ...]:
    return (0, *range(2, len(x.shape)))


def _by_channel(parameter: Any, x: Any) -> Any:
    return None if parameter is None else parameter.reshape((-1, *(1,) * (len(x.shape) - 2)))


def _grouped(x: Any, groups: int) -> Any:
    # The groups one after another, each in a row.
    batch, channels, *rest = tuple(x.shape)
    return x.reshape((batch * groups, channels // groups * math.prod(rest)))


def _group_norm_backward(
    grad: Any, self: Any, num_groups: int, weight: Any, eps: float, found: Any, needs: Any
) -> tuple[Any, Any, Any]:
    if not _are_arrays(grad, self):
        others = _others(self)
        own = _group_norm_self_backward(grad, self, num_groups, weight, eps) if needs[0] else None
        by_weight = (grad * _of_groups(self, num_groups, eps)).sum(axis=others) if needs[1] else None
        return own, by_weight, grad.sum(axis=others) if needs[2] else None
    rows, grads = _in_single_precision(_grouped(self, num_groups)), _by_positions(_in_single_precision(grad))
    means, scales = found or kernels.layer_norm(rows, None, None, eps)[1:]
    by_weight = _group_norm_weight_backward(grads, rows, means, scales) if needs[1] else None
    by_bias = kernels.channel_sums(grads) if needs[2] else None
    if not needs[0]:
        return None, by_weight, by_bias
    if weight is not None:
        grads = grads * weight[:, None]
    own = kernels.layer_norm_backward(grads.reshape(rows.shape), rows, None, means, scales)[0]
    return own.reshape(self.shape), by_weight, by_bias


def _group_norm_weight_backward(grads: Any, rows: Any, means: Any, scales: Any) -> Any:
    y = (rows - means[:, None]) * scales[:, None]
    return row_dots(grads, y.reshape(grads.shape)).sum(axis=0)


@op(
    spaces="", saved_names={"self": "input", "num_groups": "group"},
    derivatives={"self, weight, bias": _group_norm_backward},
    batching=normalization_batches.over_groups,
)  # fmt: skip
def native_group_norm(
    self: Any, num_groups: int, weight: Any, bias: Any, eps: float, found: list[Any] | None = None
) -> Any:
    # `found` is filled with the moments of the groups.
    if self.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {self.ndim}")
    channels = self.shape[1]
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(self.shape)} and num_groups={num_groups}"
        )
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter.shape != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(parameter.shape)} and input of shape {list(self.shape)}"
            )
    _check_types("GroupNormKernelImpl", self, weight, bias)
    rows = _in_single_precision(_grouped(self, num_groups))
    y, *moments = kernels.layer_norm(rows, None, None, eps)
    if found is not None:
        found[:] = moments
    y = y.reshape(*self.shape[:2], math.prod(self.shape[2:]))
    if weight is not None:
        y *= weight[:, None]
    if bias is not None:
        y += bias[:, None]
    return y.reshape(self.shape).astype(self.dtype, copy=False)


def _of_groups(x: Any, groups: int, eps: float) -> Any:
    return _standardized(_grouped(x, groups), (1,), eps)[0].reshape(tuple(x.shape))


def _group_norm_self_backward(grad: Any, self: Any, num_groups: int, weight: Any, eps: float) -> Any:
    grad = _affine(grad, _by_channel(weight, self), None)
    grad = _standardized_backward(_grouped(grad, num_groups), _grouped(self, num_groups), (1,), eps)
    return grad.reshape(tuple(self.shape))


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Shift and scale to mean 0 and variance 1 over each of `num_groups` groups of channels (dimension 1).

    Then each channel by its `weight` and `bias`.

    >>> torch.nn.functional.group_norm(torch.tensor([[1.0, 3.0]]), 1)
    tensor([[-1.0000,  1.0000]])
    """
    shape = tuple(input.shape)
    if len(shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    _check_more_than_one(shape[0] * shape[1] // num_groups * math.prod(shape[2:]), list(shape))
    return native_group_norm(input, num_groups, weight, bias, eps, [])


def _check_more_than_one(count: int, size: Any) -> None:
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def _batch_norm_backward(
    grad: Any, self: Any, weight: Any, mean: Any, variance: Any, eps: float, found: Any, needs: Any
) -> tuple[Any, Any, Any]:
    if not _are_arrays(grad, self):
        others = _others(self)
        own = _batch_norm_self_backward(grad, self, weight, mean, variance, eps) if needs[0] else None
        by_weight = (grad * _of_batch(self, mean, variance, eps)).sum(axis=others) if needs[1] else None
        return own, by_weight, grad.sum(axis=others) if needs[2] else None
    x = _by_positions(_in_single_precision(self))
    if mean is None:
        means, _, scales = found or kernels.channels_centred(x, eps)[1:]
    else:
        means, scales = mean.reshape(-1), 1 / np.sqrt(_in_single_precision(variance).reshape(-1) + eps)
    grads = _by_positions(_in_single_precision(grad))
    weights = None if weight is None else weight.reshape(-1)
    own, by_weight, by_bias = kernels.channels_backward(grads, x, weights, means, scales, by_batch=mean is None)
    shape = by_bias.shape if weight is None else weight.shape
    return own.reshape(self.shape), by_weight.reshape(shape), by_bias


def _batch_norm_self_backward(grad: Any, self: Any, weight: Any, mean: Any, variance: Any, eps: float) -> Any:
    grad = _affine(grad, _by_channel(weight, self), None)
    if mean is None:
        return _standardized_backward(grad, self, _others(self), eps)
    return grad / np.sqrt(_by_channel(variance, self) + eps)


def _by_positions(x: Any) -> Any:
    # An array (batch, channels, positions), row by row.
    batch, channels, *rest = x.shape
    return np.ascontiguousarray(x).reshape(batch, channels, math.prod(rest))


@op(
    spaces="", saved_names={"self": "input"}, derivatives={"self, weight, bias": _batch_norm_backward},
    mean=NOT_DIFFERENTIABLE, variance=NOT_DIFFERENTIABLE,
    batching=normalization_batches.over_channels,
)  # fmt: skip
def native_batch_norm(
    self: Any, weight: Any, bias: Any, mean: Any, variance: Any, eps: float, found: list[Any] | None = None
) -> Any:
    # By the batch's own mean and variance, where none are given; `found` is filled with its moments.
    channels = self.shape[1]
    for name, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter.size != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {parameter.size}")
    _check_types("batch_norm", self, weight, bias, mean, variance)
    x = _by_positions(_in_single_precision(self))
    if mean is None:
        y, *moments = kernels.channels_centred(x, eps)
        if found is not None:
            found[:] = moments
        scales = moments[-1]
    else:
        y = x - mean.reshape(-1)[:, None]
        scales = 1 / np.sqrt(_in_single_precision(variance).reshape(-1) + eps)
    y *= (scales if weight is None else scales * weight.reshape(-1))[:, None]
    if bias is not None:
        y += bias.reshape(-1)[:, None]
    return y.reshape(self.shape).astype(self.dtype, copy=False)


def _of_batch(x: Any, mean: Any, variance: Any, eps: float) -> Any:
    if mean is None:
        return _standardized(x, _others(x), eps)[0]
    return (x - _by_channel(mean, x)) / np.sqrt(_by_channel(variance, x) + eps)


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Shift and scale each channel (dimension 1) to mean 0 and variance 1, then by its `weight` and `bias`.

    In training by the batch's own mean and variance, which then move the running ones; else by the running ones.

    >>> torch.nn.functional.batch_norm(torch.tensor([[1.0], [3.0]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    shape = tuple(input.shape)
    if len(shape) < 2:
        raise IndexError(f"Dimension out of range (expected to be in range of [-1, 0], but got {len(shape)})")
    running = (running_mean, running_var)
    for name, tensor in zip(("running_mean", "running_var"), running, strict=True):
        if tensor is None:
            if not training:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        elif tensor._requires_grad:
            raise RuntimeError(
                f"The function 'native_batch_norm' is not differentiable with respect to argument '{name}'. "
                "This input cannot have requires_grad True."
            )
        elif tensor._array.size != shape[1]:
            raise RuntimeError(f"{name} should contain {shape[1]} elements not {tensor._array.size}")
    if not training:
        # Copies are what is saved: training may go on before this is differentiated.
        return native_batch_norm(input, weight, bias, running_mean.clone(), running_var.clone(), eps)
    axes = _others(input)
    count = math.prod(shape[axis] for axis in axes)
    _check_more_than_one(count, input.shape)
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    found: list[Any] = []
    result = native_batch_norm(input, weight, bias, None, None, eps, found)
    if running_mean is not None and is_batched(input):
        _move_of_batches(input, running_mean, running_var, axes, momentum)
    elif running_mean is not None and count:
        means, variances, *_ = found
        for tensor, of_batch in zip(running, (means, variances * (count / (count - 1))), strict=True):
            tensor.copy_(new_tensor((1 - momentum) * tensor._array + momentum * of_batch))
    return result


def _move_of_batches(input: Any, running_mean: Any, running_var: Any, axes: tuple[int, ...], momentum: float) -> None:
    if not (is_batched(running_mean) and is_batched(running_var)):
        raise RuntimeError(RUNNING_NOT_BATCHED)
    values = input.detach()
    for running, of_batch in ((running_mean, values.mean(axes)), (running_var, values.var(axes))):
        running.mul_(1 - momentum).add_(of_batch, alpha=momentum)


# ---- of vectors ----


def normalize(input: Any, p: float = 2.0, dim: int | Sequence[int] = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """Divide vectors along `dim` by their `p`-norm, or by `eps` where that is larger.

    >>> torch.nn.functional.normalize(torch.tensor([3.0, 4.0]), dim=0)
    tensor([0.6000, 0.8000])
    """
    norm = input.norm(p, dim, keepdim=True).clamp_min(eps)
    return input / norm.expand_as(input) if out is None else div(input, norm, out=out)
