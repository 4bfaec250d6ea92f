"""Activations: modules that apply one function to each element, or normalise along one dimension."""

from __future__ import annotations

import warnings
from typing import Any

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn import functional as F
from chainrule.nn.init import constant_
from chainrule.nn.modules.attention import MultiheadAttention  # noqa: F401 (where PyTorch has it)
from chainrule.nn.modules.linear import uninitialized
from chainrule.nn.modules.module import Layer
from chainrule.nn.parameter import Parameter
from chainrule.tensor import Tensor


class _Inplace(Layer):
    # An activation that can overwrite its input.

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """`inplace=True`, or nothing."""
        return "inplace=True" if self.inplace else ""

    def _repr_with(self, options: str) -> str:
        return options + (", inplace=True" if self.inplace else "")


class ReLU(_Inplace):
    """`max(0, x)`, in place where wanted.

    >>> torch.nn.ReLU()(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.relu(input, inplace=self.inplace)


class Hardtanh(_Inplace):
    """`x` between `min_val` and `max_val`, and those beyond.

    >>> torch.nn.Hardtanh()(torch.tensor([-3.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__(inplace)
        for old, new, value in (("min_value", "min_val", min_value), ("max_value", "max_val", max_value)):
            if value is not None:
                warnings.warn(
                    f"keyword argument `{old}` is deprecated and rename to `{new}`", FutureWarning, stacklevel=2
                )
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        if not self.max_val > self.min_val:
            raise AssertionError(f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """The bounds."""
        return self._repr_with(f"min_val={self.min_val}, max_val={self.max_val}")


class ReLU6(Hardtanh):
    """`min(max(0, x), 6)`.

    >>> torch.nn.ReLU6()(torch.tensor([-1.0, 8.0]))
    tensor([0., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        """`inplace=True`, or nothing."""
        return "inplace=True" if self.inplace else ""


class LeakyReLU(_Inplace):
    """`x` where positive, else `negative_slope * x`.

    >>> torch.nn.LeakyReLU(0.5)(torch.tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The slope."""
        return self._repr_with(f"negative_slope={self.negative_slope}")


class ELU(_Inplace):
    """`x` where positive, else `alpha * (exp(x) - 1)`.

    >>> torch.nn.ELU()(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """The factor."""
        return self._repr_with(f"alpha={self.alpha}")


class CELU(ELU):
    """`x` where positive, else `alpha * (exp(x / alpha) - 1)`.

    >>> torch.nn.CELU(2.0)(torch.tensor([-2.0, 2.0]))
    tensor([-1.2642,  2.0000])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.celu(input, self.alpha, self.inplace)


class SELU(_Inplace):
    """The self-normalising ELU.

    >>> torch.nn.SELU()(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.selu(input, self.inplace)


class SiLU(_Inplace):
    """`x * sigmoid(x)`, also called swish.

    >>> torch.nn.SiLU()(torch.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.silu(input, inplace=self.inplace)


class Mish(_Inplace):
    """`x * tanh(softplus(x))`.

    >>> torch.nn.Mish()(torch.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.mish(input, inplace=self.inplace)


class Hardswish(_Inplace):
    """`x * relu6(x + 3) / 6`.

    >>> torch.nn.Hardswish()(torch.tensor([-1.0, 2.0]))
    tensor([-0.3333,  1.6667])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.hardswish(input, self.inplace)


class Hardsigmoid(_Inplace):
    """`relu6(x + 3) / 6`.

    >>> torch.nn.Hardsigmoid()(torch.tensor([-1.0, 4.0]))
    tensor([0.3333, 1.0000])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.hardsigmoid(input, self.inplace)


class Threshold(_Inplace):
    """`x` where above `threshold`, else `value`.

    >>> torch.nn.Threshold(1.0, 20.0)(torch.tensor([0.0, 2.0]))
    tensor([20.,  2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """The threshold and the value."""
        return self._repr_with(f"threshold={self.threshold}, value={self.value}")


class PReLU(Layer):
    """`x` where positive, else `weight * x` with a weight that is learned, one for all or one for each channel.

    Args:
        num_parameters: 1, or the number of channels, dimension 1 of the input.
        init: what the weights begin with.
        device: only the CPU.
        dtype: of the weights; the default dtype unless given.

    >>> torch.nn.PReLU()(torch.tensor([-1.0, 2.0])).detach()
    tensor([-0.2500,  2.0000])
    """

    weight: Parameter

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = uninitialized((num_parameters,), device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weights to what they began with."""
        constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """The number of weights."""
        return f"num_parameters={self.num_parameters}"


class GELU(Layer):
    """`x` times the normal distribution function of `x`; or nearly, with `approximate="tanh"`.

    >>> torch.nn.GELU()(torch.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """Whether it is approximate."""
        return f"approximate={self.approximate!r}"


class Sigmoid(Layer):
    """`1 / (1 + exp(-x))`.

    >>> torch.nn.Sigmoid()(torch.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.sigmoid(input)


class LogSigmoid(Layer):
    """`log(sigmoid(x))`.

    >>> torch.nn.LogSigmoid()(torch.tensor([0.0, 2.0]))
    tensor([-0.6931, -0.1269])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.logsigmoid(input)


class Tanh(Layer):
    """The hyperbolic tangent.

    >>> torch.nn.Tanh()(torch.tensor([0.0, 2.0]))
    tensor([0.0000, 0.9640])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.tanh(input)


class Tanhshrink(Layer):
    """`x - tanh(x)`.

    >>> torch.nn.Tanhshrink()(torch.tensor([0.0, 2.0]))
    tensor([0.0000, 1.0360])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.tanhshrink(input)


class Softsign(Layer):
    """`x / (1 + |x|)`.

    >>> torch.nn.Softsign()(torch.tensor([0.0, 3.0]))
    tensor([0.0000, 0.7500])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.softsign(input)


class Softplus(Layer):
    """`log(1 + exp(beta * x)) / beta`, and `x` itself where `beta * x` is above `threshold`.

    >>> torch.nn.Softplus()(torch.tensor([0.0, 2.0]))
    tensor([0.6931, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """The factor and the threshold."""
        return f"beta={self.beta}, threshold={self.threshold}"


class _Shrink(Layer):
    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        """The bound."""
        return str(self.lambd)


class Hardshrink(_Shrink):
    """`x` beyond `lambd` on either side, else 0.

    >>> torch.nn.Hardshrink()(torch.tensor([0.3, -2.0]))
    tensor([ 0., -2.])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """`x` moved towards 0 by `lambd`, 0 where it is nearer.

    >>> torch.nn.Softshrink()(torch.tensor([0.3, -2.0]))
    tensor([ 0.0000, -1.5000])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.softshrink(input, self.lambd)


class _AlongDim(Layer):
    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """`exp(x)` divided by its sum along `dim`.

    >>> torch.nn.Softmax(dim=0)(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.softmax(input, self.dim, _stacklevel=5)


class Softmin(_AlongDim):
    """The softmax of `-x`.

    >>> torch.nn.Softmin(dim=0)(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.softmin(input, self.dim, _stacklevel=5)


class LogSoftmax(_AlongDim):
    """The logarithm of the softmax.

    >>> torch.nn.LogSoftmax(dim=0)(torch.zeros(2))
    tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.log_softmax(input, self.dim, _stacklevel=5)


class RReLU(_Inplace):
    """`x` where positive, else a slope times it: in training one drawn from `[lower, upper]`, else the middle of it.

    >>> torch.nn.RReLU(0.25, 0.75).eval()(torch.tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The bounds, and `inplace=True`."""
        return self._repr_with(f"lower={self.lower}, upper={self.upper}")


class Softmax2d(Layer):
    """The softmax over the channels of images, of shape `(N, C, H, W)` or `(C, H, W)`.

    >>> torch.nn.Softmax2d()(torch.zeros(2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3, _stacklevel=5)


class GLU(Layer):
    """The first half of `dim` times the sigmoid of its second half.

    >>> torch.nn.GLU()(torch.tensor([2.0, 0.0]))
    tensor([1.])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"
