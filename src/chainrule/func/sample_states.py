"""What may be said of a tensor while samples are followed: which of its elements belong to which of them.

A tensor is of one of these: independent of the samples (a parameter; nothing is said of it), `Along` (each index of one
dimension belongs to a sample), `One` (all of it belongs to one sample), `Summed` (a sum over samples, as a loss is) or
`Mixed` (anything else; the operation that did it is named).
"""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from chainrule.engine.tensor_base import TensorBase

Array = Any

NOBODY = -1  # the sample that constants between those of samples belong to


class Along(NamedTuple):
    """Index `i` of dimension `dim` belongs to sample `of[i]`."""

    dim: int
    of: Array


class One(NamedTuple):
    """All elements belong to this sample."""

    sample: int


class Summed(NamedTuple):
    """A sum of terms that each belong to one sample, or to none."""


class Mixed(NamedTuple):
    """Neither: because of what `op`, in words, has done, at this line of the user's program."""

    op: str
    place: Any = None


State = Along | One | Summed | Mixed | None
SUMMED = Summed()


def along(dim: int, of: Array) -> State:
    """The state of a tensor whose dimension `dim` belongs to these samples."""
    return One(int(of[0])) if of.size and bool((of == of[0]).all()) else Along(dim, of)


def same(a: Along, b: Along) -> bool:
    """Whether the samples stand in the same order along the dimensions, whichever these are."""
    return a.of is b.of or bool(np.array_equal(a.of, b.of))


class States:
    """What is known of tensors, by their arrays: so a tensor that shares its array shares its state."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], State]] = {}

    def of(self, value: Any) -> State:
        """The state of an argument; None for what is no tensor too."""
        array = value._array if isinstance(value, TensorBase) else value
        entry = self._known.get(id(array))
        return entry[1] if entry is not None and entry[0]() is array else None

    def of_index(self, value: Any) -> State:
        """The state of an index, of which the row of picking is given a copy: that of an equal one."""
        if not isinstance(value, np.ndarray):
            return self.of(value)
        for reference, state in self._known.values():
            known = reference()
            if known is not None and known.dtype == value.dtype and np.array_equal(known, value):
                return state
        return None

    def set(self, tensor: TensorBase, state: State) -> None:
        """Note the state of a tensor."""
        array = tensor._array
        if state is None:
            self._known.pop(id(array), None)
        else:
            self._known[id(array)] = (weakref.ref(array), state)


# ---- paint: integers that go where elements go ----


def paint_of(state: Any, value: Any) -> Array:
    """Integers in the places of the elements: 0 for what belongs to nobody, else the sample's number and 1 more."""
    shape = value._array.shape if isinstance(value, TensorBase) else value.shape
    if state is None:
        return np.broadcast_to(np.zeros((), np.int32), shape)
    if type(state) is One:
        return np.broadcast_to(np.asarray(state.sample + 1, np.int32), shape)
    line = (state.of + 1).astype(np.int32)
    return np.broadcast_to(line.reshape((-1, *(1,) * (len(shape) - state.dim - 1))), shape)


def read_paint(op: str, paint: Array) -> State:
    """The state that painted elements say."""
    if not paint.size:
        return None
    varying = [d for d in range(paint.ndim) if paint.shape[d] > 1 and paint.strides[d]]
    if not varying:
        sample = int(paint.flat[0]) - 1
        return None if sample == NOBODY else One(sample)
    for dim in varying:
        rest = tuple(d for d in varying if d != dim)
        line = paint.max(axis=rest, keepdims=True) if rest else paint
        if not rest or bool(((paint == line) | (paint == 0)).all()):
            of = line[tuple(slice(None) if d == dim else 0 for d in range(paint.ndim))].astype(np.intp) - 1
            return None if bool((of == NOBODY).all()) else along(dim, of)
    values = np.unique(paint)
    return One(int(values[-1]) - 1) if values.size == 2 and values[0] == 0 else Mixed(op)


def state_of_base(base: Any, known: State, view: Any, state: State) -> State:
    """The state of a tensor of which a view was changed, and now is of `state`."""
    if type(known) in {Summed, Mixed} or type(state) in {Summed, Mixed}:
        return Mixed("an in-place change")
    array, part = base._array, view._array
    size = array.itemsize
    lowest, beyond = np.lib.array_utils.byte_bounds(array)
    first, last = np.lib.array_utils.byte_bounds(part)
    if first < lowest or last > beyond or any(s % size or s < 0 for s in (*array.strides, *part.strides)):
        return Mixed("an in-place change")
    # The same elements of paint, which lie in memory as those of the tensor do.
    paint = np.zeros((beyond - lowest) // size, np.int32)
    for of, shown in ((known, base), (state, view)):
        start = (shown._array.__array_interface__["data"][0] - lowest) // size
        strides = tuple([4 * s // size for s in shown._array.strides])
        as_strided(paint[start:], shown._array.shape, strides)[...] = paint_of(of, shown)
    start = (array.__array_interface__["data"][0] - lowest) // size
    strides = tuple([4 * s // size for s in array.strides])
    return read_paint("an in-place change", as_strided(paint[start:], array.shape, strides))
