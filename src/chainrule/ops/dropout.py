"""Dropout: numbers zeroed at random, one by one or by channels, the others scaled up so that means stay; and `rrelu`.

The alpha kinds keep the variance too, for networks of scaled exponential units: they set numbers to the value that
these have far on the negative side, then scale and shift all. (Klambauer et al., Self-normalizing neural networks,
2017.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine.batching import drawn
from chainrule.engine.inplace import call_inplace
from chainrule.engine.op import COMMON, ELEMENTWISE, NOT_DIFFERENTIABLE, TABLE, op
from chainrule.engine.tensor_base import new_tensor
from chainrule.kernels.random_stream import RandomStream, fill_in_memory_order
from chainrule.kernels.selection import select
from chainrule.ops import sampling
from chainrule.ops.activations import SELU_ALPHA, SELU_SCALE
from chainrule.ops.copies import clone
from chainrule.ops.refusals import not_implemented

__all__ = [
    "alpha_dropout", "alpha_dropout_", "dropout", "dropout_", "feature_alpha_dropout", "feature_alpha_dropout_",
    "feature_dropout", "feature_dropout_", "native_dropout", "rrelu", "rrelu_",
]  # fmt: skip

# ---- dropout ----

# What is far on the negative side of a scaled exponential unit, without its sign.
_LOWEST = SELU_ALPHA * SELU_SCALE


def _kept(shape: Any, like: Any, p: float) -> Any:
    # Ones where something is kept, with probability 1 - p, and zeros; drawn in the order of memory.
    alike = shape is None and isinstance(like, np.ndarray)
    kept = np.empty_like(like) if alike else np.empty(like.shape if shape is None else shape, like.dtype)
    fill_in_memory_order(kept, sampling.bernoulli_values(kept, 1 - p, sampling.stream_of(None)))
    return kept


def _dropped(input: Any, p: float, train: bool, *, channels: bool, alpha: bool, inplace: bool) -> Any:
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    array = input._array
    if p == 0 or not train or not array.size:
        return input
    if p == 1:
        noise = new_tensor(np.zeros((), array.dtype))
        return input.mul_(noise) if inplace else input * noise
    shape = None
    if channels:
        if array.ndim < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        shape = (*array.shape[:2], *(1,) * (array.ndim - 2))
    if array.dtype.kind not in "fc":
        kind = scalar_type_name(array.dtype)
        raise RuntimeError(f"result type Float can't be cast to the desired output type {kind}")
    if not alpha:

        def noise_of_entry() -> Any:
            noise = _kept(shape, array, p)
            noise /= 1 - p
            return new_tensor(noise)

        noise = drawn(noise_of_entry)
        return input.mul_(noise) if inplace else input * noise
    scale = 1 / math.sqrt((_LOWEST**2 * p + 1) * (1 - p))
    kept = drawn(lambda: new_tensor(_kept(shape, array, p)))
    shift = (kept - 1) * (_LOWEST * scale) + _LOWEST * scale * p
    scaled = input.mul_(kept * scale) if inplace else input * (kept * scale)
    return scaled.add_(shift) if inplace else scaled + shift


def dropout(input: Any, p: float, train: bool) -> Any:
    """Zero each number with probability `p` and divide the others by `1 - p`; the input itself unless `train`.

    >>> torch.dropout(torch.ones(3), 0.5, train=False)
    tensor([1., 1., 1.])
    """
    return _dropped(input, p, train, channels=False, alpha=False, inplace=False)


def dropout_(input: Any, p: float, train: bool) -> Any:
    """`dropout` in place.

    >>> torch.dropout_(torch.ones(3), 1.0, train=True)
    tensor([0., 0., 0.])
    """
    return _dropped(input, p, train, channels=False, alpha=False, inplace=True)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """`dropout` of whole channels: of all numbers that share the first two indices.

    >>> torch.feature_dropout(torch.ones(2, 3), 0.5, train=False).sum()
    tensor(6.)
    """
    return _dropped(input, p, train, channels=True, alpha=False, inplace=False)


def feature_dropout_(input: Any, p: float, train: bool) -> Any:
    """`feature_dropout` in place.

    >>> torch.feature_dropout_(torch.ones(1, 3), 1.0, train=True)
    tensor([[0., 0., 0.]])
    """
    return _dropped(input, p, train, channels=True, alpha=False, inplace=True)


def alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """Dropout that keeps mean 0 and variance 1: numbers are set to a negative value, then all scaled and shifted.

    >>> torch.alpha_dropout(torch.ones(3), 0.5, train=False)
    tensor([1., 1., 1.])
    """
    return _dropped(input, p, train, channels=False, alpha=True, inplace=False)


def alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """`alpha_dropout` in place.

    >>> torch.alpha_dropout_(torch.ones(3), 0.0, train=True)
    tensor([1., 1., 1.])
    """
    return _dropped(input, p, train, channels=False, alpha=True, inplace=True)


def feature_alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`alpha_dropout` of whole channels.

    >>> torch.feature_alpha_dropout(torch.ones(2, 3), 0.5, train=False).sum()
    tensor(6.)
    """
    return _dropped(input, p, train, channels=True, alpha=True, inplace=False)


def feature_alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """`feature_alpha_dropout` in place.

    >>> torch.feature_alpha_dropout_(torch.ones(1, 3), 0.0, train=True)
    tensor([[1., 1., 1.]])
    """
    return _dropped(input, p, train, channels=True, alpha=True, inplace=True)


def native_dropout(input: Any, p: float, train: bool | None) -> tuple[Any, Any]:
    """`dropout`, and which numbers were kept; `train=None` counts as True.

    >>> torch.native_dropout(torch.ones(2), 0.0, train=True)
    (tensor([1., 1.]), tensor([True, True]))
    """
    array = input._array
    if train is False:
        return clone(input), new_tensor(np.ones(array.shape, bool))
    kept = _kept(array.shape, np.empty(0, bool), p)
    scale = 0.0 if p == 1 else 1 / (1 - p)
    return input * new_tensor(kept.astype(array.dtype) * array.dtype.type(scale)), new_tensor(kept)


# ---- randomized leaky units ----


@op(
    kind=ELEMENTWISE, promotion=COMMON, inplace=True, spaces="", check=not_implemented("leaky_relu_cpu", "biuc"),
    self=lambda grad, self, slopes: select(self <= 0, grad * slopes, grad), slopes=NOT_DIFFERENTIABLE,
)  # fmt: skip
def rrelu_with_noise(self: Any, slopes: Any) -> Any:
    """`x` where positive, else `slopes * x`."""
    return select(self <= 0, self * slopes, self)


def _slopes(array: Any, lower: float, upper: float, training: bool, generator: Any) -> Any:
    stream: RandomStream = sampling.stream_of(generator)
    for name, bound in (("lower", lower), ("upper", upper)):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu: {name} bound must be finite, got {bound:g}")
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training or array.dtype.kind != "f":
        return (lower + upper) / 2
    # One is drawn for each number that is not positive, and for no other.
    leaking = array <= 0
    slopes = np.ones(array.shape, array.dtype)
    slopes[leaking] = stream.uniform(int(leaking.sum()), np.dtype(np.float64), lower, upper)
    return new_tensor(slopes)


def rrelu(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None) -> Any:
    """`x` where positive, else a slope times it: in training one drawn from `[lower, upper]`, else the middle of it.

    >>> torch.rrelu(torch.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    return rrelu_with_noise(input, _slopes(input._array, lower, upper, training, generator))


def rrelu_(
    input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
) -> Any:
    """`rrelu` in place.

    >>> torch.rrelu_(torch.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    slopes = _slopes(input._array, lower, upper, training, generator)
    return call_inplace(TABLE["rrelu_with_noise"], (input, slopes))
