"""`np.pad` with all of NumPy's modes."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.numpy_functions.placing import rearranged
from chainrule.numpy_operands import as_arrays, as_tensor, constant, require_constant, row
from chainrule.numpy_protocols import implements

_STATISTICS: dict[str, Any] = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


@implements(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    array, pad_width = as_tensor(array), as_arrays(pad_width)
    if callable(mode):
        msg = "np.pad: a function as mode= is not supported on tensors: it writes to arrays"
        raise TypeError(msg)
    if isinstance(pad_width, dict):
        by_axis = {axis % array.ndim: width for axis, width in pad_width.items()}
        pad_width = [by_axis.get(axis, (0, 0)) for axis in range(array.ndim)]
    if kwargs.get("reflect_type", "even") != "even":
        msg = "np.pad: reflect_type='odd' is not supported on tensors"
        raise TypeError(msg)
    if array._array.dtype.kind not in "fc":
        # NumPy rounds what it computes for whole numbers.
        return constant(np.pad(array._array, pad_width, mode, **as_arrays(kwargs)))
    # NumPy judges the arguments, and says what is wrong with them.
    np.pad(np.broadcast_to(0.0, array._array.shape), pad_width, mode, **as_arrays(kwargs))
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return rearranged(lambda places: np.pad(places, pad_width, mode), array)
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2)).tolist()
    if mode in ("constant", "empty"):
        constants = kwargs.get("constant_values", 0)
        require_constant("pad", "there is no derivative for constant_values=", constants)
        margin = np.pad(
            np.zeros(array._array.shape, array._array.dtype), pad_width, constant_values=as_arrays(constants)
        )
        inside = tuple(slice(before, before + n) for (before, _), n in zip(widths, array._array.shape, strict=True))
        places = np.arange(margin.size).reshape(margin.shape)[inside].reshape(-1)
        flat = constant(margin.reshape(-1)).index_put((constant(places),), array.reshape(-1))
        return flat.reshape(margin.shape)
    for axis, (before, after) in enumerate(widths):
        array = _padded_along(array, axis, before, after, mode, kwargs)
    return array


def _padded_along(array: Any, axis: int, before: int, after: int, mode: Any, kwargs: dict[str, Any]) -> Any:
    length, rank = array.shape[axis], array.ndim
    if mode == "linear_ramp":
        ends = _of_axis(kwargs.get("end_values", 0), axis, rank)
        edges = array.narrow(axis, 0, 1), array.narrow(axis, length - 1, 1)
        margins = []
        for edge, end, width, backwards in zip(edges, ends, (before, after), (False, True), strict=True):
            part = np.arange(width) / max(width, 1)
            part = (part[::-1] if backwards else part).reshape((-1,) + (1,) * (rank - axis - 1))
            margins.append(end + (edge - end) * constant(part.astype(array._array.dtype)))
        return row("cat")([margins[0], array, margins[1]], axis)
    lengths = _of_axis(kwargs.get("stat_length"), axis, rank)
    margins = []
    for width, size, at_end in zip((before, after), lengths, (False, True), strict=True):
        count = length if size is None else min(int(size), length)
        part = array.narrow(axis, length - count if at_end else 0, count)
        value = _STATISTICS[mode](part, axis=axis, keepdims=True).astype(array._array.dtype)
        margins.append(value.expand(tuple(width if x == axis else n for x, n in enumerate(array.shape))))
    return row("cat")([margins[0], array, margins[1]], axis)


def _of_axis(values: Any, axis: int, rank: int) -> tuple[Any, Any]:
    # NumPy lets one number stand for all margins, and one pair for all dimensions.
    require_constant("pad", "there is no derivative for end_values=", values)
    values = as_arrays(values)
    if values is None:
        return None, None
    before, after = np.broadcast_to(np.asarray(values), (rank, 2))[axis].tolist()
    return before, after
