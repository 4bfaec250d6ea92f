"""Windows for the spectra of signals and for filters, as `torch.signal.windows` has them.

`M` is how many numbers a window has. With `sym=False` it is periodic: one more would be its first again. The largest
weight is 1, unless `M` is even and the window symmetric, which has none in the middle then.

With `requires_grad` the numbers that a window is computed from require grad, as in PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from chainrule.dtypes import float32, float64, get_default_dtype
from chainrule.layouts import strided
from chainrule.ops.creation import arange, empty, linspace, ones
from chainrule.ops.from_data import tensor

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming", "hann",
    "kaiser", "nuttall",
]  # fmt: skip


def _checked(function: str, M: int, dtype: Any, layout: Any, device: Any, requires_grad: bool) -> dict[str, Any]:
    # The options of the tensors that a window is made of.
    dtype = get_default_dtype() if dtype is None else dtype
    if M < 0:
        raise ValueError(f"{function} requires non-negative window length, got M={M}")
    if layout is not strided:
        raise ValueError(f"{function} is implemented for strided tensors only, got: {layout}")
    if dtype not in {float32, float64}:
        raise ValueError(f"{function} expects float32 or float64 dtypes, got: {dtype}")
    return {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}


def _places(M: int, start: float, step: float, options: dict[str, Any]) -> Any:
    return linspace(start, start + (M - 1) * step, M, **options)


def exponential(
    M: int,
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights `exp(-|k - center| / tau)`, also called Poisson's. Only one that is not symmetric takes a `center`.

    >>> torch.signal.windows.exponential(4)
    tensor([0.2231, 0.6065, 0.6065, 0.2231])
    """
    options = _checked("exponential", M, dtype, layout, device, requires_grad)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if M == 0:
        return empty((0,), **options)
    if center is None:
        center = (M if not sym and M > 1 else M - 1) / 2.0
    return (-linspace(-center / tau, (-center + (M - 1)) / tau, M, **options).abs()).exp()


def cosine(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights that are half a wave of the sine.

    >>> torch.signal.windows.cosine(3)
    tensor([0.5000, 1.0000, 0.5000])
    """
    options = _checked("cosine", M, dtype, layout, device, requires_grad)
    if M == 0:
        return empty((0,), **options)
    step = math.pi / (M + 1 if not sym and M > 1 else M)
    return linspace(0.5 * step, (0.5 + (M - 1)) * step, M, **options).sin()


def gaussian(
    M: int,
    *,
    std: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights `exp(-(k - middle)**2 / (2 std**2))`.

    >>> torch.signal.windows.gaussian(3)
    tensor([0.6065, 1.0000, 0.6065])
    """
    options = _checked("gaussian", M, dtype, layout, device, requires_grad)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    if M == 0:
        return empty((0,), **options)
    start, step = -(M if not sym and M > 1 else M - 1) / 2.0, 1 / (std * math.sqrt(2))
    return (-(linspace(start * step, (start + (M - 1)) * step, M, **options) ** 2)).exp()


def kaiser(
    M: int,
    *,
    beta: float = 12.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights `i0(sqrt(beta**2 - x**2)) / i0(beta)`, where `x` goes from `-beta` to `beta`; `i0` is a Bessel function.

    >>> torch.signal.windows.kaiser(3, beta=2.0)
    tensor([0.4387, 1.0000, 0.4387])
    """
    options = _checked("kaiser", M, dtype, layout, device, requires_grad)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if M == 0:
        return empty((0,), **options)
    if M == 1:
        return ones((1,), **options)
    widest = tensor(beta, dtype=options["dtype"])
    step = 2.0 * widest / (M if not sym else M - 1)
    end = widest.minimum(-widest + (M - 1) * step)
    x = linspace(-widest.item(), end.item(), M, **options)
    return (widest * widest - x**2).sqrt().i0() / widest.i0()


def hamming(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights `0.54 - 0.46 cos(x)`, where `x` goes round once.

    >>> torch.signal.windows.hamming(3)
    tensor([0.0800, 1.0000, 0.0800])
    """
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return general_hamming(M, sym=sym, **options)


def hann(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights `0.5 - 0.5 cos(x)`, where `x` goes round once.

    >>> torch.signal.windows.hann(3)
    tensor([0., 1., 0.])
    """
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return general_hamming(M, alpha=0.5, sym=sym, **options)


def blackman(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights `0.42 - 0.5 cos(x) + 0.08 cos(2 x)`, where `x` goes round once.

    >>> torch.signal.windows.blackman(5)[1:4]
    tensor([0.3400, 1.0000, 0.3400])
    """
    options = _checked("blackman", M, dtype, layout, device, requires_grad)
    return general_cosine(M, a=[0.42, 0.5, 0.08], sym=sym, **options)


def bartlett(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights that rise from 0 to 1 and fall again in straight lines.

    >>> torch.signal.windows.bartlett(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    options = _checked("bartlett", M, dtype, layout, device, requires_grad)
    if M < 2:
        return ones((M,), **options)
    return 1 - _places(M, -1, 2 / (M if not sym else M - 1), options).abs()


def general_cosine(
    M: int,
    *,
    a: Iterable[float],
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights `a[0] - a[1] cos(x) + a[2] cos(2 x) - ...`, where `x` goes round once.

    >>> torch.signal.windows.general_cosine(3, a=[0.5, 0.5])
    tensor([0., 1., 0.])
    """
    options = _checked("general_cosine", M, dtype, layout, device, requires_grad)
    if M < 2:
        return ones((M,), **options)
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    x = _places(M, 0, 2 * math.pi / (M if not sym else M - 1), options)
    coefficients = tensor(
        [(-1) ** i * weight for i, weight in enumerate(a)], dtype=options["dtype"], requires_grad=requires_grad
    )
    i = arange(len(coefficients), dtype=options["dtype"], requires_grad=requires_grad)
    return (coefficients.unsqueeze(-1) * (i.unsqueeze(-1) * x).cos()).sum(0)


def general_hamming(
    M: int,
    *,
    alpha: float = 0.54,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights `alpha - (1 - alpha) cos(x)`, where `x` goes round once.

    >>> torch.signal.windows.general_hamming(3, alpha=0.75)
    tensor([0.5000, 1.0000, 0.5000])
    """
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return general_cosine(M, a=[alpha, 1.0 - alpha], sym=sym, **options)


def nuttall(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Weights of four cosines, with side lobes as low as they can be.

    >>> torch.signal.windows.nuttall(5)[1:4]
    tensor([0.2270, 1.0000, 0.2270])
    """
    options = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return general_cosine(M, a=[0.3635819, 0.4891775, 0.1365995, 0.0106411], sym=sym, **options)
