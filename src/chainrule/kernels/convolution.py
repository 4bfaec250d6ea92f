"""Convolution over any number of dimensions, and its two gradients, as products of matrices.

Numbers under the windows are copied into columns, which a matrix of the weights is multiplied with. What is copied, and
in which order, decides the speed:

- *Shared lines.* Windows that lie below each other share lines of the input. So windows are spelt out along all
  dimensions but the first, line by line; the columns of one line of the result are then a contiguous part of that,
  and neighbours overlap. This copies a 5 x 5 kernel's input 5 times, where columns of their own take 25 copies. It
  makes one product for each line of the result, which must be long enough: see `_plan`.
- *Own columns* where lines are short, or taps lie apart along the first dimension: one product for many lines.
- *The batch innermost* where lines are short, because NumPy copies short runs slowly: the images of a batch are first
  interleaved, number by number.
- *Fourier transforms* for long kernels along one dimension: see long_convolution.py.

Everything is done in pieces of the batch, and of the lines of an image, that fit into the cache.
benchmarks/convolution.py measures these ways beside each other; the numbers in `_plan` come from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from chainrule.kernels import memory, threads
from chainrule.kernels.long_convolution import convolve_long, is_long, long_weight_gradient
from chainrule.kernels.windows import output_sizes, padded, tap_slices

__all__ = ["convolve", "input_gradient", "weight_gradient"]

Array = Any
Sizes = tuple[int, ...]

# The limits below are read off benchmarks/convolution.py. Some of its numbers, with AVX-512 and one thread, in
# microseconds; whoever forces one choice leaves the others to the rule:
#
#                                           shared lines   own columns   batch first   batch last   PyTorch
#   5x5, 1 -> 6 at 28, 64 images                     305           548           304          301       615
#     its gradient for the weight                    326           898           335          335       660
#   5x5, 6 -> 16 at 14, 64 images                    337           470           385          384       331
#   3x3, 64 -> 64 at 28, one image                   650           482           482          482       581
#   3x3 of each of 64 channels at 28, 16 images     1581          2727          1794         1593      1108
#   31 taps, 16 -> 16 at 1000, 16 images            2897          4497          3033         3310      7356
#
#                                                 folded     convolved     PyTorch
#   5x5, 6 -> 16: gradient for the input             514           874         793
#   3x3, 64 -> 64 at 28: gradient for the input      684           484         595

# So many numbers are spelt out at once: 2 MB in single precision.
PIECE = 1 << 19
# Products of no more multiplications than this OpenBLAS does without bringing the factors into its own order first, on
# processors with AVX-512: (16, 150) times (150, 400) at 220 billion operations in a second, times (150, 500) at 105.
SMALL_PRODUCT = 10**6
# They are cut into blocks of so few columns, but of no fewer than these.
FEW_COLUMNS = 64
# A product along long rows, as the gradient for a weight is, must have no more results than this for it; it is cut into
# as many rows of columns as that allows, but no fewer than these.
SMALL_RESULT = 1200
FEWEST_ROWS = 32
# From so many multiplications on the batch is cut into two pieces at least,
WORTH_TWO = 1 << 22
# and from so many on the pieces are worth threads: see threads.py. A LeNet learns from 64 images at a time as quickly
# with one thread as with two (8 and 15 million), and from 256 in 18 and 14 ms.
WORTH_THREADS = 1 << 24
# Lines of the result with fewer numbers than this (over a piece of the batch) make poor products; divided by the lines
# under a window, as what sharing saves grows with them.
LONG_LINE = 144
SHORTEST_LINE = 8
# Runs shorter than this are copied slowly.
LONG_RUN = 16


class Geometry(NamedTuple):
    """How windows lie on their input: one number per dimension."""

    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    groups: int

    def places(self, sizes: Sequence[int]) -> Sizes:
        """The sizes of the result for an input of `sizes`."""
        return output_sizes(sizes, self.kernel, self.stride, self.padding, self.dilation)


class Plan(NamedTuple):
    """Which way to go: see the head of this file.

    `images` and `lines` of the result make a piece; `side_by_side`: threads may each take one.
    """

    shares_lines: bool
    batch_last: bool
    images: int
    lines: int
    side_by_side: bool


def _plan(geometry: Geometry, batch: int, shape: tuple[int, int], places: Sizes, *, adds_up: bool = False) -> Plan:
    # `shape`: how many numbers under a window, how many results; both in a group. `adds_up`: the products are added.
    kernel, stride = geometry.kernel, geometry.stride
    under, results = shape
    groups = geometry.groups
    line = max(math.prod(places[1:]), 1)
    long_line = max(LONG_LINE // kernel[0], SHORTEST_LINE, 5 * results // 2 if adds_up else 0)
    lines = max(places[0], 1)
    shares_lines = geometry.dilation[0] == 1 and kernel[0] > stride[0] and line * batch >= long_line
    if adds_up and 8 * under * results > PIECE:
        shares_lines = False  # each line would have a product as large as the whole result
    batch_last = places[-1] < LONG_RUN and batch >= LONG_RUN // 2
    # What is spelt out of a line of the result of one image.
    numbers = max(under * groups * line, 1)
    if shares_lines:
        numbers = max(numbers * stride[0] // kernel[0], 1)
    images = PIECE // (numbers * lines)
    multiplications = under * results * groups * line * lines * batch
    if multiplications >= WORTH_TWO:
        images = min(images, -(-batch // 2))
    fewest = max(-(-long_line // line) if shares_lines else 1, LONG_RUN if batch_last else 1)
    images = min(max(images, fewest), batch)
    images = -(-batch // -(-batch // images))  # pieces of about the same size
    lines = min(max(PIECE // (numbers * images), 2 * kernel[0] if shares_lines else 1), lines)
    # OpenBLAS computes large products in several threads itself.
    small = under * results * min(line * images, FEW_COLUMNS) <= SMALL_PRODUCT
    side_by_side = small and multiplications >= WORTH_THREADS
    return Plan(shares_lines, batch_last, images, lines, side_by_side)


class Piece(NamedTuple):
    """Some lines of the result."""

    start: int
    stop: int

    @property
    def height(self) -> int:
        """How many lines."""
        return self.stop - self.start


def _pieces(plan: Plan, lines: int) -> Iterator[Piece]:
    for start in range(0, lines, plan.lines):
        yield Piece(start, min(start + plan.lines, lines))


def _for_images(plan: Plan, batch: int, work: Callable[[slice], None]) -> None:
    # Call `work` for the images of each piece. How the batch is cut does not hang on the number of threads.
    works: list[Callable[[], None]] = [
        partial(work, slice(i, min(i + plan.images, batch))) for i in range(0, batch, plan.images)
    ]
    if len(works) > 1 and plan.side_by_side and threads.count() > 1:
        threads.run_side_by_side(works)
    else:
        for each in works:
            each()


# ---- the arrays that products are made of ----


def _source(x: Array, padding: Sizes, *, batch_last: bool) -> Array:
    # The input with its margins; with the batch innermost in memory, though it is first in the shape all the same.
    if not batch_last:
        return padded(x, [(p, p) for p in padding])
    return np.moveaxis(_margins_of_zeros(np.moveaxis(x, 0, -1), padding), -1, 0)


def _margins_of_zeros(x: Array, padding: Sizes) -> Array:
    # x: channels, sizes, batch. Always a copy, in this order.
    inside = x.shape[1:-1]
    around = tuple(n + 2 * p for n, p in zip(inside, padding, strict=True))
    result = (np.zeros if any(padding) else np.empty)((x.shape[0], *around, x.shape[-1]), x.dtype)
    result[(slice(None), *[slice(p, p + n) for n, p in zip(inside, padding, strict=True)])] = x
    return result


def _line_axes(rank: int, *, batch_last: bool) -> tuple[int, ...]:
    # The axes of one line, of an array with axes (batch, groups, channels, *places), as they follow each other in a
    # column.
    rest = tuple(range(4, 3 + rank))
    return (*rest, 0) if batch_last else (0, *rest)


def _columns(source: Array, piece: Piece, geometry: Geometry, places: Sizes, plan: Plan) -> Array:
    # Of a piece: (groups, lines, numbers under a window, columns of a line), or all lines as one. The numbers under a
    # window are in the order (first tap, channel, other taps).
    kernel, stride, _, dilation, groups = geometry
    images, channels = len(source), source.shape[1] // groups
    of_image, of_channel, *along = source.strides
    first = source[:, :, piece.start * stride[0] :]
    line = places[1:]
    steps = tuple(s * n for s, n in zip(along[1:], stride[1:], strict=True))
    line_shape = (*line, images) if plan.batch_last else (images, *line)
    line_steps = (*steps, of_image) if plan.batch_last else (of_image, *steps)
    taps = (channels, *kernel[1:])
    tap_steps = (of_channel, *[s * n for s, n in zip(along[1:], dilation[1:], strict=True)])
    shape: Sizes
    if plan.shares_lines:
        shape = (groups, (piece.height - 1) * stride[0] + kernel[0], *taps, *line_shape)
        view = as_strided(first, shape, (of_channel * channels, along[0], *tap_steps, *line_steps), writeable=False)
        copy = view.copy()
        length = math.prod(line_shape)
        below = copy.strides[1]
        return as_strided(
            copy,
            (groups, piece.height, kernel[0] * math.prod(taps), length),
            (copy.strides[0], below * stride[0], length * copy.itemsize, copy.itemsize),
            writeable=False,
        )
    shape = (groups, kernel[0], *taps, piece.height, *line_shape)
    view = as_strided(
        first,
        shape,
        (
            of_channel * channels,
            along[0] * dilation[0],
            *tap_steps,
            along[0] * stride[0],
            *line_steps,
        ),
        writeable=False,
    )
    return view.reshape(groups, 1, kernel[0] * math.prod(taps), piece.height * math.prod(line_shape))


def _in_columns(result: Array, piece: Piece, groups: int, plan: Plan) -> Array:
    # The part of the result that is made of a piece, as a view: (groups, lines, channels, *line), or with the lines
    # behind the channels where each has columns of its own.
    batch, channels, *places = result.shape
    part = result.reshape(batch, groups, channels // groups, *places)[:, :, :, piece.start : piece.stop]
    line = _line_axes(len(places), batch_last=plan.batch_last)
    return part.transpose((1, 3, 2, *line) if plan.shares_lines else (1, 2, 3, *line))


def _matrix_of(part: Array, plan: Plan) -> Array:
    # What `_in_columns` gives, as a stack of matrices, one for the columns of each.
    groups, *sizes = part.shape
    if plan.shares_lines:
        return part.reshape(groups, sizes[0], sizes[1], math.prod(sizes[2:]))
    return part.reshape(groups, 1, sizes[0], math.prod(sizes[1:]))


def _weight_matrix(weight: Array, groups: int) -> Array:
    # (groups, 1, results, numbers under a window), these in the order of `_columns`.
    results, channels, first, *rest = weight.shape
    ordered = weight.reshape(groups, results // groups, channels, first, *rest).swapaxes(2, 3)
    # BLAS takes no numbers that lie in reverse, as those of a kernel that is turned round do.
    return np.ascontiguousarray(ordered.reshape(groups, 1, results // groups, math.prod(weight.shape[1:])))


def _product(matrix: Array, columns: Array) -> Array:
    # matrix: (groups, 1, rows, inner); columns: (groups, stack, inner, count). In blocks of columns: see SMALL_PRODUCT.
    rows, inner = matrix.shape[2:]
    count = columns.shape[-1]
    most = SMALL_PRODUCT // (rows * inner)
    if not FEW_COLUMNS <= most < count:
        return np.matmul(matrix, columns)
    size = -(-count // -(-count // most))
    whole = count // size * size
    result = np.empty((*columns.shape[:2], rows, count), columns.dtype)
    np.matmul(matrix[:, :, None], _blocks(columns[..., :whole], size), out=_blocks(result[..., :whole], size))
    if whole < count:
        np.matmul(matrix, columns[..., whole:], out=result[..., whole:])
    return result


def _blocks(matrices: Array, size: int) -> Array:
    *stack, rows, count = matrices.shape
    return matrices.reshape(*stack, rows, count // size, size).swapaxes(-2, -3)


# ---- the three operations ----


def convolve(x: Array, weight: Array, geometry: Geometry, bias: Array | None = None) -> Array:
    """The convolution of `x` (batch, channels, *sizes) with `weight` (results, channels / groups, *kernel).

    `bias` (results,) is added where it is not None.
    """
    batch = len(x)
    results, groups = len(weight), geometry.groups
    places = geometry.places(x.shape[2:])
    if _is_pointwise(geometry, x.shape[2:], places):
        return _pointwise(x, weight, bias, groups)
    if _is_long(x, geometry, places[0]):
        result = convolve_long(x, weight, geometry.padding[0], groups)
        if np.isfinite(result).all():
            return result if bias is None else np.add(result, bias.reshape(-1, 1), out=result)
    result = memory.empty((batch, results, *places), x.dtype)
    matrix = _weight_matrix(weight, groups)
    plan = _plan(geometry, batch, matrix.shape[:1:-1], places)
    added = None
    if bias is not None:
        of_group = (1, results // groups) if plan.shares_lines else (results // groups, 1)
        added = bias.reshape(groups, *of_group, *(1,) * len(places))

    def work(images: slice) -> None:
        source = _source(x[images], geometry.padding, batch_last=plan.batch_last)
        for piece in _pieces(plan, places[0]):
            product = _product(matrix, _columns(source, piece, geometry, places, plan))
            part = _in_columns(result[images], piece, groups, plan)
            product = product.reshape(part.shape)
            if added is None:
                part[...] = product
            elif plan.batch_last:
                product += added
                part[...] = product
            else:
                np.add(product, added, out=part)

    _for_images(plan, batch, work)
    return result


def weight_gradient(grad: Array, x: Array, geometry: Geometry) -> Array:
    """The gradient for the weight: of shape (results, channels / groups, *kernel)."""
    batch, channels = x.shape[:2]
    results, groups, kernel = grad.shape[1], geometry.groups, geometry.kernel
    places = grad.shape[2:]
    if _is_pointwise(geometry, x.shape[2:], places):
        return _pointwise_weight_gradient(grad, x, groups)
    if _is_long(x, geometry, places[0]):
        result = long_weight_gradient(grad, x, kernel[0], geometry.padding[0], groups)
        if np.isfinite(result).all():
            return result
    under = math.prod(kernel) * channels // groups
    plan = _plan(geometry, batch, (under, results // groups), places, adds_up=True)
    rows = _rows_at_once(under, results // groups)
    plan = plan._replace(side_by_side=plan.side_by_side and rows * results // groups <= SMALL_RESULT)
    totals: dict[int, Array] = {}

    def work(images: slice) -> None:
        source = _source(x[images], geometry.padding, batch_last=plan.batch_last)
        total = 0
        for piece in _pieces(plan, places[0]):
            columns = _columns(source, piece, geometry, places, plan)
            part = _matrix_of(_in_columns(grad[images], piece, groups, plan), plan)
            # With the longer side first: that is the faster order.
            stack = columns.reshape(*columns.shape[:2], under // rows, rows, columns.shape[-1])
            total = total + np.matmul(stack, part.swapaxes(-1, -2)[:, :, None]).sum(axis=1)
        if totals and not plan.side_by_side:
            totals[0] += total
        else:
            totals[images.start] = total

    _for_images(plan, batch, work)
    total = sum(totals[start] for start in sorted(totals)).reshape(groups, under, results // groups)
    ordered = total.swapaxes(1, 2).reshape(results, kernel[0], channels // groups, *kernel[1:])
    return np.ascontiguousarray(ordered.swapaxes(1, 2))


def _rows_at_once(under: int, results: int) -> int:
    # So many numbers under a window are multiplied at once: all, unless fewer make a SMALL_RESULT.
    fitting = [n for n in range(FEWEST_ROWS, under + 1) if under % n == 0 and n * results <= SMALL_RESULT]
    return max(fitting, default=under)


def input_gradient(grad: Array, weight: Array, geometry: Geometry, sizes: Sizes, bias: Array | None = None) -> Array:
    """The gradient for an input of `sizes`, which is the transposed convolution of `grad` with `weight`.

    `bias` (channels,) is added where it is not None.
    """
    if _is_pointwise(geometry, sizes, grad.shape[2:]):
        return _pointwise(grad, _transposed(weight, geometry.groups), bias, geometry.groups)
    if _is_better_convolved(grad, weight, sizes, geometry):
        margins = tuple(
            [d * (k - 1) - p for k, p, d in zip(geometry.kernel, geometry.padding, geometry.dilation, strict=True)]
        )
        turned = _transposed(weight, geometry.groups)[(..., *[slice(None, None, -1)] * len(sizes))]
        return convolve(grad, turned, geometry._replace(padding=margins), bias)
    return _folded(grad, weight, sizes, geometry, bias)


def _transposed(weight: Array, groups: int) -> Array:
    # Results and channels change places, within their groups.
    results, channels, *kernel = weight.shape
    return (
        weight.reshape(groups, results // groups, channels, *kernel)
        .swapaxes(1, 2)
        .reshape(groups * channels, results // groups, *kernel)
    )


def _is_better_convolved(grad: Array, weight: Array, sizes: Sizes, geometry: Geometry) -> bool:
    # Where windows lie side by side, the gradient is a convolution of the gradient with the kernel turned round. Its
    # products are as many as the input has places, folding back has as many as the result, and adds up columns as well.
    kernel, stride, padding, dilation, groups = geometry
    if max(stride) != 1 or geometry.places(sizes) != grad.shape[2:]:
        return False
    if min([d * (k - 1) - p for k, p, d in zip(kernel, padding, dilation, strict=True)]) < 0:
        return False
    if _is_long(grad, geometry, sizes[0]):
        return True
    results, channels = len(weight) // groups, weight.shape[1]
    convolved = math.prod(sizes) * results * (1 + COST_OF_FEW_ROWS / channels)
    folded = math.prod(grad.shape[2:]) * (results + COST_OF_ADDING) + COST_OF_A_CALL / (len(grad) * channels * groups)
    return bool(convolved < folded)


# Where columns are folded back, adding one number up costs as much as this many multiplications,
COST_OF_ADDING = 12
# and each tap a few calls of NumPy, which cost as much as these.
COST_OF_A_CALL = 100_000
# A product with few rows, as a convolution with few results is, takes as much longer as if it had so many more of them.
COST_OF_FEW_ROWS = 4


def _folded(grad: Array, weight: Array, sizes: Sizes, geometry: Geometry, bias: Array | None) -> Array:
    padding, groups = geometry.padding, geometry.groups
    batch, channels = len(grad), weight.shape[1] * groups
    places = grad.shape[2:]
    result = memory.empty((batch, channels, *sizes), grad.dtype)
    matrix = _weight_matrix(weight, groups).swapaxes(-1, -2)
    plan = _plan(geometry, batch, matrix.shape[2:], places)
    around = tuple(n + 2 * p for n, p in zip(sizes, padding, strict=True))
    inside = tuple(slice(p, p + n) for n, p in zip(sizes, padding, strict=True))

    def work(images: slice) -> None:
        count = images.stop - images.start
        total = np.zeros((channels, *around, count) if plan.batch_last else (count, channels, *around), grad.dtype)
        if plan.batch_last:
            total = np.moveaxis(total, -1, 0)
        for piece in _pieces(plan, places[0]):
            part = _matrix_of(_in_columns(grad[images], piece, groups, plan), plan)
            _fold(total, _product(matrix, part), piece, geometry, places, plan)
        cut = total[(slice(None), slice(None), *inside)]
        if bias is None:
            result[images] = cut
        else:
            np.add(cut, bias.reshape(channels, *(1,) * len(sizes)), out=result[images])

    _for_images(plan, batch, work)
    return result


def _fold(total: Array, columns: Array, piece: Piece, geometry: Geometry, places: Sizes, plan: Plan) -> None:
    # Add columns to the numbers that stand in them: the transpose of `_columns`.
    kernel, stride, _, dilation, groups = geometry
    count, channels = len(total), total.shape[1] // groups
    line = places[1:]
    line_shape = (*line, count) if plan.batch_last else (count, *line)
    taps = (channels, *kernel[1:])
    start = piece.start * stride[0]
    by_group = total.reshape(count, groups, channels, *total.shape[2:])[:, :, :, start:]
    order = _line_axes(len(kernel), batch_last=plan.batch_last)
    if plan.shares_lines:
        height = (piece.height - 1) * stride[0] + kernel[0]
        lines = np.zeros((groups, height, *taps, *line_shape), columns.dtype)
        parts = columns.reshape(groups, piece.height, kernel[0], *taps, *line_shape)
        for tap in range(kernel[0]):
            lines[:, tap : tap + (piece.height - 1) * stride[0] + 1 : stride[0]] += parts[:, :, tap]
        for others in np.ndindex(*kernel[1:]):
            where = tap_slices(others, line, stride[1:], dilation[1:])
            target = by_group[(slice(None), slice(None), slice(None), slice(height), *where)]
            target.transpose(1, 3, 2, *order)[...] += lines[(slice(None), slice(None), slice(None), *others)]
        return
    parts = columns.reshape(groups, kernel[0], *taps, piece.height, *line_shape)
    for taps_at in np.ndindex(*kernel):
        where = tap_slices(taps_at, (piece.height, *line), stride, dilation)
        target = by_group[(slice(None), slice(None), slice(None), *where)]
        target.transpose(1, 2, 3, *order)[...] += parts[(slice(None), taps_at[0], slice(None), *taps_at[1:])]


# ---- kernels that go another way ----


def _is_long(x: Array, geometry: Geometry, places: int) -> bool:
    # Transforms spread what is not finite over all places; where a result says so, it is computed again, by products.
    return (
        len(geometry.kernel) == 1
        and geometry.stride == geometry.dilation == (1,)
        and is_long(x, geometry.kernel[0], places, geometry.groups)
    )


def _is_pointwise(geometry: Geometry, sizes: Sizes, places: Sizes) -> bool:
    return geometry.kernel == geometry.stride == (1,) * len(sizes) and sizes == places


def _by_groups(x: Array, groups: int) -> Array:
    return x.reshape(len(x), groups, x.shape[1] // groups, math.prod(x.shape[2:]))


def _pointwise(x: Array, weight: Array, bias: Array | None, groups: int) -> Array:
    results = len(weight)
    product = np.matmul(weight.reshape(groups, results // groups, weight.shape[1]), _by_groups(x, groups))
    if bias is not None:
        product += bias.reshape(groups, results // groups, 1)
    return product.reshape(len(x), results, *x.shape[2:])


def _pointwise_weight_gradient(grad: Array, x: Array, groups: int) -> Array:
    results, channels = grad.shape[1], x.shape[1] // groups
    left, right = _by_groups(grad, groups), _by_groups(x, groups).swapaxes(-1, -2)
    images = max(PIECE // (results * channels), 1)
    total = sum(np.matmul(left[i : i + images], right[i : i + images]).sum(axis=0) for i in range(0, len(x), images))
    return total.reshape(results, channels, *(1,) * (x.ndim - 2))
