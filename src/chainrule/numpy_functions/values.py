"""Functions whose results are constant by nature, and those that tensors which require grad are refused, with why."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.numpy_operands import as_arrays, as_tensor, constant, is_constant, require_constant
from chainrule.numpy_protocols import gives_values, implements, refuses

# Indices and places.
gives_values(
    np.argpartition, np.argwhere, np.digitize, np.flatnonzero, np.ix_, np.lexsort, np.nanargmax, np.nanargmin,
    np.nonzero, np.searchsorted, np.tril_indices_from, np.triu_indices_from, np.diag_indices_from,
    np.ravel_multi_index, np.unravel_index,
)  # fmt: skip
# Questions with yes or no for an answer, about all or each of the elements.
gives_values(
    np.array_equal, np.array_equiv, np.iscomplex, np.iscomplexobj, np.isin, np.isneginf, np.isposinf, np.isreal,
    np.isrealobj, np.may_share_memory, np.shares_memory, np.can_cast,
)  # fmt: skip
# Types, text and plans.
gives_values(np.common_type, np.min_scalar_type, np.result_type, np.array2string, np.array_repr, np.array_str)
gives_values(np.einsum_path)
# What takes whole numbers, bits or dates alone.
gives_values(
    np.packbits, np.unpackbits, np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string,
)  # fmt: skip

refuses(
    "which elements there are once each, and how many, jumps as they change; np.sort is differentiable",
    np.unique, np.unique_all, np.unique_counts, np.unique_inverse, np.unique_values, np.union1d, np.intersect1d,
    np.setdiff1d, np.setxor1d,
)  # fmt: skip
refuses(
    "a count of elements in bins has no derivative",
    np.histogram2d, np.histogramdd, np.histogram_bin_edges,
)  # fmt: skip
refuses("a file holds values and no graph", np.save, np.savez, np.savez_compressed, np.savetxt)


@implements(np.isclose)
def _isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    a, b, rtol, atol = as_arrays((a, b, rtol, atol))
    return constant(np.isclose(a, b, rtol, atol, equal_nan))


@implements(np.allclose)
def _allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    return bool(_isclose(a, b, rtol, atol, equal_nan).all())


# ---- counts: whole numbers, but sums of weights ----


@implements(np.bincount)
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    x = np.asarray(as_arrays(x))
    if is_constant(weights):
        return constant(np.bincount(x, as_arrays(weights), minlength))
    counts = np.zeros(max(int(x.max(initial=-1)) + 1, minlength))
    return constant(counts).index_add(0, constant(x.astype(np.int64)), weights.double())


@implements(np.histogram)
def _histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    require_constant("histogram", "which bin an element falls in has no derivative", a, bins, range)
    values, edges = as_arrays(a), as_arrays(bins)
    counts, edges = np.histogram(values, edges, as_arrays(range), weights=as_arrays(weights))
    found = constant(counts)
    if not is_constant(weights):
        inside = (values >= edges[0]) & (values <= edges[-1])
        places = np.clip(np.searchsorted(edges, values[inside], side="right") - 1, 0, len(edges) - 2)
        given = as_tensor(weights)[constant(inside)]
        found = constant(np.zeros(len(edges) - 1, counts.dtype)).index_add(0, constant(places), given)
    if density:
        found = found / constant(np.diff(edges)) / found.sum()
    return found, constant(edges)
