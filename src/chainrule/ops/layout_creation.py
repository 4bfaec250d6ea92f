"""Tensors made with strides of the caller's choice or over the memory of a file, and PyTorch's inclusive `range`."""

from __future__ import annotations

import math
import os
import warnings
from typing import Any

import numpy as np

from chainrule.dtypes import default_float, scalar_type_name
from chainrule.kernels import ranges
from chainrule.ops.factory_arguments import (
    array_for,
    checked_options,
    finished,
    number_from,
    require_differentiable,
    shape_from,
)

__all__ = ["empty_permuted", "empty_strided", "from_file", "range"]
METHODS = ("new_empty_strided",)


def _integers(function: str, argument: str, position: int, values: Any) -> tuple[int, ...]:
    if not isinstance(values, (tuple, list)):
        kind = type(values).__name__
        raise TypeError(f"{function}(): argument '{argument}' (position {position}) must be tuple of ints, not {kind}")
    return tuple([int(value) for value in values])


def _with_strides(shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    if len(shape) != len(strides):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(strides)})"
        )
    if min(shape, default=0) < 0:
        negative = next(size for size in shape if size < 0)
        raise RuntimeError(f"Trying to create tensor with negative dimension {negative}: {list(shape)}")
    if min(strides, default=0) < 0:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(strides)}")
    count = 0 if 0 in shape else 1 + sum([(n - 1) * s for n, s in zip(shape, strides, strict=True)])
    memory = np.empty(count, dtype)
    return np.ndarray(shape, dtype, memory, 0, tuple([s * dtype.itemsize for s in strides]))


def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A tensor of a size with these strides, counted in elements, whose values are whatever was in its memory.

    >>> torch.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or default_float()
    require_differentiable(numpy_dtype, requires_grad)
    shape = _integers("empty_strided", "size", 1, size)
    strides = _integers("empty_strided", "stride", 2, stride)
    return finished(_with_strides(shape, strides, numpy_dtype), requires_grad)


def new_empty_strided(
    self: Any,
    size: Any,
    stride: Any,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """`empty_strided` in the type of the tensor.

    >>> torch.ones(1, dtype=torch.int64).new_empty_strided((2, 3), (1, 2)).dtype
    chainrule.int64
    """
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or self._array.dtype
    require_differentiable(numpy_dtype, requires_grad)
    shape = _integers("new_empty_strided", "size", 1, size)
    strides = _integers("new_empty_strided", "stride", 2, stride)
    return finished(_with_strides(shape, strides, numpy_dtype), requires_grad)


def empty_permuted(
    size: Any,
    physical_layout: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A tensor whose dimensions lie in memory in the order `physical_layout`, the last of them innermost.

    >>> torch.empty_permuted((2, 3, 4), (2, 0, 1)).stride()
    (3, 1, 6)
    """
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or default_float()
    require_differentiable(numpy_dtype, requires_grad)
    shape = shape_from("empty_permuted", (size,))
    order = _integers("empty_permuted", "physical_layout", 2, physical_layout)
    rank = len(shape)
    if len(order) != rank:
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{rank} is not equal to len(physical_layout) = {len(order)}"
        )
    for place, dim in enumerate(order):
        if not 0 <= dim < rank:
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {rank - 1}, but got {dim} at index {place}).  "
                "NB: negative dims not currently supported; file an issue if you want it."
            )
        if dim in order[:place]:
            raise RuntimeError("Duplicate dim not allowed")
    array = np.empty([shape[dim] for dim in order], numpy_dtype)
    return finished(array.transpose(np.argsort(order) if rank else ()), requires_grad)


def range(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The numbers from `start` to `end`, which is included, at distances of `step`. Deprecated: use `arange`.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.range(1, 4)
    tensor([1., 2., 3., 4.])
    """
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    if end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    start, end, step = (
        number_from("range", name, position, value)
        for position, (name, value) in enumerate([("start", start), ("end", end), ("step", step)], 1)
    )
    default = default_float() if out is None else out._array.dtype
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or default
    if numpy_dtype.kind not in "iuf":
        raise NotImplementedError(f"\"range_cpu\" not implemented for '{scalar_type_name(numpy_dtype)}'")
    ranges.arange_length(start, end, step, np.dtype(np.float64))  # which refuses what is no range
    length = math.floor((end - start) / step) + 1
    array = array_for("range", (length,), numpy_dtype, out, dtype, layout, device, pin_memory, requires_grad)
    array[...] = ranges.arange(start, step, length, numpy_dtype)
    return finished(array, requires_grad, out)


def from_file(
    filename: Any,
    shared: bool | None = None,
    size: int | None = 0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """A tensor of `size` elements over the memory of a file; with `shared` what is written there is in the file.

    Without, changes are the program's own. A file that is shared is made, or made longer, if need be.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "numbers")
    ...     _ = path.write_bytes(bytes([1, 2, 3]))
    ...     print(torch.from_file(path, size=2, dtype=torch.uint8))
    tensor([1, 2], dtype=chainrule.uint8)
    """
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or default_float()
    require_differentiable(numpy_dtype, requires_grad)
    count = size or 0
    needed = count * numpy_dtype.itemsize
    name = os.fspath(filename)
    if not shared:
        try:
            present = os.stat(name).st_size  # noqa: PTH116 (a name as it was given)
        except OSError as error:
            raise RuntimeError(
                f"unable to open file <{name}> in read-only mode: {error.strerror} ({error.errno})"
            ) from None
        if present < needed:
            raise RuntimeError(f"file <{name}> size <{present}> is smaller than the required mapping size <{needed}>")
    else:
        with open(name, "ab") as file:  # noqa: PTH123 (a name as it was given)
            file.truncate(max(needed, file.tell()))
    if not count:
        return finished(np.empty(0, numpy_dtype), requires_grad)
    mapped = np.memmap(name, numpy_dtype, "r+" if shared else "c", shape=(count,))
    return finished(mapped.view(np.ndarray), requires_grad)
