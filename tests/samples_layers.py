"""Samples for normalisation, padding and similarity (ops/normalization.py, padding.py, similarity.py)."""

import numpy as np

from op_samples import booleans, complexes, integers, positive, real, refuses, sample

EPS = 1e-3


def standardized(x, axes, eps):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def scaled(y, weight, bias):
    return y * (1 if weight is None else weight) + (0 if bias is None else bias)


def by_channel(parameter, x):
    return None if parameter is None else parameter.reshape(-1, *(1,) * (x.ndim - 2))


def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    return scaled(standardized(x, tuple(range(-len(shape), 0)), eps), weight, bias)


def group_norm(x, groups, weight=None, bias=None, eps=1e-5):
    y = standardized(x.reshape(len(x), groups, -1), 2, eps).reshape(x.shape)
    return scaled(y, by_channel(weight, x), by_channel(bias, x))


def batch_norm(x, weight, bias, mean, variance, eps):
    if mean is None:
        y = standardized(x, (0, *range(2, x.ndim)), eps)
    else:
        y = (x - by_channel(mean, x)) / np.sqrt(by_channel(variance, x) + eps)
    return scaled(y, by_channel(weight, x), by_channel(bias, x))


MEAN, VARIANCE = real(3, differentiate=False), positive(3, differentiate=False)
WRONG_SHAPE = "Given normalized_shape=[4], expected input with shape [*, 4], but got input of size[2, 3]"
INDIVISIBLE = "but got input of shape [2, 3] and num_groups=2"

NORMALISATION = [
    sample(
        "native_layer_norm", [real(2, 3), (3,), real(3), real(3), EPS], layer_norm,
        must_raise=[
            refuses(RuntimeError, WRONG_SHAPE, real(2, 3), (4,), None, None, EPS),
            refuses(RuntimeError, "Expected weight to be of same", real(2, 3), (3,), real(2), None, EPS),
            refuses(RuntimeError, "Expected bias to be of same", real(2, 3), (3,), None, real(2), EPS),
            refuses(RuntimeError, "at least 1-dimensional", real(2, 3), (), None, None, EPS),
            refuses(NotImplementedError, '"LayerNormKernelImpl" not', integers(2, 3), (3,), None, None, EPS),
        ],
    ),
    sample("native_layer_norm", [real(2, 3, 4), (3, 4), None, real(3, 4), EPS], layer_norm, name="layer_norm of two"),
    sample("nn.functional.layer_norm", [real(2, 3, 4), (4,), real(4)], layer_norm, covers=()),
    sample(
        "native_group_norm", [real(2, 4, 3), 2, real(4), real(4), EPS], group_norm,
        must_raise=[
            refuses(RuntimeError, INDIVISIBLE, real(2, 3), 2, None, None, EPS),
            refuses(RuntimeError, "Expected weight to be a vector", real(2, 4), 2, real(2), None, EPS),
            refuses(RuntimeError, "Expected at least 2 dimensions", real(4), 2, None, None, EPS),
        ],
    ),
    sample("native_group_norm", [real(2, 4), 1, None, None, EPS], group_norm, name="group_norm without weights"),
    sample("native_group_norm", [real(2, 4, 3, 2), 2, real(4), real(4), EPS], group_norm, name="group_norm of images"),
    sample("nn.functional.group_norm", [real(2, 4, 3, 2), 4, real(4)], group_norm, covers=()),
    sample(
        "native_batch_norm", [real(4, 3), real(3), real(3), None, None, EPS], batch_norm,
        must_raise=[
            refuses(RuntimeError, "weight should contain 3 elements not 2", real(4, 3), real(2), None, None, None, EPS),
        ],
    ),
    sample("native_batch_norm", [real(2, 3, 4), None, real(3), None, None, EPS], batch_norm, name="batch_norm"),
    sample(
        "native_batch_norm", [real(2, 3, 2, 4), real(3), None, None, None, EPS], batch_norm,
        name="batch_norm of images",
    ),
    sample(
        "native_batch_norm", [real(5, 3), real(3), real(3), MEAN, VARIANCE, EPS], batch_norm,
        name="batch_norm of rows by running values",
    ),
    sample(
        "native_batch_norm", [real(2, 3, 4), real(3), real(3), MEAN, VARIANCE, EPS], batch_norm,
        name="batch_norm by running values",
    ),
    sample(
        "nn.functional.normalize", [real(3, 4)], lambda x: x / np.linalg.norm(x, axis=1, keepdims=True), covers=(),
    ),
    sample(
        "nn.functional.normalize", [real(3, 4)], lambda x, p, dim: x / np.abs(x).sum(dim, keepdims=True),
        p=1, dim=0, covers=(),
    ),
]  # fmt: skip


def numpy_mode(mode):
    return {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]


def padded(x, pad, mode):
    margins = [(0, 0)] * (x.ndim - len(pad) // 2) + list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    return np.pad(x, margins, numpy_mode(mode))


def pad_backward(grad, shape, pad, mode):
    # The transpose: what each element becomes, times the gradient.
    units = np.eye(np.prod(shape)).reshape(-1, *shape)
    return np.array([np.sum(padded(unit, pad, mode) * grad) for unit in units]).reshape(shape)


PADDING = [
    sample(
        "constant_pad_nd", [real(2, 3), (1, 2), 7.0], lambda x, pad, v: np.pad(x, ((0, 0), (1, 2)), constant_values=v),
        must_raise=[
            refuses(RuntimeError, "Padding length must be divisible by 2", real(3), (1,)),
            refuses(RuntimeError, "Padding length should be less than or equal to two", real(3), (1, 1, 1, 1)),
            refuses(RuntimeError, "narrow(): length must be non-negative.", real(3), (-2, -2)),
        ],
    ),
    sample("constant_pad_nd", [real(2, 3), (-1, 2, 0, 1)], lambda x, pad: np.pad(x[:, 1:], ((0, 1), (0, 2)))),
    sample("constant_pad_nd", [complexes(3), (1, 0)], lambda x, pad: np.pad(x, (1, 0))),
    sample("constant_pad_nd", [integers(3), (1, 0)], lambda x, pad: np.pad(x, (1, 0))),
    *[
        sample("pad_with_itself", [real(*shape), pad, mode], padded, name=f"pad({mode}, {len(pad)})")
        for mode in ("reflect", "replicate", "circular")
        for shape, pad in [((2, 4), (1, 3)), ((2, 3, 4), (2, 1, 0, 2)), ((1, 2, 3, 4), (1, 1, 2, 0, 1, 1))]
    ],
    *[
        sample(
            "pad_backward", [real(2, 6, 7), (2, 4, 4), (2, 1, 0, 2), mode], pad_backward, name=f"pad_backward({mode})"
        )
        for mode in ("reflect", "replicate", "circular")
    ],
    sample(
        "nn.functional.pad", [real(2, 4), (3, 3), "reflect"], padded, covers=(),
        must_raise=[
            refuses(NotImplementedError, "Unrecognised padding mode mirror", real(2, 4), (1, 1), "mirror"),
            refuses(NotImplementedError, "is not supported for 1D input", real(4), (1, 1), "reflect"),
            refuses(RuntimeError, "Padding size should be less than", real(2, 4), (4, 1), "reflect"),
            refuses(RuntimeError, "wrapping around more than once", real(2, 4), (5, 1), "circular"),
            refuses(RuntimeError, "is too small. Calculated output W: 0", real(2, 4), (-2, -2), "replicate"),
            refuses(NotImplementedError, "not implemented for 'Bool'", booleans(2, 4), (1, 1), "replicate"),
        ],
    ),
]  # fmt: skip


def cosine_similarity(a, b, dim=1):
    return (a * b).sum(dim) / np.linalg.norm(a, axis=dim) / np.linalg.norm(b, axis=dim)


SIMILARITY = [
    sample("cosine_similarity", [real(3, 4), real(3, 4)], cosine_similarity, covers=()),
    sample("cosine_similarity", [real(2, 3, 4), real(2, 3, 4)], cosine_similarity, dim=-1, covers=()),
]

SAMPLES = NORMALISATION + PADDING + SIMILARITY
