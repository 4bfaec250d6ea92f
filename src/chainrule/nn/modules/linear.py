"""`Linear`, `LazyLinear`, `Bilinear` and `Identity`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.devices import device, require_cpu
from chainrule.dtypes import as_numpy_dtype, default_float, dtype
from chainrule.engine.grad_mode import no_grad
from chainrule.nn import functional as F
from chainrule.nn import init
from chainrule.nn.modules.lazy import LazyModuleMixin
from chainrule.nn.modules.module import Layer
from chainrule.nn.parameter import Parameter, UninitializedParameter
from chainrule.tensor import Tensor, wrap


def uninitialized(
    shape: tuple[int, ...], where: device | str | int | None = None, kind: dtype | None = None
) -> Parameter:
    """A parameter whose values are yet to be set, of `kind` or else of the default dtype."""
    require_cpu(where)
    return Parameter(wrap(np.empty(shape, default_float() if kind is None else as_numpy_dtype(kind))))


class Identity(Layer):
    """Hands its input on; takes any arguments, and ignores them.

    >>> torch.nn.Identity()(3)
    3
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """The input."""
        return input


class Linear(Layer):
    """`x @ weight.T + bias`.

    Args:
        in_features: the size of the last dimension of the input.
        out_features: the size of the last dimension of the output.
        bias: whether to add a bias.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> torch.nn.Linear(3, 2)(torch.zeros(5, 3)).shape
    chainrule.Size([5, 2])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = uninitialized((out_features, in_features), device, dtype)
        self.register_parameter("bias", uninitialized((out_features,), device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial weights anew."""
        # The same bound as 1 / sqrt(in_features), by the way on which PyTorch gets there, so to the last bit.
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(..., in_features)`."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class NonDynamicallyQuantizableLinear(Linear):
    """A `Linear` under the name that PyTorch gives the one behind attention."""


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` that sees `in_features` from the first input.

    Args:
        out_features: the size of the last dimension of the output.
        bias: whether to add a bias.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> layer = torch.nn.LazyLinear(2)
    >>> layer.weight
    <UninitializedParameter>
    >>> layer(torch.ones(5, 3)).shape, layer
    (chainrule.Size([5, 2]), Linear(in_features=3, out_features=2, bias=True))
    """

    cls_to_become = Linear

    def __init__(
        self,
        out_features: int,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__(0, 0, False)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_features = out_features
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the initial weights anew, once there are any."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the size of the last dimension of `input`."""
        size = input.shape[-1]
        if isinstance(self.weight, UninitializedParameter):
            with no_grad():
                self.in_features = size
                self.weight.materialize((self.out_features, size))
                if isinstance(self.bias, UninitializedParameter):
                    self.bias.materialize((self.out_features,))
                self.reset_parameters()
        elif self.in_features == 0:
            # The weights were loaded.
            if size != self.weight.shape[-1]:
                raise AssertionError(
                    f"The in_features inferred from input: {size} is not equal to in_features from self.weight: "
                    f"{self.weight.shape[-1]}"
                )
            self.in_features = size


class Bilinear(Layer):
    """`x1 @ weight[k] @ x2 + bias[k]` for each output `k`.

    Args:
        in1_features: the size of the last dimension of the first input.
        in2_features: the size of the last dimension of the second input.
        out_features: the size of the last dimension of the output.
        bias: whether to add a bias.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> torch.nn.Bilinear(2, 3, 4)(torch.zeros(5, 2), torch.zeros(5, 3)).shape
    chainrule.Size([5, 4])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = uninitialized((out_features, in1_features, in2_features), device, dtype)
        self.register_parameter("bias", uninitialized((out_features,), device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial weights anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Any:
        """Apply it to tensors of shapes `(..., in1_features)` and `(..., in2_features)`."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
