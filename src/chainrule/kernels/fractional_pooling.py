"""Max pooling of windows that lie a little irregularly, by a random number for each plane and dimension.

B. Graham, "Fractional max-pooling" (2014): the distance from one window to the next is now the ratio of sizes rounded
down, now up.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def starts(samples: Array, size: int, count: int, length: int) -> Array:
    """Where `count` windows of `length` begin, for each random number of `samples`; they fill `size` elements.

    >>> starts(np.array([0.5]), 7, 3, 2)
    array([[0, 2, 5]])
    """
    found = np.empty((*samples.shape, count), np.int64)
    if count > 1:
        step = samples.dtype.type((size - length) / (count - 1))
        first = (samples * step).astype(np.int64)[..., None]
        numbers = np.arange(count - 1).astype(samples.dtype)
        found[..., :-1] = ((numbers + samples[..., None]) * step).astype(np.int64) - first
    found[..., count - 1 :] = size - length
    return found


def largest(x: Array, lengths: Sequence[int], begins: Sequence[Array]) -> tuple[Array, Array]:
    """The largest element of each window, NaN where it has one, and its index in its plane.

    `x`: (batch, channels, *sizes); `begins`: for each dimension where the windows begin, (batch, channels, count).
    """
    rank = len(lengths)
    lead, sizes = x.shape[:2], x.shape[2:]
    counts = tuple([b.shape[-1] for b in begins])
    flat = x.reshape((*lead, math.prod(sizes)))
    corner: Any = np.zeros((*lead, *(1,) * rank), np.int64)
    for d, begin in enumerate(begins):
        corner = corner * sizes[d] + begin.reshape((*lead, *[n if i == d else 1 for i, n in enumerate(counts)]))
    corner = corner.reshape((*lead, math.prod(counts)))
    values, indices = np.full(corner.shape, -np.inf, x.dtype), corner
    for tap in itertools.product(*map(range, lengths)):
        here = corner + int(np.ravel_multi_index(tap, sizes))
        found = np.take_along_axis(flat, here, -1)
        better = (found > values) | np.isnan(found)
        values, indices = np.where(better, found, values), np.where(better, here, indices)
    return values.reshape((*lead, *counts)), indices.reshape((*lead, *counts))
