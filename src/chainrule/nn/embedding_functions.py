"""`embedding_bag` of `nn.functional`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from chainrule.ops import embedding_bag as rows
from chainrule.tensor import Tensor, wrap

__all__ = ["embedding_bag"]

_MODES = {"sum": rows.SUM, "mean": rows.MEAN, "max": rows.MAX}


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or maximum of the rows of `weight` that each bag of numbers names.

    Args:
        input: the numbers: a matrix with a bag in each row, or all bags one after another.
        weight: a matrix.
        offsets: where each bag begins, if they come one after another.
        max_norm: scale rows that are used down to this norm at most, in place.
        norm_type: the exponent of that norm.
        scale_grad_by_freq: divide gradients by how often a number occurs in `input`.
        mode: `"sum"`, `"mean"` or `"max"`.
        sparse: not supported: gradients are dense.
        per_sample_weights: by what each row is multiplied, in sums.
        include_last_offset: `offsets` ends with where the last bag ends.
        padding_idx: a number that does not count.

    >>> embedding_bag(torch.tensor([[0, 1], [1, 1]]), torch.eye(2))
    tensor([[0.5000, 0.5000],
            [0.0000, 1.0000]])
    """
    if weight._array.dtype == np.int64 and input._array.dtype.kind == "f":
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is "
            "deprecated, and should now be `embedding_bag(input, weight, ...)`.",
            stacklevel=2,
        )
        weight, input = input, weight
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        count, length = input.shape
        offsets, include_last_offset = wrap(np.arange(count) * length), False
        input = input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    elif input.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    elif offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    elif offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if mode not in _MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
            f"(got mode='{mode}'). Please open a feature request on GitHub."
        )
    if max_norm is not None:
        rows.embedding_renorm_(weight, input, max_norm, norm_type)
    return rows.bagged(
        weight, input, offsets, scale_grad_by_freq, _MODES[mode], sparse, per_sample_weights, include_last_offset,
        padding_idx,
    )[0]  # fmt: skip
