"""Samples for interpolation, grid sampling, shuffling and fractional pooling: each place is looked at alone."""

import itertools
import math

import numpy as np

from op_samples import distinct, integers, real, refuses, sample, values

EMPTY = "Input and output sizes should be greater than 0, but got input (H: 3, W: 4) output (H: 0, W: 0)"


def cubic(x, a):
    x = abs(x)
    if x < 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def lanczos(x):
    return np.sinc(x) * np.sinc(x / 3) if abs(x) < 3 else 0.0


FILTERS = {
    "linear": (1, lambda x: max(0.0, 1 - abs(x))),
    "cubic": (2, lambda x: cubic(x, -0.5)),
    "lanczos": (3, lanczos),
}


def weights(mode, size, count, align_corners, factor, antialias):
    """The matrix (count, size) of the interpolation along one dimension."""
    matrix = np.zeros((count, size))
    scale = size / count if factor is None else 1 / factor
    if align_corners:
        scale = (size - 1) / (count - 1) if count > 1 else 0.0
    for i in range(count):
        if antialias:
            reach, shape = FILTERS[mode]
            wide, middle = max(scale, 1.0), scale * (i + 0.5)
            for j in range(size):
                if int(max(middle - reach * wide + 0.5, 0)) <= j < int(middle + reach * wide + 0.5):
                    matrix[i, j] = shape((j + 0.5 - middle) / wide)
            matrix[i] /= matrix[i].sum()
            continue
        if mode.startswith("nearest"):
            matrix[i, min(int((i + 0.5 * (mode == "nearest-exact")) * scale), size - 1)] = 1
            continue
        where = scale * i if align_corners else scale * (i + 0.5) - 0.5
        if mode == "linear":
            where = min(max(where, 0), size - 1)
        for j in range(math.floor(where) - 2, math.floor(where) + 4):
            weight = max(0.0, 1 - abs(where - j)) if mode == "linear" else cubic(where - j, -0.75)
            matrix[i, min(max(j, 0), size - 1)] += weight
    return matrix


def interpolated(
    x, size=None, scale_factor=None, mode="nearest", align_corners=False, recompute_scale_factor=False, antialias=False
):
    rank = x.ndim - 2
    factors = [None] * rank
    if scale_factor is not None:
        factors = scale_factor if isinstance(scale_factor, tuple) else (scale_factor,) * rank
        size = tuple(int(n * f) for n, f in zip(x.shape[2:], factors, strict=True))
    counts = size if isinstance(size, tuple) else (size,) * rank
    along = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}.get(mode, mode)
    for d in range(rank):
        n = x.shape[2 + d]
        if mode == "area":
            matrix = np.zeros((counts[d], n))
            for i in range(counts[d]):
                part = slice(i * n // counts[d], -(-(i + 1) * n // counts[d]))
                matrix[i, part] = 1 / len(range(n)[part])
        else:
            factor = None if recompute_scale_factor else factors[d]
            matrix = weights(along, n, counts[d], align_corners, factor, antialias)
        x = np.moveaxis(np.tensordot(matrix, x, (1, 2 + d)), 0, 2 + d)
    return x


def mirrored(place, low, high):
    """`place` mirrored at both ends until it lies between them."""
    if low == high:
        return 0.0
    while not low <= place <= high:
        place = 2 * low - place if place < low else 2 * high - place
    return place


def sampled(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False):
    rank, sizes = x.ndim - 2, x.shape[2:]
    result = np.zeros((*x.shape[:2], *grid.shape[1:-1]))
    for n, *at in np.ndindex(*grid.shape[:-1]):
        found = []
        for d, size in enumerate(sizes):
            place = ((grid[(n, *at, rank - 1 - d)] + 1) * size - 1) / 2
            ends = (-0.5, size - 0.5)
            if align_corners:
                place, ends = (grid[(n, *at, rank - 1 - d)] + 1) / 2 * (size - 1), (0, size - 1)

            def inside(p, size=size, ends=ends):
                if padding_mode == "zeros":
                    return p
                return min(max(mirrored(p, *ends) if padding_mode == "reflection" else p, 0), size - 1)

            if mode == "bicubic":
                left = math.floor(place)
                taps = [(inside(j), cubic(place - j, -0.75)) for j in range(left - 1, left + 3)]
            elif mode == "nearest":
                taps = [(round(inside(place)), 1.0)]
            else:
                place = inside(place)
                taps = [(j, 1 - abs(place - j)) for j in (math.floor(place), math.floor(place) + 1)]
            found.append([(int(j), w) for j, w in taps if 0 <= j < size])
        for tap in itertools.product(*found):
            result[(n, slice(None), *at)] += math.prod(w for _, w in tap) * x[(n, slice(None), *(j for j, _ in tap))]
    return result


def affine_places(theta, size, align_corners=False):
    lines = [np.linspace(-1, 1, n) if align_corners else (2 * np.arange(n) + 1) / n - 1 for n in size[2:]]
    places = np.zeros((len(theta), *size[2:], len(size) - 2))
    for at in np.ndindex(*size[2:]):
        point = np.array([*[line[i] for line, i in zip(lines, at, strict=True)][::-1], 1.0])
        places[(slice(None), *at)] = theta @ point
    return places


def shuffled(x, r):
    result = np.zeros((*x.shape[:-3], x.shape[-3] // r**2, x.shape[-2] * r, x.shape[-1] * r), x.dtype)
    for c, i, j in np.ndindex(*result.shape[-3:]):
        result[..., c, i, j] = x[..., c * r * r + (i % r) * r + j % r, i // r, j // r]
    return result


def unshuffled(x, r):
    result = np.zeros((*x.shape[:-3], x.shape[-3] * r**2, x.shape[-2] // r, x.shape[-1] // r), x.dtype)
    for c, i, j in np.ndindex(*result.shape[-3:]):
        result[..., c, i, j] = x[..., c // (r * r), i * r + c // r % r, j * r + c % r]
    return result


def dealt(x, groups):
    return x[:, [g * (x.shape[1] // groups) + k for k in range(x.shape[1] // groups) for g in range(groups)]]


def fractional_pool(rank):
    def reference(x, kernel_size, output_size, output_ratio=None, return_indices=False, _random_samples=None):
        sizes = x.shape[2:]
        order = (1, 0) if rank == 2 else (0, 1, 2)
        found = np.zeros((*x.shape[:2], *output_size))
        where = np.zeros(found.shape, np.int64)
        for n, c, *at in np.ndindex(*found.shape):
            begins = []
            for d, i in enumerate(at):
                u, room = _random_samples[n, c, order[d]], sizes[d] - kernel_size[d]
                step = room / (output_size[d] - 1) if output_size[d] > 1 else 0
                begins.append(room if i == output_size[d] - 1 else int((i + u) * step) - int(u * step))
            window = tuple(slice(b, b + k) for b, k in zip(begins, kernel_size, strict=True))
            best = np.unravel_index(np.argmax(x[n, c][window]), kernel_size)
            found[(n, c, *at)] = x[n, c][window][best]
            where[(n, c, *at)] = np.ravel_multi_index([b + k for b, k in zip(begins, best, strict=True)], sizes)
        return (found, where) if return_indices else found

    return reference


RESAMPLED = ("resampled",)
SAMPLING = ("grid_sampler_samples", "grid_sampler_spread")
AFFINE = ("affine_grid_places", "affine_grid_back")
DRAWN = np.random.default_rng(7).uniform(0, 1, (2, 2, 3))
NUMBERS_2D, NUMBERS_3D = values(DRAWN[..., :2], differentiate=False), values(DRAWN, differentiate=False)


def between(*shape):
    """Places that keep away from the middles, edges and ends of 4 and of 5 elements, aligned or not."""
    places = np.linspace(-1.33, 1.37, math.prod(shape)).reshape(shape)
    return values(np.random.default_rng(3).permuted(places + 0.0123))


SAMPLES = [
    *(
        sample("nn.functional.interpolate", [real(2, 2, 5)], interpolated, covers=RESAMPLED, size=n, mode=mode)
        for mode in ("nearest", "nearest-exact", "linear", "area")
        for n in (3, 8)
    ),
    *(
        sample(
            "nn.functional.interpolate", [real(1, 2, 3, 4)], interpolated, covers=RESAMPLED, scale_factor=factor,
            mode=mode, align_corners=align_corners,
        )
        for mode in ("bilinear", "bicubic")
        for factor in (2, (0.7, 1.6))
        for align_corners in (False, True)
    ),
    *(
        sample(
            "nn.functional.interpolate", [real(1, 2, 9, 7)], interpolated, covers=RESAMPLED, size=(4, 11), mode=mode,
            antialias=True,
        )
        for mode in ("bilinear", "bicubic", "lanczos")
    ),
    sample(
        "nn.functional.interpolate", [real(1, 2, 3, 4)], interpolated, covers=RESAMPLED, scale_factor=(1.5, 2.0),
        must_raise=[
            refuses(RuntimeError, EMPTY, real(1, 1, 3, 4), 0),
            refuses(ValueError, "either size or scale_factor should be defined", real(1, 1, 3, 4)),
            refuses(ValueError, "only one of size or scale_factor should be defined", real(1, 1, 3, 4), 2, 2),
            refuses(
                NotImplementedError, "Got 3D input, but bilinear mode needs 4D input", real(1, 3, 4), 2,
                mode="bilinear",
            ),
            refuses(ValueError, "align_corners option can only be set with", real(1, 1, 3, 4), 2, align_corners=True),
            refuses(ValueError, "Anti-alias option is restricted to", real(1, 1, 3, 4), 2, antialias=True),
            refuses(NotImplementedError, "(got 2D) for the modes", real(3, 4), 2),
        ],
    ),
    sample(
        "nn.functional.interpolate", [real(1, 2, 3, 5)], interpolated, covers=RESAMPLED, scale_factor=1.5,
        mode="bilinear", recompute_scale_factor=True,
    ),
    sample("nn.functional.interpolate", [real(1, 1, 2, 3, 4)], interpolated, covers=RESAMPLED, size=(3, 2, 5)),
    sample(
        "nn.functional.interpolate", [real(1, 2, 2, 3, 4)], interpolated, covers=RESAMPLED, size=(3, 4, 3),
        mode="trilinear",
    ),
    *(
        sample(
            "nn.functional.grid_sample", [real(2, 2, 5, 4), between(2, 3, 4, 2)], sampled, covers=SAMPLING, mode=mode,
            padding_mode=padding_mode, align_corners=align_corners,
        )
        for mode in ("bilinear", "nearest", "bicubic")
        for padding_mode in ("zeros", "border", "reflection")
        for align_corners in (False, True)
    ),
    *(
        sample(
            "nn.functional.grid_sample", [real(1, 2, 4, 5, 4), between(1, 2, 3, 2, 3)], sampled, covers=SAMPLING,
            padding_mode=padding_mode, align_corners=False,
        )
        for padding_mode in ("zeros", "border", "reflection")
    ),
    sample(
        "nn.functional.grid_sample", [real(1, 1, 4, 5), between(1, 2, 2, 2)], sampled, covers=SAMPLING,
        align_corners=False,
        must_raise=[
            refuses(
                RuntimeError, "grid_sampler(): expected grid to have size 2 in last dimension", real(1, 1, 4, 5),
                real(1, 2, 2, 3), align_corners=False,
            ),
            refuses(
                RuntimeError, "grid_sampler(): expected grid and input to have same batch size", real(1, 1, 4, 5),
                real(2, 2, 2, 2), align_corners=False,
            ),
            refuses(
                RuntimeError, "grid_sampler(): bicubic interpolation only supports 4D input", real(1, 1, 4, 5, 4),
                real(1, 2, 2, 2, 3), mode="bicubic", align_corners=False,
            ),
        ],
    ),
    *(
        sample(
            "nn.functional.affine_grid", [real(2, len(size) - 2, len(size) - 1), size], affine_places, covers=AFFINE,
            align_corners=align_corners,
        )
        for size in ((2, 1, 3, 4), (2, 1, 2, 4, 3))
        for align_corners in (False, True)
    ),
    sample(
        "nn.functional.affine_grid", [real(1, 2, 3), (1, 1, 2, 2)], affine_places, covers=AFFINE, align_corners=False,
        must_raise=[
            refuses(
                ValueError, "Expected a batch of 2D affine matrices of shape Nx2x3 for size (1, 1, 2, 2)",
                real(1, 2, 4), (1, 1, 2, 2), align_corners=False,
            ),
            refuses(
                NotImplementedError, "affine_grid only supports 4D and 5D sizes", real(1, 2, 3), (1, 1, 2),
                align_corners=False,
            ),
        ],
    ),
    sample(
        "pixel_shuffle", [real(2, 8, 3, 2), 2], shuffled,
        must_raise=[
            refuses(RuntimeError, "input.size(-3)=3 is not divisible by 4", real(3, 2, 2), 2),
            refuses(RuntimeError, "pixel_shuffle expects a positive upscale_factor, but got 0", real(4, 2, 2), 0),
        ],
    ),
    sample("pixel_shuffle", [integers(9, 2, 3), 3], shuffled),
    sample(
        "pixel_unshuffle", [real(1, 2, 4, 6), 2], unshuffled,
        must_raise=[refuses(RuntimeError, "input.size(-2)=3 is not divisible by 2", real(4, 3, 2), 2)],
    ),
    sample(
        "channel_shuffle", [real(2, 6, 3), 3], dealt,
        must_raise=[refuses(RuntimeError, "Got 4 channels and 3 groups.", real(1, 4, 2), 3)],
    ),
    sample(
        "nn.functional.fractional_max_pool2d", [distinct(2, 2, 7, 6), (2, 3), (3, 2), None, False, NUMBERS_2D],
        fractional_pool(2), covers=("fractional_max_pool2d",),
    ),
    sample(
        "nn.functional.fractional_max_pool2d", [distinct(2, 2, 5, 5), (2, 2), (4, 3), None, True, NUMBERS_2D],
        fractional_pool(2), covers=("fractional_max_pool2d",),
    ),
    sample(
        "nn.functional.fractional_max_pool3d", [distinct(2, 2, 5, 4, 5), (2, 2, 1), (3, 2, 3), None, True, NUMBERS_3D],
        fractional_pool(3), covers=("fractional_max_pool3d",),
    ),
]  # fmt: skip
