"""Elements in order: sorting, quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.numpy_functions.placing import rearranged
from chainrule.numpy_operands import as_arrays, as_tensor, constant, real_or_complex, require_constant, row, written
from chainrule.numpy_protocols import FUNCTIONS, implements


@implements(np.sort)
def _sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    a, axis = (a.reshape((-1,)), -1) if axis is None else (a, axis)
    if a.is_complex():
        return _by_order(np.argsort, a, axis)
    return row("sort")(a, axis)[0]


@implements(np.argsort)
def _argsort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    a, axis = (a.reshape((-1,)), -1) if axis is None else (a, axis)
    if a.is_complex():
        return constant(np.argsort(a._array, axis, stable=True))
    return row("sort")(a, axis)[1]


def _by_order(argsort: Callable[..., Any], a: Any, axis: int) -> Any:
    order = argsort(a._array, axis=axis)
    return rearranged(lambda places: np.take_along_axis(places, order, axis), a)


@implements(np.sort_complex)
def _sort_complex(a: Any) -> Any:
    a = as_tensor(a)
    return np.sort(a.astype(np.promote_types(a._array.dtype, np.complex64)))


@implements(np.partition)
def _partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    a, axis = (a.reshape((-1,)), -1) if axis is None else (a, axis)
    return _by_order(lambda values, axis: np.argpartition(values, kth, axis), a, axis)


# ---- quantiles ----


def _rows(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    # The reduced dimensions as one, the last; and the shape of the result with those dimensions as ones.
    rank = a._array.ndim
    axes = tuple(range(rank)) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, rank)
    kept = tuple(x for x in range(rank) if x not in axes)
    shape = tuple(1 if x in axes else n for x, n in enumerate(a._array.shape))
    a = a.permute(kept + axes)
    return a.reshape((*a._array.shape[: len(kept)], math.prod(a._array.shape[len(kept) :]))), shape


def _quantile_of(name: str, hundred: float, ignores_nan: bool) -> Callable[..., Any]:
    def quantile(
        a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
        keepdims: bool = False, *, weights: Any = None,
    ) -> Any:  # fmt: skip
        require_constant(name, "there is no derivative for q or weights yet", q, weights)
        if weights is not None:
            raise TypeError(f"np.{name}: weights= is not supported on tensors")
        a, at = real_or_complex(a), np.asarray(as_arrays(q), np.float64) / hundred
        if a.is_complex():
            msg = "a must be an array of real numbers"
            raise TypeError(msg)
        values, shape = _rows(a, axis)
        result = _at_quantiles(values, at, method, ignores_nan)
        return written(name, result.reshape(at.shape + shape) if keepdims else result, out)

    return quantile


def _at_quantiles(values: Any, at: Any, method: str, ignores_nan: bool) -> Any:
    # Where in the sorted elements each quantile lies is what NumPy's quantile of 0, 1, 2, ... is, by any method.
    length = values._array.shape[-1]
    if not length:
        return constant(np.full(at.shape + values._array.shape[:-1], np.nan, values._array.dtype))
    ordered = row("sort")(values, -1)[0]
    missing = np.isnan(values._array).sum(axis=-1)
    counts = length - missing
    quantile: Any = np.quantile
    whole = np.full(counts.shape, length) if not ignores_nan else counts
    places = np.zeros(at.shape + counts.shape)
    for count in np.unique(whole):
        if count:
            places[..., whole == count] = quantile(np.arange(float(count)), at, method=method)[..., None]
    low, high = np.floor(places).astype(np.int64), np.ceil(places).astype(np.int64)
    shape = at.shape + values._array.shape
    spread = ordered.expand(shape)
    lower, upper = (row("gather")(spread, -1, constant(each[..., None])).squeeze(-1) for each in (low, high))
    part = (places - low).astype(values._array.dtype)
    result = row("where")(constant(part == 0), lower, lower + (upper - lower) * constant(part))
    no_number = (counts == 0) if ignores_nan else (missing > 0)
    if no_number.any():
        result = row("where")(constant(np.broadcast_to(no_number, places.shape).copy()), np.nan, result)
    return result


for _name, _hundred in (("quantile", 1), ("percentile", 100)):
    FUNCTIONS[getattr(np, _name)] = _quantile_of(_name, _hundred, ignores_nan=False)
    FUNCTIONS[getattr(np, "nan" + _name)] = _quantile_of("nan" + _name, _hundred, ignores_nan=True)


@implements(np.median)
def _median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    return np.quantile(a, 0.5, axis, out, overwrite_input, "linear", keepdims)


@implements(np.nanmedian)
def _nanmedian(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    return np.nanquantile(a, 0.5, axis, out, overwrite_input, "linear", keepdims)
