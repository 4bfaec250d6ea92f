"""Activations of neural networks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dimensions import slice_along, wrap_dim
from chainrule.dtypes import INT64, cast_number, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import COMMON, ELEMENTWISE, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels import activations as kernels
from chainrule.kernels.selection import select
from chainrule.ops.elementwise import sigmoid as sigmoid_row
from chainrule.ops.refusals import Check, both, not_implemented, refuse, require_one_type
from chainrule.ops.softmax import softmax
from chainrule.ops.special import erf

__all__ = ["relu6", "softmin", "softsign", "tanhshrink"]
SPACE = "nn.functional"

# The constants of SELU, from Klambauer et al., Self-Normalizing Neural Networks (2017).
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def _floats_only(kernel: str) -> Check:
    return not_implemented(kernel, "biuc")


def sigmoid(x: Any) -> Any:
    """`1 / (1 + exp(-x))` in a formula: recorded where it is one of Tensors."""
    return sigmoid_row(x) if _is_tensor(x) else 1 / (1 + np.exp(-x))


def _is_tensor(x: Any) -> bool:
    return isinstance(x, TensorBase)


def _negative_part(x: Any) -> Any:
    # So that the branch not taken does not overflow. NaN is taken for positive, as PyTorch takes it.
    return select(x < 0, x, 0)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace="LeakyReluBackward1", spaces=SPACE,
    check=_floats_only("leaky_relu_cpu"),
    self=lambda grad, self, negative_slope: select(self > 0, grad, grad * negative_slope),
)  # fmt: skip
def leaky_relu(self: Any, negative_slope: float = 0.01) -> Any:
    """`x` where positive, else `negative_slope * x`."""
    return select(self > 0, self, self * negative_slope)


# What some gradients are is an operation too, so that where they are recorded it is one node, not five.
@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="EluBackwardBackward0",
    self=lambda grad, other, alpha: _through_elu(grad, other, alpha),
    other=lambda grad, self, other, alpha: (
        grad * self * select(other < 0, alpha * np.exp(_negative_part(other)), 0)
    ),
)  # fmt: skip
def elu_backward(self: Any, other: Any, alpha: float) -> Any:
    """The gradient `self` of `elu(other)` as one of `other`."""
    return _through_elu(self, other, alpha)


def _through_elu(grad: Any, self: Any, alpha: float) -> Any:
    if _is_tensor(grad):
        return elu_backward(grad, self, alpha)
    return select(self <= 0, grad * (alpha * np.exp(_negative_part(self))), grad)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace="EluBackward1", spaces=SPACE,
    check=_floats_only("elu_cpu"),
    self=_through_elu,
)  # fmt: skip
def elu(self: Any, alpha: float = 1.0) -> Any:
    """`x` where positive, else `alpha * (exp(x) - 1)`."""
    return select(self <= 0, alpha * np.expm1(_negative_part(self)), self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace="EluBackward1", spaces="torch nn.functional", node_name="EluBackward0",
    check=_floats_only("elu_cpu"),
    self=lambda grad, self: grad
    * select(self <= 0, SELU_SCALE * SELU_ALPHA * np.exp(_negative_part(self)), SELU_SCALE),
)  # fmt: skip
def selu(self: Any) -> Any:
    """The scaled exponential linear unit."""
    return SELU_SCALE * select(self <= 0, SELU_ALPHA * np.expm1(_negative_part(self)), self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace="CeluBackward1", spaces="torch nn.functional",
    check=_floats_only("elu_cpu"),
    self=lambda grad, self, alpha: select(self <= 0, grad * np.exp(_negative_part(self) / alpha), grad),
)  # fmt: skip
def celu(self: Any, alpha: float = 1.0) -> Any:
    """`x` where positive, else `alpha * (exp(x / alpha) - 1)`."""
    return select(self <= 0, alpha * np.expm1(_negative_part(self) / alpha), self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces=SPACE,
    check=_floats_only("GeluKernelImpl"),
    self=lambda grad, self, approximate: grad * _gelu_derivative(self, approximate),
)  # fmt: skip
def gelu(self: Any, approximate: str = "none") -> Any:
    """`x` times the normal distribution function at `x`; `approximate="tanh"` for the approximation by tanh."""
    if approximate == "none":
        return kernels.gelu(self)
    if approximate == "tanh":
        return kernels.gelu_tanh(self)
    msg = "approximate argument must be either none or tanh."
    raise RuntimeError(msg)


def _gelu_derivative(x: Any, approximate: str) -> Any:
    if not _is_tensor(x):
        return kernels.gelu_derivative(x) if approximate == "none" else kernels.gelu_tanh_derivative(x)
    if approximate == "none":
        cdf = 0.5 * (1 + erf(x * math.sqrt(0.5)))
        return cdf + x * (np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))
    t = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x)))
    inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * (x * x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner


def _silu_derivative(x: Any) -> Any:
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces=SPACE,
    check=not_implemented("silu_cpu", "biu"),
    self=lambda grad, self: grad * _silu_derivative(self),
)  # fmt: skip
def silu(self: Any) -> Any:
    """`x * sigmoid(x)`."""
    return self / (1 + np.exp(-self))


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces=SPACE,
    check=_floats_only("mish_cpu"),
    self=lambda grad, self: grad * _mish_derivative(self),
)  # fmt: skip
def mish(self: Any) -> Any:
    """`x * tanh(softplus(x))`."""
    return self * np.tanh(kernels.softplus(self))


def _mish_derivative(x: Any) -> Any:
    t = np.tanh(np.logaddexp(0 * x, x) if _is_tensor(x) else kernels.softplus(x))
    return t + x * ((1 - t * t) * sigmoid(x))


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="", node_name="SoftplusBackwardBackward0",
    self=lambda grad, other, beta, threshold: _through_softplus(grad, other, beta, threshold),
    other=lambda grad, self, other, beta, threshold: grad * self * _softplus_curvature(other, beta, threshold),
)  # fmt: skip
def softplus_backward(self: Any, other: Any, beta: float, threshold: float) -> Any:
    """The gradient `self` of `softplus(other)` as one of `other`."""
    return _through_softplus(self, other, beta, threshold)


def _through_softplus(grad: Any, self: Any, beta: float, threshold: float) -> Any:
    if _is_tensor(grad):
        return softplus_backward(grad, self, beta, threshold)
    return select(self * beta > threshold, grad, grad * sigmoid(self * beta))


def _softplus_curvature(x: Any, beta: float, threshold: float) -> Any:
    s = sigmoid(x * beta)
    return select(x * beta > threshold, 0, beta * (s * (1 - s)))


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces=SPACE,
    check=_floats_only("softplus_cpu"),
    self=_through_softplus,
)  # fmt: skip
def softplus(self: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """`log(1 + exp(beta * x)) / beta`, and `x` itself where `beta * x` is above the threshold."""
    return select(self * beta > threshold, self, kernels.softplus(self * beta) / beta)


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces=SPACE, node_name="LogSigmoidBackward0",
    check=_floats_only("log_sigmoid_cpu"),
    self=lambda grad, self: grad * sigmoid(-self),
)  # fmt: skip
def logsigmoid(self: Any) -> Any:
    """`log(sigmoid(x))`, without overflow."""
    return -kernels.softplus(-self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces=SPACE,
    check=both(
        refuse("b", "Bool inputs not supported for hardtanh"),
        refuse("c", "clamp is not supported for complex types", NotImplementedError),
    ),
    self=lambda grad, self, min_val, max_val: select((self <= min_val) | (self >= max_val), 0, grad),
)  # fmt: skip
def hardtanh(self: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """`x` clamped to `[min_val, max_val]`; no gradient passes at the bounds."""
    if min_val > max_val:
        msg = "min_val cannot be greater than max_val"
        raise ValueError(msg)
    if self.dtype.kind in "iu":
        min_val, max_val = cast_number(min_val, INT64), cast_number(max_val, INT64)
        if self.dtype.kind == "u" and (min_val < 0 or max_val < 0):
            msg = "cannot do hardtanh on an unsigned type with negative limits"
            raise RuntimeError(msg)
    return np.clip(self, cast_number(min_val, self.dtype), cast_number(max_val, self.dtype))


def relu6(input: Any) -> Any:
    """`x` clamped to [0, 6]."""
    return hardtanh(input, 0.0, 6.0)


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces=SPACE,
    check=_floats_only("hardswish_cpu"),
    self=lambda grad, self: grad * select(self <= -3, 0, select(self < 3, self / 3 + 0.5, 1)),
)  # fmt: skip
def hardswish(self: Any) -> Any:
    """`x * relu6(x + 3) / 6`."""
    return self * np.clip(self + 3, 0, 6) / 6


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces=SPACE,
    check=_floats_only("hardsigmoid_cpu"),
    self=lambda grad, self: select((self > -3) & (self < 3), grad / 6, 0),
)  # fmt: skip
def hardsigmoid(self: Any) -> Any:
    """`relu6(x + 3) / 6`."""
    return np.clip(self + 3, 0, 6) / 6


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces="torch Tensor nn.functional",
    check=_floats_only("hardshrink_cpu"),
    self=lambda grad, self, lambd: select((self >= -lambd) & (self <= lambd), 0, grad),
)  # fmt: skip
def hardshrink(self: Any, lambd: float = 0.5) -> Any:
    """`x`, and 0 between `-lambd` and `lambd`."""
    return select((self >= -lambd) & (self <= lambd), 0, self)


@op(
    kind=ELEMENTWISE, promotion=COMMON, spaces=SPACE,
    check=_floats_only("softshrink_check"),
    self=lambda grad, self, lambd: select((self >= -lambd) & (self <= lambd), 0, grad),
)  # fmt: skip
def softshrink(self: Any, lambd: float = 0.5) -> Any:
    """`x` moved towards 0 by `lambd`, and 0 between `-lambd` and `lambd`."""
    largest = np.finfo(self.dtype).max
    if not 0 <= lambd <= largest:
        msg = (
            f"lambda must be in range [0, {largest:g}] for input dtype {scalar_type_name(self.dtype)}, "
            f"but found {lambd:g}"
        )
        raise RuntimeError(msg)
    return select(self > lambd, self - lambd, select(self < -lambd, self + lambd, 0 * self))


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces="torch nn.functional",
    check=not_implemented("threshold_cpu", "bc"),
    self=lambda grad, self, threshold: select(self <= threshold, 0, grad),
)  # fmt: skip
def threshold(self: Any, threshold: float, value: float) -> Any:
    """`x` where above the threshold, else `value`."""
    bound, instead = cast_number(threshold, self.dtype), np.asarray(cast_number(value, self.dtype))
    return select(self <= bound, instead, self)


@op(
    promotion=COMMON, spaces="torch Tensor nn.functional", node_name="PreluKernelBackward0",
    check=both(require_one_type("prelu: Type promoting not supported. Got {} and {}"), _floats_only("prelu_cpu")),
    self=lambda grad, self, weight: select(self > 0, grad, grad * _along_channels(weight, self.shape)),
    weight=lambda grad, self, weight_shape: _prelu_weight_backward(grad, self, weight_shape),
    batching=batches.composed(lambda self, weight: _prelu_of(self, weight)),
)  # fmt: skip
def prelu(self: Any, weight: Any) -> Any:
    """`x` where positive, else `weight * x`, with one weight or one for each channel (dimension 1)."""
    return select(self > 0, self, self * _along_channels(weight, self.shape))


def _prelu_of(self: Any, weight: Any) -> Any:
    return np.where(self > 0, self, self * _along_channels(weight, self.shape))


def _along_channels(weight: Any, shape: Any) -> Any:
    size = int(np.prod(tuple(weight.shape)))
    if size == 1:
        return weight.reshape(())
    if len(shape) < 2 or shape[1] != size:
        channels = shape[1] if len(shape) > 1 else 1
        msg = (
            "Mismatch of parameter numbers and input channel size. "
            f"Found parameter numbers = {size} and channel size = {channels}."
        )
        raise RuntimeError(msg)
    return weight.reshape((size, *(1,) * (len(shape) - 2)))


def _prelu_weight_backward(grad: Any, self: Any, weight_shape: tuple[int, ...]) -> Any:
    products = select(self > 0, 0, grad * self)
    if math.prod(weight_shape) == 1:
        return products.sum().reshape(weight_shape)
    others = tuple(i for i in range(len(self.shape)) if i != 1)
    return products.sum(axis=others).reshape(weight_shape)


@op(
    spaces=SPACE, promotion=COMMON, check=_floats_only("glu_cpu"),
    self=lambda grad, self, dim: _glu_backward(grad, self, dim),
    batching=batches.along("dim"),
)  # fmt: skip
def glu(self: Any, dim: int = -1) -> Any:
    """The first half along `dim` times the sigmoid of the second."""
    if self.ndim == 0:
        msg = "glu does not support scalars because halving size must be even"
        raise RuntimeError(msg)
    dim = wrap_dim(dim, self.ndim)
    if self.shape[dim] % 2:
        msg = f"Halving dimension must be even, but dimension {dim} is size {self.shape[dim]}"
        raise RuntimeError(msg)
    first, second = _halves(self, dim)
    return first * sigmoid(second)


def _halves(x: Any, dim: int) -> tuple[Any, Any]:
    dim = wrap_dim(dim, len(x.shape))
    half = x.shape[dim] // 2
    return x[slice_along(dim, slice(None, half))], x[slice_along(dim, slice(half, None))]


def _glu_backward(grad: Any, self: Any, dim: int) -> Any:
    first, second = _halves(self, dim)
    gate = sigmoid(second)
    return np.concatenate([grad * gate, grad * (first * (gate * (1 - gate)))], axis=dim)


def softsign(input: Any) -> Any:
    """`x / (1 + |x|)`."""
    return input / (abs(input) + 1)


def tanhshrink(input: Any) -> Any:
    """`x - tanh(x)`."""
    return input - np.tanh(input)


def softmin(input: Any, dim: int, dtype: Any = None) -> Any:
    """`softmax` of the negative input."""
    return softmax(-input, dim, dtype)
