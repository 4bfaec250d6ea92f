"""`Parameter` and `Buffer`: tensors that a module registers when they are assigned to one of its attributes.

`UninitializedParameter` and `UninitializedBuffer` are those whose shapes are yet to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn, Self, TypeVar

import numpy as np

from chainrule.devices import device as device_type
from chainrule.devices import require_cpu
from chainrule.dtypes import as_numpy_dtype, default_float
from chainrule.dtypes import dtype as tensor_dtype
from chainrule.engine.inference import REQUIRED_OUTSIDE, is_inference_mode_enabled
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import INFERENCE, new_counter
from chainrule.names import public_name
from chainrule.size import Size
from chainrule.tensor import Tensor
from chainrule.tensor_copies import shallow_copy
from chainrule.typename import typename

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "is_lazy",
]

T = TypeVar("T", bound=TensorBase)


class Parameter(Tensor):
    """A tensor that is a parameter of the module it is assigned to; shares memory with `data`.

    >>> torch.nn.Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Self:
        """A parameter over the memory of `data`; an empty one without."""
        return _alias(cls, data, requires_grad)

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        # What __new__ returns is complete.
        pass

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]  # mypy drops the name
        return "Parameter containing:\n" + super().__repr__()

    def __copy__(self) -> Self:
        copy: Self = shallow_copy(self)
        return copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if id(self) not in memo:
            memo[id(self)] = type(self)(_copied(self), self._requires_grad)
        copied: Self = memo[id(self)]
        return copied

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.detach(), {"requires_grad": self._requires_grad}), self.__dict__ or None


class Buffer(Tensor):
    """A tensor that is a buffer of the module it is assigned to: state that is saved, but not trained.

    Args:
        data: the tensor, or None for an empty one.
        persistent: whether it is part of the module's `state_dict`.

    >>> module = torch.nn.Module()
    >>> module.scale = torch.nn.Buffer(torch.ones(2))
    >>> dict(module.named_buffers())
    {'scale': tensor([1., 1.])}
    """

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Self:
        """A buffer over the memory of `data`; an empty one without."""
        buffer = _alias(cls, data, requires_grad=False)
        buffer.persistent = persistent
        return buffer

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        # What __new__ returns is complete.
        pass

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if id(self) not in memo:
            memo[id(self)] = type(self)(_copied(self), persistent=self.persistent)
        copied: Self = memo[id(self)]
        return copied

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.detach(), {"persistent": self.persistent})


def _alias(cls: type[T], data: Tensor | None, requires_grad: bool) -> T:
    if data is None:
        array, version_counter = np.empty(0, default_float()), new_counter()
    elif isinstance(data, Tensor):
        array, version_counter = data._array, data._version_counter
    else:
        raise TypeError(
            f"{cls.__name__} data must be a tensor, but got {typename(data)}: make one with {public_name()}.tensor(...)"
        )
    if requires_grad and array.dtype.kind not in "fc":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    if requires_grad and version_counter[0] & INFERENCE and not is_inference_mode_enabled():
        raise RuntimeError(REQUIRED_OUTSIDE)
    return _over(cls, array, version_counter, requires_grad)


def _over(cls: type[T], array: Any, version_counter: bytearray, requires_grad: bool) -> T:
    alias = TensorBase.__new__(cls)
    alias._array = array
    alias._version_counter = version_counter
    alias._requires_grad = requires_grad
    alias._edge = alias._grad = alias._hooks = alias._base = alias._view = None
    return alias


def _copied(tensor: Tensor) -> Tensor:
    copy = tensor.detach()
    copy._array = tensor._array.copy(order="K")
    copy._version_counter = new_counter()
    return copy


def _rebuilt(cls: Any, data: Tensor, keywords: dict[str, Any]) -> Tensor:
    rebuilt: Tensor = cls(data, **keywords)
    return rebuilt


class _NoArray:
    """In the place of the array of a tensor that has none yet: knows a dtype, and refuses whatever else is asked."""

    def __init__(self, dtype: np.dtype[Any], owner: str) -> None:
        self.dtype = dtype
        self.owner = owner

    def __getattr__(self, name: str) -> Any:
        self._refuse(name)

    def _refuse(self, asked: str) -> NoReturn:
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {asked}. This error happens when you are using a "
            f"`LazyModule` or explicitly manipulating `torch.nn.parameter.{self.owner}` objects. When using "
            "LazyModules Call `forward` with a dummy batch to initialize the parameters before calling torch functions"
        )

    def __array_ufunc__(self, ufunc: Any, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse(ufunc.__name__)

    def __array_function__(self, function: Any, *args: Any) -> NoReturn:
        self._refuse(function.__name__)

    def __getitem__(self, index: Any) -> NoReturn:
        self._refuse("indexing")

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        self._refuse("indexing")


class UninitializedTensorMixin:
    """What a tensor without a shape can do: change its dtype, and become one with a shape."""

    cls_to_become: ClassVar[type[Tensor]]

    _array: Any
    _requires_grad: bool

    def materialize(
        self,
        shape: Sequence[int],
        device: device_type | str | int | None = None,
        dtype: tensor_dtype | None = None,
    ) -> None:
        """Become a parameter, or tensor, of this shape; its values are yet to be set.

        >>> import chainrule as torch
        >>> weight = torch.nn.UninitializedParameter()
        >>> weight.materialize((2, 3))
        >>> type(weight).__name__, weight.shape
        ('Parameter', chainrule.Size([2, 3]))
        """
        require_cpu(device)
        self._array = np.empty(tuple(shape), self._array.dtype if dtype is None else as_numpy_dtype(dtype))
        self.__class__ = self.cls_to_become  # type: ignore[assignment]

    def _as(self, dtype: np.dtype[Any]) -> Self:
        raise NotImplementedError

    @property
    def shape(self) -> Size:
        """RuntimeError: there is none yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. "
            "This error usually happens in `load_state_dict` when trying to load "
            "an uninitialized parameter into an initialized one. "
            "Call `forward` to initialize the parameters before accessing their attributes."
        )

    @property
    def data(self) -> Self:
        """One without a shape as well."""
        return self._as(self._array.dtype)

    @data.setter
    def data(self, data: Any) -> None:
        Tensor.data.__set__(self, data)  # type: ignore[attr-defined]

    def size(self, dim: int | None = None) -> Any:
        """Sizes as of an empty vector."""
        return Size((0,)) if dim is None else 0

    def detach(self) -> NoReturn:
        """ValueError: there are no values."""
        absent: _NoArray = self._array
        absent._refuse("detach")

    def is_complex(self) -> bool:
        """Whether its dtype is complex."""
        return bool(self._array.dtype.kind == "c")

    def is_floating_point(self) -> bool:
        """Whether its dtype is floating-point."""
        return bool(self._array.dtype.kind == "f")

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """One of another dtype, or this one."""
        empty = np.empty(0, self._array.dtype)
        found = _over(Tensor, empty, new_counter(), requires_grad=False).to(*args, **kwargs)
        return self._as(found._array.dtype)

    def type(self, dtype: Any) -> Self:
        """One of another dtype."""
        return self.to(dtype)

    def half(self) -> Self:
        """One of dtype float16."""
        return self._as(np.dtype(np.float16))

    def float(self) -> Self:
        """One of dtype float32."""
        return self._as(np.dtype(np.float32))

    def double(self) -> Self:
        """One of dtype float64."""
        return self._as(np.dtype(np.float64))

    def share_memory_(self) -> NoReturn:
        """RuntimeError: there is nothing to share."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. "
            "Call `forward` to initialize the parameters before calling "
            "`module.share_memory()`."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self._requires_grad,)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if id(self) not in memo:
            memo[id(self)] = self._as(self._array.dtype)
        copied: Self = memo[id(self)]
        return copied


def _without_values(cls: type[T], requires_grad: bool, device: Any, dtype: Any) -> T:
    require_cpu(device)
    kind = default_float() if dtype is None else as_numpy_dtype(dtype)
    return _over(cls, _NoArray(kind, cls.__name__), new_counter(), requires_grad)


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]  # fewer ways to call
    """A parameter whose shape is yet to be seen, as those of lazy modules; ValueError wherever values are needed.

    Args:
        requires_grad: whether it will need gradients.
        device: only the CPU.
        dtype: what it will have; the default dtype unless given.

    >>> torch.nn.UninitializedParameter()
    <UninitializedParameter>
    """

    cls_to_become = Parameter

    def __new__(
        cls,
        requires_grad: bool = True,
        device: device_type | str | int | None = None,
        dtype: tensor_dtype | None = None,
    ) -> Self:
        """A parameter without a shape."""
        return _without_values(cls, requires_grad, device, dtype)

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        # What __new__ returns is complete.
        pass

    def _as(self, dtype: np.dtype[Any]) -> Self:
        return _without_values(type(self), self._requires_grad, None, dtype)


class UninitializedBuffer(UninitializedTensorMixin, Buffer):  # type: ignore[misc]  # fewer ways to call
    """A buffer whose shape is yet to be seen, as those of lazy modules; ValueError wherever values are needed.

    Args:
        requires_grad: whether it will need gradients.
        device: only the CPU.
        dtype: what it will have; the default dtype unless given.
        persistent: whether it is part of the module's `state_dict`.

    >>> torch.nn.UninitializedBuffer()
    <UninitializedBuffer>
    """

    cls_to_become = Tensor

    def __new__(
        cls,
        requires_grad: bool = False,
        device: device_type | str | int | None = None,
        dtype: tensor_dtype | None = None,
        persistent: bool = True,
    ) -> Self:
        """A buffer without a shape."""
        buffer = _without_values(cls, requires_grad, device, dtype)
        buffer.persistent = persistent
        return buffer

    def __init__(
        self, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> None:
        # What __new__ returns is complete.
        pass

    def _as(self, dtype: np.dtype[Any]) -> Self:
        return type(self)(self._requires_grad, None, dtype, self.persistent)


def is_lazy(param: Any) -> bool:
    """Whether it is a parameter or buffer whose shape is yet to be seen.

    >>> is_lazy(torch.nn.UninitializedParameter())
    True
    """
    return isinstance(param, UninitializedTensorMixin)
