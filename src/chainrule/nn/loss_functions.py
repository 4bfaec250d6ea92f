"""The losses of `nn.functional`: rows of the table, with PyTorch's arguments and their older names."""

from __future__ import annotations

import warnings
from typing import Any

from chainrule.ops import losses
from chainrule.tensor import Tensor

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
]


def reduction_of(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that `size_average` and `reduce`, its old names, ask for; with neither, `reduction` itself.

    >>> reduction_of(None, None, "sum")
    'sum'
    """
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=3,
        )
    elif reduction == "elementwise_mean":
        reduction = "mean"
        warnings.warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=3)
    return reduction


def _warn_of_sizes(input: Tensor, target: Tensor) -> None:
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=3,
        )


def _weighted(values: Any, weight: Tensor, input: Tensor, reduction: str) -> Any:
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    values = values * weight
    if reduction == "none":
        return values
    losses.check_reduction(reduction)
    return values.sum() if reduction == "sum" else values.sum() / weight.sum()


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Any:
    """The mean of `|input - target|`, or their sum, or each of them; as weighted by `weight`.

    >>> l1_loss(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0]))
    tensor(1.5000)
    """
    _warn_of_sizes(input, target)
    reduction = reduction_of(size_average, reduce, reduction)
    if weight is None:
        return losses.l1_loss(input, target, reduction)
    return _weighted(losses.l1_loss(input, target, "none"), weight, input, reduction)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Any:
    """The mean of `(input - target) ** 2`, or their sum, or each of them; as weighted by `weight`.

    >>> mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0]))
    tensor(2.5000)
    """
    _warn_of_sizes(input, target)
    reduction = reduction_of(size_average, reduce, reduction)
    if weight is None:
        return losses.mse_loss(input, target, reduction)
    return _weighted(losses.mse_loss(input, target, "none"), weight, input, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """The mean of `|d|` of the differences `d`, but of `d ** 2 / (2 * beta)`, shifted to meet it, below `beta`.

    >>> smooth_l1_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.5, 4.0]))
    tensor(0.8125)
    """
    _warn_of_sizes(input, target)
    reduction = reduction_of(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return losses.l1_loss(input, target, reduction)
    return losses.smooth_l1_loss(input, target, reduction, beta)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Any:
    """The mean of `d ** 2 / 2` of the differences `d`, but of `delta * (|d| - delta / 2)` above `delta`.

    >>> huber_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.5, 4.0]))
    tensor(0.8125)
    """
    _warn_of_sizes(input, target)
    reduction = reduction_of(None, None, reduction)
    if weight is None:
        return losses.huber_loss(input, target, reduction, delta)
    values = _weighted(losses.huber_loss(input, target, "none", delta), weight, input, "none")
    # Unlike the other two, this one's mean is not by the sum of the weights.
    return values.mean() if reduction == "mean" else values.sum() if reduction == "sum" else values


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """How far the distribution with logarithms `input` is from `target`; `reduction="batchmean"` for the divergence.

    >>> kl_div(torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.5, 0.5]]), reduction="batchmean")
    tensor(0.)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    return losses.kl_div(input, target, reduction, log_target)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The cross entropy of probabilities `input` against `target`, both between 0 and 1.

    >>> binary_cross_entropy(torch.tensor([0.5, 0.5]), torch.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    return losses.binary_cross_entropy(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Any:
    """The cross entropy of `sigmoid(input)` against `target`, computed without overflow.

    >>> binary_cross_entropy_with_logits(torch.tensor([0.0, 0.0]), torch.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return losses.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """Minus the logarithm that `input`, of shape `(N, C, ...)` or `(C,)`, holds for the right class.

    >>> nll_loss(torch.tensor([[-0.5, -1.0]]), torch.tensor([1]))
    tensor(1.)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return losses.nll_loss(input, target, weight, ignore_index, reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross entropy of `softmax(input)`, of shape `(N, C, ...)` or `(C,)`, against classes or probabilities.

    >>> cross_entropy(torch.zeros(3, 10), torch.tensor([1, 2, 3]))
    tensor(2.3026)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return losses.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)
