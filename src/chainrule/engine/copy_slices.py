"""The node of a base that was changed in place through a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from chainrule.engine.broadcasting import sum_to_shape
from chainrule.engine.evaluation import evaluate
from chainrule.engine.node import Node, OwnNode
from chainrule.engine.places import Place
from chainrule.engine.saved import freed_error
from chainrule.engine.tensor_base import TensorBase, new_tensor

if TYPE_CHECKING:
    from chainrule.engine.views import Step


def require_distinct(array: Any) -> None:
    """Raise PyTorch's error where several elements of an array that would be written are one in memory."""
    if 0 not in array.strides or not array.size:
        return
    if any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True)):
        msg = (
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )
        raise RuntimeError(msg)


class CopySlices(OwnNode):
    """The node of a base that was changed in place through a view.

    The gradient of the base is that of the old base outside the view, and inside it what the in-place operation's own
    node gives for its first input; the other inputs' gradients come from that node alone.
    """

    __slots__ = ("__weakref__", "function", "order", "slot", "view_chain")

    saved_count: ClassVar[int] = 3  # in `more_saved`, however many

    function: Node | None
    view_chain: list[Step]
    slot: int  # which of the edges leads to the base, and of the function's to the view as it was
    order: list[int] | None  # the base's dimensions by their strides, the longest first; None where in their order

    def base_like(self, dtype: Any) -> Any:
        """An array of the base's shape with its elements in the same order in memory: what has the same views."""
        if self.order is None:
            return np.empty(self.shape, dtype)
        return np.empty([self.shape[d] for d in self.order], dtype).transpose(np.argsort(self.order))

    def free(self, place: Place | None) -> None:
        """Let go of what the operation saved, if anything; `place` is the line of the program that had it let go."""
        if self.more_saved:
            super().free(place)
            self.function = None

    def gradients(self, grads: Any, *, keep_graph: bool, create_graph: bool) -> list[Any]:
        """What reaches the base outside the view passes on, what reaches the view goes through the operation first."""
        grad = grads
        function = self.function
        if self.saved is None or function is None:
            raise freed_error(self)
        if isinstance(grad, TensorBase):
            positions = positions_in_base(self)
            part = grad.reshape((-1,))[positions]  # type: ignore[attr-defined]
        else:
            whole = self.base_like(grad.dtype)
            whole[...] = grad
            part = _replayed(self, whole)
            require_distinct(part)
            part = part.copy()
        arrived = [part] if isinstance(function.dtype, tuple) else part
        # What the function saved goes with it, unless a recorded pass leads to it too.
        gradients = evaluate(function, arrived, keep_graph=True, create_graph=create_graph)
        slot = self.slot
        if self.next_edges[slot] is None:
            gradients[slot] = None
        else:
            inside = gradients[slot]
            if inside is None:
                inside = np.zeros(part.shape, self.dtype)
            if tuple(inside.shape) != part.shape:
                inside = sum_to_shape(inside, part.shape)
            if isinstance(grad, TensorBase):
                gradients[slot] = _chosen(self, grad, inside, positions)
            else:
                _replayed(self, whole)[...] = inside.real if whole.dtype.kind != "c" else inside
                gradients[slot] = whole
        return gradients


def _replayed(node: CopySlices, array: Any) -> Any:
    for step in node.view_chain:
        array = step.replay(array)
    return array


def positions_in_base(node: CopySlices) -> Any:
    """Where each element of the view is among those of the base, counted row by row."""
    counted = node.base_like(np.intp)
    counted[...] = np.arange(counted.size).reshape(node.shape)
    positions = _replayed(node, counted)
    require_distinct(positions)
    return positions


def _chosen(node: CopySlices, grad: Any, inside: Any, positions: Any) -> Any:
    # `grad` with `inside` in place of the view, as a tensor: chosen element by element.
    if not positions.size:
        return grad
    in_view = np.zeros(node.shape, np.bool_)
    in_view.reshape(-1)[positions] = True
    place = np.zeros(node.shape, np.intp)
    place.reshape(-1)[positions.reshape(-1)] = np.arange(positions.size)
    inside = inside if isinstance(inside, TensorBase) else new_tensor(np.asarray(inside))
    return np.where(in_view, inside.reshape((-1,))[place], grad)
