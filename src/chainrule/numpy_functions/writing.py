"""Functions that write to their first argument: changes in place of a tensor, differentiated as such."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.tensor_base import TensorBase
from chainrule.numpy_operands import as_arrays, as_tensor, constant, is_constant
from chainrule.numpy_protocols import implements


def _write(name: str, target: Any, places: Any, values: Any) -> None:
    # Elements of `target` at flat places become `values`, of which there are as many, or one.
    if not isinstance(target, TensorBase):
        if not is_constant(values):
            raise TypeError(f"np.{name}: the gradient would be lost in a NumPy array; give a tensor to be written to")
        target[np.unravel_index(places, target.shape)] = as_arrays(values)
        return
    flat: Any = target.reshape(-1)  # type: ignore[attr-defined]
    values = as_tensor(values).astype(target._array.dtype)
    target.copy_(flat.index_put((constant(places),), values).reshape(target._array.shape))  # type: ignore[attr-defined]


def _last_of_each(places: Any) -> Any:
    # Of several values for one place the last is written: the positions in `places` of those.
    _, last = np.unique(places[::-1], return_index=True)
    return np.sort(places.size - 1 - last)


@implements(np.copyto)
def _copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    source = as_tensor(src)
    target = dst._array if isinstance(dst, TensorBase) else dst
    if not np.can_cast(source._array.dtype if source.ndim else type(source.item()), target.dtype, casting):
        raise TypeError(f"Cannot cast array data from {source._array.dtype} to {target.dtype} by the rule '{casting}'")
    if where is True and isinstance(dst, TensorBase):
        dst.copy_(source)  # type: ignore[attr-defined]
        return
    chosen = np.flatnonzero(np.broadcast_to(as_arrays(where), target.shape))
    _write("copyto", dst, chosen, source.expand(target.shape).reshape(-1)[constant(chosen)])


@implements(np.put)
def _put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    size = np.size(as_arrays(a))
    places = np.take(np.arange(size), as_arrays(ind), mode=mode).reshape(-1)
    _write_in_turn("put", a, places, v)


def _write_in_turn(name: str, target: Any, places: Any, values: Any) -> None:
    # Values are repeated as often as there are places.
    values = as_tensor(values).reshape(-1)
    if places.size and not len(values):
        raise ValueError(f"np.{name}: there are no values to write")
    last = _last_of_each(places)
    _write(name, target, places[last], values[constant(last % max(len(values), 1))])


@implements(np.place)
def _place(arr: Any, mask: Any, vals: Any) -> None:
    _write_in_turn("place", arr, np.flatnonzero(as_arrays(mask)), vals)


@implements(np.putmask)
def _putmask(a: Any, /, mask: Any, values: Any) -> None:
    places = np.flatnonzero(as_arrays(mask))
    values = as_tensor(values).reshape(-1)
    _write("putmask", a, places, values[constant(places % max(len(values), 1))])


@implements(np.put_along_axis)
def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    indices = as_arrays(indices)
    positions = np.arange(np.size(as_arrays(arr))).reshape(np.shape(as_arrays(arr)))
    places = np.take_along_axis(positions, indices, axis)
    values = as_tensor(values).expand(places.shape).reshape(-1)
    last = _last_of_each(places.reshape(-1))
    _write("put_along_axis", arr, places.reshape(-1)[last], values[constant(last)])


@implements(np.fill_diagonal)
def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    shape = np.shape(as_arrays(a))
    marked = np.zeros(shape, bool)
    np.fill_diagonal(marked, val=True, wrap=wrap)
    _write_in_turn("fill_diagonal", a, np.flatnonzero(marked), val)
