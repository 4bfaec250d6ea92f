"""Views: tensors over a part of another tensor's memory.

A view shares its base's array memory and version counter, and remembers how it is made from the base. When the base,
or any view of it, is changed in place, the family's history is that of the base: the base gets a new node, and a
view's own history is made anew from the base when the view is next used (its stamp no longer equals the version
counter).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import inference
from chainrule.engine.copy_slices import CopySlices, Step
from chainrule.engine.grad_mode import enable_grad, is_grad_enabled, is_recording
from chainrule.engine.hooks import NO_HOOKS
from chainrule.engine.inference import is_inference_mode_enabled
from chainrule.engine.node import Node
from chainrule.engine.op import VARIABLE
from chainrule.engine.places import frames, users_frame
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import INFERENCE, about_to_change, changes, count_change

ONE_VARIABLE = (VARIABLE,)  # the key of a node class: the one tensor argument requires grad


# What switched recording off where a view was made; 0 for nothing.
IN_NO_GRAD = 1
IN_INFERENCE_MODE = 2


class View(Step):
    """How a tensor is a view of `source` (its base, or a view of it)."""

    __slots__ = ("made_without_grad", "source", "stamp")

    def __init__(self, op: Any, args: tuple[Any, ...], source: TensorBase, number: int | None) -> None:
        self.op = op
        self.args = args[1:]
        self.number = number
        self.source = source
        self.made_without_grad = 0
        if not is_grad_enabled():
            self.made_without_grad = IN_INFERENCE_MODE if is_inference_mode_enabled() else IN_NO_GRAD
        self.stamp = changes(source._version_counter)


def attach_view(tensor: TensorBase, source: Any, op: Any, args: tuple[Any, ...], number: int | None = None) -> None:
    """Note that `tensor` is a view of `source` if it shares its memory."""
    if not isinstance(source, TensorBase) or not _shares_memory(tensor._array, source._array):
        return
    tensor._version_counter = source._version_counter
    if source._version_counter[0] & INFERENCE and is_inference_mode_enabled():
        return
    tensor._base = source if source._base is None else source._base
    tensor._view = View(op, args, source, number)
    if tensor._view.made_without_grad == IN_INFERENCE_MODE:
        tensor._requires_grad = source._requires_grad


def recorded_view(op: Any, args: tuple[Any, ...], array: Any) -> Any:
    """The tensor over `array`, which is what `op`, a view with one result, makes of the array of `args[0]`."""
    source = args[0]
    if source._base is not None:
        refresh_view(source)
    tensor = new_tensor(array, None, source._version_counter)
    if source._version_counter[0] & INFERENCE and is_inference_mode_enabled():
        return tensor
    tensor._base = source if source._base is None else source._base
    tensor._view = View(op, args, source, None)
    if not source._requires_grad:
        return tensor
    if is_inference_mode_enabled():
        tensor._requires_grad = True
    elif not tensor._view.made_without_grad:
        node_class = op.node_class(ONE_VARIABLE, False, args)
        shape = source._array.shape
        arguments = tuple([shape if what == "shape" else args[at] for what, at in node_class.argument_plan])
        edge = source._edge
        frame = users_frame(frames.get(1))
        tensor._edge = node_class(
            source if edge is None else edge,
            None,
            None,
            0,
            array.shape,
            array.dtype,
            frame.f_code,
            frame.f_lasti,
            arguments=arguments,
        )
        tensor._requires_grad = True
    return tensor


def _shares_memory(array: Any, source: Any) -> bool:
    # An array without elements has no memory to share: there what is no array of its own counts as a view.
    return array is source or (array.base is not None and (array.size == 0 or np.may_share_memory(array, source)))


def become_view(tensor: TensorBase, op: Any, args: tuple[Any, ...], name: str) -> None:
    """Make `tensor` the view of itself that `op` gives: `t_`, `unsqueeze_`; `name` is PyTorch's for the node."""
    before = new_tensor(tensor._array, tensor._edge, tensor._version_counter)
    before._requires_grad = tensor._requires_grad
    before._base = tensor._base
    before._view = tensor._view
    made = op.function(before, *args)
    tensor._array = made._array
    about_to_change(tensor._version_counter)
    count_change(tensor._version_counter)
    if tensor._base is not None:
        tensor._view = made._view
        made._view.stamp = changes(tensor._version_counter)
    if made._edge is not None:
        made._edge.__class__ = _renamed(type(made._edge), name)
        tensor._edge = made._edge


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
    counter = tensor._version_counter
    if view.stamp == (counter[0] and changes(counter)):
        return
    base = tensor._base
    if base is not None and base._requires_grad and view.made_without_grad == IN_INFERENCE_MODE:
        if is_recording():
            raise RuntimeError(inference.BASE_OF_VIEW_CHANGED)
        return
    view.stamp = changes(counter)
    if base is None or not base._requires_grad or view.made_without_grad:
        return
    with enable_grad():
        made: Any = base
        for step in chain_to_base(tensor):
            made = step.replay(made)
    tensor._edge = made._edge
    tensor._requires_grad = True
    if isinstance(made._edge, Node):
        # PyTorch makes such a history in one step, whatever steps made the view, and calls it so.
        made._edge.__class__ = _renamed(type(made._edge), "AsStridedBackward0")


_renamed_classes: dict[tuple[type[Node], str], type[Node]] = {}


def _renamed(node_class: type[Node], name: str) -> type[Node]:
    renamed = _renamed_classes.get((node_class, name))
    if renamed is None:
        renamed = type(name, (node_class,), {"__slots__": (), "__module__": "builtins"})
        _renamed_classes[node_class, name] = renamed
    return renamed


def rebase_history(tensor: TensorBase, node: Node, slot: int = 0) -> None:
    """Make `node`, the node of an in-place change of `tensor`, its history; for a view, through its base.

    `slot`: which of the node's edges is that of the tensor as it was.
    """
    base = tensor._base
    if base is None:
        tensor._edge = node
        tensor._requires_grad = True
        return
    copy_slices = CopySlices(None, None, None, 0, base._array.shape, base._array.dtype, node.code, node.lasti)
    copy_slices.more_saved = node.saved or ()
    edges = node.next_edges
    copy_slices.more_edges = (*edges[:slot], base._edge, *edges[slot + 1 :])
    copy_slices.slot = slot
    copy_slices.hooks = NO_HOOKS
    copy_slices.function = node
    # Without their sources: one of them is the base, which holds this node.
    copy_slices.view_chain = [Step(v.op, v.args, v.number) for v in chain_to_base(tensor)]
    strides = base._array.strides
    copy_slices.order = sorted(range(len(strides)), key=lambda d: -strides[d])
    base._edge = copy_slices
    base._requires_grad = True
    tensor._view.stamp = None
    refresh_view(tensor)
