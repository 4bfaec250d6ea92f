"""Indexing: `x[...]` and `x[...] = value`, as PyTorch understands them.

An index has two parts. Integers, slices, None and Ellipsis choose a view of the same memory (`basic_index`). Tensors,
arrays, lists and masks then pick elements of that view (`index`): a copy. Assignment writes into the same places.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.dtypes import INT64, cast_number, scalar_type_name, tensor_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.call import call
from chainrule.engine.copy_slices import require_distinct
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import is_recording
from chainrule.engine.inplace import call_inplace, written
from chainrule.engine.modes import op_interceptors
from chainrule.engine.op import LINEAR, TABLE, op
from chainrule.engine.profiling import unwatched
from chainrule.engine.tensor_base import FLOAT32, FLOAT64, TensorBase, new_tensor
from chainrule.engine.versions import about_to_change
from chainrule.engine.views import FROM_PYTHON, recorded_view
from chainrule.kernels.scatter import add_at
from chainrule.kernels.zero_times_infinity import left_aside

__all__: list[str] = []  # what is here is bound to Tensor's brackets, or used by other rows

# ---- the rows ----

SELECT, SLICE, UNSQUEEZE, ALIAS = "SelectBackward0", "SliceBackward0", "UnsqueezeBackward0", "AliasBackward0"


def _basic_index_gradient(grad: Any, self_shape: Any, index: Any) -> Any:
    return (_amid_zeros if type(grad) is np.ndarray else basic_index_backward)(grad, self_shape, index)


@op(
    kind=LINEAR, view=True, conjugate=False, spaces="", node_name=lambda self, index, last: last,
    self=_basic_index_gradient,
    batching=batches.indexed,
)  # fmt: skip
def basic_index(self: Any, index: Any, last: str) -> Any:
    # `last` is PyTorch's name for the last step of the index, of which it records each.
    del last
    return self[index]


@op(
    kind=LINEAR,
    conjugate=False,
    spaces="",
    self=lambda grad, index: basic_index(grad, index, ALIAS),
    batching=batches.put_back,
)
def basic_index_backward(self: Any, shape: tuple[int, ...], index: Any) -> Any:
    return _amid_zeros(self, shape, index)


def _amid_zeros(array: Any, shape: tuple[int, ...], index: Any) -> Any:
    spread = np.zeros(shape, array.dtype)
    spread[index] = array
    return spread


def _pick_gradient(grad: Any, self_shape: Any, indices: Any) -> Any:
    return add_at(self_shape, indices, grad) if type(grad) is np.ndarray else pick_backward(grad, self_shape, indices)


@op(
    name="index", kind=LINEAR, conjugate=False, selects=True, spaces="",
    self=_pick_gradient,
    batching=batches.picked,
)  # fmt: skip
def pick(self: Any, indices: tuple[Any, ...]) -> Any:
    try:
        if len(indices) == 1 and indices[0].dtype.kind != "b" and self.flags.c_contiguous:
            return self.take(indices[0], 0)  # the same, at a quarter of its price
        for index in indices:
            if type(index) is np.ndarray and index.dtype.kind == "b":
                left_aside(self)
        return np.asarray(self[indices], order="C")  # NumPy's result may have another order of dimensions
    except IndexError:
        pass
    try:
        return self[indices]
    except IndexError as error:
        raise index_error(error, self, indices) from None


@op(
    name="index_backward",
    kind=LINEAR,
    conjugate=False,
    spaces="",
    self=lambda grad, indices: pick(grad, indices),
    batching=batches.put_back,
)
def pick_backward(self: Any, shape: tuple[int, ...], indices: tuple[Any, ...]) -> Any:
    return add_at(tuple(shape), indices, self)


def _outside(grad: Any, indices: tuple[Any, ...], accumulate: bool) -> Any:
    # What was there before counts only where nothing was written over it.
    return grad if accumulate else put(grad, indices, 0.0, accumulate=False)


@op(
    name="index_put", kind=LINEAR, conjugate=False, selects=True, spaces="", inplace=True,
    self=_outside, values=lambda grad, indices: pick(grad, indices),
    batching=batches.put,
)  # fmt: skip
def put(self: Any, indices: tuple[Any, ...], values: Any, accumulate: bool) -> Any:
    left_aside(self)
    made = self.copy()
    write(made, indices, values, accumulate=accumulate)
    return made


def write(array: Any, index: tuple[Any, ...], values: Any, *, accumulate: bool = False) -> None:
    """Write `values` at `index` into the array, or add them; PyTorch's error where they do not fit there."""
    if isinstance(values, np.ndarray) and (values.dtype != array.dtype or values.shape[:1] == (1,)):
        values = _checked_values(array, index, values)
    try:
        if accumulate:
            np.add.at(array, index, values)
        else:
            array[index] = values
    except (IndexError, ValueError, TypeError) as error:
        if not array.flags.writeable:
            raise
        _checked_values(array, index, np.asarray(values))
        raise index_error(error, array, index) if isinstance(error, IndexError) else error from None


def _checked_values(array: Any, index: tuple[Any, ...], values: Any) -> Any:
    # The values as they can be written, checked in PyTorch's order: the index, the shape, the type.
    shape = _shape_at(array, index)
    if not _expands(values.shape, shape):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of "
            f"shape {list(shape)}"
        )
    if values.dtype == array.dtype:
        return values
    arrays = [i for i in index if isinstance(i, np.ndarray)]
    if not arrays:
        return values.real if values.dtype.kind == "c" and array.dtype.kind != "c" else values
    if values.size == 1 and len(arrays) == 1 and arrays[0].dtype.kind == "b":
        return cast_number(values.item(), array.dtype)  # the same as `masked_fill`
    raise RuntimeError(
        "Index put requires the source and destination dtypes match, got "
        f"{scalar_type_name(array.dtype)} for the destination and {scalar_type_name(values.dtype)} for the source."
    )


def _shape_at(array: Any, index: tuple[Any, ...]) -> tuple[int, ...]:
    # The shape of what an index picks, which may be out of bounds.
    dim = 0
    inside: list[Any] = []
    for item in index:
        if isinstance(item, np.ndarray) and item.dtype.kind in "iu":
            if item.size and dim < array.ndim and not array.shape[dim]:
                raise IndexError("index is out of bounds for dimension with size 0")
            inside.append(np.zeros_like(item))
        else:
            inside.append(item)
        dim += _dims_of(item)
    try:
        return tuple(array[tuple(inside)].shape)
    except IndexError as error:
        raise index_error(error, array, index) from None


def _expands(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    if len(given) > len(shape):
        return False
    return all(n in (1, m) for n, m in zip(reversed(given), reversed(shape), strict=False))


BASIC_INDEX = TABLE["basic_index"]
INDEX_PUT = TABLE["index_put"]

# ---- errors ----


def index_error(error: IndexError, array: Any, index: tuple[Any, ...]) -> IndexError:
    """PyTorch's words for NumPy's refusal of an index."""
    text = str(error)
    if text.startswith("too many indices"):
        if array.ndim == 0 and len(index) == 1 + (Ellipsis in index) and isinstance(index[0], int):
            if index[0]:
                return IndexError(f"index {index[0]} is out of bounds for dimension 0 with size 0")
            return IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                "convert a 0-dim tensor to a number"
            )
        if array.ndim == 0 and isinstance(index[0], slice):
            return IndexError("slice() cannot be applied to a 0-dim tensor.")
        return IndexError(f"too many indices for tensor of dimension {array.ndim}")
    if text.startswith("shape mismatch"):
        shapes = ", ".join(str(list(i.shape)) for i in index if isinstance(i, np.ndarray))
        return IndexError(f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}")
    axis = re.search(r"for axis (\d+)", text)
    if axis is None:
        return error
    dim = int(axis[1])
    if text.endswith("with size 0") and any(isinstance(i, np.ndarray) for i in index):
        return IndexError("index is out of bounds for dimension with size 0")
    if any(isinstance(i, np.ndarray) for i in index):
        # PyTorch counts the dimensions that are picked from.
        dim = sum(isinstance(i, np.ndarray) for i in index[:dim])
    return IndexError(text.replace(axis[0], f"for dimension {dim}"))


def _not_an_index(item: Any) -> IndexError:
    return IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {type(item).__name__})"
    )


# ---- reading an index ----


class Index:
    """An index read: `basic`, NumPy's index of the view, and `picks`, the arrays and full slices that pick from it.

    `last` is PyTorch's name for the node of the view; `covers` says that the view is the whole tensor.
    """

    __slots__ = ("basic", "last", "picks")

    def __init__(self, basic: tuple[Any, ...], last: str, picks: tuple[Any, ...]) -> None:
        self.basic = basic
        self.last = last
        self.picks = picks


def read_index(index: Any, array: Any) -> Index:
    """Take an index of `array` apart into the part that makes a view and the part that picks from it.

    Raises IndexError, TypeError or ValueError as PyTorch does for what is no index of such an array.
    """
    items = _items(index)
    given = sum(_dims_of(item) for item in items)
    rank = array.ndim
    basic: list[Any] = []
    picks: list[Any] = []
    last = ALIAS
    dim = 0  # of the array
    picking = False
    if given > rank:
        if rank == 0 and len(items) == 1 and isinstance(items[0], (int, slice)):
            raise index_error(IndexError("too many indices"), array, tuple(items))
        raise IndexError(f"too many indices for tensor of dimension {rank}")
    for item in items:
        if item is Ellipsis:
            skipped = rank - given
            given += skipped  # a second Ellipsis stands for nothing
            dim += skipped
            basic += [slice(None)] * skipped
            picks += [slice(None)] * skipped
        elif item is None:
            basic.append(None)
            picks.append(slice(None))
            last = UNSQUEEZE
        elif isinstance(item, bool):
            basic.append(None)
            picks.append(np.zeros(1 if item else 0, np.intp))
            last = UNSQUEEZE
            picking = True
        elif isinstance(item, slice):
            if len(items) == 1 or item.indices(array.shape[dim]) != (0, array.shape[dim], 1):
                last = SLICE
            basic.append(item)
            picks.append(slice(None))
            dim += 1
        elif isinstance(item, int):
            basic.append(item)
            last = SELECT
            dim += 1
        else:
            covered = _dims_of(item)
            if _is_mask(item) and item.shape != array.shape[dim : dim + covered]:
                pairs = zip(item.shape, array.shape[dim:], strict=False)
                place = next(j for j, (m, n) in enumerate(pairs) if m != n)
                raise IndexError(
                    f"The shape of the mask {list(item.shape)} at index {place} does not match the shape of the "
                    f"indexed tensor {list(array.shape)} at index {dim + place}"
                )
            basic += [slice(None)] * covered
            picks.append(item)
            dim += covered
            picking = True
    while picks and isinstance(picks[-1], slice):
        picks.pop()
    return Index((*basic, ...), last, tuple(picks) if picking else ())


def _items(index: Any) -> list[Any]:
    # The items of an index in their plain forms: int, bool, slice, None, Ellipsis, integer and boolean arrays.
    if isinstance(index, tuple) or (isinstance(index, list) and _is_a_tuple_in_brackets(index)):
        return [_item(i) for i in index]
    return [_item(index)]


def _is_a_tuple_in_brackets(index: list[Any]) -> bool:
    # PyTorch's rule, once NumPy's: a short list that holds anything but numbers is meant as a tuple.
    return len(index) < 32 and any(
        i is None or i is Ellipsis or isinstance(i, (slice, list, tuple, TensorBase, np.ndarray)) for i in index
    )


def _item(item: Any) -> Any:
    if item is None or item is Ellipsis or isinstance(item, (int, slice)):
        return _checked_slice(item) if isinstance(item, slice) else item
    if isinstance(item, TensorBase):
        if type(item._array) is not np.ndarray:
            return _index_of_batch(item)
        item = item._array
    elif isinstance(item, (list, tuple, range)):
        item = np.array(_untensored(item))
        if item.size == 0 or item.dtype.kind == "f":
            item = item.astype(np.intp)
    elif isinstance(item, np.integer):
        return int(item)
    elif not isinstance(item, np.ndarray):
        raise _no_index(item)
    kind = item.dtype.kind
    if item.dtype == np.uint8:
        item, kind = item != 0, "b"
    if kind != "b" and item.dtype.type not in (np.int64, np.int32):
        if item.ndim == 0 and kind in "iu":
            return int(item)
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if item.ndim == 0:
        return bool(item) if kind == "b" else int(item)
    return item


def _index_of_batch(item: TensorBase) -> TensorBase:
    # An index for each entry of a batch (see engine/batching.py), which stays as it is.
    if item._array.dtype.kind == "b" or item._array.dtype == np.uint8:
        raise RuntimeError(
            "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over "
            "indexing with a boolean mask."
        )
    if item._array.dtype.type not in (np.int64, np.int32):
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    return item


def _no_index(item: Any) -> Exception:
    if isinstance(item, (str, bytes)):
        return TypeError(f"new(): invalid data type '{type(item).__name__}'")
    if isinstance(item, np.bool):
        return IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            "(got numpy.bool)"
        )
    return _not_an_index(item)


def _untensored(items: Sequence[Any]) -> list[Any]:
    return [
        i._array if isinstance(i, TensorBase) else _untensored(i) if isinstance(i, (list, tuple)) else i for i in items
    ]


def _checked_slice(item: slice) -> slice:
    start, stop, step = item.start, item.stop, item.step
    if type(step) is int or step is not None:
        step = operator.index(step)
        if step == 0:
            raise ValueError("slice step cannot be zero")
        if step < 0:
            raise ValueError("step must be greater than zero")
    try:
        return slice(
            start if start is None else operator.index(start), stop if stop is None else operator.index(stop), step
        )
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None


def _dims_of(item: Any) -> int:
    # How many dimensions of the tensor an item uses up.
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    return item.ndim if _is_mask(item) else 1


def _is_mask(item: Any) -> bool:
    return isinstance(item, np.ndarray) and item.dtype.kind == "b"


# ---- x[...] ----


def getitem(self: Any, index: Any) -> Any:
    """`x[index]`: a view for integers, slices, None and Ellipsis; a copy where tensors, lists or masks pick."""
    array = self._array
    kind = type(index)
    # The commonest, written out: a step through the general way costs as much as the view itself.
    if kind is int:
        basic: Any = (index, ...)
        last = SELECT
    elif kind is slice and array.ndim and _is_plain(index):
        basic = index
        last = SLICE
    elif kind is tuple and (last := _last_step(index, array)):
        basic = index if Ellipsis in index else (*index, ...)
    else:
        if isinstance(index, TensorBase) and array.ndim:
            rows = index._array
            if rows.ndim and rows.dtype is INT64 and type(rows) is np.ndarray:
                return pick(self, (rows.copy() if self._requires_grad else rows,))
        read = read_index(index, array)
        basic = read.basic
        last = read.last
        if read.picks:
            return _pick(self, array, read)
    try:
        found = array[basic]
    except IndexError as error:
        raise index_error(error, array, basic) from None
    args = (self, basic, last)
    # Where modes are to know of it, through `call`.
    if unwatched.tensor_type is None:
        return call(BASIC_INDEX, args)
    return recorded_view(BASIC_INDEX, args, found, FROM_PYTHON)


def _last_step(index: tuple[Any, ...], array: Any) -> str:
    # PyTorch's name for the last step of an index of several plain integers, slices, None and one Ellipsis; else "".
    if len(index) == 1:
        return ""
    last = ALIAS
    rank = array.ndim
    dim = 0
    skipping = False
    for item in index:
        kind = type(item)
        if kind is int:
            last = SELECT
            dim += 1
        elif kind is slice:
            start, stop, step = item.start, item.stop, item.step
            if start is not None or stop is not None or step is not None:
                if dim >= rank or not (_plain(start) and _plain(stop) and _is_step(step)):
                    return ""
                size = array.shape[dim]
                if item.indices(size) != (0, size, 1):
                    last = SLICE
            dim += 1
        elif item is None:
            last = UNSQUEEZE
        elif item is Ellipsis and not skipping:
            skipping = True
            dim += rank
            for other in index:
                if other is not None and other is not Ellipsis:
                    dim -= 1
            if dim < 0:
                return ""
        else:
            return ""
    return last if dim <= rank else ""


def _view(self: Any, basic: Any, last: str, found: Any) -> Any:
    # The tensor over `found`, which is `basic` of the tensor's array; through `call` where modes are to know of it.
    args = (self, basic, last)
    if unwatched.tensor_type is None:
        return call(BASIC_INDEX, args)
    return recorded_view(BASIC_INDEX, args, found, FROM_PYTHON)


def _is_plain(index: slice) -> bool:
    start, stop, step = index.start, index.stop, index.step
    return (
        (start is None or type(start) is int)
        and (stop is None or type(stop) is int)
        and (step is None or (type(step) is int and step > 0))
    )


def _plain(bound: Any) -> bool:
    return bound is None or type(bound) is int


def _is_step(step: Any) -> bool:
    return step is None or (type(step) is int and step > 0)


def _pick(self: Any, array: Any, read: Index) -> Any:
    if read.last is not ALIAS:
        try:
            found = array[read.basic]
        except IndexError as error:
            raise index_error(error, array, read.basic) from None
        self = _view(self, read.basic, read.last, found)
    picks = read.picks
    if self._requires_grad:
        # The picks are kept for backward: what the user does to an index afterwards is not our gradient's business.
        picks = _kept(picks)
    return pick(self, picks)


def _kept(picks: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([p.copy() if isinstance(p, np.ndarray) else p for p in picks])


# ---- x[...] = value ----


def setitem(self: Any, index: Any, value: Any) -> None:
    """`x[index] = value`: a number or a tensor that broadcasts to the place; gradients go to the tensor."""
    if _assigned_at_once(self, index, value):
        return
    if index is False or (type(index) is tuple and any(i is False for i in index)):
        return
    array = self._array
    read = read_index(index, array)
    value = _assigned(value, array)
    given = value._array if isinstance(value, TensorBase) else None
    try:
        place = array[read.basic]
    except IndexError as error:
        raise index_error(error, array, read.basic) from None
    if given is not None:
        value = _fitting(value, place.shape, exactly=not read.picks)
        given = value._array
    require_distinct(place)
    if op_interceptors.get() or (
        (self.requires_grad or (given is not None and value.requires_grad)) and is_recording()
    ):
        _record_assignment(self, read, place, value)
        return
    about_to_change(self._version_counter)
    if read.picks:
        write(place, read.picks, value if given is None else given)
    else:
        write(place, (...,), value if given is None else value._array)
    written(self, "__setitem__")


def _assigned_at_once(self: Any, index: Any, value: Any) -> bool:
    # Whether NumPy has done it: the commonest, which nothing records or asks for, of floats at plain indices.
    array = self._array
    dtype = array.dtype
    if not (dtype is FLOAT32 or dtype is FLOAT64) or 0 in array.strides or unwatched.tensor_type is None:
        return False
    kind = type(index)
    if kind is slice:
        plain = array.ndim and _is_plain(index)
    else:
        plain = kind is int or (kind is tuple and _last_step(index, array))
    if not plain:
        return False
    requires = self.requires_grad
    if isinstance(value, TensorBase):
        given: Any = value._array
        requires = requires or value.requires_grad  # type: ignore[attr-defined]
        if given.dtype is not dtype:
            return False
    elif (type(value) is float or type(value) is int) and -1e38 < value < 1e38:
        given = value
    else:
        return False
    if requires and is_grad_enabled():
        return False
    about_to_change(self._version_counter)
    try:
        array[index] = given
    except (IndexError, ValueError, OverflowError):
        return False  # what follows says why
    written(self, "__setitem__")
    return True


def _record_assignment(self: Any, read: Index, place: Any, value: Any) -> None:
    # PyTorch writes into the tensor itself where the index leaves nothing out.
    whole = place.shape == self._array.shape and place.strides == self._array.strides and None not in read.basic
    view = self if whole else _view(self, read.basic, read.last, place)
    if read.picks:
        call_inplace(INDEX_PUT, (view, _kept(read.picks), value, False))
    elif isinstance(value, TensorBase):
        view.copy_(value)
    else:
        view.fill_(new_tensor(np.asarray(value)))


def _assigned(value: Any, array: Any) -> Any:
    # The value as a tensor, or as a number of a kind that the array can hold.
    if isinstance(value, TensorBase):
        return value
    if isinstance(value, np.ndarray):
        return new_tensor(value)
    if not isinstance(value, (int, float, complex, np.generic)):
        raise TypeError(f"can't assign a {type(value).__name__} to a torch.{scalar_type_name(array.dtype)}Tensor")
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise ValueError("Overflow when unpacking long long")
    return cast_number(value, array.dtype)


def _fitting(value: Any, shape: tuple[int, ...], *, exactly: bool) -> Any:
    # Dimensions of size 1 in front are dropped.
    given = value._array.shape
    while len(given) and given[0] == 1:
        given = given[1:]
    if exactly:
        _require_expandable(given, shape, value)
    return value if given == value._array.shape else value.reshape(given)


def _require_expandable(given: tuple[int, ...], shape: tuple[int, ...], value: Any) -> None:
    if len(given) > len(shape):
        raise RuntimeError(
            f"expand({tensor_type_name(value._array.dtype)}{{{list(given)}}}, size={list(shape)}): the number of sizes "
            f"provided ({len(shape)}) must be greater or equal to the number of dimensions in the tensor ({len(given)})"
        )
    extra = len(shape) - len(given)
    for place, size in reversed(list(enumerate(given))):
        if size not in (1, shape[extra + place]):
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[extra + place]}) must match the existing size ({size}) at "
                f"non-singleton dimension {extra + place}.  Target sizes: {list(shape)}.  Tensor sizes: {list(given)}"
            )
