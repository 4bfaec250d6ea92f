"""From SciPy's arrays to tensors that record what a function does with them, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.gradient_edges import engine_edge
from chainrule.autograd.sparse_derivatives import Patterns, sparse_blocks
from chainrule.engine.batched import gradients_of_vectors
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.tensor_base import new_tensor
from chainrule.kernels.index_sets import TooManyIndicesError
from chainrule.ops.joining import stack
from chainrule.tensor import Tensor, wrap

# Up to so many columns or rows a matrix is computed row by row, whatever its pattern.
FEW = 16

FORMS = ("dense", "sparse", "operator")

HOW_TO_RECORD = (
    "Build results from tensors: `np.stack([...])`, `np.vstack`, `np.concatenate` take them, `np.zeros_like(x)` makes"
    " one to write into. `np.array([...])`, `np.zeros(n)`, `float(...)` and functions of `math` leave tensors behind."
)


def variable(value: Any, name: str) -> Any:
    """A copy of an array as a leaf that requires grad; integers become float64. TypeError for complex numbers."""
    array = np.array(value, dtype=None if np.asarray(value).dtype.kind == "f" else np.float64, copy=True)
    if np.iscomplexobj(value):
        raise TypeError(f"{name}: complex arguments are not supported; split them into real and imaginary parts")
    return wrap(array).requires_grad_()


def recorded_call(fun: Callable[..., Any], args: tuple[Any, ...], name: str) -> Any:
    """What a function returns, as one tensor: lists and tuples are stacked, and may have numbers beside tensors.

    TypeError where there is no tensor in it: then nothing was recorded.
    """
    with enable_grad():
        try:
            result = fun(*args)
        except RuntimeError as error:
            if "Can't call numpy()" in str(error):
                error.add_note(f"  {name} calls the function with a tensor. {HOW_TO_RECORD}")
            raise
        if isinstance(result, Tensor):
            return result
        if not _has_tensor(result):
            raise TypeError(
                f"{name}: the function was called with a tensor and returned a {type(result).__name__} without tensors:"
                f" what it computed was not recorded. {HOW_TO_RECORD}"
            )
        return _stacked(result)


def _has_tensor(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype == object and any(isinstance(each, Tensor) for each in value.flat)
    return isinstance(value, Tensor) or (isinstance(value, (list, tuple)) and any(_has_tensor(each) for each in value))


def _stacked(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.dtype == object):
        parts = [_stacked(each) for each in value]
        shape = np.broadcast_shapes(*[part.shape for part in parts])
        return stack([part if part.shape == shape else part.expand(shape) for part in parts])
    return new_tensor(np.asarray(value, np.float64))


def gradient_array(output: Any, input: Any, *, keep_graph: bool = False) -> Any:
    """The gradient of one element, as an array of the input's shape."""
    if not output.requires_grad:
        return np.zeros(input._array.shape, input._array.dtype)
    (found,) = autograd.grad(output, (input,), retain_graph=keep_graph, allow_unused=True, materialize_grads=True)
    array: Any = found.detach()._array
    return array


def require_one_element(output: Any, name: str) -> Any:
    """A function's result as a tensor without dimensions; ValueError where it has several elements."""
    if output._array.size != 1:
        raise ValueError(f"{name}: the function must return one number, not an array of shape {tuple(output.shape)}")
    with enable_grad():
        return output.reshape(()) if output._array.ndim else output


def matrix(output: Any, input: Any, patterns: Patterns, form: str) -> Any:
    """The derivatives of all elements of the output for all of the input: a sparse array, or a dense one.

    Dense ones too are computed by few passes, where the pattern is sparse.
    """
    if form == "sparse":
        return sparse_blocks((output,), (input,), patterns)[0][0]
    rows = _all_rows(output, input)
    if rows is None:
        try:
            return sparse_blocks((output,), (input,), patterns)[0][0].toarray()
        except TooManyIndicesError:
            rows = _all_rows(output, input, always=True)
    return rows


def _all_rows(output: Any, input: Any, *, always: bool = False) -> Any:
    # The matrix row by row; None where there may be a better way, and where each row needs a pass of its own.
    height, width = output._array.size, input._array.size
    if not output.requires_grad or not height:
        return np.zeros((height, width), input._array.dtype)
    if not always and min(height, width) > FEW:
        return None

    def units(start: int, stop: int) -> list[Any]:
        made = np.zeros((stop - start, height), output._array.dtype)
        made[np.arange(stop - start), np.arange(start, stop)] = 1
        return [made.reshape((stop - start, *output._array.shape))]

    found = gradients_of_vectors((engine_edge(output),), height, units, (input,))
    if found is None:
        return None
    return np.zeros((height, width), input._array.dtype) if found[0] is None else found[0].reshape(height, width)
