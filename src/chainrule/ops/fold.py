"""`unfold` and `fold`: windows of pictures spelt out as columns, and columns added up to pictures again.

They are each other's transposes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.windows import add_windows, output_sizes, padded, windows

__all__ = ["fold", "unfold"]
SPACE = "nn.functional"

Pair = tuple[int, int]


def _check_geometry(kernel_size: Pair, dilation: Pair, padding: Pair, stride: Pair) -> None:
    for name, short, numbers in (
        ("kernel size", "kernel", kernel_size),
        ("stride", "stride", stride),
        ("dilation", "dilation", dilation),
    ):
        if any(n <= 0 for n in numbers):
            raise RuntimeError(
                f"{name} should be greater than zero, but got {short}_height: {numbers[0]} {short}_width: {numbers[1]}"
            )
    if any(n < 0 for n in padding):
        raise RuntimeError(f"padding should be non-negative, but got pad_height: {padding[0]} pad_width: {padding[1]}")


def _check_type(kernel: str, dtype: Any) -> None:
    if dtype.kind in "iu":
        raise NotImplementedError(f"\"{kernel}_out_cpu\" not implemented for '{scalar_type_name(dtype)}'")


@op(
    kind=LINEAR, spaces="", node_name="Im2ColBackward0",
    self=lambda grad, self_shape, kernel_size, dilation, padding, stride: _im2col_backward(
        grad, self_shape, kernel_size, dilation, padding, stride
    ),
    batching=batches.pictures(4),
)  # fmt: skip
def im2col(self: Any, kernel_size: Pair, dilation: Pair, padding: Pair, stride: Pair) -> Any:
    _check_geometry(kernel_size, dilation, padding, stride)
    if self.ndim not in {3, 4} or 0 in self.shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(self.shape)}"
        )
    places = output_sizes(self.shape[-2:], kernel_size, stride, padding, dilation)
    if any(n < 1 for n in places):
        raise RuntimeError(
            f"Given input with spatial size {tuple(self.shape[-2:])}, kernel_size={kernel_size}, dilation={dilation}, "
            f"padding={padding}, calculated shape of the array of sliding blocks as {places}, but its components must "
            "be at least one."
        )
    _check_type("im2col", self.dtype)
    *batch, channels = self.shape[:-2]
    seen = windows(padded(self, [(p, p) for p in padding]), kernel_size, stride, dilation)
    columns = np.moveaxis(seen, (-2, -1), (-4, -3))
    return columns.reshape(*batch, channels * math.prod(kernel_size), math.prod(places))


@op(
    kind=LINEAR, spaces="", node_name="Col2ImBackward0",
    self=lambda grad, kernel_size, dilation, padding, stride: im2col(grad, kernel_size, dilation, padding, stride),
    batching=batches.pictures(3),
)  # fmt: skip
def col2im(self: Any, output_size: Pair, kernel_size: Pair, dilation: Pair, padding: Pair, stride: Pair) -> Any:
    _check_geometry(kernel_size, dilation, padding, stride)
    if self.ndim not in {2, 3} or 0 in self.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(self.shape)}"
        )
    *batch, rows, blocks = self.shape
    taps = math.prod(kernel_size)
    if rows % taps:
        raise RuntimeError(
            f"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={rows} and kernel_size={kernel_size}."
        )
    places = output_sizes(output_size, kernel_size, stride, padding, dilation)
    if blocks != math.prod(places):
        raise RuntimeError(
            f"Given output_size={output_size}, kernel_size={kernel_size}, dilation={dilation}, padding={padding}, "
            f"stride={stride}, expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{places[0]} * {places[1]} = {math.prod(places)}, but got input.size(2)={blocks}."
        )
    if any(n < 1 for n in places):
        raise RuntimeError(
            f"Given output_size={output_size}, kernel_size={kernel_size}, dilation={dilation}, padding={padding}, "
            f"stride={stride}, calculated shape of the array of sliding blocks as {places}, which is too small "
            "(non-positive)"
        )
    _check_type("col2im", self.dtype)
    around = tuple(n + 2 * p for n, p in zip(output_size, padding, strict=True))
    total: Any = np.zeros((*batch, rows // taps, *around), self.dtype)
    values = self.reshape(*batch, rows // taps, *kernel_size, *places)
    add_windows(total, np.moveaxis(values, (-4, -3), (-2, -1)), stride, dilation)
    return np.ascontiguousarray(total[(..., *[slice(p, p + n) for n, p in zip(output_size, padding, strict=True)])])


def _im2col_backward(
    grad: Any, self_shape: tuple[int, ...], kernel_size: Pair, dilation: Pair, padding: Pair, stride: Pair
) -> Any:
    return col2im(grad, (self_shape[-2], self_shape[-1]), kernel_size, dilation, padding, stride)


# ---- as users call them ----


def _pair(function: str, name: str, value: Any) -> Pair:
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    for place, number in enumerate(numbers):
        if isinstance(number, bool) or not hasattr(number, "__index__"):
            raise TypeError(
                f"{function}(): argument '{name}' must be tuple of ints, but found element of type "
                f"{type(number).__name__} at pos {place}"
            )
    if len(numbers) != 2:
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(numbers)}")
    return int(numbers[0]), int(numbers[1])


def _input(function: str, input: Any) -> Any:
    if not isinstance(input, TensorBase):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return input


def unfold(
    input: Any,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Any:
    """All windows of pictures (batch, channels, height, width) as columns: (batch, channels * window, windows).

    The other arguments are those of `conv2d`; the batch may be left out.

    >>> torch.nn.functional.unfold(torch.arange(6.0).reshape(1, 2, 3), 2)
    tensor([[0., 1.],
            [1., 2.],
            [3., 4.],
            [4., 5.]])
    """
    names = ("kernel_size", "dilation", "padding", "stride")
    geometry = zip(names, (kernel_size, dilation, padding, stride), strict=True)
    return im2col(_input("im2col", input), *[_pair("im2col", name, value) for name, value in geometry])


def fold(
    input: Any,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Any:
    """Columns as `unfold` gives them, added up to pictures of `output_size`; what overlaps is added.

    >>> columns = torch.nn.functional.unfold(torch.ones(1, 2, 3), 2)
    >>> torch.nn.functional.fold(columns, (2, 3), 2)
    tensor([[[1., 2., 1.],
             [1., 2., 1.]]])
    """
    names = ("output_size", "kernel_size", "dilation", "padding", "stride")
    geometry = zip(names, (output_size, kernel_size, dilation, padding, stride), strict=True)
    return col2im(_input("col2im", input), *[_pair("col2im", name, value) for name, value in geometry])
