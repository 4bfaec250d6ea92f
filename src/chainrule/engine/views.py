"""Views: tensors over a part of another tensor's memory.

A view shares its base's array memory and version counter, and remembers how it is made from the base. When the base,
or any view of it, is changed in place, the family's history is that of the base: the base gets a new node, and a
view's own history is made anew from the base when the view is next used (its stamp no longer equals the version
counter).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType
from typing import Any, Final

import numpy as np

from chainrule.engine.compilation import CALLER
from chainrule.engine.copy_slices import CopySlices
from chainrule.engine.forms import form_of_one_variable
from chainrule.engine.grad_flag import grad_enabled, is_grad_enabled
from chainrule.engine.grad_mode import is_recording
from chainrule.engine.hooks import NO_HOOKS
from chainrule.engine.inference import is_inference_mode_enabled
from chainrule.engine.node import GradientEdge, Node, begin, hooks_of
from chainrule.engine.op import any_view
from chainrule.engine.places import frames, users_frame
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import INFERENCE, about_to_change, changes, count_change
from chainrule.engine.view_errors import IN_INFERENCE_MODE, IN_NO_GRAD, NORMAL, ONE_OF_SEVERAL, stale_view_error


class Step:
    """One view: `op` with the arguments behind its first, `number` the result taken where it has several."""

    __slots__ = ("args", "number", "op")

    op: Any
    args: tuple[Any, ...]
    number: int | None

    def replay(self, source: Any) -> Any:
        """The same view of another array or tensor of the source's shape."""
        made = self.op.function(source, *self.args)
        return made if self.number is None else made[self.number]


class View(Step):
    """How a tensor is a view of `source` (its base, or a view of it).

    - `source_array`: the array of `source` then: it has another one where `source` has changed its shape since.
    - `creation`: whether the view may be changed in place (see view_errors.py).
    - `stamp`: the number of changes that the view's history knows of; None where it has to be made anew.
    - `code`, `lasti`: the instruction of the user's program that made it (see places.py).
    """

    __slots__ = ("code", "creation", "lasti", "source", "source_array", "stamp")

    source: TensorBase
    source_array: Any
    creation: int
    stamp: Any
    code: CodeType
    lasti: int

    def has_changed(self, view: Any) -> bool:
        """Whether what it is a view of has changed its shape since."""
        del view
        return self.source_array is not self.source._array


def _step(op: Any, args: tuple[Any, ...], number: int | None) -> Step:
    step = Step()
    step.op = op
    step.args = args
    step.number = number
    return step


def _view(
    op: Any,
    args: tuple[Any, ...],
    number: int | None,
    source: TensorBase,
    creation: int,
    code: CodeType,
    lasti: int,
) -> View:
    view = View()
    view.op = op
    view.args = args[1:]
    view.number = number
    view.source = source
    view.source_array = source._array
    view.creation = creation
    counter = source._version_counter
    view.stamp = counter[0] and changes(counter)
    view.code = code
    view.lasti = lasti
    return view


class NoHistory(Node):
    """Where the gradient of a view goes that requires grad as its base does, but was made without recording."""

    __slots__ = ()

    @property
    def grad_fn(self) -> Any:
        """Users see nothing here."""
        return None


def attach_views(tensors: Sequence[TensorBase], op: Any, args: tuple[Any, ...], *, several: bool) -> None:
    """Note of each of the tensors that it is a view of `args[0]` if it shares its memory.

    `several`: they are what the operation gave, else the one is.
    """
    source = args[0]
    if not isinstance(source, TensorBase):
        return
    counter = source._version_counter
    is_inference_tensor = counter[0] & INFERENCE and is_inference_mode_enabled()
    base = source if source._base is None else source._base
    if not is_grad_enabled():
        creation = IN_INFERENCE_MODE if is_inference_mode_enabled() else IN_NO_GRAD
    elif several:
        creation = ONE_OF_SEVERAL
    else:
        creation = NORMAL if base is source else source._view.creation
    frame = users_frame(frames.get(CALLER))
    array = source._array
    for number, tensor in enumerate(tensors):
        if tensor._array.base is not array and not _shares_memory(tensor._array, array):
            continue
        tensor._version_counter = counter
        if is_inference_tensor:
            continue
        tensor._base = base
        tensor._view = _view(op, args, number if several else None, source, creation, frame.f_code, frame.f_lasti)
        if creation == IN_INFERENCE_MODE:
            tensor._requires_grad = source._requires_grad


# How deep in the stack, for `recorded_view`, lies the frame of who called the function that calls it: in compiled code
# that function has a frame of its own only where it is not compiled.
FROM_ENGINE: Final = 2 * CALLER
FROM_PYTHON: Final = 1 + CALLER


def recorded_view(op: Any, args: tuple[Any, ...], array: Any, depth: int = FROM_ENGINE) -> Any:
    """The tensor over `array`, which is what `op`, a view with one result, makes of the array of `args[0]`.

    `depth`: FROM_PYTHON where the function that calls this one is not of the engine.
    """
    source: TensorBase = args[0]
    base = source._base
    if base is not None:
        refresh_view(source)
    counter = source._version_counter
    tensor: TensorBase = new_tensor(array, None, counter)
    if counter[0] & INFERENCE and is_inference_mode_enabled():
        return tensor
    frame = frames.get(depth)
    code = frame.f_code
    if code is not frames.user_code:
        frame = users_frame(frame)
        code = frame.f_code
    lasti = frame.f_lasti
    records = is_grad_enabled()
    if not records:
        creation = IN_INFERENCE_MODE if is_inference_mode_enabled() else IN_NO_GRAD
    else:
        creation = NORMAL if base is None else source._view.creation
    tensor._base = source if base is None else base
    tensor._view = _view(op, args, None, source, creation, code, lasti)
    if not source._requires_grad:
        return tensor
    if records:
        form = form_of_one_variable(op, args)
        keep = form.arguments
        edge = source._edge
        tensor._edge = begin(
            form.node_class(),
            source if edge is None else edge,
            None,
            None,
            0,
            array.shape,
            array.dtype,
            code,
            lasti,
            None,
            None,
            None,
            0,
            () if keep is None else keep(args, (source._array,)),
        )
        tensor._requires_grad = True
    elif creation == IN_INFERENCE_MODE:
        tensor._requires_grad = True
    return tensor


def _shares_memory(array: Any, source: Any) -> bool:
    owner = array.base
    if owner is None or array is source:
        return array is source
    # An array without elements has no memory to share: there what is no array of its own counts as a view.
    return owner is source or owner is source.base or array.size == 0 or np.may_share_memory(array, source)


def become_view(tensor: TensorBase, op: Any, args: tuple[Any, ...], name: str) -> None:
    """Make `tensor` the view of itself that `op` gives: `t_`, `unsqueeze_`; `name` is PyTorch's for the node."""
    if tensor._base is not None:
        refresh_view(tensor)
    if getattr(tensor, "_value", None) is not None:  # a batch
        become_batched_view(tensor, op.function(tensor, *args))
        return
    edge = tensor._edge
    before = new_tensor(tensor._array, edge, tensor._version_counter)
    before._tangents = tensor._tangents  # type: ignore[attr-defined]
    before._requires_grad = tensor._requires_grad
    before._base = tensor._base
    before._view = tensor._view
    made = op.function(before, *args)
    about_to_change(tensor._version_counter)
    tensor._array = made._array
    tensor._tangents = made._tangents  # type: ignore[attr-defined]
    count_change(tensor._version_counter, name if made._edge is not None else "", op.inplace_name)
    if tensor._base is not None:
        tensor._view = made._view
        made._view.stamp = changes(tensor._version_counter)
    if made._edge is not None:
        made._edge.__class__ = _renamed(type(made._edge), name)
        tensor._edge = made._edge
        keep_retaining(tensor, edge)


def become_batched_view(tensor: Any, made: Any) -> None:
    """The same for a batch: `made` is the view."""
    tensor._array = made._array
    tensor._value = made._value
    tensor._tangents = made._tangents


def steps_to(tensor: TensorBase) -> list[Step]:
    """The views that lead from the base to this tensor, first to last, without the tensors that they are views of."""
    steps: list[Step] = []
    base = tensor._base
    part = tensor
    while part._base is not None:
        view: View = part._view
        source = view.source
        if view.source_array is not source._array and base is not None and _lies_in(tensor._array, base._array):
            # Something on the way has changed its shape since; where the elements lie is what remains.
            return [strided_step(tensor._array, base._array)]
        # Without their sources: one of them is the base, which may come to hold these steps.
        steps.append(_step(view.op, view.args, view.number))
        part = source
    return steps[::-1]


def _lies_in(array: Any, base: Any) -> bool:
    return array.dtype == base.dtype and (array.size == 0 or bool(np.may_share_memory(array, base)))


def strided_step(array: Any, base: Any) -> Step:
    """The view that an array is of another in whose memory it lies, by where its elements are."""

    def layout(array: Any, offset: int) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        return array.shape, tuple([s // array.itemsize for s in array.strides]), offset

    start = array.__array_interface__["data"][0] - base.__array_interface__["data"][0] if array.size else 0
    return _step(any_view(), (layout(array, start // array.itemsize), layout(base, 0)), None)


def refresh_view(tensor: TensorBase) -> None:
    """Bring a view's history up to date before a recorded operation uses it; what is not recorded needs none."""
    base = tensor._base
    if base is None:
        return
    if tensor._requires_grad:
        counter = tensor._version_counter
        if tensor._view.stamp == (counter[0] and changes(counter)):
            return
    if (base._requires_grad or tensor._edge is not None) and is_recording():
        renew_history(tensor)


def renew_history(tensor: TensorBase) -> None:
    """Give a view whose family was changed in place since its history was made a history from the base as it is now.

    Raises RuntimeError where the view may not follow such a change (see view_errors.py).
    """
    base = tensor._base
    if base is None or is_inference_mode_enabled() or not (base._requires_grad or tensor._edge is not None):
        return
    view: View = tensor._view
    counter = tensor._version_counter
    known = view.stamp == (counter[0] and changes(counter))
    if known:
        if not tensor._requires_grad:
            # Made without recording, or before the base required grad: its gradient reaches nobody.
            frame = users_frame(frames.get(CALLER))
            array = tensor._array
            tensor._edge = begin(
                NoHistory(), None, None, None, 0, array.shape, array.dtype, frame.f_code, frame.f_lasti
            )
            tensor._requires_grad = True
        return
    _remake_history(tensor, steps_to(tensor))


def _remake_history(tensor: TensorBase, steps: list[Step]) -> None:
    view: View = tensor._view
    if view.creation:
        raise stale_view_error(tensor)
    before = tensor._edge
    stamp = changes(tensor._version_counter)
    made: Any = tensor._base
    mode_before = grad_enabled.set(True)
    try:
        for step in steps:
            made = step.replay(made)
    finally:
        grad_enabled.reset(mode_before)
    if isinstance(made._edge, Node):
        # PyTorch makes such a history in one step, whatever steps made the view, and calls it so.
        made._edge.__class__ = _renamed(type(made._edge), any_view().node_name)
    tensor._edge = made._edge
    tensor._requires_grad = made._requires_grad
    view.stamp = stamp  # last: another thread that finds it takes the history for up to date
    if isinstance(made._edge, Node):
        keep_retaining(tensor, before)


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
        before = tensor._edge
        tensor._edge = node
        tensor._requires_grad = True
        if before is not None:
            keep_retaining(tensor, before)
        return
    before = base._edge
    copy_slices = CopySlices()
    begin(copy_slices, None, None, None, 0, base._array.shape, base._array.dtype, node.code, node.lasti)
    copy_slices.more_saved = node.saved or ()
    edges = node.next_edges
    copy_slices.more_edges = (*edges[:slot], before, *edges[slot + 1 :])
    copy_slices.slot = slot
    copy_slices.hooks = NO_HOOKS
    copy_slices.function = node
    copy_slices.view_chain = steps_to(tensor)
    copy_slices.order = None
    if not base._array.flags.c_contiguous:
        strides = base._array.strides
        copy_slices.order = sorted(range(len(strides)), key=lambda d: -strides[d])
    base._edge = copy_slices
    base._requires_grad = True
    keep_retaining(base, before)
    tensor._view.stamp = None
    view_edge = tensor._edge
    node_before = view_edge.node if isinstance(view_edge, GradientEdge) else view_edge
    if isinstance(node_before, Node) and node_before.hooks is not None:
        # What is to happen at the view happens in its new history; else that can wait until the view is used.
        _remake_history(tensor, copy_slices.view_chain)


def keep_retaining(tensor: TensorBase, before: Any) -> None:
    """Have `.grad` of a tensor written where its new history is, if it was where it had `before` for one."""
    node, output_nr = (before.node, before.output_nr) if isinstance(before, GradientEdge) else (before, 0)
    hooks = node.hooks if isinstance(node, Node) else None
    if hooks is not None and hooks.retains(output_nr, tensor):
        hooks.retained = [entry for entry in hooks.retained if entry[1]() is not tensor]
        edge: Any = tensor._edge
        node, output_nr = (edge.node, edge.output_nr) if isinstance(edge, GradientEdge) else (edge, 0)
        hooks_of(node).retain(output_nr, tensor)
