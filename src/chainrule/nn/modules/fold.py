"""`Unfold` and `Fold`: windows of pictures as columns, and columns added up to pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.nn import functional as F
from chainrule.nn.modules.module import Layer
from chainrule.tensor import Tensor

Sizes = int | Sequence[int]


class Unfold(Layer):
    """All windows of pictures as columns: (N, channels, height, width) to (N, channels * window, windows).

    Args:
        kernel_size: of a window; one number, or height and width, here and below.
        dilation: how far apart the numbers under a window lie.
        padding: how many zeros are added on both sides.
        stride: how far apart windows lie.

    >>> torch.nn.Unfold(2)(torch.zeros(2, 3, 4, 4)).shape
    chainrule.Size([2, 12, 9])
    """

    def __init__(self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, channels, height, width)`, or without the batch."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Layer):
    """Columns as `Unfold` gives them, added up to pictures: (N, channels * window, windows) to (N, channels, *sizes).

    Args:
        output_size: of the pictures; one number, or height and width, here and below.
        kernel_size: of a window.
        dilation: how far apart the numbers under a window lie.
        padding: how much is cut off on both sides.
        stride: how far apart windows lie.

    >>> torch.nn.Fold((4, 4), 2)(torch.zeros(2, 12, 9)).shape
    chainrule.Size([2, 3, 4, 4])
    """

    def __init__(
        self, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, channels * window, windows)`, or without the batch."""
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
