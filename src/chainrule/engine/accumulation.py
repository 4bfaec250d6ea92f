"""Writing gradients to `.grad`."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any

import numpy as np

from chainrule.engine.node import Node
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import about_to_change, count_change

# Whether a first gradient must have the layout of its tensor.
layout_enforced: ContextVar[bool] = ContextVar("layout_enforced", default=True)

# Two backward passes may end in the same leaf at the same time.
_accumulating = threading.Lock()


class Writes:
    """What a backward pass has yet to write, and what it has written, so that a pass that fails can take it back."""

    __slots__ = ("_before", "_create_graph", "_root", "due")

    def __init__(self, root: Node, *, create_graph: bool) -> None:
        self._root = root
        self.due: list[tuple[TensorBase, Any, bool]] = []  # tensor, gradient, whether others may hold its array
        self._before: list[tuple[TensorBase, TensorBase | None, Any]] = []
        self._create_graph = create_graph

    def write(self) -> None:
        """Write what is due, at the end of a pass."""
        due, self.due = self.due, []
        for tensor, _, _ in due:
            if tensor._grad is not None and not self._create_graph:
                about_to_change(tensor._grad._version_counter)
        for tensor, gradient, borrowed in due:
            accumulate(tensor, gradient, self._root, borrowed=borrowed, create_graph=self._create_graph)

    def write_early(self) -> None:
        """Write what is due before the pass is over, because a hook may look at it."""
        for tensor, _, _ in self.due:
            grad = tensor._grad
            values = None if grad is None or self._create_graph else grad._array.copy()
            self._before.append((tensor, grad, values))
        self.write()

    def take_back(self) -> None:
        """Put every `.grad` written early back as it was."""
        for tensor, grad, values in self._before[::-1]:
            tensor._grad = grad
            if grad is not None and values is not None:
                grad._array[...] = values


def accumulate(tensor: TensorBase, gradient: Any, root: Node, *, borrowed: bool, create_graph: bool) -> None:
    """Add `gradient` to `tensor.grad`: in place where it is an array, as a new tensor where the pass is recorded.

    `root`: of the pass; `borrowed`: somebody else may hold the gradient's array.
    """
    with _accumulating:
        present = tensor._grad
        if create_graph and present is not None:
            tensor._grad = present + gradient
        elif create_graph:
            tensor._grad = _recorded_copy(gradient, tensor._array)
        elif present is None:
            array = tensor._array
            if borrowed or (gradient.strides != array.strides and layout_enforced.get()):
                # In the layout of the tensor it belongs to, and nobody else's.
                own = np.empty_like(array, gradient.dtype)
                own[...] = gradient
                gradient = own
            tensor._grad = new_tensor(gradient)
        else:
            array = present._array
            array += gradient
            count_change(present._version_counter, operation="backward", at=root)


def _recorded_copy(gradient: Any, like: Any) -> Any:
    # In the layout of the tensor it belongs to, and nobody else's.
    return new_tensor(np.empty_like(like, gradient._array.dtype)).copy_(gradient)  # type: ignore[attr-defined]
