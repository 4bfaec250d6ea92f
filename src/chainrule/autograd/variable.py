"""`Variable`: the name that a tensor in a graph had before tensors could require grad themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.engine import backward
from chainrule.tensor import Tensor, wrap

__all__ = ["Variable"]


class ExecutionEngine:
    """What runs backward passes, for what is asked of it by PyTorch's name, `Variable._execution_engine`."""

    @staticmethod
    def queue_callback(callback: Callable[[], object]) -> None:
        """Have `callback()` called when the backward pass that is running in this thread has succeeded."""
        backward.queue_callback(callback)


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

    _execution_engine = ExecutionEngine()
