"""`Variable`: the name that a tensor in a graph had before tensors could require grad themselves."""

from __future__ import annotations

from typing import Any

from chainrule.tensor import Tensor, wrap

__all__ = ["Variable"]


class VariableType(type):
    """What makes every tensor an instance of `Variable`."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)

    def __call__(cls, data: Any = None, requires_grad: bool = False) -> Tensor:
        if data is None:
            data = Tensor()
        elif not isinstance(data, Tensor):
            msg = f"Variable data has to be a tensor, but got {type(data).__name__}"
            raise TypeError(msg)
        leaf = wrap(data._array)
        leaf.requires_grad = requires_grad
        return leaf


class Variable(metaclass=VariableType):
    """A tensor over the same memory as `data`, a leaf of its own.

    >>> x = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    >>> x
    tensor([1., 1.], requires_grad=True)
    >>> isinstance(torch.ones(2), torch.autograd.Variable)
    True
    """
