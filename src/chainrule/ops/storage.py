"""Other memory for a tensor: that of another tensor, or more or less of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dimensions import sizes
from chainrule.dtypes import c_type_name
from chainrule.engine.grad_mode import is_recording
from chainrule.engine.inplace import require_writable, written
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import about_to_change, new_counter
from chainrule.ops.storages import TypedStorage, UntypedStorage, tensor_over
from chainrule.ops.strided import as_strided, storage

METHODS = ("set_", "resize_", "resize_as_")
__all__: list[str] = []


def set_(self: Any, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Any:
    """Use the memory of `source`, a tensor or storage: what changes in one changes in the other. Without, have none.

    With `size`, and maybe `stride` (counted in elements), it is that part of all of the source's memory which begins
    `storage_offset` elements from its start. Raises RuntimeError where the types differ, or where one of the two
    requires grad outside `no_grad`, because this has no derivative.

    >>> import chainrule as torch
    >>> memory = torch.arange(6)
    >>> torch.zeros(1, dtype=torch.int64).set_(memory, 1, (2, 2))
    tensor([[1, 2],
            [3, 4]])
    """
    if isinstance(source, (TypedStorage, UntypedStorage)):
        source = tensor_over(source, self._array.dtype)
    if source is not None and not isinstance(source, TensorBase):
        raise TypeError(f"set_(): argument 'source' must be Tensor, not {type(source).__name__}")
    history = self.requires_grad or (isinstance(source, TensorBase) and source.requires_grad)  # type: ignore[attr-defined]
    require_writable(self, records=history)
    if history and is_recording():
        raise RuntimeError("the derivative for 'set_' is not implemented: set tensors that require grad under no_grad.")
    array = np.empty(0, self._array.dtype) if source is None else source._array
    if array.dtype != self._array.dtype:
        given, own = c_type_name(array.dtype), c_type_name(self._array.dtype)
        raise RuntimeError(f"Could not set tensor of type {given} to a tensor of type {own}")
    if size is not None:
        shape = sizes((size,), "set_", "size")
        array = as_strided(array, shape, _row_by_row(shape) if stride is None else stride, storage_offset)
    about_to_change(self._version_counter)
    written(self, "set_")
    self._array = array
    # Who shares memory shares the count of its changes; with its former base or views it shares neither now.
    self._version_counter = new_counter() if source is None else source._version_counter
    self._base = self._view = None
    return self


def resize_(self: Any, *size: Any, memory_format: Any = None) -> Any:
    """Give the tensor another shape over its memory, row by row; of more memory, if need be, with anything in it.

    Memory that had to be got is not shared with the tensor's former views. Raises RuntimeError for a tensor that
    requires grad.

    >>> import chainrule as torch
    >>> torch.arange(6).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    del memory_format
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    shape = sizes(size, "resize_", "size")
    if min(shape, default=0) < 0:
        raise RuntimeError(f"resize_(): sizes must not be negative, got {list(shape)}")
    array = self._array
    if shape == array.shape:
        return self
    about_to_change(self._version_counter)
    memory, start = storage(array)
    count = math.prod(shape)
    part = memory[start : start + count]
    if part.size < count:
        grown = np.empty(count, array.dtype)
        grown[: part.size] = part
        part = grown
    self._array = part.reshape(shape)
    written(self, "resize_")
    return self


def resize_as_(self: Any, the_template: Any, *, memory_format: Any = None) -> Any:
    """`resize_` to the shape of another tensor.

    >>> import chainrule as torch
    >>> torch.arange(6).resize_as_(torch.zeros(3))
    tensor([0, 1, 2])
    """
    return resize_(self, tuple(the_template.shape), memory_format=memory_format)


def _row_by_row(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[d + 1 :]) for d in range(len(shape)))
