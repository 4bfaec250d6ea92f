"""Rules for rows that are neither element by element nor linear: which inputs an element of their result depends on.

Most are said by dimensions: those that a result has in common with an input. The result at some place along them
depends on the input at that place alone; along all others it depends on everything. A row that has no rule here depends
on everything, which is always right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from chainrule.autograd.sparsity.recorded import Input
from chainrule.kernels.index_sets import IndexSets, gathered, merged

# (a dimension of the result, the dimension of the input that it is)
Pairs = Iterable[tuple[int, int]]
Rule = Callable[[Input, IndexSets], IndexSets]


def in_common(input: Input, sets: IndexSets, pairs: Pairs) -> IndexSets:
    """The sets of the result, which has these dimensions in common with the input; of other sizes they do not count."""
    shape, result_shape = input.shape, input.result_shape
    of_result = np.zeros(result_shape, np.int64)
    of_input = np.zeros(shape, np.int64)
    count = 1
    for to, of in pairs:
        size = shape[of]
        if size == result_shape[to]:
            index = np.arange(size) * count
            of_result += index.reshape([size if d == to % len(result_shape) else 1 for d in range(len(result_shape))])
            of_input += index.reshape([size if d == of % len(shape) else 1 for d in range(len(shape))])
            count *= size
    return merged(sets, of_input, count).taken(of_result)


def everything(input: Input, sets: IndexSets) -> IndexSets:
    """Each element of the result depends on the whole input."""
    return in_common(input, sets, ())


def broadcast(input: Input, sets: IndexSets) -> IndexSets:
    """Each element of the result depends on the element of the input at its place, or that is broadcast to it."""
    if input.shape == input.result_shape:
        return sets
    try:
        places = np.broadcast_to(np.arange(math.prod(input.shape)).reshape(input.shape), input.result_shape)
    except ValueError:
        return everything(input, sets)
    return sets.taken(places)


def _leading(input: Input, sets: IndexSets, count: int) -> IndexSets:
    return in_common(input, sets, [(d, d) for d in range(count)])


def _along(input: Input, sets: IndexSets) -> IndexSets:
    # Along `dim`, one or several, all or none; the result may lack these dimensions.
    shape, result_shape = input.shape, input.result_shape
    try:
        dim = input.argument("axis" if "axis" in input.node.op.parameters else "dim")
    except KeyError:
        dim = None
    if dim is None or not shape:
        return everything(input, sets)
    reduced = {d % len(shape) for d in (dim if isinstance(dim, (tuple, list)) else [dim])} or set(range(len(shape)))
    others = [d for d in range(len(shape)) if d not in reduced]
    if len(result_shape) == len(shape):
        return in_common(input, sets, [(d, d) for d in others])
    if len(result_shape) == len(others):
        return in_common(input, sets, enumerate(others))
    return everything(input, sets)


def _all_but(input: Input, sets: IndexSets) -> IndexSets:
    dim = input.argument("dim")
    return in_common(input, sets, [(dim, dim)])


def _matrices(results: dict[int, int]) -> Rule:
    # Along all but the last two dimensions; `results`: how many dimensions of its own each result has.
    def rule(input: Input, sets: IndexSets) -> IndexSets:
        count = len(input.shape) - 2
        if len(input.result_shape) - results[input.result] != count:
            return everything(input, sets)
        return _leading(input, sets, count)

    return rule


def _solution(input: Input, sets: IndexSets) -> IndexSets:
    # A batch of matrices and as many results; vectors, and batches that broadcast, depend on everything.
    if len(input.shape) != len(input.result_shape) or len(input.shape) < 2:
        return everything(input, sets)
    return _leading(input, sets, len(input.shape) - 2)


# ---- products ----


def _left(input: Input, sets: IndexSets) -> IndexSets:
    rank, result_rank = len(input.shape), len(input.result_shape)
    if rank == 1:
        return _nonzero_rows(input, sets, everything)
    if result_rank == rank - 1:  # times a vector
        return _nonzero_rows(input, sets, lambda of, sets: _leading(of, sets, result_rank))
    pairs = [(-2, -2), *[(-d, -d) for d in range(3, rank + 1)]]
    return _nonzero_rows(input, sets, lambda of, sets: in_common(of, sets, pairs))


def _right(input: Input, sets: IndexSets) -> IndexSets:
    rank, result_rank = len(input.shape), len(input.result_shape)
    if rank == 1:
        return _nonzero_rows(input, sets, everything)
    # A vector times it has a dimension less.
    lost = int(result_rank == rank - 1)
    pairs = [(-1, -1), *[(-d + lost, -d) for d in range(3, rank + 1)]]
    return _nonzero_rows(input, sets, lambda of, sets: in_common(of, sets, pairs))


# Products whose other operand, where it is a constant matrix, may have zeros that are worth knowing.
MATRIX_PRODUCTS = {
    "matmul": ("self", "other"), "mm": ("self", "mat2"), "mv": ("self", "vec"), "dot": ("self", "tensor"),
    "addmm": ("mat1", "mat2"), "addmv": ("mat", "vec"), "affine": ("self", "weight"),
}  # fmt: skip


def used_of_constant(input: Input) -> Any:
    """Which numbers of the constant that the input is multiplied by are not zero; None where that is no constant.

    Of a matrix or a vector all, of a convolution's weight those for each place of the kernel, in a row.
    """
    name = input.node.op.name
    if name == "convolution" and input.parameter == "self":
        weight = _constant(input, "weight")
        return None if weight is None else (weight != 0).any(axis=(0, 1)).reshape(-1)
    factors = MATRIX_PRODUCTS.get(name)
    if factors is None or input.parameter not in factors or len(input.shape) > 2:
        return None
    factor = _constant(input, factors[input.parameter == factors[0]])
    return None if factor is None or factor.ndim > 2 else factor != 0


def _constant(input: Input, name: str) -> Any:
    for source, edge in zip(input.node.edge_sources, input.node.next_edges, strict=True):
        if edge is not None and input.node.op.parameters[source] == name:
            return None
    try:
        found = input.saved(name)
    except KeyError:
        return None
    return found if isinstance(found, np.ndarray) else None


def _nonzero_rows(input: Input, sets: IndexSets, otherwise: Rule) -> IndexSets:
    # Only what is multiplied by other numbers than zero counts, where the other factor is constant.
    used = used_of_constant(input)
    if used is None or used.all():
        return otherwise(input, sets)
    if input.node.op.name == "affine":
        used = used.T
    is_left = input.parameter == MATRIX_PRODUCTS[input.node.op.name][0]
    own = np.arange(math.prod(input.shape)).reshape(input.shape)
    own = own if own.ndim == 2 else own[None, :] if is_left else own[:, None]
    if used.ndim == 1:
        used = used[:, None] if is_left else used[None, :]
    rows, columns = np.nonzero(used)
    if is_left:  # own (i, k) times the constant (k, j)
        labels = np.arange(len(own))[:, None] * used.shape[1] + columns
        places = own[:, rows]
    else:  # the constant (i, k) times own (k, j)
        labels = rows[:, None] * own.shape[1] + np.arange(own.shape[1])
        places = own[columns]
    return gathered([(sets, labels, places)], math.prod(input.result_shape), sets.bound)


def _product(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter in {"self", "mat", "mat1", "batch1"}:
        return _left(input, sets)
    return _right(input, sets)


def _sum_with_product(input: Input, sets: IndexSets) -> IndexSets:
    return broadcast(input, sets) if input.parameter == "self" else _product(input, sets)


def _sum_of_products(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter == "self":
        return broadcast(input, sets)
    return in_common(input, sets, [(0, 1) if input.parameter == "batch1" else (1, 2)])


def _outer(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter == "self":
        return broadcast(input, sets)
    return in_common(input, sets, [(0 if input.parameter == "vec1" else 1, 0)])


def _layer(input: Input, sets: IndexSets) -> IndexSets:
    # `affine` and `bilinear`: a weight's first dimension is the result's last.
    if input.parameter == "bias":
        return broadcast(input, sets)
    if input.parameter == "weight":
        return in_common(input, sets, [(-1, 0)] if len(input.shape) > 1 else [])
    leading = [(d, d) for d in range(len(input.shape) - 1)]
    return _nonzero_rows(input, sets, lambda of, sets: in_common(of, sets, leading))


def _contraction(input: Input, sets: IndexSets) -> IndexSets:
    own = input.argument("inputs")[input.item]
    output = input.argument("output")
    return in_common(input, sets, [(output.index(label), d) for d, label in enumerate(own) if label in output])


def _inner(input: Input, sets: IndexSets) -> IndexSets:
    rank = len(input.shape) - 1
    offset = 0 if input.parameter == "self" else len(input.result_shape) - rank
    return in_common(input, sets, [(d + offset, d) for d in range(rank)])


def _distances(input: Input, sets: IndexSets) -> IndexSets:
    own = (-2, -2) if input.parameter == "x1" else (-1, -2)
    return in_common(input, sets, [own, *[(-d, -d) for d in range(3, len(input.shape) + 1)]])


# ---- layers ----


def _channels(input: Input, sets: IndexSets) -> IndexSets:
    # A number for each channel, the second dimension.
    return in_common(input, sets, [(1, 0)] if len(input.result_shape) > 1 else [])


def _normalized(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter != "self":
        return broadcast(input, sets)
    return _leading(input, sets, len(input.shape) - len(input.argument("normalized_shape")))


def _group_norm(input: Input, sets: IndexSets) -> IndexSets:
    return _leading(input, sets, 1) if input.parameter == "self" else _channels(input, sets)


def _batch_norm(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter != "self":
        return _channels(input, sets)
    return in_common(input, sets, [(1, 1)] if len(input.shape) > 1 else [])


def _prelu(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter == "self":
        return broadcast(input, sets)
    return _channels(input, sets) if input.shape != (1,) else everything(input, sets)


def _attention(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter == "attn_mask":
        return everything(input, sets)
    rank = len(input.shape)
    return in_common(input, sets, [(-d, -d) for d in range(2 if input.parameter == "query" else 3, rank + 1)])


def _grid_samples(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter == "input":
        return _leading(input, sets, 2)
    return in_common(input, sets, [(0, 0), *[(d + 1, d) for d in range(1, len(input.shape) - 1)]])


def _loss(input: Input, sets: IndexSets) -> IndexSets:
    return broadcast(input, sets) if input.result_shape else everything(input, sets)


# ---- windows ----


def _under_windows(
    sets: IndexSets, sizes: Any, counts: Any, lines: int, geometry: Any, *, back: bool = False, used: Any = None
) -> IndexSets:
    # `lines` arrays of `sizes`, and the elements under each of `counts` windows on them; or `back`, the windows that an
    # element is under. `used`: which places of a window count, in a row; None for all.
    windows = places = taps = np.zeros(1, np.int64)
    for size, count, kernel, stride, padding, dilation in zip(sizes, counts, *geometry, strict=True):
        window, tap = np.divmod(np.arange(count * kernel), kernel)
        place = window * stride - padding + tap * dilation
        there = (place >= 0) & (place < size)
        windows = (windows[:, None] * count + window[there]).reshape(-1)
        places = (places[:, None] * size + place[there]).reshape(-1)
        taps = (taps[:, None] * kernel + tap[there]).reshape(-1)
    if used is not None:
        windows, places = windows[used[taps]], places[used[taps]]
    all_windows, all_places = math.prod(counts), math.prod(sizes)
    line = np.arange(lines)[:, None]
    labels, taken = line * all_windows + windows, line * all_places + places
    if back:
        return gathered([(sets, taken, labels)], lines * all_places, sets.bound)
    return gathered([(sets, labels, taken)], lines * all_windows, sets.bound)


def _convolution(input: Input, sets: IndexSets) -> IndexSets:
    if input.parameter == "bias":
        return in_common(input, sets, [(1, 0)])
    transposed, groups = input.argument("transposed"), input.argument("groups")
    if input.parameter == "weight":
        if transposed:
            return in_common(input, sets, [(1, 1)] if groups == 1 else [])
        return in_common(input, sets, [(1, 0)])
    batch, channels, *sizes = input.shape
    _, results, *counts = input.result_shape
    kernel = input.shape_of("weight")[2:]
    geometry = (kernel, input.argument("stride"), input.argument("padding"), input.argument("dilation"))
    places = math.prod(sizes)
    line = np.arange(batch * channels) // (channels // groups)
    mixed = merged(sets, line[:, None] * places + np.arange(places), batch * groups * places)
    used = used_of_constant(input)
    if transposed:
        found = _under_windows(mixed, counts, sizes, batch * groups, geometry, back=True, used=used)
    else:
        found = _under_windows(mixed, sizes, counts, batch * groups, geometry, used=used)
    line = np.arange(batch * results) // (results // groups)
    return found.taken(line[:, None] * math.prod(counts) + np.arange(math.prod(counts)))


def _pooling(input: Input, sets: IndexSets) -> IndexSets:
    w = input.argument("windows")
    lines = math.prod(input.shape[: len(input.shape) - len(w.sizes)])
    geometry = (w.kernel_size, w.stride, w.padding, w.dilation)
    return _under_windows(sets, w.sizes, w.counts, lines, geometry)


def _pooling_back(input: Input, sets: IndexSets) -> IndexSets:
    w = input.argument("windows")
    lines = math.prod(input.shape[: len(input.shape) - len(w.counts)])
    geometry = (w.kernel_size, w.stride, w.padding, w.dilation)
    return _under_windows(sets, w.sizes, w.counts, lines, geometry, back=True)


def _planes(rank: int) -> Rule:
    return lambda of, sets: _leading(of, sets, len(of.shape) - rank)


RULES: dict[str, Rule] = (
    dict.fromkeys(
        ["softmax_along", "log_softmax_along", "glu", "nansum", "nanmean", "prod", "product_of_others", "logsumexp",
         "sort", "topk", "kthvalue", "amax", "amin", "aminmax", "max_dim", "min_dim", "median_dim", "nanmedian_dim",
         "mode", "linalg_vector_norm", "linalg_cross", "cumsum", "cumprod", "logcumsumexp", "cummax", "cummin",
         "scatter_reduce", "index_reduce", "segment_reduce", "var", "std", "var_mean", "std_mean"],
        _along,
    )
    | dict.fromkeys(
        ["fresnel", "airy", "ellipj", "sici", "shichi", "lambertw", "wofz", "heaviside", "known_once", "frexp",
         "bernoulli", "normal", "poisson"],
        broadcast,
    )
    | dict.fromkeys(
        ["mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits",
         "soft_margin_loss"],
        _loss,
    )
    | dict.fromkeys(
        ["linalg_inv", "linalg_inv_ex", "cofactors", "linalg_pinv", "matrix_exp", "linalg_cholesky",
         "linalg_cholesky_ex", "linalg_lu_factor_ex", "cholesky_inverse"],
        _matrices({0: 2}),
    )
    | {
        "linalg_det": _matrices({0: 0}),
        "linalg_slogdet": _matrices({0: 0, 1: 0}),
        "linalg_eigh": _matrices({0: 1, 1: 2}),
        "linalg_eig": _matrices({0: 1, 1: 2}),
        "linalg_svd": _matrices({0: 2, 1: 1, 2: 2}),
        "linalg_qr": _matrices({0: 2, 1: 2}),
        "linalg_lu": _matrices({0: 2, 1: 2}),
    }
    | dict.fromkeys(["linalg_solve", "linalg_solve_triangular", "cholesky_solve"], _solution)
    | dict.fromkeys(["matmul", "mm", "bmm", "mv", "dot", "vdot"], _product)
    | dict.fromkeys(["addmm", "addmv", "baddbmm"], _sum_with_product)
    | dict.fromkeys(["affine", "bilinear"], _layer)
    | dict.fromkeys(["native_layer_norm", "rms_norm"], _normalized)
    | dict.fromkeys(["max_pool2d_with_indices", "max_pool3d_with_indices", "avg_pool2d", "avg_pool3d"], _pooling)
    | dict.fromkeys(["avg_pool2d_backward", "avg_pool3d_backward"], _pooling_back)
    | dict.fromkeys(["adaptive_max_pool2d", "fractional_max_pool2d"], _planes(2))
    | dict.fromkeys(["adaptive_max_pool3d", "fractional_max_pool3d"], _planes(3))
    | {
        "addbmm": _sum_of_products,
        "addr": _outer,
        "attention": _attention,
        "cdist": _distances,
        "contraction": _contraction,
        "convolution": _convolution,
        "grid_sampler_samples": _grid_samples,
        "inner": _inner,
        "native_batch_norm": _batch_norm,
        "native_group_norm": _group_norm,
        "prelu": _prelu,
        "renorm": _all_but,
    }
)  # fmt: skip
