"""Convolution, over one, two or three dimensions.

Three operations are each other's derivatives: the convolution, its transpose (the gradient for its input), and the
gradient for its weight. The first two are one row, as in PyTorch; `transposed` says which of them is meant.

The shapes: input (batch, channels, *sizes); weight (results, channels / groups, *kernel), for the transposed one
(channels, results / groups, *kernel); bias (results,).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.engine.op import MULTILINEAR, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels import convolution as kernels
from chainrule.kernels.convolution import Geometry
from chainrule.ops import convolution_batches
from chainrule.ops.convolution_checks import (
    check,
    check_transposed_sizes,
    expanded,
    is_empty,
    whole_number,
    whole_numbers,
)
from chainrule.ops.padding import constant_pad_nd

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]
SPACE = "torch nn.functional"

Sizes = tuple[int, ...]
Numbers = int | Sequence[int]


def _computed(kernel: Any, result_shape: Sequence[int], *arrays: Any, **options: Any) -> Any:
    # Half precision has too few digits for sums; sums of nothing are zero.
    dtype = arrays[0].dtype
    if is_empty(result_shape, *[a.shape for a in arrays]):
        return np.zeros(result_shape, dtype)
    if dtype == np.float16:
        arrays = tuple(a.astype(np.float32) for a in arrays)
    return kernel(*arrays, **options).astype(dtype, copy=False)


def _with_bias(result: Any, bias: Any) -> Any:
    return result if bias is None else result + bias.reshape((-1, *(1,) * (result.ndim - 2)))


def _input_backward(
    grad: Any, self_shape: Sizes, weight: Any, stride: Sizes, padding: Sizes, dilation: Sizes, transposed: bool,
    groups: int,
) -> Any:  # fmt: skip
    zeros = (0,) * (len(self_shape) - 2)
    if transposed:
        return _fitting(grad, weight, self_shape, stride, padding, dilation, groups)
    geometry = _geometry(tuple(weight.shape), stride, padding, dilation, groups)
    least = _transposed_sizes(tuple(grad.shape[2:]), geometry, zeros)
    left_over = tuple([n - m for n, m in zip(self_shape[2:], least, strict=True)])
    return convolution(grad, weight, None, stride, padding, dilation, True, left_over, groups)


def _fitting(x: Any, weight: Any, shape: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Any:
    # The convolution, without the places that an output padding larger than the stride has added.
    result = convolution(x, weight, None, stride, padding, dilation, False, (0,) * len(shape[2:]), groups)
    if tuple(result.shape[2:]) == tuple(shape[2:]):
        return result
    return result[(..., *[slice(n) for n in shape[2:]])]


def _weight_backward(
    grad: Any, self: Any, weight_shape: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, transposed: bool,
    groups: int,
) -> Any:  # fmt: skip
    small, large = (self, grad) if transposed else (grad, self)
    return convolution_weight(small, large, weight_shape[2:], stride, padding, dilation, groups)


def _geometry(weight_shape: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> Geometry:
    kernel = weight_shape[2:]
    rank = len(kernel)
    return Geometry(
        kernel,
        expanded("stride", stride, rank),
        expanded("padding", padding, rank),
        expanded("dilation", dilation, rank),
        groups,
    )


def _transposed_sizes(sizes: Sizes, geometry: Geometry, output_padding: Sizes) -> Sizes:
    return tuple(
        [
            (n - 1) * s - 2 * p + d * (k - 1) + more + 1
            for n, k, s, p, d, more in zip(
                sizes, geometry.kernel, geometry.stride, geometry.padding, geometry.dilation, output_padding,
                strict=True,
            )
        ]
    )  # fmt: skip


def _convolution_tangent(
    self: Any, weight: Any, stride: Sizes, padding: Sizes, dilation: Sizes, transposed: bool, output_padding: Sizes,
    groups: int, self_t: Any = None, weight_t: Any = None, bias_t: Any = None,
) -> Any:  # fmt: skip
    options = (stride, padding, dilation, transposed, output_padding, groups)
    terms = [] if self_t is None else [convolution(self_t, weight, None, *options)]
    if weight_t is not None:
        terms.append(convolution(self, weight_t, None, *options))
    if bias_t is not None:
        terms.append(bias_t.reshape((-1, *(1,) * (len(weight.shape) - 2))))
    return sum(terms[1:], terms[0])


@op(
    spaces="torch", saved_names={"self": "input"},
    self=_input_backward,
    weight=_weight_backward,
    # First over the batch: rows that lie side by side are added quicker than each is added up.
    bias=lambda grad: grad.sum(axis=0).sum(axis=tuple(range(1, len(grad.shape) - 1))),
    tangent=_convolution_tangent, batching=convolution_batches.convolution,
)  # fmt: skip
def convolution(
    self: Any,
    weight: Any,
    bias: Any,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    transposed: bool,
    output_padding: Sizes,
    groups: int,
) -> Any:
    """A convolution over as many dimensions as `weight` has, less two; see `conv2d` and `conv_transpose2d`."""
    if weight.ndim < 3:
        raise RuntimeError("weight should have at least three dimensions")
    geometry = _geometry(weight.shape, stride, padding, dilation, groups)
    check(self, weight, bias, geometry, transposed)
    if not transposed:
        shape = (len(self), len(weight), *geometry.places(self.shape[2:]))
        if bias is None or is_empty(self.shape, weight.shape) or self.dtype == np.float16:
            return _with_bias(_computed(kernels.convolve, shape, self, weight, geometry=geometry), bias)
        return kernels.convolve(self, weight, geometry, bias)
    output_padding = expanded("output_padding", output_padding, len(geometry.kernel))
    sizes = _transposed_sizes(self.shape[2:], geometry, output_padding)
    check_transposed_sizes(self, geometry, output_padding, sizes)
    shape = (len(self), weight.shape[1] * groups, *sizes)
    return _with_bias(_computed(kernels.input_gradient, shape, self, weight, geometry=geometry, sizes=sizes), bias)


@op(
    kind=MULTILINEAR, spaces="", node_name="ConvolutionBackwardBackward0",
    batching=convolution_batches.convolution_weight,
    self=lambda grad, self_shape, other, stride, padding, dilation, groups: _fitting(
        other, grad, self_shape, stride, padding, dilation, groups
    ),
    other=lambda grad, self, other_shape, stride, padding, dilation, groups: _input_backward(
        self, other_shape, grad, stride, padding, dilation, False, groups
    ),
)  # fmt: skip
def convolution_weight(
    self: Any, other: Any, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    # The gradient for the weight: `self` the gradient of the convolution's result, `other` the convolution's input.
    shape = (self.shape[1], other.shape[1] // groups, *kernel)
    geometry = _geometry(shape, stride, padding, dilation, groups)
    return _computed(kernels.weight_gradient, shape, self, other, geometry=geometry)


# ---- as users call it ----


def _tensor(function: str, argument: str, position: int, value: Any) -> Any:
    if not isinstance(value, TensorBase):
        raise TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {type(value).__name__}"
        )
    return value


def _batched(function: str, input: Any, weight: Any, bias: Any) -> bool:
    # Whether the input is a batch.
    _tensor(function, "input", 1, input)
    _tensor(function, "weight", 2, weight)
    if bias is not None:
        _tensor(function, "bias", 3, bias)
    rank = int(function[-2])
    shape = input._array.shape
    if len(shape) not in {rank + 1, rank + 2}:
        raise RuntimeError(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {function}, "
            f"but got input of size: {list(shape)}"
        )
    return len(shape) == rank + 2


def _conv(
    function: str, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Any:
    batched = _batched(function, input, weight, bias)
    rank = int(function[-2])
    strides = expanded("stride", whole_numbers(function, "stride", stride), rank)
    dilations = expanded("dilation", whole_numbers(function, "dilation", dilation), rank)
    count = whole_number(function, "groups", groups)
    x = input if batched else input.unsqueeze(0)
    if not isinstance(padding, str):
        margins = expanded("padding", whole_numbers(function, "padding", padding), rank)
    elif padding == "valid":
        margins = (0,) * rank
    elif padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    elif max(strides) != 1:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    else:
        x, margins = _same(x, tuple(weight._array.shape[2:]), dilations)
    _check_rank(weight, strides)
    result = convolution(x, weight, bias, strides, margins, dilations, False, (0,) * rank, count)
    return result if batched else result.squeeze(0)


def _check_rank(weight: Any, stride: Sizes) -> None:
    rank = weight._array.ndim - 2
    if 0 < rank != len(stride):
        expanded("stride", stride if len(stride) > 1 else (*stride, *stride), rank)


def _same(x: Any, kernel: Sizes, dilation: Sizes) -> tuple[Any, Sizes]:
    # Margins that keep the size; where their sum is odd, the one behind is larger, and that much is added here.
    if len(kernel) != len(dilation):
        raise RuntimeError(
            f"Expected {len(kernel) + 2}-dimensional input for {len(kernel) + 2}-dimensional weight, but got "
            f"{len(x.shape)}-dimensional input of size {list(x.shape)} instead"
        )
    both = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if any(n % 2 for n in both):
        x = constant_pad_nd(x, tuple(m for n in reversed(both) for m in (0, n % 2)))
    return x, tuple(n // 2 for n in both)


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers | str = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Any:
    """A convolution over the last dimension of (batch, channels, length), or (channels, length); see `conv2d`.

    >>> torch.conv1d(torch.tensor([[1.0, 2.0, 4.0]]), torch.tensor([[[-1.0, 1.0]]]))
    tensor([[1., 2.]])
    """
    return _conv("conv1d", input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers | str = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Any:
    """A convolution over the last two dimensions.

    Args:
        input: of shape (batch, channels, height, width), or without the batch.
        weight: of shape (results, channels / groups, height, width); as in PyTorch it is not turned round.
        bias: (results,), or none.
        stride: how far apart windows lie; one number, or one for each dimension, here and below.
        padding: zeros on both sides; `"valid"` for none, `"same"` for as many as keep the size (with a stride of 1).
        dilation: how far apart the numbers under a window lie.
        groups: into how many groups channels are divided that do not see each other.

    Raises RuntimeError, in PyTorch's words, where shapes or types do not fit.

    >>> torch.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2), torch.tensor([0.5]))
    tensor([[[[4.5000, 4.5000],
              [4.5000, 4.5000]]]])
    """
    return _conv("conv2d", input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers | str = 0,
    dilation: Numbers = 1,
    groups: int = 1,
) -> Any:
    """A convolution over the last three dimensions of (batch, channels, depth, height, width); see `conv2d`.

    >>> torch.conv3d(torch.ones(1, 1, 2, 2, 3), torch.ones(1, 1, 2, 2, 2))
    tensor([[[[[8., 8.]]]]])
    """
    return _conv("conv3d", input, weight, bias, stride, padding, dilation, groups)


def _conv_transpose(
    function: str,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
) -> Any:
    batched = _batched(function, input, weight, bias)
    rank = int(function[-2])
    strides, margins, more, dilations = (
        expanded(name, whole_numbers(function, name, value), rank)
        for name, value in (
            ("stride", stride), ("padding", padding), ("output_padding", output_padding), ("dilation", dilation),
        )
    )  # fmt: skip
    count = whole_number(function, "groups", groups)
    _check_rank(weight, strides)
    x = input if batched else input.unsqueeze(0)
    result = convolution(x, weight, bias, strides, margins, dilations, True, more, count)
    return result if batched else result.squeeze(0)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Any:
    """The transpose of `conv1d`; see `conv_transpose2d`.

    >>> torch.conv_transpose1d(torch.tensor([[1.0, 2.0]]), torch.tensor([[[1.0, 1.0]]]), stride=2)
    tensor([[1., 1., 2., 2.]])
    """
    return _conv_transpose(
        "conv_transpose1d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )  # fmt: skip


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Any:
    """The transpose of `conv2d`, which is its gradient: each number of the input adds a multiple of the kernel.

    Args:
        input: of shape (batch, channels, height, width), or without the batch.
        weight: of shape (channels, results / groups, height, width).
        bias: (results,), or none.
        stride: how far apart the kernels lie that are added.
        padding: how much is cut off on both sides.
        output_padding: how much larger the result is on its far side: less than the stride or the dilation.
        groups: into how many groups channels are divided that do not see each other.
        dilation: how far apart the numbers of a kernel lie.

    Raises RuntimeError, in PyTorch's words, where shapes or types do not fit.

    >>> torch.conv_transpose2d(torch.ones(1, 1, 1), torch.tensor([[[[1.0, 2.0]]]]))
    tensor([[[1., 2.]]])
    """
    return _conv_transpose(
        "conv_transpose2d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )  # fmt: skip


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Numbers = 1,
    padding: Numbers = 0,
    output_padding: Numbers = 0,
    groups: int = 1,
    dilation: Numbers = 1,
) -> Any:
    """The transpose of `conv3d`; see `conv_transpose2d`.

    >>> torch.conv_transpose3d(torch.ones(1, 1, 1, 1), torch.ones(1, 2, 1, 1, 2)).shape
    chainrule.Size([2, 1, 1, 2])
    """
    return _conv_transpose(
        "conv_transpose3d", input, weight, bias, stride, padding, output_padding, groups, dilation
    )  # fmt: skip
