"""Losses that are negative logarithms of likelihoods: of counts, and of numbers with their variances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.ops.activations import logsigmoid
from chainrule.ops.losses import reduced


def poisson_nll_loss(input: Any, target: Any, log_input: bool, full: bool, eps: float, reduction: str) -> Any:
    """Of counts `target` that are expected to be `input`, or `exp(input)` where that is given as a logarithm.

    `full`: with Stirling's approximation of the logarithm of the count's factorial.
    """
    loss = np.exp(input) - target * input if log_input else input - target * np.log(input + eps)
    if full:
        few = target <= 1
        # Where there are none, what is not counted has no logarithm.
        counts = np.where(few, 1, target)
        stirling = counts * np.log(counts) - counts + 0.5 * np.log(2 * math.pi * counts)
        loss = loss + np.where(few, 0, stirling)
    return reduced(loss, reduction)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool, eps: float, reduction: str) -> Any:
    """Of normal numbers `target` with means `input` and variances `var`, which count as `eps` at least."""
    var = var.clone()
    # The gradient is that of the variance, also where eps takes its place.
    with no_grad():
        var.clamp_min_(eps)
    difference = input - target
    loss = 0.5 * (np.log(var) + difference * difference / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any, reduction: str) -> Any:
    """The mean over classes of the cross entropy of `sigmoid(input)` against `target`, both of the same shape."""
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduced(loss.sum(axis=-1) / input.shape[-1], reduction)
