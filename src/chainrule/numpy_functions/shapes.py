"""Other shapes and places for the same elements: reshaping, exchanging, turning, tiling, diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.tensor_base import TensorBase
from chainrule.numpy_functions.placing import rearranged
from chainrule.numpy_operands import as_arrays, as_tensor, is_constant, row
from chainrule.numpy_protocols import implements


@implements(np.shape)
def _shape(a: Any) -> tuple[int, ...]:
    return tuple(a._array.shape)


@implements(np.ndim)
def _ndim(a: Any) -> int:
    return int(a._array.ndim)


@implements(np.size)
def _size(a: Any, axis: Any = None) -> int:
    return int(np.size(a._array, axis))


@implements(np.reshape)
def _reshape(a: Any, /, shape: Any, order: Any = "C", *, copy: bool | None = None) -> Any:
    if order in ("F", "A"):
        axes = (shape,) if isinstance(shape, int) else tuple(shape)
        return rearranged(lambda places: np.reshape(places, axes, order="F"), a) if order == "F" else a.reshape(shape)
    if copy is False:
        return a.view(shape)
    return a.clone().reshape(shape) if copy else a.reshape(shape)


@implements(np.ravel)
def _ravel(a: Any, order: Any = "C") -> Any:
    return a.reshape((-1,)) if order in ("C", "A", "K") else np.reshape(a, (-1,), order)


@implements(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    return row("expand")(as_tensor(array), (shape,) if isinstance(shape, int) else tuple(shape))


@implements(np.broadcast_arrays)
def _broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    args = tuple(map(_tensor_or_other, args))
    shape = np.broadcast_shapes(*[tuple(a.shape) for a in args])
    return tuple(np.broadcast_to(a, shape) for a in args)


def _tensor_or_other(value: Any) -> Any:
    # Beside tensors stand None and text, where libraries bring all their arguments to one shape.
    if isinstance(value, TensorBase) or not is_constant(value):
        return as_tensor(value)
    array = np.asarray(as_arrays(value))
    return as_tensor(array) if array.dtype.kind in "biufc" else array


@implements(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Any:
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    rank = a._array.ndim + len(axes)
    for place in sorted(np.lib.array_utils.normalize_axis_tuple(axes, rank)):
        a = row("unsqueeze")(a, place)
    return a


@implements(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    if axis is None:
        return a.squeeze()
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if any(a._array.shape[x] != 1 for x in axes):
        msg = "cannot select an axis to squeeze out which has size not equal to one"
        raise ValueError(msg)
    return a.squeeze(axis)


@implements(np.atleast_1d)
def _atleast_1d(*arys: Any) -> Any:
    found = tuple(t if t.ndim else t.reshape(1) for t in map(_tensor_or_other, arys))
    return found if len(found) > 1 else found[0]


@implements(np.atleast_2d)
def _atleast_2d(*arys: Any) -> Any:
    found = tuple(t if t.ndim > 1 else t.reshape((1, -1)) for t in map(_tensor_or_other, arys))
    return found if len(found) > 1 else found[0]


@implements(np.atleast_3d)
def _atleast_3d(*arys: Any) -> Any:
    found = tuple(
        t if t.ndim > 2 else t[..., None] if t.ndim == 2 else t.reshape((1, -1, 1)) for t in map(_tensor_or_other, arys)
    )
    return found if len(found) > 1 else found[0]


@implements(np.transpose, np.permute_dims)
def _transpose(a: Any, axes: Any = None) -> Any:
    return row("permute")(a, tuple(range(a._array.ndim))[::-1] if axes is None else tuple(axes))


@implements(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    return row("transpose")(a, axis1, axis2)


@implements(np.moveaxis)
def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    return a.movedim(source, destination)


@implements(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return a.movedim(axis, start - 1 if axis < start else start)


@implements(np.flip)
def _flip(m: Any, axis: Any = None) -> Any:
    axes = tuple(range(m._array.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    return row("flip")(m, axes)


@implements(np.flipud)
def _flipud(m: Any) -> Any:
    return row("flip")(m, (0,))


@implements(np.fliplr)
def _fliplr(m: Any) -> Any:
    return row("flip")(m, (1,))


@implements(np.rot90)
def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    return row("rot90")(m, k, tuple(axes))


@implements(np.roll)
def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    if isinstance(axis, tuple) and isinstance(shift, int):
        shift = (shift,) * len(axis)
    return a.roll(shift, axis)


@implements(np.tril)
def _tril(m: Any, k: int = 0) -> Any:
    return row("tril")(_square(m), k)


@implements(np.triu)
def _triu(m: Any, k: int = 0) -> Any:
    return row("triu")(_square(m), k)


def _square(m: Any) -> Any:
    # NumPy makes of a vector a matrix of which each row is the vector.
    return m.expand((m.shape[0], m.shape[0])) if m.ndim == 1 else m


@implements(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return a.diagonal(offset, axis1, axis2)


@implements(np.diag)
def _diag(v: Any, k: int = 0) -> Any:
    return v.diag(k)


@implements(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    return as_tensor(v).reshape((-1,)).diag(k)


@implements(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    repeats = np.asarray(repeats)
    return rearranged(lambda places: np.repeat(places, repeats, axis), a)


@implements(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    return rearranged(lambda places: np.tile(places, reps), A)


@implements(np.resize)
def _resize(a: Any, new_shape: Any) -> Any:
    a = as_tensor(a)
    if not a._array.size:
        return np.zeros_like(a, shape=new_shape)
    return rearranged(lambda places: np.resize(places, new_shape), a)


@implements(np.trim_zeros)
def _trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    places = np.argwhere(filt._array)
    if not len(places):
        return filt[tuple(slice(n) for n in np.trim_zeros(filt._array, trim, axis).shape)]
    kept = []
    axes = range(filt.ndim) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, filt.ndim)
    for along, length in enumerate(filt.shape):
        begin = int(places[:, along].min()) if along in axes and "f" in trim.lower() else 0
        end = int(places[:, along].max()) + 1 if along in axes and "b" in trim.lower() else length
        kept.append(slice(begin, end))
    return filt[tuple(kept)]


@implements(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    window = (window_shape,) if isinstance(window_shape, int) else tuple(window_shape)
    axes = (
        range(x.ndim) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, x.ndim, allow_duplicate=True)
    )
    if len(axes) != len(window):
        raise ValueError(f"there are {len(window)} sizes of the window for {len(axes)} axes")
    for size, along in zip(window, axes, strict=True):
        x = x.unfold(along, size, 1)
    return x


@implements(np.unstack)
def _unstack(x: Any, /, *, axis: int = 0) -> Any:
    return tuple(x.unbind(axis))


@implements(np.copy)
def _copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return a.clone()


@implements(np.astype)
def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    return x if not copy and x._array.dtype == np.dtype(dtype) else x.astype(np.dtype(dtype))


@implements(np.real)
def _real(val: Any) -> Any:
    return val.real


@implements(np.imag)
def _imag(val: Any) -> Any:
    return val.imag if val.is_complex() else np.zeros_like(val)


@implements(np.angle)
def _angle(z: Any, deg: bool = False) -> Any:
    angle = row("angle")(z)
    return np.degrees(angle) if deg else angle


@implements(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    return a.real if a.is_complex() and not np.iscomplexobj(np.real_if_close(a._array, tol)) else a


@implements(np.apply_along_axis)
def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    arr = as_tensor(arr)
    axis %= arr.ndim
    others = arr.movedim(axis, -1)
    outer = tuple(others.shape[:-1])
    found = [as_tensor(func1d(each, *args, **kwargs)) for each in others.reshape((-1, others.shape[-1])).unbind(0)]
    if not found:
        msg = "Cannot apply_along_axis when any iteration dimensions are 0"
        raise ValueError(msg)
    inner = tuple(found[0].shape)
    stacked = row("stack")(found, 0).reshape(outer + inner)
    return stacked.movedim(tuple(range(len(outer), stacked.ndim)), tuple(range(axis, axis + len(inner))))


@implements(np.apply_over_axes)
def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    result = as_tensor(a)
    for axis in np.atleast_1d(axes).tolist():
        reduced = as_tensor(func(result, axis % a.ndim))
        result = reduced if reduced.ndim == result.ndim else np.expand_dims(reduced, axis % a.ndim)
    return result
