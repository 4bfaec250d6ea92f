"""Windows: weights that fade out towards the ends of a piece of a signal.

Each is computed in PyTorch's steps, so that its rounding is PyTorch's. `torch.signal.windows` has more of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import c_type_name, default_float
from chainrule.layouts import strided
from chainrule.ops.creation import arange
from chainrule.ops.factory_arguments import checked_options, finished, integer_from, number_from, require_differentiable

__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"]


def _window(
    function: str,
    window_length: Any,
    periodic: Any,
    weights: Callable[[Any, int], Any],
    dtype: Any,
    layout: Any,
    device: Any,
    pin_memory: bool,
    requires_grad: bool,
) -> Any:
    # `weights` gives them for the numbers from 0 on, the last of which is its second argument.
    length = integer_from(function, "window_length", 1, window_length)
    numpy_dtype = checked_options(dtype, layout or strided, device, pin_memory) or default_float()
    if not isinstance(periodic, bool):
        raise TypeError(f"{function}(): argument 'periodic' (position 2) must be bool, not {type(periodic).__name__}")
    if numpy_dtype.kind not in "fc":
        raise RuntimeError(
            f"{function} expects floating point dtypes, got: TensorOptions(dtype={c_type_name(numpy_dtype)}, "
            "device=cpu, layout=Strided (default), requires_grad=false (default), pinned_memory=false, "
            "memory_format=(nullopt))"
        )
    if length < 0:
        raise RuntimeError(f"{function} requires non-negative window_length, got window_length={length}")
    require_differentiable(numpy_dtype, requires_grad)
    if length < 2:
        return finished(np.ones(length, numpy_dtype), requires_grad)
    # A periodic window is a symmetric one without its last number.
    last = length if periodic else length - 1
    array = weights(arange(last + 1, dtype=numpy_dtype.type), last)._array
    return finished(array[:length].astype(numpy_dtype, copy=False), requires_grad)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Weights that rise from 0 to 1 and fall again in straight lines.

    `periodic`: without the 0 at the end, for a piece that is followed by itself.

    >>> torch.bartlett_window(5, periodic=False)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """

    def weights(k: Any, last: int) -> Any:
        k.mul_(2.0 / last)
        k[last // 2 + 1 :].mul_(-1).add_(2)
        return k

    options = (dtype, layout, device, pin_memory, requires_grad)
    return _window("bartlett_window", window_length, periodic, weights, *options)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Weights `0.42 - 0.5 cos(x) + 0.08 cos(2 x)`, where `x` goes round once.

    >>> torch.blackman_window(6)[1:]
    tensor([0.1300, 0.6300, 1.0000, 0.6300, 0.1300])
    """

    def weights(k: Any, last: int) -> Any:
        k.mul_(math.pi / last)
        return k.mul(4).cos_().mul_(0.08) - k.mul(2).cos_().mul_(0.5) + 0.42

    options = (dtype, layout, device, pin_memory, requires_grad)
    return _window("blackman_window", window_length, periodic, weights, *options)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Weights `alpha - beta cos(x)`, where `x` goes round once.

    >>> torch.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    options = (dtype, layout, device, pin_memory, requires_grad)
    return _window("hamming_window", window_length, periodic, _cosine("hamming_window", alpha, beta), *options)


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Weights `0.5 - 0.5 cos(x)`, where `x` goes round once.

    >>> torch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    options = (dtype, layout, device, pin_memory, requires_grad)
    return _window("hann_window", window_length, periodic, _cosine("hann_window", 0.5, 0.5), *options)


def _cosine(function: str, alpha: Any, beta: Any) -> Callable[[Any, int], Any]:
    alpha, beta = number_from(function, "alpha", 3, alpha), number_from(function, "beta", 4, beta)
    return lambda k, last: k.mul_(math.pi * 2.0 / last).cos_().mul_(-beta).add_(alpha)


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Weights `i0(beta sqrt(1 - x**2)) / i0(beta)`, where `x` goes from -1 to 1; `i0` is a Bessel function.

    >>> torch.kaiser_window(4, beta=2.0)
    tensor([0.4387, 0.8348, 1.0000, 0.8348])
    """
    beta = number_from("kaiser_window", "beta", 3, beta)

    def weights(k: Any, last: int) -> Any:
        k = k.float() if k.element_size() == 2 else k  # PyTorch rounds half precision once
        x = (k - last / 2.0) / (last / 2.0)
        return (x.square().neg_().add_(1).sqrt_() * beta).i0() / k.new_tensor(beta).i0()

    options = (dtype, layout, device, pin_memory, requires_grad)
    return _window("kaiser_window", window_length, periodic, weights, *options)
