"""`Tensor`: an array with a place in the graph. Its operators and most of its methods are rows of the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from chainrule import dtypes, layouts, tensor_copies, tensor_queries, tensor_text
from chainrule.devices import CPU, DLDeviceType, device, require_cpu
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.inplace import call_inplace
from chainrule.engine.modes import op_interceptors
from chainrule.engine.op import TABLE
from chainrule.engine.profiling import open_short_way
from chainrule.engine.shared_memory import lend
from chainrule.engine.tensor_base import TensorBase, new_tensor, set_tensor_type
from chainrule.ops import copies, elementwise
from chainrule.ops.strided import storage
from chainrule.size import Size
from chainrule.tensor_graph import TensorInGraph
from chainrule.tensor_methods import install_methods
from chainrule.tensor_types import scalar_type_class, tensor_type_dtype, to_arguments

if TYPE_CHECKING:
    from chainrule._declared.methods import InstalledMethods
else:
    InstalledMethods = TensorInGraph  # which gets the methods at the end of this file

NO_NUMPY = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."


def wrap(array: np.ndarray[Any, Any]) -> Tensor:
    """A leaf tensor without grad over this very array: both see every change."""
    return new_tensor(array)  # type: ignore[return-value]


class Tensor(InstalledMethods):
    """An array that remembers how it was computed, so that gradients can be.

    `Tensor(2, 3)` makes an uninitialised tensor of that size, `Tensor([1, 2])` one of the default type; prefer
    `tensor(data)`.

    >>> import chainrule as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("__dict__", "__weakref__")

    # NumPy's operators leave the work to ours.
    __array_priority__ = 1000

    def __new__(cls, *data: Any, **kwargs: Any) -> Self:
        """An uninitialised tensor of the given sizes, or the given values in the default type."""
        from chainrule.ops.creation import legacy_tensor  # creation makes tensors

        source = legacy_tensor(data, kwargs)
        return tensor_copies.new_leaf(cls, source._array, version_counter=source._version_counter)

    # ---- what it is ----

    @property
    def shape(self) -> Size:
        """The size of each dimension."""
        return Size(self._array.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.from_numpy_dtype(self._array.dtype)

    @property
    def device(self) -> device:
        """Where the values are."""
        return CPU

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    @property
    def layout(self) -> layouts.layout:
        """How the elements are kept: `strided`."""
        return layouts.strided

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._array.nbytes

    is_cuda = False
    is_sparse = False
    is_quantized = False
    is_meta = False
    is_nested = False
    is_mkldnn = False
    is_mps = False
    is_xpu = False

    def dim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    ndimension = dim

    @overload
    def size(self, dim: None = None) -> Size: ...
    @overload
    def size(self, dim: int) -> int: ...
    def size(self, dim: int | None = None) -> Size | int:
        """The shape, or the size of one dimension."""
        if dim is None:
            return Size(self._array.shape)
        try:
            return self._array.shape[dim]
        except IndexError:
            raise _dimension_error(dim, self._array.ndim) from None

    def numel(self) -> int:
        """The number of elements."""
        return self._array.size

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._array.itemsize

    @overload
    def stride(self, dim: None = None) -> tuple[int, ...]: ...
    @overload
    def stride(self, dim: int) -> int: ...
    def stride(self, dim: int | None = None) -> tuple[int, ...] | int:
        """How many elements apart neighbours along each dimension lie."""
        strides = [s // self._array.itemsize for s in self._array.strides]
        shape = self._array.shape
        for d in range(len(shape) - 1, -1, -1):
            if shape[d] == 1 and not strides[d]:
                # NumPy's for a new dimension, which PyTorch makes as if there were more of the dimensions behind it.
                strides[d] = shape[d + 1] * strides[d + 1] if d + 1 < len(shape) else 1
        return tuple(strides) if dim is None else strides[dim]

    def storage_offset(self) -> int:
        """How many elements before this tensor's first its storage begins."""
        return int(storage(self._array)[1])

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._array.__array_interface__["data"][0])

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory one after another, the last dimension fastest."""
        return bool(self._array.flags.c_contiguous)

    def is_floating_point(self) -> bool:
        """Whether the elements are floating-point numbers."""
        return self._array.dtype.kind == "f"

    def is_complex(self) -> bool:
        """Whether the elements are complex numbers."""
        return self._array.dtype.kind == "c"

    def is_signed(self) -> bool:
        """Whether the elements can be negative."""
        return self._array.dtype.kind in "ifc"

    @property
    def real(self) -> Tensor:
        """The real parts: a view of a complex tensor, a real tensor itself."""
        return elementwise.real(self)

    @real.setter
    def real(self, real: Any) -> None:
        self.real.copy_(real)

    @property
    def imag(self) -> Tensor:
        """The imaginary parts: a view of a complex tensor. Raises RuntimeError for a real one."""
        return elementwise.imag(self)

    @imag.setter
    def imag(self, imag: Any) -> None:
        self.imag.copy_(imag)

    # ---- its values outside ----

    def item(self) -> Any:
        """The one element as a Python number."""
        if self._array.size != 1:
            msg = f"a Tensor with {self._array.size} elements cannot be converted to Scalar"
            raise RuntimeError(msg)
        return self._array.item()

    def tolist(self) -> Any:
        """The values as nested lists of Python numbers; a number for a tensor without dimensions."""
        return self._array.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """The values as a NumPy array over the same memory: what changes in one changes in the other.

        Raises RuntimeError for a tensor that requires grad, unless `force` or under `no_grad`. To change values that
        a backward pass needs is an error then; see docs/shared-memory.md.
        """
        if not force and self.requires_grad and is_grad_enabled():
            raise RuntimeError(NO_NUMPY)
        return lend(self, "numpy()")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if self.requires_grad and is_grad_enabled():
            raise RuntimeError(NO_NUMPY)
        if copy or (dtype is not None and dtype != self._array.dtype):
            return np.array(self._array, dtype=dtype, copy=copy)
        return lend(self, "np.asarray()")

    def __dlpack__(
        self,
        *,
        stream: Any = -1,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        if self.requires_grad:
            msg = "Can't export tensors that require gradient, use tensor.detach()"
            raise BufferError(msg)
        if stream not in (None, -1):
            msg = "stream should be None on cpu."
            raise AssertionError(msg)
        shared = self._array.copy(order="K") if copy else lend(self, "__dlpack__()")
        return shared.__dlpack__(max_version=max_version, dl_device=dl_device)

    def __dlpack_device__(self) -> tuple[DLDeviceType, int]:
        return DLDeviceType.kDLCPU, 0

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        from chainrule import array_api  # loaded when first asked for: it is made of all the rest

        if api_version not in (None, "2021.12", "2022.12", "2023.12", array_api.__array_api_version__):
            msg = f"the Array API standard is there as of {array_api.__array_api_version__}, not {api_version!r}"
            raise ValueError(msg)
        return array_api

    def to_device(self, device: Any, /, *, stream: Any = None) -> Tensor:
        """The tensor itself on the device where it is; raises RuntimeError for another (Array API standard)."""
        require_cpu(device)
        if stream is not None:
            msg = f"the CPU has no streams, but stream={stream!r} was given"
            raise ValueError(msg)
        return self

    def __bool__(self) -> bool:
        if self._array.size != 1:
            if self._array.size == 0:
                msg = "Boolean value of Tensor with no values is ambiguous"
            else:
                msg = "Boolean value of Tensor with more than one value is ambiguous"
            raise RuntimeError(msg)
        return bool(self._array.item())

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __complex__(self) -> complex:
        return complex(self._number())

    def _number(self) -> Any:
        if self._requires_grad:
            import warnings

            msg = (
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first."
            )
            warnings.warn(msg, UserWarning, stacklevel=3)
        if self._array.size != 1:
            msg = "only one element tensors can be converted to Python scalars"
            raise ValueError(msg)
        return self._array.item()

    def __index__(self) -> int:
        if self._array.size != 1 or self._array.dtype.kind not in "iub":
            msg = "only integer tensors of a single element can be converted to an index"
            raise TypeError(msg)
        return int(self._array.item())

    def __len__(self) -> int:
        if self._array.ndim == 0:
            msg = "len() of a 0-d tensor"
            raise TypeError(msg)
        return len(self._array)

    def __iter__(self) -> Iterator[Tensor]:
        if self._array.ndim == 0:
            msg = "iteration over a 0-d tensor"
            raise TypeError(msg)
        return iter(self.unbind(0))

    def __reversed__(self) -> Tensor:
        return self.flip(0) if self._array.ndim else self

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (Tensor, int, float, complex)):
            return bool(self.eq(element).any())
        msg = f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
        raise RuntimeError(msg)

    # By identity, though `==` compares elements. Backward looks leaves up all the time: this is C's own function.
    __hash__ = object.__hash__

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        del tensor_contents
        return tensor_text.tensor_repr(self)

    def __format__(self, spec: str) -> str:
        return tensor_text.format_tensor(self, spec)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.__dict__})

    def equal(self, other: Any) -> bool:
        """Whether `other` has the same shape and elements."""
        return tensor_queries.equal(self, other)

    # ---- copies ----

    def clone(self, *, memory_format: Any = None) -> Tensor:
        """A copy with memory of its own; gradients go through."""
        del memory_format
        return copies.clone(self)

    def as_subclass(self, cls: type[Any]) -> Any:
        """The same tensor as one of `cls`, a class of tensors: over the same memory, with the same history."""
        if not (isinstance(cls, type) and issubclass(cls, Tensor)):
            msg = (
                "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. Make sure "
                "your class inherits from Tensor."
            )
            raise TypeError(msg)
        return tensor_copies.of_class(cls, self[...])

    def module_load(self, other: Tensor, assign: bool = False) -> Tensor:
        """What a module takes for this tensor when its state is loaded: this tensor with the values of `other`.

        With `assign` it is `other` itself, without its history.
        """
        return other.detach() if assign else self.copy_(other).detach()

    def __copy__(self) -> Self:
        tensor_copies.warn_of_hooks(self)
        return tensor_copies.shallow_copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return tensor_copies.deep_copy(self, memo)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        del protocol
        tensor_copies.warn_of_hooks(self)
        return tensor_copies.reduced(self)

    def astype(self, dtype: Any) -> Tensor:
        """A copy in another type, by NumPy's name of the method; gradients go through."""
        return copies.to_copy(self, dtypes.as_numpy_dtype(dtype))

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """The tensor with another type or device: `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`.

        Returns the tensor itself where nothing has to change, unless `copy=True`.
        """
        if not kwargs and len(args) == 1 and isinstance(args[0], dtypes.dtype):
            dtype: Any = args[0].numpy
        else:
            where, dtype = to_arguments(args, kwargs)
            require_cpu(where)
        if dtype is None or dtype == self._array.dtype:
            return self.clone() if kwargs.get("copy") else self
        return copies.to_copy(self, dtype)

    @overload
    def type(self, dtype: None = None, non_blocking: bool = False) -> str: ...
    @overload
    def type(self, dtype: dtypes.dtype | str | type[Tensor], non_blocking: bool = False) -> Tensor: ...
    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the type, such as `'torch.FloatTensor'`; with `dtype`, the tensor in that type."""
        del non_blocking
        if dtype is None:
            return f"torch.{scalar_type_class(self)}"
        return self.to(tensor_type_dtype(dtype))

    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the type of `other`."""
        return self.to(other.dtype)

    def cpu(self) -> Tensor:
        """The tensor itself: the CPU is where it is."""
        return self

    def cuda(self, device: Any = None, non_blocking: bool = False) -> Tensor:
        """The tensor on a CUDA device; raises RuntimeError where there is none."""
        del non_blocking
        require_cpu("cuda" if device is None else device)
        return self

    def pin_memory(self) -> Tensor:
        """The tensor itself: without a GPU there is no memory to pin."""
        return self

    def is_pinned(self) -> bool:
        """Whether the memory is pinned, which it never is without a GPU."""
        return False

    def get_device(self) -> int:
        """The index of the device, -1 on the CPU."""
        return -1

    def copy_(self, src: Any, non_blocking: bool = False) -> Self:
        """Write the values of `src`, broadcast and cast to this tensor; gradients go to `src`."""
        del non_blocking
        source = src if isinstance(src, TensorBase) else new_tensor(np.asarray(src))
        if source._array.dtype != self._array.dtype:
            if source._requires_grad or op_interceptors.get():
                source = copies.to_copy(source, self._array.dtype)
            else:
                source = new_tensor(copies.to_copy(source._array, self._array.dtype))
        return call_inplace(TABLE["copy"], (self, source))

    def zero_(self) -> Self:
        """Write zeros."""
        return call_inplace(TABLE["zero"], (self,), overlapping=True)

    def fill_(self, value: Any) -> Self:
        """Write `value`, a number or a tensor without dimensions, everywhere."""
        return call_inplace(TABLE["fill"], (self, value), overlapping=not isinstance(value, TensorBase))


def _dimension_error(dim: int, rank: int) -> IndexError:
    if rank == 0:
        return IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")


set_tensor_type(Tensor)
open_short_way(Tensor)
install_methods(Tensor)
