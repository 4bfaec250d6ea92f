"""Tensors joined and taken apart: concatenating, stacking, splitting, inserting, blocks, grids."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.tensor_base import TensorBase
from chainrule.numpy_functions.placing import flat_nested, nested_like, rearranged
from chainrule.numpy_operands import as_arrays, as_tensor, row, written
from chainrule.numpy_protocols import implements


def _tensors(arrays: Any) -> list[Any]:
    # A tensor stands for the sequence of its parts.
    return list(arrays.unbind(0)) if isinstance(arrays, TensorBase) else [as_tensor(a) for a in arrays]  # type: ignore[attr-defined]


def _cat(name: str, tensors: list[Any], axis: int, out: Any = None, dtype: Any = None) -> Any:
    if dtype is not None:
        tensors = [t.astype(np.dtype(dtype)) for t in tensors]
    return written(name, row("cat")(tensors, axis), out)


@implements(np.concatenate)
def _concatenate(
    arrays: Any, /, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: Any = None
) -> Any:
    tensors = _tensors(arrays)
    if axis is None:
        tensors, axis = [t.reshape((-1,)) for t in tensors], 0
    return _cat("concatenate", tensors, axis, out, dtype)


@implements(np.stack)
def _stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    tensors = _tensors(arrays)
    if dtype is not None:
        tensors = [t.astype(np.dtype(dtype)) for t in tensors]
    return written("stack", row("stack")(tensors, axis), out)


@implements(np.hstack)
def _hstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    tensors = [np.atleast_1d(t) for t in _tensors(tup)]
    return _cat("hstack", tensors, 0 if tensors[0].ndim == 1 else 1, dtype=dtype)


@implements(np.vstack)
def _vstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Any:
    return _cat("vstack", [np.atleast_2d(t) for t in _tensors(tup)], 0, dtype=dtype)


@implements(np.dstack)
def _dstack(tup: Any) -> Any:
    return _cat("dstack", [np.atleast_3d(t) for t in _tensors(tup)], 2)


@implements(np.column_stack)
def _column_stack(tup: Any) -> Any:
    return _cat("column_stack", [t if t.ndim > 1 else t.reshape((-1, 1)) for t in _tensors(tup)], 1)


@implements(np.block)
def _block(arrays: Any) -> Any:
    leaves = [as_tensor(leaf) for leaf in flat_nested(arrays)]
    return rearranged(lambda *places: np.block(nested_like(arrays, places)), *leaves)


@implements(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return np.concatenate([as_tensor(arr), as_tensor(values)], axis)


@implements(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    arr, values, obj = as_tensor(arr), as_tensor(values), as_arrays(obj)
    values = values.astype(arr._array.dtype)
    return rearranged(lambda places, inserted: np.insert(places, obj, inserted, axis), arr, values)


@implements(np.delete)
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    obj = as_arrays(obj)
    return rearranged(lambda places: np.delete(places, obj, axis), arr)


@implements(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    return list(ary.tensor_split(_sections(indices_or_sections), axis))


def _sections(given: Any) -> Any:
    given = as_arrays(given)
    return int(given) if np.ndim(given) == 0 else tuple(int(i) for i in given)


@implements(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    sections = _sections(indices_or_sections)
    if isinstance(sections, int) and ary.shape[axis] % sections:
        msg = "array split does not result in an equal division"
        raise ValueError(msg)
    return np.array_split(ary, sections, axis)


@implements(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> Any:
    if ary.ndim == 0:
        msg = "hsplit only works on arrays of 1 or more dimensions"
        raise ValueError(msg)
    return np.split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


@implements(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> Any:
    if ary.ndim < 2:
        msg = "vsplit only works on arrays of 2 or more dimensions"
        raise ValueError(msg)
    return np.split(ary, indices_or_sections, 0)


@implements(np.dsplit)
def _dsplit(ary: Any, indices_or_sections: Any) -> Any:
    if ary.ndim < 3:
        msg = "dsplit only works on arrays of 3 or more dimensions"
        raise ValueError(msg)
    return np.split(ary, indices_or_sections, 2)


@implements(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    if indexing not in ("xy", "ij"):
        msg = "Valid values for `indexing` are 'xy' and 'ij'."
        raise ValueError(msg)
    tensors, rank = [as_tensor(x).reshape((-1,)) for x in xi], len(xi)
    places = list(range(rank))
    if indexing == "xy" and rank > 1:
        places[:2] = [1, 0]
    grids = [t.reshape((1,) * p + (-1,) + (1,) * (rank - p - 1)) for t, p in zip(tensors, places, strict=True)]
    if not sparse:
        grids = list(np.broadcast_arrays(*grids))
    return tuple(grid.clone() for grid in grids) if copy else tuple(grids)
