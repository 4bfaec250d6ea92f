"""Normalisation within each sample, and of channels by their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn import functional as F
from chainrule.nn import init
from chainrule.nn.modules.linear import uninitialized
from chainrule.nn.modules.module import Layer, Module
from chainrule.nn.parameter import Parameter
from chainrule.tensor import Tensor, wrap


class LayerNorm(Layer):
    """Shifts and scales to mean 0 and variance 1 over the last dimensions, then by learned weights and biases.

    Args:
        normalized_shape: the sizes of those dimensions, or of the last one.
        eps: what is added to the variance, against division by zero.
        elementwise_affine: whether to learn weights.
        bias: whether to learn biases, where there are weights.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> torch.nn.LayerNorm(2)(torch.tensor([[1.0, 3.0]])).detach()
    tensor([[-1.0000,  1.0000]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        _register_affine(self, shape, elementwise_affine, elementwise_affine and bias, device, dtype)

    def reset_parameters(self) -> None:
        """Set the weights to 1 and the biases to 0."""
        reset_affine(self)

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(*, *normalized_shape)`."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The sizes and options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Layer):
    """Shifts and scales each group of channels to mean 0 and variance 1, then each channel by a weight and a bias.

    Args:
        num_groups: the number of groups.
        num_channels: the number of channels, dimension 1 of the input.
        eps: what is added to the variance, against division by zero.
        affine: whether to learn weights.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
        bias: whether to learn biases, where there are weights.

    >>> torch.nn.GroupNorm(1, 2)(torch.tensor([[1.0, 3.0]])).detach()
    tensor([[-1.0000,  1.0000]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        _register_affine(self, (num_channels,), affine, affine and bias, device, dtype)

    def reset_parameters(self) -> None:
        """Set the weights to 1 and the biases to 0."""
        reset_affine(self)

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, num_channels, ...)`."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The sizes and options."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Layer):
    """Divides by the root of the mean square over the last dimensions, then multiplies by learned weights.

    Args:
        normalized_shape: the sizes of those dimensions, or of the last one.
        eps: what is added to the mean square; the spacing of numbers at 1 unless given.
        elementwise_affine: whether to learn weights.
        device: only the CPU.
        dtype: of the weights; the default dtype unless given.

    >>> torch.nn.RMSNorm(2)(torch.tensor([[1.0, 7.0]])).detach()
    tensor([[0.2000, 1.4000]])
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", uninitialized(shape, device, dtype) if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weights to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(*, *normalized_shape)`."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The sizes and options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


def _register_affine(module: Module, shape: tuple[int, ...], weight: bool, bias: bool, where: Any, kind: Any) -> None:
    module.register_parameter("weight", uninitialized(shape, where, kind) if weight else None)
    module.register_parameter("bias", uninitialized(shape, where, kind) if bias else None)
    reset_affine(module)


def reset_affine(module: Any) -> None:
    """Set the weights of a layer to 1 and its biases to 0, where it has them."""
    if module.weight is not None:
        init.ones_(module.weight)
    if module.bias is not None:
        init.zeros_(module.bias)


class LocalResponseNorm(Layer):
    """Divides by `(k + alpha * s) ** beta`, where s is the mean of the squares of `size` channels around each.

    >>> torch.nn.LocalResponseNorm(3)(torch.ones(1, 3, 2)).shape
    chainrule.Size([1, 3, 2])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, ...)`."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Layer):
    """Divides by `(k + alpha / size * s) ** beta`, where s is the sum of the squares of `size` channels around each.

    As in PyTorch, the first channel stays in the sums of all that follow, and `size` is taken as the next smaller odd
    number.

    >>> torch.nn.CrossMapLRN2d(3)(torch.ones(1, 3, 2, 2)).shape
    chainrule.Size([1, 3, 2, 2])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, C, H, W)`."""
        if input.ndim != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.ndim}D instead.")
        channels, reach = input.shape[1], int((self.size - 1) / 2 + 1)
        place = np.arange(channels)
        near = abs(place[:, None] - place) < reach
        near[reach:, 0] = True
        summed = wrap(near.astype(input._array.dtype)) @ (input * input).flatten(2)
        scale = summed.reshape(input.shape) * (self.alpha / self.size) + self.k
        return scale**-self.beta * input

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
