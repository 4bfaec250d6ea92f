"""The standard's extension for Fourier transforms; its functions are those of `numpy.fft`, which know tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import dtypes
from chainrule.array_api.arguments import Array, numpy_type, on_device
from chainrule.numpy_operands import constant

_OF_ONE_AXIS = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
_OF_SEVERAL = ("fftn", "ifftn", "rfftn", "irfftn")
__all__ = [*_OF_ONE_AXIS, *_OF_SEVERAL, "fftfreq", "rfftfreq", "fftshift", "ifftshift"]  # noqa: PLE0604 (strings)


def _of_one_axis(name: str) -> Callable[..., Any]:
    function = getattr(np.fft, name)

    def transform(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
        return function(x, n, axis, norm)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"`{name}` along one axis."
    return transform


def _of_several(name: str) -> Callable[..., Any]:
    function = getattr(np.fft, name)

    def transform(x: Array, /, *, s: Any = None, axes: Any = None, norm: str = "backward") -> Array:
        return function(x, s, axes, norm)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"`{name}` along several axes, all by default."
    return transform


globals().update({name: _of_one_axis(name) for name in _OF_ONE_AXIS})
globals().update({name: _of_several(name) for name in _OF_SEVERAL})


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Array:
    """The frequencies of `fft`.

    >>> fftfreq(2)
    tensor([ 0.0000, -0.5000])
    """
    on_device(device)
    return constant(np.fft.fftfreq(n, d).astype(numpy_type(dtype) or dtypes.default_float()))


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Array:
    """The frequencies of `rfft`.

    >>> rfftfreq(2)
    tensor([0.0000, 0.5000])
    """
    on_device(device)
    return constant(np.fft.rfftfreq(n, d).astype(numpy_type(dtype) or dtypes.default_float()))


def fftshift(x: Array, /, *, axes: Any = None) -> Array:
    """The frequency zero in the middle.

    >>> fftshift(fftfreq(2))
    tensor([-0.5000,  0.0000])
    """
    return np.fft.fftshift(x, axes)


def ifftshift(x: Array, /, *, axes: Any = None) -> Array:
    """What `fftshift` moved, moved back.

    >>> ifftshift(fftshift(fftfreq(2)))
    tensor([ 0.0000, -0.5000])
    """
    return np.fft.ifftshift(x, axes)


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
