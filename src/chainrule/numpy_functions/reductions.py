"""Reductions and scans, with NumPy's arguments: axis, dtype, out, keepdims, initial, where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.numpy_operands import as_arrays, as_tensor, constant, real_or_complex, row, written
from chainrule.numpy_protocols import FUNCTIONS, implements


def _chosen(a: Any, where: Any, otherwise: Any) -> Any:
    # What is not chosen stands as a number that changes nothing.
    return a if where is True else row("where")(as_tensor(where), a, otherwise)


def _in(a: Any, dtype: Any) -> Any:
    return a if dtype is None else a.astype(np.dtype(dtype))


def _alike(initial: Any, result: Any) -> Any:
    # In the type of what it begins.
    return as_tensor(initial).astype(result._array.dtype)


def _over_nothing(a: Any) -> tuple[Any, int, bool]:
    # NumPy reduces over no axes where axis is (): as over one of a single element.
    return a.unsqueeze(0), 0, False


@implements(np.sum)
def _sum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = 0,
    where: Any = True,
) -> Any:  # fmt: skip
    if axis == ():
        a, axis, keepdims = _over_nothing(a)
    result = row("sum")(_chosen(a, where, 0), axis, keepdims, None if dtype is None else np.dtype(dtype).type)
    return written("sum", result if type(initial) is int and initial == 0 else result + _alike(initial, result), out)


@implements(np.nansum)
def _nansum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = 0,
    where: Any = True,
) -> Any:  # fmt: skip
    if axis == ():
        a, axis, keepdims = _over_nothing(a)
    result = row("nansum")(_chosen(_in(a, dtype), where, 0), axis, keepdims)
    return written("nansum", result if type(initial) is int and initial == 0 else result + _alike(initial, result), out)


@implements(np.prod)
def _prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = 1,
    where: Any = True,
) -> Any:  # fmt: skip
    given = None if dtype is None else np.dtype(dtype).type
    a = _chosen(_in(a, dtype), where, 1)
    if axis is None and keepdims:
        axis = tuple(range(a._array.ndim))
    axes = sorted((x % a._array.ndim for x in axis), reverse=True) if isinstance(axis, tuple) else (axis,)
    for x in axes:
        a = row("prod")(a, x, keepdims, given)
    return written("prod", a if type(initial) is int and initial == 1 else a * _alike(initial, a), out)


@implements(np.nanprod)
def _nanprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, **kwargs: Any) -> Any:
    return np.prod(_nan_as(a, 1), axis, dtype, out, **kwargs)


def _nan_as(a: Any, number: Any) -> Any:
    return row("where")(constant(np.isnan(a._array)), number, a) if a._array.dtype.kind in "fc" else a


@implements(np.mean)
def _mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    if axis == ():
        a, axis, keepdims = _over_nothing(a)
    a = real_or_complex(_in(a, dtype))
    if where is True:
        return written("mean", row("mean")(a, axis, keepdims), out)
    count = _count(a, where, axis)
    return written("mean", row("sum")(_chosen(a, where, 0), axis, keepdims) / count(keepdims), out)


def _count(a: Any, where: Any, axis: Any) -> Callable[[bool], Any]:
    # How many elements are chosen.
    chosen = np.broadcast_to(np.asarray(as_arrays(where), bool), a._array.shape)
    real = np.finfo(a._array.dtype).dtype
    return lambda keepdims: constant(chosen.sum(axis, keepdims=keepdims).astype(real))


@implements(np.nanmean)
def _nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True
) -> Any:
    if axis == ():
        a, axis, keepdims = _over_nothing(a)
    a = real_or_complex(_in(a, dtype))
    if where is True:
        return written("nanmean", row("nanmean")(a, axis, keepdims), out)
    return np.mean(_nan_as(a, 0), axis, None, out, keepdims, where=~np.isnan(a._array) & as_arrays(where))


def _moments(name: str) -> Callable[..., Any]:
    def reduce(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: bool = False, *,
        where: Any = True, mean: Any = None, correction: float | None = None,
    ) -> Any:  # fmt: skip
        if axis == ():
            a, axis, keepdims = _over_nothing(a)
        ddof = ddof if correction is None else correction
        a = real_or_complex(_in(a, dtype))
        if where is True and mean is None:
            return written(name, row(name)(a, axis, ddof, keepdims), out)
        if mean is None:
            mean = np.mean(a, axis, keepdims=True, where=where)
        apart = _chosen(a - mean, where, 0)
        squares = row("sum")((apart * apart.conj()).real if a.is_complex() else apart * apart, axis, keepdims)
        count = constant(np.maximum(_count(a, where, axis)(keepdims)._array - ddof, 0))
        variance = squares / count
        if name == "var":
            return written(name, variance, out)
        # The root has no slope at zero that is finite: what does not vary gets none.
        level = variance._array == 0
        root = row("where")(constant(level), 0.0, row("where")(constant(level), 1.0, variance).sqrt())
        return written(name, root, out)

    return reduce


FUNCTIONS[np.var], FUNCTIONS[np.std] = _moments("var"), _moments("std")


def _nan_moments(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(a: Any, *args: Any, where: Any = True, **kwargs: Any) -> Any:
        a = real_or_complex(a)
        return function(_nan_as(a, 0), *args, where=~np.isnan(a._array) & as_arrays(where), **kwargs)

    return reduce


FUNCTIONS[np.nanvar], FUNCTIONS[np.nanstd] = _nan_moments(np.var), _nan_moments(np.std)


def _extreme(name: str, row_name: str, least: Callable[[Any], Any], further: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(
        a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> Any:
        if axis == ():
            a, axis, keepdims = _over_nothing(a)
        if where is not True and initial is None:
            msg = f"np.{name}: where= needs initial=, the result of no elements"
            raise ValueError(msg)
        if where is not True:
            a = _chosen(a, where, least(a._array.dtype))
        if initial is not None and (not a._array.size or a._array.ndim == 0):
            a = further(a, _alike(initial, a)) if a._array.ndim == 0 else _with_initial(a, axis, keepdims, initial)
            return written(name, a, out)
        result = row(row_name)(a, dim=() if axis is None else axis, keepdim=keepdims)
        return written(name, result if initial is None else further(result, _alike(initial, result)), out)

    return reduce


def _with_initial(a: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    shape = np.empty(a._array.shape).sum(axis, keepdims=keepdims).shape
    return as_tensor(initial).astype(a._array.dtype).expand(shape)


def _smallest(dtype: np.dtype[Any]) -> Any:
    return -np.inf if dtype.kind == "f" else False if dtype.kind == "b" else int(np.iinfo(dtype).min)


def _largest(dtype: np.dtype[Any]) -> Any:
    return np.inf if dtype.kind == "f" else True if dtype.kind == "b" else int(np.iinfo(dtype).max)


FUNCTIONS[np.max] = FUNCTIONS[np.amax] = _extreme("max", "amax", _smallest, np.maximum)
FUNCTIONS[np.min] = FUNCTIONS[np.amin] = _extreme("min", "amin", _largest, np.minimum)


def _nan_extreme(function: Callable[..., Any], least: Callable[[Any], Any]) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, **kwargs: Any) -> Any:
        result = function(_nan_as(a, least(a._array.dtype)), axis, None, keepdims, **kwargs)
        if a._array.dtype.kind == "f" and not kwargs:
            # Where all are NaN, so is the result.
            nothing = np.isnan(a._array).all(axis, keepdims=keepdims)
            if nothing.any():
                result = row("where")(constant(nothing), np.nan, result)
        return written(function.__name__, result, out)

    return reduce


FUNCTIONS[np.nanmax], FUNCTIONS[np.nanmin] = _nan_extreme(np.max, _smallest), _nan_extreme(np.min, _largest)


@implements(np.ptp)
def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    return written("ptp", np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims), out)


def _truth(name: str, neutral: bool) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
        if axis == ():
            a, axis, keepdims = _over_nothing(a)
        a = a if where is True else row("where")(as_tensor(where), constant(a._array.astype(bool)), neutral)
        return written(name, row(name)(a, dim=axis, keepdim=keepdims), out)

    return reduce


FUNCTIONS[np.any], FUNCTIONS[np.all] = _truth("any", neutral=False), _truth("all", neutral=True)


def _place(name: str) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        if a._array.dtype.kind == "b":  # PyTorch's take no booleans
            a = a.astype(np.uint8)
        return written(name, row(name)(a, axis, keepdims), out)

    return reduce


FUNCTIONS[np.argmax], FUNCTIONS[np.argmin] = _place("argmax"), _place("argmin")


@implements(np.count_nonzero)
def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return constant(np.count_nonzero(a._array, axis, keepdims=keepdims))


@implements(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    a = real_or_complex(a)
    if weights is None:
        average = np.mean(a, axis, keepdims=keepdims)
        count = constant(average._array.dtype.type(a._array.size / max(average._array.size, 1)))
        return (average, count.expand(average.shape)) if returned else average
    weights = as_tensor(weights)
    if tuple(weights.shape) != tuple(a.shape):
        axes = (axis,) if isinstance(axis, int) else axis
        if axes is None:
            msg = "Axis must be specified when shapes of a and weights differ."
            raise TypeError(msg)
        axes = np.lib.array_utils.normalize_axis_tuple(axes, a.ndim)
        if tuple(weights.shape) != tuple(a.shape[x] for x in axes):
            msg = "Shape of weights must be consistent with shape of a along specified axis."
            raise ValueError(msg)
        weights = weights.permute(tuple(np.argsort(axes).tolist()))
        weights = weights.reshape(tuple(n if x in axes else 1 for x, n in enumerate(a.shape)))
    total = np.sum(weights.expand(a.shape).astype(np.result_type(weights._array, a._array)), axis, keepdims=keepdims)
    if not total._array.all():
        msg = "Weights sum to zero, can't be normalized"
        raise ZeroDivisionError(msg)
    average = np.sum(a * weights, axis, keepdims=keepdims) / total
    return (average, total.expand(average.shape)) if returned else average


# ---- scans ----


def _scan(name: str) -> Callable[..., Any]:
    def scan(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
        given = None if dtype is None else np.dtype(dtype).type
        return written(name, row(name)(a.reshape((-1,)) if axis is None else a, axis or 0, given), out)

    return scan


FUNCTIONS[np.cumsum], FUNCTIONS[np.cumprod] = _scan("cumsum"), _scan("cumprod")


@implements(np.nancumsum)
def _nancumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    return np.cumsum(_nan_as(a, 0), axis, dtype, out)


@implements(np.nancumprod)
def _nancumprod(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    return np.cumprod(_nan_as(a, 1), axis, dtype, out)


def _cumulative(function: Callable[..., Any], first: int) -> Callable[..., Any]:
    def scan(
        x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None, include_initial: bool = False
    ) -> Any:
        if axis is None:
            if x.ndim > 1:
                msg = "For arrays which have more than one dimension ``axis`` argument is required."
                raise ValueError(msg)
            axis = 0
        result = function(np.atleast_1d(x), axis, dtype)
        if include_initial:
            shape = list(result.shape)
            shape[axis] = 1
            result = row("cat")([np.full_like(result, first, shape=shape), result], axis)
        return written(function.__name__, result, out)

    return scan


FUNCTIONS[np.cumulative_sum], FUNCTIONS[np.cumulative_prod] = _cumulative(np.cumsum, 0), _cumulative(np.cumprod, 1)
