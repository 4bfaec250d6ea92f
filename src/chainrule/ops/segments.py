"""Reductions of parts: of slices that an index sends to one place (`index_reduce`), and of stretches in a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dimensions import slice_along, wrap_dim
from chainrule.dtypes import scalar_type_name
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.ops.gathering import gather
from chainrule.ops.scattering import require_same_type, scatter_add, scatter_reduce, scatter_reduce_backward

__all__ = ["segment_reduce"]

# ---- whole slices at the places of an index ----


def _of_slices(index: Any, shape: tuple[int, ...], place: int) -> Any:
    # The index of every element of these slices, as `scatter_reduce` takes it.
    values = getattr(index, "_array", index)
    spread = values.reshape([-1 if d == place else 1 for d in range(len(shape))])
    return np.broadcast_to(spread, shape).astype(np.int64)


def _index_reduce_backward(
    grad: Any, self: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool, result: Any
) -> tuple[Any, Any]:
    place = wrap_dim(dim, len(self.shape))
    shape = tuple(source.shape)
    at = _of_slices(index, shape, place) if len(self.shape) else np.zeros((), np.int64)
    return scatter_reduce_backward(grad, self, place, at, source, reduce, include_self, result)


@op(inplace=True, index=NOT_DIFFERENTIABLE, derivatives={"self, source": _index_reduce_backward})
def index_reduce(self: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool = True) -> Any:
    """A copy with the slices of `source` along `dim` combined with those at the places of `index`.

    `reduce` is prod, mean, amax or amin; `include_self=False` leaves out what is there.

    >>> torch.ones(3).index_reduce(0, torch.tensor([0, 0]), torch.tensor([3.0, 4.0]), "prod")
    tensor([12.,  1.,  1.])
    """
    if reduce not in {"prod", "mean", "amax", "amin"}:
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    place = wrap_dim(dim, self.ndim)
    if index.ndim > 1:
        raise IndexError(
            f"index_reduce_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
            f"{scalar_type_name(index.dtype)} and size: {list(index.shape)}"
        )
    if index.dtype not in (np.int32, np.int64):
        raise RuntimeError(
            f"index_reduce_(): Expected dtype int32/int64 for index but got: {scalar_type_name(index.dtype)}"
        )
    require_same_type(self, source, "index_reduce_(): self ({own}) and source ({given}) must have the same scalar type")
    size = source.shape[place] if source.ndim else 1
    if index.size != size:
        raise RuntimeError(
            f"index_reduce_(): Number of indices ({index.size}) should be equal to source.size(dim): ({size}), for "
            f"dim: {place}"
        )
    beside = [tuple([n for d, n in enumerate(a.shape) if d != place]) for a in (self, source)]
    if beside[0] != beside[1]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(self.shape)} source.shape = {list(source.shape)}"
        )
    target = self if self.ndim else self.reshape(1)
    if index.size and ((index < 0) | (index >= target.shape[place])).any():
        raise IndexError("index out of range in self")
    given = source if source.ndim else source.reshape(1)
    at = _of_slices(index, given.shape, place)
    return scatter_reduce(target, place, at, given, reduce, include_self).reshape(self.shape)


# ---- stretches in a row ----

_WITHOUT_ELEMENTS = {"sum": 0.0, "mean": np.nan, "max": -np.inf, "min": np.inf, "prod": 1.0}
_UFUNCS: dict[str, Any] = {
    "sum": np.add, "mean": np.add, "max": np.maximum, "min": np.minimum, "prod": np.multiply,
}  # fmt: skip
_NAMES = {"amax": "max", "amin": "min"}


def _numbers_of_segments(bounds: Any, shape: tuple[int, ...], axis: int) -> tuple[Any, Any]:
    # For each element the number of its segment, one more than there are for those in none; and how long they are.
    size, count = shape[axis], bounds.shape[-1] - 1
    numbers = np.full((*shape[:axis], size), count, np.int64)
    for at in np.ndindex(*shape[:axis]):
        row = bounds[at]
        lengths = np.minimum(row[1:], size) - np.minimum(row[:-1], size)
        numbers[at][min(row[0], size) : min(row[-1], size)] = np.repeat(np.arange(count), lengths)
    spread = numbers.reshape(numbers.shape + (1,) * (len(shape) - axis - 1))
    lengths = np.diff(bounds).reshape(bounds.shape[:-1] + (count,) + (1,) * (len(shape) - axis - 1))
    return np.broadcast_to(spread, shape), lengths


def _without_rest(array: Any, axis: int, count: int) -> Any:
    return array[slice_along(axis, slice(count))]


def _segment_reduce_backward(
    grad: Any, data: Any, result: Any, reduce: str, bounds: Any, axis: int, initial: Any
) -> Any:
    numbers, lengths = _numbers_of_segments(bounds, tuple(data.shape), axis)
    count = bounds.shape[-1] - 1
    inside = numbers < count
    at = np.minimum(numbers, count - 1)

    def of_each(segments: Any) -> Any:
        return np.where(inside, gather(segments, axis, at), 0)

    if reduce == "sum":
        return of_each(grad)
    if reduce == "mean":
        return of_each(grad / np.maximum(lengths, 1))
    if reduce == "prod":
        zero = data == 0
        zeros = np.zeros(tuple(result.shape), np.int64)
        np.add.at(zeros, _at(at, axis), (getattr(zero, "_array", zero) & inside).astype(np.int64))
        alone = getattr(zero, "_array", zero) & (np.take_along_axis(zeros, at, axis) == 1)
        others = segments_reduced(np.where(alone, 1, data), "prod", bounds, axis, initial)
        return np.where(alone, of_each(grad * others), of_each(grad * result) / np.where(zero, 1, data))
    # The extreme value's gradient is shared evenly by all that have it, the initial value among them.
    largest = np.where(inside, (data == gather(result, axis, at)) * np.ones_like(data), 0)
    start = (result == (np.inf if initial is None else initial)) * np.ones_like(result)
    shares = scatter_add(start if initial is not None else start * 0, axis, at, largest)
    return of_each(grad / np.maximum(shares, 1)) * largest


def _at(numbers: Any, axis: int) -> tuple[Any, ...]:
    places = list(np.indices(numbers.shape, sparse=True))
    places[axis] = numbers
    return tuple(places)


@op(name="segment_reduce", spaces="", data=_segment_reduce_backward)
def segments_reduced(data: Any, reduce: str, bounds: Any, axis: int, initial: Any) -> Any:
    if data.dtype.kind != "f":
        raise NotImplementedError(f"\"_segment_reduce_cpu\" not implemented for '{scalar_type_name(data.dtype)}'")
    numbers, lengths = _numbers_of_segments(bounds, data.shape, axis)
    count = bounds.shape[-1] - 1
    neutral = 0.0 if reduce == "mean" else _WITHOUT_ELEMENTS[reduce]
    shape = (*data.shape[:axis], count + 1, *data.shape[axis + 1 :])
    reduced = np.full(shape, neutral if initial is None else initial, data.dtype)
    _UFUNCS[reduce].at(reduced, _at(numbers, axis), data)
    found = np.ascontiguousarray(_without_rest(reduced, axis, count))
    if reduce == "mean":
        found = np.where(lengths > 0, found / np.maximum(lengths, 1), np.nan if initial is None else initial)
    return found.astype(data.dtype, copy=False)


def segment_reduce(
    data: Any,
    reduce: str,
    *,
    lengths: Any = None,
    indices: Any = None,
    offsets: Any = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Any = None,
) -> Any:
    """The sum, mean, max, min or prod of each stretch of a dimension, given by their lengths or by where they begin.

    `lengths` (or `offsets`, which are one more) has the dimensions of `data` up to `axis`, its last. A stretch without
    elements gives `initial`, or what the reduction of nothing is: 0, NaN, -inf, inf, 1. `unsafe` leaves out the check
    that the stretches are the whole dimension.

    >>> torch.segment_reduce(torch.tensor([1.0, 2.0, 4.0]), "sum", lengths=torch.tensor([2, 1]))
    tensor([3., 4.])
    """
    wanted = _NAMES.get(reduce, reduce)
    if wanted not in _UFUNCS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    if lengths is None and offsets is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    given = offsets if lengths is None else lengths
    name = "offsets" if lengths is None else "lengths"
    place = wrap_dim(axis, len(data.shape))
    values = given._array
    if place != values.ndim - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {place}.")
    if values.dtype not in (np.int32, np.int64):
        raise NotImplementedError(
            f"\"_segment_reduce_lengths_cpu_kernel1\" not implemented for '{scalar_type_name(values.dtype)}'"
        )
    if values.shape[:-1] != tuple(data.shape)[:place]:
        raise RuntimeError(
            f"segment_reduce(): {name} of shape {list(values.shape)} do not fit data of shape {list(data.shape)}: all "
            "dimensions but the last must be the same"
        )
    size = tuple(data.shape)[place]
    if lengths is not None:
        if (values < 0).any():
            raise RuntimeError("lengths contains negative value!")
        if not unsafe and (values.sum(-1) != size).any():
            raise RuntimeError(
                "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when "
                "!unsafe."
            )
        bounds = np.zeros((*values.shape[:-1], values.shape[-1] + 1), np.int64)
        bounds[..., 1:] = values.cumsum(-1)
    else:
        bounds = values.astype(np.int64)
        if (np.diff(bounds) < 0).any() or (bounds < 0).any():
            raise RuntimeError("segment_reduce(): offsets must not be negative, nor less than those before them")
    return segments_reduced(data, wanted, bounds, place, initial)
