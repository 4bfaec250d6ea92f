"""Functions that make tensors from a size and a rule: zeros, ones, ranges, identities, and their likes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.dtypes import INT64, cast_number, default_complex, default_float, dtype_of_number, scalar_type_name
from chainrule.engine.batching import is_batched, of_all_entries
from chainrule.engine.shared_memory import borrow
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.kernels import ranges
from chainrule.ops.factory_arguments import (
    array_for,
    array_like,
    checked_options,
    finished,
    integer_from,
    number_from,
    require_differentiable,
    shape_from,
    tensor_from,
)
from chainrule.ops.from_data import copied
from chainrule.ops.storages import TypedStorage, UntypedStorage, tensor_over
from chainrule.size import Size

__all__ = [
    "arange", "empty", "empty_like", "eye", "full", "full_like", "linspace", "logspace", "ones", "ones_like",
    "tril_indices", "triu_indices", "zeros", "zeros_like",
]  # fmt: skip
METHODS = ("new_empty", "new_full", "new_ones", "new_zeros")

Array = NDArray[Any]

# ---- one value everywhere --------------------------------------------------------------------------------------------


def empty(
    *sizes: Any,
    size: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """A tensor whose values are whatever was in its memory; to be filled before use.

    >>> torch.empty(2, 3).shape
    chainrule.Size([2, 3])
    """
    shape = shape_from("empty", sizes, size)
    array = array_for(
        "empty", shape, default_float(), out, dtype, layout, device, pin_memory, requires_grad, memory_format
    )
    return finished(array, requires_grad, out)


def zeros(
    *sizes: Any,
    size: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A tensor of zeros, of the default floating-point type unless `dtype` is given.

    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    shape = shape_from("zeros", sizes, size)
    if out is None:
        numpy_dtype = checked_options(dtype, layout, device, pin_memory) or default_float()
        require_differentiable(numpy_dtype, requires_grad)
        return finished(np.zeros(shape, numpy_dtype), requires_grad)
    array = array_for("zeros", shape, default_float(), out, dtype, layout, device, pin_memory, requires_grad)
    array.fill(0)
    return finished(array, requires_grad, out)


def ones(
    *sizes: Any,
    size: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A tensor of ones, of the default floating-point type unless `dtype` is given.

    >>> torch.ones(2, dtype=torch.int64)
    tensor([1, 1])
    """
    shape = shape_from("ones", sizes, size)
    array = array_for("ones", shape, default_float(), out, dtype, layout, device, pin_memory, requires_grad)
    array.fill(1)
    return finished(array, requires_grad, out)


def full(
    size: Any,
    fill_value: Any,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A tensor with `fill_value` everywhere, of that number's type unless `dtype` is given.

    >>> torch.full((2, 2), 7)
    tensor([[7, 7],
            [7, 7]])
    """
    shape = _shape_of_sequence("full", size)
    number = number_from("full", "fill_value", 2, fill_value)
    default = fill_value._array.dtype if isinstance(fill_value, TensorBase) else dtype_of_number(number)
    array = array_for("full", shape, default, out, dtype, layout, device, pin_memory, requires_grad)
    array.fill(cast_number(number, array.dtype))
    return finished(array, requires_grad, out)


def _shape_of_sequence(function: str, size: Any) -> tuple[int, ...]:
    if isinstance(size, (int, np.integer)) and not isinstance(size, bool):
        kind = type(size).__name__
        raise TypeError(f"{function}(): argument 'size' (position 1) must be tuple of ints, not {kind}")
    return shape_from(function, (size,))


# ---- like another tensor ---------------------------------------------------------------------------------------------


def _filled_like(
    function: str,
    input: Any,
    value: Any,
    dtype: Any,
    layout: Any,
    device: Any,
    requires_grad: bool,
    pin_memory: bool,
    memory_format: Any,
) -> Any:
    source = tensor_from(function, "input", 1, input)._array
    if is_batched(input):
        others = (dtype, layout, device, requires_grad, pin_memory, memory_format)
        return of_all_entries(input, lambda entries: _filled_like(function, entries, value, *others))
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or source.dtype
    require_differentiable(numpy_dtype, requires_grad)
    if type(value) is int and not value and memory_format is None and source.flags.c_contiguous:
        return finished(np.zeros(source.shape, numpy_dtype), requires_grad)
    number = None if value is None else cast_number(value, numpy_dtype)
    array = array_like(source, numpy_dtype, memory_format)
    if number is not None:
        array.fill(number)
    return finished(array, requires_grad)


def empty_like(
    input: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """A tensor of the shape and type of `input` whose values are whatever was in its memory.

    >>> torch.empty_like(torch.ones(2, 3)).shape
    chainrule.Size([2, 3])
    """
    return _filled_like(
        "empty_like", input, None, dtype, layout, device, requires_grad, pin_memory, memory_format
    )  # fmt: skip


def zeros_like(
    input: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """Zeros, in the shape and type of `input`.

    >>> torch.zeros_like(torch.tensor([1, 2]))
    tensor([0, 0])
    """
    return _filled_like("zeros_like", input, 0, dtype, layout, device, requires_grad, pin_memory, memory_format)


def ones_like(
    input: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """Ones, in the shape and type of `input`.

    >>> torch.ones_like(torch.tensor([1.5, 2]))
    tensor([1., 1.])
    """
    return _filled_like("ones_like", input, 1, dtype, layout, device, requires_grad, pin_memory, memory_format)


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """`fill_value` everywhere, in the shape and type of `input`.

    >>> torch.full_like(torch.tensor([1, 2]), 3.7)
    tensor([3, 3])
    """
    number = number_from("full_like", "fill_value", 2, fill_value)
    return _filled_like("full_like", input, number, dtype, layout, device, requires_grad, pin_memory, memory_format)


# ---- of another tensor's type: methods -------------------------------------------------------------------------------


def new_empty(
    self: TensorBase,
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A tensor of a size of its own and the type of `self`, whose values are whatever was in its memory.

    >>> torch.ones(1, dtype=torch.int64).new_empty(2).dtype
    chainrule.int64
    """
    shape = shape_from("new_empty", sizes, size)
    if is_batched(self):
        return _new_batch(new_empty, self, shape, dtype, layout, device, requires_grad, pin_memory)
    default = self._array.dtype
    return finished(
        array_for("new_empty", shape, default, None, dtype, layout, device, pin_memory, requires_grad), requires_grad
    )


def new_zeros(
    self: TensorBase,
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Zeros in a size of their own and the type of `self`.

    >>> torch.ones(1, dtype=torch.int64).new_zeros(2)
    tensor([0, 0])
    """
    shape = shape_from("new_zeros", sizes, size)
    if is_batched(self):
        return _new_batch(new_zeros, self, shape, dtype, layout, device, requires_grad, pin_memory)
    default = self._array.dtype
    array = array_for("new_zeros", shape, default, None, dtype, layout, device, pin_memory, requires_grad)
    array.fill(0)
    return finished(array, requires_grad)


def new_ones(
    self: TensorBase,
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Ones in a size of their own and the type of `self`.

    >>> torch.zeros(1, dtype=torch.int64).new_ones(2)
    tensor([1, 1])
    """
    shape = shape_from("new_ones", sizes, size)
    if is_batched(self):
        return _new_batch(new_ones, self, shape, dtype, layout, device, requires_grad, pin_memory)
    default = self._array.dtype
    array = array_for("new_ones", shape, default, None, dtype, layout, device, pin_memory, requires_grad)
    array.fill(1)
    return finished(array, requires_grad)


def new_full(
    self: TensorBase,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """`fill_value` everywhere, in a size of its own and the type of `self`.

    >>> torch.zeros(1).new_full((2,), 3)
    tensor([3., 3.])
    """
    shape = _shape_of_sequence("new_full", size)
    if is_batched(self):
        return _new_batch(new_full, self, shape, dtype, layout, device, requires_grad, pin_memory, fill_value)
    number = number_from("new_full", "fill_value", 2, fill_value)
    default = self._array.dtype
    array = array_for("new_full", shape, default, None, dtype, layout, device, pin_memory, requires_grad)
    array.fill(cast_number(number, array.dtype))
    return finished(array, requires_grad)


def _new_batch(
    make: Callable[..., Any], batched: Any, shape: tuple[int, ...], dtype: Any, layout: Any, device: Any,
    requires_grad: bool, pin_memory: bool, *value: Any,
) -> Any:  # fmt: skip
    # A batch, since what is made of a batched tensor is made to be written to.
    def of_entries(entries: Any) -> Any:
        size = (entries.shape[0], *shape)
        return make(
            entries, size, *value, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
            pin_memory=pin_memory,
        )  # fmt: skip

    return of_all_entries(batched, of_entries)


def legacy_tensor(data: tuple[Any, ...], options: dict[str, Any], dtype: Any = None) -> TensorBase:
    """`Tensor(2, 3)`, an uninitialised tensor of that size, or `Tensor([1, 2])`, of the default type.

    A tensor over the memory of `data` if that is a tensor, or an array of the right type.
    """
    unknown = set(options) - {"device"}
    if unknown:
        raise TypeError(f"new() received an invalid keyword argument: {min(unknown)}")
    checked_options(None, None, options.get("device"), pin_memory=False)
    if len(data) == 1 and isinstance(data[0], (TypedStorage, UntypedStorage)):
        return tensor_over(data[0], dtype or default_float())
    if len(data) == 1 and isinstance(data[0], TensorBase):
        if dtype is not None and data[0]._array.dtype != dtype:
            own, given = scalar_type_name(dtype), scalar_type_name(data[0]._array.dtype)
            raise TypeError(f"expected CPU{own}Type (got CPU{given}Type)")
        return new_tensor(data[0]._array, None, data[0]._version_counter)
    dtype = dtype or default_float()
    if not data or isinstance(data[0], (int, np.integer, Size)):
        return new_tensor(np.empty(shape_from("new", data or (0,)), dtype))
    if len(data) > 1 or not isinstance(data[0], (Sequence, np.ndarray)):
        kind = type(data[0]).__name__
        raise TypeError(f"new(): data must be a sequence (got {kind})")
    if isinstance(data[0], np.ndarray) and data[0].dtype == dtype:
        return borrow(data[0], f"{scalar_type_name(dtype)}Tensor()")
    return new_tensor(copied(data[0], dtype))


# ---- ranges ----------------------------------------------------------------------------------------------------------


def arange(
    *bounds: Any,
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The numbers from `start` up to, but without, `end`, at distances of `step`; called as `range` is.

    The type is `int64` where all three are integers, else the default floating-point type, unless `dtype` is given.

    >>> torch.arange(5), torch.arange(1, 2, 0.25)
    (tensor([0, 1, 2, 3, 4]), tensor([1.0000, 1.2500, 1.5000, 1.7500]))
    """
    if _is_count(bounds, start, end, step) and out is None and dtype is None and not requires_grad:
        checked_options(None, layout, device, pin_memory)
        return finished(np.arange(bounds[0]))
    if len(bounds) > 3:
        raise TypeError(f"arange() takes at most 3 numbers (start, end, step) but {len(bounds)} were given")
    if len(bounds) == 1 and end is None:
        end = bounds[0]
    elif bounds:
        start, end, step = (*bounds, *((end, step)[len(bounds) - 1 :]))
    if end is None:
        raise TypeError('arange() missing 1 required positional arguments: "end"')
    place = min(len(bounds), 2) or 1
    start = number_from("arange", "start", 1, start)
    end = number_from("arange", "end", place, end)
    step = number_from("arange", "step", 3, step)
    whole = all(isinstance(number, int) for number in (start, end, step))
    default = out._array.dtype if isinstance(out, TensorBase) else INT64 if whole else default_float()
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or default
    _require_range_type("arange_cpu", numpy_dtype, "iuf")
    length = ranges.arange_length(start, end, step, numpy_dtype)
    array = array_for("arange", (length,), default, out, dtype, layout, device, pin_memory, requires_grad)
    if out is not None and out._array.size not in {0, length}:
        _warn_of_resize(out._array.shape, length)
    array[...] = ranges.arange(start, step, length, numpy_dtype)
    return finished(array, requires_grad, out)


def _is_count(bounds: tuple[Any, ...], start: Any, end: Any, step: Any) -> bool:
    # Whether it is the commonest call, `arange(5)`.
    if len(bounds) != 1 or type(bounds[0]) is not int or bounds[0] < 0 or end is not None:
        return False
    return type(start) is int and not start and type(step) is int and step == 1


def _require_range_type(kernel: str, numpy_dtype: np.dtype[Any], kinds: str) -> None:
    if numpy_dtype.kind not in kinds:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type_name(numpy_dtype)}'")


def _warn_of_resize(shape: tuple[int, ...], length: int) -> None:
    elements = int(np.prod(shape))
    warnings.warn(
        f"The number of elements in the out tensor of shape {list(shape)} is {elements} which does not match the "
        f"computed number of elements {length}. Note that this may occur as a result of rounding error. "
        f"The out tensor will be resized to a tensor of shape ({length},).",
        stacklevel=3,
    )


def _range_arguments(function: str, start: Any, end: Any, steps: Any, dtype: Any, out: Any) -> Any:
    bounds = []
    for name, position, bound in (("start", 1, start), ("end", 2, end)):
        if isinstance(bound, TensorBase) and bound._array.ndim:
            dimensions = bound._array.ndim
            raise RuntimeError(
                f"{function} only supports 0-dimensional start and end tensors, "
                f"but got {name} with {dimensions} dimension(s).",
            )
        bounds.append(number_from(function, name, position, bound))
    count = integer_from(function, "steps", 3, steps)
    if count < 0:
        raise RuntimeError("number of steps must be non-negative")
    is_complex = any(isinstance(bound, complex) for bound in bounds)
    default = out._array.dtype if isinstance(out, TensorBase) else default_complex() if is_complex else default_float()
    numpy_dtype = checked_options(dtype, None, None, pin_memory=False) or default
    if is_complex and numpy_dtype.kind != "c":
        inferred = "c10::complex<float>" if default_complex().itemsize == 8 else "c10::complex<double>"
        raise RuntimeError(
            f"torch.{function}(): inferred dtype {inferred} can't be safely cast to passed dtype "
            f"{scalar_type_name(numpy_dtype)}",
        )
    _require_range_type(f"{function}_cpu", numpy_dtype, "iufc")
    return *bounds, count, numpy_dtype


def linspace(
    start: Any,
    end: Any,
    steps: Any,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """`steps` numbers at equal distances from `start` to `end`, both included.

    >>> torch.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    first, last, count, numpy_dtype = _range_arguments("linspace", start, end, steps, dtype, out)
    array = array_for("linspace", (count,), numpy_dtype, out, dtype, layout, device, pin_memory, requires_grad)
    array[...] = ranges.linspace(first, last, count, numpy_dtype)
    return finished(array, requires_grad, out)


def logspace(
    start: Any,
    end: Any,
    steps: Any,
    base: float = 10.0,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """`steps` powers of `base`, from `base**start` to `base**end`, with exponents at equal distances.

    >>> torch.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    first, last, count, numpy_dtype = _range_arguments("logspace", start, end, steps, dtype, out)
    array = array_for("logspace", (count,), numpy_dtype, out, dtype, layout, device, pin_memory, requires_grad)
    array[...] = ranges.logspace(first, last, count, base, numpy_dtype)
    return finished(array, requires_grad, out)


# ---- matrices --------------------------------------------------------------------------------------------------------


def eye(
    n: Any,
    m: Any = None,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The identity matrix of `n` rows and `m` columns (`n` unless given): ones on the diagonal, zeros elsewhere.

    >>> torch.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    rows = integer_from("eye", "n", 1, n)
    columns = rows if m is None else integer_from("eye", "m", 2, m)
    for name, count in (("n", rows), ("m", columns)):
        if count < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {count}")
    array = array_for("eye", (rows, columns), default_float(), out, dtype, layout, device, pin_memory, requires_grad)
    array.fill(0)
    np.fill_diagonal(array[:columns], 1)
    return finished(array, requires_grad, out)


def tril_indices(
    row: Any,
    col: Any,
    offset: int = 0,
    *,
    dtype: Any = None,
    device: Any = "cpu",
    layout: Any = None,
) -> Any:
    """The places on and below a diagonal of a `row` x `col` matrix: row numbers above, column numbers below.

    >>> torch.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _triangle_indices("tril_indices", np.tril_indices, row, col, offset, dtype, device, layout)


def triu_indices(
    row: Any,
    col: Any,
    offset: int = 0,
    *,
    dtype: Any = None,
    device: Any = "cpu",
    layout: Any = None,
) -> Any:
    """The places on and above a diagonal of a `row` x `col` matrix: row numbers above, column numbers below.

    >>> torch.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return _triangle_indices("triu_indices", np.triu_indices, row, col, offset, dtype, device, layout)


def _triangle_indices(
    function: str, indices: Any, row: Any, col: Any, offset: int, dtype: Any, device: Any, layout: Any
) -> Any:
    rows, columns = integer_from(function, "row", 1, row), integer_from(function, "col", 2, col)
    for name, count in (("row", rows), ("col", columns)):
        if count < 0:
            raise RuntimeError(f"{name} must be non-negative, got{count}")
    numpy_dtype = checked_options(dtype, layout, device, pin_memory=False) or INT64
    _require_range_type(function, numpy_dtype, "iu")
    return finished(np.stack(indices(rows, offset, columns)).astype(numpy_dtype, copy=False))
