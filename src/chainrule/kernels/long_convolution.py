"""Convolution along one dimension with long kernels, by Fourier transforms.

A transform sees large and small numbers at once and rounds them all alike; so single precision is computed in double,
and no digit of its results is lost. Double precision is left to sums of products (see convolution.py).

Sequences are transformed in segments, a few times as long as the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.kernels import threads

__all__ = ["convolve_long", "is_long", "long_weight_gradient"]

Array = Any

# From so many taps on transforms are faster than products, where each result sees one channel, and where it sees more.
LONG_KERNEL = 64
LONG_KERNEL_OF_MANY = 96
# So many numbers of a batch are transformed at once.
PIECE = 1 << 20


def is_long(x: Array, taps: int, places: int, groups: int) -> bool:
    """Whether transforms are faster than products, for a kernel that moves one place at a time."""
    least = LONG_KERNEL if x.shape[1] == groups else LONG_KERNEL_OF_MANY
    return bool(x.dtype == np.float32 and taps >= least and places >= LONG_KERNEL)


def _segments(taps: int, places: int) -> tuple[int, int]:
    # How long transforms are, and how many places of the result each gives.
    from scipy import fft

    all_at_once, segment = taps + places - 1, max(4 * taps, 2048)
    length = fft.next_fast_len(all_at_once if all_at_once <= 2 * segment else segment, real=True)
    return length, length - taps + 1


def _spectra(x: Array, start: int, stop: int, length: int, groups: int) -> Array:
    # Of x[..., start:stop], zeros beyond its ends: (groups, frequencies, rows, columns) of (rows, groups * columns, _).
    from scipy import fft

    inside = x[..., max(start, 0) : max(min(stop, x.shape[-1]), 0)]
    segment = np.zeros((*x.shape[:-1], length))
    before = max(-start, 0)
    segment[..., before : before + inside.shape[-1]] = inside
    found = fft.rfft(segment, overwrite_x=True, workers=threads.count())
    rows, columns, frequencies = found.shape
    return found.reshape(rows, groups, columns // groups, frequencies).transpose(1, 3, 0, 2)


def _product(left: Array, right: Array) -> Array:
    # Of stacks of matrices, one for each frequency.
    if left.shape[-1] == 1:
        return left * right
    return np.matmul(left, right)


def _cut(count: int, step: int) -> Iterator[tuple[int, int]]:
    for start in range(0, count, step):
        yield start, min(start + step, count)


def _from_spectra(spectra: Array, length: int) -> Array:
    # The inverse of `_spectra`: (rows, groups * columns, length).
    from scipy import fft

    groups, _, rows, columns = spectra.shape
    ordered = spectra.transpose(2, 0, 3, 1).reshape(rows, groups * columns, -1)
    return fft.irfft(ordered, length, overwrite_x=True, workers=threads.count())


def convolve_long(x: Array, weight: Array, padding: int, groups: int) -> Array:
    """The convolution of `x` (batch, channels, length) with `weight` (results, channels / groups, taps)."""
    taps = weight.shape[-1]
    places = x.shape[-1] + 2 * padding - taps + 1
    length, step = _segments(taps, places)
    results = len(weight)
    grouped = weight.reshape(groups, results // groups, *weight.shape[1:]).transpose(1, 0, 2, 3)
    kernel = _spectra(grouped.reshape(results // groups, -1, taps), 0, taps, length, groups).conj().swapaxes(-1, -2)
    result = np.empty((len(x), results, places), x.dtype)
    images = max(PIECE // (length * max(x.shape[1], results)), 1)
    for first, last in _cut(len(x), images):
        for start, stop in _cut(places, step):
            seen = _spectra(x[first:last], start - padding, stop + taps - 1 - padding, length, groups)
            result[first:last, :, start:stop] = _from_spectra(_product(seen, kernel), length)[..., : stop - start]
    return result


def long_weight_gradient(grad: Array, x: Array, taps: int, padding: int, groups: int) -> Array:
    """The gradient for the weight: (results, channels / groups, taps)."""
    places = grad.shape[-1]
    length, step = _segments(taps, places)
    total: Array = 0
    images = max(PIECE // (length * max(x.shape[1], grad.shape[1])), 1)
    for first, last in _cut(len(x), images):
        for start, stop in _cut(places, step):
            seen = _spectra(x[first:last], start - padding, stop + taps - 1 - padding, length, groups)
            part = _spectra(grad[first:last], start, stop, length, groups)
            total = total + np.matmul(part.conj().swapaxes(-1, -2), seen)
    found = _from_spectra(total, length)[..., :taps]  # (results / groups, channels, taps)
    channels = x.shape[1] // groups
    ordered = found.reshape(-1, groups, channels, taps).swapaxes(0, 1)
    return ordered.reshape(grad.shape[1], channels, taps).astype(grad.dtype)
