"""Samples for embedding bags, further normalisations and randomized units (ops/embedding_bag.py and others)."""

import numpy as np

from op_samples import complexes, integers, nonzero, positive, real, refuses, sample, values

# ---- bags ----


def bags(weight, indices, offsets, by_frequency=False, mode=0, per_sample_weights=None, padding=-1):
    ends = [*offsets[1:], len(indices)]
    found = np.zeros((len(offsets), weight.shape[1]))
    for bag, (start, end) in enumerate(zip(offsets, ends, strict=True)):
        kept = [i for i in range(start, end) if indices[i] != padding]
        rows = weight[indices[kept]]
        if per_sample_weights is not None:
            rows = rows * per_sample_weights[kept][:, None]
        if len(rows):
            found[bag] = (rows.sum(0), rows.mean(0), rows.max(0))[mode]
    return found


def of_matrix(indices, weight, mode):
    return {"sum": np.sum, "mean": np.mean, "max": np.max}[mode](weight[indices], axis=1)


NUMBERS, OFFSETS = values([0, 1, 2, 2, 4, 1, 0, 0]), values([0, 2, 2, 5])
BAG = "nn.functional.embedding_bag"
BAGS = [
    *[
        sample(
            "embedding_bag", [real(5, 3), NUMBERS, OFFSETS, False, mode, None, padding], bags,
            name=f"embedding_bag({mode}, {padding})",
        )
        for mode in (0, 1, 2)
        for padding in (-1, 2)
    ],
    sample("embedding_bag", [real(5, 3), NUMBERS, OFFSETS, False, 0, real(8), 1], bags, name="weighted embedding_bag"),
    sample(
        "embedding_bag", [real(6, 300), integers(96, low=0, high=6), values([0, 40, 90]), False, 1, None, 1], bags,
        name="embedding_bag of many",
    ),
    *[
        sample(BAG, [values([[0, 1, 1], [3, 0, 2]]), real(4, 2)], of_matrix, mode=mode, covers=())
        for mode in ("sum", "mean", "max")
    ],
    sample(
        BAG, [NUMBERS, real(5, 3), OFFSETS], lambda at, w, o: bags(w, at, o, mode=1), covers=(),
        must_raise=[
            refuses(RuntimeError, "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start",
                    NUMBERS, real(5, 3), values([1, 2])),
            refuses(RuntimeError, "offsets[-1] can not be greater than input's length 8 but got offsets[-1] of 9",
                    NUMBERS, real(5, 3), values([0, 9])),
            refuses(RuntimeError, "Index 4 of input takes value 4 which is not in the valid range [0, 4)", NUMBERS,
                    real(4, 3), OFFSETS),
            refuses(RuntimeError, "Expected tensor for argument #1 'indices' to have one of the following scalar types",
                    real(8), real(5, 3), OFFSETS),
            refuses(ValueError, "mode has to be one of sum, mean or max", NUMBERS, real(5, 3), OFFSETS, mode="most"),
            refuses(ValueError, "offsets has to be a 1D Tensor but got None", NUMBERS, real(5, 3)),
            refuses(ValueError, "if input is 2D, then offsets has to be None", integers(1, 2), real(5, 3), OFFSETS),
            refuses(ValueError, "weight has to be a 2D Tensor, but got Tensor of dimension 1", NUMBERS, real(5)),
            refuses(ValueError, "max mode does not support scaling the gradient by the frequency", NUMBERS, real(5, 3),
                    OFFSETS, mode="max", scale_grad_by_freq=True),
            refuses(NotImplementedError, "per_sample_weights is only supported for mode='sum' (got mode='mean')",
                    NUMBERS, real(5, 3), OFFSETS, None, 2, False, "mean", False, real(8)),
            refuses(RuntimeError, "padding_idx must be within the number of embeddings, -5 through 4, but got 7",
                    NUMBERS, real(5, 3), OFFSETS, padding_idx=7),
        ],
    ),
    sample("embedding_bag", [real(5, 3), integers(0), values([0, 0]), False, 2, None, -1], bags, name="empty bags"),
]  # fmt: skip

# ---- normalisation ----


def rms_norm(x, shape, weight=None, eps=None):
    axes = tuple(range(-len(shape), 0))
    y = x / np.sqrt((x * x).mean(axes, keepdims=True) + (np.finfo(x.dtype).eps if eps is None else eps))
    return y if weight is None else y * weight


def by_channel(parameter, x):
    return parameter.reshape(-1, *(1,) * (x.ndim - 2))


def instance_norm(x, mean=None, var=None, weight=None, bias=None, use_input_stats=True, eps=1e-5):
    axes = tuple(range(2, x.ndim))
    mean = x.mean(axes, keepdims=True) if use_input_stats else by_channel(mean, x)
    var = x.var(axes, keepdims=True) if use_input_stats else by_channel(var, x)
    y = (x - mean) / np.sqrt(var + eps)
    y = y if weight is None else y * by_channel(weight, x)
    return y if bias is None else y + by_channel(bias, x)


def local_response_norm(x, size, alpha, beta, k):
    total = np.zeros_like(x)
    for channel in range(x.shape[1]):
        start = max(channel - size // 2, 0)
        total[:, channel] = (x[:, start : channel + (size - 1) // 2 + 1] ** 2).sum(1)
    return x / (k + alpha * total / size) ** beta


RMS, INSTANCE, RESPONSE = (f"nn.functional.{name}" for name in ("rms_norm", "instance_norm", "local_response_norm"))
WRONG_SHAPE = "Expected weight to be of same shape as normalized_shape, but got weight of shape [3]"
NORMALISATION = [
    sample("rms_norm", [real(2, 3, 4), (4,), real(4), 1e-3], rms_norm),
    sample("rms_norm", [real(2, 3, 4), (3, 4), real(3, 4), 1e-3], rms_norm, name="rms_norm of two"),
    sample("rms_norm", [complexes(2, 3), (3,), complexes(3), 1e-3], rms_norm, name="rms_norm of complex numbers"),
    sample(
        RMS, [nonzero(2, 3), (3,)], rms_norm, covers=(),
        must_raise=[
            refuses(RuntimeError, WRONG_SHAPE, real(2, 4), (4,), real(3)),
            refuses(RuntimeError, "expected input with shape [*4], but got input of size[2, 3]", real(2, 3), (4,)),
            refuses(RuntimeError, "Expected normalized_shape to be at least 1-dimensional", real(2, 3), ()),
            refuses(NotImplementedError, '"rms_norm" not implemented for \'Long\'', integers(2, 3), (3,)),
            refuses(TypeError, "argument 'normalized_shape' (position 2) must be tuple of ints, not int", real(2), 2),
        ],
    ),
    sample(
        INSTANCE, [real(2, 3, 4)], instance_norm, covers=(),
        must_raise=[
            refuses(ValueError, "Expected more than 1 spatial element when training", real(2, 3, 1)),
            refuses(RuntimeError, "Expected running_mean and running_var to be defined when use_input_stats is false",
                    real(2, 3, 4), use_input_stats=False),
            refuses(RuntimeError, "weight should contain 6 elements not 4", real(2, 3, 4), None, None, real(2)),
            refuses(NotImplementedError, '"batch_norm" not implemented for \'Long\'', integers(2, 3, 4)),
        ],
    ),
    sample(INSTANCE, [real(2, 3, 4, 2), None, None, real(3), real(3)], instance_norm, covers=(),
           name="instance_norm of images"),
    sample(
        INSTANCE, [real(2, 3, 4), real(3, differentiate=False), positive(3, differentiate=False), real(3), real(3)],
        instance_norm, use_input_stats=False, covers=(), name="instance_norm by running values",
    ),
    *[
        sample(RESPONSE, [real(*shape), size, 0.3, 0.6, 1.2], local_response_norm, covers=(),
               name=f"local_response_norm of {size} channels, {len(shape)}")
        for shape in ((2, 5, 3), (1, 4, 2, 3))
        for size in (1, 2, 3)
    ],
]  # fmt: skip

# ---- randomized units ----

UNITS = [
    sample(
        "rrelu_with_noise", [nonzero(3, 4), real(3, 4, low=0.1, high=0.4, differentiate=False)],
        lambda x, slopes: np.where(x > 0, x, x * slopes),
    ),
    sample("rrelu", [nonzero(3, 4), 0.2, 0.4], lambda x, lower, upper: np.where(x > 0, x, 0.3 * x), covers=(),
           must_raise=[
               refuses(RuntimeError, "Lower bound should be less than or equal to the upper bound", real(3), 0.4, 0.2),
               refuses(RuntimeError, "rrelu: upper bound must be finite, got inf", real(3), 0.4, float("inf")),
           ]),
]  # fmt: skip

SAMPLES = BAGS + NORMALISATION + UNITS
