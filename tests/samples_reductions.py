"""Samples for reductions, extremes, statistics and norms (ops/reductions.py, extremes.py, statistics.py, norms.py)."""

import math

import numpy as np
import scipy.special

import chainrule as torch
from op_samples import booleans, complexes, distinct, integers, nonzero, positive, real, refuses, sample, values


def along(function):
    """NumPy's function, called with PyTorch's `dim` and `keepdim`."""

    def reference(x, dim=None, keepdim=False, **kwargs):
        axis = tuple(dim) if isinstance(dim, (list, tuple)) else dim
        return function(x, axis=axis or None if isinstance(axis, tuple) else axis, keepdims=keepdim, **kwargs)

    return reference


def chosen_by(argfunction):
    """The values that an `arg...` function chooses, and their indices."""

    def reference(x, dim, keepdim=False):
        indices = argfunction(x, axis=dim, keepdims=True)
        found = np.take_along_axis(x, indices, dim)
        return (found, indices) if keepdim else (found.squeeze(dim), indices.squeeze(dim))

    return reference


def lower_median(x, axis=None, keepdims=False):
    return np.quantile(x, 0.5, axis=axis, keepdims=keepdims, method="lower")


def arg_lower_median(x, axis, keepdims):
    return np.argmax(x == lower_median(x, axis, keepdims=True), axis=axis, keepdims=keepdims)


def others(x, dim):
    ones = np.where(np.eye(x.shape[dim], dtype=bool), 1, np.moveaxis(x, dim, -1)[..., None, :])
    return np.moveaxis(ones.prod(-1), -1, dim)


def vector_norm(x, ord, dim, keepdim, dtype):
    size = np.abs(x)
    power = {
        0: lambda: np.sum(size != 0, axis=dim, keepdims=keepdim).astype(float),
        math.inf: lambda: size.max(axis=dim, keepdims=keepdim),
        -math.inf: lambda: size.min(axis=dim, keepdims=keepdim),
    }
    return power.get(ord, lambda: (size**ord).sum(axis=dim, keepdims=keepdim) ** (1 / ord))()


def norms(*inputs):
    """A row for each norm of the one input."""
    return [
        sample("linalg_vector_norm", [inputs[0], ord, dim, keepdim, None], vector_norm, name=f"norm({ord}, {dim})")
        for ord in (2, 1, 3, 0.5, 0, math.inf, -math.inf)
        for dim, keepdim in ((None, False), (0, True), ((0, 1), False))
    ]


SAMPLES = [
    # sums, means, products
    sample("sum", [real(3, 4)], along(np.sum), must_raise=[refuses(IndexError, "Dimension out of range", real(2), 1)]),
    sample("sum", [real(3, 4)], along(np.sum), dim=1),
    sample("sum", [real(2, 3, 4)], along(np.sum), dim=(0, -1), keepdim=True),
    sample("sum", [complexes(3)], along(np.sum)),
    sample("sum", [integers(3, 4)], along(np.sum), dim=0),
    sample("sum", [booleans(3, 4)], along(np.sum)),
    sample("nansum", [values([[1.0, np.nan, 2.0], [3.0, 4.0, np.nan]], differentiate=False)], along(np.nansum), dim=1),
    sample("nansum", [real(3, 4)], along(np.nansum)),
    sample(
        "mean", [real(3, 4)], along(np.mean),
        must_raise=[refuses(RuntimeError, "could not infer output dtype", integers(3))],
    ),
    sample("mean", [real(3, 4)], along(np.mean), dim=0, keepdim=True),
    sample("mean", [complexes(3)], along(np.mean)),
    sample("nanmean", [real(3, 4)], along(np.nanmean), dim=1),
    sample("nanmean", [values([[1.0, np.nan, 2.0], [3.0, 4.0, np.nan]], differentiate=False)], along(np.nanmean)),
    sample("prod", [real(5)], along(np.prod)),
    sample("prod", [real(3, 4)], along(np.prod), dim=1),
    sample("prod", [values([[1.5, 0.0, 2.0], [0.0, 0.0, 3.0]])], along(np.prod), dim=1, keepdim=True),
    sample("prod", [values([1.5, 0.0, 2.0, 0.0])], along(np.prod)),
    sample("prod", [complexes(3)], along(np.prod)),
    sample("product_of_others", [values([[1.5, 0.0, 2.0], [0.0, 0.0, 3.0]]), 1], others),
    sample("product_of_others", [real(3, 4), 0], others),
    sample("logsumexp", [real(3, 4), 1], lambda x, dim: scipy.special.logsumexp(x, axis=dim)),
    sample("logsumexp", [real(3, 4), (0, 1), True], lambda x, d, k: scipy.special.logsumexp(x, d, keepdims=k)),
    sample("logsumexp", [values([[1e4, 1e4], [-1e4, 0.0]]), 1], lambda x, dim: scipy.special.logsumexp(x, axis=dim)),
    # truth and counting
    sample("all", [booleans(3, 4)], along(np.all), dim=1),
    sample("all", [integers(3, 4)], along(np.all)),
    sample("any", [booleans(3, 4)], along(np.any), dim=0, keepdim=True),
    sample("any", [booleans(3, 4)], along(np.any)),
    sample("count_nonzero", [integers(3, 4, low=-1, high=2)], lambda x, dim: np.count_nonzero(x, dim), dim=1),
    # extremes
    sample("amax", [distinct(3, 4)], along(np.max), dim=1),
    sample("amax", [distinct(3, 4)], along(np.max), dim=()),
    sample("amin", [distinct(3, 4)], along(np.min), dim=(0, 1), keepdim=True),
    sample("aminmax", [distinct(3, 4)], lambda x, dim: (x.min(dim), x.max(dim)), dim=1),
    sample("max", [distinct(3, 4)], np.max, must_raise=[refuses(RuntimeError, "input.numel() == 0", real(0))]),
    sample("min", [distinct(3, 4)], np.min),
    sample("max_dim", [distinct(3, 4), 1], chosen_by(np.argmax)),
    sample("min_dim", [distinct(3, 4), 0, True], chosen_by(np.argmin)),
    sample("argmax", [distinct(3, 4)], lambda x, dim: x.argmax(dim), dim=1, orders=0),
    sample("argmin", [distinct(3, 4)], np.argmin, orders=0),
    sample("median", [distinct(3, 4)], lower_median),
    sample("median_dim", [distinct(3, 4), 1], chosen_by(arg_lower_median)),
    sample("nanmedian", [distinct(5)], lower_median),
    sample("nanmedian_dim", [distinct(3, 4), 0, True], chosen_by(arg_lower_median)),
    sample("mode", [distinct(3, 4)], lambda x: (x.min(-1), x.argmin(-1))),
    sample("mode", [values([[1.0, 2.0, 2.0], [3.0, 1.0, 3.0]], differentiate=False)], lambda x: (
        np.array([2.0, 3.0]), np.array([2, 2])
    )),
    # statistics: the public functions' way of saying the correction is PyTorch's
    sample("var", [real(3, 4)], lambda x: np.var(x, ddof=1)),
    sample("var", [real(3, 4), 1], lambda x, dim, unbiased: np.var(x, dim), unbiased=False),
    sample("var", [complexes(4)], lambda x: np.var(x, ddof=1)),
    sample("std", [real(3, 4)], lambda x: np.std(x, ddof=1)),
    sample("std", [real(3, 4), 0], lambda x, dim, correction: np.std(x, dim, ddof=correction), correction=2),
    sample("var_mean", [real(3, 4), 1], lambda x, dim: (np.var(x, dim, ddof=1), np.mean(x, dim))),
    sample("std_mean", [real(3, 4)], lambda x: (np.std(x, ddof=1), np.mean(x))),
    sample("cov", [real(3, 5)], np.cov, covers=()),
    sample("corrcoef", [real(3, 5)], np.corrcoef, covers=()),
    sample(
        lambda x: torch.quantile(x, 0.3), [distinct(3, 4)], lambda x: np.quantile(x, 0.3),
        name="quantile", covers=("quantile",),
    ),
    sample(
        lambda x: torch.quantile(x, torch.tensor([0.2, 0.5], dtype=x.dtype), dim=1), [distinct(3, 5)],
        lambda x: np.quantile(x, [0.2, 0.5], axis=1), name="quantile along dim", covers=("quantile",),
    ),
    # norms
    *norms(nonzero(3, 4)),
    sample("linalg_vector_norm", [complexes(3), 2, None, False, None], vector_norm, name="norm of complex numbers"),
    sample("linalg_vector_norm", [complexes(3), 3, None, False, None], vector_norm, name="3-norm of complex numbers"),
    sample("dist", [real(3, 4), positive(4)], lambda x, y: np.linalg.norm((x - y).ravel())),
    sample("linalg.matrix_norm", [real(3, 4)], np.linalg.norm, covers=()),
    sample("linalg.matrix_norm", [real(3, 4), 1], np.linalg.norm, covers=()),
    sample("linalg.matrix_norm", [real(3, 4), math.inf], np.linalg.norm, covers=()),
]  # fmt: skip
