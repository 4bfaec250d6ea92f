"""Losses with a margin: what is right by more than the margin costs nothing. Of classes, of pairs and of triplets."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import AS_GIVEN, COMMON, NOT_DIFFERENTIABLE, op
from chainrule.ops.activations import sigmoid
from chainrule.ops.arithmetic import clamp_min, minimum
from chainrule.ops.distances import pairwise_distance
from chainrule.ops.losses import check_reduction, elements_of, reduced, spread
from chainrule.ops.refusals import not_implemented

# ---- of one of several classes ----


def _require_scores(self: Any) -> None:
    if self.ndim > 2 or (self.ndim and not self.shape[-1]):
        msg = f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(self.shape)}"
        raise RuntimeError(msg)


def _require_type(kernel: str, self: Any) -> None:
    if self.dtype.kind != "f" or self.dtype == np.float16:
        msg = f"\"{kernel}\" not implemented for '{scalar_type_name(self.dtype)}'"
        raise NotImplementedError(msg)


def _require_scalar_type(wanted: Any, found: Any) -> None:
    if found != wanted:
        msg = f"expected scalar type {scalar_type_name(np.dtype(wanted))} but found {scalar_type_name(found)}"
        raise RuntimeError(msg)


def _reduced(values: Any, reduction: str) -> Any:
    # The mean of nothing is 0 here, as PyTorch has it.
    return reduced(values, "sum" if reduction == "mean" and not values.size else reduction)


def _own_class(target: Any, classes: int) -> Any:
    # For each sample, which of the classes is its own.
    return np.asarray(target)[..., None] == np.arange(classes)


def _margins(self: Any, own: Any, margin: float) -> Any:
    # How much each class is too close to the sample's own.
    at_own = np.where(own, self, 0).sum(axis=-1, keepdims=True)
    return np.where(own, 0, np.maximum(margin - at_own + self, 0))


def _class_weights(target: Any, weight: Any) -> Any:
    return 1 if weight is None else np.asarray(weight)[np.asarray(target)][..., None]


def _multi_margin_backward(
    grad: Any, self: Any, target: Any, p: float, margin: float, weight: Any, reduction: str
) -> Any:
    shape, target = tuple(self.shape), np.asarray(target)
    classes = shape[-1] if shape else 1
    scores = self.reshape((*target.shape, classes))
    own = _own_class(target, classes)
    margins = _margins(scores, own, margin)
    slopes = np.where(margins > 0, 1, 0).astype(grad.dtype) if p == 1 else 2 * margins
    slopes = slopes * (_class_weights(target, weight) / classes)
    slopes = np.where(own, -slopes.sum(axis=-1, keepdims=True), slopes)
    grad = spread(grad, reduction, max(target.size, 1))
    if reduction == "none":
        grad = grad.reshape((*target.shape, 1))
    return (grad * slopes).reshape(shape)


@op(
    promotion=AS_GIVEN, spaces="", self=_multi_margin_backward, target=NOT_DIFFERENTIABLE, weight=NOT_DIFFERENTIABLE,
)  # fmt: skip
def multi_margin_loss(
    self: Any, target: Any, p: float = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
) -> Any:
    """The `p`-th powers of how much every other class comes within the margin of the right one."""
    check_reduction(reduction)
    _require_scores(self)
    samples = self.shape[0] if self.ndim == 2 else 1
    if target.ndim > 1 or target.size != samples:
        msg = (
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples "
            f"(batch size). Expected target size [{samples}], but got {list(target.shape)}. "
            f"Input has shape {list(self.shape)}."
        )
        raise RuntimeError(msg)
    scores = self.reshape((-1,)) if self.ndim == 0 else self
    classes = scores.shape[-1]
    if weight is not None and weight.shape != (classes,):
        msg = f"inconsistent weight size, expected {classes} but got {list(weight.shape)}"
        raise RuntimeError(msg)
    _require_type("multi_margin_loss_cpu_kernel", self)
    _require_scalar_type(np.int64, target.dtype)
    if weight is not None:
        _require_scalar_type(self.dtype, weight.dtype)
    if target.size and (target.min() < 0 or target.max() >= classes):
        msg = "target out of range"
        raise RuntimeError(msg)
    scores = scores.reshape((*target.shape, classes))
    margins = _margins(scores, _own_class(target, classes), margin)
    powers = margins if p == 1 else margins * margins
    values = (powers * _class_weights(target, weight)).sum(axis=-1) / classes
    return _reduced(np.asarray(values, self.dtype), reduction)


def _labels(target: Any, classes: int) -> tuple[Any, Any, Any]:
    # The labels of each sample (those before the first -1), which of them count, and for each class whether it is one.
    target = np.asarray(target)
    counts = np.logical_and.accumulate(target >= 0, axis=-1)
    most = int(counts.sum(axis=-1).max(initial=0))
    labels, counts = np.where(counts, target, 0)[..., :most], counts[..., :most]
    is_label = ((labels[..., None] == np.arange(classes)) & counts[..., None]).any(axis=-2)
    return labels, counts, is_label


def _label_margins(self: Any, labels: Any, counts: Any, is_label: Any) -> Any:
    # By how much each other class is too close to each label: (samples, labels, classes).
    rows = np.arange(labels.shape[0])[:, None]
    margins = 1 - self[rows, labels][..., None] + self[:, None, :]
    return np.where(counts[..., None] & ~is_label[:, None, :], np.maximum(margins, 0), 0)


def _multilabel_margin_backward(grad: Any, self: Any, target: Any, reduction: str) -> Any:
    shape = tuple(self.shape)
    classes = shape[-1] if shape else 1
    # The slopes do not change with the scores.
    scores = (self if isinstance(self, np.ndarray) else self._array).reshape((-1, classes))
    labels, counts, is_label = _labels(np.asarray(target).reshape((-1, classes)), classes)
    slopes = (_label_margins(scores, labels, counts, is_label) > 0) / classes
    own = -slopes.sum(axis=-1)
    slopes = slopes.sum(axis=1)
    np.add.at(slopes, (np.arange(len(labels))[:, None], labels), np.where(counts, own, 0))
    grad = spread(grad, reduction, max(len(labels), 1))
    if reduction == "none":
        grad = grad.reshape((-1, 1))
    return (grad * slopes.astype(scores.dtype)).reshape(shape)


@op(
    promotion=AS_GIVEN, spaces="", self=_multilabel_margin_backward, target=NOT_DIFFERENTIABLE,
)  # fmt: skip
def multilabel_margin_loss(self: Any, target: Any, reduction: str = "mean") -> Any:
    """How much every other class comes within 1 of each of the right ones, which stand in `target` before a -1."""
    check_reduction(reduction)
    _require_scores(self)
    if target.shape != self.shape:
        msg = f"inconsistent target size: {list(target.shape)} for input of size: {list(self.shape)}"
        raise RuntimeError(msg)
    _require_type("multilabel_margin_loss_forward_out_frame", self)
    _require_scalar_type(np.int64, target.dtype)
    classes = self.shape[-1] if self.ndim else 1
    if target.size and (target.min() < -1 or target.max() >= classes):
        msg = "argument #2 'target' is out of range"
        raise RuntimeError(msg)
    scores, targets = self.reshape((-1, classes)), target.reshape((-1, classes))
    values = _label_margins(scores, *_labels(targets, classes)).sum(axis=(-2, -1)) / classes
    values = values.astype(self.dtype)
    return _reduced(values if self.ndim == 2 else values.reshape(()), reduction)


# ---- of two classes, 1 and -1 ----


def _soft_margin_backward(grad: Any, self: Any, target: Any, reduction: str) -> Any:
    return spread(grad, reduction, elements_of(self, target)) * (-target * sigmoid(-target * self))


@op(
    promotion=COMMON, spaces="", check=not_implemented("soft_margin_loss", "biuc"),
    self=_soft_margin_backward,
    target=lambda grad, self, target, reduction: _soft_margin_backward(grad, target, self, reduction),
    batching=batches.reduced,
)  # fmt: skip
def soft_margin_loss(self: Any, target: Any, reduction: str = "mean") -> Any:
    """`log(1 + exp(-target * self))`, without overflow."""
    return reduced(np.logaddexp(0, -target * self), reduction)


# ---- of pairs and triplets ----


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float, reduction: str) -> Any:
    """How much `input1` falls short of being the margin above `input2` where `target` is 1, below where it is -1."""
    return reduced(clamp_min(-target * (input1 - input2) + margin, 0), reduction)


def hinge_embedding_loss(input: Any, target: Any, margin: float, reduction: str) -> Any:
    """A distance where `target` is 1; what it falls short of the margin where `target` is -1."""
    apart = np.where(target != 1, clamp_min(margin - input, 0), 0)
    return reduced(apart + np.where(target != -1, input, 0), reduction)


# What is added to the squares of norms.
_LEAST_SQUARE = 1e-12


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float, reduction: str) -> Any:
    """1 less the cosine between vectors where `target` is 1; how much it is above the margin where `target` is -1."""
    rank = len(target.shape)
    if rank > 1:
        msg = "0D or 1D target tensor expected, multi-target not supported"
        raise RuntimeError(msg)
    if len(input1.shape) != rank + 1 or len(input2.shape) != rank + 1:
        sizes = f"{list(input1.shape)} and {list(input2.shape)}."
        msg = f"{rank}D target tensor expects {rank + 1}D input tensors, but found inputs with sizes {sizes}"
        raise RuntimeError(msg)
    squares = [(x * x).sum(axis=rank) + _LEAST_SQUARE for x in (input1, input2)]
    cosine = (input1 * input2).sum(axis=rank) / np.sqrt(squares[0] * squares[1])
    alike = np.where(target == 1, 1 - cosine, 0)
    return reduced(alike + np.where(target == -1, clamp_min(cosine - margin, 0), 0), reduction)


def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float, p: float, eps: float, swap: bool, reduction: str
) -> Any:
    """How much `negative` is less than the margin farther from `anchor` than `positive` is."""
    ranks = [len(x.shape) for x in (anchor, positive, negative)]
    if len(set(ranks)) > 1:
        msg = (
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            "anchor {}D, positive {}D, and negative {}D inputs"
        )
        raise RuntimeError(msg.format(*ranks))
    near, far = (pairwise_distance(anchor, x, p, eps) for x in (positive, negative))
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced(clamp_min(margin + near - far, 0), reduction)
