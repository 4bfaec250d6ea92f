"""Further normalisations: of each channel of each sample, by the root of the mean square, and by neighbouring channels.

And the names that the normalisations have in `torch` itself, where arguments come in another order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine.op import op
from chainrule.engine.tensor_base import new_tensor
from chainrule.kernels.rows import as_rows, column_sums, row_dots
from chainrule.ops import normalization, normalization_batches
from chainrule.ops.normalization import native_batch_norm, native_group_norm

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"]
SPACE = "torch"

# ---- by the root of the mean square ----


def _scales(x: Any, axes: tuple[int, ...], eps: float) -> Any:
    count = max(math.prod(x.shape[axis] for axis in axes), 1)
    return 1 / np.sqrt((x * x).sum(axis=axes, keepdims=True) / count + eps)


def _rms_backward(
    grad: Any, self: Any, normalized_shape: tuple[int, ...], weight: Any, eps: float, found: Any, needs: Any
) -> tuple[Any, Any]:
    if isinstance(grad, np.ndarray) and isinstance(self, np.ndarray) and self.dtype.kind == "f" and found:
        return _rms_kernel(grad, self, normalized_shape, weight, found[0], needs)
    axes = tuple(range(-len(normalized_shape), 0))
    scales = _scales(self, axes, eps)
    y = self * scales
    by_weight = grad * y if needs[1] else None
    if not needs[0]:
        return None, by_weight
    along = grad if weight is None else grad * weight
    count = max(math.prod(normalized_shape), 1)
    return scales * (along - y * ((along * y).sum(axis=axes, keepdims=True) / count)), by_weight


def _rms_kernel(
    grad: Any, self: Any, normalized_shape: tuple[int, ...], weight: Any, scales: Any, needs: Any
) -> tuple[Any, Any]:
    dims = len(normalized_shape)
    grads, y = as_rows(_in_single(grad), dims), as_rows(_in_single(self), dims) * scales
    by_weight = column_sums(grads * y).reshape(normalized_shape) if needs[1] else None
    if not needs[0]:
        return None, by_weight
    along = grads if weight is None else grads * _in_single(weight).reshape(-1)
    y *= (row_dots(along, y) / max(y.shape[1], 1))[:, None]
    np.subtract(along, y, out=y)
    y *= scales
    return y.reshape(self.shape), by_weight


def _in_single(x: Any) -> Any:
    return x.astype(np.float32) if x.dtype == np.float16 else x


@op(
    spaces="",
    name="rms_norm",
    node_name="MulBackward0",
    saved_names={"self": "input"},
    derivatives={"self, weight": _rms_backward},
    batching=normalization_batches.over_last,
)
def rms_norm_rows(
    self: Any, normalized_shape: tuple[int, ...], weight: Any, eps: float, found: list[Any] | None = None
) -> Any:
    # `found` is filled with what the rows were multiplied by.
    sizes = list(normalized_shape)
    if not sizes:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            "but got normalized_shape = []"
        )
    if weight is not None and weight.shape != normalized_shape:
        raise RuntimeError(
            f"Expected weight to be of same shape as normalized_shape, but got weight of shape {list(weight.shape)} "
            f"and normalized_shape = {sizes}"
        )
    if self.shape[-len(sizes) :] != normalized_shape:
        raise RuntimeError(
            f"Given normalized_shape={sizes}, expected input with shape [*{', '.join(map(str, sizes))}], "
            f"but got input of size{list(self.shape)}"
        )
    if self.dtype.kind not in "fc":
        raise NotImplementedError(f"\"rms_norm\" not implemented for '{scalar_type_name(self.dtype)}'")
    rows = as_rows(_in_single(self), len(sizes))
    squares = row_dots(rows, rows) if self.dtype.kind == "f" else (rows * rows).sum(axis=1)
    scales = (1 / np.sqrt(squares / max(rows.shape[1], 1) + rows.dtype.type(eps)))[:, None]
    if found is not None:
        found[:] = [scales]
    y = rows * scales
    if weight is not None:
        y = y * weight.reshape(-1)
    return y.reshape(self.shape).astype(self.dtype, copy=False)


def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """Divide by the root of the mean square over the last dimensions, then multiply by `weight`.

    `eps`: what is added to the mean square; the spacing of numbers at 1 unless given.

    >>> torch.rms_norm(torch.tensor([1.0, 7.0]), (2,))
    tensor([0.2000, 1.4000])
    """
    if isinstance(normalized_shape, int):
        raise TypeError("rms_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not int")
    if eps is None:
        kind = input._array.dtype
        eps = float(np.finfo(kind if kind.kind in "fc" and kind != np.float16 else np.float32).eps)
    return rms_norm_rows(input, tuple(normalized_shape), weight, eps, [])


# ---- of each channel of each sample ----


def instance_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: bool, momentum: float,
    eps: float, cudnn_enabled: bool,
) -> Any:  # fmt: skip
    """Shift and scale each channel of each sample to mean 0 and variance 1, then by the channel's weight and bias.

    `use_input_stats`: by the sample's own mean and variance, which move the running ones; else by these.
    `cudnn_enabled` has no meaning here.

    >>> torch.instance_norm(torch.tensor([[[1.0, 3.0]]]), None, None, None, None, True, 0.1, 1e-5, False)
    tensor([[[-1.0000,  1.0000]]])
    """
    del cudnn_enabled
    if (running_mean is None or running_var is None) and not use_input_stats:
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    batch, channels, *rest = tuple(input.shape)
    array = input._array
    for name, tensor in (
        ("weight", weight),
        ("bias", bias),
        ("running_mean", running_mean),
        ("running_var", running_var),
    ):
        if tensor is not None and tensor._array.size != channels:
            raise RuntimeError(f"{name} should contain {batch * channels} elements not {batch * tensor._array.size}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    if not use_input_stats:
        return native_batch_norm(input, weight, bias, running_mean.clone(), running_var.clone(), eps)
    if array.dtype.kind != "f":
        raise NotImplementedError(f"\"batch_norm\" not implemented for '{scalar_type_name(array.dtype)}'")
    # Groups of one channel each.
    result = native_group_norm(input, channels, weight, bias, eps, [])
    count = math.prod(rest)
    if running_mean is not None and count > 1 and batch:
        values = array.reshape(batch, channels, count)
        for tensor, found in ((running_mean, values.mean(axis=2)), (running_var, values.var(axis=2, ddof=1))):
            moved = (1 - momentum) * tensor._array + momentum * found.mean(axis=0)
            tensor.copy_(new_tensor(moved.astype(tensor._array.dtype, copy=False)))
    return result.view(input.shape)


# ---- the same as in nn.functional ----


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Any:  # fmt: skip
    """`nn.functional.layer_norm`; `cudnn_enable` has no meaning here.

    >>> torch.layer_norm(torch.tensor([1.0, 3.0]), (2,))
    tensor([-1.0000,  1.0000])
    """
    del cudnn_enable
    return normalization.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, cudnn_enabled: bool = True
) -> Any:
    """`nn.functional.group_norm`; `cudnn_enabled` has no meaning here.

    >>> torch.group_norm(torch.tensor([[1.0, 3.0]]), 1)
    tensor([[-1.0000,  1.0000]])
    """
    del cudnn_enabled
    return native_group_norm(input, num_groups, weight, bias, eps, [])


def batch_norm(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float,
    eps: float, cudnn_enabled: bool,
) -> Any:  # fmt: skip
    """`nn.functional.batch_norm`, with its arguments in another order; `cudnn_enabled` has no meaning here.

    >>> torch.batch_norm(torch.tensor([[1.0], [3.0]]), None, None, None, None, True, 0.1, 1e-5, False)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    del cudnn_enabled
    return normalization.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
