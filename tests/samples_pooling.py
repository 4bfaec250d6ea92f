"""Samples for pooling: each window is looked at alone, in a loop."""

import itertools
import math

import numpy as np

from op_samples import distinct, integers, nonzero, real, refuses, sample, values

TOO_SMALL = "Given input size: (2x3x4). Calculated output size: (2x0x0). Output size is too small"
HALF = "pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1"


def each(number, rank):
    """One number for each dimension."""
    return number if isinstance(number, tuple) else (number,) * rank


def places(size, length, step, margin, distance, ceil_mode):
    """Where the windows along one dimension begin, and where the elements of each of them are."""
    room = size + 2 * margin - (length - 1) * distance - 1
    count = (math.ceil(room / step) if ceil_mode else room // step) + 1
    starts = [i * step - margin for i in range(count)]
    if ceil_mode and starts[-1] >= size:
        starts.pop()
    return [[s + k * distance for k in range(length)] for s in starts]


def pooled(x, along, combine):
    """`combine` of the elements of every window; it is also given their indices, and where the window lies."""
    rank = len(along)
    lead, sizes = x.shape[: x.ndim - rank], x.shape[x.ndim - rank :]
    result = np.zeros((*lead, *map(len, along)), object)
    for plane in np.ndindex(*lead):
        for window in np.ndindex(*map(len, along)):
            taps = [along[d][window[d]] for d in range(rank)]
            inside = [
                tap for tap in itertools.product(*taps) if all(0 <= i < n for i, n in zip(tap, sizes, strict=True))
            ]
            result[plane + window] = combine([x[plane + tap] for tap in inside], inside, taps)
    return result


def windows(x, rank, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    stride = kernel_size if stride is None else stride
    numbers = zip(*[each(n, rank) for n in (kernel_size, stride, padding, dilation)], strict=True)
    return [places(size, *of_one, ceil_mode) for size, of_one in zip(x.shape[-rank:], numbers, strict=True)]


def parts(x, rank, counts):
    return [
        [list(range(i * size // n, -(-(i + 1) * size // n))) for i in range(n)]
        for size, n in zip(x.shape[-rank:], each(counts, rank), strict=True)
    ]


def largest(x, rank, along, return_indices):
    sizes = x.shape[-rank:]
    maxima = pooled(x, along, lambda found, at, taps: max(found)).astype(x.dtype)
    if not return_indices:
        return maxima
    where = pooled(x, along, lambda found, at, taps: np.ravel_multi_index(at[int(np.argmax(found))], sizes))
    return maxima, where.astype(np.int64)


def max_pool(rank):
    def reference(x, *window, return_indices=False, **options):
        return largest(x, rank, windows(x, rank, *window, **options), return_indices)

    return reference


def adaptive_max_pool(rank):
    def reference(x, counts, return_indices=False):
        return largest(x, rank, parts(x, rank, counts), return_indices)

    return reference


def adaptive_avg_pool(rank):
    return lambda x, counts: pooled(x, parts(x, rank, counts), lambda found, at, taps: np.mean(found)).astype(x.dtype)


def avg_pool(rank):
    def reference(
        x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        ends = [n + m for n, m in zip(x.shape[-rank:], each(padding, rank), strict=True)]

        def mean(found, at, taps):
            # Zeros of the padding count, but not what lies beyond it.
            whole = math.prod(sum(i < end for i in of_one) for of_one, end in zip(taps, ends, strict=True))
            return sum(found) / (divisor_override or (whole if count_include_pad else len(found)))

        along = windows(x, rank, kernel_size, stride, padding, ceil_mode=ceil_mode)
        return pooled(x, along, mean).astype(x.dtype)

    return reference


def lp_pool(rank):
    def reference(x, norm_type, kernel_size, stride=None, ceil_mode=False):
        along = windows(x, rank, kernel_size, stride, ceil_mode=ceil_mode)
        whole = math.prod(each(kernel_size, rank))

        def power_mean(found, at, taps):
            return (sum(n**norm_type for n in found) / len(found) * whole) ** (1 / norm_type)

        return pooled(x, along, power_mean).astype(x.dtype)

    return reference


def max_unpool(x, indices, sizes):
    result = np.zeros((*x.shape[: x.ndim - len(sizes)], *sizes))
    for at in np.ndindex(*x.shape):
        result[at[: x.ndim - len(sizes)]][np.unravel_index(indices[at], sizes)] = x[at]
    return result


MAX_2D = ("max_pool2d_with_indices", "max_pool2d_with_indices_backward", "elements_at_taps")
MAX_3D = ("max_pool3d_with_indices", "max_pool3d_with_indices_backward", "elements_at_taps")
AVG_2D = ("avg_pool2d", "avg_pool2d_backward")
AVG_3D = ("avg_pool3d", "avg_pool3d_backward")
ADAPTIVE_2D = ("adaptive_avg_pool2d", "adaptive_avg_pool2d_backward")
ADAPTIVE_3D = ("adaptive_avg_pool3d", "adaptive_avg_pool3d_backward")

SAMPLES = [
    sample("nn.functional.max_pool1d", [distinct(2, 3, 8), 2], max_pool(1), covers=MAX_2D),
    sample(
        "nn.functional.max_pool1d", [distinct(3, 9), 3, 2, 1, 2, True], max_pool(1), covers=MAX_2D, return_indices=True,
    ),
    sample(
        "nn.functional.max_pool2d", [distinct(2, 3, 4, 6), 2], max_pool(2), covers=MAX_2D,
        must_raise=[
            refuses(RuntimeError, TOO_SMALL, real(2, 3, 4), 5),
            refuses(RuntimeError, HALF, real(2, 3, 4), 2, 1, 2),
            refuses(RuntimeError, "non-empty 3D or 4D (batch mode) tensor expected for input", real(3, 4), 2),
            refuses(RuntimeError, "stride should not be zero", real(2, 3, 4), 2, 0),
        ],
    ),
    sample("nn.functional.max_pool2d", [distinct(2, 5, 7), 3, 2, 1], max_pool(2), covers=MAX_2D),
    sample("nn.functional.max_pool2d", [distinct(2, 5, 7), (2, 3), 1], max_pool(2), covers=MAX_2D, dilation=(2, 1)),
    sample("nn.functional.max_pool2d", [distinct(1, 2, 5, 5), 2], max_pool(2), covers=MAX_2D, ceil_mode=True),
    sample("nn.functional.max_pool2d", [distinct(2, 5, 7), 2, 3], max_pool(2), covers=MAX_2D, return_indices=True),
    sample("nn.functional.max_pool2d", [integers(2, 5, 7), 3, 2, 1], max_pool(2), covers=("largest_of_windows",)),
    sample(
        "nn.functional.max_pool2d", [integers(2, 5, 7), 3, 2, 1], max_pool(2), covers=("indices_of_taps",),
        return_indices=True,
    ),
    sample("nn.functional.max_pool3d", [distinct(2, 4, 5, 4), 2], max_pool(3), covers=MAX_3D),
    sample("nn.functional.max_pool3d", [distinct(1, 1, 4, 5, 4), 3, (1, 2, 1), 1], max_pool(3), covers=MAX_3D),
    sample("nn.functional.avg_pool1d", [real(2, 3, 8), 3, 2, 1], avg_pool(1), covers=AVG_2D),
    sample(
        "nn.functional.avg_pool2d", [real(2, 3, 4, 6), 2], avg_pool(2), covers=AVG_2D,
        must_raise=[
            refuses(RuntimeError, TOO_SMALL, real(2, 3, 4), 5),
            refuses(RuntimeError, HALF, real(2, 3, 4), 2, 1, 2),
            refuses(RuntimeError, "divisor must be not zero", real(2, 3, 4), 2, divisor_override=0),
        ],
    ),
    sample("nn.functional.avg_pool2d", [real(2, 5, 7), (3, 2), (2, 3), 1, True], avg_pool(2), covers=AVG_2D),
    sample("nn.functional.avg_pool2d", [real(2, 5, 7), 3, 2, 1, True, False], avg_pool(2), covers=AVG_2D),
    sample("nn.functional.avg_pool2d", [real(2, 5, 7), 3, 1], avg_pool(2), covers=AVG_2D, divisor_override=-2),
    sample("nn.functional.avg_pool3d", [real(2, 3, 4, 5), 2, 1, 1], avg_pool(3), covers=AVG_3D),
    sample("nn.functional.adaptive_avg_pool1d", [real(2, 3, 7), 3], adaptive_avg_pool(1), covers=ADAPTIVE_2D),
    sample(
        "nn.functional.adaptive_avg_pool2d", [real(2, 5, 7), (3, 2)], adaptive_avg_pool(2), covers=ADAPTIVE_2D,
        must_raise=[
            refuses(RuntimeError, "adaptive_avg_pool2d: output_size must be 2", real(2, 3, 4, 5), (1, 2, 3)),
            refuses(RuntimeError, "Expected 3D or 4D tensor, but got [2, 3]", real(2, 3), 2),
        ],
    ),
    sample("nn.functional.adaptive_avg_pool2d", [real(2, 6, 4), (3, 2)], adaptive_avg_pool(2), covers=ADAPTIVE_2D),
    sample("nn.functional.adaptive_avg_pool2d", [real(2, 6, 4), 1], adaptive_avg_pool(2), covers=()),
    sample(
        "nn.functional.adaptive_avg_pool3d", [real(2, 3, 4, 5), (2, 3, 2)], adaptive_avg_pool(3), covers=ADAPTIVE_3D,
    ),
    sample(
        "nn.functional.adaptive_max_pool1d", [distinct(2, 3, 7), 3], adaptive_max_pool(1),
        covers=("adaptive_max_pool2d",),
    ),
    sample(
        "nn.functional.adaptive_max_pool2d", [distinct(2, 5, 7), (3, 2)], adaptive_max_pool(2),
        covers=("adaptive_max_pool2d",), return_indices=True,
        must_raise=[refuses(RuntimeError, "Expected 3D or 4D tensor, but got: [2, 3]", real(2, 3), 2)],
    ),
    sample(
        "nn.functional.adaptive_max_pool2d", [distinct(2, 6, 4), (3, 2)], adaptive_max_pool(2),
        covers=("adaptive_max_pool2d",), return_indices=True,
    ),
    sample(
        "nn.functional.adaptive_max_pool3d", [distinct(2, 3, 4, 5), (2, 3, 2)], adaptive_max_pool(3),
        covers=("adaptive_max_pool3d",), return_indices=True,
    ),
    sample("nn.functional.lp_pool1d", [nonzero(2, 3, 8), 2.0, 3, 2], lp_pool(1), covers=()),
    sample("nn.functional.lp_pool2d", [real(2, 4, 6, low=0.3), 3.0, (2, 3)], lp_pool(2), covers=()),
    sample("nn.functional.lp_pool3d", [real(1, 4, 3, 4, low=0.3), 2.0, 2], lp_pool(3), covers=(), ceil_mode=True),
    sample(
        "max_unpool2d", [real(1, 2, 2), values([[[0, 3], [8, 15]]]), (4, 4)], max_unpool,
    ),
    sample(
        "max_unpool3d", [real(1, 1, 2, 2), values([[[[0, 3], [8, 15]]]]), (2, 4, 3)], max_unpool,
    ),
]  # fmt: skip
