"""Discrete Fourier transforms along some dimensions of an array, by SciPy, which keeps single precision single.

`norm` says what the sums are divided by: 0 nothing, 1 the square root of their number of terms, 2 that number. It is
the same for both directions, so that a transform and its transpose have the same.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from chainrule.kernels import threads

__all__ = ["complex_to_complex", "complex_to_real", "real_to_complex", "real_to_half"]

Dims = tuple[int, ...]

# SciPy's words for the three, which hang on the direction.
_FORWARD: Final = ("backward", "ortho", "forward")
_INVERSE: Final = ("forward", "ortho", "backward")


def complex_to_complex(array: Any, dims: Dims, norm: int, forward: bool) -> Any:
    """The transform of an array with `exp(-2 pi i ...)`, or with `exp(2 pi i ...)` for the inverse.

    >>> complex_to_complex(np.array([1.0, 0.0]), (0,), 0, forward=True)
    array([1.+0.j, 1.+0.j])
    """
    from scipy import fft

    is_complex = array.dtype.kind == "c"
    if not is_complex:
        # SciPy would use that half of the transform says all, and give some zeros another sign than PyTorch's.
        array = array + np.complex64(0)
    if not (dims and array.size):  # SciPy takes no transform along no dimension, and none of nothing
        return array.copy() if is_complex else array
    transform: Any = fft.fftn if forward else fft.ifftn
    words = (_FORWARD if forward else _INVERSE)[norm]
    if len(dims) == 1:
        transform = fft.fft if forward else fft.ifft
        return transform(array, None, dims[0], words, not is_complex, _workers(array))
    return transform(array, None, dims, words, not is_complex, _workers(array))


def real_to_complex(array: Any, dim: int, norm: int) -> Any:
    """The transform of a real array along one dimension.

    >>> real_to_complex(np.ones(4), 0, 0)
    array([4.+0.j, 0.+0.j, 0.+0.j, 0.-0.j])
    """
    half = real_to_half(array, (dim,), norm)
    whole: Any = np.empty(array.shape, half.dtype)
    before = (slice(None),) * dim
    count, size = half.shape[dim], array.shape[dim]
    whole[(*before, slice(count))] = half
    np.conjugate(half[(*before, slice(size - count, 0, -1))], out=whole[(*before, slice(count, None))])
    return whole


def real_to_half(array: Any, dims: Dims, norm: int) -> Any:
    """The transform of a real array; of the last of `dims` the half that is not the conjugate of the other.

    >>> real_to_half(np.ones(4), (0,), 0)
    array([4.+0.j, 0.+0.j, 0.+0.j])
    """
    from scipy import fft

    if len(dims) > 1 and array.size:
        return fft.rfftn(array, None, dims, _FORWARD[norm], workers=_workers(array))
    return fft.rfft(array, None, dims[-1], _FORWARD[norm], workers=_workers(array))


def complex_to_real(array: Any, dims: Dims, norm: int, size: int) -> Any:
    """The inverse transform of half an array, the other half being its conjugate; `size` numbers in the last of `dims`.

    >>> complex_to_real(np.array([4.0, 0.0, 0.0]), (0,), 2, 4)
    array([1., 1., 1., 1.])
    """
    from scipy import fft

    if len(dims) > 1 and array.size:
        sizes = (*[array.shape[d] for d in dims[:-1]], size)
        return fft.irfftn(array, sizes, dims, _INVERSE[norm], workers=_workers(array))
    return fft.irfft(array, size, dims[-1], _INVERSE[norm], workers=_workers(array))


def _workers(array: Any) -> int:
    return threads.count() if array.size >= threads.WORTH_A_THREAD else 1
