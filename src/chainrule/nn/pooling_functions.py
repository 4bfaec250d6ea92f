"""The pooling of `nn.functional` that is put together of other operations, or gives indices only when asked."""

from __future__ import annotations

import math
from typing import Any

from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.ops.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool_with_indices,
)
from chainrule.ops.elementwise import relu
from chainrule.ops.pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool1d_with_indices,
    max_pool2d,
    max_pool3d,
    max_unpool,
)

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]


def max_pool2d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> Any:
    """`max_pool2d` with `return_indices=True`.

    >>> max_pool2d_with_indices(torch.arange(4.0).reshape(1, 2, 2), 2)
    (tensor([[[3.]]]), tensor([[[3]]]))
    """
    return max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)


def max_pool3d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> Any:
    """`max_pool3d` with `return_indices=True`.

    >>> max_pool3d_with_indices(torch.arange(8.0).reshape(1, 2, 2, 2), 2)
    (tensor([[[[7.]]]]), tensor([[[[7]]]]))
    """
    return max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)


# ---- to a given size ----


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of `output_size` parts of the last dimension, which may share one where it does not divide.

    Args:
        input: of shape `(N, C, L)` or `(C, L)`.
        output_size: how many parts.
        return_indices: whether to give also where each element was found.

    >>> adaptive_max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)
    tensor([[3., 6.]])
    """
    values, indices = adaptive_max_pool1d_with_indices(input, output_size)
    return (values, indices) if return_indices else values


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of `output_size` parts of the last two dimensions, which may share elements.

    Args:
        input: of shape `(N, C, H, W)` or `(C, H, W)`.
        output_size: how many parts along each, or one number for both; None for as many as there are elements.
        return_indices: whether to give also where each element was found, counted row by row.

    >>> adaptive_max_pool2d(torch.arange(16.0).reshape(1, 4, 4), (2, 1))
    tensor([[[ 7.],
             [15.]]])
    """
    values, indices = adaptive_max_pool_with_indices(2, input, output_size)
    return (values, indices) if return_indices else values


def adaptive_max_pool2d_with_indices(input: Any, output_size: Any, return_indices: bool = True) -> Any:
    """`adaptive_max_pool2d` with `return_indices=True`.

    >>> adaptive_max_pool2d_with_indices(torch.arange(4.0).reshape(1, 2, 2), 1)
    (tensor([[[3.]]]), tensor([[[3]]]))
    """
    return adaptive_max_pool_with_indices(2, input, output_size)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of `output_size` parts of the last three dimensions; see `adaptive_max_pool2d`.

    >>> adaptive_max_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), (1, 1, 2))
    tensor([[[[6., 7.]]]])
    """
    values, indices = adaptive_max_pool_with_indices(3, input, output_size)
    return (values, indices) if return_indices else values


def adaptive_max_pool3d_with_indices(input: Any, output_size: Any, return_indices: bool = True) -> Any:
    """`adaptive_max_pool3d` with `return_indices=True`.

    >>> adaptive_max_pool3d_with_indices(torch.arange(8.0).reshape(1, 2, 2, 2), 1)
    (tensor([[[[7.]]]]), tensor([[[[7]]]]))
    """
    return adaptive_max_pool_with_indices(3, input, output_size)


# ---- power means ----


def _power_pooled(rank: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    largest = (max_pool1d, max_pool2d, max_pool3d)[rank - 1]
    mean = (avg_pool1d, avg_pool2d, avg_pool3d)[rank - 1]
    if norm_type == math.inf:
        return largest(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    if norm_type == -math.inf:
        return -largest(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    sizes = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * rank
    if len(sizes) != rank:
        raise ValueError(f"lp_pool{rank}d(): kernel_size must be one int or {rank} of them, but got {kernel_size}")
    means = mean(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (means.sign() * relu(means.abs())).mul(math.prod(sizes)).pow(1.0 / norm_type)


def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The sum of `x**norm_type` over each window of the last dimension, to the power `1 / norm_type`.

    >>> lp_pool1d(torch.tensor([[3.0, 4.0, 0.0, 1.0]]), 2, 2)
    tensor([[5., 1.]])
    """
    return _power_pooled(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The sum of `x**norm_type` over each window of the last two dimensions, to the power `1 / norm_type`.

    >>> lp_pool2d(torch.tensor([[[3.0, 0.0], [0.0, 4.0]]]), 2, 2)
    tensor([[[5.]]])
    """
    return _power_pooled(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The sum of `x**norm_type` over each window of the last three dimensions, to the power `1 / norm_type`.

    >>> lp_pool3d(torch.ones(1, 2, 2, 2), 3, 2)
    tensor([[[[2.]]]])
    """
    return _power_pooled(3, input, norm_type, kernel_size, stride, ceil_mode)


# ---- the inverse of max pooling ----


def _numbers(given: Any, rank: int) -> tuple[int, ...]:
    return tuple(given) if isinstance(given, (tuple, list)) else (given,) * rank


def _unpooled_sizes(
    input: Any, kernel_size: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], output_size: Any
) -> tuple[int, ...]:
    # Those that pooling makes the input's sizes of; of several such the one that is asked for, or the smallest.
    rank = len(kernel_size)
    shape = tuple(input.shape)
    smallest = [(shape[d - rank] - 1) * stride[d] + kernel_size[d] - 2 * padding[d] for d in range(rank)]
    if output_size is None:
        chosen = smallest
    else:
        if len(output_size) == rank + 2:
            output_size = output_size[2:]
        if len(output_size) != rank:
            raise ValueError(
                f"output_size should be a sequence containing {rank} or {rank + 2} elements, "
                f"but it has a length of '{len(output_size)}'"
            )
        for d in range(rank):
            low, high = smallest[d] - stride[d], smallest[d] + stride[d]
            if not low < output_size[d] < high:
                raise ValueError(f'invalid output_size "{output_size}" (dim {d} must be between {low} and {high})')
        chosen = list(output_size)
    for d, size in enumerate(chosen):
        if size < 0:
            raise ValueError(
                "max_unpooling: output_size must contain non-negative spatial dimensions, "
                f"but got output_size[{d}]={size}"
            )
    return tuple(chosen)


def _unpooled(rank: int, input: Any, indices: Any, sizes: tuple[int, ...]) -> Any:
    dtype = as_numpy_dtype(indices.dtype)
    shape = list(input.shape)
    if dtype.name != "int64":
        given = f" but got: {scalar_type_name(dtype)}" if rank == 2 else ""
        raise RuntimeError(f"elements in indices should be type int64{given}")
    if len(shape) not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Input to max_unpooling{rank}d should be a {rank + 1}d or {rank + 2}d Tensor, "
            f"but got a tensor with {len(shape)} dimensions."
        )
    if shape != list(indices.shape):
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({shape}) but got indices tensor with "
            f"shape: {list(indices.shape)}"
        )
    for dimension in range(1, len(shape)):
        if not shape[dimension]:
            raise RuntimeError(
                f"max_unpooling{rank}d_forward_out_cpu(): Expected input to have non-zero size for non-batch "
                f"dimensions, but got {shape} with dimension {dimension} being empty."
            )
    if as_numpy_dtype(input.dtype).kind != "f":
        kind = scalar_type_name(as_numpy_dtype(input.dtype))
        raise NotImplementedError(f"\"max_unpool{rank}d\" not implemented for '{kind}'")
    places = indices._array
    wrong = (places < 0) | (places >= math.prod(sizes))
    if wrong.any():
        raise RuntimeError(
            f"Found an invalid max index: {places[wrong][-1]} (output volumes are of size {'x'.join(map(str, sizes))})"
        )
    return max_unpool[rank](input, indices, sizes)


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Zeros, and the elements that `max_pool1d` found at the places where it found them.

    >>> values, indices = max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 6.0]]), 2, return_indices=True)
    >>> max_unpool1d(values, indices, 2)
    tensor([[0., 3., 0., 6.]])
    """
    lengths = _numbers(kernel_size, 1)
    steps = lengths if stride is None else _numbers(stride, 1)
    sizes = _unpooled_sizes(input, lengths, steps, _numbers(padding, 1), output_size)
    return _unpooled(2, input.unsqueeze(-1), indices.unsqueeze(-1), (*sizes, 1)).squeeze(-1)


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Zeros, and the elements that `max_pool2d` found at the places where it found them.

    Args:
        input: the elements, of shape `(N, C, H, W)` or `(C, H, W)`.
        indices: their indices, from `max_pool2d` with `return_indices=True`.
        kernel_size: that of `max_pool2d`.
        stride: that of `max_pool2d`.
        padding: that of `max_pool2d`.
        output_size: the size that its input had, or that size's last two numbers, where several would do.

    >>> values, indices = max_pool2d(torch.arange(4.0).reshape(1, 2, 2), 2, return_indices=True)
    >>> max_unpool2d(values, indices, 2)
    tensor([[[0., 0.],
             [0., 3.]]])
    """
    lengths = _numbers(kernel_size, 2)
    steps = lengths if stride is None else _numbers(stride, 2)
    return _unpooled(2, input, indices, _unpooled_sizes(input, lengths, steps, _numbers(padding, 2), output_size))


def max_unpool3d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Zeros, and the elements that `max_pool3d` found at the places where it found them; see `max_unpool2d`.

    >>> max_unpool3d(torch.ones(1, 1, 1, 1), torch.tensor([[[[3]]]]), 2)
    tensor([[[[0., 0.],
              [0., 1.]],
    <BLANKLINE>
             [[0., 0.],
              [0., 0.]]]])
    """
    lengths = _numbers(kernel_size, 3)
    steps = lengths if stride is None else _numbers(stride, 3)
    if min(steps) <= 0:
        raise RuntimeError(f"strides should be greater than zero, but got stride: {list(steps)}")
    return _unpooled(3, input, indices, _unpooled_sizes(input, lengths, steps, _numbers(padding, 3), output_size))
