"""`np.fft` on tensors: the transforms of `chainrule.fft`, with NumPy's names of arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.numpy_protocols import FUNCTIONS, implements
from chainrule.ops import fourier_frequencies, fourier_transforms


def _transform_of_one(name: str) -> Callable[..., Any]:
    def transform(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
        return getattr(fourier_transforms, name)(a, n, axis, norm, out=out)

    return transform


def _transform_of_several(name: str, default: Any) -> Callable[..., Any]:
    def transform(a: Any, s: Any = None, axes: Any = default, norm: str | None = None, out: Any = None) -> Any:
        return getattr(fourier_transforms, name)(a, s, axes, norm, out=out)

    return transform


for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    FUNCTIONS[getattr(np.fft, _name)] = _transform_of_one(_name)
for _name in ("fft", "ifft", "rfft", "irfft"):
    FUNCTIONS[getattr(np.fft, _name + "n")] = _transform_of_several(_name + "n", None)
    FUNCTIONS[getattr(np.fft, _name + "2")] = _transform_of_several(_name + "2", (-2, -1))


@implements(np.fft.fftshift)
def _fftshift(x: Any, axes: Any = None) -> Any:
    return fourier_frequencies.fftshift(x, axes)


@implements(np.fft.ifftshift)
def _ifftshift(x: Any, axes: Any = None) -> Any:
    return fourier_frequencies.ifftshift(x, axes)
