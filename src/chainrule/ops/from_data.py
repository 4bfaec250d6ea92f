"""Tensors from data that is already there: numbers, nested lists, NumPy arrays, other tensors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.devices import require_cpu
from chainrule.dtypes import (
    as_numpy_dtype,
    cast_number,
    default_complex,
    default_float,
    dtype_of_number,
    from_numpy_dtype,
    promote_numpy,
    scalar_type_name,
)
from chainrule.engine.batching import NO_ITEM, NO_VALUES, is_batched
from chainrule.engine.shared_memory import borrow, lend
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.tensor_base import new_tensor as tensor_over
from chainrule.ops.factory_arguments import checked_options, finished, number_from, require_differentiable
from chainrule.ops.storages import UntypedStorage

__all__ = ["as_tensor", "asarray", "from_dlpack", "from_numpy", "frombuffer", "scalar_tensor", "tensor", "to_dlpack"]
METHODS = ("new_tensor",)

Array = NDArray[Any]
NumpyDType = np.dtype[Any]

_PYTHON_NUMBERS = {bool, int, float, complex}


def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A new leaf with a copy of `data`: a number, nested lists of numbers, a NumPy array, or a tensor.

    Without `dtype`, Python's floats become the default floating-point type, integers `int64`; arrays and NumPy's
    scalars keep their type. Raises ValueError for lists of different lengths side by side.

    >>> torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    tensor([[1., 2.],
            [3., 4.]], requires_grad=True)
    """
    if isinstance(data, TensorBase):
        _warn_of_copy("torch.tensor")
    wanted = checked_options(dtype, None, device, pin_memory)
    array = copied(data, wanted)
    require_differentiable(array.dtype, requires_grad)
    return finished(array, requires_grad)


def new_tensor(
    self: TensorBase,
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Any:
    """A new leaf with a copy of `data`, of the type of `self` unless `dtype` is given.

    >>> torch.ones(1).new_tensor([1, 2])
    tensor([1., 2.])
    """
    if isinstance(data, TensorBase):
        _warn_of_copy("tensor.new_tensor")
    array = copied(data, checked_options(dtype, layout, device, pin_memory) or self._array.dtype)
    require_differentiable(array.dtype, requires_grad)
    return finished(array, requires_grad)


def _warn_of_copy(function: str) -> None:
    warnings.warn(
        "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
        f"sourceTensor.detach().clone().requires_grad_(True), rather than {function}(sourceTensor).",
        stacklevel=3,
    )


def scalar_tensor(
    s: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The number `s` as a tensor of no dimensions, of the default floating-point type unless `dtype` is given.

    >>> torch.scalar_tensor(3)
    tensor(3.)
    """
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or default_float()
    require_differentiable(numpy_dtype, requires_grad)
    return finished(_one_number(number_from("scalar_tensor", "s", 1, s), numpy_dtype), requires_grad)


def _one_number(number: Any, dtype: NumpyDType) -> Array:
    # PyTorch makes an infinity of a number that half precision does not hold, and nowhere else.
    if dtype == np.float16 and not isinstance(number, complex):
        with np.errstate(over="ignore"):
            return np.array(float(number), dtype)
    return np.array(cast_number(number, dtype))


# ---- shared memory ---------------------------------------------------------------------------------------------------


def from_numpy(ndarray: Any) -> Any:
    """A tensor over the memory of a NumPy array: what changes in one changes in the other.

    Raises TypeError for anything but an array, and for an array of a type that tensors do not have.

    >>> array = np.zeros(2)
    >>> t = torch.from_numpy(array)
    >>> array[0] = 5
    >>> t
    tensor([5., 0.], dtype=chainrule.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        kind = type(ndarray)
        name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        raise TypeError(f"expected np.ndarray (got {name})")
    _require_tensor_type(ndarray)
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and a tensor over it cannot be changed in place: that raises "
            "ValueError. Make the array writable, or copy it, before converting it to a tensor.",
            stacklevel=2,
        )
    return borrow(ndarray, "from_numpy()")


def _require_tensor_type(array: Array) -> None:
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. "
            "Conversion between byte orders is currently not supported.",
        )
    from_numpy_dtype(array.dtype)
    itemsize = array.itemsize
    for stride in array.strides:
        if stride % itemsize:
            raise ValueError(
                "given numpy array strides not a multiple of the element byte size. Copy the numpy array to "
                "reallocate the memory.",
            )


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a tensor, without a copy where there need be none: a tensor itself, an array's own memory.

    >>> t = torch.ones(2)
    >>> torch.as_tensor(t) is t
    True
    """
    wanted = checked_options(dtype, None, device, pin_memory=False)
    if isinstance(data, TensorBase):
        shared: Any = data
        return shared if wanted is None or wanted == data._array.dtype else shared.to(from_numpy_dtype(wanted))
    if isinstance(data, np.ndarray) and (wanted is None or wanted == data.dtype):
        return from_numpy(data)
    return finished(copied(data, wanted))


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Any:
    """`obj` as a tensor that shares its memory unless `copy` is true, or false and it cannot (ValueError).

    A tensor keeps its history unless `requires_grad` says otherwise. A buffer, as `bytearray` is one, is taken to hold
    elements of `dtype`.

    >>> torch.asarray([1, 2])
    tensor([1, 2])
    """
    wanted = checked_options(dtype, None, device, pin_memory=False)
    source: Any = obj
    if isinstance(obj, (bytes, bytearray, memoryview)):
        source = obj = frombuffer(obj, dtype=from_numpy_dtype(wanted or default_float()))
    if isinstance(obj, UntypedStorage):
        source = obj = tensor_over(obj._bytes, None, obj._counter)
    if isinstance(obj, TensorBase):
        there = obj._array.dtype
        result = source.detach() if requires_grad is False and source.requires_grad else source
    elif isinstance(obj, np.ndarray):
        there = obj.dtype
        _require_tensor_type(obj)
        result = borrow(obj, "asarray()")
    else:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        array = copied(obj, wanted)
        require_differentiable(array.dtype, bool(requires_grad))
        return finished(array, bool(requires_grad))
    if wanted is not None and wanted != there:
        if copy is False:
            given, asked = scalar_type_name(there), scalar_type_name(wanted)
            raise ValueError(f"can't alias tensor with dtype '{given}' into dtype '{asked}'.")
        result = result.to(from_numpy_dtype(wanted))
    elif copy:
        result = result.clone()
    if requires_grad and not result._requires_grad:
        require_differentiable(result._array.dtype, requires_grad)
        result.requires_grad = True
    return result


def frombuffer(buffer: Any, *, dtype: Any = None, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """A tensor of one dimension over the memory of a buffer, such as a `bytearray`, from byte `offset` on.

    `count`: how many elements, all that there are if negative. Raises ValueError where the buffer does not hold them.

    >>> torch.frombuffer(bytearray([1, 0, 2, 0]), dtype=torch.int16)
    tensor([1, 2], dtype=chainrule.int16)
    """
    if dtype is None:
        raise TypeError('frombuffer() missing 1 required positional arguments: "dtype"')
    numpy_dtype = as_numpy_dtype(dtype)
    require_differentiable(numpy_dtype, requires_grad)
    try:
        memory = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    length, size = memory.nbytes, numpy_dtype.itemsize
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1",
        )
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({size})",
        )
    if count > 0 and offset + count * size > length:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({length} bytes)",
        )
    if memory.readonly:
        warnings.warn(
            "The given buffer is not writable, and a tensor over it cannot be changed in place: that raises "
            "ValueError. Copy the buffer before converting it to a tensor.",
            stacklevel=2,
        )
    tensor: Any = borrow(np.frombuffer(memory, numpy_dtype, max(count, -1), offset), "frombuffer()")
    return tensor.requires_grad_(requires_grad)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor over the memory of another library's array, by way of its `__dlpack__`, or of a capsule it gave.

    Raises RuntimeError for what has no such method, BufferError for what its library does not hand out.

    >>> torch.from_dlpack(np.ones(2))
    tensor([1., 1.], dtype=chainrule.float64)
    """
    require_cpu(device)
    if isinstance(ext_tensor, TensorBase):
        tensor: Any = ext_tensor
        tensor.__dlpack__()  # raises what it raises
        return tensor.clone() if copy else tensor.detach()
    if isinstance(ext_tensor, np.ndarray):
        ext_tensor.__dlpack__()
        return finished(ext_tensor.copy()) if copy else borrow(ext_tensor, "from_dlpack()")
    try:
        if type(ext_tensor).__name__ == "PyCapsule":
            array = np.asarray(_Writable(np.from_dlpack(_Capsule(ext_tensor), copy=copy)))
        else:
            array = np.from_dlpack(ext_tensor, copy=copy)
        return borrow(array, "from_dlpack()")
    except (AttributeError, TypeError, ValueError):
        raise RuntimeError(
            "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so you "
            "might have already constructed a tensor from it once.",
        ) from None


class _Capsule:
    # What `to_dlpack` gives, as NumPy takes it: an object that gives such a thing.
    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **_: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


class _Writable:
    # Capsules of the kind that `to_dlpack` gives do not say whether their memory may be written to. It may; NumPy asks
    # no further and takes it that it may not.
    def __init__(self, array: Array) -> None:
        self.array = array

    @property
    def __array_interface__(self) -> dict[str, Any]:
        interface = self.array.__array_interface__
        return {**interface, "data": (interface["data"][0], False)}


def to_dlpack(tensor: Any) -> Any:
    """A capsule with the memory of a tensor, for a `from_dlpack`; pass the tensor itself to one that takes it.

    >>> torch.from_dlpack(torch.to_dlpack(torch.ones(2)))
    tensor([1., 1.])
    """
    return lend(tensor, "to_dlpack()").__dlpack__()


# ---- reading data ----------------------------------------------------------------------------------------------------


def copied(data: Any, wanted: NumpyDType | None) -> Array:
    """A fresh array with the values of `data`, of the type `wanted` or the one that the data suggests."""
    if isinstance(data, TensorBase):
        if is_batched(data):
            raise RuntimeError(NO_VALUES.format("a copy of it, which `clone()` would make"))
        return data._array.astype(wanted or data._array.dtype, order="K")
    if isinstance(data, np.ndarray):
        _require_tensor_type(data)
        return data.astype(wanted or data.dtype, subok=False)
    if isinstance(data, np.generic):
        return _cast(np.array(data), wanted or from_numpy_dtype(data.dtype).numpy)
    if isinstance(data, (bool, int, float, complex)):
        return _from_python_numbers(data, {type(data)}, wanted)
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    if hasattr(data, "__array__"):
        return copied(np.asarray(data), wanted)
    if not isinstance(data, Sequence):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")  # noqa: TRY004 - PyTorch's
    kinds: set[type] = set()
    _collect_kinds(data, kinds)
    return _from_python_numbers(data, kinds, wanted) if kinds <= _PYTHON_NUMBERS else _from_mixed(data, wanted)


def _collect_kinds(data: Sequence[Any], kinds: set[type]) -> None:
    here = set(map(type, data))
    if list in here or tuple in here:
        for item in data:
            if isinstance(item, (list, tuple)):
                _collect_kinds(item, kinds)
            else:
                kinds.add(type(item))
    else:
        kinds |= here


def _from_python_numbers(data: Any, kinds: set[type], wanted: NumpyDType | None) -> Array:
    natural: NumpyDType
    if complex in kinds:
        natural, default = np.dtype(np.complex128), default_complex()
    elif float in kinds or not kinds:
        natural, default = np.dtype(np.float64), default_float()
    else:
        natural = default = np.dtype(np.int64 if int in kinds else np.bool_)
    try:
        array = np.array(data, dtype=natural)
    except OverflowError:
        raise ValueError("Overflow when unpacking long long") from None
    except (TypeError, ValueError):
        # NumPy says that the lists are ragged; PyTorch says where.
        _collect_leaves(data, _lengths(data), 0, [], natural)
        raise
    return _cast(array, wanted or default)


def _cast(array: Array, dtype: NumpyDType) -> Array:
    """The values in another type: cut to whole numbers for integers, which must hold them."""
    if array.dtype == dtype:
        return array
    if array.dtype.kind == "c" and dtype.kind not in "cb":
        wanted = "must be real number, not complex"
        raise TypeError(wanted if dtype.kind == "f" else "'complex' object cannot be interpreted as an integer")
    if dtype.kind in "iu" and array.dtype.kind in "iuf" and array.size:
        limits = np.iinfo(dtype)
        lowest = -limits.max if dtype.kind == "u" and array.dtype.kind == "i" else limits.min
        if not (lowest <= array.min().item() and array.max().item() <= limits.max):
            raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
        if dtype.kind == "u" and array.dtype.kind == "f":
            array = array.astype(np.int64)
    if array.size == 1 and dtype.itemsize > 2 and array.dtype.kind == "f" and -1e38 < array.item() < 1e38:
        return array.astype(dtype)
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def _lengths(data: Any) -> tuple[int, ...]:
    """The shape of nested sequences, judged by the first item of each."""
    lengths: list[int] = []
    while _is_nested(data):
        lengths.append(len(data))
        if not data:
            break
        data = data[0]
    if isinstance(data, np.ndarray):
        lengths += data.shape
    return tuple(lengths)


def _is_nested(data: Any) -> bool:
    return isinstance(data, Sequence) and not isinstance(data, (str, bytes))


def _collect_leaves(data: Any, lengths: tuple[int, ...], depth: int, leaves: list[Any], natural: NumpyDType) -> None:
    if isinstance(data, np.ndarray) and data.shape == lengths[depth:]:
        leaves.append(data)
        return
    if depth == len(lengths):
        if _is_nested(data):
            kind = type(data).__name__
            if natural.kind in "iub":
                raise TypeError(f"'{kind}' object cannot be interpreted as an integer")
            raise TypeError(f"must be real number, not {kind}")
        leaves.append(data)
        return
    if not _is_nested(data):
        raise TypeError("not a sequence")
    if len(data) != lengths[depth]:
        raise ValueError(f"expected sequence of length {lengths[depth]} at dim {depth} (got {len(data)})")
    for item in data:
        _collect_leaves(item, lengths, depth + 1, leaves, natural)


def _from_mixed(data: Any, wanted: NumpyDType | None) -> Array:
    """From lists that hold tensors, or NumPy's scalars or arrays, among their numbers: all types are promoted."""
    lengths = _lengths(data)
    leaves: list[Any] = []
    _collect_leaves(data, lengths, 0, leaves, np.dtype(np.float64))
    numbers = [_leaf(leaf) for leaf in leaves]
    if wanted is None:
        wanted = _leaf_type(numbers[0])
        for number in numbers[1:]:
            wanted = promote_numpy(wanted, _leaf_type(number))
    if any(isinstance(leaf, TensorBase) and leaf._requires_grad for leaf in leaves):
        warnings.warn(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
            "Consider using tensor.detach() first.",
            stacklevel=4,
        )
    return np.array([_cast(np.asarray(number), wanted) for number in numbers], dtype=wanted).reshape(lengths)


def _leaf(leaf: Any) -> Any:
    if isinstance(leaf, TensorBase):
        if leaf._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if is_batched(leaf):
            raise RuntimeError(NO_ITEM)
        return leaf._array.reshape(())
    if isinstance(leaf, (np.ndarray, np.generic)) or type(leaf) in _PYTHON_NUMBERS:
        return leaf
    if isinstance(leaf, (bool, int, float, complex)):
        return leaf
    if isinstance(leaf, str):
        raise ValueError("too many dimensions 'str'")  # noqa: TRY004 - PyTorch's
    raise RuntimeError(f"Could not infer dtype of {type(leaf).__name__}")


def _leaf_type(leaf: Any) -> NumpyDType:
    if isinstance(leaf, (np.ndarray, np.generic)):
        return from_numpy_dtype(leaf.dtype).numpy
    return dtype_of_number(leaf)
