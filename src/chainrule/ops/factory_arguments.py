"""What functions that make tensors have in common: how they read sizes, numbers and options, and how they finish.

A factory takes its arguments apart (`shape_from`, `number_from`, `integer_from`), gets an array to fill (`array_for`,
`array_like`) and hands it over (`finished`). Everything is checked before anything is changed.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.devices import require_cpu
from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine.grad_mode import is_recording
from chainrule.engine.modes import note_leaf
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import about_to_change, count_change
from chainrule.layouts import channels_last, channels_last_3d, contiguous_format, preserve_format, strided
from chainrule.names import public_name

__all__ = [
    "array_for",
    "array_like",
    "checked_options",
    "finished",
    "integer_from",
    "number_from",
    "require_differentiable",
    "shape_from",
    "tensor_from",
]

Array = NDArray[Any]
NumpyDType = np.dtype[Any]


# ---- arguments -------------------------------------------------------------------------------------------------------


def shape_from(function: str, sizes: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """The shape given as several integers, as one sequence, or by the keyword `size`."""
    if size is not None:
        if sizes:
            raise TypeError(f"{function}() got multiple values for argument 'size'")
        sizes = (size,)
    if not sizes:
        raise TypeError(f'{function}() missing 1 required positional arguments: "size"')
    if len(sizes) == 1 and isinstance(sizes[0], Sequence) and not isinstance(sizes[0], str):
        entries, from_sequence = tuple(sizes[0]), True
    else:
        entries, from_sequence = sizes, False
    for entry in entries:
        if type(entry) is not int or entry < 0:
            break
    else:
        return entries
    shape = tuple(_dimension(function, entry, position, from_sequence) for position, entry in enumerate(entries))
    if any(dimension < 0 for dimension in shape):
        if function in {"zeros", "ones", "full", "empty"}:
            raise RuntimeError(f"{function}: Dimension size must be non-negative.")
        negative = next(dimension for dimension in shape if dimension < 0)
        raise RuntimeError(f"Trying to create tensor with negative dimension {negative}: {list(shape)}")
    return shape


def _dimension(function: str, entry: Any, position: int, from_sequence: bool) -> int:
    if not isinstance(entry, bool):
        if isinstance(entry, TensorBase):
            entry = _single_element(entry)
        try:
            return operator.index(entry)
        except TypeError:
            pass
    kind = type(entry).__name__
    if from_sequence:
        found = f"found element of type {kind} at pos {position}"
        raise TypeError(f"{function}(): argument 'size' (position 1) must be tuple of ints, but {found}")
    if position:
        reason = f'"type must be tuple of ints,but got {kind}"'
        place = f"failed to unpack the object at pos {position + 1}"
        raise TypeError(f"{function}(): argument 'size' {place} with error {reason}")
    raise TypeError(f"{function}(): argument 'size' (position 1) must be tuple of ints, not {kind}")


def _single_element(tensor: TensorBase) -> Any:
    return tensor._array.item() if tensor._array.size == 1 else tensor


def number_from(function: str, argument: str, position: int, value: Any) -> Any:
    """A Python number: the one given, or that of a NumPy scalar or a tensor of no dimensions."""
    if isinstance(value, int) and value.bit_length() > 64:
        raise OverflowError("int too big to convert")
    if isinstance(value, (bool, int, float, complex)):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, (np.number, np.bool_)):
        return value.item()
    if isinstance(value, TensorBase) and value._array.ndim == 0:
        return value._array.item()
    kind = type(value).__name__
    raise TypeError(f"{function}(): argument '{argument}' (position {position}) must be Number, not {kind}")


def integer_from(function: str, argument: str, position: int, value: Any) -> int:
    """A Python integer: the one given, or that of a NumPy integer or an integer tensor of one element."""
    if isinstance(value, TensorBase):
        value = _single_element(value)
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    kind = type(value).__name__
    raise TypeError(f"{function}(): argument '{argument}' (position {position}) must be int, not {kind}")


def tensor_from(function: str, argument: str, position: int, value: Any) -> TensorBase:
    """The tensor given, or PyTorch's TypeError."""
    if isinstance(value, TensorBase):
        return value
    kind = type(value).__name__
    raise TypeError(f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {kind}")


# ---- options ---------------------------------------------------------------------------------------------------------


def checked_options(dtype: Any, layout: Any, device: Any, pin_memory: Any) -> NumpyDType | None:
    """NumPy's type for `dtype`, None for None; an error for other devices and layouts, and pinned memory."""
    if device is not None:
        require_cpu(device)
    if layout is not None and layout is not strided:
        raise RuntimeError(f"layout {layout} is not supported: every tensor of {public_name()} is {strided}")
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; "
            "no pinned memory allocator is available on this system.",
        )
    return None if dtype is None else as_numpy_dtype(dtype)


def require_differentiable(dtype: NumpyDType, requires_grad: bool) -> None:
    """Raise RuntimeError where a tensor of this type is to require grad and cannot."""
    if requires_grad and dtype.kind not in "fc":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")


# ---- arrays ----------------------------------------------------------------------------------------------------------

# Where the channels come last in memory: the order of dimensions there.
_CHANNELS_LAST = {4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}


def array_for(
    function: str,
    shape: tuple[int, ...],
    default: NumpyDType,
    out: Any,
    dtype: Any,
    layout: Any,
    device: Any,
    pin_memory: Any,
    requires_grad: bool,
    memory_format: Any = None,
) -> Array:
    """An array to fill: that of `out` if it has the shape, else a new one (that `finished` gives to `out`)."""
    wanted = checked_options(dtype, layout, device, pin_memory)
    if out is None:
        wanted = default if wanted is None else wanted
        require_differentiable(wanted, requires_grad)
        return _empty(shape, wanted, memory_format)
    array: Array = tensor_from(function, "out", 2, out)._array
    if out._requires_grad and is_recording():
        raise RuntimeError(
            f"{function}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad.",
        )
    if wanted is not None and wanted != array.dtype:
        given, there = scalar_type_name(wanted), scalar_type_name(array.dtype)
        raise RuntimeError(f"dtype {given} does not match dtype of out parameter ({there})")
    require_differentiable(array.dtype, requires_grad)
    about_to_change(out._version_counter)
    return array if array.shape == shape else np.empty(shape, array.dtype)


def _empty(shape: tuple[int, ...], dtype: NumpyDType, memory_format: Any) -> Array:
    if memory_format is None or memory_format is contiguous_format:
        return np.empty(shape, dtype)
    if memory_format is channels_last or memory_format is channels_last_3d:
        dimensions = 4 if memory_format is channels_last else 5
        if len(shape) != dimensions:
            raise RuntimeError(f"required rank {dimensions} tensor to use {memory_format._name} format")
        order = _CHANNELS_LAST[dimensions]
        return np.empty([shape[axis] for axis in order], dtype).transpose(np.argsort(order))
    if memory_format is preserve_format:
        raise RuntimeError("memory_format=preserve_format asks for the order of another tensor, and there is none here")
    raise TypeError(f"memory_format must be a {public_name()}.memory_format, not {type(memory_format).__name__}")


def array_like(array: Array, dtype: NumpyDType, memory_format: Any = None) -> Array:
    """An empty array of the shape of `array`, its dimensions in the same order in memory unless a format is given."""
    if memory_format is not None and memory_format is not preserve_format:
        return _empty(array.shape, dtype, memory_format)
    # NumPy would put an expanded dimension innermost; PyTorch leaves it where it is.
    order: Literal["C", "K"] = "C" if 0 in array.strides else "K"
    return np.empty_like(array, dtype, order, subok=False)


def finished(array: Array, requires_grad: bool = False, out: Any = None) -> Any:
    """The tensor over `array`: a new leaf, or `out` with its version counted up."""
    if out is None:
        tensor = new_tensor(array)
    else:
        tensor = out
        tensor._array = array
        count_change(tensor._version_counter, operation="out=")
    if requires_grad:
        tensor._requires_grad = True
        note_leaf(tensor)
    return tensor
