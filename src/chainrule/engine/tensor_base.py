"""The fields of a tensor that the engine reads and writes, and nothing else of it.

`Tensor`, with everything a user calls, is built on this class outside the engine and made known by `set_tensor_type`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np

from chainrule.engine.compilation import COMPILED, mypyc_attr
from chainrule.engine.versions import new_counter

if TYPE_CHECKING:
    from chainrule.engine.node import GradientEdge, Node

# The `kind` of what an edge can lead to: read in the innermost loop of backward, so plain numbers.
NODE: Final = 0
OUTPUT: Final = 1
LEAF: Final = 2

# What most tensors hold: NumPy has one object for each, which `is` recognises.
ARRAY: Final[Any] = np.ndarray
FLOAT32: Final = np.dtype(np.float32)
FLOAT64: Final = np.dtype(np.float64)


@mypyc_attr(allow_interpreted_subclasses=True)
class TensorBase:
    """One array and its place in the graph.

    - `_array`: the values; an array always, of zero dimensions too.
    - `_requires_grad`: for a leaf the user's flag, for the result of a recorded operation True.
    - `_edge`: where the gradient goes: the node that made this tensor, or one output of it; None for a leaf. (Inside a
      differentiable backward pass a leaf's stand-in has the leaf itself here.)
    - `_version_counter`: counts in-place changes (see versions.py); views and `detach()` share it.
    - `_grad`: the accumulated gradient. `_base`: the tensor that this one is a view of.
    - `_hooks`: a leaf's hooks, None while it has none.
    - `_view`: how this view is made from its base, and for a base which views it has (see views.py).
    """

    __slots__ = (
        "_array",
        "_base",
        "_edge",
        "_grad",
        "_hooks",
        "_requires_grad",
        "_version_counter",
        "_view",
    )

    kind: ClassVar[int] = LEAF

    _array: np.ndarray[Any, Any]
    _requires_grad: bool
    _edge: Node | GradientEdge | TensorBase | None
    _version_counter: bytearray
    _grad: TensorBase | None
    _base: TensorBase | None
    _hooks: Any
    _view: Any

    def __new__(cls) -> Self:
        """A tensor without its fields."""
        return object.__new__(cls)


def blank_tensor(tensor_type: type[TensorBase]) -> TensorBase:
    """A tensor of this class without its fields: in compiled code two calls of C, and no tuple of arguments."""
    return TensorBase.__new__(tensor_type)


if not COMPILED:
    blank_tensor = object.__new__  # type: ignore[assignment] # which does without a frame of Python


class _Made:
    # The class of the tensors that the engine makes.

    __slots__ = ("tensor_type",)

    def __init__(self) -> None:
        self.tensor_type: type[TensorBase] = TensorBase


_made: Final = _Made()


def set_tensor_type(tensor_type: type[TensorBase]) -> None:
    """Make `tensor_type` the class of every tensor that the engine makes."""
    _made.tensor_type = tensor_type


def new_tensor(
    array: np.ndarray[Any, Any],
    edge: Node | GradientEdge | TensorBase | None = None,
    version_counter: bytearray | None = None,
) -> TensorBase:
    """A tensor over this very array: part of the graph when an edge is given, else a leaf without grad."""
    tensor: TensorBase = blank_tensor(_made.tensor_type)
    tensor._array = array
    tensor._edge = edge
    tensor._requires_grad = edge is not None
    tensor._version_counter = new_counter() if version_counter is None else version_counter
    tensor._grad = None
    tensor._hooks = None
    tensor._base = None
    tensor._view = None
    return tensor
