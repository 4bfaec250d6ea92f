"""Samples for losses with margins (ops/margin_losses.py) and those that are likelihoods (ops/likelihood_losses.py)."""

import itertools
import math

import numpy as np
import scipy.special
import scipy.stats

from op_samples import distinct, integers, positive, real, refuses, sample, values

CLASSES = values([0, 2, 1, 2])
SIGNS = values([1, -1, 1, -1])
SIGNED = values([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]], differentiate=False)
LABELS = values([[3, 0, -1, 1], [2, -1, 0, 0], [-1, 0, 1, 2], [1, 1, 2, -1]])
WEIGHTS = positive(3, differentiate=False)


def reduced(elements, reduction):
    return {"mean": np.mean, "sum": np.sum, "none": lambda e: e}[reduction](elements)


def each_reduction(name, inputs, reference, *, must_raise=(), label=None, **options):
    """A row for each reduction; what must be refused with the first of them."""
    return [
        sample(
            name, inputs, lambda *a, reduction, **k: reduced(reference(*a, **k), reduction), reduction=r,
            must_raise=must_raise if r == "mean" else (), name=label, **options,
        )
        for r in ("mean", "sum", "none")
    ]  # fmt: skip


def multi_margin(x, at, p=1, margin=1.0, weight=None):
    found = []
    for row, own in zip(np.atleast_2d(x), np.atleast_1d(at), strict=True):
        powers = [max(0, margin - row[own] + row[j]) ** p for j in range(len(row)) if j != own]
        found.append(sum(powers) * (1 if weight is None else weight[own]) / len(row))
    return np.reshape(found, np.shape(at))


def multilabel_margin(x, labels):
    found = []
    for row, given in zip(np.atleast_2d(x), np.atleast_2d(labels), strict=True):
        right = list(itertools.takewhile(lambda label: label >= 0, given))
        pairs = itertools.product(right, [j for j in range(len(row)) if j not in right])
        found.append(sum(max(0, 1 - row[label] + row[j]) for label, j in pairs) / len(row))
    return np.reshape(found, np.shape(labels)[:-1])


def soft_margin(x, y):
    return np.log1p(np.exp(-y * x))


def margin_ranking(a, b, sign, margin=0.0):
    return np.maximum(0, -sign * (a - b) + margin)


def hinge_embedding(x, sign, margin=1.0):
    return np.where(sign == 1, x, np.maximum(0, margin - x))


def cosine_embedding(a, b, sign, margin=0.0):
    cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return np.where(sign == 1, 1 - cosine, np.maximum(0, cosine - margin))


def triplet_margin(anchor, positive, negative, margin=1.0, p=2.0, swap=False):
    def distance(a, b):
        return np.linalg.norm(a - b + 1e-6, p, axis=-1)

    far = distance(anchor, negative)
    far = np.minimum(far, distance(positive, negative)) if swap else far
    return np.maximum(0, margin + distance(anchor, positive) - far)


TARGETS = "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). "
F = "nn.functional."
MARGINS = [
    *[
        row
        for p in (1, 2)
        for row in each_reduction(
            F + "multi_margin_loss", [real(4, 3), CLASSES], multi_margin, p=p, covers=("multi_margin_loss",),
            must_raise=[
                refuses(RuntimeError, TARGETS + "Expected target size [2], but got [3].", real(2, 3), integers(3)),
                refuses(RuntimeError, "target out of range", real(1, 3), values([3])),
                refuses(RuntimeError, "inconsistent weight size, expected 3 but got [2]", real(4, 3), CLASSES,
                        1, 1.0, positive(2, differentiate=False)),
                refuses(NotImplementedError, '"multi_margin_loss_cpu_kernel" not implemented for \'Long\'',
                        integers(4, 3), CLASSES),
                refuses(RuntimeError, "expected scalar type Long but found Double", real(4, 3), real(4)),
                refuses(RuntimeError, "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
                        "[4, 0]", real(4, 0), CLASSES),
                refuses(ValueError, "only p == 1 and p == 2 supported", real(4, 3), CLASSES, p=3),
                refuses(ValueError, "x is not a valid value for reduction", real(4, 3), CLASSES, reduction="x"),
            ],
        )
    ],
    sample(
        F + "multi_margin_loss", [real(4, 3), CLASSES, 2, 0.7, WEIGHTS], lambda *a: multi_margin(*a).mean(), covers=(),
        name="multi_margin_loss with weights",
    ),
    *each_reduction(F + "multi_margin_loss", [real(3), values(1)], multi_margin, p=2, covers=(),
                    label="multi_margin_loss of one"),
    sample(
        "multi_margin_loss", [real(4, 3), CLASSES, 2, 1.0, WEIGHTS, "none"], lambda x, at, p, m, w, r: multi_margin(
            x, at, p, m, w
        ),
    ),
    *each_reduction(
        F + "multilabel_margin_loss", [distinct(4, 4), LABELS], multilabel_margin, covers=("multilabel_margin_loss",),
        must_raise=[
            refuses(RuntimeError, "inconsistent target size: [3] for input of size: [2, 3]", real(2, 3), integers(3)),
            refuses(RuntimeError, "argument #2 'target' is out of range", real(1, 2), values([[0, 2]])),
            refuses(RuntimeError, "argument #2 'target' is out of range", real(1, 2), values([[0, -2]])),
            refuses(RuntimeError, "expected scalar type Long but found Double", real(1, 2), real(1, 2)),
        ],
    ),
    *each_reduction(
        F + "multilabel_margin_loss", [distinct(4), values([2, 0, -1, 1])], multilabel_margin, covers=(),
        label="multilabel_margin_loss of one",
    ),
    sample("multilabel_margin_loss", [distinct(4, 4), LABELS, "none"], lambda x, at, r: multilabel_margin(x, at)),
    *each_reduction(F + "soft_margin_loss", [real(2, 3), SIGNED], soft_margin, covers=()),
    sample("soft_margin_loss", [real(2, 3), real(3), "none"], lambda x, y, reduction: soft_margin(x, y)),
    sample(
        F + "soft_margin_loss", [values([900.0, -900.0]), values([1.0, 1.0], differentiate=False)],
        lambda x, y, reduction: np.array([0.0, 900.0]), reduction="none", covers=(), name="soft_margin_loss, far",
    ),
    *each_reduction(
        F + "margin_ranking_loss", [real(4), real(4), SIGNS], margin_ranking, margin=0.3, covers=(),
        must_raise=[
            refuses(RuntimeError, "margin_ranking_loss : All input tensors should have same dimension but got sizes: ",
                    real(2, 3), real(3), SIGNS),
        ],
    ),
    *each_reduction(F + "hinge_embedding_loss", [real(4), SIGNS], hinge_embedding, margin=0.7, covers=()),
    *each_reduction(
        F + "cosine_embedding_loss", [real(4, 3), real(4, 3), SIGNS], cosine_embedding, margin=0.1, covers=(),
        must_raise=[
            refuses(RuntimeError, "0D or 1D target tensor expected, multi-target not supported", real(4, 3),
                    real(4, 3), integers(4, 1)),
            refuses(RuntimeError, "1D target tensor expects 2D input tensors, but found inputs with sizes [3] and [3].",
                    real(3), real(3), SIGNS),
            refuses(RuntimeError, "0D target tensor expects 1D input tensors, but found inputs with sizes [1, 3]",
                    real(1, 3), real(1, 3), values(1)),
        ],
    ),
    *each_reduction(
        F + "cosine_embedding_loss", [real(3), real(3), values(-1)], cosine_embedding, margin=-1.0, covers=(),
        label="cosine_embedding_loss of one",
    ),
    *[
        row
        for p in (1.0, 2.0, 3.5, math.inf)
        for row in each_reduction(
            F + "triplet_margin_loss", [real(4, 3), real(4, 3), real(4, 3)], triplet_margin, p=p, covers=(),
            must_raise=[
                refuses(RuntimeError, "same number of dimensions, but got: anchor 2D, positive 1D, and negative 2D",
                        real(2, 3), real(3), real(2, 3)),
                refuses(ValueError, "margin must be greater than 0, got 0", real(3), real(3), real(3), 0),
            ],
        )
    ],
    *each_reduction(
        F + "triplet_margin_loss", [real(4, 3), real(4, 3), real(4, 3)], triplet_margin, margin=2.0, swap=True,
        covers=(),
    ),
    *each_reduction(
        F + "triplet_margin_with_distance_loss", [real(4, 3), real(4, 3), real(4, 3)], triplet_margin, swap=True,
        covers=(),
        must_raise=[
            refuses(RuntimeError, "same number of dimensions, but got: anchor 2D, positive 2D, and negative 1D",
                    real(2, 3), real(2, 3), real(3)),
        ],
    ),
]  # fmt: skip


def poisson(x, y, log_input=True, full=False, eps=1e-8):
    loss = np.exp(x) - y * x if log_input else x - y * np.log(x + eps)
    with np.errstate(all="ignore"):
        stirling = y * np.log(y) - y + 0.5 * np.log(2 * np.pi * y)
    return loss + np.where(y > 1, stirling, 0) if full else loss


def gaussian(x, y, var, full=False, eps=1e-6):
    var = np.maximum(var if np.ndim(var) in (0, x.ndim) else var[..., None], eps)
    constant = 0.5 * np.log(2 * np.pi)
    return -scipy.stats.norm.logpdf(y, x, np.sqrt(var)) - (0 if full else constant)


def multilabel_soft_margin(x, y, weight=None):
    losses = -(y * scipy.special.log_expit(x) + (1 - y) * scipy.special.log_expit(-x))
    return (losses * (1 if weight is None else weight)).mean(-1)


def linear_cross_entropy(x, w, at, linear_bias=None):
    logs = scipy.special.log_softmax(x @ w.T + (0 if linear_bias is None else linear_bias), 1)
    return -logs[np.arange(len(at)), at]


COUNTS = values([0.0, 1.0, 2.5, 7.0], differentiate=False)
LIKELIHOODS = [
    *each_reduction(
        F + "poisson_nll_loss", [real(4), COUNTS], poisson, covers=(),
        must_raise=[refuses(ValueError, "x is not a valid value for reduction", real(4), COUNTS, reduction="x")],
    ),
    *each_reduction(F + "poisson_nll_loss", [real(4), positive(4)], poisson, covers=(),
                    label="poisson_nll_loss of both"),
    *each_reduction(F + "poisson_nll_loss", [positive(4), COUNTS, False, True], poisson, covers=(),
                    label="full poisson_nll_loss"),
    *each_reduction(F + "poisson_nll_loss", [real(2), real(2, low=1.5, high=4.0)], poisson, full=True, covers=()),
    *each_reduction(
        F + "gaussian_nll_loss", [real(4, 3), real(4, 3), positive(4, 3)], gaussian, covers=(),
        must_raise=[
            refuses(ValueError, "var has negative entry/entries", real(2), real(2), values([1.0, -1.0])),
            refuses(ValueError, "var is of incorrect size", real(2, 3), real(2, 3), positive(3)),
            refuses(ValueError, "x is not valid", real(2), real(2), positive(2), reduction="x"),
        ],
    ),
    *each_reduction(
        F + "gaussian_nll_loss", [real(4, 3), real(4, 3), positive(4)], gaussian, full=True, covers=(),
        label="full gaussian_nll_loss",
    ),
    *each_reduction(F + "gaussian_nll_loss", [real(4, 3), real(4, 3), positive(4, 1)], gaussian, covers=(),
                    label="gaussian_nll_loss of one variance"),
    *each_reduction(F + "gaussian_nll_loss", [real(4, 3), real(4, 3), 2.0], gaussian, covers=(),
                    label="gaussian_nll_loss of a number"),
    *each_reduction(
        F + "multilabel_soft_margin_loss", [real(4, 3), real(4, 3, low=0, high=1), WEIGHTS], multilabel_soft_margin,
        covers=(), must_raise=[refuses(ValueError, "x is not valid", real(2), real(2), reduction="x")],
    ),
    *each_reduction(
        F + "linear_cross_entropy", [real(4, 2), real(3, 2), CLASSES], linear_cross_entropy, covers=(),
        must_raise=[
            refuses(RuntimeError, "expected input with dimensionality 1 or 2, got 3", real(1, 1, 2), real(3, 2),
                    CLASSES),
            refuses(RuntimeError, "expected linear_weight with dimensionality at least 2, got 1", real(1, 2), real(2),
                    CLASSES),
            refuses(RuntimeError, "(in_features), got 2 and 3, respectively", real(4, 2), real(3, 3), CLASSES),
        ],
    ),
]  # fmt: skip

SAMPLES = MARGINS + LIKELIHOODS
