"""Samples for complex numbers from parts, frexp, renorm, gradient, reductions of parts, and where elements are."""

import numpy as np

import chainrule as torch
from op_samples import complexes, distinct, integers, nonzero, positive, real, refuses, sample, values

NEEDS_FLOATS = "Expected both inputs to be Half, Float or Double tensors but got Long and Long"
INDEX = values([2, 0, 2])
WITH_ZEROS = values([[0.0, 2.0, 0.5], [0.0, 0.0, 3.0], [1.5, -1.0, 2.5]])


def renormed(p):
    def reference(x, p_, dim, maxnorm):
        others = tuple(d for d in range(x.ndim) if d != dim % x.ndim)
        norm = (
            np.abs(x).max(others, keepdims=True)
            if p == np.inf
            else (np.abs(x) ** p).sum(others, keepdims=True) ** (1 / p)
        )
        return np.where(norm > maxnorm, x / (norm + 1e-7) * maxnorm, x)

    return reference


def combined(ufunc):
    def reference(x, dim, index, source, reduce, include_self=True):
        made, source = np.moveaxis(x.copy(), dim, 0), np.moveaxis(source, dim, 0)
        for i in set(index.tolist()):
            rows = list(source[index == i])
            made[i] = ufunc(np.stack([made[i], *rows] if include_self else rows))
        return np.moveaxis(made, 0, dim)

    return reference


def of_segments(function, *cuts, empty=0.0):
    def reference(x, *args, **kwargs):
        return np.stack(
            [function(part, axis=0) if len(part) else np.full(x.shape[1:], empty) for part in np.split(x, cuts)]
        )

    return reference


LENGTHS = np.array([2, 0, 3])

SAMPLES = [
    # complex numbers
    sample(
        "complex",
        [real(3, 4), real(4)],
        lambda a, b: a + 1j * b,
        must_raise=[
            refuses(RuntimeError, NEEDS_FLOATS, integers(3), integers(3)),
            refuses(TypeError, "complex(): argument 'imag' (position 2) must be Tensor, not int", real(3), 1),
        ],
    ),
    sample(
        "polar",
        [real(3, 4), real(4)],
        lambda a, b: a * np.exp(1j * b),
        must_raise=[
            refuses(RuntimeError, NEEDS_FLOATS, integers(3), integers(3)),
        ],
    ),
    sample("polar", [positive(3), real(3)], lambda a, b: a * np.exp(1j * b)),
    sample(lambda x: torch.conj_physical_(x * 1), [complexes(3)], np.conj, name="conj_physical_", covers=()),
    sample("resolve_conj", [complexes(3)], np.copy, covers=()),
    # mantissas
    sample(
        "frexp",
        [nonzero(3, 4)],
        np.frexp,
        must_raise=[
            refuses(RuntimeError, "torch.frexp() only supports floating-point dtypes", integers(3)),
        ],
    ),
    # norms of slices
    sample(
        "renorm",
        [real(3, 4), 2, 0, 1.0],
        renormed(2),
        must_raise=[
            refuses(RuntimeError, "renorm: non-positive-norm not supported", real(2, 2), 0, 0, 1),
            refuses(RuntimeError, "renorm: expected maxnorm to be >= 0 but got -1", real(2, 2), 1, 0, -1),
            refuses(RuntimeError, "renorm: input needs at least 2 dimensions, got 1 dimensions", real(2), 1, 0, 1),
            refuses(
                IndexError,
                "Dimension out of range (expected to be in range of [-2, 1], but got 2)",
                real(2, 2),
                1,
                2,
                1,
            ),
        ],
    ),
    sample("renorm", [nonzero(2, 3, 2), 1, -2, 2], renormed(1)),
    sample("renorm", [nonzero(3, 4), 2.5, 1, 2.0], renormed(2.5)),
    sample("renorm", [distinct(3, 4), np.inf, 0, 0.5], renormed(np.inf)),
    sample("renorm", [complexes(3, 4), 2, 0, 1.5], renormed(2)),
    # derivatives from differences
    sample("gradient", [real(4)], lambda x: [np.gradient(x)], covers=()),
    sample("gradient", [real(3, 4)], np.gradient, covers=()),
    sample(
        lambda x: torch.gradient(x, spacing=[2.0, 0.5], edge_order=2),
        [real(3, 4)],
        lambda x: np.gradient(x, 2.0, 0.5, edge_order=2),
        name="gradient with two neighbours",
        covers=(),
    ),
    sample(
        lambda x, c: torch.gradient(x, spacing=[c], dim=1),
        [real(3, 4), values([0.0, 1.0, 3.0, 3.5])],
        lambda x, c: [np.gradient(x, c, axis=1)],
        name="gradient at coordinates",
        covers=(),
    ),
    sample(
        lambda x, c: torch.gradient(x, spacing=[c], dim=[0], edge_order=2),
        [real(4, 2), values([0.0, 1.0, 3.0, 3.5])],
        lambda x, c: [np.gradient(x, c, axis=0, edge_order=2)],
        name="gradient at coordinates with two neighbours",
        covers=(),
    ),
    # slices combined
    *[
        sample(
            "index_reduce",
            [distinct(4, 2), 0, INDEX, distinct(3, 2), reduce],
            combined(ufunc),
            covers=("index_reduce",),
        )
        for reduce, ufunc in [
            ("prod", lambda a: a.prod(0)),
            ("mean", lambda a: a.mean(0)),
            ("amax", lambda a: a.max(0)),
            ("amin", lambda a: a.min(0)),
        ]
    ],
    sample(
        "index_reduce", [real(2, 4), -1, INDEX, real(2, 3), "prod"], combined(lambda a: a.prod(0)), include_self=False
    ),
    sample(
        "index_reduce",
        [distinct(4), 0, INDEX, distinct(3), "amax"],
        combined(lambda a: a.max(0)),
        include_self=False,
        must_raise=[
            refuses(
                RuntimeError,
                "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got sum.",
                real(3),
                0,
                values([0]),
                real(1),
                "sum",
            ),
            refuses(IndexError, "index out of range in self", real(3), 0, values([3]), real(1), "prod"),
            refuses(IndexError, "index out of range in self", real(3), 0, values([-1]), real(1), "prod"),
            refuses(
                RuntimeError,
                "index_reduce_(): Number of indices (1) should be equal to source.size(dim): (2), for dim: 0",
                real(3),
                0,
                values([0]),
                real(2),
                "prod",
            ),
            refuses(
                RuntimeError,
                "index_reduce_(): Expected dtype int32/int64 for index but got: Double",
                real(3),
                0,
                values([0.0]),
                real(1),
                "prod",
            ),
            refuses(
                IndexError,
                "index_reduce_(): Index is supposed to be a vector, but got dim: 2 with type: Long and size: [1, 1]",
                real(3),
                0,
                values([[0]]),
                real(1),
                "prod",
            ),
            refuses(
                RuntimeError,
                "source tensor shape must match self tensor shape, excluding the specified dimension. Got "
                "self.shape = [3, 2] source.shape = [1, 1]",
                real(3, 2),
                0,
                values([0]),
                real(1, 1),
                "prod",
            ),
        ],
    ),
    sample("index_reduce", [values(2.0), 0, values([0]), values(3.0), "prod"], lambda x, d, i, s, r: x * s),
    # stretches
    *[
        sample(
            lambda x, reduce: torch.segment_reduce(x, reduce, lengths=torch.tensor([2, 0, 3])),
            [distinct(5, 2), reduce],
            of_segments(function, 2, 2, empty=empty),
            name=f"segment_reduce {reduce}",
            covers=("segment_reduce",),
        )
        for reduce, function, empty in [("sum", np.sum, 0), ("prod", np.prod, 1)]
    ],
    *[
        sample(
            lambda x, reduce: torch.segment_reduce(x, reduce, offsets=torch.tensor([0, 2, 5])),
            [distinct(5, 2), reduce],
            of_segments(function, 2),
            name=f"segment_reduce {reduce} by offsets",
            covers=(),
        )
        for reduce, function in [("sum", np.sum), ("mean", np.mean), ("max", np.max), ("min", np.min)]
    ],
    sample(
        lambda x: torch.segment_reduce(x, "prod", lengths=torch.tensor([1, 2])),
        [WITH_ZEROS],
        of_segments(np.prod, 1),
        name="segment_reduce with zeros",
        covers=(),
    ),
    sample(
        lambda x: torch.segment_reduce(x, "mean", lengths=torch.tensor([[1, 2], [0, 3]]), axis=1, initial=2.0),
        [real(2, 3)],
        lambda x: np.array([[x[0, 0] + 2, (x[0, 1:].sum() + 2) / 2], [2, (x[1].sum() + 2) / 3]]),
        name="segment_reduce of rows",
        covers=(),
        must_raise=[],
    ),
    # where elements are
    sample(
        lambda x, y: torch.isin(x, y),
        [integers(3, 4), values([1, 3])],
        np.isin,
        name="isin",
        covers=("isin",),
        orders=0,
    ),
    sample(
        lambda x, y: torch.isin(x, y, invert=True),
        [real(3, 4), 2],
        lambda x, y: np.isin(x, y, invert=True),
        name="isin inverted",
        covers=(),
        orders=0,
    ),
    sample("unravel_index", [values([[4, 0], [1, 5]]), (2, 3)], np.unravel_index, covers=()),
    sample(
        lambda x: torch.nonzero_static(x, size=3),
        [values([[0, 1], [2, 0]])],
        lambda x: np.array([[0, 1], [1, 0], [-1, -1]]),
        name="nonzero_static",
        covers=("nonzero_static",),
        orders=0,
    ),
    # boxes
    sample(
        lambda x: torch.histogram(x, 5, range=(-1.0, 1.5)),
        [real(3, 4)],
        lambda x: [part.astype(float) for part in np.histogram(x, 5, (-1.0, 1.5))],
        name="histogram",
        covers=(),
        orders=0,
    ),
    sample(
        lambda x: torch.histogram(x, 3, density=True).hist,
        [real(3, 4)],
        lambda x: np.histogram(x, 3, density=True)[0],
        name="histogram of densities",
        covers=(),
        orders=0,
    ),
    sample(
        lambda x, w: torch.histogram(x, 4, range=(-1.0, 1.5), weight=w).hist,
        [real(5, differentiate=False), real(5)],
        lambda x, w: np.histogram(x, 4, (-1.0, 1.5), weights=w)[0],
        name="histogram of weights",
        covers=("histogram_counts",),
    ),
    sample(
        lambda x, w: torch.histogram(x, 2, weight=w, density=True).hist,
        [real(5, differentiate=False), positive(5)],
        lambda x, w: np.histogram(x, 2, weights=w, density=True)[0],
        name="histogram of densities of weights",
        covers=(),
    ),
    sample(
        lambda x, w: torch.histogramdd(x, [2, 3], weight=w).hist,
        [real(6, 2, differentiate=False), real(6)],
        lambda x, w: np.histogramdd(x, (2, 3), weights=w)[0],
        name="histogramdd of weights",
        covers=(),
    ),
    # memory
    sample(
        lambda x, part: torch.as_strided_scatter(x.contiguous(), part, (2, 2), (3, 2)),
        [real(2, 3), real(2, 2)],
        lambda x, part: np.stack([part[:, 0], x[:, 1], part[:, 1]], 1),
        name="as_strided_scatter",
        covers=("as_strided_scatter",),
    ),
    sample(lambda x: torch.fill(x, 2.5), [real(2, 3)], lambda x: np.full_like(x, 2.5), name="fill", covers=("filled",)),
    sample(
        lambda x, value: torch.fill(x, value),
        [real(2, 3), real()],
        lambda x, value: np.full_like(x, value),
        name="fill with a tensor",
        covers=(),
    ),
    sample(
        "ldexp",
        [real(3, 4), integers(4)],
        np.ldexp,
        must_raise=[
            refuses(TypeError, "ldexp(): argument 'other' (position 2) must be Tensor, not int", real(3), 1),
        ],
    ),
    sample("ldexp", [real(3, 4), real(4)], lambda x, n: x * 2**n),
    sample("ldexp", [complexes(3), real(3)], lambda x, n: x * 2**n, name="ldexp: complex numbers"),
    sample(
        "ldexp",
        [values([2.0**-600, 2.0**900]), values([1500, -1700])],
        lambda x, n: np.array([2.0**900, 2.0**-800]),
        orders=0,
    ),
    sample(
        "index_reduce",
        [complexes(4), 0, INDEX, complexes(3), "prod"],
        combined(lambda a: a.prod(0)),
        name="index_reduce: complex numbers",
    ),
    # bits
    sample(
        lambda x: torch.hash_tensor(x, 1),
        [real(2, 3)],
        lambda x: np.bitwise_xor.reduce(np.ascontiguousarray(x).view(np.uint64), 1),
        name="hash_tensor",
        covers=("hash_tensor",),
        orders=0,
    ),
]
