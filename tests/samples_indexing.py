"""Samples for indexing, gathering and scattering (ops/indexing.py, gathering.py, scattering.py)."""

import numpy as np

from op_samples import booleans, complexes, distinct, nonzero, real, refuses, sample, values

OUTSIDE = "index 2 is out of bounds for dimension 0 with size 2"
I = [[0, 1, 1], [1, 0, 0]]  # noqa: E741
MASK = np.array([[True, False, True], [False, True, True]])
INDEX = values(I)


def written(a, index, value):
    made = a.copy()
    made[index] = value
    return made


def added(a, index, value):
    made = a.copy()
    np.add.at(made, index, value)
    return made


def numbered(write, a, i, v):
    return write(a.reshape(-1), (i.reshape(-1),), v.reshape(-1)).reshape(a.shape)


def along(index, dim):
    places = list(np.indices(np.shape(index)))
    places[dim] = np.asarray(index)
    return tuple(places)


def combined(ufunc, neutral=None):
    def reference(a, dim, index, src, reduce, include_self=True):
        made = a.copy() if include_self else written(a, along(index, dim), neutral)
        ufunc.at(made, along(index, dim), src)
        return made

    return reference


def averaged(a, dim, index, src, reduce, include_self=True):
    count = np.ones_like(a) if include_self else written(np.ones_like(a), along(index, dim), 0)
    start = a if include_self else written(a, along(index, dim), 0)
    return added(start, along(index, dim), src) / added(count, along(index, dim), 1)


def part(a, index, *rest):
    return a[index]


def spread(shape):
    return lambda a, *args: added(np.zeros(shape), args[-1], a)


def index_of_slices(dim, index):
    return (slice(None),) * dim + (np.asarray(index),)


def whole(dim, index, write=written):
    return lambda a, d, i, value: write(a, index_of_slices(dim, index), value)


SAMPLES = [
    # x[...]
    sample("basic_index", [real(3, 4), (slice(0, 2), None, 1), "SelectBackward0"], part),
    sample("basic_index_backward", [real(2), (3, 4), (slice(0, 2), 1)], spread((3, 4))),
    sample(lambda x: x[1:, 0], [real(3, 4)], lambda a: a[1:, 0], name="slices", covers=()),
    sample(lambda x: x[:, [2, 0, 2]], [complexes(2, 3)], lambda a: a[:, [2, 0, 2]], name="lists", covers=("index",)),
    sample(lambda x, m: x[m], [real(2, 3), values(MASK)], lambda a, m: a[m], name="a mask", covers=("index_backward",)),
    sample(lambda x, i: x[0, :, i], [real(2, 3, 2), INDEX],
           lambda a, i: a[0][:, i], name="an int and a tensor", covers=()),
    sample("index", [real(3, 4), (np.array([0, 0, 2]),)], part),
    sample("index_backward", [real(3), (4,), (np.array([0, 0, 2]),)],
           lambda a, *args: np.array([a[0] + a[1], 0, a[2], 0])),
    sample("index_put", [real(3), (np.array([2, 0]),), real(2), False], lambda a, i, v, _: written(a, i, v)),
    sample("index_put", [real(3), (np.array([2, 2]),), real(2), True], lambda a, i, v, _: added(a, i, v)),
    # picked
    sample("select", [real(2, 3), 1, -1], lambda a, d, i: a[:, i], covers=("select",), must_raise=[
        refuses(IndexError, "select(): index 2 out of range for tensor of size [2, 3] at dimension 0",
                real(2, 3), 0, 2),
    ]),
    sample("select_backward", [real(2), (2, 3), 1, 2], lambda a, *args: np.stack([0 * a, 0 * a, a], 1)),
    sample("narrow", [real(2, 5), 1, 1, 3], lambda a, *args: a[:, 1:4], covers=()),
    sample("index_select", [real(2, 3), 1, values([2, 0, 2])], lambda a, d, i: a[:, i], must_raise=[
        refuses(IndexError, "index out of range in self", real(2, 3), 0, values([2])),
    ]),
    sample("index_select_backward", [real(2, 3), (2, 3), 1, values([2, 0, 2])],
           lambda a, *args: np.stack([a[:, 1], 0 * a[:, 0], a[:, 0] + a[:, 2]], 1)),
    sample("gather", [real(2, 3), 1, INDEX], lambda a, d, i: np.take_along_axis(a, i, d), must_raise=[
        refuses(RuntimeError, OUTSIDE, real(2, 3), 0, values([[2]])),
    ]),
    sample("gather", [complexes(4), 0, values([3, 3])], lambda a, d, i: a[i]),
    sample("gather_backward", [real(2, 3), (2, 3), 1, INDEX], lambda a, s, d, i: added(np.zeros(s), along(i, d), a)),
    sample("take", [real(2, 3), values([[0, -1], [5, 0]])], np.take),
    sample("put", [real(2, 3), values([[0, -1]]), real(2)], lambda a, i, v, *_: numbered(written, a, i, v)),
    sample("put", [real(2, 3), values([2, 2, 5]), real(3), True], lambda a, i, v, _: numbered(added, a, i, v)),
    sample("take_backward", [real(3), (2, 2), values([3, 0, 3])],
           lambda a, *args: np.array([[a[1], 0], [0, a[0] + a[2]]])),
    sample("take_along_dim", [real(2, 3), values([[0], [2]]), 1], np.take_along_axis, covers=()),
    sample("masked_select", [real(2, 3), values(MASK)], lambda a, m: a[m],
           covers=("masked_select", "masked_select_backward")),
    sample("masked_select", [real(3), values(MASK)], lambda a, m: np.broadcast_to(a, (2, 3))[m]),
    sample("masked_select_backward", [real(4), (2, 3), values(MASK)], lambda a, s, m: written(np.zeros(s), m, a)),
    sample("nonzero", [values(MASK)], np.argwhere, covers=()),
    sample("nn.functional.one_hot", [values([1, 0, 2])], lambda i: np.eye(3, dtype=np.int64)[i], covers=("one_hot",)),
    sample("repeat_interleave", [real(2, 3), 2], lambda a, n: np.repeat(a, n), covers=()),
    sample("repeat_interleave", [real(2, 3), values([2, 0, 1]), 1], np.repeat, covers=()),
    # written
    sample("scatter", [real(3, 2), 0, values([[2, 0]]), real(1, 2)], lambda a, d, i, v: written(a, along(i, d), v),
           covers=("scatter_src",)),
    sample("scatter", [real(3, 2), 0, values([[2, 0]]), real(2, 2)], lambda a, d, i, v: written(a, along(i, d), v[:1]),
           name="scatter of a corner", covers=("in_corner",)),
    sample("scatter", [real(3, 2), 0, values([[2, 0]]), 1.5], lambda a, d, i, v: written(a, along(i, d), v),
           name="scatter of a number", covers=("scatter_value",)),
    sample("scatter", [real(3, 2), 0, values([[2, 2]]), real(1, 2, differentiate=False)],
           lambda a, d, i, v, reduce: added(a, along(i, d), v), orders=0, covers=("scatter_combined",), reduce="add"),
    sample("in_corner", [real(2), (3,), (slice(2),)], lambda a, *args: np.append(a, 0)),
    sample("scatter_add", [real(2, 2), 1, INDEX, real(2, 3)], lambda a, d, i, v: added(a, along(i, d), v)),
    sample("scatter_reduce", [real(2, 2), 1, INDEX, real(2, 3), "sum"], combined(np.add)),
    sample("scatter_reduce", [real(2, 2), 1, INDEX, nonzero(2, 3), "prod"], combined(np.multiply)),
    sample("scatter_reduce", [real(2, 2), 1, INDEX, real(2, 3), "mean"], averaged),
    sample("scatter_reduce", [real(2, 2), 1, INDEX, real(2, 3), "mean", False], averaged),
    sample("scatter_reduce", [values([[0.5, -3.0], [0.1, 0.3]]), 1, INDEX, distinct(2, 3), "amax"],
           combined(np.maximum)),
    sample("scatter_reduce", [real(2, 2), 1, INDEX, distinct(2, 3), "amin", False], combined(np.minimum, np.inf)),
    sample("index_add", [real(2, 3), 1, values([0, 2, 0]), real(2, 3)], whole(1, [0, 2, 0], added)),
    sample("index_copy", [real(2, 3), 1, values([0, 2]), real(2, 2)], whole(1, [0, 2])),
    sample("index_fill", [real(2, 3), 1, values([0, -1]), 1.5], whole(1, [0, 2])),
    sample("index_fill", [real(2, 3), 0, values([1]), real()], whole(0, [1])),
    sample("masked_fill", [real(2, 3), values(MASK), -1.5], written),
    sample("masked_fill", [real(2, 3), booleans(2, 1), real()], lambda a, m, v: np.where(m, v, a), must_raise=[
        refuses(RuntimeError, "masked_fill_ only supports boolean masks, but got mask with dtype long int",
                real(3), values([0, 1, 0]), 1.0),
    ]),
    sample("masked_scatter", [real(2, 3), values(MASK), real(5)], lambda a, m, v: written(a, m, v[:4]),
           covers=("masked_scatter", "masked_scatter_backward")),
    sample("masked_scatter_backward", [real(2, 3), values(MASK), (5,)], lambda a, m, s: np.append(a[m], 0)),
    sample("part_replaced", [real(3), real(2), (slice(1, 3),), "SliceScatterBackward0"],
           lambda a, v, i, _: written(a, i, v)),
    sample("select_scatter", [real(2, 3), real(3), 0, 1], lambda a, v, d, i: written(a, i, v), covers=()),
    sample("slice_scatter", [real(3), real(2), 0, 0, 3, 2], lambda a, v, *args: written(a, slice(0, 3, 2), v),
           covers=()),
]  # fmt: skip
