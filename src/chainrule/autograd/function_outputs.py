"""What a Function's forward returned, made part of the graph.

First everything is checked, then the tensors are changed: a call that fails leaves their histories alone.
"""

from __future__ import annotations

import warnings
from typing import Any

from chainrule.autograd.function_node import FunctionNode
from chainrule.engine.anomaly_mode import anomaly
from chainrule.engine.call import announce
from chainrule.engine.grad_flag import grad_enabled
from chainrule.engine.inplace import require_writable
from chainrule.engine.node import GradientEdge
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import changes, count_change
from chainrule.engine.view_errors import IN_CUSTOM_FUNCTION, ONE_OF_SEVERAL
from chainrule.engine.views import keep_retaining, rebase_history

INPUT_RETURNED = (
    "An input that has been returned as-is as output is being saved for backward. This is not supported if you "
    "override setup_context. You should return and save a view of the input instead, e.g. with x.view_as(x) or setup "
    "ctx inside the forward function itself."
)
DIRTY_LEAF = "a leaf Variable that requires grad has been used in an in-place operation."
DIRTY_VIEW = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more "
    "than one Tensor. This is not supported by the current autograd engine. You should either make sure the input is "
    "not a view (using .clone() for example) or make your Function only return one Tensor (potentially splitting it "
    "into two Functions: one doing the inplace that returns a single Tensor and a second one that does the other "
    "operations). You can ask on the forum https://discuss.pytorch.org/ if you need help to do this change."
)
DIRTY_NOT_RETURNED = (
    "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified "
    "inplace must all be outputs of the Function."
)
DIRTY_NO_INPUT = (
    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should be "
    "passed to ctx.mark_dirty()."
)


def joined_alone(node: FunctionNode, args: tuple[Any, ...], output: TensorBase) -> bool:
    """Make the one tensor that was returned part of the graph, where it is new and nothing was marked; else False.

    It does what `Outputs` does, for the call that nearly all are.
    """
    marks = node.attributes
    array = output._array
    if not node.records or output._base is not None or array.dtype.kind not in "fc" or anomaly.checks_forward:
        return False
    if "dirty_tensors" in marks or "non_differentiable" in marks or "saved_for_forward" in marks:
        return False
    for argument in args:
        if argument is output:
            return False
    to_save = _to_save(marks.pop("to_save", None), records=True)
    node.shape = (array.shape,)
    node.dtype = (array.dtype,)
    output._edge = GradientEdge(node, 0, array.shape, array.dtype)
    output._requires_grad = True
    if to_save:
        node.save_tensors(to_save, {id(output): 0})
    announce(node)
    return True


class Outputs:
    """What one call returned, and what its context says about it."""

    def __init__(self, node: FunctionNode, args: tuple[Any, ...], returned: tuple[Any, ...], *, separate: bool) -> None:
        marks = node.attributes
        self.node = node
        self.args = args
        self.returned = returned
        self.inputs: dict[int, int] = {}
        for number, tensor in enumerate([a for a in args if isinstance(a, TensorBase)]):
            self.inputs.setdefault(id(tensor), number)
        self.dirty = _dirty(marks.pop("dirty_tensors", None))
        self.dirty_ids = {id(t) for t in self.dirty}
        self.constants = {id(t) for t in _constants(marks.pop("non_differentiable", None))}
        saved_for_forward = marks.pop("saved_for_forward", None) or ()
        self.to_save = _to_save(marks.pop("to_save", None), records=node.records)
        # Where setup_context saves an input that was returned as it is, it may mean the output.
        self.saved = {id(t) for t in (*self.to_save, *saved_for_forward)} if separate else set()

    def joined(self) -> tuple[Any, ...]:
        """What the caller gets: the same, as tensors behind the node; what is to be saved is saved."""
        for output in self.returned:
            if isinstance(output, TensorBase):
                self._check(output)
        if anomaly.checks_forward:
            operands = [(f"argument {n}", a._array) for n, a in enumerate(self.args) if isinstance(a, TensorBase)]
            name = f"{self.node.function.__name__}.apply"
            anomaly.check_values(name, operands, self.returned, same_places=False)
        if not self.dirty_ids <= {id(output) for output in self.returned}:
            raise RuntimeError(DIRTY_NOT_RETURNED)
        for tensor in self.dirty:
            count_change(tensor._version_counter, self.node.name(), f"{self.node.function.__name__}.apply")
        tensors = [output if isinstance(output, TensorBase) else None for output in self.returned]
        self.node.shape = tuple([None if t is None else t._array.shape for t in tensors])
        self.node.dtype = tuple([None if t is None else t._array.dtype for t in tensors])
        outputs = tuple(
            [
                self._joined(output, number) if isinstance(output, TensorBase) else output
                for number, output in enumerate(self.returned)
            ]
        )
        several = sum(self._differentiable(output) for output in self.returned) > 1
        for output in outputs:
            if isinstance(output, TensorBase) and output._base is not None and id(output) not in self.dirty_ids:
                output._view.creation = ONE_OF_SEVERAL if several else IN_CUSTOM_FUNCTION
        if self.node.records:
            own = zip(outputs, self.returned, strict=True)
            numbers = {id(joined): n for n, (joined, returned) in enumerate(own) if self._differentiable(returned)}
            self.node.save_tensors(self.to_save, numbers)
            self._rebase_views()
            announce(self.node)
        return outputs

    def _rebase_views(self) -> None:
        # When everything is saved, because the base's new node holds it too.
        for tensor in self.dirty:
            if tensor._base is not None and self._differentiable(tensor):
                rebase_history(tensor, self.node, self.inputs.get(id(tensor), 0))

    def _differentiable(self, output: Any) -> bool:
        if not (self.node.records and isinstance(output, TensorBase)):
            return False
        return id(output) not in self.constants and output._array.dtype.kind in "fc"

    def _check(self, output: TensorBase) -> None:
        is_input = id(output) in self.inputs
        is_dirty = id(output) in self.dirty_ids
        if is_dirty and self._differentiable(output):
            if output._requires_grad and output._edge is None:
                raise RuntimeError(DIRTY_LEAF)
            if not is_input:
                warnings.warn(DIRTY_NO_INPUT, UserWarning, stacklevel=5)
            if output._base is not None and len(self.returned) > 1:
                raise RuntimeError(DIRTY_VIEW)
            require_writable(output)
        elif (
            is_input and not is_dirty and id(output) in self.saved and (self.node.records or not output._requires_grad)
        ):
            raise RuntimeError(INPUT_RETURNED)

    def _joined(self, output: TensorBase, number: int) -> TensorBase:
        is_input = id(output) in self.inputs
        is_dirty = id(output) in self.dirty_ids
        before = output._edge
        edge = GradientEdge(self.node, number, output._array.shape, output._array.dtype)
        if self._differentiable(output):
            if is_dirty and output._base is not None:
                return output  # its history is its base's: see _rebase_views
            if is_input and not is_dirty:
                output = _view_of(output)
            output._edge = edge
            output._requires_grad = True
            if is_dirty:
                keep_retaining(output, before)
            elif output._base is not None:
                # Made on the way through forward, maybe before the last change there.
                counter = output._version_counter
                output._view.stamp = counter[0] and changes(counter)
        elif output._requires_grad:
            if is_input:
                return output.detach()  # type: ignore[attr-defined,no-any-return]
            if output._base is None:
                output._edge = None
                output._requires_grad = False
        elif is_input and not is_dirty:
            return _view_of(output)
        return output


def _view_of(tensor: TensorBase) -> TensorBase:
    mode_before = grad_enabled.set(False)
    try:
        return tensor.view(tensor._array.shape)  # type: ignore[attr-defined,no-any-return]
    finally:
        grad_enabled.reset(mode_before)


def _dirty(tensors: Any) -> tuple[TensorBase, ...]:
    marked = _as_tuple("dirty_tensors", tensors)
    for number, tensor in enumerate(marked):
        if not isinstance(tensor, TensorBase):
            msg = f"mark_dirty can only accept variables, but argument {number} is of type {type(tensor).__name__}"
            raise TypeError(msg)
    return marked


def _constants(tensors: Any) -> tuple[TensorBase, ...]:
    marked = _as_tuple("non_differentiable", tensors)
    for tensor in marked:
        if not isinstance(tensor, TensorBase):
            msg = f"mark_non_differentiable only accepts variable arguments, but got {type(tensor).__name__}"
            raise TypeError(msg)
    return marked


def _to_save(tensors: Any, *, records: bool) -> tuple[TensorBase | None, ...]:
    to_save = _as_tuple("to_save", tensors)
    if not records:
        return tuple([t for t in to_save if isinstance(t, TensorBase)])
    for number, tensor in enumerate(to_save):
        if tensor is not None and not isinstance(tensor, TensorBase):
            msg = f"save_for_backward can only save variables, but argument {number} is of type {type(tensor).__name__}"
            raise TypeError(msg)
    return to_save


def _as_tuple(name: str, value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    if not isinstance(value, tuple):
        msg = f"autograd internal error: {name} attribute is expected to be a tuple but is {type(value).__name__}"
        raise RuntimeError(msg)  # noqa: TRY004 (PyTorch's class)
    return value
