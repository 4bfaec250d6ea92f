"""Convolution layers and their transposes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn import functional as F
from chainrule.nn import init
from chainrule.nn.modules.lazy import LazyModuleMixin
from chainrule.nn.modules.linear import uninitialized
from chainrule.nn.modules.module import Layer
from chainrule.nn.parameter import Parameter, UninitializedParameter
from chainrule.tensor import Tensor

Sizes = int | Sequence[int]

PADDINGS = ("same", "valid")
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def _numbers(given: Sizes, rank: int) -> tuple[int, ...]:
    return tuple(given) if isinstance(given, Sequence) else (given,) * rank


class _ConvNd(Layer):
    """What all convolutions have: parameters, their initial values, and the text."""

    rank: ClassVar[int]
    transposed: bool = False

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        output_padding: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: device | str | int | None,
        dtype: dtype | None,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _numbers(kernel_size, self.rank)
        self.stride = _numbers(stride, self.rank)
        self.padding: Any = padding if isinstance(padding, str) else _numbers(padding, self.rank)
        self.dilation = _numbers(dilation, self.rank)
        self.output_padding = _numbers(output_padding, self.rank)
        self.groups = groups
        self.padding_mode = padding_mode
        self._check()
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = uninitialized((first, second // groups, *self.kernel_size), device, dtype)
        self.register_parameter("bias", uninitialized((out_channels,), device, dtype) if bias else None)
        self.reset_parameters()

    def _check(self) -> None:
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        if self.in_channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        if self.out_channels % self.groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(self.padding, str):
            if self.padding not in PADDINGS:
                raise ValueError(f"Invalid padding string {self.padding!r}, should be one of {PADDINGS}")
            if self.padding == "same" and any(n != 1 for n in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in PADDING_MODES:
            raise ValueError(f"padding_mode must be one of {PADDING_MODES}, but got padding_mode={self.padding_mode!r}")

    def reset_parameters(self) -> None:
        """Draw the initial weights anew."""
        # The same bound as 1 / sqrt(numbers under a window), by the way on which PyTorch gets there.
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            under = math.prod(self.weight.shape[1:])
            bound = 1 / math.sqrt(under) if under > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The sizes, and what is not as it is by default."""
        shown = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for name, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            value = getattr(self, name)
            if value != (usual,) * len(value):
                shown += f", {name}={value}"
        if self.groups != 1:
            shown += f", groups={self.groups}"
        if self.bias is None:
            shown += ", bias=False"
        if self.padding_mode != "zeros":
            shown += f", padding_mode={self.padding_mode}"
        return shown


class _Conv(_ConvNd):
    function: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device,
            dtype,
        )  # fmt: skip

    @property
    def _reversed_padding_repeated_twice(self) -> list[int]:
        # As `F.pad` takes it: before and after, the last dimension first. Programs know it by PyTorch's name.
        margins: list[int] = []
        for place in reversed(range(self.rank)):
            if self.padding == "same":
                both = self.dilation[place] * (self.kernel_size[place] - 1)
                margins += (both // 2, both - both // 2)
            else:
                margins += (0, 0) if self.padding == "valid" else (self.padding[place],) * 2
        return margins

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Any:
        # With these parameters in place of the layer's own.
        function = type(self).function
        if self.padding_mode != "zeros":
            padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            return function(padded, weight, bias, self.stride, 0, self.dilation, self.groups)
        return function(input, weight, bias, self.stride, self.padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, in_channels, *sizes)`, or without the batch."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """A convolution over sequences: (N, in_channels, length) to (N, out_channels, length).

    The arguments are those of `Conv2d`.

    >>> torch.nn.Conv1d(3, 8, 5, padding="same")(torch.zeros(2, 3, 16)).shape
    chainrule.Size([2, 8, 16])
    """

    rank = 1
    function = staticmethod(F.conv1d)


class Conv2d(_Conv):
    """A convolution over pictures: (N, in_channels, height, width) to (N, out_channels, height, width).

    Args:
        in_channels: of the input.
        out_channels: of the result: how many kernels there are.
        kernel_size: of a window; one number or one for each dimension, here and below.
        stride: how far apart windows lie.
        padding: how much is added on both sides; `"valid"` for nothing, `"same"` for as much as keeps the size.
        dilation: how far apart the numbers under a window lie.
        groups: into how many groups channels are divided that do not see each other.
        bias: whether to add a bias.
        padding_mode: what is added: `zeros`, or as in `nn.functional.pad`: `reflect`, `replicate` or `circular`.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> torch.nn.Conv2d(3, 8, 5, stride=2)(torch.zeros(2, 3, 16, 16)).shape
    chainrule.Size([2, 8, 6, 6])
    """

    rank = 2
    function = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """A convolution over volumes: (N, in_channels, depth, height, width) to (N, out_channels, depth, height, width).

    The arguments are those of `Conv2d`.

    >>> torch.nn.Conv3d(3, 8, 2)(torch.zeros(3, 4, 4, 4)).shape
    chainrule.Size([8, 3, 3, 3])
    """

    rank = 3
    function = staticmethod(F.conv3d)


class _ConvTransposeNd(_ConvNd):
    transposed = True
    function: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def _output_padding(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        # What must be added for a result of this size.
        if output_size is None:
            return self.output_padding
        others = 2 if input.ndim == self.rank + 2 else 1
        sizes = tuple(output_size)
        if len(sizes) == others + self.rank:
            sizes = sizes[others:]
        if len(sizes) != self.rank:
            raise ValueError(
                f"ConvTranspose{self.rank}D: for {input.ndim}D input, output_size must have {self.rank} or "
                f"{others + self.rank} elements (got {len(sizes)})"
            )
        given = zip(input.shape[others:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in given]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        if any(not low <= n <= high for n, low, high in zip(sizes, least, most, strict=True)):
            raise ValueError(
                f"requested an output size of {output_size if len(output_size) == self.rank else sizes}, but valid "
                f"sizes range from {least} to {most} (for an input of {input.shape[2:]})"
            )
        return tuple(n - low for n, low in zip(sizes, least, strict=True))

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Any:
        """Apply it to a tensor of shape `(N, in_channels, *sizes)`, or without the batch.

        `output_size`: which of the sizes that the stride leaves open the result is to have.
        """
        more = self._output_padding(input, output_size)
        return type(self).function(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of a convolution over sequences; see `ConvTranspose2d`.

    >>> torch.nn.ConvTranspose1d(3, 8, 4, stride=2)(torch.zeros(2, 3, 16)).shape
    chainrule.Size([2, 8, 34])
    """

    rank = 1
    function = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose of a convolution over pictures: with a stride, it makes them larger.

    Args:
        in_channels: of the input.
        out_channels: of the result.
        kernel_size: of the kernels that are added; one number or one for each dimension, here and below.
        stride: how far apart kernels lie.
        padding: how much of the result is cut off on both sides.
        output_padding: how much larger the result is on its far side: less than the stride or the dilation.
        groups: into how many groups channels are divided that do not see each other.
        bias: whether to add a bias.
        dilation: how far apart the numbers of a kernel lie.
        padding_mode: only `zeros`.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> layer = torch.nn.ConvTranspose2d(3, 8, 3, stride=2)
    >>> layer(torch.zeros(2, 3, 4, 4), output_size=(10, 10)).shape
    chainrule.Size([2, 8, 10, 10])
    """

    rank = 2
    function = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of a convolution over volumes; see `ConvTranspose2d`.

    >>> torch.nn.ConvTranspose3d(3, 8, 2)(torch.zeros(3, 4, 4, 4)).shape
    chainrule.Size([8, 5, 5, 5])
    """

    rank = 3
    function = staticmethod(F.conv_transpose3d)


class _LazyConvNd(LazyModuleMixin, _ConvNd):
    def _without_shapes(
        self, out_channels: int, bias: bool, device: device | str | int | None, dtype: dtype | None
    ) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the initial weights anew, once there are any."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Take the number of channels of `input`."""
        if not isinstance(self.weight, UninitializedParameter):
            return
        sample, batch = self.rank + 1, self.rank + 2
        if input.ndim not in (sample, batch):
            raise RuntimeError(
                f"Expected {sample}D (unbatched) or {batch}D (batched) input to {self._get_name()}, but "
                f"got input of size: {input.shape}"
            )
        channels = input.shape[input.ndim - sample]
        if channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        self.in_channels = channels
        first, second = (channels, self.out_channels) if self.transposed else (self.out_channels, channels)
        self.weight.materialize((first, second // self.groups, *self.kernel_size))
        if isinstance(self.bias, UninitializedParameter):
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()


class _LazyConv(_LazyConvNd, _Conv):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__(
            0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype
        )  # fmt: skip
        self._without_shapes(out_channels, bias, device, dtype)


class _LazyConvTranspose(_LazyConvNd, _ConvTransposeNd):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype
        )  # fmt: skip
        self._without_shapes(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """A `Conv1d` that sees `in_channels` from the first input; the other arguments are the same.

    >>> layer = torch.nn.LazyConv1d(8, 2)
    >>> _ = layer(torch.zeros(2, 3, 4))
    >>> layer.in_channels
    3
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A `Conv2d` that sees `in_channels` from the first input; the other arguments are the same.

    >>> layer = torch.nn.LazyConv2d(8, 2)
    >>> _ = layer(torch.zeros(2, 3, 4, 4))
    >>> layer.in_channels
    3
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A `Conv3d` that sees `in_channels` from the first input; the other arguments are the same.

    >>> layer = torch.nn.LazyConv3d(8, 2)
    >>> _ = layer(torch.zeros(2, 3, 4, 4, 4))
    >>> layer.in_channels
    3
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` that sees `in_channels` from the first input; the other arguments are the same.

    >>> layer = torch.nn.LazyConvTranspose1d(8, 2)
    >>> _ = layer(torch.zeros(2, 3, 4))
    >>> layer.in_channels
    3
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` that sees `in_channels` from the first input; the other arguments are the same.

    >>> layer = torch.nn.LazyConvTranspose2d(8, 2)
    >>> _ = layer(torch.zeros(2, 3, 4, 4))
    >>> layer.in_channels
    3
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` that sees `in_channels` from the first input; the other arguments are the same.

    >>> layer = torch.nn.LazyConvTranspose3d(8, 2)
    >>> _ = layer(torch.zeros(2, 3, 4, 4, 4))
    >>> layer.in_channels
    3
    """

    cls_to_become = ConvTranspose3d
