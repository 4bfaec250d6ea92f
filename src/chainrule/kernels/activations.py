"""Activations of neural networks that take more than one or two of NumPy's functions, and their derivatives.

They are plain expressions of functions that NumPy computes for many numbers at once, so that large arrays can be worked
on block by block. SciPy's are exact in double precision, and take ten times as long in single.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.kernels.selection import select
from chainrule.kernels.special import special

__all__ = ["gelu", "gelu_derivative", "gelu_tanh", "gelu_tanh_derivative", "softplus"]

_ROOT_2_PI = math.sqrt(2 * math.pi)
_ROOT_2_BY_PI = math.sqrt(2 / math.pi)


def _normal_cdf(x: Any) -> Any:
    # The normal distribution function.
    if x.dtype == np.float16:  # too few digits to compute with
        return _normal_cdf(x.astype(np.float32)).astype(np.float16)
    if x.dtype != np.float32:
        return special("ndtr")(x)
    # Half its log odds, whose tanh it is, as x times a continued fraction in x squared: minimax to 1.5e-9 on [0, 5.8],
    # and on from there towards a straight line. Beyond that the tanh is 1.
    square = x * x
    fraction = 133.02583 + square - 22.156947 / (square - 24.146285 + 1097.6748 / (square + 37.481998))
    return (np.tanh((4.7497648 - 508.66384 / fraction) * x) + 1) * 0.5


def gelu(x: Any) -> Any:
    """Return `x` times the normal distribution function at `x`.

    >>> gelu(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.1587,  0.    ,  0.8413])
    """
    return _normal_cdf(x) * x


def gelu_derivative(x: Any) -> Any:
    """Return the derivative of `gelu` at `x`."""
    # e to a power is 2 to one: that takes half as long.
    density = np.exp2(x * x * (-0.5 / math.log(2))) * (1 / _ROOT_2_PI)
    return density * x + _normal_cdf(x)


def gelu_tanh(x: Any) -> Any:
    """Return the approximation of `gelu` by tanh.

    >>> gelu_tanh(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.1588,  0.    ,  0.8412])
    """
    return (_tanh_of_cubic(x, x * x) + 1) * x * 0.5


def gelu_tanh_derivative(x: Any) -> Any:
    """Return the derivative of `gelu_tanh` at `x`."""
    square = x * x
    tanh = _tanh_of_cubic(x, square)
    slope = square * (3 * 0.044715 * _ROOT_2_BY_PI) + _ROOT_2_BY_PI
    return ((1 - tanh * tanh) * slope * x + tanh + 1) * 0.5


def _tanh_of_cubic(x: Any, square: Any) -> Any:
    return np.tanh((square * (0.044715 * _ROOT_2_BY_PI) + _ROOT_2_BY_PI) * x)


def softplus(x: Any) -> Any:
    """Return `log(1 + exp(x))`, without overflow.

    >>> softplus(np.array([-1000.0, 0.0, 1000.0])).round(4).tolist()
    [0.0, 0.6931, 1000.0]
    """
    return np.log1p(np.exp(-np.abs(x))) + select(x > 0, x, 0)
