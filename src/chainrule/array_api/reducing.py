"""Sums and other statistics, order, sets and questions about all elements, by the standard's signatures."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from chainrule.array_api.arguments import Array, accumulator, promoted
from chainrule.engine.op import TABLE
from chainrule.numpy_operands import constant, require_constant
from chainrule.ops import sorting

__all__ = [
    "all", "any", "argmax", "argmin", "argsort", "count_nonzero", "cumulative_prod", "cumulative_sum", "diff", "max",
    "mean", "min", "nonzero", "prod", "searchsorted", "sort", "std", "sum", "unique_all", "unique_counts",
    "unique_inverse", "unique_values", "var", "where",
]  # fmt: skip

Axes = int | tuple[int, ...] | None


class _All(NamedTuple):
    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class _Counts(NamedTuple):
    values: Array
    counts: Array


class _Inverse(NamedTuple):
    values: Array
    inverse_indices: Array


# ---- statistics ----


def sum(x: Array, /, *, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """The sum of the elements; integers are summed as 64-bit integers.

    >>> import chainrule as torch
    >>> sum(torch.tensor([1, 2], dtype=torch.uint8))
    tensor(3, dtype=chainrule.uint64)
    """
    return np.sum(x, axis, accumulator(x, dtype), keepdims=keepdims)


def prod(x: Array, /, *, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """The product of the elements; integers are multiplied as 64-bit integers.

    >>> import chainrule as torch
    >>> prod(torch.tensor([2, 3]))
    tensor(6)
    """
    return np.prod(x, axis, accumulator(x, dtype), keepdims=keepdims)


def cumulative_sum(x: Array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Array:
    """The sums of the elements up to each, with a zero before them where `include_initial`.

    >>> import chainrule as torch
    >>> cumulative_sum(torch.tensor([1, 2, 3]))
    tensor([1, 3, 6])
    """
    return np.cumulative_sum(x, axis=axis, dtype=accumulator(x, dtype), include_initial=include_initial)


def cumulative_prod(x: Array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Array:
    """The products of the elements up to each, with a one before them where `include_initial`.

    >>> import chainrule as torch
    >>> cumulative_prod(torch.tensor([1, 2, 3]), include_initial=True)
    tensor([1, 1, 2, 6])
    """
    return np.cumulative_prod(x, axis=axis, dtype=accumulator(x, dtype), include_initial=include_initial)


def max(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """The largest element.

    >>> import chainrule as torch
    >>> max(torch.tensor([[1, 4], [3, 2]]), axis=0)
    tensor([3, 4])
    """
    return np.max(x, axis, keepdims=keepdims)


def min(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """The smallest element.

    >>> import chainrule as torch
    >>> min(torch.tensor([[1, 4], [3, 2]]), axis=0)
    tensor([1, 2])
    """
    return np.min(x, axis, keepdims=keepdims)


def mean(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """The mean of the elements.

    >>> import chainrule as torch
    >>> mean(torch.tensor([1.0, 2.0]))
    tensor(1.5000)
    """
    return np.mean(x, axis, keepdims=keepdims)


def var(x: Array, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """The variance of the elements.

    >>> import chainrule as torch
    >>> var(torch.tensor([1.0, 3.0]))
    tensor(1.)
    """
    return np.var(x, axis, correction=correction, keepdims=keepdims)


def std(x: Array, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """The standard deviation of the elements.

    >>> import chainrule as torch
    >>> std(torch.tensor([1.0, 3.0]))
    tensor(1.)
    """
    return np.std(x, axis, correction=correction, keepdims=keepdims)


# ---- questions ----


def all(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """Whether all elements are true, or not zero.

    >>> import chainrule as torch
    >>> all(torch.tensor([1, 0]))
    tensor(False)
    """
    return np.all(x != 0, axis, keepdims=keepdims)


def any(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """Whether any element is true, or not zero.

    >>> import chainrule as torch
    >>> any(torch.tensor([1, 0]))
    tensor(True)
    """
    return np.any(x != 0, axis, keepdims=keepdims)


def diff(x: Array, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Array:
    """The differences of neighbours, `n` times over.

    >>> import chainrule as torch
    >>> diff(torch.tensor([1, 4, 9]))
    tensor([3, 5])
    """
    given = {name: each for name, each in (("prepend", prepend), ("append", append)) if each is not None}
    return np.diff(x, n, axis, **given)


def count_nonzero(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """How many elements are not zero.

    >>> import chainrule as torch
    >>> count_nonzero(torch.tensor([3, 0, 1]))
    tensor(2)
    """
    return np.count_nonzero(x, axis, keepdims=keepdims)


# ---- places ----


def argmax(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Where the first largest element is.

    >>> import chainrule as torch
    >>> argmax(torch.tensor([1, 3, 2]))
    tensor(1)
    """
    return np.argmax(x, axis, keepdims=keepdims)


def argmin(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """Where the first smallest element is.

    >>> import chainrule as torch
    >>> argmin(torch.tensor([3, 1, 2]))
    tensor(1)
    """
    return np.argmin(x, axis, keepdims=keepdims)


def nonzero(x: Array, /) -> tuple[Array, ...]:
    """The indices of the elements that are not zero, for each axis.

    >>> import chainrule as torch
    >>> nonzero(torch.tensor([3, 0, 1]))
    (tensor([0, 2]),)
    """
    if not x.ndim:
        msg = "nonzero of a tensor without dimensions is not defined"
        raise ValueError(msg)
    return tuple(np.nonzero(x))


def searchsorted(x1: Array, x2: Array, /, *, side: str = "left", sorter: Array | None = None) -> Array:
    """Where the elements of `x2` would stand in the sorted `x1`.

    >>> import chainrule as torch
    >>> searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 4]))
    tensor([1, 2])
    """
    return np.searchsorted(*promoted(x1, x2), side, sorter)  # type: ignore[call-overload]


def where(condition: Array, x1: Array, x2: Array, /) -> Array:
    """Elements of `x1` where the condition is true, of `x2` elsewhere; one of them may be a Python number.

    >>> import chainrule as torch
    >>> where(torch.tensor([True, False]), torch.tensor([1, 2]), 0)
    tensor([1, 0])
    """
    return TABLE["where"].function(condition, *promoted(x1, x2))


# ---- order ----


def sort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """The elements in order.

    >>> import chainrule as torch
    >>> sort(torch.tensor([2, 3, 1]), descending=True)
    tensor([3, 2, 1])
    """
    return sorting.sort(x, dim=axis, descending=descending, stable=stable)[0]


def argsort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """The indices that put the elements in order.

    >>> import chainrule as torch
    >>> argsort(torch.tensor([2, 3, 1]))
    tensor([2, 0, 1])
    """
    return sorting.sort(x, dim=axis, descending=descending, stable=stable)[1]


# ---- sets ----


def _unique(name: str, x: Array) -> Any:
    require_constant(name, "which elements there are once each jumps as they change", x)
    return np.unique_all(x._array)


def unique_all(x: Array, /) -> _All:
    """The elements once each, where each is first, where all are among them, and how often there is each.

    >>> import chainrule as torch
    >>> unique_all(torch.tensor([2, 1, 2])).counts
    tensor([1, 2])
    """
    return _All(*map(constant, _unique("unique_all", x)))


def unique_counts(x: Array, /) -> _Counts:
    """The elements once each, and how often there is each.

    >>> import chainrule as torch
    >>> unique_counts(torch.tensor([2, 1, 2])).values
    tensor([1, 2])
    """
    found = _unique("unique_counts", x)
    return _Counts(constant(found.values), constant(found.counts))


def unique_inverse(x: Array, /) -> _Inverse:
    """The elements once each, and where all are among them.

    >>> import chainrule as torch
    >>> unique_inverse(torch.tensor([2, 1, 2])).inverse_indices
    tensor([1, 0, 1])
    """
    found = _unique("unique_inverse", x)
    return _Inverse(constant(found.values), constant(found.inverse_indices))


def unique_values(x: Array, /) -> Array:
    """The elements once each.

    >>> import chainrule as torch
    >>> unique_values(torch.tensor([2, 1, 2]))
    tensor([1, 2])
    """
    return constant(_unique("unique_values", x).values)
