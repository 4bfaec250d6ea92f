"""Losses. A row computes the loss of every element and reduces it in one go: `mean`, `sum` or not at all (`none`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import AS_GIVEN, COMMON, NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.ops.activations import sigmoid
from chainrule.ops.arithmetic import xlogy
from chainrule.ops.expanding import broadcast_tensors
from chainrule.ops.refusals import not_implemented, require_one_type
from chainrule.ops.softmax import log_softmax

__all__ = ["cross_entropy", "kl_div", "l1_loss", "nll_loss"]
SPACE = "nn.functional"


def check_reduction(reduction: str) -> None:
    """Raise ValueError for what is no reduction."""
    if reduction not in {"mean", "sum", "none"}:
        msg = f"{reduction} is not a valid value for reduction"
        raise ValueError(msg)


def reduced(values: Any, reduction: str) -> Any:
    """The losses of all elements as `reduction` says."""
    check_reduction(reduction)
    return values.mean() if reduction == "mean" else values.sum() if reduction == "sum" else values


def spread(grad: Any, reduction: str, elements: int) -> Any:
    """The gradient of each element's loss."""
    return grad / max(elements, 1) if reduction == "mean" else grad


def elements_of(*operands: Any) -> int:
    """How many losses there are of operands that are broadcast."""
    return math.prod(np.broadcast_shapes(*(tuple(operand.shape) for operand in operands)))


# ---- of two tensors of numbers ----


def _mse_backward(grad: Any, self: Any, target: Any, reduction: str) -> Any:
    return spread(grad, reduction, elements_of(self, target)) * (2 * (self - target))


def of_one_shape(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function(input, target, ...)` of tensors broadcast to one shape first: so their types count alike."""

    def loss(input: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
        if (
            isinstance(input, TensorBase)
            and isinstance(target, TensorBase)
            and input._array.shape != target._array.shape
        ):
            input, target = broadcast_tensors(input, target)
        return function(input, target, *args, **kwargs)

    return loss


@op(
    promotion=COMMON, spaces="nn.functional", adapt=of_one_shape,
    check=not_implemented("mse_cpu", "biuc"),
    self=_mse_backward,
    target=lambda grad, self, target, reduction: -_mse_backward(grad, self, target, reduction),
    batching=batches.reduced,
)  # fmt: skip
def mse_loss(self: Any, target: Any, reduction: str = "mean") -> Any:
    """The squared difference."""
    difference = self - target
    return reduced(difference * difference, reduction)


@of_one_shape
def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The absolute difference."""
    return reduced(abs(input - target), reduction)


def _smooth_l1_backward(grad: Any, self: Any, target: Any, reduction: str, beta: float) -> Any:
    difference = self - target
    slope = np.where(abs(difference) < beta, difference / beta, np.sign(difference))
    return spread(grad, reduction, elements_of(self, target)) * slope


@op(
    promotion=COMMON, spaces="nn.functional", adapt=of_one_shape, node_name="SmoothL1LossBackward0",
    check=not_implemented("smooth_l1_cpu", "biuc"),
    self=_smooth_l1_backward,
    target=lambda grad, self, target, reduction, beta: -_smooth_l1_backward(grad, self, target, reduction, beta),
    batching=batches.reduced,
)  # fmt: skip
def smooth_l1_loss(self: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """Half the squared difference over `beta` while that is below `beta`, then the absolute difference."""
    difference = np.abs(self - target)
    return reduced(
        np.where(difference < beta, 0.5 * difference * difference / beta, difference - 0.5 * beta), reduction
    )


def _huber_backward(grad: Any, self: Any, target: Any, reduction: str, delta: float) -> Any:
    difference = self - target
    slope = np.where(abs(difference) < delta, difference, delta * np.sign(difference))
    return spread(grad, reduction, elements_of(self, target)) * slope


@op(
    promotion=COMMON, spaces="nn.functional", adapt=of_one_shape,
    check=not_implemented("huber_cpu", "biuc"),
    self=_huber_backward,
    target=lambda grad, self, target, reduction, delta: -_huber_backward(grad, self, target, reduction, delta),
    batching=batches.reduced,
)  # fmt: skip
def huber_loss(self: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Half the squared difference up to `delta`, beyond it a straight line."""
    if delta <= 0:
        msg = "huber_loss does not support non-positive values for delta."
        raise RuntimeError(msg)
    difference = np.abs(self - target)
    return reduced(
        np.where(difference <= delta, 0.5 * difference * difference, delta * (difference - 0.5 * delta)), reduction
    )


# ---- of probabilities, of which there are as many as targets ----

# Logarithms of probabilities are cut here, as PyTorch's are, so that a wrong certainty costs much and not infinity.
_LEAST_LOG = -100.0


def _check_rates(dtype: Any, operands: list[Any]) -> None:
    require_one_type("Found dtype {1} but expected {0}")(dtype, operands[:2])
    not_implemented("binary_cross_entropy", "biuc")(dtype, operands)


def _check_logits(dtype: Any, operands: list[Any]) -> None:
    not_implemented("log_sigmoid_cpu", "biuc")(operands[0].dtype, operands)


def _bce_backward(grad: Any, self: Any, target: Any, weight: Any, reduction: str) -> Any:
    slope = (self - target) / np.maximum((1 - self) * self, 0 * self + 1e-12)
    return spread(grad, reduction, elements_of(self)) * (slope if weight is None else slope * weight)


def _bce_target_backward(grad: Any, self: Any, target: Any, weight: Any, reduction: str) -> Any:
    slope = np.log((1 - self) / self)
    return spread(grad, reduction, elements_of(self)) * (slope if weight is None else slope * weight)


@op(
    promotion=COMMON, spaces="nn.functional",
    check=_check_rates, self=_bce_backward, target=_bce_target_backward, weight=NOT_DIFFERENTIABLE,
    batching=batches.reduced,
)  # fmt: skip
def binary_cross_entropy(self: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """`-(target log(p) + (1 - target) log(1 - p))` of probabilities p, each logarithm at least -100."""
    if self.size and not bool(((self >= 0) & (self <= 1)).all()):
        msg = "all elements of input should be between 0 and 1"
        raise RuntimeError(msg)
    if self.size and not bool(((target >= 0) & (target <= 1)).all()):
        msg = "all elements of target should be between 0 and 1"
        raise RuntimeError(msg)
    positive, negative = np.maximum(np.log(self), _LEAST_LOG), np.maximum(np.log1p(-self), _LEAST_LOG)
    values = (target - 1) * negative - target * positive
    return reduced(values if weight is None else values * weight, reduction)


def _bce_logits_backward(grad: Any, self: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    if pos_weight is None:
        slope = sigmoid(self) - target
    else:
        positive = pos_weight * target
        slope = (positive + 1 - target) * sigmoid(self) - positive
    return spread(grad, reduction, elements_of(self)) * (slope if weight is None else slope * weight)


def _bce_logits_target_backward(grad: Any, self: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    slope = -self
    if pos_weight is not None:
        negative, positive = -np.logaddexp(0 * self, self), -np.logaddexp(0 * self, -self)
        slope = negative - pos_weight * positive
    return spread(grad, reduction, elements_of(self)) * (slope if weight is None else slope * weight)


@op(
    promotion=COMMON, spaces="nn.functional",
    check=_check_logits, self=_bce_logits_backward, target=_bce_logits_target_backward,
    weight=NOT_DIFFERENTIABLE, pos_weight=NOT_DIFFERENTIABLE,
    batching=batches.reduced,
)  # fmt: skip
def binary_cross_entropy_with_logits(
    self: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean"
) -> Any:
    """`binary_cross_entropy` of `sigmoid(self)`, without overflow."""
    factor = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    values = (1 - target) * self + factor * np.logaddexp(0, -self)
    return reduced(values if weight is None else values * weight, reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """`target * (log(target) - input)`; `log_target` says that the target too is given as a logarithm.

    `reduction` may also be `batchmean`: the sum over the size of the first dimension.
    """
    kinds = [as_numpy_dtype(given.dtype).kind for given in (input, target)]
    if "c" in kinds:
        msg = "kl_div: Complex inputs not supported."
        raise RuntimeError(msg)
    if kinds != ["f", "f"]:
        msg = "kl_div: Integral inputs not supported."
        raise RuntimeError(msg)
    values = np.exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    return values.sum() / input.shape[0] if reduction == "batchmean" else reduced(values, reduction)


# ---- of classes ----


def _class_axis(self: Any) -> int:
    return 0 if len(self.shape) == 1 else 1


def _nll_of_batch(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    self, target, weight, reduction, ignore_index = values
    if dims[2]:
        return NotImplemented
    size = batches.size_of(values, dims)
    self, target = batches.as_batch(self, dims[0], size), batches.as_batch(target, dims[1], size)
    merged = [t.reshape((-1, *t.shape[2:])) if len(self.shape) > 2 else t for t in (self, target)]

    def of_rows(logs: Any) -> Any:
        return run(op, (logs, merged[1], weight, "none", ignore_index)).reshape((size, -1))

    each = of_rows(merged[0])
    if reduction == "none":
        return each.reshape(tuple(target.shape))
    total = each.sum(1)
    return total / of_rows(-np.ones_like(merged[0])).sum(1) if reduction == "mean" else total


@op(
    promotion=AS_GIVEN, spaces="",
    node_name=lambda self, *rest: "NllLoss2DBackward0" if len(self.shape) > 2 else "NllLossBackward0",
    self=lambda grad, self_shape, target, weight, reduction, ignore_index: _nll_scatter(
        grad, self_shape, target, weight, reduction, ignore_index
    ),
    target=NOT_DIFFERENTIABLE, weight=NOT_DIFFERENTIABLE,
    batching=_nll_of_batch,
)  # fmt: skip
def nll_loss_rows(self: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> Any:
    check_reduction(reduction)
    if _are_plain(self, target, weight, ignore_index):
        picked = -self[np.arange(target.size), target]
        if reduction == "none":
            return picked
        total = np.add.reduce(picked)
        return total / target.size if reduction == "mean" else total
    _check_classes(self, target, weight, ignore_index)
    if self.dtype.kind != "f":
        kernel = "nll_loss_out_frame" if self.ndim <= 2 else "nll_loss2d_forward_out_frame"
        msg = f"\"{kernel}\" not implemented for '{scalar_type_name(self.dtype)}'"
        raise NotImplementedError(msg)
    weights, at = _class_weights(target, weight, ignore_index, self.dtype)
    axis = _class_axis(self)
    picked = -np.take_along_axis(self, np.expand_dims(at, axis), axis=axis).squeeze(axis) * weights
    picked = np.where(weights == 0, np.zeros((), self.dtype), picked)
    if reduction == "none":
        return picked
    return picked.sum() / weights.sum() if reduction == "mean" else picked.sum()


@op(
    promotion=AS_GIVEN, spaces="",
    # The transpose of this one is the loss itself.
    grad=lambda grad, target, weight, reduction, ignore_index: nll_loss_rows(
        grad, target, weight, reduction, ignore_index
    ),
    target=NOT_DIFFERENTIABLE, weight=NOT_DIFFERENTIABLE,
)  # fmt: skip
def nll_loss_backward(
    grad: Any, self_shape: tuple[int, ...], target: Any, weight: Any, reduction: str, ignore_index: int
) -> Any:
    result = np.zeros(self_shape, grad.dtype)
    if _are_plain(result, target, weight, ignore_index):
        result[np.arange(target.size), target] = -grad / target.size if reduction == "mean" else -grad
        return result
    weights, at = _class_weights(target, weight, ignore_index, grad.dtype)
    axis = 0 if len(self_shape) == 1 else 1
    share = weights / weights.sum() if reduction == "mean" else weights
    values = np.where(weights == 0, np.zeros((), grad.dtype), -grad * share)
    np.put_along_axis(result, np.expand_dims(at, axis), np.expand_dims(values, axis), axis=axis)
    return result


def _nll_scatter(
    grad: Any, self_shape: tuple[int, ...], target: Any, weight: Any, reduction: str, ignore_index: int
) -> Any:
    return nll_loss_backward(grad, self_shape, target, weight, reduction, ignore_index)


def _are_plain(self: Any, target: Any, weight: Any, ignore_index: int) -> bool:
    # Whether there is one class for each row of a matrix, and each of them is there and counts as much as the others.
    if weight is not None or self.ndim != 2 or target.shape != self.shape[:1] or not target.size:
        return False
    if self.dtype.kind != "f" or target.dtype != np.int64:
        return False
    classes = self.shape[1]
    if 0 <= ignore_index < classes:
        return False
    return bool(np.minimum.reduce(target) >= 0 and np.maximum.reduce(target) < classes)


def _class_weights(target: Any, weight: Any, ignore_index: int, dtype: Any) -> tuple[Any, Any]:
    # The weight of each target (0 where it is ignored), and the classes with a valid one in place of those ignored.
    ignored = target == ignore_index
    at = np.where(ignored, 0, target)
    weights = np.ones(target.shape, dtype) if weight is None else weight[at].astype(dtype)
    return np.where(ignored, np.zeros((), dtype), weights), at


def _check_classes(self: Any, target: Any, weight: Any, ignore_index: int) -> None:
    if target.dtype not in (np.int64, np.uint8):
        msg = f"expected target dtype to be Long or Byte, but got {scalar_type_name(target.dtype)}"
        raise RuntimeError(msg)
    if self.ndim == 0:
        msg = "input tensor should be 1D or 2D"
        raise RuntimeError(msg)
    axis = _class_axis(self)
    expected = self.shape[:axis] + self.shape[axis + 1 :]
    if target.shape != expected:
        if self.ndim == 2 and target.ndim == 1:
            msg = f"Expected input batch_size ({self.shape[0]}) to match target batch_size ({target.shape[0]})."
            raise ValueError(msg)
        if self.ndim <= 2:
            msg = "0D or 1D target tensor expected, multi-target not supported"
        else:
            msg = f"Expected target size {list(expected)}, got {list(target.shape)}"
        raise RuntimeError(msg)
    classes = self.shape[axis]
    if weight is not None and weight.shape != (classes,):
        msg = (
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )
        raise RuntimeError(msg)
    outside = (target != ignore_index) & ((target < 0) | (target >= classes))
    if outside.any():
        msg = f"Target {target[outside].reshape(-1)[0]} is out of bounds."
        raise IndexError(msg)


def cross_entropy(
    input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:  # fmt: skip
    """The cross entropy of the softmax of `input` along its classes, dimension 1 (0 for a single sample).

    `target`: the index of the class of each sample, or a probability for each class. `weight`: one for each class.
    """
    check_reduction(reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        msg = f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}"
        raise RuntimeError(msg)
    axis = _class_axis(input)
    if tuple(input.shape) == tuple(target.shape):
        return _cross_entropy_of_probabilities(input, target, weight, reduction, label_smoothing, axis)
    logs = log_softmax(input, axis)
    loss = nll_loss_rows(logs, target, weight, reduction, ignore_index)
    if not label_smoothing:
        return loss
    # The smoothed part: the same share of every class.
    classes = input.shape[axis]
    ignored = target == ignore_index
    shape = (classes, *(1,) * (len(input.shape) - axis - 1))
    smooth = -(logs if weight is None else logs * weight.reshape(shape)).sum(axis=axis)
    smooth = np.where(ignored, 0, smooth)
    if reduction == "mean":
        if weight is None:
            smooth = smooth.sum() / (~ignored).sum()
        else:
            smooth = smooth.sum() / np.where(ignored, 0, weight[np.where(ignored, 0, target)]).sum()
    elif reduction == "sum":
        smooth = smooth.sum()
    return (1 - label_smoothing) * loss + smooth * (label_smoothing / classes)


def _cross_entropy_of_probabilities(
    input: Any, target: Any, weight: Any, reduction: str, label_smoothing: float, axis: int
) -> Any:
    if target.dtype.kind != "f":
        msg = "Expected floating point type for target with class probabilities, got " + scalar_type_name(
            getattr(target.dtype, "numpy", target.dtype)
        )
        raise RuntimeError(msg)
    classes = input.shape[axis]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    products = log_softmax(input, axis) * target
    if weight is not None:
        products = products * weight.reshape((classes, *(1,) * (len(input.shape) - axis - 1)))
    if reduction == "mean":
        return -products.sum() / max(math.prod(tuple(input.shape)) // classes, 1)
    return -(products.sum() if reduction == "sum" else products.sum(axis=axis))


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """The negative of `input`, log probabilities, at the class of each sample."""
    return nll_loss_rows(input, target, weight, reduction, ignore_index)
