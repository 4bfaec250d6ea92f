"""From a list of samples to a batch: `default_collate`, and `default_convert` where there are no batches."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any, TypeAlias

import numpy as np

from chainrule.dtypes import ALL_DTYPES, float64
from chainrule.ops.from_data import as_tensor, tensor
from chainrule.ops.joining import stack
from chainrule.tensor import Tensor, wrap

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

CollateMap: TypeAlias = dict[type | tuple[type, ...], Callable[..., Any]]

# The kinds of NumPy's dtypes that no tensor can hold: text, bytes, objects.
_NO_NUMBERS = "SUO"
_OF_TENSORS = {dtype.numpy for dtype in ALL_DTYPES}
_REFUSED = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def default_convert(data: Any) -> Any:
    """NumPy arrays and numbers as tensors, also inside of lists, tuples and dictionaries; all else as it is.

    What a `DataLoader` without batches does with each sample. A tuple comes back as a list, unless it is a named one.

    >>> torch.utils.data.default_convert({"x": np.array([1, 2]), "name": "first"})
    {'x': tensor([1, 2]), 'name': 'first'}
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        text = isinstance(data, np.str_) or (isinstance(data, np.ndarray) and data.dtype.kind in _NO_NUMBERS)
        return data if text else as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(each) for each in data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence_like(data, (default_convert(each) for each in data))
    return data


def default_collate(batch: Any) -> Any:
    """A list of samples as one batch: tensors with a new first dimension, in the samples' own structure.

    Tensors are stacked, NumPy arrays and numbers become tensors (Python's floats of float64), dictionaries, lists and
    named tuples are batched entry by entry, a tuple of them comes back as a list, and text stays a list of text.

    Raises TypeError for samples of another kind, RuntimeError for lists of different lengths.

    >>> torch.utils.data.default_collate([{"x": 1.5, "y": 0}, {"x": 2.5, "y": 1}])
    {'x': tensor([1.5000, 2.5000], dtype=chainrule.float64), 'y': tensor([0, 1])}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """The same with other functions for some types: `collate_fn_map` says which; the first that fits is taken.

    >>> from chainrule.utils.data._utils.collate import collate
    >>> collate([[1, 2], [3, 4]], collate_fn_map={int: lambda batch, *, collate_fn_map: sum(batch)})
    [4, 6]
    """
    first = batch[0]
    if collate_fn_map is not None:
        function = collate_fn_map.get(type(first)) or next(
            (each for kind, each in collate_fn_map.items() if isinstance(first, kind)), None
        )
        if function is not None:
            return function(batch, collate_fn_map=collate_fn_map)

    def columns(samples: Any) -> Iterator[Any]:
        return (collate(column, collate_fn_map=collate_fn_map) for column in samples)

    if isinstance(first, Mapping):
        batches = columns([sample[key] for sample in batch] for key in first)
        return _mapping_like(first, dict(zip(first, batches, strict=True)))
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*columns(zip(*batch, strict=False)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return _sequence_like(first, columns(zip(*batch, strict=True)))
    raise TypeError(_REFUSED.format(type(first)))


def _mapping_like(like: Any, entries: dict[Any, Any]) -> Any:
    # A mapping may have more than its entries (a default, an order), so a copy of it is filled where that can be.
    try:
        if isinstance(like, MutableMapping):
            filled = copy.copy(like)
            filled.update(entries)
            return filled
        return type(like)(entries)
    except TypeError:
        return entries


def _sequence_like(like: Any, entries: Iterator[Any]) -> Any:
    made = list(entries)
    if isinstance(like, tuple):
        return made
    try:
        if isinstance(like, MutableSequence):
            filled = copy.copy(like)
            for i, entry in enumerate(made):
                filled[i] = entry
            return filled
        return type(like)(made)
    except TypeError:  # `range` is a sequence that cannot be made of what it shall contain
        return made


def _collate_tensors(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    return stack(batch, 0)


def _collate_arrays(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    if batch[0].dtype.kind in _NO_NUMBERS:
        raise TypeError(_REFUSED.format(batch[0].dtype))
    if (
        collate_fn_map is default_collate_fn_map
        and collate_fn_map[Tensor] is _collate_tensors
        and _can_be_stacked(batch)
    ):
        # A tensor that shares an array's memory is watched, which costs more than the copy.
        return _collate_tensors([wrap(array) for array in batch])
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def _can_be_stacked(batch: Any) -> bool:
    # All but what `as_tensor` refuses or warns of.
    dtype = batch[0].dtype
    return dtype in _OF_TENSORS and all(
        type(array) is np.ndarray and array.dtype == dtype and array.flags.writeable for array in batch
    )


def _collate_numpy_numbers(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    return as_tensor(batch)


def _collate_floats(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    return tensor(batch, dtype=float64)


def _collate_ints(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    return tensor(batch)


def _collate_text(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    return batch


default_collate_fn_map: CollateMap = {
    Tensor: _collate_tensors,
    np.ndarray: _collate_arrays,
    (np.bool_, np.number, np.object_): _collate_numpy_numbers,
    float: _collate_floats,
    int: _collate_ints,
    str: _collate_text,
    bytes: _collate_text,
}
"""What `default_collate` does with which types. Programs may add their own."""
