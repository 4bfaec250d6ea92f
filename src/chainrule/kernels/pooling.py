"""The largest elements and the sums of windows that slide over the last dimensions of an array, and where they go back.

A window has a fixed number of places, its taps. All windows are worked on at once, tap after tap: the elements that
they have at one tap are a slice of the array. Places beyond the array (padding) are in no slice.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from chainrule.kernels.memory import empty
from chainrule.kernels.selection import INTEGERS

__all__ = ["Windows", "divisors", "indices", "largest", "pick", "place", "spread", "sums", "winners"]

# Some of the windows along a dimension, and the elements that they have at one tap.
Tap: TypeAlias = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Windows:
    """How windows lie over the last dimensions of an array; each field has a number for each of them."""

    sizes: tuple[int, ...]  # of the array
    counts: tuple[int, ...]  # how many windows
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]

    @cached_property
    def disjoint(self) -> tuple[bool, ...]:
        """Along which dimensions no element is in two windows."""
        return tuple(
            [
                step > (length - 1) * distance
                for length, step, distance in zip(self.kernel_size, self.stride, self.dilation, strict=True)
            ]
        )

    @cached_property
    def along(self) -> tuple[tuple[Tap, ...], ...]:
        """For each dimension the taps along it; empty slices for one that lies outside always."""
        return tuple(
            [
                tuple(
                    [
                        _tap(k * self.dilation[d] - self.padding[d], size, self.counts[d], self.stride[d])
                        for k in range(self.kernel_size[d])
                    ]
                )
                for d, size in enumerate(self.sizes)
            ]
        )

    @cached_property
    def exhaustive(self) -> tuple[bool, ...]:
        """Along which dimensions every element is in exactly one window."""
        return tuple(
            [
                disjoint and sum(windows.stop - windows.start for windows, _ in taps) == size
                for disjoint, taps, size in zip(self.disjoint, self.along, self.sizes, strict=True)
            ]
        )

    @cached_property
    def taps(self) -> tuple[tuple[Any, Any], ...]:
        """For each tap, row by row: the index of the windows that have it in the array, and that of the elements."""
        return tuple(
            [
                ((..., *[windows for windows, _ in tap]), (..., *[elements for _, elements in tap]))
                for tap in itertools.product(*self.along)
            ]
        )

    def trivial(self, d: int) -> bool:
        """Whether each element is a window of its own along dimension `d`."""
        return self.kernel_size[d] == 1 and self.counts[d] == self.sizes[d] and not self.padding[d]


def _tap(offset: int, size: int, count: int, step: int) -> Tap:
    first = max(0, -(offset // step))
    last = min(count, (size - 1 - offset) // step + 1)
    if first >= last:
        return slice(0, 0), slice(0, 0)
    start = first * step + offset
    return slice(first, last), slice(start, start + (last - first - 1) * step + 1, step)


# ---- one dimension after the other ----


def _lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _combined(combine: np.ufunc, array: Any, axis: int, taps: Sequence[Tap], count: int, start: Any) -> Any:
    # The taps along one axis combined to one; `start` is what a window without any element gives.
    def at(part: slice) -> Any:
        return (..., part, *(slice(None),) * (-1 - axis))

    whole = [array[at(elements)] for windows, elements in taps if windows == slice(0, count)]
    parts = [(windows, elements) for windows, elements in taps if 0 < windows.stop - windows.start < count]
    if len(whole) > 1:
        result = combine(whole[0], whole[1], order="C")
    elif whole:
        result = whole[0].copy()
    else:
        shape = list(array.shape)
        shape[axis] = count
        result = np.full(shape, start, array.dtype)
    for elements in whole[2:]:
        combine(result, elements, out=result)
    for windows, elements in parts:
        target = result[at(windows)]
        combine(target, array[at(elements)], out=target)
    return result


def _combined_all(combine: np.ufunc, array: Any, windows: Windows, start: Any) -> Any:
    rank = len(windows.sizes)
    result = array
    for d in range(rank):
        if not windows.trivial(d):
            result = _combined(combine, result, d - rank, windows.along[d], windows.counts[d], start)
    return array.copy() if result is array else result


def largest(array: Any, windows: Windows) -> Any:
    """The largest element of each window; NaN where there is one.

    >>> largest(np.array([3.0, 1.0, 2.0, 5.0]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([3., 5.])
    """
    return _combined_all(np.maximum, array, windows, _lowest(array.dtype))


def sums(array: Any, windows: Windows) -> Any:
    """The sum of each window, padding counted as zero.

    >>> sums(np.array([3.0, 1.0, 2.0, 5.0]), Windows((4,), (3,), (2,), (1,), (0,), (1,)))
    array([4., 3., 7.])
    """
    return _combined_all(np.add, array, windows, 0)


def spread(values: Any, windows: Windows) -> Any:
    """The transpose of `sums`: zeros, and the value of each window added to all its elements.

    >>> spread(np.array([1.0, 2.0]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([1., 1., 2., 2.])
    """
    rank = len(windows.sizes)
    result = values
    for d in reversed(range(rank)):
        if not windows.trivial(d):
            result = _spread_along(result, d - rank, windows, d)
    return values.copy() if result is values else result


def _spread_along(values: Any, axis: int, windows: Windows, d: int) -> Any:
    def at(part: slice) -> Any:
        return (..., part, *(slice(None),) * (-1 - axis))

    shape = list(values.shape)
    shape[axis] = windows.sizes[d]
    result = _buffer(tuple(shape), values.dtype, zeros=not windows.exhaustive[d])
    for places, elements in windows.along[d]:
        if windows.disjoint[d]:
            result[at(elements)] = values[at(places)]
        else:
            result[at(elements)] += values[at(places)]
    return result


def _buffer(shape: tuple[int, ...], dtype: Any, *, zeros: bool) -> Any:
    result = empty(shape, dtype)
    if zeros:
        result[...] = 0
    return result


def divisors(windows: Windows, count_include_pad: bool) -> Any:
    """By what the sums are divided for means: a number where all windows are of one size, else an array of sizes.

    `count_include_pad`: whether places in the padding count; those beyond it never do.

    >>> divisors(Windows((3,), (2,), (2,), (2,), (0,), (1,)), True)
    array([2, 1])
    """
    lengths = []
    for size, count, length, step, margin in zip(
        windows.sizes, windows.counts, windows.kernel_size, windows.stride, windows.padding, strict=True
    ):
        start = np.arange(count) * step - margin
        end = np.minimum(start + length, size + margin)
        if not count_include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        lengths.append(np.maximum(end - start, 1))
    if all((along == along[0]).all() for along in lengths):
        return math.prod(int(along[0]) for along in lengths)
    rank = len(lengths)
    return math.prod(along.reshape((-1,) + (1,) * (rank - 1 - d)) for d, along in enumerate(lengths))


# ---- which tap has the largest element ----


def winners(array: Any, values: Any, windows: Windows) -> Any:
    """The number of the tap that each of `values`, from `largest`, comes from.

    Of equal elements it is the first one, of several NaN the last one.

    >>> array = np.array([3.0, 3.0, 2.0, 5.0])
    >>> winners(array, largest(array, w := Windows((4,), (2,), (2,), (2,), (0,), (1,))), w)
    array([0, 1], dtype=uint8)
    """
    count = math.prod(windows.kernel_size)
    dtype = np.min_scalar_type(count)
    # The more a tap scores the earlier it is; the last one is what is left when no other equals the largest.
    score = np.ones(values.shape, dtype)
    for worth, (places, elements) in zip(range(count, 1, -1), windows.taps, strict=False):
        equal = np.equal(array[elements], values[places]).view(np.uint8).astype(dtype, copy=False)
        equal *= dtype.type(worth)
        np.maximum(score[places], equal, out=score[places])
    taps = np.subtract(dtype.type(count), score, out=score)
    if array.dtype.kind == "f" and values.size and np.isnan(values.max()):
        _last_nan(array, values, windows, taps)
    return taps


def _last_nan(array: Any, values: Any, windows: Windows, taps: Any) -> None:
    missing = np.isnan(values)
    for tap, (places, elements) in enumerate(windows.taps):
        taps[places][missing[places] & np.isnan(array[elements])] = tap


def _bits(array: Any) -> Any:
    return array.view(INTEGERS[array.dtype.itemsize])


def _mask(chosen: Any, dtype: Any) -> Any:
    # All bits set where it is true, none elsewhere. A product with 0 and 1 would make NaN of infinities beside.
    return np.negative(chosen.view(np.int8)).astype(INTEGERS[dtype.itemsize], copy=False)


def place(values: Any, taps: Any, windows: Windows) -> Any:
    """Zeros, and each window's value added to the element at its tap.

    >>> place(np.array([7.0, 8.0]), np.array([0, 1]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([7., 0., 0., 8.])
    """
    shape = (*values.shape[: values.ndim - len(windows.sizes)], *windows.sizes)
    disjoint = all(windows.disjoint)
    result = _buffer(shape, values.dtype, zeros=not all(windows.exhaustive))
    given, target = _bits(values), _bits(result)
    for tap, (places, elements) in enumerate(windows.taps):
        mask = _mask(taps[places] == tap, values.dtype)
        if disjoint:
            np.bitwise_and(given[places], mask, out=target[elements])
        else:
            result[elements] += np.bitwise_and(given[places], mask, out=mask).view(values.dtype)
    return result


def pick(array: Any, taps: Any, windows: Windows) -> Any:
    """The element at its tap in each window: the transpose of `place`.

    >>> pick(np.array([3.0, 1.0, 2.0, 5.0]), np.array([1, 0]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([1., 2.])
    """
    result = np.zeros(taps.shape, array.dtype)
    given, target = _bits(array), _bits(result)
    for tap, (places, elements) in enumerate(windows.taps):
        target[places] |= given[elements] & _mask(taps[places] == tap, array.dtype)
    return result


def indices(taps: Any, windows: Windows) -> Any:
    """Which element the taps mean, counted over all the last dimensions together.

    >>> indices(np.array([0, 1]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([0, 3])
    """
    rank = len(windows.sizes)
    offsets = np.unravel_index(np.arange(math.prod(windows.kernel_size)), windows.kernel_size)
    of_tap, of_window = np.zeros((), np.int64), np.zeros((), np.int64)
    for d, size in enumerate(windows.sizes):
        start = np.arange(windows.counts[d]) * windows.stride[d] - windows.padding[d]
        of_window = of_window * size + start.reshape((-1,) + (1,) * (rank - 1 - d))
        of_tap = of_tap * size + offsets[d] * windows.dilation[d]
    return of_tap[taps] + of_window
