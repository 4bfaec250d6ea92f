"""The memory of tensors as objects: `UntypedStorage`, bytes; `TypedStorage`, the same in elements of one type."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.devices import CPU, device, require_cpu
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import about_to_change, count_change, new_counter
from chainrule.names import public_name
from chainrule.ops.strided import storage as memory_of

__all__ = ["TypedStorage", "UntypedStorage", "is_storage"]
METHODS = ("storage", "storage_type", "untyped_storage")

_CANNOT_GROW = (
    "resize_(): memory of NumPy's arrays cannot grow or shrink where it is; use the tensor's own resize_(), or make a "
    "storage of another size"
)


class UntypedStorage:
    """All of the memory that a tensor is a part of, byte by byte: `tensor.untyped_storage()`.

    What is written here is in every tensor of that memory, and counted as a change of it. `UntypedStorage(8)` has
    eight bytes of its own, `UntypedStorage([1, 2])` these.

    >>> import chainrule as torch
    >>> x = torch.tensor([1, 2], dtype=torch.int8)
    >>> x.untyped_storage()[0] = 7
    >>> x, x.untyped_storage().nbytes()
    (tensor([7, 2], dtype=chainrule.int8), 2)
    """

    __slots__ = ("_bytes", "_counter")

    is_cuda = False
    is_hpu = False
    is_sparse = False
    is_sparse_csr = False

    def __init__(self, size: int | Sequence[int] = 0, *, device: Any = None) -> None:
        require_cpu(device)
        self._counter = new_counter()
        if isinstance(size, (int, np.integer)):
            self._bytes = np.zeros(int(size), np.uint8)
            return
        for item in size:
            if not hasattr(item, "__index__"):
                raise RuntimeError(
                    f"{public_name()}.UntypedStorage(): tried to construct a storage from a sequence "
                    f"({type(size).__name__}), but one of the items was of type {type(item).__name__} instead of int"
                )
        self._bytes = np.array([operator.index(item) % 256 for item in size], np.uint8)

    # ---- what it is ----

    @property
    def device(self) -> device:
        """Where the memory is: on the CPU."""
        return CPU

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._bytes.size

    size = nbytes
    __len__ = nbytes

    def element_size(self) -> int:
        """Bytes of an element: 1."""
        return 1

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self._bytes.__array_interface__["data"][0])

    def type(self) -> str:
        """The name of the class."""
        return f"{public_name()}.storage.UntypedStorage"

    def is_pinned(self, device: Any = None) -> bool:
        """Whether the memory is pinned, which it never is without a GPU."""
        del device
        return False

    def is_shared(self) -> bool:
        """Whether processes share the memory: False."""
        return False

    def resizable(self) -> bool:
        """Whether `resize_` can give it another size: False."""
        return False

    def untyped(self) -> UntypedStorage:
        """The storage itself."""
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UntypedStorage):
            return NotImplemented
        return self.data_ptr() == other.data_ptr() and self.nbytes() == other.nbytes()

    def __hash__(self) -> int:
        return hash((self.data_ptr(), self.nbytes()))

    def __repr__(self) -> str:
        lines = "".join(f" {byte}\n" for byte in self._bytes.tolist()) or " \n"
        return f"{lines}[{self.type()}(device={CPU}) of size {len(self)}]"

    # ---- its bytes ----

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return _untyped(self._bytes[index], self._counter)
        return int(self._bytes[self._place(index)])

    def __setitem__(self, index: Any, value: int) -> None:
        place = index if isinstance(index, slice) else self._place(index)
        about_to_change(self._counter)
        self._bytes[place] = operator.index(value) % 256
        count_change(self._counter, operation="UntypedStorage[...] = ...")

    def _place(self, index: Any) -> int:
        if not hasattr(index, "__index__"):
            raise TypeError(f"can't index a {public_name()}.UntypedStorage with {type(index).__name__}")
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} out of range for storage of size {len(self)}")
        return operator.index(index)

    def __iter__(self) -> Iterator[int]:
        return iter(self._bytes.tolist())

    def tolist(self) -> list[int]:
        """The bytes as a list."""
        return self._bytes.tolist()

    def fill_(self, value: int) -> UntypedStorage:
        """Write the byte everywhere."""
        self[:] = value
        return self

    def copy_(self, source: Any, non_blocking: bool | None = None) -> UntypedStorage:
        """Write the bytes of another storage of this size here."""
        del non_blocking
        given = source.untyped()._bytes
        if given.size != self._bytes.size:
            raise RuntimeError(
                f"copy_(): a storage of {given.size} bytes cannot be written into one of {self._bytes.size}"
            )
        about_to_change(self._counter)
        self._bytes[...] = given
        count_change(self._counter, operation="UntypedStorage.copy_")
        return self

    def resize_(self, size: int) -> UntypedStorage:
        """Raise RuntimeError unless it has this size already: memory stays as large as it is."""
        if size != len(self):
            raise RuntimeError(_CANNOT_GROW)
        return self

    # ---- others ----

    @staticmethod
    def from_file(filename: Any, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The first `nbytes` of a file as memory, read when it is used; `shared`: what is written goes into the file.

        Raises OSError where there is no such file, and ValueError where it is shorter.
        """
        if not nbytes:
            return _untyped(np.zeros(0, np.uint8), new_counter())
        mapped = np.memmap(filename, np.uint8, "r+" if shared else "c", shape=(nbytes,))
        return _untyped(np.asarray(mapped), new_counter())

    def clone(self) -> UntypedStorage:
        """A copy with memory of its own."""
        return _untyped(self._bytes.copy(), new_counter())

    def new(self) -> UntypedStorage:
        """A storage without memory."""
        return UntypedStorage()

    def cpu(self) -> UntypedStorage:
        """The storage itself: the CPU is where it is."""
        return self

    def cuda(self, device: Any = None, non_blocking: bool = False) -> UntypedStorage:
        """The storage on a CUDA device; raises RuntimeError where there is none."""
        del non_blocking
        require_cpu("cuda" if device is None else device)
        return self

    def share_memory_(self) -> UntypedStorage:
        """Raise RuntimeError: NumPy's memory belongs to one process."""
        raise RuntimeError(NOT_SHARED)


NOT_SHARED = (
    "share_memory_(): memory shared with other processes is not supported; give them a copy, or a tensor over "
    "multiprocessing.shared_memory or np.memmap (from_numpy)"
)


def _untyped(array: Any, counter: bytearray) -> UntypedStorage:
    made = UntypedStorage.__new__(UntypedStorage)
    made._bytes = array
    made._counter = counter
    return made


class TypedStorage:
    """All of the memory that a tensor is a part of, in elements of its type: `tensor.storage()`.

    >>> import chainrule as torch
    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x[1].storage().tolist()
    [1.0, 2.0, 3.0, 4.0]
    """

    __slots__ = ("_storage", "dtype")

    is_cuda = False
    is_hpu = False
    is_sparse = False

    dtype: dtypes.dtype

    def __init__(
        self, *values: Any, wrap_storage: UntypedStorage | None = None, dtype: dtypes.dtype | None = None,
        device: Any = None,
    ) -> None:  # fmt: skip
        require_cpu(device)
        self.dtype = dtypes.get_default_dtype() if dtype is None else dtype
        if wrap_storage is not None:
            self._storage = wrap_storage
            return
        given = values[0] if values else 0
        array = np.zeros(given, self.dtype.numpy) if isinstance(given, int) else np.array(given, self.dtype.numpy)
        self._storage = _untyped(array.view(np.uint8), new_counter())

    @property
    def _elements(self) -> Any:
        return self._storage._bytes.view(self.dtype.numpy)

    @property
    def device(self) -> device:
        """Where the memory is: on the CPU."""
        return CPU

    def size(self) -> int:
        """The number of elements."""
        return self._elements.size

    __len__ = size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._storage.nbytes()

    def element_size(self) -> int:
        """Bytes of an element."""
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self._storage.data_ptr()

    def untyped(self) -> UntypedStorage:
        """The bytes of the same memory."""
        return self._storage

    def type(self) -> str:
        """The name of a storage of this type, such as `torch.FloatStorage`."""
        return f"torch.{self.pickle_storage_type()}"

    def pickle_storage_type(self) -> str:
        """The same without `torch.`."""
        return f"{dtypes.scalar_type_name(self.dtype.numpy)}Storage"

    def is_pinned(self, device: Any = None) -> bool:
        """Whether the memory is pinned, which it never is without a GPU."""
        del device
        return False

    def is_shared(self) -> bool:
        """Whether processes share the memory: False."""
        return False

    def resizable(self) -> bool:
        """Whether `resize_` can give it another size: False."""
        return False

    def get_device(self) -> int:
        """The index of the device, -1 on the CPU."""
        return -1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")  # noqa: TRY004 (PyTorch's)
        return self._elements[self._place(index)].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        place = index if isinstance(index, slice) else self._place(index)
        about_to_change(self._storage._counter)
        self._elements[place] = value
        count_change(self._storage._counter, operation="TypedStorage[...] = ...")

    def _place(self, index: Any) -> int:
        if not hasattr(index, "__index__"):
            raise RuntimeError(f"can't index a <class 'TypedStorage'> with {type(index)}")
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} out of range for storage of size {len(self)}")
        return operator.index(index)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._elements.tolist())

    def tolist(self) -> list[Any]:
        """The elements as a list."""
        return self._elements.tolist()

    def fill_(self, value: Any) -> TypedStorage:
        """Write the number everywhere."""
        self[:] = value
        return self

    def copy_(self, source: Any, non_blocking: bool | None = None) -> TypedStorage:
        """Write the elements of another storage of this size here, in this type."""
        del non_blocking
        self[:] = source._elements if isinstance(source, TypedStorage) else source.untyped()._bytes
        return self

    def resize_(self, size: int) -> None:
        """Raise RuntimeError unless it has this size already: memory stays as large as it is."""
        if size != len(self):
            raise RuntimeError(_CANNOT_GROW)

    def clone(self) -> TypedStorage:
        """A copy with memory of its own."""
        return TypedStorage(wrap_storage=self._storage.clone(), dtype=self.dtype)

    def cpu(self) -> TypedStorage:
        """The storage itself: the CPU is where it is."""
        return self

    def cuda(self, device: Any = None, non_blocking: bool = False) -> TypedStorage:
        """The storage on a CUDA device; raises RuntimeError where there is none."""
        del non_blocking
        require_cpu("cuda" if device is None else device)
        return self

    def share_memory_(self) -> TypedStorage:
        """Raise RuntimeError: NumPy's memory belongs to one process."""
        raise RuntimeError(NOT_SHARED)

    def __repr__(self) -> str:
        lines = "".join(f" {element}\n" for element in self._elements.tolist()) or " \n"
        about = f"dtype={self.dtype}, device={CPU}"
        return f"{lines}[{public_name()}.storage.TypedStorage({about}) of size {len(self)}]"


def _converting(dtype: dtypes.dtype) -> Any:
    def convert(self: Any) -> TypedStorage:
        elements = self._elements if isinstance(self, TypedStorage) else self._bytes
        if isinstance(self, TypedStorage) and self.dtype is dtype:
            return self
        converted = np.array(elements, dtype.numpy)
        return TypedStorage(wrap_storage=_untyped(converted.view(np.uint8), new_counter()), dtype=dtype)

    convert.__doc__ = f"A copy in {dtype.name}."
    return convert


for _name, _dtype in {
    "half": dtypes.float16, "float": dtypes.float32, "double": dtypes.float64, "bool": dtypes.bool,
    "char": dtypes.int8, "short": dtypes.int16, "int": dtypes.int32, "long": dtypes.int64, "byte": dtypes.uint8,
    "complex_float": dtypes.complex64, "complex_double": dtypes.complex128,
}.items():  # fmt: skip
    setattr(TypedStorage, _name, _converting(_dtype))
    setattr(UntypedStorage, _name, _converting(_dtype))


# ---- of tensors ----


def untyped_storage(self: Any) -> Any:
    """All of the memory that the tensor is a part of, byte by byte.

    >>> torch.ones(2, 3)[1].untyped_storage().nbytes()
    24
    """
    return _untyped(memory_of(self._array)[0].view(np.uint8), self._version_counter)


def storage(self: Any) -> Any:
    """All of the memory that the tensor is a part of, element by element.

    >>> torch.arange(4)[2:].storage().tolist()
    [0, 1, 2, 3]
    """
    return TypedStorage(wrap_storage=untyped_storage(self), dtype=self.dtype)


class StorageType(type):
    """A type whose instances are the storages of one type of elements, and which makes such storages when called."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, TypedStorage) and instance.dtype is cls.dtype

    def __call__(cls, *values: Any, **options: Any) -> Any:
        return TypedStorage(*values, dtype=cls.dtype, **options)


def _storage_type(dtype: dtypes.dtype) -> StorageType:
    name = dtypes.scalar_type_name(dtype.numpy) + "Storage"
    about = f"`{name}(3)`: memory for so many elements of {dtype.name}; `{name}([1, 2])`: these values."
    return StorageType(name, (), {"__doc__": about, "__module__": "chainrule", "dtype": dtype})


# `FloatStorage`, `LongStorage` and so on.
_TYPES = {d: _storage_type(d) for d in dtypes.ALL_DTYPES if d.kind != "u" or d is dtypes.uint8}
ELSEWHERE = {"torch": {kind.__name__: kind for kind in _TYPES.values()}}


def storage_type(self: Any) -> Any:
    """The type of the tensor's storage, such as `FloatStorage`.

    >>> torch.ones(2).storage_type()
    <class 'chainrule.FloatStorage'>
    """
    return _TYPES[self.dtype]


def is_storage(obj: Any) -> bool:
    """Whether `obj` is the storage of a tensor.

    >>> torch.is_storage(torch.ones(2).untyped_storage())
    True
    """
    return isinstance(obj, (TypedStorage, UntypedStorage))


def tensor_over(source: TypedStorage | UntypedStorage, dtype: Any) -> TensorBase:
    """A tensor of NumPy's type `dtype` over all of the memory of a storage; RuntimeError for one of another type."""
    if isinstance(source, TypedStorage) and source.dtype.numpy != dtype:
        raise RuntimeError(
            f"Expected a Storage of type {dtypes.c_type_name(dtype)} or an UntypedStorage, but got type "
            f"{dtypes.scalar_type_name(source.dtype.numpy)} for argument 1 'storage'"
        )
    untyped = source.untyped()
    return new_tensor(untyped._bytes.view(dtype), None, untyped._counter)
