"""Copies of tensors: `copy.copy`, `copy.deepcopy`, and pickles.

Tensors that use the same memory do so in their deep copies and after unpickling, if they were copied together.
"""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any, TypeVar

import numpy as np

from chainrule.dtypes import from_numpy_dtype
from chainrule.engine.node import GradientEdge
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import new_counter
from chainrule.ops.strided import owner_of

T = TypeVar("T", bound=TensorBase)
Array = np.ndarray[Any, Any]

# Where an array lies in other memory: type, offset in bytes, shape, strides.
Layout = tuple[str, int, tuple[int, ...], tuple[int, ...]]

NOT_A_LEAF = (
    "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you "
    "were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
    "https://github.com/pytorch/pytorch/pull/103001"
)


def new_leaf(cls: type[T], array: Array, *, requires_grad: bool = False, version_counter: bytearray | None = None) -> T:
    """A leaf of the class `cls` over this very array."""
    leaf = TensorBase.__new__(cls)
    leaf._array = array
    leaf._requires_grad = requires_grad
    leaf._version_counter = new_counter() if version_counter is None else version_counter
    leaf._edge = leaf._grad = leaf._hooks = leaf._base = leaf._view = None
    return leaf


def of_class(cls: type[T], tensor: TensorBase) -> T:
    """A tensor of the class `cls` in the place of `tensor`: with its array, its history, and as a view of its base."""
    made = new_leaf(cls, tensor._array, requires_grad=tensor._requires_grad, version_counter=tensor._version_counter)
    made._edge = tensor._edge
    made._base = tensor._base
    made._view = tensor._view
    return made


def shallow_copy(tensor: Any) -> Any:
    """What `copy.copy` gives: a leaf over the same memory, without `.grad`, with the same attributes."""
    made: Any = new_leaf(
        type(tensor), tensor._array, requires_grad=tensor.requires_grad, version_counter=tensor._version_counter
    )
    made.__dict__.update(tensor.__dict__)
    return made


def deep_copy(tensor: Any, memo: dict[int, Any]) -> Any:
    """What `copy.deepcopy` gives: a leaf with memory, `.grad` and attributes of its own.

    Raises RuntimeError for what is no leaf.
    """
    if id(tensor) in memo:
        return memo[id(tensor)]
    if not tensor.is_leaf:
        raise RuntimeError(NOT_A_LEAF)
    memory, layout = memory_of(tensor._array)
    if id(memory) not in memo:
        memo[id(memory)] = memory.copy(order="K")
        # The memo goes by id: so nothing else may get this one while the copying goes on.
        memo.setdefault(id(memo), []).append(memory)
    counter = memo.setdefault(id(tensor._version_counter), new_counter())
    made: Any = new_leaf(
        type(tensor), laid_out(memo[id(memory)], layout), requires_grad=tensor._requires_grad, version_counter=counter
    )
    memo[id(tensor)] = made
    _give_grad(made, copy.deepcopy(tensor._grad, memo))
    made.__dict__.update(copy.deepcopy(tensor.__dict__, memo))
    return made


def reduced(tensor: Any) -> tuple[Any, ...]:
    """What `pickle` writes: a leaf's `.grad` too; what is no leaf comes back as one."""
    memory, layout = memory_of(tensor._array)
    grad = tensor._grad if tensor.is_leaf else None
    return rebuilt, (type(tensor), memory, layout, tensor.requires_grad, grad, tensor.__dict__ or None)


def rebuilt(
    cls: type[T], memory: Any, layout: Any, requires_grad: bool, grad: Any, attributes: dict[str, Any] | None
) -> T:
    """A tensor out of what `reduced` wrote; raises UnpicklingError for anything else."""
    if not (isinstance(cls, type) and issubclass(cls, TensorBase) and isinstance(memory, np.ndarray)):
        raise pickle.UnpicklingError("this is not the pickle of a tensor")
    try:
        array = laid_out(memory, layout)
        from_numpy_dtype(array.dtype)
        made = new_leaf(cls, array)
        made.requires_grad = requires_grad  # type: ignore[attr-defined]
        _give_grad(made, grad)
        made.__dict__.update(attributes or {})
    except (TypeError, ValueError, RuntimeError) as error:
        raise pickle.UnpicklingError(f"this is not the pickle of a tensor: {error}") from error
    return made


def _give_grad(leaf: Any, grad: Any) -> None:
    if isinstance(grad, TensorBase) and grad._array.dtype != leaf._array.dtype:
        leaf.grad_dtype = from_numpy_dtype(grad._array.dtype)
    leaf.grad = grad


def memory_of(array: Array) -> tuple[Array, Layout | None]:
    """The array that owns the memory of this one, and where this one lies in it; None if it is all of it."""
    owner = owner_of(array)
    if not (owner.flags.c_contiguous or owner.flags.f_contiguous):
        # Not in one piece: what is copied is the array alone, its dimensions in the order in which they lie.
        array = array.copy(order="K")
        owner = array.ravel(order="K")
    if owner is array:
        return array, None
    offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return owner, (array.dtype.str, int(offset), array.shape, array.strides)


def laid_out(memory: Array, layout: Layout | None) -> Array:
    """The array that lies so in this memory; raises ValueError where it does not fit."""
    if layout is None:
        return memory
    dtype, offset, shape, strides = layout
    in_one_piece = memory if memory.flags.c_contiguous else memory.T
    return np.ndarray(shape, dtype, in_one_piece, offset, strides)


def warn_of_hooks(tensor: Any) -> None:
    """Warn of each hook on the gradient of a tensor that a copy will not have."""
    edge = tensor._edge
    output_nr, node = (edge.output_nr, edge.node) if isinstance(edge, GradientEdge) else (0, edge)
    holder = tensor._hooks if node is None else node.hooks
    for hook in [] if holder is None else holder.tensor_hooks.get(output_nr, {}).values():
        if not getattr(hook, "__torch_unserializable__", False):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook to suppress this warning",
                stacklevel=3,
            )
