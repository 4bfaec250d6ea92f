"""The losses of `nn.functional` that are negative logarithms of likelihoods; PyTorch's arguments and older names."""

from __future__ import annotations

import math
import warnings
from typing import Any

from chainrule.nn.loss_functions import cross_entropy, reduction_of
from chainrule.ops import ctc, likelihood_losses, losses, neural
from chainrule.ops.creation import full_like
from chainrule.tensor import Tensor

__all__ = [
    "ctc_loss",
    "gaussian_nll_loss",
    "linear_cross_entropy",
    "multilabel_soft_margin_loss",
    "poisson_nll_loss",
]


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The negative log likelihood of counts `target` that are Poisson, without what depends on them alone.

    - `log_input`: `input` is the logarithm of what is expected; else the expectation, to which `eps` is added.
    - `full`: add Stirling's approximation of what depends on the count alone, for counts above 1.

    >>> poisson_nll_loss(torch.tensor([0.0]), torch.tensor([3.0]))
    tensor(1.)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    losses.check_reduction(reduction)
    return likelihood_losses.poisson_nll_loss(input, target, log_input, full, eps, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """The negative log likelihood of normal numbers `target` with means `input` and variances `var`.

    - `var`: of the shape of `input`, or with 1 in place of the last size, or without it; or one for all.
    - `full`: add the constant. `eps`: variances count as this at least.

    >>> gaussian_nll_loss(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([4.0]))
    tensor(1.1931)
    """
    if isinstance(var, float):
        var = full_like(input, var)
    if not isinstance(var, Tensor):
        raise TypeError(f"gaussian_nll_loss(): argument 'var' must be Tensor or float, not {type(var).__name__}")
    if (var._array < 0).any():
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        else:
            unlike = [b for a, b in zip(input.shape, var.shape, strict=False) if a != b]
            if input.ndim != var.ndim or sum(unlike) != 1:
                raise ValueError("var is of incorrect size")
    if reduction not in {"none", "mean", "sum"}:
        raise ValueError(reduction + " is not valid")
    return likelihood_losses.gaussian_nll_loss(input, target, var, full, eps, reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The mean over classes (the last dimension) of the cross entropy of `sigmoid(input)` against `target`.

    >>> multilabel_soft_margin_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if reduction not in {"none", "mean", "sum"}:
        raise ValueError(reduction + " is not valid")
    if not input.ndim:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    return likelihood_losses.multilabel_soft_margin_loss(input, target, weight, reduction)


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """How unlikely the targets are to be read from `log_probs`: connectionist temporal classification.

    - `log_probs`: the logarithms of the classes' probabilities, (times, batch, classes) or (times, classes).
    - `targets`: classes, (batch, length), or all one after another.
    - `input_lengths`, `target_lengths`: how many times and classes each sequence has; tensors or tuples.
    - `blank`: the class that is read as nothing.
    - `reduction`: `"mean"` divides each loss by the length of its target, then takes the mean.
    - `zero_infinity`: 0 where no reading is possible, in place of infinity.

    >>> ctc_loss(torch.full((2, 1, 2), 0.5).log(), torch.tensor([[1]]), (2,), (1,))
    tensor(0.2877)
    """
    return ctc.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """`cross_entropy(linear(input, linear_weight, linear_bias), target)`.

    - `input`: (batch, features) or (features,); `linear_weight`: (classes, ..., features).
    - `options`: how PyTorch would cut the batch, which changes no value: not needed here, and ignored with a warning.

    >>> linear_cross_entropy(torch.zeros(3, 4), torch.zeros(10, 4), torch.tensor([1, 2, 3]))
    tensor(2.3026)
    """
    if not 1 <= input.ndim <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    features, classes, places = input.shape[-1], linear_weight.shape[0], tuple(linear_weight.shape[1:-1])
    if features != linear_weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{features} and {linear_weight.shape[-1]}, respectively"
        )
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *places):
        raise RuntimeError(f"expected linear_bias shape {(classes, *places)}, got {tuple(linear_bias.shape)}")
    if places and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*input.shape[:-1], classes, *places)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if options is not None:
        warnings.warn("linear_cross_entropy: ``options`` ignored; the batch is not cut here", stacklevel=2)
    rows = math.prod(places) * classes
    if places:
        linear_weight = linear_weight.reshape(rows, features)
        linear_bias = None if linear_bias is None else linear_bias.reshape(rows)
    logits = neural.linear(input, linear_weight, linear_bias).reshape(shape)
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(
        logits, target, weight, ignore_index=ignored, reduction=reduction, label_smoothing=label_smoothing
    )
