"""Samples for convolution, `unfold` and `fold`: windows are cut out and multiplied one by one."""

import numpy as np

from op_samples import booleans, complexes, integers, real, refuses, sample


def full(numbers, rank):
    return tuple(numbers) * (rank if len(numbers) == 1 else 1)


def window_at(place, kernel, stride, dilation):
    return tuple(
        slice(p * s, p * s + d * (k - 1) + 1, d) for p, k, s, d in zip(place, kernel, stride, dilation, strict=True)
    )


def margins(x, padding):
    return np.pad(x, [(0, 0), (0, 0), *[(p, p) for p in padding]])


def convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    kernel = weight.shape[2:]
    rank = len(kernel)
    stride, padding, dilation = full(stride, rank), full(padding, rank), full(dilation, rank)
    if transposed:
        result = transpose(x, weight, stride, padding, dilation, full(output_padding, rank), groups)
    else:
        x = margins(x, padding)
        spread = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        places = [(n - w) // s + 1 for n, w, s in zip(x.shape[2:], spread, stride, strict=True)]
        result = np.empty((len(x), len(weight), *places), x.dtype)
        for group in range(groups):
            own, of = np.array_split(weight, groups)[group], np.array_split(x, groups, 1)[group]
            for place in np.ndindex(*places):
                window = of[(..., *window_at(place, kernel, stride, dilation))]
                numbers = np.tensordot(window, own, (range(1, rank + 2), range(1, rank + 2)))
                result[(slice(None), slice(group * len(own), (group + 1) * len(own)), *place)] = numbers
    return result if bias is None else result + bias.reshape(-1, *(1,) * rank)


def transpose(x, weight, stride, padding, dilation, output_padding, groups):
    kernel = weight.shape[2:]
    sizes = [
        (n - 1) * s + d * (k - 1) + 1 + more
        for n, k, s, d, more in zip(x.shape[2:], kernel, stride, dilation, output_padding, strict=True)
    ]
    parts = []
    for group in range(groups):
        own, of = np.array_split(weight, groups)[group], np.array_split(x, groups, 1)[group]
        total = np.zeros((len(x), own.shape[1], *sizes), x.dtype)
        for place in np.ndindex(*x.shape[2:]):
            at = window_at(place, kernel, stride, dilation)
            total[(..., *at)] += np.tensordot(of[(..., *place)], own, 1)
        parts.append(total)
    inside = [slice(p, n - p) for n, p in zip(sizes, padding, strict=True)]
    return np.concatenate(parts, 1)[(..., *inside)]


def weight_gradient(grad, x, kernel, stride, padding, dilation, groups):
    x = margins(x, padding)
    result = np.zeros((grad.shape[1], x.shape[1] // groups, *kernel))
    for group in range(groups):
        of, seen = np.array_split(grad, groups, 1)[group], np.array_split(x, groups, 1)[group]
        rows = slice(group * of.shape[1], (group + 1) * of.shape[1])
        for place in np.ndindex(*grad.shape[2:]):
            window = seen[(..., *window_at(place, kernel, stride, dilation))]
            result[rows] += np.tensordot(of[(..., *place)], window, (0, 0))
    return result


def functional(rank, transposed=False):
    def reference(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, output_padding=0):
        stride, padding, dilation, output_padding = (
            (n,) if isinstance(n, int) else n for n in (stride, padding, dilation, output_padding)
        )
        batched = x.ndim == rank + 2
        result = convolution(
            x if batched else x[None], weight, bias, stride, padding, dilation, transposed, output_padding, groups
        )
        return result if batched else result[0]

    return reference


def same(x, weight, padding):
    both = [k - 1 for k in weight.shape[2:]]
    x = np.pad(x, [(0, 0), (0, 0), *[(n // 2, n - n // 2) for n in both]])
    return functional(len(both))(x, weight)


def conv(name, x, weight, bias, stride, padding, dilation, groups, **more):
    arguments = [x, weight, bias, stride, padding, dilation, False, (0,) * len(stride), groups]
    return sample("convolution", arguments, convolution, name=f"convolution: {name}", **more)


def transposed(name, x, weight, bias, stride, padding, output_padding, groups, dilation):
    arguments = [x, weight, bias, stride, padding, dilation, True, output_padding, groups]
    return sample("convolution", arguments, convolution, name=f"transposed convolution: {name}")


ONES, ZEROS = (1, 1), (0, 0)
PLAIN = (None, ONES, ZEROS, ONES, False, ZEROS, 1)
CHANNELS = "Given groups=1, weight of size [3, 2, 2, 2], expected input[1, 4, 5, 5] to have 2 channels, but got 4"
TOO_SMALL = "Calculated padded input size per channel: (2 x 5). Kernel size: (3 x 3). Kernel size can't be greater"
DIMENSIONS = "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [5, 5]"

CONVOLUTION = [
    conv(
        "plain", real(2, 2, 5, 4), real(3, 2, 3, 2), real(3), ONES, ZEROS, ONES, 1,
        must_raise=[
            refuses(RuntimeError, CHANNELS, real(1, 4, 5, 5), real(3, 2, 2, 2), *PLAIN),
            refuses(RuntimeError, TOO_SMALL, real(1, 2, 2, 5), real(3, 2, 3, 3), *PLAIN),
            refuses(
                RuntimeError, "expected bias to be 1-dimensional with 3 elements, but got bias of size [2] instead",
                real(1, 2, 5, 5), real(3, 2, 3, 3), real(2), ONES, ZEROS, ONES, False, ZEROS, 1,
            ),
            refuses(
                RuntimeError, "expected scalar type Double but found Long",
                real(1, 2, 5, 5), integers(3, 2, 3, 3), None, ONES, ZEROS, ONES, False, ZEROS, 1,
            ),
            refuses(
                NotImplementedError, "\"slow_conv2d_cpu\" not implemented for 'Bool'",
                booleans(1, 2, 5, 5), booleans(3, 2, 3, 3), None, ONES, ZEROS, ONES, False, ZEROS, 1,
            ),
        ],
    ),
    conv("padding, stride", real(2, 2, 6, 5), real(3, 2, 3, 2), real(3), (2, 3), (1, 2), ONES, 1),
    conv("padding, dilation", real(2, 2, 6, 5), real(3, 2, 3, 2), None, (1, 2), (2, 1), (2, 3), 1),
    conv("groups", real(2, 4, 4, 5), real(6, 2, 2, 3), real(6), (1, 2), (1, 0), ONES, 2),
    conv("each channel alone", real(2, 3, 4, 5), real(3, 1, 3, 3), real(3), ONES, ONES, ONES, 3),
    conv("kernel of one", real(2, 4, 2, 3), real(6, 2, 1, 1), real(6), ONES, ZEROS, ONES, 2),
    conv("kernel of one, stride", real(2, 3, 5, 4), real(2, 3, 1, 1), None, (2, 2), ZEROS, ONES, 1),
    conv("more padding than kernel", real(1, 2, 3, 3), real(2, 2, 2, 2), None, ONES, (3, 2), ONES, 1),
    conv("many pictures", real(9, 1, 6, 7), real(2, 1, 3, 3), real(2), ONES, ONES, ONES, 1),
    conv("one dimension", real(2, 3, 9), real(4, 3, 3), real(4), (2,), (1,), (2,), 1),
    conv("three dimensions", real(2, 2, 3, 4, 4), real(3, 2, 2, 2, 3), real(3), (1, 2, 1), (0, 1, 1), (1, 1, 1), 1),
    conv("complex numbers", complexes(2, 2, 4, 4), complexes(3, 2, 2, 3), complexes(3), ONES, (1, 0), ONES, 1),
    conv("integers", integers(2, 2, 4, 4), integers(3, 2, 2, 3), integers(3), ONES, (1, 0), ONES, 1),
    transposed("plain", real(2, 2, 3, 4), real(2, 3, 3, 2), real(3), ONES, ZEROS, ZEROS, 1, ONES),
    transposed("stride, padding", real(2, 2, 3, 4), real(2, 3, 3, 2), real(3), (2, 3), (1, 0), (1, 2), 1, ONES),
    transposed("groups, dilation", real(2, 4, 3, 3), real(4, 2, 2, 2), None, (1, 2), (1, 1), (1, 0), 2, (2, 1)),
    transposed("kernel of one", real(2, 3, 2, 3), real(3, 2, 1, 1), real(2), ONES, ZEROS, ZEROS, 1, ONES),
    transposed("kernel of one, output padding", real(2, 3, 2, 3), real(3, 2, 1, 1), None, ONES, ZEROS, ONES, 1, (2, 2)),
    transposed("one dimension", real(2, 3, 5), real(3, 2, 3), real(2), (2,), (1,), (1,), 1, (1,)),
    transposed("complex numbers", complexes(2, 2, 3), complexes(2, 3, 2), None, (2,), (0,), (0,), 1, (1,)),
    sample(
        "convolution_weight", [real(2, 4, 3, 2), real(2, 4, 5, 5), (2, 3), (2, 2), (1, 1), (1, 2), 2], weight_gradient,
    ),
    sample(
        "convolution_weight", [real(2, 4, 3, 2), real(2, 3, 4, 3), (2, 2), ONES, ZEROS, ONES, 1], weight_gradient,
        name="convolution_weight of neighbours",
    ),
]  # fmt: skip

AS_CALLED = [
    sample("nn.functional.conv1d", [real(2, 3, 7), real(4, 3, 3), real(4)], functional(1), covers=(), padding=1),
    sample(
        "nn.functional.conv2d", [real(2, 5, 6), real(4, 2, 3, 3)], functional(2), covers=(), stride=2,
        must_raise=[
            refuses(RuntimeError, DIMENSIONS, real(5, 5), real(4, 2, 3, 3)),
            refuses(RuntimeError, "Invalid padding string: 'full'", real(2, 5, 6), real(4, 2, 3, 3), padding="full"),
            refuses(
                RuntimeError, "padding='same' is not supported for strided convolutions",
                real(2, 5, 6), real(4, 2, 3, 3), padding="same", stride=2,
            ),
            refuses(RuntimeError, "negative padding is not", real(2, 5, 6), real(4, 2, 3, 3), padding=-1),
            refuses(RuntimeError, "non-positive stride is not", real(2, 5, 6), real(4, 2, 3, 3), stride=0),
            refuses(RuntimeError, "non-positive groups is not", real(2, 5, 6), real(4, 2, 3, 3), groups=0),
            refuses(
                RuntimeError, "expected stride to be a single integer value or a list of 2 values to match the",
                real(2, 5, 6), real(4, 2, 3, 3), stride=(1, 1, 1),
            ),
            refuses(TypeError, "argument 'stride' must be tuple of ints, not float", real(2, 5, 6), real(4, 2, 3, 3),
                    stride=1.5),
            refuses(TypeError, "argument 'weight' (position 2) must be Tensor, not int", real(2, 5, 6), 3),
        ],
    ),
    sample("nn.functional.conv2d", [real(1, 2, 4, 5), real(2, 2, 2, 4)], same, covers=(), padding="same"),
    sample("nn.functional.conv3d", [real(2, 3, 3, 4), real(2, 2, 2, 1, 3)], functional(3), covers=()),
    sample(
        "nn.functional.conv_transpose1d", [real(2, 4), real(2, 3, 3)], functional(1, transposed=True), covers=(),
        stride=2,
    ),
    sample(
        "nn.functional.conv_transpose2d", [real(2, 2, 3, 4), real(2, 3, 3, 3), real(3)],
        functional(2, transposed=True), covers=(), stride=2, output_padding=1,
        must_raise=[
            refuses(
                RuntimeError, "output padding must be smaller than either stride or dilation, but got "
                "output_padding_height: 2 output_padding_width: 2 stride_height: 2 stride_width: 2 dilation_height: 1",
                real(2, 2, 3, 4), real(2, 3, 3, 3), stride=2, output_padding=2,
            ),
            refuses(
                RuntimeError, "Calculated output size per channel: (-1 x 0). Output size is too small",
                real(2, 2, 3, 4), real(2, 3, 3, 3), padding=3,
            ),
        ],
    ),
    sample(
        "nn.functional.conv_transpose3d", [real(2, 2, 3, 2), real(2, 2, 2, 1, 2)], functional(3, transposed=True),
        covers=(),
    ),
]  # fmt: skip


def im2col(x, kernel, dilation, padding, stride):
    batch = x if x.ndim == 4 else x[None]
    units = np.eye(batch.shape[1] * np.prod(kernel)).reshape(-1, batch.shape[1], *kernel)
    columns = convolution(batch, units, None, stride, padding, dilation, False, ZEROS, 1)
    columns = columns.reshape(*columns.shape[:2], -1)
    return columns if x.ndim == 4 else columns[0]


def col2im(columns, size, kernel, dilation, padding, stride):
    batch = columns if columns.ndim == 3 else columns[None]
    channels = batch.shape[1] // np.prod(kernel)
    around = [n + 2 * p - d * (k - 1) - 1 for n, k, p, d in zip(size, kernel, padding, dilation, strict=True)]
    places = [n // s + 1 for n, s in zip(around, stride, strict=True)]
    more = tuple(n % s for n, s in zip(around, stride, strict=True))
    units = np.eye(batch.shape[1]).reshape(-1, channels, *kernel)
    pictures = batch.reshape(*batch.shape[:2], *places)
    total = convolution(pictures, units, None, stride, padding, dilation, True, more, 1)
    return total if columns.ndim == 3 else total[0]


FOLDING = [
    sample(
        "im2col", [real(2, 3, 5, 6), (2, 3), (2, 1), (1, 0), (1, 2)], im2col,
        must_raise=[
            refuses(RuntimeError, "possibly 0 batch size and other non-zero", real(3, 4), ONES, ONES, ZEROS, ONES),
            refuses(RuntimeError, "sliding blocks as (0, 0), but its", real(1, 3, 3), (4, 4), ONES, ZEROS, ONES),
            refuses(RuntimeError, "stride should be greater than zero", real(1, 3, 3), ONES, ONES, ZEROS, ZEROS),
            refuses(RuntimeError, "padding should be non-negative", real(1, 3, 3), ONES, ONES, (-1, 0), ONES),
            refuses(NotImplementedError, '"im2col_out_cpu" not', integers(1, 3, 3), ONES, ONES, ZEROS, ONES),
        ],
    ),
    sample("im2col", [real(3, 4, 4), (2, 2), ONES, ZEROS, ONES], im2col, name="im2col of one picture"),
    sample(
        "col2im", [real(2, 12, 15), (5, 6), (2, 2), (2, 1), ZEROS, (1, 1)], col2im,
        must_raise=[
            refuses(
                RuntimeError, "by the product of kernel_size, but got input.size(1)=5 and kernel_size=(2, 2)",
                real(5, 4), (3, 3), (2, 2), ONES, ZEROS, ONES,
            ),
            refuses(
                RuntimeError, "sliding blocks 2 * 2 = 4, but got input.size(2)=5.",
                real(4, 5), (3, 3), (2, 2), ONES, ZEROS, ONES,
            ),
            refuses(NotImplementedError, '"col2im_out_cpu" not', integers(4, 4), (3, 3), (2, 2), ONES, ZEROS, ONES),
        ],
    ),
    sample("col2im", [real(4, 6), (4, 5), (2, 2), ONES, (1, 0), (2, 2)], col2im, name="col2im of one picture"),
    sample("nn.functional.unfold", [real(2, 3, 4), 2], lambda x, n: im2col(x, (n, n), ONES, ZEROS, ONES), covers=()),
    sample(
        "nn.functional.fold", [real(8, 6), (3, 4), 2],
        lambda x, size, n: col2im(x, size, (n, n), ONES, ZEROS, ONES), covers=(),
    ),
]  # fmt: skip

SAMPLES = CONVOLUTION + AS_CALLED + FOLDING
