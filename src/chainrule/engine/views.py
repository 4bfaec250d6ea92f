"""Views: tensors over a part of another tensor's memory.

A view shares its base's array memory and version counter, and remembers how it is made from the base. When the base, or
any view of it, is changed in place, the family's history is that of the base: the base gets a new node, and a view's own
history is made anew from the base when the view is next used (its stamp no longer equals the version counter).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.grad_mode import enable_grad, is_grad_enabled
from chainrule.engine.hooks import NodeHooks
from chainrule.engine.node import Node
from chainrule.engine.tensor_base import TensorBase


class View:
    """How a view is made: `op` with `args`, the first of them replaced by `source` (its base, or a view of it)."""

    __slots__ = ("args", "made_without_grad", "number", "op", "source", "stamp")

    def __init__(self, op: Any, args: tuple[Any, ...], source: TensorBase, number: int | None) -> None:
        self.op = op
        self.args = args
        self.source = source
        self.number = number
        self.made_without_grad = not is_grad_enabled()
        self.stamp = source._version_counter[0]

    def replay(self, source: Any) -> Any:
        """The same view of another array or tensor of the source's shape."""
        made = self.op.function(source, *self.args[1:])
        return made if self.number is None else made[self.number]


def attach_view(tensor: TensorBase, source: Any, op: Any, args: tuple[Any, ...], number: int | None = None) -> None:
    """Note that `tensor` is a view of `source` if it shares its memory."""
    if not isinstance(source, TensorBase) or not _shares_memory(tensor._array, source._array):
        return
    tensor._base = source if source._base is None else source._base
    tensor._version_counter = source._version_counter
    tensor._view = View(op, args, source, number)


def _shares_memory(array: Any, source: Any) -> bool:
    if array is source:
        return True
    owner = array.base
    return owner is not None and (owner is source or owner is source.base) and np.may_share_memory(array, source)


def chain_to_base(tensor: TensorBase) -> list[View]:
    """The views that lead from the base to this tensor, first to last."""
    chain: list[View] = []
    while tensor._base is not None:
        chain.append(tensor._view)
        tensor = tensor._view.source
    return chain[::-1]


def refresh_view(tensor: TensorBase) -> None:
    """Give a view whose family was changed in place since its history was made a history from the base as it is now."""
    view: View = tensor._view
    if view.stamp == tensor._version_counter[0]:
        return
    view.stamp = tensor._version_counter[0]
    base = tensor._base
    if base is None or not base._requires_grad or view.made_without_grad:
        return
    with enable_grad():
        made: Any = base
        for step in chain_to_base(tensor):
            made = step.replay(made)
    tensor._edge = made._edge
    tensor._requires_grad = True


class CopySlices(Node):
    """The node of a base that was changed in place through a view.

    The gradient of the base is that of the old base outside the view, and inside it what the in-place operation's own
    node gives for its first input; the other inputs' gradients come from that node alone.
    """

    __slots__ = ("function", "view_chain")

    function: Node
    view_chain: list[View]


def rebase_history(tensor: TensorBase, node: Node) -> None:
    """Make `node`, the node of an in-place change of `tensor`, its history; for a view, through its base."""
    base = tensor._base
    if base is None:
        tensor._edge = node
        tensor._requires_grad = True
        return
    copy_slices = CopySlices(
        (base._edge, *node.next_edges[1:]),
        (),
        (),
        base._array.shape,
        base._array.dtype,
    )
    copy_slices.hooks = NodeHooks()
    copy_slices.function = node
    copy_slices.view_chain = chain_to_base(tensor)
    base._edge = copy_slices
    base._requires_grad = True
    tensor._view.stamp = -1
    refresh_view(tensor)
