"""Pooling layers: the largest element, or the mean, of windows or of parts; and the inverse of max pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.nn import functional as F
from chainrule.nn.modules.fractional_pooling import FractionalMaxPool2d, FractionalMaxPool3d  # noqa: F401 (found here)
from chainrule.nn.modules.module import Layer, Module
from chainrule.tensor import Tensor


def _numbers(given: Any, rank: int) -> Any:
    return given if isinstance(given, (tuple, list)) else (given,) * rank


# ---- the largest of each window ----


class _MaxPool(Module):
    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """The sizes and options."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest element of each window over the last dimension; NaN where the window has one.

    Args:
        kernel_size: the length of a window.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many places, lower than every number, to add on each side; at most half of a window.
        dilation: how far the elements of a window are from each other.
        return_indices: whether to give also where each element was found, as `MaxUnpool1d` needs it.
        ceil_mode: whether last windows may reach beyond the end.

    >>> torch.nn.MaxPool1d(2)(torch.randn(2, 3, 8)).shape
    chainrule.Size([2, 3, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, L)` or `(C, L)`."""
        return F.max_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )


class MaxPool2d(_MaxPool):
    """The largest element of each window over the last two dimensions; NaN where the window has one.

    Args:
        kernel_size: the height and width of a window, or one number for both.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many places, lower than every number, to add on each side; at most half of a window.
        dilation: how far the elements of a window are from each other.
        return_indices: whether to give also where each element was found, as `MaxUnpool2d` needs it.
        ceil_mode: whether last windows may reach beyond the end.

    >>> torch.nn.MaxPool2d(2)(torch.randn(2, 3, 8, 8)).shape
    chainrule.Size([2, 3, 4, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, H, W)` or `(C, H, W)`."""
        return F.max_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )


class MaxPool3d(_MaxPool):
    """The largest element of each window over the last three dimensions; NaN where the window has one.

    Args:
        kernel_size: the depth, height and width of a window, or one number for all.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many places, lower than every number, to add on each side; at most half of a window.
        dilation: how far the elements of a window are from each other.
        return_indices: whether to give also where each element was found, as `MaxUnpool3d` needs it.
        ceil_mode: whether last windows may reach beyond the end.

    >>> torch.nn.MaxPool3d(2)(torch.randn(2, 3, 8, 8, 8)).shape
    chainrule.Size([2, 3, 4, 4, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, D, H, W)` or `(C, D, H, W)`."""
        return F.max_pool3d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )


# ---- and its inverse ----


class _MaxUnpool(Layer):
    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Zeros, and the elements that `MaxPool1d` found at the places where it found them.

    Args:
        kernel_size: that of `MaxPool1d`.
        stride: that of `MaxPool1d`.
        padding: that of `MaxPool1d`.

    >>> values, indices = torch.nn.MaxPool1d(2, return_indices=True)(torch.randn(2, 3, 8))
    >>> torch.nn.MaxUnpool1d(2)(values, indices).shape
    chainrule.Size([2, 3, 8])
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        super().__init__()
        self.kernel_size = _numbers(kernel_size, 1)
        self.stride = self.kernel_size if stride is None else _numbers(stride, 1)
        self.padding = _numbers(padding, 1)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Any:
        """Apply it; `output_size` says which of several sizes the pooled tensor had."""
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(_MaxUnpool):
    """Zeros, and the elements that `MaxPool2d` found at the places where it found them.

    Args:
        kernel_size: that of `MaxPool2d`.
        stride: that of `MaxPool2d`.
        padding: that of `MaxPool2d`.

    >>> values, indices = torch.nn.MaxPool2d(2, return_indices=True)(torch.randn(2, 3, 8, 8))
    >>> torch.nn.MaxUnpool2d(2)(values, indices).shape
    chainrule.Size([2, 3, 8, 8])
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        super().__init__()
        self.kernel_size = _numbers(kernel_size, 2)
        self.stride = self.kernel_size if stride is None else _numbers(stride, 2)
        self.padding = _numbers(padding, 2)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Any:
        """Apply it; `output_size` says which of several sizes the pooled tensor had."""
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(_MaxUnpool):
    """Zeros, and the elements that `MaxPool3d` found at the places where it found them.

    Args:
        kernel_size: that of `MaxPool3d`.
        stride: that of `MaxPool3d`.
        padding: that of `MaxPool3d`.

    >>> values, indices = torch.nn.MaxPool3d(2, return_indices=True)(torch.randn(2, 3, 8, 8, 8))
    >>> torch.nn.MaxUnpool3d(2)(values, indices).shape
    chainrule.Size([2, 3, 8, 8, 8])
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        super().__init__()
        self.kernel_size = _numbers(kernel_size, 3)
        self.stride = self.kernel_size if stride is None else _numbers(stride, 3)
        self.padding = _numbers(padding, 3)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Any:
        """Apply it; `output_size` says which of several sizes the pooled tensor had."""
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


# ---- the mean of each window ----


class _AvgPool(Layer):
    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window over the last dimension.

    Args:
        kernel_size: the length of a window.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many zeros to add on both sides; at most half of a window.
        ceil_mode: whether a last window may reach beyond the end.
        count_include_pad: whether the zeros count as elements.

    >>> torch.nn.AvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 6.0]]))
    tensor([[2., 4.]])
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _numbers(kernel_size, 1)
        self.stride = self.kernel_size if stride is None else _numbers(stride, 1)
        self.padding = _numbers(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, L)` or `(C, L)`."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _AvgPoolOfSeveral(_AvgPool):
    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override


class AvgPool2d(_AvgPoolOfSeveral):
    """The mean of each window over the last two dimensions.

    Args:
        kernel_size: the height and width of a window, or one number for both.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many zeros to add on each side; at most half of a window.
        ceil_mode: whether last windows may reach beyond the end.
        count_include_pad: whether the zeros count as elements.
        divisor_override: what to divide by, in place of the number of elements.

    >>> torch.nn.AvgPool2d(2)(torch.randn(2, 3, 8, 8)).shape
    chainrule.Size([2, 3, 4, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, H, W)` or `(C, H, W)`."""
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class AvgPool3d(_AvgPoolOfSeveral):
    """The mean of each window over the last three dimensions.

    Args:
        kernel_size: the depth, height and width of a window, or one number for all.
        stride: how far a window is from the next; `kernel_size` unless given.
        padding: how many zeros to add on each side; at most half of a window.
        ceil_mode: whether last windows may reach beyond the end.
        count_include_pad: whether the zeros count as elements.
        divisor_override: what to divide by, in place of the number of elements.

    >>> torch.nn.AvgPool3d(2)(torch.randn(2, 3, 8, 8, 8)).shape
    chainrule.Size([2, 3, 4, 4, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, D, H, W)` or `(C, D, H, W)`."""
        return F.avg_pool3d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


# ---- power means ----


class _LPPool(Layer):
    def __init__(
        self,
        norm_type: float,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """The power, sizes and options."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """The sum of `x**norm_type` over each window of the last dimension, to the power `1 / norm_type`.

    Args:
        norm_type: the power; infinity for the largest absolute value.
        kernel_size: the length of a window.
        stride: how far a window is from the next; `kernel_size` unless given.
        ceil_mode: whether a last window may reach beyond the end.

    >>> torch.nn.LPPool1d(2, 2)(torch.randn(2, 3, 8)).shape
    chainrule.Size([2, 3, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, L)` or `(C, L)`."""
        return F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPool):
    """The sum of `x**norm_type` over each window of the last two dimensions, to the power `1 / norm_type`.

    Args:
        norm_type: the power; infinity for the largest absolute value.
        kernel_size: the height and width of a window, or one number for both.
        stride: how far a window is from the next; `kernel_size` unless given.
        ceil_mode: whether last windows may reach beyond the end.

    >>> torch.nn.LPPool2d(2, 2)(torch.randn(2, 3, 8, 8)).shape
    chainrule.Size([2, 3, 4, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, H, W)` or `(C, H, W)`."""
        return F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(_LPPool):
    """The sum of `x**norm_type` over each window of the last three dimensions, to the power `1 / norm_type`.

    Args:
        norm_type: the power; infinity for the largest absolute value.
        kernel_size: the depth, height and width of a window, or one number for all.
        stride: how far a window is from the next; `kernel_size` unless given.
        ceil_mode: whether last windows may reach beyond the end.

    >>> torch.nn.LPPool3d(2, 2)(torch.randn(2, 3, 8, 8, 8)).shape
    chainrule.Size([2, 3, 4, 4, 4])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, D, H, W)` or `(C, D, H, W)`."""
        return F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


# ---- to a given size ----


class _AdaptiveMaxPool(Module):
    def __init__(self, output_size: int | Sequence[int | None] | None, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size: Any = output_size
        self.return_indices = return_indices

    def extra_repr(self) -> str:
        """The sizes."""
        return f"output_size={self.output_size}"


class _AdaptiveAvgPool(Layer):
    def __init__(self, output_size: int | Sequence[int | None] | None) -> None:
        super().__init__()
        self.output_size: Any = output_size

    def extra_repr(self) -> str:
        """The sizes."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest elements of `output_size` parts of the last dimension, which may share some where it does not divide.

    Args:
        output_size: how many parts.
        return_indices: whether to give also where each element was found.

    >>> torch.nn.AdaptiveMaxPool1d(3)(torch.randn(2, 3, 8)).shape
    chainrule.Size([2, 3, 3])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, L)` or `(C, L)`."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest elements of `output_size` parts of the last two dimensions, which may share elements.

    Args:
        output_size: how many parts along each, or one number for all; None for as many as there are elements.
        return_indices: whether to give also where each element was found.

    >>> torch.nn.AdaptiveMaxPool2d(3)(torch.randn(2, 3, 8, 8)).shape
    chainrule.Size([2, 3, 3, 3])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, H, W)` or `(C, H, W)`."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest elements of `output_size` parts of the last three dimensions, which may share elements.

    Args:
        output_size: how many parts along each, or one number for all; None for as many as there are elements.
        return_indices: whether to give also where each element was found.

    >>> torch.nn.AdaptiveMaxPool3d(3)(torch.randn(2, 3, 8, 8, 8)).shape
    chainrule.Size([2, 3, 3, 3, 3])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, D, H, W)` or `(C, D, H, W)`."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The means of `output_size` parts of the last dimension, which may share elements where it does not divide.

    Args:
        output_size: how many parts.

    >>> torch.nn.AdaptiveAvgPool1d(3)(torch.randn(2, 3, 8)).shape
    chainrule.Size([2, 3, 3])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, L)` or `(C, L)`."""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The means of `output_size` parts of the last two dimensions, which may share elements where it does not divide.

    Args:
        output_size: how many parts along each, or one number for all; None for as many as there are elements.

    >>> torch.nn.AdaptiveAvgPool2d(3)(torch.randn(2, 3, 8, 8)).shape
    chainrule.Size([2, 3, 3, 3])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, H, W)` or `(C, H, W)`."""
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The means of `output_size` parts of the last three dimensions, which may share elements where it does not divide.

    Args:
        output_size: how many parts along each, or one number for all; None for as many as there are elements.

    >>> torch.nn.AdaptiveAvgPool3d(3)(torch.randn(2, 3, 8, 8, 8)).shape
    chainrule.Size([2, 3, 3, 3, 3])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, D, H, W)` or `(C, D, H, W)`."""
        return F.adaptive_avg_pool3d(input, self.output_size)
