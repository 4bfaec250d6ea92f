"""Questions about tensors and types that are functions of the package: `is_tensor`, `result_type` and so on."""

from __future__ import annotations

from typing import Any

from chainrule.dtypes import category, dtype, from_numpy_dtype, result_dtype
from chainrule.engine.batching import is_batched
from chainrule.engine.tensor_base import TensorBase


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor.

    >>> is_tensor(3.0)
    False
    """
    return isinstance(obj, TensorBase)


def is_floating_point(input: Any) -> bool:
    """Whether the elements of a tensor are floating-point numbers.

    >>> import chainrule as torch
    >>> torch.is_floating_point(torch.ones(2))
    True
    """
    return bool(input.is_floating_point())


def is_complex(input: Any) -> bool:
    """Whether the elements of a tensor are complex numbers.

    >>> import chainrule as torch
    >>> torch.is_complex(torch.ones(2))
    False
    """
    return bool(input.is_complex())


def is_inference(input: Any) -> bool:
    """Whether a tensor was made in inference mode, or from one that was without copying it.

    >>> import chainrule as torch
    >>> with torch.inference_mode():
    ...     x = torch.ones(2)
    >>> torch.is_inference(x), torch.is_inference(x + 1)
    (True, False)
    """
    return bool(input.is_inference())


def is_nonzero(input: Any) -> bool:
    """Whether the one element of a tensor is not zero; RuntimeError for another number of elements.

    >>> import chainrule as torch
    >>> torch.is_nonzero(torch.tensor([1.5]))
    True
    """
    return bool(input)


def numel(input: Any) -> int:
    """The number of elements of a tensor.

    >>> import chainrule as torch
    >>> torch.numel(torch.ones(2, 3))
    6
    """
    return int(input.numel())


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The type of the result of arithmetic on these: tensors or numbers.

    >>> import chainrule as torch
    >>> torch.result_type(torch.tensor([1, 2]), 1.5)
    chainrule.float32
    """
    operands = tuple(t._array if isinstance(t, TensorBase) else t for t in (tensor1, tensor2))
    return from_numpy_dtype(result_dtype(operands))


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether PyTorch's rules let a value of one type be written into another: never to a lower category.

    >>> import chainrule as torch
    >>> torch.can_cast(torch.double, torch.int)
    False
    """
    return category(from_.numpy) <= category(to.numpy)


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and elements.

    >>> import chainrule as torch
    >>> torch.equal(torch.ones(2), torch.ones(2))
    True
    """
    if not isinstance(input, TensorBase) or not isinstance(other, TensorBase):
        position = 2 if isinstance(input, TensorBase) else 1
        wrong = other if position == 2 else input
        name = "other" if position == 2 else "input"
        msg = f"equal(): argument '{name}' (position {position}) must be Tensor, not {type(wrong).__name__}"
        raise TypeError(msg)
    if is_batched(input) or is_batched(other):
        return bool((input == other).all())  # type: ignore[attr-defined]
    return input._array.shape == other._array.shape and bool((input._array == other._array).all())
