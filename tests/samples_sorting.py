"""Samples for scans, sorting, searching and counting (ops/scans.py, sorting.py, distinct.py)."""

import numpy as np

from op_samples import complexes, distinct, integers, real, refuses, sample, values


def sorted_with_places(x, dim=-1, descending=False):
    order = np.argsort(-x if descending else x, axis=dim)
    return np.take_along_axis(x, order, dim), order


def first(count, dim, found):
    return tuple(np.take(part, np.arange(count), dim) for part in found)


def running(ufunc):
    def reference(x, dim):
        found = ufunc.accumulate(x, dim)
        place = np.arange(x.shape[dim]).reshape([-1 if i == dim else 1 for i in range(x.ndim)])
        return found, np.maximum.accumulate(np.where(x == found, place, 0), dim)

    return reference


def placed(x, indices, dim, size):
    found = np.zeros([size if i == dim else n for i, n in enumerate(x.shape)])
    for place in np.ndindex(indices.shape):
        to = list(place)
        to[dim] = indices[place]
        found[tuple(to)] += x[place]
    return found


PLACES = values(np.array([[2, 0], [1, 3], [3, 1]]))
REPEATED = values(np.array([[2, 2], [1, 3], [0, 0]]))

SAMPLES = [
    # scans
    sample("cumsum", [real(3, 4), 1], np.cumsum),
    sample("cumsum", [complexes(3), 0], np.cumsum),
    sample("cumsum", [integers(3, 4), 0], np.cumsum),
    sample("cumprod", [real(3, 4), 1], np.cumprod),
    sample("cumprod", [values([[1.5, 0.0, 2.0, 0.0], [2.0, 1.0, 0.0, 3.0]]), 1], np.cumprod),
    sample("cumprod", [complexes(3), 0], np.cumprod),
    sample("logcumsumexp", [real(3, 4), 1], np.logaddexp.accumulate),
    sample("cummax", [distinct(3, 4), 1], running(np.maximum)),
    sample("cummin", [distinct(3, 4), 0], running(np.minimum)),
    sample("diff", [real(3, 4)], np.diff, covers=()),
    sample("diff", [real(3, 5), 2, 1], np.diff, covers=()),
    # elements by their indices
    sample("take_along", [real(3, 4), REPEATED, 1], np.take_along_axis),
    sample("place_along", [real(3, 2), PLACES, 1, 4], placed),
    sample("add_along", [real(3, 2), REPEATED, 1, 4], placed),
    # order
    sample("sort", [distinct(3, 4)], sorted_with_places),
    sample("sort", [distinct(3, 4), 0, True], sorted_with_places),
    sample("argsort", [distinct(3, 4)], np.argsort, orders=0, covers=()),
    sample("msort", [distinct(3, 4)], lambda x: np.sort(x, 0), covers=()),
    sample(
        "topk", [distinct(3, 5), 2], lambda x, k: first(k, 1, sorted_with_places(x, 1, descending=True)),
        must_raise=[refuses(RuntimeError, "selected index k out of range", real(3), 4)],
    ),
    sample("topk", [distinct(5, 3), 2, 0, False], lambda x, k, dim, largest: first(k, dim, sorted_with_places(x, dim))),
    sample(
        "kthvalue", [distinct(3, 5), 2], lambda x, k: tuple(part[:, k - 1] for part in sorted_with_places(x)),
        must_raise=[refuses(RuntimeError, "selected number k out of range", real(3), 0)],
    ),
    # searching and counting
    sample("searchsorted", [values([1.0, 2.0, 4.0]), real(3, 4)], np.searchsorted, orders=0),
    sample("bucketize", [real(3, 4), values([-1.0, 0.0, 1.0])], lambda x, b: np.searchsorted(b, x), orders=0),
    sample("unique", [integers(3, 4), None], lambda x, dim: tuple(
        part.reshape(x.shape) if number == 1 else part
        for number, part in enumerate(np.unique(x, return_inverse=True, return_counts=True))
    )),
    sample("unique_consecutive", [values(np.array([1, 1, 2, 1])), None], lambda x, dim: (
        np.array([1, 2, 1]), np.array([0, 0, 1, 2]), np.array([2, 1, 1])
    )),
    sample("bincount", [integers(8, low=0)], np.bincount),
    sample("histc", [real(20), 4, -1.0, 1.0], lambda x, bins, low, high: (
        np.histogram(x, bins, (low, high))[0].astype(float)
    ), orders=0),
]  # fmt: skip
