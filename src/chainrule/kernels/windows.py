"""Windows that slide over the last dimensions of an array: what convolution and pooling are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

__all__ = ["add_windows", "output_sizes", "padded", "tap_slices", "windows"]


def output_sizes(
    sizes: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> tuple[int, ...]:
    """How many windows fit along each dimension that has `padding` added on both sides; below 1 where none does.

    >>> output_sizes((28,), (5,), (2,), (0,), (1,))
    (12,)
    """
    return tuple(
        [
            (size + 2 * margin - step * (length - 1) - 1) // distance + 1
            for size, length, distance, margin, step in zip(sizes, kernel, stride, padding, dilation, strict=True)
        ]
    )


def padded(array: Any, margins: Sequence[tuple[int, int]], value: Any = 0) -> Any:
    """`array` with margins of `value` before and after its last dimensions; itself where there are none to add.

    >>> padded(np.ones((1, 2)), [(1, 0)])
    array([[0., 1., 1.]])
    """
    if not any(map(any, margins)):
        return array
    lead = array.ndim - len(margins)
    inside = zip(array.shape[lead:], margins, strict=True)
    shape = (*array.shape[:lead], *[before + size + after for size, (before, after) in inside])
    result: Any = np.full(shape, value, array.dtype) if value else np.zeros(shape, array.dtype)
    places = zip(array.shape[lead:], margins, strict=True)
    result[(..., *[slice(before, before + size) for size, (before, _) in places])] = array
    return result


def windows(array: Any, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Any:
    """A view of all windows over the last dimensions: of shape `(..., *places, *kernel)`, not to be written to.

    >>> windows(np.arange(5), (3,), (2,), (1,))
    array([[0, 1, 2],
           [2, 3, 4]])
    """
    lead = array.ndim - len(kernel)
    places = output_sizes(array.shape[lead:], kernel, stride, (0,) * len(kernel), dilation)
    steps = array.strides[lead:]
    return as_strided(
        array,
        (*array.shape[:lead], *places, *kernel),
        (
            *array.strides[:lead],
            *[s * distance for s, distance in zip(steps, stride, strict=True)],
            *[s * step for s, step in zip(steps, dilation, strict=True)],
        ),
        writeable=False,
    )


def add_windows(total: Any, values: Any, stride: Sequence[int], dilation: Sequence[int]) -> None:
    """Add `values`, shaped as `windows(total, ...)` is, to the elements of `total` that the windows show.

    >>> total = np.zeros(5)
    >>> add_windows(total, np.ones((2, 3)), (2,), (1,))
    >>> total
    array([1., 1., 2., 1., 1.])
    """
    rank = len(stride)
    places, kernel = values.shape[-2 * rank : -rank], values.shape[-rank:]
    for tap in np.ndindex(*kernel):
        total[(..., *tap_slices(tap, places, stride, dilation))] += values[(..., *tap)]


def tap_slices(
    tap: Sequence[int], places: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> list[slice]:
    """Where the elements lie that all windows have at one of their places.

    >>> tap_slices((1,), (2,), (3,), (2,))
    [slice(2, 6, 3)]
    """
    return [
        slice(at * step, at * step + (count - 1) * distance + 1, distance)
        for at, count, distance, step in zip(tap, places, stride, dilation, strict=True)
    ]
