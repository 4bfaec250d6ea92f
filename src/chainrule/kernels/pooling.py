"""The largest elements and the sums of windows that slide over the last dimensions of an array, and where they go back.

A window has a fixed number of places, its taps. All windows are worked on at once, tap after tap: the elements that
they have at one tap are a slice of the array. Places beyond the array (padding) are in no slice.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from typing import Any, Final, TypeAlias

import numpy as np

from chainrule.kernels import threads
from chainrule.kernels.memory import empty
from chainrule.kernels.selection import INTEGERS
from chainrule.kernels.threads import WORTH_A_THREAD

__all__ = ["Windows", "divisors", "indices", "largest", "largest_and_taps", "pick", "place", "spread", "sums"]

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

    @cached_property
    def empty(self) -> Any:
        """Which windows have no element at all, because all of their taps lie outside."""
        inside = []
        for count, taps in zip(self.counts, self.along, strict=True):
            inside.append(np.zeros(count, np.bool_))
            for places, _ in taps:
                inside[-1][places] = True
        return ~reduce(np.logical_and.outer, inside)

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


# ---- a piece after the other ----

# About so many numbers at once: what a step writes is still in the cache when the next one reads it.
PIECE: Final = 1 << 18


def _in_pieces(work: Callable[..., None], windows: Windows, arrays: Sequence[Any], results: Sequence[Any]) -> None:
    # Calls `work(*arrays, *results)`, which fills the results, for some planes after the others and in several threads.
    rank = len(windows.sizes)
    both = (*arrays, *results)
    count = math.prod(results[0].shape[:-rank])
    size = count * math.prod(windows.sizes)
    if size < 2 * PIECE or count < 2 or not all(array.flags.c_contiguous for array in both):
        work(*both)
        return
    planes = [array.reshape((count, *array.shape[-rank:])) for array in both]
    crew = max(min(threads.count(), size // WORTH_A_THREAD, count), 1)
    pieces = min(max(size // PIECE, crew), count)
    cuts = [count * i // pieces for i in range(pieces + 1)]

    def one_after_the_other(first: int, last: int) -> None:
        for i in range(first, last):
            work(*[array[cuts[i] : cuts[i + 1]] for array in planes])

    works: list[Callable[[], None]] = [
        partial(one_after_the_other, pieces * i // crew, pieces * (i + 1) // crew) for i in range(crew)
    ]
    threads.run_side_by_side(works)


# ---- one dimension after the other ----


def _lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _at(axis: int, part: slice) -> Any:
    return (..., part, *(slice(None),) * (-1 - axis))


def _combine_along(combine: np.ufunc, array: Any, axis: int, taps: Sequence[Tap], result: Any, start: Any) -> None:
    # The taps along one axis combined to one; `start` is what a window without any element gives.
    whole = slice(0, result.shape[axis])
    everywhere = [array[_at(axis, elements)] for places, elements in taps if places == whole]
    parts = [tap for tap in taps if tap[0] != whole and tap[0].stop]
    if len(everywhere) > 1:
        combine(everywhere[0], everywhere[1], out=result)
    else:
        result[...] = everywhere[0] if everywhere else start
    for elements in everywhere[2:]:
        combine(result, elements, out=result)
    for places, elements in parts:
        target = result[_at(axis, places)]
        combine(target, array[_at(axis, elements)], out=target)


def _combine(combine: np.ufunc, start: Any, windows: Windows, array: Any, result: Any) -> None:
    rank = len(windows.sizes)
    shape = list(array.shape)
    dimensions = [d for d in range(rank) if not windows.trivial(d)]
    for d in dimensions:
        axis = d - rank
        shape[axis] = windows.counts[d]
        target = result if d == dimensions[-1] else np.empty(shape, array.dtype)
        _combine_along(combine, array, axis, windows.along[d], target, start)
        array = target
    if not dimensions:
        result[...] = array


def _result(array: Any, sizes: tuple[int, ...], dtype: Any) -> Any:
    return empty((*array.shape[: array.ndim - len(sizes)], *sizes), dtype)


def largest(array: Any, windows: Windows) -> Any:
    """The largest element of each window; NaN where there is one.

    >>> largest(np.array([[3.0, 1.0, 2.0, 5.0]]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([[3., 5.]])
    """
    values = _result(array, windows.counts, array.dtype)
    _in_pieces(partial(_combine, np.maximum, _lowest(array.dtype), windows), windows, (array,), (values,))
    return values


def sums(array: Any, windows: Windows) -> Any:
    """The sum of each window, padding counted as zero.

    >>> sums(np.array([[3.0, 1.0, 2.0, 5.0]]), Windows((4,), (3,), (2,), (1,), (0,), (1,)))
    array([[4., 3., 7.]])
    """
    result = _result(array, windows.counts, array.dtype)
    _in_pieces(partial(_combine, np.add, 0, windows), windows, (array,), (result,))
    return result


def spread(values: Any, windows: Windows) -> Any:
    """The transpose of `sums`: zeros, and the value of each window added to all its elements.

    >>> spread(np.array([[1.0, 2.0]]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([[1., 1., 2., 2.]])
    """
    result = _result(values, windows.sizes, values.dtype)
    _in_pieces(partial(_spread, windows), windows, (values,), (result,))
    return result


def _spread(windows: Windows, values: Any, result: Any) -> None:
    rank = len(windows.sizes)
    shape = list(values.shape)
    dimensions = [d for d in reversed(range(rank)) if not windows.trivial(d)]
    for d in dimensions:
        axis = d - rank
        shape[axis] = windows.sizes[d]
        target = result if d == dimensions[-1] else np.empty(shape, values.dtype)
        if not windows.exhaustive[d]:
            target[...] = 0
        for places, elements in windows.along[d]:
            if windows.disjoint[d]:
                target[_at(axis, elements)] = values[_at(axis, places)]
            else:
                target[_at(axis, elements)] += values[_at(axis, places)]
        values = target
    if not dimensions:
        result[...] = values


def divisors(windows: Windows, count_include_pad: bool) -> Any:
    """By what the sums are divided for means: a number where all windows lie within the array, else one for each.

    `count_include_pad`: whether places in the padding count; those beyond it never do.

    >>> divisors(Windows((3,), (2,), (2,), (2,), (0,), (1,)), True)
    array([2, 1])
    """
    along = list(zip(windows.sizes, windows.counts, windows.kernel_size, windows.stride, windows.padding, strict=True))
    if all(not margin and (count - 1) * step + length <= size for size, count, length, step, margin in along):
        return math.prod(windows.kernel_size)
    lengths = []
    for size, count, length, step, margin in along:
        start = np.arange(count) * step - margin
        end = np.minimum(start + length, size + margin)
        if not count_include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        lengths.append(np.maximum(end - start, 1))
    rank = len(lengths)
    return math.prod(numbers.reshape((-1,) + (1,) * (rank - 1 - d)) for d, numbers in enumerate(lengths))


# ---- which tap has the largest element ----


def largest_and_taps(array: Any, windows: Windows) -> tuple[Any, Any]:
    """What `largest` gives, and the numbers of the taps that it comes from.

    Of equal elements it is the first one, of several NaN the last one.

    >>> largest_and_taps(np.array([[3.0, 3.0, 2.0, 5.0]]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    (array([[3., 5.]]), array([[0, 1]], dtype=uint8))
    """
    values = _result(array, windows.counts, array.dtype)
    taps = _result(array, windows.counts, np.min_scalar_type(math.prod(windows.kernel_size)))
    _in_pieces(partial(_find_largest, windows), windows, (array,), (values, taps))
    return values, taps


def _find_largest(windows: Windows, array: Any, values: Any, taps: Any) -> None:
    _combine(np.maximum, _lowest(array.dtype), windows, array, values)
    # The first tap whose element equals the largest has as many before it as there are that do not.
    taps[...] = 0
    for places, elements in reversed(windows.taps[:-1]):
        taps += 1
        taps[places] *= np.not_equal(array[elements], values[places]).view(np.uint8)
    if array.dtype.kind == "f" and values.size and np.isnan(values.max()):
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

    >>> place(np.array([[7.0, 8.0]]), np.array([[0, 1]]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([[7., 0., 0., 8.]])
    """
    result = _result(values, windows.sizes, values.dtype)
    _in_pieces(partial(_place, windows), windows, (values, taps), (result,))
    return result


def _place(windows: Windows, values: Any, taps: Any, result: Any) -> None:
    if not all(windows.disjoint):
        # Several values may meet at an element: adding them up one by one is a single run over the memory.
        size, count = math.prod(windows.sizes), math.prod(windows.counts)
        planes = np.arange(result.size // size) * size
        where = indices(taps, windows).reshape(len(planes), count) + planes[:, None]
        values = values.reshape(where.shape)
        if windows.empty.any():
            nowhere = windows.empty.reshape(-1)
            where, values = np.where(nowhere, 0, where), np.where(nowhere, 0, values)
        result[...] = np.bincount(where.reshape(-1), values.reshape(-1), result.size).reshape(result.shape)
        return
    if not all(windows.exhaustive):
        result[...] = 0
    given, target = _bits(values), _bits(result)
    for tap, (places, elements) in enumerate(windows.taps):
        np.bitwise_and(given[places], _mask(taps[places] == tap, values.dtype), out=target[elements])


def pick(array: Any, taps: Any, windows: Windows) -> Any:
    """The element at its tap in each window: the transpose of `place`.

    >>> pick(np.array([[3.0, 1.0, 2.0, 5.0]]), np.array([[1, 0]]), Windows((4,), (2,), (2,), (2,), (0,), (1,)))
    array([[1., 2.]])
    """
    result = _result(array, windows.counts, array.dtype)
    _in_pieces(partial(_pick, windows), windows, (array, taps), (result,))
    return result


def _pick(windows: Windows, array: Any, taps: Any, result: Any) -> None:
    result[...] = 0
    given, target = _bits(array), _bits(result)
    for tap, (places, elements) in enumerate(windows.taps):
        target[places] |= given[elements] & _mask(taps[places] == tap, array.dtype)


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
