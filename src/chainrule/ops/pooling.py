"""Pooling: the largest element, or the mean, of windows that slide over the last dimensions; and the way back.

The rows know how the windows lie (`Windows`), and are the same for two and three dimensions. One dimension is two, the
first of them with one element, as in PyTorch.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.interpreters import is_followed
from chainrule.engine.op import LINEAR, NOT_DIFFERENTIABLE, op
from chainrule.kernels import pooling as kernel
from chainrule.kernels.pooling import Windows
from chainrule.ops.pooling_arguments import (
    check_kind,
    check_one_dimensional,
    one_size,
    windows_of_average,
    windows_of_maximum,
    windows_of_maximum_1d,
)
from chainrule.ops.shapes import squeeze, unsqueeze
from chainrule.ops.sorting import take_along

__all__ = ["avg_pool1d", "max_pool1d", "max_pool1d_with_indices", "max_pool2d", "max_pool3d"]

RANKS = (2, 3)

# ---- the largest ----


def _largest(self: Any, windows: Windows) -> Any:
    return kernel.largest(self, windows)


def _largest_and_taps(self: Any, windows: Windows) -> tuple[Any, Any]:
    return kernel.largest_and_taps(self, windows)


def _placed(self: Any, taps: Any, windows: Windows) -> Any:
    return kernel.place(self, taps, windows)


def _picked(self: Any, taps: Any, windows: Windows) -> Any:
    return kernel.pick(self, taps, windows)


# What a node keeps of its input is the tap that won in each window: a byte, where an index would take eight.
_max_pool: dict[int, Any] = {
    rank: op(
        _largest_and_taps, name=f"max_pool{rank}d_with_indices", node_name=f"MaxPool{rank}DWithIndicesBackward0",
        spaces="", results=("values", "taps"),
        self=lambda grad, taps, windows: _max_pool_backward[len(windows.sizes)](grad, taps, windows),
        tangent=lambda self_t, taps, windows: (_elements_at_taps(self_t, taps, windows), None),
        batching=batches.merged(),
    )
    for rank in RANKS
}  # fmt: skip
_max_pool_backward: dict[int, Any] = {
    rank: op(
        _placed, name=f"max_pool{rank}d_with_indices_backward", kind=LINEAR, spaces="",
        node_name=f"MaxPool{rank}DWithIndicesBackwardBackward0", taps=NOT_DIFFERENTIABLE,
        self=lambda grad, taps, windows: _elements_at_taps(grad, taps, windows), batching=batches.merged("taps"),
    )
    for rank in RANKS
}  # fmt: skip
_elements_at_taps: Any = op(
    _picked, name="elements_at_taps", kind=LINEAR, spaces="", taps=NOT_DIFFERENTIABLE,
    self=lambda grad, taps, windows: _max_pool_backward[len(windows.sizes)](grad, taps, windows),
    batching=batches.merged("taps"),
)  # fmt: skip


@op(name="indices_of_taps", spaces="", taps=NOT_DIFFERENTIABLE, batching=batches.passed)
def _indices_of_taps(taps: Any, windows: Windows) -> Any:
    return kernel.indices(taps, windows)


# Where nothing is recorded and nobody asks for indices, nobody asks which tap won.
_largest_of_windows = op(
    _largest, name="largest_of_windows", spaces="", self=NOT_DIFFERENTIABLE, batching=batches.merged()
)


def _max_pooled(input: Any, windows: Windows, kernel_name: str, return_indices: bool) -> Any:
    check_kind(input, kernel_name, "iuf")
    recorded = is_followed(input)
    if not (recorded or return_indices):
        return _largest_of_windows(input, windows)
    values, taps = _max_pool[len(windows.sizes)](input, windows)
    return (values, _indices_of_taps(taps, windows)) if return_indices else values


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window over the last dimension; NaN where the window has one.

    Args:
        input: of shape `(N, C, L)` or `(C, L)`.
        kernel_size: how many elements a window has.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many places, lower than every number, to add on both sides; at most half of a window.
        dilation: how far the elements of a window are from each other.
        ceil_mode: whether a last window may reach beyond the end.
        return_indices: whether to give also where each element was found; the gradient goes to the same element. Of
            equal ones it is the first.

    >>> torch.nn.functional.max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 5.0, 4.0]]), 2)
    tensor([[3., 5.]])
    """
    if return_indices:
        return max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    windows = windows_of_maximum_1d(input, kernel_size, stride, padding, dilation, ceil_mode)
    if not is_followed(input):
        check_kind(input, "max_pool1d_impl", "f")
    return squeeze(_max_pooled(unsqueeze(input, -2), windows, "max_pool2d", return_indices=False), -2)


def max_pool1d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> tuple[Any, Any]:
    """What `max_pool1d` gives, and the index along the last dimension of each element.

    >>> torch.max_pool1d_with_indices(torch.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)[1]
    tensor([[1, 3]])
    """
    name = "max_pool1d"
    check_one_dimensional(name, input)
    length = one_size(name, "kernel_size", 2, kernel_size)
    step = () if stride is None or stride == () else (1, one_size(name, "stride", 3, stride))
    margin, distance = one_size(name, "padding", 4, padding), one_size(name, "dilation", 5, dilation)
    plane = unsqueeze(input, -2)
    windows = windows_of_maximum("max_pool2d", 2, plane, (1, length), step, (0, margin), (1, distance), ceil_mode)
    values, indices = _max_pooled(plane, windows, "max_pool2d", return_indices=True)
    return squeeze(values, -2), squeeze(indices, -2)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window over the last two dimensions; NaN where the window has one.

    Args:
        input: of shape `(N, C, H, W)` or `(C, H, W)`.
        kernel_size: the height and width of a window, or one number for both.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many places, lower than every number, to add on each side; at most half of a window.
        dilation: how far the elements of a window are from each other.
        ceil_mode: whether last windows may reach beyond the end.
        return_indices: whether to give also where each element was found, counted row by row; the gradient goes to the
            same element. Of equal ones it is the first.

    >>> torch.nn.functional.max_pool2d(torch.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """
    windows = windows_of_maximum("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pooled(input, windows, "max_pool2d", return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window over the last three dimensions; see `max_pool2d`.

    >>> torch.nn.functional.max_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[7.]]]])
    """
    windows = windows_of_maximum("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pooled(input, windows, "max_pool3d", return_indices)


# ---- back to where they were ----


def _unpooled(self: Any, indices: Any, output_size: tuple[int, ...]) -> Any:
    rank = len(output_size)
    lead = self.shape[: self.ndim - rank]
    flat = (*lead, math.prod(self.shape[len(lead) :]))
    result = np.zeros((*lead, math.prod(output_size)), self.dtype)
    np.put_along_axis(result, indices.reshape(flat), self.reshape(flat), -1)
    return result.reshape((*lead, *output_size))


def _unpooled_backward(grad: Any, indices: Any, self_shape: tuple[int, ...], output_size: tuple[int, ...]) -> Any:
    lead = tuple(self_shape[: len(self_shape) - len(output_size)])
    flat = grad.reshape((*lead, math.prod(output_size)))
    count = math.prod(self_shape[len(lead) :])
    return take_along(flat, indices.reshape((*lead, count)), -1).reshape(tuple(self_shape))


max_unpool: dict[int, Any] = {
    rank: op(
        _unpooled, name=f"max_unpool{rank}d", node_name=f"MaxUnpool{rank}DBackward0", kind=LINEAR, spaces="",
        indices=NOT_DIFFERENTIABLE, self=_unpooled_backward, batching=batches.merged("indices"),
    )
    for rank in RANKS
}  # fmt: skip


# ---- the mean ----


def _divided(sums: Any, windows: Windows, count_include_pad: bool, divisor_override: int | None) -> Any:
    by = divisor_override or kernel.divisors(windows, count_include_pad)
    if sums.dtype.kind == "i":
        # As C divides: towards zero.
        return np.trunc(sums / by).astype(sums.dtype)
    return np.divide(sums, np.asarray(by, sums.dtype))


def _means(self: Any, windows: Windows, count_include_pad: bool, divisor_override: int | None) -> Any:
    # Half precision has too few digits to add up in.
    wide = self.astype(np.float32) if self.dtype == np.float16 else self
    return _divided(kernel.sums(wide, windows), windows, count_include_pad, divisor_override).astype(
        self.dtype, copy=False
    )


def _spread_means(self: Any, windows: Windows, count_include_pad: bool, divisor_override: int | None) -> Any:
    return kernel.spread(_divided(self, windows, count_include_pad, divisor_override), windows)


_avg_pool: dict[int, Any] = {
    rank: op(
        _means, name=f"avg_pool{rank}d", node_name=f"AvgPool{rank}DBackward0", kind=LINEAR, spaces="",
        batching=batches.merged(),
        self=lambda grad, windows, count_include_pad, divisor_override: (
            _avg_pool_backward[len(windows.sizes)](grad, windows, count_include_pad, divisor_override)
        ),
    )
    for rank in RANKS
}  # fmt: skip
_avg_pool_backward: dict[int, Any] = {
    rank: op(
        _spread_means, name=f"avg_pool{rank}d_backward", node_name=f"AvgPool{rank}DBackwardBackward0", kind=LINEAR,
        spaces="", batching=batches.merged(),
        self=lambda grad, windows, count_include_pad, divisor_override: (
            _avg_pool[len(windows.sizes)](grad, windows, count_include_pad, divisor_override)
        ),
    )
    for rank in RANKS
}  # fmt: skip


def _check_divisor(name: str, divisor_override: Any) -> None:
    if divisor_override is None:
        return
    if not hasattr(divisor_override, "__index__") or isinstance(divisor_override, bool):
        given = type(divisor_override).__name__
        raise TypeError(f"{name}(): argument 'divisor_override' must be int, not {given}")
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window over the last dimension.

    Args:
        input: of shape `(N, C, L)` or `(C, L)`.
        kernel_size: how many elements a window has.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many zeros to add on both sides; at most half of a window.
        ceil_mode: whether a last window may reach beyond the end.
        count_include_pad: whether the zeros count as elements.

    >>> torch.nn.functional.avg_pool1d(torch.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)
    tensor([[2., 4.]])
    """
    name = "avg_pool1d"
    check_one_dimensional(name, input)
    length = one_size(name, "kernel_size", 2, kernel_size)
    step = () if stride is None or stride == () else (1, one_size(name, "stride", 3, stride))
    margin = one_size(name, "padding", 4, padding)
    plane = unsqueeze(input, -2)
    return squeeze(avg_pool2d(plane, (1, length), step, (0, margin), ceil_mode, count_include_pad), -2)


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window over the last two dimensions.

    Args:
        input: of shape `(N, C, H, W)` or `(C, H, W)`.
        kernel_size: the height and width of a window, or one number for both.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many zeros to add on each side; at most half of a window.
        ceil_mode: whether last windows may reach beyond the end.
        count_include_pad: whether the zeros count as elements.
        divisor_override: what to divide by, in place of the number of elements.

    >>> torch.nn.functional.avg_pool2d(torch.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """
    return _averaged(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window over the last three dimensions; see `avg_pool2d`.

    >>> torch.nn.functional.avg_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[3.5000]]]])
    """
    return _averaged(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _averaged(
    name: str,
    rank: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: Any,
    count_include_pad: Any,
    divisor_override: Any,
) -> Any:
    windows = windows_of_average(name, rank, input, kernel_size, stride, padding, ceil_mode, count_include_pad)
    _check_divisor(name, divisor_override)
    check_kind(input, name if rank == 2 else "avg_pool3d_out_frame", "f", also="int64")
    return _avg_pool[rank](input, windows, bool(count_include_pad), divisor_override)
