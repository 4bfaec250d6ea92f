"""What answers to NumPy's functions and to its ufuncs have in common: tensors taken from calls, results given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.op import TABLE
from chainrule.engine.shared_memory import borrow
from chainrule.engine.tensor_base import TensorBase, new_tensor


def row(name: str) -> Callable[..., Any]:
    """The recording function of a row."""
    return TABLE[name].function


def as_tensor(value: Any) -> Any:
    """A tensor as it is; an array or number as a constant tensor; a list with tensors in it as they are, stacked."""
    if isinstance(value, TensorBase):
        return value
    if isinstance(value, np.ndarray):
        return borrow(value, "an operation with it")
    if isinstance(value, (list, tuple)) and not is_constant(value):
        return row("stack")([as_tensor(v) for v in value])
    return new_tensor(np.asarray(as_arrays(value)))


def constant(value: Any) -> Any:
    """A tensor over an array that nobody else has, or of NumPy's number."""
    return new_tensor(np.asarray(value))


def real_or_complex(value: Any) -> Any:
    """A tensor of floating-point or complex numbers: integers become float64, as where NumPy divides them."""
    tensor = as_tensor(value)
    return tensor if tensor._array.dtype.kind in "fc" else tensor.astype(np.float64)


def alike(*values: Any) -> list[Any]:
    """Tensors of one type, as products need them."""
    tensors = [as_tensor(value) for value in values]
    common = np.result_type(*[t._array for t in tensors])
    return [t if t._array.dtype == common else t.astype(common) for t in tensors]


def is_constant(arguments: Any) -> bool:
    """Whether no gradient depends on these arguments: tensors, and what holds tensors."""
    if isinstance(arguments, TensorBase):
        return not (arguments.requires_grad and is_grad_enabled())  # type: ignore[attr-defined]
    if isinstance(arguments, dict):
        arguments = arguments.values()
    elif not isinstance(arguments, (tuple, list)):
        return True
    return all(is_constant(argument) for argument in arguments)


def array_of(tensor: TensorBase) -> Any:
    """The array of a tensor: for who only reads it."""
    return tensor._array


def as_arrays(arguments: Any, array_of: Callable[[TensorBase], Any] = array_of) -> Any:
    """The arguments with `array_of` each tensor in its place."""
    if isinstance(arguments, TensorBase):
        return array_of(arguments)
    if isinstance(arguments, dict):
        return {name: as_arrays(argument, array_of) for name, argument in arguments.items()}
    if type(arguments) in (tuple, list):
        return type(arguments)(as_arrays(argument, array_of) for argument in arguments)
    return arguments


def as_tensors(results: Any) -> Any:
    """What NumPy gave, with tensors for arrays and for NumPy's numbers."""
    if isinstance(results, (np.ndarray, np.generic)):
        array = np.asarray(results)
        return new_tensor(array) if array.dtype.kind in "biufc" else results
    if isinstance(results, list):
        return [as_tensors(result) for result in results]
    if isinstance(results, tuple):
        parts = map(as_tensors, results)
        return type(results)(*parts) if hasattr(results, "_fields") else tuple(parts)
    return results


def require_constant(name: str, reason: str, *arguments: Any) -> None:
    """Raise TypeError for arguments through which a gradient would be lost."""
    if not is_constant(arguments):
        raise TypeError(f"np.{name}: {reason}; use tensor.detach() where its value alone is meant")


def written(name: str, result: Any, out: Any) -> Any:
    """What a function with `out=` gives: the result, or the tensor or array that it was written to.

    Writing to a tensor is a change in place, and is differentiated as one.
    """
    if out is None:
        return result
    if isinstance(out, tuple):
        (out,) = out
        return written(name, result, out)
    result = as_tensor(result)
    if tuple(out.shape) != result._array.shape:
        raise ValueError(f"np.{name}: out= has shape {tuple(out.shape)}, but the result has {result._array.shape}")
    target = out._array if isinstance(out, TensorBase) else out
    if not np.can_cast(result._array.dtype, target.dtype, "same_kind"):
        raise TypeError(
            f"np.{name}: cannot cast the result from {result._array.dtype} to {target.dtype} of out= by the rule "
            "'same_kind'"
        )
    if isinstance(out, TensorBase):
        return out.copy_(result)  # type: ignore[attr-defined]
    if not is_constant(result):
        raise TypeError(f"np.{name}: a NumPy array as out= would lose the gradient; give a tensor, or no out=")
    out[...] = result._array
    return out
