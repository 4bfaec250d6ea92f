"""The gradients of convolutions, as functions of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.ops.convolution import _geometry, _input_backward, _weight_backward
from chainrule.ops.convolution_checks import check
from chainrule.tensor import Tensor

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]

Sizes = int | Sequence[int]


def conv1d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """The gradient for the input of `conv1d`; see `conv2d_input`.

    >>> conv1d_input((1, 1, 3), torch.ones(1, 1, 2), torch.ones(1, 1, 2))
    tensor([[[1., 2., 1.]]])
    """
    return _of_input(1, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv1d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """The gradient for the weight of `conv1d`; see `conv2d_weight`.

    >>> conv1d_weight(torch.ones(1, 1, 3), (1, 1, 2), torch.ones(1, 1, 2))
    tensor([[[2., 2.]]])
    """
    return _of_weight(1, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv2d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """The gradient for the input of `conv2d`: the transposed convolution, of the size that is given.

    Args:
        input_size: the shape of the input.
        weight: as `conv2d` takes it.
        grad_output: the gradient for the result.
        stride: as `conv2d` takes it, like the following.
        padding: numbers, no names.
        dilation: of the kernel.
        groups: of channels.

    >>> conv2d_input((1, 1, 2, 2), torch.ones(1, 1, 1, 1), torch.ones(1, 1, 2, 2))
    tensor([[[[1., 1.],
              [1., 1.]]]])
    """
    return _of_input(2, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv2d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """The gradient for the weight of `conv2d`.

    Args:
        input: as `conv2d` takes it.
        weight_size: the shape of the weight.
        grad_output: the gradient for the result.
        stride: as `conv2d` takes it, like the following.
        padding: numbers, no names.
        dilation: of the kernel.
        groups: of channels.

    >>> conv2d_weight(torch.ones(1, 1, 2, 2), (1, 1, 1, 1), torch.ones(1, 1, 2, 2))
    tensor([[[[4.]]]])
    """
    return _of_weight(2, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv3d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """The gradient for the input of `conv3d`; see `conv2d_input`.

    >>> conv3d_input((1, 1, 1, 1, 3), torch.ones(1, 1, 1, 1, 2), torch.ones(1, 1, 1, 1, 2))
    tensor([[[[[1., 2., 1.]]]]])
    """
    return _of_input(3, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv3d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """The gradient for the weight of `conv3d`; see `conv2d_weight`.

    >>> conv3d_weight(torch.ones(1, 1, 1, 1, 3), (1, 1, 1, 1, 2), torch.ones(1, 1, 1, 1, 2))
    tensor([[[[[2., 2.]]]]])
    """
    return _of_weight(3, input, weight_size, grad_output, stride, padding, dilation, groups)


def _numbers(given: Sizes, rank: int) -> tuple[int, ...]:
    return (given,) * rank if isinstance(given, int) else tuple(given)


def _of_input(
    rank: int, input_size: Sequence[int], weight: Tensor, grad_output: Tensor, *options: Any
) -> Any:  # fmt: skip
    stride, padding, dilation, groups = [_numbers(o, rank) for o in options[:3]] + [options[3]]
    input = np.broadcast_to(np.empty((), grad_output._array.dtype), tuple(input_size))
    _check(input, weight._array, grad_output._array, stride, padding, dilation, groups)
    return _input_backward(grad_output, input.shape, weight, stride, padding, dilation, False, groups)


def _of_weight(
    rank: int, input: Tensor, weight_size: Sequence[int], grad_output: Tensor, *options: Any
) -> Any:  # fmt: skip
    stride, padding, dilation, groups = [_numbers(o, rank) for o in options[:3]] + [options[3]]
    weight = np.broadcast_to(np.empty((), grad_output._array.dtype), tuple(weight_size))
    _check(input._array, weight, grad_output._array, stride, padding, dilation, groups)
    return _weight_backward(grad_output, input, weight.shape, stride, padding, dilation, False, groups)


def _check(input: Any, weight: Any, grad: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> None:
    geometry = _geometry(weight.shape, stride, padding, dilation, groups)
    check(input, weight, None, geometry, False)
    expected = (len(input), len(weight), *geometry.places(input.shape[2:]))
    if grad.ndim != len(expected):
        raise RuntimeError(f"Expected a tensor of dimension {len(expected)} but got one of dimension {grad.ndim}")
    # PyTorch computes the one-dimensional one as a two-dimensional one.
    more = 1 if len(expected) == 3 else 0
    for place, (size, given) in enumerate(zip(expected, grad.shape, strict=True)):
        if size != given:
            dims, at = len(expected) + more, place + more if place > 1 else place
            raise RuntimeError(
                f"Expected a tensor of dimension {dims} and tensor.size[{at}] == {size} but got: dimension {dims} and "
                f"tensor.size[{at}] = {given}"
            )
