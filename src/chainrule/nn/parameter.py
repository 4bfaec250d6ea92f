"""`Parameter` and `Buffer`: tensors that a module registers when they are assigned to one of its attributes."""

from __future__ import annotations

from typing import Any, Self, TypeVar

import numpy as np

from chainrule.dtypes import default_float
from chainrule.engine.inference import REQUIRED_OUTSIDE, is_inference_mode_enabled
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import INFERENCE, new_counter
from chainrule.names import public_name
from chainrule.tensor import Tensor
from chainrule.tensor_copies import shallow_copy
from chainrule.typename import typename

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
