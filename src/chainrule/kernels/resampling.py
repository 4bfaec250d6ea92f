"""Resampling: each place along a dimension of the result is a weighted sum of a few neighbours in what is resampled.

That is a product with a matrix whose elements lie in a band. It is computed as such, by blocks of places: a block needs
a short range of the source, and the product with it is BLAS's. The way back is the product with the transposed matrix,
so it is computed the same way.

Weights and sources are found from the geometry alone. Where a place lies between sources is said in a dimension's own
elements: place `i` of the result lies at `scale * (i + 0.5) - 0.5`, or at `scale * i` where the corners are aligned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# Up to so many elements a matrix is one block; larger ones are cut into blocks of so many places of the result.
ONE_BLOCK = 1 << 12
BLOCK = 32
# Products of up to so many multiplications are done in one thread.
ONE_THREAD = 1 << 18
# So many slices are added one after the other at most.
MOST_ADDED = 8


@dataclass(frozen=True, eq=False, repr=False)
class Resampling:
    """How one dimension is resampled: place `targets[i]` of the result gets `weights[i]` times source `sources[i]`.

    `size`: of the source; `count`: how many places the result has. `targets` is in order.
    """

    size: int
    count: int
    targets: Array
    sources: Array
    weights: Array

    def __repr__(self) -> str:
        return f"<{self.size} elements to {self.count}>"

    @cached_property
    def transposed(self) -> Resampling:
        """The way back of gradients."""
        order = np.argsort(self.sources, kind="stable")
        back = Resampling(self.count, self.size, self.sources[order], self.targets[order], self.weights[order])
        back.__dict__["transposed"] = self
        return back

    @cached_property
    def picks(self) -> bool:
        """Whether each place is one source, as it is."""
        one_each = np.array_equal(self.targets, np.arange(self.count))
        return one_each and bool((self.weights == 1).all())

    @cached_property
    def repeats(self) -> int:
        """How often each source stands in the result, one after the other; 0 where that is not so."""
        times, rest = divmod(self.count, self.size)
        if rest or not self.picks or not np.array_equal(self.sources, np.arange(self.size).repeat(times)):
            return 0
        return times

    @cached_property
    def _blocks(self) -> dict[Any, list[tuple[slice, slice, Array]]]:
        return {}

    def blocks(self, dtype: Any) -> list[tuple[slice, slice, Array]]:
        """Places of the result, the sources that they need, and the matrix (places, sources) of their weights."""
        found = self._blocks.get(dtype)
        if found is None:
            length = self.count if self.size * self.count <= ONE_BLOCK else BLOCK
            found = self._blocks[dtype] = [
                self._block(start, min(start + length, self.count), dtype) for start in range(0, self.count, length)
            ]
        return found

    def _block(self, start: int, stop: int, dtype: Any) -> tuple[slice, slice, Array]:
        first, last = np.searchsorted(self.targets, (start, stop))
        sources = self.sources[first:last]
        low, high = (int(sources.min()), int(sources.max()) + 1) if last > first else (0, 1)
        matrix = np.zeros((stop - start, high - low))
        np.add.at(matrix, (self.targets[first:last] - start, sources - low), self.weights[first:last])
        return slice(start, stop), slice(low, high), matrix.astype(dtype)


def resample(x: Array, along: Sequence[Resampling]) -> Array:
    """`x` with its last dimensions resampled.

    >>> resample(np.array([[1.0, 2.0]]), [resampling("linear", 2, 4, False, None)])
    array([[1.  , 1.25, 1.75, 2.  ]])
    """
    dtype = x.dtype
    if all(r.picks for r in along):
        return _picked(x, along)
    wide = x.astype(np.float32) if dtype == np.float16 else x
    # A product with a zero of the band would spread what is not finite to its neighbours.
    with np.errstate(over="ignore", invalid="ignore"):
        finite = math.isfinite(wide.sum())
    first = x.ndim - len(along)
    # What makes the array smaller comes first.
    for number in sorted(range(len(along)), key=lambda n: along[n].count / along[n].size):
        r = along[number]
        way = _product if finite else _sum_of_sources
        if 0 < r.transposed.repeats <= MOST_ADDED:
            way = _sums_of_repeats
        wide = way(wide, r, first + number)
    return wide.astype(dtype, copy=False)


def _picked(x: Array, along: Sequence[Resampling]) -> Array:
    first = x.ndim - len(along)
    for number in reversed(range(len(along))):
        r = along[number]
        # To repeat is quicker than to look each place's source up.
        x = x.repeat(r.repeats, first + number) if r.repeats else x.take(r.sources, first + number)
    return x


def _sums_of_repeats(x: Array, r: Resampling, dimension: int) -> Array:
    # The way back of repeating.
    times = r.transposed.repeats
    shape = (*x.shape[:dimension], r.count, *x.shape[dimension + 1 :])
    parts = x.reshape((math.prod(x.shape[:dimension]), r.count, times, math.prod(x.shape[dimension + 1 :])))
    total = parts[:, :, 0] + (parts[:, :, 1] if times > 1 else 0)
    for number in range(2, times):
        total += parts[:, :, number]
    return total.reshape(shape)


def _product(x: Array, r: Resampling, dimension: int) -> Array:
    lead, rest = math.prod(x.shape[:dimension]), math.prod(x.shape[dimension + 1 :])
    shape = (*x.shape[:dimension], r.count, *x.shape[dimension + 1 :])
    if rest == 1:
        rows = x.reshape((lead, r.size))
        result = np.empty((lead, r.count), x.dtype)
        for places, sources, matrix in r.blocks(x.dtype):
            for part in _parts(lead, matrix.size):
                np.matmul(rows[part, sources], matrix.T, out=result[part, places])
    else:
        planes = x.reshape((lead, r.size, rest))
        result = np.empty((lead, r.count, rest), x.dtype)
        for places, sources, matrix in r.blocks(x.dtype):
            for part in _parts(rest, matrix.size):
                np.matmul(matrix, planes[:, sources, part], out=result[:, places, part])
    return result.reshape(shape)


def _parts(count: int, size: int) -> list[slice]:
    # Of rows or columns to multiply by a matrix of so many elements, as many at a time as OpenBLAS does in one thread:
    # it splits larger products another way for each number of threads, and other digits come out.
    most = max(ONE_THREAD // size, 1)
    return [slice(start, start + most) for start in range(0, count, most)]


def _sum_of_sources(x: Array, r: Resampling, dimension: int) -> Array:
    # The same, source by source.
    moved = np.moveaxis(x, dimension, 0)
    total = np.zeros((r.count, *moved.shape[1:]), x.dtype)
    weights = r.weights.astype(x.dtype).reshape((-1, *(1,) * (x.ndim - 1)))
    with np.errstate(invalid="ignore"):
        np.add.at(total, r.targets, moved[r.sources] * weights)
    return np.moveaxis(total, 0, dimension)


# ---- bytes ----


def resample_bytes(x: Array, along: Sequence[Resampling]) -> Array:
    """The same for bytes: with weights of 16 bits, one dimension after the other, each rounded to bytes.

    >>> resample_bytes(np.array([[0, 255]], np.uint8), [resampling("linear", 2, 4, False, None)])
    array([[  0,  64, 191, 255]], dtype=uint8)
    """
    first = x.ndim - len(along)
    for number in reversed(range(len(along))):
        r = along[number]
        matrix = np.zeros((r.count, r.size))
        np.add.at(matrix, (r.targets, r.sources), r.weights)
        # As many binary digits as the largest weight leaves in 16 bits.
        largest = float(matrix.max(initial=0.0))
        digits = next(n for n in range(23) if n == 22 or int(0.5 + largest * (1 << (n + 1))) >= 1 << 15)
        scaled = matrix * (1 << digits)
        weights = np.trunc(scaled + np.copysign(0.5, scaled))
        moved = np.moveaxis(x, first + number, -1)
        # Sums of so few digits are exact in float64.
        total = (moved @ weights.T).astype(np.int64) + (1 << (digits - 1))
        x = np.moveaxis((total >> digits).clip(0, 255).astype(np.uint8), -1, first + number)
    return np.ascontiguousarray(x)


# ---- weights ----


@lru_cache(maxsize=512)
def resampling(mode: str, size: int, count: int, align_corners: bool, factor: float | None) -> Resampling:
    """How `size` elements become `count`, by the interpolation `mode`.

    `mode`: nearest, nearest-exact, linear or cubic; or linear, cubic or lanczos with ` antialias` behind it.
    `factor`: by which the size was to be multiplied, where that and not `count` is what was asked for.

    >>> resampling("nearest", 2, 4, False, None).sources.tolist()
    [0, 0, 1, 1]
    """
    name, _, smooth = mode.partition(" ")
    if mode.startswith("nearest") or (smooth and size == count):
        sources = np.arange(count) if smooth else _nearest(mode, size, count, factor)
        return Resampling(size, count, np.arange(count), sources, np.ones(count))
    scale = _scale(size, count, align_corners, factor)
    if smooth:
        sources, weights = _smoothed(name, size, count, scale)
    else:
        sources, weights = _between(name, size, count, align_corners, scale)
    taken = weights != 0
    targets = np.broadcast_to(np.arange(count)[:, None], weights.shape)
    return Resampling(size, count, targets[taken], sources[taken], weights[taken])


def _scale(size: int, count: int, align_corners: bool, factor: float | None) -> float:
    if align_corners:
        return (size - 1) / (count - 1) if count > 1 else 0.0
    return 1 / factor if factor is not None and factor > 0 else size / count


def _nearest(mode: str, size: int, count: int, factor: float | None) -> Array:
    # In single precision, as PyTorch computes where a place belongs to.
    scale = np.float32(_scale(size, count, False, factor))
    places = np.arange(count, dtype=np.float32)
    if mode == "nearest-exact":
        places += np.float32(0.5)
    return np.minimum(np.floor(places * scale).astype(np.int64), size - 1)


def _between(name: str, size: int, count: int, align_corners: bool, scale: float) -> tuple[Array, Array]:
    places = np.arange(count, dtype=np.float64)
    where = scale * places if align_corners else scale * (places + 0.5) - 0.5
    if name == "linear":
        where = where.clip(0, None) if size != count else places
    below = np.minimum(np.floor(where), size - 1)
    t = (where - below).clip(0, 1)[:, None]
    if name == "linear":
        steps: tuple[int, ...] = (0, 1)
        weights = np.concatenate([1 - t, t], 1)
    else:
        steps = (-1, 0, 1, 2)
        weights = np.concatenate([_cubic(distance, -0.75) for distance in (1 + t, t, 1 - t, 2 - t)], 1)
    sources = (below.astype(np.int64)[:, None] + np.array(steps)).clip(0, size - 1)
    return sources, weights


def _smoothed(name: str, size: int, count: int, scale: float) -> tuple[Array, Array]:
    # The filter is as wide as the places of the result lie apart, where that is more than an element.
    reach, shape = FILTERS[name]
    wide = max(scale, 1.0)
    centres = scale * (np.arange(count) + 0.5)
    low = np.maximum((centres - reach * wide + 0.5).astype(np.int64), 0)
    high = np.minimum((centres + reach * wide + 0.5).astype(np.int64), size)
    taps = np.arange(max(int((high - low).max()), 1))
    sources = low[:, None] + taps
    weights = np.where(taps < (high - low)[:, None], shape((sources - centres[:, None] + 0.5) / wide), 0.0)
    totals = weights.sum(1, keepdims=True)
    return sources.clip(0, size - 1), weights / np.where(totals == 0, 1, totals)


def _triangle(x: Array) -> Array:
    return (1 - np.abs(x)).clip(0, None)


def _cubic(x: Array, a: float) -> Array:
    # Keys' cubic convolution (1981): its parameter says how steep it crosses zero.
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _lanczos(x: Array) -> Array:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


# How far each reaches, and its shape.
FILTERS: dict[str, tuple[float, Callable[[Array], Array]]] = {
    "linear": (1.0, _triangle),
    "cubic": (2.0, lambda x: _cubic(x, -0.5)),
    "lanczos": (3.0, _lanczos),
}
