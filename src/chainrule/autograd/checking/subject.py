"""What is checked: a function and its arguments."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.tensor import Tensor

Array = np.ndarray[Any, Any]


class Subject:
    """A function and the arguments that it is checked at.

    - `inputs`: all arguments. `variables`: the tensors among them that require grad; `positions`: where those stand.
    """

    def __init__(self, func: Callable[..., Any], inputs: Any) -> None:
        self.func = func
        self.inputs = as_tuple(inputs)
        self.positions = [i for i, x in enumerate(self.inputs) if isinstance(x, Tensor) and x.requires_grad]
        self.variables: list[Any] = [self.inputs[i] for i in self.positions]

    def outputs(self) -> tuple[Any, ...]:
        """What the function returns, as a tuple. Raises TypeError for anything but tensors."""
        outputs = as_tuple(self.func(*self.inputs))
        for i, output in enumerate(outputs):
            if not isinstance(output, Tensor):
                raise TypeError(
                    f"gradcheck expects func to return a Tensor or a tuple of Tensors, but output {i} is of type "
                    f"{type(output).__name__}"
                )
        return outputs

    def values(self) -> list[Array]:
        """The values of the outputs, in memory of their own."""
        return [output._array.copy() for output in self.outputs()]


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A tuple of what may be one already, or a list, or a single value."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def is_float(tensor: Any) -> bool:
    """Whether its elements are floating-point or complex numbers."""
    return bool(tensor._array.dtype.kind in "fc")


@contextmanager
def moved(array: Array, at: Any, by: Any) -> Iterator[None]:
    """Within a `with` block, `array[at]` plus `by`, in place and behind the back of every version counter."""
    before = array[at].copy()
    try:
        array[at] = before + by
        yield
    finally:
        array[at] = before


def require_checkable(inputs: tuple[Any, ...], stacklevel: int) -> None:
    """Warn of inputs in single precision; raise where one overlaps itself, or none requires grad."""
    found = False
    for i, tensor in enumerate(inputs):
        if not (isinstance(tensor, Tensor) and tensor.requires_grad):
            continue
        found = True
        array = tensor._array
        if array.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check will"
                " likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=stacklevel,
            )
        if array.size and any(
            stride == 0 and size > 1 for stride, size in zip(array.strides, array.shape, strict=True)
        ):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck."
            )
        if not array.flags.writeable:
            raise RuntimeError(
                f"The {i}th input lies in memory that cannot be written to, and gradcheck moves its elements to compute"
                " the numerical gradients: pass a clone() of it."
            )
    if not found:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
