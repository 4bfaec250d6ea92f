"""Samples for neural networks: activations, softmax, losses and layers."""

import math

import numpy as np
import scipy.special
import scipy.stats

import chainrule as torch
from chainrule.ops.activations import elu_backward, softplus_backward
from op_samples import integers, nonzero, positive, real, refuses, sample, values

F = torch.nn.functional

# ---- activations ----

OUT_OF_RANGE = "Dimension out of range (expected to be in range of [-2, 1], but got 2)"
HALVES = "Halving dimension must be even, but dimension 1 is size 3"
CHANNELS = "Mismatch of parameter numbers and input channel size. Found parameter numbers = 2 and channel size = 3."
# Of both signs, some of them in the bent part of every activation and some beyond; none at a bend.
BENDS = values([[-7.3, -3.2, -1.2, -0.7], [-0.3, 0.2, 0.6, 0.9], [1.4, 2.9, 3.3, 7.1]])


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))


def selu(x):
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


def prelu(x, weight):
    return np.where(x > 0, x, x * weight.reshape((-1, *(1,) * (x.ndim - 2)) if weight.size > 1 else ()))


def gelu(x, approximate="none"):
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * scipy.stats.norm.cdf(x)


def softplus(x, beta=1.0, threshold=20.0):
    return np.where(x * beta > threshold, x, np.log(1 + np.exp(x * beta)) / beta)


def hardtanh(x, min_val=-1.0, max_val=1.0):
    return np.clip(x, min_val, max_val)


def glu(x, dim=-1):
    first, second = np.split(x, 2, dim)
    return first * scipy.special.expit(second)


ACTIVATIONS = [
    sample("leaky_relu", [nonzero(3, 4)], lambda x: np.where(x > 0, x, 0.01 * x)),
    sample("leaky_relu", [nonzero(3, 4), 0.3], lambda x, slope: np.where(x > 0, x, slope * x)),
    sample("elu", [nonzero(3, 4)], elu),
    sample("elu", [nonzero(3, 4)], elu, alpha=0.7),
    sample(
        elu_backward, [real(3, 4), nonzero(3, 4)], lambda g, x, alpha: np.where(x > 0, g, g * alpha * np.exp(x)),
        covers=("elu_backward",), alpha=0.7,
    ),
    sample("selu", [nonzero(3, 4)], selu),
    sample("celu", [nonzero(3, 4)], lambda x, alpha: elu(x / alpha) * alpha, alpha=0.7),
    sample(
        "gelu", [real(3, 4)], gelu,
        must_raise=[refuses(RuntimeError, "approximate argument must be either none or tanh.", real(3), "sine")],
    ),
    sample("gelu", [real(3, 4)], gelu, approximate="tanh"),
    sample("silu", [real(3, 4)], lambda x: x * scipy.special.expit(x)),
    sample("mish", [real(3, 4)], lambda x: x * np.tanh(softplus(x))),
    sample("softplus", [real(3, 4)], softplus),
    sample("softplus", [BENDS], softplus, beta=2.0, threshold=5.0),
    sample(
        softplus_backward, [real(3, 4), BENDS],
        lambda g, x, beta, threshold: np.where(x * beta > threshold, g, g * scipy.special.expit(x * beta)),
        covers=("softplus_backward",), beta=2.0, threshold=5.0,
    ),
    sample("logsigmoid", [real(3, 4)], scipy.special.log_expit),
    sample(
        "hardtanh", [BENDS], hardtanh,
        must_raise=[refuses(ValueError, "min_val cannot be greater than max_val", real(3), 2.0, 1.0)],
    ),
    sample("hardtanh", [BENDS], hardtanh, min_val=-0.5, max_val=3.0),
    sample("nn.functional.relu6", [BENDS], lambda x: np.clip(x, 0, 6), covers=()),
    sample("hardswish", [BENDS], lambda x: x * np.clip(x + 3, 0, 6) / 6),
    sample("hardsigmoid", [BENDS], lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    sample("hardshrink", [BENDS], lambda x: np.where(np.abs(x) > 0.5, x, 0)),
    sample("hardshrink", [BENDS, 1.0], lambda x, lambd: np.where(np.abs(x) > lambd, x, 0)),
    sample(
        "softshrink", [BENDS], lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
        must_raise=[
            refuses(RuntimeError, "[0, 1.79769e+308] for input dtype Double, but found -1", real(3), -1.0),
        ],
    ),
    sample("threshold", [BENDS, 0.5, -1.0], lambda x, threshold, value: np.where(x > threshold, x, value)),
    sample("threshold", [integers(3), 1, 7], lambda x, threshold, value: np.where(x > threshold, x, value)),
    sample("prelu", [nonzero(3, 4), real(1)], prelu),
    sample(
        "prelu", [nonzero(2, 3, 4), real(3)], prelu,
        must_raise=[refuses(RuntimeError, CHANNELS, real(2, 3), real(2))],
    ),
    sample("prelu", [nonzero(3), real(1)], prelu),
    sample("nn.functional.softsign", [nonzero(3, 4)], lambda x: x / (1 + np.abs(x)), covers=()),
    sample("nn.functional.tanhshrink", [real(3, 4)], lambda x: x - np.tanh(x), covers=()),
    sample(
        "glu", [real(3, 4)], glu,
        must_raise=[
            refuses(RuntimeError, HALVES, real(2, 3)),
            refuses(RuntimeError, "glu does not support scalars because halving size must be even", real()),
            refuses(IndexError, OUT_OF_RANGE, real(2, 4), 2),
        ],
    ),
    sample("glu", [real(4, 3, 2)], glu, dim=-3),
    # along a dimension
    sample(
        "softmax", [real(3, 4), 1], scipy.special.softmax, covers=("softmax_along",),
        must_raise=[refuses(IndexError, OUT_OF_RANGE, real(2, 3), 2)],
    ),
    sample("softmax", [real(2, 3, 4), -2], scipy.special.softmax, covers=("softmax_along",)),
    # rows enough for kernels of their own: of few numbers, of many, and of such as overflow
    sample("softmax", [real(40, 15), -1], scipy.special.softmax, covers=("softmax_along",)),
    sample("softmax", [real(3, 2, 201), 2], scipy.special.softmax, covers=("softmax_along",)),
    sample(
        "softmax", [real(20, 33, low=-900, high=900), -1], scipy.special.softmax, covers=("softmax_along",),
        name="softmax of large numbers",
    ),
    sample("softmax", [real(), 0], lambda x, dim: np.ones(()), covers=("softmax_along",)),
    sample("softmax", [real(0, 3), 0], lambda x, dim: x, covers=("softmax_along",)),
    sample("softmax", [integers(3), 0, torch.float64], lambda x, dim, t: scipy.special.softmax(x), covers=()),
    sample("log_softmax", [real(3, 4), -1], scipy.special.log_softmax, covers=("log_softmax_along",)),
    sample("log_softmax", [real(40, 15), 1], scipy.special.log_softmax, covers=("log_softmax_along",)),
    sample("log_softmax", [real(5, 201), 1], scipy.special.log_softmax, covers=("log_softmax_along",)),
    sample("log_softmax", [real(2, 3, 4), 0], scipy.special.log_softmax, covers=("log_softmax_along",)),
    sample("log_softmax", [real(), 0], lambda x, dim: np.zeros(()), covers=("log_softmax_along",)),
    sample(
        "nn.functional.softmin", [real(3, 4), 0], lambda x, dim: scipy.special.softmax(-x, dim), covers=(),
    ),
]  # fmt: skip

# ---- losses ----

SIZES = "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"
CLASSES = values([0, 2, 1, 2])
CLASSES_OF_POINTS = values([[0, 2, 1, 2], [1, 1, 0, 2]])


def reduced(elements, reduction):
    return {"mean": np.mean, "sum": np.sum, "none": lambda e: e}[reduction](elements)


def mse(x, y, reduction="mean"):
    return reduced((x - y) ** 2, reduction)


def smooth_l1(x, y, reduction="mean", beta=1.0):
    d = np.abs(x - y)
    return reduced(np.where(d < beta, d**2 / (2 * beta), d - beta / 2), reduction)


def huber(x, y, reduction="mean", delta=1.0):
    return reduced(scipy.special.huber(delta, x - y), reduction)


def cross_entropy_of_rates(p, y, weight=None, reduction="mean"):
    return reduced(-(y * np.log(p) + (1 - y) * np.log(1 - p)) * (1 if weight is None else weight), reduction)


def cross_entropy_of_logits(x, y, weight=None, pos_weight=1, reduction="mean"):
    p = scipy.special.expit(x)
    losses = -(pos_weight * y * np.log(p) + (1 - y) * np.log(1 - p))
    return reduced(losses * (1 if weight is None else weight), reduction)


def picked(x, at):
    # x[n, at[n, ...], ...], also for a single sample.
    return x[int(at)] if x.ndim == 1 else np.take_along_axis(x, at[:, None], 1)[:, 0]


def nll(x, at, weight, reduction, ignored):
    each_weight = np.where(at == ignored, 0, np.ones(at.shape) if weight is None else weight[at])
    losses = -picked(x, at) * each_weight
    return losses.sum() / each_weight.sum() if reduction == "mean" else reduced(losses, reduction)


def nll_backward(grad, shape, at, weight, reduction, ignored):
    each_weight = np.where(at == ignored, 0, weight[at])
    found = np.zeros(shape)
    found[np.arange(shape[0]), at] = -grad * each_weight / (each_weight.sum() if reduction == "mean" else 1)
    return found


def cross_entropy(x, at, weight=None, ignore_index=-100):
    return nll(scipy.special.log_softmax(x, 1), at, weight, "mean", ignore_index)


def smoothed_cross_entropy(x, at, label_smoothing):
    logs = scipy.special.log_softmax(x, 1)
    return (1 - label_smoothing) * nll(logs, at, None, "mean", -100) - label_smoothing * logs.mean()


def loss(name, inputs, reference, **options):
    """A row for each reduction."""
    return [sample(name, inputs, reference, reduction=r, **options) for r in ("mean", "sum", "none")]


def rates(*shape, differentiate=True):
    return real(*shape, low=0.1, high=0.9, differentiate=differentiate)


def weights(*shape):
    return positive(*shape, differentiate=False)


LOSSES = [
    *loss("mse_loss", [real(3, 4), real(3, 4)], mse),
    sample(
        "mse_loss", [real(3, 1), real(4)], mse, name="mse_loss that broadcasts",
        must_raise=[
            refuses(RuntimeError, SIZES, real(2, 3), real(2, 4)),
            refuses(ValueError, "middle is not a valid value for reduction", real(3), real(3), reduction="middle"),
        ],
    ),
    sample("nn.functional.l1_loss", [positive(3, 4), real(3, 4, high=0)], lambda x, y: np.abs(x - y).mean(), covers=()),
    *loss("smooth_l1_loss", [real(3, 4), real(3, 4)], smooth_l1),
    *loss("smooth_l1_loss", [real(3, 4), real(3, 4)], smooth_l1, beta=0.5),
    *loss(
        "huber_loss", [real(3, 4), real(3, 4)], huber, delta=0.5,
        must_raise=[
            refuses(
                RuntimeError, "huber_loss does not support non-positive values for delta.", real(3), real(3), delta=0
            ),
        ],
    ),
    sample("huber_loss", [real(3, 1), real(4)], huber, name="huber_loss that broadcasts"),
    *loss("binary_cross_entropy", [rates(3, 4), rates(3, 4)], cross_entropy_of_rates),
    *loss(
        "binary_cross_entropy", [rates(3, 4), rates(3, 4), weights(4)], cross_entropy_of_rates,
        must_raise=[
            refuses(RuntimeError, "all elements of input should be between 0 and 1", values([0.5, 1.5]), rates(2)),
            refuses(RuntimeError, "all elements of target should be between 0 and 1", rates(2), values([0.5, 1.5])),
        ],
    ),
    *loss("binary_cross_entropy_with_logits", [real(3, 4), rates(3, 4)], cross_entropy_of_logits),
    *loss(
        "binary_cross_entropy_with_logits", [real(3, 4), rates(3, 4), weights(4), weights(3, 1)],
        cross_entropy_of_logits,
    ),
    sample(
        "nn.functional.kl_div", [real(3, 4), rates(3, 4)], lambda x, y, reduction: np.sum(y * (np.log(y) - x)),
        reduction="sum", covers=(),
    ),
    sample(
        "nn.functional.kl_div", [real(3, 4), real(3, 4)], lambda x, y, **_: np.sum(np.exp(y) * (y - x)) / 3,
        reduction="batchmean", log_target=True, covers=(),
    ),
    *[
        sample("nll_loss_rows", [x, at, weight, reduction, ignored], nll, name=f"nll_loss_rows({reduction}, {name})")
        for reduction in ("mean", "sum", "none")
        for name, x, at, weight, ignored in [
            ("plain", real(4, 3), CLASSES, None, -100),
            ("weighted", real(4, 3), CLASSES, weights(3), -100),
            ("ignoring", real(4, 3), CLASSES, weights(3), 2),
            ("of points", real(2, 3, 4), CLASSES_OF_POINTS, weights(3), 1),
            ("of one", real(3), values(1), None, -100),
        ]
    ],
    *[
        sample(
            "nll_loss_backward", [grad, (4, 3), CLASSES, weights(3), reduction, 1],
            nll_backward, name=f"nll_loss_backward({reduction})",
        )
        for reduction, grad in [("mean", real()), ("sum", real()), ("none", real(4))]
    ],
    sample("nn.functional.cross_entropy", [real(4, 3), CLASSES, weights(3)], cross_entropy, covers=()),
    sample("nn.functional.cross_entropy", [real(2, 3, 4), CLASSES_OF_POINTS], cross_entropy, ignore_index=1, covers=()),
    sample(
        "nn.functional.cross_entropy", [real(4, 3), CLASSES], smoothed_cross_entropy, label_smoothing=0.2, covers=(),
    ),
    sample(
        "nn.functional.cross_entropy", [real(4, 3), rates(4, 3)],
        lambda x, y: -(scipy.special.log_softmax(x, 1) * y).sum() / 4, name="cross_entropy of rates", covers=(),
    ),
]  # fmt: skip

# ---- layers ----


def affine(bias, x, w):
    return x @ w.T + (0 if bias is None else bias)


NUMBERS = values([[0, 1, 1], [4, 1, 2]])
NOT_AN_INDEX = [
    refuses(IndexError, "index out of range in self", real(5, 2), values([5])),
    refuses(IndexError, "index out of range in self", real(5, 2), values([-1])),
    refuses(RuntimeError, "to have one of the following scalar types: Long, Int", real(5, 2), real(3)),
]


def embedding_backward(grad, shape, numbers, padding, by_frequency):
    found = np.zeros(shape)
    for row, number in zip(grad.reshape(-1, shape[1]), numbers.reshape(-1), strict=True):
        if number != padding:
            found[number] += row / (np.sum(numbers == number) if by_frequency else 1)
    return found


LAYERS = [
    *[
        sample("affine", [bias, x, w], affine, name=f"affine of {name}")
        for name, bias, x, w in [
            ("one", real(3), real(4), real(3, 4)),
            ("one without bias", None, real(4), real(3, 4)),
            ("rows", real(3), real(2, 4), real(3, 4)),
            ("rows without bias", None, real(2, 4), real(3, 4)),
            ("rows of rows", real(3), real(2, 5, 4), real(3, 4)),
            ("rows of rows without bias", None, real(2, 5, 4), real(3, 4)),
            ("one weight", real(), real(2, 5, 4), real(4)),  # of a matrix PyTorch refuses it
            ("one of one weight", real(), real(4), real(4)),
            ("no rows", real(3), real(0, 4), real(3, 4)),
        ]
    ],
    sample("nn.functional.linear", [real(2, 4), real(3, 4), real(3)], lambda x, w, b: x @ w.T + b, covers=()),
    sample(
        "bilinear", [real(5, 2), real(5, 3), real(4, 2, 3), real(4)],
        lambda a, b, w, bias: np.einsum("ni,oij,nj->no", a, w, b) + bias,
        must_raise=[
            refuses(
                RuntimeError, "bilinear(): input batch dimensions do not match", real(2, 3), real(3, 3), real(1, 3, 3)
            ),
        ],
    ),
    sample(
        "bilinear", [real(2, 5, 2), real(2, 5, 3), real(4, 2, 3)],
        lambda a, b, w: np.einsum("mni,oij,mnj->mno", a, w, b), name="bilinear without bias",
    ),
    sample("embedding", [real(5, 2), NUMBERS], lambda w, at: w[at], must_raise=NOT_AN_INDEX),
    sample("nn.functional.embedding", [NUMBERS, real(5, 2)], lambda at, w: w[at], covers=()),
    *[
        sample(
            "embedding_backward", [real(2, 3, 2), (5, 2), NUMBERS, padding, by_frequency], embedding_backward,
            name=f"embedding_backward({padding}, {by_frequency})",
        )
        for padding, by_frequency in [(-1, False), (1, False), (-1, True)]
    ],
]  # fmt: skip

SAMPLES = ACTIVATIONS + LOSSES + LAYERS
